"""The scheduler: APScheduler starts runs, each keyed in the inventory; SIGHUP reads the settings again.

Files that appear in the folders of `[[watch]]` are read meanwhile (`folders`).

One run at a time: scans share the rate limit of the network, and the inventory has one writer. A run that becomes due
during another one waits; several missed runs of a scan are caught up by one.
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
from scanner.schedule.folders import WatchedFolders
from scanner.schedule.job import RunResult, run_entry
from scanner.schedule.timetable import CATCH_UP, ScheduledScan, entries, missed

if TYPE_CHECKING:
    from scanner.app.session import Session

log = logging.getLogger(__name__)

#: Seconds over which scans of the same due time are spread; the delay of a name is always the same.
JITTER = 60


def delay(name: str) -> timedelta:
    """The delay of a scan after its due time, so that many installations do not start in the same second."""
    return timedelta(seconds=zlib.crc32(name.encode()) % JITTER)


class Scheduler:
    """Runs the scans of the settings until it is stopped; `read` returns a session with the current settings."""

    def __init__(self, read: Callable[[], Session], *, run: Callable[..., RunResult] = run_entry) -> None:
        self._read, self._run = read, run
        self._session = read()
        self._entries = entries(self._session.settings.sections.scan)
        self._folders = WatchedFolders(self._session)
        self._stop, self._working = Event(), Lock()
        self._scheduler: Any = None

    def start(self) -> None:
        """Start, and catch up missed runs."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": int(CATCH_UP.total_seconds())},
            timezone=UTC,
        )
        self._plan()
        self._scheduler.start()
        self._folders.start()
        self.catch_up(moment(self._session.now()))

    def _plan(self) -> None:
        self._scheduler.remove_all_jobs()
        for entry in self._entries:
            self._scheduler.add_job(self.work, trigger_of(entry), args=(entry,), name=entry.name)
            log.info("%s runs %s (%s)", entry.name, entry.rule.text, entry.zone.key)

    def catch_up(self, now: datetime) -> None:
        """Start one run for each scan that became due while no scheduler was running."""
        for entry in self._entries:
            with self._session.inventory(create=True) as inventory:
                due = missed(entry, inventory.last_run(entry.name, utc(now)), now)
            if due is not None:
                log.info("%s: the run of %s was missed and is caught up", entry.name, utc(due))
                self._scheduler.add_job(self.work, args=(entry,), name=entry.name)

    def work(self, entry: ScheduledScan, now: datetime | None = None) -> RunResult | None:
        """Run a scan for the last due time of its cron line."""
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
        log.info("%s of %s: %s", done.name, done.due, done.words or done.outcome)
        return done

    def reload(self) -> None:
        """Read the settings again; where they are invalid, the old ones remain in force."""
        try:
            session = self._read()
            table = entries(session.settings.sections.scan)
            folders = WatchedFolders(session)
        except PhonescanError as error:
            log.error("the settings were not read again: %s", error)
            return
        self._session, self._entries = session, table
        self._plan()
        self._folders.stop()
        self._folders = folders
        folders.start()
        log.info("the settings were read again: %d scans", len(table))

    def stop(self) -> None:
        """Stop; a scan in progress ends in part and can be resumed."""
        self._stop.set()
        self._folders.stop()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)


def trigger_of(entry: ScheduledScan) -> Any:
    """APScheduler's trigger of a scan, by the due times of `cron`."""
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
    received: SimpleQueue[int] = SimpleQueue()  # unlike an Event, a handler may fill it while its thread waits for it
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, lambda number, _: received.put(number)) for number in numbers}
    try:
        scheduler.start()
        while received.get() == signal.SIGHUP:
            scheduler.reload()
    finally:
        scheduler.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
