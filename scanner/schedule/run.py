"""The scheduler: APScheduler calls, each run is keyed in the inventory, and settings are read again on SIGHUP.

One run at a time: scans share the network's patience and the inventory has one writer. A run that comes due while
another one works waits its turn; several that were missed are caught up once.
"""

from __future__ import annotations

import logging
import signal
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from scanner.core.errors import PhonescanError
from scanner.core.text import moment, utc
from scanner.schedule import cron
from scanner.schedule.job import Done, run_entry
from scanner.schedule.timetable import CATCH_UP, Entry, entries, missed

if TYPE_CHECKING:
    from scanner.cli.shared.frame import Session

log = logging.getLogger(__name__)

#: Seconds over which scans of the same time are spread, the same for a name every night.
JITTER = 60


def delay(name: str) -> timedelta:
    """How much later than due a scan starts, so that many probes do not start in the same second."""
    return timedelta(seconds=zlib.crc32(name.encode()) % JITTER)


class Scheduler:
    """Runs the scans of the settings until it is stopped. `read` gives the session anew, with today's settings."""

    def __init__(self, read: Callable[[], Session], *, run: Callable[..., Done] = run_entry) -> None:
        self._read, self._run = read, run
        self._session = read()
        self._entries = entries(self._session.settings.sections.scan)
        self._stop, self._working = Event(), Lock()
        self._scheduler: Any = None

    def start(self) -> None:
        """Start, and catch up what was missed while nothing ran."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": int(CATCH_UP.total_seconds())},
            timezone=UTC,
        )
        self._plan()
        self._scheduler.start()
        self.catch_up(moment(self._session.now()))

    def _plan(self) -> None:
        self._scheduler.remove_all_jobs()
        for entry in self._entries:
            self._scheduler.add_job(self.work, trigger_of(entry), args=(entry,), name=entry.name)
            log.info("%s runs %s (%s)", entry.name, entry.rule.text, entry.zone.key)

    def catch_up(self, now: datetime) -> None:
        """Run once what came due while nothing ran."""
        for entry in self._entries:
            with self._session.inventory(create=True) as inventory:
                due = missed(entry, inventory.last_run(entry.name), now)
            if due is not None:
                log.info("%s: the run of %s was missed and is caught up", entry.name, utc(due))
                self._scheduler.add_job(self.work, args=(entry,), name=entry.name)

    def work(self, entry: Entry, now: datetime | None = None) -> Done | None:
        """The run that is due: the last time of its cron line that has passed."""
        moment_now = now or moment(self._session.now())
        due = cron.last_due(entry.rule, entry.zone, moment_now)
        if due is None or self._stop.is_set():
            return None
        with self._working:
            try:
                done = self._run(self._session, entry, due, stopped=self._stop.is_set)
            except PhonescanError as error:
                log.error("%s: %s", entry.name, error)
                return None
        log.info("%s of %s: %s", done.name, done.due, done.outcome)
        return done

    def reload(self) -> None:
        """Read the settings again. Settings that cannot be taken leave the old ones in force."""
        try:
            session = self._read()
            table = entries(session.settings.sections.scan)
        except PhonescanError as error:
            log.error("the settings were not read again: %s", error)
            return
        self._session, self._entries = session, table
        self._plan()
        log.info("the settings were read again: %d scans", len(table))

    def stop(self) -> None:
        """End: the scan that works stops in part and can be resumed."""
        self._stop.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)


def trigger_of(entry: Entry) -> Any:
    """APScheduler's trigger of an entry, by our own reading of the cron line."""
    from apscheduler.triggers.base import BaseTrigger

    class Trigger(BaseTrigger):  # type: ignore[misc]
        def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
            late = delay(entry.name)
            after = max(now - late, previous_fire_time - late) if previous_fire_time else now - late
            due = cron.next_due(entry.rule, entry.zone, after)
            return due + late if due else None

        def __str__(self) -> str:
            return entry.rule.text

    return Trigger()


def run_until_stopped(scheduler: Scheduler) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP reads the settings again."""
    told: SimpleQueue[int] = SimpleQueue()  # unlike an Event, a handler may fill it while its own thread waits for it
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, lambda number, _: told.put(number)) for number in numbers}
    try:
        scheduler.start()
        while told.get() == signal.SIGHUP:
            scheduler.reload()
    finally:
        scheduler.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
