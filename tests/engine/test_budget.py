"""Budgets where bytes come in: what fits is kept, what does not is counted, and nobody else loses by it."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from scanner.core import budget
from scanner.core.budget import ByteBudget, SenderBudgets
from scanner.core.outcomes import Outcome
from scanner.engine.hosts.next_step import Host
from scanner.engine.results import ResultBuffer
from scanner.engine.snmp.switch_reader import LargeAgents, _Clock
from scanner.engine.snmp.walk import AgentLimits, Row, TableRequest, TablesRead, WalkReply, WalkRequest, read_tables


@given(st.integers(0, 1000), st.lists(st.integers(0, 400)))
def test_a_budget_is_never_exceeded_and_what_is_refused_takes_nothing(limit: int, wanted: list[int]) -> None:
    parent = ByteBudget(700)
    own = ByteBudget(limit, parent)
    taken = sum(octets for octets in wanted if own.take(octets))
    assert taken <= min(limit, 700)
    assert (own.left, parent.left) == (limit - taken, 700 - taken)
    own.give_back(taken)
    assert (own.left, parent.left) == (limit, 700)


def test_a_sender_spends_its_own_budget_and_not_that_of_the_others() -> None:
    link = SenderBudgets(10_000, 1_000)
    assert sum(link.take("10.0.0.1", 100) for _ in range(500)) == 10
    assert link.take("10.0.0.2", 100)
    assert link.refused == 1


def test_senders_that_each_have_room_spend_one_budget_of_the_link() -> None:
    link = SenderBudgets(1_000, 400)
    assert [link.take(f"10.0.0.{number}", 300) for number in range(5)] == [True] * 3 + [False] * 2
    assert link.refused == 2


def test_forged_senders_are_bounded_in_number() -> None:
    link = SenderBudgets(1 << 30, 1_000)
    assert sum(link.take(f"10.0.{n >> 8}.{n & 255}", 1) for n in range(budget.SENDERS + 50)) == budget.SENDERS


@given(st.lists(st.tuples(st.sampled_from(["a.x", "b.y"]), st.text(max_size=9_000)), max_size=120))
def test_the_findings_of_a_host_are_bounded_and_those_that_fit_are_whole(findings: list[tuple[str, str]]) -> None:
    host, run = Host("10.0.0.1", 0, []), ByteBudget(20_000)
    news = host.learn(findings, run)
    assert sum(budget.octets_of(value) for _, value in news) <= budget.HOST
    assert set(news) <= set(findings)
    assert host.held <= 20_000
    assert run.left == 20_000 - host.held
    assert host.truncated == (set(news) != set(findings))


def test_a_host_has_a_bounded_number_of_values_of_one_field() -> None:
    host = Host("10.0.0.1", 0, [])
    assert len(host.learn(("sip.user-agent", f"agent {n}") for n in range(1_000))) == budget.HOST_VALUES
    assert host.learn([("http.title", "x")]) == (("http.title", "x"),)
    assert host.truncated


class _Sink:
    def __init__(self) -> None:
        self.batches: list[int] = []

    def observed(self, observations: list[object]) -> None:
        self.batches.append(len(observations))

    def missed(self, missed: list[object]) -> None:
        self.batches += [len(one.note) for one in missed]  # type: ignore[attr-defined]


def test_values_are_passed_on_by_their_octets_and_notes_are_bounded() -> None:
    sink = _Sink()
    results = ResultBuffer(sink)  # type: ignore[arg-type]
    for index in range(600):
        results.observe("http", index, "10.0.0.1", 80, [("http.body", str(index) + "x" * 4_000)], None)
    assert results.full
    results.flush()
    assert not results.full
    results.miss("http", "10.0.0.1", Outcome.TRUNCATED, "/" + "z" * 60_000)
    results.flush()
    assert sink.batches[0] == 600
    assert sink.batches[1] < 1_000
    assert results.outcomes["http", Outcome.TRUNCATED] == 1


def endless(tables: int, value: bytes) -> tuple[TablesRead, AgentLimits]:
    """Tables of an agent whose columns never end."""
    reading, limits = TablesRead(), AgentLimits()
    steps = read_tables([TableRequest(f"t{n}", {"c": f"1.3.6.1.9.{n}"}) for n in range(tables)], reading, limits)
    number, request = 0, next(steps)
    try:
        while True:
            assert isinstance(request, WalkRequest)
            root = ".".join(request.oids[0].split(".")[:6])
            number += 50
            request = steps.send(WalkReply(tuple((f"{root}.{number + n}", value) for n in range(50))))
    except StopIteration:
        return reading, limits


def test_an_agent_whose_tables_never_end_keeps_its_first_rows_within_its_budget() -> None:
    for value in (b"x" * 100, b"x" * 60_000):
        reading, limits = endless(40, value)
        assert reading.truncated
        assert limits.requests < 5_000
        assert 10_000_000 < sum(len(oid) + len(cell) + 100 for oid, cell in reading.rows) <= budget.AGENT  # type: ignore[arg-type]


def test_a_column_that_never_ends_leaves_room_for_the_next_one() -> None:
    reading, _ = endless(2, b"x" * 1_000)
    by_column: dict[str, list[Row]] = {}
    for row in reading.rows:
        by_column.setdefault(row[0].split(".")[5], []).append(row)
    assert set(by_column) == {"0", "1"}


def test_agents_with_long_tables_wait_for_each_other_and_the_others_do_not() -> None:
    large, clock = LargeAgents(1, 1_000, 0.3), _Clock(0.0)

    def never() -> bool:
        return False

    assert large.room("a", never, clock, 5_000)
    assert large.room("b", never, clock, 900)
    assert not large.room("b", never, clock, 900)  # in time
    threading.Timer(0.1, large.release, ["a"]).start()
    assert large.room("b", never, clock, 900)
    assert clock.end > 0
    assert not LargeAgents(0, 0, 60).room("c", lambda: True, clock, 1)
