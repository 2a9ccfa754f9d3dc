"""The timetable: the scans of the settings with their due times. Pure: the time is an argument."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scanner.core.errors import SettingsError
from scanner.core.numbers import whole
from scanner.core.text import utc
from scanner.schedule import cron
from scanner.settings.records import ScanSection

#: Largest age of a missed run that is still caught up.
CATCH_UP = timedelta(days=2)


class ScheduledScan(NamedTuple):
    """A scan of the settings with its cron line, its zone, and the hours in which it may run."""

    name: str
    rule: cron.Cron
    zone: ZoneInfo
    window: TimeWindow | None
    section: ScanSection


class TimeWindow(NamedTuple):
    """Hours of local time in which a scan may run, in minutes of the day; over midnight when end < start."""

    start: int
    end: int

    def closes_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The time, in UTC, at which the window that `moment` is in, or the next one, closes."""
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        days = 1 if self.end <= self.start and minute >= self.end else 0 if minute < self.end else 1
        day = local.date() + timedelta(days=days)
        hour, rest = divmod(self.end, 60)
        return datetime(day.year, day.month, day.day, hour, rest, tzinfo=zone).astimezone(UTC)

    def open_at(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether a scan may run at `moment`."""
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def entries(sections: Sequence[ScanSection]) -> list[ScheduledScan]:
    """The scans with a cron line. Raises SettingsError for an invalid cron line, zone or window, or a repeated name."""
    found: list[ScheduledScan] = []
    for section in sections:
        if section.cron is None:
            continue
        try:
            entry = ScheduledScan(
                section.name,
                cron.parse(section.cron),
                cron.zone(section.timezone or "UTC"),
                window(section.window) if section.window else None,
                section,
            )
        except SettingsError as error:
            raise SettingsError(f"[[scan]] {section.name!r}: {error}") from None
        if any(other.name == section.name for other in found):
            raise SettingsError(f"two [[scan]] sections have the name {section.name!r}: names must differ")
        found.append(entry)
    return found


def window(text: str) -> TimeWindow:
    """The window that a text such as `22:00-05:00` describes. Raises SettingsError."""
    start, _, end = text.replace(" ", "").partition("-")
    first, last = _minutes(start), _minutes(end)
    if first is None or last is None or first == last % 1440:
        raise SettingsError(f"window = {text!r} is not a range of times; write it as 22:00-05:00")
    return TimeWindow(first, last % 1440)


def _minutes(text: str) -> int | None:
    hour, _, minute = text.partition(":")
    hours, minutes = whole(hour, 24), whole(minute, 59)
    if hours is None or minutes is None or len(hour) > 2 or len(minute) != 2:
        return None
    found = hours * 60 + minutes
    return found if found <= 1440 else None


def upcoming(table: Sequence[ScheduledScan], moment: datetime) -> Iterator[tuple[datetime, str]]:
    """(due, name) of all scans after `moment`, in order of time, then of the settings."""

    def one(place: int, entry: ScheduledScan) -> Iterator[tuple[datetime, int, str]]:
        return ((due, place, entry.name) for due in cron.due_after(entry.rule, entry.zone, moment))

    for due, _, name in heapq.merge(*(one(place, entry) for place, entry in enumerate(table))):
        yield due, name


def missed(entry: ScheduledScan, last_run: str | None, now: datetime) -> datetime | None:
    """The last due time that passed without a run, None where there is none or it is older than CATCH_UP.

    `last_run` is the due time of the last run in the inventory; a scan without one has missed nothing.
    """
    if last_run is None:
        return None
    due = cron.last_due(entry.rule, entry.zone, now, CATCH_UP)
    return due if due is not None and utc(due) > last_run else None
