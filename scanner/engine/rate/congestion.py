"""Notices that the network cannot carry the rate, and lowers it.

Addresses are visited in an order that is even over all targets (`core.permutation`), so the share of probes that
is answered is the same in every stretch of a round, whatever the subnets hold. A share that falls as the rate rises is
loss. The rate climbs in steps from a quarter of what is allowed; when a step brings a smaller share it goes down until
the share no longer grows. Complaints of the kernel (ENOBUFS, EPERM, our own full buffers) lower it at once.

Pure: times and counts come in, a rate goes out.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from math import sqrt

#: Seconds of sending that are judged together.
WINDOW = 0.25
#: Seconds that answers get before a window is judged, at least.
SETTLE = 0.3
#: Below this rate nothing is lowered any more, packets a second.
LOWEST = 20.0
#: First rate of the climb, where the allowed one is higher.
FIRST_STEP = 1_000.0
#: Answers that a window must lead us to expect before it is judged.
ENOUGH = 12.0
#: What the kernel says of an address, a broadcast for one, and not of how fast we send.
ABOUT_THE_ADDRESS = frozenset({"EACCES", "EINVAL"})


@dataclass(slots=True)
class SendWindow:
    """Probes of one round, positions `first` to `end`, sent at `rate`."""

    key: tuple[int, int]
    rate: float
    opened: float
    first: int
    end: int = -1
    sent: int = 0
    answered: int = 0
    closed: float = 0.0

    @property
    def share(self) -> float:
        return self.answered / self.sent if self.sent else 0.0


class CongestionControl:
    """The rate to send at now, never above `allowed`. `lowered` says from which rate it had to come down, and why."""

    def __init__(self, allowed: float) -> None:
        self.allowed = float(allowed)
        self.rate = min(self.allowed, max(self.allowed / 4, FIRST_STEP))
        self.ceiling = self.allowed
        self.complaints: Counter[str] = Counter()
        self.lowered: tuple[float, float, str] | None = None
        self._open: SendWindow | None = None
        self._recent: deque[SendWindow] = deque(maxlen=64)
        self._good: SendWindow | None = None  # the best-known share of this round, at a rate that brought it
        self._falling: SendWindow | None = None  # the window whose loss we are coming down from
        self._calm_after = float("-inf")

    def sending(self, now: float, key: tuple[int, int], position: int, sent: int) -> None:
        """`sent` packets of round `key` went out, up to `position`. Call after each burst."""
        window = self._open
        if window is None or window.key != key or window.rate != self.rate or now - window.opened >= WINDOW:
            if window is not None:
                self._close(window, now)
            if window is None or window.key != key:
                self._good = self._falling = None
            self._open = window = SendWindow(key, self.rate, now, max(0, position - sent))
        window.end = position
        window.sent += sent

    def answer(self, key: tuple[int, int], position: int) -> None:
        """A host answered that was asked at `position` of round `key`."""
        if self._open and self._open.key == key and self._open.first <= position < self._open.end:
            self._open.answered += 1
            return
        for window in reversed(self._recent):
            if window.key == key and window.first <= position < window.end:
                window.answered += 1
                return

    def complaint(self, now: float, kind: str) -> None:
        """The kernel or our own buffers could not keep up."""
        self.complaints[kind] += 1
        if now >= self._calm_after and kind not in ABOUT_THE_ADDRESS:
            self._lower(self.rate * 0.7, kind)
            self._calm_after = now + 2 * WINDOW

    def review(self, now: float, settle: float = SETTLE) -> float:
        """Judge the windows whose answers are in, and return the rate to go on with."""
        while self._recent and self._recent[0].closed and now - self._recent[0].closed >= max(settle, SETTLE):
            self._judge(self._recent.popleft())
        return self.rate

    def end_of_round(self, now: float) -> None:
        """The round is out; its last window is judged like the others."""
        if self._open is not None:
            self._close(self._open, now)
            self._open = None

    def _close(self, window: SendWindow, now: float) -> None:
        window.closed = now
        if window.sent:
            self._recent.append(window)
        if window.rate == self.rate and now >= self._calm_after and self._falling is None:
            self.rate = min(self.ceiling, self.rate * 2)

    def _judge(self, window: SendWindow) -> None:
        if self._falling is not None:
            self._come_down(window)
            return
        good = self._good
        if good is None or good.key != window.key:
            self._good = window
            return
        expected = good.share * window.sent
        if expected < ENOUGH:
            return
        # the share of `good` is itself an estimate: its own scatter widens what may still be chance
        scatter = sqrt(expected * (1 + window.sent / good.sent))
        if window.rate > good.rate * 1.2 and window.answered < min(expected - 3 * scatter, 0.85 * expected):
            self._falling = window
            self._lower(min(self.rate, window.rate) * 0.6, "fewer answers at a higher rate")
        elif window.rate <= good.rate * 1.2:
            good.sent += window.sent
            good.answered += window.answered
        else:
            self._good = window

    def _come_down(self, window: SendWindow) -> None:
        """After a lowering: go on down while the share still grows."""
        falling = self._falling
        if falling is None or window.rate >= falling.rate or window.sent < 2:
            return
        expected = falling.share * window.sent
        if window.answered > 1.1 * expected + 2 * sqrt(expected + 1):
            self._falling = window
            self._lower(window.rate * 0.6, "fewer answers at a higher rate")
        else:
            self._falling = None
            self._good = window

    def _lower(self, rate: float, why: str) -> None:
        rate = min(self.rate, max(LOWEST, rate))
        began = self.lowered[0] if self.lowered else self.rate
        if rate < self.rate:
            self.lowered = (began, rate, why)
        self.rate = rate
        if why == "fewer answers at a higher rate":
            self.ceiling = rate
