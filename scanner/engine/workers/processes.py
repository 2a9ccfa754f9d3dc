"""Worker processes for conversations, for networks with hundreds of phones: Python executes one thread at a time.

The engine keeps the scan's rate: a worker requests packets over its socket, several at once, and gets a time. Workers
are new interpreters (a fork would copy whatever locks threads hold), receive the declared exchanges by pickle, and end
when the socket closes, also when the scan is killed. What cannot be pickled, such as a plug-in's lambda, runs on
threads.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from typing import NamedTuple

from scanner.engine.hosts.next_step import DeclaredExchange, Host
from scanner.engine.rate.limits import RateLimiter
from scanner.engine.workers.messages import Job, JobResult, RateGrant, RateRequest, WorkerConfig

#: Responsive hosts for each worker process, and addresses for the first: a worker starts in half a second, on a core
#: that is idle while host discovery waits for responses.
HOSTS_PER_WORKER = 64
#: Most worker processes, whatever the machine: each takes 30 MB, and reads 5,000 pages a second.
MOST = 2
#: Conversations of a new worker at once: most of their time is spent waiting for the packet spacing of their host.
FIRST = 32
#: Seconds that a worker gets to end by itself.
END_TIMEOUT = 0.3
#: Seconds of the scan's rate that a worker is granted at once: a third of the longest burst (`rate.limits`).
LEASE = 0.003
#: What a socket raises whose other end has closed, also within a message.
CLOSED = (EOFError, OSError, pickle.UnpicklingError)

_START = """
import os, sys
sys.path[:] = {path!r}
try:
    from scanner.engine.workers.child import serve
except (ImportError, MemoryError, OSError):  # memory or descriptors are short: conversations stay on threads
    os._exit(1)
serve({descriptor})
"""


class Ended(NamedTuple):
    """A conversation of a worker that has ended."""

    host: Host
    exchange: DeclaredExchange
    job: JobResult


def worker_processes_for(hosts: int) -> int:
    """How many worker processes to start for so many hosts on this machine; none with one core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, cores, hosts // HOSTS_PER_WORKER) if cores > 1 else 0


class WorkerProcess:
    """The engine's side of one worker process. Raises what pickle raises for exchanges that cannot be pickled."""

    def __init__(self, config: WorkerConfig) -> None:
        first = pickle.dumps(config)
        ours, theirs = socket.socketpair()
        start = _START.format(path=[os.getcwd(), *sys.path], descriptor=theirs.fileno())
        self.process = subprocess.Popen(
            [sys.executable, "-c", start], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, close_fds=True
        )
        theirs.close()
        self.pipe = Connection(ours.detach())
        self.pipe.send_bytes(first)
        self.jobs: dict[int, tuple[Host, DeclaredExchange]] = {}
        self.used = self.used_before = 0.0
        self.limit = FIRST

    def fileno(self) -> int:
        """The descriptor for a selector."""
        return self.pipe.fileno()

    def start(self, job: Job, host: Host, exchange: DeclaredExchange) -> None:
        """Send a conversation to the worker. Raises OSError when it has ended."""
        self.pipe.send(job)
        self.jobs[job.number] = (host, exchange)

    def read(self, rate_limiter: RateLimiter, now: float) -> list[Ended]:
        """Reply to rate requests. Returns the conversations that ended.

        Raises one of `CLOSED` when the worker has ended, after all results that it sent have been returned.
        """
        ended: list[Ended] = []
        try:
            while self.pipe.poll():
                match self.pipe.recv():
                    case RateRequest(packets):
                        granted = max(packets, int(rate_limiter.rate * LEASE))
                        self.pipe.send(RateGrant(rate_limiter.reserve(granted, now), granted))
                    case JobResult() as job:
                        host, exchange = self.jobs.pop(job.number)
                        self.used = job.used
                        ended.append(Ended(host, exchange, job))
        except CLOSED:
            if not ended:  # the next read raises it again
                raise
        return ended

    def close(self) -> None:
        """Close the socket, which ends the worker, and kill it if it does not end."""
        self.pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_TIMEOUT)
            return
        self.process.kill()
        self.process.wait()


class ProcessPool:
    """The worker processes of a run. `most` is how many conversations they may have at once in total."""

    def __init__(self, most: int) -> None:
        self.workers: list[WorkerProcess] = []
        self.most = most
        self._number = 0
        self._adapted = time.monotonic()

    def add(self, config: WorkerConfig) -> WorkerProcess:
        """Start a worker. Raises what pickle raises for exchanges that cannot be pickled, and OSError."""
        worker = WorkerProcess(config)
        self.workers.append(worker)
        return worker

    @property
    def room(self) -> int:
        """How many more conversations may start."""
        most = self.most // max(1, len(self.workers))
        return sum(max(0, min(most, worker.limit) - len(worker.jobs)) for worker in self.workers)

    def start(self, host: Host, exchange: DeclaredExchange, deadline: float, free_at: float) -> None:
        """Start a conversation in the worker with the most room. Raises OSError when that worker has ended."""
        worker = max(self.workers, key=lambda one: one.limit - len(one.jobs))
        self._number += 1
        note, findings = host.notes.get(exchange.discovery, ""), tuple(host.findings)
        job = Job(
            self._number, exchange.number, host.address, deadline, host.open_ports, findings, note, free_at,
            host.repeats,
        )  # fmt: skip
        worker.start(job, host, exchange)

    def adapt(self, now: float, busy: float, calm: float) -> None:
        """Reduce the conversations of a worker whose core is busy: they would wait for it and time out."""
        seconds = now - self._adapted
        self._adapted = now
        for worker in self.workers:
            if not worker.used_before:  # the time of its start does not count
                worker.used_before = worker.used
                continue
            share = (worker.used - worker.used_before) / seconds if seconds > 0 else 0.0
            worker.used_before = worker.used
            if share > busy:
                worker.limit = max(4, worker.limit * 3 // 4)
            elif share < calm and len(worker.jobs) >= worker.limit:
                worker.limit = min(max(4, self.most // len(self.workers)), worker.limit + 4)

    def remove(self, worker: WorkerProcess) -> list[tuple[Host, DeclaredExchange]]:
        """Close a worker. Returns its conversations in progress."""
        self.workers.remove(worker)
        worker.close()
        return list(worker.jobs.values())

    def close(self) -> None:
        """End all workers."""
        workers, self.workers = self.workers, []
        for worker in workers:
            with contextlib.suppress(OSError):
                worker.pipe.close()
        for worker in workers:
            worker.close()
