"""A row of a table with a mac: the mac, and the cells around it by title, by order, or by what they look like.

The mac is the anchor: no other word looks like one. Where it is below its title, the cells are where their titles are.
Where it is not (a copied text has lost its blanks), they are in the order of the titles. Without a header (`| include`)
the words alone have to show what they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac
from scanner.reading.console import portnames
from scanner.reading.console.columns import ColumnKind, TableLayout, TableWord, cells, tokens

#: A mac in any notation that a console has, and no part of a longer word.
MAC = re.compile(
    r"(?<![\w.:-])(?:[0-9A-Fa-f]{4}([.:-])[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{4}"
    r"|[0-9A-Fa-f]{1,2}([:-])(?:[0-9A-Fa-f]{1,2}\2){4}[0-9A-Fa-f]{1,2}|[0-9A-Fa-f]{6}-[0-9A-Fa-f]{6})(?![\w:-]|\.\w)"
)
#: Words for entries that are the switch's own, or of no device.
_OWN = frozenset(
    {"self", "system", "management", "mgmt", "interface", "internal", "router", "switch", "cpu", "drop", "blackhole",
     "multicast", "other", "igmp", "sys"}
)  # fmt: skip
_TAG = re.compile(r"\S{0,40}\(0*(\d{1,4})\)")
_VLAN = re.compile(r"\*?(?:vlan-?0{0,3})?(\d{1,4})(?:/[\w./-]{0,20})?", re.IGNORECASE)
#: A port as Avaya's ERS has it: `Port: 7`, `Unit: 1 Port:12`.
_LABELLED = re.compile(r"(?:Unit: ?(\d{1,2}) )?Port: ?(\d{1,4})")
_VLAN_LIMIT = 4094
#: Longest line of a table.
LINE = 600


class MacRow(NamedTuple):
    """A row: the mac, and its cells by kind; `port` and `vlan` are those found, also without a header."""

    mac: str
    port: str | None
    vlan: str | None
    cells: dict[ColumnKind, str]
    words: tuple[str, ...]


def mac_row(line: str, layout: TableLayout | None) -> MacRow | None:
    """The row in a line; None where it has no mac that identifies a device."""
    if len(line) > LINE or (found := MAC.search(line)) is None:
        return None
    mac = read_mac(found[0])
    if mac is None or not identifying_mac(mac):
        return None
    words = joined(tokens(line))
    at = next((n for n, word in enumerate(words) if word.start <= found.start() < word.end), None)
    if at is None or words[at].text != found[0]:
        return None
    row = _by_title(words, at, layout) if layout else {}
    others = (*words[:at], *words[at + 1 :])
    lowered = tuple(word.text.lower() for word in others)
    return MacRow(mac, _port(row, words, at, layout), _vlan(row, words, at, layout), row, lowered)


class PlainRows:
    """Rows with one word a column, which most tables have: their words are in the order of the titles."""

    def __init__(self, layout: TableLayout) -> None:
        kinds = [column.kind for column in layout.columns]
        self._count = len(kinds)
        self._mac = kinds.index(ColumnKind.MAC)
        self._port = kinds.index(ColumnKind.PORT)
        self._vlan = kinds.index(ColumnKind.VLAN) if ColumnKind.VLAN in kinds else None
        self._type = kinds.index(ColumnKind.TYPE) if ColumnKind.TYPE in kinds else self._port
        self.possible = (
            not {ColumnKind.LEASE, ColumnKind.BRIDGE} & set(kinds)
            and kinds.count(ColumnKind.MAC) == kinds.count(ColumnKind.PORT) == 1
        )

    def row(self, line: str) -> tuple[str, str, str | None] | None:
        """The mac, port and VLAN; None for a row that has to be looked at more closely."""
        words = line.split()
        if len(words) == self._count + 1 and not words[0].isalnum():
            del words[0]  # `*`: a primary entry
        if len(words) != self._count:
            return None
        port, vlan = words[self._port], words[self._vlan] if self._vlan is not None else None
        if (vlan is not None and not (vlan.isdecimal() and len(vlan) <= 4)) or not _known_port(port):
            return None
        if words[self._type].lower() in _OWN:
            return None
        mac = _dotted(words[self._mac])
        return (mac, port, vlan.lstrip("0") if vlan else None) if mac and identifying_mac(mac) else None


_known_port = lru_cache(maxsize=8192)(portnames.is_port)


def _dotted(word: str) -> str | None:
    """The mac in a word as Cisco writes it; None for another form."""
    if len(word) != 14 or word[4] != "." or word[9] != ".":
        return None
    try:
        octets = bytes.fromhex(word.replace(".", ""))
    except ValueError:
        return None
    return octets.hex(":") if len(octets) == 6 else None


def is_own(row: MacRow) -> bool:
    """Whether an entry is the switch's own."""
    return not _OWN.isdisjoint(row.words)


def joined(words: Sequence[TableWord]) -> list[TableWord]:
    """Words with types of interfaces and their numbers as one: `Te 1/1`."""
    found: list[TableWord] = []
    for word in words:
        if (
            found
            and portnames.is_type(found[-1].text)
            and word.start - found[-1].end == 1
            and portnames.is_numbers(word.text)
        ):
            found[-1] = TableWord(f"{found[-1].text} {word.text}", found[-1].start, word.end)
        else:
            found.append(word)
    return found


def _by_title(words: Sequence[TableWord], at: int, layout: TableLayout) -> dict[ColumnKind, str]:
    """The cells of a row, whose mac is a word: by position, else by order where there are as many words as titles."""
    found: dict[ColumnKind, str] = {}
    placed = cells(layout, words)
    for kind, text in placed:
        found.setdefault(kind, text)
    kinds = [column.kind for column in layout.columns]
    anchor = kinds.index(ColumnKind.MAC) if ColumnKind.MAC in kinds else len(kinds)
    behind, titles = words[at + 1 :], kinds[anchor + 1 :]
    shifted = len(behind) == len(titles) and len(placed) < len(words) and len(words) <= len(kinds)
    if found.get(ColumnKind.MAC) == words[at].text and not shifted:
        return found
    before = dict(zip(reversed(kinds[:anchor]), (word.text for word in reversed(words[:at])), strict=False))
    after = dict(zip(titles, (word.text for word in behind), strict=True)) if len(behind) == len(titles) else {}
    return {ColumnKind.MAC: words[at].text, **before, **after}


def _port(row: dict[ColumnKind, str], words: Sequence[TableWord], at: int, layout: TableLayout | None) -> str | None:
    cell = row.get(ColumnKind.PORT)
    if cell and (labelled := _LABELLED.fullmatch(cell)):
        return "/".join(part for part in labelled.groups() if part)
    if cell is not None and ("," in cell or _is_port(cell, ColumnKind.BRIDGE in row)):
        return None if "," in cell else cell
    candidates = [word.text for word in (*words[at + 1 :], *words[:at]) if portnames.is_port(word.text)]
    if layout and len(candidates) > 1:
        kinds = [column.kind for column in layout.columns]
        if (
            ColumnKind.PORT in kinds
            and ColumnKind.MAC in kinds
            and kinds.index(ColumnKind.PORT) < kinds.index(ColumnKind.MAC)
        ):
            candidates = [word.text for word in words[:at] if portnames.is_port(word.text)] or candidates
    return candidates[0] if candidates else None


def _is_port(cell: str, named: bool) -> bool:
    """Whether a cell below the title of ports is one: a number too, and any where ports have names."""
    return (
        portnames.is_port(cell)
        or (cell.isdigit() and len(cell) <= 4)
        or (named and cell.isprintable() and len(cell) <= 40)
    )


def _vlan(row: dict[ColumnKind, str], words: Sequence[TableWord], at: int, layout: TableLayout | None) -> str | None:
    if (cell := row.get(ColumnKind.VLAN)) is not None:
        number = next((n for word in cell.split() if (n := _number(word))), None)
        if number or layout is None:
            return number
    if layout is not None and ColumnKind.VLAN not in layout.kinds:
        return None
    before = [n for word in words[:at] if (n := _number(word.text))]
    return before[-1] if before else None


def _number(word: str) -> str | None:
    """The VLAN in a word: `10`, `10/-/-`, `voice(0010)`."""
    found = _TAG.fullmatch(word) or _VLAN.fullmatch(word)
    return str(int(found[1])) if found and 0 < int(found[1]) <= _VLAN_LIMIT else None
