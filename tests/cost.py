"""Processor time of a step, to be compared with that of another step in the same run, never with a constant."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Least time in seconds that a comparison uses: below it the clock is too coarse.
COARSE = 0.0002
_RUNS = 3


def cost(step: Callable[[], object]) -> float:
    """The least processor time of three runs of a step, in seconds, at least `COARSE`."""
    times = []
    for _ in range(_RUNS):
        start = time.process_time()
        step()
        times.append(time.process_time() - start)
    return max(min(times), COARSE)
