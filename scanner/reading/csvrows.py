"""Rows of a CSV file, one at a time: a damaged row is named, and costs no other.

RFC 4180, with what spreadsheets and servers write beside it: any delimiter, blanks around quoted cells, quotation marks
within a cell that has none around it, lines that end in CR, and NUL. A cell in quotation marks may contain line ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

#: Most lines of one row.
LINES = 20


_OPENED = re.compile(r' *+"')


class CsvRow(NamedTuple):
    """The cells of a row and the number of its first line; without cells, `damage` is the reason."""

    number: int
    cells: list[str]
    damage: str = ""


#: Whether cells are a row of their own.
IsRow = Callable[[list[str]], bool]


def rows(lines: Iterator[tuple[int, str | None]], delimiter: str, is_row: IsRow) -> Iterator[CsvRow]:
    """The rows of numbered lines, of which None is a line that is too long.

    A quotation mark without its end takes no other row with it: the lines that follow are part of a cell only up to
    the next one that `is_row` accepts, unless it accepts what they are together: `"a\\nb",c` ends in a line `b",c`.
    """
    pending: list[tuple[int, str | None]] = []

    def following() -> tuple[int, str | None] | None:
        return pending.pop(0) if pending else next(lines, None)

    while (line := following()) is not None:
        number, text = line
        if text is None:
            yield CsvRow(number, [], "longer than a row of the report")
            continue
        found = cells(text, delimiter)
        ahead: list[tuple[int, str | None]] = []
        while found is None and len(ahead) < LINES and (more := following()) is not None:
            ahead.append(more)
            if more[1] is None:
                break
            joined = cells(text := f"{text}\n{more[1]}", delimiter)
            if (joined and is_row(joined)) or (other := cells(more[1], delimiter)) is None or not is_row(other):
                found = joined
            else:
                break
        if found is None:
            pending[:0] = ahead
            yield CsvRow(number, [], "a quotation mark without its end")
        elif "\r" in text and not is_row(found) and (several := _after_returns(text, delimiter, is_row)):
            yield from (CsvRow(number, one) for one in several)
        else:
            yield CsvRow(number, found)


def _after_returns(text: str, delimiter: str, is_row: IsRow) -> list[list[str]]:
    """The rows of a line in which they end in CR; none where one of them is not a row."""
    several = [cells(part, delimiter) for part in text.split("\r") if part.strip()]
    return [one for one in several if one] if all(one is not None and is_row(one) for one in several) else []


def cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line; None where a quoted cell has no end."""
    if '"' not in line:
        return line.split(delimiter)
    quoted = _quoted(delimiter)
    found: list[str] = []
    at = 0
    while True:
        if match := quoted.match(line, at):
            found.append(match[1].replace('""', '"'))
            at = match.end()
        elif _OPENED.match(line, at):
            return None
        else:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            found.append(line[at:end])
            at = end
        if at >= len(line):
            return found
        at += len(delimiter)


@lru_cache(maxsize=16)
def _quoted(delimiter: str) -> re.Pattern[str]:
    """A cell in quotation marks, up to the delimiter or the end of the row."""
    return re.compile(rf' {{0,16}}"((?>[^"]++|"")*+)" {{0,16}}(?={re.escape(delimiter)}|\Z)')
