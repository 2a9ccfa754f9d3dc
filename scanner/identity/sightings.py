"""Which of several versions a device runs: the one of its latest direct sighting. Pure.

A response or frame of the device is direct. A neighbour table or a log repeats what a device sent earlier, perhaps for
weeks: beside a direct sighting its row is as old as its last change. A version is replaced where another one appeared
more than a visit after its last sighting; of those that remain, a direct one outranks one from a table or log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scanner.core.text import seconds
from scanner.identity.authority import NO_AUTHORITY, rank
from scanner.identity.evidence import Sight, WeightedEvidence
from scanner.identity.freshness import VISIT


class Sighted(NamedTuple):
    """When a version was seen, Unix times: at first; directly last (0: never); in tables at the change and last."""

    rank: int
    first: int
    direct: int
    changed: int
    repeated: int

    def last(self, beside_direct: bool) -> int:
        """The last sighting that counts beside a version that was seen directly, or in tables alone."""
        return max(self.direct, self.changed if beside_direct else self.repeated)


def standing(versions: Sequence[Sequence[WeightedEvidence]]) -> list[int]:
    """The numbers of the versions, each with its evidence, that none replaced and none outranks."""
    spans = [_sighted(evidence) for evidence in versions]
    if any(span is None for span in spans):
        return list(range(len(versions)))
    known = [span for span in spans if span is not None]
    left = [n for n, span in enumerate(known) if not any(_replaced(span, other) for other in known)]
    best = min((known[n].rank for n in left), default=0)
    return [n for n in left if known[n].rank == best]


def replaced(version: Sequence[WeightedEvidence], by: Sequence[WeightedEvidence]) -> bool:
    """Whether a version was last seen more than a visit before another one appeared."""
    old, new = _sighted(version), _sighted(by)
    return old is not None and new is not None and _replaced(old, new)


def _replaced(old: Sighted, new: Sighted) -> bool:
    return old.last(new.direct > 0) + VISIT < new.first


def _sighted(evidence: Sequence[WeightedEvidence]) -> Sighted | None:
    """The span of a version; None where a time is unknown."""
    best, first, direct, changed, repeated = NO_AUTHORITY, 0, 0, 0, 0
    for field, sight in ((one.evidence.field, sight) for one in evidence for sight in one.sights):
        times = _times(sight)
        if times is None:
            return None
        own = rank("firmware", field, sight.source)
        best, first = min(best, own), min(first or times[0], times[0])
        if own == 1:
            direct = max(direct, times[1])
        else:
            changed, repeated = max(changed, times[0]), max(repeated, times[1])
    return Sighted(best, first, direct, changed, repeated)


def _times(sight: Sight) -> tuple[int, int] | None:
    try:
        return seconds(sight.first), seconds(sight.last)
    except (ValueError, OverflowError, OSError):
        return None
