"""Findings that an administrator should check: a mac on two switches, an address with two macs, new phones, …"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.core.text import seconds
from scanner.identity.freshness import VISIT
from scanner.inventory.db.sql import JUDGED
from scanner.inventory.queries.filters import Filters, Row, rows, where
from scanner.inventory.store import Inventory

_WHO = "d.id AS device, d.site, d.ip, d.mac, d.manufacturer, d.model, a.status, d.switch, d.switch_port"
_ALL = Filters()


def suspect(inventory: Inventory, since: str | None = None, filters: Filters = _ALL) -> Iterator[Row]:
    """Rows of `suspicion`, `what`, and the device. It is new if first seen since `since`, else in the last scan."""
    yield from _new(inventory, since, filters)
    yield from _two_switches(inventory, filters)
    yield from _two_macs(inventory, filters)
    yield from _simple(
        inventory, filters, "locally administered mac", "d.local_mac = 1", "'not assigned by a manufacturer: ' || d.mac"
    )
    yield from _simple(
        inventory,
        filters,
        "serial on several devices",
        "d.serial IN (SELECT serial FROM devices WHERE state = 'present' AND serial IS NOT NULL"
        " GROUP BY serial, manufacturer HAVING count(*) > 1)",
        "'serial ' || d.serial",
    )
    yield from _shared(inventory)


def _simple(inventory: Inventory, filters: Filters, suspicion: str, condition: str, what: str) -> Iterator[Row]:
    wanted, values = where(filters)
    yield from rows(
        inventory,
        f"SELECT ? AS suspicion, {what} AS what, {_WHO} {JUDGED} WHERE d.state = 'present' AND {condition}"
        f" AND {wanted} ORDER BY d.id",
        [suspicion, *values],
    )


def _new(inventory: Inventory, since: str | None, filters: Filters) -> Iterator[Row]:
    wanted, values = where(filters)
    when = "e.time >= ?" if since else "e.scan_id = (SELECT max(scan_id) FROM events WHERE kind = 'appeared')"
    yield from rows(
        inventory,
        f"SELECT 'never seen before' AS suspicion, 'first seen ' || d.first_seen AS what, {_WHO} {JUDGED}"
        f" JOIN events e ON e.device_id = d.id AND e.kind = 'appeared' WHERE {when} AND {wanted} ORDER BY d.id",
        [*([since] if since else []), *values],
    )


def _two_switches(inventory: Inventory, filters: Filters) -> Iterator[Row]:
    wanted, values = where(filters)
    found = rows(
        inventory,
        f"SELECT {_WHO}, group_concat(o.value || char(31) || o.last_seen, char(30)) AS seen {JUDGED}"
        " JOIN observations o ON o.subject_id = d.id AND o.field = 'switch.name'"
        f" WHERE d.state = 'present' AND {wanted} GROUP BY d.id HAVING count(DISTINCT o.value) > 1 ORDER BY d.id",
        values,
    )
    for row in found:
        names = _newest(row.pop("seen"))
        if len(names) > 1:
            yield {"suspicion": "on several switches", "what": ", ".join(names), **row}


def _two_macs(inventory: Inventory, filters: Filters) -> Iterator[Row]:
    wanted, values = where(filters)
    found = rows(
        inventory,
        "WITH twice AS (SELECT ip, site, group_concat(mac || char(31) || last_seen, char(30)) AS seen FROM"
        " (SELECT ip, site, mac, max(last_seen) AS last_seen FROM addresses WHERE mac NOT IN (SELECT name FROM shared)"
        " GROUP BY ip, site, mac) GROUP BY ip, site HAVING count(*) > 1)"
        f" SELECT {_WHO}, t.seen {JUDGED} JOIN twice t ON t.ip = d.ip AND t.site = d.site"
        f" WHERE d.state = 'present' AND {wanted} ORDER BY d.id",
        values,
    )
    for row in found:
        macs = _newest(row.pop("seen"))
        if len(macs) > 1:
            yield {"suspicion": "duplicate address", "what": f"{row['ip']}: {', '.join(macs)}", **row}


def _newest(seen: str) -> list[str]:
    """The values that were last seen within one visit of the newest, from `VALUE US TIME RS VALUE US TIME …`."""
    runs = [run.split("\x1f") for run in seen.split("\x1e")]
    newest = max(seconds(time) for _, time in runs)
    return sorted({value for value, time in runs if newest - seconds(time) <= VISIT})


def _shared(inventory: Inventory) -> Iterator[Row]:
    empty = dict.fromkeys(("device", "site", "ip", "mac", "manufacturer", "model", "status", "switch", "switch_port"))
    for row in rows(inventory, "SELECT name, reason FROM shared WHERE name NOT LIKE 'serial %' ORDER BY name"):
        yield {"suspicion": "shared mac", "what": row["reason"], **empty, "mac": row["name"]}
