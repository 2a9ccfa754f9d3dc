"""The weight of evidence: how directly a field describes its device, and how weights add up.

The weight of one evidence is the certainty of its rule × the directness of its field × its freshness.
"""

from __future__ import annotations

from collections.abc import Sequence

#: How directly a field describes the device, by the first word of its name. SIP, HTTP and SNMP responses are its own;
#: LLDP and CDP are relayed by a switch, DHCP and provisioning by a server.
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


def directness(field: str) -> float:
    """How directly a field describes its device, 0..1."""
    return _DIRECTNESS.get(field[: field.find(".")], 0.8)


def together(weights: Sequence[float]) -> float:
    """The weight of several evidences that agree: each reduces the doubt that the others leave."""
    doubt = 1.0
    for weight in weights:
        doubt *= 1.0 - weight
    return 1.0 - doubt
