"""Text output of net-snmp's snmpwalk, snmpbulkwalk and snmpget, with any of their options -O but -Ov.

Names are resolved for the objects that phonescan requests; rows of others are skipped. What the options -Oa and the
names of octets in an index make unreadable is a Problem that names the option to use.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import BinaryIO

from scanner.discovery.switches.mib import column_of
from scanner.discovery.switches.mib_names import BINARY, NODES
from scanner.discovery.switches.values import Value, octets_mac
from scanner.reading import walk_lines, walk_names, walk_values
from scanner.reading.agent import read_rows, wanted
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.walk_command import Walked
from scanner.reading.walk_lines import WalkRow

_ADDRESSES = frozenset({NODES["lldpRemManAddrEntry"], NODES["lldpV2RemManAddrEntry"]})
_BRIDGED = NODES["dot1dTpFdbEntry"]
_BRIDGED_MAC = NODES["dot1dTpFdbAddress"]
#: Column of octets → the column of its subtype, and the subtypes whose octets are not text.
_SUBTYPES = {
    NODES[f"{table}{name}Id"]: (NODES[f"{table}{name}IdSubtype"], subtypes)
    for table in ("lldpRem", "lldpV2Rem", "lldpLoc")
    for name, subtypes in (("Chassis", (4, 5)), ("Port", (3, 4)))
}
_SUBTYPE_COLUMNS = frozenset(column for column, _ in _SUBTYPES.values())
#: Columns whose values are in hexadecimal digits with any option, where the tool has the MIB.
_BITS = frozenset(
    NODES[f"{table}SysCap{which}"] for table in ("lldpRem", "lldpV2Rem") for which in ("Supported", "Enabled")
)
#: Sizes of capabilities, IPv4 addresses, those behind their family, macs, and the same of IPv6 addresses.
_SIZES = (2, 4, 5, 6, 16, 17)
_PORT_LIST = NODES["dot1qVlanCurrentUntaggedPorts"]
#: Most rows that are held at a time, most octets of their values, and most indexes and subtypes that are kept.
HELD, HELD_OCTETS, KEPT = 20_000, 8 << 20, 200_000


def looks_like(head: bytes) -> bool:
    """Whether some of the first lines are `OID = TYPE: value`, or most are an OID and a value."""
    return walk_lines.looks_like(head.decode("utf-8", "replace"))


def rows(stream: BinaryIO) -> Iterator[tuple[str, Value] | Walked | Problem]:
    """(OID, value) of every object that is read, and the agents that commands name."""
    indexes, characters = _Indexes(), _Characters()
    for row in walk_lines.rows(stream):
        if not isinstance(row, WalkRow):
            yield row
            continue
        oid = indexes.oid(row)
        if oid is None:
            continue
        column = walk_lines.column_of(oid)
        if not column and not wanted(oid):
            continue
        try:
            value = walk_values.value(row.spelled, column)
        except ValueError as error:
            if wanted(oid):
                yield Problem(row.number, str(error))
            continue
        if value is not None and not characters.hold(row, oid, column, value):
            yield oid, value
    yield from characters.held()
    yield from indexes.problems()


class _Indexes:
    """The OIDs of rows, and the indexes whose octets were printed as characters (`dot1dTpFdbPort.'..e.4V'`)."""

    def __init__(self) -> None:
        self._unreadable: dict[str, None] = {}
        self._macs: dict[str, list[str]] = defaultdict(list)
        self._seen: Counter[tuple[str, str]] = Counter()
        self._kept = 0

    def oid(self, row: WalkRow) -> str | None:
        """The numeric OID of a row. That of a management address ends before the address that cannot be read."""
        try:
            oid = walk_names.numeric(row.name)
            if oid is None and (name := walk_names.column_in(row.name)):
                self._unreadable[name] = None
            return oid
        except walk_names.UnreadableIndex as error:
            entry = error.column.rpartition(".")[0]
            if entry in _ADDRESSES:
                return ".".join((error.column, *error.arcs))
            if error.column == _BRIDGED_MAC:
                if self._kept < KEPT and (mac := _mac(row)):
                    self._kept += 1
                    self._macs[error.text].append(mac)
                return None
            if entry == _BRIDGED and (oid := self._bridged(error)):
                return oid
            if column_of(f"{error.column}.0"):
                self._unreadable[walk_names.name_of(error.column)] = None
            return None

    def _bridged(self, error: walk_names.UnreadableIndex) -> str | None:
        """The OID by the value of dot1dTpFdbAddress, whose rows come first and in the same order."""
        known = self._macs.get(error.text, ())
        place = self._seen[error.column, error.text]
        if place >= len(known):
            return None
        self._seen[error.column, error.text] += 1
        return ".".join((error.column, *(str(octet) for octet in bytes.fromhex(known[place].replace(":", "")))))

    def problems(self) -> Iterator[Problem]:
        """One problem for all indexes that cannot be read."""
        if self._unreadable:
            columns = ", ".join(self._unreadable)
            yield Problem(0, f"indexes of {columns} cannot be read; walk with -On or -Ob")


def _mac(row: WalkRow) -> str | None:
    try:
        return octets_mac(walk_values.value(row.spelled, _BRIDGED_MAC))
    except ValueError:
        return None


class _Characters:
    """Octets that may have been printed as characters (-Oa), dots for those that cannot be printed.

    They are held until a value in hexadecimal digits shows that the option was not used.
    """

    def __init__(self) -> None:
        self._held: list[tuple[str, Value]] = []
        self._subtypes: dict[str, Value] = {}
        self._hexadecimal = False
        self._size = 0

    def hold(self, row: WalkRow, oid: str, column: str, value: Value) -> bool:
        """Whether the row is held, so that `held` yields it."""
        if column not in BINARY:
            if column in _SUBTYPE_COLUMNS and len(self._subtypes) < KEPT:
                self._subtypes[oid] = value
            return False
        kind, text = walk_values.split(row.spelled)
        if column not in _BITS:
            self._hexadecimal |= kind == "Hex-STRING" or (not kind and walk_values.is_hexadecimal(kind, text))
        if self._hexadecimal or not isinstance(value, bytes) or b"." not in value or len(self._held) >= HELD:
            return False
        subtype, binary = _SUBTYPES.get(column, ("", ()))
        if subtype and self._subtypes.get(subtype + oid[len(column) :]) not in binary:
            return False
        if len(value) not in _SIZES and column != _PORT_LIST:
            return False
        self._size += len(value)
        if self._size > HELD_OCTETS:
            return False
        self._held.append((oid, value))
        return True

    def held(self) -> Iterator[tuple[str, Value] | Problem]:
        """The rows that were held, or the problem that they are unreadable."""
        if self._hexadecimal:
            yield from self._held
        elif self._held:
            yield Problem(0, f"{len(self._held)} macs and addresses are printed as characters; walk without -Oa")


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the walked agents, and of the hosts in their tables."""
    return read_rows(rows(stream), context)


FORMAT = Format("snmpwalk", "text of net-snmp's snmpwalk", looks_like, read)
