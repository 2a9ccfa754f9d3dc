"""`phonescan listen`: the announcements of phones on our links. Nothing is sent."""

from __future__ import annotations

import sys

import click

from scanner.cli.group import DONE, PARTLY
from scanner.cli.shared import frame, output
from scanner.cli.shared.signals import stopping
from scanner.core.text import shown


@frame.command(
    "listen",
    help="Listen on interfaces for what phones announce of themselves, and record it. Nothing is sent.\n\n"
    "Phones announce over LLDP every 30 seconds, Cisco's over CDP every minute. Needs CAP_NET_RAW, no more.",
    examples=[
        "phonescan listen eth0 --for 60",
        "phonescan listen eth0 eth1 --for 3600 --site hq --format json",
    ],
)
@click.argument("interface", nargs=-1, required=True)
@click.option("--for", "seconds", type=click.FloatRange(min=0.1), required=True, help="Seconds to listen.")
@click.option("--site", metavar="NAME", default="", help="Site of what is heard.")
@output.DEVICES
def command(session: frame.Session, interface: tuple[str, ...], seconds: float, site: str, format: str) -> int:
    """Listen, and record who announces what; then the devices that were heard, on standard output."""
    from scanner.app.listen import Listened, listen
    from scanner.cli.commands.scan import show_devices

    watched = output.terminal(sys.stderr)

    def progress(heard: Listened) -> None:
        if watched:
            count = heard.count
            click.echo(
                f"\r{count.present} senders, {count.frames} announcements, {heard.left:.0f} s left ", nl=False, err=True
            )

    with stopping("the listening") as stop, session.inventory(create=True) as inventory:
        knowledge = session.knowledge(inventory)
        summary, heard = listen(
            tuple(dict.fromkeys(interface)),
            seconds,
            inventory,
            knowledge,
            now=session.now,
            site=site,
            progress=progress,
            stopped=stop.is_set,
        )
        session.forget(inventory)
        show_devices(session, inventory, summary, format)
    if watched:
        click.echo("", err=True)
    for link in heard.links:
        click.echo(f"{shown(link.interface)}: {link.frames} frames, {link.dropped} dropped by the kernel", err=True)
    for note in summary.notes:
        click.echo(shown(note), err=True)
    click.echo(f"{summary.devices} devices out of {summary.observations} observations", err=True)
    return PARTLY if stop.is_set() or summary.outcome != "done" else DONE
