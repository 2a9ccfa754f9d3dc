"""Runs of `phonescan` in processes of their own, which a trial ends, limits, or gives another clock."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

#: What the standard error of a command never contains, however it is disturbed.
FAULTS = ("Traceback (most recent call last)", "a fault in phonescan itself")
#: Seconds after which a command that does not end by itself is a fault.
PATIENCE = 90.0
#: Exit statuses of the contract.
STATUSES = range(5)

_LAUNCH = """
import sys
from datetime import timedelta
shift = float(sys.argv.pop(1))
if shift:
    from scanner.cli.shared import click_command
    true = click_command.clock
    click_command.clock = lambda: true() + timedelta(seconds=shift)
from scanner.cli.main import main
main(sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its status, negative for a signal, and its standard error."""

    words: tuple[str, ...]
    status: int
    errors: str

    def faults(self, allowed: range | tuple[int, ...] = STATUSES) -> list[str]:
        """What is wrong with it: a status that is not allowed, a traceback."""
        command = f"`phonescan {' '.join(self.words)}`"
        found = [] if self.status in allowed else [f"{command} ended with {self.status}: {self.errors[-300:]}"]
        return found + [f"{command}: {self.errors[-600:]}" for fault in FAULTS if fault in self.errors]


def start(
    words: tuple[str, ...], folder: Path, *, shift: float = 0.0, largest_file: int = 0, prefix: tuple[str, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own. `shift` moves its clock by seconds, `largest_file` limits its files."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    with (folder / "errors.log").open("wb") as errors:
        return subprocess.Popen(
            [*prefix, sys.executable, "-c", _LAUNCH, str(shift), *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            preexec_fn=limit if largest_file else None,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )


def ended(process: subprocess.Popen[bytes], words: tuple[str, ...], folder: Path) -> Ended:
    """Wait for a command; one that does not end is killed, and its status is that of the signal."""
    try:
        status = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        status = -99
    return Ended(words, status, (folder / "errors.log").read_text(encoding="utf-8", errors="replace"))


def run(
    words: tuple[str, ...], folder: Path, *, shift: float = 0.0, largest_file: int = 0, prefix: tuple[str, ...] = ()
) -> Ended:
    """A command from its start to its end."""
    return ended(start(words, folder, shift=shift, largest_file=largest_file, prefix=prefix), words, folder)


def left_over(session: int, patience: float = 3.0) -> list[int]:
    """Processes of a session that still exist after so many seconds: workers that did not notice the end."""
    until = time.monotonic() + patience
    while (found := _of_session(session)) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _of_session(session: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(folder.name))
    return found
