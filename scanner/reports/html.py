"""The one self-contained HTML file: no script, no network, a policy that allows nothing but its own style.

Every value goes through `shown` (control characters and bidi marks become visible) and jinja's escaping; a value can
be nothing but text. Rows are streamed in chunks, which a browser lays out as they come into view.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from markupsafe import Markup, escape

from scanner.core.text import shown
from scanner.reports import plots
from scanner.reports.cells import for_people, header, safe, short_reason
from scanner.reports.data import (
    CHANGE_COLUMNS,
    COMPLIANCE_ORDER,
    REPORT_COLUMNS,
    UNSCANNED_COLUMNS,
    ReportData,
    Row,
)
from scanner.version import __version__

#: Rows of one chunk, and devices above which the chunks of a report start folded.
CHUNK, FOLD_ABOVE = 500, 2000
#: Characters from which on a cell may break its lines.
LONG = 40
_TEMPLATES = Path(__file__).resolve().parent / "templates"


class Chunk(NamedTuple):
    """Some rows of a list, with their place in it."""

    rows: list[Any]
    first: int
    last: int
    heading: str = ""
    name: str = ""
    folded: bool = False


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    def finalize(value: Any) -> Any:
        return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, finalize=finalize, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8").strip()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {
        "style": Markup(style),
        "style_hash": Markup(f"sha256-{digest}"),
        "version": __version__,
        "words": plots.WORDS,
    }
    return environment


def _write(template: str, stream: TextIO, **values: Any) -> None:
    for piece in _environment().get_template(template).generate(**values):
        stream.write(piece)


def write_list(rows: Iterable[Row], columns: Sequence[str], title: str, stream: TextIO, generated_at: str = "") -> int:
    """Any rows as a page with one table. Returns the rows written."""
    written = 0

    def chunks() -> Iterator[Chunk]:
        nonlocal written
        for chunk in _chunked(rows):
            written = chunk.last
            yield chunk._replace(rows=[_cells(columns, row) for row in chunk.rows])

    headers = [header(column) for column in columns]
    _write("list.html", stream, title=title, generated_at=for_people(generated_at), headers=headers, chunks=chunks())
    return written


def _cells(columns: Sequence[str], row: Row) -> Markup:
    """The cells of one row; 100,000 rows are 2,000,000 of them, too many for a template's loop."""
    parts = []
    for column in columns:
        text = short_reason(row.get(column)) if column == "reason" else safe(row.get(column))
        marked = column in ("status", "compliance")
        kind = f' class="status s-{_mark(row)}"' if marked else ' class="long"' if len(text) > LONG else ""
        parts.append(f"<td{kind}>{escape(text)}</td>")
    return Markup("".join(parts))


def _mark(row: Row) -> str:
    compliance = row.get("compliance")
    return str(compliance) if compliance in COMPLIANCE_ORDER else "none"


def write_report(data: ReportData, rows: Iterable[Row], stream: TextIO) -> None:
    """The report of non-compliant firmware, `rows` being its non-compliant devices."""
    assessed = sum(count for name, count in data.totals.items() if name != "none")
    by_site = {b.name: b for g in data.groups if g.title.casefold() == "site" for b in g.bars}
    tiles = [{"name": "devices", "count": f"{sum(data.totals.values()):,}", "kind": "all"}]
    tiles += [
        {"name": plots.WORDS[name], "count": f"{data.totals.get(name, 0):,}", "kind": name}
        for name in COMPLIANCE_ORDER
        if name != "none" or data.totals.get(name)
    ]
    fold = data.totals.get("noncompliant", 0) > FOLD_ABOVE
    fold_review = data.totals.get("review", 0) > FOLD_ABOVE
    _write(
        "report.html",
        stream,
        title=data.title,
        generated_at=for_people(data.generated_at),
        scope=data.scope,
        share=f"{100 * data.totals.get('compliant', 0) / assessed:.0f} %" if assessed else None,
        assessed=f"{assessed:,}",
        tiles=tiles,
        total_parts=plots.parts(data.totals, sum(data.totals.values())),
        total_label=plots.in_words(data.totals),
        catalogs=tuple(data.catalogs),
        trend=plots.trend(data.trend),
        statuses=plots.statuses(data.statuses),
        groups=[plots.group(g) for g in data.groups],
        key_names=[name for name in COMPLIANCE_ORDER if name != "none" or data.totals.get(name)],
        noncompliant=_devices(rows, {name: bar.noncompliant for name, bar in by_site.items()}, fold),
        review=_devices(data.review, {name: bar.review for name, bar in by_site.items()}, fold_review),
        since=data.since,
        changes=_chunked(_texts(data.changes, CHANGE_COLUMNS)),
        unscanned=_chunked(_texts(data.unscanned, UNSCANNED_COLUMNS)),
    )


def _devices(rows: Iterable[Row], by_site: dict[str, int], fold: bool) -> Iterator[Chunk]:
    """Devices in chunks, a heading where a site begins."""
    site: str | None = None
    waiting: list[dict[str, Any]] = []
    heading, first = "", 1

    def chunk() -> Chunk:
        last = first + len(waiting) - 1
        return Chunk(waiting, first, last, heading, f"{site or 'no site'}, devices {first:,} to {last:,}", fold)

    for row in rows:
        here = safe(row.get("site"))
        if waiting and (here != site or len(waiting) == CHUNK):
            yield chunk()
            first, waiting, heading = (first + len(waiting) if here == site else 1), [], ""
        if here != site:
            site = here
            count = by_site.get(here)
            heading = f"{here or 'No site'}" + (f" – {count:,}" if count else "")
        shown_row = {name: safe(row.get(name)) for name in REPORT_COLUMNS}
        waiting.append({**shown_row, "reason": short_reason(row.get("reason")), "mark": _mark(row)})
    if waiting:
        yield chunk()


def _texts(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[dict[str, str]]:
    return ({name: safe(row.get(name)) for name in columns} for row in rows)


def _chunked(rows: Iterable[Row]) -> Iterator[Chunk]:
    waiting: list[Row] = []
    first = 1
    for row in rows:
        waiting.append(row)
        if len(waiting) == CHUNK:
            yield Chunk(waiting, first, first + len(waiting) - 1)
            first, waiting = first + len(waiting), []
    if waiting:
        yield Chunk(waiting, first, first + len(waiting) - 1)
