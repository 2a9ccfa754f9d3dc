"""What reading a file comes to: an inventory of its own, as `phonescan read` makes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from scanner.api import read
from scanner.compliance import catalog
from scanner.compliance.policy import Policy
from scanner.core.model import Observation
from scanner.identity.load import load
from scanner.inventory import Inventory, Knowledge, queries
from scanner.reading import Item, Problem

NOW = "2026-11-23T02:00:00Z"


def knowledge(*, keep_all: bool = False) -> Knowledge:
    return Knowledge(load(), catalog.builtin(), Policy(), date(2026, 11, 23), keep_all=keep_all)


def record(db: Path, observations: list[Observation], *, now: str = NOW, keep_all: bool = False) -> None:
    """One scan of kind `read` into the inventory at `db`, made where it is not there."""
    with Inventory.open(db, create=True) as inventory:
        scan = inventory.begin_scan(kind="read", targets=("file",), discoveries=(), site="", now=now)
        inventory.record(scan, observations)
        inventory.finish_scan(scan, outcome="done", notes=(), knowledge=knowledge(keep_all=keep_all), now=now)


def rows(db: Path) -> list[dict[str, object]]:
    with Inventory.open(db, readonly=True) as inventory:
        return [dict(row) for row in queries.inventory_rows(inventory)]


def items(path: Path, **more: str) -> tuple[list[Observation], list[Problem]]:
    """Observations and problems of a file."""
    found: list[Item] = list(read(path, now=NOW, **more))  # type: ignore[arg-type]
    return [i for i in found if not isinstance(i, Problem)], [i for i in found if isinstance(i, Problem)]


def inventoried(path: Path, folder: Path) -> list[dict[str, object]]:
    """The inventory's rows after reading `path` alone."""
    db = folder / f"{path.name}.sqlite"
    record(db, items(path)[0])
    return rows(db)
