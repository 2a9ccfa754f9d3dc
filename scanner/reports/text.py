"""The plain text formats, streamed: CSV, JSON, JSON lines, Markdown."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from typing import TextIO

from scanner.core.text import spreadsheet_cell
from scanner.reports.cells import plain, safe
from scanner.reports.data import Row
from scanner.reports.labels import NO_ROWS, heading


def write_csv(rows: Iterable[Row], columns: Sequence[str], stream: TextIO) -> int:
    """RFC 4180 with a header of the columns' names; no cell that a spreadsheet evaluates. Returns the rows written."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([spreadsheet_cell(plain(row.get(column))) for column in columns])
        count += 1
    return count


# Characters that JSON permits and a terminal or an editor interprets; their escapes are equal in a JSON string
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")


def as_json(row: Row, columns: Sequence[str]) -> str:
    """One row as a JSON object, in the order of the columns, values unchanged."""
    text = json.dumps({column: row.get(column) for column in columns}, ensure_ascii=False, default=str)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def write_json(rows: Iterable[Row], columns: Sequence[str], stream: TextIO) -> int:
    """One JSON array, an object a line. Returns the rows written."""
    stream.write("[")
    count = 0
    for row in rows:
        stream.write(("," if count else "") + "\n" + as_json(row, columns))
        count += 1
    stream.write("\n]\n" if count else "]\n")
    return count


def write_jsonl(rows: Iterable[Row], columns: Sequence[str], stream: TextIO) -> int:
    """One JSON object a line. Returns the rows written."""
    count = 0
    for row in rows:
        stream.write(as_json(row, columns) + "\n")
        count += 1
    return count


_ESCAPES = str.maketrans(
    {
        **{character: "\\" + character for character in "\\`*_{}[]()#+!|~$"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "@": "&#64;",
    }
)
_WWW = re.compile(r"(www)\.", re.IGNORECASE)


def markdown_cell(value: object) -> str:
    """A value escaped for Markdown: no markup, no HTML, no link."""
    text = safe(value).translate(_ESCAPES).replace("://", ":&#47;&#47;")
    return _WWW.sub(r"\1&#46;", text) if "." in text else text


def write_markdown(rows: Iterable[Row], columns: Sequence[str], title: str, stream: TextIO, level: int = 1) -> int:
    """A heading, a GitHub Flavored Markdown table, and the number of rows. Returns the rows written."""
    stream.write(f"{'#' * level} {markdown_cell(title)}\n\n")
    count = 0
    for row in rows:
        if not count:
            stream.write("| " + " | ".join(markdown_cell(heading(column)) for column in columns) + " |\n")
            stream.write("|" + " --- |" * len(columns) + "\n")
        stream.write("| " + " | ".join(markdown_cell(row.get(column)) for column in columns) + " |\n")
        count += 1
    stream.write(f"\n{count:,} {'row' if count == 1 else 'rows'}.\n" if count else f"{NO_ROWS}\n")
    return count
