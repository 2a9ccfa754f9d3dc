"""The rows of a CSV text, bounded: a quotation mark without its end costs its own line, and no other row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

#: Most lines of one row, most of its cells, and most characters of one line.
ROW_LINES, CELLS, LINE = 20, 500, 100_000


class CsvTextRow(NamedTuple):
    """The number of the first line of a row, and its cells; without cells, `damage` is why."""

    line: int
    cells: tuple[str, ...]
    damage: str = ""


def csv_rows(text: str, delimiter: str) -> Iterator[CsvTextRow]:
    """The rows of a CSV text (RFC 4180) that are not blank."""
    lines = list(io.StringIO(text, newline=""))
    at = 0
    while at < len(lines):
        row, used = _row(lines[at : at + ROW_LINES], delimiter)
        if isinstance(row, str):
            yield CsvTextRow(at + 1, (), row)
        elif any(cell.strip() for cell in row):
            yield CsvTextRow(at + 1, tuple(row))
        at += used


def _row(lines: list[str], delimiter: str) -> tuple[list[str] | str, int]:
    """The cells of the row that lines begin with, or why it has none, and the number of its lines."""
    if len(lines[0]) > LINE:
        return f"the line is longer than {LINE:,} characters", 1
    if lines[0].count(delimiter) >= CELLS:
        return f"more than {CELLS} cells", 1
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration) as error:
        return str(error) or "no row", 1
    used = reader.line_num
    if used > 1 and "".join(lines[:used]).count('"') % 2:
        return "a quotation mark without its end", 1
    return cells, used
