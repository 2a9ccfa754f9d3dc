"""Policies and exceptions in the database, by a hash of their content: past verdicts can be reproduced by them."""

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
