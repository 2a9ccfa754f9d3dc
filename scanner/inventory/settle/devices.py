"""Settling, third part: subjects whose facts changed → devices, verdicts, states, events. Only changes are written."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from scanner.core.model import PHONE_KINDS, Assessment, Conflict, Identity
from scanner.firmware import compare
from scanner.identity.location import location
from scanner.inventory.db.connect import writing
from scanner.inventory.db.retention import drop_device
from scanner.inventory.db.sql import marks
from scanner.inventory.records import Event, Knowledge, ScanRow
from scanner.inventory.rules import current, events, placement
from scanner.inventory.rules.current import Fact
from scanner.inventory.rules.identifiers import Claims
from scanner.inventory.rules.judging import Judging, ages
from scanner.inventory.settle.batch import COLUMNS, Batch, Device, load

_PLACES = ("switch.", "lldp-med.voice-vlan")
#: Facts of one subject beyond which its superseded ones are forgotten down to half of it.
_MOST_FACTS = 2_000
_TIMES = frozenset({"last_seen", "last_scan", "misses"})
_STATE = ("state", "site", "ip", "mac", "manufacturer", "model", "firmware", "switch", "switch_port")


def work_out(
    db: sqlite3.Connection, scan: ScanRow, knowledge: Knowledge, claims: Claims, signature: int, now: str
) -> int:
    """Work out the device of every touched subject again; returns how many were written."""
    changed = 0
    judging = Judging(knowledge)
    while True:
        with writing(db):
            batch = load(db)
            if not batch.keys:
                return changed
            changed += _Writer(db, scan, knowledge, claims, judging, signature, now).write(batch)
            db.executemany("UPDATE subjects SET touched = 0 WHERE id = ?", [(one,) for one in batch.keys])


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
        self.known_sites: dict[str, bool] = {}

    def write(self, batch: Batch) -> int:
        """Work out a batch and write what changed; returns the number of devices written anew or changed."""
        gone = 0
        for subject, (key, touched) in batch.keys.items():
            before = batch.before.get(subject)
            if self._one(subject, key, touched > 1, batch, before) is None and before is not None:
                drop_device(self.db, subject)
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

    def _one(self, subject: int, key: str, lost: bool, batch: Batch, before: Device | None) -> Device | None:
        """The device of one subject, noted for writing; None when the subject is no device."""
        facts = batch.facts[subject]
        if not facts:
            return None
        now_told = current.current(facts)
        if len(facts) > _MOST_FACTS:
            self._thin(subject, facts, now_told)
        told = batch.told.get(subject, ())
        spot = placement.address(placement.spots(subject, facts, told, batch.rivals))
        device = {"id": subject, **placement.lifetime(key, spot, facts, lost, before)}
        mac = device["mac"]
        places = [f.fact for f in now_told if f.field.startswith("switch.")]
        told_and_age = sorted((f.fact, age) for f, age in zip(now_told, ages(now_told), strict=True))
        # of whole numbers alone: Python hashes them the same in every run
        device["evidence"] = hash((self.signature, mac is None, mac in batch.shared, *places, *told_and_age))
        if before is not None and before["evidence"] == device["evidence"]:
            device = {**before, **device}
            times = {name: device[name] for name in _TIMES}
            if device == {**before, **times}:
                if device != before:
                    self.seen_again.append((device["last_seen"], device["last_scan"], device["misses"], subject))
                return device
        identity, host = self.judging.known(now_told)
        everything = self.knowledge.keep_all or (before is not None and before["kind"] not in PHONE_KINDS)
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

    def _thin(self, subject: int, facts: Sequence[Fact], now_told: Sequence[Fact]) -> None:
        """Forget the oldest superseded facts of a subject that tells something new every time."""
        holds = {one.fact for one in now_told}
        old = sorted((one for one in facts if one.fact not in holds), key=lambda one: one.last)
        gone = [(subject, one.fact) for one in old[: len(facts) - _MOST_FACTS // 2]]
        self.db.executemany("DELETE FROM observations WHERE subject_id = ? AND fact = ?", gone)

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

    def _baseline(self, site: str) -> bool:
        """Whether nothing was known of a site before this scan, so that nothing there can be said to appear."""
        if site == self.scan.site:
            return self.scan.baseline
        if site not in self.known_sites:
            self.known_sites[site] = bool(
                self.db.execute(
                    "SELECT 1 FROM devices WHERE site = ? AND first_scan < ? LIMIT 1", (site, self.scan.id)
                ).fetchone()
            )
        return not self.known_sites[site]

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
        found = events.changes(old, after, baseline=self._baseline(device["site"]), still=still)
        if old is None:
            found += events.first_conflicts(after)
        elif device["first_scan"] == self.scan.id:
            found = [one for one in found if one.kind == "conflict"]  # new in this scan: it is still being found out
        if device["state"] == "replaced" and before is not None and before["state"] != "replaced":
            gone = Event("vanished", old=before["ip"], note="another device has the address now")
            found = [gone, *(one for one in found if one.kind != "moved")]
        self.events += [event_row(one, device["id"], self.scan, self.now) for one in found]
        state = tuple(device[name] for name in _STATE)
        if old is None or before is None or was is None or state != tuple(before[name] for name in _STATE) or (
            (was.status, was.compliance) != (overall.status, overall.compliance)
        ):  # fmt: skip
            self.states.append(state_row(device, overall, self.scan.id))


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
