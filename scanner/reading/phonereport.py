"""The "IP Phone Inventory Report" of Skype for Business as CSV: phones with a sign-in during its period.

Columns as in the monitoring reports (Manufacturer, Hardware version, MAC address, User URI, User agent, last logon).
Spelling, order and further columns vary with the edition, so columns are recognised by words in their headings. The
report contains phones that have been retired since.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from scanner.core.model import Observation
from scanner.core.text import bounded, identifying_mac, utc
from scanner.core.text import mac as read_mac
from scanner.reading.items import Context, Format, Item, Problem

#: Most lines before the header: title and filters of the report.
PREAMBLE = 40
#: Longest line, in bytes.
LINE = 32_768

#: Headings in English, German, French, Spanish, Italian and Dutch; "MAC" and "agent" are the same in all.
_COLUMNS = {
    "mac": re.compile(r".*\bmac\b.*|physical address", re.IGNORECASE),
    "manufacturer": re.compile(r"manufacturer|vendor|hersteller|fabricante?|produttore|fabrikant", re.IGNORECASE),
    "agent": re.compile(r".*agent.*|client ?version", re.IGNORECASE),
    "time": re.compile(r"last (logon|log-on|sign-in|activity).*|letzte anmeldung.*", re.IGNORECASE),
    "hardware": re.compile(r".*hardware.*|device( ?model)?|modell?o?|.*mat[ée]riel.*", re.IGNORECASE),
}


def looks_like(head: bytes) -> bool:
    """Whether a line has columns for mac, manufacturer and user agent."""
    lines = _text(head).splitlines()[:PREAMBLE]
    return any(_header(_cells(line, delimiter)) for line in lines for delimiter in ",;\t")


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line. A carriage return within it is a blank: the csv module raises an error there."""
    return next(csv.reader([line.replace("\r", " ")], delimiter=delimiter), [])


def _text(octets: bytes) -> str:
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return octets.decode("utf-16", "replace")
    return octets.decode("utf-8-sig", "replace")


def _header(cells: list[str]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        for name, pattern in _COLUMNS.items():
            if name not in found and pattern.fullmatch(cell.strip()):
                found[name] = at
                break
    return found if {"mac", "manufacturer", "agent"} <= found.keys() else None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every row with a mac."""
    columns: dict[str, int] | None = None
    delimiter = ","
    for number, line in enumerate(_lines(stream), 1):
        if columns is None:
            for delimiter in ",;\t":
                columns = _header(_cells(line, delimiter))
                if columns:
                    break
            if columns is None and number >= PREAMBLE:
                break
            continue
        cells = _cells(line, delimiter)
        if not any(cell.strip() for cell in cells):
            continue
        yield from _row(cells, columns, number, context)
    if columns is None:
        yield Problem(0, "no header with MAC address, manufacturer and user agent")


def _lines(stream: BinaryIO) -> Iterable[str]:
    start = stream.read(2)
    encoding = "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    if encoding == "utf-16":
        yield from _text(start + stream.read(64 << 20)).splitlines()
        return
    *whole, last = start.split(b"\n")
    yield from map(_text, whole)
    line = last + stream.readline(LINE)
    while line:
        yield line.decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff")
        line = stream.readline(LINE)


def _row(cells: list[str], columns: dict[str, int], number: int, context: Context) -> Iterator[Item]:
    def cell(name: str) -> str:
        at = columns.get(name, len(cells))
        return bounded(cells[at]) if at < len(cells) else ""

    hardware = read_mac(cell("mac"))
    if hardware is None or not identifying_mac(hardware):
        yield Problem(number, "a row without a mac that identifies one phone")
        return
    time = _time(cell("time")) or context.time
    source = f"provisioning {context.name} line {number}"
    # The user agent contains the software (CPE/4.0.7423.1 OCPhone/…), manufacturer and hardware version the phone.
    facts = (
        ("lldp-med.manufacturer", cell("manufacturer")),
        ("lldp-med.model", cell("hardware")),
        ("provisioning.user-agent", cell("agent")),
    )
    for field, value in facts:
        if value:
            yield Observation(time=time, mac=hardware, field=field, value=value, source=source)


def _time(text: str) -> str | None:
    for layout in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M"):
        try:
            return utc(datetime.strptime(text, layout).replace(tzinfo=UTC))
        except ValueError:
            continue
    return None


FORMAT = Format("phone-report", '"IP Phone Inventory Report" of Skype for Business (CSV)', looks_like, read)
