"""Devices that a switch supplies: `show power inline` of Cisco IOS.

A row has a port and the platform that the device announced by CDP, without the word Cisco; `Ieee PD` is any device. It
has neither mac nor address: the source, `switches SWITCH power PORT`, states where the device is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.core.text import bounded
from scanner.reading.console import found
from scanner.reading.console.columns import ColumnKind, TableHead, TableLayout, cells, tokens
from scanner.reading.console.macrows import LINE
from scanner.reading.console.ports import cisco_port
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

_HEADER = r"(?i:\s{0,4}Interface\s+Admin\s+(?:Priority\s+)?Oper\s+Power\b.*\bDevice\b)"
#: Routers with a switch module.
_ROUTER = r"(?i:\s{0,4}Interface\s+Config\s+Device\s+Powered\s+PowerAllocated\b)"
_ROUTER_ROW = re.compile(
    r"\s{0,4}(?P<port>[A-Za-z]{2,22}\d{1,3}(?:/\d{1,3}){0,3})\s+\w{1,12}\s+"
    r"(?P<device>\S.{0,60}?)\s+On\s+[\d.]{1,8} Watts\s{0,8}",
    re.IGNORECASE,
)
#: `show power inline gi1/0/7 detail`.
_DETAIL = r"(?i)\bsh\w{0,2}\s+po\w{0,3}\s+inl\w{0,3}\b.*\bdet"
_LABEL = re.compile(r"\s{0,4}(?P<label>Interface|Device Type): (?P<value>\S.{0,60})")
#: A row without its blanks: port, administrative and operational state, power (also of the supply), device, class.
_ROW = re.compile(
    r"(?P<port>[A-Za-z]{2,22}\d{1,3}(?:/\d{1,3}){0,3})\s+\S{1,12}\s+(?:\S{1,12}\s+)?on\s+(?:\d{1,4}(?:\.\d{1,3})?\s+){1,2}"
    r"(?P<device>\S.{0,60}?)\s+(?:\d|n/a)(?:\s+\S.{0,40})?",
    re.IGNORECASE,
)
#: Words for a device that announced nothing.
_ANY = re.compile(r"ieee\s?pd.*|n/a|cisco pd|unknown.*|-|legacy.*|cisco", re.IGNORECASE)


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """The platform of every device that is supplied."""
    head, labelled = TableHead(ColumnKind.PORT, ColumnKind.OPERATION, ColumnKind.POWERED), ""
    for _, text in section.lines:
        line = text[:LINE]
        port, device = "", ""
        if routed := _ROUTER_ROW.fullmatch(line):
            port, device = routed["port"], routed["device"]
        elif given := _LABEL.fullmatch(line):
            if given["label"] == "Interface":
                labelled = given["value"]
            else:
                port, device = labelled, given["value"]
        elif not head.takes(line) and head.layout is not None:
            port, device = _row(head.layout, line)
        if port and device and not _ANY.fullmatch(device):
            table = found.table_of("power", cisco_port(port))
            yield from found.row(section.switch.source, context, table, None, None, [("cdp.platform", bounded(device))])


def _row(layout: TableLayout, line: str) -> tuple[str, str]:
    """The port and the device of a row; both empty where nothing is supplied."""
    if plain := _ROW.fullmatch(line.strip()):
        return plain["port"], plain["device"]
    cell = dict(reversed(cells(layout, tokens(line))))
    if cell.get(ColumnKind.OPERATION, "").lower() != "on":
        return "", ""
    return cell.get(ColumnKind.PORT, ""), cell.get(ColumnKind.POWERED, "")


TABLE = ConsoleTable("power", (_HEADER, _ROUTER), read, _DETAIL)
