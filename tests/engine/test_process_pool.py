"""The helper's side of the scan's rate: turns are granted a few at once, and none is used twice."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from selectors import EVENT_READ, DefaultSelector
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Exchange, Transport
from scanner.engine import guard
from scanner.engine.hosts.next_step import Ask, Host
from scanner.engine.rate.limits import HostRateLimiter, RateLimiter
from scanner.engine.workers.api import ConversationResult
from scanner.engine.workers.pool import REST, WorkerPool
from scanner.engine.workers.processes import (
    GONE,
    LEASE,
    JobResult,
    RateGrant,
    RateRequest,
    WorkerConfig,
    WorkerProcess,
    _Worker,
)
from scanner.engine.workers.threads import ThreadPool

RATE = 20_000
ASK = Ask(0, "http", Exchange(Transport.HTTP, (80,), lambda peer: (yield)))


class Engine:
    """The engine's end of the pipe, with a clock that stands still: the rate_limiter alone says when."""

    def __init__(self) -> None:
        self.rate_limiter = RateLimiter(RATE)
        self.asked: list[int] = []
        self.granted: list[RateGrant] = []
        self.desk = _Worker(cast(Any, self), WorkerConfig((), b"secret", (), 1.0, 200, guard.never()))

    def send(self, turn: RateRequest) -> None:
        packets = max(turn.packets, int(RATE * LEASE))
        self.asked.append(turn.packets)
        self.granted.append(RateGrant(self.rate_limiter.reserve(packets, 0.0), packets))
        self.desk.granted.put(self.granted[-1])


def test_a_helper_asks_once_for_several_turns() -> None:
    engine = Engine()
    starts = [engine.desk.start(12) for _ in range(10)]
    assert len(engine.asked) == 2
    assert starts == sorted(starts)
    assert starts[-1] == engine.granted[-1].start


def test_many_conversations_at_once_send_no_more_than_was_granted() -> None:
    engine = Engine()
    with ThreadPoolExecutor(16) as pool:
        starts = list(pool.map(lambda number: engine.desk.start(8 + number % 5), range(400)))
    used = sum(8 + number % 5 for number in range(400))
    granted = sum(grant.packets for grant in engine.granted)
    assert used <= granted < used + int(RATE * LEASE)
    assert max(starts) <= granted / RATE


def test_a_turn_of_more_packets_than_is_usual_is_granted_whole() -> None:
    engine = Engine()
    engine.desk.start(500)
    assert engine.granted == [RateGrant(engine.granted[0].start, 500)]


def test_what_was_not_sent_is_used_next_and_never_more_than_one_grant() -> None:
    engine = Engine()
    engine.desk.start(12)
    left = engine.granted[0].packets - 12
    engine.desk.unused.put(5)
    engine.desk.start(left + 5)
    assert len(engine.asked) == 1
    for _ in range(1_000):
        engine.desk.unused.put(12)
    engine.desk.start(engine.granted[0].packets)
    assert len(engine.asked) == 1
    engine.desk.start(1)
    assert len(engine.asked) == 2


def departed(*told: JobResult) -> WorkerProcess:
    """A helper that spoke with hosts 1 and 2, told some of it, and went in the midst of a message."""
    ours, theirs = socket.socketpair()
    helper = WorkerProcess.__new__(WorkerProcess)  # its process has gone
    helper.process = cast(Any, SimpleNamespace(wait=lambda seconds: 0))
    helper.pipe = Connection(ours.detach())
    helper.jobs = {number: (Host(f"10.0.0.{number}", number, [ASK]), ASK) for number in (1, 2)}
    with Connection(theirs.detach()) as far:
        for one in told:
            far.send(one)
        far.send_bytes(b"cut off in the m")
    return helper


def test_what_a_helper_told_before_it_went_is_heard_first() -> None:
    told = JobResult(1, ConversationResult(Outcome.ANSWERED), 0.0, 0.1)
    helper = departed(told)
    assert [(host.index, one) for host, _, one in helper.read(RateLimiter(RATE), 0.0)] == [(1, told)]
    assert list(helper.jobs) == [2]
    with pytest.raises(GONE):
        helper.read(RateLimiter(RATE), 0.0)
    helper.pipe.close()


def test_whom_a_helper_spoke_with_when_it_went_is_asked_anew_after_a_rest() -> None:
    with DefaultSelector() as selector:
        talks, ended = ThreadPool(4, lambda host, ask: cast(Any, None)), []
        host_limiter = HostRateLimiter(40)
        crowd = WorkerPool(talks, None, selector, RateLimiter(RATE), host_limiter, lambda host: 1e9, ended.extend, 4, 0)
        helper = departed(JobResult(1, ConversationResult(Outcome.ANSWERED), 0.0, 0.1))
        crowd.processes.helpers.append(helper)
        selector.register(helper, EVENT_READ)
        for host, ask in helper.jobs.values():
            crowd._open[host.index, ask.number] = (host, ask, 1e9)
        began = time.monotonic()
        crowd._heard(helper)
        crowd._heard(helper)
        assert [one.host.index for one in ended] == [1]
        assert [host.index for host, _ in crowd.again] == [2]
        assert host_limiter.free_at("10.0.0.2") >= began + REST
        assert crowd.room == 4
        talks.close(0)
