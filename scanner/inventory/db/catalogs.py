"""Catalogs in the database: the current edition of each name, and the editions before it."""

from __future__ import annotations

import sqlite3

import msgspec

from scanner.core.model import Catalog, CatalogEntry
from scanner.inventory.db.stored import decoded


def store(db: sqlite3.Connection, catalog: Catalog, now: str, origin: str) -> bool:
    """Make `catalog` the current edition of its name; False when it is already. The caller holds the transaction.

    `origin` is `imported`, or `program` for a catalog of this package: stored when verdicts are based on it.
    """
    row = db.execute("SELECT id FROM catalogs WHERE name = ? AND current = 1", (catalog.name,)).fetchone()
    if row and _read(db, row[0]) == catalog:
        return False
    db.execute("UPDATE catalogs SET current = 0 WHERE name = ?", (catalog.name,))
    cursor = db.execute(
        "INSERT INTO catalogs (name, title, source, date, dated, checked, note, imported, origin, current)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        (
            catalog.name,
            catalog.title,
            catalog.source,
            catalog.date,
            catalog.dated,
            catalog.checked,
            catalog.note,
            now,
            origin,
        ),
    )
    db.executemany(
        "INSERT INTO catalog_entries"
        " (catalog_id, manufacturer, model, firmware, match, spelled, source_line, attributes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                cursor.lastrowid,
                entry.manufacturer,
                entry.model,
                entry.firmware,
                entry.match,
                entry.spelled,
                entry.source_line,
                msgspec.json.encode(entry.attributes).decode(),
            )
            for entry in catalog.entries
        ],
    )
    return True


def imported(db: sqlite3.Connection) -> tuple[Catalog, ...]:
    """The newest imported edition of each name."""
    ids = db.execute("SELECT max(id) FROM catalogs WHERE origin = 'imported' GROUP BY name ORDER BY name").fetchall()
    return tuple(_read(db, row[0]) for row in ids)


def editions(db: sqlite3.Connection, name: str) -> tuple[Catalog, ...]:
    """Every edition of a name, oldest first."""
    ids = db.execute("SELECT id FROM catalogs WHERE name = ? ORDER BY id", (name,)).fetchall()
    return tuple(_read(db, row[0]) for row in ids)


def _read(db: sqlite3.Connection, catalog_id: int) -> Catalog:
    name, title, source, date, dated, checked, note = db.execute(
        "SELECT name, title, source, date, dated, checked, note FROM catalogs WHERE id = ?", (catalog_id,)
    ).fetchone()
    entries = tuple(
        CatalogEntry(
            manufacturer=row[0],
            model=row[1],
            firmware=row[2],
            match=row[3],
            spelled=row[4],
            source_line=row[5],
            attributes=decoded(row[6], dict[str, str]),
        )
        for row in db.execute(
            "SELECT manufacturer, model, firmware, match, spelled, source_line, attributes"
            " FROM catalog_entries WHERE catalog_id = ? ORDER BY id",
            (catalog_id,),
        )
    )
    return Catalog(
        name=name, title=title, source=source, date=date, dated=dated, checked=checked, entries=entries, note=note
    )
