"""`phonescan demo`: a simulated LAN of phones on loopback, scanned like any target, or run alone (`farm`)."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from scanner.app.session import Session
from scanner.cli.shared import click_command
from scanner.cli.shared.bounded_command import BoundedCommand, BoundedGroup
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import print_message

if TYPE_CHECKING:
    from scanner.testing import Farm


@click.group(
    "demo",
    cls=BoundedGroup,
    invoke_without_command=True,
    help="Scan a simulated LAN of phones on loopback addresses and show the inventory and the report.",
    epilog=click_command.examples(
        [
            "phonescan demo",
            "phonescan demo --db demo.sqlite",
            "phonescan demo farm 127.20.0.0/24 --truth truth.csv",
        ]
    ),
)
@click_command.with_session
@click.pass_context
def command(context: click.Context, session: Session) -> int:
    """Run farm and scan; keep the inventory only where `--db` on the command line names a file for it."""
    if context.invoked_subcommand is not None:
        return DONE
    if context.get_parameter_source("db") is ParameterSource.COMMANDLINE:
        return demonstrate(session.db)
    with tempfile.TemporaryDirectory(prefix="phonescan-demo-") as folder:
        return demonstrate(Path(folder) / "demo.sqlite")


def demonstrate(db: Path) -> int:
    """Farm, scan, inventory, report; by default settings, so that every machine shows the same."""
    from scanner.app.request import from_settings
    from scanner.cli.commands.report import write_report
    from scanner.cli.shared.scanning import run
    from scanner.cli.shared.summary import write_summary
    from scanner.inventory import queries
    from scanner.testing import demonstration
    from scanner.testing.ports import UNPRIVILEGED

    session = click_command.default_session(db)
    with demonstration() as (subnet, farm), session.inventory(create=True) as inventory:
        click.echo(f"{len(farm.phones)} simulated devices respond on {subnet}", err=True)
        request = from_settings(session.settings, targets=(subnet,))
        request = replace(request, kind="demo", port_snmp=UNPRIVILEGED[161])
        summary = run(session, inventory, request)
        health = queries.health_of_scan(inventory, summary.scan)
        whole = farm.runs
        for kind in ("inventory", "noncompliant"):
            write_report(session, inventory, kind, queries.Filters(), "table")
    write_summary(summary, notes=True, health=health)
    if not whole:
        print_message("the simulated devices ended before the scan did: stop other programs, and repeat")
    return DONE if summary.outcome == "done" and not health.outage and whole else PARTLY


@click.command(
    "farm",
    cls=BoundedCommand,
    help="Run the simulated phones alone, until interrupted, so that you can scan them from another terminal.",
    epilog=click_command.examples(["phonescan demo farm 127.20.0.0/24 --truth truth.csv"]),
)
@click.argument("subnet", required=False, metavar="[CIDR]")
@click.option(
    "--truth",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the true identity of each device to this file (CSV).",
)
def farm(subnet: str | None, truth: Path | None) -> None:
    """Run the farm until SIGINT, SIGTERM or SIGHUP."""
    from scanner.testing import DEMO_SUBNET, run_farm

    def ready(running: Farm) -> None:
        click.echo(f"{len(running.phones)} devices respond on {subnet or DEMO_SUBNET}; Ctrl-C ends them", err=True)
        for note in running.left_out:
            click.echo(note, err=True)

    with suppress(KeyboardInterrupt):
        run_farm(subnet or DEMO_SUBNET, truth, ready=ready)


command.add_command(farm)
