"""Cron lines as crontab(5) defines them, and their due times. Pure.

Five fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday), with `*`, numbers, names, ranges,
steps and lists, and @hourly to @yearly. Where both day fields are restricted, a day matches by either. Times are
local: a time in the hour that daylight saving skips is due once, at the end of the gap; one in the repeated hour is due
once, the first time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanner.core.errors import SettingsError
from scanner.core.numbers import whole

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: n for n, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?")
#: Longest cron line, in characters: crontab(5) has 1,000.
LONGEST = 1_000
#: Days searched for a next time: 29 February of a leap year on a given weekday is at most 40 years away.
_HORIZON = 366 * 41


class Cron(NamedTuple):
    """A cron line: the numbers that each field allows, and whether the two day fields are restricted."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    text: str

    def allows(self, day: date) -> bool:
        """Whether the line matches a day."""
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday


def parse(text: str) -> Cron:
    """The cron line that a text contains. Raises SettingsError."""
    line = _NAMED.get(text.strip().lower(), text.strip())
    words = line.split() if len(line) <= LONGEST else []
    if len(words) != 5:
        raise SettingsError(
            f"cron = {text!r} has {len(words)} fields, not 5: minute hour day-of-month month day-of-week"
        )
    sets = [_numbers(word, text, *field) for word, field in zip(words, _FIELDS, strict=True)]
    weekdays = frozenset(day % 7 for day in sets[4])
    cron = Cron(
        tuple(sorted(sets[0])),
        tuple(sorted(sets[1])),
        sets[2],
        sets[3],
        weekdays,
        words[2].startswith("*"),
        words[4].startswith("*"),
        text,
    )
    if not any(cron.allows(date(2024, 1, 1) + timedelta(days)) for days in range(_HORIZON)):
        raise SettingsError(f"cron = {text!r} matches no day of any year")
    return cron


def _numbers(word: str, text: str, name: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise SettingsError(f"cron = {text!r}: {part!r} is not a {name}")
        star, first, last, step = match.groups()
        start = low if star else _number(first, names)
        end = high if star else _number(last, names) if last else high if step else start
        if end == 0 and last and name == "day of week":
            end = 7  # fri-sun: Sunday ends a week as well as it begins one
        if start is None or end is None or not low <= start <= end <= high or (step and not whole(step)):
            raise SettingsError(f"cron = {text!r}: {part!r} is not a {name} of {low} to {high}")
        if star and name == "day of week":
            end = 6
        found.update(range(start, end + 1, whole(step or "1") or 1))
    return frozenset(found)


def _number(word: str, names: dict[str, int]) -> int | None:
    return names.get(word.lower()[:3]) if word.isalpha() else whole(word, 999)


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises SettingsError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"timezone = {name!r} is not a time zone; write it as Europe/Berlin or UTC") from None


def due_after(cron: Cron, where: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    """The due times after `moment`, in UTC, in order, each once."""
    last = moment.astimezone(UTC)
    day = moment.astimezone(where).date() - timedelta(
        days=1
    )  # a gap can move the last time of the day before past `moment`
    for _ in range(_HORIZON):
        if cron.allows(day):
            for due in _times_of(cron, where, day):
                if due > last:
                    last = due
                    yield due
        try:
            day += timedelta(days=1)
        except OverflowError:
            return


def next_due(cron: Cron, where: ZoneInfo, moment: datetime) -> datetime | None:
    """The first time after `moment`, in UTC."""
    return next(due_after(cron, where, moment), None)


def last_due(cron: Cron, where: ZoneInfo, moment: datetime, back: timedelta = timedelta(days=400)) -> datetime | None:
    """The last time at or before `moment`, in UTC; None when there was none in `back`."""
    day, first = moment.astimezone(where).date() + timedelta(days=1), (moment - back).astimezone(where).date()
    while day >= first:
        if cron.allows(day):
            past = [due for due in _times_of(cron, where, day) if due <= moment]
            if past:
                return max(past)
        day -= timedelta(days=1)
    return None


def _times_of(cron: Cron, where: ZoneInfo, day: date) -> list[datetime]:
    times = {
        _instant(datetime(day.year, day.month, day.day, hour, minute), where)
        for hour in cron.hours
        for minute in cron.minutes
    }
    return sorted(times)


def _instant(wall: datetime, where: ZoneInfo) -> datetime:
    """The instant of a local time: the first of two, and the end of the gap for one that does not exist."""
    first = wall.replace(tzinfo=where, fold=0).astimezone(UTC)
    if first.astimezone(where).replace(tzinfo=None) == wall:
        return first
    # In a gap, fold 0 uses the offset before it and fold 1 the one after it: the transition lies between the two.
    early, late = wall.replace(tzinfo=where, fold=1).astimezone(UTC), first
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(where).replace(tzinfo=None) < wall:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
