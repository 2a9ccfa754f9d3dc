"""Datasette's database with limits: statements are executed by `inventory.db.adhoc`, in processes of their own.

Every statement of Datasette's pages depends on parameters of the address: filters, order, facets, and with `--sql` the
statement itself. Descriptions of the schema are read in this process, on a connection with the same limits of SQLite.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from datasette.database import Database, QueryInterrupted, Results

from scanner.core.errors import InventoryError
from scanner.inventory.db import adhoc_child
from scanner.inventory.db.adhoc import AdhocReader, StatementError, StatementTimeoutError
from scanner.inventory.db.connect import faults

#: Whether the response is a file of rows, which has no place for an error or for a note that rows are missing.
whole: ContextVar[bool] = ContextVar("whole", default=False)


class IncompleteFileError(BaseException):
    """Why a file of rows ends before its last one. Not an Exception: Datasette would write those into the file."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


@contextmanager
def _complete() -> Iterator[None]:
    """Errors of a statement become IncompleteFileError where the response is a file."""
    try:
        yield
    except (QueryInterrupted, StatementError, InventoryError) as error:
        if not whole.get():
            raise
        if isinstance(error, InventoryError):
            raise IncompleteFileError(str(error), 503) from None
        slow = isinstance(error, QueryInterrupted)
        raise IncompleteFileError("the query took too long; add filters" if slow else str(error), 400) from None


class LimitedDatabase(Database):  # type: ignore[misc]
    """The inventory as a database of Datasette, read-only."""

    def __init__(self, datasette: Any, path: str, reader: AdhocReader) -> None:
        # mutable: another process writes during reads, and an immutable connection would see stale or torn pages
        super().__init__(datasette, path=path, is_mutable=True)
        self.reader = reader

    def connect(self, write: bool = False) -> Any:
        """A read-only connection with the limits."""
        connection = adhoc_child.opened(str(self.path))
        adhoc_child.limit(connection)
        return connection

    async def execute_fn(self, fn: Callable[[Any], Any]) -> Any:
        """What `fn` returns of a connection of its own: one that is kept would be of a file that has been replaced.

        Raises InventoryError.
        """

        def in_thread() -> Any:
            with faults(Path(self.path)), closing(self.connect()) as connection:
                self.ds._prepare_connection(connection, self.name)
                return fn(connection)

        with _complete():
            return await asyncio.get_running_loop().run_in_executor(self.ds.executor, in_thread)

    @property
    def size(self) -> int:
        """The size of the file in octets, 0 where there is none."""
        try:
            return os.stat(self.path).st_size
        except OSError:
            return 0

    async def attached_databases(self) -> list[Any]:
        """No database is attached; Datasette's own would read the path of the file."""
        return []

    async def execute(
        self, sql: str, params: Any = None, truncate: bool = False, custom_time_limit: int | None = None,
        page_size: int | None = None, log_sql_errors: bool = True,
    ) -> Results:  # fmt: skip
        """The result of a statement, in a file with all of its rows. Raises QueryInterrupted or StatementError."""
        most = self.ds.max_returned_rows
        if most == (page_size or self.ds.page_size):
            most += 1  # as Datasette does: one more than a page shows whether there is another
        milliseconds = min(custom_time_limit or self.ds.sql_time_limit_ms, self.ds.sql_time_limit_ms)

        rows = most if truncate and not whole.get() else 0

        def read() -> Any:
            return self.reader.execute(sql, params, most=rows, seconds=max(1, milliseconds) / 1000)

        with _complete():
            try:
                found = await asyncio.get_running_loop().run_in_executor(self.ds.executor, read)
            except StatementTimeoutError as error:
                raise QueryInterrupted(error, sql, params) from None
        description = tuple((name, *[None] * 6) for name in found.columns)
        return Results(found.rows, found.truncated, description)
