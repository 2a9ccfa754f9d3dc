"""Working in what was recorded: arrivals → subjects → devices, verdicts, events.

In steps that each leave a sound database; a crash between two of them costs nothing, the next settling goes on:

1. `gather`: which macs, addresses and serials the arrivals name, and which of those are shared by several devices;
2. `attribute`: whose fact is it, a few hundred addresses a transaction; arrivals become observations;
3. `devices`: subjects whose facts changed are worked out again, a few hundred a transaction.
"""

from __future__ import annotations

import sqlite3
from hashlib import blake2b

import msgspec

from scanner.core.model import Catalog
from scanner.inventory.db import catalogs
from scanner.inventory.db.connect import writing
from scanner.inventory.records import Knowledge, ScanRow
from scanner.inventory.rules.identifiers import Claims
from scanner.inventory.settle import attribute, devices, stage, subjects


def settle(db: sqlite3.Connection, scan: ScanRow, knowledge: Knowledge, now: str) -> int:
    """Settle everything that was recorded, by this scan or one that did not get to it. Devices that changed."""
    claims = Claims(knowledge.fingerprints)
    signature = _knowledge_in_force(db, knowledge, now)
    stage.gather(db, knowledge, claims)
    attribute.attribute(db, claims, now)
    return devices.work_out(db, scan, knowledge, claims, signature, now)


def _knowledge_in_force(db: sqlite3.Connection, knowledge: Knowledge, now: str) -> int:
    """Note what verdicts are based on; where that differs from last time, every subject is worked out again."""
    digest = blake2b(digest_size=7)
    digest.update(repr((knowledge.policy, knowledge.keep_all)).encode())
    for catalog in knowledge.catalogs:
        digest.update(msgspec.json.encode(catalog))
        digest.update(str(_old(catalog, knowledge)).encode())
    digest.update(knowledge.fingerprints.edition.encode())
    signature = int.from_bytes(digest.digest(), "big")
    row = db.execute("SELECT value FROM marks WHERE name = 'knowledge'").fetchone()
    if row is None or row[0] != str(signature):
        with writing(db):
            for catalog in knowledge.catalogs:
                catalogs.store(db, catalog, now, "program")
            db.execute("UPDATE subjects SET touched = 1 WHERE touched = 0 AND key != ?", (subjects.UNRESOLVED,))
            db.execute("INSERT OR REPLACE INTO marks VALUES ('knowledge', ?, ?)", (str(signature), now))
    return signature


def _old(catalog: Catalog, knowledge: Knowledge) -> bool:
    """Whether verdicts must say that this catalog is old, which changes as days go by."""
    try:
        return (knowledge.today - knowledge.today.fromisoformat(catalog.date[:10])).days > (
            knowledge.policy.stale_after_days
        )
    except ValueError:
        return False
