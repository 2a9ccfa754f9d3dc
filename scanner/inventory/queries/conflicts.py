"""Conflicts of devices: what sources claim differently, what decided, who claims the other value, and since when."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.inventory.db.sql import JUDGED
from scanner.inventory.queries.filters import Filters, Row, rows, selected, where
from scanner.inventory.rules.claims import CLAIMS
from scanner.inventory.store import Inventory

_DEVICE = "d.id AS device, d.site, d.ip, d.mac, d.hostname, d.manufacturer, d.model"
_VERDICT = f"a.status, a.compliance, {selected(('in_conflict',))}, d.ip_order"
_VALUE = "json_extract(j.value, '$.{}')"
_PART, _CHOSEN, _OTHER, _ROW, _CLAIMANT, _RULE, _OTHER_RULE = (
    _VALUE.format(name) for name in ("part", "chosen", "other", "row", "claimant", "chosen_rule", "other_rule")
)
#: A mac that identifies nothing and is not among the conflicts of the device `d`.
_NOT_LISTED = (
    f"NOT EXISTS (SELECT 1 FROM json_each(d.conflicts) j WHERE {_PART} = 'mac' AND x.name IN ({_CHOSEN}, {_OTHER}))"
)
_ALL = Filters()


def conflicts(inventory: Inventory, filters: Filters = _ALL) -> Iterator[Row]:
    """The conflicts of devices in their order: the device, part, chosen, other, by, claimant, since, and the verdict.

    `by` is the row of the table of authority or the rule that weighs more; `in_conflict` is 1 where the verdict
    on the device is in conflict. Claims of a mac that identifies nothing are conflicts of the mac.
    """
    wanted, values = where(filters)
    since = (
        "(SELECT min(e.time) FROM events e WHERE e.device_id = d.id AND e.kind = 'conflict'"
        f" AND e.part = {_PART} AND min(e.old, e.new) = min({_CHOSEN}, {_OTHER})"
        f" AND max(e.old, e.new) = max({_CHOSEN}, {_OTHER}))"
    )
    of_devices = (
        f"SELECT {_DEVICE}, {_PART} AS part, {_CHOSEN} AS chosen, {_OTHER} AS other,"
        f" coalesce({_ROW}, {_RULE} || ' has more weight than ' || {_OTHER_RULE}) AS by,"
        f" {_CLAIMANT} AS claimant, {since} AS since, {_VERDICT}"
        f" {JUDGED}, json_each(d.conflicts) j WHERE d.conflicts != '[]' AND {wanted}"
    )
    claims = ", ".join(str(int(one)) for one in CLAIMS)
    of_shared = (
        f"SELECT DISTINCT {_DEVICE}, 'mac', d.mac, x.name, x.reason, s.ip, NULL, {_VERDICT} {JUDGED}"
        f" JOIN addresses s ON s.ip = d.ip AND s.site = d.site AND s.evidence IN ({claims})"
        f" JOIN shared x ON x.name = s.mac WHERE {_NOT_LISTED} AND {wanted}"
    )
    chosen = (
        "device, site, ip, mac, hostname, manufacturer, model, part, chosen, other, by, claimant, since, status,"
        " compliance, in_conflict"
    )
    yield from rows(
        inventory,
        f"SELECT {chosen} FROM ({of_devices} UNION ALL {of_shared}) ORDER BY site, ip_order, mac, device, part, other",
        values * 2,
    )
