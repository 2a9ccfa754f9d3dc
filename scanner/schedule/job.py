"""One scheduled run: scan, write the reports, send the notification, delete what is older than the retention.

A run is keyed by schedule and due time in the inventory, so that it runs once whichever scheduler starts it. A report
or message that fails is repeated, reported, and affects neither the scan nor the others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.app.metrics import next_run
from scanner.core.errors import PhonescanError, SettingsError
from scanner.core.text import moment, utc
from scanner.schedule import cron, notification, report_files
from scanner.schedule.timetable import ScheduledScan

if TYPE_CHECKING:
    from scanner.app.request import ScanRequest
    from scanner.app.session import Session
    from scanner.inventory import Inventory, Summary
    from scanner.inventory.queries import ScanHealth

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a run: `outcome` is the scan's, `taken` by another scheduler, `closed` outside its window.

    `words` is the outcome with what is wrong, such as `done, but 0 of about 96 devices responded`.
    """

    name: str
    due: str
    outcome: str
    scan: int | None = None
    failures: tuple[str, ...] = ()
    words: str = ""
    outage: bool = False


def run_entry(
    session: Session,
    entry: ScheduledScan,
    due: datetime,
    *,
    stopped: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = time.sleep,
) -> RunResult:
    """Run one scan of the settings for its due time, unless it has run already.

    One that is `stopped` ends in part; it writes no reports and sends no message, and that is its failure.
    """
    from scanner.inventory import queries

    key = utc(due)
    with session.inventory(create=True) as inventory:
        if not inventory.claim_run(entry.name, key, session.now()):
            return RunResult(entry.name, key, "taken")
        if (after := cron.next_due(entry.rule, entry.zone, due)) is not None:
            inventory.set_mark(next_run(entry.name), utc(after), session.now())
        if entry.window and not entry.window.open_at(moment(session.now()), entry.zone):
            inventory.finish_run(entry.name, key, outcome="closed", now=session.now())
            log.warning("%s: its window %s is closed now, nothing was scanned", entry.name, entry.section.window)
            return RunResult(entry.name, key, "closed")
        try:
            summary = _scan(session, entry, inventory, stopped)
        except PhonescanError as error:
            log.error("%s: %s", entry.name, error)
            summary = _failed(error)
        health = queries.health_of_scan(inventory, summary.scan) if summary.scan else None
        if stopped():
            failures = ["ended before its reports were written and its message was sent"]
        else:
            failures = _report(session, entry, inventory, summary, health, pause)
            session.prune(inventory, entry.section.retention)
        for failure in failures:
            log.error("%s: %s", entry.name, failure)
        inventory.finish_run(entry.name, key, outcome=summary.outcome, now=session.now(), scan=summary.scan or None)
        words, outage = str(health or summary.outcome), health is not None and health.outage
        return RunResult(entry.name, key, summary.outcome, summary.scan or None, tuple(failures), words, outage)


def _scan(session: Session, entry: ScheduledScan, inventory: Inventory, stopped: Callable[[], bool]) -> Summary:
    from scanner.app import router_targets
    from scanner.app.scan import scan

    knowledge = session.knowledge(inventory)
    request = request_of(session, entry)
    if entry.section.from_routers:
        request = router_targets.surveyed(session, request, session.now, stopped)
    return scan(request, inventory, knowledge, now=session.now, stopped=stopped)


def _report(
    session: Session,
    entry: ScheduledScan,
    inventory: Inventory,
    summary: Summary,
    health: ScanHealth | None,
    pause: Callable[[float], None],
) -> list[str]:
    """Write the reports and send the message; a sentence for each that failed."""
    written, failures = ([], []) if summary.outcome == "failed" else report_files.write_all(session, entry, pause)
    return failures + notification.notify(session, entry, inventory, summary, health, failures, written, pause)


def request_of(session: Session, entry: ScheduledScan, *, reveal: bool = True) -> ScanRequest:
    """The scan request of a section of the settings; without `reveal`, without credentials. Raises SettingsError."""
    from scanner import settings
    from scanner.app import registrars, target_words
    from scanner.app.request import REGISTRAR, discovery_names, from_settings
    from scanner.engine.os.host_names import resolve

    section, names = entry.section, discovery_names(entry.section.discover)
    if section.from_routers and not session.settings.sections.router:
        raise SettingsError(f"[[scan]] {section.name!r}: from_routers reads each [[router]], and there is none")
    if not (section.targets or section.switches or section.from_routers or REGISTRAR in names):
        raise SettingsError(f"[[scan]] {section.name!r} names neither targets nor switches: nothing is scanned")
    now, folder = moment(session.now()), session.settings.folder
    return from_settings(
        session.settings,
        targets=target_words.expand(section.targets, folder, session),
        exclude=target_words.expand(section.exclude, folder, session, empty=True),
        discover=names,
        registrars=registrars.accesses(session.settings, section.site or "") if reveal and REGISTRAR in names else (),
        switches=target_words.expand(section.switches, folder),
        site=section.site,
        pace=section.pace,
        credentials=settings.credentials(session.settings) if reveal else (),
        resolve=resolve,
        seconds=(entry.window.closes_after(now, entry.zone) - now).total_seconds() if entry.window else None,
    )


def _failed(error: PhonescanError) -> Summary:
    from scanner.inventory import Summary

    return Summary(
        scan=0, outcome="failed", baseline=False, observations=0, devices=0, unresolved=0, notes=(str(error),)
    )
