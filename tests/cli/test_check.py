"""`phonescan check`: its four states over inventories, scans and schedules, wrong usage, and names from the network."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.app import notes
from scanner.cli.shared import click_command
from scanner.core.model import Observation
from scanner.core.text import utc
from scanner.inventory import Inventory

NOW = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
CERTIFIED, OUTDATED = "PolycomVVX-VVX_411-UA/5.9.0.9373", "PolycomVVX-VVX_411-UA/5.8.3.3066"
LAN = ("198.18.0.0/24",)
NIGHTLY = '[[scan]]\nname = "nightly"\ntargets = ["198.18.0.0/24"]\ncron = "0 2 * * *"\n'
Night = Callable[..., int]


@pytest.fixture
def night(here: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Records a scan that ended so many hours before NOW; the clock of the command is NOW."""
    monkeypatch.setattr(click_command, "clock", lambda: NOW)

    def record(
        hours: float, devices: int = 10, *, outdated: int = 0, kind: str = "scan", outcome: Any = "done",
        site: str = "", targets: tuple[str, ...] = LAN, run: str = "", notes: tuple[str, ...] = (), first: int = 1,
    ) -> int:  # fmt: skip
        time = utc(NOW - timedelta(hours=hours))
        knowledge = click_command.open_session(None, None).knowledge()
        rows = [
            Observation(time=time, ip=f"198.18.0.{n}", mac=f"64:16:7f:00:00:{n:02x}", field="sip.user-agent",
                        value=OUTDATED if n < first + outdated else CERTIFIED, source="sip t", site=site)
            for n in range(first, first + devices)
        ]  # fmt: skip
        with Inventory.open(here / "phonescan.sqlite", create=True) as inventory:
            scan = inventory.begin_scan(
                kind=kind, targets=targets, discoveries=("sip",), site=site, now=time, settings={"ranges": targets}
            )
            inventory.record(scan, rows)
            inventory.finish_scan(scan, outcome=outcome, knowledge=knowledge, now=time, notes=notes)
            if run:
                inventory.claim_run(run, time, time)
                inventory.finish_run(run, time, outcome=outcome, now=time, scan=scan)
        return scan

    return record


def configured(folder: Path, text: str, hours: float = 240) -> None:
    """The settings of the folder, written so many hours before NOW."""
    path = folder / "phonescan.toml"
    path.write_text(text, encoding="utf-8")
    time = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(path, (time, time))


#: (why, nights of the keywords of `night`, options, status, the line up to the performance data)
STATES: tuple[tuple[str, tuple[dict[str, Any], ...], tuple[str, ...], int, str], ...] = (
    ("all is well", ({"hours": 2},), (), 0, "OK: 0 of 10 noncompliant, last scan 2 h ago"),
    (
        "at the limit",
        ({"hours": 36, "outdated": 1},),
        ("-w", "10", "-c", "20"),
        0,
        "OK: 1 of 10 noncompliant, last scan 36 h ago",
    ),
    (
        "above it",
        ({"hours": 2, "outdated": 1},),
        (),
        1,
        "WARNING: 1 of 10 noncompliant (warning), last scan 2 h ago",
    ),
    (
        "far above it",
        ({"hours": 2, "outdated": 2},),
        (),
        2,
        "CRITICAL: 2 of 10 noncompliant (critical), last scan 2 h ago",
    ),
    (
        "within a range",
        ({"hours": 2, "outdated": 2},),
        ("--warning=@20:30", "--critical=90"),
        1,
        "WARNING: 2 of 10 noncompliant (warning), last scan 2 h ago",
    ),
    ("old", ({"hours": 37},), (), 1, "WARNING: last scan 37 h ago (warning), 0 of 10 noncompliant"),
    ("very old", ({"hours": 169},), (), 2, "CRITICAL: last scan 7 days ago (critical), 0 of 10 noncompliant"),
    (
        "an outage",
        ({"hours": 26}, {"hours": 2, "devices": 0}),
        (),
        2,
        "CRITICAL: scan of 198.18.0.0/24: done, but 0 of about 10 devices responded (critical),"
        " 0 of 10 noncompliant, last scan 2 h ago",
    ),
    (
        "far fewer",
        ({"hours": 26}, {"hours": 2, "devices": 4}),
        (),
        2,
        "CRITICAL: scan of 198.18.0.0/24: done, but 4 of about 10 devices responded (critical),"
        " 0 of 10 noncompliant, last scan 2 h ago",
    ),
    ("fewer", ({"hours": 26}, {"hours": 2, "devices": 6}), (), 0, "OK: 0 of 10 noncompliant, last scan 2 h ago"),
    (
        "an outage that is over",
        ({"hours": 50}, {"hours": 26, "devices": 0}, {"hours": 2}),
        (),
        0,
        "OK: 0 of 10 noncompliant, last scan 2 h ago",
    ),
    (
        "cut",
        ({"hours": 26}, {"hours": 2, "outcome": "interrupted"}),
        (),
        1,
        "WARNING: scan of 198.18.0.0/24: interrupted (warning), 0 of 10 noncompliant, last scan 26 h ago",
    ),
    (
        "in part",
        ({"hours": 2, "outcome": "partial"},),
        (),
        1,
        "WARNING: scan of 198.18.0.0/24: partial (warning), 0 of 10 noncompliant, last scan 2 h ago",
    ),
    (
        "failed",
        ({"hours": 26}, {"hours": 2, "outcome": "failed", "notes": ("no route",)}),
        (),
        2,
        "CRITICAL: scan of 198.18.0.0/24: failed (no route) (critical), 0 of 10 noncompliant, last scan 26 h ago",
    ),
    (
        "a clock that went back",
        ({"hours": 26}, {"hours": -2400},),
        (),
        1,
        "WARNING: the last scan ended 100 days in the future: set the clock, and scan again (warning),"
        " 0 of 10 noncompliant",
    ),
    (
        "a clock that was ahead once",
        ({"hours": 50}, {"hours": -2400}, {"hours": 26}),
        (),
        0,
        "OK: 0 of 10 noncompliant, last scan 26 h ago",
    ),
    (
        "a file alone",
        ({"hours": 2, "kind": "read"},),
        (),
        3,
        "UNKNOWN: no scan has ended yet (files that were read do not count) (unknown), 0 of 10 noncompliant",
    ),
    (
        "a file alone, and noncompliant",
        ({"hours": 2, "kind": "read", "outdated": 9},),
        (),
        2,
        "CRITICAL: 9 of 10 noncompliant (critical),"
        " no scan has ended yet (files that were read do not count) (unknown)",
    ),
    (
        "a file after an old scan",
        ({"hours": 170}, {"hours": 2, "kind": "read"}),
        (),
        2,
        "CRITICAL: last scan 7 days ago (critical), 0 of 10 noncompliant",
    ),
    (
        "an empty file",
        ({"hours": 2, "kind": "read", "devices": 0},),
        (),
        3,
        "UNKNOWN: the inventory contains no device",
    ),
    (
        "an empty subnet",
        ({"hours": 2, "devices": 0},),
        (),
        3,
        "UNKNOWN: the inventory contains no device (unknown),"
        " scan of 198.18.0.0/24: done, but no device responded (unknown)",
    ),
    (
        "another subnet that is empty",
        ({"hours": 3}, {"hours": 2, "devices": 0, "targets": ("198.18.9.0/24",)}),
        (),
        1,
        "WARNING: scan of 198.18.9.0/24: done, but no device responded (warning),"
        " 0 of 10 noncompliant, last scan 2 h ago",
    ),
    (
        "subnets that are empty",
        ({"hours": 3}, {"hours": 2, "devices": 0, "targets": tuple(f"198.18.{n}.0/24" for n in range(1, 6))}),
        (),
        1,
        "WARNING: scan of 198.18.1.0/24, 198.18.2.0/24, 198.18.3.0/24 and 2 more: done, but no device responded"
        " (warning), 0 of 10 noncompliant, last scan 2 h ago",
    ),
    (
        "one phone that was looked for by hand",
        ({"hours": 3}, {"hours": 2, "devices": 0, "targets": ("198.18.0.7",)}),
        (),
        1,
        "WARNING: scan of 198.18.0.7: done, but 0 of about 1 device responded (warning),"
        " 0 of 10 noncompliant, last scan 2 h ago",
    ),
    (
        "one phone that was looked for by hand before the last scan of its subnet",
        ({"hours": 30}, {"hours": 26, "devices": 0, "targets": ("198.18.0.7",)}, {"hours": 2}),
        (),
        0,
        "OK: 0 of 10 noncompliant, last scan 2 h ago",
    ),
    (
        "a scan by hand of last week",
        ({"hours": 300}, {"hours": 170, "devices": 0, "targets": ("198.18.9.0/24",)}, {"hours": 2}),
        (),
        0,
        "OK: 0 of 10 noncompliant, last scan 2 h ago",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("why", "nights", "options", "status", "line"), STATES, ids=[one[0] for one in STATES])
def test_states(
    run: Any,
    night: Night,
    why: str,
    nights: tuple[dict[str, Any], ...],
    options: tuple[str, ...],
    status: int,
    line: str,
) -> None:
    for one in nights:
        night(**one)
    ended = run("check", *options)
    assert (ended.status, ended.out.partition(" | ")[0], ended.err) == (status, line.strip(), "")
    assert ended.out.count("\n") == 1
    assert ended.out.count("|") == 1


#: (why, nights, status, the first finding), with the settings NIGHTLY
SCHEDULED: tuple[tuple[str, tuple[dict[str, Any], ...], int, str], ...] = (
    ("in time", ({"hours": 10, "run": "nightly"},), 0, "OK: 0 of 10 noncompliant"),
    ("one run is missing", ({"hours": 34, "run": "nightly"},), 1, "WARNING: nightly is overdue"),
    ("a week is missing", ({"hours": 178, "run": "nightly"},), 2, "CRITICAL: nightly is overdue"),
    ("scanned by hand last night", ({"hours": 34, "run": "nightly"}, {"hours": 9}), 0, "OK: 0 of 10 noncompliant"),
    ("scanned by hand alone", ({"hours": 20},), 1, "WARNING: nightly is overdue"),
    ("other targets", ({"hours": 2, "targets": ("10.9.0.0/24",)},), 1, "WARNING: nightly is overdue"),
    (
        "failed",
        ({"hours": 34, "run": "nightly"}, {"hours": 10, "run": "nightly", "outcome": "failed"}),
        2,
        "CRITICAL: nightly: failed",
    ),
    (
        "an outage of a few phones",
        ({"hours": 34, "run": "nightly", "devices": 2}, {"hours": 10, "run": "nightly", "devices": 0}),
        2,
        "CRITICAL: nightly: done, but 0 of about 2 devices responded",
    ),
    (
        "an outage some weeks ago",
        ({"hours": 700, "run": "nightly"}, {"hours": 600, "run": "nightly", "devices": 0}),
        2,
        "CRITICAL: nightly is overdue (due 2026-11-23T02:00:00Z) (critical), nightly: done, but 0 of about 10 devices",
    ),
    (
        "of other targets than now",
        ({"hours": 34, "run": "nightly", "targets": ("10.9.0.0/24", "10.8.0.0/24")},
         {"hours": 10, "run": "nightly", "targets": ("10.9.0.0/24", "10.8.0.0/24"), "devices": 0}),
        2,
        "CRITICAL: nightly: done, but 0 of about 10 devices responded",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("why", "nights", "status", "line"), SCHEDULED, ids=[one[0] for one in SCHEDULED])
def test_states_of_a_schedule(
    run: Any, here: Path, night: Night, why: str, nights: tuple[dict[str, Any], ...], status: int, line: str
) -> None:
    configured(here, NIGHTLY, hours=1000)
    for one in nights:
        night(**one)
    ended = run("check")
    assert (ended.status, ended.out[: len(line)]) == (status, line)


def test_a_schedule_that_was_just_added_is_not_overdue(run: Any, here: Path, night: Night) -> None:
    night(2, targets=("10.9.0.0/24",))
    configured(here, NIGHTLY, hours=1)
    assert run("check").status == 0


def test_a_run_that_failed_before_its_scan_began(run: Any, here: Path, night: Night) -> None:
    configured(here, NIGHTLY)
    night(34, run="nightly")
    time = utc(NOW - timedelta(hours=10))
    with Inventory.open(here / "phonescan.sqlite") as inventory:
        inventory.claim_run("nightly", time, time)
        inventory.finish_run("nightly", time, outcome="failed", now=time)
    ended = run("check")
    assert (ended.status, ended.out[:52]) == (2, "CRITICAL: nightly failed (due 2026-11-23T02:00:00Z) ")
    night(3)
    assert run("check").status == 0


@pytest.mark.parametrize(
    ("minutes", "later", "reported"),
    [
        (30, None, True),
        (1, None, False),
        (30, {}, False),
        (30, {"outcome": "interrupted"}, False),
        (30, {"targets": ("198.18.0.0/23",)}, False),
    ],
    ids=["killed", "runs", "repeated", "repeated and cut", "covered since"],
)
def test_a_scan_whose_process_was_killed_is_reported(
    run: Any, here: Path, night: Night, minutes: int, later: dict[str, Any] | None, reported: bool
) -> None:
    night(5)
    night(5, site="hq", targets=("198.18.0.128/25",), first=128)
    path = here / "phonescan.sqlite"
    with Inventory.open(path) as inventory:
        inventory.begin_scan(
            kind="scan", targets=LAN, discoveries=(), now=utc(NOW - timedelta(hours=3)), settings={"ranges": LAN}
        )
    if later is not None:
        night(2, **later)
    written = (NOW - timedelta(minutes=minutes)).timestamp()
    os.utime(path, (written, written))
    ended = run("check")
    words = "WARNING: scan of 198.18.0.0/24: was not ended; `phonescan scan --resume 3` resumes it (warning), "
    assert (ended.out.startswith(words), "was not ended" in ended.out) == (reported, reported)
    assert "was not ended" not in run("check", "--site", "hq").out


def test_a_site_has_its_own_state(run: Any, here: Path, night: Night) -> None:
    night(30, site="hq", targets=("198.18.0.0/25",))
    night(2, 0, site="hq", targets=("198.18.0.0/25",))
    night(2, 5, outdated=5, site="Zürich", targets=("198.18.0.0/26",), first=20)
    hq, branch, every = (run("check", *words) for words in (("--site", "HQ"), ("--site", "Zürich"), ()))
    assert (hq.status, hq.out[:74]) == (2, "CRITICAL: scan of 198.18.0.0/25: done, but 0 of about 10 devices responded")
    assert "0 of 10 noncompliant" in hq.out
    assert (branch.status, branch.out[:46]) == (2, "CRITICAL: 5 of 5 noncompliant (critical), last")
    assert "5 of 15 noncompliant" in every.out
    ended = run("check", "--site", "br|nch")
    assert (ended.status, ended.err) == (3, "")
    assert ended.out == "UNKNOWN: unknown site 'br\\x7cnch'; the sites are: Zürich, hq\n"


def test_a_site_of_the_settings_is_known_before_its_first_scan(run: Any, here: Path, night: Night) -> None:
    configured(
        here, NIGHTLY.replace("[[scan]]\n", '[[scan]]\nsite = "lab"\n') + '[[site]]\nname = "oslo"\nsubnets = []\n'
    )
    night(2, site="hq")
    assert run("check", "--site", "HQ").status == 0, "the schedule that is overdue is that of another site"
    lab, oslo = (run("check", "--site", name) for name in ("LAB", "Oslo"))
    assert "UNKNOWN: the inventory contains no device (unknown), nightly is overdue" in lab.out
    assert oslo.out.startswith("UNKNOWN: the inventory contains no device |")


def test_a_section_that_reads_switches_names_their_scan(run: Any, here: Path, night: Night) -> None:
    configured(here, '[[scan]]\nname = "closets"\nswitches = ["198.18.0.1"]\n')
    night(26, kind="switches", targets=("198.18.0.1",))
    night(2, devices=0, kind="switches", targets=("198.18.0.1",))
    assert run("check").out.startswith("CRITICAL: closets: done, but 0 of about 10 devices responded (critical)")


def test_devices_to_review_are_counted_and_change_no_state(run: Any, night: Night, feed: Any) -> None:
    night(2)
    feed({"ip": "198.18.0.99", "field": "sip.user-agent", "value": "PolycomVVX-VVX_411-UA/6.4.0.1234"})
    assert run("check").out.startswith("OK: 0 of 11 noncompliant, last scan 2 h ago, 1 to review | ")


def test_standard_output_is_utf_8_whatever_the_locale(here: Path, night: Night) -> None:
    night(2, site="Zürich")
    command = [sys.executable, "-m", "scanner", "check", "--site", "x"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ended = subprocess.run(command, cwd=here, capture_output=True, timeout=60, env=environment)
    assert (ended.returncode, ended.stderr) == (3, b"")
    assert ended.stdout.decode() == "UNKNOWN: unknown site 'x'; the sites are: Zürich\n"


@pytest.mark.parametrize(("count", "status"), [(5, 2), (2, 1)])
def test_an_outage_of_one_site_of_a_scan_is_one(run: Any, here: Path, night: Night, count: int, status: int) -> None:
    configured(here, NIGHTLY.replace('cron = "0 2 * * *"\n', ""))
    knowledge = click_command.open_session(None, None).knowledge()
    for hours, sites in ((26, ("hq", "oslo")), (2, ("hq",))):
        time = utc(NOW - timedelta(hours=hours))
        rows = [
            Observation(time=time, ip=f"198.18.0.{n}", mac=f"64:16:7f:00:00:{n:02x}", field="sip.user-agent",
                        value=CERTIFIED, source="sip t", site=site)
            for site in sites for n in (range(1, 7) if site == "hq" else range(20, 20 + count))
        ]  # fmt: skip
        with Inventory.open(here / "phonescan.sqlite", create=True) as inventory:
            scan = inventory.begin_scan(
                kind="scan", targets=LAN, discoveries=("sip",), now=time, settings={"ranges": LAN}
            )
            inventory.record(scan, rows)
            done = notes.finished(inventory, scan, outcome="done", knowledge=knowledge, now=time, notes=())
    assert [note.partition(":")[0] for note in done.notes] == [f"at site oslo, 0 of about {count} devices responded"]
    ended = run("check")
    assert ended.status == status
    assert f"nightly at site oslo: done, but 0 of about {count} devices responded" in ended.out
    assert f"'observed'=6;;;0 'expected'={6 + count};;;0" in ended.out
    assert run("check", "--site", "hq").status == 0


WRONG: tuple[tuple[str, ...], ...] = (
    ("--warnin", "1"), ("-x",), ("-w",), ("-w", "x"), ("-w", ""), ("-w", "20:10"), ("-c", "10:x"),
    ("--scan-warning", "1:2:3"), ("-w", "10", "-c", "5"), ("-c", "0.5"),
    ("--scan-warning", "50", "--scan-critical", "20"),
    ("-t", "0"), ("-t", "soon"), ("-t", "-1"), ("-t", "nan"), ("--timeout",), ("nightly",), ("-v", "extra"),
    ("--site",), ("--site", "nowhere"), ("--db",), ("--db", "nowhere.sqlite"), ("--db", "."), ("--db", "a\nb|c"),
    ("--config", "nowhere.toml"), ("--config", "."), ("--config", "broken.toml"), ("--config", "cron.toml"),
    ("--db", "text.sqlite"),
)  # fmt: skip


@pytest.mark.parametrize("words", WRONG, ids=[" ".join(words).replace("\n", " ") for words in WRONG])
def test_wrong_usage_is_unknown_with_one_line_on_standard_output(
    run: Any, here: Path, night: Night, words: tuple[str, ...]
) -> None:
    night(2)
    (here / "broken.toml").write_text("nonsense = 1\n", encoding="utf-8")
    (here / "cron.toml").write_text('[[scan]]\nname = "n"\ntargets = ["10.0.0.1"]\ncron = "61 * * * *"\n')
    (here / "text.sqlite").write_text("not a database" * 100, encoding="utf-8")
    ended = run("check", *words)
    assert (ended.status, ended.err) == (3, "")
    assert ended.out.startswith("UNKNOWN: ")
    assert (ended.out.count("\n"), ended.out.count("|")) == (1, 0)


@pytest.mark.parametrize("error", [RuntimeError("odd\nthing|x"), OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_a_fault_is_unknown(run: Any, night: Night, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(click_command, "open_session", broken)
    ended = run("check")
    assert (ended.status, ended.err) == (3, "")
    assert (ended.out[:9], ended.out.count("\n"), ended.out.count("|")) == ("UNKNOWN: ", 1, 0)


def test_version_and_help_end_as_those_of_plugins(run: Any) -> None:
    assert (run("check", "-V").status, run("check", "--version").status) == (3, 3)
    assert run("check", "-V").out.startswith("phonescan ")
    short, long = run("check", "-h"), run("check", "--help")
    assert (short.status, long.status, short.out) == (3, 0, long.out)
    assert "Example:" in long.out
    assert "this one ends with 3" in " ".join(long.out.split())


HOSTILE = "PolycomVVX-VVX_411-UA/5.8.3.3066|x=1\n[OK] <b>\x1b[31m"


def test_long_output_names_noncompliant_phones(run: Any, night: Night) -> None:
    night(2, 60, outdated=30)
    first, *lines = run("check", "-v").out.splitlines()
    assert first.startswith("CRITICAL: 30 of 60 noncompliant (critical), last scan 2 h ago | ")
    assert lines[:3] == [
        "[CRITICAL] 30 of 60 noncompliant",
        "[OK] last scan 2 h ago",
        "198.18.0.1 Polycom VVX 411: firmware 5.8.3.3066, certified 5.9.0.9373 (outdated)",
    ]
    assert (len(lines), lines[-1]) == (23, "and 10 more: phonescan report noncompliant")
    every = run("check", "-vv").out.splitlines()
    assert len(every) == 1 + 2 + 1 + 30
    assert every[3] == "scan 1, scan of 198.18.0.0/24: done, 60 devices, ended 2026-11-23T10:00:00Z"


def test_a_name_from_the_network_stays_within_its_line(run: Any, feed: Any, here: Path) -> None:
    feed({"ip": "198.18.0.5", "mac": "64:16:7f:00:00:05", "field": "sip.user-agent", "value": HOSTILE},
         {"ip": "198.18.0.6", "field": "lldp-med.manufacturer", "value": "Poly|com"},
         {"ip": "198.18.0.6", "field": "lldp-med.model", "value": "VVX<i>\n| 'a'=1"},
         {"ip": "198.18.0.6", "field": "lldp-med.firmware-revision", "value": "1|2\n3"})  # fmt: skip
    ended = run("check", "-vv")
    lines = ended.out.splitlines()
    assert ended.status == 2
    assert [line.count("|") for line in lines] == [1] + [0] * (len(lines) - 1)
    assert not any(line.startswith("[OK] \x1b") or "\x1b" in line or "<b" in line or "<i" in line for line in lines)


def test_performance_data_has_ranges_in_the_unit_of_the_value(run: Any, night: Night) -> None:
    night(26, 10)
    night(0.5, 8, outdated=1)
    line = run("check", "-w", "5:", "-c", "@20:30", "--scan-warning", "26", "--scan-critical", "~:50").out.strip()
    data = dict(word.split("=") for word in line.partition(" | ")[2].split(" "))
    assert data == {
        "'noncompliant'": "1;;;0;10",
        "'review'": "0;;;0;10",
        "'devices'": "10;;;0",
        "'percent'": "10.00%;5:;@20:30;0;100",
        "'observed'": "8;;;0",
        "'expected'": "10;;;0",
        "'scan_age'": "1800s;93600;~:180000;0",
        "'catalog_age'": f"{(NOW.date() - date(2019, 6, 11)).days * 86_400}s;;;0",
    }


def test_a_locked_inventory_is_unknown_in_time(night: Night, here: Path) -> None:
    night(2)
    with contextlib.closing(sqlite3.connect(here / "phonescan.sqlite", isolation_level=None)) as writer:
        writer.execute("PRAGMA locking_mode = EXCLUSIVE")
        writer.execute("BEGIN EXCLUSIVE")
        command = [sys.executable, "-m", "scanner", "check", "--timeout", "0.5"]
        ended = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (3, "")
    assert ended.stdout == "UNKNOWN: no result within 0.5 s; wait until the inventory is free, or raise --timeout\n"
