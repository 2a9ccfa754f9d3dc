"""Walking a table: what is asked next, whatever the agent does. The agent is the farm's, without a socket."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from scanner.engine.snmp.walk import (
    COLUMN_ROWS,
    FIRST_REPETITIONS,
    AgentLimits,
    Kind,
    Row,
    TableRequest,
    TablesRead,
    WalkReply,
    WalkRequest,
    read_column,
    read_tables,
)
from scanner.testing.agent import AgentFaults, SimulatedAgent, SnmpTable, out_of_order, read_request
from scanner.testing.phones import SnmpRow, integer, octets
from scanner.wire import snmp

COLUMN, OTHER = "1.3.6.1.2.1.17.4.3.1.2", "1.3.6.1.2.1.17.4.3.1.3"
ROWS = tuple(integer(f"{COLUMN}.{n // 200}.{n % 200}", n) for n in range(1000))
PDU = {Kind.GET: snmp.Pdu.GET, Kind.NEXT: snmp.Pdu.GETNEXT, Kind.BULK: snmp.Pdu.GETBULK}
Steps = Generator[WalkRequest, WalkReply | None, object]


class Asked:
    """Runs a walk against an agent and remembers the questions."""

    def __init__(self, rows: tuple[SnmpRow, ...], faults: AgentFaults | None = None, version: int = snmp.V2C) -> None:
        self.agent = SimulatedAgent({"public": SnmpTable(rows)}, faults=faults)
        self.version, self.requests = version, list[WalkRequest]()
        self.loses: Callable[[int], bool] = lambda number: False

    def run(self, steps: Steps, most: int = 20_000) -> object:
        try:
            request = next(steps)
            for _ in range(most):
                self.requests.append(request)
                request = steps.send(self._answer(request))
        except StopIteration as end:
            return end.value
        raise AssertionError(f"no end after {most} questions")

    def _answer(self, request: WalkRequest) -> WalkReply | None:
        if self.loses(len(self.requests)):
            return None
        binds = [(oid, None) for oid in request.oids]
        data = snmp.encode(self.version, b"public", PDU[request.kind], 1 << 24, binds, 0, request.repetitions)
        answered = self.agent.respond(read_request(data))
        if answered is None:
            return None
        message = snmp.decode(answered)
        return WalkReply(message.varbinds, message.error_status)


def values(rows: list[Row]) -> list[object]:
    return [value for _, value in rows]


@pytest.mark.parametrize(
    "faults",
    [
        AgentFaults(),
        AgentFaults(too_big_above=25),
        AgentFaults(too_big_above=10),
        AgentFaults(too_big_above=3),
        AgentFaults(too_big_above=0),
        AgentFaults(no_bulk=True),
    ],
    ids=["well", "tooBig at 26", "tooBig at 11", "tooBig at 4", "tooBig always", "no GETBULK"],
)
def test_a_column_is_read_to_its_end_whatever_size_the_agent_takes(faults: AgentFaults) -> None:
    asked, rows, limits = Asked((*ROWS, integer(f"{OTHER}.1", 1)), faults), list[Row](), AgentLimits()
    assert asked.run(read_column(COLUMN, rows, limits)) is True
    assert values(rows) == list(range(1000))
    assert asked.requests[0].repetitions == FIRST_REPETITIONS


def test_v1_agents_get_getnext_alone() -> None:
    asked, rows = Asked(ROWS, version=snmp.V1), list[Row]()
    assert asked.run(read_column(COLUMN, rows, AgentLimits(bulk=False))) is True
    assert len(rows) == 1000
    assert {request.kind for request in asked.requests} == {Kind.NEXT}


def test_what_worked_is_how_the_next_column_begins() -> None:
    asked, limits = (
        Asked((*ROWS, *(integer(f"{OTHER}.{n}", n) for n in range(1, 99))), AgentFaults(too_big_above=4)),
        AgentLimits(),
    )
    asked.run(read_column(COLUMN, [], limits))
    before = len(asked.requests)
    asked.run(read_column(OTHER, [], limits))
    assert [request.repetitions for request in asked.requests[before:]] == [2] * (len(asked.requests) - before)


def test_one_lost_response_costs_one_retransmission() -> None:
    asked, rows, limits = Asked(ROWS), list[Row](), AgentLimits()
    asked.loses = lambda number: number == 3
    assert asked.run(read_column(COLUMN, rows, limits)) is True
    assert len(rows) == 1000
    assert limits.bulk
    assert limits.repetitions > FIRST_REPETITIONS
    assert asked.requests[2] == asked.requests[3]


@pytest.mark.parametrize("share", [7, 4, 3])
def test_a_lossy_network_gives_the_whole_column(share: int) -> None:
    asked, rows = Asked(ROWS), list[Row]()
    asked.loses = lambda number: number % share == 0
    assert asked.run(read_column(COLUMN, rows, AgentLimits())) is True
    assert values(rows) == list(range(1000))


def test_a_loop_ends_the_column_and_what_was_read_stays() -> None:
    turned = {ROWS[500].oid: ROWS[100].oid}
    asked, rows = Asked(ROWS, AgentFaults(next_of=turned)), list[Row]()
    assert asked.run(read_column(COLUMN, rows, AgentLimits())) is False
    assert values(rows) == list(range(501))


def test_a_response_with_the_requested_object_ends_the_column() -> None:
    asked, rows = Asked(ROWS, AgentFaults(next_of={ROWS[9].oid: ROWS[9].oid})), list[Row]()
    assert asked.run(read_column(COLUMN, rows, AgentLimits())) is False
    assert len(rows) == 10


def test_rows_out_of_order_end_the_column() -> None:
    asked, rows = Asked(ROWS, AgentFaults(next_of=out_of_order(ROWS, COLUMN))), list[Row]()
    assert asked.run(read_column(COLUMN, rows, AgentLimits())) is False
    assert values(rows) == [0, 2]


@pytest.mark.slow
def test_a_table_that_never_ends_is_ended() -> None:
    asked, rows = Asked(ROWS, AgentFaults(endless=(COLUMN,))), list[Row]()
    assert asked.run(read_column(COLUMN, rows, AgentLimits())) is False
    assert COLUMN_ROWS <= len(rows) < COLUMN_ROWS + 100


def test_an_unresponsive_agent_costs_a_bounded_number_of_requests() -> None:
    asked, reading = Asked(ROWS, AgentFaults(silent_after=4)), TablesRead()
    tables = [TableRequest(f"table {n}", {f"c{n}": f"1.3.6.1.9.{n}"}) for n in range(20)]
    asked.run(read_tables([TableRequest("forwarding", {"fdb": COLUMN}), *tables], reading, AgentLimits()))
    assert reading.unresponsive
    assert len(asked.requests) < 40
    assert len(reading.rows) > 50
    assert reading.partial[0] == "forwarding"


def test_a_refused_column_does_not_slow_the_others_down() -> None:
    refused = "1.3.6.1.2.1.9"

    class Refusing(Asked):
        def _answer(self, request: WalkRequest) -> WalkReply | None:
            return WalkReply((), 16) if request.oids[0].startswith(refused) else super()._answer(request)

    asked, reading, limits = Refusing(ROWS), TablesRead(), AgentLimits()
    tables = [
        TableRequest("forwarding", {"a": COLUMN}),
        TableRequest("secret", {"b": refused}),
        TableRequest("again", {"c": COLUMN}),
    ]
    asked.run(read_tables(tables, reading, limits))
    assert reading.partial == ["secret"]
    assert len(reading.rows) == 2000
    assert limits.bulk


def test_a_table_with_an_empty_gate_column_costs_one_request() -> None:
    asked, reading = Asked(ROWS), TablesRead()
    absent = TableRequest("neighbours", {"id": "1.3.6.1.4.1.9.1", "name": "1.3.6.1.4.1.9.2"}, gate="id")
    asked.run(read_tables([absent], reading, AgentLimits()))
    assert len(asked.requests) == 1
    assert reading.partial == []


def test_rows_of_a_vlans_context_are_marked_and_nulls_are_left_out() -> None:
    first = WalkReply(((f"{COLUMN}.1.2", 7), (f"{COLUMN}.1.3", None), (f"{COLUMN}.1.4", b"x")))
    rows: list[Row] = []
    steps = read_column(COLUMN, rows, AgentLimits(), "20")
    assert next(steps).context == "20"
    assert steps.send(first).context == "20"
    with pytest.raises(StopIteration):
        steps.send(WalkReply(((f"{OTHER}.1", 1),)))
    assert rows == [(f"{COLUMN}.20@1.2", 7), (f"{COLUMN}.20@1.4", b"x")]


def test_an_agent_that_responds_again_gets_the_same_requests() -> None:
    asked, reading, limits = Asked(ROWS), TablesRead(), AgentLimits()
    asked.loses = lambda number: 4 < number < 16
    columns = [TableRequest("first", {"a": COLUMN}), TableRequest("second", {"b": COLUMN})]
    asked.run(read_tables(columns, reading, limits))
    assert reading.partial == ["first"]
    assert limits.bulk
    assert values(reading.rows)[-1000:] == list(range(1000))


def test_octets_numbers_and_oids_come_as_they_are() -> None:
    rows, asked = list[Row](), Asked((octets(f"{COLUMN}.1", b"\xff\0"), integer(f"{COLUMN}.2", -5)))
    asked.run(read_column(COLUMN, rows, AgentLimits()))
    assert rows == [(f"{COLUMN}.1", b"\xff\0"), (f"{COLUMN}.2", -5)]
