"""Executes conversations on threads, and in worker processes once many hosts respond.

A conversation ends by itself at its host's deadline. One that does not, by a fault of ours or of a plug-in, is given up
here: it costs the scan its deadline and a thread or a worker, and does not block the end.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable
from selectors import EVENT_READ, BaseSelector

from scanner.core.outcomes import Outcome
from scanner.engine.hosts.next_step import DeclaredExchange, Host
from scanner.engine.rate.limits import HostRateLimiter, RateLimiter
from scanner.engine.workers.api import ConversationResult
from scanner.engine.workers.messages import WorkerConfig
from scanner.engine.workers.processes import CLOSED, ProcessPool, WorkerProcess, worker_processes_for
from scanner.engine.workers.threads import Completed, ThreadPool

_log = logging.getLogger(__name__)

#: Share of a core above which fewer conversations start at once, and below which more; seconds between two looks; the
#: least conversations at once.
BUSY, CALM, WINDOW, LEAST = 0.85, 0.6, 0.25, 8
#: Seconds after its deadline at which a conversation is given up.
GRACE = 5.0
#: Seconds without packets to a host whose conversation was interrupted, as its last packet is unknown.
REST = 1.0


class WorkerPool:
    """Threads, and worker processes where they pay off. `completed` is called with the conversations that ended.

    `deadline(host)` is when a conversation with a host must end; `config` is None for threads alone; `most` is how many
    conversations may run at once, `addresses` how many hosts there can be. `retry` are conversations that a worker
    process did not complete, to be started again.
    """

    def __init__(
        self,
        threads: ThreadPool,
        config: WorkerConfig | None,
        selector: BaseSelector,
        rate_limiter: RateLimiter,
        host_limiter: HostRateLimiter,
        deadline: Callable[[Host], float],
        completed: Callable[[list[Completed]], None],
        most: int,
        addresses: int,
    ) -> None:
        self.threads, self.config, self.selector = threads, config, selector
        self.rate_limiter, self.host_limiter = rate_limiter, host_limiter
        self.deadline, self.completed, self.most = deadline, completed, most
        self.processes = ProcessPool(most)
        self.retry: deque[tuple[Host, DeclaredExchange]] = deque()
        self._open: dict[tuple[int, int], tuple[Host, DeclaredExchange, float]] = {}  # when to give it up
        self._measured = (time.monotonic(), time.process_time())
        selector.register(threads, EVENT_READ, lambda *_: self.collect())
        if config is not None and worker_processes_for(addresses):
            self._add(config)

    @property
    def room(self) -> int:
        """How many more conversations may start."""
        return self.processes.room if self.processes.workers else self.threads.room

    def start(self, host: Host, exchange: DeclaredExchange) -> None:
        """Start a conversation."""
        deadline = self.deadline(host)
        self._open[host.index, exchange.number] = (host, exchange, deadline + GRACE)
        if self.processes.workers:
            try:
                self.processes.start(host, exchange, deadline, self.host_limiter.free_at(host.address))
                return
            except OSError:  # the worker has just ended; `_read` restarts its conversations
                pass
        self.threads.start(host, exchange)

    def adapt(self, now: float, hosts: int) -> None:
        """Adapt the conversations at once to the processor load, and the workers to the responsive hosts."""
        then, used_then = self._measured
        if now - then < WINDOW:
            return
        used = time.process_time()
        self._measured = (now, used)
        self._give_up_overdue(now)
        share = (used - used_then) / (now - then)
        if share > BUSY:
            self.threads.limit = max(min(LEAST, self.most), self.threads.limit * 3 // 4)
        elif share < CALM:
            self.threads.limit = min(self.most, self.threads.limit + 4)
        self.processes.adapt(now, BUSY, CALM)
        if self.config is not None and len(self.processes.workers) < worker_processes_for(hosts):
            self._add(self.config)

    def restrict(self, most: int) -> None:
        """Execute at most so many conversations at once, on threads alone: a process has its own limits."""
        self.most = self.threads.limit = min(self.most, most)
        self.config = None

    def collect(self) -> None:
        """Report the conversations that have ended on threads."""
        self._complete(self.threads.completed())

    def close(self, timeout: float) -> None:
        """End the workers, then wait up to `timeout` seconds for the threads."""
        self.config = None
        for worker in self.processes.workers:
            self.selector.unregister(worker)
        self.processes.close()
        self.threads.close(timeout)

    def _add(self, config: WorkerConfig) -> None:
        """Start one worker; the next one follows at the earliest at the next call of `adapt`."""
        try:
            worker = self.processes.add(config)
        except (pickle.PicklingError, AttributeError, TypeError, OSError, MemoryError, RuntimeError) as fault:
            self.config = None
            _log.info("conversations stay on threads: %r", fault)
            return
        self.selector.register(worker, EVENT_READ, lambda *_: self._read(worker))

    def _read(self, worker: WorkerProcess) -> None:
        try:
            ended = worker.read(self.rate_limiter, time.monotonic())
        except CLOSED:
            _log.warning("a worker process has ended; its conversations start again")
            self._lose(worker)
            return
        for host, _, job in ended:
            self.host_limiter.hold(host.address, job.free_at)
        self._complete(Completed(host, exchange, job.result) for host, exchange, job in ended)

    def _lose(self, worker: WorkerProcess) -> None:
        """Continue without a worker: its conversations start again later."""
        self.config = None
        self.selector.unregister(worker)
        free_at = time.monotonic() + REST
        for host, exchange in self.processes.remove(worker):
            self.host_limiter.hold(host.address, free_at)
            if self._open.pop((host.index, exchange.number), None) is not None:
                self.retry.append((host, exchange))

    def _complete(self, ended: Iterable[Completed]) -> None:
        """Report conversations that have ended, except those that were given up."""
        self.completed(
            [one for one in ended if self._open.pop((one.host.index, one.exchange.number), None) is not None]
        )

    def _give_up_overdue(self, now: float) -> None:
        overdue = {key: (host, exchange) for key, (host, exchange, until) in self._open.items() if now > until}
        if not overdue:
            return
        result = ConversationResult(Outcome.TIMED_OUT, note="the conversation did not end in time")
        self._complete([Completed(host, exchange, result) for host, exchange in overdue.values()])
        for worker in list(self.processes.workers):
            if any((host.index, exchange.number) in overdue for host, exchange in worker.jobs.values()):
                _log.warning("a worker process is blocked and is ended; its conversations start again")
                worker.process.kill()
                self._lose(worker)
