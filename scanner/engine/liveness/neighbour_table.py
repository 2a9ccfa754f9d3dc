"""The kernel's neighbour table: never more of our entries than it can hold, with and without privileges.

Above gc_thresh3 the kernel refuses every new neighbour, for the whole host (arp(7)). It keeps an address that does not
resolve for three seconds, and one that does for up to one and a half base_reachable_time, as an entry in use cannot be
reclaimed before. So ours are counted, and given a share of the table. With CAP_NET_ADMIN entries that we brought in are
taken out again as soon as they are idle, and thousands of phones on one link are asked in seconds instead of minutes.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from pathlib import Path

from scanner.core.spans import address_text
from scanner.engine.os.rtnetlink import NeighbourLimits
from scanner.engine.os.udp import SendResult, again

#: Share of gc_thresh3 that we take.
SHARE = 0.6
#: Seconds that the kernel keeps an entry that fails; that an idle one of ours is kept where we may take it out, until
#: it is known how soon ARP is answered.
FAILING, IDLE = 3.3, 1.0
#: Port of the empty datagram that makes the kernel resolve an address: discard (RFC 863).
DISCARD = 9

_CAP_NET_ADMIN = 12
_DELNEIGH, _REQUEST, _NDA_DST = 29, 1, 1


def reachable_seconds(version: int = 4) -> float:
    """Longest time that the kernel holds a resolved entry: 1.5 × base_reachable_time, and gc's five seconds."""
    path = Path("/proc/sys/net", f"ipv{version}", "neigh/default/base_reachable_time_ms")
    milliseconds = 30_000
    with contextlib.suppress(OSError, ValueError):
        milliseconds = int(path.read_text(encoding="ascii"))
    return 1.5 * milliseconds / 1000 + 5


def has_net_admin() -> bool:
    """Whether this process has CAP_NET_ADMIN."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> _CAP_NET_ADMIN & 1)
    return False


class Table:
    """Our entries in the kernel's table, by index. Pure: time comes in, entries go out through `take_out`.

    `held` is seconds for which a resolved entry stays; `busy(index)` says that a host is being talked to; `theirs` are
    indexes whose entries were there before us, which are never taken out. `idle` is seconds that an entry of ours is
    kept after its last packet where we may take it out: what waits in it for an ARP answer would be lost with it.
    """

    def __init__(
        self,
        limits: NeighbourLimits,
        held: float,
        take_out: Callable[[int], None] | None = None,
        busy: Callable[[int], bool] = lambda index: False,
        theirs: Iterable[int] = (),
    ) -> None:
        self.limit = max(16, int(SHARE * limits.high))
        self.idle = IDLE
        self._held, self._take_out, self._busy, self._theirs = held, take_out, busy, frozenset(theirs)
        self._until: dict[int, float] = {}
        self._queue: list[tuple[float, int]] = []

    def room(self, now: float) -> int:
        """How many entries may be added now."""
        self._expire(now)
        return max(0, self.limit - len(self._until))

    def next_room(self) -> float:
        """When the next entry goes."""
        return self._queue[0][0] if self._queue else float("-inf")

    def unresolved(self, index: int, now: float) -> None:
        """The kernel is made to resolve an address that may be absent."""
        self._keep(index, now + FAILING)

    def resolved(self, index: int, now: float) -> None:
        """An address has resolved: its entry stays."""
        self._keep(index, now + self._held)

    def allow(self, index: int, now: float) -> float:
        """0 when a host that is there may be sent to now, else the time at which to ask again."""
        until = self._until.get(index)
        if until is not None and until > now:
            if self._take_out is not None:
                self._keep(index, now + self.idle)
            return 0.0
        if self.room(now) <= 0:
            return max(now + 0.01, self.next_room())
        self._keep(index, now + (self.idle if self._take_out is not None else self._held))
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
            elif self._take_out is not None and self._busy(index):
                self._until[index] = now + self.idle
                heappush(self._queue, (now + self.idle, index))
            else:
                del self._until[index]
                if self._take_out is not None and index not in self._theirs:
                    self._take_out(index)


class NeighbourRemover:
    """Takes entries out of the kernel's table by rtnetlink; needs CAP_NET_ADMIN."""

    def __init__(self, link: int) -> None:
        self._socket = socket.socket(16, socket.SOCK_RAW, 0)
        self._socket.setblocking(False)
        self._socket.bind((0, 0))
        self._link = link

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def erase(self, version: int, number: int) -> None:
        """Take one address out; nobody hears whether it was there."""
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
    """Makes the kernel resolve addresses: one empty datagram each."""

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}

    def close(self) -> None:
        """Close the sockets."""
        for sock in self._sockets.values():
            sock.close()

    def ask(self, version: int, number: int) -> SendResult:
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
                return again(error.errno or errno.EIO)
            break
        return SendResult(0)
