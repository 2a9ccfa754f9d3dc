"""The kernel's neighbour table: never more entries than it can hold, with and without the privilege to ask by ARP.

Above gc_thresh3 the kernel refuses every new neighbour, for the whole host (arp(7)). An address that does not resolve
keeps its entry for three seconds (three probes of a second), one that does for at least five before it can be
reclaimed; both are given only a share of the table.
"""

from __future__ import annotations

import errno
import socket

from scanner.core.targets import address_text
from scanner.engine.links import NeighbourLimits
from scanner.engine.udp import Sent, again

#: Share of gc_thresh3 that we take, and seconds that the kernel keeps an entry that fails, and one that resolves.
SHARE, FAILING, HELD = 0.6, 3.0, 5.0
#: Port of the empty datagram that makes the kernel resolve an address: discard (RFC 863).
DISCARD = 9


def unresolved_rate(limits: NeighbourLimits) -> float:
    """Addresses a second that the kernel may be made to resolve while most of them are absent."""
    return max(5.0, SHARE * limits.high / FAILING)


class Budget:
    """New neighbours a second. `allow` says whether a host may be sent to now; one that was lately always may.

    Pure: time comes in. Only used where more hosts are on our links than the table holds with ease.
    """

    __slots__ = ("_due", "_rate", "_seen")

    def __init__(self, limits: NeighbourLimits) -> None:
        self._rate = max(5.0, SHARE * limits.high / HELD)
        self._due = float("-inf")
        self._seen: dict[int, float] = {}

    def allow(self, index: int, now: float) -> float:
        """0 when the host may be sent to, else the time at which to ask again."""
        seen = self._seen.get(index)
        if seen is not None and now - seen < HELD:
            return 0.0
        if self._due > now:
            return self._due
        self._due = max(self._due, now - 0.1) + 1 / self._rate
        self._seen[index] = now
        return 0.0


class Nudge:
    """Makes the kernel resolve addresses: one empty datagram each, no faster than the table stands."""

    def __init__(self, limits: NeighbourLimits) -> None:
        self.rate = unresolved_rate(limits)
        self._sockets: dict[int, socket.socket] = {}

    def close(self) -> None:
        """Close the sockets."""
        for sock in self._sockets.values():
            sock.close()

    def ask(self, version: int, number: int) -> Sent:
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
        return Sent(0)
