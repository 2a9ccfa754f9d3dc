"""`phonescan scan`: targets in, every phone recorded and judged."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import msgspec

from scanner.cli.group import DONE, FOUND, PARTLY
from scanner.cli.shared import frame, output, ranges, selection, words
from scanner.cli.shared.discoveries import DiscoverOption
from scanner.cli.shared.progress import bar
from scanner.cli.shared.signals import stopping
from scanner.cli.shared.summary import say_summary
from scanner.core.errors import UsageError
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.core.limits import RATE, RETRIES, TIMEOUT, PaceName
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.app.scan import Plan, Progress, ScanRequest
    from scanner.inventory import Inventory, Summary

#: `--resume` without a number: the last scan that is not finished.
LAST = 0
STAGES = {
    "presence": "host discovery",
    "sweep": "UDP probes",
    "silent": "TCP probes to unresponsive hosts",
    "talks": "querying responsive hosts",
    "end": "done",
}


@frame.command(
    "scan",
    help="Scan targets and record every phone, its firmware, and whether that is the certified one.\n\n"
    "TARGET is a subnet (10.1.0.0/16), a range (10.1.2.10-50), an address, a host name, or a file of them. "
    "Nothing is ever changed on a phone; what is sent is described in docs/what-we-send.md.",
    examples=[
        "phonescan scan 10.1.0.0/16 --exclude 10.1.9.0/24",
        "phonescan scan 10.1.2.0/24 --discover sip,http --pace gentle",
        "phonescan scan sites.txt --dry-run",
        "phonescan scan --resume",
    ],
)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--discover", cls=DiscoverOption, help="Discoveries, joined by commas.  [default: all but switches]")
@click.option("--exclude", multiple=True, metavar="TARGET", help="Leave this out. May be repeated.")
@click.option(
    "--exclude-file",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="Leave out what is in this file.",
)
@click.option(
    "--site", metavar="NAME", default="", help="Site of what is found.  [default: what the settings say of its subnet]"
)
@click.option("--pace", type=click.Choice(get_args(PaceName)), help="How hard the network is asked.  [default: normal]")
@click.option("--rate", type=ranges.whole(RATE), metavar="PPS", help="Packets a second at most.")
@click.option(
    "--retries", type=ranges.whole(RETRIES), metavar="N", help="How often an unanswered question is repeated."
)
@click.option("--timeout", type=ranges.number(TIMEOUT), metavar="S", help="Seconds to wait for an answer.")
@click.option(
    "--community", multiple=True, metavar="NAME", help="SNMP credential of the settings, or a community itself."
)
@click.option(
    "--resume",
    is_flag=False,
    flag_value=LAST,
    type=click.IntRange(0),
    metavar="[SCAN]",
    help="Go on with a scan that was not finished: the last one, or this.",
)
@output.format_option("table", "json", "jsonl", "csv", "none")
@click.option("--allow-public", is_flag=True, help="Let public address space be scanned.")
@click.option("--keep-all", is_flag=True, help="Keep what is no phone in the inventory as well.")
@selection.FAIL_ON
@click.option("--dry-run", is_flag=True, help="Say what would be sent, to how many, for how long; send nothing.")
@click.option(
    "--progress",
    type=click.Choice(["auto", "json", "none"]),
    default="auto",
    show_default=True,
    help="Progress on standard error: a bar on a terminal, or JSON lines.",
)
def command(
    session: frame.Session,
    targets: tuple[str, ...],
    resume: int | None,
    format: str,
    keep_all: bool,
    fail_on: str | None,
    dry_run: bool,
    progress: str,
    exclude: tuple[str, ...],
    exclude_file: tuple[Path, ...],
    **options: Any,
) -> int:
    """Scan, record, and say what was found."""
    if resume is not None and (targets or dry_run):
        raise UsageError("--resume goes on with a scan as it began: leave out targets and --dry-run")
    if resume is None and not targets:
        raise UsageError("no target: name a subnet such as 10.0.0.0/24, a range, an address, a host name or a file")
    left_out = [*words.targets(exclude), *(word for file in exclude_file for word in words.in_file(file))]
    request = request_of(session, words.targets(targets), tuple(left_out), resume, **options)
    if resume is None:
        from scanner.app.scan import plan

        planned = plan(request)  # what cannot be scanned is said before an inventory is made
        if dry_run:
            say_plan(planned, format)
            return DONE
    with session.inventory(create=resume is None) as inventory:
        summary = run(session, inventory, request, keep_all=keep_all, progress=progress)
        show_devices(session, inventory, summary, format)
        session.forget(inventory)
    say_summary(summary, notes=True)
    if summary.outcome == "interrupted":
        click.echo(f"go on with it by `phonescan scan --resume {summary.scan}`", err=True)
    if summary.outcome != "done":
        return PARTLY
    return FOUND if selection.found(fail_on, summary.compliance) else DONE


def request_of(
    session: frame.Session,
    targets: tuple[str, ...],
    exclude: tuple[str, ...],
    resume: int | None,
    *,
    discover: str | None = None,
    site: str = "",
    pace: str | None = None,
    rate: int | None = None,
    retries: int | None = None,
    timeout: float | None = None,
    community: tuple[str, ...] = (),
    allow_public: bool = False,
) -> ScanRequest:
    """What the options, above the settings, ask for."""
    from scanner import settings
    from scanner.app.scan import SWITCHES, ScanRequest
    from scanner.cli.shared.credentials import chosen
    from scanner.discovery.registry import default_names

    network = session.settings.sections.network
    chosen_names = tuple(part.strip() for part in discover.split(",") if part.strip()) if discover else default_names()
    limit = rate if rate is not None else network.rate
    return ScanRequest(
        targets=targets,
        exclude=exclude,
        discover=chosen_names,
        switches=_switches(session, site) if SWITCHES in chosen_names else (),
        site=site,
        pace=pace or network.pace,
        rate=None if limit is None else max(1, round(limit)),
        retries=retries if retries is not None else network.retries,
        timeout=timeout if timeout is not None else network.timeout,
        interfaces=network.interfaces,
        ports_http=network.ports.http,
        ports_sip=network.ports.sip,
        port_snmp=network.ports.snmp_port,
        allow_public=allow_public or network.allow_public,
        credentials=chosen(session.settings, community),
        passive=settings.passive(session.settings),
        resume=resume,
        resolve=words.resolve,
    )


def _switches(session: frame.Session, site: str) -> tuple[str, ...]:
    """The switches that the settings name, of that site or of all. Raises UsageError when there are none."""
    sections = session.settings.sections.scan
    found = dict.fromkeys(s for section in sections if not site or section.site == site for s in section.switches)
    if not found:
        raise UsageError("--discover switches asks the `switches` of [[scan]] in the settings, and there are none")
    return words.targets(found)


def run(
    session: frame.Session,
    inventory: Inventory,
    request: ScanRequest,
    *,
    keep_all: bool = False,
    progress: str = "auto",
) -> Summary:
    """Scan with progress for whoever watches; Ctrl-C ends it in part, with everything kept."""
    from scanner.app.scan import scan

    with stopping("the scan") as stop, _watched(progress) as told:
        knowledge = session.knowledge(inventory, keep_all=keep_all)
        return scan(request, inventory, knowledge, now=session.now, progress=told, stopped=stop.is_set)


@contextmanager
def _watched(how: str) -> Iterator[Callable[[Progress], None] | None]:
    """Who is told of progress: a bar, lines of JSON, or nobody."""
    if how == "json":
        encode = msgspec.json.Encoder().encode

        def line(progress: Progress) -> None:
            click.echo(encode(progress), err=True)

        yield line
    elif how == "auto" and output.terminal(sys.stderr):
        with bar("scanning") as advance:
            yield lambda progress: advance(_share(progress), 1.0, _words(progress))
    else:
        yield None


def _share(progress: Progress) -> float:
    if progress.left is None:
        return 0.0
    whole = progress.elapsed + progress.left
    return progress.elapsed / whole if whole > 0 else 1.0


def _words(progress: Progress) -> str:
    stage = STAGES.get(progress.stage, progress.stage)
    left = f", {progress.left:.0f} s left" if progress.left is not None else ""
    there = f"{progress.found:,} of {progress.addresses:,} there"
    return f"{stage}: {progress.phones:,} phones{left}, {there}, {progress.rate:,.0f} packets/s"


def show_devices(session: frame.Session, inventory: Inventory, summary: Summary, format: str) -> None:
    """Write the devices that this scan heard from to standard output."""
    from scanner.inventory import queries

    if format == "none":
        return
    rows = queries.inventory_rows(inventory, queries.Filters(seen_in=summary.scan))
    output.emit_rows(rows, INVENTORY_COLUMNS, format, f"Scan {summary.scan}")


def say_plan(plan: Plan, format: str) -> None:
    """What would be sent: for people, or as JSON."""
    if format in ("json", "jsonl"):
        output.emit_json(plan)
        return
    least, most = plan.in_all
    one_least, one_most = plan.to_one_phone
    more = " …" if len(plan.targets) > 8 else ""
    click.echo(f"{_addresses(plan.addresses)} in {shown(', '.join(plan.targets[:8]))}{more}")
    if plan.excluded:
        click.echo(f"{_addresses(plan.excluded)} {'is' if plan.excluded == 1 else 'are'} excluded")
    click.echo(f"discoveries: {', '.join(plan.discoveries)}")
    click.echo(f"pace {plan.pace}: {plan.rate:,} packets a second at most, {plan.host_rate:,} to one host")
    click.echo(f"packets: {least.packets:,} to {most.packets:,}, {least.bytes:,} to {most.bytes:,} bytes")
    click.echo(
        f"to one phone: {one_least.packets} to {one_most.packets} packets, {one_most.connections} connections at most"
    )
    soonest, latest = (f"{seconds:,.0f}" for seconds in plan.seconds)
    click.echo(f"time: about {soonest if soonest == latest else f'{soonest} to {latest}'} seconds")
    for note in plan.notes:
        click.echo(shown(note))
    click.echo("nothing was sent")


def _addresses(number: int) -> str:
    return f"{number:,} address{'' if number == 1 else 'es'}"
