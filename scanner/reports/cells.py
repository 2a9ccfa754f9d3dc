"""One value of a row as text, and the words people read for a column. Everything from the network is escaped here."""

from __future__ import annotations

import re
from typing import Any

from scanner.core.text import shown

_HEADERS = {
    "ip": "IP",
    "mac": "MAC",
    "vlan": "VLAN",
    "certified_firmware": "Certified",
    "switch_port": "Port",
    "hostname": "Host name",
    "discovered_by": "Discovered by",
    "first_seen": "First seen",
    "last_seen": "Last seen",
    "last_scan": "Last scan",
}
# the sentence that `compliance.reasons.source` writes
_SOURCE = re.compile(r"\s*Source: .+?, (?:of [0-9-]+|without a date)(?:; the list is old: \d+ days)?\.")


def plain(value: Any) -> str:
    """A value as text as it is: None is empty, a list its parts joined by comma, a lone surrogate a question mark."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, (list, tuple)):
        return ", ".join(map(plain, value))
    return str(value)


def safe(value: Any) -> str:
    """A value as text without control characters and bidi marks."""
    return shown(plain(value))


def header(column: str) -> str:
    """What people read over a column."""
    return _HEADERS.get(column) or column.replace("_", " ").capitalize()


def for_people(time: str) -> str:
    """`2026-11-23T06:00:00Z` as `2026-11-23 06:00 UTC`; any other text as it is."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z", time)
    return f"{found[1]} {found[2]} UTC" if found else time


def short_reason(reason: Any) -> str:
    """A reason without its source, for lists that name the catalogs once."""
    return _SOURCE.sub("", safe(reason)).strip()
