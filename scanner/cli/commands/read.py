"""`phonescan read`: files of other tools through the same pipeline as a live scan."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from scanner.cli.group import DONE, PARTLY
from scanner.cli.group import say as complain
from scanner.cli.shared import frame, output
from scanner.cli.shared.progress import Advance, bar
from scanner.cli.shared.summary import say_summary
from scanner.core.address import address
from scanner.core.errors import DataError, PhonescanError, UsageError
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.core.model import Observation
    from scanner.inventory import Inventory, Summary
    from scanner.reading import Item

#: Problems of one file that are told one by one.
TOLD = 20
#: Observations that are stored at a time.
BATCH = 2_000


@frame.command(
    "read",
    help="Read files of other tools into the inventory, as if a scan had seen what is in them.\n\n"
    "The format is told by content; `-` is standard input; gzip is opened. What cannot be read is named with its "
    "line, the rest is kept.",
    examples=[
        "phonescan read observations.jsonl",
        "phonescan read capture.pcap nmap.xml",
        "phonescan read --ip 10.1.2.3 phone.snmprec",
        "phonescan export observations --db old.sqlite | phonescan read - --db new.sqlite",
    ],
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--as", "named", metavar="FORMAT", help="The format, where the content does not tell it.")
@click.option("--ip", metavar="ADDRESS", help="Address of the device that a recording is of.")
@click.option("--site", metavar="NAME", default="", help="Site of what is read, where neither file nor settings say.")
@click.option("--keep-all", is_flag=True, help="Keep what is no phone in the inventory as well.")
@output.DEVICES
def command(
    session: frame.Session,
    files: tuple[str, ...],
    named: str | None,
    ip: str | None,
    site: str,
    keep_all: bool,
    format: str,
) -> int:
    """Read the files, record what they hold, say what could not be read, and with `format` show the devices."""
    from scanner.cli.commands.scan import show_devices

    if ip is not None:
        if len(files) > 1:
            raise UsageError("--ip names the device of one recording; read one file at a time with it")
        if address(ip) is None:
            raise UsageError(f"--ip {ip!r} is no address such as 10.1.2.3")
        ip = address(ip)
    known = [_known(name, named) for name in files]
    with session.inventory(create=True) as inventory:
        knowledge = session.knowledge(inventory, keep_all=keep_all)
        scan = inventory.begin_scan(kind="read", targets=files, discoveries=(), site=site, now=session.now())
        notes: list[str] = []
        outcome = "done"
        with bar("reading") as advance:
            try:
                for name, chosen in zip(files, known, strict=True):
                    notes += _record(session, inventory, scan, name, chosen, ip, advance)
            except KeyboardInterrupt:
                outcome = "interrupted"
                notes.append("interrupted; what had been read is kept")
            summary: Summary = inventory.finish_scan(
                scan,
                outcome="interrupted" if outcome == "interrupted" else "partial" if notes else "done",
                notes=notes,
                knowledge=knowledge,
                now=session.now(),
            )
        show_devices(session, inventory, summary, format)
    say_summary(summary)
    return PARTLY if notes else DONE


def _known(name: str, format: str | None) -> str | None:
    """The format of a file, before anything is recorded; None for what comes over standard input."""
    from scanner.reading import detect

    if format is not None:
        return detect.named(format).name
    if name == "-":
        return None
    with _opened(name) as stream:
        try:
            found, _ = detect.detected(stream, Path(name).name)
        except (OSError, EOFError, zlib.error) as error:
            raise PhonescanError(f"{name} cannot be read: {error}") from None
    return found.name if found else None


def _opened(name: str) -> BinaryIO:
    if name == "-":
        return cast(BinaryIO, sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise PhonescanError(f"{name} cannot be read: {error.strerror or error}") from None


def _record(
    session: frame.Session,
    inventory: Inventory,
    scan: int,
    name: str,
    format: str | None,
    ip: str | None,
    advance: Advance,
) -> list[str]:
    """Record one file; what could not be read of it, in one sentence, or nothing."""
    from scanner.reading import Context, detect

    short = "standard input" if name == "-" else Path(name).name
    problems = count = 0
    with _opened(name) as stream:
        size = Path(name).stat().st_size if name != "-" and Path(name).is_file() else 0

        def wrong(text: str) -> None:
            nonlocal problems
            problems += 1
            if problems <= TOLD:
                complain(f"{short}: {text}")

        items = detect.read(stream, Context(short, session.now(), ip), format)
        observations = _observations(items, wrong)
        while batch := list(islice(observations, BATCH)):
            count += inventory.record(scan, batch)
            advance(stream.tell() if size else 0, size, f"{short}: {count:,} observations")
    if problems > TOLD:
        complain(f"{short}: {problems - TOLD} more of that kind")
    click.echo(f"{shown(short)}: {count:,} observations" + (f", {problems:,} not read" if problems else ""), err=True)
    return [f"{short}: {problems} not read"] if problems else []


def _observations(items: Iterator[Item], wrong: Callable[[str], None]) -> Iterator[Observation]:
    """The observations among the items; problems, and a file that breaks off, go to `wrong`."""
    from scanner.reading import Problem

    try:
        for item in items:
            if isinstance(item, Problem):
                wrong(f"line {item.number}: {item.what}" if item.number else item.what)
            else:
                yield item
    except DataError as error:
        wrong(str(error))
    except (OSError, EOFError, zlib.error) as error:
        wrong(f"it breaks off: {error}")
