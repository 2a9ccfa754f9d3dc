"""Workbooks with tables that can be filtered and printed; the report has one sheet a site. Written in constant memory.

Every cell is a text, a number or a time: a spreadsheet evaluates none of it. XlsxWriter is the extra `xlsx`.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import IO, Any

from scanner.core.errors import UsageError
from scanner.reports import sheet_columns
from scanner.reports.cells import for_people, plain, safe
from scanner.reports.data import ReportData, Row, sections
from scanner.reports.labels import COMPLIANCE_LABELS, COMPLIANCE_ORDER, UNKNOWN, heading
from scanner.reports.sheet_columns import serial_date
from scanner.reports.sheet_rows import MAX_CELL, Rows, Styles, cut, put_in

#: Most rows of a sheet (Excel specifications and limits).
MAX_ROWS = 1_048_576
#: Most sheets of sites; the devices of further sites share one sheet.
MAX_SITES = 200
#: Bytes of a finished workbook that are kept in memory; a larger one is written to a temporary file.
_IN_MEMORY = 32_000_000
#: Most UTF-16 units of the name of a sheet, and characters that it cannot contain.
_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
#: The height of the row of headings, in points.
_HEADING = 20
#: The number of the paper. Excel prints it on Letter, too, where that is the paper of the printer.
_A4 = 9


def _printable(text: str) -> str:
    """A text in the header or footer of a page, which has 255 characters at most."""
    return safe(text).replace("&", "&&")[:200]


class _Sheet:
    """One table, continued on a further sheet when a sheet is full."""

    def __init__(self, book: _Book, name: str, columns: Sequence[str]) -> None:
        self.book, self.name, self.columns = book, name, sheet_columns.ordered(columns)
        self._open()

    def _open(self) -> None:
        self.sheet, self.rows = self.book.table_sheet(self.name, self.columns)

    def write(self, row: Row) -> None:
        if self.rows.count + 1 >= MAX_ROWS:
            self.close()
            self._open()
        self.rows.write([row.get(column) for column in self.columns])

    def close(self) -> None:
        """Set what depends on the rows: widths, the print area, colours."""
        sheet, widths = self.sheet, list(map(sheet_columns.width, self.columns, self.rows.longest))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        last, printed = max(1, self.rows.count), sheet_columns.printed(widths)
        sheet.freeze_panes(1, 1)
        sheet.ignore_errors({"number_stored_as_text": self.rows.range})
        sheet.set_landscape()
        sheet.set_paper(_A4)
        margin = sheet_columns.MARGIN
        sheet.set_margins(left=margin, right=margin, top=0.7, bottom=0.7)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
        sheet.print_area(0, 0, last, printed - 1)
        sheet.set_header(f"&L{_printable(self.book.title)}: &A&R&P / &N")
        if others := self.columns[printed:]:
            sheet.set_footer("&L&8" + _printable(f"Not printed: {', '.join(map(sheet_columns.title, others))}"))
        if "compliance" in self.columns:
            self._colour(last)

    def _colour(self, last: int) -> None:
        """Colour status and compliance by conditional formats: an edited cell changes its colour."""
        from xlsxwriter.utility import xl_col_to_name

        compliance = xl_col_to_name(self.columns.index("compliance"))
        for at, column in enumerate(self.columns):
            if column in ("status", "compliance"):
                for name in ("compliant", "noncompliant", "review"):
                    rule = {"type": "formula", "criteria": f'=${compliance}2="{name}"'}
                    self.sheet.conditional_format(1, at, last, at, rule | {"format": self.book.formats[name]})


class _Book:
    """A workbook in constant memory: rows are kept in files of their own until it is closed."""

    def __init__(self, stream: IO[bytes], title: str) -> None:
        try:
            import xlsxwriter
        except ImportError:
            raise UsageError(
                "the xlsx format needs the extra: pip install 'phonescan[xlsx]', or choose --format csv"
            ) from None
        options = {
            "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        self.stream, self.frame, self.title = stream, io.BytesIO(), title or "phonescan"
        self.book: Any = xlsxwriter.Workbook(self.frame, options)
        self.book.set_properties({"title": safe(title)[:200], "author": "phonescan"})
        self.names: set[str] = set()
        self.rows: dict[str, Rows] = {}
        self.tables: dict[str, Rows] = {}
        add = self.book.add_format
        self.formats: dict[str, Any] = {
            "header": add({"bold": True, "bottom": 1, "bg_color": "#E8EDF2", "valign": "vcenter"}),
            "title": add({"bold": True, "font_size": 16}),
            "bold": add({"bold": True}),
            "over numbers": add({"bold": True, "align": "right"}),
            "text": add({"num_format": "@", "valign": "top"}),
            "wrapped": add({"num_format": "@", "valign": "top", "text_wrap": True}),
            "time": add({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top", "align": "left"}),
            "number": add({"valign": "top", "align": "right", "indent": 1}),
            "date": add({"num_format": "yyyy-mm-dd", "align": "left"}),
            "compliant": add({"font_color": "#1D7A4C"}),
            "noncompliant": add({"font_color": "#B3261E", "bold": True}),
            "review": add({"font_color": "#8A5A00"}),
        }

    def sheet(self, wanted: str) -> Any:
        """A new sheet; its name is `wanted`, changed as far as Excel requires, and unique."""
        base = cut(_FORBIDDEN.sub("_", safe(wanted)).strip(" '"), _NAME).strip(" '") or "no site"
        base = "History_" if base.casefold() == "history" else base
        name, number = base, 1
        while name.casefold() in self.names:
            number += 1
            suffix = f" ({number})"
            name = cut(base, _NAME - len(suffix)) + suffix
        self.names.add(name.casefold())
        return self.book.add_worksheet(name)

    def table_sheet(self, wanted: str, columns: Sequence[str]) -> tuple[Any, Rows]:
        """A new sheet with a table of these columns, and its rows."""
        from xlsxwriter.utility import xl_col_to_name

        sheet = self.sheet(wanted)
        style = {name: self.formats[name]._get_xf_index() for name in Styles._fields}
        rows = Rows([(xl_col_to_name(at), name) for at, name in enumerate(columns)], Styles(**style))
        self.rows[f"xl/worksheets/sheet{len(self.names)}.xml"] = rows
        self.tables[f"xl/tables/table{len(self.tables) + 1}.xml"] = rows
        headings = [{"header": sheet_columns.title(name), "header_format": self.formats["header"]} for name in columns]
        options = {"columns": headings, "style": "Table Style Light 1", "banded_rows": False}
        sheet.add_table(0, 0, 1, len(columns) - 1, options)
        sheet.set_row(0, _HEADING)
        return sheet, rows

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
        """Write a sheet. Returns the number of rows."""
        sheet, count = _Sheet(self, name, columns), 0
        for row in rows:
            sheet.write(row)
            count += 1
        sheet.close()
        return count

    def close(self) -> None:
        """Close the files of the rows."""
        for rows in self.rows.values():
            rows.close()

    def write(self) -> None:
        self.book.close()
        # First into a file of its own: a stream that is full or cannot seek then fails in a single write.
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as aside:
            put_in(self.frame, self.rows, self.tables, aside)
            aside.seek(0)
            shutil.copyfileobj(aside, self.stream, 1 << 20)


def write_rows(rows: Iterable[Row], columns: Sequence[str], title: str, stream: IO[bytes]) -> int:
    """Rows of any kind as a workbook with one table. Returns the rows written. Raises UsageError without the extra."""
    with closing(_Book(stream, title)) as book:
        count = book.table(title or "phonescan", columns, rows)
        book.write()
    return count


def write_workbook(data: ReportData, rows: Iterable[Row], stream: IO[bytes]) -> None:
    """The report: a summary, the non-compliant devices with one sheet a site, and one sheet for each other list."""
    with closing(_Book(stream, data.title)) as book:
        _summary(book, data)
        sites: dict[str, _Sheet] = {}
        noncompliant, *others = sections(data, rows, data.columns)
        for row in noncompliant.rows:
            name = plain(row.get("site")) or "no site"
            if name not in sites:
                if len(sites) >= MAX_SITES:
                    name = "further sites"
                if name not in sites:
                    sites[name] = _Sheet(book, name, noncompliant.columns)
            sites[name].write(row)
        for sheet in sites.values():
            sheet.close()
        for section in others:
            book.table(section.title, section.columns, section.rows)
        book.write()


def _summary(book: _Book, data: ReportData) -> None:
    sheet = book.sheet("Summary")
    bold = book.formats["bold"]
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 4, 15)
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    lines: list[tuple[Any, list[Any]]] = [
        (book.formats["title"], [data.title]),
        (None, [for_people(data.generated_at)]),
    ]
    lines += [(None, [data.scope])] if data.scope else []
    lines += [(bold, [problem]) for problem in (*data.problems, *data.ended)]
    lines += [(None, []), (bold, ["Devices", sum(data.totals.values())])]
    lines += [(book.formats.get(name), [label, data.totals.get(name, 0)]) for name, label in COMPLIANCE_LABELS.items()]
    lines += [(None, []), (bold, ["Status", "Devices"])]
    lines += [(None, [bar.name, bar.devices]) for bar in data.statuses.bars]
    for group in data.groups:
        lines += [(None, []), (bold, [group.title, *(heading(name) for name in COMPLIANCE_ORDER)])]
        lines += [(None, [bar.name or UNKNOWN, *(getattr(bar, n) for n in COMPLIANCE_ORDER)]) for bar in group.bars]
    lines += [(None, []), (bold, ["Catalog", "Date", "Age"])]
    for catalog in data.catalogs:
        lines += [(None, [catalog.title, serial_date(catalog.date) or catalog.date, catalog.age])]
        lines += [(None, [f"Source: {catalog.source}"])] if catalog.source else []
    sheet.print_area(0, 0, len(lines), 4)
    for at, (style, values) in enumerate(lines):
        for column, value in enumerate(values):
            if isinstance(value, float):
                sheet.write_number(at, column, value, book.formats["date"])
            elif isinstance(value, int):
                sheet.write_number(at, column, value, style)
            elif text := cut(safe(value), MAX_CELL):
                over_numbers = style is bold and column > 0 and values[0] != "Catalog"
                sheet.write_string(at, column, text, book.formats["over numbers"] if over_numbers else style)
