"""Questions to the inventory from the web: in a few threads, on read-only connections, answers remembered briefly.

A connection is opened for each question and closed before anything is sent, so that a slow reader of a page never
holds up the writer's checkpoints.
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

if TYPE_CHECKING:
    from scanner.cli.shared.frame import Session
    from scanner.inventory import Inventory

T = TypeVar("T")

#: Threads that read, and files that are made at a time.
READERS, WRITERS = 4, 2
#: Answers that are remembered; while a scan goes on changing the inventory for FRESH seconds, or PATIENCE times as
#: long as it took to find them, so that a large fleet's totals never keep the machine busy.
REMEMBERED, FRESH, PATIENCE = 32, 5.0, 10
#: Bytes of a download that are held in memory; the rest waits in a temporary file.
HELD = 1_000_000


class Desk:
    """Where questions are asked: threads, and what was answered lately."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="web-read")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="web-file")
        self._answers: OrderedDict[Hashable, tuple[Hashable, float, Any]] = OrderedDict()
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}
        self._lock = threading.Lock()

    async def ask(self, question: Callable[[Inventory], T], *, key: Hashable = None) -> T:
        """The answer to a question. With a `key` it is remembered until the inventory changes, and a little longer.

        Raises InventoryError when the file cannot be read.
        """
        loop = asyncio.get_running_loop()
        if key is None:
            return await loop.run_in_executor(self._readers, self._open_and, question)
        stamp = (self._stamp(), self.session.today())
        with self._lock:
            found = self._answers.get(key)
        if found and (found[0] == stamp or time.monotonic() < found[1]):
            return cast(T, found[2])
        if key not in self._asked:
            task = loop.create_task(self._find(question, key, stamp))
            self._asked[key] = task
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        # whoever asks the same meanwhile waits for the one answer
        return cast(T, await asyncio.shield(self._asked[key]))

    async def _find(self, question: Callable[[Inventory], T], key: Hashable, stamp: Hashable) -> T:
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._readers, self._open_and, question)
        ended = time.monotonic()
        with self._lock:
            self._answers[key] = (stamp, ended + max(FRESH, PATIENCE * (ended - began)), answer)
            self._answers.move_to_end(key)
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return answer

    async def file(self, write: Callable[[Inventory, IO[str]], object]) -> IO[bytes]:
        """What `write` writes, as a file at its beginning: small ones in memory, large ones on disk."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._written, write)

    def forget(self) -> None:
        """Forget every answer."""
        with self._lock:
            self._answers.clear()

    def close(self) -> None:
        """End the threads."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writers.shutdown(wait=False, cancel_futures=True)

    def _open_and(self, question: Callable[[Inventory], T]) -> T:
        with self.session.inventory(readonly=True) as inventory:
            return question(inventory)

    def _written(self, write: Callable[[Inventory, IO[str]], object]) -> IO[bytes]:
        import io
        import tempfile

        spool = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115 - whoever sends it closes it
        try:
            wrapper = io.TextIOWrapper(spool, encoding="utf-8", errors="replace", newline="", write_through=False)
            self._open_and(lambda inventory: write(inventory, wrapper))
            wrapper.flush()
            wrapper.detach()
            spool.seek(0)
        except BaseException:
            spool.close()
            raise
        return spool

    def _stamp(self) -> Hashable:
        """What changes whenever the file or its log is written."""
        return tuple(_written_at(path) for path in (self.session.db, f"{self.session.db}-wal"))


def _written_at(path: Any) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
