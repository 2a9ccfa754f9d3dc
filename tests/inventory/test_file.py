"""The file: missing, damaged, of another or a newer program, locked, on a full disk, after a killed writer."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.core.errors import InventoryError, UsageError
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.core.model import Catalog, CatalogEntry, Observation
from scanner.inventory import Inventory, Missed, queries
from scanner.inventory.db import connect, schema
from tests.programs import running

NOW = "2026-11-01T02:00:00Z"
BANNER = "PolycomVVX-VVX_411-UA/5.9.0.9373"
PHONE = Observation(ip="10.1.0.5", mac="64:16:7f:00:00:05", field="sip.user-agent", value=BANNER)
TABLES = {"scans", "devices", "observations", "assessments", "events", "catalogs", "catalog_entries"}


def scan(inventory: Inventory, **more: Any) -> int:
    return inventory.begin_scan(
        **{"kind": "scan", "targets": ["10.1.0.0/24"], "discoveries": ["sip"], "now": NOW, **more}
    )


def test_the_tables_and_views_are_those_of_the_contract(store: Any) -> None:
    store.feed([])
    assert {row[0] for row in store.sql("SELECT name FROM sqlite_master WHERE type = 'table'")} >= TABLES | {
        "_sqlite_migrations"
    }
    with Inventory.open(store.path, readonly=True) as inventory:
        for view, columns in (("inventory", INVENTORY_COLUMNS), ("noncompliant", (*INVENTORY_COLUMNS, "reason"))):
            cursor = inventory.connection.execute(f"SELECT * FROM {view} LIMIT 0")
            assert tuple(column[0] for column in cursor.description) == columns
        assert inventory.connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert store.sql("PRAGMA journal_mode") == [("wal",)]


@pytest.mark.parametrize("readonly", [True, False])
def test_a_reader_does_not_create_a_missing_file(tmp_path: Path, readonly: bool) -> None:
    with pytest.raises(InventoryError, match="there is no inventory"):
        Inventory.open(tmp_path / "none" / "x.sqlite", readonly=readonly)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"not a database" * 400, b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\xff" * 4096, b"\x00" * 4096],
    ids=["text", "header alone", "header and noise", "zeros"],
)
@pytest.mark.parametrize("how", [{"readonly": True}, {}, {"create": True}])
def test_a_damaged_file_is_refused_and_not_changed(tmp_path: Path, content: bytes, how: dict[str, bool]) -> None:
    path = tmp_path / "bad.sqlite"
    path.write_bytes(content)
    with pytest.raises(InventoryError) as error:
        Inventory.open(path, **how)
    assert path.read_bytes() == content
    assert len(str(error.value).splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["bad.sqlite"]


def test_a_truncated_file_is_refused_and_not_changed(store: Any) -> None:
    store.feed([{"ip": f"10.1.0.{n}", "field": "sip.user-agent", "value": "x" * 900} for n in range(200)])
    content = store.path.read_bytes()[: store.path.stat().st_size // 2]
    store.path.write_bytes(content)
    with pytest.raises(InventoryError, match="damaged"):
        Inventory.open(store.path)
    assert store.path.read_bytes() == content


def test_damage_found_while_reading_is_reported_in_one_sentence(store: Any) -> None:
    store.feed([{"ip": f"10.1.0.{n}", "field": "sip.user-agent", "value": "x" * 900} for n in range(200)])
    content = bytearray(store.path.read_bytes())
    content[4096 * 3 :] = b"\xff" * (len(content) - 4096 * 3)
    store.path.write_bytes(content)
    with pytest.raises(InventoryError, match="damaged"):
        store.rows()


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    content = path.read_bytes()
    with pytest.raises(InventoryError, match="another program"):
        Inventory.open(path, create=True)
    assert path.read_bytes() == content


def test_a_database_of_a_newer_program_is_refused(store: Any) -> None:
    store.feed([])
    future = sqlite3.connect(store.path)
    future.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('phonescan', 'm999', '')")
    future.commit()
    future.close()
    for how in ({"readonly": True}, {}, {"create": True}):
        with pytest.raises(InventoryError, match="newer phonescan"):
            Inventory.open(store.path, **how)


def test_a_migration_that_fails_leaves_the_database_as_it_was(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store.feed([{"ip": "10.1.0.5", "field": "sip.user-agent", "value": "PolycomVVX-VVX_411-UA/5.9.0.9373"}])

    def broken(db: Any) -> None:
        db.conn.execute("CREATE TABLE half (x)")
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, ("m002_broken", broken)))
    with pytest.raises(InventoryError, match="disk"):
        Inventory.open(store.path)
    monkeypatch.undo()
    assert store.sql("SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert len(store.rows()) == 1


def test_a_reader_cannot_write(store: Any) -> None:
    store.feed([])
    with Inventory.open(store.path, readonly=True) as inventory, pytest.raises(InventoryError, match="written"):
        scan(inventory)


def test_all_queries_of_a_reader_read_the_same_state(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", "PolycomVVX-VVX_411-UA/5.9.0.9373")], store.day(1))
    with Inventory.open(store.path, readonly=True) as inventory:
        assert queries.number(inventory) == 1
        store.feed([store.sip("10.1.0.6", "Yealink SIP-T58A 58.15.0.10")], store.day(2))
        assert queries.number(inventory) == len(list(queries.inventory_rows(inventory))) == 1
    with Inventory.open(store.path, readonly=True) as inventory:
        assert queries.number(inventory) == len(list(queries.inventory_rows(inventory))) == 2


def test_a_path_may_contain_characters_that_a_uri_may_not(tmp_path: Path) -> None:
    path = tmp_path / "a b" / "x?mode=memory#%41.sqlite"
    Inventory.open(path, create=True).close()
    assert path.is_file()
    Inventory.open(path, readonly=True).close()


def test_a_full_disk_is_reported_in_one_sentence_and_loses_nothing(store: Any) -> None:
    store.feed([{"ip": "10.1.0.5", "field": "sip.user-agent", "value": "PolycomVVX-VVX_411-UA/5.9.0.9373"}])
    with Inventory.open(store.path) as inventory:
        number = scan(inventory)
        pages = inventory.connection.execute("PRAGMA page_count").fetchone()[0]
        inventory.connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        many = [Observation(ip=f"10.1.{n // 250}.{n % 250}", field="http.body", value="x" * 3000) for n in range(2000)]
        with pytest.raises(InventoryError, match="disk"):
            inventory.record(number, many)
        inventory.connection.execute("PRAGMA max_page_count = 100000")
        inventory.record(number, [PHONE])
        inventory.finish_scan(number, outcome="done", knowledge=store.knowledge(), now=NOW)
    assert len(store.rows()) == 1
    assert store.sql("PRAGMA integrity_check") == [("ok",)]


def test_a_locked_database_is_reported_in_one_sentence(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store.feed([])
    monkeypatch.setattr(connect, "BUSY_MS", 50)
    blocker = sqlite3.connect(store.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with Inventory.open(store.path) as inventory:
        with pytest.raises(InventoryError, match="locked"):
            scan(inventory)
        assert list(queries.inventory_rows(inventory)) == []
    blocker.close()


WRITER = """
    import sys
    from scanner.core.model import Observation
    from scanner.inventory import Inventory

    with Inventory.open(sys.argv[1], create=True) as inventory:
        scan = inventory.begin_scan(kind="scan", targets=[], discoveries=[], now="2026-11-01T02:00:00Z")
        for n in range(int(sys.argv[2])):
            inventory.record(scan, [Observation(ip=f"10.{sys.argv[3]}.{n // 250}.{n % 250}", field="sip.user-agent",
                                                value="PolycomVVX-VVX_411-UA/5.9.0.9373")])
            print(n, flush=True)
"""


def writer(path: Path, count: int, network: int) -> AbstractContextManager[subprocess.Popen[str]]:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path), str(count), str(network)]
    root = Path(__file__).resolve().parents[2]
    return running(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)})


def test_a_killed_writer_leaves_everything_it_had_recorded(store: Any) -> None:
    last = -1
    with writer(store.path, 100_000, 7) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = int(line)
            if last >= 200:
                break
        process.kill()
    assert store.sql("PRAGMA integrity_check") == [("ok",)]
    assert store.sql("SELECT count(*) FROM arrivals")[0][0] >= last + 1
    store.feed([])
    assert len(store.rows()) >= last + 1
    with Inventory.open(store.path, readonly=True) as inventory:
        unfinished = inventory.unfinished()
    assert unfinished is not None
    assert unfinished.outcome == "interrupted"


def test_two_writers_and_a_reader_at_once(store: Any) -> None:
    Inventory.open(store.path, create=True).close()
    seen = []
    with (
        writer(store.path, 150, 8) as one,
        writer(store.path, 150, 9) as other,
        Inventory.open(store.path, readonly=True) as inventory,
    ):
        while one.poll() is None or other.poll() is None:
            seen.append(len(list(queries.all_observations(inventory))))
            for process in (one, other):
                assert process.stdout is not None
                process.stdout.readline()
        assert (one.returncode, other.returncode) == (0, 0)
    assert seen == sorted(seen)
    assert len(store.observations()) == 300


def test_each_of_two_simultaneous_scans_reports_what_it_observed(store: Any) -> None:
    with Inventory.open(store.path, create=True) as inventory:
        one, other = scan(inventory), scan(inventory)
        for number, addresses in ((one, (1, 2, 3)), (other, (2, 3, 4, 5))):
            rows = [Observation(time=NOW, ip=f"10.1.0.{n}", field=PHONE.field, value=BANNER) for n in addresses]
            inventory.record(number, rows)
        ended = [
            inventory.finish_scan(number, outcome="done", knowledge=store.knowledge(), now=NOW)
            for number in (other, one)
        ]
        observed = [
            [row["ip"] for row in queries.inventory_rows(inventory, queries.Filters(seen_in=values))]
            for values in (queries.observed_by(inventory, inventory.scan(number)) for number in (one, other))
        ]
    assert [summary.devices for summary in ended] == [4, 3]
    assert observed == [["10.1.0.1", "10.1.0.2", "10.1.0.3"], ["10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5"]]


def test_after_a_crash_while_settling_the_next_settling_continues(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.inventory.settle.settle import attribute, devices

    rows = [Observation(time=NOW, ip=f"10.1.0.{n}", field=PHONE.field, value=BANNER) for n in range(1, 50)]
    for where, name in ((attribute, "attribute_whole"), (devices, "load")):
        with Inventory.open(store.path, create=True) as inventory:
            number = scan(inventory)
            inventory.record(number, rows)
            with monkeypatch.context() as patch:

                def fails(*_: Any) -> None:
                    raise KeyboardInterrupt

                patch.setattr(where, name, fails)
                with pytest.raises(KeyboardInterrupt):
                    inventory.settle(number, store.knowledge(), NOW)
    store.feed([])
    assert len(store.rows()) == 49


def test_a_scan_is_resumed_at_its_checkpoint(store: Any) -> None:
    with Inventory.open(store.path, create=True) as inventory:
        number = scan(inventory, settings={"pace": "gentle"})
        inventory.checkpoint(number, {"next": 7})
    with Inventory.open(store.path) as inventory:
        found = inventory.unfinished()
        assert found is not None
        assert (found.id, found.state, found.settings, found.targets) == (
            number,
            {"next": 7},
            {"pace": "gentle"},
            ("10.1.0.0/24",),
        )
        assert inventory.reopen(number).state == {"next": 7}
        inventory.finish_scan(number, outcome="done", knowledge=store.knowledge(), now=NOW)
        assert inventory.unfinished() is None
        with pytest.raises(UsageError, match="cannot be resumed"):
            inventory.reopen(number)


def test_an_interrupted_scan_can_be_resumed_and_then_ends(store: Any) -> None:
    with Inventory.open(store.path, create=True) as inventory:
        number = scan(inventory)
        missed = [Missed("sip", "up to 9 addresses", "skipped"), Missed("http", "10.1.0.7", "timed-out")]
        inventory.missed(number, missed)
        inventory.finish_scan(number, outcome="interrupted", knowledge=store.knowledge(), now=NOW)
        assert inventory.unfinished() is not None
        inventory.reopen(number)
        assert [row["outcome"] for row in queries.unscanned(inventory)] == [
            "timed-out"
        ]  # the skipped ones are still to be covered
        summary = inventory.finish_scan(number, outcome="done", knowledge=store.knowledge(), now=NOW)
        assert summary.outcome == "done"
        assert inventory.unfinished() is None


def test_a_run_is_claimed_once_by_any_process(store: Any) -> None:
    with Inventory.open(store.path, create=True) as one, Inventory.open(store.path) as two:
        assert [i.claim_run("nightly", NOW, NOW) for i in (one, two, one)] == [True, False, False]
        one.finish_run("nightly", NOW, outcome="done", now=NOW, scan=1)
        assert two.last_run("nightly") == NOW
        one.set_mark("digest", "abc", NOW)
        assert two.mark("digest") == "abc"
        assert two.mark("nothing") is None


def test_catalogs_keep_their_editions(store: Any) -> None:
    entry = CatalogEntry(
        manufacturer="Yealink", model="T58A", firmware="58.15.0.20", attributes={"a": "b"}, source_line=3
    )
    first = Catalog(name="mine", title="Mine", source="page", date="2026-01-01", entries=(entry,))
    second = Catalog(name="mine", title="Mine", source="page", date="2026-06-01", entries=(entry, entry))
    with Inventory.open(store.path, create=True) as inventory:
        assert [inventory.set_catalog(c, NOW) for c in (first, first, second)] == [True, False, True]
        assert inventory.catalogs() == (second,)
        assert inventory.catalog_editions("mine") == (first, second)
    store.feed([])
    assert {row[0] for row in store.sql("SELECT name FROM catalogs WHERE current")} >= {"mine", "skype-for-business"}


def test_observations_without_mac_and_address_are_counted_and_the_others_kept(store: Any) -> None:
    odd = [
        Observation(ip="not an address", field="sip.user-agent", value="x"),
        Observation(ip="10.1.0.5%eth0", field=PHONE.field, value=BANNER, time="yesterday"),
        Observation(
            ip="::ffff:10.1.0.6", field=PHONE.field, value=BANNER + "\ud800\x00rest", time="2026-11-01T03:00:00+01:00"
        ),
        Observation(mac="SEP64167F000009", field="lldp.system-name", value="=cmd()\x1b[31m" + "x" * 9000),
        Observation(ip="0.0.0.0", field="sip.user-agent", value="x"),
    ]
    with Inventory.open(store.path, create=True) as inventory:
        number = scan(inventory)
        assert inventory.record(number, odd) == 3
        inventory.finish_scan(number, outcome="done", knowledge=store.knowledge(), now=NOW)
        assert inventory.scan(number).unresolved == 2
    rows = store.sql("SELECT ip, mac, length(value), first_seen FROM observations ORDER BY ip")
    assert rows == [
        (None, "64:16:7f:00:00:09", 4096, NOW),
        ("10.1.0.5", None, len(BANNER), NOW),
        ("10.1.0.6", None, len(BANNER) + 1, NOW),
    ]


def test_retention_deletes_what_is_old_and_keeps_current_facts(store: Any) -> None:
    phone = {"ip": "10.1.0.5", "mac": "64:16:7f:00:00:05", "field": "sip.user-agent", "source": "sip x"}
    gone = {"ip": "10.1.0.6", "mac": "64:16:7f:00:00:06", "field": "sip.user-agent", "source": "sip x"}
    store.feed([{**phone, "value": "PolycomVVX-VVX_411-UA/5.8.3.3066"}, {**gone, "value": BANNER}], store.day(1))
    for day in (4, 7, 10, 13, 16, 19):  # age is counted by scans, a quarter of the retention for each at most
        store.feed([], store.day(day))
    store.feed([{**phone, "value": BANNER}], store.day(20))
    with Inventory.open(store.path) as inventory:
        dropped = inventory.prune(store.day(10), store.day(21))
        assert inventory.prune(store.day(10), store.day(21)) == {}
    assert dropped["devices"] == 1
    assert store.brief("mac", "firmware", "first_seen") == [("64:16:7f:00:00:05", "5.9.0.9373", store.day(1))]
    assert store.sql("SELECT count(*) FROM observations") == [(1,)]
    assert store.sql("PRAGMA foreign_key_check") == []


def test_another_process_writes_nothing_for_the_same_facts(store: Any) -> None:
    """The hash that shows whether anything changed must not depend on the process: those of text do."""
    row = {"ip": "10.1.0.5", "mac": "64:16:7f:00:00:05", "field": "sip.user-agent", "value": BANNER}
    store.feed([row])
    code = f"""
        import sys
        from datetime import date
        from scanner.compliance.catalog import builtin
        from scanner.compliance.policy import Policy
        from scanner.core.model import Observation
        from scanner.identity.load import load
        from scanner.inventory import Inventory, Knowledge

        knows = Knowledge(fingerprints=load(), catalogs=builtin(), policy=Policy(), today=date(2026, 11, 23))
        with Inventory.open(sys.argv[1]) as inventory:
            scan = inventory.begin_scan(kind="read", targets=[], discoveries=[], now="{NOW}")
            inventory.record(scan, [Observation(time="{NOW}", **{row!r})])
            print(inventory.settle(scan, knows, "{NOW}"))
    """
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(store.path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": "7"},
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("readonly", [True, False])
def test_a_pipe_is_no_inventory_and_is_not_waited_for(tmp_path: Path, readonly: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InventoryError, match="pipe is a pipe; choose another --db"):
        Inventory.open(tmp_path / "pipe", create=not readonly, readonly=readonly)


@pytest.mark.parametrize(
    ("room", "sentence"),
    [
        ({"f_bavail": 0}, "is full"),
        ({"f_favail": 0}, "is full"),
        ({"f_favail": 0, "f_files": 0}, "check the permissions"),
        ({"f_bavail": 0, "f_flag": os.ST_RDONLY}, "check the permissions"),
        ({}, "check the permissions"),
    ],
)
def test_a_disk_without_room_for_a_journal_is_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: dict[str, int], sentence: str
) -> None:
    """SQLite reports that as a file that cannot be opened."""
    found = SimpleNamespace(**{"f_bavail": 9, "f_files": 9, "f_favail": 9, "f_flag": 0, **room})
    monkeypatch.setattr(os, "statvfs", lambda _: found)
    assert sentence in connect.sentence(
        tmp_path / "some.sqlite", sqlite3.OperationalError("unable to open database file")
    )


def test_a_shortage_of_descriptors_is_not_one_of_permissions() -> None:
    root = Path(__file__).resolve().parents[2]
    code = (
        "import os, resource, sqlite3\nfrom pathlib import Path\nfrom scanner.inventory.db import connect\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\nopened = []\n"
        "try:\n    while True: opened.append(os.open(os.devnull, os.O_RDONLY))\nexcept OSError: pass\n"
        "try: sqlite3.connect('x.sqlite')\n"
        "except sqlite3.Error as error: print(connect.sentence(Path('x.sqlite'), error))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert "too many open files" in done.stdout
    assert "permissions" not in done.stdout
