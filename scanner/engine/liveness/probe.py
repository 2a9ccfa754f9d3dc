"""Who of these addresses is there: one small packet to each, again to the silent, until a round brings nobody new.

The rounds of ARP, ICMP echo and the kernel's own resolution, without their sockets; time comes in, packets go out
through `ask`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

from scanner.core.permutation import Permutation
from scanner.engine.os.udp import SendResult
from scanner.engine.rate.limits import Pace
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import FEW, GOOD_ENOUGH, missing
from scanner.engine.sweep.sweeper import PATIENCE

#: Positions looked at in one `pump`.
LOOK = 8_192
#: Shortest pause between rounds, and what is added to twice the slowest answer, seconds.
LEAST_PAUSE, MARGIN = 0.1, 0.05
#: Stretches of the first round whose time is remembered.
MOST_STRETCHES = 4_096
#: Seconds to the next try when the kernel takes no more.
PAUSE = 0.02
#: Tries of one packet that the kernel does not take.
TRIES = 1_000
#: How many of those who answered are asked again, to see how many packets get lost; where there are few, several times
#: until that many answers could have come, so often at most.
CONTROL, AGAIN, PASSES = 500, 200, 4


class LivenessProbe:
    """Rounds over some ranges of indexes. `present` is who answered, `failed` says why it ended in part.

    `ask(index)` sends one packet. `between` is seconds between rounds, which the caller may shorten to what answers
    take.

    With `otherwise`, whoever stays silent is asked in another way later. Then a sample of those who answered the first
    round is asked once more, and the silent only if packets got lost on the way: an absent address costs one packet.
    `doubtful` says that the sample tells nothing, since the first round went out faster than the network could carry.
    """

    def __init__(
        self,
        ranges: Sequence[range],
        count: int,
        pace: Pace,
        ask: Callable[[int], SendResult],
        most: int | None = None,
        ran: Callable[[tuple[int, int], int, int, float], None] = lambda key, position, sent, now: None,
        number: int = 0,
        otherwise: bool = False,
        doubtful: Callable[[], bool] = lambda: False,
    ) -> None:
        self.ranges = [places for places in ranges if places]
        self.total = sum(map(len, self.ranges))
        self.order = Permutation(max(1, self.total))
        self.present = Bitmap(count)
        self.complaints: list[str] = []
        self.gains: list[int] = []
        self.sent = 0
        self.between = pace.timeout
        self.slowest = 0.0  # seconds that the slowest answer of a first round took, 0 while there is none
        self._starts = [sum(map(len, self.ranges[:place])) for place in range(len(self.ranges))]
        self._pace, self._ask, self._ran = pace, ask, ran
        self._most = most if most is not None else (pace.max_retries if pace.adaptive else pace.retries) + 1
        self._number = number
        self._position = -1  # between rounds
        self._ready = float("-inf")
        self._round_end: float | None = None
        self._tries = 0
        self._trouble_since: float | None = None
        self.failed = ""
        self._stretches: list[tuple[int, float]] = []  # positions from, sent at: of the first round
        self.over = self.total == 0
        self._otherwise, self._doubtful = otherwise, doubtful
        self._control: deque[int] = deque()  # those who are still to be asked again
        self._passes = 0  # over those
        self._asked_again: set[int] = set()
        self._again = 0
        self._came_back = 0

    @property
    def key(self) -> tuple[int, int]:
        """This round, as the congestion knows it."""
        return (-1 - self._number, len(self.gains))

    def position(self, index: int) -> int:
        """When an index is asked within a round; -1 when it is none of ours."""
        for start, places in zip(self._starts, self.ranges, strict=True):
            if index in places:
                return self.order.position(start + index - places.start)
        return -1

    def answered(self, index: int, now: float | None = None) -> bool:
        """Somebody is there; whether that is news. With `now`, rounds wait no longer than answers take."""
        if not self.present.add(index):
            if index in self._asked_again:
                self._asked_again.discard(index)
                self._came_back += 1
            return False
        if now is not None and len(self.gains) == 1 and self._stretches:
            place = bisect_right(self._stretches, (self.position(index), float("inf"))) - 1
            self.slowest = max(self.slowest, now - self._stretches[max(0, place)][1])
            self.between = min(self.between, max(LEAST_PAUSE, 2 * self.slowest + MARGIN))
        if self.gains:
            self.gains[-1] += 1
        return True

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due; how many went."""
        if self._position < 0 and self._round_end is not None:
            self._ready = min(self._ready, self._round_end + self.between)
        if self.over or now < self._ready:
            return 0
        if self._position < 0:
            sampling = self._otherwise and self._pace.adaptive and len(self.gains) == 1
            if sampling and (went := self._ask_again(now, grant)) is not None:
                return went
            if self._enough():
                self.over = True
                return 0
            self.gains.append(0)
            self._position = 0
        went, end = 0, min(self.total, self._position + LOOK)
        while self._position < end and went < grant:
            index = self._index(self._position)
            if index not in self.present:
                result = self._ask(index)
                if result.error:
                    self.complaints.append(result.reason)
                if result.again and self._tries < TRIES:
                    self._wait(now, result.reason)
                    break
                self._tries, self._trouble_since = 0, None
                went += 1
            self._position += 1
        self.sent += went
        if len(self.gains) == 1 and went and len(self._stretches) < MOST_STRETCHES:
            self._stretches.append((self._position - went, now))
        self._ran(self.key, self._position, went, now)
        if self._position >= self.total:
            self._position = -1
            self._round_end = now
            self._ready = now + self.between
        return went

    def state(self) -> list[Any]:
        """Where it is, without who answered (`present`), as plain values."""
        return [self._position, list(self.gains), self._passes, self._again, self._came_back, self.over]

    def resume(self, state: Sequence[Any], present: Bitmap) -> None:
        """Go on where another was. A sample that was being asked again counts as it stands."""
        self._position, gains, self._passes, self._again, self._came_back, self.over = state
        self.gains, self.present = list(gains), present

    def _ask_again(self, now: float, grant: int) -> int | None:
        """Ask a sample of those who are there again; how many packets went, None when that is done."""
        if not self._control:
            if self._passes and (self._again >= AGAIN or self._passes >= PASSES):
                return None
            here = list(self.present)
            self._control = deque(here[:: len(here) // CONTROL + 1])
            self._passes += 1
            if not self._control:
                return None
        went = 0
        while self._control and went < grant:
            index = self._control.popleft()
            self._asked_again.add(index)
            went += not self._ask(index).error
        self._again += went
        self.sent += went
        if not self._control:
            self._ready = now + self.between
        return went

    def _wait(self, now: float, reason: str) -> None:
        """The kernel takes nothing just now; when that lasts, the census ends in part."""
        self._tries += 1
        self._ready = now + PAUSE
        since = self._trouble_since = now if self._trouble_since is None else self._trouble_since
        if now - since > PATIENCE:
            self.failed = f"the network took nothing for {PATIENCE:.0f} seconds ({reason})"
            self.over = True

    def wake_at(self, now: float) -> float:
        """When there is something to send, or to end."""
        return max(now, self._ready)

    def _index(self, position: int) -> int:
        offset = self.order.index(position)
        place = bisect_right(self._starts, offset) - 1
        return self.ranges[place].start + offset - self._starts[place]

    def _enough(self) -> bool:
        rounds, found = len(self.gains), sum(self.gains)
        if self.present.number >= self.total or rounds >= self._most:
            return True
        if not self._pace.adaptive:
            return False
        if self._passes and not self._doubtful():
            lost = self._again - self._came_back + 1  # by the rule of succession, and two standard errors on top
            share = min(1.0, (lost + 2 * sqrt(lost)) / (self._again + 2))
            return share ** (rounds + 1) <= GOOD_ENOUGH
        if rounds < 2:
            return False
        if found < FEW and rounds < self._pace.retries + 1:
            return False
        return missing(self.gains) <= GOOD_ENOUGH
