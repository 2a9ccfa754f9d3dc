"""What past verdicts are reproduced by: policies and exceptions by a hash of their content, and the settlings."""

from __future__ import annotations

import sqlite3
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from scanner.compliance.policy import Policy
    from scanner.inventory.records import Knowledge


def digest(policy: Policy) -> str:
    """A name of the content of a policy."""
    return blake2b(_content(policy), digest_size=8).hexdigest()


def _content(policy: Policy) -> bytes:
    return msgspec.json.encode(policy, order="deterministic")


def store(db: sqlite3.Connection, knowledge: Knowledge, now: str) -> None:
    """Store the policy and the exceptions of a knowledge, once each. The caller holds the transaction."""
    policy = knowledge.policy
    rows = [(digest(policy), "policy", policy.name, _content(policy).decode(), now)]
    for one in knowledge.exceptions:
        rows.append((one.digest, "exception", one.owner, msgspec.json.encode(one).decode(), now))
    db.executemany("INSERT OR IGNORE INTO rulings VALUES (?, ?, ?, ?, ?)", rows)


def begin_settling(db: sqlite3.Connection, scan: int, policy: Policy) -> int:
    """The number of a settling that begins; they are in the order in which verdicts replace each other."""
    cursor = db.execute("INSERT INTO settlings (scan_id, policy) VALUES (?, ?)", (scan, digest(policy)))
    return int(cursor.lastrowid or 0)


def end_settling(db: sqlite3.Connection, settling: int, now: str) -> None:
    """A settling is complete: from now on past verdicts are those after it."""
    db.execute("UPDATE settlings SET finished = ? WHERE id = ?", (now, settling))
