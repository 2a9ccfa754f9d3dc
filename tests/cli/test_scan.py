"""`phonescan scan`: targets, dry runs, wrong usage, and scans of phones on loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from scanner.app import notes, passive, target_words
from scanner.app.recorder import Recorder
from scanner.app.session import Session
from scanner.compliance.policy import Policy
from scanner.core.errors import PhonescanError, UsageError
from scanner.core.outcomes import Outcome
from scanner.core.text import utc
from scanner.engine.os.host_names import resolve
from scanner.engine.sink import Miss, Report
from scanner.engine.sweep.bitmap import Bitmap
from scanner.identity.load import load
from scanner.inventory import Inventory, Knowledge
from scanner.testing import Farm, SimulatedPhone, catalogue
from tests.loopback import own
from tests.programs import line_with, running

ROOT = Path(__file__).resolve().parents[2]
SUBNET = own("127.61.0.0/24")


def test_targets_are_joined_by_commas_or_in_files(here: Path) -> None:
    (here / "sites.txt").write_text(
        "\ufeff10.0.0.0/24, 10.1.0.1-5  # a comment\r\n\n# none\n10.2.0.1 10.2.0.2\n", encoding="utf-8"
    )
    assert target_words.expand(["10.9.0.1,10.9.0.2", "sites.txt", "host.example", "@sites.txt"]) == (
        "10.9.0.1", "10.9.0.2", "10.0.0.0/24", "10.1.0.1-5", "10.2.0.1", "10.2.0.2", "host.example", "10.0.0.0/24",
        "10.1.0.1-5", "10.2.0.1", "10.2.0.2",
    )  # fmt: skip


def test_an_address_is_a_target_even_where_a_file_has_its_name(here: Path) -> None:
    (here / "10.0.0.1").write_text("10.9.9.9\n", encoding="utf-8")
    assert target_words.expand(["10.0.0.1"]) == ("10.0.0.1",)


@pytest.mark.parametrize("content", ["", "\n", "# 10.0.0.1\n"])
def test_a_file_that_names_no_target_is_not_ignored_beside_others(here: Path, content: str) -> None:
    """But a file of exclusions may have none."""
    (here / "none.txt").write_text(content, encoding="utf-8")
    for word in ("none.txt", "@none.txt"):
        with pytest.raises(UsageError, match=r"none\.txt contains no target"):
            target_words.expand(["10.0.0.1", word])
        assert target_words.expand(["10.0.0.1", word], empty=True) == ("10.0.0.1",)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"x" * 1000, b"10.0.0.300", b"10.0.0.2 10.0.0.9-3\r\n", b"fe80::1%eth0 # a phone"]
)
def test_a_file_without_targets_is_named_with_its_line(here: Path, content: bytes) -> None:
    (here / "odd.txt").write_bytes(b"10.0.0.1\n" + content)
    with pytest.raises(UsageError, match=r"odd\.txt line 2"):
        target_words.expand(["odd.txt"])
    with pytest.raises(PhonescanError, match=r"nowhere\.txt cannot be read"):
        target_words.expand(["@nowhere.txt"])


def test_a_file_may_name_hosts_and_exclude_everything(here: Path) -> None:
    content = ["10.0.0.1/32", "host.example", "0.0.0.0/0", "::/0", "::ffff:10.0.0.9", "010.example"]
    (here / "leave.txt").write_text("\r\n".join(content), encoding="utf-8")
    assert target_words.in_file(here / "leave.txt") == content


def test_a_host_name_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        (2, 2, 17, "", ("198.18.0.1", 0)),
        (10, 2, 17, "", ("2001:db8::1", 0, 0, 0)),
        (2, 2, 17, "", ("198.18.0.1", 0)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    assert list(resolve("phone.example")) == ["198.18.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers[1:2])
    assert list(resolve("phone.example")) == ["2001:db8::1"]

    def none(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", none)
    assert list(resolve("phone.example")) == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "no target"),
        (["300.1.2.3/8"], "300.1.2.3/8"),
        (["8.8.8.0/30"], "--allow-public"),
        (["198.18.0.0/24", "--discover", "telepathy"], "telepathy"),
        (["198.18.0.0/24", "--exclude", "198.18.0.0/23"], "exclusions cover all"),
        (["198.18.0.0/24", "--resume"], "leave out targets"),
        (["198.18.0.0/24", "--pace", "furious"], "furious"),
        (["198.18.0.0/24", "--rate", "0"], "0 is not in the range"),
    ],
)
def test_wrong_usage_is_one_sentence_and_makes_no_inventory(run: Any, here: Path, given: list[str], says: str) -> None:
    ended = run("scan", *given)
    assert ended.status == 2
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not (here / "phonescan.sqlite").exists()


def test_a_missing_file_cannot_be_read(run: Any, here: Path) -> None:
    ended = run("scan", "198.18.0.0/24", "--exclude-file", "nowhere.txt")
    assert (ended.status, len(ended.err.splitlines())) == (4, 1)
    assert "nowhere.txt cannot be read" in ended.err


def test_an_unused_address_of_a_large_network_costs_an_echo_and_a_request(run: Any) -> None:
    plan = run("scan", "10.16.0.0/12", "--pace", "fast", "--dry-run", "--format", "json").json()
    assert plan["in_all"][0]["packets"] == 2 * plan["addresses"]


def test_a_dry_run_shows_the_plan_and_makes_no_inventory(run: Any, here: Path) -> None:
    ended = run("scan", "198.18.0.0/24", "--exclude", "198.18.0.1-4", "--dry-run")
    assert ended.status == 0
    for part in ("250 addresses", "4 addresses are excluded", "packets", "seconds", "nothing was sent"):
        assert part in ended.out
    assert (
        "1 address in 198.18.0.1\n1 address is excluded\n"
        in run("scan", "198.18.0.0/30", "--exclude", "198.18.0.2", "--dry-run").out
    )
    plan = run("scan", "198.18.0.0/24", "--dry-run", "--format", "json").json()
    assert plan["addresses"] == 254
    assert not (here / "phonescan.sqlite").exists()


def test_options_override_the_settings(run: Any, here: Path) -> None:
    (here / "phonescan.toml").write_text('[network]\npace = "gentle"\nrate = 100\n', encoding="utf-8")
    plan = run("scan", "198.18.0.0/24", "--dry-run", "--format", "json").json()
    assert (plan["pace"], plan["rate"]) == ("gentle", 100)
    plan = run("scan", "198.18.0.0/24", "--dry-run", "--format", "json", "--pace", "fast", "--rate", "50").json()
    assert (plan["pace"], plan["rate"]) == ("fast", 50)


def test_resuming_without_an_unfinished_scan_is_wrong_usage(run: Any, feed: Any, here: Path) -> None:
    assert run("scan", "--resume").status == 4
    assert not (here / "phonescan.sqlite").exists()
    feed({"ip": "198.18.0.5", "field": "dhcp.hostname", "value": "x"})
    assert run("scan", "--resume").status == 2
    assert run("scan", "--resume", "77").status == 2


@pytest.mark.network
def test_data_older_than_the_retention_is_deleted_unless_the_clock_has_jumped(
    run: Any, feed: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "phonescan.toml").write_text('[inventory]\nretention = "400d"\n', encoding="utf-8")
    now = datetime.now(UTC)
    for last, age in ((5, 500), (6, 300)):
        feed({"ip": f"198.18.0.{last}", "field": "sip.user-agent", "value": "Yealink SIP-T58A 58.15.0.20",
              "time": utc(now - timedelta(days=age))})  # fmt: skip
    scan = ("scan", own("127.61.9.1"), "--discover", "sip", "--pace", "fast", "--format", "none")

    def left() -> list[str]:
        return [json.loads(line)["ip"] for line in run("export", "jsonl").out.splitlines()]

    monkeypatch.setattr(Session, "now", lambda self: utc(now + timedelta(days=4000)))
    assert "nothing is deleted" in run(*scan).err
    assert left() == ["198.18.0.5", "198.18.0.6"]
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert run(*scan).status == 0
    assert left() == ["198.18.0.6"]


@pytest.mark.network
def test_a_clock_that_went_back_is_one_note(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = ("scan", own("127.61.9.1"), "--discover", "sip", "--pace", "fast", "--format", "none")
    assert "clock" not in run(*scan).err
    monkeypatch.setattr(Session, "now", lambda self: "2026-01-01T02:00:00Z")
    ended = run(*scan)
    assert ended.status == 0
    assert [line for line in ended.err.splitlines() if "the clock went back from" in line and "2026-01-01" in line]


@pytest.mark.network
def test_the_first_exclusions_are_stored_and_the_others_counted(run: Any, here: Path) -> None:
    left_out = [own(f"127.61.{n >> 7}.{2 * (n & 127)}") for n in range(1_500)]
    (here / "leave.txt").write_text("\n".join(left_out), encoding="utf-8")
    words = (
        "--exclude-file",
        "leave.txt",
        "--discover",
        "sip",
        "--pace",
        "fast",
        "--rate",
        "100000",
        "--format",
        "none",
    )
    assert run("scan", own("127.61.0.0/20"), *words).status == 0
    noted = [row["ip"] for row in run("report", "unscanned", "--format", "json").json()]
    assert len(noted) == 1_001
    assert "499 addresses in 499 more ranges" in noted


def test_hosts_that_stop_responding_are_named(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "x.sqlite", create=True) as inventory:
        number = inventory.begin_scan(kind="scan", targets=(), discoveries=(), now="2026-11-01T02:00:00Z")
        recorder = Recorder(
            inventory, Knowledge(load(), (), Policy(), date(2026, 11, 1)), number, passive.PassiveList(), str, None
        )
        quiet = [Miss(name, "10.0.0.5", Outcome.WENT_QUIET) for name in ("http", "snmp")]
        recorder.missed([*quiet, Miss("http", "10.0.0.6", Outcome.TIMED_OUT)])
    report = Report(complete=True, interrupted=False, covered=(), missed=(), notes=(), counters={}, found=1, seconds=1)
    assert notes.of_report(report, recorder.quiet) == [
        "stopped responding during the scan and were not probed further: 10.0.0.5"
    ]


def test_only_outages_that_ended_are_repeated() -> None:
    report = Report(complete=True, interrupted=False, covered=(), missed=(), notes=(), counters={}, found=1, seconds=1)
    noted = [
        notes.of_report(structs.replace(report, counters={"outages": number, "lasting outages": lasted}), ())
        for number, lasted in ((2, 0), (2, 1), (1, 1), (0, 1))
    ]
    assert noted == [
        ["outages of the network: 2; what fell into them was repeated"],
        ["outages of the network: 1; what fell into them was repeated"],
        [],
        [],
    ]


@pytest.fixture(scope="module")
def phones() -> Iterator[list[SimulatedPhone]]:
    chosen = [phone for phone in catalogue(SUBNET) if phone.surfaces.sip is not None][:5]
    with Farm(chosen):
        yield chosen


@pytest.mark.network
def test_phones_are_found_recorded_and_shown(run: Any, phones: list[SimulatedPhone]) -> None:
    last = phones[-1].ip
    targets = f"{phones[0].ip}-{last.rsplit('.', 1)[1]}"
    ended = run(
        "scan",
        targets,
        "--discover",
        "sip",
        "--pace",
        "fast",
        "--format",
        "json",
        "--progress",
        "json",
        "--site",
        "lab",
    )
    assert ended.status == 0, ended.err
    rows = {row["ip"]: row for row in ended.json()}
    assert {phone.ip for phone in phones} <= set(rows)
    assert {row["site"] for row in rows.values()} == {"lab"}
    for phone in phones:
        assert rows[phone.ip]["model"] == phone.truth.model
    progress = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    assert progress[-1]["found"] >= len(phones)
    assert f"{len(rows)} devices" in ended.err

    again = run(
        "scan",
        targets,
        "--discover",
        "sip",
        "--pace",
        "fast",
        "--format",
        "none",
        "--exclude",
        last,
        "--fail-on",
        "review",
    )
    assert again.status in (0, 1)
    assert again.out == ""
    assert run("scans", "--format", "json").json()[0]["scan"] == 2


@pytest.mark.network
def test_a_scan_to_which_no_phone_responds_any_more_is_an_outage(run: Any, here: Path) -> None:
    phone = next(phone for phone in catalogue(own("127.62.21.0/24")) if phone.surfaces.sip is not None)
    words = ["scan", phone.ip, "--discover", "sip", "--pace", "fast", "--format", "none"]
    with Farm([phone]):
        assert "outage" not in run(*words).err
    ended = run(*words)
    assert "outage: the scan is done, but 0 of about 1 device responded" in ended.err.splitlines()
    last, first = run("scans", "--format", "json").json()
    assert (last["outcome"], last["devices"], last["expected"], last["problem"]) == ("done", 0, 1, "no-devices")
    assert (first["outcome"], first["devices"], first["problem"]) == ("done", 1, None)
    assert "done, but 0 of about 1" in run("scans").out
    found = {check["name"]: check for check in run("doctor", "--format", "json").json()}["scan 2"]
    where = f"({phone.ip}, site default)"
    assert (found["state"], found["says"]) == ("warning", f"done, but 0 of about 1 device responded {where}")
    settings = (
        f'[[scan]]\nname = "nightly"\ncron = "0 2 * * *"\ntargets = ["{phone.ip}"]\ndiscover = ["sip"]\npace = "fast"\n'
    )
    (here / "phonescan.toml").write_text(settings, encoding="utf-8")
    scheduled = run("schedule", "run", "--once", "nightly")
    assert scheduled.err.splitlines()[-1].endswith("Z: done, but 0 of about 1 device responded")


@pytest.mark.network
@pytest.mark.slow
def test_fail_on_applies_to_the_scanned_devices(run: Any, phones: list[SimulatedPhone]) -> None:
    for phone in phones:
        ended = run(
            "scan",
            phone.ip,
            "--discover",
            "sip",
            "--pace",
            "fast",
            "--format",
            "none",
            "--fail-on",
            "noncompliant",
            "--db",
            phone.ip,
        )
        assert ended.status == (1 if phone.truth.compliance == "noncompliant" else 0)


@pytest.mark.network
@pytest.mark.slow
def test_an_interrupted_scan_keeps_its_observations_and_is_resumed(
    here: Path, phones: list[SimulatedPhone], run: Any
) -> None:
    code = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from scanner.cli.main import main\nmain()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [
        "scan",
        own("127.61.0.1-50"),
        "--discover",
        "sip",
        "--rate",
        "30",
        "--format",
        "none",
        "--progress",
        "json",
        "--db",
        "x.sqlite",
    ]
    command = [sys.executable, "-c", code, *arguments]
    with running(command, stderr=subprocess.PIPE, env=environment, cwd=here) as process:
        line_with(process.stderr, "{")  # it is on its way
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1]
        assert process.returncode == 3, told
    assert "Traceback" not in told
    assert "ending the scan" in told
    assert "resume it with `phonescan scan --resume 1`" in told
    assert "skipped" in {
        row["outcome"] for row in run("report", "unscanned", "--db", "x.sqlite", "--format", "json").json()
    }
    first = run("scans", "--db", "x.sqlite", "--format", "json").json()[0]
    assert first["outcome"] == "interrupted"
    ended = run("scan", "--resume", "--pace", "fast", "--format", "json", "--db", "x.sqlite")
    assert ended.status == 0, ended.err
    assert {phone.ip for phone in phones} <= {row["ip"] for row in ended.json()}
    assert [scan["outcome"] for scan in run("scans", "--db", "x.sqlite", "--format", "json").json()] == ["done"]
    assert run("report", "unscanned", "--db", "x.sqlite", "--format", "json").json() == []


@pytest.mark.network
@pytest.mark.slow
def test_a_killed_scan_is_resumed_and_repeats_what_its_checkpoint_lacks_alone(here: Path, run: Any) -> None:
    everybody = [phone for phone in catalogue(own("127.62.20.0/24")) if phone.surfaces.sip and phone.surfaces.sip.udp]
    words = [own("127.62.20.1-200"), "--discover", "sip", "--rate", "50", "--format", "none", "--progress", "json"]
    with Farm(everybody) as farm:
        command = [sys.executable, "-m", "scanner", "scan", *words]
        with running(command, stderr=subprocess.PIPE, cwd=here, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
            while len(stored_as_complete(here)) < 60:
                line_with(process.stderr, "answered")
            process.kill()
            process.wait()
        stored = stored_as_complete(here)
        before = requests_of(farm)
        ended = run("scan", "--resume", "--rate", "1000", "--format", "json")
        after = requests_of(farm)
    assert ended.status == 0, ended.err
    assert set(before) <= {row["ip"] for row in ended.json()}
    assert len(stored & set(before)) >= 10  # phones; the others are addresses whose port is closed
    assert {ip for ip, number in before.items() if after[ip] > number} & stored == set()


def requests_of(farm: Farm) -> dict[str, int]:
    """How many OPTIONS each phone received, of those that received any."""
    return {ip: number for ip, tally in farm.tallies.items() if (number := tally.asked["sip", "OPTIONS"])}


def stored_as_complete(folder: Path) -> set[str]:
    """The addresses that the checkpoint of the scan in a folder has as complete; none before the first one."""
    path = folder / "phonescan.sqlite"
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path, timeout=60)) as inventory:
        (text,) = inventory.execute("SELECT state FROM scans").fetchone() or [None]
    state = json.loads(text or "null")
    if not state:
        return set()
    complete = Bitmap(state["count"])
    complete.load(state["settled"][0][0])
    return {own(f"127.62.20.{index + 1}") for index in complete}
