"""Many switches side by side: each is read by one thread at its own pace, and none can hold up another.

A switch that is slow, loops, never ends a table or falls silent costs its own time budget and nothing else; what it
told until then is kept and said to be partial.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, NamedTuple

from scanner.core.errors import EngineError
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.engine.agent import PORT, Agent, agents_of
from scanner.engine.walk import Kind, Manner, Reading, Reply, Request, Row, read_column, read_tables

#: Switches read at the same time.
SIDE_BY_SIDE = 24
_SYSTEM = ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0")
_CISCO = "1.3.6.1.4.1.9."
#: VLANs of access ports and voice VLANs (CISCO-VLAN-MEMBERSHIP-MIB): only those have phones to look for.
_VLAN_MEMBERSHIP = ("1.3.6.1.4.1.9.9.68.1.2.2.1.2", "1.3.6.1.4.1.9.9.68.1.5.1.1.1")
#: VLAN contexts that are read of one switch.
CONTEXTS = 64


@dataclass(frozen=True, slots=True)
class SwitchPace:
    """How a switch is treated: seconds between two requests, for one answer, and for the whole switch."""

    gap: float = 0.002
    timeout: float = 2.0
    budget: float = 60.0


class SwitchRead(NamedTuple):
    """What one switch told: rows (OID, value), tables not read to their end, outcome, and a note in words."""

    address: str
    rows: tuple[Row, ...]
    partial: tuple[str, ...]
    outcome: Outcome
    note: str = ""
    spoken: str = ""
    requests: int = 0


Tables = Sequence[tuple[str, Mapping[str, str]]]


def read_switches(
    addresses: Iterable[str],
    tables: Tables,
    credentials_of: Callable[[str], tuple[Credential, ...]],
    *,
    pace: SwitchPace,
    forwarding: Mapping[str, str],
    stopped: Callable[[], bool] = lambda: False,
    port: int = PORT,
) -> Iterator[SwitchRead]:
    """Read `tables` of every switch, in the order in which they finish. `forwarding` is read again in each VLAN
    context of switches that keep one bridge table a VLAN."""
    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="switch") as pool:
        pending: set[Future[SwitchRead]] = set()
        waiting = iter(addresses)
        more = True
        while more or pending:
            while more and len(pending) < SIDE_BY_SIDE * 2 and not stopped():
                address = next(waiting, None)
                if address is None:
                    more = False
                    break
                pending.add(
                    pool.submit(read_switch, address, tables, credentials_of(address), pace, forwarding, stopped, port)
                )
            if stopped():
                more = False
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)


def read_switch(
    address: str,
    tables: Tables,
    credentials: tuple[Credential, ...],
    pace: SwitchPace,
    forwarding: Mapping[str, str],
    stopped: Callable[[], bool] = lambda: False,
    port: int = PORT,
) -> SwitchRead:
    """Read one switch. Never raises for what the switch does."""
    if not credentials:
        return SwitchRead(address, (), (), Outcome.EXCLUDED, "no credential covers it: add one under [[credentials]]")
    end = time.monotonic() + pace.budget
    try:
        for _, connect in agents_of(address, credentials, pace.timeout, port):
            agent = connect()
            try:
                system = agent.ask(Request(Kind.GET, _SYSTEM)) or agent.ask(Request(Kind.GET, _SYSTEM))
                if system is not None:
                    return _read(address, agent, tables, pace, forwarding, end, stopped)
            finally:
                agent.close()
            if stopped() or time.monotonic() > end:
                break
    except EngineError as error:
        return SwitchRead(address, (), (), Outcome.UNREACHABLE, str(error))
    return SwitchRead(address, (), (), Outcome.NO_ANSWER, "it answers none of the credentials, over v2c, v1 or v3")


def _read(
    address: str,
    agent: Agent,
    tables: Tables,
    pace: SwitchPace,
    forwarding: Mapping[str, str],
    end: float,
    stopped: Callable[[], bool],
) -> SwitchRead:
    reading, manner = Reading(), Manner(bulk=agent.spoken != "v1")
    steps = read_tables(tables, reading, manner)
    cut = not _drive(steps, agent, pace, end, stopped)
    if not cut and not reading.silent and _keeps_tables_by_vlan(reading.rows, forwarding):
        cut = not _read_contexts(agent, reading, manner, pace, forwarding, end, stopped)
    if cut:
        reading.partial.append(f"all that comes after the first {pace.budget:g} seconds")
    outcome = Outcome.TIMED_OUT if cut or reading.silent else Outcome.ANSWERED
    note = "it ran out of its time budget" if cut else "it fell silent while it was read" if reading.silent else ""
    return SwitchRead(
        address, tuple(reading.rows), tuple(reading.partial), outcome, note, agent.spoken, manner.requests
    )


def _drive(
    steps: Generator[Request, Reply | None, Any],
    agent: Agent,
    pace: SwitchPace,
    end: float,
    stopped: Callable[[], bool],
) -> bool:
    """Run a walk to its end; False when the budget ended it."""
    try:
        request = next(steps)
        while time.monotonic() < end and not stopped():
            started = time.monotonic()
            reply = agent.ask(request)
            time.sleep(max(0.0, pace.gap - (time.monotonic() - started)))
            request = steps.send(reply)
    except StopIteration:
        return True
    steps.close()
    return False


def _keeps_tables_by_vlan(rows: list[Row], forwarding: Mapping[str, str]) -> bool:
    """Cisco's IOS keeps one BRIDGE-MIB for each VLAN and no Q-BRIDGE-MIB."""
    cisco = any(oid == _SYSTEM[1] and str(value).startswith(_CISCO) for oid, value in rows)
    return cisco and not any(oid.startswith("1.3.6.1.2.1.17.7.1.2.2.1.2.") for oid, _ in rows)


def _read_contexts(
    agent: Agent,
    reading: Reading,
    manner: Manner,
    pace: SwitchPace,
    forwarding: Mapping[str, str],
    end: float,
    stopped: Callable[[], bool],
) -> bool:
    members: list[Row] = []
    for oid in _VLAN_MEMBERSHIP:
        if not _drive(read_column(oid, members, manner), agent, pace, end, stopped):
            return False
    vlans = sorted({value for _, value in members if isinstance(value, int) and 0 < value < 4095})
    for vlan in vlans[:CONTEXTS]:
        context = str(vlan)
        probe = agent.ask(Request(Kind.NEXT, (next(iter(forwarding.values())),), 0, context))
        if probe is None:  # one context that stays silent: the others would cost a timeout each
            reading.partial.append(f"forwarding in VLAN {context} and after it")
            return True
        for oid in forwarding.values():
            if not _drive(read_column(oid, reading.rows, manner, context), agent, pace, end, stopped):
                return False
    return True
