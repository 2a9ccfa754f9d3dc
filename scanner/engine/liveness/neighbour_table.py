"""Bounds our entries in the kernel's neighbour table, with and without the privilege to remove them.

Above gc_thresh3 the kernel rejects every new neighbour, for the whole host (arp(7)). It keeps an entry that does not
resolve for three seconds, and a resolved one for up to one and a half base_reachable_time, as an entry in use cannot
be reclaimed earlier. Entries that our packets cause are therefore counted and limited to a share of the table. With
CAP_NET_ADMIN they are removed as soon as they are idle, and thousands of phones on one link take seconds instead of
minutes.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from heapq import heappop, heappush
from pathlib import Path

from scanner.core.spans import address_text
from scanner.core.targets import Targets
from scanner.engine.os import rtnetlink
from scanner.engine.os.privilege import CAP_NET_ADMIN, has_capability
from scanner.engine.os.rtnetlink import NeighbourLimits
from scanner.engine.os.udp import SENT, SendResult, send_error

#: Share of gc_thresh3 for our entries.
SHARE = 0.6
#: Seconds that the kernel keeps an entry that fails to resolve; and that an idle one of ours is kept where it may be
#: removed, until the response time of ARP is known.
FAILING, IDLE = 3.3, 1.0
#: Port of the empty datagram that makes the kernel resolve an address: discard (RFC 863).
DISCARD = 9

_DELNEIGH, _REQUEST, _NDA_DST = 29, 1, 1


def reachable_seconds(version: int = 4) -> float:
    """Longest time that the kernel keeps a resolved entry: 1.5 × base_reachable_time, and gc's five seconds."""
    path = Path("/proc/sys/net", f"ipv{version}", "neigh/default/base_reachable_time_ms")
    milliseconds = 30_000
    with contextlib.suppress(OSError, ValueError):
        milliseconds = int(path.read_text(encoding="ascii"))
    return 1.5 * milliseconds / 1000 + 5


class NeighbourBudget:
    """Our entries in the kernel's table, by index. No clock and no socket: `remove(index)` removes an entry.

    `held` is seconds for which the kernel keeps a resolved entry; `busy(index)` reports that a host is in a
    conversation; `existing` are indexes whose entries are not ours and are never removed. `idle` is seconds that an
    entry is kept after its last packet where it may be removed: packets that wait in it for an ARP reply would be lost.
    """

    def __init__(
        self,
        limits: NeighbourLimits,
        held: float,
        remove: Callable[[int], None] | None = None,
        busy: Callable[[int], bool] = lambda index: False,
        existing: Iterable[int] = (),
    ) -> None:
        self.limit = max(16, int(SHARE * limits.high))
        self.idle = IDLE
        self._held, self._remove, self._busy, self._existing = held, remove, busy, frozenset(existing)
        self._until: dict[int, float] = {}
        self._queue: list[tuple[float, int]] = []

    def room(self, now: float) -> int:
        """Entries that may be added now."""
        self._expire(now)
        return max(0, self.limit - len(self._until))

    def next_room(self) -> float:
        """When the next entry expires."""
        return self._queue[0][0] if self._queue else float("-inf")

    def resolving(self, index: int, now: float) -> None:
        """A packet makes the kernel resolve an address that may have no host."""
        self._keep(index, now + FAILING)

    def resolved(self, index: int, now: float) -> None:
        """An address has been resolved: its entry stays."""
        self._keep(index, now + self._held)

    def free_at(self, index: int, now: float) -> float:
        """0 when a packet may be sent to a host now, else the time at which to try again."""
        until = self._until.get(index)
        if until is not None and until > now:
            if self._remove is not None:
                self._keep(index, now + self.idle)
            return 0.0
        if self.room(now) <= 0:
            return max(now + 0.01, self.next_room())
        self._keep(index, now + (self.idle if self._remove is not None else self._held))
        return 0.0

    def _keep(self, index: int, until: float) -> None:
        if until > self._until.get(index, float("-inf")):
            if index not in self._until:
                heappush(self._queue, (until, index))
            self._until[index] = until

    def _expire(self, now: float) -> None:
        while self._queue and self._queue[0][0] <= now:
            _, index = heappop(self._queue)
            until = self._until[index]
            if until > now:
                heappush(self._queue, (until, index))
            elif self._remove is not None and self._busy(index):
                self._until[index] = now + self.idle
                heappush(self._queue, (now + self.idle, index))
            else:
                del self._until[index]
                if self._remove is not None and index not in self._existing:
                    self._remove(index)


class NeighbourRemover:
    """Removes entries from the kernel's table over rtnetlink; needs CAP_NET_ADMIN."""

    def __init__(self, link: int) -> None:
        self._socket = socket.socket(16, socket.SOCK_RAW, 0)
        self._socket.setblocking(False)
        self._socket.bind((0, 0))
        self._link = link

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def remove(self, version: int, number: int) -> None:
        """Remove the entry of an address; no error is reported when there is none."""
        size = 4 if version == 4 else 16
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        body = struct.pack("=BBHiHBB", family, 0, 0, self._link, 0, 0, 0)
        body += struct.pack("=HH", 4 + size, _NDA_DST) + number.to_bytes(size)
        with contextlib.suppress(OSError):
            self._socket.send(struct.pack("=IHHII", 16 + len(body), _DELNEIGH, _REQUEST, 0, 0) + body)
            with contextlib.suppress(BlockingIOError):
                while self._socket.recv(4096):
                    pass


class KernelResolver:
    """Makes the kernel resolve addresses with one empty UDP datagram each."""

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}

    def close(self) -> None:
        """Close the sockets."""
        for sock in self._sockets.values():
            sock.close()

    def send(self, version: int, number: int) -> SendResult:
        """Send the datagram to one address."""
        sock = self._sockets.get(version)
        if sock is None:
            sock = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
            sock.setblocking(False)
            self._sockets[version] = sock
        for _ in range(2):
            try:
                sock.sendto(b"", (address_text(version, number), DISCARD))
            except ConnectionRefusedError:
                continue
            except OSError as error:
                return send_error(error.errno or errno.EIO)
            break
        return SENT


def budget_of(
    link: int, version: int, targets: Targets, busy: Callable[[int], bool], stack: ExitStack
) -> NeighbourBudget:
    """Our budget of the neighbour table for one link and IP version, with removal where it is permitted."""
    remove = None
    if has_capability(CAP_NET_ADMIN):
        remover = NeighbourRemover(link)
        stack.callback(remover.close)
        remove = lambda index: remover.remove(*targets.number(index))  # noqa: E731
    known = (targets.index_of(of_version, address) for of_version, address, _ in rtnetlink.neighbours())
    existing = [index for index in known if index is not None]
    return NeighbourBudget(rtnetlink.neighbour_limits(version), reachable_seconds(version), remove, busy, existing)
