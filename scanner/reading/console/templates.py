"""Tables of systems that no other module reads, by the templates of ntc-templates (the extra `ntc`).

A template is of one platform and command, and refuses a table with a line that it does not have: what it has read until
then is kept. The platform is taken from the command, which therefore has to be one of that platform alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

from scanner.core.numbers import whole
from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.lldp import usable_vlan
from scanner.discovery.switches import values
from scanner.discovery.switches.neighbours import Neighbour, lldp_neighbour
from scanner.discovery.switches.ports import Port
from scanner.discovery.switches.values import Value
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item, Problem

#: Commands → their templates: Ciena SAOS and Palo Alto PAN-OS.
COMMANDS = {
    "lldp show neighbors": "ciena_saos_lldp_show_neighbors",
    "show lldp neighbors all": "paloalto_panos_show_lldp_neighbors_all",
    "show mac all": "paloalto_panos_show_mac_all",
}
#: Most lines and seconds of one output, and longest line: an expression of a template takes longer the longer it is.
LINES, SECONDS, WIDTH = 20_000, 5.0, 400

_LOCAL = ("local_interface", "local_port")
#: Columns of a neighbour → names of a template.
_NEIGHBOUR = {
    "chassis": ("remote_chassis_id", "chassis_id"),
    "port": ("remote_port", "neighbor_interface"),
    "system-name": ("remote_system_name", "neighbor_name"),
    "system-description": ("remote_system_description", "neighbor_description"),
}
_MANAGEMENT = ("remote_mgmt_ipv4_address", "mgmt_address")
Row = dict[str, str]


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """Observations of the rows of the template of the command."""
    from textfsm import TextFSM
    from textfsm.parser import Error

    template, number, until = COMMANDS[words(section.command)], 0, time.monotonic() + SECONDS
    try:
        machine = TextFSM(StringIO(_text(template)))
        names = [name.lower() for name in machine.header]
        for count, (number, line) in enumerate(section.lines):
            if count >= LINES or time.monotonic() > until:
                yield Problem(number, "the output is too long for a template: it is not read from this line on")
                break
            if len(line) <= WIDTH:
                yield from _taken(section, context, names, machine.ParseText(f"{line}\n", eof=False))
        yield from _taken(section, context, names, machine.ParseText("", eof=True))
    except (Error, OSError):
        yield Problem(number, f"the template {template} does not fit this line: the output is not read from it on")


def words(command: str) -> str:
    """A command as `COMMANDS` has it."""
    return " ".join(command.lower().split())


@lru_cache(maxsize=len(COMMANDS))
def _text(template: str) -> str:
    from ntc_templates import parse

    path = Path(parse.__file__).parent / "templates" / f"{template}.textfsm"
    return path.read_text(encoding="utf-8")


def _taken(section: ConsoleSection, context: Context, names: list[str], rows: list[list[Any]]) -> Iterator[Item]:
    """The observations of some rows, which are taken from the list."""
    for row in rows:
        cells = [",".join(cell) if isinstance(cell, list) else str(cell) for cell in row]
        yield from _observed(section, context, dict(zip(names, cells, strict=False)))
    rows.clear()


def _observed(section: ConsoleSection, context: Context, row: Row) -> Iterator[Item]:
    """The neighbour or forwarding entry of a row; both are held by the switch until it ends."""
    if local := _cell(row, _LOCAL):
        yield from section.switch.add(_neighbour(row, local), context)
        return
    mac, port, vlan = read_mac(row.get("mac_address", "")), row.get("interface", ""), row.get("vlan_id", "")
    if mac and identifying_mac(mac) and port:
        section.switch.macs.add(mac, port, vlan if usable_vlan(whole(vlan)) else None)


def _neighbour(row: Row, local: str) -> Neighbour:
    known: dict[str, Value] = {name: text.encode() for name, names in _NEIGHBOUR.items() if (text := _cell(row, names))}
    addresses = [a for text in _cell(row, _MANAGEMENT).split(",") if (a := values.address(text))]
    return lldp_neighbour("lldp", "-".join(local.split()), Port(local, None, "console"), known, {}, addresses, None)


def _cell(row: Row, names: tuple[str, ...]) -> str:
    """The text under the first of some names that a row has."""
    return next((row[name] for name in names if row.get(name)), "")


_FORMS = "|".join(one.replace(" ", r"\s{1,8}") for one in COMMANDS)
TABLE = ConsoleTable("templates", (r"(?!)",), read, rf"(?i)^(?:{_FORMS})\s{{0,8}}$")
