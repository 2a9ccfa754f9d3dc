"""The export to NetBox: the devices of an inventory as files for its import forms, or through its API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.app.files import text_stream
from scanner.app.metrics import inventory_id
from scanner.app.session import Session
from scanner.core.errors import PhonescanError, UsageError
from scanner.core.saving import delete, replacing
from scanner.core.saving import folder as make_folder
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Filters
from scanner.reports.netbox.device import Wanted, wanted

if TYPE_CHECKING:
    from scanner.netbox.client import Client
    from scanner.reports.netbox.forms import Form


def connect(session: Session, url: str | None = None, token: str | None = None) -> Client:
    """A client for a NetBox, by default that of the settings. Raises UsageError without an address or a token."""
    from scanner.netbox.client import Client
    from scanner.settings import secrets
    from scanner.settings.check import is_page

    section = session.settings.sections.netbox
    address = url or section.url or ""
    where = "--url" if url else "[netbox] url"
    if "@" in address.partition("//")[2].partition("/")[0]:
        raise UsageError(f"{where} contains a user: leave it out, and give the token with --token or [netbox] token")
    if not is_page(address):
        raise UsageError(f"{where} {address[:100]!r} is not an address such as https://netbox.example")
    what = "--token" if token else "[netbox] token"
    return Client(
        address, secrets.reveal(token or section.token, what=what, folder=session.settings.folder), section.timeout
    )


def prefix(session: Session) -> str:
    """What precedes the ids of this inventory in NetBox."""
    name = session.settings.sections.netbox.inventory
    return f"{name}:" if name else ""


def devices(inventory: Inventory, filters: Filters, prefix: str = "") -> Iterator[Wanted]:
    """The phones of a filter as NetBox is to have them, and then the replaced devices."""
    former = queries.former_ids(inventory)
    rows = (row for row in queries.device_rows(inventory, filters) if row["status"] != "not-a-phone")
    replaced = queries.replaced_rows(inventory, filters)
    return wanted((row for found in (rows, replaced) for row in found), former, prefix, inventory_id(inventory))


def write_files(session: Session, inventory: Inventory, filters: Filters, folder: Path) -> list[tuple[Form, Path]]:
    """Write the files of the import forms to a folder, which is created; returns them in the order of their import.

    A file of an earlier export that has no row any more is deleted. Raises PhonescanError when one cannot be written.
    """
    from scanner.reports.netbox.forms import FILES, forms, write_form

    try:
        make_folder(folder)
    except OSError as error:
        why = error.strerror or error
        raise PhonescanError(f"the folder {folder} cannot be created ({why}); choose another folder") from None
    written = []
    for form in forms(list(devices(inventory, filters, prefix(session)))):
        path = folder / form.file
        with replacing(path) as stream, text_stream(stream) as text:
            write_form(form, text)
        written.append((form, path))
    for name in set(FILES) - {path.name for _, path in written}:
        delete(folder / name)
    return written
