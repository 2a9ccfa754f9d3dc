"""The use cases of `assess`: assess the inventory again, past verdicts, and who would change by other rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.app import catalogs
from scanner.app.session import Session
from scanner.core.errors import UsageError

if TYPE_CHECKING:
    from scanner.core.model import Catalog
    from scanner.inventory import Inventory, Knowledge, Summary

Row = dict[str, Any]
#: Columns of a device that would change.
CHANGE_COLUMNS = (
    "site", "ip", "mac", "manufacturer", "model", "firmware", "from", "to", "from_status", "to_status", "reason",
)  # fmt: skip
#: Columns of the number of those devices by site and model.
COUNT_COLUMNS = ("site", "manufacturer", "model", "from", "to", "devices")


class PastVerdicts(NamedTuple):
    """The verdicts after a scan: its number, when it ended, and the rows.

    `missing` is how many devices were there then and are not in the rows.
    """

    scan: int
    time: str
    rows: Iterator[Row]
    missing: int


def assess(session: Session, inventory: Inventory) -> Summary | None:
    """Assess all devices by what is in force now; None where they are assessed by it already, or there are none."""
    if inventory.is_assessed_by(catalogs.knowledge_of(session, inventory)) and not inventory.is_open("assess"):
        return None
    return catalogs.assess_again(session, inventory, "policy", kind="assess")


def verdicts_at(inventory: Inventory, time: str) -> PastVerdicts:
    """The verdicts after the last scan that had ended at a time.

    Raises UsageError where none had, and where some of them have been deleted: a part would pass as the whole.
    """
    from scanner.inventory import queries

    found = queries.last_settled_at(inventory, time)
    if found is None:
        raise UsageError(f"no scan had ended at {time}; `phonescan scans` lists them with their times")
    if found.time < (before := queries.deleted_before(inventory)):
        raise UsageError(f"the retention has deleted verdicts of {found.time}; those since {before} are whole")
    missing = queries.deleted_since(inventory, found)
    return PastVerdicts(found.scan, found.time, queries.verdicts_after(inventory, found.settling), missing)


def hypothetical(session: Session, inventory: Inventory, policy: str | None, page: Catalog | None) -> Knowledge:
    """What is in force now, with another policy, or with the catalog of a page in the place of the one of its name."""
    from scanner import settings
    from scanner.compliance.catalog import in_force

    found = session.knowledge(inventory)
    if policy is not None:
        found = replace(found, policy=settings.policy(session.settings, policy))
    return replace(found, catalogs=in_force(found.catalogs, (page,))) if page is not None else found


def changes(inventory: Inventory, now: Knowledge, then: Knowledge) -> Iterator[Row]:
    """The devices whose verdict `then` is another than `now`, with CHANGE_COLUMNS.

    Both are computed from the stored evidence, so that the difference is that of the rules.
    """
    from scanner.inventory import queries

    before, after = _judge(now), _judge(then)
    for identity, place in queries.assessed_devices(inventory, now.fingerprints):
        old, new = before.assess(identity, place), after.assess(identity, place)
        if (old.status, old.compliance) != (new.status, new.compliance):
            yield {
                **place._asdict(),
                "manufacturer": identity.manufacturer,
                "model": identity.model,
                "firmware": identity.firmware,
                "from": old.compliance,
                "to": new.compliance,
                "from_status": old.status,
                "to_status": new.status,
                "reason": new.reason,
            }


def counts(rows: Iterable[Row]) -> list[Row]:
    """The number of devices that would change by site, model and compliance, most first, with COUNT_COLUMNS."""
    names = COUNT_COLUMNS[:-1]
    counted = Counter(tuple(row[name] for name in names) for row in rows)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], [str(part or "") for part in item[0]]))
    return [{**dict(zip(names, key, strict=True)), "devices": number} for key, number in ordered]


def _judge(knowledge: Knowledge) -> Any:
    from scanner.compliance.judge import Judge

    return Judge(knowledge.catalogs, knowledge.policy, knowledge.today, knowledge.fingerprints, knowledge.exceptions)
