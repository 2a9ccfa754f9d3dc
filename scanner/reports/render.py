"""Rows, or the report of non-compliant firmware, in any format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import IO, Any, TextIO, cast

from scanner.core.errors import UsageError
from scanner.reports import text
from scanner.reports.data import ReportData, Row

#: Formats of `render`; `table` is for terminals.
FORMATS: tuple[str, ...] = ("table", "csv", "json", "jsonl", "md", "html", "xlsx")
#: Formats that are written to a binary stream.
BINARY_FORMATS: frozenset[str] = frozenset({"xlsx"})
#: Default width of a table, in characters; None is a width without a limit.
WIDTH = 100


def render(
    rows: Iterable[Row],
    columns: Sequence[str],
    format: str,
    title: str,
    stream: IO[Any],
    *,
    width: int | None = WIDTH,
    colour: bool = False,
    generated_at: str = "",
) -> int:
    """Write rows in a format to a stream (binary for BINARY_FORMATS); returns the number of rows.

    Raises UsageError for an unknown format, or one whose extra is not installed.
    """
    out = cast(TextIO, stream)
    match format:
        case "table":
            from scanner.reports.table import write_table

            return write_table(rows, columns, title, out, width=width, colour=colour)
        case "csv":
            return text.write_csv(rows, columns, out)
        case "json":
            return text.write_json(rows, columns, out)
        case "jsonl":
            return text.write_jsonl(rows, columns, out)
        case "md":
            return text.write_markdown(rows, columns, title, out)
        case "html":
            from scanner.reports.html import write_list

            return write_list(rows, columns, title, out, generated_at)
        case "xlsx":
            from scanner.reports.xlsx import write_rows

            return write_rows(rows, columns, title, cast(IO[bytes], stream))
    raise UsageError(f"unknown format {format!r}: choose one of {', '.join(FORMATS)}")


def render_report(
    data: ReportData,
    format: str,
    stream: IO[Any],
    *,
    include_review: bool = False,
    width: int | None = WIDTH,
    colour: bool = False,
) -> int:
    """Write the report of non-compliant firmware; returns the number of non-compliant devices.

    CSV and JSON have the rows of these devices, with `include_review` followed by those to review; the other formats
    contain the devices to review as well, and totals, catalogs, changes and addresses that were not scanned.
    """
    out = cast(TextIO, stream)
    counted = _Counted(data.rows)
    match format:
        case "csv" | "json" | "jsonl":
            rows: Iterable[Row] = chain(counted, data.review) if include_review else counted
            render(rows, data.columns, format, data.title, stream)
        case "table":
            from scanner.reports.noncompliant import write_terminal

            write_terminal(data, counted, out, width=width, colour=colour)
        case "md":
            from scanner.reports.noncompliant import write_markdown_report

            write_markdown_report(data, counted, out)
        case "html":
            from scanner.reports.html import write_report

            write_report(data, counted, out)
        case "xlsx":
            from scanner.reports.xlsx import write_workbook

            write_workbook(data, counted, cast(IO[bytes], stream))
        case _:
            raise UsageError(f"unknown format {format!r}: choose one of {', '.join(FORMATS)}")
    return counted.count


class _Counted:
    """An iterable that counts its items."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Any:
        for row in self.rows:
            self.count += 1
            yield row
