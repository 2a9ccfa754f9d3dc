"""The canonical text of one host's IP address, from any spelling."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
#: The spelling that nearly all addresses have already: there is nothing to parse.
_CANONICAL_IPV4 = re.compile(rf"(?:1\d\d|2[01]\d|22[0-3]|[1-9]\d?)(?:\.{_OCTET}){{3}}", re.ASCII)


def address(spelled: str) -> str | None:
    """The address without its zone; an IPv4-mapped one as IPv4. None for what does not name a single host."""
    return spelled if _CANONICAL_IPV4.fullmatch(spelled) else _parsed(spelled)


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
