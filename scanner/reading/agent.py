"""Observations of recorded SNMP agents: the devices themselves, and the hosts in their tables. Common to all formats.

The recording of a switch yields its neighbours, as `phonescan switches` reads them from the switch. A file may contain
several agents: each command, and each further system group with other values, begins one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.core.address import address as core_address
from scanner.core.text import amount, bounded
from scanner.discovery import snmp_objects
from scanner.discovery.switches import interpret, observations
from scanner.discovery.switches.mib import IN_CONTEXT, column_of
from scanner.discovery.switches.values import Value
from scanner.reading import own_device
from scanner.reading.items import Context, Item, Problem
from scanner.reading.walk_command import Walked

#: Most rows that are kept of a file, most octets of their names and values, and most agents in one.
KEPT, OCTETS, AGENTS = 400_000, 64 << 20, 1_000
_OF_OTHERS = ("lldp.", "lldp2.", "cdp.", "mikrotik.", "tplink.", "qfdb.", "fdb.", "arp.", "neighbour.", "med.", "ccm.")

Row = tuple[str, Value]


def wanted(oid: str) -> bool:
    """Whether an object is read at all: the loss of another one is not a problem."""
    return column_of(oid) is not None or own_device.identifies(oid)


class _Agent:
    """The rows of one agent: of the device itself, and of the tables that contain other hosts."""

    def __init__(self, host: str | None = None) -> None:
        self.host = host
        self.own: dict[str, Value] = {}
        self.rows: list[Row] = []
        self.has_others = False

    def add(self, oid: str, value: Value) -> None:
        """Keep a row that is wanted."""
        place = column_of(oid)
        if place is not None:
            self.rows.append((oid, value))
            self.has_others = self.has_others or place[0].startswith(_OF_OTHERS)
        if own_device.identifies(oid):
            self.own.setdefault(oid, value)

    def differs(self, other: _Agent) -> bool:
        """Whether an object of the system group has another value in `other`."""
        both = [oid for oid in snmp_objects.SYSTEM if oid in self.own and oid in other.own]
        return any(_text(self.own[oid]) != _text(other.own[oid]) for oid in both)

    def observations(self, context: Context, address: str | None) -> Iterator[Item]:
        """Observations of the device and of the hosts in its tables, and the problems of both."""
        address = (
            address or own_device.own_address(self.own.items()) or (core_address(self.host) if self.host else None)
        )
        found = interpret(self._taken(), address=address or context.name) if self.has_others else None
        others = found is not None and bool(found.sightings)
        yield from own_device.observations(self.own, context, address, alone=not others)
        if found is not None:
            yield from observations(found, address or context.name, time=context.time)
            if found.lost:
                what = (
                    f"{found.lost:,} rows of {address or context.name} are not read: no switch has as many neighbours"
                )
                yield Problem(0, what)
            if found.unresolved:
                what = f"{amount(found.unresolved, 'neighbour')} without a mac or an address cannot be distinguished"
                yield Problem(0, what, missing=bool(found.phones_unresolved))
            if found.unread:
                what = f"the management addresses of {found.unread} phones are printed as characters"
                yield Problem(0, f"{what}; walk with -On or -Ob")

    def _taken(self) -> Iterator[Row]:
        """The rows, each of which is kept no longer."""
        self.rows.reverse()
        while self.rows:
            yield self.rows.pop()


def read_rows(rows: Iterable[Row | Walked | Problem], context: Context) -> Iterator[Item]:
    """Problems in the order of the rows, then for each agent its own observations and those of the hosts it reports."""
    agents = [_Agent()]
    current = agents[0]
    kept = size = lost = 0
    vlan = ""
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        begins = None
        if isinstance(row, Walked):
            vlan = row.vlan
            current = next((agent for agent in agents if agent.host == row.host), None) or (begins := _Agent(row.host))
        elif wanted(row[0]):
            more = len(row[0]) + (8 if isinstance(row[1], int) else len(row[1]))
            if kept >= KEPT or size + more > OCTETS:
                lost += 1
                continue
            kept, size = kept + 1, size + more
            if row[0] in snmp_objects.SYSTEM and row[0] in current.own and len(agents) < AGENTS:
                current = begins = _Agent(current.host)
            current.add(_in_context(row[0], vlan), row[1])
        if begins:
            agents.append(begins)
    if lost:
        what = f"{lost:,} rows are not read: the file has more than {KEPT:,} rows, or {OCTETS >> 20} MiB of them"
        yield Problem(0, f"{what}; split it")
    agents = _joined(agents)
    for agent in agents:
        yield from agent.observations(context, context.address if len(agents) == 1 else None)


def _in_context(oid: str, vlan: str) -> str:
    """The OID of a row of a VLAN's bridge table, with the VLAN before its index as `phonescan switches` has it."""
    place = column_of(oid) if vlan else None
    if place is None or place[0] not in IN_CONTEXT:
        return oid
    return f"{oid.removesuffix(place[1])}{vlan}@{place[1]}"


def _joined(agents: list[_Agent]) -> list[_Agent]:
    """The agents; those that follow one another are one unless host or system group differ."""
    found = agents[:1]
    for agent in agents[1:]:
        last = next((known for known in reversed(found) if _same_host(known, agent)), None)
        if last is None or last.differs(agent):
            found.append(agent)
            continue
        last.host = last.host or agent.host
        last.rows += agent.rows
        last.has_others |= agent.has_others
        for oid, value in agent.own.items():
            last.own.setdefault(oid, value)
    return found


def _same_host(known: _Agent, agent: _Agent) -> bool:
    return known.host is None or agent.host is None or known.host == agent.host


def _text(value: Value) -> str:
    return bounded(value) if isinstance(value, bytes | str) else str(value)
