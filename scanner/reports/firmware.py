"""The firmware report: each version with its sites, and its distance to the certified one."""

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
#: Number of sites that are named; further ones are counted.
NAMED = 5
_PARTS = ("major release", "minor release", "patch", "build", "build")


def behind(firmware: str, certified: str) -> str:
    """The first part in which two versions of one line differ: `minor release 8 of 9`; empty where none is found."""
    own, wanted = (re.findall(r"\d+", text.rpartition("_")[2]) for text in (firmware, certified))
    for at, (have, want) in enumerate(zip(own, wanted, strict=False)):
        if int(have) != int(want):
            return f"{_PARTS[min(at, 4)]} {int(have)} of {int(want)}"
    return "build missing" if own and len(own) < len(wanted) else ""


def with_distance(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The rows of `inventory.queries.firmware_rows` with `behind` for outdated versions, and the names of sites."""
    for row in rows:
        far = ""
        if row.get("status") == "outdated":
            far = behind(plain(row.get("firmware")), plain(row.get("certified_firmware")))
        yield {**row, "behind": far, "where": _named(sorted(json.loads(row.get("where") or "[]")))}


def _named(sites: list[str]) -> str:
    more = f" and {len(sites) - NAMED:,} more" if len(sites) > NAMED else ""
    return ", ".join(sites[:NAMED]) + more
