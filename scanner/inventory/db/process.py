"""The process that runs a scan, as text beside its row, so that a later one sees whether it has ended.

The text names the machine, the boot, the process namespace (a container has its own numbers of processes), the number
and the start of the process (proc_pid_stat(5), field 22): a number that another process got since is not the same.
"""

from __future__ import annotations

import os
from pathlib import Path

from scanner.core.numbers import whole

_UNKNOWN = "-"


def current() -> str:
    """This process as text; parts that the system does not provide are `-`."""
    pid = os.getpid()
    parts = (_read("/etc/machine-id"), _read("/proc/sys/kernel/random/boot_id"), _namespace(), str(pid), _start(pid))
    return " ".join(parts)


def has_ended(text: str) -> bool | None:
    """Whether a process has ended; None where it cannot be seen from here: another machine or container."""
    there, here = text.split(" "), current().split(" ")
    if len(there) != len(here) or there[0] != here[0] or _UNKNOWN in (there[0], there[1], here[1]):
        return None
    if there[1] != here[1]:
        return True
    if there[2] != here[2]:
        return None
    number = whole(there[3])
    return _start(number) != there[4] if number is not None else None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip().replace(" ", "")[:64] or _UNKNOWN
    except (OSError, ValueError):
        return _UNKNOWN


def _namespace() -> str:
    try:
        return str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        return _UNKNOWN


def _start(pid: int) -> str:
    """When a process began, in ticks since the boot; `-` where there is none (or it has ended and is not reaped)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        state, *fields = text.rpartition(")")[2].split()
    except (OSError, ValueError):
        return _UNKNOWN
    return _UNKNOWN if state in "ZX" or len(fields) < 19 else fields[18]
