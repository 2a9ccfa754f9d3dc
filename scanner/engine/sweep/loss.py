"""The rounds of a question: how many there are, what they brought, and what that tells of loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.discovery.declaration import UdpSweep
from scanner.engine.rate.limits import Pace
from scanner.engine.sweep.bitmap import Bitmap

#: Missing share of those who answer that is good enough, and how many are certainly too few to estimate from.
GOOD_ENOUGH = 0.0003
FEW = 20


@dataclass(slots=True, eq=False)
class UdpProbe:
    """One step of a discovery at one port: `number` is its place, `gains` who answered after each round.

    `asked` is when the last datagram of its last round went out, `blocked` counts datagrams that the kernel would not
    send, `deferred` those of this round whose host could not be sent to in its turn: the next round waits for them.
    """

    number: int
    discovery: str
    step: UdpSweep
    port: int
    settled: Bitmap
    gains: list[int] = field(default_factory=list)
    asked: float = float("-inf")
    attempt: int = 0
    ended: bool = False
    blocked: int = 0
    deferred: int = 0


class SweepPosition(NamedTuple):
    """Where a sweep is: which question, which attempt, which position; a question of -1 between two rounds."""

    question: int
    attempt: int
    position: int


def rounds(step: UdpSweep, pace: Pace) -> tuple[int, int]:
    """Least and most datagrams that a silent address gets for one port of this step."""
    if step.attempts is not None:
        return step.attempts, step.attempts
    least, most = pace.retries + 1, (pace.max_retries if pace.adaptive else pace.retries) + 1
    return (2 if pace.adaptive else least) * step.variants, most * step.variants


def missing(gains: list[int]) -> float:
    """Estimated share of those who would answer that has not, from how many answered after each round.

    With every probe failing with chance q, round n+1 brings q times what round n did: q is the later rounds over the
    earlier ones, and q to the power of the rounds is still missing.
    """
    if not gains or not sum(gains):
        return 0.0
    if len(gains) == 1:
        return 1.0
    q = min(0.95, sum(gains[1:]) / max(1, sum(gains[:-1])))
    return float(q ** len(gains))


def enough(question: UdpProbe, pace: Pace) -> bool:
    """Whether a question has had its rounds, by their number and by what they show of loss."""
    least, most = rounds(question.step, pace)
    if question.attempt >= most:
        return True
    if question.attempt < least:
        return False
    variants = question.step.variants
    if sum(question.gains) < FEW and question.attempt < (pace.retries + 1) * variants:
        return False
    return missing(question.gains[::variants]) <= GOOD_ENOUGH
