"""Congestion control: detects that the network cannot carry the rate, and reduces it.

Addresses are probed in an order that is even over all targets (`core.permutation`), so the share of probes with a
response is the same in every stretch of a round, whatever the subnets contain. A share that falls as the rate rises is
loss. The rate climbs in steps from a quarter of the allowed one; when a step brings a smaller share, the rate is
reduced until the share no longer grows. Send errors (ENOBUFS, EPERM) and a full receive buffer reduce it at once.

No clock: times and counts are arguments, the rate is the result.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from math import sqrt

#: Seconds of sending that are judged as one window.
WINDOW = 0.25
#: Least seconds for responses before a window is judged.
CLOSING_WAIT = 0.3
#: The rate is not reduced below this, packets a second.
LOWEST = 20.0
#: First rate of the climb, where the allowed one is higher.
FIRST_STEP = 1_000.0
#: Least responses to expect of a window that is judged.
ENOUGH = 12.0
#: The reason of a reduction that follows from loss.
FEWER_RESPONSES = "fewer responses at a higher rate"
#: Errors about an address, such as a broadcast address, and not about the rate.
ABOUT_THE_ADDRESS = frozenset({"EACCES", "EINVAL"})


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction of the rate, packets a second: the highest rate before it, the rate after it, and why.

    Raises ValueError where the rate after it is not the lower one.
    """

    before: float
    after: float
    why: str

    def __post_init__(self) -> None:
        if self.after >= self.before:
            raise ValueError(f"{self.after} is not a reduction of {self.before}")

    def __str__(self) -> str:
        """A sentence; empty where both rates are the same whole number."""
        before, after = round(self.before), round(self.after)
        return f"the rate was lowered from {before} to {after} packets a second: {self.why}" if after < before else ""


@dataclass(slots=True)
class SendWindow:
    """The probes of one round between positions `first` and `end`, sent at `rate`."""

    key: tuple[int, int]
    rate: float
    opened: float
    first: int
    end: int = -1
    sent: int = 0
    responses: int = 0
    closed: float = 0.0

    @property
    def share(self) -> float:
        """Share of the probes with a response."""
        return self.responses / self.sent if self.sent else 0.0


class CongestionControl:
    """The current rate, never above `allowed`. `reduced` is the last reduction, from the highest rate until then."""

    def __init__(self, allowed: float) -> None:
        self.allowed = float(allowed)
        self.rate = min(self.allowed, max(self.allowed / 4, FIRST_STEP))
        self.ceiling = self.allowed
        self.errors: Counter[str] = Counter()
        self.reduced: Reduction | None = None
        self._open: SendWindow | None = None
        self._recent: deque[SendWindow] = deque(maxlen=64)
        self._good: SendWindow | None = None  # the window of this round with the best share
        self._falling: SendWindow | None = None  # the window whose loss started the reduction
        self._hold_until = float("-inf")

    def round_sent(self, key: tuple[int, int], position: int, sent: int, now: float) -> None:
        """Record that `sent` packets of round `key` were sent, up to `position`. Call after each burst."""
        window = self._open
        if window is None or window.key != key or window.rate != self.rate or now - window.opened >= WINDOW:
            if window is not None:
                self._close(window, now)
            if window is None or window.key != key:
                self._good = self._falling = None
            self._open = window = SendWindow(key, self.rate, now, max(0, position - sent))
        window.end = position
        window.sent += sent

    def response(self, key: tuple[int, int], position: int) -> None:
        """Record a response to the probe at `position` of round `key`."""
        if self._open and self._open.key == key and self._open.first <= position < self._open.end:
            self._open.responses += 1
            return
        for window in reversed(self._recent):
            if window.key == key and window.first <= position < window.end:
                window.responses += 1
                return

    def send_error(self, now: float, kind: str) -> None:
        """Record an error of the kernel, or a full receive buffer of ours."""
        self.errors[kind] += 1
        if now >= self._hold_until and kind not in ABOUT_THE_ADDRESS:
            self._reduce(self.rate * 0.7, kind)
            self._hold_until = now + 2 * WINDOW

    def review(self, now: float, closing_wait: float = CLOSING_WAIT) -> float:
        """Judge the windows whose responses have had their time. Returns the rate to continue with."""
        while (
            self._recent and self._recent[0].closed and now - self._recent[0].closed >= max(closing_wait, CLOSING_WAIT)
        ):
            self._judge(self._recent.popleft())
        return self.rate

    def _close(self, window: SendWindow, now: float) -> None:
        window.closed = now
        if window.sent:
            self._recent.append(window)
        if window.rate == self.rate and now >= self._hold_until and self._falling is None:
            self.rate = min(self.ceiling, self.rate * 2)

    def _judge(self, window: SendWindow) -> None:
        if self._falling is not None:
            self._continue_reducing(window)
            return
        good = self._good
        if good is None or good.key != window.key:
            self._good = window
            return
        expected = good.share * window.sent
        if expected < ENOUGH:
            return
        # the share of `good` is itself an estimate, whose deviation widens the range of chance
        scatter = sqrt(expected * (1 + window.sent / good.sent))
        if window.rate > good.rate * 1.2 and window.responses < min(expected - 3 * scatter, 0.85 * expected):
            self._falling = window
            self._reduce(min(self.rate, window.rate) * 0.6, FEWER_RESPONSES)
        elif window.rate <= good.rate * 1.2:
            good.sent += window.sent
            good.responses += window.responses
        else:
            self._good = window

    def _continue_reducing(self, window: SendWindow) -> None:
        """After a reduction: reduce further while the share still grows."""
        falling = self._falling
        if falling is None or window.rate >= falling.rate or window.sent < 2:
            return
        expected = falling.share * window.sent
        if window.responses > 1.1 * expected + 2 * sqrt(expected + 1):
            self._falling = window
            self._reduce(window.rate * 0.6, FEWER_RESPONSES)
        else:
            self._falling = None
            self._good = window

    def _reduce(self, rate: float, why: str) -> None:
        rate = min(self.rate, max(LOWEST, rate))
        if rate < self.rate:  # the rate may have risen again since the reduction before
            self.reduced = Reduction(max(self.rate, self.reduced.before if self.reduced else 0.0), rate, why)
        self.rate = rate
        if why == FEWER_RESPONSES:
            self.ceiling = rate
