"""The rows of a worksheet as SpreadsheetML (ECMA-376 part 1, 18.3.1.73 row, 18.3.1.4 c, 18.3.1.53 is).

XlsxWriter creates the workbook with styles, headings, filters and print settings. It needs 14 µs a cell, half a minute
for 100,000 devices; the rows are written here in a tenth of that, and inserted when the workbook is closed. A cell is
a text, a number or a time, by its column; nothing else can be written. The table of a sheet (18.5.1.2 table) is created
with one row, and gets the range of the rows.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from scanner.reports.cells import safe
from scanner.reports.sheet_columns import NUMBERS, SENTENCES, TIMES, WIDEST, number, serial_time

#: Most UTF-16 units of a cell (Excel specifications and limits).
MAX_CELL = 32_767
#: Bytes of a sheet's rows that are kept in memory; more are written to a temporary file.
_IN_MEMORY = 1 << 20
#: Most texts cached in escaped form: sites, models and versions are in every row.
_REMEMBERED = 20_000
# Characters not permitted in XML 1.0 that `safe` keeps, and texts that ST_Xstring (22.9.2.19) treats as an escape
_NOT_XML = re.compile("[\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
_AROUND = len('<is><t xml:space="preserve"></t></is></c>')
_RANGE = re.compile(rb' ref="[^"]*"')


def cut(text: str, units: int) -> str:
    """The beginning of a text with at most so many UTF-16 units, which are the characters that Excel counts."""
    if 2 * len(text) <= units or text.isascii():
        return text[:units]
    return text.encode("utf-16-le", "replace")[: 2 * units].decode("utf-16-le", "ignore")


class Styles(NamedTuple):
    """The numbers of the styles of cells in the workbook: texts, long texts that are wrapped, numbers, and times."""

    text: int
    wrapped: int
    number: int
    time: int


class Rows:
    """The rows below the heading of one sheet, in a file of their own until the workbook is closed."""

    def __init__(self, columns: Iterable[tuple[str, str]], styles: Styles) -> None:
        """`columns` are the letters and the names of the columns."""
        pairs = list(columns)
        self._starts = [f'<c r="{letters}' for letters, _ in pairs]
        self._last = pairs[-1][0]
        self._kinds = [
            "n" if name in NUMBERS else "t" if name in TIMES else "w" if name in SENTENCES else "s" for _, name in pairs
        ]
        self._styles = styles
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - `close` closes it
        self._known: dict[str, str] = {}
        #: The length of the longest value of each column, in characters.
        self.longest = [0] * len(pairs)
        self.count = 0

    def close(self) -> None:
        """Close the file of the rows; once more does nothing."""
        self._file.close()

    @property
    def range(self) -> str:
        """The cells of the heading and the rows; a table has one row at least."""
        return f"A1:{self._last}{max(self.count, 1) + 1}"

    def write(self, values: Iterable[object]) -> None:
        """Write one row: each value by the kind of its column, None as an empty cell."""
        self.count += 1
        row = self.count + 1
        parts = [f'<row r="{row}">']
        for at, (start, kind, value) in enumerate(zip(self._starts, self._kinds, values, strict=True)):
            if value is None or value == "":
                continue
            if kind == "n" and (counted := number(value)) is not None:
                parts.append(f'{start}{row}" s="{self._styles.number}"><v>{counted!r}</v></c>')
                self.longest[at] = max(self.longest[at], len(str(counted)))
            elif kind == "t" and isinstance(value, str) and (days := serial_time(value)) is not None:
                parts.append(f'{start}{row}" s="{self._styles.time}"><v>{days!r}</v></c>')
                self.longest[at] = 19
            else:
                text = self._text(value)
                length = len(text) - _AROUND  # with escapes
                self.longest[at] = max(self.longest[at], length)
                style = self._styles.wrapped if length > WIDEST and kind != "w" else self._styles.text
                parts.append(f'{start}{row}" s="{style}" t="inlineStr">{text}')
        parts.append("</row>")
        self._file.write("".join(parts).encode())

    def _text(self, value: object) -> str:
        if isinstance(value, str) and (known := self._known.get(value)):
            return known
        text = _NOT_XML.sub("\ufffd", _LIKE_AN_ESCAPE.sub("_x005F_", cut(safe(value), MAX_CELL)))
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cell = f'<is><t xml:space="preserve">{text}</t></is></c>'
        if isinstance(value, str):
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[value] = cell
        return cell

    def into(self, sheet: bytes, stream: IO[bytes]) -> None:
        """Write the XML of a sheet with these rows."""
        dimension = f'<dimension ref="A1:{self._last}{self.count + 1}"/>'.encode()
        head, end, tail = _DIMENSION.sub(dimension, sheet).partition(b"</sheetData>")
        stream.write(head)
        with self._file:
            self._file.seek(0)
            shutil.copyfileobj(self._file, stream, 1 << 20)
        stream.write(end + tail)


def put_in(book: IO[bytes], rows: Mapping[str, Rows], tables: Mapping[str, Rows], out: IO[bytes]) -> None:
    """Copy a workbook, insert rows into its sheets, and set the ranges of its tables, by the name of the part."""
    with ZipFile(book) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for item in source.infolist():
            if item.filename in rows:
                part = ZipInfo(item.filename, item.date_time)
                part.compress_type = ZIP_DEFLATED
                with target.open(part, "w", force_zip64=True) as stream:
                    rows[item.filename].into(source.read(item), stream)
            elif item.filename in tables:
                target.writestr(item, _RANGE.sub(f' ref="{tables[item.filename].range}"'.encode(), source.read(item)))
            else:
                target.writestr(item, source.read(item))
