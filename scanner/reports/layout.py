"""The layout of a table for a width: which columns, where they begin, how wide they are, and what is left out.

The columns that matter (`importance.kept`) are in every layout. Where they fit in one line, others follow while they
fit; where they do not, narrower columns are tried, and at last a row takes several lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scanner.reports import importance
from scanner.reports.folding import cells, pieces
from scanner.reports.labels import heading

#: Blanks between two columns; indent of the further lines of a row that takes several.
GAP, INDENT = 2, 4
#: One in so many values may be wider than its column: where all columns fit, where they do not, where no other way is.
RARE, SOME, HALF = 50, 6, 2

#: The text of a column in each row of a sample.
Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class PlacedColumn:
    """A column of a layout: its first cell, its width in cells, whether it is right-aligned, the indent of its line."""

    column: str
    at: int
    width: int
    right: bool
    indent: int = 0

    @property
    def end(self) -> int:
        """The cell after its last one."""
        return self.at + self.width


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of a row, each with its columns; the omitted columns; the width, None where it is not limited.

    `address` is the column whose value is shown for a device without an address: `mac` where that is omitted.
    """

    lines: tuple[tuple[PlacedColumn, ...], ...]
    omitted: tuple[str, ...]
    width: int | None
    address: str = "ip"

    @property
    def columns(self) -> list[str]:
        """The columns of all lines, in their order."""
        return [place.column for line in self.lines for place in line]


class _Measured:
    """The widths of a column: of its heading, of its values and of the longest part of each that is not broken."""

    def __init__(self, column: str, texts: Sequence[str]) -> None:
        self.column = column
        whole = column in importance.WHOLE
        self.values = sorted(map(cells, texts)) or [0]
        self.parts = sorted(max(map(cells, pieces(text, whole)), default=0) for text in texts) or [0]
        self.title = cells(heading(column))
        self.word = max(map(cells, pieces(heading(column))), default=0)

    def full(self) -> int:
        """The width at which no value is folded, but for rare ones."""
        return max(_most(self.values, RARE), self.title)

    def comfortable(self) -> int:
        """The width at which texts of usual length are not folded, but for rare ones."""
        need = min(_most(self.values, RARE), importance.comfortable(self.column))
        return max(_most(self.parts, RARE), need, self.title)

    def narrow(self) -> int:
        """The width at which some values are wider than the column."""
        need = min(_most(self.values, SOME), importance.comfortable(self.column))
        return max(_most(self.parts, SOME), need, self.word)

    def least(self) -> int:
        """The width at which names are folded at every blank, and some are wider than the column."""
        return self.narrow() if importance.is_prose(self.column) else max(_most(self.parts, SOME), self.word)

    def usual(self) -> int:
        """The width at which half of the names are wider than the column."""
        if importance.is_prose(self.column):
            return self.narrow()
        return max(min(_most(self.parts, HALF), importance.comfortable(self.column)), self.word)

    def better(self, width: int) -> tuple[float, int]:
        """How many more values fit for each further cell, and the next width at which more do."""
        wider = next((value for value in self.values if value > width), 0)
        if wider:
            return sum(1 for value in self.values if width < value <= wider) / (wider - width), wider
        return (0.5 / (self.title - width), self.title) if self.title > width else (0.0, width)


def _most(widths: Sequence[int], one_in: int) -> int:
    return widths[-1 - len(widths) // one_in]


def arrange(
    columns: Sequence[str], texts: Texts, width: int | None, numbers: frozenset[str], lead: Sequence[str] = ()
) -> Layout:
    """The layout of a table with these columns for a width; columns without a value in the sample are left out.

    `numbers` are right-aligned; `lead` are columns that are more important than all others. A site that all rows
    have in common is omitted, too, where the width is limited.
    """
    filled = [name for name in columns if not texts[name] or any(texts[name])]
    if width is None:
        row = [(one, one.full()) for one in (_Measured(name, texts[name]) for name in filled)]
        return Layout((_placed(row, numbers),), (), None)
    wanted = [name for name in filled if name != "site" or len(set(texts["site"])) > 1]
    measured = {name: _Measured(name, texts[name]) for name in wanted}
    groups = [[name for name in group if name in measured] for group in importance.kept(columns, lead)]
    chosen = _one_line(measured, texts, [name for group in groups for name in group], width)
    rows = [chosen] if chosen else _several_lines(measured, groups, width)
    lines = []
    for at, row in enumerate(rows):
        indent = INDENT if at else 0
        lines.append(_placed(_widened(row, width - indent), numbers, indent))
    seen = {place.column for line in lines for place in line}
    return Layout(tuple(lines), tuple(name for name in filled if name not in seen), width)


_Row = list[tuple[_Measured, int]]


def _one_line(measured: Mapping[str, _Measured], texts: Texts, core: Sequence[str], width: int) -> _Row | None:
    """The columns of a row of one line with their widths; None where those that matter do not fit."""
    sizes: tuple[Callable[[_Measured], int], ...] = (_Measured.comfortable, _Measured.narrow, _Measured.least)
    for size in (*sizes, _Measured.usual):
        need = {name: size(measured[name]) for name in core}
        if _sum(need.values()) > width or (size is _Measured.usual and not _most_rows_fit(texts, core, width)):
            continue
        if size is _Measured.comfortable:
            _add(need, measured, width)
        return [(one, need[name]) for name, one in measured.items() if name in need]
    return None


def _add(need: dict[str, int], measured: Mapping[str, _Measured], width: int) -> None:
    """Add to `need` the columns that fit beside those that it has, most important first."""
    for name in importance.ranked(list(measured)):
        wanted = measured[name].comfortable()
        if name not in need and _sum((*need.values(), wanted)) <= width:
            need[name] = wanted


def _most_rows_fit(texts: Texts, columns: Sequence[str], width: int) -> bool:
    """Whether all but some rows have room in one line, though not in columns."""
    rows = [_sum(map(cells, row)) for row in zip(*(texts[name] for name in columns), strict=True)]
    return bool(rows) and _most(sorted(rows), SOME) <= width


def _several_lines(measured: Mapping[str, _Measured], groups: Sequence[Sequence[str]], width: int) -> list[_Row]:
    """The columns that matter in as many lines as they need, groups unbroken where they fit; others on the first."""
    lines: list[dict[str, int]] = [{}]
    for group in groups:
        need = {name: max(1, min(measured[name].narrow(), width - INDENT)) for name in group}
        for part in (need,) if _sum(need.values()) <= width - INDENT else ({name: need[name]} for name in need):
            room = width - (INDENT if len(lines) > 1 else 0)
            if lines[-1] and _sum((*lines[-1].values(), *part.values())) > room:
                lines.append({})
            lines[-1] |= part
    roomy = {name: measured[name].comfortable() for name in lines[0]}
    if _sum(roomy.values()) <= width:
        lines[0] = roomy
        _add(
            lines[0],
            {name: one for name, one in measured.items() if not any(name in line for line in lines[1:])},
            width,
        )
    return [[(measured[name], size) for name, size in line.items()] for line in lines]


def _sum(widths: Iterable[int]) -> int:
    found = list(widths)
    return sum(found) + GAP * (len(found) - 1)


def _widened(row: _Row, width: int) -> _Row:
    """The columns of a line with the rest of its width, where it lets most values fit."""
    widths = [size for _, size in row]
    left = width - _sum(widths)
    while left > 0:
        steps = [(*one.better(size), at) for at, ((one, _), size) in enumerate(zip(row, widths, strict=True))]
        fitting = [step for step in steps if 0 < step[1] - widths[step[2]] <= left]
        if not fitting:
            break
        _, wider, at = max(fitting, key=lambda step: (step[0], -step[2]))
        left -= wider - widths[at]
        widths[at] = wider
    widest = max(range(len(row)), key=lambda at: row[at][0].values[-1] - widths[at], default=0)
    if row and left > 0:
        widths[widest] += min(left, max(0, row[widest][0].values[-1] - widths[widest]))
    return [(one, size) for (one, _), size in zip(row, widths, strict=True)]


def _placed(row: _Row, numbers: frozenset[str], at: int = 0) -> tuple[PlacedColumn, ...]:
    places, indent = [], at
    for one, size in row:
        places.append(PlacedColumn(one.column, at, size, one.column in numbers, indent))
        at += size + GAP
    return tuple(places)
