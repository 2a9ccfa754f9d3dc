"""The account of a device: for each part what won and by which row, and what lost and why.

It also states what would change the verdict. Pure: a function of an explanation and of the catalog rows of its model;
`account_text` words it for a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import DecodeError, Struct
from msgspec.structs import replace

from scanner.core.errors import InventoryError
from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import CatalogEntry, Conflict, Evidence, Observation
from scanner.core.text import mac, seconds
from scanner.identity.authority import NO_AUTHORITY, Part, Source, claim, decision, sort_of
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.freshness import VISIT
from scanner.identity.names import extends
from scanner.inventory.db.stored import decoded
from scanner.inventory.queries import Explanation, Row
from scanner.inventory.rules.claimants import claimant

#: The parts of an account in their order.
PARTS: tuple[Part, ...] = ("kind", "manufacturer", "model", "firmware", "serial", "mac", "address", "place")
#: Claims that are listed for one part, of those that agree and of those that lost.
_MOST = 6


class Won(Struct, frozen=True, kw_only=True):
    """A claim that gives the value of a part; `row` is its row of the table of authority, "" where it has none."""

    field: str
    value: str
    gives: str
    rule: str = ""
    source: str = ""
    time: str = ""
    row: str = ""


class Lost(Struct, frozen=True, kw_only=True):
    """A claim of another value, who makes it, and why it lost."""

    value: str
    claimant: str
    why: str
    time: str = ""


class PartAccount(Struct, frozen=True, kw_only=True):
    """One part: its value, when it was last claimed where that is long ago, and the claims."""

    part: str
    value: str | None
    as_of: str = ""
    won: tuple[Won, ...] = ()
    lost: tuple[Lost, ...] = ()


class Account(Struct, frozen=True, kw_only=True):
    """The parts of a device, and what would change the verdict on it."""

    parts: tuple[PartAccount, ...]
    in_conflict: bool
    changes: tuple[str, ...]


def account(
    explanation: Explanation, entries: Mapping[str, tuple[CatalogEntry, ...]], fingerprints: Fingerprints
) -> Account:
    """The account of an explained device. `entries` are the rows of each catalog that list its model."""
    conflicts = _conflicts(explanation)
    parts = tuple(_part(part, explanation, conflicts, fingerprints) for part in PARTS)
    device = explanation.device
    uncertain = bool(device and device["in_conflict"])
    changes = tuple(_changes(device, conflicts, entries, uncertain)) if device else ()
    if device and (old := [one for one in parts if one.as_of and one.part in ("model", "firmware")]):
        words = " and ".join(one.part for one in old)
        where = device["ip"] or device["mac"]
        changes += (f"confirmed by a response of {where} that contains the {words}, last seen {old[0].as_of}",)
    return Account(parts=parts, in_conflict=uncertain, changes=changes)


def _conflicts(explanation: Explanation) -> tuple[Conflict, ...]:
    """The conflicts as stored, which name their claimants; of a host that is not kept those of its identity."""
    if explanation.device is None:
        return explanation.identity.conflicts
    try:
        return decoded(explanation.device["conflicts"], tuple[Conflict, ...])
    except DecodeError:
        raise InventoryError("the conflicts of the device are damaged; restore a copy or choose another --db") from None


def _part(
    part: Part, explanation: Explanation, conflicts: tuple[Conflict, ...], fingerprints: Fingerprints
) -> PartAccount:
    value = _value(part, explanation)
    won: tuple[Won, ...] = ()
    if part in ("mac", "address", "place"):
        won = tuple(_sightings(part, value, explanation)) if value else ()
    if not won:
        own = [one for one in explanation.identity.evidence if _agrees(part, value, one.gives.get(part), fingerprints)]
        won = tuple(_won(part, one) for one in own[:_MOST])
    lost: dict[str, Lost] = {}
    for one in _lost(part, value, won, explanation, conflicts, fingerprints):
        known = lost.get(one.value)
        lost[one.value] = replace(one, claimant=known.claimant, time=known.time) if known else one
    return PartAccount(
        part=part,
        value=value,
        as_of=explanation.as_of.get(part) or _as_of(won, explanation),
        won=won,
        lost=tuple(lost.values())[:_MOST],
    )


def _value(part: Part, explanation: Explanation) -> str | None:
    device = explanation.device
    if part == "address":
        return device["ip"] if device else None
    if part == "place":
        return _place(device) if device else None
    if part in ("mac", "serial") and device and device[part]:
        return str(device[part])
    found = getattr(explanation.identity, part)
    return str(found) if found else None


def _place(device: Row) -> str | None:
    if not device["switch"]:
        return None
    vlan = f", VLAN {device['vlan']}" if device["vlan"] else ""
    return f"{device['switch']} port {device['switch_port'] or 'not known'}{vlan}"


def _won(part: Part, one: Evidence) -> Won:
    return Won(
        field=one.field, value=one.value, gives=one.gives[part], rule=one.rule, source=one.source, time=one.time,
        row=row_words(part, sort_of(part, one.field, one.source)),
    )  # fmt: skip


def row_words(part: Part, source: Source) -> str:
    """The row of the table for a part and source: `own response, rank 2`; the source alone where it has no row."""
    row = claim(part, source)
    return f"{source}, rank {row.rank}" if row else str(source)


def _sightings(part: Part, value: str, explanation: Explanation) -> Iterator[Won]:
    """The newest observation of each field that shows a mac, address or switch, the highest rank first."""
    device = explanation.device or {}
    wanted = device.get("switch") if part == "place" else value
    found: dict[str, tuple[bool, int, str, Won]] = {}
    for one in explanation.observations:
        seen = one.observation
        if wanted not in _shown(part, seen):
            continue
        source = _source(part, seen)
        row = claim(part, source)
        won = Won(
            field=seen.field, value=seen.value, gives=value, source=seen.source, time=one.last_seen,
            row=row_words(part, source),
        )  # fmt: skip
        entry = (one.current, -(row.rank if row else NO_AUTHORITY), one.last_seen, won)
        if seen.field not in found or found[seen.field][:3] < entry[:3]:
            found[seen.field] = entry
    yield from (entry[3] for entry in sorted(found.values(), key=lambda entry: entry[:3], reverse=True)[:_MOST])


def _shown(part: Part, seen: Observation) -> tuple[str | None, ...]:
    """What an observation shows of a part: the value of its switch, or its address or mac."""
    if part == "place":
        return (seen.value,) if seen.field == "switch.name" else ()
    if seen.field.startswith("switch."):
        return ()
    return (
        (seen.ip, seen.value)
        if part == "address"
        else (seen.mac, mac(seen.value) if seen.field == RESOLVED_MAC else None)
    )


def _source(part: Part, seen: Observation) -> Source:
    """The source of what an observation shows of a mac, address or place, by how it was obtained."""
    source = sort_of(part, seen.field, seen.source)
    if part == "place":
        by_neighbours = seen.source.startswith("switches ") and not {"fdb", "bridge"} & set(seen.source.split())
        return Source.SWITCH_NEIGHBOURS if by_neighbours else source
    if part == "mac" and source in (Source.BANNER, Source.CERTIFICATE, Source.MANAGEMENT):
        return Source.CARRIER  # the mac beside a response is that of the frame that carried it
    return source


def _agrees(part: Part, value: str | None, given: str | None, fingerprints: Fingerprints) -> bool:
    if value is None or given is None:
        return False
    return given == value or (part == "manufacturer" and given in fingerprints.models.family(value))


def _as_of(won: tuple[Won, ...], explanation: Explanation) -> str:
    """The time of the newest claim of a value, where it is more than a visit before the newest observation."""
    times = [one.time for one in won if one.time]
    newest = max((one.last_seen for one in explanation.observations), default="")
    if not times or not newest or seconds(newest) - seconds(max(times)) <= VISIT:
        return ""
    return max(times)


def _lost(
    part: Part,
    value: str | None,
    won: tuple[Won, ...],
    explanation: Explanation,
    conflicts: tuple[Conflict, ...],
    fingerprints: Fingerprints,
) -> Iterator[Lost]:
    """The claims of other values: conflicts last, which contain most about a value."""
    for each in explanation.observations:
        where = each.observation
        for one in each.evidence:
            given = one.gives.get(part)
            if given is None or value is None or _agrees(part, value, given, fingerprints):
                continue
            who = claimant(where.ip, where.mac, one.field)
            why = _why(
                part,
                value,
                given,
                one.field,
                won,
                each.current or each.retained,
                each.last_seen,
                explanation,
                fingerprints,
            )
            yield Lost(value=given, claimant=who, why=why, time=each.last_seen)
    if part == "address":
        yield from _former(value, explanation)
    for conflict in conflicts:
        if conflict.part == part and value in (conflict.chosen, None):
            why = _of_conflict(conflict)
            yield Lost(value=conflict.other, claimant=conflict.claimant or conflict.other_rule, why=why)
    if part == "mac":
        for shared, reason in explanation.shared.items():
            yield Lost(
                value=shared, claimant="several addresses", why=f"shared: it {reason}, and identifies none of them"
            )


def _of_conflict(conflict: Conflict) -> str:
    if conflict.part in ("mac", "address") and conflict.row:
        return f"contradicted: {conflict.row} ({conflict.chosen_rule})"
    if " before " in conflict.row:
        return f"outranked: {conflict.row}"
    return f"less certain: {conflict.chosen_rule} weighs more than {conflict.other_rule}"


def _former(value: str | None, explanation: Explanation) -> Iterator[Lost]:
    last: dict[str, tuple[str, str, str]] = {}
    for one in explanation.observations:
        ip = one.observation.ip
        if ip and value and ip != value and (":" in ip) == (":" in value):
            last[ip] = max(
                last.get(ip, ("", "", "")), (one.last_seen, one.observation.field, one.observation.mac or "")
            )
    for ip, (time, field, owner) in sorted(last.items()):
        yield Lost(
            value=ip, claimant=claimant(ip, owner or None, field), why="older, or of a source of lower rank", time=time
        )


def _why(
    part: Part, value: str, given: str, field: str, won: tuple[Won, ...], current: bool, seen: str,
    explanation: Explanation, fingerprints: Fingerprints,
) -> str:  # fmt: skip
    identity = explanation.identity
    if part == "model" and extends(value, given):
        return f"a family name of {value}: it agrees and adds nothing"
    if part == "firmware":
        same = [fingerprints.version(identity.manufacturer, identity.model, text) for text in (value, given)]
        if same[0] and same[1] and (same[0].scope, same[0].order) == (same[1].scope, same[1].order):
            return "the same version in another spelling"
    best = won[0] if won else None
    if not current:
        return f"older: last observed {seen}"
    row = decision(part, best.field, field) if best else ""
    if " before " in row:
        return f"outranked: {row}"
    return f"less certain than {best.field}" if best else "less certain"


def _changes(
    device: Row, conflicts: tuple[Conflict, ...], entries: Mapping[str, tuple[CatalogEntry, ...]], uncertain: bool
) -> Iterator[str]:
    """What would change the verdict, in sentences."""
    where = device["ip"] or device["mac"] or "the device"
    if uncertain:
        for one in conflicts:
            if one.part in ("kind", "manufacturer", "model", "firmware"):
                row = f" ({one.row})" if one.row else ""
                yield (
                    f"review until the {one.part} is certain: {one.chosen} contradicts {one.other}{row}, which "
                    f"{one.claimant or one.other_rule} claims; correct the source that is wrong and scan {where} again"
                )
        return
    yield from _by_status(device, where, entries.get(device["catalog"] or "", ()))


def _by_status(device: Row, where: str, rows: tuple[CatalogEntry, ...]) -> Iterator[str]:
    name = " ".join(filter(None, (device["manufacturer"], device["model"])))
    minimum = any(row.match == "minimum" for row in rows)
    certified = f"{device['certified_firmware'] or 'the certified version'}{' or later' if minimum else ''}"
    match device["status"]:
        case "certified" | "compatible":
            yield f"noncompliant or review if a later observation shows another firmware than {certified}"
        case "outdated":
            yield f"compliant if the firmware were {certified}"
        case "other-line":
            yield f"compliant if the firmware were {certified}, which is of another line than {device['firmware']}"
        case "newer":
            yield f"compliant if the firmware were {certified}, or if the policy accepted `newer`"
        case "unknown-firmware":
            yield (
                f"assessed as soon as the firmware is known: query {where} by SIP, SNMP or its web page; "
                f"compliant if it is {certified}"
            )
        case "not-listed":
            yield f"compliant if a catalog of the policy listed {name or 'the model'}, or by an exception in the policy"
        case "unidentified":
            yield f"assessed as soon as the model is known: identify {where} by SNMP, SIP or its web page"
        case "not-a-phone":
            yield f"assessed if a source of higher rank showed that it is a phone, and not of kind {device['kind']}"
