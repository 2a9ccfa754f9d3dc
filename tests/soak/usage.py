"""What a process uses, by /proc, and whether a series of it is flat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

#: A series is flat if the least value of its last third is at most this share and this much above that of the third
#: before it: a connection that is open while one value is taken raises that value, a leak raises the least one.
SHARE, MEMORY_SLACK = 1.05, 2 * 1024 * 1024


def of(process: int) -> dict[str, int]:
    """Resident memory in bytes, open descriptors and threads."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    )
    return {
        "memory": int(status["VmRSS"].split()[0]) * 1024,
        "descriptors": len(list(Path(f"/proc/{process}/fd").iterdir())),
        "threads": int(status["Threads"]),
    }


def is_flat(series: Sequence[float], slack: float) -> bool:
    """Whether a series has stopped growing: its last third beside the middle one."""
    third = len(series) // 3
    if not third:
        return False
    return min(series[-third:]) <= min(series[-2 * third : -third]) * SHARE + slack
