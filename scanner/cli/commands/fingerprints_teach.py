"""`phonescan fingerprints unknown` and `suggest`: values that identify no model, and a vendor file that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.cli.shared.messages import print_message
from scanner.core import saving
from scanner.core.errors import PhonescanError, UsageError
from scanner.core.model import KINDS
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.identity.unread import UnreadGroup

#: Values of a group that are shown as text, and the characters of each.
_EXAMPLES, _EXAMPLE_WIDTH = 3, 160
_COLUMNS = ("group", "devices", "shape", "example", "manufacturer", "kind", "reason", "fields", "values")


@click_command.define(
    "unknown",
    help="List what the inventory could not identify: values of phones whose model is not known, grouped by their "
    "shape, in which macs, versions, serial numbers and numbers are folded.",
    examples=["phonescan fingerprints unknown", "phonescan fingerprints unknown --all --format csv"],
)
@click.option("--all", "others", is_flag=True, help="Also hosts that are not phones: servers, switches, printers.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Groups at most.")
@options.format_option()
@options.OUTPUT
def unknown(session: Session, others: bool, limit: int, format: str, path: Path | None) -> None:
    """Write one row for each group, the group of most devices first."""
    from scanner.app import teaching

    groups = teaching.unknown(session, others)[:limit]
    if format == "table":
        with output.text(path) as stream:
            stream.writelines(shown(line) + "\n" for line in _text(groups))
        return
    columns = _COLUMNS if format in ("json", "jsonl") else _COLUMNS[:-1]
    output.write_rows(map(_row, groups), columns, format, "Not identified", path, generated_at=session.now())


def _row(group: UnreadGroup) -> dict[str, object]:
    return {
        "group": group.id,
        "devices": group.devices,
        "shape": group.shape,
        "example": group.values[0].value,
        "manufacturer": group.manufacturer,
        "kind": group.kind,
        "reason": group.reason,
        "fields": ", ".join(group.fields),
        "values": [value.value for value in group.values],
    }


def _text(groups: Sequence[UnreadGroup]) -> Iterator[str]:
    """The groups as lines: id, devices and shape; the reason and the fields; some of the values."""
    if not groups:
        yield "Every device is identified."
    for group in groups:
        yield f"{group.id}  {group.devices} {'device' if group.devices == 1 else 'devices'}  {group.shape}"
        gives = ", ".join(filter(None, (group.manufacturer, group.kind)))
        yield f"  {group.reason}{f' ({gives})' if gives else ''}; {', '.join(group.fields)}"
        for value in group.values[:_EXAMPLES]:
            yield f"    {value.value[:_EXAMPLE_WIDTH]}"
        if len(group.values) > _EXAMPLES:
            yield "    …"


@click_command.define(
    "suggest",
    help="Draft a vendor file that reads a group of `phonescan fingerprints unknown`: by its id, or its shape. "
    "Correct the draft, put it in a folder of your own, and check that folder.",
    examples=[
        "phonescan fingerprints suggest g1f0a2b3c",
        "phonescan fingerprints suggest g1f0a2b3c --manufacturer Valcom --kind other -o our-fingerprints/valcom.toml",
    ],
)
@click.argument("group")
@click.option("--manufacturer", metavar="NAME", default="", help="The maker, where the values do not name it.")
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help="The kind of the devices.")
@options.OUTPUT
def suggest(session: Session, group: str, manufacturer: str, kind: str | None, path: Path | None) -> None:
    """Write the draft as TOML."""
    from scanner.app import teaching

    text = teaching.suggest(session, group, manufacturer, kind or "")
    if path is not None and str(path) != "-":
        if path.exists():
            raise UsageError(f"{path} exists: a draft would replace what was corrected in it; name another file")
        try:
            saving.folder(path.parent)
        except OSError as error:
            raise PhonescanError(f"{path.parent} cannot be created ({error.strerror}); name another file") from None
    with output.text(path) as stream:
        stream.write(text)
    if path is not None and str(path) != "-":
        print_message(f"{path} is a draft: correct it, then run `phonescan fingerprints check {path.parent}`")
