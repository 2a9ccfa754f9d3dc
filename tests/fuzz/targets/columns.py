"""JSON in the columns of the inventory, as a damaged or edited file contains it, and the words of the command line."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import click

from scanner.app import export, reporting
from scanner.cli.group import phonescan
from scanner.cli.shared.click_command import default_session
from scanner.compliance.catalog import builtin
from scanner.core.errors import PhonescanError
from scanner.core.model import Observation
from scanner.inventory import Coverage, Inventory, queries
from scanner.inventory.queries import Filters
from tests.fuzz.material import text, written
from tests.fuzz.target import Target
from tests.web.conftest import knowledge, phone

_NOW = "2026-11-23T02:00:00Z"


class Column(NamedTuple):
    """A column in which every value is JSON, and one of its values."""

    table: str
    name: str
    value: str


def targets() -> Iterator[Target]:
    """The columns are found in an inventory with a scan; the options in the commands."""
    yield Target("inventory.columns", _column, _columns_with_values, (PhonescanError,), 2048, seconds=2.0)
    yield Target("cli.words", _words, _given, (PhonescanError, click.ClickException, click.exceptions.Exit), 1024)


@cache
def stocked() -> bytes:
    """The file of an inventory with two scans, a conflict and a catalog."""
    path = written(b"", ".sqlite")
    path.unlink()
    with Inventory.open(path, create=True) as inventory:
        for day, banner in ((1, "Yealink SIP-T58A 58.15.0.20"), (2, "Yealink SIP-T58A 58.15.0.10")):
            now = f"2026-11-{day:02d}T02:00:00Z"
            scan = inventory.begin_scan(kind="scan", targets=("10.1.0.0/24",), discoveries=("sip",), site="hq", now=now)
            rows = [*phone(1, banner, switch="sw-1"), *phone(2, "x")]
            rows.append({**rows[0], "field": "http.title", "value": "Polycom VVX 411 5.9.0.9373"})
            inventory.record(scan, [Observation(**{"time": now, "site": "hq", **row}) for row in rows])
            inventory.cover(scan, [Coverage("sip", "10.1.0.0/24")])
            inventory.checkpoint(scan, {"version": 3})
            inventory.finish_scan(scan, outcome="part", notes=("x",), knowledge=knowledge(), now=now)
        inventory.set_catalog(builtin()[0], _NOW)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode=delete")
    return path.read_bytes()


@cache
def columns() -> tuple[Column, ...]:
    """Every column of a table in which all values are JSON objects or lists."""
    db = sqlite3.connect(written(stocked(), ".sqlite"))
    found = []
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
        for _, name, *_ in db.execute(f"PRAGMA table_info({table})").fetchall():
            values = [row[0] for row in db.execute(f"SELECT DISTINCT {name} FROM {table} WHERE {name} IS NOT NULL")]
            if values and all(isinstance(value, str) and value[:1] in ("{", "[") for value in values):
                found.append(Column(table, name, max(values, key=len)))
    db.close()
    return tuple(found)


def _columns_with_values() -> Iterator[bytes]:
    for number, column in enumerate(columns()):
        yield bytes([number]) + column.value.encode()[:2000]


def _column(data: bytes) -> None:
    """What reads the inventory, and the next scan, with another value in one column."""
    column = columns()[(data[0] if data else 0) % len(columns())]
    path = written(stocked(), ".sqlite")
    db = sqlite3.connect(path)
    with db:
        db.execute(f"UPDATE {column.table} SET {column.name} = ?", (text(data[1:]),))
    db.close()
    session = default_session(path)
    with Inventory.open(path) as inventory:
        for scan in queries.scans(inventory, 10):
            assert scan.id
        inventory.catalogs()
        inventory.unfinished(None)
        for kind in reporting.TITLES:
            reporting.write(session, inventory, kind, Filters(), "json", io.StringIO())
        export.write(session, inventory, "csv", Filters(), io.BytesIO())
        inventory.add_notes(1, ["y"])
        scan = inventory.begin_scan(kind="scan", targets=("10.1.0.0/24",), discoveries=("sip",), site="hq", now=_NOW)
        observed = [
            Observation(**{"time": _NOW, "site": "hq", **row}) for row in phone(1, "Yealink SIP-T58A 58.15.0.30")
        ]
        inventory.record(scan, observed)
        inventory.finish_scan(scan, outcome="done", notes=(), knowledge=knowledge(), now=_NOW)


@cache
def _leaves() -> tuple[tuple[str, click.Command], ...]:
    def below(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
        if not isinstance(command, click.Group):
            yield " ".join(path), command
            return
        with click.Context(command) as context:
            for name in command.list_commands(context):
                if found := command.get_command(context, name):
                    yield from below(found, (*path, name))

    return tuple(below(phonescan, ()))


def _words(data: bytes) -> None:
    """The words of a command are converted and checked, and the command is not called."""
    name, command = _leaves()[(data[0] if data else 0) % len(_leaves())]
    words = [word.decode("utf-8", "surrogateescape") for word in data[1:].split(b"\n") if b"\0" not in word]
    with command.make_context(name, words):
        pass


def _given() -> Iterator[bytes]:
    """For each option of each command, a call with it."""
    for number, (_, command) in enumerate(_leaves()):
        arguments = [b"1" for one in command.params if isinstance(one, click.Argument) and one.required]
        yield bytes([number]) + b"\n".join(arguments)
        for one in command.params:
            if isinstance(one, click.Option) and not one.is_flag and not one.count:
                yield bytes([number]) + b"\n".join([one.opts[0].encode(), b"7", *arguments])
