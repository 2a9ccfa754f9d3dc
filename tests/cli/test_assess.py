"""`phonescan assess`: verdicts now, as they were, and by another policy or catalog; exceptions that end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.shared import click_command
from scanner.inventory import Inventory
from scanner.inventory.db.sql import ip_order
from scanner.inventory.queries import VERDICT_COLUMNS
from tests.cli.conftest import CERTIFIED, OUTDATED, VVX, Feed, Run

NEWER = {**VVX, "ip": "198.18.0.10", "mac": "64:16:7f:00:00:10", "value": "PolycomVVX-VVX_411-UA/5.9.9.1000"}
HOUSE = """
[policy]
use = "house"
[policy.house]
extends = "minimum"
[[policy.house.rule]]
model = "T58A"
versions = ["58.15.0.99"]
[[exception]]
match = { model = "VVX 411", address = "198.18.0.5" }
accept = "5.8.3.3066"
owner = "voice team"
reason = "drops calls"
expires = 2026-11-10
"""


class Days:
    """The clock of the command line, by the day of November 2026."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch

    def set(self, day: int, hour: int = 2) -> None:
        moment = datetime(2026, 11, day, hour, tzinfo=UTC)
        self.patch.setattr(click_command, "clock", lambda: moment)


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Days:
    found = Days(monkeypatch)
    found.set(1, 3)
    return found


def verdicts(run: Run, *words: str) -> dict[str, tuple[str, str, str | None, str | None]]:
    """Address → status, compliance, policy and exception."""
    rows = run("assess", "--format", "json", *words).json()
    return {row["ip"]: (row["status"], row["compliance"], row["policy"], row["exception"]) for row in rows}


def test_a_policy_and_an_exception_make_other_verdicts_without_a_scan(
    run: Run, feed: Feed, here: Path, days: Days
) -> None:
    feed(OUTDATED, CERTIFIED, NEWER)
    assert verdicts(run) == {
        "198.18.0.5": ("outdated", "noncompliant", "default", None),
        "198.18.0.6": ("certified", "compliant", "default", None),
        "198.18.0.10": ("newer", "review", "default", None),
    }
    (here / "phonescan.toml").write_text(HOUSE)
    days.set(2)
    ended = run("assess", "--format", "csv")
    assert ended.err == "devices assessed again: 3 status-changed (scan 2)\n"
    assert ended.out.splitlines()[0] == ",".join(VERDICT_COLUMNS)
    assert verdicts(run) == {
        "198.18.0.5": ("outdated", "compliant", "house", "voice team"),
        "198.18.0.6": ("certified", "noncompliant", "house", None),
        "198.18.0.10": ("newer", "compliant", "house", None),
    }
    assert [scan["kind"] for scan in run("scans", "--format", "json").json()] == ["assess", "read"]
    assert run("assess").err == ""


@pytest.mark.parametrize("format", ["table", "csv", "json", "md"])
def test_what_was_said_then_is_printed_byte_for_byte(run: Run, feed: Feed, here: Path, days: Days, format: str) -> None:
    """Whatever changes afterwards: policy, exception, firmware, address, catalog, and a device that comes."""
    feed(OUTDATED, CERTIFIED, NEWER)
    printed = {1: run("assess", "--format", format).out}
    (here / "phonescan.toml").write_text(HOUSE)
    days.set(2)
    printed[2] = run("assess", "--format", format).out
    days.set(3)
    feed(
        {**NEWER, "ip": "198.18.0.77", "time": "2026-11-03T01:00:00Z"},
        {**CERTIFIED, "ip": "198.18.0.8", "mac": None},
    )
    printed[3] = run("assess", "--format", format).out
    days.set(11)
    printed[11] = run("assess", "--format", format).out
    days.set(12)
    page = here / "list.csv"
    page.write_text("manufacturer,model,firmware\nPolycom,VVX 411,5.8.3.3066\n")
    run("catalog", "import", page, "--name", "skype-for-business", "--date", "2026-11-12")
    printed[12] = run("assess", "--format", format).out
    days.set(20)
    assert len(set(printed.values())) == 5
    assert all(
        run("assess", "--format", format, "--at", f"2026-11-{day:02}T23:00:00Z").out == printed[day] for day in printed
    )
    assert run("assess", "--format", format, "--at", "2026-11-08T00:00:00Z").out == printed[3]


def test_before_the_first_scan_there_is_no_verdict(run: Run, feed: Feed, days: Days) -> None:
    feed(OUTDATED)
    ended = run("assess", "--at", "2020-01-01")
    assert ended.status == 2
    assert "no scan had ended at 2020-01-01T" in ended.err


def test_an_exception_that_ends_is_an_event_and_a_line_of_the_report(
    run: Run, feed: Feed, here: Path, days: Days
) -> None:
    (here / "phonescan.toml").write_text(HOUSE)
    feed(OUTDATED)
    days.set(10)
    assert verdicts(run)["198.18.0.5"] == ("outdated", "compliant", "house", "voice team")
    assert "voice team" not in run("report", "noncompliant").out
    days.set(11)
    assert "exception-expired" in run("assess").err
    (event,) = [
        row for row in run("report", "changes", "--format", "json").json() if row["event"] == "exception-expired"
    ]
    assert (event["ip"], event["old"], event["note"]) == (
        "198.18.0.5",
        "voice team",
        "ended on 2026-11-10: drops calls",
    )
    line = "The exception of voice team for model VVX 411, address 198.18.0.5 ended on 2026-11-10: drops calls"
    for format in ("table", "md", "html"):
        assert line in " ".join(run("report", "noncompliant", "--format", format).out.split())
    (row,) = run("report", "noncompliant", "--format", "json").json()
    assert row["reason"].endswith("An exception of voice team ended on 2026-11-10: drops calls.")


def test_what_a_verdict_followed_is_stored_by_its_content(run: Run, feed: Feed, here: Path, days: Days) -> None:
    (here / "phonescan.toml").write_text(HOUSE)
    db = feed(OUTDATED)
    (here / "phonescan.toml").write_text(HOUSE.replace("2026-11-10", "2026-11-12"))
    days.set(2)
    run("assess")
    with closing(sqlite3.connect(db)) as connection:
        rulings = connection.execute(
            "SELECT kind, name, json_extract(content, '$.expires') FROM rulings ORDER BY kind, 3"
        ).fetchall()
        used = connection.execute(
            "SELECT json_extract(r.content, '$.expires'), a.settling, a.until_settling FROM assessments a"
            " JOIN rulings r ON r.digest = a.exception WHERE a.overall ORDER BY a.id"
        ).fetchall()
        policies = connection.execute(
            "SELECT DISTINCT r.name FROM assessments a JOIN rulings r ON r.digest = a.policy WHERE a.overall"
        ).fetchall()
    assert rulings == [
        ("exception", "voice team", "2026-11-10"),
        ("exception", "voice team", "2026-11-12"),
        ("policy", "house", None),
    ]
    assert used == [("2026-11-10", 1, 2), ("2026-11-12", 2, None)]
    assert policies == [("house",)]


def test_what_if_shows_who_would_change_and_stores_nothing(run: Run, feed: Feed, here: Path, days: Days) -> None:
    db = feed(OUTDATED, CERTIFIED, NEWER)
    before = db.read_bytes()
    ended = run("assess", "--policy", "strict", "--what-if", "--format", "json")
    (row,) = ended.json()
    assert (row["ip"], row["from"], row["to"]) == ("198.18.0.10", "review", "noncompliant")
    assert (row["from_status"], row["to_status"]) == ("newer", "newer")
    assert "1 device would change; nothing is stored" in ended.err
    table = run("assess", "--policy", "strict", "--what-if").out
    assert "review  noncompliant        1" in table
    page = here / "list.csv"
    page.write_text("manufacturer,model,firmware\nPolycom,VVX 411,5.8.3.3066\nYealink,T58A,58.15.0.20\n")
    changed = run("assess", "--catalog", page, "--what-if", "--format", "json").json()
    assert changed == []
    page.rename(here / "skype-for-business.csv")
    changed = run("assess", "--catalog", here / "skype-for-business.csv", "--what-if", "--format", "json").json()
    assert [(row["ip"], row["from_status"], row["to_status"]) for row in changed] == [
        ("198.18.0.5", "outdated", "certified")
    ]
    assert db.read_bytes() == before
    assert "0 devices would change" in run("assess", "--policy", "default", "--what-if").err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--policy", "strict"], "--policy needs --what-if"),
        (["--catalog", "x.md"], "--catalog needs --what-if"),
        (["--what-if"], "--what-if needs a --policy or a --catalog"),
        (["--what-if", "--policy", "absent"], "there is no policy 'absent'; choose one of default, strict"),
        (["--at", "2026-11-01", "--what-if"], "--at shows stored verdicts"),
        (["--at", "yesterday"], "is not a time"),
    ],
)
def test_words_that_make_no_sense_together_are_refused(run: Run, feed: Feed, words: list[str], message: str) -> None:
    feed(OUTDATED)
    ended = run("assess", *words)
    assert (ended.status, message in ended.err) == (2, True), ended.err


def test_an_inventory_that_does_not_exist_is_not_created(run: Run, here: Path) -> None:
    assert run("assess").status == 4
    assert list(here.iterdir()) == []


def test_a_row_of_a_page_that_cannot_be_read_is_named(run: Run, feed: Feed, here: Path) -> None:
    feed(OUTDATED)
    page = here / "skype-for-business.csv"
    page.write_text("manufacturer,model,firmware\nPolycom,VVX 411,5.8.3.3066\nPolycom,VVX 400,no version at all\n")
    ended: Any = run("assess", "--catalog", page, "--what-if", "--format", "json")
    assert (ended.status, "line 3" in ended.err, len(ended.json())) == (3, True, 1)


def test_verdicts_of_which_retention_deleted_a_part_are_refused(run: Run, feed: Feed, here: Path, days: Days) -> None:
    whole = {}
    for day in range(2, 9):
        days.set(day)
        (here / "phonescan.toml").write_text(f'[policy]\nnewer = "{"review" if day % 2 else "compliant"}"\n')
        db = feed({**NEWER, "time": f"2026-11-{day:02}T01:00:00Z"}, *([OUTDATED] if day == 2 else []))
        whole[day] = run("assess", "--format", "json").out
    with Inventory.open(db) as inventory:
        inventory.prune("2026-11-05T12:00:00Z", "2026-11-08T12:00:00Z")
    ended = {day: run("assess", "--format", "json", "--at", f"2026-11-{day:02}T12:00:00Z") for day in whole}
    assert [ended[day].status for day in whole] == [2, 2, 2, 3, 3, 3, 3]
    assert "the retention has deleted verdicts of 2026-11-02T02:00:00Z" in ended[2].err
    for day in range(5, 9):  # the device that was observed on the second day alone is deleted
        assert "1 device of then left out: deleted since" in ended[day].err
        assert [row for row in json.loads(whole[day]) if row["ip"] == NEWER["ip"]] == ended[day].json()


def test_past_verdicts_are_in_the_order_of_devices(feed: Feed) -> None:
    addresses = ["10.0.0.2", "10.0.0.10", "9.1.1.1", "fd00::2", "192.168.0.1"]
    with Inventory.open(
        feed(*({**VVX, "mac": None, "ip": ip, "value": "Yealink SIP-T46S 66.86.0.15"} for ip in addresses))
    ) as inventory:
        rows = inventory.connection.execute(f"SELECT ip_order, {ip_order('ip')} FROM devices").fetchall()
    assert len(rows) == len(addresses)
    assert [stored for stored, _ in rows] == [computed for _, computed in rows]
