"""The confidence of an identity, by the weight of its evidence: what agrees adds to it, and nothing takes from it.

It is the weight of the best supported value of kind, manufacturer and model. Age does not count: what was seen since
shows in the values of the identity and its conflicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from scanner.identity import choose
from scanner.identity.evidence import WeightedEvidence
from scanner.identity.fingerprints import Fingerprints

#: Parts that show what a device is.
_IDENTIFYING = ("kind", "manufacturer", "model")
#: Share of the confidence that is left where no evidence shows the edition of the firmware.
_UNKNOWN_EDITION = 0.9
#: Highest confidence.
_MOST_CONFIDENT = 0.99


def confidence(
    maker: str | None, model: str | None, evidence: Sequence[WeightedEvidence], fingerprints: Fingerprints
) -> float:
    """0..1: the weight of the best supported part of an identity of a maker and model, by all its evidence."""
    counted = [replace(one, weight=one.full) if one.age else one for one in evidence if not one.context]
    best = choose.manufacturer(counted, fingerprints), *(choose.heaviest(counted, part) for part in ("kind", "model"))
    editions = (_edition(one, maker, model, fingerprints) for one in evidence)
    return _rounded(max((one.weight for one in best if one), default=0.0), editions)


def by_one(one: WeightedEvidence, line: str | None) -> float:
    """The confidence of an identity by a single evidence."""
    shows = any(part in one.evidence.gives for part in _IDENTIFYING)
    return _rounded(one.weight if shows else 0.0, (line,))


def _rounded(weight: float, editions: Iterable[str | None]) -> float:
    return round(min(weight if any(editions) else weight * _UNKNOWN_EDITION, _MOST_CONFIDENT), 2)


def _edition(one: WeightedEvidence, maker: str | None, model: str | None, fingerprints: Fingerprints) -> str | None:
    """The edition that evidence shows, by itself or by its version."""
    line, firmware = one.get("line"), one.get("firmware")
    if line or not firmware:
        return line
    version = fingerprints.version(one.get("manufacturer") or maker, one.get("model") or model, firmware)
    return version.line if version else None
