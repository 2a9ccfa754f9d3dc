"""Which times an observation may have: none after it is received. Pure.

The time in a file is that of the clock of its source, which may be wrong or chosen by an attacker; a time of the future
would remain the newest for years. Times are text as `core.text.utc` writes it, which sorts as time does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from scanner.core.text import moment, seconds, utc, utc_of

#: The year in which this program was written: a clock with an earlier one is wrong, and bounds no times.
YEAR = 2026
#: How far a time may be ahead of the clock: sources write local times without their zone.
TOLERANCE = timedelta(days=1)
#: The first year of the times of files that count: archives and images without times have that of 1970 or 1980.
FILES = 2000
#: A time after all others.
END = "9999-12-31T23:59:59Z"


def latest(now: str) -> str:
    """The latest time of what is received at `now`; `END` where the clock is wrong."""
    clock = moment(now)
    return utc(clock + TOLERANCE) if YEAR <= clock.year < 9999 else END


def of_file(modified: float, now: str) -> str:
    """The time at which a file was written, as that of what it contains: `now` at most, and where it has no such time.

    A file that is read again, or later than another one, contains what was observed when it was written.
    """
    try:
        written = utc_of(int(modified))
    except (OverflowError, ValueError, OSError):
        return now
    return now if written < f"{FILES}-" or (moment(now).year >= YEAR and written > now) else written


def moved(time: str, newest: str, now: str, before: str) -> str:
    """A stored time of the future at `now`, moved as far as moves the newest to a second before `now`.

    It stays after `before`, the begin of the last scan of the past, and in 1970 at the earliest.
    """
    if time <= now:
        return time
    last = seconds(now) - 1
    first = max(0, min(seconds(before) + 1, last)) if before else 0
    return utc_of(max(first, seconds(time) - seconds(newest) + last))


def moved_begins(begins: Sequence[str], now: str) -> list[str]:
    """The begins of scans, oldest first, moved as what they stored is when a later one begins (`moved`)."""
    found: list[str] = []
    newest = ""
    for number, begin in enumerate((*begins, now)):
        if newest > latest(begin):
            before = max((one for one in begins[:number] if one < begin), default="")
            found = [moved(one, newest, begin, before) for one in found]
            newest = max(found)
        found.append(begin)
        newest = max(newest, begin)
    return found[:-1]
