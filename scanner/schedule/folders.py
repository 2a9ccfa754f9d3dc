"""The folders of `[[watch]]`: a thread reads their files as they appear, while scans run at their times.

Reading does not wait for a scan: it sends nothing, and writes to the inventory in short transactions as a scan does.
"""

from __future__ import annotations

import logging
import time
from threading import Event, Thread
from typing import TYPE_CHECKING

from scanner.app import file_reading
from scanner.app.watching import FolderWatch, Watched
from scanner.core.errors import PhonescanError, SettingsError
from scanner.core.paths import expanded

if TYPE_CHECKING:
    from scanner.app.session import Session
    from scanner.settings.records import WatchSection

log = logging.getLogger(__name__)

#: Seconds after which a folder that cannot be watched is tried again.
AGAIN = 60.0
#: Longest time between two looks whether it was stopped, in seconds.
TICK = 0.5


def watched(session: Session, section: WatchSection) -> Watched:
    """The folder of a section. Raises SettingsError for an unknown format or map."""
    try:
        columns = file_reading.chosen_columns(session.settings, (section.map,) if section.map else ())
        file_reading.format_given(section.format, columns)
    except PhonescanError as error:
        raise SettingsError(f"[[watch]] {section.folder!r}: {error}") from None
    folder = session.settings.folder / expanded(section.folder)
    return Watched(folder, section.done, section.format, section.site, columns)


class WatchedFolders:
    """The thread that looks at the folders of the settings until it is stopped."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sections = session.settings.sections.watch
        self.folders = [watched(session, section) for section in self.sections]
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to look, where the settings name a folder."""
        for one in self.folders:
            log.info("%s is watched", one.folder)
        if self.folders:
            self._thread = Thread(target=self._run, name="watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End; a file that is being read is read again the next time."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        due = [0.0] * len(self.folders)
        watches: list[FolderWatch | None] = [None] * len(self.folders)
        while not self._stop.is_set():
            for number, section in enumerate(self.sections):
                if time.monotonic() >= due[number]:
                    watches[number], pause = self._look(watches[number], self.folders[number], section.every)
                    due[number] = time.monotonic() + pause
            self._stop.wait(max(0.0, min(TICK, min(due) - time.monotonic())))

    def _look(self, watch: FolderWatch | None, folder: Watched, every: float) -> tuple[FolderWatch | None, float]:
        """Look once; the watch, and the seconds until the next look."""
        try:
            watch = watch or FolderWatch(self.session, folder, lambda line: log.info("%s", line))
            summary = watch.look(self._stop.is_set)
        except PhonescanError as error:
            log.error("%s; it is tried again in %.0f seconds", error, AGAIN)
            return watch, AGAIN
        if summary is not None:
            log.info("%s: scan %d: %d devices", folder.folder, summary.scan, summary.devices)
        return watch, 0.0 if summary is not None else every
