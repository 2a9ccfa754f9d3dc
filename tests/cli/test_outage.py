"""An outage as the commands show it: a farm of phones is scanned, ends, and its subnet is scanned again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from scanner.app.switch_scan import SwitchRequest
from scanner.app.switch_scan import scan as scan_switches
from scanner.cli.shared import click_command
from scanner.core.errors import EngineError
from scanner.core.model import Observation
from scanner.inventory import Inventory, queries
from scanner.testing import Farm, catalogue
from tests.loopback import own

SUBNET = own("127.89.4.0/24")
OUTAGE = "done, but 0 of about 8 devices responded"
#: `done` where nothing after it qualifies it.
DONE_ALONE = re.compile(r"\bdone\b(?!, but)")


@pytest.mark.network
@pytest.mark.slow
def test_a_scan_that_observed_nothing_is_nowhere_done_alone(run: Any, here: Path) -> None:
    (here / "phonescan.toml").write_text(
        f'[[scan]]\nname = "nightly"\ntargets = ["{SUBNET}"]\ndiscover = "sip"\ncron = "0 2 * * *"\n', encoding="utf-8"
    )
    words = ("scan", SUBNET, "--discover", "sip", "--format", "none")
    with Farm([phone for phone in catalogue(SUBNET) if phone.surfaces.sip][:8]):
        first = run(*words)
    assert (first.status, first.err.splitlines()[0][:18]) == (0, "scan 1: 8 devices:")
    second = run(*words)
    assert second.status == 3
    assert second.err.splitlines()[:2] == ["scan 2: 0 devices", f"outage: the scan is {OUTAGE}"]
    assert "0 of about 8 devices responded: check the network between this host and the targets" in second.err
    scheduled = run("schedule", "run", "--once", "nightly")
    assert scheduled.status == 3
    assert scheduled.err.rstrip().endswith(f": {OUTAGE}")

    rows = run("scans", "--format", "json").json()
    assert [(row["outcome"], row["devices"], row["expected"], row["problem"]) for row in rows] == [
        ("done", 0, 8, "no-devices"), ("done", 0, 8, "no-devices"), ("done", 8, None, None),
    ]  # fmt: skip
    assert all("0 of about 8 devices responded" in row["notes"][-1] for row in rows[:2])
    doctor = run("doctor").out
    assert f"{OUTAGE} ({SUBNET}, site default)" in " ".join(doctor.split())
    check = run("check")
    assert check.out.startswith(f"CRITICAL: nightly: {OUTAGE} (critical)")
    assert run("scans", "--limit", "2").out.count("done, but 0 of about 8") == 2
    for name in ("table", "md", "html"):
        assert f"Outage: scan 3 of {SUBNET}, site default, " in " ".join(
            run("report", "noncompliant", "--format", name).out.split()
        )
    lists = [run("scans", "--limit", "2", "--format", name).out for name in FORMATS]
    shown = (second.err, scheduled.err, doctor, check.out, *lists)
    assert [text for text in shown if DONE_ALONE.search(" ".join(text.split()))] == []


FORMATS = ("md", "html")


def test_an_error_during_a_scan_closes_it_as_failed(here: Path, monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise EngineError("no route to the targets; connect this host")

    monkeypatch.setattr("scanner.engine.run.run", unreachable)
    ended = run("scan", "127.0.0.1", "--discover", "sip")
    assert (ended.status, ended.err) == (4, "phonescan: no route to the targets; connect this host\n")
    with Inventory.open(here / "phonescan.sqlite") as inventory:
        (row,) = queries.scans(inventory)
        assert (row.outcome, row.notes) == ("failed", ("no route to the targets; connect this host",))
        assert inventory.unfinished() is not None, "it can be resumed"
    monkeypatch.undo()
    resumed = run("scan", "--resume", "--db", here / "phonescan.sqlite")
    assert (resumed.status, resumed.err) == (0, "scan 1: 0 devices\n")


def test_an_error_while_switches_are_read_closes_the_scan_as_failed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise EngineError("no socket")

    monkeypatch.setattr("scanner.app.switch_scan.read_switches", broken)
    session = click_command.default_session(here / "x.sqlite")
    with session.inventory(create=True) as inventory:
        with pytest.raises(EngineError):
            scan_switches(SwitchRequest(("127.0.0.1",)), inventory, session.knowledge(), now=session.now)
        assert [(one.outcome, one.notes) for one in queries.scans(inventory)] == [("failed", ("no socket",))]


@pytest.mark.network
def test_switches_that_report_no_device_any_more_are_an_outage(run: Any, here: Path) -> None:
    switch = own("127.89.5.1")
    session = click_command.default_session(here / "phonescan.sqlite")
    seen = Observation(ip="198.18.0.1", mac="64:16:7f:00:00:01", field="lldp-med.model", value="VVX 411", source="t")
    with session.inventory(create=True) as inventory:
        scan = inventory.begin_scan(kind="switches", targets=(switch,), discoveries=("switches",), now=session.now())
        inventory.record(scan, [seen])
        inventory.finish_scan(scan, outcome="done", knowledge=session.knowledge(), now=session.now())
    ended = run("switches", switch, "--port", "16198", "--format", "json")
    assert (ended.status, ended.out) == (3, "[]\n")
    assert "outage: the scan is partial, but 0 of about 1 device responded" in ended.err.splitlines()


def test_a_scan_that_cannot_be_closed_stays_open_and_its_error_is_reported(
    here: Path, monkeypatch: pytest.MonkeyPatch, run: Any
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise EngineError("the first error")

    monkeypatch.setattr("scanner.engine.run.run", full)
    monkeypatch.setattr(Inventory, "finish_scan", full)
    assert run("scan", "127.0.0.1", "--discover", "sip").status == 4
    with Inventory.open(here / "phonescan.sqlite") as inventory:
        assert [one.outcome for one in queries.scans(inventory)] == ["running"]


def test_notes_in_the_list_of_scans_are_separated(run: Any, here: Path) -> None:
    session = click_command.default_session(here / "phonescan.sqlite")
    with session.inventory(create=True) as inventory:
        scan = inventory.begin_scan(kind="scan", targets=("10.0.0.0/24",), discoveries=("sip",), now=session.now())
        notes = ("14 addresses were not covered: no route", "no route to 10.0.0.1: check the routes")
        inventory.finish_scan(scan, outcome="done", knowledge=session.knowledge(), now=session.now(), notes=notes)
    assert " · ".join(notes) in run("scans", "--format", "md").out
    (row,) = run("scans", "--format", "json").json()
    assert row["notes"] == list(notes)
