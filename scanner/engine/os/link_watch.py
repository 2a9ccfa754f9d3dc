"""Detects that the network towards the targets differs from what the scan read: interfaces, addresses and routes.

rtnetlink(7) reports each change to a socket; what it means for the targets follows from a comparison of two `Network`
values. Without rtnetlink nothing is detected here.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple

from scanner.core.spans import Span, address_text, merge, subtract
from scanner.engine.os.rtnetlink import Link, Network, Reachability, Region

_AF_NETLINK, _NETLINK_ROUTE = 16, 0
#: Multicast groups of rtnetlink(7): links, IPv4 and IPv6 addresses and routes.
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
#: Share of the time that comparisons may take: a router with a million routes reads them in seconds.
SHARE = 0.05
#: Errors of a datagram that show the state of its destination, not of our link.
_ABOUT_THE_HOST = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL}
#: Port of the empty datagram that shows whether the kernel sends: discard (RFC 863).
DISCARD = 9


class PathChange(NamedTuple):
    """How the network differs: `lost` are spans that can no longer be reached, `other` that a path has changed."""

    lost: tuple[Span, ...] = ()
    other: bool = False

    def __bool__(self) -> bool:
        return bool(self.lost or self.other)


def compare(before: Network, after: Network) -> PathChange:
    """How the paths to the targets of a scan differ from those that it was started with.

    A span that was on a link and is behind a router now is lost: its route was removed, and another one matches.
    """
    now = [region for region in after.regions if _works(region, after.links)]
    lost: list[Span] = []
    for region in _remote(before):
        same = (one.span for one in now if one.where is region.where or region.where is Reachability.ROUTED)
        lost += subtract([region.span], merge(same))[0]
    return PathChange(tuple(merge(lost)), not lost and _paths(before) != _paths(after))


def _remote(network: Network) -> list[Region]:
    """The regions that are reached over an interface that works."""
    away = (Reachability.LINK, Reachability.ROUTED)
    return [one for one in network.regions if one.where in away and _works(one, network.links)]


def _works(region: Region, links: dict[int, Link]) -> bool:
    link = links.get(region.link)
    return region.where is not Reachability.NOWHERE and (link is None or (link.up and link.running))


def _paths(network: Network) -> set[tuple[object, ...]]:
    """Interfaces, with their MAC and our IPv4 addresses, over which the targets are reached."""
    own: dict[int, set[Span]] = {}
    for number, span, _ in network.addresses:
        if span.version == 4:  # temporary IPv6 addresses change by themselves
            own.setdefault(number, set()).add(span)
    found: set[tuple[object, ...]] = set()
    for region in _remote(network):
        link = network.links.get(region.link)
        named = (link.number, link.name, link.mac) if link is not None else ()
        found.add((region.span, region.where, *named, frozenset(own.get(region.link, ()))))
    return found


class LinkWatch:
    """The events of rtnetlink since the network was read. `look` compares when there were any.

    `read()` returns the network as it is now; `fileno` is -1 where there are no events.
    """

    def __init__(self, network: Network, read: Callable[[], Network]) -> None:
        self.network, self._read = network, read
        self._changed = False
        self._next = float("-inf")
        self._socket: socket.socket | None = None
        if not _remote(network):
            return
        with contextlib.suppress(OSError):
            self._socket = socket.socket(_AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE)
            self._socket.setblocking(False)
            self._socket.bind((0, _GROUPS))
            self._changed = True  # there is no event of what changed since the network was read

    def fileno(self) -> int:
        """The descriptor for a selector, -1 without one."""
        return self._socket.fileno() if self._socket is not None else -1

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()

    def drain(self) -> None:
        """Read the events that wait; their content is not used, as the kernel may have dropped some of them."""
        while self._socket is not None:
            try:
                self._socket.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError:  # ENOBUFS: events were dropped
                pass
            self._changed = True

    def look(self, now: float, clock: Callable[[], float]) -> PathChange:
        """How the network differs from the one of the scan, if there was an event; else no change."""
        if not self._changed or now < self._next:
            return PathChange()
        self._changed = False
        return self.compare(now, clock)

    def compare(self, now: float, clock: Callable[[], float]) -> PathChange:
        """How the network differs from the one of the scan."""
        found = compare(self.network, self._read())
        self._next = now + (clock() - now) / SHARE
        return found


def sends(addresses: Sequence[tuple[int, int]]) -> bool:
    """Whether the kernel accepts an empty datagram to every one of these addresses (IP version and number)."""
    for version, number in addresses:
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.sendto(b"", (address_text(version, number), DISCARD))
        except OSError as error:
            if error.errno not in _ABOUT_THE_HOST:
                return False
    return True
