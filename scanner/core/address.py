"""The canonical text of one host's IP address, from any spelling, and the mac from which it is made."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from scanner.core.text import identifying_mac

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
#: The spelling that nearly all addresses have already: there is nothing to parse.
_CANONICAL_IPV4 = re.compile(rf"(?:1\d\d|2[01]\d|22[0-3]|[1-9]\d?)(?:\.{_OCTET}){{3}}", re.ASCII)


def address(spelled: str) -> str | None:
    """The address without its zone; an IPv4-mapped one as IPv4. None for what does not name a single host."""
    return spelled if _CANONICAL_IPV4.fullmatch(spelled) else _parsed(spelled)


def eui64_mac(address: str) -> str | None:
    """The mac from which the interface identifier of an IPv6 address is made (RFC 4291 appendix A), else None.

    Its bit 02 is inverted in the identifier. A locally administered mac is not returned: identifiers of that form are
    also written by hand.
    """
    octets = ipaddress.IPv6Address(address.partition("%")[0]).packed[8:]
    if octets[3:5] != b"\xff\xfe" or not octets[0] & 0x02:
        return None
    mac = bytes([octets[0] ^ 0x02, *octets[1:3], *octets[5:]]).hex(":")
    return mac if identifying_mac(mac) else None


@lru_cache(maxsize=4096)
def _parsed(spelled: str) -> str | None:
    try:
        parsed = ipaddress.ip_address(spelled.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if parsed.is_unspecified or parsed.is_multicast or parsed == ipaddress.IPv4Address("255.255.255.255"):
        return None
    return str(parsed)
