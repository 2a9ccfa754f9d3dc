"""Walks of a switch's tables over SNMP: the next request, given the last reply. No socket, no clock.

`read_tables` is a generator: it yields `WalkRequest`s and is resumed with a `WalkReply`, or None when none arrived in
time. The same logic drives v1 and v2c over our own codec, v3 over pysnmp, and tests with a list of replies.

Requests to an agent: GETBULK begins with 10 repetitions, which double while replies arrive and are halved on errors
(tooBig, genErr, two lost replies); GETNEXT is the last resort. The next column begins as the last one ended. A table
whose first column has no row costs one request. An OID that does not increase ends a column (agents loop), and so do
too many rows or octets (agents never end). What was read is kept, and the table is marked as partial.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import lt
from typing import NamedTuple

from scanner.core.budget import AGENT, CELL, COLUMN, OBJECT, ByteBudget, octets_of
from scanner.wire.snmp import NO_SUCH_NAME, Missing, Value

FIRST_REPETITIONS, MOST_REPETITIONS = 10, 60
#: Rows of one column after which a table is taken for endless.
COLUMN_ROWS = 60_000
#: GETNEXT requests without a reply that end a column, and columns without a reply that end the walk.
PATIENCE, GIVEN_UP_COLUMNS = 3, 3


class Kind(StrEnum):
    """The requests of a walk; there are no others."""

    GET = "get"
    NEXT = "next"
    BULK = "bulk"


class WalkRequest(NamedTuple):
    """One request. `repetitions` is for BULK alone; `context` is the VLAN whose bridge table is read."""

    kind: Kind
    oids: tuple[str, ...]
    repetitions: int = 0
    context: str = ""


class WalkReply(NamedTuple):
    """One reply: varbinds and error-status (RFC 3416 3)."""

    varbinds: tuple[tuple[str, Value], ...]
    error_status: int = 0


Row = tuple[str, int | bytes | str]
Steps = Generator[WalkRequest, WalkReply | None, None]


class TableRequest(NamedTuple):
    """One table to read: its name, its columns (name → OID), and the one without which the others are not requested."""

    name: str
    columns: Mapping[str, str]
    gate: str = ""


@dataclass(slots=True)
class AgentLimits:
    """The requests that this agent accepts, kept from column to column."""

    bulk: bool = True
    repetitions: int = FIRST_REPETITIONS
    ceiling: int = MOST_REPETITIONS
    requests: int = 0
    worked: bool = False
    #: What may be kept of the agent's rows. `room(octets)` is called before it is taken, and may wait for other agents.
    budget: ByteBudget = field(default_factory=lambda: ByteBudget(AGENT))
    room: Callable[[int], bool] = lambda octets: True
    #: Bulk and repetitions before it stopped responding, restored when it responds again.
    lapsed: tuple[bool, int] | None = None


@dataclass(slots=True)
class TablesRead:
    """The rows read so far and the tables that are partial: filled by `read_tables`, which a time budget can end."""

    rows: list[Row] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    unresponsive: bool = False
    truncated: bool = False


def read_tables(tables: Iterable[TableRequest], reading: TablesRead, limits: AgentLimits) -> Steps:
    """Read tables into `reading`. Stops when the agent no longer responds."""
    given_up = 0
    for table in tables:
        for column, oid in table.columns.items():
            before = len(reading.rows)
            whole = yield from read_column(oid, reading.rows, limits)
            has_rows = len(reading.rows) > before
            if not whole and table.name not in reading.partial:
                reading.partial.append(table.name)
            given_up = 0 if whole or has_rows else given_up + 1
            if limits.budget.refused:
                reading.truncated = True
                return
            if given_up >= GIVEN_UP_COLUMNS:
                reading.unresponsive = True
                return
            if whole and not has_rows and column == table.gate:
                break  # no row has this column, so there are no rows


def read_column(
    root: str, rows: list[Row], limits: AgentLimits, context: str = ""
) -> Generator[WalkRequest, WalkReply | None, bool]:
    """Read everything under `root`; True when its end was reached.

    A column ends at `COLUMN` octets, and the reading of the agent when its budget is spent.
    """
    own = ByteBudget(COLUMN)
    prefix = f"{root}."
    at, last, taken, trouble = root, _FIRST, 0, 0
    usual, steady = (limits.bulk, limits.repetitions), limits.repetitions
    while taken < COLUMN_ROWS:
        bulk = limits.bulk
        request = WalkRequest(Kind.BULK if bulk else Kind.NEXT, (at,), limits.repetitions if bulk else 0, context)
        limits.requests += 1
        reply = yield request
        if reply is None or (reply.error_status and reply.error_status != NO_SUCH_NAME):
            trouble += 1
            refused = reply is not None
            if not bulk and (trouble >= PATIENCE or refused):
                if refused and limits.worked:  # the error is this column's: others are read as before
                    limits.bulk, limits.repetitions = usual
                elif usual[0]:
                    limits.lapsed = usual
                return False
            # One lost packet does not reduce the repetitions; the next one does.
            if bulk and (refused or trouble > 1 or limits.repetitions < steady):
                trouble = 0
                _reduce_repetitions(limits, refused)
            continue
        trouble = 0
        if reply.error_status == NO_SUCH_NAME or not reply.varbinds:
            return True  # the end of the MIB in SNMPv1 (RFC 1157 4.1.3)
        limits.worked = True
        if limits.lapsed:  # it responds again
            (limits.bulk, limits.repetitions), limits.lapsed = limits.lapsed, None
        inside, whole = _inside(reply.varbinds, prefix)
        keys = [tuple(map(int, oid[len(prefix) :].split("."))) for oid, _ in inside]
        ordered = _in_order(last, keys)
        kept = list(_kept(inside[:ordered], prefix, context))
        octets = sum(map(_octets_of_row, kept))
        if not own.take(octets) or not limits.budget.take(octets):
            return False  # it does not end, or keeps more than is read
        if not limits.room(octets):
            limits.budget.refused += 1
            return False
        rows += kept
        if ordered < len(keys):
            return False  # it loops, or is out of order: what is missing is unknown
        if not whole:
            return True
        at, last, taken = inside[-1][0], keys[-1], taken + len(inside)
        if bulk and len(inside) >= request.repetitions:
            limits.repetitions = min(limits.repetitions * 2, limits.ceiling)
        steady = limits.repetitions
    return False


_Bind = tuple[str, Value]
_FIRST: tuple[int, ...] = ()


def _inside(varbinds: Sequence[_Bind], prefix: str) -> tuple[Sequence[_Bind], bool]:
    """The varbinds of the column, and whether all of them are: the first other one is behind the column's end."""
    for place, (oid, value) in enumerate(varbinds):
        if not oid.startswith(prefix) or value.__class__ is Missing:
            return varbinds[:place], False
    return varbinds, True


def _in_order(last: tuple[int, ...], keys: Sequence[tuple[int, ...]]) -> int:
    """How many keys follow on `last` and on each other, as they must (RFC 1905 4.2.2)."""
    if all(map(lt, (last, *keys), keys)):
        return len(keys)
    for place, key in enumerate(keys):
        if key <= last:
            return place
        last = key
    return len(keys)


def _reduce_repetitions(limits: AgentLimits, refused: bool) -> None:
    """Halve the repetitions of GETBULK, or use GETNEXT. A rejected number is the limit from now on."""
    if limits.repetitions > 1:
        limits.repetitions //= 2
        if refused:
            limits.ceiling = limits.repetitions
    else:
        limits.bulk = False


def _octets_of_row(row: Row) -> int:
    """About how many octets a row takes in memory."""
    return OBJECT + len(row[0]) + (OBJECT // 2 if isinstance(row[1], int) else octets_of(row[1]) - OBJECT // 2)


def _kept(varbinds: Sequence[_Bind], prefix: str, context: str) -> Iterator[Row]:
    """Rows to keep: all but NULLs. One of a VLAN's context is marked as `VLAN@` before its index, since the same mac is
    there once for each VLAN."""
    mark = f"{prefix}{context}@" if context else ""
    for oid, value in varbinds:
        if isinstance(value, int | bytes | str):
            yield (f"{mark}{oid[len(prefix) :]}" if mark else oid), value if isinstance(value, int) else value[:CELL]
