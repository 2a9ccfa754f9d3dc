"""Search of devices: `Filters.search` as it is, against a full-text index with SQLite's trigram tokenizer.

`python -m tests.benchmarks search [DEVICES]`; docs/decisions/device-search-by-substring.md has the conclusion.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database

from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Filters

COLUMNS = ("ip", "mac", "hostname", "manufacturer", "model", "serial")
#: Few matches, many, none, and one too short for trigrams.
TERMS = ("10.1.7.20", "VVX 411", "desk-4711", "no such phone", "41")
NIGHT = "2026-11-01T02:00:00Z"


def fill(inventory: Inventory, devices: int) -> None:
    """Devices with verdicts, without the observations behind them."""
    db = inventory.connection
    db.execute("BEGIN")
    numbers = range(1, devices + 1)
    db.executemany("INSERT INTO subjects (id, key) VALUES (?, ?)", ((n, f"mac {n}") for n in numbers))
    db.executemany(
        "INSERT INTO devices (id, site, ip, mac, hostname, kind, manufacturer, model, firmware, serial, confidence,"
        " conflicts, discovered_by, first_seen, last_seen, first_scan, last_scan, evidence)"
        " VALUES (?, 'hq', ?, ?, ?, 'phone', 'Polycom', ?, '5.9.0.9373', ?, 0.9, '[]', 'sip', ?, ?, 1, 1, 0)",
        (
            (
                n,
                f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}",
                f"64:16:7f:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}",
                f"desk-{n}",
                ("VVX 411", "VVX 501", "VVX 601")[n % 3],
                f"64167F{n:06X}",
                NIGHT,
                NIGHT,
            )
            for n in numbers
        ),
    )
    db.executemany(
        "INSERT INTO assessments (device_id, overall, status, compliance, reason, catalog_source, catalog_date, time)"
        " VALUES (?, 1, 'certified', 'compliant', '', '', '', ?)",
        ((n, NIGHT) for n in numbers),
    )
    db.execute("COMMIT")


def milliseconds(action: Callable[[], object], repeat: int = 5) -> float:
    """The shortest of some runs."""
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def search(inventory: Inventory) -> dict[str, tuple[int, float]]:
    """For each term the number of matches, and milliseconds for the count and the first page of fifty."""
    found = {}
    for term in TERMS:
        filters = Filters(search=term)

        def page(filters: Filters = filters) -> object:
            return queries.number(inventory, filters), queries.device_page(inventory, filters, limit=50)

        found[term] = queries.number(inventory, filters), milliseconds(page)
    return found


def indexed(inventory: Inventory) -> dict[str, float]:
    """The same in milliseconds through the index, for terms long enough."""
    joined = "FROM devices d JOIN assessments a ON a.device_id = d.id AND a.overall = 1 AND a.until IS NULL"
    among = "d.id IN (SELECT rowid FROM devices_fts WHERE devices_fts MATCH ?)"
    page = f"SELECT * {joined} WHERE {among} ORDER BY d.site, d.ip_order, d.mac, d.id LIMIT 50"
    run = inventory.connection.execute
    found = {}
    for term in TERMS:
        if len(term) >= 3:
            quoted = f'"{term}"'

            def ask(quoted: str = quoted) -> object:
                count = run(f"SELECT count(*) {joined} WHERE {among}", (quoted,)).fetchone()
                return count, run(page, (quoted,)).fetchall()

            found[term] = milliseconds(ask)
    return found


def main(words: list[str]) -> int:
    """Print both ways side by side."""
    devices = int(words[0]) if words else 100_000
    with tempfile.TemporaryDirectory() as folder:
        plain, path = Path(folder, "plain.sqlite"), Path(folder, "indexed.sqlite")
        with Inventory.open(plain, create=True) as inventory:
            start = time.perf_counter()
            fill(inventory, devices)
            without = time.perf_counter() - start
            substring = search(inventory)
        with Inventory.open(path, create=True) as inventory:
            Database(inventory.connection)["devices"].enable_fts(  # type: ignore[union-attr]
                COLUMNS, fts_version="FTS5", tokenize="trigram", create_triggers=True
            )
            start = time.perf_counter()
            fill(inventory, devices)
            with_index = time.perf_counter() - start
            trigram = indexed(inventory)
        sizes = [file.stat().st_size / 1e6 for file in (plain, path)]
    print(f"{devices:,} devices: count and first page of 50, ms")
    for term, (matches, took) in substring.items():
        other = f"{trigram[term]:8.1f}" if term in trigram else "       –"
        print(f"  {term!r:<16} {matches:>8,} matches   substring {took:8.1f}   trigram {other}")
    print(f"  to write them: {without:.1f} s without, {with_index:.1f} s with the index")
    print(f"  file: {sizes[0]:.0f} MB without, {sizes[1]:.0f} MB with the index")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
