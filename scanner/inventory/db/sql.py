"""What statements of several modules share: placeholders, parts of long lists, joins and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

#: Values in one IN (…).
PLACEHOLDERS = 400
#: Devices with their own verdict.
JUDGED = "FROM devices d JOIN assessments a ON a.device_id = d.id AND a.overall = 1 AND a.until IS NULL"
#: Devices that a scan observed; `scans.seen_in` has the values. Another scan may have observed them since: the run of a
#: sighting then includes this scan, if it is of a discovery of this scan and the device is within its targets.
SEEN_IN = (
    "(d.last_scan = ? OR (d.last_scan > ? AND d.id IN"
    " (SELECT o.subject_id FROM observations o JOIN scans n ON n.id = ? WHERE o.first_scan <= ? AND o.last_scan >= ?"
    " AND (n.discoveries = '[]' OR o.source = '' OR substr(o.source, 1, instr(o.source || ' ', ' ') - 1)"
    " IN (SELECT value FROM json_each(n.discoveries))))) AND d.id NOT IN (SELECT value FROM json_each(?)))"
)
#: On a conflict the row's run of sightings is extended to the new one.
EXTENDS = (
    "DO UPDATE SET first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)"
)


def ip_order(column: str) -> str:
    """An expression that sorts a column of addresses by number: IPv4 before IPv6, none last; as `devices.ip_order`."""
    octets = ", ".join(f"json_extract('[' || replace({column}, '.', ',') || ']', '$[{part}]')" for part in range(4))
    by_number = f"printf('v4 %03d.%03d.%03d.%03d', {octets})"
    return f"CASE WHEN {column} IS NULL THEN 'z' WHEN instr({column}, ':') THEN 'v6 ' || {column} ELSE {by_number} END"


def placeholders(values: Sequence[Any]) -> str:
    """Placeholders for the values of an IN (…) or a row."""
    return ", ".join("?" * len(values))


def chunks(values: Iterable[T], size: int = PLACEHOLDERS) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    part: list[T] = []
    for value in values:
        part.append(value)
        if len(part) >= size:
            yield part
            part = []
    if part:
        yield part
