"""`phonescan schedule`: run scans at their due times, list these, write systemd units, send a test message."""

from __future__ import annotations

import itertools
import json
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output, ranges
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.signals import stopping
from scanner.core import saving
from scanner.core.errors import PhonescanError, SettingsError, UsageError
from scanner.core.limits import LISTED_TIMES
from scanner.core.paths import expanded
from scanner.core.text import moment, shown, utc

if TYPE_CHECKING:
    from scanner.schedule.timetable import ScheduledScan
    from scanner.settings.records import ReportSection

#: Every user may show units with `systemctl cat`.
_UNIT_MODE = 0o644


@click.group(
    "schedule",
    help="Run scans at the times that `[[scan]]` sections of the settings define.",
    epilog=click_command.examples(
        [
            "phonescan schedule run",
            "phonescan schedule list --count 5",
            "phonescan schedule systemd -o /etc/systemd/system",
        ]
    ),
)
def command() -> None:
    """Run its subcommands."""


@click_command.define(
    "run",
    help="Run the scans when they are due, until SIGTERM; SIGHUP reads the settings again.\n\n"
    "Files that appear in the folders of `[[watch]]` are read as `phonescan watch` does.",
    examples=["phonescan schedule run", "phonescan schedule run --once nightly"],
)
@click.option("--once", metavar="NAME", help="Run one scan now, for its last due time, and end.")
@click.pass_context
def run(ctx: click.Context, session: Session, once: str | None) -> int:
    """Run scans."""
    from scanner.schedule import cron
    from scanner.schedule.job import run_entry
    from scanner.schedule.timetable import entries

    table = entries(session.settings.sections.scan)
    if once is None:
        try:
            from scanner.schedule.run import Scheduler, run_until_stopped

            if not table and not session.settings.sections.watch:
                raise SettingsError("no [[scan]] in the settings has a `cron`: there is nothing to run")
            logging.getLogger("scanner.schedule").setLevel(logging.INFO)  # the runs are the output of this command
            with stopping("the schedule"):
                run_until_stopped(Scheduler(lambda: click_command.open_session(session.db, session.settings.path)))
        except ModuleNotFoundError:
            raise PhonescanError("schedules need the extra: install phonescan[schedule]") from None
        return DONE
    entry = next((entry for entry in table if entry.name == once), None)
    if entry is None:
        raise UsageError(f"unknown scan {once!r}; `phonescan schedule list` names them")
    due = cron.last_due(entry.rule, entry.zone, moment(session.now())) or moment(session.now())
    with stopping("the scan") as stop:
        done = run_entry(session, entry, due, stopped=stop.is_set)
    if done.outcome == "taken":
        click.echo(f"{shown(done.name)} of {done.due} has run already", err=True)
        return DONE
    click.echo(f"{shown(done.name)} of {done.due}: {done.words or done.outcome}", err=True)
    if done.outcome == "failed":
        raise PhonescanError(f"the scan {once!r} failed; `phonescan doctor` shows what is missing")
    return DONE if done.outcome == "done" and not done.failures and not done.outage else PARTLY


@click_command.define(
    "list",
    help="List the due times of scans, in UTC.",
    examples=["phonescan schedule list", "phonescan schedule list --from 2026-10-24T00:00Z --count 9 --format json"],
)
@click.option("--from", "start", metavar="TIME", help="Due times after this one.  [default: now]")
@click.option("--count", type=ranges.whole(LISTED_TIMES), default=10, show_default=True, help="Due times at most.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(session: Session, start: str | None, count: int, form: str) -> int:
    """List due times."""
    from scanner.schedule.timetable import entries, upcoming

    try:
        after = moment(options.moment(start)) if start else session.clock()
    except (ValueError, OverflowError):
        raise UsageError(f"--from {start!r} is not a time; write 2026-11-23T02:00Z") from None
    table = entries(session.settings.sections.scan)
    rows = [{"name": name, "due": utc(due)} for due, name in itertools.islice(upcoming(table, after), count)]
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return DONE
    if not rows:
        click.echo("no [[scan]] in the settings has a `cron`", err=True)
    zones = {entry.name: entry.zone for entry in table}
    local = [(row, moment(row["due"]).astimezone(zones[row["name"]])) for row in rows]
    output.write_lines(f"{row['due']}  {row['name']}  ({due:%a %Y-%m-%d %H:%M %Z})" for row, due in local)
    return DONE


@click_command.define(
    "systemd",
    help="Write a hardened service and timer for each scan of the settings, and a service for each folder that they "
    "watch, for systemd on this machine. A path of the settings that a service cannot reach is refused.",
    examples=[
        "phonescan schedule systemd -o /etc/systemd/system",
        "phonescan schedule systemd -o units --user netops",
    ],
)
@click.option(
    "-o", "--output", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR"
)
@click.option(
    "--user", "name", metavar="NAME", help="User of the services.  [default: phonescan; systemd makes it if missing]"
)
def systemd(session: Session, folder: Path, name: str | None) -> int:
    """Write unit files."""
    from scanner.schedule.unit_files import unit_files

    written, notes = unit_files(session, name)
    try:
        saving.folder(folder)
        for file, text in written.items():
            saving.write(folder / file, text.encode(), _UNIT_MODE)
    except OSError as error:
        raise PhonescanError(f"{folder} cannot be written ({error.strerror}); choose another folder with -o") from None
    for file in written:
        click.echo(str(folder / file), err=True)
    for note in notes:
        click.echo(note, err=True)
    return DONE


@click_command.define(
    "notify",
    help="Send a test message to the addresses that a scan notifies, with the reports that it attaches.",
    examples=["phonescan schedule notify nightly --test"],
)
@click.argument("name")
@click.option(
    "--test", is_flag=True, required=True, help="Required: a test message is the only one that this command sends."
)
def notify(session: Session, name: str, test: bool) -> int:
    """Send a test message."""
    from scanner.notify.digest import Digest
    from scanner.notify.send import Terms, send
    from scanner.notify.template import sample, worded
    from scanner.schedule.notification import attached, destinations_of, limit_of
    from scanner.schedule.timetable import entries

    entry = next((entry for entry in entries(session.settings.sections.scan) if entry.name == name), None)
    if entry is None:
        raise UsageError(f"unknown scan {name!r}; `phonescan schedule list` names them")
    destinations = destinations_of(session, entry)
    if not destinations:
        raise SettingsError(f"[[scan]] {name!r} has no `notify`")
    text = "\n".join(filter(None, ("Messages of this scan arrive here.", session.settings.sections.web.page("/"))))
    message = Digest(f"phonescan {shown(name)}: a test", f"{text}\n")
    if entry.section.message:
        message = worded(sample(name), session.settings.folder / expanded(entry.section.message))
    terms = Terms(moment(session.now()), limit_of(entry))
    with tempfile.TemporaryDirectory(prefix="phonescan-test-") as folder:
        reports = attached(session, entry, _reports_now(session, entry, Path(folder)))
        sent = [send(message, one.url, terms, reports, number) for number, one in enumerate(destinations, 1)]
    failures = [failure for one in sent for failure in one.failures]
    for failure in failures:
        click.echo(failure, err=True)
    click.echo(f"{sum(one.accepted for one in sent)} of {len(sent)} messages were accepted", err=True)
    return PARTLY if failures else DONE


def _reports_now(session: Session, entry: ScheduledScan, folder: Path) -> list[tuple[ReportSection, Path]]:
    """The reports that are attached to a message of this scan, of the current inventory; none before the first scan."""
    from scanner.schedule.report_files import path_of, write

    if not session.db.exists():
        return []
    written = []
    for number, section in enumerate(entry.section.reports):
        if section.attached:
            path = folder / str(number) / path_of(session, entry, section).name
            write(session, entry, section, path)
            written.append((section, path))
    return written


for subcommand in (run, list_, systemd, notify):
    command.add_command(subcommand)
