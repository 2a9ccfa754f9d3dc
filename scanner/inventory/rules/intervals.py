"""From when to when a mac has an address, by what shows both: the one place that decides it. Pure.

A sighting (a row of ARP, a frame, a response) shows a moment: it is of the visit around it, or of the nearest one.
A row of a DHCP server's list shows a beginning: the client has the address from then until the server gives it to
another one, and for no longer than a lease lasts (`identity.authority`). A sighting close to a visit outranks the list.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanner.identity.authority import Source, claim
from scanner.identity.freshness import VISIT

#: A pause of this long at one address ends a visit, in seconds.
PAUSE = 30 * 60
_ROW = claim("mac", Source.LEASED)
#: How long after its last renewal a lease gives an address to a mac, in seconds.
LEASE = _ROW.lasts if _ROW else VISIT


class Binding(NamedTuple):
    """A mac at an address, first and last (Unix time); `reported` by a response from the address itself.

    `recorded`: a server's records alone contain both. `leased`: the list of a DHCP server contains both.
    """

    mac: str
    reported: bool
    first: int
    last: int
    recorded: bool = False
    leased: bool = False


class Leases:
    """The leases of one address, in order of time."""

    def __init__(self, bindings: Sequence[Binding]) -> None:
        self.begins = sorted({(time, one.mac) for one in bindings if one.leased for time in (one.first, one.last)})
        self._times = [time for time, _ in self.begins]

    def changes(self) -> list[int]:
        """When the address was given to another mac than the one before."""
        pairs = zip(self.begins, self.begins[1:], strict=False)
        return [time for (_, before), (time, mac) in pairs if mac != before]

    def during(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        """The macs that may have had the address in a visit, each with its distance in seconds.

        The one whose lease began last before it has the address; the next one may have had it already, where it renewed
        a lease: the list contains its last renewal alone.
        """
        at = bisect_right(self._times, end)
        if at:
            time, mac = self.begins[at - 1]
            if start - time <= LEASE:
                yield mac, PAUSE
        if at < len(self.begins):
            time, mac = self.begins[at]
            if time - end <= VISIT:
                yield mac, PAUSE + time - end
