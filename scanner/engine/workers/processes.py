"""Conversations in processes of their own, for networks with hundreds of phones: Python runs one thread at a time.

The engine keeps the scan's rate: a helper asks for its turns over its pipe, a few at once, and gets a time. Helpers
are fresh interpreters (a fork would copy whatever threads hold), get the declared conversations by pickle, and end
when the pipe does, a killed scan included. What cannot be pickled, such as a plug-in's lambda, is had on threads.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from scanner.core.model import Credential
from scanner.engine import guard
from scanner.engine.hosts.next_step import Ask, Host
from scanner.engine.protocols.drivers import load
from scanner.engine.rate.limits import HostRateLimiter, RateLimiter
from scanner.engine.sweep.token import Cookies
from scanner.engine.workers.api import ConversationResult, HostContext
from scanner.engine.workers.threads import converse_safely

#: So many hosts that are there are worth the start of a helper, and as many addresses the start of the first: it takes
#: half a second to come, on a core that has nothing to do while we wait to see who is there.
WORTH = 64
#: Most helpers, whatever the machine.
MOST = 4
#: Conversations that a helper begins with at once: most of their time goes by in waiting for the floor of their host.
FIRST = 32
#: How far helpers stand back behind the engine, which has the scan's rate to keep.
NICE = 5
#: Seconds that a helper gets to end by itself.
FAREWELL = 1.0
#: A helper is granted so many seconds of the scan's rate at once: a third of the longest burst (`pacing`).
LEASE = 0.003
#: What a pipe raises whose other end is gone, in the midst of a message too.
GONE = (EOFError, OSError, pickle.UnpicklingError)

_START = "import sys; sys.path[:] = {path!r}; from scanner.engine.workers.processes import serve; serve({descriptor})"


class WorkerConfig(NamedTuple):
    """What a helper needs to know once."""

    asks: tuple[Ask, ...]
    secret: bytes
    credentials: tuple[Credential, ...]
    timeout: float
    host_rate: int
    forbidden: frozenset[int]


class Job(NamedTuple):
    """One conversation to have."""

    number: int
    ask: int
    address: str
    deadline: float
    open_ports: tuple[int, ...]
    findings: tuple[tuple[str, str], ...]
    note: str
    free_at: float


class RateRequest(NamedTuple):
    """A helper wants to send some packets; the engine answers with a RateGrant of these or a few more."""

    packets: int


class RateGrant(NamedTuple):
    """A helper may send so many packets, from a time on."""

    start: float
    packets: int


class JobResult(NamedTuple):
    """A conversation has ended; when its host may be sent to again; what the helper has used of its core."""

    number: int
    heard: ConversationResult
    free_at: float
    used: float


def worker_processes_for(there: int) -> int:
    """How many helpers so many hosts and this machine's cores are worth; none on a machine with one core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, cores, there // WORTH) if cores > 1 else 0


class WorkerProcess:
    """One helper process, seen from the engine. Raises what pickle raises for conversations that it cannot carry."""

    def __init__(self, setting: WorkerConfig) -> None:
        hello = pickle.dumps(setting)
        ours, theirs = socket.socketpair()
        start = _START.format(path=[os.getcwd(), *sys.path], descriptor=theirs.fileno())
        self.process = subprocess.Popen(
            [sys.executable, "-c", start], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, close_fds=True
        )
        theirs.close()
        self.pipe = Connection(ours.detach())
        self.pipe.send_bytes(hello)
        self.jobs: dict[int, tuple[Host, Ask]] = {}
        self.used = self.used_before = 0.0
        self.limit = FIRST

    def fileno(self) -> int:
        return self.pipe.fileno()

    def begin(self, job: Job, host: Host, ask: Ask) -> None:
        """Hand over one conversation. Raises OSError when the helper is gone."""
        self.pipe.send(job)
        self.jobs[job.number] = (host, ask)

    def read(self, rate_limiter: RateLimiter, now: float) -> list[tuple[Host, Ask, JobResult]]:
        """Answer requests for turns, and return what has ended. Raises what `GONE` names when the helper is gone, once
        all that it told before is returned.
        """
        ended: list[tuple[Host, Ask, JobResult]] = []
        try:
            while self.pipe.poll():
                match self.pipe.recv():
                    case RateRequest(packets):
                        granted = max(packets, int(rate_limiter.rate * LEASE))
                        self.pipe.send(RateGrant(rate_limiter.reserve(granted, now), granted))
                    case JobResult() as one:
                        host, ask = self.jobs.pop(one.number)
                        self.used = one.used
                        ended.append((host, ask, one))
        except GONE:
            if not ended:  # the pipe says so again
                raise
        return ended

    def close(self) -> None:
        """End it; it sees the pipe close."""
        self.pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(FAREWELL)
            return
        self.process.kill()
        self.process.wait()


# -- the helper's side ------------------------------------------------------------------------------------------------


def serve(descriptor: int) -> None:
    """The helper: conversations until the pipe closes."""
    for stop in (signal.SIGINT, signal.SIGTERM):  # they go to the whole group; the engine decides when to stop
        signal.signal(stop, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    pipe = Connection(descriptor)
    try:
        setting: WorkerConfig = pickle.loads(pipe.recv_bytes())
        guard.forbid(setting.forbidden)
        load(ask.step for ask in setting.asks)
        with guard.guarded():
            _Worker(pipe, setting).work()
    except (EOFError, OSError):
        pass
    os._exit(0)  # conversations that are under way have nobody to tell


def _sleep_until(when: float) -> None:
    """Not even a sleep of nothing when the time has come: it would hand the interpreter to another thread."""
    left = when - time.monotonic()
    if left > 0:
        time.sleep(left)


class _Worker:
    """One helper's conversations: a thread each, as many as the engine hands over."""

    def __init__(self, pipe: Connection, setting: WorkerConfig) -> None:
        self.pipe, self.setting = pipe, setting
        self.by_number = {ask.number: ask for ask in setting.asks}
        self.cookie = Cookies(setting.secret)
        self.host_limiter = HostRateLimiter(setting.host_rate)
        self.lock = threading.Lock()
        self.turning = threading.Lock()
        self.granted: SimpleQueue[RateGrant] = SimpleQueue()
        self.spare = RateGrant(0.0, 0)  # what nobody has used yet
        self.unused: SimpleQueue[int] = SimpleQueue()  # what was given back
        self.lease = 0  # packets of the last grant: more is not kept, it would go out on top of the rate
        self.idle: list[_WorkerThread] = []

    def work(self) -> None:
        """Until the pipe closes."""
        while True:
            match self.pipe.recv():
                case Job() as job:
                    chair = self.idle.pop() if self.idle else _WorkerThread(self)
                    chair.take(job)
                case RateGrant() as grant:
                    self.granted.put(grant)

    def send(self, message: Any) -> None:
        """One message at a time."""
        with self.lock:
            self.pipe.send(message)

    def start(self, packets: int) -> float:
        """When some packets may go, by the scan's rate."""
        with self.turning:  # one asks at a time: what it gets is for those who wait as well
            start, left = self.spare
            left = max(left, min(self.lease, left + self._given_back()))
            if left < packets:
                self.send(RateRequest(packets - left))
                start, self.lease = self.granted.get()
                left += self.lease
            self.spare = RateGrant(start, left - packets)
            return start

    def _given_back(self) -> int:
        """Packets that conversations did not send after all."""
        packets = 0
        with contextlib.suppress(Empty):
            while True:
                packets += self.unused.get_nowait()
        return packets

    def have(self, job: Job) -> None:
        """One conversation, start to end."""
        self.host_limiter.hold(job.address, job.free_at)

        def turn(port: int, packets: int) -> bool:
            guard.check_port(port)
            now = time.monotonic()
            if max(self.host_limiter.free_at(job.address), now) >= job.deadline:
                return False
            _sleep_until(self.host_limiter.reserve(job.address, packets, now))
            start = self.start(packets)
            if start >= job.deadline:
                return False
            _sleep_until(start)
            return True

        ask = self.by_number[job.ask]
        context = HostContext(
            address=job.address,
            deadline=job.deadline,
            turn=turn,
            cookie=lambda port: self.cookie(job.address, port),
            open_ports=job.open_ports,
            findings=list(job.findings),
            note=job.note,
            credentials=self.setting.credentials,
            unused=self.unused.put,
            timeout=self.setting.timeout,
        )
        heard = converse_safely(ask, context)
        free_at = self.host_limiter.free_at(job.address)
        self.host_limiter.forget(job.address)
        self.send(JobResult(job.number, heard, free_at, time.process_time()))


class _WorkerThread:
    """A thread that has conversations, kept for the next one."""

    def __init__(self, desk: _Worker) -> None:
        self.desk = desk
        self.job: Job | None = None
        self.bell = threading.Semaphore(0)
        threading.Thread(target=self._sit, daemon=True).start()

    def take(self, job: Job) -> None:
        """Have this conversation next."""
        self.job = job
        self.bell.release()

    def _sit(self) -> None:
        while True:
            self.bell.acquire()
            if self.job is not None:
                try:
                    self.desk.have(self.job)
                except OSError:  # the engine is gone
                    os._exit(0)
            self.desk.idle.append(self)


class ProcessPool:
    """All helpers of a run. `begin` when there is `room`; `attend` when a helper has something to say."""

    def __init__(self, most: int) -> None:
        self.helpers: list[WorkerProcess] = []
        self.most = most
        self._number = 0
        self._looked = time.monotonic()

    def add(self, setting: WorkerConfig) -> WorkerProcess:
        """Start one more helper. Raises what pickle raises for conversations that it cannot carry, and OSError."""
        helper = WorkerProcess(setting)
        self.helpers.append(helper)
        return helper

    @property
    def room(self) -> int:
        """How many conversations can begin at once."""
        most = self.most // max(1, len(self.helpers))
        return sum(max(0, min(most, helper.limit) - len(helper.jobs)) for helper in self.helpers)

    @property
    def running(self) -> int:
        """Conversations under way."""
        return sum(len(helper.jobs) for helper in self.helpers)

    def begin(self, host: Host, ask: Ask, deadline: float, free_at: float) -> None:
        """Have a conversation in the helper with the most room. Raises OSError when that helper is gone."""
        helper = max(self.helpers, key=lambda one: one.limit - len(one.jobs))
        self._number += 1
        helper.begin(
            Job(
                self._number, ask.number, host.address, deadline, host.open_ports, tuple(host.findings),
                host.notes.get(ask.discovery, ""), free_at,
            ),
            host,
            ask,
        )  # fmt: skip

    def lend(self, now: float, busy: float, calm: float) -> None:
        """Fewer conversations at once where a helper's core is full: they would only wait, and time out."""
        seconds = now - self._looked
        self._looked = now
        for helper in self.helpers:
            if not helper.used_before:  # what it took to come is no share
                helper.used_before = helper.used
                continue
            share = (helper.used - helper.used_before) / seconds if seconds > 0 else 0.0
            helper.used_before = helper.used
            if share > busy:
                helper.limit = max(4, helper.limit * 3 // 4)
            elif share < calm and len(helper.jobs) >= helper.limit:
                helper.limit = min(max(4, self.most // len(self.helpers)), helper.limit + 4)

    def lose(self, helper: WorkerProcess) -> list[tuple[Host, Ask]]:
        """A helper is gone: what it had under way."""
        self.helpers.remove(helper)
        helper.close()
        return list(helper.jobs.values())

    def close(self) -> None:
        """End all helpers."""
        helpers, self.helpers = self.helpers, []
        for helper in helpers:
            with contextlib.suppress(OSError):
                helper.pipe.close()
        for helper in helpers:
            helper.close()
