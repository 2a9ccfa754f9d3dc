"""Settling, third step: the devices of touched subjects, with verdicts, states and events. Only changes are written."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

import msgspec

from scanner.compliance.exceptions import DevicePlace
from scanner.core.fields import Role
from scanner.core.model import PHONE_KINDS, Assessment, Conflict, Identity
from scanner.firmware import compare
from scanner.identity.freshness import ages, step
from scanner.identity.location import location
from scanner.inventory.db import rulings
from scanner.inventory.db.connect import writing
from scanner.inventory.db.retention import drop_device
from scanner.inventory.db.sql import placeholders
from scanner.inventory.db.stored import decoded
from scanner.inventory.facts import Fact, digest
from scanner.inventory.records import Event, Knowledge, ScanRow
from scanner.inventory.rules import current, disputed, events, placement
from scanner.inventory.rules.device import CHANGING, COLUMNS, Device, Subject
from scanner.inventory.rules.judging import Judging
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.memory import as_of, earlier
from scanner.inventory.settle.batch import Batch, Held, load
from scanner.inventory.settle.rows import Row, event_row, insert_events, insert_states, state_row

#: Facts of one subject beyond which superseded ones are deleted, down to half of it.
_MOST_FACTS = 2_000


def write(
    db: sqlite3.Connection,
    scan: ScanRow,
    settling: int,
    knowledge: Knowledge,
    makers: Manufacturers,
    signature: int,
    now: str,
) -> int:
    """Compute the device of every touched subject; the number of devices that changed."""
    changed = 0
    writer = _Writer(db, scan, settling, knowledge, makers, signature, now)
    while True:
        with writing(db):
            batch = load(db, knowledge.reader)
            if not batch.subjects:
                return changed
            changed += writer.write(batch)
            db.executemany(
                "UPDATE subjects SET touched = 0 WHERE id = ?", [(subject.id,) for subject in batch.subjects]
            )


class _Writer:
    """Computes the devices of a batch and collects the rows to write."""

    def __init__(
        self,
        db: sqlite3.Connection,
        scan: ScanRow,
        settling: int,
        knowledge: Knowledge,
        makers: Manufacturers,
        signature: int,
        now: str,
    ) -> None:
        self.db, self.scan, self.knowledge, self.makers = db, scan, knowledge, makers
        self.settling, self.signature, self.now = settling, signature, now
        self.judging = Judging(knowledge)
        self.policy = rulings.digest(knowledge.policy)
        self.ended = {one.digest: one for one in knowledge.exceptions if one.ended(knowledge.today)}
        self.known_sites: dict[str, bool] = {}
        self._clear()

    def _clear(self) -> None:
        self.devices: list[Device] = []
        self.seen_again: list[Row] = []
        self.closed: list[Row] = []
        self.verdicts: list[Row] = []
        self.events: list[Row] = []
        self.states: list[Row] = []

    def write(self, batch: Batch) -> int:
        """Write what changed in a batch; the number of devices inserted, updated or deleted."""
        self._clear()
        deleted = 0
        for subject in batch.subjects:
            before = batch.before.get(subject.id)
            if self._one(subject, batch, before) is None and before is not None:
                drop_device(self.db, subject.id)
                deleted += 1
        run = self.db.executemany
        updates = ", ".join(f"{name} = excluded.{name}" for name in Device._fields[1:])
        insert = f"INSERT INTO devices ({COLUMNS}) VALUES ({placeholders(Device._fields)})"
        run(f"{insert} ON CONFLICT (id) DO UPDATE SET {updates}", self.devices)
        run("UPDATE devices SET last_seen = ?, last_scan = ?, misses = ? WHERE id = ?", self.seen_again)
        run("UPDATE assessments SET until = ?, until_settling = ? WHERE id = ?", self.closed)
        run(
            "INSERT INTO assessments (device_id, catalog, overall, status, compliance, reason, certified_firmware,"
            " catalog_source, catalog_date, time, policy, exception, settling)"
            f" VALUES ({placeholders(range(13))})",
            self.verdicts,
        )
        insert_events(self.db, self.events)
        insert_states(self.db, self.states)
        return len(self.devices) + deleted

    def _one(self, subject: Subject, batch: Batch, before: Device | None) -> Device | None:
        """The device of one subject, collected for writing; None when the subject is not kept as a device."""
        facts = current.outranking(batch.facts[subject.id], self.makers)
        if not facts:
            return None
        present = current.counted(facts, self.knowledge.fingerprints.models, subject.by_address).every
        if len(facts) > _MOST_FACTS:
            self._thin(facts, present)
        spots = placement.spots(subject.id, facts, batch.reported.get(subject.id, ()), batch.rivals)
        spot = placement.address(spots)
        disputes = (
            *disputed.claimed(subject.mac, present, batch.disputed),
            *disputed.claimed_by_others(batch.claimed.get(subject.id, ())),
        )
        borrowed = disputed.borrowed(subject.mac, present, batch.disputed)
        evidence = self._evidence(subject.mac, facts, present, batch, (*disputes, *borrowed))
        device = placement.placed(subject, spot, facts, before, evidence)
        if before is not None and device[:-CHANGING] == before[:-CHANGING]:
            if device != before:
                self.seen_again.append((*device[-CHANGING:], subject.id))
            return device
        identity, hostname = self.judging.known(present)
        everything = self.knowledge.keep_all or (before is not None and before.kind not in PHONE_KINDS)
        kept = current.kept(identity, present, device.mac, self.makers, everything)
        if kept is None or (device.mac in batch.shared and spot is None and kept.kind == "unknown"):
            return None
        conflicts = disputed.merged(current.real_conflicts(kept, facts), disputes)
        place = location(present)
        device = device._replace(
            hostname=hostname,
            kind=kept.kind,
            manufacturer=kept.manufacturer,
            model=kept.model,
            firmware=kept.firmware,
            line=kept.line,
            serial=kept.serial,
            confidence=kept.confidence,
            conflicts=msgspec.json.encode(conflicts).decode(),
            switch=place.switch,
            switch_port=place.port,
            vlan=place.vlan,
        )
        self.devices.append(device)
        held = batch.verdicts.get(subject.id, {})
        doubts = (*conflicts, *borrowed)
        judged = msgspec.structs.replace(kept, conflicts=doubts) if doubts != kept.conflicts else kept
        overall = self._judge(device, held, judged, as_of(kept, device.last_seen))
        verdict_before = next((one.verdict for one in held.values() if one.overall), None)
        still = self._still(kept, before, facts)
        if before is not None and before.ip and before.ip != device.ip and placement.by_servers_alone(before.ip, facts):
            still.append(before.ip)
        self._changes(device, before, overall, verdict_before, conflicts, still)
        return device

    def _evidence(
        self,
        mac: str | None,
        facts: Sequence[Fact],
        present: Sequence[Fact],
        batch: Batch,
        disputes: tuple[Conflict, ...],
    ) -> int:
        """A hash of what the device is computed from; of integers alone, which Python hashes alike in every run."""
        places = [fact.digest for fact in present if fact.about.role is Role.PLACE]
        aged = sorted((fact.digest, step(age)) for fact, age in zip(present, ages(present), strict=True))
        old = sorted(fact.digest for fact in earlier(present, facts) if fact.match)
        claims = [digest("", one.other, one.chosen, one.part, one.row, "") for one in disputes]
        return hash((self.signature, mac is None, mac in batch.shared, *claims, *places, *aged, *old))

    def _thin(self, facts: Sequence[Fact], present: Sequence[Fact]) -> None:
        """Delete the oldest superseded facts of a subject that has something new each time."""
        rows = {fact.row for fact in present}
        old = sorted((fact for fact in facts if fact.row not in rows), key=lambda fact: fact.last)
        deleted = [(fact.row,) for fact in old[: len(facts) - _MOST_FACTS // 2]]
        self.db.executemany("DELETE FROM observations WHERE id = ?", deleted)

    def _judge(
        self, device: Device, held: Mapping[str | None, Held], identity: Identity, as_of: Mapping[str, str]
    ) -> Assessment:
        """The overall verdict; verdicts in force that differ are closed."""
        overall, by_catalog = self.judging.verdicts(identity, DevicePlace(device.site, device.ip, device.mac), as_of)
        wanted = {one.catalog: (False, one) for one in by_catalog} | {overall.catalog: (True, overall)}
        for catalog, (row, was_overall, old) in held.items():
            is_overall, new = wanted.get(catalog, (False, None))
            if new is not None and is_overall == was_overall and old == new:
                del wanted[catalog]
            else:
                self.closed.append((self.now, self.settling, row))
        for catalog, (is_overall, new) in wanted.items():
            self.verdicts.append((
                device.id, catalog, int(is_overall), new.status, new.compliance, new.reason, new.certified_firmware,
                new.catalog_source, new.catalog_date, self.now, self.policy, new.exception, self.settling,
            ))  # fmt: skip
        return overall

    def _still(self, identity: Identity, before: Device | None, facts: Sequence[Fact]) -> list[str]:
        """The firmware of before when it is not replaced: spelled differently, or one of two that were seen then."""
        if before is None or not before.firmware or not identity.firmware:
            return []
        version = self.knowledge.fingerprints.version
        old, new = (
            version(identity.manufacturer, identity.model, text) for text in (before.firmware, identity.firmware)
        )
        if old is not None and new is not None and compare(old, new) == 0:
            return [before.firmware]
        first = {(fact.field, fact.value): fact.first for fact in facts}
        seen = {
            e.gives["firmware"]: first.get((e.field, e.value), "") for e in identity.evidence if "firmware" in e.gives
        }
        known_then = seen.get(identity.firmware, "") <= before.last_seen
        return [before.firmware] if before.firmware in seen and known_then else []

    def _baseline(self, site: str) -> bool:
        """Whether this scan is the first of a site, where nothing counts as appeared."""
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
        verdict_before: Assessment | None,
        conflicts: tuple[Conflict, ...],
        still: list[str],
    ) -> None:
        """Collect the events of a device, and its state if that changed."""
        after = _look(device, overall, conflicts)
        old = None
        if before is not None and verdict_before is not None:
            old = _look(before, verdict_before, decoded(before.conflicts, tuple[Conflict, ...]))
        found = events.changes(old, after, baseline=self._baseline(device.site), still=still)
        if any(one.kind == "conflict" for one in found):
            found = events.unrecorded(found, self._recorded_conflicts(device.id))
        if old is not None and device.first_scan == self.scan.id:
            found = [one for one in found if one.kind == "conflict"]  # new in this scan: still being discovered
        if (
            verdict_before is not None
            and overall.exception is None
            and (ended := self.ended.get(verdict_before.exception or ""))
        ):
            found.append(Event("exception-expired", "exception", ended.owner, None, ended.ending))
        if device.state == "replaced" and before is not None and before.state != "replaced":
            vanished = Event("vanished", old=before.ip, note=events.ADDRESS_TAKEN)
            found = [vanished, *(one for one in found if one.kind != "moved")]
        self.events += [event_row(one, device.id, self.scan, self.now) for one in found]
        state = state_row(device, overall, self.scan.id, self.settling)
        if (
            before is None
            or verdict_before is None
            or state != state_row(before, verdict_before, self.scan.id, self.settling)
        ):
            self.states.append(state)

    def _recorded_conflicts(self, device: int) -> list[tuple[str, str | None, str | None]]:
        """Part and both values of the conflicts that are events of a device."""
        statement = "SELECT part, old, new FROM events WHERE device_id = ? AND kind = 'conflict'"
        return self.db.execute(statement, (device,)).fetchall()


def _look(device: Device, verdict: Assessment, conflicts: tuple[Conflict, ...]) -> events.Look:
    return events.Look(
        state=device.state,
        last_seen=device.last_seen,
        ip=device.ip,
        mac=device.mac,
        switch=device.switch,
        switch_port=device.switch_port,
        firmware=device.firmware,
        status=verdict.status,
        compliance=verdict.compliance,
        reason=verdict.reason,
        conflicts=conflicts,
    )
