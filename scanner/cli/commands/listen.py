"""`phonescan listen`: record the announcements of phones on a link. Nothing is sent."""

from __future__ import annotations

import sys

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output, ranges
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import write_diagnostic
from scanner.cli.shared.signals import stopping
from scanner.core.text import amount, shown


@click_command.define(
    "listen",
    identifies=True,
    help="Record the announcements of phones on interfaces. Nothing is sent but IGMP (RFC 3376).\n\n"
    "Phones announce themselves over LLDP every 30 seconds, Cisco's over CDP every minute. Needs CAP_NET_RAW alone.",
    examples=[
        "phonescan listen eth0 --for 60",
        "phonescan listen eth0 eth1 --for 3600 --site hq --format json",
    ],
)
@click.argument("interface", nargs=-1, required=True)
@click.option("--for", "seconds", type=ranges.FiniteRange(min=0.1), required=True, help="Seconds to listen.")
@click.option("--site", metavar="NAME", default="", help="Site of the devices on these interfaces.")
@options.DEVICES_FORMAT
def command(session: Session, interface: tuple[str, ...], seconds: float, site: str, format: str) -> int:
    """Listen, record, and write the devices that were observed."""
    from scanner.app.listen import Listened, listen
    from scanner.cli.shared.devices import write_observed

    watched = output.is_terminal(sys.stderr)

    def progress(listened: Listened) -> None:
        if watched:
            count = listened.count
            text = f"\r{count.present} senders, {count.frames} announcements, {listened.left:.0f} s left "
            write_diagnostic(text)

    with stopping("the listening") as stop, session.inventory(create=True) as inventory:
        summary, listened = listen(
            tuple(dict.fromkeys(interface)),
            seconds,
            inventory,
            session.knowledge(inventory),
            now=session.now,
            site=site,
            progress=progress,
            stopped=stop.is_set,
        )
        session.prune(inventory)
        write_observed(inventory, summary, format)
    if watched:
        write_diagnostic("\n")
    for link in listened.links:
        unread = f", {link.unread} not read" if link.unread else ""
        counted = f"{link.frames} frames, {link.dropped} dropped by the kernel{unread}"
        write_diagnostic(f"{shown(link.interface)}: {counted}\n")
    for note in summary.notes:
        write_diagnostic(f"{shown(note)}\n")
    write_diagnostic(f"{amount(summary.devices, 'device')} out of {amount(summary.observations, 'observation')}\n")
    return PARTLY if stop.is_set() or summary.outcome != "done" else DONE
