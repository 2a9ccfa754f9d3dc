"""`phonescan doctor`: its checks, and a bundle without secrets, addresses and names."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import scanner
from scanner.cli.doctor import settings_checks
from scanner.cli.doctor.bundle import Mask

OUTDATED = {
    "ip": "198.18.77.5", "mac": "64:16:7f:00:00:05", "field": "sip.user-agent",
    "value": "PolycomVVX-VVX_411-UA/5.8.3.3066",
}  # fmt: skip
SETTINGS = """
[[credentials]]
name = "campus-secret-name"
community = "env:NOT_SET_ANYWHERE"

[[credentials]]
name = "core"
user = "snmp-user-name"
auth = "sha"
auth_key = "plain-text-key"

[[scan]]
name = "nightly"
targets = ["198.18.77.0/24"]
cron = "0 2 * * *"
timezone = "Europe/Nowhere"

[[scan]]
name = "weekly"
targets = ["198.18.77.0/24"]
cron = "0 2 * * 0"
reports = [
  {kind = "noncompliant", format = "html", path = "reports/x.html"},
  {kind = "noncompliant", format = "docx", path = "x.docx"},
  {kind = "inventory", format = "csv", path = "phonescan.toml/x.csv"},
]

[[scan]]
name = "wrong"
targets = ["300.1.1.1"]
cron = "0 2 * * *"
"""


def checks(run: Any, *words: str) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in run("doctor", "--format", "json", *words).json()}


def test_no_check_fails_on_a_fresh_machine(run: Any) -> None:
    ended = run("doctor")
    assert ended.status == 0, ended.out
    assert "no check failed" in ended.out
    assert checks(run)["phonescan"]["says"].endswith(f" in {Path(scanner.__file__).parent}")
    found = checks(run)
    for name in ("python", "raw sockets", "interfaces", "sip", "snmp", "lldp", "fingerprints", "database", "clock"):
        assert name in found


def test_mistakes_in_the_settings_are_found_before_a_run(run: Any, here: Path) -> None:
    (here / "phonescan.toml").write_text(SETTINGS, encoding="utf-8")
    found = checks(run)
    assert run("doctor").status == 3
    assert found["credential campus-secret-name, community"]["state"] == "wrong"
    assert "NOT_SET_ANYWHERE" in found["credential campus-secret-name, community"]["says"]
    assert found["credential core, auth_key"]["state"] == "warning"
    assert found["scan nightly"]["state"] == "wrong"
    assert "Europe/Nowhere" in found["scan nightly"]["says"]
    assert found["scan weekly"]["state"] == "ok"
    assert found["scan wrong"]["state"] == "wrong"
    reports = [c for c in run("doctor", "--format", "json").json() if c["name"].startswith("scan weekly, report")]
    assert [c["state"] for c in reports] == ["ok", "wrong", "wrong"]


NIGHTLY = '[[scan]]\nname = "nightly"\ncron = "0 2 * * *"\n'
SOME = 'targets = ["198.18.77.0/24"]\n'


@pytest.mark.network
@pytest.mark.parametrize(
    ("settings", "name", "says"),
    [
        (NIGHTLY, "scan nightly", "names neither targets nor switches"),
        (NIGHTLY + 'targets = ["8.8.8.0/24"]', "scan nightly", "public address space"),
        (NIGHTLY + SOME + 'discover = ["sip", "smtp"]', "scan nightly", "unknown discovery 'smtp'"),
        ('[inventory]\nretention = "long"', "file", "line 2: inventory.retention: 'long' is not a retention period"),
        (
            NIGHTLY + SOME + 'reports = [{kind = "noncompliant", format = "html", path = "."}]',
            "scan nightly, report noncompliant",
            "is a folder",
        ),
        (
            NIGHTLY + SOME + 'reports = [{kind = "noncompliant", format = "html", path = "/proc/none/r.html"}]',
            "scan nightly, report noncompliant",
            "this user cannot write to /proc",
        ),
        (
            NIGHTLY + SOME + 'notify = "mailto://127.0.0.1:9/?from=a@example.org&to=b@example.org"',
            "scan nightly, notify",
            "the mail server 127.0.0.1:9 does not respond",
        ),
        (NIGHTLY + SOME + 'message = "none.txt"', "scan nightly, message", "none.txt cannot be read"),
        (NIGHTLY + SOME + 'notify = "slack://incomplete"', "scan nightly, notify", "slack address"),
    ],
)
def test_a_scan_that_would_fail_at_its_due_time_fails_its_check(
    run: Any, here: Path, settings: str, name: str, says: str
) -> None:
    (here / "phonescan.toml").write_text(settings, encoding="utf-8")
    check = checks(run)[name]
    assert check["state"] == "wrong"
    assert says in check["says"]
    assert "1 check failed" in run("doctor").out


def test_unreadable_settings_do_not_end_the_checks(run: Any, here: Path) -> None:
    (here / "phonescan.toml").write_text("[network]\npase = 1\n", encoding="utf-8")
    ended = run("doctor")
    assert ended.status == 3
    assert "line 2" in ended.out
    assert "fingerprints" in ended.out


def test_a_damaged_inventory_fails_its_check_and_is_not_changed(run: Any, here: Path) -> None:
    (here / "phonescan.sqlite").write_bytes(b"not a database" * 400)
    assert checks(run)["database"]["state"] == "wrong"
    assert (here / "phonescan.sqlite").read_bytes() == b"not a database" * 400


def test_a_policy_that_names_an_unknown_catalog_fails_its_check(run: Any, here: Path) -> None:
    (here / "phonescan.toml").write_text('[policy]\nprimary = "house"\n', encoding="utf-8")
    assert checks(run)["catalog house"]["state"] == "wrong"


@pytest.mark.parametrize("limit", [1, 900, 3000, 9000])
def test_doctor_and_the_reports_name_the_same_catalogs_as_old(run: Any, feed: Any, here: Path, limit: int) -> None:
    (here / "phonescan.toml").write_text(f"[policy]\nstale_after_days = {limit}\n", encoding="utf-8")
    (here / "house.csv").write_text("Manufacturer,Model,Firmware\nYealink,T58A,58.15.0.20\n", encoding="utf-8")
    feed(OUTDATED)
    assert run("catalog", "import", "house.csv", "--date", "2023-10").status == 0
    by_doctor = {
        name for name, check in checks(run).items() if name.startswith("catalog ") and check["state"] == "note"
    }
    lines = run("report", "noncompliant").out.splitlines()
    by_report = {" ".join(line.split()[:2]) for line in lines if "– the list is old" in line}
    by_age = {
        f"catalog {row['name']}"
        for row in run("catalog", "list", "--format", "json").json()
        if row["age_days"] is not None and row["age_days"] > limit
    }
    assert by_doctor == by_report == by_age
    assert len(by_age) == {1: 4, 900: 3, 3000: 1, 9000: 0}[limit]
    reason = run("report", "noncompliant", "--format", "json").json()[0]["reason"]
    assert ("the list is old" in reason) == ("catalog skype-for-business" in by_doctor)


@pytest.mark.parametrize(
    ("now", "last", "state"),
    [
        ("2026-11-23T02:00:00Z", None, "ok"),
        ("2026-11-23T02:00:00Z", "2026-11-22T02:00:00Z", "ok"),
        ("2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z", "wrong"),
        ("1970-01-01T00:00:10Z", None, "wrong"),
    ],
)
def test_a_clock_that_went_back_fails_its_check(now: str, last: str | None, state: str) -> None:
    assert settings_checks.clock(now, last).state == state
    assert datetime.now(UTC).year >= 2026


def test_the_bundle_contains_no_secret_no_address_and_no_name(run: Any, feed: Any, here: Path) -> None:
    text = (
        SETTINGS.replace("env:NOT_SET_ANYWHERE", "plain-community")
        + "[[site]]\nname = 'Gotham'\nsubnets = ['198.18.77.0/24']\n"
    )
    feed(OUTDATED)
    (here / "phonescan.toml").write_text(text, encoding="utf-8")
    ended = run("doctor", "--bundle", "bundle.zip")
    assert "bundle.zip: written" in ended.err
    with zipfile.ZipFile(here / "bundle.zip") as archive:
        whole = "\n".join(archive.read(name).decode() for name in archive.namelist())
        (scan,) = json.loads(archive.read("scans.json"))
        assert set(archive.namelist()) >= {"doctor.json", "packages.json", "settings.json", "scans.json", "models.json"}
    assert (scan["devices"], scan["expected"], scan["problem"]) == (1, None, "")
    for private in ("plain-community", "plain-text-key", "snmp-user-name", "campus-secret-name", "Gotham", "198.18.77"):
        assert private not in whole, private
    assert "64:16:7f:00:00:05" not in whole
    assert "5.8.3.3066" in whole


def test_the_same_address_is_masked_by_the_same_word() -> None:
    mask = Mask()
    text = mask(
        "10.1.2.3 asked 10.1.2.4, 10.1.2.3 again; 64:16:7f:00:00:05, fe80::1 at 02:00:00 on 127.0.0.1, version 1.2.3"
    )
    assert (
        text == "address-1 asked address-2, address-1 again; mac-3, address-4 at 02:00:00 on 127.0.0.1, version 1.2.3"
    )
