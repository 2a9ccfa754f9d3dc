"""The contacts of a table of a registrar's database, however a client prints it.

CSV with any delimiter; TSV, boxes and `\\G` of mysql; rows and `\\x` of psql; the modes list, csv and box of sqlite3;
SQL that names the columns: `COPY` of pg_dump, and `INSERT` of phpMyAdmin or mysqldump -c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

from scanner.core.text import bounded
from scanner.reading import csvrows
from scanner.reading.items import Context, Problem
from scanner.reading.registrar.blocks import LINE, VALUE, cut, pieces
from scanner.reading.registrar.dumps import Found, OfValues

#: Most columns.
COLUMNS = 200
#: Octets at the start in which the headings are looked for.
_HEAD = 16_384
_DELIMITERS = "\t,;|"
_URI = re.compile("sips?:", re.I)
#: What separates the records of mysql's `\\G` and of psql's `\\x`, and a value in one of them.
_RECORD = re.compile(r" *(?:\*{5,40} \d{1,9}\. row \*{5,40}|-\[ RECORD \d{1,9} \][-+]*) *")
_MEMBER = re.compile(r"[ \t]{0,80}(\w{1,64}) {0,80}[:|](?: (.*))?")
_NULL = "\\N"
#: A statement that names columns, and the rows and cells of one that contains them.
_SQL = re.compile(
    r'\s{0,80}(?:(COPY)|INSERT INTO) [\w."`]{1,200} {0,8}\(([^()]{1,8192})\) {0,8}(?:VALUES|FROM stdin)', re.I
)
_SQL_ROW = re.compile(r"\(((?>'(?>[^'\\]++|\\.|'')*+(?:'|\Z)|[^'()])*+)(\)?)")
_SQL_CELL = re.compile(r" {0,8}(?:'((?>[^'\\]++|\\.|'')*+)'|([^',]*+))(?:,|\Z)")
_QUOTED = re.compile(r"\\(.)|''")


class RegistrarTable(NamedTuple):
    """The columns that are read, each with the name of its value, and the sets of columns of which one shows the table.

    The value `contact` is that of a row with a contact.
    """

    names: Mapping[str, str]
    shown_by: tuple[frozenset[str], ...]

    def is_of(self, names: list[str]) -> bool:
        """Whether headings are of this table."""
        return len(names) <= COLUMNS and any(marks.issubset(names) for marks in self.shown_by)


class _HeadingLine(NamedTuple):
    """The headings of a table, what separates them ("(" for rows of SQL), and whether each row is in a box."""

    names: list[str]
    delimiter: str
    boxed: bool

    def rows(self, line: str) -> Iterator[list[str]]:
        """The cells of the rows of a line: of SQL, it may have several."""
        if self.delimiter == "(":
            if statement := _SQL.match(line):
                line = line[statement.end() :]
            for row in (one for one in _SQL_ROW.finditer(line) if one[2] and _URI.search(one[1])):
                yield list(_of_sql(row[1]))
        else:
            yield self.cells(line)

    def cells(self, line: str) -> list[str]:
        """The cells of a row."""
        if self.delimiter in ",;" or line.startswith('"'):
            return csvrows.cells(line, self.delimiter) or line.split(self.delimiter)
        if self.boxed:
            line = line.strip().removeprefix("|").removesuffix("|")
        return line.split(self.delimiter)

    def is_whole(self, line: str, cells: list[str], table: RegistrarTable) -> bool:
        """Whether a row in which the file ends has all values that are read."""
        if self.delimiter == "(" or len(cells) < len(self.names):
            return self.delimiter == "("
        if self.boxed and line.rstrip().endswith("|"):
            return True
        return self.names[-1] not in table.names and csvrows.cells(line, self.delimiter) is not None


def _of_sql(row: str) -> Iterator[str]:
    """The cells of a row of SQL, up to one that is damaged."""
    at = 0
    while at < len(row) and (cell := _SQL_CELL.match(row, at)):
        yield _unquoted(cell[1]) if cell[2] is None else cell[2]
        at = cell.end()


def _unquoted(cell: str) -> str:
    return _QUOTED.sub(lambda found: found[1] or "'", cell)


def is_table(head: bytes, table: RegistrarTable) -> bool:
    """Whether a table of the registrar is among the first lines."""
    lines = head[:_HEAD].decode("utf-8", "replace").replace("\r", "\n").split("\n")
    members: list[str] = []
    begun = False
    for line in lines:
        if _RECORD.fullmatch(line):
            begun, members = True, []
        elif begun and (member := _MEMBER.fullmatch(line)):
            members.append(member[1].lower())
            if table.is_of(members):
                return True
        elif _headings(line, table) is not None:
            return True
    return False


def _headings(line: str, table: RegistrarTable) -> _HeadingLine | None:
    if not any(name in line.lower() for name in ("contact", "uri", "reg_user")):
        return None
    if statement := _SQL.match(line):
        names = [one.strip(' "`').lower() for one in statement[2].split(",")]
        return _HeadingLine(names, "\t" if statement[1] else "(", False) if table.is_of(names) else None
    if _URI.search(line):
        return None
    line = line.replace("│", "|")
    boxed = line.lstrip().startswith("|")
    for delimiter in _DELIMITERS:
        found = _HeadingLine([], delimiter, boxed)
        names = [one.strip(' "`').lower() for one in found.cells(line)]
        if len(names) > 1 and table.is_of(names):
            return found._replace(names=names)
    return None


class _RowLine(NamedTuple):
    """A numbered line, None for one that is too long, and whether it has an end: the file may be cut within it."""

    number: int
    text: str | None
    ended: bool = True


def _lines(stream: BinaryIO) -> Iterator[_RowLine]:
    """The lines of a table; mysqldump writes a thousand rows into one of 1 MB."""
    for first, octets in pieces(stream):
        if octets is None:
            yield _RowLine(first, None)
            continue
        *lines, rest = octets.decode("utf-8", "replace").replace("│", "|").split("\n")
        for number, line in enumerate(lines, first):
            yield _RowLine(number, line.removesuffix("\r"))
        if rest:
            yield _RowLine(first + len(lines), rest, False)


def of_rows(stream: BinaryIO, table: RegistrarTable, contact: OfValues, context: Context) -> Found:
    """The contacts of the rows; a Problem for a row of which the columns are not known, and for one that is cut."""
    headings: _HeadingLine | None = None
    record: dict[str, str] | None = None
    first = members = 0
    for number, line, ended in _lines(stream):
        if line is None:
            yield Problem(number, f"the line is longer than {LINE:,} bytes")
        elif _RECORD.fullmatch(line):
            yield from _whole(first, record or {}, contact, context)
            members, record, first = len(record or {}), {}, number
        elif record is not None:
            if (member := _MEMBER.fullmatch(line)) and (name := table.names.get(member[1].lower())):
                if not ended:
                    yield cut(first)
                    return
                record.setdefault(name, bounded(member[2] or "", VALUE))
        else:
            headings = _headings(line, table) or headings
            if headings is not None and _URI.search(line):
                for cells in headings.rows(line):
                    if ended or headings.is_whole(line, cells, table):
                        yield from _of_row(number, headings, cells, table, contact, context)
                    else:
                        yield cut(number)
    if record and len(record) < members:  # all records have the same columns
        yield cut(first)
    else:
        yield from _whole(first, record or {}, contact, context)


def _of_row(
    number: int, headings: _HeadingLine, cells: list[str], table: RegistrarTable, contact: OfValues, context: Context
) -> Found:
    """The contact of a row; the last column may be left out, and may contain delimiters."""
    values: dict[str, str] = {}
    for column, cell in zip(headings.names, cells, strict=False):
        if column in table.names:
            values.setdefault(table.names[column], bounded(cell, VALUE) if cell != _NULL else "")
    if len(cells) < len(headings.names) - 1 or not _URI.search(values.get("contact", "")):
        yield Problem(number, "a row of the table whose cells are not those of its columns")
        return
    yield from _whole(number, values, contact, context)


def _whole(number: int, values: dict[str, str], contact: OfValues, context: Context) -> Found:
    if _URI.search(values.get("contact", "")):
        yield contact(number, values, context)
