"""Addresses that scans did not cover, and why, whole or in pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from scanner.core.outcomes import LOST, Outcome
from scanner.inventory.db.sql import placeholders
from scanner.inventory.queries.filters import Filters, Row, rows
from scanner.inventory.rules.coverage import span_of
from scanner.inventory.store import Inventory

_ALL = Filters()
#: Outcomes whose notes are the reason; of others the note is about one host.
_SPECIFIC = (Outcome.SKIPPED, Outcome.UNREACHABLE)
_NUMBER = re.compile(r"([\d,]+) (?:more )?addresses")


def unscanned(inventory: Inventory, scan: int | None = None, filters: Filters = _ALL) -> Iterator[Row]:
    """Addresses that were not covered, and why: in one scan, in the scans since a time, or in the last of each site
    and kind.

    Of the filters, `site` and `since` apply: nothing else is known of these addresses.
    """
    values: list[int | str] = []
    chosen = "m.scan_id IN (SELECT max(id) FROM scans GROUP BY site, kind)"
    if scan is not None:
        chosen, values = "m.scan_id = ?", [scan]
    elif filters.since:
        chosen, values = "s.started >= ?", [filters.since]
    if filters.site:
        chosen += f" AND s.site COLLATE NOCASE IN ({placeholders(filters.site)})"
        values += filters.site
    yield from rows(
        inventory,
        "SELECT m.scan_id AS scan, s.started AS time, s.site, m.discovery, m.ip, m.outcome, m.note"
        f" FROM missed m JOIN scans s ON s.id = m.scan_id WHERE {chosen} ORDER BY m.scan_id, m.ip, m.discovery",
        values,
    )


def missed_page(inventory: Inventory, scan: int, *, limit: int, offset: int = 0) -> list[Row]:
    """A page of the addresses that one scan did not cover, in order: discovery, ip, outcome, note."""
    rest = "ip"
    order = ["instr(ip, ':') > 0"]
    for _ in range(4):  # the numbers between the dots
        order.append(f"CAST({rest} AS INTEGER)")
        rest = f"substr({rest}, instr({rest}, '.') + 1)"
    return list(
        rows(
            inventory,
            "SELECT discovery, ip, outcome, note FROM missed WHERE scan_id = ?"
            f" ORDER BY {', '.join(order)}, ip, discovery LIMIT ? OFFSET ?",
            (scan, limit, offset),
        )
    )


def losses(inventory: Inventory, scan: int) -> dict[str, int]:
    """How many addresses one scan did not cover although it was to, by the reason in words; an address counts once."""
    lost = [outcome.value for outcome in LOST]
    found: Counter[str] = Counter()
    for row in rows(
        inventory,
        "SELECT ip, min(outcome) AS outcome, min(note) AS note FROM missed"
        f" WHERE scan_id = ? AND outcome IN ({placeholders(lost)}) GROUP BY ip",
        (scan, *lost),
    ):
        outcome = Outcome(row["outcome"])
        specific = outcome in _SPECIFIC and row["note"]
        found[str(row["note"]) if specific else LOST[outcome].words] += addresses(str(row["ip"]))
    return dict(found.most_common())


def addresses(where: str) -> int:
    """How many addresses the record of a failure is about: one, a span of them, or a number in words."""
    if number := _NUMBER.match(where):
        return int(number[1].replace(",", ""))
    span = span_of(where)
    return span[2] - span[1] + 1 if span else 1


def missed_totals(inventory: Inventory, scan: int) -> list[Row]:
    """The number of `records` of what one scan did not cover by `discovery` and `outcome`, most first.

    A record is of an address or of a range.
    """
    return list(
        rows(
            inventory,
            "SELECT discovery, outcome, count(*) AS records FROM missed WHERE scan_id = ?"
            " GROUP BY discovery, outcome ORDER BY records DESC, discovery, outcome",
            (scan,),
        )
    )
