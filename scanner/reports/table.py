"""Tables for a terminal: as many columns as fit, the important ones first, hostile text escaped.

Up to RICH_ROWS rows are laid out and wrapped by rich. Longer tables are streamed as truncated lines: they are piped
more often than read.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, TextIO

from scanner.reports.cells import safe, short_reason
from scanner.reports.data import Row
from scanner.reports.labels import NO_ROWS, heading

if TYPE_CHECKING:
    from rich.console import JustifyMethod

#: Most rows that are laid out as a whole; rich needs 0.1 ms a cell.
RICH_ROWS = 1000
#: Narrowest useful column, in characters, and the widest that a column may be while others have no room.
NARROW, WIDE = 6, 48
#: Least width for sentences, in characters: in less they take so many lines that other rows are hidden.
REASON = 60
#: Blanks between two columns; width of a terminal below which long values are folded early, for more columns.
GAP, SMALL = 2, 100
#: Columns whose values are never folded.
_WHOLE = frozenset({"ip", "mac", "status", "time", "compliance"})

#: Columns by importance: the first ones stay when not all fit.
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
    """The columns that fit in `width`, in their order, and those that are omitted.

    Empty columns are left out; the site is the least important column where there is only one. The first `lead`
    columns are more important than all others.
    """
    filled = [c for c in columns if not sample or any(_cell(c, row) for row in sample)]
    only = len({row.get("site") for row in sample}) == 1
    order = (*columns[:lead], *(c for c in _IMPORTANCE if not (only and c == "site")))
    ranked = sorted(filled, key=lambda c: order.index(c) if c in order else len(order))
    widest = WIDE // 2 if width >= SMALL else WIDE // 3
    kept: set[str] = set()
    used = 0
    for column in ranked:
        longest = max((len(_cell(column, row)) for row in sample), default=0)
        need = REASON if column == "reason" else max(longest, len(heading(column)), NARROW)
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
    """The rows as a table `width` characters wide, and a line with the omitted columns. Returns the rows written.

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
        stream.write(f"{NO_ROWS}\n")
    if left_out and count:
        omitted = f"columns omitted to fit the width: {', '.join(left_out)} (--format csv has all columns)"
        stream.write(textwrap.fill(omitted, max(width, 40), break_long_words=False) + "\n")
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
        least = len(heading(column)) if number else NARROW
        table.add_column(heading(column), justify=side, overflow="fold", no_wrap=column in _WHOLE, min_width=least)
    for row in rows:
        style = _STYLES.get(str(row.get("compliance") or row.get("status")), "") if colour else ""
        table.add_row(*(Text(_cell(c, row), style=style if c in ("status", "compliance") else "") for c in columns))
    with console.capture() as printed:
        console.print(table)
    stream.writelines(line.rstrip() + "\n" for line in printed.get().splitlines())


def _lines(
    rows: Iterable[Row], columns: Sequence[str], title: str, stream: TextIO, width: int, sample: Sequence[Row]
) -> int:
    from rich.cells import cell_len, set_cell_size

    wanted = [max(len(heading(c)), *(cell_len(_cell(c, row)) for row in sample)) for c in columns]
    widths = _reduced(wanted, width - 2 * (len(columns) - 1))
    if title:
        stream.write(safe(title) + "\n")
    stream.write("  ".join(heading(c)[:w].ljust(w) for c, w in zip(columns, widths, strict=True)).rstrip() + "\n")
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


def _reduced(wanted: list[int], space: int) -> list[int]:
    """Widths with a sum of `space` at most: the widest columns are reduced first."""
    widths = [max(1, w) for w in wanted]
    while sum(widths) > space and max(widths) > 4:
        widths[widths.index(max(widths))] -= 1
    return widths
