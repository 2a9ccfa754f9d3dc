"""The worker's side of the scan's rate: packets are granted several at once, and none is used twice."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from selectors import EVENT_READ, DefaultSelector
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Exchange, Transport
from scanner.engine import guard
from scanner.engine.hosts.next_step import DeclaredExchange, Host
from scanner.engine.rate.limits import HostRateLimiter, RateLimiter
from scanner.engine.workers.api import ConversationResult
from scanner.engine.workers.child import _Worker
from scanner.engine.workers.messages import JobResult, RateGrant, RateRequest, WorkerConfig
from scanner.engine.workers.pool import REST, WorkerPool
from scanner.engine.workers.processes import CLOSED, LEASE, WorkerProcess
from scanner.engine.workers.threads import ThreadPool

RATE = 20_000
ASK = DeclaredExchange(0, "http", Exchange(Transport.HTTP, (80,), lambda peer: (yield)))


class Engine:
    """The engine's end of the socket, with a clock that stands still: the rate limiter alone determines the time."""

    def __init__(self) -> None:
        self.rate_limiter = RateLimiter(RATE)
        self.requested: list[int] = []
        self.granted: list[RateGrant] = []
        self.worker = _Worker(cast(Any, self), WorkerConfig((), b"secret", (), 1.0, 200, guard.never()))

    def send(self, request: RateRequest) -> None:
        packets = max(request.packets, int(RATE * LEASE))
        self.requested.append(request.packets)
        self.granted.append(RateGrant(self.rate_limiter.reserve(packets, 0.0), packets))
        self.worker._grants.put(self.granted[-1])


def test_a_worker_requests_packets_for_several_exchanges_at_once() -> None:
    engine = Engine()
    starts = [engine.worker._reserve(12) for _ in range(10)]
    assert len(engine.requested) == 2
    assert starts == sorted(starts)
    assert starts[-1] == engine.granted[-1].start


def test_concurrent_conversations_send_no_more_than_was_granted() -> None:
    engine = Engine()
    with ThreadPoolExecutor(16) as pool:
        starts = list(pool.map(lambda number: engine.worker._reserve(8 + number % 5), range(400)))
    used = sum(8 + number % 5 for number in range(400))
    granted = sum(grant.packets for grant in engine.granted)
    assert used <= granted < used + int(RATE * LEASE)
    assert max(starts) <= granted / RATE


def test_a_request_above_the_lease_is_granted_in_full() -> None:
    engine = Engine()
    engine.worker._reserve(500)
    assert engine.granted == [RateGrant(engine.granted[0].start, 500)]


def test_returned_packets_are_used_next_up_to_one_grant() -> None:
    engine = Engine()
    engine.worker._reserve(12)
    left = engine.granted[0].packets - 12
    engine.worker._unused.put(5)
    engine.worker._reserve(left + 5)
    assert len(engine.requested) == 1
    for _ in range(1_000):
        engine.worker._unused.put(12)
    engine.worker._reserve(engine.granted[0].packets)
    assert len(engine.requested) == 1
    engine.worker._reserve(1)
    assert len(engine.requested) == 2


def ended_worker(*results: JobResult) -> WorkerProcess:
    """A worker with conversations with hosts 1 and 2 that sent some results and ended within a message."""
    ours, theirs = socket.socketpair()
    worker = WorkerProcess.__new__(WorkerProcess)  # its process has ended
    worker.process = cast(Any, SimpleNamespace(wait=lambda seconds: 0))
    worker.pipe = Connection(ours.detach())
    worker.jobs = {number: (Host(f"10.0.0.{number}", number, [ASK]), ASK) for number in (1, 2)}
    with Connection(theirs.detach()) as far:
        for one in results:
            far.send(one)
        far.send_bytes(b"cut off within the m")
    return worker


def test_results_sent_before_a_worker_ended_are_read_first() -> None:
    result = JobResult(1, ConversationResult(Outcome.ANSWERED), 0.0, 0.1)
    worker = ended_worker(result)
    assert [(host.index, one) for host, _, one in worker.read(RateLimiter(RATE), 0.0)] == [(1, result)]
    assert list(worker.jobs) == [2]
    with pytest.raises(CLOSED):
        worker.read(RateLimiter(RATE), 0.0)
    worker.pipe.close()


def test_interrupted_conversations_start_again_after_a_rest() -> None:
    with DefaultSelector() as selector:
        threads, ended = ThreadPool(4, lambda host, exchange: cast(Any, None), Event()), []
        host_limiter = HostRateLimiter(40)
        rate_limiter, deadline = RateLimiter(RATE), lambda host: 1e9
        workers = WorkerPool(threads, None, selector, rate_limiter, host_limiter, deadline, ended.extend, 4, 0)
        worker = ended_worker(JobResult(1, ConversationResult(Outcome.ANSWERED), 0.0, 0.1))
        workers.processes.workers.append(worker)
        selector.register(worker, EVENT_READ)
        for host, exchange in worker.jobs.values():
            workers._open[host.index, exchange.number] = (host, exchange, 1e9)
        began = time.monotonic()
        workers._read(worker)
        workers._read(worker)
        assert [one.host.index for one in ended] == [1]
        assert [host.index for host, _ in workers.retry] == [2]
        assert host_limiter.free_at("10.0.0.2") >= began + REST
        assert workers.room == 4
        threads.close(0)
