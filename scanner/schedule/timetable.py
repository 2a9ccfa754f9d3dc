"""Which scan is due when: the `[[scan]]` sections as a timetable. Pure but for the clock it is given."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scanner.core.errors import SettingsError
from scanner.core.text import utc
from scanner.schedule import cron
from scanner.settings.records import ScanSection

#: A missed run is caught up while it is not older than this; the next one is near then.
CATCH_UP = timedelta(days=2)


class Entry(NamedTuple):
    """One scan of the settings with its time: cron line, zone, and the hours in which it may run."""

    name: str
    rule: cron.Cron
    zone: ZoneInfo
    window: Window | None
    section: ScanSection


class Window(NamedTuple):
    """Hours of the zone's wall clock in which a scan may run, in minutes of the day; over midnight when end < start."""

    start: int
    end: int

    def closes_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """When the window that `moment` is in, or that opens next, closes, in UTC."""
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


def entries(sections: Sequence[ScanSection]) -> list[Entry]:
    """The scans that have a time. Raises SettingsError for a cron line, zone, window or name that cannot be meant."""
    found: list[Entry] = []
    for section in sections:
        if section.cron is None:
            continue
        try:
            entry = Entry(
                section.name,
                cron.parse(section.cron),
                cron.zone(section.timezone or "UTC"),
                window(section.window) if section.window else None,
                section,
            )
        except SettingsError as error:
            raise SettingsError(f"[[scan]] {section.name!r}: {error}") from None
        if any(other.name == section.name for other in found):
            raise SettingsError(f"two [[scan]] sections are called {section.name!r}: give each a name of its own")
        found.append(entry)
    return found


def window(text: str) -> Window:
    """The window in `22:00-05:00`. Raises SettingsError."""
    start, _, end = text.replace(" ", "").partition("-")
    first, last = _minutes(start), _minutes(end)
    if first is None or last is None or first == last % 1440:
        raise SettingsError(f"window = {text!r} is no time of day; write it as 22:00-05:00")
    return Window(first, last % 1440)


def _minutes(text: str) -> int | None:
    hour, _, minute = text.partition(":")
    if not (hour.isdigit() and minute.isdigit() and len(hour) <= 2 and len(minute) == 2):
        return None
    found = int(hour) * 60 + int(minute)
    return found if int(minute) < 60 and found <= 1440 else None


def upcoming(table: Sequence[Entry], moment: datetime) -> Iterator[tuple[datetime, str]]:
    """(due, name) of all scans after `moment`, in order of time, then as the settings have them."""

    def one(place: int, entry: Entry) -> Iterator[tuple[datetime, int, str]]:
        return ((due, place, entry.name) for due in cron.due_after(entry.rule, entry.zone, moment))

    for due, _, name in heapq.merge(*(one(place, entry) for place, entry in enumerate(table))):
        yield due, name


def missed(entry: Entry, last_run: str | None, now: datetime) -> datetime | None:
    """The last due time that passed without a run, to be caught up once; None when there is none, or it is too old.

    `last_run` is the due time that ran last, as the inventory has it; a scan that never ran has missed nothing.
    """
    if last_run is None:
        return None
    due = cron.last_due(entry.rule, entry.zone, now, CATCH_UP)
    return due if due is not None and utc(due) > last_run else None
