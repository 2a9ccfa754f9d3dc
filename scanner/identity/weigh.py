"""How much one piece of evidence counts: certainty of its rule × directness of its field × freshness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scanner.core.model import Observation

#: How directly a field speaks for the device, by the field's first word. SIP, HTTP and SNMP answers are the device's
#: own, LLDP and CDP as well but retold by a switch, DHCP and provisioning retold by a server.
_DIRECTNESS = {
    "sip": 1.0,
    "http": 0.98,
    "https": 0.95,
    "snmp": 1.0,
    "lldp": 0.95,
    "lldp-med": 0.96,
    "cdp": 0.95,
    "mdns": 0.9,
    "dhcp": 0.85,
    "provisioning": 0.95,
    "arp": 0.5,
}

#: Observations this close in time (seconds) are one visit: neither is fresher.
VISIT_SECONDS = 6 * 3600
#: The weight of older evidence halves with every day between it and the newest.
HALF_LIFE_SECONDS = 24 * 3600
_LEAST_FRESH = 0.05


def directness(field: str) -> float:
    """0..1 for a field's name."""
    return _DIRECTNESS.get(field[: field.find(".")], 0.8)


def freshness(observations: Sequence[Observation]) -> list[float]:
    """0..1 for each observation, against the newest of them. Those without a readable time count as newest."""
    if len(observations) < 2:
        return [1.0] * len(observations)
    first = observations[0].time
    if all(o.time == first for o in observations):
        return [1.0] * len(observations)
    moments = [_seconds(o.time) for o in observations]
    newest = max((m for m in moments if m is not None), default=0.0)
    return [1.0 if m is None else _fresh(newest - m) for m in moments]


def _fresh(age: float) -> float:
    if age <= VISIT_SECONDS:
        return 1.0
    return max(_LEAST_FRESH, float(0.5 ** (age / HALF_LIFE_SECONDS)))


def _seconds(time: str) -> float | None:
    try:
        return datetime.fromisoformat(time).timestamp() if time else None
    except (ValueError, OverflowError, OSError):
        return None


def together(weights: Sequence[float]) -> float:
    """The weight of several voices that agree: each takes away from the doubt that the others left."""
    doubt = 1.0
    for weight in weights:
        doubt *= 1.0 - weight
    return 1.0 - doubt
