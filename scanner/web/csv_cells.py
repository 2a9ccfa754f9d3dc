"""Datasette's CSV with safe cells: without formulas and control characters, as in our own CSV files.

Datasette writes the values of the database; a spreadsheet would run a host name such as `=HYPERLINK(…)`. The stream is
rewritten record by record, so that memory contains one record and one chunk.
"""

from __future__ import annotations

import csv
import io

from scanner.core.text import spreadsheet_cell

#: Longest record, in bytes; a longer one is written as two.
LONGEST = 4_000_000
csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST))


class CsvRewriter:
    """Rewrites the chunks of a CSV file with safe cells."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, chunk: bytes, *, last: bool = False) -> bytes:
        """The rewritten records that are complete."""
        self._waiting += chunk
        end = len(self._waiting) if last else _whole(self._waiting)
        ready, self._waiting = self._waiting[:end], self._waiting[end:]
        return _rewritten(ready) if ready else b""


def _whole(waiting: bytes) -> int:
    """The end of the last whole record: a line end outside of quotes."""
    end = waiting.rfind(b"\n") + 1
    quotes = waiting.count(b'"', 0, end)
    while quotes % 2:  # this line end is inside of quotes: search before them
        before = waiting.rfind(b"\n", 0, waiting.rfind(b'"', 0, end)) + 1
        quotes, end = quotes - waiting.count(b'"', before, end), before
    if not end and len(waiting) > LONGEST:
        return len(waiting)
    return end


def _rewritten(ready: bytes) -> bytes:
    text = ready.decode("utf-8", "replace")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for record in csv.reader(io.StringIO(text, newline="")):
        writer.writerow([_cell(value) for value in record])
    return out.getvalue().encode()


def _cell(value: str) -> str:
    return value if _number(value) else spreadsheet_cell(value)


def _number(value: str) -> bool:
    """Whether a value is a number, which a spreadsheet reads as one: `-5`, `-0.25`."""
    digits = value.removeprefix("-")
    return digits.isascii() and digits.replace(".", "", 1).isdigit() and digits[0] != "."
