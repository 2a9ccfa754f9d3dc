"""One scheduled run: scan, ask the switches, write the reports, tell people, forget what is old.

A run is keyed by schedule and due time in the inventory, so that nothing runs twice, whoever's clock fires it. A report
or message that fails is tried again, told of, and never costs the scan or the others.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.core.errors import PhonescanError, SettingsError
from scanner.core.text import moment, utc
from scanner.schedule.timetable import Entry

if TYPE_CHECKING:
    from scanner.cli.shared.frame import Session
    from scanner.inventory import Inventory, Knowledge, Summary
    from scanner.settings.records import ReportSection

log = logging.getLogger(__name__)

#: Seconds to wait before an output is tried again.
RETRIES = (1.0, 5.0)
KINDS = ("noncompliant", "inventory", "changes", "firmware", "moved", "suspect", "unscanned")
FORMATS = ("table", "json", "jsonl", "csv", "html", "md", "xlsx")
#: Formats of reports that go along with a message, where the way takes files: they can be read where they arrive.
MAILED = frozenset({"html"})


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended: `outcome` is the scan's, `taken` when another scheduler has it, `closed` outside its window."""

    name: str
    due: str
    outcome: str
    scan: int | None = None
    failures: tuple[str, ...] = ()


def run_entry(
    session: Session,
    entry: Entry,
    due: datetime,
    *,
    stopped: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = time.sleep,
) -> Done:
    """Run one scan of the settings for its due time, unless that was done before."""
    key = utc(due)
    with session.inventory(create=True) as inventory:
        if not inventory.claim_run(entry.name, key, session.now()):
            return Done(entry.name, key, "taken")
        if entry.window and not entry.window.open_at(moment(session.now()), entry.zone):
            inventory.finish_run(entry.name, key, outcome="closed", now=session.now())
            log.warning("%s: its window %s is closed now, nothing was scanned", entry.name, entry.section.window)
            return Done(entry.name, key, "closed")
        try:
            summary = _scan(session, entry, inventory, stopped)
        except PhonescanError as error:
            log.error("%s: %s", entry.name, error)
            summary = _failed(error)
        written, failures = ([], []) if summary.outcome == "failed" else _reports(session, entry, pause)
        failures += _tell(session, entry, inventory, summary, failures, pause, written)
        session.forget(inventory, entry.section.retention)
        inventory.finish_run(entry.name, key, outcome=summary.outcome, now=session.now(), scan=summary.scan or None)
        for failure in failures:
            log.error("%s: %s", entry.name, failure)
        return Done(entry.name, key, summary.outcome, summary.scan or None, tuple(failures))


def _scan(session: Session, entry: Entry, inventory: Inventory, stopped: Callable[[], bool]) -> Summary:
    from scanner.app.scan import scan

    knowledge = session.knowledge(inventory)
    request = request_of(session, entry)
    return scan(request, inventory, knowledge, now=session.now, stopped=stopped)


def request_of(session: Session, entry: Entry, *, reveal: bool = True) -> Any:
    """The ScanRequest of a section of the settings; without `reveal`, with no secrets. Raises SettingsError."""
    from scanner import settings
    from scanner.app.scan import ScanRequest
    from scanner.cli.shared import words
    from scanner.discovery.registry import default_names

    section, network = entry.section, session.settings.sections.network
    discover = section.discover.split(",") if isinstance(section.discover, str) else section.discover
    if not section.targets and not section.switches:
        raise SettingsError(f"[[scan]] {section.name!r} names neither targets nor switches: nothing is scanned")
    now = moment(session.now())
    left = (entry.window.closes_after(now, entry.zone) - now).total_seconds() if entry.window else None
    return ScanRequest(
        targets=words.targets(section.targets),
        exclude=words.targets(section.exclude),
        discover=tuple(name.strip() for name in discover) if discover else default_names(),
        switches=words.targets(section.switches),
        site=section.site or "",
        pace=section.pace or network.pace,
        rate=max(1, round(network.rate)) if network.rate else None,
        retries=network.retries,
        timeout=network.timeout,
        interfaces=network.interfaces,
        ports_http=network.ports.http,
        ports_sip=network.ports.sip,
        port_snmp=network.ports.snmp_port,
        allow_public=network.allow_public,
        credentials=settings.credentials(session.settings) if reveal else (),
        passive=settings.passive(session.settings),
        resolve=words.resolve,
        seconds=left,
    )


def _failed(error: PhonescanError) -> Summary:
    from scanner.inventory import Summary

    return Summary(
        scan=0, outcome="failed", baseline=False, observations=0, devices=0, unresolved=0, notes=(str(error),)
    )


def _reports(
    session: Session, entry: Entry, pause: Callable[[float], None]
) -> tuple[list[tuple[ReportSection, Path]], list[str]]:
    written, failures = [], []
    for section in entry.section.reports:
        path = report_path(session, entry, section)
        error = _again(lambda s=section, p=path: write_report(session, entry, s, p), pause)  # type: ignore[misc]
        if error:
            failures.append(f"the report {section.kind} as {section.format}: {error}")
        else:
            written.append((section, path))
    return written, failures


def _again(attempt: Callable[[], object], pause: Callable[[float], None]) -> str | None:
    """Try, and try again; what went wrong the last time, None when it went well."""
    said: str | None = None
    for wait in (0.0, *RETRIES):
        if wait:
            pause(wait)
        try:
            attempt()
            return None
        except OSError as error:
            said = f"{error.filename or 'it'} cannot be written ({error.strerror or error})"
        except (PhonescanError, ValueError) as error:
            said = str(error)
    return said


def write_report(session: Session, entry: Entry, section: ReportSection, path: Path) -> None:
    """Write one of a scan's reports to a file. Raises PhonescanError, OSError."""
    from scanner.cli.commands import report
    from scanner.cli.shared import selection

    path.parent.mkdir(parents=True, exist_ok=True)
    filters = selection.made(site=(entry.section.site,) if entry.section.site else ())
    with session.inventory(readonly=True) as inventory:
        if section.kind == "noncompliant":
            report.write_noncompliant(session, inventory, filters, section.format, path)
        else:
            report.write_list(session, inventory, section.kind, filters, section.format, path)


def report_path(session: Session, entry: Entry, section: ReportSection) -> Path:
    """Where a report goes: `{name}`, `{date}` and `{time}` stand for the scan and the local time; relative to the
    settings."""
    local = moment(session.now()).astimezone(entry.zone)
    names = {"name": entry.name, "date": f"{local:%Y-%m-%d}", "time": f"{local:%H%M}"}
    spelled = section.path
    for key, value in names.items():
        spelled = spelled.replace("{" + key + "}", value.replace("/", "_"))
    return session.settings.folder / Path(spelled).expanduser()


def _tell(
    session: Session,
    entry: Entry,
    inventory: Inventory,
    summary: Summary,
    failures: Sequence[str],
    pause: Callable[[float], None],
    written: Sequence[tuple[ReportSection, Path]] = (),
) -> list[str]:
    from scanner.notify.digest import digest
    from scanner.notify.send import send
    from scanner.notify.template import worded

    try:
        urls = urls_of(session, entry)
    except SettingsError as error:
        return [str(error)]
    if not urls:
        return []
    knowledge = session.knowledge(inventory)
    mark = f"digest {entry.name}"
    message = digest(
        entry.name,
        summary,
        _newly_noncompliant(inventory, summary),
        devices_before=_devices_before(inventory, summary),
        old_catalogs=_old_catalogs(knowledge),
        failures=failures,
        reported=json.loads(inventory.mark(mark) or "{}"),
    )
    if not message.subject:
        inventory.set_mark(mark, json.dumps(dict(message.reported)), session.now())
        return []
    unworded = []
    if entry.section.message:
        try:
            message = worded(message, session.settings.folder / Path(entry.section.message).expanduser())
        except SettingsError as error:  # said in our own words then
            unworded = [str(error)]
    left = list(urls)
    for wait in (0.0, *RETRIES):
        if wait:
            pause(wait)
        said: list[str] = []
        for url in list(left):
            failed = send(message, [url], [path for section, path in written if section.format in MAILED])
            said += failed
            if not failed:
                left.remove(url)
        if not left:
            inventory.set_mark(mark, json.dumps(dict(message.reported)), session.now())
            return unworded
    return [*unworded, *said]


def urls_of(session: Session, entry: Entry) -> list[str]:
    """The notification URLs of a scan, secrets resolved. Raises SettingsError."""
    from scanner.notify.send import checked
    from scanner.settings import secrets

    notify = entry.section.notify
    what = f"[[scan]] {entry.name!r}, notify"
    found = []
    for reference in (notify,) if isinstance(notify, str) else notify:
        url = secrets.reveal(reference, what=what, folder=session.settings.folder)
        secrets.hide(url)
        found.append(checked(url, what))
    return found


def _newly_noncompliant(inventory: Inventory, summary: Summary) -> list[dict[str, Any]]:
    from scanner.inventory import queries

    if not summary.scan:
        return []
    kinds = ("appeared", "returned", "status-changed")
    rows = queries.events(inventory, scan=summary.scan, kinds=kinds)
    return [row for row in rows if row["compliance"] == "noncompliant"]


def _devices_before(inventory: Inventory, summary: Summary) -> list[int]:
    """Devices that earlier scans of the same targets found, newest first."""
    from scanner.inventory import queries

    if not summary.scan:
        return []
    counts = {row["scan"]: row["devices"] for row in queries.trend(inventory)}
    rows = queries.scans(inventory, 200)
    mine = next((row for row in rows if row.id == summary.scan), None)
    return [
        counts[row.id]
        for row in rows
        if mine and row.id < mine.id and row.targets == mine.targets and row.outcome == "done" and row.id in counts
    ]


def _old_catalogs(knowledge: Knowledge) -> list[str]:
    from scanner.compliance.catalog import age_days

    policy, found = knowledge.policy, []
    for catalog in knowledge.catalogs:
        age = age_days(catalog, knowledge.today)
        if catalog.name == policy.primary and age is not None and age > policy.stale_after_days:
            found.append(f"{catalog.title or catalog.name} is of {catalog.date}: import a newer page if there is one")
    return found
