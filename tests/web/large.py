"""An inventory of 10,000 devices with a scan that missed 5,000 addresses, made in a second from a small one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from scanner.inventory import Coverage, Inventory, Missed
from tests.web.conftest import knowledge

DEVICES, MISSED, CHANGES = 10_000, 5_000, 2_500
SITES, MODELS, SWITCHES = 40, 120, 300


def enlarge(path: Path) -> int:
    """Add devices like the present ones to an inventory, and a scan; returns the number of the scan."""
    now = "2026-11-20T02:00:00Z"
    missed = [Missed("sip", f"10.{8 + n // 65_536}.{n // 250 % 256}.{n % 250 + 1}", "skipped") for n in range(MISSED)]
    with Inventory.open(path) as inventory:
        scan = inventory.begin_scan(kind="scan", targets=("10.8.0.0/15",), discoveries=("sip",), site="hq", now=now)
        inventory.cover(scan, [Coverage("sip", "10.8.0.0/15")])
        inventory.missed(scan, missed)
        inventory.finish_scan(scan, outcome="partial", knowledge=knowledge(), now=now)
    db = sqlite3.connect(path)
    with db:
        columns = {
            table: [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] != "ip_order"]
            for table in ("devices", "assessments")
        }
        first, have = db.execute("SELECT max(id) + 1, (SELECT count(*) FROM devices) FROM subjects").fetchone()
        db.execute(
            "CREATE TEMP TABLE copies AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?),"
            " o AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS r FROM devices WHERE hostname LIKE 'desk-%')"
            " SELECT i, i + ? AS id, o.id AS original FROM n JOIN o ON o.r = i % (SELECT count(*) FROM o)",
            (DEVICES - have - 1, first),
        )
        db.execute("INSERT INTO subjects (id, key) SELECT id, 'ip large ' || i FROM copies")
        changed = {
            "id": "c.id",
            "ip": "'10.' || (20 + i / 62500) || '.' || (i / 250 % 250) || '.' || (i % 250 + 1)",
            "mac": "printf('64:16:7f:%02x:%02x:%02x', 16 + i / 65536, i / 256 % 256, i % 256)",
            "site": f"'site ' || (i % {SITES})",
            "model": f"CASE WHEN i % 3 THEN model ELSE 'Model ' || (i % {MODELS}) END",
            "switch": f"'sw-large-' || (i % {SWITCHES})",
            "hostname": "'desk-' || (i + 1000)",
            "device_id": "c.id",
        }
        for table, key in (("devices", "id"), ("assessments", "device_id")):
            own = [name for name in columns[table] if table == "devices" or name != "id"]
            chosen = ", ".join(changed.get(name, f"o.{name}") for name in own)
            db.execute(
                f"INSERT INTO {table} ({', '.join(own)}) SELECT {chosen} FROM copies c JOIN {table} o"
                f" ON o.{key} = c.original"
            )
        db.execute(
            "INSERT INTO events (scan_id, device_id, time, kind, part, old, new)"
            " SELECT ?, id, ?, 'firmware-changed', 'firmware', '58.15.0.10', '58.15.0.20' FROM copies WHERE i < ?",
            (scan, now, CHANGES),
        )
    db.close()
    return int(scan)
