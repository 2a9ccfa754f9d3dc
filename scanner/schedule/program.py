"""The program that a unit starts: its path, and what of it a unit has no access to."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from scanner.core.errors import SettingsError
from scanner.schedule import sandbox
from scanner.schedule.sandbox import READ, SEARCH, UnitUser

#: Longest first line of a script, which names its interpreter, in bytes (execve(2)).
_FIRST_LINE = 256


def path() -> Path:
    """The absolute path of the command that runs, else of the one on PATH. Raises SettingsError if there is none."""
    running = Path(os.path.abspath(sys.argv[0]))
    if running.name == "phonescan" and os.access(running, os.X_OK):
        return running
    found = shutil.which("phonescan") or shutil.which("phonescan", path=str(Path(sys.executable).parent))
    if found is None:
        raise SettingsError("there is no command `phonescan` for a unit to start; install it as the quick start does")
    return Path(os.path.abspath(found))


def fault(command: Path, who: UnitUser) -> str:
    """Why a unit cannot start the command, in a sentence; empty if it can."""
    for part in _parts(command):
        if place := sandbox.hidden(part):
            return f"{command} needs {part}, and the unit has no access to {place}; install phonescan below /opt"
        denied = sandbox.access(part, who, READ | SEARCH if os.access(part, os.X_OK) else READ).denied
        if denied is not None:
            what = f"{command} needs {denied} ({sandbox.mode(denied)}), which the user of the unit cannot read"
            return f"{what}; repeat after `chmod -R a+rX {denied}`"
    return ""


def _parts(command: Path) -> Iterator[Path]:
    """The command, its interpreter, and the folders of the packages that it imports, as far as they exist."""
    yield command
    with command.open("rb") as stream:
        line = stream.readline(_FIRST_LINE)
    words = line[2:].split() if line.startswith(b"#!") else []
    interpreter = Path(os.fsdecode(words[0])) if words else Path(sys.executable)
    yield interpreter
    if interpreter == Path(sys.executable):  # the command is the one that runs
        yield from (Path(sys.prefix), Path(sys.base_prefix), Path(msgspec.__file__).parent)
        package = Path(__file__).resolve().parents[1]
        data = (package / "_fingerprints", package.parent / "fingerprints")  # in a wheel, in a checkout
        yield from (folder for folder in (package, *data) if folder.is_dir())
