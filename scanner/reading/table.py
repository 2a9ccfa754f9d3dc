"""Any table of a manager or a person, CSV or JSON, with columns for a mac or address and for a model or firmware.

Which column is which is read from the headings (`table_columns`), or stated with `--map`. What the manager reports is
stored with the source `manager NAME`: it has an address and a version from what the phone sent to it, perhaps long ago.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

from scanner.core.model import Observation
from scanner.core.text import amount, bounded
from scanner.core.text import mac as read_mac
from scanner.reading import detect
from scanner.reading.csvrows import cells, rows
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import decoded, exact
from scanner.reading.outer_objects import OuterObject, is_json, objects
from scanner.reading.table_columns import WHICH, Column, absent, columns, described, is_foreign, is_table
from scanner.reading.table_objects import TREE, Shapes
from scanner.reading.table_rows import identifies, is_undated, observations

#: Most lines before the headings: title and filters of a report.
PREAMBLE = 40
#: Longest line of a CSV file, in bytes; most columns.
LINE, COLUMNS = 65_536, 1_000
_DELIMITERS = ",;\t|"
#: Octets that are enough to see that a file has the format: the other formats come first (`detect`).
_HEAD = 65_536
_KEY = re.compile(r'"([^"\\\n]{1,100})"\s{0,20}:')
#: What no headings contain: the digits of a mac or an address.
_NUMBERED = re.compile(r"[0-9][0-9A-Fa-f:.-]{4}")
_LINE_END = re.compile(rb"\r\n?|\n")


class _Headings(NamedTuple):
    """The headings of a CSV table, its delimiter, and the columns that are read."""

    delimiter: str
    names: list[str]
    columns: list[Column]

    def parts(self, row: list[str]) -> list[tuple[str, str]]:
        """The cells of a row that are read, with their parts."""
        return [(column.part, row[column.at]) for column in self.columns if column.at < len(row)]


def looks_like(head: bytes) -> bool:
    """Whether the headings show a table of devices, which is of no other format and no export of our own."""
    if is_json(head):
        names = _keys(head)
        found = (is_table(columns(names, {})) or TREE in names) and not is_foreign(names)
    else:
        header = _header(_lines(head), {})
        found = header is not None and not is_foreign(header.names) and _has_rows(head, header)
    return found and not any(one.looks_like(head) for one in detect.formats().values() if one is not FORMAT)


def _has_rows(head: bytes, header: _Headings) -> bool:
    """Whether a row names a device, where there are rows: a line of a program may have the words of headings."""
    whole = _LINE_END.split(head[:_HEAD])[:-1]
    texts = [decoded(line) for line in whole]
    at = next((at for at, text in enumerate(texts) if cells(text, header.delimiter) == header.names), -1) + 1
    rows_of_text = [text for text in texts[at:] if text.strip(f'{header.delimiter} "')]
    return not rows_of_text or any(_is_device(cells(text, header.delimiter) or [], header) for text in rows_of_text)


def _is_device(row: list[str], header: _Headings) -> bool:
    """Whether a row names a device: by mac or address, or else in as many cells as there are headings."""
    parts = header.parts(row)
    if identifies(parts) or len(row) != len(header.names) or _of_names(row, header.delimiter, {}):
        return identifies(parts)
    return any(isinstance(one, Observation) for one in observations(parts, 0, Context("", "")))


def _keys(head: bytes) -> list[str]:
    """The keys of the objects at the start of a file; a mac in the place of one is of an object by its mac."""
    keys = dict.fromkeys(_KEY.findall(head[:_HEAD].decode("utf-8", "replace")))
    return list(dict.fromkeys("mac" if read_mac(key) else key for key in keys))[:COLUMNS]


def not_there(head: bytes, chosen: Mapping[str, str]) -> list[str]:
    """The columns of `--map` that a file does not have, as far as its start shows: of JSON, all of a short file."""
    if not is_json(head):
        return [] if _header(_lines(head), chosen) else _least_absent(_lines(head), chosen)
    return absent(_keys(head), [column.rpartition(".")[2] for column in chosen]) if len(head) < _HEAD else []


def _least_absent(lines: list[str], chosen: Mapping[str, str]) -> list[str]:
    """The columns that are absent from the line with most of them."""
    tried = (absent(cells(line, delimiter) or [], chosen) for line in lines for delimiter in _DELIMITERS)
    return min(tried, key=len, default=list(chosen))


def _header(lines: list[str], chosen: Mapping[str, str]) -> _Headings | None:
    """The header among the first lines of a file; one with a heading of several lines is joined first."""
    for at in range(len(lines)):
        for delimiter in _DELIMITERS:
            text, more = lines[at], at + 1
            while (names := cells(text, delimiter)) is None and more < min(len(lines), at + 5):
                text, more = f"{text}\n{lines[more]}", more + 1
            if names and len(names) <= COLUMNS and (header := _of_names(names, delimiter, chosen)):
                return header
    return None


def _of_names(names: list[str], delimiter: str, chosen: Mapping[str, str]) -> _Headings | None:
    if len(names) < 2 or (chosen and absent(names, chosen)):
        return None
    found = columns(names, chosen)
    parts = {column.part for column in found}
    return (
        _Headings(delimiter, names, found) if is_table(found) or (chosen and parts & {"mac", "ip", "serial"}) else None
    )


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The observations of every row or object with a mac or an address."""
    head, stream = detect.peek(stream)
    if is_json(head):
        yield from _of_json(stream, context)
    else:
        yield from _of_lines(
            ((number, None if line is None else decoded(line)) for number, line in exact(stream, LINE)), context
        )


def _lines(head: bytes) -> list[str]:
    """The lines of the start of a file that may be its headings."""
    return [decoded(line) for line in _LINE_END.split(head[:_HEAD])[:PREAMBLE]]


def _of_lines(lines: Iterator[tuple[int, str | None]], context: Context) -> Iterator[Item]:
    """The rows of a CSV table behind its headings."""
    chosen = context.columns
    before: list[str] = []
    header = None
    for number, line in lines:
        before.append(line or "")
        if (header := _header_at_end(before, chosen)) or number >= PREAMBLE:
            break
    if header is None:
        names = _least_absent(before, chosen) if chosen else []
        yield Problem(0, _no_columns(names) if names else "no columns for a mac or address and a model or firmware")
        return
    context.note(_taken(header))
    table, width, undated = header, len(header.names), 0
    dated = any(column.part == "last-seen" for column in header.columns)
    which = [column.at for column in header.columns if column.part in WHICH]

    def is_row(row: list[str]) -> bool:
        return len(row) == width and identifies(table.parts(row))

    for row in rows(lines, header.delimiter, is_row):
        if row.damage:
            yield Problem(row.number, row.damage)
        elif not "".join(row.cells).strip():
            continue
        elif not _has_digits(row.cells, which) and (again := _again(row.cells, header, chosen)):
            table, width = again, len(again.names)
        elif len(row.cells) > width and any(cell.strip() for cell in row.cells[width:]):
            yield Problem(row.number, "more cells than columns: a delimiter within a cell")
        else:
            parts = table.parts(row.cells)
            if len(row.cells) < width:  # the last cell of a row that is cut may be cut too
                parts = table.parts(row.cells[:-1])
                yield Problem(row.number, "fewer cells than columns: the row is cut")
            yield from observations(parts, row.number, context)
            if dated:
                undated += is_undated(parts, context)
    yield from _undated(undated)


def _header_at_end(lines: list[str], chosen: Mapping[str, str]) -> _Headings | None:
    """The header that ends with the last of these lines."""
    for begin in range(len(lines) - 1, max(-1, len(lines) - 6), -1):
        if (header := _header(["\n".join(lines[begin:])], chosen)) is not None:
            return header
    return None


def _has_digits(row: list[str], which: list[int]) -> bool:
    """Whether a row has the digits of a mac or an address in one of the columns for them: then it has no headings."""
    return any(at < len(row) and _NUMBERED.search(row[at]) for at in which)


def _again(row: list[str], header: _Headings, chosen: Mapping[str, str]) -> _Headings | None:
    """The header where a row repeats it, or another one, as joined files do."""
    return None if identifies(header.parts(row)) else _of_names(row, header.delimiter, chosen)


def _of_json(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """The rows of the objects of a JSON text."""
    shapes = Shapes(context.columns)
    undated = count = 0
    for one in objects(stream):
        if not isinstance(one, OuterObject):
            yield one
            continue
        for cells_of_row in shapes.rows(one.value, one.key):
            count += 1
            yield from observations(cells_of_row, one.line, context)
            undated += is_undated(cells_of_row, context)
    if names := absent(list(shapes.seen), [column.rpartition(".")[2] for column in context.columns]):
        yield Problem(0, _no_columns(names))
    elif not count:
        yield Problem(0, "no object has a mac or an address, and a model or firmware")
    if shapes.taken:
        context.note(described(shapes.taken, [name for name in shapes.seen if name not in shapes.taken]))
    yield from _undated(undated)


def _no_columns(names: list[str]) -> str:
    return f"no column {' or '.join(repr(bounded(name, 100)) for name in names)}, which --map names"


def _taken(header: _Headings) -> str:
    taken = {header.names[column.at].strip(): column.part for column in sorted(header.columns)}
    return described(taken, [name.strip() for name in header.names if name.strip() and name.strip() not in taken])


def _undated(count: int) -> Iterator[Problem]:
    if count:
        yield Problem(0, f"of {amount(count, 'row')} the time cannot be read: taken as the time of the file")


FORMAT = Format(
    "table", "CSV or JSON of a manager or a person, its columns known by heading or `--map`", looks_like, read
)
