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
        self._quotes = 0

    def feed(self, chunk: bytes, *, last: bool = False) -> bytes:
        """What can be given back by now."""
        self._quotes += chunk.count(b'"')
        self._waiting += chunk
        end = len(self._waiting) if last else self._end()
        ready, self._waiting = self._waiting[:end], self._waiting[end:]
        if not ready:
            return b""
        self._quotes -= ready.count(b'"')
        return _rewritten(ready)

    def _end(self) -> int:
        """Where the last whole record ends: at a line end with no quote open."""
        if self._quotes % 2 == 0:
            return self._waiting.rfind(b"\n") + 1
        opened = self._waiting.rfind(b'"')
        end = self._waiting.rfind(b"\n", 0, opened) + 1
        while end and self._waiting.count(b'"', 0, end) % 2:
            end = self._waiting.rfind(b"\n", 0, end - 1) + 1
        if not end and len(self._waiting) > LONGEST:
            return len(self._waiting)
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
