"""The notification of a scheduled scan: what changed, sent to the addresses that the settings name."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.core.errors import SettingsError
from scanner.schedule.report_files import RETRIES
from scanner.schedule.timetable import ScheduledScan

if TYPE_CHECKING:
    from scanner.app.session import Session
    from scanner.inventory import Inventory, Knowledge, Summary
    from scanner.notify.digest import Digest


def notify(
    session: Session,
    entry: ScheduledScan,
    inventory: Inventory,
    summary: Summary,
    failures: Sequence[str],
    attachments: Sequence[Path],
    pause: Callable[[float], None],
) -> list[str]:
    """Send the message of a run, if there is something to report; returns a sentence for each failure."""
    from scanner.notify.digest import digest
    from scanner.notify.template import worded

    try:
        urls = urls_of(session, entry)
    except SettingsError as error:
        return [str(error)]
    if not urls:
        return []
    mark = f"digest {entry.name}"
    message = digest(
        entry.name,
        summary,
        _newly_noncompliant(inventory, summary),
        devices_before=_devices_before(inventory, summary),
        old_catalogs=_old_catalogs(session.knowledge(inventory)),
        failures=failures,
        reported=json.loads(inventory.mark(mark) or "{}"),
    )
    sent = json.dumps(dict(message.reported))
    if not message.subject:
        inventory.set_mark(mark, sent, session.now())
        return []
    errors = []
    if entry.section.message:
        try:
            message = worded(message, session.settings.folder / Path(entry.section.message).expanduser())
        except SettingsError as error:  # the message is sent with the default text then
            errors = [str(error)]
    unsent = _send(message, urls, attachments, pause)
    if not unsent:
        inventory.set_mark(mark, sent, session.now())
    return [*errors, *unsent]


def urls_of(session: Session, entry: ScheduledScan) -> list[str]:
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


def _send(
    message: Digest, urls: Sequence[str], attachments: Sequence[Path], pause: Callable[[float], None]
) -> list[str]:
    """Send a message to each URL, repeating those that fail; returns the last failures."""
    from scanner.notify.send import send

    left = list(urls)
    errors: list[str] = []
    for wait in (0.0, *RETRIES):
        if wait:
            pause(wait)
        errors = []
        for url in list(left):
            failed = send(message, [url], attachments)
            errors += failed
            if not failed:
                left.remove(url)
        if not left:
            return []
    return errors


def _newly_noncompliant(inventory: Inventory, summary: Summary) -> list[dict[str, Any]]:
    from scanner.inventory import queries

    if not summary.scan:
        return []
    kinds = ("appeared", "returned", "status-changed")
    rows = queries.events(inventory, scan=summary.scan, kinds=kinds)
    return [row for row in rows if row["compliance"] == "noncompliant"]


def _devices_before(inventory: Inventory, summary: Summary) -> list[int]:
    """The number of devices that earlier scans of the same targets found, newest first."""
    from scanner.inventory import queries

    if not summary.scan:
        return []
    counts = {row["scan"]: row["devices"] for row in queries.trend(inventory)}
    rows = queries.scans(inventory, 200)
    this = next((row for row in rows if row.id == summary.scan), None)
    return [
        counts[row.id]
        for row in rows
        if this and row.id < this.id and row.targets == this.targets and row.outcome == "done" and row.id in counts
    ]


def _old_catalogs(knowledge: Knowledge) -> list[str]:
    from scanner.compliance.catalog import is_old

    policy, found = knowledge.policy, []
    for catalog in knowledge.catalogs:
        if catalog.name == policy.primary and is_old(catalog, policy.stale_after_days, knowledge.today):
            found.append(f"{catalog.title or catalog.name} is of {catalog.date}: import a newer page if there is one")
    return found
