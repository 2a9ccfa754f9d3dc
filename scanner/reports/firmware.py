"""Which firmware runs where and how far behind it is: the first part of the numbers that differs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from scanner.reports.cells import plain
from scanner.reports.data import Row

#: Columns of the firmware report: those of `inventory.queries.firmware_rows`, and `behind`.
FIRMWARE_COLUMNS: tuple[str, ...] = (
    "manufacturer", "model", "firmware", "line", "status", "compliance", "certified_firmware", "behind", "catalog",
    "devices", "sites", "where", "last_seen",
)  # fmt: skip
#: Sites that are named; further ones are counted.
NAMED = 5
_PARTS = ("major release", "minor release", "patch", "build", "build")


def behind(firmware: str, certified: str) -> str:
    """`minor release 8 of 9` where two versions of one line differ first; empty where that cannot be told."""
    own, mark = (re.findall(r"\d+", text.rpartition("_")[2]) for text in (firmware, certified))
    for at, (have, want) in enumerate(zip(own, mark, strict=False)):
        if int(have) != int(want):
            return f"{_PARTS[min(at, 4)]} {int(have)} of {int(want)}"
    return "build missing" if own and len(own) < len(mark) else ""


def with_distance(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The rows of `inventory.queries.firmware_rows` with `behind`, said of outdated ones alone, and sites named."""
    for row in rows:
        far = ""
        if row.get("status") == "outdated":
            far = behind(plain(row.get("firmware")), plain(row.get("certified_firmware")))
        yield {**row, "behind": far, "where": _named(sorted(json.loads(row.get("where") or "[]")))}


def _named(sites: list[str]) -> str:
    more = f" and {len(sites) - NAMED:,} more" if len(sites) > NAMED else ""
    return ", ".join(sites[:NAMED]) + more
