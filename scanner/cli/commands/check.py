"""`phonescan check`: the state of the inventory in one line and an exit status, for monitoring systems."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.app.monitoring import UNKNOWN, Thresholds, state_of, status_line
from scanner.cli.shared import click_command, logs
from scanner.core.errors import PhonescanError
from scanner.core.text import moment, shown


@click.command(
    "check",
    help="Write the state of the inventory in one line, for Nagios-like monitoring.\n\n"
    "Exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
    epilog=click_command.examples(
        ["phonescan check", "phonescan check --warning 2 --critical 10 --scan-warning 26 --scan-critical 50"]
    ),
)
@click_command.DB
@click_command.CONFIG
@click_command.VERBOSE
@click.option("-w", "--warning", type=float, default=1.0, show_default=True, help="Percent noncompliant to warn at.")
@click.option("-c", "--critical", type=float, default=10.0, show_default=True, help="Percent that is critical.")
@click.option("--scan-warning", type=float, default=36.0, show_default=True, help="Hours since a scan to warn at.")
@click.option("--scan-critical", type=float, default=168.0, show_default=True, help="Hours that are critical.")
def command(db: Path | None, config: Path | None, verbose: int, **limits: float) -> int:
    """Write the line; settings that cannot be read are UNKNOWN too, because their status 2 would mean CRITICAL."""
    logs.to_stderr(verbose)
    try:
        session = click_command.open_session(db, config)
        with session.inventory(readonly=True) as inventory:
            knowledge = session.knowledge(inventory)
            primary = next((c for c in knowledge.catalogs if c.name == knowledge.policy.primary), None)
            state = state_of(inventory, moment(session.now()), primary.date if primary else "")
    except PhonescanError as error:
        click.echo(f"UNKNOWN: {shown(str(error))}")
        return UNKNOWN
    status, line = status_line(state, Thresholds(**limits))
    click.echo(line)
    return status
