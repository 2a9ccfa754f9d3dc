"""Writes files: the one place that creates, replaces or deletes files of users, so that none is lost or exposed.

A file is written under a random name in the folder of its target and takes its place when it is complete and on the
disk, with the mode, owner, ACL and other attributes of the file that it replaces; a new one is 0640, a new folder 0750,
less the umask. A writer holds a lock on its part file: one without a lock is of a run that was killed, and is deleted
by the next run that writes there. A link is followed only where this user or root owns it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
import tempfile
from collections import deque
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from scanner.core import shortage
from scanner.core.errors import PhonescanError

#: Modes of new files and folders: the owner writes, the group reads.
FILE, FOLDER = 0o640, 0o750
#: What the system reports when a file cannot grow.
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL = _NO_SPACE | {errno.EFBIG, errno.EIO, errno.EBADF}
#: What an SQLite database begins with, and what SQLite writes beside one, by the end of the name.
DATABASE, JOURNALS = b"SQLite format 3\x00", ("-wal", "-shm", "-journal")
_ACL = "system.posix_acl_access"
#: Most links that a path is followed through, as path_resolution(7) has it.
_LINKS = 40
#: Most files of one name in a folder that files are moved to.
_MOVES = 1_000
#: Octets of a name that a part file keeps, so that the whole is a name.
_NAME = 200
_PART = re.compile(rb"\..*\.phonescan-[0-9a-f]{16}\.part", re.DOTALL)
_FOLDER_FLAGS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
#: Names of the descriptors of this process, which are written to as they are.
_DESCRIPTOR = re.compile(r"/(?:dev/(?:fd/(\d+)|(stdout)|(stderr))|proc/self/fd/(\d+))")


class FilePlace(NamedTuple):
    """A name in an opened folder. No link is left in the way: all were followed, or refused."""

    folder: int
    name: str

    def status(self) -> os.stat_result | None:
        """What has the name, None where nothing has it."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None


@contextmanager
def replacing(path: Path, mode: int = FILE) -> Iterator[IO[bytes]]:
    """A byte stream whose content replaces the file when the context ends without an error.

    A pipe, a device or an open descriptor is written directly. `mode` is that of a new file. Raises PhonescanError
    when the file cannot be written, a link in its path is of another user, or it is a database: no output replaces one;
    what was there before is whole then.
    """
    stream: IO[bytes]
    if (descriptor := _descriptor(path)) is not None:
        with _reported(path):
            stream = os.fdopen(_duplicate(descriptor), "wb")
        with _reported(path, _FULL), stream:
            yield stream
        return
    with located(path) as place:
        before = place.status()
        if before is not None and not stat.S_ISREG(before.st_mode):
            with _reported(path):
                stream = _special(place, before)
            with _reported(path, _FULL), stream:
                yield stream
            return
        if before is not None:
            with _reported(path):
                _refuse_planted(place, before)
            if _is_database(place):
                raise PhonescanError(f"{path} is a database, which is not replaced; choose another file")
        _sweep(place.folder)
        part = b""
        try:
            with _reported(path):
                part, stream = _part(place, mode if before is None else 0o600)
            with _reported(path, _FULL), stream:
                yield stream
                with _reported(path):
                    stream.flush()
                    if before is not None:
                        _keep(place, before, stream.fileno())
                    os.fsync(stream.fileno())
                    os.replace(part, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
                part = b""
            _sync(place.folder)
        finally:
            if part:
                with suppress(OSError):
                    os.unlink(part, dir_fd=place.folder)


def write(path: Path, content: bytes, mode: int = FILE) -> None:
    """Write a whole file. Raises PhonescanError."""
    with replacing(path, mode) as stream:
        stream.write(content)


def claim(path: Path, mode: int = FILE) -> None:
    """Create an empty file where there is none, so that what is written to it has this mode. Raises OSError."""
    with located(path) as place, suppress(FileExistsError):
        os.close(os.open(place.name, _NEW_FLAGS, mode, dir_fd=place.folder))


def move(path: Path, into: Path) -> Path:
    """Move a file into a folder of its file system and return its new path; no file there is replaced.

    Where the name is taken, it gets a number. Raises PhonescanError.
    """
    with _reported(path):
        folder(into)
    for number in range(_MOVES):
        target = into / (f"{path.stem}-{number}{path.suffix}" if number else path.name)
        with located(target) as place, _reported(path):
            try:
                os.link(path, place.name, dst_dir_fd=place.folder, follow_symlinks=False)
            except FileExistsError:
                continue
            except OSError:  # a file system without links, or a file of another user
                if place.status() is not None:
                    continue
                os.rename(path, place.name, dst_dir_fd=place.folder)
                return target
            os.unlink(path)
            return target
    raise PhonescanError(f"{path} cannot be moved: {into} has {_MOVES:,} files of its name; delete some of them")


def delete(path: Path) -> None:
    """Delete a file, or the link that has its name; what cannot be deleted stays."""
    with suppress(OSError):
        path.unlink()


def folder(path: Path) -> None:
    """Create a folder and those above it, where they do not exist. Raises OSError."""
    for one in (*reversed(path.parents), path):
        if one.is_dir():
            continue
        try:
            os.mkdir(one, FOLDER)
        except FileExistsError:
            if not one.is_dir():  # another program created it meanwhile
                raise


@contextmanager
def temporary(content: bytes, suffix: str = "") -> Iterator[Path]:
    """A file of this user alone, for libraries that read only files; it is deleted at the end."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as stream:
        stream.write(content)
        stream.flush()
        yield Path(stream.name)


@contextmanager
def located(path: Path) -> Iterator[FilePlace]:
    """The folder of a path, opened, and the name in it, with every link on the way followed by hand.

    Raises PhonescanError where a folder is missing, or a link is of another user than this one or root.
    """
    with _reported(path):
        place = _located(path)
    try:
        yield place
    finally:
        os.close(place.folder)


def _located(path: Path) -> FilePlace:
    todo = deque(str(path).split("/"))
    at = os.open("/" if path.is_absolute() else ".", _FOLDER_FLAGS)
    links = 0
    try:
        while True:
            name = todo.popleft()
            if name in ("", ".") and todo:
                continue
            found = FilePlace(at, name or ".").status()
            if found is not None and stat.S_ISLNK(found.st_mode):
                links += 1
                if links > _LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
                if found.st_uid not in (os.geteuid(), 0):
                    raise PhonescanError(f"{path} leads through a link of another user; name the file itself")
                target = os.readlink(name, dir_fd=at)
                todo.extendleft(reversed(target.split("/")))
                if target.startswith("/"):
                    at = _entered("/", at)
            elif not todo:
                return FilePlace(at, name or ".")
            else:
                at = _entered(name, at)
    except BaseException:
        os.close(at)
        raise


def _entered(name: str, at: int) -> int:
    """A folder in an opened one, opened in its stead."""
    inner = os.open(name, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=at)
    os.close(at)
    return inner


def _descriptor(path: Path) -> int | None:
    """The number of an open descriptor that a path, or a link, names: its file is neither replaced nor truncated."""
    for _ in range(_LINKS):
        if found := _DESCRIPTOR.fullmatch(os.path.normpath(path)):
            number = found[1] or found[4]
            return int(number) if number else 1 if found[2] else 2
        try:
            if os.lstat(path).st_uid not in (os.geteuid(), 0):
                return None
            path = path.parent / os.readlink(path)
        except OSError:  # not a link, or nothing
            return None
    return None


def _duplicate(descriptor: int) -> int:
    """A copy of a descriptor. Raises OSError where it is not open, also for a number that none can have."""
    try:
        return os.dup(descriptor)
    except OverflowError:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None


def _refuse_planted(place: FilePlace, status: os.stat_result) -> None:
    """Raise OSError for a file that another user has put into a folder of all (`protected_regular` in proc(5))."""
    shared = os.stat(place.folder)
    if shared.st_mode & stat.S_ISVTX and status.st_uid not in (os.geteuid(), 0, shared.st_uid):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), place.name)


def _is_database(place: FilePlace) -> bool:
    """Whether a place is an SQLite database or a journal beside one: the record, which an output must not replace."""
    names = {place.name, *(place.name.removesuffix(end) for end in JOURNALS)}
    for name in names:
        with suppress(OSError):
            handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place.folder)
            try:
                if os.pread(handle, len(DATABASE), 0) == DATABASE:
                    return True
            finally:
                os.close(handle)
    return False


def _special(place: FilePlace, status: os.stat_result) -> IO[bytes]:
    """A pipe or a device, opened to be written."""
    _refuse_planted(place, status)
    if stat.S_ISBLK(status.st_mode):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), place.name)
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
    return os.fdopen(os.open(place.name, flags, dir_fd=place.folder), "wb")


def _part(place: FilePlace, mode: int) -> tuple[bytes, IO[bytes]]:
    """A new file beside a place, with a lock that lasts as long as this process, or until the file is closed."""
    while True:
        name = b"." + os.fsencode(place.name)[:_NAME] + f".phonescan-{secrets.token_hex(8)}.part".encode()
        handle = os.open(name, _NEW_FLAGS, mode, dir_fd=place.folder)
        with suppress(OSError):  # a file system without locks: then nothing is swept there
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:
            return name, os.fdopen(handle, "wb")
        os.close(handle)  # another run took it for a leftover before the lock was held


def _sweep(at: int) -> None:
    """Delete the part files that runs of this user left in a folder when they were killed."""
    with suppress(OSError):
        names = [os.fsencode(name) for name in os.listdir(f"/proc/self/fd/{at}")]
        for name in filter(_PART.fullmatch, names):
            with suppress(OSError):
                _delete_unlocked(name, at)


def _delete_unlocked(name: bytes, at: int) -> None:
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
    try:
        found = os.fstat(handle)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(name, dir_fd=at)
    finally:
        os.close(handle)


def _keep(place: FilePlace, before: os.stat_result, handle: int) -> None:
    """Give a file the owner, the group, the mode, the ACL and the other attributes of the one that it replaces.

    Where the group cannot be kept, it gets no rights: they belong to another one.
    """
    mode = before.st_mode & 0o777
    try:
        if (before.st_uid, before.st_gid) != (os.geteuid(), os.fstat(handle).st_gid):
            os.fchown(handle, before.st_uid if os.geteuid() == 0 else -1, before.st_gid)
    except OSError:
        mode &= 0o707
    if hasattr(os, "removexattr"):
        with suppress(OSError):  # that of the folder's default, which the file before did not have
            os.removexattr(handle, _ACL)
    os.fchmod(handle, mode)
    if not hasattr(os, "listxattr"):
        return
    with suppress(OSError):
        old = os.open(place.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place.folder)
        try:
            for name in os.listxattr(old):
                with suppress(OSError):
                    os.setxattr(handle, name, os.getxattr(old, name))
        finally:
            os.close(old)


def _sync(at: int) -> None:
    """Write the names of a folder to the disk, where it can be read."""
    with suppress(OSError):
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=at)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _reported(path: Path, only: Container[int | None] | None = None) -> Iterator[None]:
    """Errors of the system about a file, all or `only` these, become a sentence; a closed pipe stays one."""
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError) or (only is not None and error.errno not in only):
            raise
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> PhonescanError:
    if short := shortage.sentence(error):
        return PhonescanError(f"{path} cannot be written: {short}")
    advice = "free some space there, or choose another file" if error.errno in _NO_SPACE else "choose another file"
    return PhonescanError(f"{path} cannot be written ({error.strerror or error}); {advice}")
