"""The "IP Phone Inventory Report" of Skype for Business as CSV: phones with a sign-in during its period.

Columns as in the monitoring reports (Manufacturer, Hardware version, MAC address, User URI, User agent, last logon).
Spelling, order and further columns vary with the edition, so columns are recognised by words in their headings. The
report contains phones that have been retired since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from scanner.core.model import Observation
from scanner.core.text import amount, bounded, identifying_mac, utc
from scanner.core.text import mac as read_mac
from scanner.reading.csvrows import cells, rows
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import exact

#: Most lines before the header: title and filters of the report.
PREAMBLE = 40
#: Longest line, in bytes.
LINE = 32_768
_DELIMITERS = ",;\t|"

#: Headings in English, German, French, Spanish, Italian and Dutch; "MAC" and "agent" are the same in all.
_COLUMNS = {
    "mac": re.compile(r".*\bmac\b.*|physical address", re.IGNORECASE),
    "manufacturer": re.compile(r"manufacturer|vendor|hersteller|fabricante?|produttore|fabrikant", re.IGNORECASE),
    "agent": re.compile(r".*agent.*|client ?version", re.IGNORECASE),
    "time": re.compile(r"last (logon|log-on|sign-in|activity).*|letzte anmeldung.*", re.IGNORECASE),
    "hardware": re.compile(r".*hardware.*|device( ?model)?|modell?o?|.*mat[ée]riel.*", re.IGNORECASE),
}


class _Header(NamedTuple):
    """The columns that are read, by their position, and the number of cells of a row."""

    columns: dict[str, int]
    width: int


_TIMES = (
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%m/%d/%Y", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y",
)  # fmt: skip


def looks_like(head: bytes) -> bool:
    """Whether a line has columns for mac, manufacturer and user agent."""
    lines = re.split(r"\r\n?|\n", head.decode("utf-8", "replace"))[:PREAMBLE]
    return any(_delimited(line) for line in lines)


def _delimited(line: str) -> tuple[str, _Header] | None:
    """The delimiter and the columns where a line is the header."""
    for delimiter in _DELIMITERS:
        if (found := cells(line, delimiter)) and (header := _header(found)):
            return delimiter, header
    return None


def _header(row: list[str]) -> _Header | None:
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        for name, pattern in _COLUMNS.items():
            if name not in found and pattern.fullmatch(cell.strip()):
                found[name] = at
                break
    return _Header(found, len(row)) if {"mac", "manufacturer", "agent"} <= found.keys() else None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every row with a mac."""
    lines = _lines(stream)
    found = None
    for number, line in lines:
        if found := _delimited(line or ""):
            break
        if number >= PREAMBLE:
            break
    if found is None:
        yield Problem(0, "no header with MAC address, manufacturer and user agent")
        return
    delimiter, header = found

    def is_row(row: list[str]) -> bool:
        return len(row) == header.width and read_mac(row[header.columns["mac"]]) is not None

    first, undated = True, 0
    for row in rows(lines, delimiter, is_row):
        if row.damage:
            yield Problem(row.number, row.damage)
        elif again := _header(row.cells):
            header, first = again, True
        elif any(cell.strip() for cell in row.cells):
            if first and not any(cell.strip() for cell in row.cells[header.width :]):
                header = header._replace(width=max(header.width, len(row.cells)))  # delimiters at the end of each row
            yield from _row(row.cells, header, row.number, context)
            first = False
            at = header.columns.get("time", len(row.cells))
            undated += (
                at < len(row.cells) <= header.width
                and bool(row.cells[at].strip())
                and _time(row.cells[at].strip()) is None
            )
    if undated:
        yield Problem(0, f"of {amount(undated, 'row')} the time cannot be read: taken as the time of reading")


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str | None]]:
    for number, line in exact(stream, LINE):
        yield number, None if line is None else line.decode("utf-8", "replace")


def _row(row: list[str], header: _Header, number: int, context: Context) -> Iterator[Item]:
    if len(row) > header.width:
        yield Problem(number, "more cells than columns: a delimiter within a cell")
        return
    cut = len(row) - 1 if len(row) < header.width else len(row)  # the last cell of a truncated row may be cut

    def cell(name: str) -> str:
        at = header.columns.get(name, cut)
        return bounded(row[at]) if at < cut else ""

    hardware = read_mac(cell("mac"))
    if hardware is None or not identifying_mac(hardware):
        yield Problem(number, "a row without a mac that identifies one phone")
        return
    if header.columns["agent"] >= cut:
        yield Problem(number, "fewer cells than columns: the row is truncated before or in its user agent")
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
    for layout in _TIMES:
        try:
            return utc(datetime.strptime(text, layout).replace(tzinfo=UTC))
        except ValueError:
            continue
    return None


FORMAT = Format("phone-report", '"IP Phone Inventory Report" of Skype for Business (CSV)', looks_like, read)
