"""Verdicts as they were after a settling, whatever has changed since.

The state of a device and its verdict have the numbers of the settlings between which they were in force, so that a past
inventory is read and not computed again. What was deleted since (`db/retention.py`) is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from scanner.compliance.conflict import in_conflict
from scanner.compliance.exceptions import DevicePlace
from scanner.core.model import Conflict, Identity
from scanner.identity.fuse import identify
from scanner.inventory.db.schema import ORDER
from scanner.inventory.db.sql import JUDGED, chunks, ip_order, placeholders
from scanner.inventory.db.stored import decoded
from scanner.inventory.queries.filters import Row, rows
from scanner.inventory.queries.lookup import facts_that_count
from scanner.inventory.rules import disputed
from scanner.inventory.rules.claims import Dispute
from scanner.inventory.rules.identifiers import Reader
from scanner.inventory.rules.judging import match_of
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.store import Inventory

if TYPE_CHECKING:
    from scanner.identity.fingerprints import Fingerprints

#: Columns of a verdict. `policy` is the name of the policy in force, `exception` the owner of the exception.
VERDICT_COLUMNS = (
    "site", "ip", "mac", "manufacturer", "model", "firmware", "status", "compliance", "catalog", "certified_firmware",
    "catalog_date", "policy", "exception", "reason",
)  # fmt: skip
_ORDER = f"s.site, {ip_order('s.ip')}, s.mac, s.device_id"
_FROM = """
    FROM states s
    JOIN assessments a ON a.device_id = s.device_id AND a.overall = 1
        AND a.settling <= :settling AND (a.until_settling IS NULL OR a.until_settling > :settling)
    LEFT JOIN rulings p ON p.digest = (SELECT policy FROM settlings WHERE id = :settling)
    LEFT JOIN rulings e ON e.digest = a.exception
    WHERE s.state != 'replaced'
        AND s.settling = (SELECT max(settling) FROM states WHERE device_id = s.device_id AND settling <= :settling)
"""


class Settled(NamedTuple):
    """A settling that has ended: its number, the scan that it settled, and the time of its end."""

    settling: int
    scan: int
    time: str


def last_settled_at(inventory: Inventory, time: str) -> Settled | None:
    """The last settling that had ended at a time; None where none had."""
    statement = "SELECT id, scan_id, finished FROM settlings WHERE finished <= ? ORDER BY id DESC LIMIT 1"
    return next((Settled(*row.values()) for row in rows(inventory, statement, (time,))), None)


def deleted_before(inventory: Inventory) -> str:
    """The time before which retention has deleted verdicts that were no longer in force; "" where it has not."""
    row = next(rows(inventory, "SELECT value FROM marks WHERE name = 'pruned'"), None)
    return str(row["value"]) if row else ""


def deleted_since(inventory: Inventory, settled: Settled) -> int:
    """How many of the devices that were present after a settling are not there now: deleted by retention, or merged.

    They were counted at the end of a scan: after an earlier settling of it that is not known.
    """
    counted = (
        "SELECT coalesce(sum(devices), 0) AS devices FROM scan_counts WHERE scan_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM settlings s WHERE s.scan_id = scan_counts.scan_id AND s.id > ?)"
    )
    then = next(rows(inventory, counted, (settled.scan, settled.settling)))["devices"]
    statement = f"SELECT count(*) AS devices {_FROM} AND s.state = 'present'"
    return max(0, int(then) - int(next(rows(inventory, statement, {"settling": settled.settling}))["devices"]))


def verdicts_after(inventory: Inventory, settling: int) -> Iterator[Row]:
    """The devices with their verdicts after a settling, with VERDICT_COLUMNS."""
    own = "s.site, s.ip, s.mac, s.manufacturer, s.model, s.firmware"
    verdict = "a.status, a.compliance, a.catalog, a.certified_firmware, a.catalog_date"
    statement = f"SELECT {own}, {verdict}, p.name AS policy, e.name AS exception, a.reason {_FROM} ORDER BY {_ORDER}"
    yield from rows(inventory, statement, {"settling": settling})


def assessed_devices(inventory: Inventory, fingerprints: Fingerprints) -> Iterator[tuple[Identity, DevicePlace]]:
    """The devices that are there now, by what a verdict on them depends on.

    Of the few in conflict that is their evidence as well: what the other claims lead to.
    """
    reader, makers = Reader(fingerprints), Manufacturers(fingerprints)
    for row in rows(
        inventory,
        "SELECT d.id, d.site, d.ip, d.mac, d.kind, d.manufacturer, d.model, d.firmware, d.line, d.conflicts, a.reason"
        f" {JUDGED} WHERE d.state != 'replaced' ORDER BY {ORDER}",
    ):
        identity = Identity(
            kind=row["kind"],
            manufacturer=row["manufacturer"],
            model=row["model"],
            firmware=row["firmware"],
            line=row["line"],
            conflicts=decoded(row["conflicts"], tuple[Conflict, ...]),
        )
        if identity.conflicts or in_conflict(row["reason"]):
            present = facts_that_count(inventory, row["id"], reader, makers)
            lost = _disputed(inventory, {fact.ip for fact in present if fact.ip})
            doubts = disputed.borrowed(row["mac"], present, lost)
            evidence = identify(present, fingerprints, match_of).evidence
            identity = replace(identity, evidence=evidence, conflicts=(*identity.conflicts, *doubts))
        yield identity, DevicePlace(row["site"], row["ip"], row["mac"])


def _disputed(inventory: Inventory, ips: Collection[str]) -> disputed.Disputed:
    """The claims of macs that lost at some addresses."""
    found = {}
    for part in chunks(ips):
        for row in rows(inventory, f"SELECT * FROM disputed WHERE ip IN ({placeholders(part)})", part):
            mac, site, ip, *dispute = row.values()
            found[mac, site, ip] = Dispute(*dispute)
    return found
