"""A pool of threads for conversations: each thread has one host at a time and returns its result through a queue."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import NamedTuple

from scanner.core import shortage
from scanner.core.errors import EngineError, RefusedError
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Exchange
from scanner.engine.hosts.next_step import DeclaredExchange, Host
from scanner.engine.os import descriptors
from scanner.engine.protocols.drivers import converse
from scanner.engine.workers.api import LEFT_OPEN, ConversationResult, HostContext

_log = logging.getLogger(__name__)

Converse = Callable[[Exchange, HostContext], ConversationResult]


class Completed(NamedTuple):
    """A conversation that has ended."""

    host: Host
    exchange: DeclaredExchange
    result: ConversationResult


def converse_safely(
    exchange: DeclaredExchange, context: HostContext, execute: Converse = converse
) -> ConversationResult:
    """Execute a conversation. A fault of ours or of a plug-in costs this conversation, not the scan."""
    result = _execute(exchange, context, execute)
    if context.left_open:
        return result._replace(note=LEFT_OPEN if result.note else "", left_open=True)
    return result


def _execute(exchange: DeclaredExchange, context: HostContext, execute: Converse) -> ConversationResult:
    try:
        result = execute(exchange.step, context)
        if result.outcome is Outcome.ANSWERED or result.found or not descriptors.exhausted():
            return result
        return ConversationResult(Outcome.NOT_SENT, note=descriptors.NONE_FREE)
    except RefusedError as refused:
        return ConversationResult(Outcome.EXCLUDED, note=str(refused))
    except Exception as fault:
        if short := shortage.sentence(fault):
            return ConversationResult(Outcome.SKIPPED, note=short)
        _log.warning("%s: %s failed: %r", context.address, exchange.discovery, fault)
        return ConversationResult(Outcome.MALFORMED, note=f"the response cannot be decoded: {type(fault).__name__}")


class ThreadPool:
    """At most `limit` conversations at once. `start` one while there is `room`; `completed` returns those that ended.

    `fileno` becomes readable when a conversation ends. `stopping` is set by `close`; conversations wait on it.
    """

    def __init__(
        self,
        threads: int,
        prepare: Callable[[Host, DeclaredExchange], HostContext],
        stopping: Event,
        execute: Converse = converse,
    ) -> None:
        self._prepare, self._execute, self._stopping = prepare, execute, stopping
        self._todo: SimpleQueue[tuple[Host, DeclaredExchange] | None] = SimpleQueue()
        self._done: SimpleQueue[Completed] = SimpleQueue()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self.limit = threads
        self._threads: list[Thread] = []
        self.running = 0

    def fileno(self) -> int:
        """The descriptor for a selector."""
        return self._wake_reader.fileno()

    @property
    def room(self) -> int:
        """How many more conversations may start."""
        return self.limit - self.running

    def start(self, host: Host, exchange: DeclaredExchange) -> None:
        """Start a conversation on a thread of the pool."""
        self.running += 1
        if self.running > len(self._threads):
            self._add_thread()
        self._todo.put((host, exchange))

    def _add_thread(self) -> None:
        """Start a thread; where no further one is possible, fewer conversations take place at once."""
        thread = Thread(target=self._work, name=f"conversation-{len(self._threads)}", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError) as error:
            if not self._threads:
                raise EngineError(shortage.sentence(error) or str(error)) from None
            self.limit = max(1, len(self._threads))
        else:
            self._threads.append(thread)

    def completed(self) -> list[Completed]:
        """The conversations that have ended since the last call."""
        with contextlib.suppress(OSError):
            while self._wake_reader.recv(4096):
                pass
        found = []
        with contextlib.suppress(Empty):
            while True:
                found.append(self._done.get_nowait())
                self.running -= 1
        return found

    def close(self, timeout: float) -> None:
        """Stop: conversations end at their next turn. Waits for them for at most `timeout` seconds."""
        self._stopping.set()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join(timeout / max(1, len(self._threads)) if timeout else 0)
        self._wake_reader.close()
        self._wake_writer.close()

    def _work(self) -> None:
        while (item := self._todo.get()) is not None:
            host, exchange = item
            result = converse_safely(exchange, self._prepare(host, exchange), self._execute)
            self._done.put(Completed(host, exchange, result))
            with contextlib.suppress(OSError):  # the pool is closed, or the socket's buffer holds enough wake-ups
                self._wake_writer.send(b"!")
