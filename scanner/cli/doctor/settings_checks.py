"""The checks of `doctor` on settings, inventory, catalogs and schedules, before a scheduled run depends on them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.app import target_words
from scanner.app.session import Session
from scanner.cli.doctor.checks import Check, disk
from scanner.core import target_syntax
from scanner.core.dating import YEAR
from scanner.core.errors import PhonescanError, SettingsError
from scanner.core.paths import expanded
from scanner.core.text import moment, utc
from scanner.settings.records import SECRET_KEYS

if TYPE_CHECKING:
    from scanner.schedule.timetable import ScheduledScan
    from scanner.settings.records import ReportSection, ScanSection


def clock(now: str, last_scan: str | None) -> Check:
    """Whether the clock is plausible: after this program was written, and after the last scan."""
    if moment(now).year < YEAR:
        return Check(
            "machine", "clock", "wrong", f"{now} is not plausible", "set the clock; times in the inventory depend on it"
        )
    if last_scan is not None and last_scan > now:
        return Check(
            "machine", "clock", "wrong", f"{now}, but the last scan ended at {last_scan}", "set the clock; it went back"
        )
    synced = Path("/run/systemd/timesync/synchronized").exists()
    return Check("machine", "clock", "ok", f"{now}" + (", synchronised" if synced else ""))


def inventory(session: Session) -> Iterator[Check]:
    """The file of the inventory, its size, outages, and unfinished scans."""
    from scanner.inventory import queries

    if not session.db.exists():
        yield Check("inventory", "database", "note", f"{session.db} does not exist yet", "the first scan creates it")
        yield disk(session.db.absolute().parent)
        yield clock(session.now(), None)
        return
    try:
        with session.inventory(readonly=True) as opened:
            health = queries.health(opened, thorough=True)
            unfinished = [scan.id for scan in queries.scans(opened, 100) if scan.finished is None]
            outages = [one for one in queries.current_problems(opened) if one.outage]
    except PhonescanError as error:
        yield Check("inventory", "database", "wrong", str(error))
        yield clock(session.now(), None)
        return
    if health["damage"]:
        yield Check("inventory", "database", "wrong", f"{session.db} is damaged: {health['damage']}", "restore a copy")
    else:
        rows = health["rows"]
        finding = f"{session.db}, {health['bytes'] // 1000:,} kB, {rows['devices']:,} devices, {rows['scans']:,} scans"
        writable = os.access(session.db, os.W_OK) and os.access(session.db.absolute().parent, os.W_OK)
        yield Check(
            "inventory",
            "database",
            "ok" if writable else "warning",
            finding,
            "" if writable else "this user can read it, not write it",
        )
    for one in outages:
        yield Check(
            "inventory",
            f"scan {one.scan.id}",
            "warning",
            f"{one} ({one.scan.first_targets}, site {one.site or one.scan.site})",
            "check the network between this machine and the phones",
        )
    if unfinished:
        yield Check(
            "inventory",
            "unfinished",
            "note",
            ", ".join(f"scan {number}" for number in unfinished),
            "`phonescan scan --resume` resumes the last",
        )
    yield disk(session.db.absolute().parent)
    yield clock(session.now(), health["last_scan"])


def knowledge(session: Session) -> Iterator[Check]:
    """Fingerprints, catalogs with their age, and the policy."""
    from scanner.app.reporting import catalogs_described
    from scanner.settings import policy

    def fingerprints() -> str:
        found = session.fingerprints()
        return f"{len(found.origins)} vendor files, {sum(len(origin.file.rule) for origin in found.origins)} rules"

    yield _tried("knowledge", "fingerprints", fingerprints)
    try:
        infos = catalogs_described(session, session.catalogs_by_name().values())
    except PhonescanError as error:
        yield Check("knowledge", "catalogs", "wrong", str(error))
        return
    chosen = policy(session.settings)
    for name in (chosen.primary, *chosen.fallback):
        if name not in {info.name for info in infos}:
            yield Check(
                "knowledge",
                f"catalog {name}",
                "wrong",
                "the policy names an unknown catalog",
                "import it, or correct [policy]",
            )
    for info in infos:
        yield Check(
            "knowledge",
            f"catalog {info.name}",
            "note" if info.old else "ok",
            info.dated,
            "look for a newer page: `phonescan catalog import PAGE`" if info.old else "",
        )


def settings(session: Session) -> Iterator[Check]:
    """The settings file, secrets, schedules, report folders and notification addresses."""
    from scanner.settings import days, secrets

    sections, path = session.settings.sections, session.settings.path
    yield Check("settings", "file", "ok", str(path) if path else "none: the defaults apply")
    if kept := sections.inventory.retention:
        yield Check("settings", "retention", "ok", f"{days(kept):,} days")
    for credential in sections.credentials:
        for key in SECRET_KEYS:
            if (reference := getattr(credential, key)) is None:
                continue
            name = f"credential {credential.name}, {key}"

            def resolves(reference: str = reference, name: str = name) -> str:
                secrets.reveal(reference, what=name, folder=session.settings.folder)
                return "resolves" if secrets.is_reference(reference) else "is in the settings file itself"

            check = _tried("settings", name, resolves)
            plain = check.state == "ok" and reference != secrets.KNOWN_TO_ALL and not secrets.is_reference(reference)
            yield check._replace(state="warning", do="write env:NAME or file:PATH") if plain else check
    for section in sections.scan:
        yield from _scheduled(session, section)


def _scheduled(session: Session, section: ScanSection) -> Iterator[Check]:
    """A scan of the settings: its due time, targets, report folders and notification addresses."""
    from scanner.app.scan import plan
    from scanner.schedule import job, timetable

    name = f"scan {section.name}"
    try:
        found = timetable.entries([section])
        if section.targets and not found:
            public = session.settings.sections.network.allow_public
            folder = session.settings.folder
            targets = target_words.expand(section.targets, folder, session)
            exclude = target_words.expand(section.exclude, folder, session, empty=True)
            target_syntax.parse(targets, exclude, public, _any_address)
        for entry in found:
            request = job.request_of(session, entry, reveal=False)
            if section.targets:
                plan(replace(request, resolve=_any_address))
    except PhonescanError as error:
        finding = str(error).removeprefix(f"[[scan]] {section.name!r}: ")
        yield Check("settings", name, "wrong", finding, "correct it: it cannot run like this")
        return
    if not found:
        yield Check("settings", name, "note", "has no cron line: it never runs")
        return
    entry = found[0]
    due = next(timetable.upcoming([entry], session.clock()), None)
    yield Check("settings", name, "ok" if due else "warning", f"due {utc(due[0])}" if due else "is never due")
    for report in section.reports:
        yield _tried("settings", f"{name}, report {report.kind}", lambda report=report: _report(session, entry, report))  # type: ignore[misc]
    if section.notify:
        yield _tried("settings", f"{name}, notify", lambda: _notified(session, entry))
    if section.message:
        yield _tried("settings", f"{name}, message", lambda: _message(session, section.name, section.message or ""))


def _message(session: Session, name: str, spelled: str) -> str:
    from scanner.notify.template import sample, worded

    return f"example of its subject: {worded(sample(name), session.settings.folder / expanded(spelled)).subject}"


def _notified(session: Session, entry: ScheduledScan) -> str:
    from scanner.notify.reach import greeted
    from scanner.schedule.notification import destinations_of

    urls = [one.url for one in destinations_of(session, entry)]
    responses = [response for response in map(greeted, urls) if response]
    return "; ".join([f"{len(urls)} {'address' if len(urls) == 1 else 'addresses'}", *responses])


def _report(session: Session, entry: ScheduledScan, report: ReportSection) -> str:
    from scanner.schedule import report_files

    report_files.check(report)
    path = report_files.path_of(session, entry, report)
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if path.is_dir():
        raise SettingsError(f"{path} is a folder; name a file in it")
    try:
        with tempfile.TemporaryFile(dir=folder):  # a file system may refuse files that permissions allow
            pass
    except OSError:
        raise SettingsError(f"{path} cannot be written: this user cannot write to {folder}") from None
    return f"is written to {path}"


def _any_address(name: str) -> tuple[str, ...]:
    """One address for any host name: names are resolved when the scan runs."""
    return ("192.0.2.1",)


def _tried(part: str, name: str, attempt: Callable[[], str]) -> Check:
    try:
        return Check(part, name, "ok", attempt())
    except PhonescanError as error:
        return Check(part, name, "wrong", str(error).removeprefix(f"{name}: "))
