"""`phonescan export`: the inventory for other programs, whole and filtered, never cut."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.group import DONE, PARTLY
from scanner.cli.group import say as complain
from scanner.cli.shared import frame, output, selection
from scanner.core.errors import UsageError
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.core.model import DEFAULT_SITE
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Filters

KINDS: dict[str, str] = {
    "csv": "the inventory, RFC 4180, with the header of the contract",
    "jsonl": "the inventory, one JSON object a line",
    "xlsx": "the inventory as an Excel workbook, one table with filters",
    "observations": "every observation as JSON lines; `phonescan read` rebuilds the inventory from them",
    "netbox": "CSV for NetBox's device import; with --url, NetBox's API",
    "ansible": "an Ansible inventory in YAML",
    "prometheus": "metrics for node_exporter's textfile collector",
}


@frame.command(
    "export",
    help="Export the inventory for other programs.\n\n\b\n"
    + "\n".join(f"{kind:<13} {text}" for kind, text in KINDS.items()),
    examples=[
        "phonescan export csv -o inventory.csv",
        "phonescan export observations | gzip > observations.jsonl.gz",
        "phonescan export prometheus -o /var/lib/node_exporter/phonescan.prom",
        "phonescan export netbox --url https://netbox.example --token env:NETBOX_TOKEN --dry-run",
    ],
)
@click.argument("what", type=click.Choice(list(KINDS)), metavar="FORMAT")
@output.OUT
@selection.filters
@click.option("--url", metavar="URL", help="Address of a NetBox: write through its API instead of a CSV.")
@click.option("--token", metavar="SECRET", help="Its token: env:NAME or file:PATH.  [default: env:NETBOX_TOKEN]")
@click.option("--dry-run", is_flag=True, help="With --url: say what would be written, write nothing.")
def command(
    session: frame.Session,
    what: str,
    path: Path | None,
    url: str | None,
    token: str | None,
    dry_run: bool,
    **chosen: Any,
) -> int:
    """Write one export."""
    if what != "netbox" and (url or token or dry_run):
        raise UsageError("--url, --token and --dry-run are for `export netbox`")
    if what == "observations" and any(value for name, value in chosen.items() if name not in ("since", "site")):
        raise UsageError("observations are facts, not devices: they can be chosen by --since and --site alone")
    filters = selection.made(**chosen)
    with session.inventory(readonly=True) as inventory:
        if url:
            return _to_netbox(session, inventory, filters, url, token or "env:NETBOX_TOKEN", dry_run)
        count = write(session, inventory, what, filters, path)
    output.confirm_written(path, f"{count} {'row' if count == 1 else 'rows'}")
    return DONE


def write(session: frame.Session, inventory: Inventory, what: str, filters: Filters, path: Path | None) -> int:
    """Write one kind of export to a file or to standard output; how many rows or devices it has."""
    from scanner.inventory import queries

    rows = queries.inventory_rows(inventory, filters)
    match what:
        case "csv" | "jsonl" | "xlsx":
            return output.emit_rows(rows, INVENTORY_COLUMNS, what, "Inventory", path, generated_at=session.now())
        case "observations":
            with output.binary(path) as stream:
                return _observations(inventory, filters, stream)
        case "netbox":
            from scanner.reports.netbox import write_device_csv

            with output.text(path) as text:
                return write_device_csv(rows, text)
        case "ansible":
            from scanner.reports.ansible import write_ansible

            with output.text(path) as text:
                return write_ansible(rows, text)
        case "prometheus":
            from scanner.cli.commands.report import catalogs
            from scanner.reports.prometheus import write_prometheus

            with output.text(path) as text:
                return write_prometheus(rows, text, catalogs(session, inventory, session.today()))
    raise UsageError(f"there is no export {what!r}")


def _observations(inventory: Inventory, filters: Filters, stream: Any) -> int:
    from msgspec import json

    from scanner.inventory import queries

    encode = json.Encoder().encode
    count = 0
    for observation in queries.all_observations(inventory):
        if filters.since and observation.time < filters.since:
            continue
        if filters.site and (observation.site or DEFAULT_SITE) not in filters.site:
            continue
        stream.write(output.safe_json(encode(observation)) + b"\n")
        count += 1
    return count


def _to_netbox(
    session: frame.Session, inventory: Inventory, filters: Filters, url: str, token: str, dry_run: bool
) -> int:
    """Through NetBox's API: matched first, nothing deleted; the plan is written to standard output."""
    from scanner.inventory import queries
    from scanner.reports import netbox
    from scanner.settings import secrets

    if not url.startswith(("https://", "http://")):
        raise UsageError(f"--url {url!r} is no address such as https://netbox.example")
    api = netbox.connect(url, secrets.reveal(token, what="--token", folder=session.settings.folder))
    rows = list(queries.inventory_rows(inventory, filters))
    steps = list(netbox.plan(api, rows))
    for step in steps:
        click.echo(shown(str(step)))
    if dry_run:
        click.echo(f"{len(steps)} devices; nothing was written", err=True)
        return DONE
    outcome = netbox.apply(api, steps)
    for failure in outcome.failed:
        complain(failure)
    click.echo(f"created {outcome.created}, updated {outcome.updated}, left {outcome.same} as they are", err=True)
    return PARTLY if outcome.failed else DONE
