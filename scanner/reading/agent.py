"""Observations of a recorded SNMP agent: the device itself, and the hosts in its tables. Common to all formats.

The recording of a switch yields its neighbours, as `phonescan switches` reads them from the switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scanner.discovery.switches import interpret, observations
from scanner.discovery.switches.mib import column_of
from scanner.discovery.switches.values import Value
from scanner.reading.items import Context, Item, Problem

#: Most rows of neighbour, forwarding and ARP tables that are kept of one recording.
KEPT = 400_000
_OF_OTHERS = ("lldp.", "lldp2.", "cdp.", "mikrotik.", "tplink.", "qfdb.", "fdb.", "arp.", "neighbour.")


class Tables:
    """The rows of a recording that contain other hosts."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, Value]] = []
        self._relevant = False

    def add(self, oid: str, value: Value) -> None:
        """Keep a row of a column that `phonescan switches` reads."""
        place = column_of(oid)
        if place is not None and len(self._rows) < KEPT:
            self._rows.append((oid, value))
            self._relevant = self._relevant or place[0].startswith(_OF_OTHERS)

    def observations(self, context: Context, address: str | None) -> Iterator[Item]:
        """Observations of the hosts in the tables of the agent; none for an agent without such tables."""
        if not self._relevant:
            return
        found = interpret(self._rows, address=address or context.name)
        yield from observations(found, address or context.name, time=context.time)
        if found.unresolved:
            yield Problem(0, f"{found.unresolved} neighbours have neither mac nor address and cannot be distinguished")


def read_rows(
    rows: Iterable[tuple[str, Value] | Problem],
    context: Context,
    own: Callable[[str], bool],
    device: Callable[[dict[str, Value], Context], Iterator[Item]],
    address_of: Callable[[Iterable[tuple[str, Value]]], str | None],
    kept: int,
) -> Iterator[Item]:
    """The device's own observations, then those of the hosts in its tables; problems in the order of the rows."""
    values: dict[str, Value] = {}
    tables = Tables()
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        tables.add(*row)
        if own(row[0]) and len(values) < kept:
            values.setdefault(*row)
    yield from device(values, context)
    yield from tables.observations(context, context.address or address_of(values.items()))
