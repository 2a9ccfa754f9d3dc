"""Inputs for one target, drawn by libFuzzer from the code that earlier ones reached, in a process of its own.

The process is a fork of one that has imported the instrumented program (see `__main__`), because instrumenting takes
longer than a target gets in CI. What it counts is in shared memory, so that it outlives a process that is killed.
"""

from __future__ import annotations

import mmap
import os
import resource
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.judge import Fate, judge
from tests.fuzz.record import Record, Tally
from tests.fuzz.target import Target

#: Seconds of one input after which the process of its target is ended.
HANG = 20
#: Inputs that a target gets in any case, beside those of its corpus: a slice may be shorter than reading that takes.
LEAST = 25
#: Memory that a process may map beyond what it has, in bytes. An input that takes more gets a MemoryError.
ADDRESS_SPACE = 3 << 30
#: Kinds of faults whose inputs are counted apart, in one slice of a target.
KINDS = 256

#: What the process shares: how many inputs were read and refused, and lost by kind; the length of the input, the input.
_COUNTS = struct.Struct("=QQ")
_INPUT = _COUNTS.size + 8 * KINDS
#: The exit status of a process that libFuzzer ends for an input that takes longer than HANG.
_TIMEOUT = 70


@dataclass(slots=True)
class Slice:
    """A process that draws inputs for one target for some seconds."""

    target: Target
    seconds: float
    process: int
    counts: mmap.mmap


def start(target: Target, record: Record, seconds: float, seed: int) -> Slice:
    """Start the process of a target."""
    counts = mmap.mmap(-1, _INPUT + 8 + target.longest)
    process = os.fork()
    if not process:
        status = 1
        try:
            _draw(target, record, counts, seconds, seed)
            status = 0
        finally:
            os._exit(status)
    return Slice(target, seconds, process, counts)


def ended(slice: Slice, record: Record, status: int, tally: Tally) -> None:
    """Add what a process has counted to the tally of its target; an input that ended the process is lost."""
    read, refused = _COUNTS.unpack_from(slice.counts)
    tally.read += read
    tally.refused += refused
    names = record.lost(slice.target.name) / "kinds"
    kinds = names.read_text(encoding="utf-8").splitlines() if names.exists() else []
    for number, kind in enumerate(kinds):
        (count,) = struct.unpack_from("=Q", slice.counts, _COUNTS.size + 8 * number)
        tally.lost[kind] = tally.lost.get(kind, 0) + count
    names.unlink(missing_ok=True)
    if status:
        (length,) = struct.unpack_from("=Q", slice.counts, _INPUT)
        data = slice.counts[_INPUT + 8 : _INPUT + 8 + length]
        kind = "hangs" if os.waitstatus_to_exitcode(status) == _TIMEOUT else "ends the process"
        record.keep(slice.target.name, kind, data)
        tally.lost[kind] = tally.lost.get(kind, 0) + 1
        for held in record.corpus(slice.target.name).iterdir():  # the next slice would begin with it
            if held.stat().st_size == len(data) and held.read_bytes() == data:
                held.unlink()
    slice.counts.close()


def _draw(target: Target, record: Record, counts: mmap.mmap, seconds: float, seed: int) -> None:
    """Draw inputs until the seconds are over. Does not return where libFuzzer ends the process."""
    import atheris

    lost = record.lost(target.name)
    corpus = record.corpus(target.name)
    if not record.held(target.name):
        for number, data in enumerate(target.seeds()):
            if len(data) <= target.longest:
                (corpus / f"seed{number}").write_bytes(data)
    # libFuzzer begins with an empty input and the corpus, which an earlier slice has tried.
    begun = 1 + record.held(target.name)
    kinds: list[str] = []
    done = 0
    end = time.monotonic() + seconds

    def one(data: bytes) -> None:
        nonlocal done
        if time.monotonic() > end and done >= begun + LEAST:  # of -max_total_time, a fraction of a second is ignored
            os._exit(0)
        done += 1
        struct.pack_into("=Q", counts, _INPUT, len(data))
        counts[_INPUT + 8 : _INPUT + 8 + len(data)] = data
        verdict = judge(target, data)
        if verdict.fate is Fate.LOST:
            _count_lost(verdict.kind, kinds, lost, counts)
            record.keep(target.name, verdict.kind, data)
        elif done > begun:
            read, refused = _COUNTS.unpack_from(counts)
            readable = verdict.fate is Fate.READ
            _COUNTS.pack_into(counts, 0, read + readable, refused + (not readable))

    _limit_memory()
    with open(os.devnull, "wb") as nothing:  # libFuzzer reports its progress
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    atheris.Setup(
        [
            "fuzz", str(corpus), "-exact_artifact_path=/dev/null", "-reload=0",
            f"-max_len={target.longest}", f"-timeout={HANG}", "-rss_limit_mb=0", f"-seed={seed}", "-len_control=20",
        ],
        one,
    )  # fmt: skip
    atheris.Fuzz()


def _count_lost(kind: str, kinds: list[str], folder: Path, counts: mmap.mmap) -> None:
    if kind not in kinds:
        if len(kinds) == KINDS:
            return
        kinds.append(kind)
        (folder / "kinds").write_text("".join(f"{each}\n" for each in kinds), encoding="utf-8")
    place = _COUNTS.size + 8 * kinds.index(kind)
    (before,) = struct.unpack_from("=Q", counts, place)
    struct.pack_into("=Q", counts, place, before + 1)


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
