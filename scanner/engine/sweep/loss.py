"""The packet loss that the responses of rounds show, and the rounds of UDP and TCP probes that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import ceil, log

from scanner.discovery.declaration import UdpSweep
from scanner.engine.rate.limits import Pace
from scanner.engine.sweep.state import UdpProbe

#: Share of the responsive hosts that may be missing when rounds end, and responses that are too few to estimate from.
GOOD_ENOUGH = 0.0003
FEW = 20


def round_limits(step: UdpSweep, pace: Pace) -> tuple[int, int]:
    """Least and most datagrams for one port of this step to an address without a response."""
    if step.attempts is not None:
        return step.attempts, step.attempts
    least, most = pace.retries + 1, pace.most_retries + 1
    return (2 if pace.adaptive else least) * step.variants, most * step.variants


def estimated_missing(responses: list[int]) -> float:
    """Estimated share of the responsive hosts without a response yet, from the responses of each round.

    If every probe fails with probability q, round n+1 brings q times the responses of round n: q is the later rounds
    over the earlier ones, and q to the power of the rounds is the share that is missing.
    """
    if not responses or not sum(responses):
        return 0.0
    if len(responses) == 1:
        return 1.0
    q = min(0.95, sum(responses[1:]) / max(1, sum(responses[:-1])))
    return float(q ** len(responses))


def shown_loss(series: Iterable[Sequence[int]]) -> float:
    """The share of probes to responsive hosts that brought no response, by the responses of each round of several
    probes; 0 where no later round brought one. Few responses are an estimate by the rule of succession."""
    rounds = [one for one in series if len(one) > 1]
    earlier, later = sum(sum(one[:-1]) for one in rounds), sum(sum(one[1:]) for one in rounds)
    if not later:
        return 0.0
    return min(0.95, later / earlier if earlier >= FEW else (later + 1) / (earlier + 2))


def rounds_for(loss: float) -> int:
    """The rounds after which the share of responsive hosts without a response is small enough."""
    return max(1, ceil(log(GOOD_ENOUGH) / log(loss))) if 0 < loss < 1 else 1


class Loss:
    """The loss that a run has shown so far. `series` returns the responses of each round, of every kind of probe."""

    def __init__(self, pace: Pace, series: Callable[[], Iterable[Sequence[int]]]) -> None:
        self._most = pace.most_retries + 1
        self._series = series

    def tries(self, least: int) -> int:
        """How often to send a packet without a response: `least` unless the loss requires more."""
        return max(least, min(rounds_for(shown_loss(self._series())), self._most))

    @property
    def shown(self) -> bool:
        """Whether the loss requires more than the two tries that are made without any."""
        return rounds_for(shown_loss(self._series())) > 2

    @property
    def repeats(self) -> int:
        """How often to repeat a request of a conversation that has no response; 0 while no loss is shown."""
        return self.tries(1) - 1 if self.shown else 0


def rounds_complete(probe: UdpProbe, pace: Pace, loss: float = 0.0) -> bool:
    """Whether a probe needs no further round, by the limits and by the loss that its rounds show.

    `loss` is that of all probes, for those with too few responses to estimate from.
    """
    least, most = round_limits(probe.step, pace)
    if probe.attempt >= most:
        return True
    if probe.attempt < least:
        return False
    variants = probe.step.variants
    if sum(probe.responses) < FEW and probe.attempt < (pace.retries + 1) * variants:
        return False
    if sum(probe.responses) < FEW and loss ** (probe.attempt // variants) > GOOD_ENOUGH:
        return False
    return estimated_missing(probe.responses[::variants]) <= GOOD_ENOUGH
