"""The table of `/ip dhcp-server lease print` without `detail`, as the pairs that `detail` prints.

RouterOS 7 gives each column the width of its values and two blanks, RouterOS 6 a fixed width, and cuts headings
(`HO..`) and values, without a mark. The vendor class of a client is in no column.
"""

from __future__ import annotations

import re

#: The line of headings. The lists of ARP and of neighbours have an INTERFACE where this one has a SERVER.
HEADINGS = re.compile(
    rb"^[ \t]*#[ \t]+ADDRESS[ \t]+MAC-ADDRESS[ \t]+(?=[A-Z.]*[^\r\n]{0,200}\bSERVER\b)(?![^\r\n]{0,200}\bINTERFACE\b)"
    rb"[^\r\n]{0,200}\bSTATUS\b",
    re.M,
)
_NAME = re.compile(rb"[ \t](HOST-NAME)[ \t]+")
_ROW = re.compile(
    rb"[ \t]{0,4}\d{1,6}[ \t]+(?:([A-Z*]{1,8})[ \t]+)?(\d{1,3}(?:\.\d{1,3}){3})[ \t]+((?:[0-9A-F]{2}:){5}[0-9A-F]{2})"
    rb"(?=[ \t])(?:.{0,300}[ \t])??(bound|waiting|offered|testing|authorizing|busy|conflict)(?:[ \t]+(\S{1,30}))?[ \t]*"
)


def names_of(headings: bytes) -> tuple[int, int, int]:
    """Where the columns of the mac, of the host name and behind it begin; the latter are 0 without such a column."""
    found = _NAME.search(headings)
    return headings.index(b"MAC-ADDRESS"), *((found.start(1), found.end()) if found else (0, 0))


def row_of(line: bytes, names: tuple[int, int, int]) -> bytes | None:
    """Flags and pairs of a row; None for another line. A host name that may be cut is left out."""
    row = _ROW.fullmatch(line)
    if row is None:
        return None
    flags, address, mac, status, seen = row.groups(b"")
    at, begin, end = names
    name = line[begin:end]
    whole = row.start(3) == at and name.endswith(b"  ") and line[begin - 1 : begin].isspace()
    host = name.strip().replace(b'"', b"") if whole and begin else b""
    pairs = b'address=%s mac-address=%s host-name="%s" status=%s last-seen=%s' % (address, mac, host, status, seen)
    return flags + b"\n" + pairs
