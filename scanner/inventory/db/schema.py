"""The schema of the inventory: its tables, and the migrations that create and change them.

From raw to derived:

    arrivals      observations as received, until `settle` has processed them (none is lost in a crash)
    observations  each fact once for each subject: field, value, source, first and last time
    subjects      what facts are attributed to: a mac, a serial, an address within a site, or a port
    addresses     which mac had which address, when, and how strong the evidence is
    disputed      macs that a response or certificate claims at an address, and that a stronger source contradicts
    hosts         addresses of hosts that are not phones by their own management, and when
    serials       which serial number was reported for which mac or address, and when
    devices       subjects that are in the inventory: identity, location and lifetime
    device_fields values that are entered for devices (owner, note, …), with their history
    scan_devices  the number of devices that each scan observed, by site
    states        the state of a device from a scan on, one row for each change: `diff` compares them
    settlings     the runs of `settle`, in whose order states and verdicts replace each other
    rulings       policies and exceptions that verdicts followed, by a hash of their content
    assessments   dated verdicts; `until` is NULL for those in force, `overall` is 1 for the device's own
    events        changes

A row of `observations` keeps both ends of a run of sightings. Both are exact, so replaying them rebuilds the inventory.

A migration is a file in `migrations/`, SQL statements applied in one transaction, in the order of the names. A released
file is never edited: it is plain text, so that no later change of the program changes it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

#: The name under which `_sqlite_migrations` records what was applied.
MIGRATION_SET = "phonescan"

#: The order of every list of devices, in the views as well: site, then address by number, IPv4 before IPv6, none last.
ORDER = "d.site, d.ip_order, d.mac, d.id"


def statements(text: str) -> Iterator[str]:
    """The statements of an SQL file, one by one: `executescript` would commit the transaction."""
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def apply(path: Path, db: Any) -> None:
    """Execute the statements of an SQL file in the open transaction of a sqlite-utils database."""
    for statement in statements(path.read_text(encoding="utf-8")):
        db.conn.execute(statement)


#: Every migration in order: its name in `_sqlite_migrations`, and the function that applies it.
STEPS: tuple[tuple[str, Callable[[Any], None]], ...] = tuple(
    (path.stem, partial(apply, path)) for path in sorted(Path(__file__).with_name("migrations").glob("m*.sql"))
)


def applied(connection: sqlite3.Connection) -> list[str] | None:
    """Names of the migrations applied to a database; None for the database of another program."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "_sqlite_migrations" not in tables:
        return None if tables else []
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id", (MIGRATION_SET,)
    ).fetchall()
    return [row[0] for row in rows] if rows or not tables - {"_sqlite_migrations"} else None


def pending(names: list[str]) -> list[str]:
    """Migrations that are not in `names`, those applied to a database."""
    return [name for name, _ in STEPS if name not in names]


def from_newer_program(names: list[str]) -> bool:
    """Whether `names`, the migrations applied to a database, contain one unknown to this program."""
    return bool(set(names) - {name for name, _ in STEPS})


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the pending migrations and record them, in one transaction; two programs may try at once."""
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations(MIGRATION_SET)
    for name, step in STEPS:
        migrations(name=name)(step)
    db = Database(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(db)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
