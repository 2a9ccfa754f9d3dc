"""Statements of readers, executed in processes with limits: memory, time and size of the result (`adhoc_child`).

A statement that a reader writes, or a list that a reader sorts, filters and counts by parameters of a page, can use any
amount of memory and time in SQLite. In a process of its own it has neither the memory nor the threads of this one, and
can be ended in every case.
"""

from __future__ import annotations

import marshal
import os
import select
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, LifoQueue
from typing import IO, Any, cast

from scanner.core.errors import InventoryError
from scanner.inventory.db import adhoc_child

#: Seconds after the deadline of a statement until its process is ended, and more for a process that has just begun.
GRACE, START = 1.0, 30.0
#: Codes of SQLite that are errors of the file, not of the statement.
_FILE = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_PERM,
    }
)  # fmt: skip


class StatementError(sqlite3.OperationalError):
    """A statement that SQLite does not accept, or that exceeds a limit; the message is the reason."""


class StatementTimeoutError(StatementError):
    """A statement that was ended at its deadline."""


class AdhocRow(tuple[Any, ...]):
    """A row that is indexed by position or by the name of a column, as `sqlite3.Row`."""

    __slots__ = ()
    columns: tuple[str, ...] = ()

    def keys(self) -> list[str]:
        """The names of the columns."""
        return list(self.columns)

    def __getitem__(self, key: Any) -> Any:
        """The value of a column. Raises IndexError for a name that no column has, as `sqlite3.Row`."""
        if not isinstance(key, str):
            return super().__getitem__(key)
        for position, name in enumerate(self.columns):
            if name.lower() == key.lower():
                return super().__getitem__(position)
        raise IndexError(key)


@dataclass(frozen=True, slots=True)
class AdhocResult:
    """Columns and rows; `truncated` is whether there are more rows than were wanted."""

    columns: tuple[str, ...]
    rows: list[AdhocRow]
    truncated: bool


class AdhocReader:
    """Executes statements on an inventory, each in a process that is kept for the next one. For several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._free: LifoQueue[subprocess.Popen[bytes]] = LifoQueue()
        self._closed = False

    def execute(self, statement: str, values: Any, *, most: int, seconds: float) -> AdhocResult:
        """The result of a statement, with `most` rows, or all of them with 0.

        Raises StatementError with the reason, StatementTimeoutError, or InventoryError for a file that
        cannot be read.
        """
        process, began = self._process()
        plain = dict(values) if hasattr(values, "keys") else list(values or ())
        try:
            adhoc_child.write(cast(Any, process.stdin), (statement, plain, most, seconds))
            response = _receive(
                cast(IO[bytes], process.stdout), time.monotonic() + seconds + GRACE + (START if began else 0)
            )
        except BaseException as error:
            _end(process)
            if isinstance(error, TimeoutError):
                raise StatementTimeoutError("interrupted") from None
            if isinstance(error, (EOFError, OSError)):
                raise StatementError("the statement needs too much memory") from None
            raise
        self._free.put(process)
        if self._closed:
            self.close()
        if response[0] == "rows":
            _, columns, rows, truncated = response
            kind = type("AdhocRow", (AdhocRow,), {"__slots__": (), "columns": tuple(columns)})
            return AdhocResult(tuple(columns), [kind(row) for row in rows], truncated)
        _, code, message = response
        if code == sqlite3.SQLITE_INTERRUPT:
            raise StatementTimeoutError("interrupted")
        if code in _FILE:
            raise InventoryError(f"{self._path} cannot be read ({message}); try again, or run phonescan doctor")
        raise StatementError(message)

    def close(self) -> None:
        """End the processes, those with a statement after it."""
        self._closed = True
        while True:
            try:
                _end(self._free.get_nowait())
            except Empty:
                return

    def _process(self) -> tuple[subprocess.Popen[bytes], bool]:
        """A process without a statement, and whether it has just begun."""
        try:
            while (process := self._free.get_nowait()).poll() is not None:
                _end(process)
            return process, False
        except Empty:
            command = [sys.executable, "-I", "-S", adhoc_child.__file__, str(self._path)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            return subprocess.Popen(command, **pipes), True  # type: ignore[call-overload]


def _receive(stream: IO[bytes], deadline: float) -> Any:
    """The next value of a process. Raises TimeoutError at the deadline, EOFError when the process has ended."""
    octets, wanted = bytearray(), 4
    readable = select.poll()  # select() fails with descriptors above 1023
    readable.register(stream.fileno(), select.POLLIN)
    while len(octets) < wanted:
        if not readable.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
        part = os.read(stream.fileno(), 1 << 20)
        if not part:
            raise EOFError
        octets += part
        if wanted == 4 and len(octets) >= 4:
            wanted += int.from_bytes(octets[:4])
    return marshal.loads(octets[4:])  # from our child  # nosec B302


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process."""
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(OSError):
                stream.close()
    process.wait()
