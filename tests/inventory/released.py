"""A database of each released schema, with rows: `schemas/NAME.sql`, NAME being its last migration.

For a new migration: `python -m tests.inventory.released` writes the file that is missing. Released files are not
rewritten, and all of them describe the same scans.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from scanner.core.model import Catalog, CatalogEntry, Observation
from scanner.inventory import Inventory, Missed
from scanner.inventory.db import schema

FOLDER = Path(__file__).with_name("schemas")
PHONE, OTHER, TWIN = "64:16:7f:00:00:05", "80:5e:c0:00:00:06", "00:04:f2:00:00:07"


def fill(store: Any) -> None:
    """Six nights: three phones, a changed firmware, a vanished phone, two merged subjects; a running scan."""
    sip, arp, lldp, day = store.sip, store.arp, store.lldp, store.day
    poly, yealink = "PolycomVVX-VVX_411-UA/5.9.0.9373", "Yealink SIP-T58A 58.15.0.20"
    covered = [("sip", "10.1.0.0/24"), ("arp", "10.1.0.0/24")]
    store.feed(
        [sip("10.1.0.5", poly, PHONE), sip("10.1.0.6", yealink), lldp(OTHER, "SIP-T58A")],
        day(1),
        cover=covered,
        kind="scan",
    )
    store.feed(
        [
            sip("10.1.0.5", poly.replace("9373", "9999"), PHONE),
            arp("10.1.0.6", OTHER),
            lldp(PHONE, "Gi0/7", "switch.port"),
            *(arp(f"10.1.1.{n}", TWIN) for n in range(1, 20)),
            {"mac": PHONE, "field": "lldp-med.serial", "value": "64167F000005", "source": "lldp eth0"},
            sip("10.1.0.7", poly),
            {"ip": "10.1.0.7", "field": "snmp.entity-serial", "value": "FCH1924AHCA", "source": "snmp 10.1.0.7"},
        ],
        day(2), cover=covered, missed=[Missed("sip", "10.1.0.9", "timed-out", "")], kind="scan",
    )  # fmt: skip
    for night in range(3, 7):
        store.feed([sip("10.1.0.5", poly, PHONE)], day(night), cover=covered, kind="scan")
    with Inventory.open(store.path) as inventory:
        entry = CatalogEntry(
            manufacturer="Polycom", model="VVX 411", firmware="5.9.0.9373", spelled="VVX411", source_line=3
        )
        inventory.set_catalog(
            Catalog(name="own", title="Own list", source="own.md", date="2026-11-01", entries=(entry,)), day(6)
        )
        # a claim that was contradicted at an address without a device
        row = "neighbour table before certificate"
        claim = ("00:15:65:00:00:01", "default", "10.1.1.1", row, "its reason", "")
        inventory.connection.execute("INSERT INTO disputed VALUES (?, ?, ?, ?, ?, ?)", claim)
        host = ("default", "10.1.1.1", "a rule", "Cisco", day(2), day(2))
        inventory.connection.execute("INSERT INTO hosts VALUES (?, ?, ?, ?, ?, ?)", host)
        inventory.set_fields(1, {"owner": "A. Example", "note": "spare"}, author="a test", now=day(6))
        inventory.claim_run("nightly", day(6), day(6))
        killed = inventory.begin_scan(kind="scan", targets=("10.1.0.0/24",), discoveries=("sip",), now=day(7))
        inventory.record(killed, [Observation(time=day(7), **sip("10.1.0.8", poly))])


def contents(connection: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by column name, without SQLite's own tables."""
    connection.row_factory = sqlite3.Row
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {
        name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
        for name in names
        if not name.startswith(("sqlite_", "_sqlite"))
    }


def restore(name: str, path: Path) -> None:
    """The database of a released schema at `path`, as the program of that release left it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def main(conftest: ModuleType) -> None:
    name, _ = schema.STEPS[-1]
    with tempfile.TemporaryDirectory() as folder:
        store = conftest.Store(Path(folder) / "phonescan.sqlite")
        fill(store)
        connection = sqlite3.connect(store.path)
        empty = [table for table, rows in contents(connection).items() if not rows]
        (FOLDER / f"{name}.sql").write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")
        connection.close()
    print(f"{name}: tables without rows: {', '.join(empty) or 'none'}", file=sys.stderr)


if __name__ == "__main__":
    from tests.inventory import conftest

    main(conftest)
