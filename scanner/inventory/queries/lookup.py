"""One device: found by whatever names it, explained down to its observations, and its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from scanner.core import text
from scanner.core.address import address
from scanner.core.errors import UsageError
from scanner.core.model import Evidence, Identity, Observation
from scanner.identity.fuse import identify
from scanner.identity.match import match
from scanner.inventory.db.sql import JUDGED
from scanner.inventory.queries.filters import DEVICE_COLUMNS, Row, column, rows
from scanner.inventory.rules import current
from scanner.inventory.store import Inventory

if TYPE_CHECKING:
    from scanner.identity.fingerprints import Fingerprints

_FACT = "fact, site, ip, mac, field, value, source, first_seen, last_seen, first_scan, last_scan"


def find(inventory: Inventory, key: str, site: str | None = None) -> list[int]:
    """Numbers of the devices that a key names: address or mac in any notation, number, serial or host name.

    Who is at an address now comes first; if nobody is, who was there last. Empty when nothing fits.
    """
    key = key.strip()
    mac, ip = text.mac(key), address(key)
    asked: list[tuple[str, str]] = []
    if mac:
        asked.append(("d.mac = ?", mac))
    elif ip:
        asked.append(("d.ip = ?", ip))
        asked.append(("d.id IN (SELECT subject_id FROM observations WHERE ip = ?)", ip))
    elif key.isdecimal():
        number = next((str(row["new_id"]) for row in rows(inventory, _MERGED, (int(key[:18]),))), key)
        asked.append(("d.id = ?", number[:18]))
    asked += [("d.serial = ? COLLATE NOCASE", key), ("d.hostname = ? COLLATE NOCASE", key)]
    for condition, value in asked:
        found = rows(
            inventory,
            f"SELECT d.id FROM devices d WHERE {condition} AND (? IS NULL OR d.site = ?) ORDER BY d.last_seen DESC",
            (value, site, site),
        )
        if ids := [int(row["id"]) for row in found]:
            return ids[:1] if "observations" in condition else ids
    return []


_MERGED = "SELECT new_id FROM merged WHERE old_id = ?"


def device(inventory: Inventory, key: str | int, site: str | None = None) -> Row | None:
    """The device that a key names, with DEVICE_COLUMNS and `assessments`; None when there is none.

    Raises UsageError when the key names several (an address used in two sites), saying which.
    """
    ids = find(inventory, str(key), site)
    if not ids:
        return None
    wanted = ", ".join(column(name) for name in DEVICE_COLUMNS)
    marks = ", ".join("?" * len(ids[:50]))
    found = list(rows(inventory, f"SELECT {wanted} {JUDGED} WHERE d.id IN ({marks})", ids[:50]))
    here = [row for row in found if row["state"] == "present"] or found
    if len(here) > 1:
        names = ", ".join(f"{row['id']} ({row['site']}, {row['ip'] or row['mac']})" for row in here[:10])
        raise UsageError(f"{key} names {len(here)} devices: {names}; say which by its number or with --site")
    if not here:
        return None
    own = rows(
        inventory,
        "SELECT catalog, overall, status, compliance, reason, certified_firmware, catalog_source, catalog_date, time"
        " FROM assessments WHERE device_id = ? AND until IS NULL ORDER BY overall DESC, catalog",
        (here[0]["id"],),
    )
    return {**here[0], "assessments": list(own)}


class Explained(NamedTuple):
    """One observation of a device: when first and last seen, whether it still counts, and what rules read in it."""

    observation: Observation
    first_seen: str
    last_seen: str
    current: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a device is what it is. `device` is None for what is seen but no device (a server, a PC)."""

    device: Row | None
    identity: Identity
    observations: tuple[Explained, ...]
    key: str
    #: why a mac at this address does not count, by mac
    shared: dict[str, str]


def explain(inventory: Inventory, key: str, fingerprints: Fingerprints, site: str | None = None) -> Explanation | None:
    """Every observation, rule and reason behind what a key names; None when nothing was ever seen of it."""
    row = device(inventory, key, site)
    subject = int(row["id"]) if row else _subject(inventory, key, site)
    if subject is None:
        return None
    name = next(r["key"] for r in rows(inventory, "SELECT key FROM subjects WHERE id = ?", (subject,)))
    facts = _facts(inventory, subject)
    present = current.current(facts)
    counted = {one.fact for one in present}
    explained = tuple(
        Explained(
            current.observations([one])[0],
            one.first,
            one.last,
            one.fact in counted,
            match(fingerprints, one.field, one.value, source=one.source, time=one.last),
        )
        for one in sorted(facts, key=lambda one: (one.fact not in counted, one.field, one.source, one.last))
    )
    macs = sorted({one.mac for one in facts if one.mac})[:400]
    reasons = rows(inventory, f"SELECT name, reason FROM shared WHERE name IN ({', '.join('?' * len(macs))})", macs)
    shared = {r["name"]: r["reason"] for r in reasons}
    return Explanation(row, identify(current.observations(present), fingerprints), explained, name, shared)


def _subject(inventory: Inventory, key: str, site: str | None) -> int | None:
    for condition, value in (("mac = ?", text.mac(key)), ("ip = ?", address(key))):
        if value:
            found = rows(
                inventory,
                f"SELECT subject_id FROM observations WHERE {condition} AND (? IS NULL OR site = ?)"
                " ORDER BY last_seen DESC LIMIT 1",
                (value, site, site),
            )
            for row in found:
                return int(row["subject_id"])
    return None


def _facts(inventory: Inventory, subject: int) -> list[current.Fact]:
    found = rows(inventory, f"SELECT {_FACT} FROM observations WHERE subject_id = ?", (subject,))
    return [current.Fact(*row.values()) for row in found]


def observations_of(inventory: Inventory, device: int) -> Iterator[Observation]:
    """The observations of a device at their last sighting, newest first; superseded ones too."""
    facts: Sequence[current.Fact] = _facts(inventory, device)
    yield from current.observations(sorted(facts, key=lambda one: (one.last, one.field, one.source), reverse=True))


def history(inventory: Inventory, device: int) -> list[Row]:
    """A device's life, oldest first: time, scan, event, part, old, new, note. It begins with `first-seen`."""
    return [
        *rows(
            inventory,
            "SELECT first_seen AS time, first_scan AS scan, 'first-seen' AS event, NULL AS part, NULL AS old,"
            " NULL AS new, '' AS note FROM devices WHERE id = ?",
            (device,),
        ),
        *rows(
            inventory,
            "SELECT time, scan_id AS scan, kind AS event, part, old, new, note FROM events"
            " WHERE device_id = ? ORDER BY id",
            (device,),
        ),
        *rows(
            inventory,
            "SELECT last_seen AS time, last_scan AS scan, 'last-seen' AS event, NULL AS part, NULL AS old,"
            " NULL AS new, state AS note FROM devices WHERE id = ?",
            (device,),
        ),
    ]
