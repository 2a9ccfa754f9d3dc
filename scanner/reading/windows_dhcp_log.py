"""The audit log of Windows DHCP Server (`DhcpSrvLog-*.log`): an event a line; the last one of an address counts.

"DHCP server event logging" and "DHCP audit log file format" (learn.microsoft.com): columns have fixed positions, 7 of
them in 2008, 19 since 2012 R2, where the 14th is option 60 in hexadecimal. Their headings, the descriptions of events
and the text in front are in the language of the server, so that columns count by position and events by number. Cells
have no quotation marks: the commas of the vendor class as text move the cells behind it. Times are local.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import BinaryIO

from scanner.core.text import amount
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.latest import LatestRows
from scanner.reading.leases import Lease, client_mac, is_name, observations, of_parts
from scanner.reading.lines import exact

#: Longest line, in bytes.
LINE = 16_384
#: Truncated rows that are reported one by one.
PROBLEMS = 20

_HEADER = re.compile(rb"^ID[ ,] ?Date,Time,Description,IP Address,", re.M)
_ROW = re.compile(
    rb"^\d{2},\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},\d{1,2}:\d\d:\d\d,[^,\r\n]{0,80},[0-9.]{7,15},[^,\r\n]{0,255},"
    rb"[0-9A-Fa-f]{12}(?=[,\r\n]|\Z)",
    re.M,
)
#: Events by which a client has an address: assigned, renewed, the same by BOOTP.
_BEGUN = (b"10,", b"11,", b"20,", b"21,")
#: Events after which it has not: released, found in use, deleted, expired.
_ENDED = (b"12,", b"13,", b"16,", b"17,", b"18,", b"23,")
_EVENTS = dict.fromkeys(_BEGUN, True) | dict.fromkeys(_ENDED, False)
_DATE, _TIME, _IP, _HOST, _MAC, _VENDOR, _USER = 1, 2, 4, 5, 6, 13, 15
_NUMBERS = re.compile(rb"(\d{1,4})([/.-])(\d{1,2})[/.-](\d{1,4})")
_CLOCK = re.compile(rb"(\d{1,2}):(\d\d):(\d\d)")
_HARDWARE = re.compile(rb"[0-9A-Fa-f]{12,64}")
_HEX = re.compile(rb"0x((?:[0-9A-Fa-f]{2})+)")


def looks_like(head: bytes) -> bool:
    """Whether there is the line of headings in English, or a row of a lease."""
    return _HEADER.search(head) is not None or _ROW.search(head) is not None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The last lease of each address that the log does not end."""
    kept, described = LatestRows(), LatestRows()
    unread = undated = 0
    for number, line in exact(stream, LINE):
        if line is None:
            yield Problem(number, "longer than a row of the log")
            continue
        begun = _EVENTS.get(line[:3])
        if begun is None:
            continue
        cells = line.split(b",", _MAC + 1)
        if len(cells) <= _MAC or (begun and not _whole(cells)):
            unread += 1
            if unread <= PROBLEMS:
                yield Problem(number, "the row is truncated")
            continue
        address = cells[_IP]
        if not begun:
            kept.drop(address)
            described.drop(address)
            continue
        full = kept.put(address, number, line)
        if b",0x" in cells[-1]:
            full = described.put(address, number, line) or full
        if full:
            undated += yield from _leases(kept, described, context)
    undated += yield from _leases(kept, described, context)
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS:,} more rows are truncated")
    if undated:
        yield Problem(0, f"of {amount(undated, 'row')} the time cannot be read: taken as the time of reading")


def _whole(cells: list[bytes]) -> bool:
    """Whether a row goes on behind its mac, or ends with a whole one, and no number in hexadecimal is its end."""
    if len(cells) == _MAC + 1:
        return _HARDWARE.fullmatch(cells[_MAC]) is not None
    return not (b",0x" in cells[-1] and cells[-1].rpartition(b",")[2].startswith(b"0x"))


def _leases(kept: LatestRows, described: LatestRows, context: Context) -> Generator[Item, None, int]:
    """The leases that are kept, each with the vendor class of an earlier row of its client where it has none.

    A client may send option 60 when it starts, and not when it renews. Returns how many have no valid time.
    """
    undated = 0
    for number, row in kept.taken():
        cells = row.split(b",")
        lease = _lease(cells, context)
        undated += _time(cells) is None
        if not lease.vendor and (earlier := described.get(cells[_IP])):
            former = _lease(earlier[1].split(b","), context)
            if former.mac == lease.mac:
                yield from observations(former, context)
        found = list(observations(lease, context))
        if not found:
            yield Problem(number, "a row without a mac, a name and a class of its client", False)
        yield from found
    for _ in described.taken():
        pass
    return undated


def _lease(cells: list[bytes], context: Context) -> Lease:
    host, hardware = cells[_HOST], cells[_MAC].decode("ascii", "replace")
    return Lease(
        ip=cells[_IP].decode("ascii", "replace"),
        mac=client_mac(hardware, hardware),
        time=_time(cells) or context.time,
        host=host if is_name(host.decode("ascii", "replace")) else b"",
        vendor=_octets(cells[_VENDOR : _VENDOR + 1]),
        user=_octets(cells[_USER:]),
    )


def _octets(cells: list[bytes]) -> bytes:
    """The octets of the first of these cells that is a number in hexadecimal."""
    for cell in cells:
        if found := _HEX.fullmatch(cell.strip()):
            return bytes.fromhex(found[1].decode("ascii"))
    return b""


def _time(cells: list[bytes]) -> str | None:
    """Date and time of a row; the log has month, day and year, a converted one may have another order."""
    date, clock = _NUMBERS.fullmatch(cells[_DATE].strip()), _CLOCK.fullmatch(cells[_TIME].strip())
    if date is None or clock is None:
        return None
    first, second, third = int(date[1]), int(date[3]), int(date[4])
    if len(date[1]) == 4:
        year, month, day = first, second, third
    elif date[2] == b"." or first > 12:
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    return of_parts(year, month, day, *map(int, clock.groups()))


FORMAT = Format("windows-dhcp-log", "the audit log of Windows DHCP Server (DhcpSrvLog-*.log)", looks_like, read)
