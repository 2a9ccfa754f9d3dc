"""Tables of a page: pipe tables of Markdown, or the table of a CSV text; and the roles of their columns.

A header may be empty, with the real one in bold below it, or have no delimiter row; columns have had many names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from scanner.compliance import cells
from scanner.core.csvtext import CELLS, csv_rows
from scanner.core.text import bounded

Role = Literal["manufacturer", "model", "version", "minimum", "qualified", "certification_ends", "android", "other"]

# The first match decides: `Android OS version` is not firmware, `Qualification Date` is not a version.
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("android", re.compile(r"android|\bos version\b")),
    ("certification_ends", re.compile(r"\bends?\b|expir|valid (?:until|to)|\buntil\b")),
    ("qualified", re.compile(r"date|datum|fecha|^(?:qualified|certified|qualification|certification)(?: on| since)?$")),
    ("minimum", re.compile(r"minimum.*(?:version|firmware|build)|(?:version|firmware|build).*minimum")),
    ("version", re.compile(r"version|versión|firmware|\bbuild\b|software|\blync\b")),
    ("manufacturer", re.compile(r"manufacturer|vendor|\bmaker?\b|brand|\boem\b|company|partner|hersteller|fabricant")),
    ("model", re.compile(r"mod[eè]l|product|device|phone|gerät|appareil|dispositivo|\bname\b")),
)  # fmt: skip
_DELIMITER = re.compile(r"\s*+\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)*\|?\s*+")
_VERSION = re.compile(r"\d\.\d+\.\d")
_WHOLE_VERSION = re.compile(r"[Vv]?\d+(?:\.\d+){2,}")
_DIGITS = re.compile(r"\d")
_DELIMITERS = ",;\t"
#: Longest cell of a row of CSV outside of a table, in characters: prose has longer ones.
CSV_CELL = 60
_CELL_BREAK = re.compile(r"(?<!\\)\|")


class Row(NamedTuple):
    """One row of a table: its line in the page, its text and its raw cells."""

    line: int
    text: str
    cells: tuple[str, ...]


class PageTable(NamedTuple):
    """A table: its header row, and the rows below it."""

    header: Row
    rows: tuple[Row, ...]


def front_matter(lines: list[str]) -> tuple[dict[str, str], int]:
    """The `key: value` pairs of the front matter and the index of the first line after it."""
    if not lines or lines[0].strip() != "---":
        return {}, 0
    front: dict[str, str] = {}
    for at, line in enumerate(lines[1:200], 1):
        if line.strip() in ("---", "..."):
            return front, at + 1
        key, colon, value = line.partition(":")
        if colon and not key[:1].isspace():
            front[key.strip().casefold()] = bounded(value.strip().strip("\"'"), 200)
    return {}, 0


def _split(line: str) -> tuple[str, ...]:
    """The cells of a line; those beyond a number that no table has are one."""
    parts = _CELL_BREAK.split(line.strip(), CELLS)
    if parts and not parts[0].strip():
        parts = parts[1:]
    if parts and not parts[-1].strip():
        parts = parts[:-1]
    return tuple(part.replace("\\|", "|") for part in parts)


def markdown_tables(lines: list[str], start: int) -> Iterator[PageTable]:
    """The pipe tables outside of fenced code (GitHub Flavored Markdown 4.10)."""
    at, fenced = start, False
    while at < len(lines):
        if lines[at].lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        rule = lines[at + 1] if at + 1 < len(lines) else ""
        ruled = "|" in rule and bool(_DELIMITER.fullmatch(rule))
        if fenced or "|" not in lines[at] or not (ruled or _is_header(lines[at])):
            at += 1
            continue
        header = Row(at + 1, lines[at].strip(), _split(lines[at]))
        if not header.cells:
            header = Row(at + 1, lines[at].strip(), ("",) * max(1, len(_split(rule))))
        rows = []
        at += 2 if ruled else 1
        while at < len(lines) and "|" in lines[at] and not lines[at].lstrip().startswith(("#", ">")):
            rows.append(Row(at + 1, lines[at].strip(), _split(lines[at])))
            at += 1
        yield PageTable(header, tuple(rows))


def rows_outside(lines: list[str], start: int, found: Iterable[PageTable]) -> Iterator[Row]:
    """The lines outside of the tables of a page that seem to be rows: with cells of any sort, and a version."""
    within = {row.line for table in found for row in (table.header, *table.rows)}
    for number, line in enumerate(lines[start:], start + 1):
        if number in within or not _VERSION.search(line):
            continue
        if line.count("|") > 1 or "<td" in line.casefold() or _has_cells(line):
            yield Row(number, line.strip(), ())


def _has_cells(line: str) -> bool:
    """Whether a line is a row of CSV: one of its short cells is a version, and two are not, with the first of them."""
    for delimiter in _DELIMITERS:
        parts = [cell.strip(" \t\"'") for cell in line.split(delimiter, CELLS)]
        if len(parts) > 1 and all(len(cell) <= CSV_CELL for cell in parts) and parts[0] and parts[0][0] not in "-*+>":
            versions = [bool(_WHOLE_VERSION.fullmatch(cell)) for cell in parts]
            if any(versions) and not versions[0] and len([cell for cell in parts if cell]) - sum(versions) > 1:
                return True
    return False


def _is_header(line: str) -> bool:
    """Whether a line is the header of a catalog table by its words, where the delimiter row is missing or malformed."""
    headers = [cells.clean(cell).casefold() for cell in _split(line)]
    return (
        len(headers) > 1 and not any(map(_DIGITS.search, headers)) and {"model", "version"} <= set(map(role, headers))
    )


def csv_table(text: str) -> Iterator[PageTable]:
    """The table of a CSV text, with the lines of the file; the first line determines comma, semicolon or tab."""
    text = text.removeprefix("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    if not first.count(delimiter) or "<" in first:
        return
    rows = [
        Row(row.line, row.damage or delimiter.join(row.cells), row.cells or (row.damage,))
        for row in csv_rows(text, delimiter)
    ]
    if rows:
        yield PageTable(rows[0], tuple(rows[1:]))


def with_header(table: PageTable) -> PageTable:
    """The table with its first row as header where the header is empty: old pages have it there, in bold."""
    if table.rows and not any(cell.strip() for cell in table.header.cells):
        return PageTable(table.rows[0], table.rows[1:])
    return table


def role(header: str) -> Role:
    """The role of the column with a cleaned, case-folded header."""
    return next((name for name, pattern in _ROLES if pattern.search(header)), "other")
