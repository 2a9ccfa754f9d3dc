"""Opens the database file, and turns the errors of SQLite into one sentence for the user.

A command that reads never creates or changes a file; a damaged one is refused before anything is written.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from scanner.core import saving, shortage
from scanner.core.errors import InventoryError, PhonescanError
from scanner.inventory.db import schema

#: How long a writer waits for another writer, in milliseconds.
BUSY_MS = 10_000
#: Virtual machine instructions between two examinations of the deadline of a query.
INSTRUCTIONS = 100_000
#: Parts of the messages about a file that cannot be written; the last one is that of a reader.
_NOT_WRITABLE = ("readonly", "read-only", "unable to open", "within a transaction")


class QueryTimeoutError(InventoryError):
    """A query that was ended at its deadline (`end_queries_after`)."""


def sentence(path: Path, error: sqlite3.Error) -> str:
    """What is wrong with the database at `path` and what to do, in one sentence."""
    text = str(error).lower()
    match text:
        case _ if "locked" in text or "busy" in text:
            return f"{path} is locked by another program; wait until its scan has ended, or choose another --db"
        case _ if "full" in text or (
            any(words in text for words in ("disk i/o", "unable to open")) and _no_space(path)
        ):
            return f"the disk under {path} is full; free some space and repeat, what was recorded is kept"
        case _ if any(words in text for words in ("disk i/o", "unable to open")) and (
            short := shortage.of_descriptors()
        ):
            return f"{path} cannot be opened or written: {short}"
        case _ if any(words in text for words in _NOT_WRITABLE):
            return f"{path} cannot be opened or written; check the permissions of the file and its folder"
        case _ if "not a database" in text or "malformed" in text or "corrupt" in text:
            return f"{path} is damaged or not an SQLite database; restore a copy or choose another --db"
        case _ if "disk i/o" in text:
            return f"{path} cannot be read or written (disk error); check the disk and repeat"
    return f"{path} does not work as an inventory ({error}); choose another --db or restore a copy"


def _no_space(path: Path) -> bool:
    """Whether the disk under a path has no room for data or for a file: SQLite reports that as an I/O error where it
    cannot map its index, and as a file that cannot be opened where it cannot create one.
    """
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return False
    if found.f_flag & os.ST_RDONLY:
        return False
    return found.f_bavail == 0 or (found.f_files > 0 and found.f_favail == 0)


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Errors of SQLite inside the block become InventoryError, and so does JSON in a column that is not as stored."""
    try:
        yield
    except msgspec.DecodeError as error:
        raise InventoryError(f"{path} is damaged ({error}); restore a copy or choose another --db") from None
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise QueryTimeoutError("the query took too long; add filters, or sort by another column") from error
        raise InventoryError(sentence(path, error)) from error


def end_queries_after(connection: sqlite3.Connection, seconds: float) -> None:
    """Set the time from now after which every query of a connection ends with QueryTimeoutError."""
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, INSTRUCTIONS)


def connect(path: Path, *, create: bool, readonly: bool) -> sqlite3.Connection:
    """An open inventory at `path`, migrated forward; `readonly` connections refuse every write.

    All queries of a `readonly` connection read the same state, that of the first of them: a device that a scan assesses
    between two lists of a report is in one of them.

    Raises InventoryError: no such file (and `create` is not set), damaged, of another program, of a newer one.
    """
    exists = _exists(path)
    if not readonly:
        _refuse_links(path)
    if not exists and (readonly or not create):
        raise InventoryError(f"there is no inventory at {path}; scan first, or name it with --db")
    with faults(path):
        if exists:
            names = _applied(path)
            if schema.pending(names):
                _upgrade(path)
        else:
            _create(path)
            _upgrade(path)
        connection = _open(path, "ro" if readonly else "rw")
        for pragma in ("foreign_keys = ON", "synchronous = NORMAL", "temp_store = FILE", "cache_size = -16000"):
            connection.execute(f"PRAGMA {pragma}")
        if readonly:
            connection.execute("BEGIN")
        return connection


def _create(path: Path) -> None:
    """Create the file with its mode, which SQLite gives to its journals as well."""
    try:
        saving.folder(path.parent)
    except OSError as error:
        raise InventoryError(f"{path.parent} cannot be made ({error.strerror}); choose another --db") from error
    try:
        saving.claim(path)
    except OSError as error:
        raise InventoryError(sentence(path, sqlite3.OperationalError("unable to open"))) from error


def _refuse_links(path: Path) -> None:
    """Raise InventoryError where the file is reached by a link of another user, or a journal is a link."""
    try:
        with saving.located(path):
            pass
    except PhonescanError as error:
        if isinstance(error.__cause__, OSError):
            return  # no such folder: the message of what follows is better
        raise InventoryError(str(error)) from None
    for journal in saving.JOURNALS:
        if (beside := path.with_name(path.name + journal)).is_symlink():
            raise InventoryError(f"{beside} is a link: nothing is written to it; delete it, or choose another --db")


def _exists(path: Path) -> bool:
    """Whether a database exists. An empty file counts as none; any other must begin with the header of SQLite."""
    try:
        if stat.S_ISFIFO(path.stat().st_mode):  # to open it would wait for a writer
            raise InventoryError(f"{path} is a pipe; choose another --db")
        with path.open("rb") as file:
            start = file.read(100)
            size = file.seek(0, 2)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise InventoryError(f"{path} cannot be read ({error.strerror}); check the path and permissions") from error
    if not start:
        return False
    if not start.startswith(saving.DATABASE) or _cut_short(path, start, size):
        raise InventoryError(sentence(path, sqlite3.DatabaseError("not a database")))
    return True


def _cut_short(path: Path, header: bytes, size: int) -> bool:
    """Whether the file is shorter than in its header (SQLite file format 1.3.8) and no journal is pending."""
    if len(header) < 100:
        return True
    wal = path.with_name(path.name + "-wal")
    if wal.exists() and wal.stat().st_size:
        return False
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    trusted = header[24:28] == header[92:96]
    return trusted and size < pages * (65536 if page == 1 else page)


def _open(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        wal = path.with_name(path.name + "-wal")
        no_room = any(words in str(error) for words in ("unable to open", "readonly database"))
        if mode != "ro" or not no_room or (wal.exists() and wal.stat().st_size):
            raise
        # the shared-memory file cannot be made in a read-only folder, where no other program writes either
        connection = sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _applied(path: Path) -> list[str]:
    connection = _open(path, "ro")
    try:
        names = schema.applied(connection)
    finally:
        connection.close()
    if names is None:
        raise InventoryError(f"{path} is a database of another program; choose another --db")
    if schema.from_newer_program(names):
        raise InventoryError(f"{path} was written by a newer phonescan; update this one, or choose another --db")
    return names


def _upgrade(path: Path) -> None:
    connection = _open(path, "rwc")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        schema.migrate(connection)
    finally:
        connection.close()


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One short write transaction, taken at once, so that a reader's snapshot never turns into a failed write."""
    if connection.in_transaction:  # a signal ended the last one between its begin and its first statement
        connection.execute("ROLLBACK")
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    else:
        try:
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
