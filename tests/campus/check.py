"""Reads the files of a campus by the readers of the program, and compares the inventory with the truth."""

from __future__ import annotations

import io
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scanner.app import file_reading
from scanner.app.session import Session
from scanner.core.text import moment, utc_of
from scanner.inventory import queries
from scanner.settings import Settings, parse
from tests.campus.files import Seen, Written, written
from tests.campus.truth import MOVED, NOW, Campus, Desk, Source

Row = dict[str, Any]
#: Every file is read by then.
READ = utc_of(NOW + 3_600)


class Score(NamedTuple):
    """How many devices there are, are found and are right, and what is wrong, each in a line."""

    devices: int
    rows: int
    found: int
    firmwares: int
    right: int
    wrong: tuple[str, ...]


def inventory(files: Sequence[Written], folder: Path) -> tuple[list[Row], list[str]]:
    """The rows after all files were read, and the problems."""
    session = Session(Settings(None, parse("")), folder / "campus.sqlite", lambda: moment(READ))
    problems: list[str] = []
    with session.inventory(create=True) as store:
        knowledge = session.knowledge(store)
        for one in files:
            time = utc_of(one.time)
            content = one.content.encode("latin-1")
            scan = store.begin_scan(kind="read", targets=(one.name,), discoveries=(), site="", now=READ)
            file_reading.record(
                store,
                scan,
                io.BytesIO(content),
                one.name,
                now=READ,
                at=time,
                fingerprints=knowledge.fingerprints,
                problem=lambda text, missing: problems.append(text) if missing else None,
            )
            store.finish_scan(scan, outcome="done", knowledge=knowledge, now=READ)
        return [dict(row) for row in queries.inventory_rows(store)], problems


def score(campus: Campus, folder: Path) -> Score:
    """The score of a campus; its files are read in an order that its seed draws."""
    files = written(campus)
    chance = random.Random(campus.seed)
    rows, problems = inventory(chance.sample(files, len(files)), folder)
    seen: dict[int, list[Seen]] = defaultdict(list)
    for file in files:
        for one in file.seen:
            seen[one.desk.number].append(one)
    wrong = [f"problem: {one}" for one in problems]
    found = firmwares = right = 0
    left = {id(row): row for row in rows}
    for number, of_desk in sorted(seen.items()):
        desk = campus.desks[number]
        row = _row(desk, of_desk, rows)
        if row is None:
            wrong.append(f"missing: {_named(desk)} ({', '.join(one.source for one in of_desk)})")
            continue
        found += 1
        left.pop(id(row), None)
        wrong += _identity(desk, of_desk, row)
        truth = _firmware(of_desk)
        firmwares += truth is not None
        if truth == _version(row["firmware"]):
            right += truth is not None
        else:
            wrong.append(f"firmware: {_named(desk)} is {row['firmware']}, not {truth} ({_sources(of_desk)})")
    wrong += [f"no device: {_shown(row)}" for row in left.values()]
    return Score(len(seen), len(rows), found, firmwares, right, tuple(wrong))


def _row(desk: Desk, seen: Sequence[Seen], rows: Sequence[Row]) -> Row | None:
    """The row of a phone: by its mac where a source names it, else by its address."""
    if any(one.mac for one in seen):
        return next((row for row in rows if row["mac"] == desk.mac), None)
    return next((row for row in rows if row["mac"] is None and row["ip"] == desk.addresses[1]), None)


def _firmware(seen: Sequence[Seen]) -> str | None:
    """What the newest source that names a firmware names: the truth as of then."""
    known = [one for one in seen if one.firmware]
    return max(known, key=lambda one: one.time).firmware if known else None


def _identity(desk: Desk, seen: Sequence[Seen], row: Row) -> Iterator[str]:
    """What else is wrong of a row: model, address, port."""
    named = [one for one in seen if one.source is not Source.LEASES or desk.product.maker == "Polycom"]
    if named and row["model"] != desk.product.model:
        yield f"model: {_named(desk)} is {row['model']} ({_sources(seen)})"
    fresh = [one for one in seen if one.ip and one.time > MOVED]
    if fresh and row["ip"] != desk.addresses[1]:
        yield f"address: {_named(desk)} is at {row['ip']} ({_sources(seen)})"
    ports = {one.port for one in seen if one.port}
    if ports and (row["switch_port"] or "").replace("GigabitEthernet", "Gi") not in ports:
        yield f"port: {_named(desk)} is on {row['switch_port']}, not {desk.port}"


def _version(shown: str | None) -> str | None:
    return shown.rpartition("_")[2] if shown else None


def _named(desk: Desk) -> str:
    return f"{desk.mac} {desk.product.maker} {desk.product.model} at {desk.addresses[1]}"


def _sources(seen: Sequence[Seen]) -> str:
    return ", ".join(f"{one.source} {utc_of(one.time)}" for one in sorted(seen, key=lambda one: one.time))


def _shown(row: Row) -> str:
    return " ".join(
        f"{name}={row[name]}" for name in ("mac", "ip", "kind", "manufacturer", "model", "firmware") if row[name]
    )
