"""Values of the devices whose model is not known, and the number of devices with each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.core.model import PHONE_KINDS
from scanner.inventory.db.sql import placeholders
from scanner.inventory.queries.filters import rows
from scanner.inventory.store import Inventory

#: Most values that are returned, the most frequent ones.
MOST_VALUES = 100_000


def unidentified(
    inventory: Inventory, fields: Sequence[str], others: bool = False
) -> Iterator[tuple[str, str, int, str | None]]:
    """(field, value, number of devices, their manufacturer where it is known) of the phones without a model.

    With `others`, of all hosts without one: devices that are not phones, and hosts that are not kept as devices.
    """
    kinds = sorted(PHONE_KINDS)
    hosts = "LEFT JOIN" if others else "JOIN"
    phones = "" if others else f" AND d.state = 'present' AND d.kind IN ({placeholders(kinds)})"
    found = rows(
        inventory,
        "SELECT o.field, o.value, count(DISTINCT o.subject_id) AS devices,"
        " max(d.manufacturer) AS manufacturer FROM observations o"
        f" {hosts} devices d ON d.id = o.subject_id WHERE d.model IS NULL{phones}"
        f" AND o.field IN ({placeholders(fields)}) GROUP BY o.field, o.value"
        " ORDER BY devices DESC, o.field, o.value LIMIT ?",
        [*([] if others else kinds), *fields, MOST_VALUES],
    )
    for row in found:
        yield row["field"], row["value"], row["devices"], row["manufacturer"]
