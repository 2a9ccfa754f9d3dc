"""Settling: recorded observations become facts of subjects, and subjects become devices with verdicts and events.

In steps that each leave the database consistent; after a crash between two of them the next settling continues:

1. `stage`: the macs, addresses and serials in the arrivals, and `review`: which of them several devices have;
2. `attribute`: the subject of each fact, a few hundred addresses in a transaction; arrivals become observations;
3. `devices`: the devices of the subjects whose facts changed, a few hundred in a transaction.
"""

from __future__ import annotations

import sqlite3
from hashlib import blake2b

import msgspec

from scanner.compliance.catalog import is_old
from scanner.inventory.db import catalogs, rulings
from scanner.inventory.db.connect import writing
from scanner.inventory.records import Knowledge, ScanRow
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.settle import attribute, devices, disputes, redate, review, stage, subjects


def settle(db: sqlite3.Connection, scan: ScanRow, knowledge: Knowledge, now: str) -> int:
    """Settle what this scan recorded, and what earlier ones left unsettled; the number of devices that changed."""
    reader, makers = knowledge.reader, Manufacturers(knowledge.fingerprints)
    signature = _knowledge_in_force(db, knowledge, now)
    with writing(db):
        rulings.store(db, knowledge, now)
        settling = rulings.begin_settling(db, scan.id, knowledge.policy)
    redate.redate(db, scan, now)
    stage.stage(db, knowledge.site_of, reader)
    review.review_macs(db, reader, makers)
    disputes.review_claims(db, reader, makers)
    review.review_serials(db)
    attribute.attribute(db, reader, makers, now)
    changed = devices.write(db, scan, settling, knowledge, makers, signature, now)
    with writing(db):
        rulings.end_settling(db, settling, now)
    return changed


def is_in_force(db: sqlite3.Connection, knowledge: Knowledge) -> bool:
    """Whether the last settling followed this knowledge."""
    return _is_stored(db, _signature(knowledge))


def _is_stored(db: sqlite3.Connection, signature: int) -> bool:
    row = db.execute("SELECT value FROM marks WHERE name = 'knowledge'").fetchone()
    return row is not None and row[0] == str(signature)


def _signature(knowledge: Knowledge) -> int:
    """A hash of all that verdicts are based on."""
    digest = blake2b(digest_size=7)
    digest.update(repr((knowledge.policy, knowledge.keep_all)).encode())
    for one in knowledge.exceptions:
        digest.update(repr((one, one.ended(knowledge.today))).encode())
    for catalog in knowledge.catalogs:
        digest.update(msgspec.json.encode(catalog))
        old = is_old(catalog, knowledge.policy.stale_after_days, knowledge.today)  # its verdicts state it
        digest.update(str(old).encode())
    digest.update(knowledge.fingerprints.edition.encode())
    return int.from_bytes(digest.digest(), "big")


def _knowledge_in_force(db: sqlite3.Connection, knowledge: Knowledge, now: str) -> int:
    """Store what verdicts are based on. Where it differs from the last time, every device is computed again."""
    signature = _signature(knowledge)
    if not _is_stored(db, signature):
        with writing(db):
            for catalog in knowledge.catalogs:
                catalogs.store(db, catalog, now, "program")
            db.execute("UPDATE subjects SET touched = 1 WHERE touched = 0 AND key != ?", (subjects.UNRESOLVED,))
            db.execute("INSERT OR REPLACE INTO marks VALUES ('knowledge', ?, ?)", (str(signature), now))
    return signature
