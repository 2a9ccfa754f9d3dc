"""The worker process: executes the conversations that the engine sends, each on a thread, until the socket closes."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any

from scanner.engine import guard
from scanner.engine.os.allocator import STACK, end_with_parent, return_memory
from scanner.engine.protocols.drivers import load
from scanner.engine.rate.limits import HostRateLimiter, SendGate
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.workers.context import ContextFactory
from scanner.engine.workers.messages import Job, JobResult, RateGrant, RateRequest, WorkerConfig
from scanner.engine.workers.threads import converse_safely

#: The niceness of a worker: the engine keeps the scan's rate and has precedence.
NICE = 5


def serve(descriptor: int) -> None:
    """Execute conversations until the socket closes, then end the process."""
    return_memory()
    end_with_parent()
    threading.stack_size(STACK)
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the group gets them; the engine decides when to stop
        signal.signal(stop, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    pipe = Connection(descriptor)
    try:
        config: WorkerConfig = pickle.loads(pipe.recv_bytes())  # from our parent  # nosec B301
        guard.forbid(config.forbidden)
        load(exchange.step for exchange in config.exchanges)
        with guard.guarded():
            _Worker(pipe, config).work()
    except (EOFError, OSError, MemoryError, RuntimeError, ImportError):  # the engine has ended, or resources are short
        pass
    os._exit(0)  # the results of conversations in progress have no receiver


class _Worker:
    """The conversations of this process, on as many threads as the engine sends jobs at once."""

    def __init__(self, pipe: Connection, config: WorkerConfig) -> None:
        self.idle: list[_Thread] = []
        self._pipe = pipe
        self._exchanges = {exchange.number: exchange for exchange in config.exchanges}
        self._host_limiter = HostRateLimiter(config.host_rate)
        self._sending, self._requesting = threading.Lock(), threading.Lock()
        self._grants: SimpleQueue[RateGrant] = SimpleQueue()
        self._spare = RateGrant(0.0, 0)  # packets of grants that no conversation has used yet
        self._unused: SimpleQueue[int] = SimpleQueue()
        self._lease = 0  # packets of the last grant: more are not kept, they would exceed the rate
        gate = SendGate(self._reserve, self._host_limiter, time.monotonic, time.sleep)
        self._contexts = ContextFactory(
            gate, Cookies(config.secret), config.credentials, config.timeout, self._unused.put
        )

    def work(self) -> None:
        """Receive jobs and grants until the socket closes."""
        while True:
            match self._pipe.recv():
                case Job() as job:
                    thread = self.idle.pop() if self.idle else _Thread(self)
                    thread.execute(job)
                case RateGrant() as grant:
                    self._grants.put(grant)

    def converse(self, job: Job) -> None:
        """Execute one conversation and send its result. Raises OSError when the engine has ended."""
        self._host_limiter.hold(job.address, job.free_at)
        context = self._contexts.context(job.address, job.deadline, job.open_ports, job.findings, job.note, job.repeats)
        result = converse_safely(self._exchanges[job.exchange], context)
        free_at = self._host_limiter.free_at(job.address)
        self._host_limiter.forget(job.address)
        self._send(JobResult(job.number, result, free_at, time.process_time()))

    def _send(self, message: Any) -> None:
        with self._sending:
            self._pipe.send(message)

    def _reserve(self, packets: int) -> float:
        """When some packets may be sent by the scan's rate."""
        with self._requesting:  # one request at a time: its grant also serves the threads that wait
            start, left = self._spare
            left = max(left, min(self._lease, left + self._take_unused()))
            if left < packets:
                self._send(RateRequest(packets - left))
                start, self._lease = self._grants.get()
                left += self._lease
            self._spare = RateGrant(start, left - packets)
            return start

    def _take_unused(self) -> int:
        """Packets that conversations reserved and did not send."""
        packets = 0
        with contextlib.suppress(Empty):
            while True:
                packets += self._unused.get_nowait()
        return packets


class _Thread:
    """A thread that executes one conversation after another."""

    def __init__(self, worker: _Worker) -> None:
        self._worker = worker
        self._job: Job | None = None
        self._ready = threading.Semaphore(0)
        threading.Thread(target=self._run, daemon=True).start()

    def execute(self, job: Job) -> None:
        """Execute a conversation."""
        self._job = job
        self._ready.release()

    def _run(self) -> None:
        while True:
            self._ready.acquire()
            if self._job is not None:
                try:
                    self._worker.converse(self._job)
                except (OSError, MemoryError):  # the engine has ended, or memory is short
                    os._exit(0)
            self._worker.idle.append(self)
