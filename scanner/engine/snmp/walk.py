"""Reading a switch's tables over SNMP: what to ask next, given what came back. No socket, no clock.

`read_tables` is a generator: it yields `Request`s and is sent a `Reply`, or None when nothing came in time. So the same
logic drives v1 and v2c over our own codec, v3 over pysnmp, and tests with a list of replies.

How it behaves towards an agent: GETBULK begins at 10 repetitions, grows while the answers come, is halved on trouble
(tooBig, genErr, two times no answer), and GETNEXT is the last resort; what worked for one column is how the next one
begins. A table whose first column has no row costs one question. An OID that does not increase ends a column (agents
loop), and so do too many rows (agents never end). What was read stays, and the table is said to be partial.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import lt
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


class Wanted(NamedTuple):
    """One table to read: its name, its columns (name → OID), and the one without which the others need no question."""

    name: str
    columns: Mapping[str, str]
    gate: str = ""


@dataclass(slots=True)
class Manner:
    """What this agent takes: kept from column to column."""

    bulk: bool = True
    repetitions: int = FIRST_REPETITIONS
    ceiling: int = MOST_REPETITIONS
    requests: int = 0
    worked: bool = False
    #: How it was asked before it fell silent, so that one which comes back is asked so again.
    lapsed: tuple[bool, int] | None = None


@dataclass(slots=True)
class Reading:
    """What was read so far, and what was not: filled by `read_tables` as it goes, so that a budget can end it."""

    rows: list[Row] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    silent: bool = False


def read_tables(tables: Iterable[Wanted], reading: Reading, manner: Manner) -> Steps:
    """Read tables into `reading`. Stops when the agent has fallen silent."""
    given_up = 0
    for table in tables:
        for column, oid in table.columns.items():
            before = len(reading.rows)
            whole = yield from read_column(oid, reading.rows, manner)
            told = len(reading.rows) > before
            if not whole and table.name not in reading.partial:
                reading.partial.append(table.name)
            given_up = 0 if whole or told else given_up + 1
            if given_up >= GIVEN_UP_COLUMNS:
                reading.silent = True
                return
            if whole and not told and column == table.gate:
                break  # no row has this column, so there are no rows


def read_column(
    root: str, rows: list[Row], manner: Manner, context: str = ""
) -> Generator[Request, Reply | None, bool]:
    """Read everything under `root`; True when its end was reached."""
    prefix = f"{root}."
    at, last, taken, trouble = root, _FIRST, 0, 0
    usual, steady = (manner.bulk, manner.repetitions), manner.repetitions
    while taken < COLUMN_ROWS:
        bulk = manner.bulk
        request = Request(Kind.BULK if bulk else Kind.NEXT, (at,), manner.repetitions if bulk else 0, context)
        manner.requests += 1
        reply = yield request
        if reply is None or (reply.error_status and reply.error_status != NO_SUCH_NAME):
            trouble += 1
            refused = reply is not None
            if not bulk and (trouble >= PATIENCE or refused):
                if refused and manner.worked:  # the trouble is this column's: others are asked as before
                    manner.bulk, manner.repetitions = usual
                elif usual[0]:
                    manner.lapsed = usual
                return False
            # One lost packet is no reason to ask for less; what follows on that is.
            if bulk and (refused or trouble > 1 or manner.repetitions < steady):
                trouble = 0
                _humbler(manner, refused)
            continue
        trouble = 0
        if reply.error_status == NO_SUCH_NAME or not reply.varbinds:
            return True  # v1's way to say that nothing follows (RFC 1157 4.1.3)
        manner.worked = True
        if manner.lapsed:  # it was silent for a while, and is back
            (manner.bulk, manner.repetitions), manner.lapsed = manner.lapsed, None
        inside, whole = _inside(reply.varbinds, prefix)
        keys = [tuple(map(int, oid[len(prefix) :].split("."))) for oid, _ in inside]
        ordered = _in_order(last, keys)
        rows += _kept(inside[:ordered], prefix, context)
        if ordered < len(keys):
            return False  # it loops, or is out of order: no telling what is missing
        if not whole:
            return True
        at, last, taken = inside[-1][0], keys[-1], taken + len(inside)
        if bulk and len(inside) >= request.repetitions:
            manner.repetitions = min(manner.repetitions * 2, manner.ceiling)
        steady = manner.repetitions
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


def _humbler(manner: Manner, refused: bool) -> None:
    """Ask for less. What an agent refused is its limit from now on; what was lost on the way may come another time."""
    if manner.repetitions > 1:
        manner.repetitions //= 2
        if refused:
            manner.ceiling = manner.repetitions
    else:
        manner.bulk = False


def _kept(varbinds: Sequence[_Bind], prefix: str, context: str) -> Iterator[Row]:
    """Rows to keep: all but NULLs. One of a VLAN's context is marked as `VLAN@` before its index, since the same mac is
    there once for each VLAN."""
    mark = f"{prefix}{context}@" if context else ""
    for oid, value in varbinds:
        if isinstance(value, int | bytes | str):
            yield (f"{mark}{oid[len(prefix) :]}" if mark else oid), value
