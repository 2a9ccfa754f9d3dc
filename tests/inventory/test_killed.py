"""A scan whose process was killed is not `running` for ever, of whatever kind it is."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.inventory import Inventory, queries
from scanner.inventory.db import connect, process, scans

_KILLED = """
import os, signal, sys
from scanner.core.model import Observation
from scanner.inventory import Inventory
inventory = Inventory.open(sys.argv[1], create=True)
scan = inventory.begin_scan(kind=sys.argv[2], targets=("x",), discoveries=(), now=sys.argv[3])
inventory.record(scan, [Observation(ip="10.1.0.5", field="sip.user-agent", value="Yealink SIP-T58A 58.15.0.20")])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kind", ["scan", "listen", "switches", "read", "catalog", "demo"])
def test_a_killed_scan_is_interrupted_and_what_it_recorded_is_kept(store: Any, kind: str) -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", _KILLED, str(store.path), kind, store.day(1)], cwd=root)
    assert done.returncode == -signal.SIGKILL
    with Inventory.open(store.path, readonly=True) as inventory:  # a reader changes nothing, and shows it
        assert [one.outcome for one in queries.scans(inventory)] == ["interrupted"]
    store.feed([], store.day(2))
    with Inventory.open(store.path, readonly=True) as inventory:
        closed = inventory.scan(1)
        assert (closed.outcome, closed.finished, closed.notes) == ("interrupted", store.day(2), (scans.ENDED,))
    assert store.brief("ip", "model") == [("10.1.0.5", "T58A")]
    assert store.sql("SELECT name FROM marks WHERE name LIKE 'process%'") == []
    with Inventory.open(store.path) as inventory:
        resumable = inventory.unfinished()
        assert (resumable.id if resumable else None) == (1 if kind == "scan" else None)


def test_a_scan_of_a_living_process_is_running(store: Any) -> None:
    with Inventory.open(store.path, create=True) as inventory:
        first = inventory.begin_scan(kind="listen", targets=(), discoveries=(), now=store.day(1))
        inventory.begin_scan(kind="read", targets=(), discoveries=(), now=store.day(30))
        assert inventory.scan(first).outcome == "running"


def test_a_scan_of_an_earlier_version_is_closed_after_a_week(store: Any) -> None:
    with Inventory.open(store.path, create=True) as inventory:
        first = inventory.begin_scan(kind="read", targets=(), discoveries=(), now=store.day(1))
        inventory.connection.execute("DELETE FROM marks")
        for day, outcome in ((7, "running"), (9, "interrupted")):
            inventory.begin_scan(kind="read", targets=(), discoveries=(), now=store.day(day))
            assert inventory.scan(first).outcome == outcome


@pytest.mark.parametrize(("part", "ended"), [(0, None), (1, True), (2, None), (3, True), (4, True), (None, False)])
def test_a_process_is_known_by_machine_boot_namespace_number_and_start(part: int | None, ended: bool | None) -> None:
    parts = ["m", "b", *process.current().split(" ")[2:]]
    here = " ".join(parts)
    if part is not None:
        parts[part] = str(2**22 + 1)  # beyond the largest number of a process
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "current", lambda: here)
        assert process.has_ended(" ".join(parts)) is ended


@pytest.mark.parametrize("text", ["", "x", "a b c d", "- - - - -", "m b n x y"])
def test_a_text_of_no_process_shows_nothing(text: str) -> None:
    assert process.has_ended(text) is None


def test_a_transaction_that_a_signal_left_open_is_undone_by_the_next_one(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "x.sqlite", create=True) as inventory:
        inventory.connection.execute("BEGIN IMMEDIATE")
        inventory.connection.execute("INSERT INTO marks VALUES ('left', '1', '2026-11-01T02:00:00Z')")
        with connect.writing(inventory.connection) as db:
            db.execute("INSERT INTO marks VALUES ('next', '1', '2026-11-01T02:00:00Z')")
        assert inventory.connection.execute("SELECT name FROM marks").fetchall() == [("next",)]
        assert not inventory.connection.in_transaction
