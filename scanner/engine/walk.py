"""Reading a switch's tables over SNMP: what to ask next, given what came back. No socket, no clock.

`read_tables` is a generator: it yields `Request`s and is sent a `Reply`, or None when nothing came in time. So the same
logic drives v1 and v2c over our own codec, v3 over pysnmp, and tests with a list of replies.

How it behaves towards an agent: GETBULK begins at 10 repetitions, grows while the answers come, is halved on trouble
(no answer, tooBig, genErr), and GETNEXT is the last resort; what worked for one column is how the next one begins. An
OID that does not increase ends a column (agents loop), and so do too many rows (agents never end). What was read stays,
and the table is said to be partial.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from scanner.wire.snmp import NO_SUCH_NAME, Missing, Value

FIRST_REPETITIONS, MOST_REPETITIONS = 10, 60
#: Rows of one column after which a table is taken for endless.
COLUMN_ROWS = 60_000
#: GETNEXT that stay without answer before a column is given up, and columns before the whole agent is.
PATIENCE, GIVEN_UP_COLUMNS = 3, 3


class Kind(StrEnum):
    """The requests that a harvest uses; nothing else can be asked."""

    GET = "get"
    NEXT = "next"
    BULK = "bulk"


class Request(NamedTuple):
    """One question. `repetitions` counts for BULK alone; `context` is a VLAN whose bridge table is asked for."""

    kind: Kind
    oids: tuple[str, ...]
    repetitions: int = 0
    context: str = ""


class Reply(NamedTuple):
    """One answer: varbinds and error-status (RFC 3416 3)."""

    varbinds: tuple[tuple[str, Value], ...]
    error_status: int = 0


Row = tuple[str, int | bytes | str]
Steps = Generator[Request, Reply | None, None]


@dataclass(slots=True)
class Manner:
    """What this agent takes: kept from column to column."""

    bulk: bool = True
    repetitions: int = FIRST_REPETITIONS
    ceiling: int = MOST_REPETITIONS
    requests: int = 0


@dataclass(slots=True)
class Reading:
    """What was read so far, and what was not: filled by `read_tables` as it goes, so that a budget can end it."""

    rows: list[Row] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    silent: bool = False


def read_tables(tables: Iterable[tuple[str, Mapping[str, str]]], reading: Reading, manner: Manner) -> Steps:
    """Read tables, (name, column name → OID) each, into `reading`. Stops when the agent has fallen silent."""
    given_up = 0
    for name, columns in tables:
        for oid in columns.values():
            before = len(reading.rows)
            whole = yield from read_column(oid, reading.rows, manner)
            if whole:
                given_up = 0
                continue
            if name not in reading.partial:
                reading.partial.append(name)
            given_up = given_up + 1 if len(reading.rows) == before else 0
            if given_up >= GIVEN_UP_COLUMNS:
                reading.silent = True
                return


def read_column(
    root: str, rows: list[Row], manner: Manner, context: str = ""
) -> Generator[Request, Reply | None, bool]:
    """Read everything under `root`; True when its end was reached."""
    at, taken, misses = root, 0, 0
    last = _key(root)
    while taken < COLUMN_ROWS:
        request = _request(at, manner, context)
        manner.requests += 1
        reply = yield request
        if reply is None or (reply.error_status and reply.error_status != NO_SUCH_NAME):
            if request.kind is Kind.NEXT:
                misses += 1
                if misses >= PATIENCE or reply is not None:
                    return False
            else:
                _humbler(manner)
            continue
        if reply.error_status == NO_SUCH_NAME or not reply.varbinds:
            return True  # v1's way to say that nothing follows (RFC 1157 4.1.3)
        misses = 0
        for oid, value in reply.varbinds:
            if isinstance(value, Missing) or not oid.startswith(root + "."):
                return True
            key = _key(oid)
            if key <= last:
                return False  # it loops, or is out of order: no telling what is missing
            if value is not None:
                rows.append((_in_context(oid, root, context), value))
            at, last, taken = oid, key, taken + 1
        if request.kind is Kind.BULK and len(reply.varbinds) >= request.repetitions:
            manner.repetitions = min(manner.repetitions * 2, manner.ceiling)
    return False


def _request(at: str, manner: Manner, context: str) -> Request:
    if manner.bulk:
        return Request(Kind.BULK, (at,), manner.repetitions, context)
    return Request(Kind.NEXT, (at,), 0, context)


def _humbler(manner: Manner) -> None:
    if manner.repetitions > 1:
        manner.repetitions //= 2
        manner.ceiling = max(manner.repetitions, 1)
    else:
        manner.bulk = False


def _key(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


def _in_context(oid: str, root: str, context: str) -> str:
    """A row of a VLAN's context is marked as `VLAN@` before its index: the same mac is there once for each VLAN."""
    return f"{root}.{context}@{oid[len(root) + 1 :]}" if context else oid
