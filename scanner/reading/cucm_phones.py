"""Lists of phones that CUCM exports as CSV: BAT ("Export Phones"), and the list of its page "Find and List Phones".

A phone is the row of a device name `SEP…`. BAT has what is configured: its load is not the one that runs, and is not
read. The list has status and address; a column for the running load counts where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.text import bounded
from scanner.discovery import cucm
from scanner.discovery.lldp import usable_address
from scanner.reading.csvrows import cells, rows
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import exact

#: Longest line, in bytes: BAT has hundreds of columns. Most lines before the headings, longest cell that is read.
LINE, PREAMBLE, CELL = 131_072, 20, 256
_DELIMITERS = ",;\t"
#: Headings in the form in which they are compared → part. A heading of BAT may have the number of a line behind it.
_HEADINGS = {
    "devicename": "name", "devicenameline": "name", "devicetype": "model", "producttype": "model", "model": "model",
    "phonemodel": "model", "phonetype": "model",
    "activeload": "load", "activeloadid": "load", "runningload": "load", "activeloadinformation": "load",
    "ipv4address": "ip", "ipaddress": "ip", "status": "status", "devicestatus": "status",
}  # fmt: skip
#: Headings that BAT or the list has beside the name of a device.
_OF_CUCM = frozenset(
    {
        "devicepool", "phonetemplate", "phonebuttontemplate", "deviceprotocol", "callingsearchspace", "softkeytemplate",
        "csspartition", "mediaresourcegrouplist", "commonphoneprofile", "owneruserid", "devicesecurityprofile",
        "loadinformation", "phoneloadname",
    }
)  # fmt: skip
_SEPARATORS = re.compile(r"[\W_]+")
_DEVICE = re.compile(r"\b(?:SEP|ATA)[0-9A-Fa-f]{12}\b")


def looks_like(head: bytes) -> bool:
    """Whether headings of CUCM are followed by the name of a device."""
    text = head.decode("utf-8", "replace")
    lines = re.split(r"\r\n?|\n", text[:LINE])[:PREAMBLE]
    return _DEVICE.search(text) is not None and any(_header(line) for line in lines)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every phone of a list."""
    lines = ((at, None if line is None else line.decode("utf-8", "replace")) for at, line in exact(stream, LINE))
    header = None
    for number, line in lines:
        if (header := _header(line or "")) or number >= PREAMBLE:
            break
    if header is None:
        yield Problem(0, "no headings of a list of phones")
        return
    delimiter, columns = header
    for row in rows(
        lines, delimiter, lambda found: cucm.device_mac(_texts(found, columns).get("name", "")) is not None
    ):
        if row.damage:
            yield Problem(row.number, row.damage)
        else:
            yield from _phone(_texts(row.cells, columns), context)


def _phone(texts: Mapping[str, str], context: Context) -> Iterator[Observation]:
    mac = cucm.device_mac(texts.get("name", ""))
    status = texts.get("status", "").lower()
    registered = not status or status.startswith(("registered", "partially"))
    findings = cucm.findings(texts.get("model", ""), texts.get("load", "") if registered else "")
    if mac is None or findings is None:
        return
    ip = usable_address(texts.get("ip", "")) if registered else None
    for field, value in (*findings, *([(RESOLVED_MAC, mac)] if ip else [])):
        yield Observation(time=context.time, ip=ip, mac=mac, field=field, value=value, source=f"manager {context.name}")


def _texts(row: list[str], columns: Mapping[str, int]) -> dict[str, str]:
    return {part: bounded(row[at], CELL) for part, at in columns.items() if at < len(row)}


def _header(line: str) -> tuple[str, dict[str, int]] | None:
    """The delimiter and the columns of a line of headings; None for any other line."""
    for delimiter in _DELIMITERS:
        names = [_SEPARATORS.sub("", cell[:100]).lower() for cell in cells(line, delimiter) or []]
        found: dict[str, int] = {}
        for at, name in enumerate(names):
            if part := _HEADINGS.get(name):
                found.setdefault(part, at)
        if "name" in found and not _OF_CUCM.isdisjoint(names):
            return delimiter, found
    return None


FORMAT = Format("cucm-phones", "phones that a CUCM lists as CSV (BAT, Find and List Phones)", looks_like, read)
