"""The helper's side of the scan's rate: turns are granted a few at once, and none is used twice."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, cast

import pytest

from scanner.core.outcomes import Outcome
from scanner.engine import refuse
from scanner.engine.conversation import Heard
from scanner.engine.crew import GONE, LEASE, Ended, Grant, Helper, Setting, Turn, _Desk
from scanner.engine.pacing import Bucket

RATE = 20_000


class Engine:
    """The engine's end of the pipe, with a clock that stands still: the bucket alone says when."""

    def __init__(self) -> None:
        self.bucket = Bucket(RATE)
        self.asked: list[int] = []
        self.granted: list[Grant] = []
        self.desk = _Desk(cast(Any, self), Setting((), b"secret", (), 1.0, 200, refuse.never()))

    def send(self, turn: Turn) -> None:
        packets = max(turn.packets, int(RATE * LEASE))
        self.asked.append(turn.packets)
        self.granted.append(Grant(self.bucket.reserve(packets, 0.0), packets))
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
    assert engine.granted == [Grant(engine.granted[0].start, 500)]


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


def test_what_a_helper_told_before_it_went_is_heard_first() -> None:
    ours, theirs = socket.socketpair()
    helper = Helper.__new__(Helper)  # one whose process has gone
    helper.pipe, helper.jobs = (
        Connection(ours.detach()),
        {1: cast(Any, ("host", "ask")), 2: cast(Any, ("other", "ask"))},
    )
    told = Ended(1, Heard(Outcome.ANSWERED), 0.0, 0.1)
    with Connection(theirs.detach()) as far:
        far.send(told)
        far.send_bytes(b"cut off in the m")
    assert helper.read(Bucket(RATE), 0.0) == [("host", "ask", told)]
    assert helper.jobs == {2: ("other", "ask")}
    with pytest.raises(GONE):
        helper.read(Bucket(RATE), 0.0)
    helper.pipe.close()
