"""Leases of Windows DHCP Server: `Get-DhcpServerv4Lease`, as CSV or printed, `netsh`, or what its console exports.

"Get-DhcpServerv4Lease" (learn.microsoft.com): AddressState is Active or ActiveReservation where a client has the
address; ClientId is its mac with dashes. The delimiter and the order of a date are those of the culture. The option 60
of clients is in the audit log alone. When a client renewed is in no column: the time of a lease is that of the file,
and its end where that is earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.reading.csvrows import LINES, cells
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.latest import LatestRows
from scanner.reading.leases import Lease, client_mac, is_name, observations, of_parts, until
from scanner.reading.lines import exact
from scanner.reading.windows_table import HEADINGS, LISTED, NETSH, with_tabs

#: Longest line, in bytes; most lines in front of the headings.
LINE, PREAMBLE = 32_768, 10
#: Damaged rows that are reported one by one.
PROBLEMS = 20
_DELIMITERS = ",;\t"
#: Octets at the start in which printed leases are looked for, and what those of Format-List begin with.
_PRINTED, _LISTED = 4_096, {b"IPAddress", b"ScopeId", b"ClientId"}
_BLANK = b' \t,;"'
#: An address in the first cell, with which a row begins.
_BEGINS = re.compile(rb'"?\d{1,3}(?:\.\d{1,3}){3}"?[,;\t]')
#: Headings, lower case and without blanks → what is read: of PowerShell, and of the console in three languages.
_COLUMNS = {
    "ipaddress": "ip", "clientipaddress": "ip", "clientid": "mac", "uniqueid": "mac", "hostname": "host",
    "name": "host", "addressstate": "state", "leaseexpirytime": "end", "leaseexpiration": "end",
    "client-ip-adresse": "ip", "client-ip-adressen": "ip", "ip-adressedesclients": "ip", "eindeutigeid": "mac",
    "eindeutigekennung": "mac", "leaseablauf": "end", "leaseablaufdatum": "end", "ablaufdatumderlease": "end",
    "ablaufderlease": "end", "adresseipduclient": "ip", "adresseipclient": "ip", "nom": "host", "idunique": "mac",
    "identificateurunique": "mac", "expirationdubail": "end", "expirationbail": "end",
}  # fmt: skip
_INACTIVE = re.compile("inacti[vf]|inaktiv", re.IGNORECASE)
_DATE = re.compile(
    r"(\d{1,4})([/.-]) ?(\d{1,2})[/.-] ?(\d{1,4})(?:[T ](\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?:[.,]\d+)?)?"
    r"[ \u202f]?(AM|PM)?.*",
    re.IGNORECASE,
)


def looks_like(head: bytes) -> bool:
    """Whether one of the first lines has the headings of leases."""
    lines = re.split(r"\r\n?|\n", head.decode("utf-8", "replace"))[:PREAMBLE]
    return (
        any(_header(line) is not None for line in lines)
        or any(signature.search(head[:_PRINTED]) for signature in (HEADINGS, NETSH))
        or {found[0].split()[0] for found in LISTED.finditer(head[:_PRINTED])} == _LISTED
    )


def _header(line: str) -> tuple[str, dict[str, int], int] | None:
    """The delimiter, the columns that are read, and the number of columns where a line is the one of headings."""
    for delimiter in _DELIMITERS:
        names = ["".join(cell.split()).lower() for cell in cells(line, delimiter) or ()]
        found = {_COLUMNS[name]: at for at, name in reversed(list(enumerate(names))) if name in _COLUMNS}
        if {"ip", "mac"} <= found.keys() and not found.keys().isdisjoint({"state", "end"}):
            return delimiter, found, len(names)
    return None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The leases in use: the last row of an address, where several files were joined."""
    lines = with_tabs(exact(stream, LINE))
    header = None
    for number, line in lines:
        if (header := _header((line or b"").decode("utf-8", "replace"))) or number >= PREAMBLE:
            break
    if header is None:
        yield Problem(0, "no line of headings with address, client id and state")
        return
    delimiter, columns, _ = header
    first = delimiter.encode() if columns["ip"] == 0 else b"\n"
    kept = LatestRows()
    for row in _rows(lines):
        if isinstance(row, Problem):
            yield row
        elif kept.put(row[1].partition(first)[0], *row):
            yield from _leases(kept, header, context)
    yield from _leases(kept, header, context)


def _rows(lines: Iterator[tuple[int, bytes | None]]) -> Iterator[tuple[int, bytes] | Problem]:
    """(number of its first line, octets) of every row; a cell in quotation marks may contain line ends."""
    begun, row = 0, b""
    for number, line in lines:
        if begun and (line is None or number - begun > LINES or _BEGINS.match(line)):
            yield Problem(begun, "a quotation mark without its end")
            begun = 0
        if line is None:
            yield Problem(number, "longer than a row of the list")
            continue
        row = row + b"\n" + line if begun else line
        if row.count(b'"') % 2:
            begun = begun or number
        else:
            if row.strip(_BLANK):
                yield begun or number, row
            begun = 0
    if begun:
        yield Problem(begun, "a quotation mark without its end")


def _leases(kept: LatestRows, header: tuple[str, dict[str, int], int], context: Context) -> Iterator[Item]:
    delimiter, columns, width = header
    unread = 0
    for number, row in kept.taken():
        found = cells(row.decode("utf-8", "replace"), delimiter) or []
        if len(found) != width:
            unread += 1
            if unread <= PROBLEMS:
                yield Problem(number, "not a row of as many cells as there are headings")
            continue
        values = {name: found[at].strip() for name, at in columns.items()}
        if values["ip"][-1:].isdigit() and _in_use(values):  # not the headings of a file that was joined
            yield from observations(_lease(values, context), context)
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS:,} more rows have not as many cells as there are headings")


def _in_use(values: dict[str, str]) -> bool:
    """Whether a client has the address; the console writes the state of a reservation where the end is."""
    state = values.get("state") or values.get("end", "")
    if "state" in values:
        return state.lower().startswith("active")
    return not _INACTIVE.search(state)


def _lease(values: dict[str, str], context: Context) -> Lease:
    host = values.get("host", "")
    return Lease(
        ip=values["ip"],
        mac=client_mac(values["mac"], values["mac"]),
        time=until(_time(values.get("end", "")), context),
        host=host.encode() if is_name(host) else b"",
    )


def _time(text: str) -> str | None:
    """A date in the order of its culture: with points or dashes the day is first, with AM or PM the month."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    hour, minute, rest = (int(part or 0) for part in found.groups()[4:7])
    if half := (found[8] or "").upper():
        hour = hour % 12 + 12 * (half == "PM")
    if len(found[1]) == 4:
        year, month, day = first, second, third
    elif second > 12 or (first <= 12 and half and found[2] == "/"):
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    return of_parts(year, month, day, hour, minute, rest)


FORMAT = Format(
    "windows-leases", "leases of Windows DHCP Server (Get-DhcpServerv4Lease | Export-Csv)", looks_like, read
)
