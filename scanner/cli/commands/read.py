"""`phonescan read`: observations from files of other tools, recorded like those of a live scan."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

import click

from scanner.app import file_reading
from scanner.app.notes import finished
from scanner.app.session import Session
from scanner.cli.shared import click_command, options
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import print_message, write_lines
from scanner.cli.shared.progress import Advance, bar
from scanner.cli.shared.summary import write_summary
from scanner.core import dating
from scanner.core.address import address
from scanner.core.errors import PhonescanError, UsageError
from scanner.core.text import amount, bounded

if TYPE_CHECKING:
    from scanner.inventory import Inventory, ScanOutcome

#: Problems of one file that are reported one by one.
PROBLEMS = 20


class _Input(NamedTuple):
    """A file, its format (None: to be detected), and what the user states about it."""

    name: str
    format: str | None
    ip: str | None
    at: str | None
    columns: Mapping[str, str]


@click_command.define(
    "read",
    identifies=True,
    help="Read files of other tools into the inventory, as if a scan had observed their content.\n\n"
    "The format is detected by content; `-` is standard input; gzip is decompressed. What cannot be read is reported "
    "with its line, the rest is recorded.",
    examples=[
        "phonescan read observations.jsonl",
        "phonescan read capture.pcap nmap.xml",
        "phonescan read --ip 10.1.2.3 phone.snmprec",
        "phonescan read --map 'Device MAC=mac' --map Load=firmware phones.csv",
        "phonescan export observations --db old.sqlite | phonescan read - --db new.sqlite",
    ],
)
@click.argument("files", nargs=-1, type=click.Path(readable=False), required=True, metavar="FILE...")
@click.option(
    "--as",
    "format_name",
    metavar="FORMAT",
    help="The format, where the content does not show it; an unknown name lists them.",
)
@click.option(
    "--map",
    "words",
    metavar="COLUMN=FIELD",
    multiple=True,
    help="What a column of a CSV or JSON file is, such as `'Device MAC=mac'`, or the name of a [[map]]. Repeatable.",
)
@click.option("--ip", metavar="ADDRESS", help="Address of the device that a recording is of.")
@click.option("--at", metavar="TIME", help="When what has no time of its own was observed.  [default: the file's time]")
@click.option("--site", metavar="NAME", default="", help="Site of the devices, where file and settings name none.")
@click.option("--keep-all", is_flag=True, help="Keep devices that are not phones in the inventory as well.")
@options.DEVICES_FORMAT
def command(
    session: Session,
    files: tuple[str, ...],
    format_name: str | None,
    words: tuple[str, ...],
    ip: str | None,
    at: str | None,
    site: str,
    keep_all: bool,
    format: str,
) -> int:
    """Read the files, record their observations, report problems, and with `format` write the devices."""
    from scanner.cli.shared.devices import write_observed

    if ip is not None:
        if len(files) > 1:
            raise UsageError("--ip names the device of one recording; read one file at a time with it")
        if address(ip) is None:
            raise UsageError(f"--ip {ip!r} is not an address such as 10.1.2.3")
        ip = address(ip)
    columns = file_reading.chosen_columns(session.settings, words)
    given = file_reading.format_given(format_name, columns)
    time = _time(session, at)
    formats, notes = _formats(files, given, columns)
    with session.inventory(create=True) as inventory:
        knowledge = session.knowledge(inventory, keep_all=keep_all)
        scan = inventory.begin_scan(
            kind="read", targets=[bounded(name) for name in files], discoveries=(), site=site, now=session.now()
        )
        outcome: ScanOutcome = "done"
        noted: set[str] = set()
        with bar("reading") as advance:
            try:
                for name, detected in formats:
                    notes += _record(
                        session, inventory, scan, _Input(name, detected, ip, time, columns), advance, noted
                    )
                outcome = "partial" if notes else "done"
            except KeyboardInterrupt:
                outcome = "interrupted"
                notes.append("interrupted; what had been read is kept")
            summary = finished(
                inventory, scan, outcome=outcome, notes=notes, knowledge=knowledge, now=session.now(), outages=False
            )
        write_observed(inventory, summary, format)
    write_summary(summary)
    return PARTLY if notes else DONE


def _time(session: Session, at: str | None) -> str | None:
    """The time of `--at`. Raises UsageError."""
    if at is None:
        return None
    try:
        time = options.moment(at)
    except (ValueError, OverflowError):
        raise UsageError(f"--at {at!r} is not a time; write 2026-11-23, 2026-11-23T02:00Z, 24h or 7d") from None
    if time > dating.latest(session.now()):
        raise UsageError(f"--at {at!r} is in the future; write when the content of the file was observed")
    return time


def _formats(
    files: tuple[str, ...], given: str | None, columns: Mapping[str, str]
) -> tuple[list[tuple[str, str | None]], list[str]]:
    """(name, format) of each file that can be read, before anything is recorded, and a note for each other one.

    The format of standard input is None where it is not given. Raises the error of the last file where none can be
    read.
    """
    found: list[tuple[str, str | None]] = []
    errors: list[PhonescanError] = []
    notes: list[str] = []
    for name in files:
        try:
            if columns and name != "-":
                with file_reading.opened(name) as stream:
                    file_reading.check_columns(stream, name, columns)
            found.append((name, given or (None if name == "-" else file_reading.format_of(name))))
        except PhonescanError as error:
            errors.append(error)
            notes.append(f"{_short(name)}: not read")
    for one in errors if found else errors[:-1]:
        print_message(str(one))
    if not found:
        raise errors[-1]
    return found, notes


def _short(name: str) -> str:
    """A file as messages name it."""
    return "standard input" if name == "-" else Path(name).name


def _record(
    session: Session, inventory: Inventory, scan: int, file: _Input, advance: Advance, noted: set[str]
) -> list[str]:
    """Record one file; a note when something that is wanted is missing. `noted` is what was noted of other files."""
    name, short = file.name, _short(file.name)
    problems = missing = 0

    def problem(text: str, wanted: bool) -> None:
        nonlocal problems, missing
        problems += 1
        missing += wanted
        if problems <= PROBLEMS:
            print_message(f"{short}: {text}")

    def note(sentence: str) -> None:
        if sentence not in noted:  # files of one kind have the same columns
            noted.add(sentence)
            print_message(f"{short}: {sentence}")

    try:
        opened = cast(BinaryIO, sys.stdin.buffer) if name == "-" else file_reading.opened(name)
    except PhonescanError as error:  # it could be read a moment ago
        print_message(str(error))
        return [f"{short}: not read"]
    with opened as stream:
        size = Path(name).stat().st_size if name != "-" and Path(name).is_file() else 0

        def progress(count: int) -> None:
            advance(stream.tell() if size else 0, size, f"{short}: {amount(count, 'observation')}")

        count = file_reading.record(
            inventory,
            scan,
            stream,
            short,
            now=session.now(),
            format=file.format,
            ip=file.ip,
            at=file.at,
            columns=file.columns,
            fingerprints=session.fingerprints(),
            problem=problem,
            progress=progress,
            note=note,
        )
    if problems > PROBLEMS:
        print_message(f"{short}: {amount(problems - PROBLEMS, 'more problem')}")
    write_lines([f"{short}: {amount(count, 'observation')}" + (f", {missing:,} not read" if missing else "")])
    return [f"{short}: {missing} not read"] if missing else []
