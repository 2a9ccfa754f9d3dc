"""`phonescan switches`: the tables of switches and routers that list phones, over SNMP. No phone is probed."""

from __future__ import annotations

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, ranges
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import write_diagnostic, write_lines
from scanner.cli.shared.signals import stopping
from scanner.core.limits import PORT
from scanner.core.text import amount, shown


@click_command.define(
    "switches",
    identifies=True,
    help="Read over SNMP which phones the tables of switches and routers list, and at which port.\n\n"
    "LLDP, LLDP-MED, CDP, bridge and ARP tables are read, a few columns of each; phones are not probed. "
    "Credentials come from the settings; without any, the community `public` is used.",
    examples=[
        "phonescan switches 10.0.0.1 10.0.0.2",
        "phonescan switches 10.9.0.0/28 --community campus --format json",
    ],
)
@click.argument("target", nargs=-1, required=True)
@options.COMMUNITY
@click.option("--site", metavar="NAME", default="", help="Site of the devices in the tables.")
@options.PACE
@click.option("--allow-public", is_flag=True, help="Allow switches in public address space.")
@click.option("--port", type=ranges.whole(PORT), metavar="N", help="UDP port of the agents.  [default: 161]")
@options.DEVICES_FORMAT
def command(
    session: Session,
    target: tuple[str, ...],
    community: tuple[str, ...],
    site: str,
    pace: str | None,
    allow_public: bool,
    port: int | None,
    format: str,
) -> int:
    """Read the switches, record what they report, and write the devices that they see."""
    from scanner import settings
    from scanner.app import switch_scan, target_words
    from scanner.app.switch_scan import SwitchRequest, SwitchResult
    from scanner.cli.shared import credentials
    from scanner.cli.shared.devices import write_observed
    from scanner.core.outcomes import Outcome
    from scanner.discovery.options import SNMP_PORT
    from scanner.engine.os.host_names import resolve
    from scanner.inventory import queries

    network = session.settings.sections.network
    words = target_words.expand(target, session=session)
    request = SwitchRequest(
        addresses=switch_scan.addresses(words, allow_public or network.allow_public, resolve),
        credentials=credentials.named(session.settings, community),
        pace=pace or network.pace,
        site=site,
        port=port or network.ports.snmp_port or SNMP_PORT,
        passive=settings.passive(session.settings),
    )
    partial = False

    def progress(one: SwitchResult) -> None:
        nonlocal partial
        partial = partial or one.outcome is not Outcome.ANSWERED
        read = f"{one.name}: {amount(one.neighbours, 'neighbour')} in {amount(one.rows, 'row')} over {one.version}"
        write_diagnostic(shown(f"{one.address} {read if one.version else one.outcome}") + "\n")
        for gap in one.gaps:
            write_diagnostic(f"  {shown(gap)}\n")

    with stopping("the walks") as stop, session.inventory(create=True) as inventory:
        knowledge = session.knowledge(inventory)
        summary = switch_scan.scan(
            request, inventory, knowledge, now=session.now, progress=progress, stopped=stop.is_set
        )
        session.prune(inventory)
        write_observed(inventory, summary, format)
        health = queries.health_of_scan(inventory, summary.scan)
    if health.outage:
        write_lines([f"outage: the scan is {health}"])
    write_diagnostic(f"{amount(summary.devices, 'device')} out of {amount(summary.observations, 'observation')}\n")
    return PARTLY if partial or stop.is_set() or health.outage else DONE
