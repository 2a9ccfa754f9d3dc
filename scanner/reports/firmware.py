"""The firmware report: each version with its sites, and its distance to the certified one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from scanner.core.bounded import checked_json
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


class Difference(NamedTuple):
    """The first part in which two versions of one line differ; `own` or `wanted` is empty where it is missing."""

    name: str
    own: str
    wanted: str


def difference(firmware: str, certified: str) -> Difference | None:
    """The first part in which two versions of one line differ; None where none is found."""
    own, wanted = (re.findall(r"[0-9]+", text.rpartition("_")[2]) for text in (firmware, certified))
    if own and wanted:
        for at, (have, want) in enumerate(zip_longest(own, wanted, fillvalue="")):
            if not have or not want:
                return Difference("build", have, want)
            have, want = have.lstrip("0") or "0", want.lstrip("0") or "0"
            if have != want:
                return Difference(_PARTS[min(at, 4)], have, want)
    return None


def behind(firmware: str, certified: str) -> str:
    """The first part in which two versions of one line differ: `minor release 8 of 9`; empty where none is found."""
    found = difference(firmware, certified)
    if found is None or not found.wanted:
        return ""
    return f"{found.name} {found.own} of {found.wanted}" if found.own else "build missing"


def with_distance(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The rows of `inventory.queries.firmware_rows` with `behind` for outdated versions, and the names of sites."""
    for row in rows:
        far = ""
        if row.get("status") == "outdated":
            far = behind(plain(row.get("firmware")), plain(row.get("certified_firmware")))
        yield {**row, "behind": far, "where": _named(sorted(checked_json(row.get("where") or "[]")))}


def _named(sites: list[str]) -> str:
    more = f" and {len(sites) - NAMED:,} more" if len(sites) > NAMED else ""
    return ", ".join(sites[:NAMED]) + more
