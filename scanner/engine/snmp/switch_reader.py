"""Reads the tables of many switches concurrently, one thread each, so that a slow one does not delay another.

A switch that is slow, loops, never ends a table or stops responding costs its own time budget and nothing else; what
was read until then is kept and marked as partial.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from threading import BoundedSemaphore, Event
from typing import NamedTuple, TypeVar

from scanner.core.budget import AGENT_SHARE, LARGE_AGENTS
from scanner.core.errors import EngineError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.engine.os.allocator import return_memory
from scanner.engine.snmp.session import LOOK, PORT, Agent, agents_of
from scanner.engine.snmp.walk import (
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

#: Switches read at the same time.
SIDE_BY_SIDE = 24
_SYSTEM = ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0")
_CISCO = "1.3.6.1.4.1.9."
#: VLANs of access ports and voice VLANs (CISCO-VLAN-MEMBERSHIP-MIB): only those have phones to look for. Where it
#: lists none, all that exist (CISCO-VTP-MIB vtpVlanState); the second part: whether the VLAN is in the index.
_VLANS = (
    ("1.3.6.1.4.1.9.9.68.1.2.2.1.2", False),
    ("1.3.6.1.4.1.9.9.68.1.5.1.1.1", False),
    ("1.3.6.1.4.1.9.9.46.1.3.1.1.2", True),
)
#: VLANs of FDDI and token ring, which every IOS lists and none has.
_RESERVED = frozenset({1002, 1003, 1004, 1005})
#: VLAN contexts that are read of one switch.
CONTEXTS = 64


@dataclass(frozen=True, slots=True)
class SwitchPace:
    """The limits of one switch: seconds between two requests, for one reply, and for the whole switch."""

    gap: float = 0.002
    timeout: float = 2.0
    budget: float = 60.0


_T = TypeVar("_T")
_Walk = Generator[WalkRequest, WalkReply | None, bool]


@dataclass(slots=True)
class _Clock:
    """When the reading of one switch ends, on the monotonic clock; later by what it waited for other switches."""

    end: float


class LargeAgents:
    """Bounds the rows that agents hold at once: `share` octets each, and more for `most` of them at a time.

    The others wait between two requests, for `patience` seconds at most. An agent counts until its rows have been taken
    over (`release`).
    """

    def __init__(self, most: int, share: int, patience: float) -> None:
        self._free, self._share, self._patience = BoundedSemaphore(most), share, patience
        self._held: dict[str, int] = {}
        self._large: set[str] = set()

    def room(self, address: str, stopped: Callable[[], bool], clock: _Clock, octets: int) -> bool:
        """Wait until an agent may hold so many octets more; False where it is not permitted in time."""
        held = self._held[address] = self._held.get(address, 0) + octets
        if held <= self._share or address in self._large:
            return True
        began = time.monotonic()
        while not self._free.acquire(timeout=LOOK):
            if stopped() or time.monotonic() - began > self._patience:
                return False
        clock.end += time.monotonic() - began
        self._large.add(address)
        return True

    def release(self, address: str) -> None:
        """The rows of an agent were taken over or dropped."""
        self._held.pop(address, None)
        if address in self._large:
            self._large.discard(address)
            self._free.release()


class SwitchRead(NamedTuple):
    """The tables of one switch: rows (OID, value), tables not read to their end, outcome, and a note in words."""

    address: str
    rows: tuple[Row, ...]
    partial: tuple[str, ...]
    outcome: Outcome
    note: str = ""
    version: str = ""
    requests: int = 0


def read_switches(
    addresses: Iterable[str],
    tables: Sequence[TableRequest],
    credentials_of: Callable[[str], tuple[Credential, ...]],
    *,
    pace: SwitchPace,
    forwarding: Mapping[str, str],
    stopped: Callable[[], bool] = lambda: False,
    port: int = PORT,
) -> Iterator[SwitchRead]:
    """Read `tables` of every switch, in the order in which they finish. `forwarding` is read again in each VLAN
    context of switches that keep one bridge table a VLAN."""
    return_memory()
    large = LargeAgents(LARGE_AGENTS, AGENT_SHARE, 2 * pace.budget)
    left = Event()  # the results are no longer taken: switches that are still being read are not waited for

    def enough() -> bool:
        return left.is_set() or stopped()

    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="switch") as pool:
        pending: set[Future[SwitchRead]] = set()
        waiting = iter(addresses)
        more = True
        try:
            while more or pending:
                while more and len(pending) < SIDE_BY_SIDE * 2 and not stopped():
                    address = next(waiting, None)
                    if address is None:
                        more = False
                        break
                    ways = credentials_of(address)
                    pending.add(pool.submit(read_switch, address, tables, ways, pace, forwarding, enough, port, large))
                if stopped():
                    more = False
                done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                while done:
                    read = done.pop().result()
                    yield read
                    large.release(read.address)  # its rows are dropped
        finally:
            left.set()
            for future in pending:
                future.cancel()


def read_switch(
    address: str,
    tables: Sequence[TableRequest],
    credentials: tuple[Credential, ...],
    pace: SwitchPace,
    forwarding: Mapping[str, str],
    stopped: Callable[[], bool] = lambda: False,
    port: int = PORT,
    large: LargeAgents | None = None,
) -> SwitchRead:
    """Read one switch. Never raises for what the switch does. `large` are the agents whose tables are long."""
    if not credentials:
        return SwitchRead(address, (), (), Outcome.EXCLUDED, "no credential covers it: add one under [[credentials]]")
    clock = _Clock(time.monotonic() + pace.budget)
    room = (lambda octets: True) if large is None else partial(large.room, address, stopped, clock)
    try:
        for _, connect in agents_of(address, credentials, pace.timeout, port, stopped):
            agent = connect()
            try:
                system = agent.send(WalkRequest(Kind.GET, _SYSTEM)) or agent.send(WalkRequest(Kind.GET, _SYSTEM))
                if system is not None:
                    return _read(address, agent, tables, pace, forwarding, clock, stopped, room)
            finally:
                agent.close()
            if stopped() or time.monotonic() > clock.end:
                break
    except EngineError as error:
        return SwitchRead(address, (), (), Outcome.UNREACHABLE, str(error))
    return SwitchRead(address, (), (), Outcome.NO_ANSWER, "it responds to none of the credentials, over v2c, v1 or v3")


def _read(
    address: str,
    agent: Agent,
    tables: Sequence[TableRequest],
    pace: SwitchPace,
    forwarding: Mapping[str, str],
    clock: _Clock,
    stopped: Callable[[], bool],
    room: Callable[[int], bool],
) -> SwitchRead:
    reading, limits = TablesRead(), AgentLimits(bulk=agent.version != "v1", room=room)
    drive = partial(_drive, agent=agent, pace=pace, clock=clock, stopped=stopped)
    note = ""
    try:
        drive(read_tables(tables, reading, limits))
        if reading.truncated:
            note = "it has more rows than are read of one switch"
        elif reading.unresponsive:
            note = "it stopped responding while it was read"
        elif _keeps_tables_by_vlan(reading.rows, forwarding):
            _read_contexts(agent, reading, limits, forwarding, drive)
    except _Cut:
        note = (
            "the reading was interrupted" if stopped() else f"it was not read completely within {pace.budget:g} seconds"
        )
        reading.partial.append("everything after that")
    if limits.budget.refused:
        outcome = Outcome.TRUNCATED
    else:
        outcome = Outcome.TIMED_OUT if note else Outcome.ANSWERED
    return SwitchRead(
        address, tuple(reading.rows), tuple(reading.partial), outcome, note, agent.version, limits.requests
    )


class _Cut(Exception):
    """The budget of a switch is spent, or the user has had enough."""


def _drive(
    steps: Generator[WalkRequest, WalkReply | None, _T],
    agent: Agent,
    pace: SwitchPace,
    clock: _Clock,
    stopped: Callable[[], bool],
) -> _T:
    """Run a walk to its end and return its result. Raises _Cut."""
    try:
        request = next(steps)
        while True:
            started = time.monotonic()
            if started > clock.end or stopped():
                raise _Cut
            reply = agent.send(request)
            if (rest := pace.gap - (time.monotonic() - started)) > 0:
                time.sleep(rest)
            request = steps.send(reply)
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]
    finally:
        steps.close()


def _keeps_tables_by_vlan(rows: list[Row], forwarding: Mapping[str, str]) -> bool:
    """Cisco's IOS keeps one BRIDGE-MIB for each VLAN and no Q-BRIDGE-MIB."""
    cisco = any(oid == _SYSTEM[1] and str(value).startswith(_CISCO) for oid, value in rows)
    return cisco and not any(oid.startswith("1.3.6.1.2.1.17.7.1.2.2.1.2.") for oid, _ in rows)


def _read_contexts(
    agent: Agent,
    reading: TablesRead,
    limits: AgentLimits,
    forwarding: Mapping[str, str],
    drive: Callable[[_Walk], bool],
) -> None:
    """Read the bridge table of each VLAN into `reading`."""
    found: set[int] = set()
    for oid, in_index in _VLANS:
        if in_index and found:
            break
        rows: list[Row] = []
        drive(read_column(oid, rows, limits))
        found |= {int(oid.rpartition(".")[2]) if in_index else value for oid, value in rows if isinstance(value, int)}
    vlans = sorted(vlan for vlan in found if 0 < vlan < 4095 and vlan not in _RESERVED)
    for number, vlan in enumerate(vlans):
        context = str(vlan)
        probe = WalkRequest(Kind.NEXT, (next(iter(forwarding.values())),), 0, context)
        # One context without a reply: the others would cost a timeout each.
        if number >= CONTEXTS or limits.budget.refused or agent.send(probe) is None:
            reading.partial.append(f"forwarding in VLAN {context} and after it")
            return
        whole = [drive(read_column(oid, reading.rows, limits, context)) for oid in forwarding.values()]
        if not all(whole):
            reading.partial.append(f"forwarding in VLAN {context}")
