"""TLVs that a switch with device-sensor collected of a neighbour, as findings of our codecs.

Cisco's device-sensor keeps single TLVs of CDP and LLDP, and options of DHCP, by their numbers ("Device Sensor", IOS
identity services configuration guide). Here they are one message of their protocol again, so that they are read as
those of a captured frame are.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from scanner.discovery import cdp as cdp_discovery
from scanner.discovery import dhcp as dhcp_discovery
from scanner.discovery import lldp as lldp_discovery
from scanner.discovery.conversation import Findings
from scanner.wire import cdp, dhcp, lldp

#: Longest value of a TLV: 9 bits of a length in LLDP (802.1AB 8.4), 16 in CDP.
_LLDP_LIMIT, _CDP_LIMIT = 511, 65_000
#: Numbers of TLVs and options that fit into their headers.
_LLDP_TYPES, _CDP_TYPES, _DHCP_OPTIONS = 127, 0xFFFF, 254

#: Devices whose TLVs are kept as they were read, since many phones send the same; most octets of one of them.
CACHED, CACHED_OCTETS = 4_096, 1_024

Protocol = Literal["cdp", "lldp", "dhcp"]


class SensorTlv(NamedTuple):
    """One TLV or option: its protocol, its number, its value."""

    protocol: Protocol
    number: int
    value: bytes


class Sensed(NamedTuple):
    """The findings in the TLVs of one device, and the first address that it announces."""

    findings: Findings
    address: str | None


def sensed(tlvs: Iterable[SensorTlv]) -> Sensed:
    """What the TLVs of one device announce. TLVs that no codec reads add nothing."""
    octets = {"cdp": bytearray(), "lldp": bytearray()}
    options: dict[int, bytes] = {}
    for protocol, number, value in tlvs:
        size = len(value)
        if protocol == "lldp" and 0 < number <= _LLDP_TYPES and size <= _LLDP_LIMIT:
            octets["lldp"] += (number << 9 | size).to_bytes(2, "big") + value
        elif protocol == "cdp" and 0 < number <= _CDP_TYPES and size <= _CDP_LIMIT:
            octets["cdp"] += number.to_bytes(2, "big") + (size + 4).to_bytes(2, "big") + value
        elif protocol == "dhcp" and 0 < number <= _DHCP_OPTIONS:
            options[number] = value
    size = sum(map(len, octets.values())) + sum(map(len, options.values()))
    key = bytes(octets["cdp"]), bytes(octets["lldp"]), tuple(options.items())
    return (_announced if size <= CACHED_OCTETS else _announced.__wrapped__)(*key)


@lru_cache(maxsize=CACHED)
def _announced(of_cdp: bytes, of_lldp: bytes, options: tuple[tuple[int, bytes], ...]) -> Sensed:
    found = []
    if of_cdp:
        found.append(cdp_discovery.announcement(cdp.decode(b"\2\0\0\0" + of_cdp)))
    if of_lldp:
        found.append(lldp_discovery.announcement(lldp.decode(of_lldp)))
    if options and (request := dhcp_discovery.announcement(dhcp.DhcpMessage(1, None, None, dict(options)))):
        found.append(request._replace(ip=None))
    findings = tuple(dict.fromkeys(finding for one in found for finding in one.findings))
    return Sensed(findings, next((one.ip for one in found if one.ip), None))
