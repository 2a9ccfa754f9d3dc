"""Packets that the kernel does not accept: wait and send again, skip, or end the sender incomplete."""

from __future__ import annotations

from collections.abc import Callable

from scanner.engine.os.udp import SendResult

#: Seconds without a packet accepted by the kernel after which a sender ends incomplete.
PATIENCE = 10.0


class Backpressure:
    """The send errors of one sender. `failed` is why it ended incomplete, else empty.

    `pause(tries)` is seconds to wait after so many rejected tries of one packet; `max_tries` replaces the number that
    the error itself allows.
    """

    def __init__(self, pause: Callable[[int], float], max_tries: int | None = None) -> None:
        self.failed = ""
        self.errors: list[str] = []  # errno names since the caller last cleared the list
        self.failing_since: float | None = None  # no packet was accepted since then
        self.reason, self.index = "", -1  # of the last rejected packet: the errno's name and the target's index
        self.excused = 0  # times that the errors were found to be about the packets, not about the network
        self.blocked_until = float("-inf")
        self._pause, self._max_tries = pause, max_tries
        self._tries = 0

    def accepted(self) -> None:
        """The kernel accepted a packet."""
        self._tries, self.failing_since = 0, None

    def excuse(self) -> None:
        """The kernel sends other packets to these addresses: what it rejects is skipped, and no reason to wait."""
        self.failing_since = None
        self.excused += 1

    def rejected(self, result: SendResult, now: float, index: int = -1) -> bool:
        """The kernel rejected a packet. Returns whether to send it again at `blocked_until`, False to skip it."""
        self.errors.append(result.reason)
        self.reason, self.index = result.reason, index
        if not result.again:
            return False
        self._tries += 1
        since = self.failing_since = now if self.failing_since is None else self.failing_since
        if now - since > PATIENCE:
            self.failed = f"the kernel accepted no packet for {PATIENCE:.0f} seconds ({result.reason})"
            return True
        if self._tries > (self._max_tries or result.tries):
            self._tries = 0
            return False
        self.blocked_until = now + self._pause(self._tries)
        return True
