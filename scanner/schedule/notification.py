"""The notification of a scheduled scan: what changed, sent to each destination that the settings name.

Each destination has its own state in the inventory: the lasting states that it was sent, and the scans whose message
it did not accept, whose devices are in the next one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from scanner.core.bounded import UNREADABLE_JSON, checked_json
from scanner.core.errors import SettingsError
from scanner.core.paths import expanded
from scanner.core.text import moment
from scanner.schedule.report_files import RETRIES, path_of
from scanner.schedule.timetable import ScheduledScan

if TYPE_CHECKING:
    from scanner.app.session import Session
    from scanner.inventory import Inventory, Knowledge, Summary
    from scanner.inventory.queries import ScanHealth
    from scanner.notify.attachments import ReportFile
    from scanner.notify.digest import Digest
    from scanner.settings.records import ReportSection

#: Most scans whose message was not accepted that are kept for a destination; the devices of older ones are left out.
UNSENT = 50
#: Events by which a device may have become noncompliant.
_KINDS = ("appeared", "returned", "status-changed")
#: The web pages with the content of a report.
_PAGES = {
    "noncompliant": "/devices?compliance=noncompliant", "inventory": "/devices", "changes": "/changes",
    "firmware": "/firmware", "moved": "/changes", "unscanned": "/scans",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Destination:
    """One URL of `notify`, secrets resolved, and the name under which its state is stored, which contains no secret."""

    url: str
    key: str


class _Mark(msgspec.Struct, frozen=True):
    """A stored mark."""

    reported: dict[str, str]
    unsent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The state of a destination: lasting states that it was sent (title → text), scans whose message it has not."""

    reported: dict[str, str] = field(default_factory=dict)
    unsent: tuple[int, ...] = ()

    @classmethod
    def of(cls, mark: str | None) -> Sent:
        """From a stored mark; of before there was one for each destination, it contains the lasting states alone.

        A damaged mark is that of a destination to which nothing was sent.
        """
        raw = mark or "{}"
        with contextlib.suppress(*UNREADABLE_JSON):
            found = checked_json(raw, _Mark)
            return cls(found.reported, found.unsent)
        with contextlib.suppress(*UNREADABLE_JSON):
            return cls(checked_json(raw, dict[str, str]))
        return cls()

    def mark(self) -> str:
        """The state as a mark."""
        return json.dumps({"reported": self.reported, "unsent": self.unsent})


def notify(
    session: Session,
    entry: ScheduledScan,
    inventory: Inventory,
    summary: Summary,
    health: ScanHealth | None,
    failures: Sequence[str],
    written: Sequence[tuple[ReportSection, Path]],
    pause: Callable[[float], None],
) -> list[str]:
    """Send the message of a run, if there is something to report; returns a sentence for each failure.

    `health` is that of its scan, None where it was not recorded; `written` are its reports.
    """
    if not entry.section.notify:
        return []
    from scanner.inventory import queries
    from scanner.notify.digest import digest
    from scanner.notify.send import Terms, send

    try:
        destinations = destinations_of(session, entry)
    except SettingsError as error:
        return [str(error)]
    page = session.settings.sections.web.page
    catalogs = _old_catalogs(session.knowledge(inventory))
    terms = Terms(moment(session.now()), limit_of(entry), RETRIES, pause)
    reports = attached(session, entry, written)
    out = queries.sites_out(inventory, summary.scan) if summary.scan else ()
    errors: list[str] = []
    for number, destination in enumerate(destinations, 1):
        mark = f"digest {entry.name} {destination.key}"
        before = Sent.of(inventory.mark(mark) or inventory.mark(f"digest {entry.name}"))
        scans = () if summary.baseline else (summary.scan,)
        message = digest(
            entry.name,
            summary,
            _newly_noncompliant(inventory, (*before.unsent, *scans)),
            health=health,
            sites_out=out,
            old_catalogs=catalogs,
            failures=failures,
            reported=before.reported,
            page=page,
        )
        now = Sent(dict(message.reported))
        if message.subject:
            message, wrong = _worded(session, entry, message)
            sent = send(message, destination.url, terms, reports, number)
            errors += [one for one in (*wrong, *sent.failures) if one not in errors]
            if not sent.accepted:
                now = Sent(before.reported, (*before.unsent, *scans)[-UNSENT:])
        inventory.set_mark(mark, now.mark(), session.now())
    return errors


def destinations_of(session: Session, entry: ScheduledScan) -> list[Destination]:
    """The destinations of a scan, secrets resolved. Raises SettingsError."""
    from scanner.notify.send import checked
    from scanner.settings import secrets

    notify = entry.section.notify
    what = f"[[scan]] {entry.name!r}, notify"
    found: list[Destination] = []
    for reference in (notify,) if isinstance(notify, str) else notify:
        url = secrets.reveal(reference, what=what, folder=session.settings.folder)
        secrets.hide(url)
        key = _key(reference, url)
        same = sum(one.key.partition(" ")[0] == key for one in found)
        found.append(Destination(checked(url, what), f"{key} {same + 1}" if same else key))
    return found


def _key(reference: str, url: str) -> str:
    """A name for a destination: from its reference, else from scheme and host, never from a password."""
    parts = urlsplit(url)
    spelled = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if reference == url else reference
    return hashlib.sha256(spelled.encode()).hexdigest()[:16]


def attached(session: Session, entry: ScheduledScan, written: Iterable[tuple[ReportSection, Path]]) -> list[ReportFile]:
    """The reports that the settings attach to a message, each with its web page and the path that is named for it."""
    from scanner.notify.attachments import ReportFile

    page = session.settings.sections.web.page
    return [
        ReportFile(
            path,
            section.format,
            page(_PAGES.get(section.kind, "/")),
            str(path_of(session, entry, section).absolute()),
        )
        for section, path in written
        if section.attached
    ]


def limit_of(entry: ScheduledScan) -> int:
    """The largest message of a scan, in bytes."""
    return round(entry.section.attach_limit * 1_000_000)


def _worded(session: Session, entry: ScheduledScan, message: Digest) -> tuple[Digest, list[str]]:
    """The message with the text of the template; if that fails, the built-in text and the error."""
    from scanner.notify.template import worded

    if not entry.section.message:
        return message, []
    try:
        return worded(message, session.settings.folder / expanded(entry.section.message)), []
    except SettingsError as error:
        return message, [str(error)]


def _newly_noncompliant(inventory: Inventory, scans: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Devices that are noncompliant and changed in one of these scans."""
    from scanner.inventory import queries

    for scan in filter(None, scans):
        for row in queries.events(inventory, scan=scan, kinds=_KINDS):
            if row["compliance"] == "noncompliant":
                yield row


def _old_catalogs(knowledge: Knowledge) -> list[str]:
    from scanner.compliance.catalog import is_old

    policy, found = knowledge.policy, []
    for catalog in knowledge.catalogs:
        if catalog.name == policy.primary and is_old(catalog, policy.stale_after_days, knowledge.today):
            found.append(f"{catalog.title or catalog.name} is of {catalog.date}: import a newer page if there is one")
    return found
