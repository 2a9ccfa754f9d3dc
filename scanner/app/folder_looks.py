"""Which files of a folder are complete: those that no program writes any more.

A file is complete where its name is not that of a part, its size and time are the same as at a look `SETTLED` seconds
before, and no program has it open for writing. Linux reports that to the owner of a file, who may take a read lease
on it (fcntl(2), F_SETLEASE); for files of other users the first two conditions count alone.
"""

from __future__ import annotations

import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from scanner.core.errors import PhonescanError

#: Seconds in which a file does not change before it is read, and the same for an empty one.
SETTLED, EMPTY = 2.0, 30.0
#: Most entries of a folder that are looked at.
ENTRIES = 100_000
#: How names end while programs write files: curl, browsers, FileZilla, rsync (a dot before the name), editors.
PARTS = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".filepart",
    ".crdownload",
    ".download",
    ".swp",
    ".writing",
    ".lock",
    "~",
)


class FileGoneError(PhonescanError):
    """A file that was moved or deleted since the last look."""


class FileState(NamedTuple):
    """What shows whether a file has changed: `changed` (ctime) also where its time of writing was set, or its mode."""

    size: int
    modified: int
    number: int
    changed: int

    def text(self) -> str:
        """The same as text."""
        return f"{self.size} {self.modified} {self.number} {self.changed}"


@dataclass(slots=True)
class FolderLooks:
    """The looks at one folder: since when each file has its state, on the monotonic clock; `done` is not read again."""

    folder: Path
    since: dict[str, tuple[FileState, float]] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)

    def complete(self, clock: float) -> list[Path]:
        """The files that are complete and not done, by name. Raises PhonescanError without the folder."""
        found: dict[str, tuple[FileState, float]] = {}
        ready = []
        for name, state in self._files():
            before = self.since.get(name)
            since = before[1] if before is not None and before[0] == state else clock
            found[name] = state, since
            waited = clock - since
            if waited >= (SETTLED if state.size else EMPTY) and not _is_written(self.folder / name):
                ready.append(self.folder / name)
        self.since = found
        return ready

    def waiting(self) -> list[str]:
        """The names of the files that are not done."""
        return sorted(self.since)

    def finish(self, path: Path) -> bool:
        """Note that a file is done, as long as it does not change; False where it has changed since the last look.

        Raises FileGoneError.
        """
        state, _ = self.since.pop(path.name)
        try:
            if _state(path.lstat()) != state:
                return False
        except OSError:
            raise FileGoneError(f"{path.name}: it was moved or deleted while it was read") from None
        self.done[path.name] = state.text()
        return True

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other program that uses this moves files of the folder while inside."""
        try:
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise PhonescanError(f"{self.folder} cannot be watched: {error.strerror or error}") from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            except OSError:  # a file system without locks
                pass
            yield True
        finally:
            os.close(handle)

    def _files(self) -> list[tuple[str, FileState]]:
        present: dict[str, FileState] = {}
        try:
            with os.scandir(self.folder) as entries:
                for entry in islice(entries, ENTRIES):
                    if entry.name.startswith(".") or entry.name.lower().endswith(PARTS):
                        continue
                    with suppress(OSError):  # it was moved meanwhile
                        status = entry.stat(follow_symlinks=False)
                        if stat.S_ISREG(status.st_mode):
                            present[entry.name] = _state(status)
        except OSError as error:
            raise PhonescanError(f"{self.folder} cannot be watched: {error.strerror or error}") from None
        self.done = {name: state for name, state in self.done.items() if name in present}
        return sorted((name, state) for name, state in present.items() if self.done.get(name) != state.text())


def _state(status: os.stat_result) -> FileState:
    return FileState(status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)


def opened(path: Path) -> BinaryIO:
    """A file of a watched folder, opened: no link, pipe or device that took its place. Raises PhonescanError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise FileGoneError(f"{path.name}: it was moved or deleted before it was read") from None
    except OSError as error:
        raise PhonescanError(f"{path.name} cannot be read: {error.strerror or error}") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise PhonescanError(f"{path.name} cannot be read: it is not a file")
    return os.fdopen(handle, "rb")


def _is_written(path: Path) -> bool:
    """Whether a program has a file open for writing, as far as this user may learn that."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # a program that opens the file meanwhile breaks the lease, which is signalled: SIGIO would end this process
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # a file of another user, or a file system without leases
        return False
    finally:
        os.close(handle)
    return False
