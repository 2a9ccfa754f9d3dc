"""Host discovery: probe each address; repeat for those without a response until a round finds no new host.

The rounds of ARP, ICMP echo and the kernel's own address resolution, without their sockets: packets are sent through
`send` and the time is an argument.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import sqrt

from scanner.core.permutation import Permutation
from scanner.engine.os.udp import SendResult
from scanner.engine.rate.limits import Pace
from scanner.engine.sweep.backpressure import Backpressure
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import FEW, GOOD_ENOUGH, estimated_missing
from scanner.engine.sweep.sweeper import Ran

#: Positions examined in one `pump`.
LOOK = 8_192
#: Shortest pause between rounds, and what is added to twice the slowest response time, seconds.
LEAST_PAUSE, MARGIN = 0.1, 0.05
#: Stretches of the first round whose send time is stored.
MOST_STRETCHES = 4_096
#: Seconds to the next try when the kernel does not accept a packet, and most tries of one packet.
PAUSE, TRIES = 0.02, 1_000
#: Responsive hosts that are probed again to measure the loss; where there are few, several times until that many
#: responses could have arrived, in so many passes at most.
CONTROL, CONTROL_PROBES, PASSES = 500, 200, 4


@dataclass(slots=True, eq=False)
class ProbeState:
    """What a checkpoint saves of a liveness probe.

    `responsive` are the indexes with a response, `responses` how many each round brought, `position` is -1 between two
    rounds. `passes`, `resent` and `confirmed` count the control sample: passes over it, probes, responses.
    """

    responsive: Bitmap
    position: int = -1
    responses: list[int] = field(default_factory=list)
    passes: int = 0
    resent: int = 0
    confirmed: int = 0
    over: bool = False


class LivenessProbe:
    """Rounds over some ranges of indexes. `failed` is why it ended incomplete, else empty.

    `send(index)` sends one packet. `round_pause` is seconds between rounds, which the caller may shorten to the
    response time.

    With `fallback`, addresses without a response get another kind of probe later. Then a sample of the hosts that
    responded in the first round is probed once more, and the other addresses only if that shows loss: an address
    without a host costs one packet. `sample_invalid` reports that the sample shows nothing, since the first round was
    sent faster than the network could carry.
    """

    def __init__(
        self,
        ranges: Sequence[range],
        count: int,
        pace: Pace,
        send: Callable[[int], SendResult],
        max_rounds: int | None = None,
        ran: Ran = lambda key, position, sent, now: None,
        number: int = 0,
        fallback: bool = False,
        sample_invalid: Callable[[], bool] = lambda: False,
    ) -> None:
        self.ranges = [places for places in ranges if places]
        self.total = sum(map(len, self.ranges))
        self.order = Permutation(max(1, self.total))
        self.state = ProbeState(Bitmap(count), over=self.total == 0)
        self.backpressure = Backpressure(lambda tries: PAUSE, TRIES)
        self.sent = 0
        self.round_pause = pace.timeout
        self.slowest = 0.0  # slowest response of the first round in seconds, 0 before the first
        self._starts = [sum(map(len, self.ranges[:place])) for place in range(len(self.ranges))]
        self._pace, self._send, self._ran = pace, send, ran
        self._max_rounds = max_rounds if max_rounds is not None else pace.most_retries + 1
        self._number = number
        self._ready = float("-inf")
        self._round_end: float | None = None
        self._stretches: list[tuple[int, float]] = []  # of the first round: first position and send time
        self._fallback, self._sample_invalid = fallback, sample_invalid
        self._control: deque[int] = deque()  # the control sample as far as it has yet to be probed again
        self._probed_again: set[int] = set()

    @property
    def over(self) -> bool:
        """Whether no round follows."""
        return self.state.over or bool(self.failed)

    @property
    def failed(self) -> str:
        """Why it ended incomplete, else empty."""
        return self.backpressure.failed

    @property
    def key(self) -> tuple[int, int]:
        """The key of the current round for congestion control."""
        return (-1 - self._number, len(self.state.responses))

    def position(self, index: int) -> int:
        """The position of an index within a round; -1 for an index outside the ranges."""
        for start, places in zip(self._starts, self.ranges, strict=True):
            if index in places:
                return self.order.position(start + index - places.start)
        return -1

    def response(self, index: int, now: float | None = None) -> bool:
        """Record a response. Returns whether it is the first. With `now`, the pause between rounds adapts."""
        state = self.state
        if not state.responsive.add(index):
            if index in self._probed_again:
                self._probed_again.discard(index)
                state.confirmed += 1
            return False
        if now is not None and len(state.responses) == 1 and self._stretches:
            place = bisect_right(self._stretches, (self.position(index), float("inf"))) - 1
            self.slowest = max(self.slowest, now - self._stretches[max(0, place)][1])
            self.round_pause = min(self.round_pause, max(LEAST_PAUSE, 2 * self.slowest + MARGIN))
        if state.responses:
            state.responses[-1] += 1
        return True

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due. Returns how many were sent."""
        state = self.state
        if state.position < 0 and self._round_end is not None:
            self._ready = min(self._ready, self._round_end + self.round_pause)
        if self.over or now < max(self._ready, self.backpressure.blocked_until):
            return 0
        if state.position < 0:
            sampling = self._fallback and self._pace.adaptive and len(state.responses) == 1
            if sampling and (sent := self._probe_control(now, grant)) is not None:
                return sent
            if self._rounds_complete():
                state.over = True
                return 0
            state.responses.append(0)
            state.position = 0
        sent = self._run(now, grant)
        self.sent += sent
        if len(state.responses) == 1 and sent and len(self._stretches) < MOST_STRETCHES:
            self._stretches.append((state.position - sent, now))
        self._ran(self.key, state.position, sent, now)
        if state.position >= self.total:
            state.position = -1
            self._round_end = now
            self._ready = now + self.round_pause
        return sent

    def wake_at(self, now: float) -> float:
        """When there is next something to send, or to end."""
        return max(now, self._ready, self.backpressure.blocked_until)

    def _run(self, now: float, grant: int) -> int:
        """Continue the current round. Returns the packets sent."""
        state = self.state
        sent, end = 0, min(self.total, state.position + LOOK)
        while state.position < end and sent < grant:
            index = self._index(state.position)
            if index not in state.responsive:
                result = self._send(index)
                if result.error and self.backpressure.rejected(result, now, index):
                    break
                if not result.error:
                    self.backpressure.accepted()
                sent += 1
            state.position += 1
        return sent

    def _probe_control(self, now: float, grant: int) -> int | None:
        """Probe a sample of the responsive hosts again. Returns the packets sent, None when the sample is complete."""
        state = self.state
        if not self._control:
            if state.passes and (state.resent >= CONTROL_PROBES or state.passes >= PASSES):
                return None
            responsive = list(state.responsive)
            self._control = deque(responsive[:: len(responsive) // CONTROL + 1])
            state.passes += 1
            if not self._control:
                return None
        sent = 0
        while self._control and sent < grant:
            index = self._control.popleft()
            self._probed_again.add(index)
            sent += not self._send(index).error
        state.resent += sent
        self.sent += sent
        if not self._control:
            self._ready = now + self.round_pause
        return sent

    def _index(self, position: int) -> int:
        offset = self.order.index(position)
        place = bisect_right(self._starts, offset) - 1
        return self.ranges[place].start + offset - self._starts[place]

    def _rounds_complete(self) -> bool:
        state = self.state
        rounds, found = len(state.responses), sum(state.responses)
        if state.responsive.number >= self.total or rounds >= self._max_rounds:
            return True
        if not self._pace.adaptive:
            return False
        if state.passes and not self._sample_invalid():
            lost = state.resent - state.confirmed + 1  # rule of succession, plus two standard errors
            share = min(1.0, (lost + 2 * sqrt(lost)) / (state.resent + 2))
            return share ** (rounds + 1) <= GOOD_ENOUGH
        if rounds < 2:
            return False
        if found < FEW and rounds < self._pace.retries + 1:
            return False
        return estimated_missing(state.responses) <= GOOD_ENOUGH
