"""A scan of the farm in a process of its own, and what it left: status, output, memory, rows of the inventory."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.process_memory import PeakMemory

Row = Mapping[str, str | None]
#: Agents of the farm are on a port that any user may bind.
SETTINGS = "[network]\nports.snmp = [1161]\n"
#: Seconds after which a scan counts as one that does not end.
LONGEST = 900


@dataclass(frozen=True)
class Ended:
    """A command that has ended: exit status (None when it was ended by us), both outputs, peak octets, seconds."""

    status: int | None
    out: str
    err: str
    memory: int
    seconds: float


def phonescan(*words: str, folder: Path, interrupt: float | None = None, prefix: Sequence[str] = ()) -> Ended:
    """Run a command of phonescan in a folder, and measure it; with `interrupt` it receives SIGINT after so many
    seconds, `prefix` is put before the command."""
    began = time.monotonic()
    out, err = folder / "out.txt", folder / "err.txt"
    (folder / "phonescan.toml").write_text(SETTINGS)
    with out.open("w") as one, err.open("w") as other:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "scanner", *words],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=one, stderr=other, text=True,
        )  # fmt: skip
        status: int | None
        with PeakMemory(process) as peak:
            try:
                if interrupt is not None:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(interrupt)
                    process.send_signal(signal.SIGINT)
                status = process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                status = None
    seconds = time.monotonic() - began
    texts = [path.read_text(errors="replace") for path in (out, err)]
    return Ended(status, texts[0], texts[1], peak.octets, seconds)


def rows(database: Path) -> dict[str, list[Row]]:
    """The rows of the view `inventory`, by address, those without a mac first."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        found: dict[str, list[Row]] = {}
        for row in connection.execute("SELECT * FROM inventory ORDER BY ip, mac"):
            found.setdefault(row["ip"] or "", []).append(dict(row))
        return found
