"""The table on a terminal: as many columns as fit, the important ones first, hostile text escaped.

Up to RICH_ROWS rows it is laid out and wrapped by rich; longer ones are streamed as cut lines, for nobody reads them
and everybody pipes them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, TextIO

from scanner.reports.cells import header, safe, short_reason
from scanner.reports.data import Row

if TYPE_CHECKING:
    from rich.console import JustifyMethod

#: Rows that are laid out as a whole; rich needs 0.1 ms a cell.
RICH_ROWS = 1000
#: Narrowest useful column, in characters, and the widest that a column takes before others get theirs.
NARROW, WIDE = 6, 48
#: Room that sentences want: in less they are a tall thin strip that hides the other rows.
REASON = 60
#: Blanks between two columns; width below which long values fold early, so that more columns have a place.
GAP, SMALL = 2, 100
#: Columns whose values are whole or nothing.
_WHOLE = frozenset({"ip", "mac", "status", "time", "compliance"})

#: Which columns stay when not all fit, the most important first.
_IMPORTANCE: tuple[str, ...] = (
    "ip", "event", "part", "old", "new", "suspicion", "what", "outcome", "discovery", "note", "time", "model",
    "firmware", "status", "certified_firmware", "reason", "site", "devices",
    "behind", "where", "mac", "manufacturer", "hostname",
    "switch", "switch_port", "vlan", "compliance", "kind", "last_seen", "serial", "catalog", "discovered_by",
    "first_seen", "last_scan",
)  # fmt: skip
_STYLES = {
    "compliant": "green", "certified": "green", "compatible": "green",
    "noncompliant": "bold red", "outdated": "red", "other-line": "red", "not-listed": "red",
    "review": "yellow", "newer": "yellow", "unknown-firmware": "yellow", "unidentified": "yellow",
}  # fmt: skip


def _cell(column: str, row: Row) -> str:
    return short_reason(row.get(column)) if column in ("reason", "note") else safe(row.get(column))


def choose(columns: Sequence[str], sample: Sequence[Row], width: int, lead: int = 0) -> tuple[list[str], list[str]]:
    """The columns that fit in `width` in their order, and those left out. A column of nothing has no place, and the
    site comes last where there is but one. The first `lead` columns are the most important ones here."""
    filled = [c for c in columns if not sample or any(_cell(c, row) for row in sample)]
    only = len({row.get("site") for row in sample}) == 1
    order = (*columns[:lead], *(c for c in _IMPORTANCE if not (only and c == "site")))
    ranked = sorted(filled, key=lambda c: order.index(c) if c in order else len(order))
    widest = WIDE // 2 if width >= SMALL else WIDE // 3
    kept: set[str] = set()
    used = 0
    for column in ranked:
        longest = max((len(_cell(column, row)) for row in sample), default=0)
        need = REASON if column == "reason" else max(longest, len(header(column)), NARROW)
        need = need if column in _WHOLE or column == "reason" else min(need, widest)
        if not kept or used + need + GAP <= width:
            kept.add(column)
            used += need + GAP
    return [c for c in filled if c in kept], [c for c in filled if c not in kept]


def write_table(
    rows: Iterable[Row],
    columns: Sequence[str],
    title: str,
    stream: TextIO,
    *,
    width: int,
    colour: bool = False,
    lead: int = 0,
) -> int:
    """The rows as a table `width` wide; a line at the end says what was left out. Returns the rows written.

    The first `lead` columns are kept before all others.
    """
    waiting = iter(rows)
    first = list(islice(waiting, RICH_ROWS))
    more = next(waiting, None)
    kept, left_out = choose(columns, first[:200], width, lead)
    if more is None:
        _rich(first, kept, title, stream, width, colour)
        count = len(first)
    else:
        count = _lines(chain(first, (more,), waiting), kept, title, stream, width, first)
    if not count:
        stream.write("nothing\n")
    if left_out and count:
        said = f"not shown for want of width: {', '.join(left_out)} (--format csv has all columns)"
        stream.write(textwrap.fill(said, max(width, 40), break_long_words=False) + "\n")
    return count


def _rich(rows: Sequence[Row], columns: Sequence[str], title: str, stream: TextIO, width: int, colour: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(
        file=stream, width=width, force_terminal=colour, no_color=not colour, highlight=False, markup=False,
        emoji=False, legacy_windows=False, color_system="standard" if colour else None,
    )  # fmt: skip
    if title:
        console.print(Text(safe(title), style="bold"))
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, GAP - 1, 0, 0))
    for column in columns:
        number = all(isinstance(row.get(column), int) for row in rows)
        side: JustifyMethod = "right" if number else "left"
        least = len(header(column)) if number else NARROW
        table.add_column(header(column), justify=side, overflow="fold", no_wrap=column in _WHOLE, min_width=least)
    for row in rows:
        style = _STYLES.get(str(row.get("status")), "") if colour else ""
        table.add_row(*(Text(_cell(c, row), style=style if c in ("status", "compliance") else "") for c in columns))
    with console.capture() as printed:
        console.print(table)
    stream.writelines(line.rstrip() + "\n" for line in printed.get().splitlines())


def _lines(
    rows: Iterable[Row], columns: Sequence[str], title: str, stream: TextIO, width: int, sample: Sequence[Row]
) -> int:
    from rich.cells import cell_len, set_cell_size

    wanted = [max(len(header(c)), *(cell_len(_cell(c, row)) for row in sample)) for c in columns]
    widths = _shared_out(wanted, width - 2 * (len(columns) - 1))
    if title:
        stream.write(safe(title) + "\n")
    stream.write("  ".join(header(c)[:w].ljust(w) for c, w in zip(columns, widths, strict=True)).rstrip() + "\n")
    count = 0
    for row in rows:
        parts = []
        for column, space in zip(columns, widths, strict=True):
            text = _cell(column, row)
            if text.isascii():
                parts.append(text.ljust(space) if len(text) <= space else text[: space - 1] + "…")
            else:
                parts.append(set_cell_size(text, space))
        stream.write("  ".join(parts).rstrip() + "\n")
        count += 1
    return count


def _shared_out(wanted: list[int], space: int) -> list[int]:
    """Widths that sum up to `space` at most: the widest columns give first."""
    widths = [max(1, w) for w in wanted]
    while sum(widths) > space and max(widths) > 4:
        widths[widths.index(max(widths))] -= 1
    return widths
