"""A recorded SNMP agent, whatever format its rows came in: what it says of itself, and what it knows of others.

A switch's recording gives its neighbours, as `phonescan switches` would have read them from the switch itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scanner.core.model import Observation
from scanner.core.text import bounded
from scanner.discovery.switches import interpret
from scanner.discovery.switches.mib import column_of
from scanner.discovery.switches.values import Value
from scanner.reading.items import Context, Item, Problem

#: Rows of neighbour, forwarding and ARP tables that are kept of one recording.
KEPT = 400_000
_OF_OTHERS = ("lldp.", "lldp2.", "cdp.", "mikrotik.", "tplink.", "qfdb.", "fdb.", "arp.", "neighbour.")


class Tables:
    """Gathers the rows that tell of others while a recording is read."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, Value]] = []
        self._tells = False

    def add(self, oid: str, value: Value) -> None:
        """Keep a row if a harvest asks for its column."""
        place = column_of(oid)
        if place is not None and len(self._rows) < KEPT:
            self._rows.append((oid, value))
            self._tells = self._tells or place[0].startswith(_OF_OTHERS)

    def observations(self, context: Context, address: str | None) -> Iterator[Item]:
        """What the agent knows of others, as observations; nothing for an agent without such tables."""
        if not self._tells:
            return
        told = interpret(self._rows, address=address or context.name)
        for sighting in told.sightings:
            yield Observation(
                time=context.time,
                ip=sighting.ip,
                mac=sighting.mac,
                field=sighting.field,
                value=bounded(sighting.value),
                source=f"switches {address or context.name} {sighting.row}",
            )
        if told.unresolved:
            yield Problem(0, f"{told.unresolved} neighbours have neither mac nor address and cannot be told apart")


def read_rows(
    rows: Iterable[tuple[str, Value] | Problem],
    context: Context,
    own: Callable[[str], bool],
    device: Callable[[dict[str, Value], Context], Iterator[Item]],
    address_of: Callable[[Iterable[tuple[str, Value]]], str | None],
    kept: int,
) -> Iterator[Item]:
    """The device's own observations, then what it knows of others; problems as they come."""
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
