"""Scheduled runs by a simulated clock: once each, one at a time, caught up once, with independent outputs."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from scanner import settings
from scanner.app.metrics import write_metrics
from scanner.app.session import Session
from scanner.core.errors import SettingsError
from scanner.core.model import Observation
from scanner.core.text import moment, utc
from scanner.inventory import Inventory
from scanner.inventory.queries import Filters
from scanner.schedule import job, report_files
from scanner.schedule.job import RunResult, run_entry
from scanner.schedule.run import JITTER, Scheduler, delay, trigger_of
from scanner.schedule.timetable import entries
from tests.loopback import own
from tests.namespaces import wait_until
from tests.programs import line_with, running

SETTINGS = own("""
[inventory]
db = "phones.sqlite"

[[scan]]
name = "nightly"
site = "hq"
targets = ["127.99.0.0/30"]
cron = "0 2 * * *"
timezone = "Europe/Berlin"
""")


@dataclass(frozen=True, slots=True)
class Clocked(Session):
    """A session whose clock the test sets."""

    hands: list[datetime] = field(default_factory=list)


def clocked(folder: Path, text: str = SETTINGS, now: str = "2026-11-23T01:00:10+00:00") -> Clocked:
    path = folder / "phonescan.toml"
    path.write_text(text)
    found = settings.load(path)
    assert found.db is not None
    hands = [datetime.fromisoformat(now)]
    return Clocked(found, found.db, lambda: hands[0], hands)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Scans that find what the test says, recorded in a real inventory, and send nothing."""
    agents: list[str] = []

    def scan(session: Clocked, entry: Any, inventory: Inventory, stopped: Any) -> Any:
        now = session.now()
        number = inventory.begin_scan(kind="scan", targets=("t",), discoveries=("sip",), site="hq", now=now)
        inventory.record(
            number,
            [Observation(ip=f"198.18.0.{n}", mac=f"64:16:7f:00:00:{n:02x}", field="sip.user-agent", value=agent,
                         source="sip t", site="hq") for n, agent in enumerate(agents, 1)],
        )  # fmt: skip
        return inventory.finish_scan(number, outcome="done", knowledge=session.knowledge(inventory), now=now)

    monkeypatch.setattr(job, "_scan", scan)
    return agents


GOOD, OLD = "PolycomVVX-VVX_411-UA/5.9.0.9373", "PolycomVVX-VVX_411-UA/5.8.0.12848"
DUE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def entry_of(session: Clocked) -> Any:
    return entries(session.settings.sections.scan)[0]


def test_a_run_happens_once_whichever_scheduler_starts_it(tmp_path: Path, no_network: list[str]) -> None:
    no_network += [GOOD]
    one, other = clocked(tmp_path), clocked(tmp_path)
    assert run_entry(one, entry_of(one), DUE).outcome == "done"
    assert run_entry(other, entry_of(other), DUE).outcome == "taken"
    assert run_entry(one, entry_of(one), DUE + timedelta(days=1)).outcome == "done"


def test_the_metrics_contain_when_the_next_run_is_due_and_how_the_last_one_ended(
    tmp_path: Path, no_network: list[str]
) -> None:
    no_network += [GOOD]
    session = clocked(tmp_path)
    names = ("next_run_timestamp_seconds", "last_run_outcome")

    def found() -> list[str]:
        out = io.StringIO()
        with session.inventory(readonly=True) as inventory:
            write_metrics(session, inventory, out)
        lines = [line for line in out.getvalue().splitlines() if not line.startswith("#") and not line.endswith(" 0")]
        return [re.sub(r'inventory="\w*",', "", line) for line in lines if any(name in line for name in names)]

    session.inventory(create=True).close()
    assert found() == []
    run_entry(session, entry_of(session), DUE)
    due = (DUE + timedelta(days=1)).timestamp()
    assert found() == [
        f'phonescan_schedule_next_run_timestamp_seconds{{schedule="nightly"}} {due:.0f}',
        'phonescan_schedule_last_run_outcome{schedule="nightly",outcome="done"} 1',
    ]


def test_the_metrics_of_a_site_are_of_its_scans(tmp_path: Path, no_network: list[str]) -> None:
    no_network += [GOOD]
    session = clocked(tmp_path)
    run_entry(session, entry_of(session), DUE)
    scans = []
    for site in ("hq", "elsewhere"):
        out = io.StringIO()
        with session.inventory(readonly=True) as inventory:
            write_metrics(session, inventory, out, Filters(site=(site,)))
        scans.append(out.getvalue().count("phonescan_last_scan_outage{"))
    assert scans == [1, 0]


def test_a_scan_by_routers_without_a_router_is_a_settings_error(tmp_path: Path) -> None:
    session = clocked(tmp_path, SETTINGS.replace('name = "nightly"', 'name = "nightly"\nfrom_routers = true'))
    with pytest.raises(SettingsError, match=r"from_routers reads each \[\[router\]\], and there is none"):
        job.request_of(session, entry_of(session))


def test_two_schedulers_on_one_inventory_start_one_run(tmp_path: Path, no_network: list[str]) -> None:
    no_network += [GOOD]
    outcomes: list[str] = []

    def fire(session: Clocked) -> None:
        outcomes.append(run_entry(session, entry_of(session), DUE).outcome)

    clocked(tmp_path).inventory(create=True).close()
    threads = [threading.Thread(target=fire, args=(clocked(tmp_path),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", *["taken"] * 5]


def test_outside_its_window_nothing_is_scanned(tmp_path: Path, no_network: list[str]) -> None:
    session = clocked(tmp_path, SETTINGS + 'window = "01:00-05:00"\n', "2026-11-23T09:00:00+00:00")
    assert run_entry(session, entry_of(session), DUE).outcome == "closed"


def test_the_trigger_fires_once_a_day_through_both_changes_of_daylight_saving(tmp_path: Path) -> None:
    entry = entry_of(clocked(tmp_path, SETTINGS.replace("0 2", "30 2")))
    trigger, late = trigger_of(entry), delay("nightly")
    assert timedelta(0) <= late < timedelta(seconds=JITTER)
    for start, nights in (("2026-10-23T12:00:00+00:00", 4), ("2027-03-26T12:00:00+00:00", 4)):
        now, previous, fired = datetime.fromisoformat(start), None, []
        while len(fired) < nights:
            due = trigger.get_next_fire_time(previous, now)
            fired.append(due - late)
            previous, now = due, due
        days = [due.astimezone(entry.zone).date() for due in fired]
        assert days == sorted(set(days))
        assert days[-1] - days[0] == timedelta(days=nights - 1)


def test_a_scan_longer_than_its_interval_does_not_overlap_itself(tmp_path: Path) -> None:
    session = clocked(tmp_path, SETTINGS.replace("0 2 * * *", "*/5 * * * *"))
    working: list[str] = []
    most = 0
    began = threading.Event()

    def slow(*_: Any, **__: Any) -> RunResult:
        nonlocal most
        working.append("x")
        most = max(most, len(working))
        began.set()
        threading.Event().wait(0.05)
        working.pop()
        return RunResult("nightly", "", "done")

    scheduler = Scheduler(lambda: session, run=slow)
    threads = [threading.Thread(target=scheduler.work, args=(entry_of(session),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert began.wait(60)
    for thread in threads:
        thread.join()
    assert most == 1


def test_missed_runs_are_caught_up_by_one_run(tmp_path: Path, no_network: list[str]) -> None:
    no_network += [GOOD]
    session = clocked(tmp_path)
    run_entry(session, entry_of(session), DUE - timedelta(days=1))
    ran: list[str] = []
    finished = threading.Event()

    def run(_: Any, entry: Any, due: datetime, **__: Any) -> RunResult:
        ran.append(f"{entry.name} {utc(due)}")
        finished.set()
        return RunResult(entry.name, utc(due), "done")

    scheduler = Scheduler(lambda: clocked(tmp_path, (tmp_path / "phonescan.toml").read_text()), run=run)
    scheduler.start()
    try:
        assert finished.wait(60)
        assert ran == ["nightly 2026-11-23T01:00:00Z"]
        (tmp_path / "phonescan.toml").write_text(SETTINGS.replace("nightly", "other"))
        scheduler.reload()
        assert [entry.name for entry in scheduler._entries] == ["other"]
        (tmp_path / "phonescan.toml").write_text(SETTINGS.replace("0 2", "0 99"))
        scheduler.reload()
        assert [entry.name for entry in scheduler._entries] == ["other"], "broken settings leave the old ones in force"
    finally:
        scheduler.stop()


def test_a_scheduler_reads_its_settings_again_on_sighup_and_ends_on_sigterm(tmp_path: Path) -> None:
    watch = "[[watch]]\nfolder = '{}'\n"
    (tmp_path / "phonescan.toml").write_text(SETTINGS + watch.format("one"))
    command = [sys.executable, "-m", "scanner", "schedule", "run", "--config", "phonescan.toml"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with running(command, stderr=subprocess.PIPE, cwd=tmp_path, env=environment) as process:
        line_with(process.stderr, "nightly runs 0 2 * * *")
        line_with(process.stderr, "one is watched")
        (tmp_path / "phonescan.toml").write_text(SETTINGS.replace("0 2", "0 3") + watch.format("two"))
        process.send_signal(signal.SIGHUP)
        line_with(process.stderr, "nightly runs 0 3 * * *")
        line_with(process.stderr, "two is watched")
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[1]
    assert process.returncode == 0, rest
    assert "Traceback" not in rest


def test_a_scan_that_a_signal_ends_replaces_no_report_and_sends_no_message(
    tmp_path: Path, no_network: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    no_network += [OLD]
    sent: list[Any] = []
    monkeypatch.setattr(job.notification, "notify", lambda *given: sent.append(given) or [])
    report = '[[scan.reports]]\nkind = "noncompliant"\nformat = "csv"\npath = "out/report.csv"\n'
    session = clocked(tmp_path, SETTINGS + report)
    for night in range(2):
        due = DUE + timedelta(days=night)
        run = run_entry(session, entry_of(session), due, stopped=[True, False][night].__bool__)
        assert (run.outcome, len(run.failures)) == ("done", 1 - night)  # a failure is status 3
        assert (tmp_path / "out" / "report.csv").exists() == (night == 1)
        assert len(sent) == night


@pytest.mark.network
@pytest.mark.parametrize("once", [("--once", "nightly"), ()])
def test_a_signal_ends_a_scheduled_scan_in_part_and_it_can_be_resumed(tmp_path: Path, once: tuple[str, ...]) -> None:
    hourly = SETTINGS.replace("0/30", "0/18").replace("0 2 * * *", "* * * * *")  # in progress for minutes
    (tmp_path / "phonescan.toml").write_text(hourly + 'discover = ["sip"]\npace = "gentle"\n')
    command = [sys.executable, "-m", "scanner", "schedule", "run", *once, "--config", "phonescan.toml"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    if not once:  # a run that was missed is caught up at once
        with clocked(tmp_path, hourly).inventory(create=True) as inventory:
            assert inventory.claim_run("nightly", "2026-11-23T01:00:00Z", "2026-11-23T01:00:00Z")
    with running(command, stderr=subprocess.PIPE, cwd=tmp_path, env=environment) as process:
        wait_until("a scan begins", lambda: scans(tmp_path / "phones.sqlite") == [("running",)])
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[1]
    assert process.returncode == (3 if once else 0), rest
    assert "Traceback" not in rest
    assert scans(tmp_path / "phones.sqlite") == [("interrupted",)]


def scans(path: Path) -> list[tuple[str]]:
    """The outcome of each scan; none before there is an inventory."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as db, suppress(sqlite3.OperationalError):
        return db.execute("SELECT outcome FROM scans").fetchall()
    return []


def test_a_report_that_fails_affects_neither_the_scan_nor_the_others(tmp_path: Path, no_network: list[str]) -> None:
    no_network += [OLD]
    (tmp_path / "a-file").write_text("")
    reports = """
[[scan.reports]]
kind = "noncompliant"
format = "html"
path = "a-file/report.html"

[[scan.reports]]
kind = "noncompliant"
format = "csv"
path = "out/{name}-{date}.csv"
"""
    session = clocked(tmp_path, SETTINGS + reports)
    waits: list[float] = []
    done = run_entry(session, entry_of(session), DUE, pause=waits.append)
    assert done.outcome == "done"
    assert waits == [*report_files.RETRIES]
    assert len(done.failures) == 1
    assert "html" in done.failures[0]
    assert "a-file is not a folder" in done.failures[0]
    assert "198.18.0.1" in (tmp_path / "out" / "nightly-2026-11-23.csv").read_text()


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]], list[int]]]:
    """A server on loopback that takes messages as JSON, or refuses as many as it is told to."""
    taken: list[dict[str, Any]] = []
    refusals = [0]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            refuse = refusals[0] > 0
            refusals[0] -= refuse
            if not refuse:
                taken.append(json.loads(body))
            self.send_response(500 if refuse else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}", taken, refusals
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.network
def test_the_first_scan_sends_no_message_and_a_change_is_sent_once(
    tmp_path: Path, no_network: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as (url, taken, refusals):
        monkeypatch.setenv("PHONESCAN_TEST_NOTIFY", url)
        session = clocked(tmp_path, SETTINGS + 'notify = ["env:PHONESCAN_TEST_NOTIFY"]\n')
        no_network += [GOOD, OLD]
        nights = iter(range(20))

        def night() -> RunResult:
            days = next(nights)
            session.hands[0] = moment("2026-11-23T01:00:10Z") + timedelta(days=days)
            return run_entry(session, entry_of(session), DUE + timedelta(days=days), pause=lambda _: None)

        assert night().failures == ()
        assert taken == [], "the first scan is a baseline"
        night()
        told = len(taken)  # the catalog that ships is old, and that may be told once
        no_network[:] = [OLD, OLD]
        night()
        assert len(taken) == told + 1
        assert "1 newly noncompliant" in taken[-1]["title"] + taken[-1]["message"]
        night()
        night()
        assert len(taken) == told + 1, "what was told is not told again"
        no_network += [OLD]
        refusals[0] = 1
        assert night().failures == (), "a refused message is tried again"
        assert len(taken) == told + 2
        no_network += [OLD]
        refusals[0] = 99
        failures = night().failures
        assert failures
        assert url not in " ".join(failures), "the address may hold a secret"


@pytest.mark.network
@pytest.mark.parametrize(
    ("template", "title", "failed"),
    [
        ("{{ name }} speaks\n{{ devices }} devices", "nightly speaks", ""),
        ("{{ nobody }}", "phonescan nightly", "own.txt"),
    ],
)
def test_a_message_follows_its_template_and_the_default_text_if_that_fails(
    tmp_path: Path, no_network: list[str], template: str, title: str, failed: str
) -> None:
    (tmp_path / "own.txt").write_text(template, encoding="utf-8")
    with receiver() as (url, taken, _):
        session = clocked(tmp_path, SETTINGS + f'notify = "{url}"\nmessage = "own.txt"\n')
        no_network += [GOOD]
        run_entry(session, entry_of(session), DUE, pause=lambda _: None)
        no_network[:] = [OLD]
        done = run_entry(session, entry_of(session), DUE + timedelta(days=1), pause=lambda _: None)
    assert title in taken[-1]["title"]
    assert failed in " ".join(done.failures)
    assert bool(done.failures) is bool(failed)


def test_an_url_scheme_that_is_not_allowed_is_a_settings_error(tmp_path: Path, no_network: list[str]) -> None:
    for url in ("exec:///bin/sh", "dbus://", "http://example.org", "file:missing"):
        session = clocked(tmp_path, SETTINGS + f'notify = "{url}"\n')
        session.db.unlink(missing_ok=True)
        done = run_entry(session, entry_of(session), DUE, pause=lambda _: None)
        assert done.outcome == "done"
        assert len(done.failures) == 1
        assert "notify" in done.failures[0]
