"""The time at the start of a line of a log: ISO 8601, RFC 3164, the journal of systemd, `date` of C, RouterOS, Unix.

RFC 3164 has neither year nor zone, and other forms may have no zone: such a time is UTC, and of the last year in which
it is not after the log was read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from scanner.core.text import moment, utc
from scanner.reading.leases import of_parts, of_seconds

#: Characters at the start of a line that contain the time.
TIME = 64

_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PRIORITY = re.compile(r"<\d{1,3}>\d? ?")
_WEEKDAY = r"(?:[A-Z][a-z]{2},? )?"
_SYSLOG = re.compile(
    rf"{_WEEKDAY}([A-Za-z][a-z]{{2}})(?:/| +)(\d{{1,2}})[ /](?:(\d{{4}}) )?(\d\d):(\d\d):(\d\d)\b(?: (\d{{4}})\b)?"
)
_ISO = re.compile(
    rf"{_WEEKDAY}(\d{{4}})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d{{1,9}})?(Z|[+-]\d\d(?::?\d\d)?)?"
)
_UNIX = re.compile(r"\[?(\d{10})\.\d{1,9}\]? ")


@lru_cache(maxsize=1024)
def time_of(text: str, latest: str) -> str | None:
    """The time with which the start of a line begins; None where there is none. `latest` is when the log was read."""
    if prefix := _PRIORITY.match(text):
        text = text[prefix.end() :]
    if found := _ISO.match(text):
        *parts, zone = found.groups()
        if zone is None:
            return of_parts(*map(int, parts))
        year, month, day, hour, minute, second = parts
        try:
            return utc(moment(f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}"))
        except (ValueError, OverflowError):
            return None
    if found := _UNIX.match(text):
        return of_seconds(found[1])
    found = _SYSLOG.match(text)
    if found is None or found[1].capitalize() not in _MONTHS:
        return None
    name, day, before, hour, minute, second, after = found.groups()
    numbers = _MONTHS.index(name.capitalize()), int(day), int(hour), int(minute), int(second)
    if year := before or after:
        return of_parts(int(year), *numbers)
    for year_of in (int(latest[:4]), int(latest[:4]) - 1):
        try:
            time = utc(datetime(year_of, *numbers, tzinfo=UTC))
        except ValueError:
            continue
        if time[:10] <= latest[:10]:
            return time
    return None
