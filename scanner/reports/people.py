"""The report of non-compliant firmware for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from scanner.reports.cells import for_people, safe, short_reason
from scanner.reports.data import (
    CHANGE_COLUMNS,
    COMPLIANCE_ORDER,
    REPORT_COLUMNS,
    UNSCANNED_COLUMNS,
    ReportData,
    Row,
)
from scanner.reports.table import write_table
from scanner.reports.text import markdown_cell, write_markdown


def totals_line(data: ReportData) -> str:
    """`120 devices: 100 compliant, 12 noncompliant, 8 review`."""
    parts = [f"{data.totals[name]:,} {name}" for name in COMPLIANCE_ORDER if data.totals.get(name)]
    return f"{sum(data.totals.values()):,} devices: {', '.join(parts) or 'none assessed'}"


def catalog_lines(data: ReportData) -> list[str]:
    """One line a catalog: name, date, age, source."""
    return [f"{c.name} of {c.date or 'unknown date'}, {c.age} ({c.source})" for c in data.catalogs]


def write_terminal(data: ReportData, rows: Iterable[Row], stream: TextIO, *, width: int, colour: bool) -> None:
    """Totals, the non-compliant, those to review, and where it comes from, as tables `width` characters wide."""
    stream.write(safe(data.title) + (f" – {safe(data.scope)}" if data.scope else "") + "\n")
    stream.write(totals_line(data) + "\n\n")
    write_table(rows, REPORT_COLUMNS, "Non-compliant", stream, width=width, colour=colour)
    stream.write("\n")
    write_table(data.review, REPORT_COLUMNS, "To review", stream, width=width, colour=colour)
    changes, missed = list(data.changes), sum(1 for _ in data.unscanned)
    if changes:
        stream.write("\n")
        write_table(changes, CHANGE_COLUMNS, f"Changed since {data.since}", stream, width=width, colour=colour)
    for line in catalog_lines(data):
        stream.write(f"\ncatalog {safe(line)}")
    if missed:
        addresses = "address" if missed == 1 else "addresses"
        stream.write(f"\n{missed:,} {addresses} could not be scanned: `phonescan report unscanned` lists them")
    stream.write("\n")


def write_markdown_report(data: ReportData, rows: Iterable[Row], stream: TextIO) -> None:
    """The same as Markdown, one heading a part."""
    stream.write(f"# {markdown_cell(data.title)}\n\n{markdown_cell(for_people(data.generated_at))}")
    stream.write(f" · {markdown_cell(data.scope)}\n\n" if data.scope else "\n\n")
    stream.write(markdown_cell(totals_line(data)) + "\n\n")
    write_markdown(map(_without_source, rows), REPORT_COLUMNS, "Non-compliant", stream, 2)
    stream.write("\n")
    write_markdown(map(_without_source, data.review), REPORT_COLUMNS, "To review", stream, 2)
    for group in data.groups:
        stream.write(f"\n## By {markdown_cell(group.title.lower())}\n\n| {markdown_cell(group.title)} | Compliant |")
        stream.write(" Non-compliant | Review | None |\n| --- | --: | --: | --: | --: |\n")
        for bar in group.bars:
            name = markdown_cell(bar.name) or "–"
            stream.write(f"| {name} | {bar.compliant} | {bar.noncompliant} | {bar.review} | {bar.none} |\n")
    stream.write("\n")
    since = f"Changed since {data.since}" if data.since else "Changed"
    write_markdown(data.changes, CHANGE_COLUMNS, since, stream, 2)
    stream.write("\n")
    write_markdown(data.unscanned, UNSCANNED_COLUMNS, "Not scanned", stream, 2)
    stream.write("\n## Catalogs\n\n")
    for line in catalog_lines(data):
        stream.write(f"- {markdown_cell(line)}\n")


def _without_source(row: Row) -> Row:
    return {**row, "reason": short_reason(row.get("reason"))}
