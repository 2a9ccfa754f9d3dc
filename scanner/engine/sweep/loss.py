"""The rounds of a UDP probe: how many are sent, and the packet loss that their responses show."""

from __future__ import annotations

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
    least, most = pace.retries + 1, (pace.max_retries if pace.adaptive else pace.retries) + 1
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


def rounds_complete(probe: UdpProbe, pace: Pace) -> bool:
    """Whether a probe needs no further round, by the limits and by the loss that its rounds show."""
    least, most = round_limits(probe.step, pace)
    if probe.attempt >= most:
        return True
    if probe.attempt < least:
        return False
    variants = probe.step.variants
    if sum(probe.responses) < FEW and probe.attempt < (pace.retries + 1) * variants:
        return False
    return estimated_missing(probe.responses[::variants]) <= GOOD_ENOUGH
