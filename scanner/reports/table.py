"""Tables for a terminal, streamed: the columns that matter at every width, no version or word broken, texts escaped.

The layout is that of the first SAMPLE rows. A value that is wider than its column moves the others of its line to the
right, and those that have no room then to a further line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from typing import TextIO

from scanner.reports import importance
from scanner.reports.cells import safe, short_reason
from scanner.reports.data import Row, Section
from scanner.reports.folding import cells, fold, is_name, shorten
from scanner.reports.labels import NO_ROWS, heading
from scanner.reports.layout import GAP, Layout, PlacedColumn, arrange

#: Rows that the layout is computed from.
SAMPLE = 1000
_BOLD, _RED, _BOLD_RED, _GREEN, _YELLOW, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[1;31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"
_COLOURS = {
    "compliant": _GREEN, "certified": _GREEN, "compatible": _GREEN,
    "noncompliant": _BOLD_RED, "outdated": _RED, "other-line": _RED, "not-listed": _RED,
    "review": _YELLOW, "newer": _YELLOW, "unknown-firmware": _YELLOW, "unidentified": _YELLOW,
}  # fmt: skip


def _cell(column: str, row: Row, address: str = "ip") -> str:
    """The text of a column in a row; `address` is the column that replaces an unknown address."""
    value = row.get(column)
    if column == "ip" and value is None:
        value = row.get(address)
    return short_reason(value) if column in ("reason", "note") else safe(value)


def write_table(
    rows: Iterable[Row],
    columns: Sequence[str],
    title: str,
    stream: TextIO,
    *,
    width: int | None,
    colour: bool = False,
    lead: int = 0,
) -> int:
    """The rows as a table `width` cells wide, and a line with the omitted columns. Returns the rows written.

    The first `lead` columns are more important than all others. With the width None no column is omitted.
    """
    return write_tables([Section(title, columns, rows)], stream, width=width, colour=colour, lead=lead)


def write_tables(
    tables: Sequence[Section], stream: TextIO, *, width: int | None, colour: bool = False, lead: int = 0
) -> int:
    """Tables one below the other, those with the same columns in the same layout, and once what is omitted.

    Returns the rows of all.
    """
    waiting = [iter(table.rows) for table in tables]
    samples = [list(islice(rows, SAMPLE)) for rows in waiting]
    layouts: dict[tuple[str, ...], Layout] = {}
    empty: dict[tuple[str, ...], set[str]] = {}
    omitted: dict[str, str] = {}
    count = 0
    for table, sample, rest in zip(tables, samples, waiting, strict=True):
        key = tuple(table.columns)
        if key not in layouts:
            alike = [row for other, found in zip(tables, samples, strict=True) if tuple(other.columns) == key
                     for row in found]  # fmt: skip
            layouts[key] = layout_of(alike, key, width, lead)
            omitted |= {name: _value(name, alike) for name in layouts[key].omitted if alike}
            empty[key] = {name for name in key if name not in (*layouts[key].columns, *layouts[key].omitted)}
        stream.write("\n" if table is not tables[0] else "")
        layout = layouts[key]
        rows = _watched(chain(sample, rest), empty[key], omitted)
        count += _write(rows, table.heading, layout, stream, colour, bool(sample))
    if omitted:
        elsewhere = {name for layout in layouts.values() for name in layout.columns}
        named = {name: "" if name in elsewhere else value for name, value in omitted.items()}
        names = ", ".join(f"{name} ({value} in all rows)" if value else name for name, value in named.items())
        note = f"columns omitted to fit the width: {names}; --format csv has all"
        stream.writelines(line + "\n" for line in (fold(note, width) if width else [note]))
    return count


def layout_of(sample: Sequence[Row], columns: Sequence[str], width: int | None, lead: int = 0) -> Layout:
    """The layout for these rows; where it has no mac, the mac of a device without an address is in the place of it."""
    texts = {name: [_cell(name, row) for row in sample] for name in columns}
    numbers = frozenset(name for name in columns if _is_number(name, sample))
    found = arrange(columns, texts, width, numbers, columns[:lead])
    if "ip" in texts and "mac" in found.omitted and "" in texts["ip"]:
        texts["ip"] = [_cell("ip", row, "mac") for row in sample]
        found = replace(arrange(columns, texts, width, numbers, columns[:lead]), address="mac")
    return found


def _is_number(column: str, rows: Sequence[Row]) -> bool:
    values = [value for row in rows if (value := row.get(column)) is not None]
    return column in importance.NUMBERS or (bool(values) and all(isinstance(value, int | float) for value in values))


def _value(column: str, rows: Sequence[Row]) -> str:
    """The site that all rows have, which the line of omitted columns names; empty for another column."""
    values = {_cell(column, row) for row in rows} if column == "site" else set()
    return values.pop() if len(values) == 1 else ""


def _watched(rows: Iterable[Row], empty: set[str], omitted: dict[str, str]) -> Iterator[Row]:
    """The rows; a column that is empty in the sample and contains a value later is noted as omitted."""
    for row in rows:
        for name in [name for name in empty if row.get(name) not in (None, "", [], ())]:
            omitted[name] = ""
            empty.discard(name)
        yield row


def _write(rows: Iterable[Row], title: str, layout: Layout, stream: TextIO, colour: bool, any_rows: bool) -> int:
    if title:
        for line in fold(safe(title), layout.width) if layout.width else [safe(title)]:
            stream.write(f"{_BOLD}{line}{_PLAIN}\n" if colour else f"{line}\n")
    if not any_rows:
        stream.write(f"{NO_ROWS}\n")
        return 0
    headings = {name: heading(name) for name in layout.columns}
    if layout.address != "ip":
        headings["ip"] = f"{heading('ip')}, {heading(layout.address)}"
    stream.writelines(_lines(headings, {}, layout))
    stream.write("─" * max((line[-1].end for line in layout.lines if line), default=0) + "\n")
    count = 0
    for row in rows:
        count += 1
        texts = {name: _cell(name, row, layout.address) for name in layout.columns}
        stream.writelines(_lines(texts, _styles(row) if colour else {}, layout))
    return count


def _styles(row: Row) -> dict[str, str]:
    """The colour of columns by the compliance or the status of a row."""
    style = _COLOURS.get(str(row.get("compliance") or row.get("status")), "")
    return {"status": style, "compliance": style} if style else {}


def _lines(texts: Mapping[str, str], styles: Mapping[str, str], layout: Layout) -> Iterator[str]:
    """The lines of one row."""
    for line in layout.lines:
        plain = None if styles else _plain(line, texts)
        if plain is None:
            yield from _folded(line, texts, styles, layout.width)
        elif plain:
            yield plain + "\n"


def _plain(places: Sequence[PlacedColumn], texts: Mapping[str, str]) -> str | None:
    """The line of a row whose texts all fit in their columns, the usual one; None for another."""
    parts = []
    for place in places:
        text = texts[place.column]
        if len(text) > place.width or not text.isascii():
            return None
        parts.append(text.rjust(place.width) if place.right else text.ljust(place.width))
    line = (" " * GAP).join(parts).rstrip()
    return " " * places[0].indent + line if line else ""


def _folded(
    places: Sequence[PlacedColumn], texts: Mapping[str, str], styles: Mapping[str, str], width: int | None
) -> Iterator[str]:
    """The lines of a row for one line of its layout: more than one where texts are folded or have no room."""
    waiting = [(place, list(found)) for place in places if (found := _parts(place, texts[place.column], width))]
    while waiting:
        line, used = "", 0
        # texts that are not wider than their columns begin where those do
        within = all(parts[0][1] <= place.width for place, parts in waiting)
        latest = {} if within else _latest([(place, parts[0][1]) for place, parts in waiting], width)
        for place, parts in waiting:
            text, size = parts[0]
            at = place.at + place.width - size if place.right and size < place.width else place.at
            if not within:
                at = max(min(at, latest.get(place.column, at)), used + GAP if used else 0)
                if width is not None and at + size > width:
                    if used:
                        continue
                    if size > width and not is_name(text):
                        text = shorten(text, width)
                        size = cells(text)
                    at = max(0, width - size)
            del parts[0]
            style = styles.get(place.column)
            line += " " * (at - used) + (f"{style}{text}{_PLAIN}" if style else text)
            used = at + size
        yield line.rstrip() + "\n"
        waiting = [one for one in waiting if one[1]]


def _latest(sizes: Sequence[tuple[PlacedColumn, int]], width: int | None) -> dict[str, int]:
    """The last cell at which each text of a line may begin, so that those after it have room; empty where not all fit.

    Thus the line of a device is one, though its texts may not begin where their columns do.
    """
    if width is None or sum(size for _, size in sizes) + GAP * (len(sizes) - 1) + sizes[0][0].indent > width:
        return {}
    found, end = {}, width
    for place, size in reversed(sizes):
        found[place.column] = end - size
        end -= size + GAP
    return found


def _parts(place: PlacedColumn, text: str, width: int | None) -> tuple[tuple[str, int], ...]:
    """The lines of a text in its column, each with its size in cells."""
    if len(text) <= place.width and text.isascii():
        return ((text, len(text)),) if text else ()
    if width is None:
        return ((text, cells(text)),)
    return _measured(text, place.width, place.column in importance.WHOLE, width)


@lru_cache(maxsize=1024)  # devices of a model have one reason
def _measured(text: str, width: int, whole: bool, widest: int) -> tuple[tuple[str, int], ...]:
    lines = fold(text, width, whole and cells(text) <= widest)
    return tuple((line, cells(line)) for line in lines)
