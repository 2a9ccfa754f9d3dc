"""Columns of a table as a switch's console prints it: titles of a header, and the cells of a row below them.

Widths differ with the version of the software and the longest value, and a copied text has lost its blanks. So nothing
is at a fixed position: a title is found by its words, a cell belongs to the title that it overlaps most, and a ruler
below the header (`---- ------`) states where columns begin. Columns without a meaning here are kept as OTHER.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class ColumnKind(StrEnum):
    """What the cells of a column contain."""

    MAC = "mac"
    ADDRESS = "address"
    VLAN = "vlan"
    PORT = "port"  # of the switch itself, also where it is called local
    TYPE = "type"
    BRIDGE = "bridge"
    DEVICE = "device"
    SYSTEM = "system"
    CHASSIS = "chassis"
    REMOTE = "remote"  # the port of the neighbour
    REMOTE_TEXT = "remote text"  # its description
    PARENT = "parent"
    CAPABILITY = "capability"
    PLATFORM = "platform"
    HOLD = "hold"
    METHOD = "method"
    DOMAIN = "domain"
    STATUS = "status"
    LEASE = "lease"
    ADMIN = "admin"
    OPERATION = "operation"
    POWER = "power"
    POWERED = "powered"  # the device that a port supplies
    CLASS = "class"
    OTHER = "other"


class TableWord(NamedTuple):
    """A word of a line, and its position."""

    text: str
    start: int
    end: int


class TableColumn(NamedTuple):
    """A column: what it contains, and from where to where its cells are."""

    kind: ColumnKind
    start: int
    end: int


class TableLayout(NamedTuple):
    """The columns of a table in their order."""

    columns: tuple[TableColumn, ...]

    @property
    def kinds(self) -> frozenset[ColumnKind]:
        """The kinds of its columns."""
        return frozenset(column.kind for column in self.columns)


#: Longest line in which a header is looked for, and the most columns of a table.
WIDTH = 400
_COLUMNS = 24

_FAR = r"(?:(?:Neighbor|Remote|Rem)[ -]?)"
#: Titles as consoles spell them; the longer ones first.
_TITLES: tuple[tuple[ColumnKind, str], ...] = (
    (ColumnKind.REMOTE_TEXT, rf"{_FAR}?Port[ -]?Desc(?:r(?:iption)?)?\b"),
    (ColumnKind.PORT, r"Loc(?:al)?[ -]Port[ -]?ID\b|Lcl Port\b|Portname\b"),
    (ColumnKind.SYSTEM, rf"{_FAR}?(?:Sys(?:tem)?|Host)[ -]?Name\b|{_FAR}Host\b|Identity\b"),
    (ColumnKind.CHASSIS, rf"{_FAR}?Chassis[ -]?ID\b"),
    (ColumnKind.DEVICE, rf"{_FAR}?Device[ -](?:ID|Name)\b|{_FAR}(?:Dev(?:ice)?|Name)\b"),
    (ColumnKind.REMOTE, rf"{_FAR}(?:Port(?:[ -]?ID)?|Intf|Interface)\b|Port[ -]?ID\b|Port info(?:rmation)?\b"),
    (ColumnKind.PARENT, r"Parent[ -]Interface"),
    (ColumnKind.BRIDGE, r"Bridge\b"),
    (
        ColumnKind.MAC,
        r"(?:Destination|Hardware|Physical|Link-layer|HW|L2)[ -]?Addr(?:ess)?\b|MAC[ -]?Addr(?:ess)?\b"
        r"|Identifier\b|LLADDR\b|MAC\b",
    ),
    (
        ColumnKind.PORT,
        r"Local[ -]?(?:Intrfce|Intf|Interface|Port|Int)\b|Destination[ -]Port|Located[ -]on[ -]Port"
        r"|Logical[ -]interface|(?:On-)?(?:Interfaces?|Intf)\b|Learned[ -]From(?:/Filtered on)?|Port[ -]Index"
        r"|Port/Nickname|Ports?(?: ?/ ?Virtual Port List|(?:/[\w-]{1,8}){1,3})?(?!\w)|Source\b",
    ),
    (ColumnKind.ADDRESS, r"(?:IP(?:v[46])?|Internet|Protocol)[ -]?Addr(?:ess)?\b|Address(?![ -]Type)\b"),
    (ColumnKind.VLAN, r"VLAN[ -]?Name *\( *Tag *\)|VLAN(?:s\b|[ -]?(?:ID|name)?)(?:/[\w-]{1,6}){0,3}/?(?!\w)|VID\b"),
    (ColumnKind.HOLD, r"Hold-?t(?:i)?me\b|Hldtme\b|TTL\b|Exptime(?: ?\(sec\))?"),
    (ColumnKind.CAPABILITY, r"Capabilit(?:y|ies)\b"),
    (ColumnKind.PLATFORM, r"Platform\b"),
    (ColumnKind.METHOD, r"Method\b"),
    (ColumnKind.DOMAIN, r"Domain\b"),
    (ColumnKind.STATUS, r"Status(?: Fg)?\b|State\b"),
    (ColumnKind.LEASE, r"Lease(?: ?\(sec\))?"),
    (ColumnKind.ADMIN, r"Admin\b"),
    (ColumnKind.OPERATION, r"Oper\b"),
    (ColumnKind.POWER, r"Power(?: ?\(Watts\))?"),
    (ColumnKind.POWERED, r"Device\b"),
    (ColumnKind.CLASS, r"Class\b"),
    (ColumnKind.TYPE, r"(?:Address[ -])?Type\b|Learn\b|Flags\b"),
)
_TITLE = re.compile(
    "|".join(f"(?P<k{n}>{pattern})" for n, (_, pattern) in enumerate(_TITLES)) + r"|(?P<other>\S+)", re.IGNORECASE
)
_WORD = re.compile(r"\S+")
_STACKED = re.compile(r"\S+(?: \S+)*")
_RULER = re.compile(r"[\s|+]*[-_][-_\s|+]*")
_RULE = re.compile(r"[-_]+")


#: Numbers of two digits, and of ports: no header has them.
_DATA = re.compile(r"\d\d|\d[/:]")


def tokens(line: str) -> list[TableWord]:
    """The words of a line."""
    return [TableWord(found[0], *found.span()) for found in _WORD.finditer(line)]


def header(line: str) -> TableLayout | None:
    """The columns of a header; None for a line with fewer than two titles that are known."""
    if len(line) > WIDTH:
        return None
    found: list[TableColumn] = []
    known = 0
    for title in _TITLE.finditer(line):
        name = title.lastgroup or "other"
        kind = ColumnKind.OTHER if name == "other" else _TITLES[int(name[1:])][0]
        known += kind is not ColumnKind.OTHER
        last = found[-1] if found else None
        if kind is ColumnKind.OTHER and last and last.kind is ColumnKind.OTHER and title.start() - last.end == 1:
            found[-1] = last._replace(end=title.end())
        else:
            found.append(TableColumn(kind, *title.span()))
    return TableLayout(_extended(found)) if known >= 2 and len(found) <= _COLUMNS else None


def stacked(upper: str, lower: str) -> TableLayout | None:
    """The columns of a header of two lines: words above each other are one title ("Logical" above "interface")."""
    if len(upper) > WIDTH or len(lower) > WIDTH:
        return None
    above = [TableWord(found[0], *found.span()) for found in _STACKED.finditer(upper)]
    titles: list[TableWord] = []
    for found in _STACKED.finditer(lower):
        over = [each for each in above if each.start < found.end() and found.start() < each.end]
        words = " ".join([*(each.text for each in over), found[0]])
        start = min([found.start(), *(each.start for each in over)])
        titles.append(TableWord(words, start, max([found.end(), *(each.end for each in over)])))
        above = [each for each in above if each not in over]
    columns = []
    for each in sorted((*titles, *above), key=lambda token: token.start):
        single = header(each.text + "  MAC")  # alone it would not be a header
        columns.append(TableColumn(single.columns[0].kind if single else ColumnKind.OTHER, each.start, each.end))
    known = sum(column.kind is not ColumnKind.OTHER for column in columns)
    return TableLayout(_extended(columns)) if known >= 2 and len(columns) <= _COLUMNS else None


def is_ruler(line: str) -> bool:
    """Whether a line separates a header from its rows."""
    return len(line) <= WIDTH and _RULER.fullmatch(line) is not None


def ruled(layout: TableLayout, ruler: str) -> TableLayout:
    """The layout with its columns where the ruler has them; unchanged where one line runs below all of them."""
    spans = [found.span() for found in _RULE.finditer(ruler)]
    if len(spans) < 2:
        return layout
    columns = list(layout.columns)
    by_span: dict[int, int] = {}
    for at, column in enumerate(columns):
        below = [n for n, (start, end) in enumerate(spans) if start < column.end and column.start < end]
        if (
            below
            and (nearest := max(below, key=lambda n: _overlap(spans[n], _title(column, columns, at)))) not in by_span
        ):
            by_span[nearest] = at
    for span, at in by_span.items():
        columns[at] = columns[at]._replace(start=spans[span][0], end=spans[span][1])
    return TableLayout(_extended(columns))


def _title(column: TableColumn, columns: Sequence[TableColumn], at: int) -> tuple[int, int]:
    """The start of a column, where its title is: its end is that of the cells."""
    following = columns[at + 1].start if at + 1 < len(columns) else column.start + 12
    return column.start, min(following, column.start + 12)


def _extended(columns: list[TableColumn]) -> tuple[TableColumn, ...]:
    """Each column up to the next one."""
    ordered = sorted(columns, key=lambda column: column.start)
    ends = [*(column.start for column in ordered[1:]), 1 << 30]
    starts = [0, *(column.start for column in ordered[1:])]
    return tuple(TableColumn(c.kind, start, end) for c, start, end in zip(ordered, starts, ends, strict=True))


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])


def cells(layout: TableLayout, words: Sequence[TableWord]) -> list[tuple[ColumnKind, str]]:
    """The cells of a row: each word in the column that it overlaps most, words of one column joined by a blank."""
    found: list[tuple[int, str]] = []
    at = 0
    columns = layout.columns
    for word in words:
        while at + 1 < len(columns) and _overlap(word[1:], columns[at + 1][1:]) > _overlap(word[1:], columns[at][1:]):
            at += 1
        if found and found[-1][0] == at:
            found[-1] = (at, f"{found[-1][1]} {word.text}")
        else:
            found.append((at, word.text))
    return [(columns[column].kind, text) for column, text in found]


class TableHead:
    """The header of a table while its lines are read: `layout` is None until one with all kinds of `needed` came."""

    def __init__(self, *needed: ColumnKind) -> None:
        self._needed = frozenset(needed)
        self._before = ""
        self._fresh = False
        self.layout: TableLayout | None = None

    def takes(self, line: str) -> bool:
        """Whether a line is a part of the header or the ruler below it."""
        if is_ruler(line):
            if self._fresh and self.layout is not None:
                self.layout, self._fresh = ruled(self.layout, line), False
            return True
        self._fresh = False
        if not line or _DATA.search(line):
            return False
        before, self._before = self._before, line
        layouts = (header(line), stacked(before, line) if before else None)
        possible = [each for each in layouts if each is not None and self._needed <= each.kinds]
        if not possible:
            return False
        self.layout, self._fresh, self._before = max(possible, key=lambda each: len(each.kinds)), True, ""
        return True
