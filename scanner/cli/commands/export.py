"""`phonescan export`: the inventory for other programs, complete or filtered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.app.export import FORMATS, write
from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import print_message
from scanner.core.errors import NetBoxError, UsageError
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.inventory import Inventory
    from scanner.inventory.queries import Filters


@click_command.define(
    "export",
    help="Export the inventory for other programs.\n\n\b\n"
    + "\n".join(f"{format:<13} {text}" for format, text in FORMATS.items()),
    examples=[
        "phonescan export csv -o inventory.csv",
        "phonescan export observations | gzip > observations.jsonl.gz",
        "phonescan export prometheus -o /var/lib/node_exporter/phonescan.prom",
        "phonescan export netbox --format csv -o netbox/",
        "phonescan export netbox --url https://netbox.example --token env:NETBOX_TOKEN --dry-run",
    ],
)
@click.argument("format", type=click.Choice(list(FORMATS)), metavar="FORMAT")
@click.option(
    "-o",
    "--output",
    "path",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Write to this file instead of standard output; for netbox the folder of the files.",
)
@options.filter_options
@click.option("--format", "form", type=click.Choice(["csv"]), help="With netbox and -o: files for its import forms.")
@click.option(
    "--url",
    metavar="URL",
    help="With netbox: write through the API of the NetBox at this address.  [default: [netbox] url]",
)
@click.option("--token", metavar="SECRET", help="Its token: env:NAME or file:PATH.  [default: env:NETBOX_TOKEN]")
@click.option("--dry-run", is_flag=True, help="With NetBox's API: show old and new values, write nothing.")
def command(
    session: Session,
    format: str,
    path: Path | None,
    form: str | None,
    url: str | None,
    token: str | None,
    dry_run: bool,
    **filtered: Any,
) -> int:
    """Write one export."""
    if format != "netbox" and (form or url or token or dry_run):
        raise UsageError("--format, --url, --token and --dry-run are for `export netbox`")
    if format != "netbox" and path is not None and path.is_dir():
        raise UsageError(f"-o {path} is a folder; name a file")
    if format == "observations" and any(value for name, value in filtered.items() if name not in ("since", "site")):
        raise UsageError("observations are facts, not devices: filter them by --since and --site alone")
    filters = options.filters_of(**filtered)
    with session.inventory(readonly=True) as inventory:
        if format == "netbox":
            if form or path:
                return _netbox_files(session, inventory, filters, path, url or token or dry_run)
            if not url and not session.settings.sections.netbox.url:
                raise UsageError(
                    "name the folder of the files with --format csv -o DIR, or NetBox's address with --url"
                )
            return _to_netbox(session, inventory, filters, url, token, dry_run)
        with output.binary(path) as stream:
            count = write(session, inventory, format, filters, stream)
    output.confirm_written(path, count)
    return DONE


def _netbox_files(
    session: Session, inventory: Inventory, filters: Filters, folder: Path | None, other: str | bool | None
) -> int:
    """Write the files of the import forms to a folder, and on standard error which form takes which file."""
    from scanner.app.netbox import write_files

    if other:
        raise UsageError("--format csv -o DIR writes files, --url writes to NetBox itself; give one of them")
    if folder is None or str(folder) == "-":
        raise UsageError("several files are written: name their folder with -o DIR")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"-o {folder} is not a folder; several files are written to one")
    for form, path in write_files(session, inventory, filters, folder):
        rows = len(form.rows)
        click.echo(f"{shown(str(path))}: {rows} {'row' if rows == 1 else 'rows'}, for /{form.page}/import/", err=True)
    return DONE


def _to_netbox(
    session: Session, inventory: Inventory, filters: Filters, url: str | None, token: str | None, dry_run: bool
) -> int:
    """Write to NetBox's API, and what is written to standard output, a device with its values a time."""
    from scanner.app import netbox
    from scanner.cli.shared.credentials import literal
    from scanner.netbox.export import Export

    if token:
        literal(token, "--token")
    client = netbox.connect(session, url, token)
    export = Export(client, list(netbox.devices(inventory, filters, netbox.prefix(session))))
    failed: NetBoxError | None = None
    try:
        for steps in export.preview() if dry_run else export.run():
            for step in steps:
                if step.verb != "same":
                    click.echo(shown(str(step)))
    except NetBoxError as error:
        failed = error
    done = export.written
    for failure in (*done.notes, *done.failed, *([str(failed)] if failed else [])):
        print_message(failure)
    if dry_run:
        click.echo("nothing was written", err=True)
    else:
        click.echo(f"created {done.created}, updated {done.updated}, left {done.same} as they are", err=True)
    return PARTLY if failed or done.failed else DONE
