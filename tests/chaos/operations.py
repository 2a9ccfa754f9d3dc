"""The commands that are disturbed, each with the commands that repair what the disturbance left."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos import invariants
from tests.chaos.setting import DB
from tests.inventory import released

Words = tuple[str, ...]
#: What an operation leaves that must be the same after a disturbance: named lists of rows.
Result = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A command that can be disturbed.

    `prepare` readies the folder of a trial, `repair` is what a user runs next (the commands after a disturbed one),
    `result` is what must be equal to that of an undisturbed run, `outputs` are files that are old or new, never cut.
    """

    name: str
    words: Words
    repair: tuple[Words, ...]
    result: Callable[[Path], Result]
    prepare: Callable[[Path], None] = lambda folder: None
    outputs: tuple[str, ...] = ()


def _inventory(folder: Path) -> Result:
    return {"devices": invariants.devices(folder / DB), "entered": invariants.entered(folder / DB)}


def _unfinished(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / DB)) as db:
        return bool(db.execute("SELECT 1 FROM scans WHERE finished IS NULL AND kind = 'scan'").fetchone())


def next_commands(operation: Operation, folder: Path) -> tuple[Words, ...]:
    """The commands that follow a disturbed operation: a scan that was begun is resumed, the others run again."""
    if operation.name == "scan" and _unfinished(folder):
        return (("scan", "--resume", "--format", "none"),)
    return operation.repair


def _old_output(name: str) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        (folder / name).write_bytes(OLD)

    return prepare


#: An earlier output: a disturbed command leaves it whole, or has replaced it.
OLD = b"an earlier report\n" * 200


def _output(kind: str, words: Words, name: str) -> Operation:
    command = (*words, "-o", name)
    return Operation(kind, command, (command,), _inventory, _old_output(name), (name,))


def _migration(name: str) -> Operation:
    def prepare(folder: Path) -> None:
        (folder / DB).unlink()
        released.restore(name, folder / DB)

    read = ("read", "night1.jsonl", "--format", "none")
    return Operation(f"migration {name}", read, (read,), _inventory, prepare)


READ: Words = ("read", "night1.jsonl", "night2.jsonl", "--format", "none")


def scan_of(subnet: str) -> Words:
    """The scan of the simulated phones."""
    return ("scan", subnet, "--discover", "sip,http,snmp", "--pace", "fast", "--format", "none")


def two_writers(subnet: str) -> Operation:
    """A scan and a file that is read, by two programs at once."""
    return Operation("scan and read", scan_of(subnet), (READ, scan_of(subnet)), _inventory)


def operations(subnet: str) -> list[Operation]:
    """Every operation: what writes the inventory, what writes files, and a migration from each released schema."""
    imported = ("catalog", "import", "page.md", "--name", "again")
    return [
        Operation("scan", scan_of(subnet), (scan_of(subnet),), _inventory),
        Operation("read", READ, (READ,), _inventory),
        Operation("catalog import", imported, (imported,), _inventory),
        _output("report", ("report", "inventory", "--format", "html"), "report.html"),
        _output("export xlsx", ("export", "xlsx"), "inventory.xlsx"),
        _output("export observations", ("export", "observations"), "observations.jsonl"),
        *(_migration(path.stem) for path in sorted(released.FOLDER.glob("*.sql"))),
    ]
