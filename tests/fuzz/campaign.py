"""A fuzz run over all targets: time is given out, not inputs, so that a slow target takes a bounded share."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fuzz import guided
from tests.fuzz.judge import Fate, judge
from tests.fuzz.record import Record, Tally
from tests.fuzz.target import Target

#: Seconds of a round for each target: of the first one and of the longest. Each has twice as many as the one before.
FIRST, MOST = 2.0, 64.0
#: A parser with many paths gets more of these seconds: by the inputs that reached new code, in times the seconds.
PATHS, LEAST_SHARE, MOST_SHARE = 100, 0.25, 2.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a run ends: inputs over all targets and runs, and seconds of this run; the processes at a time."""

    inputs: int
    seconds: float
    jobs: int
    #: Seconds that each target gets, once, instead of rounds.
    once: float | None = None


def run(targets: Sequence[Target], record: Record, bounds: Bounds) -> dict[str, Tally]:
    """Draw inputs for all targets in rounds, until the bounds are reached; returns the figures of all runs."""
    tallies = record.tallies()
    tallies |= {target.name: Tally() for target in targets if target.name not in tallies}
    for target in targets:
        if target.prepare:
            target.prepare()
        if not target.threads:  # what a target loads at its first input is in every process from now on
            judge(target, next(iter(target.seeds())))
        _again(target, record, tallies[target.name])
    record.store(tallies)
    end = time.monotonic() + bounds.seconds
    seconds = bounds.once or FIRST
    while _tried(tallies) < bounds.inputs and time.monotonic() < end:
        _round(targets, record, tallies, bounds, seconds, end)
        if bounds.once:
            break
        seconds = min(MOST, seconds * 2)
    return tallies


def _round(
    targets: Sequence[Target],
    record: Record,
    tallies: dict[str, Tally],
    bounds: Bounds,
    seconds: float,
    end: float,
) -> None:
    """Start every target once, at most `jobs` at a time."""
    waiting = sorted(targets, key=lambda target: tallies[target.name].tried)
    running: dict[int, guided.Slice] = {}
    while waiting or running:
        over = _tried(tallies) >= bounds.inputs or time.monotonic() >= end
        while waiting and len(running) < bounds.jobs and not over:
            target = waiting.pop(0)
            seed = (tallies[target.name].tried + len(waiting)) % (1 << 31) + 1
            begun = guided.start(target, record, seconds * (1 if bounds.once else _share(target, record)), seed)
            running[begun.process] = begun
        if not running:
            return
        process, status = os.wait()
        one = running.pop(process)
        tally = tallies[one.target.name]
        before = tally.tried
        guided.ended(one, record, status, tally)
        record.store(tallies)
        print(
            f"{_tried(tallies):>12,} {one.target.name}: {tally.tried - before:,} in {one.seconds:.0f} s, "
            f"{sum(tally.lost.values())} lost",
            file=sys.stderr,
            flush=True,
        )


def _share(target: Target, record: Record) -> float:
    return min(MOST_SHARE, max(LEAST_SHARE, record.held(target.name) / PATHS))


def _again(target: Target, record: Record, tally: Tally) -> None:
    """Run the inputs that were lost before: those of a fault that is mended count as survived."""
    for kind in list(tally.lost):
        path = record.reproducer(target.name, kind)
        if path.exists() and (fate := _fate(target, path.read_bytes())) is not Fate.LOST:
            count = tally.lost.pop(kind)
            if fate is Fate.READ:
                tally.read += count
            else:
                tally.refused += count
            path.unlink()
            path.with_suffix(".txt").unlink(missing_ok=True)


def _fate(target: Target, data: bytes) -> Fate:
    """The fate of an input in a process of its own, which it may end or fill with threads."""
    process = os.fork()
    if not process:
        signal.alarm(guided.HANG)
        fates = {Fate.READ: 10, Fate.REFUSED: 11, Fate.LOST: 12}
        os._exit(fates[judge(target, data).fate])
    _, status = os.waitpid(process, 0)
    return {10: Fate.READ, 11: Fate.REFUSED}.get(os.waitstatus_to_exitcode(status), Fate.LOST)


def _tried(tallies: dict[str, Tally]) -> int:
    return sum(tally.tried for tally in tallies.values())
