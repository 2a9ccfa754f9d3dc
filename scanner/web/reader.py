"""The inventory's reader for web pages: queries in a few threads on read-only connections, with a short cache.

A connection is opened for each query and closed before anything is sent, so that a slow client never delays the
checkpoints of the writer.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from scanner.core.errors import PhonescanError
from scanner.inventory.db.adhoc import AdhocReader
from scanner.inventory.db.adhoc_child import identity

if TYPE_CHECKING:
    from scanner.app.session import Session
    from scanner.inventory import Inventory

T = TypeVar("T")


#: Seconds after which the queries of a page, and of a download, end.
PAGE_SECONDS, FILE_SECONDS = 30.0, 300.0


class DownloadError(PhonescanError):
    """A file that cannot be written for a download."""


#: Threads that read, and threads that write files.
READERS, WRITERS = 4, 2
#: Results that are cached. While a scan changes the inventory a result is valid for FRESH seconds, or for COST_FACTOR
#: times the duration of its query, so that the totals of a large inventory do not keep the machine busy.
CACHED, FRESH, COST_FACTOR = 32, 5.0, 10
#: Bytes of a download that are kept in memory; a larger one is a temporary file.
HELD = 1_000_000


class InventoryReader:
    """Runs queries on the inventory in threads and caches their results."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="web-read")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="web-file")
        self.adhoc = AdhocReader(session.db)
        self._results: OrderedDict[Hashable, tuple[Hashable, float, Any]] = OrderedDict()
        self._running: dict[Hashable, asyncio.Task[Any]] = {}
        self._lock = threading.Lock()

    async def read(self, query: Callable[[Inventory], T], *, key: Hashable = None) -> T:
        """The result of a query. With a `key` it is cached until the inventory changes, and for a short time after.

        Raises InventoryError when the file cannot be read, QueryTimeoutError after PAGE_SECONDS.
        """
        loop = asyncio.get_running_loop()
        if key is None:
            return await loop.run_in_executor(self._readers, self._with_inventory, query)
        key = (identity(str(self.session.db)), key)  # another file that takes the name has no result yet
        stamp = (self._stamp(), self.session.today())
        with self._lock:
            found = self._results.get(key)
        if found and (found[0] == stamp or time.monotonic() < found[1]):
            return cast(T, found[2])
        if key not in self._running:
            task = loop.create_task(self._run(query, key, stamp))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # concurrent requests for the same key wait for one query
        return cast(T, await asyncio.shield(self._running[key]))

    async def _run(self, query: Callable[[Inventory], T], key: Hashable, stamp: Hashable) -> T:
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(self._readers, self._with_inventory, query)
        ended = time.monotonic()
        with self._lock:
            self._results[key] = (stamp, ended + max(FRESH, COST_FACTOR * (ended - began)), result)
            self._results.move_to_end(key)
            while len(self._results) > CACHED:
                self._results.popitem(last=False)
        return result

    async def file(self, write: Callable[[Inventory, IO[Any]], object], *, binary: bool = False) -> IO[bytes]:
        """A file with what `write` writes, text or with `binary` bytes, positioned at its beginning; large ones are on
        disk. Raises PhonescanError when the disk is full.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._written, write, binary)

    def clear(self) -> None:
        """Clear the cache."""
        with self._lock:
            self._results.clear()

    def close(self) -> None:
        """End the threads, and the processes of statements."""
        self.adhoc.close()
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writers.shutdown(wait=False, cancel_futures=True)

    def _with_inventory(self, query: Callable[[Inventory], T], seconds: float | None = None) -> T:
        with self.session.inventory(readonly=True) as inventory:
            inventory.end_queries_after(PAGE_SECONDS if seconds is None else seconds)
            return query(inventory)

    def _written(self, write: Callable[[Inventory, IO[Any]], object], binary: bool) -> IO[bytes]:
        import io
        import tempfile

        spool = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115 - the response closes it
        try:
            if binary:
                self._with_inventory(lambda inventory: write(inventory, spool), FILE_SECONDS)
            else:
                wrapper = io.TextIOWrapper(spool, encoding="utf-8", errors="replace", newline="", write_through=False)
                self._with_inventory(lambda inventory: write(inventory, wrapper), FILE_SECONDS)
                wrapper.flush()
                wrapper.detach()
            spool.seek(0)
        except OSError as error:
            spool.close()
            # without space for one byte tempfile has no folder, and to ask it for one would fail again
            place = tempfile.tempdir or "a temporary folder"
            raise DownloadError(
                f"the file cannot be written to {place} ({error.strerror}); free some space there, or filter the list"
            ) from error
        except BaseException:
            spool.close()
            raise
        return spool

    def _stamp(self) -> Hashable:
        """A value that changes with every write to the file or its log."""
        return tuple(_written_at(path) for path in (self.session.db, f"{self.session.db}-wal"))


def _written_at(path: Any) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
