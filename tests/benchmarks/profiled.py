"""Who holds the interpreter in a scan, engine and helpers, by our own modules: samples by py-spy.

What a library does is counted for the module of ours that called it; what is imported, or runs outside of any, as
`start`. Waiting counts nothing, and neither does what C does with the lock given back: the kernel's part of a packet,
a TLS handshake's sums.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.arena import Arena, Case

#: Samples a second of each process: a helper of a small scan lives for a second.
RATE = 200
#: Lines shown.
LINES = 14

_FRAME = re.compile(r".* \((.*):\d+\)$")
_OURS = re.compile(r"(?:^|/)scanner/(.+)\.py$")


def profile(arena: Arena, case: Case, scan: Callable[[str], list[str]]) -> list[str]:
    """Run `scan` into a database of its own under py-spy; lines of a table: share, seconds, process, module."""
    spy = peers.installed("py-spy")
    if spy is None:
        return [f"{case.name:10} no profile: py-spy is not installed"]
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder, "stacks")
        record = [spy, "record", "--gil", "--subprocesses", "--rate", str(RATE), "--format", "raw", "-o", str(stacks)]
        peers.measured([*arena.inside, *record, "--", *scan(str(Path(folder, "bench.sqlite")))], timeout=900)
        held = count(stacks.read_text("utf-8", "replace").splitlines()) if stacks.exists() else Counter()
    if not held:
        return [f"{case.name:10} no profile: py-spy took no samples; it has to be allowed to trace (ptrace)"]
    total = sum(held.values())
    top = held.most_common(LINES)
    top.append((("", f"the other {max(0, len(held) - LINES)}"), total - sum(samples for _, samples in top)))
    lines = [f"{case.name:10} threads that held the interpreter, {total / RATE:.2f} s in all"]
    for (process, module), samples in top:
        lines.append(f"{case.name:10} {samples / total:6.1%} {samples / RATE:8.2f} s  {process:7} {module}")
    return lines


def count(stacks: Iterable[str]) -> Counter[tuple[str, str]]:
    """Samples by process and module, of py-spy's folded stacks: a line of `frame;frame;frame samples` each."""
    held: Counter[tuple[str, str]] = Counter()
    for line in stacks:
        stack, _, samples = line.rpartition(" ")
        process = "helper" if "scanner.engine.workers.child import serve" in stack else "engine"
        held[process, _module(stack.split(";"))] += int(samples)
    return held


def _module(frames: list[str]) -> str:
    """The innermost module of ours on a stack."""
    for frame in reversed(frames):
        found = _FRAME.match(frame)
        if found is None:
            continue
        if "importlib" in found[1]:
            return "start"
        if ours := _OURS.search(found[1]):
            return ours[1]
    return "start"
