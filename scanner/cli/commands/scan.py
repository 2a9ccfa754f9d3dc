"""`phonescan scan`: probe targets, record every phone and assess its firmware."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.app import target_words
from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output, ranges
from scanner.cli.shared.discoveries import DiscoverOption
from scanner.cli.shared.exit_status import DONE, FOUND, PARTLY
from scanner.core.errors import UsageError
from scanner.core.limits import RATE, RETRIES, TIMEOUT
from scanner.core.text import amount

if TYPE_CHECKING:
    from scanner.app.request import ScanRequest
    from scanner.engine.estimate import Plan
    from scanner.engine.link_estimate import LinkLoad

#: `--resume` without a number: the last scan that is not finished.
LAST = 0
#: Targets that the plan names one by one.
NAMED = 8


@click_command.define(
    "scan",
    identifies=True,
    help="Scan targets and record every phone, its firmware, and whether that is certified.\n\n"
    "TARGET is a subnet (10.1.0.0/16), a range (10.1.2.10-50), an address, a host name, or a file of them. "
    "Nothing is ever changed on a phone; docs/what-we-send.md describes what is sent.",
    examples=[
        "phonescan scan 10.1.0.0/16 --exclude 10.1.9.0/24",
        "phonescan scan 10.1.2.0/24 --discover sip,http --pace gentle",
        "phonescan scan sites.txt --dry-run",
        "phonescan scan --from-routers --exclude 10.1.9.0/24",
        "phonescan scan --resume",
    ],
)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--discover", cls=DiscoverOption, help="Discoveries, joined by commas.  [default: all but switches and registrar]"
)
@click.option(
    "--from-routers",
    is_flag=True,
    help="Scan the subnets that the routers of [[router]] in the settings report, and that the settings allow.",
)
@click.option("--exclude", multiple=True, metavar="TARGET", help="Exclude this target. May be repeated.")
@click.option(
    "--exclude-file",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="Exclude the targets in this file.",
)
@click.option(
    "--site",
    metavar="NAME",
    default="",
    help="Site of the devices.  [default: the one whose subnets, in the settings, include them]",
)
@options.PACE
@click.option("--rate", type=ranges.whole(RATE), metavar="PPS", help="Packets a second at most.")
@click.option("--retries", type=ranges.whole(RETRIES), metavar="N", help="Retransmissions of an unanswered request.")
@click.option("--timeout", type=ranges.number(TIMEOUT), metavar="S", help="Seconds to wait for a response.")
@options.COMMUNITY
@click.option(
    "--resume",
    is_flag=False,
    flag_value=LAST,
    type=click.IntRange(0),
    metavar="[SCAN]",
    help="Resume an unfinished scan: the last one, or this.",
)
@options.format_option("table", "json", "jsonl", "csv", "none")
@click.option("--allow-public", is_flag=True, help="Allow targets in public address space.")
@click.option("--keep-all", is_flag=True, help="Keep devices that are not phones in the inventory as well.")
@options.FAIL_ON
@click.option("--dry-run", is_flag=True, help="Show what would be sent, to how many, for how long; send nothing.")
@click.option(
    "--progress",
    type=click.Choice(["auto", "json", "none"]),
    default="auto",
    show_default=True,
    help="Progress on standard error: a bar on a terminal, or JSON lines.",
)
def command(
    session: Session,
    targets: tuple[str, ...],
    resume: int | None,
    format: str,
    keep_all: bool,
    fail_on: str | None,
    dry_run: bool,
    progress: str,
    exclude: tuple[str, ...],
    exclude_file: tuple[Path, ...],
    from_routers: bool,
    **given: Any,
) -> int:
    """Scan, record, and write what was found."""
    from scanner.app.request import REGISTRAR, ScanRequest, discovery_names
    from scanner.app.router_targets import planned_survey, surveyed
    from scanner.app.scan import apart, plan, prepare
    from scanner.cli.shared.devices import write_observed
    from scanner.cli.shared.scanning import run
    from scanner.cli.shared.summary import write_summary
    from scanner.inventory import queries

    if resume is not None and (targets or dry_run):
        raise UsageError("--resume resumes a scan as it began: leave out targets and --dry-run")
    if from_routers and resume is not None:
        raise UsageError("--resume resumes a scan as it began: leave out --from-routers")
    if from_routers and dry_run:
        output.write_lines(planned_survey(session))
        return DONE
    named = targets or from_routers or resume is not None
    alone = not named and REGISTRAR in discovery_names(given.get("discover"))
    if not named and not alone:
        raise UsageError("no target: name a subnet such as 10.0.0.0/24, a range, an address, a host name or a file")
    excluded = [
        *target_words.expand(exclude, session=session, empty=True),
        *(word for file in exclude_file for word in target_words.in_file(file)),
    ]
    request = _request(
        session, targets=target_words.expand(targets, session=session), exclude=tuple(excluded), resume=resume, **given
    )
    if alone and dry_run:
        output.write_lines([*apart(request), "nothing was sent"])
        return DONE
    if from_routers:
        request = surveyed(session, request, session.now)
    # what cannot be scanned is reported before an inventory is made
    ready = prepare(request) if resume is None and not alone else request
    if not isinstance(ready, ScanRequest):
        planned = plan(ready)
        if dry_run:
            _write_plan(planned, format)
            return DONE
    with session.inventory(create=resume is None) as inventory:
        summary = run(session, inventory, ready, keep_all=keep_all, progress=progress)
        write_observed(inventory, summary, format)
        session.prune(inventory)
        health = queries.health_of_scan(inventory, summary.scan)
    write_summary(summary, notes=True, health=health)
    if summary.outcome == "interrupted":
        click.echo(f"resume it with `phonescan scan --resume {summary.scan}`", err=True)
    if summary.outcome != "done" or health.outage:
        return PARTLY
    return FOUND if options.fails(fail_on, summary.compliance) else DONE


def _request(
    session: Session, *, discover: str | None, site: str, community: tuple[str, ...], **given: Any
) -> ScanRequest:
    """The request that the options, above the settings, make."""
    from scanner.app import registrars
    from scanner.app.request import REGISTRAR, SWITCHES, discovery_names, from_settings
    from scanner.cli.shared import credentials
    from scanner.engine.os.host_names import resolve

    names = discovery_names(discover)
    return from_settings(
        session.settings,
        discover=names,
        switches=_switches(session, site) if SWITCHES in names else (),
        registrars=registrars.accesses(session.settings, site) if REGISTRAR in names else (),
        site=site,
        credentials=credentials.named(session.settings, community),
        resolve=resolve,
        **given,
    )


def _switches(session: Session, site: str) -> tuple[str, ...]:
    """The switches that the settings name, of that site or of all. Raises UsageError when there are none."""
    sections = session.settings.sections.scan
    found = dict.fromkeys(s for section in sections if not site or section.site == site for s in section.switches)
    if not found:
        raise UsageError("--discover switches reads the `switches` of [[scan]] in the settings, and there are none")
    return target_words.expand(found, session.settings.folder)


def _write_plan(plan: Plan, format: str) -> None:
    """Write what would be sent: as text, or as JSON."""
    if format in ("json", "jsonl"):
        output.write_json(plan)
        return
    least, most = plan.in_all
    one_least, one_most = plan.to_one_phone
    more = " …" if len(plan.targets) > NAMED else ""
    lines = [f"{amount(plan.addresses, 'address', 'addresses')} in {', '.join(plan.targets[:NAMED])}{more}"]
    if plan.excluded:
        lines.append(
            f"{amount(plan.excluded, 'address', 'addresses')} {'is' if plan.excluded == 1 else 'are'} excluded"
        )
    soonest, latest = (f"{seconds:,.0f}" for seconds in plan.seconds)
    lines += [
        f"discoveries: {', '.join(plan.discoveries)}",
        f"pace {plan.pace}: {plan.rate:,} packets a second at most, {plan.host_rate:,} to one host",
        f"packets: {least.packets:,} to {most.packets:,}, {least.bytes:,} to {most.bytes:,} bytes",
        f"to one phone: {one_least.packets} to {one_most.packets} packets, {one_most.connections} connections at most",
        *(_besides(load) for load in plan.besides),
        f"time: about {soonest if soonest == latest else f'{soonest} to {latest}'} seconds",
        *plan.notes,
        "nothing was sent",
    ]
    output.write_lines(lines)


def _besides(load: LinkLoad) -> str:
    """What is sent for one purpose besides the requests to each phone."""
    over = f" over {', '.join(load.interfaces)}" if load.interfaces else ""
    return f"{load.discovery}: {load.request} to {load.destination}{over}: at most {amount(load.packets, 'packet')}"
