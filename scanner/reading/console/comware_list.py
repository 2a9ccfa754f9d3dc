"""Comware `display lldp neighbor-information list`: columns whose values are wrapped within their width.

Where a column continues on the next line, that line has no local interface. The order of the columns varies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.discovery.switches.neighbours import lldp_neighbour
from scanner.discovery.switches.ports import Port
from scanner.discovery.switches.values import Value
from scanner.reading.console.ports import source_row
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

_COLUMNS = ("System Name", "Local Interface", "Chassis ID", "Port ID")
_SIGNATURES = (
    r"System Name\s{1,40}Local Interface\s{1,40}Chassis ID\s{1,40}Port ID",
    r"Local Interface\s{1,40}Chassis ID\s{1,40}Port ID\s{1,40}System Name",
)
_HEADER = re.compile("|".join(_SIGNATURES))
#: A neighbour of another agent than that of the nearest bridge.
_AGENT = "*# "


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """The neighbours are held by the switch until it ends."""
    columns: list[tuple[str, int, int]] = []
    cells: dict[str, str] = {}
    for _, text in section.lines:
        if _HEADER.match(text):
            starts = sorted((text.index(name), name) for name in _COLUMNS)
            ends = [start for start, _ in starts[1:]] + [1 << 12]
            columns = [(name, start, end) for (start, name), end in zip(starts, ends, strict=True)]
            continue
        row = {name: text[start:end].strip() for name, start, end in columns}
        if row.get("Local Interface"):
            yield from _held(cells, section, context)
            cells = row
        elif text and cells:
            cells = {name: f"{cells[name]}{row[name]}"[:512] for name in cells}
        elif not text:
            yield from _held(cells, section, context)
            cells = {}
    yield from _held(cells, section, context)


def _held(cells: dict[str, str], section: ConsoleSection, context: Context) -> Iterator[Item]:
    if not cells:
        return
    port = Port(cells["Local Interface"], None, "console")
    row: dict[str, Value] = {}
    for name, column in (("System Name", "system-name"), ("Chassis ID", "chassis"), ("Port ID", "port")):
        spelled = cells[name].lstrip(_AGENT)
        if spelled and spelled != "-":
            row[column] = spelled.encode() if column != "system-name" else spelled
    yield from section.switch.add(lldp_neighbour("lldp", source_row(port), port, row, {}, [], None), context)


TABLE = ConsoleTable("comware-list", _SIGNATURES, read)
