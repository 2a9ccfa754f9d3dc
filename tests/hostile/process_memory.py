"""The memory of a process and of all its descendants, sampled while it runs (Linux, proc(5))."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

#: Seconds between two samples.
INTERVAL = 0.05


def tree(pid: int) -> list[int]:
    """A process and its descendants, but for a child that has executed no program yet: its memory is the parent's."""
    found = [pid]
    for one in found:
        try:
            words = Path(f"/proc/{one}/cmdline").read_bytes()
            threads = os.listdir(f"/proc/{one}/task")
            children = [c for t in threads for c in Path(f"/proc/{one}/task/{t}/children").read_text().split()]
            found += [int(child) for child in children if Path(f"/proc/{child}/cmdline").read_bytes() != words]
        except OSError:  # it has ended
            continue
    return found


def resident(pid: int) -> int:
    """Octets in memory of one process, with what it shares with others; 0 when it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


class PeakMemory:
    """The largest sum of the resident memory of a process and its descendants, while the context is open."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.octets = 0
        self._pid, self._over = process.pid, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            self.octets = max(self.octets, sum(map(resident, tree(self._pid))))
            if self._over.wait(INTERVAL):
                return
