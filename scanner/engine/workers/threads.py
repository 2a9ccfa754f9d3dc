"""Conversations on a bounded number of threads: one host at a time to a thread, results back through one queue."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import NamedTuple

from scanner.core.errors import RefusedError
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Exchange
from scanner.engine.hosts.next_step import Ask, Host
from scanner.engine.protocols.drivers import converse
from scanner.engine.workers.api import ConversationResult, HostContext

_log = logging.getLogger(__name__)

Converse = Callable[[Exchange, HostContext], ConversationResult]


class Completed(NamedTuple):
    """One conversation that has ended."""

    host: Host
    ask: Ask
    heard: ConversationResult


def converse_safely(ask: Ask, context: HostContext, how: Converse = converse) -> ConversationResult:
    """A conversation whose faults, ours or a plug-in's, cost itself and not the scan."""
    try:
        return how(ask.step, context)
    except RefusedError as refused:
        return ConversationResult(Outcome.EXCLUDED, note=str(refused))
    except Exception as fault:
        _log.warning("%s: %s failed: %r", context.address, ask.discovery, fault)
        return ConversationResult(Outcome.MALFORMED, note=f"could not be read: {type(fault).__name__}")


class ThreadPool:
    """A pool of threads, at most `limit` at work. `begin` when there is `room`; `ended` gives what has come back.

    `fileno` wakes a selector.
    """

    def __init__(self, threads: int, prepare: Callable[[Host, Ask], HostContext], how: Converse = converse) -> None:
        self._prepare, self._how = prepare, how
        self._todo: SimpleQueue[tuple[Host, Ask] | None] = SimpleQueue()
        self._done: SimpleQueue[Completed] = SimpleQueue()
        self._bell, self._button = socket.socketpair()
        self._bell.setblocking(False)
        self._button.setblocking(False)
        self.limit = threads
        self._threads: list[Thread] = []
        self._stop = Event()
        self.running = 0

    def fileno(self) -> int:
        return self._bell.fileno()

    @property
    def room(self) -> int:
        """How many conversations can begin at once."""
        return self.limit - self.running

    def begin(self, host: Host, ask: Ask) -> None:
        """Have a conversation on a thread of the pool."""
        self.running += 1
        if self.running > len(self._threads):
            thread = Thread(target=self._work, name=f"talk-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._todo.put((host, ask))

    def ended(self) -> list[Completed]:
        """The conversations that ended since the last call."""
        with contextlib.suppress(OSError):
            while self._bell.recv(4096):
                pass
        found = []
        with contextlib.suppress(Empty):
            while True:
                found.append(self._done.get_nowait())
                self.running -= 1
        return found

    def wait(self, seconds: float) -> bool:
        """Sleep on behalf of a conversation; True when the scan stops."""
        return self._stop.wait(seconds)

    def close(self, patience: float) -> None:
        """Stop: conversations see it at their next turn; at most `patience` seconds are waited for them."""
        self._stop.set()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join(patience / max(1, len(self._threads)) if patience else 0)
        self._bell.close()
        self._button.close()

    def _work(self) -> None:
        while (item := self._todo.get()) is not None:
            host, ask = item
            self._done.put(Completed(host, ask, converse_safely(ask, self._prepare(host, ask), self._how)))
            with contextlib.suppress(OSError):  # nobody waits any more
                self._button.send(b"!")
