"""The inventory file and its one writer, in short transactions.

    with Inventory.open("phonescan.sqlite", create=True) as inventory:
        scan = inventory.begin_scan(kind="read", targets=(), discoveries=(), now=now)
        inventory.record(scan, observations)
        summary = inventory.finish_scan(scan, outcome="done", knowledge=knowledge, now=now)

`record` stores observations, `settle` turns them into devices, verdicts and events, and `finish_scan` settles, counts
the devices that did not respond and closes the scan. What was recorded before a crash is settled by the next scan.
Every method raises InventoryError when the database is locked, full, read-only or damaged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from scanner.core.errors import InventoryError, UsageError
from scanner.core.model import DEFAULT_SITE, Catalog, Observation
from scanner.core.outcomes import Outcome
from scanner.core.text import shown
from scanner.inventory.db import catalogs, connect, device_fields, scans
from scanner.inventory.db.stored import decoded
from scanner.inventory.records import Coverage, Knowledge, Missed, ScanOutcome, ScanRow, Summary
from scanner.inventory.rules.device_fields import AUTHOR_LIMIT, checked
from scanner.inventory.settle import normalize

_BATCH = 5_000


class Inventory:
    """One open inventory, bound to the thread that opened it. Only modules of this room use `connection`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, readonly: bool) -> None:
        self.path, self.connection, self.readonly = path, connection, readonly
        self.redated = 0

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False, readonly: bool = False) -> Inventory:
        """Open the inventory at `path`. Only `create` makes a missing file; `readonly` never writes."""
        path = Path(path)
        return cls(path, connect.connect(path, create=create, readonly=readonly), readonly)

    def end_queries_after(self, seconds: float) -> None:
        """Set the time from now after which every query ends with QueryTimeoutError."""
        connect.end_queries_after(self.connection, seconds)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self.connection.close()

    def __enter__(self) -> Inventory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        with connect.faults(self.path), connect.writing(self.connection) as db:
            db.execute(statement, values)

    # -- scans ---------------------------------------------------------------------------------------------------

    def begin_scan(
        self,
        *,
        kind: str,
        targets: Iterable[str],
        discoveries: Iterable[str],
        site: str = DEFAULT_SITE,
        now: str,
        settings: Mapping[str, Any] | None = None,
    ) -> int:
        """Open a scan and return its number. `settings` are what `--resume` needs, without secrets."""
        site, ended = site or DEFAULT_SITE, "s.outcome IN ('done', 'partial')"
        with connect.faults(self.path), connect.writing(self.connection) as db:
            known = db.execute(
                "SELECT EXISTS (SELECT 1 FROM scans s WHERE site = :site AND finished IS NOT NULL"
                f" AND {ended}) OR EXISTS (SELECT 1 FROM devices d JOIN scans s ON s.id = d.first_scan"
                f" WHERE d.site = :site AND {ended})",
                {"site": site},
            ).fetchone()[0]
            row = (kind, site, now, _json(list(targets)), _json(list(discoveries)), _json(dict(settings or {})))
            cursor = db.execute(
                "INSERT INTO scans (kind, site, started, outcome, targets, discoveries, settings, notes, baseline)"
                " VALUES (?, ?, ?, 'running', ?, ?, ?, '[]', ?)",
                (*row, int(not known)),
            )
            scans.close_ended(db, now)
            scans.note_process(db, number := int(cursor.lastrowid or 0), now)
            return number

    def record(self, scan: int, observations: Iterable[Observation], now: str | None = None) -> int:
        """Store observations in short transactions and return their number. One without a time gets the scan's start.

        Macs, addresses and times are normalized; observations with neither mac nor address are counted as unresolved.
        One that is dated after `now`, by default the scan's start, counts as of `now` and is counted in `redated`.
        """
        started = self._started(scan)
        source = iter(observations)
        stored = 0
        while batch := list(islice(source, _BATCH)):
            rows, unresolved, redated = normalize.arrivals(batch, scan, started, now or started)
            self.redated += redated
            with connect.faults(self.path), connect.writing(self.connection) as db:
                normalize.insert(db, rows)
                db.execute(
                    "UPDATE scans SET observations = observations + ?, unresolved = unresolved + ? WHERE id = ?",
                    (len(rows), unresolved, scan),
                )
            stored += len(rows)
        return stored

    def cover(self, scan: int, covered: Iterable[Coverage]) -> None:
        """Record what was covered: only there does a device without a response count as missing."""
        rows = [(scan, one.discovery, one.scope) for one in covered]
        with connect.faults(self.path), connect.writing(self.connection) as db:
            db.executemany("INSERT OR IGNORE INTO coverage VALUES (?, ?, ?)", rows)

    def missed(self, scan: int, missed: Iterable[Missed]) -> None:
        """Record addresses that were not covered, and hosts that stopped responding (`went-quiet`)."""
        rows = [(scan, one.discovery, one.ip, str(one.outcome), one.note) for one in missed]
        with connect.faults(self.path), connect.writing(self.connection) as db:
            db.executemany("INSERT OR REPLACE INTO missed VALUES (?, ?, ?, ?, ?)", rows)

    def not_missed(self, scan: int, missed: Iterable[Missed]) -> None:
        """Delete such records of a scan: it repeats what they are about."""
        rows = [(scan, one.discovery, one.ip, str(one.outcome)) for one in missed]
        with connect.faults(self.path), connect.writing(self.connection) as db:
            db.executemany("DELETE FROM missed WHERE scan_id = ? AND discovery = ? AND ip = ? AND outcome = ?", rows)

    def checkpoint(self, scan: int, state: Mapping[str, Any]) -> None:
        """Store the position of a scan, for `--resume` after a crash."""
        self._execute("UPDATE scans SET state = ? WHERE id = ?", (_json(dict(state)), scan))

    def unfinished(self, scan: int | None = None) -> ScanRow | None:
        """The scan of that number if it can be resumed, or the last scan that can; None when there is none."""
        skipped = f"SELECT 1 FROM missed WHERE scan_id = scans.id AND outcome = '{Outcome.SKIPPED}'"
        partial = f"outcome = 'partial' AND state IS NOT NULL AND EXISTS ({skipped})"
        open_ones = f"(finished IS NULL OR outcome IN ('interrupted', 'failed') OR ({partial}))"
        wanted = "id = ?" if scan is not None else "kind = 'scan'"
        with connect.faults(self.path):
            row = self.connection.execute(
                f"{scans.SELECT} WHERE {open_ones} AND {wanted} ORDER BY id DESC LIMIT 1",
                (scan,) if scan is not None else (),
            ).fetchone()
            return scans.scan_row(row) if row else None

    def is_open(self, kind: str) -> bool:
        """Whether a scan of a kind was begun and not closed: it runs, or was killed."""
        with connect.faults(self.path):
            statement = "SELECT EXISTS (SELECT 1 FROM scans WHERE finished IS NULL AND kind = ?)"
            return bool(self.connection.execute(statement, (kind,)).fetchone()[0])

    def reopen(self, scan: int) -> ScanRow:
        """Open an unfinished scan again: addresses that it did not reach in time are no longer missed.

        Raises UsageError when the scan cannot be resumed.
        """
        row = self.unfinished(scan)
        if row is None:
            raise UsageError(f"scan {scan} cannot be resumed; `phonescan scans` lists those that can")
        with connect.faults(self.path), connect.writing(self.connection) as db:
            db.execute("UPDATE scans SET finished = NULL, outcome = 'running' WHERE id = ?", (scan,))
            scans.note_process(db, scan, row.started)
            db.execute("DELETE FROM missed WHERE scan_id = ? AND outcome = ?", (scan, Outcome.SKIPPED.value))
        return row

    def scan(self, scan: int) -> ScanRow:
        """One scan by number. Raises UsageError when there is none."""
        with connect.faults(self.path):
            return scans.scan_row(self._row(scans.SELECT, scan))

    def _started(self, scan: int) -> str:
        """When a scan began. The whole row is not read: its state is long while the scan runs."""
        return str(self._row("SELECT started FROM scans", scan)[0])

    def _row(self, select: str, scan: int) -> Sequence[Any]:
        with connect.faults(self.path):
            row: Sequence[Any] | None = self.connection.execute(f"{select} WHERE id = ?", (scan,)).fetchone()
        if row is None:
            raise UsageError(f"there is no scan {scan}; `phonescan scans` lists them")
        return row

    def settle(self, scan: int, knowledge: Knowledge, now: str) -> int:
        """Turn everything recorded so far into devices; the number that changed. Repeating it changes nothing."""
        from scanner.inventory.settle import settle

        with connect.faults(self.path):
            return settle.settle(self.connection, self.scan(scan), knowledge, now)

    def is_assessed_by(self, knowledge: Knowledge) -> bool:
        """Whether the verdicts in force follow this knowledge: another one has not been stored since."""
        from scanner.inventory.settle import settle

        with connect.faults(self.path):
            return settle.is_in_force(self.connection, knowledge)

    def finish_scan(
        self, scan: int, *, outcome: ScanOutcome, knowledge: Knowledge, now: str, notes: Iterable[str] = ()
    ) -> Summary:
        """Settle, count devices that were covered and did not respond, and close the scan.

        An `interrupted` or `failed` scan counts no device as missing.
        """
        from scanner.inventory.settle import finish

        self.settle(scan, knowledge, now)
        with connect.faults(self.path):
            return finish.finish(self.connection, self.scan(scan), outcome, tuple(notes), knowledge, now)

    # -- fields of devices ---------------------------------------------------------------------------------------

    def set_fields(
        self, device: int, values: Mapping[str, str], *, author: str, now: str, version: int | None = None
    ) -> int:
        """Set fields of a device (`rules.device_fields`) and return the number that changed; a scan never changes them.

        An empty value clears a field. `author` is recorded with the time. With `version`, that of
        `queries.field_history`, nothing is written where the fields have changed since. Raises UsageError for an
        unknown device or field, an invalid value and a version that has passed.
        """
        kept = {key: checked(key, value) for key, value in values.items()}
        author = shown(author.strip())[:AUTHOR_LIMIT] or "unknown"
        with connect.faults(self.path), connect.writing(self.connection) as db:
            return device_fields.write(db, device, kept, author=author, now=now, version=version)

    def add_notes(self, scan: int, notes: Iterable[str]) -> None:
        """Append notes to those of a scan."""
        with connect.faults(self.path), connect.writing(self.connection) as db:
            stored = decoded(self._row("SELECT notes FROM scans", scan)[0], list[str])
            db.execute("UPDATE scans SET notes = ? WHERE id = ?", (_json([*stored, *notes]), scan))

    # -- catalogs -----------------------------------------------------------------------------------------------

    def set_catalog(self, catalog: Catalog, now: str) -> bool:
        """Make `catalog` the current edition of its name; older editions are kept. False when it already is."""
        with connect.faults(self.path), connect.writing(self.connection) as db:
            return catalogs.store(db, catalog, now, "imported")

    def catalogs(self) -> tuple[Catalog, ...]:
        """The imported catalogs, the newest edition of each name."""
        with connect.faults(self.path):
            return catalogs.imported(self.connection)

    def catalog_editions(self, name: str) -> tuple[Catalog, ...]:
        """Every stored edition of a catalog, oldest first."""
        with connect.faults(self.path):
            return catalogs.editions(self.connection, name)

    # -- schedules, marks, retention -----------------------------------------------------------------------------

    def claim_run(self, schedule: str, due: str, now: str) -> bool:
        """Claim one run of a schedule; False when it was claimed before, by any process. So no run is done twice."""
        with connect.faults(self.path), connect.writing(self.connection) as db:
            cursor = db.execute(
                "INSERT OR IGNORE INTO runs (schedule, due, claimed) VALUES (?, ?, ?)", (schedule, due, now)
            )
            return cursor.rowcount == 1

    def finish_run(self, schedule: str, due: str, *, outcome: str, now: str, scan: int | None = None) -> None:
        """Record how a claimed run ended."""
        self._execute(
            "UPDATE runs SET finished = ?, outcome = ?, scan_id = ? WHERE schedule = ? AND due = ?",
            (now, outcome, scan, schedule, due),
        )

    def last_run(self, schedule: str, now: str = "9999") -> str | None:
        """The due time of the last claimed run of a schedule that was due by `now`."""
        select = "SELECT max(due) FROM runs WHERE schedule = ? AND due <= ?"
        with connect.faults(self.path):
            row = self.connection.execute(select, (schedule, now)).fetchone()
        return str(row[0]) if row[0] else None

    def mark(self, name: str) -> str | None:
        """The value stored under a name (last report, last digest sent, …)."""
        with connect.faults(self.path):
            row = self.connection.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set_mark(self, name: str, value: str, now: str) -> None:
        """Store a value under a name, for the next run of the program."""
        self._execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", (name, value, now))

    def prune(self, before: str, now: str) -> dict[str, int]:
        """Retention: delete what is older at `now` than `before` is. Returns the number of deleted rows by table.

        Age is measured by scans (`db/retention.py`). Devices seen since stay, with at least their current facts.
        """
        from scanner.inventory.db import retention

        if self.readonly:
            raise InventoryError(f"{self.path} is open for reading; nothing can be deleted")
        with connect.faults(self.path):
            return retention.prune(self.connection, before, now)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
