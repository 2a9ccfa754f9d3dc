"""`phonescan switches`: what switches and routers know of phones, over SNMP. No phone is touched."""

from __future__ import annotations

from typing import get_args

import click

from scanner.cli.group import DONE, PARTLY
from scanner.cli.shared import frame, output, ranges
from scanner.cli.shared.signals import stopping
from scanner.core.limits import PORT, PaceName
from scanner.core.text import shown


@frame.command(
    "switches",
    help="Ask switches and routers over SNMP which phones they see, and on which port.\n\n"
    "LLDP, LLDP-MED, CDP, bridge and ARP tables are read, a few columns of each; phones are not touched. "
    "Credentials come from the settings; without any, `public` is asked.",
    examples=[
        "phonescan switches 10.0.0.1 10.0.0.2",
        "phonescan switches 10.9.0.0/28 --community campus --format json",
    ],
)
@click.argument("target", nargs=-1, required=True)
@click.option("--community", metavar="NAME", multiple=True, help="Credential of the settings, or a community itself.")
@click.option("--site", metavar="NAME", default="", help="Site of what the switches see.")
@click.option("--pace", type=click.Choice(get_args(PaceName)), help="How hard a switch is asked.")
@click.option("--allow-public", is_flag=True, help="Let public address space be asked.")
@click.option("--port", type=ranges.whole(PORT), metavar="N", help="UDP port of the agents.  [default: 161]")
@output.DEVICES
def command(
    session: frame.Session,
    target: tuple[str, ...],
    community: tuple[str, ...],
    site: str,
    pace: str | None,
    allow_public: bool,
    port: int | None,
    format: str,
) -> int:
    """Ask the switches and record what they see; then the devices that they saw, on standard output."""
    from scanner import settings
    from scanner.app.switch_scan import HarvestRequest, SwitchTold, addresses, harvest
    from scanner.cli.commands.scan import show_devices
    from scanner.cli.shared import words
    from scanner.cli.shared.credentials import chosen
    from scanner.core.outcomes import Outcome
    from scanner.discovery.options import SNMP_PORT

    network = session.settings.sections.network
    request = HarvestRequest(
        addresses=addresses(words.targets(target), allow_public or network.allow_public, words.resolve),
        credentials=chosen(session.settings, community),
        pace=pace or network.pace,
        site=site,
        port=port or network.ports.snmp_port or SNMP_PORT,
        passive=settings.passive(session.settings),
    )
    partial = False

    def told(one: SwitchTold) -> None:
        nonlocal partial
        partial = partial or one.outcome is not Outcome.ANSWERED
        read = f"{one.name}: {one.neighbours} neighbours in {one.rows} rows over {one.spoken}"
        click.echo(shown(f"{one.address} {read if one.spoken else one.outcome}"), err=True)
        for gap in one.gaps:
            click.echo(f"  {shown(gap)}", err=True)

    with stopping("the walks") as stop, session.inventory(create=True) as inventory:
        knowledge = session.knowledge(inventory)
        summary = harvest(request, inventory, knowledge, now=session.now, told=told, stopped=stop.is_set)
        session.forget(inventory)
        show_devices(session, inventory, summary, format)
    click.echo(f"{summary.devices} devices out of {summary.observations} observations", err=True)
    return PARTLY if partial or stop.is_set() else DONE
