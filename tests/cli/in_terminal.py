"""Runs in a terminal: `python -m tests.cli.in_terminal FILE` runs the commands of a JSON file, and measures its texts.

The commands are run one after the other in one process, each after a line with its number; the cursor positions that
the terminal reports after each text are written beside the file, as `FILE.cells`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import termios
import tty
from pathlib import Path

from scanner.cli.group import phonescan


def position(text: str) -> int:
    """The column of the cursor after a text, from 0, as the terminal reports it (DSR, ECMA-48)."""
    os.write(1, f"\r\x1b[K{text}\x1b[6n".encode())
    reply = ""
    while not reply.endswith("R"):
        reply += os.read(0, 1).decode()
    found = re.search(r"\[\d+;(\d+)R", reply)
    assert found is not None, reply
    return int(found[1]) - 1


def main(path: Path) -> None:
    """Measure the texts, run the commands."""
    work = json.loads(path.read_text(encoding="utf-8"))
    before = termios.tcgetattr(0)
    tty.setcbreak(0)
    measured = [position(text) for text in work["texts"]]
    termios.tcsetattr(0, termios.TCSADRAIN, before)
    os.write(1, b"\r\x1b[K")
    statuses = []
    for number, command in enumerate(work["commands"]):
        print(f"=== {number}", flush=True)
        try:
            phonescan.main(command, standalone_mode=True)
        except SystemExit as end:
            statuses.append(end.code)
        sys.stdout.flush()
    print(f"=== {len(work['commands'])}", flush=True)
    path.with_suffix(".cells").write_text(json.dumps({"cells": measured, "statuses": statuses}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
