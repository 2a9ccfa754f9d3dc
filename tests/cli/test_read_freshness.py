"""When a file was observed decides what it changes: not when, how often or in which order it is read."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.core import dating
from scanner.inventory import Inventory
from tests.cli.conftest import Run
from tests.reading.inventories import knowledge
from tests.reading.inventories import rows as inventory_rows

MAC = "64:16:7f:12:34:56"
OLD, FRESH = "2026-10-01T02:00:00Z", "2026-11-20T02:00:00Z"


def export(folder: Path, name: str, firmware: str, time: str, ip: str = "10.1.2.3") -> Path:
    """An export of a manager, written at a time."""
    path = folder / name
    path.write_text(f"MAC,IP,Model,Firmware\n{MAC},{ip},VVX 411,{firmware}\n")
    written = dating.seconds(time)
    os.utime(path, (written, written))
    return path


def response(folder: Path, firmware: str, time: str, ip: str = "10.1.2.3") -> Path:
    """The response of the phone itself, as a scan records it."""
    row = {"time": time, "ip": ip, "mac": MAC, "field": "sip.user-agent", "source": f"sip {ip}:5060"}
    path = folder / "response.jsonl"
    path.write_text(json.dumps({**row, "value": f"PolycomVVX-VVX_411-UA/{firmware}"}) + "\n")
    return path


def shown(run: Run, db: str) -> list[dict[str, Any]]:
    """The inventory without the number of the scan."""
    rows = run("report", "inventory", "--format", "json", "--db", db).json()
    return [{name: value for name, value in row.items() if name != "last_scan"} for row in rows]


def test_an_old_dump_never_overrules_a_fresh_response_in_either_order(run: Run, here: Path) -> None:
    files = [export(here, "old.csv", "5.8.0.1", OLD), response(here, "5.9.0.9373", FRESH)]
    found = []
    for number, order in enumerate(itertools.permutations(files)):
        for path in order:
            assert run("read", path, "--db", f"{number}.sqlite").status == 0
        found.append(shown(run, f"{number}.sqlite"))
    assert found[0] == found[1]
    ((row),) = found[0]
    assert (row["firmware"], row["first_seen"], row["last_seen"]) == ("5.9.0.9373", OLD, FRESH)


def test_an_old_dump_is_no_event_after_a_fresh_response(run: Run, here: Path) -> None:
    run("read", response(here, "5.9.0.9373", FRESH))
    before = run("history", MAC, "--format", "json").json()
    run("read", export(here, "old.csv", "5.8.0.1", OLD))
    after = run("history", MAC, "--format", "json").json()
    assert [{**one, "time": ""} for one in after] == [{**one, "time": ""} for one in before]
    assert min(one["time"] for one in after) == OLD, "it was there before"


def test_the_newer_of_two_dumps_counts_in_either_order(run: Run, here: Path) -> None:
    files = [export(here, "a.csv", "5.8.0.1", OLD), export(here, "b.csv", "5.9.0.2", FRESH, "10.1.2.9")]
    for number, order in enumerate(itertools.permutations(files)):
        for path in order:
            run("read", path, "--db", f"{number}.sqlite")
        ((row),) = shown(run, f"{number}.sqlite")
        assert (row["firmware"], row["ip"], row["last_seen"]) == ("5.9.0.2", "10.1.2.9", FRESH)


def contents(db: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The tables of an inventory without the numbers of scans."""
    with Inventory.open(db, readonly=True) as inventory:
        names = ("devices", "observations", "subjects", "addresses", "assessments", "events")
        found = {}
        for name in names:
            columns = [row[1] for row in inventory.connection.execute(f"PRAGMA table_info({name})")]
            kept = [one for one in columns if one not in ("last_scan", "settled_scan")]
            query = f"SELECT {', '.join(kept)} FROM {name} ORDER BY 1, 2"
            found[name] = [tuple(row) for row in inventory.connection.execute(query)]
    return found


def test_a_file_that_is_read_twice_adds_nothing(run: Run, here: Path) -> None:
    path = export(here, "a.csv", "5.8.0.1", OLD)
    assert run("read", path, "--db", "a.sqlite").status == 0
    before = contents(here / "a.sqlite")
    assert before["devices"]
    assert run("read", path, "--db", "a.sqlite").status == 0
    assert contents(here / "a.sqlite") == before
    assert run("read", path, path, "--db", "a.sqlite").status == 0
    assert contents(here / "a.sqlite") == before


@pytest.mark.parametrize("written", ["1980-01-01T00:00:00Z", "2026-12-24T00:00:00Z"])
def test_a_file_without_a_time_of_the_past_was_observed_now(written: str) -> None:
    assert dating.of_file(dating.seconds(written), FRESH) == FRESH
    assert dating.of_file(dating.seconds(OLD), FRESH) == OLD


TIMES = [f"2026-{month:02d}-{day:02d}T02:00:00Z" for month in (9, 10, 11) for day in (1, 2, 15)]
DUMPS = st.lists(
    st.tuples(st.sampled_from(TIMES), st.sampled_from(["5.8.0.1", "5.9.0.2"]), st.sampled_from(["10.1.2.3", "10.1.2.9"])
    ),
    min_size=1, max_size=4, unique_by=lambda dump: dump[0],
)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dumps=DUMPS, random=st.randoms(use_true_random=False), twice=st.booleans())
def test_the_order_of_files_changes_no_row(
    tmp_path_factory: pytest.TempPathFactory, dumps: list[tuple[str, str, str]], random: Any, twice: bool
) -> None:
    """For dumps of any times, the rows are as after reading by age, in whatever order and how often."""
    folder = tmp_path_factory.mktemp("dumps")
    files = [export(folder, f"{n}.csv", firmware, time, ip) for n, (time, firmware, ip) in enumerate(dumps)]
    shuffled = [*files, *files] if twice else list(files)
    random.shuffle(shuffled)
    by_age = sorted(files, key=lambda path: path.stat().st_mtime)
    first, second = recorded(folder / "a.sqlite", by_age), recorded(folder / "b.sqlite", shuffled)
    assert first == second
    assert [row["last_seen"] for row in first] == [max(time for time, _, _ in dumps)]


def recorded(db: Path, files: list[Path]) -> list[dict[str, Any]]:
    """The rows after reading files one by one."""
    from scanner.app import file_reading

    for path in files:
        with Inventory.open(db, create=True) as inventory, path.open("rb") as stream:
            now = "2026-11-30T02:00:00Z"
            known = knowledge()
            scan = inventory.begin_scan(kind="read", targets=(path.name,), discoveries=(), site="", now=now)
            file_reading.record(
                inventory, scan, stream, path.name, now=now, fingerprints=known.fingerprints, problem=pytest.fail
            )
            inventory.finish_scan(scan, outcome="done", notes=(), knowledge=known, now=now)
    return [{name: value for name, value in row.items() if name != "last_scan"} for row in inventory_rows(db)]
