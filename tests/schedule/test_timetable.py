"""The timetable: windows, next due times, missed runs, errors in the settings, systemd units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from scanner.core.errors import SettingsError
from scanner.core.text import utc
from scanner.schedule import systemd, timetable
from scanner.settings.records import ScanSection


def section(name: str = "nightly", cron: str = "0 2 * * *", **more: str) -> ScanSection:
    return ScanSection(name=name, cron=cron, targets=("127.0.0.1",), **more)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_two_scans_are_in_the_order_of_their_due_times() -> None:
    table = timetable.entries([section("a", "0 3 * * *"), section("b", "30 2 * * *"), section("c", "0 3 * * *")])
    rows = list(islice(timetable.upcoming(table, at("2026-11-23T00:00")), 4))
    assert [(utc(due), name) for due, name in rows] == [
        ("2026-11-23T02:30:00Z", "b"),
        ("2026-11-23T03:00:00Z", "a"),
        ("2026-11-23T03:00:00Z", "c"),
        ("2026-11-24T02:30:00Z", "b"),
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"cron": "0 25 * * *"}, "hour"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
        ({"window": "22-5"}, "22-5"),
        ({"window": "22:00-22:00"}, "22:00"),
        ({"window": "22:00-25:00"}, "25:00"),
    ],
)
def test_an_error_names_the_scan_and_the_value(more: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match="nightly") as raised:
        timetable.entries([section(**more)])
    assert words in str(raised.value)


def test_two_scans_of_one_name_are_an_error() -> None:
    with pytest.raises(SettingsError, match="two"):
        timetable.entries([section(), section()])


@pytest.mark.parametrize(
    ("spelled", "moment", "is_open", "closes"),
    [
        ("22:00-05:00", "2026-11-23T23:30", True, "2026-11-24T05:00:00Z"),
        ("22:00-05:00", "2026-11-24T04:59", True, "2026-11-24T05:00:00Z"),
        ("22:00-05:00", "2026-11-24T05:00", False, "2026-11-25T05:00:00Z"),
        ("01:00-05:00", "2026-11-24T00:59", False, "2026-11-24T05:00:00Z"),
        ("01:00-05:00", "2026-11-24T01:00", True, "2026-11-24T05:00:00Z"),
        ("20:00-24:00", "2026-11-24T23:59", True, "2026-11-25T00:00:00Z"),
    ],
)
def test_a_window_is_open_and_closes(spelled: str, moment: str, is_open: bool, closes: str) -> None:
    window = timetable.window(spelled)
    zone = timetable.cron.zone("UTC")
    assert window.open_at(at(moment), zone) is is_open
    assert utc(window.closes_after(at(moment), zone)) == closes


def test_a_recent_missed_run_is_caught_up_once() -> None:
    entry = timetable.entries([section()])[0]
    now = at("2026-11-23T09:00")
    assert timetable.missed(entry, "2026-11-22T02:00:00Z", now) == at("2026-11-23T02:00")
    assert timetable.missed(entry, "2026-11-23T02:00:00Z", now) is None
    assert timetable.missed(entry, None, now) is None
    weekly = timetable.entries([section(cron="0 2 * * 0")])[0]
    assert timetable.missed(weekly, "2026-11-08T02:00:00Z", now + timedelta(days=3)) is None


@pytest.mark.daemon("systemd-analyze")
def test_systemd_accepts_the_units_and_computes_the_same_times(tmp_path: Path) -> None:
    import subprocess

    table = timetable.entries(
        [
            section("HQ nightly", "30 2 * * 0-4", timezone="Europe/Berlin"),
            section("both days", "0 6 1 * 5"),
            section("often", "*/15 * * * *"),
        ]
    )
    for entry in table:
        for name, text in systemd.units(entry, command="/usr/bin/env", config="/etc/phonescan.toml").items():
            (tmp_path / name).write_text(text)
    paths = sorted(map(str, tmp_path.iterdir()))
    verified = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    service = (tmp_path / "phonescan-hq-nightly.service").read_text()
    assert "DynamicUser=yes" in service
    assert "CapabilityBoundingSet=CAP_NET_RAW\n" in service
    assert "Persistent=true" in (tmp_path / "phonescan-hq-nightly.timer").read_text()
    start = at("2026-11-23T00:00")
    for entry in table:
        ours = [utc(due) for due in islice(timetable.cron.due_after(entry.rule, entry.zone, start), 3)]
        theirs = sorted({t for line in systemd.calendars(entry.rule, entry.zone.key) for t in _elapses(line)})[:3]
        assert theirs == ours


def _elapses(calendar: str) -> list[str]:
    import re
    import subprocess

    words = ["systemd-analyze", "calendar", "--base-time=2026-11-23 00:00:00 UTC", "--iterations=6", calendar]
    out = subprocess.run(words, capture_output=True, text=True, check=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"})
    stamps = re.findall(r"(?:Next elapse|Iter\. #\d+|\(in UTC\)): \w{3} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", out.stdout)
    return sorted({f"{day}T{time}Z" for day, time in stamps})


@pytest.mark.parametrize("path", ["relative/phonescan.toml", "/etc/with blank.toml", "/etc/%h.toml"])
def test_a_path_that_is_invalid_in_a_unit_is_refused(path: str) -> None:
    entry = timetable.entries([section()])[0]
    with pytest.raises(SettingsError, match="absolute path"):
        systemd.units(entry, command="/usr/bin/phonescan", config=path)
