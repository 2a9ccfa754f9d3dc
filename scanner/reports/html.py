"""Reports as one self-contained HTML file: no script, no network, a content policy that allows its own style alone.

Every value is escaped by `shown` (control characters and bidi marks) and by jinja: a value is always text. Rows are
streamed in chunks, which a browser lays out when they are scrolled into view.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from markupsafe import Markup

from scanner.core.text import shown
from scanner.reports import plots, sheet_columns
from scanner.reports.cells import WHOLE, for_people, safe, short_reason, whole
from scanner.reports.data import ReportData, Row, Section, sections
from scanner.reports.labels import COMPLIANCE_LABELS, COMPLIANCE_ORDER, NO_ROWS, UNKNOWN, contested, counted, heading
from scanner.version import __version__

#: Rows of one chunk, and devices above which the chunks of a report start folded.
CHUNK, FOLD_ABOVE = 500, 2000
#: Characters above which a cell may break its lines.
LONG = 40
#: Columns whose values no line ends within, on paper as well; of others, the longest such value. Columns of times.
_UNBROKEN, _SHORT = frozenset({"ip", "mac", "firmware", "certified_firmware"}), 12
_TIMES = frozenset({"first_seen", "last_seen", "time"})
#: Columns of a list that are printed; in more of them the text is too small.
PRINTED = 12
_TEMPLATES = Path(__file__).resolve().parent / "templates"


class Chunk(NamedTuple):
    """Consecutive rows of a list, with the numbers of the first and the last."""

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
        "style": Markup(style),  # ours  # nosec B704
        "style_hash": Markup(f"sha256-{digest}"),  # ours  # nosec B704
        "version": __version__,
        "labels": COMPLIANCE_LABELS,
        "unknown": UNKNOWN,
        "no_rows": NO_ROWS,
    }
    environment.filters |= {"heading": heading, "whole": whole}
    return environment


def _write(template: str, stream: TextIO, **values: Any) -> None:
    for piece in _environment().get_template(template).generate(**values):
        stream.write(piece)


def write_list(rows: Iterable[Row], columns: Sequence[str], title: str, stream: TextIO, generated_at: str = "") -> int:
    """Rows of any kind as a page with one table. Returns the rows written."""
    written = 0

    def chunks() -> Iterator[Chunk]:
        nonlocal written
        for chunk in _chunked(rows):
            written = chunk.last
            yield chunk._replace(rows=[_cells(columns, row, on_screen) for row in chunk.rows])

    on_screen = frozenset(sheet_columns.ordered(columns)[PRINTED:])
    headers = [(heading(column), column in on_screen) for column in columns]
    _write("list.html", stream, title=title, generated_at=for_people(generated_at), headers=headers, chunks=chunks())
    return written


def _cells(columns: Sequence[str], row: Row, on_screen: Collection[str]) -> Markup:
    """The cells of one row; those `on_screen` are not printed.

    The 2,000,000 cells of 100,000 rows are too many for the loop of a template.
    """
    parts = []
    for column in columns:
        text = short_reason(row.get(column)) if column == "reason" else safe(row.get(column))
        marked = column in ("status", "compliance")
        names = f"status s-{_mark(row)}" if marked else "long" if len(text) > LONG else ""
        if column in on_screen:
            names = f"{names} screen".lstrip()
        kind = f' class="{names}"' if names else ""
        if column in _TIMES:  # a line may end between day and time
            words = [whole(part) for part in text.replace("T", "T ", 1).split()]
            parts.append(f"<td{kind}>{'<wbr>'.join(words)}</td>")
        else:
            parts.append(f"<td{kind}>{whole(text, WHOLE if column in _UNBROKEN else _SHORT)}</td>")
    return Markup("".join(parts))  # each part is escaped  # nosec B704


def _mark(row: Row) -> str:
    compliance = row.get("compliance")
    return str(compliance) if compliance in COMPLIANCE_ORDER else "none"


def write_report(data: ReportData, rows: Iterable[Row], stream: TextIO) -> None:
    """The report of non-compliant firmware; `rows` are its non-compliant devices."""
    assessed = sum(count for name, count in data.totals.items() if name != "none")
    by_site = {b.name: b for g in data.groups if g.title.casefold() == "site" for b in g.bars}
    tiles = [{"name": "devices", "count": f"{sum(data.totals.values()):,}", "kind": "all"}]
    tiles += [
        {"name": COMPLIANCE_LABELS[name], "count": f"{data.totals.get(name, 0):,}", "kind": name}
        for name in COMPLIANCE_ORDER
        if name != "none" or data.totals.get(name)
    ]
    lists = sections(data, rows)
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
        total_label=counted(data.totals),
        problems=[safe(problem) for problem in data.problems],
        ended=[safe(sentence) for sentence in data.ended],
        catalogs=tuple(data.catalogs),
        trend=plots.trend(data.trend),
        statuses=plots.statuses(data.statuses),
        groups=[plots.group(g) for g in data.groups],
        key_names=[name for name in COMPLIANCE_ORDER if name != "none" or data.totals.get(name)],
        noncompliant=_devices(lists.noncompliant, {name: bar.noncompliant for name, bar in by_site.items()}, fold),
        review=_devices(lists.review, {name: bar.review for name, bar in by_site.items()}, fold_review),
        titles={name: section.heading for name, section in lists._asdict().items()},
        changes=_chunked(_texts(lists.changes)),
        unscanned=_chunked(_texts(lists.unscanned)),
    )


def _devices(section: Section, by_site: dict[str, int], fold: bool) -> Iterator[Chunk]:
    """Devices in chunks, with a heading for each site."""
    site: str | None = None
    waiting: list[dict[str, Any]] = []
    heading, first = "", 1

    def chunk() -> Chunk:
        last = first + len(waiting) - 1
        return Chunk(waiting, first, last, heading, f"{site or 'no site'}, devices {first:,} to {last:,}", fold)

    for row in section.rows:
        here = safe(row.get("site"))
        if waiting and (here != site or len(waiting) == CHUNK):
            yield chunk()
            first, waiting, heading = (first + len(waiting) if here == site else 1), [], ""
        if here != site:
            site = here
            count = by_site.get(here)
            heading = f"{here or 'No site'}" + (f" – {count:,}" if count else "")
        shown_row = {name: safe(row.get(name)) for name in section.columns}
        waiting.append(
            {
                **shown_row,
                "reason": short_reason(row.get("reason")),
                "mark": _mark(row),
                "contested": contested(row.get("reason")),
            }
        )
    if waiting:
        yield chunk()


def _texts(section: Section) -> Iterator[dict[str, str]]:
    return ({name: safe(row.get(name)) for name in section.columns} for row in section.rows)


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
