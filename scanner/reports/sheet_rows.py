"""The rows of a worksheet as SpreadsheetML (ECMA-376 part 1, 18.3.1.73 row, 18.3.1.4 c, 18.3.1.53 is).

XlsxWriter creates the workbook with styles, headings, filters and print settings. It needs 14 µs a cell, half a minute
for 100,000 devices; the rows are written here in a tenth of that, and inserted when the workbook is closed. A cell is
a text or a number; nothing else can be written.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from scanner.reports.cells import safe

#: Most characters of a cell (Excel specifications and limits).
MAX_CELL = 32_767
#: Bytes of a sheet's rows that are kept in memory; more are written to a temporary file.
_IN_MEMORY = 1 << 20
#: Most texts cached in escaped form: sites, models and versions are in every row.
_REMEMBERED = 20_000
# Characters not permitted in XML 1.0 that `safe` keeps, and texts that ST_Xstring (22.9.2.19) treats as an escape
_NOT_XML = re.compile("[\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')


class Rows:
    """The rows below the heading of one sheet, in a file of their own until the workbook is closed."""

    def __init__(self, columns: Iterable[str]) -> None:
        """`columns` are the letters of the columns."""
        self._starts = [f'<c r="{letters}' for letters in columns]
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - `into` closes it
        self._known: dict[str, str] = {}
        self.count = 0

    def write(self, values: Iterable[object]) -> None:
        """Write one row: numbers as numbers, None as an empty cell, other values as escaped text."""
        self.count += 1
        number = self.count + 1
        parts = [f'<row r="{number}">']
        for start, value in zip(self._starts, values, strict=True):
            if isinstance(value, int | float):
                parts.append(f'{start}{number}"><v>{value}</v></c>')
            elif value is not None and value != "":
                parts.append(f'{start}{number}" t="inlineStr">{self._text(value)}')
        parts.append("</row>")
        self._file.write("".join(parts).encode())

    def _text(self, value: object) -> str:
        if isinstance(value, str) and (known := self._known.get(value)):
            return known
        text = _NOT_XML.sub("\ufffd", _LIKE_AN_ESCAPE.sub("_x005F_", safe(value)[:MAX_CELL]))
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cell = f'<is><t xml:space="preserve">{text}</t></is></c>'
        if isinstance(value, str):
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[value] = cell
        return cell

    def into(self, sheet: bytes, last: str, stream: IO[bytes]) -> None:
        """Write the XML of a sheet with these rows; `last` are the letters of its last column."""
        head, end, tail = _DIMENSION.sub(f'<dimension ref="A1:{last}{self.count + 1}"/>'.encode(), sheet).partition(
            b"</sheetData>"
        )
        stream.write(head)
        with self._file:
            self._file.seek(0)
            shutil.copyfileobj(self._file, stream, 1 << 20)
        stream.write(end + tail)


def put_in(book: IO[bytes], rows: Mapping[str, tuple[Rows, str]], out: IO[bytes]) -> None:
    """Copy a workbook and insert rows into its parts: part → its rows, and the letters of its last column."""
    with ZipFile(book) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for item in source.infolist():
            if item.filename in rows:
                part = ZipInfo(item.filename, item.date_time)
                part.compress_type = ZIP_DEFLATED
                with target.open(part, "w", force_zip64=True) as stream:
                    below, last = rows[item.filename]
                    below.into(source.read(item), last, stream)
            else:
                target.writestr(item, source.read(item))
