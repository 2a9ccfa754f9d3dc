"""`phonescan demo`: a LAN of simulated phones on loopback, scanned as any target; `demo farm` runs the phones alone."""

from __future__ import annotations

import signal
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from scanner.cli.group import DONE, PARTLY
from scanner.cli.shared import frame, output
from scanner.core.fields import INVENTORY_COLUMNS

if TYPE_CHECKING:
    from scanner.testing import Farm


@click.group(
    "demo",
    invoke_without_command=True,
    help="Scan a simulated LAN of phones on loopback addresses and show the inventory and the report.",
    epilog=frame.examples(
        [
            "phonescan demo",
            "phonescan demo --db demo.sqlite",
            "phonescan demo farm 127.20.0.0/24 --truth truth.csv",
        ]
    ),
)
@frame.shared
@click.pass_context
def command(context: click.Context, session: frame.Session) -> int:
    """Run farm and scan; keep the inventory only where `--db` on the command line names a file for it."""
    if context.invoked_subcommand is not None:
        return DONE
    if context.get_parameter_source("db") is ParameterSource.COMMANDLINE:
        return demonstrate(session.db)
    with tempfile.TemporaryDirectory(prefix="phonescan-demo-") as folder:
        return demonstrate(Path(folder) / "demo.sqlite")


def demonstrate(db: Path) -> int:
    """Farm, scan, inventory, report. The settings of this machine do not count: the demo is the same everywhere."""
    from scanner.cli.commands.report import write_noncompliant
    from scanner.cli.commands.scan import request_of, run
    from scanner.cli.shared.summary import say_summary
    from scanner.inventory import queries
    from scanner.settings import Settings
    from scanner.settings.records import Sections
    from scanner.testing import demonstration
    from scanner.testing.ports import UNPRIVILEGED

    session = frame.Session(Settings(None, Sections()), db, True)
    with demonstration() as (subnet, farm), session.inventory(create=True) as inventory:
        click.echo(f"{len(farm.phones)} simulated devices answer on {subnet}", err=True)
        request = replace(request_of(session, (subnet,), (), None), kind="demo", port_snmp=UNPRIVILEGED[161])
        summary = run(session, inventory, request)
        rows = queries.inventory_rows(inventory)
        output.emit_rows(rows, INVENTORY_COLUMNS, "table", "Inventory")
        write_noncompliant(session, inventory, queries.Filters(), "table", None)
    say_summary(summary, notes=True)
    return DONE if summary.outcome == "done" else PARTLY


@click.command(
    "farm",
    help="Run the simulated phones alone, until interrupted, so that you can scan them from another terminal.",
    epilog=frame.examples(["phonescan demo farm 127.20.0.0/24 --truth truth.csv"]),
)
@click.argument("subnet", required=False, metavar="[CIDR]")
@click.option(
    "--truth", metavar="FILE", type=click.Path(path_type=Path), help="Write what the devices are to this file (CSV)."
)
def farm(subnet: str | None, truth: Path | None) -> None:
    """Run the farm until SIGINT or SIGTERM."""
    from scanner.testing import DEMO_SUBNET, run_farm

    def ready(running: Farm) -> None:
        click.echo(f"{len(running.phones)} devices answer on {subnet or DEMO_SUBNET}; Ctrl-C ends them", err=True)
        for note in running.left_out:
            click.echo(note, err=True)

    def ended(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, ended)
    try:
        with suppress(KeyboardInterrupt):
            run_farm(subnet or DEMO_SUBNET, truth, ready=ready)
    finally:
        signal.signal(signal.SIGTERM, before)


command.add_command(farm)
