"""The limits of guessing the password: attempts that are refused before they are compared, for each address and in all.

An address has FREE wrong attempts; each further one doubles the time until its next is compared, up to LONGEST seconds.
All addresses together have BURST attempts, and PER_HOUR more in an hour (OWASP ASVS 4.0.3, 2.2.1: at most 100 an hour).
An address that has given the right password is exempt from the common limit, so that the guesses of others do not keep
its reader out. A session is never refused. All functions of time take `now`, in seconds.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

#: Wrong attempts of an address without a delay, and the longest delay in seconds.
FREE, LONGEST = 5, 900.0
#: Seconds without a wrong attempt after which an address has all of its free ones again.
EXPIRED = 3600.0
#: Wrong attempts of all addresses: at once, and more in an hour.
BURST, PER_HOUR = 30, 70
#: Addresses that are kept: with wrong attempts, and with the right password. The oldest are dropped first.
COUNTED, KNOWN = 4096, 1024


def group(address: str) -> str:
    """The address that limits count: an IPv4 address, or the /64 of an IPv6 address, which is one customer or host."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


@dataclass(slots=True)
class _Wrong:
    """The wrong attempts of one address: their number, the time of the last, and when the next is compared."""

    number: int = 0
    last: float = 0.0
    until: float = 0.0


@dataclass(slots=True)
class Guesses:
    """Counts wrong attempts. Memory is bounded by COUNTED and KNOWN addresses."""

    _wrong: OrderedDict[str, _Wrong] = field(default_factory=OrderedDict)
    _known: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _left: float = float(BURST)
    _counted: float = 0.0

    def wait(self, address: str, now: float) -> float:
        """Seconds until an attempt from an address is compared; 0 where it is compared now."""
        key = group(address)
        own = max(0.0, self._wrong[key].until - now) if key in self._wrong else 0.0
        if own or key in self._known:
            return own
        self._refill(now)
        return 0.0 if self._left >= 1 else (1 - self._left) * 3600 / PER_HOUR

    def wrong(self, address: str, now: float) -> None:
        """Count a wrong attempt."""
        self._refill(now)
        self._left = max(0.0, self._left - 1)
        key = group(address)
        count = self._wrong.pop(key, None) or _Wrong()
        if now - count.last > EXPIRED:
            count.number = 0
        count.number, count.last = count.number + 1, now
        if count.number >= FREE:
            count.until = now + min(LONGEST, 2.0 ** min(count.number - FREE, 20))
        self._wrong[key] = count
        _bound(self._wrong, COUNTED)

    def right(self, address: str) -> None:
        """Record that an address has given the right password."""
        key = group(address)
        self._known.pop(key, None)
        self._known[key] = None
        _bound(self._known, KNOWN)

    def forget_known(self) -> None:
        """Drop the addresses that have given the password, because it is another now."""
        self._known.clear()

    def __len__(self) -> int:
        return len(self._wrong) + len(self._known)

    def _refill(self, now: float) -> None:
        self._left = min(float(BURST), self._left + max(0.0, now - self._counted) * PER_HOUR / 3600)
        self._counted = now


def _bound(entries: OrderedDict[str, Any], most: int) -> None:
    while len(entries) > most:
        entries.popitem(last=False)
