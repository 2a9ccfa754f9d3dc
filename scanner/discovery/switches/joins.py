"""Tables that extend the row of a neighbour: LLDP-MED inventory and policies, management addresses.

They are joined by local port and remote index. Agents number them differently now and then: a row of a port with one
neighbour is that neighbour's whatever its index, and an inventory on a port where one telephone is among others is the
telephone's, since computers announce none. A PC never gets the inventory of a phone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

from scanner.core.numbers import ARC, whole
from scanner.discovery.lldp import usable_vlan
from scanner.discovery.switches import values
from scanner.discovery.switches.ports import Columns
from scanner.discovery.switches.values import Value

T = TypeVar("T")
#: Application type of the voice policy (TIA-1057 10.2.3.1), as it ends a policy's index.
_VOICE = "1"
_TRUE = 1  # TruthValue


class Key(NamedTuple):
    """A neighbour's place: lldpRemLocalPortNum or ifIndex (None where the index has none, RouterOS), remote index."""

    port: str | None
    remote: str


def key(index: str) -> Key:
    """(time mark, port, index), or without time mark, or the index alone."""
    parts = index.split(".")
    if len(parts) >= 3:
        return Key(parts[1], parts[2])
    return Key(parts[0], parts[1]) if len(parts) == 2 else Key(None, parts[0])


class Joined(Generic[T]):
    """The values of one table, by neighbour."""

    def __init__(self, rows: Mapping[Key, T], neighbours: Iterable[Key]) -> None:
        self._rows = rows
        known = set(neighbours)
        self._on_port: dict[str | None, int] = defaultdict(int)
        for neighbour in known:
            self._on_port[neighbour.port] += 1
        self._strays: dict[str | None, list[T]] = defaultdict(list)
        for place, row in rows.items():
            if place not in known:
                self._strays[place.port].append(row)

    def orphans(self) -> list[Key]:
        """The neighbours of rows on ports without a known neighbour: the table of neighbours was not read or saved."""
        return [place for place in self._rows if not self._on_port.get(place.port)]

    def of(self, neighbour: Key, telephone: bool = False) -> T | None:
        """The row of a neighbour. `telephone`: whether it is the one telephone on its port."""
        found = self._rows.get(neighbour)
        if found is None and neighbour.port is not None and (telephone or self._on_port[neighbour.port] == 1):
            strays = self._strays.get(neighbour.port, ())
            return strays[0] if len(strays) == 1 else None
        return found


def inventories(columns: Columns) -> dict[Key, dict[str, Value]]:
    """lldpXMedRemCapabilities and lldpXMedRemInventory by neighbour."""
    found: dict[Key, dict[str, Value]] = defaultdict(dict)
    for column, cells in columns.items():
        if column.startswith("med.") and not column.startswith("med.policy."):
            for index, value in cells.items():
                found[key(index)].setdefault(column.removeprefix("med."), value)
    return found


def voice_vlans(columns: Columns) -> dict[Key, int]:
    """VLANs of the voice application by neighbour: index is the neighbour's, then the application type."""
    unknown = columns.get("med.policy.unknown", {})
    found = {}
    for index, value in columns.get("med.policy.vlan", {}).items():
        place, _, application = index.rpartition(".")
        vlan = values.number(value)
        if application == _VOICE and vlan is not None and usable_vlan(vlan) and unknown.get(index) != _TRUE:
            found[key(place)] = vlan
    return found


def management(columns: Columns, table: str) -> dict[str, Value]:
    """The rows of a table of management addresses: agents have one of its columns or both."""
    return {**columns.get(f"{table}.management-id", {}), **columns.get(f"{table}.management", {})}


def unread(cells: Mapping[str, Value], prefix: int) -> frozenset[Key]:
    """Neighbours with a management address that a text of the table does not show: the index ends at the family."""
    indexes = [index.split(".") for index in cells]
    return frozenset(Key(parts[1], parts[prefix - 1]) for parts in indexes if len(parts) == prefix + 1)


def addresses(cells: Mapping[str, Value], prefix: int) -> dict[Key, list[str]]:
    """Management addresses out of the index, `prefix` numbers in: family, length, octets. Agents that leave the length
    out are read as well."""
    found: dict[Key, list[str]] = defaultdict(list)
    for index in cells:
        parts = [number for part in index.split(".") if (number := whole(part, ARC)) is not None]
        if len(parts) <= prefix + 4:
            continue
        family, rest = parts[prefix], parts[prefix + 1 :]
        octets = rest[1:] if rest[0] == len(rest) - 1 else rest
        if family in (1, 2) and all(octet < 256 for octet in octets):
            spelled = values.address(bytes([family, *octets]))
            if spelled:
                found[Key(str(parts[1]), str(parts[prefix - 1]))].append(spelled)
    return found
