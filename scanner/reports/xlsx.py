"""Workbooks with formatted tables that can be filtered; the report has one sheet a site. Written in constant memory.

Every cell is a text (or a number of ours): a spreadsheet evaluates none of it. XlsxWriter is the extra `xlsx`.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

from scanner.core.errors import UsageError
from scanner.reports.cells import for_people, plain, safe
from scanner.reports.data import ReportData, Row, sections
from scanner.reports.labels import COMPLIANCE_LABELS, COMPLIANCE_ORDER, UNKNOWN, heading
from scanner.reports.sheet_rows import MAX_CELL, Rows, put_in

#: Most rows of a sheet (Excel specifications and limits).
MAX_ROWS = 1_048_576
#: Most sheets of sites; the devices of further sites share one sheet.
MAX_SITES = 200
#: Bytes of a finished workbook that are kept in memory; a larger one is written to a temporary file.
_IN_MEMORY = 32_000_000
_WIDTHS = {
    "reason": 70, "note": 50, "firmware": 24, "certified_firmware": 24, "hostname": 22, "time": 21, "first_seen": 21,
    "last_seen": 21, "model": 18, "mac": 18, "catalog": 18, "discovered_by": 18, "status": 17, "ip": 16,
}  # fmt: skip
_NUMBERS = frozenset({"devices", "sites", "confidence", "misses"})
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


class _Sheet:
    """One table, continued on a further sheet when a sheet is full."""

    def __init__(self, book: _Book, name: str, columns: Sequence[str]) -> None:
        self.book, self.name, self.columns = book, name, columns
        self._open()

    def _open(self) -> None:
        self.sheet, self.rows = self.book.table_sheet(self.name, self.columns)
        for at, column in enumerate(self.columns):
            self.sheet.set_column(at, at, _WIDTHS.get(column, 14))
        for at, column in enumerate(self.columns):
            self.sheet.write_string(0, at, heading(column), self.book.formats["header"])
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)

    def write(self, row: Row) -> None:
        if self.rows.count + 1 >= MAX_ROWS:
            self.close()
            self._open()
        self.rows.write(
            [
                value if value is None or isinstance(value, str) or column in _NUMBERS else plain(value)
                for column, value in ((column, row.get(column)) for column in self.columns)
            ]
        )

    def close(self) -> None:
        last = max(1, self.rows.count)
        self.sheet.autofilter(0, 0, last, len(self.columns) - 1)
        self.sheet.print_area(0, 0, last, len(self.columns) - 1)  # long reasons do not shrink the page
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
        self.stream, self.frame = stream, io.BytesIO()
        self.book: Any = xlsxwriter.Workbook(self.frame, options)
        self.book.set_properties({"title": safe(title)[:200], "author": "phonescan"})
        self.names: set[str] = set()
        self.rows: dict[str, tuple[Rows, str]] = {}
        add = self.book.add_format
        self.formats: dict[str, Any] = {
            "header": add({"bold": True, "bottom": 1, "bg_color": "#E8EDF2", "text_wrap": True, "valign": "top"}),
            "title": add({"bold": True, "font_size": 16}),
            "bold": add({"bold": True}),
            "over numbers": add({"bold": True, "align": "right"}),
            "compliant": add({"font_color": "#1D7A4C"}),
            "noncompliant": add({"font_color": "#B3261E", "bold": True}),
            "review": add({"font_color": "#8A5A00"}),
        }

    def sheet(self, wanted: str) -> Any:
        """A new sheet; its name is `wanted`, changed as far as Excel requires, and unique."""
        base = _FORBIDDEN.sub("_", safe(wanted)).strip().strip("'")[:31] or "no site"
        base = "History_" if base.casefold() == "history" else base
        name, number = base, 1
        while name.casefold() in self.names:
            number += 1
            suffix = f" ({number})"
            name = base[: 31 - len(suffix)] + suffix
        self.names.add(name.casefold())
        return self.book.add_worksheet(name)

    def table_sheet(self, wanted: str, columns: Sequence[str]) -> tuple[Any, Rows]:
        """A new sheet, and its rows."""
        from xlsxwriter.utility import xl_col_to_name

        sheet, letters = self.sheet(wanted), [xl_col_to_name(at) for at in range(len(columns))]
        rows = Rows(letters)
        self.rows[f"xl/worksheets/sheet{len(self.names)}.xml"] = rows, letters[-1]
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
        self.book.close()
        # First into a file of its own: a stream that is full or cannot seek then fails in a single write.
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as aside:
            put_in(self.frame, self.rows, aside)
            aside.seek(0)
            shutil.copyfileobj(aside, self.stream, 1 << 20)


def write_rows(rows: Iterable[Row], columns: Sequence[str], title: str, stream: IO[bytes]) -> int:
    """Rows of any kind as a workbook with one table. Returns the rows written. Raises UsageError without the extra."""
    book = _Book(stream, title)
    count = book.table(title or "phonescan", columns, rows)
    book.close()
    return count


def write_workbook(data: ReportData, rows: Iterable[Row], stream: IO[bytes]) -> None:
    """The report: a summary, the non-compliant devices with one sheet a site, and one sheet for each other list."""
    book = _Book(stream, data.title)
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
    book.close()


def _summary(book: _Book, data: ReportData) -> None:
    sheet = book.sheet("Summary")
    bold = book.formats["bold"]
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 4, 15)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    lines: list[tuple[Any, list[Any]]] = [
        (book.formats["title"], [data.title]),
        (None, [for_people(data.generated_at), data.scope]),
    ]
    lines += [(None, []), (bold, ["Devices", sum(data.totals.values())])]
    lines += [(book.formats.get(name), [label, data.totals.get(name, 0)]) for name, label in COMPLIANCE_LABELS.items()]
    lines += [(None, []), (bold, ["Status", "Devices"])]
    lines += [(None, [bar.name, bar.devices]) for bar in data.statuses.bars]
    for group in data.groups:
        lines += [(None, []), (bold, [group.title, *(heading(name) for name in COMPLIANCE_ORDER)])]
        lines += [(None, [bar.name or UNKNOWN, *(getattr(bar, n) for n in COMPLIANCE_ORDER)]) for bar in group.bars]
    lines += [(None, []), (bold, ["Catalog", "Date", "Age", "", "Source"])]
    lines += [(None, [c.title, c.date, c.age, "", c.source]) for c in data.catalogs]
    sheet.print_area(0, 0, len(lines), 6)
    for at, (style, values) in enumerate(lines):
        for column, value in enumerate(values):
            if isinstance(value, int):
                sheet.write_number(at, column, value, style)
            elif text := safe(value)[:MAX_CELL]:
                over_numbers = style is bold and column > 0 and values[0] != "Catalog"
                sheet.write_string(at, column, text, book.formats["over numbers"] if over_numbers else style)
