"""The process that executes statements of readers: `python adhoc_child.py DATABASE`, with the standard library alone.

It reads requests from standard input and writes results to standard output, each a `marshal` value after its length.
A statement is limited by SQLite (`LIMITS`, a heap of HEAP bytes, an authorizer), by its deadline, and by the octets of
its result; the process by its address space. What none of these ends, such as one call of a function that takes hours,
`adhoc` ends with the process.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import signal
import sqlite3
import struct
import sys
import threading
import time
from typing import Any, BinaryIO
from urllib.parse import quote

#: Octets of SQLite's heap, of the address space of the process, and of a result.
HEAP, ADDRESS_SPACE, RESULT = 64_000_000, 512_000_000, 16_000_000
#: Octets that a row of a result counts besides its values.
ROW = 64
#: Virtual machine instructions between two examinations of the deadline.
INSTRUCTIONS = 10_000
#: Limits of SQLite (https://www.sqlite.org/limits.html): octets of a string and of a statement, columns, depth of an
#: expression, terms of a compound SELECT, instructions, arguments, attached databases, octets of a LIKE pattern,
#: variables, depth of triggers, and helping threads.
LIMITS: tuple[tuple[int, int], ...] = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 4_000_000),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (sqlite3.SQLITE_LIMIT_COLUMN, 200),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (sqlite3.SQLITE_LIMIT_VDBE_OP, 50_000),
    (sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 32),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 5_000),
    (sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 5_000),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 10),
    (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
)
#: PRAGMAs that describe the schema; others are denied, also the one that has the path of the file.
_PRAGMAS = frozenset(
    [
        "foreign_key_list",
        "function_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "page_count",
        "page_size",
        "schema_version",
        "table_info",
        "table_list",
        "table_xinfo",
    ]
)
_DENIED_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer"})
_DENIED = frozenset(
    {
        sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_CREATE_TEMP_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_VIEW, sqlite3.SQLITE_CREATE_TEMP_INDEX, sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_CREATE_VTABLE,
    }
)  # fmt: skip


def limit(connection: sqlite3.Connection) -> None:
    """Apply the limits and the authorizer to a connection."""
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA temp_store = MEMORY")  # bounded by the heap; a file would be bounded by the disk
    for category, most in LIMITS:
        connection.setlimit(category, most)
    connection.set_authorizer(authorize)


def authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """SQLite's authorizer: no other database, no temporary table, no extension, no PRAGMA but those of the schema."""
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if (first or "").lower() in _PRAGMAS else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if (second or "").lower() in _DENIED_FUNCTIONS else sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY if action in _DENIED else sqlite3.SQLITE_OK


def connect(path: str) -> sqlite3.Connection:
    """A read-only connection with the limits, and the heap of this process."""
    connection = opened(path)
    connection.text_factory = lambda octets: str(octets, "utf-8", "replace")
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP}")
    limit(connection)
    return connection


def opened(path: str) -> sqlite3.Connection:
    """A read-only connection. Raises sqlite3.Error where there is no file, or it cannot be opened."""
    return sqlite3.connect(f"file:{quote(os.fsencode(path))}?mode=ro", uri=True, isolation_level=None)


def identity(path: str) -> tuple[int, int] | None:
    """What distinguishes a file from another one that takes its name; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def result_of(connection: sqlite3.Connection, statement: str, values: Any, most: int, seconds: float) -> Any:
    """The result of a statement: `("rows", columns, rows, truncated)` or `("error", code of SQLite, message)`.

    `most` rows are read, all with 0; `truncated` is whether there are more.
    """
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, INSTRUCTIONS)
    try:
        cursor = connection.execute(statement, values)
        rows: list[tuple[Any, ...]] = []
        octets, truncated = 0, False
        for row in cursor:
            if most and len(rows) >= most:
                truncated = True
                break
            octets += ROW + sum(len(value) if isinstance(value, (str, bytes)) else 8 for value in row)
            if octets > RESULT:
                return "error", sqlite3.SQLITE_TOOBIG, f"the result is larger than {RESULT // 1_000_000} MB"
            rows.append(row)
        return "rows", [column[0] for column in cursor.description or ()], rows, truncated
    except MemoryError:
        message = f"the statement needs more than {HEAP // 1_000_000} MB of memory"
        return "error", sqlite3.SQLITE_NOMEM, message
    except sqlite3.Error as error:
        return "error", getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF, str(error)
    except (OverflowError, UnicodeError, ValueError) as error:  # of a value that SQLite has no type for
        return "error", sqlite3.SQLITE_MISMATCH, str(error)
    finally:
        connection.set_progress_handler(None, 0)


def read(stream: BinaryIO) -> Any:
    """The next value of a stream. Raises EOFError at its end."""
    head = stream.read(4)
    if len(head) < 4:
        raise EOFError
    (length,) = struct.unpack(">I", head)
    return marshal.loads(stream.read(length))  # from our parent  # nosec B302


def write(stream: BinaryIO, value: Any) -> None:
    """Write a value to a stream."""
    octets = marshal.dumps(value)
    stream.write(struct.pack(">I", len(octets)) + octets)
    stream.flush()


def _end_with_parent() -> None:
    """End this process when its standard input is closed, also within a statement."""
    closed = select.poll()
    closed.register(0, 0)  # POLLHUP alone
    closed.poll()
    os._exit(1)


def main(path: str) -> None:
    """Execute requests until standard input ends."""
    import resource

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the whole group; `adhoc` ends this process
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    with contextlib.suppress(RuntimeError, MemoryError):  # without a further thread, go without it
        threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(OSError):
        os.nice(5)  # the pages of other readers come first
    connection: sqlite3.Connection | None = None
    known: tuple[int, int] | None = None
    while True:
        request = read(sys.stdin.buffer)
        if connection is not None and identity(path) != known:  # another file has the name, or none
            connection.close()
            connection = None
        try:
            if connection is None:
                known = identity(path)
                connection = connect(path)
        except sqlite3.Error as error:
            write(sys.stdout.buffer, ("error", getattr(error, "sqlite_errorcode", 14) & 0xFF, str(error)))
        else:
            write(sys.stdout.buffer, result_of(connection, *request))


if __name__ == "__main__":
    with contextlib.suppress(EOFError, BrokenPipeError):
        main(sys.argv[1])
