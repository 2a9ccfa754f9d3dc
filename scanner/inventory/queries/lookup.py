"""One device: found by address, mac, number, serial or host name; its explanation and its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from scanner.core import text
from scanner.core.address import address
from scanner.core.errors import UsageError
from scanner.core.model import Evidence, Identity, Observation
from scanner.core.numbers import whole
from scanner.identity.fuse import identify
from scanner.identity.match import evidence
from scanner.inventory.db.sql import JUDGED, chunks, placeholders
from scanner.inventory.facts import STORED, Fact, facts
from scanner.inventory.queries.filters import DEVICE_COLUMNS, Row, rows, selected
from scanner.inventory.rules import current
from scanner.inventory.rules.identifiers import Reader
from scanner.inventory.rules.judging import match_of
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.memory import as_of
from scanner.inventory.store import Inventory

if TYPE_CHECKING:
    from scanner.identity.fingerprints import Fingerprints

#: Devices of one key that are compared.
_SHOWN = 50


def find(inventory: Inventory, key: str, site: str | None = None) -> list[int]:
    """The numbers of the devices that a key names: address or mac in any notation, number, serial or host name.

    For an address that no device has now, the device that had it last. Empty when no device matches.
    """
    key = key.strip()
    mac, ip = text.mac(key), address(key)
    conditions: list[tuple[str, str]] = []
    if mac:
        conditions.append(("d.mac = ?", mac))
    elif ip:
        conditions.append(("d.ip = ?", ip))
        conditions.append(("d.id IN (SELECT subject_id FROM observations WHERE ip = ?)", ip))
    elif (device := whole(key)) is not None:
        number = next((str(row["new_id"]) for row in rows(inventory, _MERGED, (device,))), str(device))
        conditions.append(("d.id = ?", number))
    conditions += [("d.serial = ? COLLATE NOCASE", key), ("d.hostname = ? COLLATE NOCASE", key)]
    for condition, value in conditions:
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

    Raises UsageError when the key names several devices (an address used in two sites).
    """
    ids = find(inventory, str(key), site)
    if not ids:
        return None
    wanted = selected(DEVICE_COLUMNS)
    ids = ids[:_SHOWN]
    found = list(rows(inventory, f"SELECT {wanted} {JUDGED} WHERE d.id IN ({placeholders(ids)})", ids))
    here = [row for row in found if row["state"] == "present"] or found
    if len(here) > 1:
        names = ", ".join(f"{row['id']} ({row['site']}, {row['ip'] or row['mac']})" for row in here[:10])
        raise UsageError(f"{key} names {len(here)} devices: {names}; select one by its number or with --site")
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
    """One observation of a device: first and last time, whether it is current, and what the rules gave for it.

    `retained`: it is superseded, and counts for what the newer value of its source conceals.
    """

    observation: Observation
    first_seen: str
    last_seen: str
    current: bool
    retained: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The evidence for a device. `device` is None for a host that is not kept as a device (a server, a PC)."""

    device: Row | None
    identity: Identity
    observations: tuple[Explained, ...]
    key: str
    #: why a mac of these observations does not identify a device, by mac
    shared: dict[str, str]
    #: when the parts that no source of the last visit gives were last given (`memory.as_of`)
    as_of: dict[str, str]


def explain(inventory: Inventory, key: str, fingerprints: Fingerprints, site: str | None = None) -> Explanation | None:
    """The observations, rules and reasons for the device that a key names; None without an observation of it."""
    row = device(inventory, key, site)
    subject = int(row["id"]) if row else _subject(inventory, key, site)
    if subject is None:
        return None
    name = next(r["key"] for r in rows(inventory, "SELECT key FROM subjects WHERE id = ?", (subject,)))
    found = _facts(inventory, subject, Reader(fingerprints))
    present = current.counted(
        current.outranking(found, Manufacturers(fingerprints)), fingerprints.models, name.startswith("ip ")
    )
    counted = {fact.row for fact in present.current}
    retained = {fact.row for fact in present.retained}
    found.sort(key=lambda fact: (fact.row not in counted, fact.field, fact.source, fact.last))
    shared: dict[str, str] = {}
    for part in chunks(sorted({fact.mac for fact in found if fact.mac})):
        reasons = rows(inventory, f"SELECT name, reason FROM shared WHERE name IN ({placeholders(part)})", part)
        shared |= {r["name"]: r["reason"] for r in reasons}
    explained = tuple(
        Explained(_observation(fact), fact.first, fact.last, fact.row in counted, fact.row in retained, _evidence(fact))
        for fact in found
    )
    identity = identify(present.every, fingerprints, match_of)
    newest = max((fact.last for fact in found), default="")
    return Explanation(row, identity, explained, name, shared, as_of(identity, newest))


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


def facts_that_count(inventory: Inventory, device: int, reader: Reader, makers: Manufacturers) -> Sequence[Fact]:
    """The facts by which a device is what it is."""
    key = next(row["key"] for row in rows(inventory, "SELECT key FROM subjects WHERE id = ?", (device,)))
    found = current.outranking(_facts(inventory, device, reader), makers)
    return current.counted(found, reader.fingerprints.models, key.startswith("ip ")).every


def _facts(inventory: Inventory, subject: int, reader: Reader) -> list[Fact]:
    found = rows(inventory, f"SELECT {STORED} FROM observations o WHERE o.subject_id = ?", (subject,))
    return list(facts((tuple(row.values()) for row in found), reader))


def _observation(fact: Fact) -> Observation:
    """A fact as the observation of its last sighting."""
    return Observation(
        time=fact.last,
        ip=fact.ip,
        mac=fact.mac,
        field=fact.field,
        value=fact.value,
        source=fact.source,
        site=fact.site,
    )


def _evidence(fact: Fact) -> tuple[Evidence, ...]:
    return (evidence(fact.match, fact.field, fact.value, fact.source, fact.last),) if fact.match else ()


def observations_of(inventory: Inventory, device: int) -> Iterator[Observation]:
    """The observations of a device at their last sighting, newest first; superseded ones too."""
    for row in rows(
        inventory,
        "SELECT last_seen AS time, ip, mac, field, value, source, site FROM observations WHERE subject_id = ?"
        " ORDER BY last_seen DESC, field DESC, source DESC",
        (device,),
    ):
        yield Observation(**row)


def history(inventory: Inventory, device: int) -> list[Row]:
    """The history of a device, oldest first: time, scan, event, part, old, new, note; `first-seen` to `last-seen`."""
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
