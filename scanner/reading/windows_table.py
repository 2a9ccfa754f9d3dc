"""What `Get-DhcpServerv4Lease` and `netsh dhcp server scope … show clients` print, as cells that are parted by tabs.

Format-Table of PowerShell: headings, dashes, and values that begin where their heading does. A value that is longer
than its column is cut, and ends in `...`; what is left of it is not a value of the lease. Format-List: a line
`name : value` for each value, and a blank line. `netsh`: rows parted by dashes below localised headings; `show clients
1` and `show clientsv5` have the name as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

#: Lines at the start in which it is looked for what a file has.
_BEFORE = 40
#: The line of headings, whichever columns there are.
HEADINGS = re.compile(
    rb"^[ ]*IPAddress +(?:[A-Za-z]+ +){0,8}?ClientId +(?:[A-Za-z]+ +){0,8}?AddressState\b[A-Za-z ]*\r?$", re.M
)
#: A value of Format-List that begins a lease or that is read.
LISTED = re.compile(rb"^(?:IPAddress|ScopeId|ClientId) {1,20}: \S{1,64}[ \t\r]*$", re.M)
_LISTED = re.compile(r"([A-Za-z]{2,40}) *: ?(.*)")
#: A lease of netsh: address, mask, identifier, end, type, name.
NETSH = re.compile(
    rb"^[ \t]{0,9}(\d{1,3}(?:\.\d{1,3}){3}) {0,16}- {0,16}\d{1,3}(?:\.\d{1,3}){3} {0,16}- {0,16}"
    rb"((?:[0-9A-Fa-f]{2}-){1,40}[0-9A-Fa-f]{2})-? {0,16}- {0,16}([^\r\n]{0,60}?) {0,16}- ?[DBNUR] {0,16}"
    rb"(?:-([^\r\n]{0,255}))?\r?$",
    re.M,
)
_NAMES = ("IPAddress", "ClientId", "HostName", "AddressState", "LeaseExpiryTime")
_CUT = ("...", "…")


def with_tabs(lines: Iterator[tuple[int, bytes | None]]) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines, with tabs between the columns from the first line of headings on; other files are unchanged."""
    offsets: list[int] = []
    first = next(lines, None)
    before: list[tuple[int, bytes | None]] = []
    while first and len(before) < _BEFORE:
        number, line = first
        before.append(first)
        if line and (NETSH.match(line) or LISTED.match(line)):
            rest = chain(before, lines)
            yield from _of_netsh(rest) if NETSH.match(line) else _of_list(rest)
            return
        if line and HEADINGS.match(line):
            break
        first = next(lines, None)
    for number, line in chain(before, lines):
        if line is None:
            yield number, None
        elif HEADINGS.match(line):
            offsets = [found.start() for found in re.finditer(rb"[A-Za-z]+", line)]
            yield number, b"\t".join(line.split())
        elif not offsets:
            yield number, line
        elif line.strip(b" -"):
            yield number, _cells(line.decode("utf-8", "replace"), offsets)


def _of_netsh(lines: Iterable[tuple[int, bytes | None]]) -> Iterator[tuple[int, bytes | None]]:
    """The rows of netsh: of a lease that is not in use, the word stands where the end is."""
    yield 0, b"\t".join((b"IPAddress", b"ClientId", b"LeaseExpiration", b"HostName"))
    for number, line in lines:
        if line is None:
            yield number, None
        elif found := NETSH.match(line):
            yield number, b"\t".join((part or b"").strip().replace(b"\t", b" ") for part in found.groups())


def _of_list(lines: Iterable[tuple[int, bytes | None]]) -> Iterator[tuple[int, bytes | None]]:
    """The leases of Format-List: each ends where a name is repeated, or at a blank line."""
    yield 0, "\t".join(_NAMES).encode()
    begun, values = 0, dict[str, str]()
    for number, line in lines:
        found = _LISTED.match(line.decode("utf-8", "replace").rstrip()) if line else None
        if values and (line == b"" or (found and found[1] in values)):
            yield begun, _row(values)
            values = {}
        if line is None:
            yield number, None
        elif found and found[1] in _NAMES:
            begun = number if not values else begun
            values[found[1]] = found[2].strip().replace("\t", " ")
    if values:
        yield begun, _row(values)


def _row(values: Mapping[str, str]) -> bytes:
    return "\t".join(values.get(name, "") for name in _NAMES).encode()


def _cells(line: str, offsets: list[int]) -> bytes:
    values = [line[begin:end].strip() for begin, end in zip(offsets, [*offsets[1:], None], strict=True)]
    return "\t".join("" if value.endswith(_CUT) else value.replace("\t", " ") for value in values).encode()
