"""Settling, third part: subjects whose facts changed → devices, verdicts, states, events. Only changes are written."""

from __future__ import annotations

import ipaddress
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from scanner.core.model import Assessment, Conflict, Identity
from scanner.firmware import compare
from scanner.identity.whereabouts import location
from scanner.inventory import current, events, subjects
from scanner.inventory.claims import Claims
from scanner.inventory.connect import writing
from scanner.inventory.current import Fact
from scanner.inventory.gather import chunks, marks, seconds
from scanner.inventory.judging import Judging
from scanner.inventory.merge import AT_ONCE
from scanner.inventory.records import Event, Knowledge, ScanRow

_SUBJECTS_AT_ONCE = 500
#: An IPv4 address stands in the inventory before an IPv6 one, unless it was last seen this much earlier (seconds).
_IPV4_STAYS = 30 * 24 * 3600

COLUMNS = (
    "id", "site", "ip", "mac", "local_mac", "hostname", "kind", "manufacturer", "model", "firmware", "line", "serial",
    "confidence", "conflicts", "discovered_by", "switch", "switch_port", "vlan", "first_seen", "last_seen",
    "first_scan", "last_scan", "misses", "state", "evidence",
)  # fmt: skip
_PLACES = ("switch.", "lldp-med.voice-vlan")
_TIMES = frozenset({"last_seen", "last_scan", "misses"})
_STATE = ("state", "site", "ip", "mac", "manufacturer", "model", "firmware", "switch", "switch_port")

Device = dict[str, Any]


class Spot(NamedTuple):
    """One address that a device was seen at: newest time and scan (0 where only told)."""

    site: str
    ip: str
    last: str
    scan: int


@dataclass(slots=True)
class _Batch:
    """Everything that is known of a few hundred subjects."""

    keys: dict[int, tuple[str, int]]
    facts: dict[int, list[Fact]]
    before: dict[int, Device]
    verdicts: dict[int, dict[str | None, tuple[int, bool, Assessment]]]
    told: dict[int, list[Spot]]
    rivals: dict[tuple[str, str], dict[int, str]]
    shared: set[str]


def work_out(
    db: sqlite3.Connection, scan: ScanRow, knowledge: Knowledge, claims: Claims, signature: int, now: str
) -> int:
    """Work out the device of every touched subject again; returns how many were written."""
    changed = 0
    judging = Judging(knowledge)
    while True:
        with writing(db):
            batch = _load(db)
            if not batch.keys:
                return changed
            changed += _Writer(db, scan, knowledge, claims, judging, signature, now).write(batch)
            db.executemany("UPDATE subjects SET touched = 0 WHERE id = ?", [(one,) for one in batch.keys])


def _load(db: sqlite3.Connection) -> _Batch:
    rows = db.execute(
        "SELECT id, key, touched FROM subjects WHERE touched > 0 ORDER BY id LIMIT ?", (_SUBJECTS_AT_ONCE,)
    ).fetchall()
    keys = {row[0]: (row[1], row[2]) for row in rows}
    ids = list(keys)
    among = f"IN ({marks(ids)})"
    facts: dict[int, list[Fact]] = {one: [] for one in ids}
    for subject, *row in db.execute(
        "SELECT subject_id, fact, site, ip, mac, field, value, source, first_seen, last_seen, first_scan, last_scan"
        f" FROM observations WHERE subject_id {among}",
        ids,
    ):
        facts[subject].append(Fact(*row))
    before = {
        row[0]: dict(zip(COLUMNS, row, strict=True))
        for row in db.execute(f"SELECT {', '.join(COLUMNS)} FROM devices WHERE id {among}", ids)
    }
    verdicts: dict[int, dict[str | None, tuple[int, bool, Assessment]]] = {}
    for row in db.execute(
        "SELECT device_id, id, overall, status, compliance, reason, catalog, certified_firmware, catalog_source,"
        f" catalog_date FROM assessments WHERE until IS NULL AND device_id {among}",
        ids,
    ):
        verdict = Assessment(
            status=row[3],
            compliance=row[4],
            reason=row[5],
            catalog=row[6],
            certified_firmware=row[7],
            catalog_source=row[8],
            catalog_date=row[9],
        )
        verdicts.setdefault(row[0], {})[row[6]] = (row[1], bool(row[2]), verdict)
    macs = {key.removeprefix("mac "): one for one, (key, _) in keys.items() if key.startswith("mac ")}
    told: dict[int, list[Spot]] = {}
    shared: set[str] = set()
    for part in chunks(macs, 400):
        shared |= {row[0] for row in db.execute(f"SELECT name FROM shared WHERE name IN ({marks(part)})", part)}
        for mac, site, ip, last in db.execute(
            f"SELECT mac, site, ip, last_seen FROM addresses WHERE told = 1 AND mac IN ({marks(part)})", part
        ):
            told.setdefault(macs[mac], []).append(Spot(site, ip, last, 0))
    batch = _Batch(keys, facts, before, verdicts, told, {}, shared)
    _load_rivals(db, batch, macs)
    return batch


def _load_rivals(db: sqlite3.Connection, batch: _Batch, macs: dict[str, int]) -> None:
    """When each subject was last seen at the addresses of these subjects; macs only told count by their subject."""
    spots = {(f.ip, f.site) for facts in batch.facts.values() for f in facts if f.ip}
    spots |= {(spot.ip, spot.site) for several in batch.told.values() for spot in several}
    db.execute("DELETE FROM temp.spots")
    db.executemany("INSERT INTO temp.spots VALUES (?, ?)", spots)
    for ip, site, subject, last in db.execute(
        "SELECT o.ip, o.site, o.subject_id, max(o.last_seen) FROM temp.spots s CROSS JOIN observations o"
        " ON o.ip = s.ip AND o.site = s.site GROUP BY o.ip, o.site, o.subject_id"
    ):
        batch.rivals.setdefault((site, ip), {})[subject] = last
    for ip, site, mac, last in db.execute(
        "SELECT a.ip, a.site, a.mac, a.last_seen FROM temp.spots s CROSS JOIN addresses a"
        " ON a.ip = s.ip AND a.site = s.site WHERE a.told = 1 AND a.mac NOT IN (SELECT name FROM shared)"
    ):
        subject = macs.get(mac)
        if subject is None:
            row = db.execute("SELECT id FROM subjects WHERE key = ?", (f"mac {mac}",)).fetchone()
            subject = row[0] if row else None
        if subject is not None:
            at = batch.rivals.setdefault((site, ip), {})
            at[subject] = max(at.get(subject, ""), last)


class _Writer:
    """One batch of subjects on its way into the tables."""

    def __init__(
        self,
        db: sqlite3.Connection,
        scan: ScanRow,
        knowledge: Knowledge,
        claims: Claims,
        judging: Judging,
        signature: int,
        now: str,
    ) -> None:
        self.db, self.scan, self.knowledge, self.claims = db, scan, knowledge, claims
        self.judging, self.signature, self.now = judging, signature, now
        self.devices: list[Device] = []
        self.seen_again: list[tuple[Any, ...]] = []
        self.closed: list[tuple[str, int]] = []
        self.reworded: list[tuple[str, int]] = []
        self.verdicts: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []
        self.states: list[tuple[Any, ...]] = []

    def write(self, batch: _Batch) -> int:
        """Work out a batch and write what changed; returns the number of devices written anew or changed."""
        gone = 0
        for subject, (key, touched) in batch.keys.items():
            if key == subjects.UNRESOLVED:
                continue
            before = batch.before.get(subject)
            if self._one(subject, key, touched > 1, batch, before) is None and before is not None:
                subjects.drop_device(self.db, subject)
                gone += 1
        names = ", ".join(COLUMNS)
        updates = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
        rows = [tuple(map(device.__getitem__, COLUMNS)) for device in self.devices]
        run = self.db.executemany
        run(f"INSERT INTO devices ({names}) VALUES ({marks(COLUMNS)}) ON CONFLICT (id) DO UPDATE SET {updates}", rows)
        run("UPDATE devices SET last_seen = ?, last_scan = ?, misses = ? WHERE id = ?", self.seen_again)
        run("UPDATE assessments SET until = ? WHERE id = ?", self.closed)
        run("UPDATE assessments SET reason = ? WHERE id = ?", self.reworded)
        run(
            "INSERT INTO assessments (device_id, catalog, overall, status, compliance, reason, certified_firmware,"
            " catalog_source, catalog_date, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self.verdicts,
        )
        insert_events(self.db, self.events)
        run(f"INSERT OR REPLACE INTO states VALUES ({', '.join('?' * 13)})", self.states)
        return len(self.devices) + gone

    def _one(self, subject: int, key: str, lost: bool, batch: _Batch, before: Device | None) -> Device | None:
        """The device of one subject, noted for writing; None when the subject is no device."""
        facts = batch.facts[subject]
        if not facts:
            return None
        mac = key.removeprefix("mac ") if key.startswith("mac ") else None
        now_told = current.current(facts)
        spot = address(self._spots(subject, facts, batch), before)
        device = self._lifetime(subject, key, mac, spot, facts, lost, before)
        places = [f.fact for f in now_told if f.field.startswith("switch.")]
        device["evidence"] = hash(
            (self.signature, mac, mac in batch.shared, *places, *sorted(f.fact for f in now_told))
        )
        if before is not None and before["evidence"] == device["evidence"]:
            device = {**before, **device}
            times = {name: device[name] for name in _TIMES}
            if device == {**before, **times}:
                if device != before:
                    self.seen_again.append((device["last_seen"], device["last_scan"], device["misses"], subject))
                return device
        identity, host = self.judging.known(now_told)
        everything = self.knowledge.keep_all or (before is not None and before["kind"] not in ("unknown", "phone"))
        kept = current.kept(identity, now_told, mac, self.claims, everything)
        if kept is None or (mac in batch.shared and spot is None and kept.kind == "unknown"):
            return None
        conflicts = current.real_conflicts(kept, facts)
        place = location(current.observations([f for f in now_told if f.field.startswith(_PLACES)]))
        device |= {
            "hostname": host, "kind": kept.kind, "manufacturer": kept.manufacturer, "model": kept.model,
            "firmware": kept.firmware, "line": kept.line, "serial": kept.serial, "confidence": kept.confidence,
            "conflicts": msgspec.json.encode(conflicts).decode(), "switch": place.switch, "switch_port": place.port,
            "vlan": place.vlan,
        }  # fmt: skip
        self.devices.append(device)
        overall, each = self.judging.verdicts(kept)
        held = batch.verdicts.get(subject, {})
        self._verdicts(subject, held, overall, each)
        was = next((verdict for _, is_overall, verdict in held.values() if is_overall), None)
        self._changes(device, before, overall, was, conflicts, self._still(kept, before, facts))
        return device

    def _spots(self, subject: int, facts: Sequence[Fact], batch: _Batch) -> list[Spot]:
        """The addresses of a subject that nobody else was seen at since."""
        newest: dict[tuple[str, str], Spot] = {}
        for spot in (
            *batch.told.get(subject, ()),
            *(Spot(f.site, f.ip, f.last, f.last_scan) for f in facts if f.ip),
        ):
            held = newest.get((spot.site, spot.ip))
            if held is None or (held.last, held.scan) < (spot.last, spot.scan):
                newest[spot.site, spot.ip] = spot
        return [
            spot
            for where, spot in newest.items()
            if all(last <= spot.last or who == subject for who, last in batch.rivals.get(where, {}).items())
        ]

    def _lifetime(
        self,
        subject: int,
        key: str,
        mac: str | None,
        spot: Spot | None,
        facts: Sequence[Fact],
        lost: bool,
        before: Device | None,
    ) -> Device:
        newest = max(facts, key=lambda f: (f.last, f.last_scan))
        first = min(facts, key=lambda f: (f.first, f.first_scan))
        first_seen, first_scan = first.first, first.first_scan
        state, misses = "present", 0
        if before is not None:
            if not lost:
                first_seen, first_scan = min(first_seen, before["first_seen"]), min(first_scan, before["first_scan"])
            if newest.last <= before["last_seen"]:
                state, misses = before["state"], before["misses"]
        if spot is None and key.startswith("ip "):
            state = "replaced"
        elif state == "replaced":
            state = "present"
        return {
            "id": subject,
            "site": spot.site if spot else newest.site,
            "ip": spot.ip if spot else None,
            "mac": mac,
            "local_mac": int(bool(mac and int(mac[:2], 16) & 2)),
            "discovered_by": ",".join(current.discoveries(facts)),
            "first_seen": first_seen,
            "last_seen": newest.last,
            "first_scan": first_scan,
            "last_scan": newest.last_scan,
            "misses": misses,
            "state": state,
        }

    def _verdicts(
        self,
        device: int,
        held: dict[str | None, tuple[int, bool, Assessment]],
        overall: Assessment,
        each: Sequence[Assessment],
    ) -> None:
        wanted = {one.catalog: (False, one) for one in each} | {overall.catalog: (True, overall)}
        for catalog, (row, was_overall, was) in held.items():
            is_overall, new = wanted.get(catalog, (False, None))
            if new is not None and is_overall == was_overall and _same(was, new):
                if was.reason != new.reason:
                    self.reworded.append((new.reason, row))
                del wanted[catalog]
            else:
                self.closed.append((self.now, row))
        for catalog, (is_overall, new) in wanted.items():
            self.verdicts.append((
                device, catalog, int(is_overall), new.status, new.compliance, new.reason, new.certified_firmware,
                new.catalog_source, new.catalog_date, self.now,
            ))  # fmt: skip

    def _still(self, identity: Identity, before: Device | None, facts: Sequence[Fact]) -> list[str]:
        """Firmware of before that is no other than now: spelled differently, or one of two that were both told then."""
        if before is None or not before["firmware"] or not identity.firmware:
            return []
        fingerprints = self.knowledge.fingerprints
        old, new = (
            fingerprints.version(identity.manufacturer, identity.model, text)
            for text in (before["firmware"], identity.firmware)
        )
        if old is not None and new is not None and compare(old, new) == 0:
            return [before["firmware"]]
        first = {(f.field, f.value): f.first for f in facts}
        told = {
            e.gives["firmware"]: first.get((e.field, e.value), "") for e in identity.evidence if "firmware" in e.gives
        }
        known_then = told.get(identity.firmware, "") <= before["last_seen"]
        return [before["firmware"]] if before["firmware"] in told and known_then else []

    def _changes(
        self,
        device: Device,
        before: Device | None,
        overall: Assessment,
        was: Assessment | None,
        conflicts: tuple[Conflict, ...],
        still: list[str],
    ) -> None:
        after = look(device, overall, conflicts)
        old = None
        if before is not None and was is not None:
            old = look(before, was, msgspec.json.decode(before["conflicts"], type=tuple[Conflict, ...]))
        found = events.changes(old, after, baseline=self.scan.baseline, still=still)
        if old is None:
            found += events.first_conflicts(after)
        if device["state"] == "replaced" and before is not None and before["state"] != "replaced":
            gone = Event("vanished", old=before["ip"], note="another device has the address now")
            found = [gone, *(one for one in found if one.kind != "moved")]
        self.events += [event_row(one, device["id"], self.scan, self.now) for one in found]
        state = tuple(device[name] for name in _STATE)
        if old is None or before is None or was is None or state != tuple(before[name] for name in _STATE) or (
            (was.status, was.compliance) != (overall.status, overall.compliance)
        ):  # fmt: skip
            self.states.append(state_row(device, overall, self.scan.id))


def address(spots: Sequence[Spot], before: Device | None) -> Spot | None:
    """The address that stands for a device: the newest, IPv4 first; of several at once the one that stood there."""
    if len(spots) == 1:
        return spots[0]
    usable = [spot for spot in spots if not _last_resort(spot.ip)] or list(spots)
    if not usable:
        return None
    newest = max(spot.last for spot in usable)
    fours = [s for s in usable if ":" not in s.ip and seconds(newest) - seconds(s.last) <= _IPV4_STAYS]
    among = fours or usable
    top = max(among, key=lambda s: s.last)
    at_once = [s for s in among if seconds(top.last) - seconds(s.last) <= AT_ONCE and s.scan in (top.scan, 0)]
    if before is not None:
        for spot in at_once:
            if (spot.site, spot.ip) == (before["site"], before["ip"]):
                return spot
    return min((s for s in at_once if s.last == top.last), key=lambda s: (s.site, _number(s.ip)), default=top)


def _last_resort(ip: str) -> bool:
    """Link-local addresses (RFC 3927, RFC 4291 2.5.6) are better than none."""
    return ip.startswith(("169.254.", "fe8", "fe9", "fea", "feb"))


def _number(ip: str) -> tuple[int, int]:
    parsed = ipaddress.ip_address(ip)
    return parsed.version, int(parsed)


def _same(one: Assessment, other: Assessment) -> bool:
    """Whether two verdicts say the same; wording aside, which may count days."""
    return msgspec.structs.replace(one, reason="") == msgspec.structs.replace(other, reason="")


def look(device: Device, verdict: Assessment, conflicts: tuple[Conflict, ...] = ()) -> events.Look:
    """A device's row and verdict as events compare them."""
    return events.Look(
        state=device["state"],
        last_seen=device["last_seen"],
        ip=device["ip"],
        mac=device["mac"],
        switch=device["switch"],
        switch_port=device["switch_port"],
        firmware=device["firmware"],
        status=verdict.status,
        reason=verdict.reason,
        conflicts=conflicts,
    )


def event_row(event: Event, device: int, scan: ScanRow, now: str) -> tuple[Any, ...]:
    """An event as a row of `events`, number aside."""
    return (scan.id, device, now, event.kind, event.part, event.old, event.new, event.note, int(scan.baseline))


def insert_events(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write events; the caller holds the transaction."""
    db.executemany(
        "INSERT INTO events (scan_id, device_id, time, kind, part, old, new, note, baseline)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def state_row(device: Device, verdict: Assessment, scan: int) -> tuple[Any, ...]:
    """A device as a row of `states`, from a scan on."""
    return (
        device["id"], scan, device["state"], device["site"], device["ip"], device["mac"], device["manufacturer"],
        device["model"], device["firmware"], verdict.status, verdict.compliance, device["switch"],
        device["switch_port"],
    )  # fmt: skip
