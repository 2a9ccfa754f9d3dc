"""Cells of Datasette's CSV made harmless, as those of our own files are: no formula, no control character.

Datasette writes what the database holds; a phone that calls itself `=HYPERLINK(…)` would be run by a spreadsheet.
The stream is taken apart record by record, so that memory holds one record and a chunk.
"""

from __future__ import annotations

import csv
import io

from scanner.core.text import spreadsheet_cell

#: Longest record that is held, in bytes; a longer one comes out as two.
LONGEST = 4_000_000
csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST))


class Rewriter:
    """Takes the chunks of a CSV file and gives them back with harmless cells."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, chunk: bytes, *, last: bool = False) -> bytes:
        """What can be given back by now."""
        self._waiting += chunk
        end = len(self._waiting) if last else _whole(self._waiting)
        ready, self._waiting = self._waiting[:end], self._waiting[end:]
        return _rewritten(ready) if ready else b""


def _whole(waiting: bytes) -> int:
    """Where the last whole record ends: at a line end that stands in no quotes."""
    end = waiting.rfind(b"\n") + 1
    quotes = waiting.count(b'"', 0, end)
    while quotes % 2:  # the line end stands in the quotes that opened last before it
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
    """A number of the database's own, which a spreadsheet reads as a number: `-5`, `-0.25`."""
    digits = value.removeprefix("-")
    return digits.isascii() and digits.replace(".", "", 1).isdigit() and digits[0] != "."
