"""What became of one input: read, refused with an error of our own, or lost; lost is also what costs too much."""

from __future__ import annotations

import resource
import traceback
import tracemalloc
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.target import Target

#: Processor time that an input may take for each of its bytes, in seconds, beside what its target declares.
SECONDS_PER_BYTE = 100e-6
#: Memory that an input may take, in bytes: in all, and for each of its bytes.
MEMORY, MEMORY_PER_BYTE = 16 << 20, 1024
#: An increase of the resident memory by one input that has it measured, in KiB.
SUSPICIOUS = 16 << 10

_ROOT = Path(__file__).resolve().parents[2]


class Fate(StrEnum):
    """What became of an input."""

    READ = "read"
    REFUSED = "refused"
    LOST = "lost"


class Verdict(NamedTuple):
    """The fate of an input; of a lost one the kind of fault, equal for inputs that are lost in the same place."""

    fate: Fate
    kind: str = ""


def judge(target: Target, data: bytes) -> Verdict:
    """Run a target on an input. What takes too long or too much memory is run again, to rule out the garbage collector
    and other programs: time counts if three runs exceed the budget, memory as `tracemalloc` measures it."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    verdict = _run(target, data)
    after = resource.getrusage(resource.RUSAGE_SELF)
    if verdict.fate is Fate.LOST:
        return verdict
    allowed = target.seconds + SECONDS_PER_BYTE * len(data)
    if _seconds(before, after) > allowed and all(_timed(target, data) > allowed for _ in range(2)):
        return Verdict(Fate.LOST, "takes too long")
    if after.ru_maxrss - before.ru_maxrss > SUSPICIOUS and _peak(target, data) > MEMORY + MEMORY_PER_BYTE * len(data):
        return Verdict(Fate.LOST, "takes too much memory")
    return verdict


def _run(target: Target, data: bytes) -> Verdict:
    try:
        target.run(data)
    except target.refuses:
        return Verdict(Fate.REFUSED)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Verdict(Fate.LOST, _kind(error))
    return Verdict(Fate.READ)


def _kind(error: BaseException) -> str:
    """The type of an error and the innermost line of ours that raised it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(f"{_ROOT}/")]
    ours = [frame for frame in frames if "/scanner/" in frame.filename] or frames
    place = f"{Path(ours[-1].filename).relative_to(_ROOT)}:{ours[-1].name}" if ours else "elsewhere"
    return f"{type(error).__name__} in {place}"


def _timed(target: Target, data: bytes) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    _run(target, data)
    return _seconds(before, resource.getrusage(resource.RUSAGE_SELF))


def _seconds(before: resource.struct_rusage, after: resource.struct_rusage) -> float:
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _peak(target: Target, data: bytes) -> int:
    """The most memory that a run holds at once, in bytes."""
    tracemalloc.start()
    try:
        _run(target, data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
