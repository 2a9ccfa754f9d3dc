"""Switches and their ports: the devices that are connected to each, by the tables and announcements of switches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanner.inventory.db.schema import ORDER
from scanner.inventory.db.sql import JUDGED, placeholders
from scanner.inventory.queries.filters import DEVICE_COLUMNS, Filters, Row, rows, selected, where
from scanner.inventory.store import Inventory

_ALL = Filters()
#: Digits of a port's name that are compared as a number.
_DIGITS = 18


class PortPage(NamedTuple):
    """A page of the devices of a switch by port: the page and its rows, with the numbers of all devices and ports.

    `at` is the number of devices at each port of the page.
    """

    page: int
    rows: list[Row]
    devices: int
    ports: int
    at: dict[str | None, int]


def switches(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """The switches of a filter by site and name, with their ports and devices: switch, ports, devices by compliance.

    Names that differ in case alone are one switch. The row without a switch, the last of its site, counts the devices
    that no switch reports.
    """
    condition, values = where(filters)
    yield from rows(
        inventory,
        "SELECT min(d.site) AS site, min(d.switch) AS switch, count(DISTINCT d.switch_port) AS ports,"
        " count(DISTINCT d.vlan) AS vlans, count(*) AS devices,"
        " sum(a.compliance = 'compliant') AS compliant, sum(a.compliance = 'noncompliant') AS noncompliant,"
        " sum(a.compliance = 'review') AS review, sum(a.compliance = 'none') AS \"none\","
        f" max(d.last_seen) AS last_seen {JUDGED} WHERE {condition}"
        " GROUP BY d.site COLLATE NOCASE, d.switch COLLATE NOCASE"
        " ORDER BY d.site COLLATE NOCASE, d.switch IS NULL, d.switch COLLATE NOCASE",
        values,
    )


def port_page(
    inventory: Inventory, filters: Filters, *, limit: int, page: int = 1, port: str | None = None
) -> PortPage:
    """The devices of switches by the order of their ports (Gi1/0/2 before Gi1/0/10), `limit` of them.

    A page beyond the last is the last. `port` selects the page that begins this port, in place of `page`.
    """
    condition, values = where(filters)
    found = [
        (row["switch"], row["switch_port"], row["id"])
        for row in rows(
            inventory, f"SELECT d.id, d.switch, d.switch_port {JUDGED} WHERE {condition} ORDER BY {ORDER}", values
        )
    ]
    found.sort(key=lambda one: (_natural(one[0]), _natural(one[1])))
    ports = {(switch, name) for switch, name, _ in found}
    if port is not None:
        page = next((at // limit + 1 for at, one in enumerate(found) if one[1] == port), 1)
    page = min(page, max(1, -(-len(found) // limit)))
    here = found[(page - 1) * limit : page * limit]
    names = {name for _, name, _ in here}
    at: dict[str | None, int] = {}
    for _, name, _ in found:
        if name in names:
            at[name] = at.get(name, 0) + 1
    return PortPage(page, _devices(inventory, [number for _, _, number in here]), len(found), len(ports), at)


def without_switch(inventory: Inventory, filters: Filters, *, limit: int, page: int = 1) -> PortPage:
    """A page of the devices that no switch reports; a page beyond the last is the last."""
    condition, values = where(filters)
    condition += " AND d.switch IS NULL"
    count = next(iter(rows(inventory, f"SELECT count(*) AS devices {JUDGED} WHERE {condition}", values)))["devices"]
    page = min(page, max(1, -(-count // limit)))
    statement = f"SELECT {selected(DEVICE_COLUMNS)} {JUDGED} WHERE {condition} ORDER BY {ORDER} LIMIT ? OFFSET ?"
    return PortPage(page, list(rows(inventory, statement, [*values, limit, (page - 1) * limit])), count, 0, {})


def _devices(inventory: Inventory, numbers: Sequence[int]) -> list[Row]:
    """The devices of these numbers, in their order."""
    statement = f"SELECT {selected(DEVICE_COLUMNS)} {JUDGED} WHERE d.id IN ({placeholders(numbers)})"
    found = {row["id"]: row for row in rows(inventory, statement, numbers)}
    return [found[number] for number in numbers if number in found]


def _natural(name: str | None) -> tuple[bool, list[tuple[int, str]]]:
    """A key that sorts names with their numbers by value, and None last."""
    parts = re.findall(r"[0-9]+|[^0-9]+", (name or "").casefold())
    return name is None, [(int(part[:_DIGITS]), "") if part[0] in "0123456789" else (-1, part) for part in parts]
