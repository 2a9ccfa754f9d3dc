"""The rows of a worksheet as SpreadsheetML (ECMA-376 part 1, 18.3.1.73 row, 18.3.1.4 c, 18.3.1.53 is).

XlsxWriter makes the workbook: styles, headings, filters, print settings. Its 14 µs a cell are half a minute for 100,000
devices, so the rows are written here, a tenth of that, and put into its sheets when the workbook is done. A cell is a
text or a number; nothing else can be written.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from scanner.reports.cells import safe

#: Characters of a cell that Excel takes (Excel specifications and limits).
MAX_CELL = 32_767
#: Bytes of a sheet's rows that are held in memory; more wait in a temporary file.
_IN_MEMORY = 1 << 20
#: Texts that are remembered as they are written: sites, models and versions come again in every row.
_REMEMBERED = 20_000
# What XML 1.0 has no place for after `safe`, and what ST_Xstring (22.9.2.19) would read as an escape
_NOT_XML = re.compile("[\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')


class Rows:
    """Rows that go below the heading of one sheet, kept aside until the workbook is made."""

    def __init__(self, columns: Iterable[str]) -> None:
        """`columns` are their letters."""
        self._starts = [f'<c r="{letters}' for letters in columns]
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - `into` closes it
        self._known: dict[str, str] = {}
        self.count = 0

    def write(self, values: Iterable[object]) -> None:
        """One row: numbers as numbers, None as nothing, anything else as a text without controls and bidi marks."""
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
        """Write a sheet's XML with these rows in it; `last` are the letters of its last column."""
        head, end, tail = _DIMENSION.sub(f'<dimension ref="A1:{last}{self.count + 1}"/>'.encode(), sheet).partition(
            b"</sheetData>"
        )
        stream.write(head)
        with self._file:
            self._file.seek(0)
            shutil.copyfileobj(self._file, stream, 1 << 20)
        stream.write(end + tail)


def put_in(book: IO[bytes], rows: Mapping[str, tuple[Rows, str]], out: IO[bytes]) -> None:
    """Copy a workbook with rows put into its parts: name of the part → its rows, and its last column's letters."""
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
