"""Observations of one row of a console's table, in the form in which `interpret` has those of SNMP."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.core.model import Observation
from scanner.core.text import bounded
from scanner.reading.items import Context

#: Facts of one subject: address, mac, and field with value.
Facts = list[tuple[str, str]]


def row(
    switch: str, context: Context, table: str, mac: str | None, ip: str | None, facts: Facts
) -> Iterator[Observation]:
    """The facts of a row; `table` is "fdb Gi1/0/1" or "arp", `switch` its name as one word."""
    source = f"switches {switch} {table}"
    for field, value in facts:
        yield Observation(time=context.time, ip=ip, mac=mac, field=field, value=bounded(value), source=source)


def place(switch: str, port: str, method: str, vlan: str | None) -> Facts:
    """The facts of a place, as those of a row of SNMP."""
    facts = [("switch.name", switch), ("switch.port", port), ("switch.port-method", method)]
    return [*facts, ("switch.vlan", vlan)] if vlan else facts


def table_of(kind: str, port: str) -> str:
    """The row of a table at a port, as sources name it."""
    return f"{kind} {'-'.join(port.split()) or '-'}"
