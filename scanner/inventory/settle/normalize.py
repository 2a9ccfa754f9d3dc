"""Observations as they are received: normalized and stored in `arrivals`."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from scanner.core import text
from scanner.core.address import address
from scanner.core.dating import latest
from scanner.core.model import Observation
from scanner.inventory.rules.named import named_subject

#: A row of `arrivals`: scan, time, site ("": by address, else the scan's), ip, mac, field, value, source.
Arrival = tuple[int, str, str, str | None, str | None, str, str, str]

#: The spelling that nearly all macs have already: it need not be parsed.
_CANONICAL_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")


@lru_cache(maxsize=4096)
def _time(spelled: str) -> str | None:
    try:
        return text.utc(text.moment(spelled))
    except (ValueError, OverflowError):
        return None


class Arrivals(NamedTuple):
    """Rows to store; how many observations name no subject, and how many were dated in the future."""

    rows: list[Arrival]
    unresolved: int
    redated: int


def arrivals(observations: Iterable[Observation], scan: int, started: str, now: str) -> Arrivals:
    """Rows to store at `now` for a scan that began at `started`: the time of an observation that has none.

    One with a time that it cannot have (`core.dating`) counts as of now.
    """
    found: dict[Arrival, None] = {}
    unresolved = redated = 0
    limit = latest(now)
    for one in observations:
        ip = address(one.ip) if one.ip else None
        mac = one.mac if one.mac is None or _CANONICAL_MAC.fullmatch(one.mac) else text.mac(one.mac)
        if ip is None and mac is None and named_subject(one.source) is None:
            unresolved += 1
            continue
        value = one.value if len(one.value) < 256 and one.value.isprintable() else text.bounded(one.value)
        time = (_time(one.time) if one.time else None) or started
        if time > limit and time not in (started, now):
            time, redated = now, redated + 1
        found[(scan, time, one.site, ip, mac, one.field, value, text.bounded(one.source, 256))] = None
    return Arrivals(list(found), unresolved, redated)


def insert(db: sqlite3.Connection, rows: Iterable[Arrival]) -> None:
    """Store rows; the caller holds the transaction."""
    db.executemany(
        "INSERT INTO arrivals (scan_id, time, site, ip, mac, field, value, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
