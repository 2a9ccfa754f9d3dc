"""The report of non-compliant firmware for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from scanner.reports.cells import for_people, safe, short_reason
from scanner.reports.data import ReportData, Row, sections
from scanner.reports.folding import hanging
from scanner.reports.labels import COMPLIANCE_ORDER, UNKNOWN, counted, heading
from scanner.reports.table import write_tables
from scanner.reports.text import markdown_cell, write_markdown


def totals_line(data: ReportData) -> str:
    """`120 devices: 100 compliant, 12 non-compliant, 8 to review`."""
    return f"{sum(data.totals.values()):,} devices: {counted(data.totals)}"


def catalog_lines(data: ReportData) -> list[str]:
    """One line for each catalog: name, date, age, source."""
    return [f"{c.name} {c.dated} ({c.source})" for c in data.catalogs]


def write_terminal(data: ReportData, rows: Iterable[Row], stream: TextIO, *, width: int | None, colour: bool) -> None:
    """Totals, the lists of devices and changes as tables `width` characters wide, the catalogs, and what is missing."""
    for line in (
        data.title + (f" – {data.scope}" if data.scope else ""),
        *data.problems,
        *data.ended,
        totals_line(data),
    ):
        stream.writelines(f"{part}\n" for part in hanging(safe(line), width))
    stream.write("\n")
    lists = sections(data, rows)
    changes, missed = list(data.changes), sum(1 for _ in data.unscanned)
    tables = [lists.noncompliant, lists.review, *([lists.changes._replace(rows=changes)] if changes else [])]
    write_tables(tables, stream, width=width, colour=colour)
    stream.write("\n")
    for line in catalog_lines(data):
        stream.writelines(f"{part}\n" for part in hanging(safe(f"catalog {line}"), width))
    if missed:
        addresses = "address was" if missed == 1 else "addresses were"
        line = f"{missed:,} {addresses} not scanned: `phonescan report unscanned` lists them"
        stream.writelines(f"{part}\n" for part in hanging(line, width))


def write_markdown_report(data: ReportData, rows: Iterable[Row], stream: TextIO) -> None:
    """The whole report as Markdown: a heading for each list and each group."""
    stream.write(f"# {markdown_cell(data.title)}\n\n{markdown_cell(for_people(data.generated_at))}")
    stream.write(f" · {markdown_cell(data.scope)}\n\n" if data.scope else "\n\n")
    stream.writelines(f"**{markdown_cell(problem)}**\n\n" for problem in (*data.problems, *data.ended))
    stream.write(markdown_cell(totals_line(data)) + "\n\n")
    noncompliant, review, *others = sections(data, rows)
    for section in (noncompliant, review):
        write_markdown(map(_without_source, section.rows), section.columns, section.heading, stream, 2)
        stream.write("\n")
    for group in data.groups:
        titles = [group.title, *map(heading, COMPLIANCE_ORDER)]
        stream.write(f"## By {markdown_cell(group.title.lower())}\n\n")
        stream.write(f"| {' | '.join(map(markdown_cell, titles))} |\n| --- |{' --: |' * len(COMPLIANCE_ORDER)}\n")
        for bar in group.bars:
            counts = " | ".join(str(getattr(bar, name)) for name in COMPLIANCE_ORDER)
            stream.write(f"| {markdown_cell(bar.name) or UNKNOWN} | {counts} |\n")
        stream.write("\n")
    for section in others:
        write_markdown(section.rows, section.columns, section.heading, stream, 2)
        stream.write("\n")
    stream.write("## Catalogs\n\n")
    for line in catalog_lines(data):
        stream.write(f"- {markdown_cell(line)}\n")


def _without_source(row: Row) -> Row:
    return {**row, "reason": short_reason(row.get("reason"))}
