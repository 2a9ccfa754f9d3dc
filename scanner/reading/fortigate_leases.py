"""`execute dhcp lease-list` of FortiGate: for each interface a table of address, mac, host name, option 60 and end.

Columns differ with the version: 5, 7 with SSID and AP, 8 with SERVER-ID. They have the width of their heading; a longer
host name or class moves those behind it, and a copied table may have lost its blanks. The end is in local time; a lease
has the time of the list, and that of its end where this is earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from scanner.core.text import mac as normal_mac
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.latest import LatestRows
from scanner.reading.leases import Lease, observations, of_parts, until
from scanner.reading.lines import exact

#: Longest line, in bytes.
LINE = 4_096
#: Damaged rows that are reported one by one.
PROBLEMS = 20

_HEADER = re.compile(
    rb"^[ \t]*IP[ \t]+MAC-Address[ \t]+Hostname[ \t]+VCI[ \t]+(?:[A-Za-z-]+[ \t]+){0,6}Expiry", re.M | re.I
)
_ROW = re.compile(
    r"\s*(\d{1,3}(?:\.\d{1,3}){3})\s+((?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})(.*?)"
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+(\d{1,2}) "
    r"(\d\d):(\d\d):(\d\d) (\d{4})\s*"
)
_BEGINS = re.compile(rb"[ \t]*(\d{1,3}(?:\.\d{1,3}){3})[ \t]")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_GAP = re.compile(r"\s{2,}|\t")


class _Offsets(NamedTuple):
    """Where columns begin: the mac, the host name, the vendor class (VCI), and what is behind it."""

    mac: int
    host: int
    vendor: int
    behind: int


def looks_like(head: bytes) -> bool:
    """Whether there is the line of headings."""
    return _HEADER.search(head) is not None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The last lease of each address: a file may have several lists."""
    kept = LatestRows()
    offsets = _Offsets(0, 0, 0, 0)
    unread = 0
    for number, line in exact(stream, LINE):
        if line is None:
            yield Problem(number, "longer than a row of the list")
        elif found := _BEGINS.match(line):
            if not line.rstrip()[-5:].lstrip().isdigit():  # the year
                unread += 1
                if unread <= PROBLEMS:
                    yield Problem(number, "a row without the end of its lease: it may be truncated")
            elif kept.put(found[1], number, line):
                yield from _leases(kept, offsets, context)
        elif _HEADER.match(line):
            before, offsets = offsets, _offsets(line.decode("ascii", "replace").expandtabs())
            if offsets != before:
                yield from _leases(kept, before, context)
    yield from _leases(kept, offsets, context)
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS:,} more rows are without the end of their lease")


def _leases(kept: LatestRows, offsets: _Offsets, context: Context) -> Iterator[Item]:
    for number, line in kept.taken():
        text = line.decode("utf-8", "replace").expandtabs()
        if (row := _ROW.fullmatch(text)) is None:
            yield Problem(number, "a row without a mac or the end of its lease")
            continue
        host, vendor = _texts(text, row, offsets)
        month, day, hour, minute, second, year = row.groups()[3:]
        end = of_parts(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
        lease = Lease(row[1], normal_mac(row[2]), until(end, context), host.encode(), vendor.encode())
        yield from observations(lease, context)


def _offsets(header: str) -> _Offsets:
    names = [(found[0].lower(), found.start()) for found in re.finditer(r"\S+", header)]
    places = dict(names)
    vendor = places["vci"]
    return _Offsets(places["mac-address"], places["hostname"], vendor, min(at for _, at in names if at > vendor))


def _texts(text: str, row: re.Match[str], offsets: _Offsets) -> tuple[str, str]:
    """Host name and vendor class: by the places of their columns, else by the gaps between them."""
    begin, end = row.span(3)
    if row.start(2) == offsets.mac and (len(text) <= offsets.vendor or text[offsets.vendor - 1].isspace()):
        host, vendor = text[offsets.host : min(offsets.vendor, end)], text[offsets.vendor : end]
        return host.strip(), "" if vendor[:1].isspace() else _GAP.split(vendor)[0].strip()
    if row.start(2) == offsets.mac:  # the host name is longer than its column
        parts = _GAP.split(text[offsets.host : end].strip())
        return parts[0], parts[1] if len(parts) > 1 else ""
    between = text[begin:end]
    parts = _GAP.split(between.strip())
    if len(between) - len(between.lstrip()) > 2:  # an empty column leaves its blanks
        return "", parts[0]
    return parts[0], parts[1] if len(parts) > 1 else ""


FORMAT = Format("fortigate-leases", "`execute dhcp lease-list` of FortiGate", looks_like, read)
