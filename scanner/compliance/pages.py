"""Certification pages of Microsoft as published (Markdown), or the same tables as CSV, parsed into a catalog.

A row becomes one entry for each of its models and versions. A row that cannot be parsed is returned as a `RowProblem`
with its line; a row of empty cells is layout and is skipped. Tables of released firmware (with a Teams client) are not
certifications: they are skipped, and the catalog's note lists them.
Sources: MicrosoftDocs/OfficeDocs-SkypeForBusiness, Skype/SfbPartnerCertification/certification/devices-ip-phones.md,
Skype/SfbPartnerCertification/lync-cert/ip-phones.md and Teams/devices/teams-phones-certified-hardware.md.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from scanner.compliance import cells, tables
from scanner.compliance.tables import PageTable, Role, Row
from scanner.core.errors import DataError
from scanner.core.model import Catalog, CatalogEntry
from scanner.core.text import bounded, shown

#: Longest page, in characters: the largest published one has 75,000.
PAGE_LIMIT = 4_000_000
#: Most lines of a page, and most models and versions: the published pages have 300 lines and 100 versions.
LINES, ENTRIES = 100_000, 100_000

_RELEASES = re.compile(r"\bincluded\b|teams client|company portal|admin agent|app version|\blatest\b")
#: Columns whose text is read.
_READ = frozenset({"manufacturer", "model", "version", "minimum"})
_TWO_WORD_MAKERS = ("audio codes",)
#: What numbers a column, and words of a header for a further column.
_NUMBERED = re.compile(r"[\W\d_]+")
_FURTHER = re.compile(r"\b(?:other|also|additional|further|second|third|another|alternative)\b.*mod[eè]l")
#: Line ends as editors count them: a form feed or U+2028 in a cell is none, so that line numbers are correct.
_LINE_END = re.compile(r"\r\n|\n|\r")


class RowProblem(NamedTuple):
    """A row that cannot be parsed: its line (from 1), its text, and the reason."""

    line: int
    text: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}: {shown(self.text)}"


def read_page(text: str, *, name: str, source: str, date: str = "") -> tuple[Catalog, tuple[RowProblem, ...]]:
    """The catalog `name` of a page from `source`, and the rows that cannot be parsed.

    `date` (ISO 8601) is that of the page; where it is empty, `ms.date` of the page is used. Raises DataError when the
    text has no table with a model and a version, or no row of it can be parsed.
    """
    if len(text) > PAGE_LIMIT:
        raise DataError(f"{source} is longer than {PAGE_LIMIT:,} characters: this is not a certification page")
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    if len(lines) > LINES:
        raise DataError(f"{source} has more than {LINES:,} lines: this is not a certification page")
    front, body = tables.front_matter(lines)
    found_tables = list(tables.markdown_tables(lines, body))
    entries: list[CatalogEntry] = []
    problems = [_outside(row) for row in tables.rows_outside(lines, body, found_tables)] if found_tables else []
    found_tables = found_tables or list(tables.csv_table(text))
    left_out = []
    readable = False
    for table in map(tables.with_header, found_tables):
        headers = tuple(cells.clean(cell.replace("_", " ")).casefold() for cell in table.header.cells)
        if any(_RELEASES.search(header) for header in headers):
            left_out.append(table.header.line)
            continue
        roles = tuple(map(tables.role, headers))
        if "model" not in roles or not {"version", "minimum"} & set(roles):
            problems += _unread_table(table)
            continue
        readable = True
        for row in table.rows:
            cut = row.line == len(lines) and _is_cut(row, table)
            found, problem = ([], _problem(row, "the page is cut here")) if cut else _read_row(row, roles, table)
            entries += found
            if len(entries) > ENTRIES:
                raise DataError(f"{source} has more than {ENTRIES:,} models and versions: split it into several pages")
            problems += [problem] if problem else []
    if not readable:
        raise DataError(
            f"{source} has no table with a model and a version column: give the page's Markdown or a CSV list"
        )
    if not entries:
        first = f"; the first is {problems[0]}" if problems else ""
        raise DataError(f"{source}: no row can be parsed{first}")
    note = (
        f"tables of released firmware, not certifications, at line {', '.join(map(str, left_out))}" if left_out else ""
    )
    catalog = Catalog(
        name=name,
        title=front.get("title") or name,
        source=source,
        date=date or cells.read_date(front.get("ms.date", "")) or "",
        entries=_distinct(entries, problems),
        note=note,
    )
    return catalog, tuple(sorted(problems))


def _problem(row: Row, why: str) -> RowProblem:
    return RowProblem(row.line, bounded(row.text, 300), why)


def _is_cut(row: Row, table: PageTable) -> bool:
    """Whether a last line without its end is cut: it has fewer cells than others, or its last cell has no end."""
    if len(row.cells) < len(table.header.cells):
        return True
    last = row.text.rstrip()
    return last.endswith((".", "-", "_", "/")) or (table.header.text.endswith("|") and not last.endswith("|"))


def _outside(row: Row) -> RowProblem:
    return _problem(
        row, "a row with a version outside of a table: one ends at a line without cells, and HTML is not read"
    )


def _distinct(entries: list[CatalogEntry], problems: list[RowProblem]) -> tuple[CatalogEntry, ...]:
    """The first entry of each model and version; a problem for each further one that states something else of it."""
    first: dict[tuple[str, str, str | None], CatalogEntry] = {}
    for entry in entries:
        kept = first.setdefault((entry.manufacturer, entry.model, entry.firmware), entry)
        if (entry.match, entry.attributes) != (kept.match, kept.attributes):
            why = f"listed otherwise at line {kept.source_line}, which counts"
            problems.append(RowProblem(entry.source_line, entry.spelled, why))
    return tuple(first.values())


def _unread_table(table: PageTable) -> list[RowProblem]:
    """A problem where a table without a model or version column contains versions; other such tables are layout."""
    if any(re.search(r"\d+\.\d+\.\d+", row.text) for row in table.rows):
        why = "a table with versions without a model or version column"
        return [RowProblem(table.header.line, bounded(table.header.text, 300), why)]
    return []


def _fitted(row: Row, width: int) -> tuple[str, ...] | None:
    """The cells of a row, one a column: missing ones are empty, extra empty ones (`||`) removed; None if too many."""
    parts = list(row.cells)
    while len(parts) > width:
        stray = next((at for at in range(len(parts) - 1, -1, -1) if not parts[at].strip()), None)
        if stray is None:
            return None
        del parts[stray]
    return tuple(parts) + ("",) * (width - len(parts))


def _read_row(row: Row, roles: tuple[Role, ...], table: PageTable) -> tuple[list[CatalogEntry], RowProblem | None]:
    """The entries of one row, or its problem; neither for a row of empty cells."""
    if not any(cells.clean(cell) for cell in row.cells):
        return [], None

    def problem(why: str) -> tuple[list[CatalogEntry], RowProblem]:
        return [], _problem(row, why)

    fitted = _fitted(row, len(roles))
    if fitted is None:
        return problem(f"{len(row.cells)} cells in a table of {len(roles)} columns")
    short = f" (the row has {len(row.cells)} of {len(roles)} cells)" if len(row.cells) < len(roles) else ""
    if any(len(cell.strip()) > cells.CELL_LIMIT for role, cell in zip(roles, fitted, strict=True) if role in _READ):
        return problem(f"a cell of more than {cells.CELL_LIMIT} characters")
    headers = table.header.cells
    columns = [(role, header, cells.clean(cell)) for role, header, cell in zip(roles, headers, fitted, strict=True)]
    model_cell = next((text for role, _, text in columns if role == "model" and text), "")
    manufacturer = next((text for role, _, text in columns if role == "manufacturer"), "")
    if "manufacturer" not in roles:
        manufacturer, model_cell = _maker_first(model_cell)
    if not manufacturer or not model_cell:
        return problem(f"no {'model' if manufacturer else 'manufacturer'}{short}")
    models = cells.read_models(_without_maker(manufacturer, model_cell))
    if models.fault:
        return problem(models.fault)
    further = [cells.read_models(_without_maker(manufacturer, text)) for text in _further_models(columns)]
    if fault := next((one.fault for one in further if one.fault), ""):
        return problem(fault)
    names = tuple(dict.fromkeys(name for one in (models, *further) for name in one.names))
    versions, notes, fault = _versions(columns, manufacturer)
    if fault or not versions:
        return problem(fault or f"no version{short}")
    if len(names) > 1 and _listed(columns) > 1:
        return problem("several models and several versions in one row cannot be assigned to each other")
    shared = {**models.attributes, **_facts(columns), **({"note": notes} if notes else {})}
    spelled = re.sub(r"\s+", " ", shown(bounded(row.text, 300)))
    entries = [
        CatalogEntry(
            manufacturer=manufacturer,
            model=model,
            firmware=version,
            match=match,
            spelled=spelled,
            source_line=row.line,
            attributes={**shared, **({"qualified_for": where} if where else {})},
        )
        for model in names
        for version, (match, where) in versions.items()
    ]
    return entries, None


def _versions(
    columns: list[tuple[Role, str, str]], maker: str
) -> tuple[dict[str, tuple[Literal["exact", "minimum"], str]], str, str]:
    """The versions of the row with their match and qualification; the notes; and a fault, or an empty text."""
    wanted = [column for column in columns if column[0] in ("version", "minimum")]
    found: dict[str, tuple[Literal["exact", "minimum"], str]] = {}
    notes: list[str] = []
    fault = ""
    for role, header, text in wanted:
        read = cells.read_versions(text, maker)
        fault = fault or read.fault
        notes += read.notes
        where = _qualified_for(header) if len(wanted) > 1 else ""
        match: Literal["exact", "minimum"] = "minimum" if role == "minimum" else read.match
        for version in read.texts:
            before = found.get(version, (match, ""))[1]
            found[version] = (match, ", ".join(filter(None, (before, where))))
    if any(text for _, _, text in wanted) and not found and not fault:
        fault = "no version was tested"
    return found, "; ".join(notes), fault if not found or fault.endswith("not a version") else ""


def _further_models(columns: list[tuple[Role, str, str]]) -> list[str]:
    """The cells of further columns of models, such as `Model 2`; others, such as a device's name, are about the first.

    A column is one where its header is that of the first column but for numbers, or has a word for a further one.
    """
    first, *others = [(cells.clean(header).casefold(), text) for role, header, text in columns if role == "model"]
    plain = _NUMBERED.sub("", first[0])
    return [text for header, text in others if text and (_NUMBERED.sub("", header) == plain or _FURTHER.search(header))]


def _listed(columns: list[tuple[Role, str, str]]) -> int:
    """The highest number of versions in one cell of the row."""
    return max(len(cells.read_versions(text).texts) for role, _, text in columns if role in ("version", "minimum"))


def _qualified_for(header: str) -> str:
    text = cells.clean(header.replace("_", " "))
    m = re.search(r"\b(?:for|with|on)\s+(.+)", text, re.IGNORECASE)
    return (m[1] if m else text).strip()


def _facts(columns: list[tuple[Role, str, str]]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for role, _, text in columns:
        if role in ("qualified", "certification_ends") and text:
            facts[role] = cells.read_date(text) or text
        elif role == "android" and text:
            facts[role] = text
    return facts


def _maker_first(text: str) -> tuple[str, str]:
    """`Polycom VVX 400` as maker and model: the maker is the first word, or two for makers that are written as two."""
    words = text.split(" ")
    count = 2 if " ".join(words[:2]).casefold() in _TWO_WORD_MAKERS else 1
    maker, model = " ".join(words[:count]), " ".join(words[count:])
    return (maker, model) if model and not any(c.isdigit() for c in maker) else ("", text)


def _without_maker(maker: str, model: str) -> str:
    """A model cell without the maker that it repeats for one model or for each: `Polycom VVX 300/Polycom VVX 310`."""
    return re.sub(rf"(?i)(?<![\w]){re.escape(maker)}\s+(?=\S)", "", model)
