"""Bridge and ARP tables: on which port and in which VLAN a mac is learned, and which addresses it has.

A mac is learned on every switch on its way. Only an edge port is the port of the device: no bridge announces itself
behind it, and few macs are learned on it. A phone with a PC behind it, both in two VLANs, is well under the limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from scanner.core.numbers import whole
from scanner.core.text import identifying_mac
from scanner.discovery.lldp import usable
from scanner.discovery.switches import values
from scanner.discovery.switches.ports import Columns, Port, Ports

#: More macs than this on a port, and it is taken for an uplink.
EDGE_MACS = 8
#: Most macs, and most ports, whose VLAN is kept of a switch.
STATED = 60_000
#: dot1dTpFdbStatus and dot1qTpFdbStatus: learned, and the switch's own.
_LEARNED, _SELF = 3, 4
_VLAN_LIMIT = 4094

#: VLAN → whether its frames leave the port untagged; None where the agent does not report it.
Vlans = Mapping[str, bool | None]


class Place(NamedTuple):
    """A mac on an edge port."""

    mac: str
    port: Port
    vlan: str | None


class Resolution(NamedTuple):
    """A mac and an address, as a router or switch resolved it."""

    mac: str
    ip: str


class Entry(NamedTuple):
    """A row of a forwarding table; `untagged`: whether frames of the VLAN leave the port untagged, None if unknown."""

    mac: str
    port: Port
    vlan: str | None
    untagged: bool | None = None


class VoiceVlans:
    """The VLANs of phones that other tables of a switch state: of one mac, and of a port or of its neighbour."""

    def __init__(self) -> None:
        self.of_mac: dict[str, str] = {}
        self.of_port: dict[str, str] = {}

    def state(self, vlan: str, mac: str | None = None, port: str | None = None) -> None:
        """Keep a VLAN of a mac, of a port, or of both; the last one counts."""
        for known, key in ((self.of_mac, mac), (self.of_port, port)):
            if key and (key in known or len(known) < STATED):
                known[key] = vlan

    def states(self, vlan: str, mac: str, port: str) -> bool:
        """Whether a VLAN is stated for this mac, or for this port."""
        return vlan in (self.of_mac.get(mac), self.of_port.get(port))

    def vlans(self) -> frozenset[str]:
        """The voice VLANs of all ports: most switches have one."""
        return frozenset(self.of_port.values())


class _Row(NamedTuple):
    mac: str
    bridge_port: str
    vlan: str | None
    context: str = ""


def entries(columns: Columns, ports: Ports) -> Iterator[Entry]:
    """The rows of dot1qTpFdbTable and dot1dTpFdbTable."""
    for row in (*_vlan_rows(columns), *_plain_rows(columns)):
        untagged = ports.untagged(row.bridge_port, row.vlan) if row.vlan else None
        yield Entry(row.mac, ports.of_bridge_port(row.bridge_port, row.context), row.vlan, untagged)


class Learned:
    """The forwarding tables of one switch; `aggregate` returns whether a port is an aggregation of links.

    `voice` are the VLANs that other tables state.
    """

    def __init__(self, rows: Iterable[Entry], aggregate: Callable[[Port], bool], voice: VoiceVlans) -> None:
        self._aggregate = aggregate
        self._voice, self._voice_vlans = voice, voice.vlans()
        self._macs: dict[Port, dict[str, dict[str, bool | None]]] = defaultdict(lambda: defaultdict(dict))
        self._ports_of: dict[str, set[Port]] = defaultdict(set)
        for row in rows:
            vlans = self._macs[row.port][row.mac]
            self._ports_of[row.mac].add(row.port)
            if row.vlan:
                vlans[row.vlan] = row.untagged

    def places(self, uplinks: frozenset[str], edge_macs: int = EDGE_MACS) -> list[Place]:
        """Macs on edge ports. `uplinks` are names of ports behind which a bridge announced itself."""
        return [
            Place(mac, port, self._vlan(port, mac))
            for port, macs in self._macs.items()
            if port.name not in uplinks and len(macs) <= edge_macs and not self._aggregate(port)
            for mac in macs
        ]

    def vlan(self, mac: str, port: Port | None) -> str | None:
        """The VLAN of a mac on a port; on the port with the fewest macs where it is not learned on that one."""
        learned = sorted(self._ports_of.get(mac, ()), key=lambda each: (len(self._macs[each]), each.name))
        at = next((each for each in learned if port and each.name == port.name), learned[0] if learned else None)
        return self._vlan(at, mac) if at else None

    def _vlan(self, port: Port, mac: str) -> str | None:
        """Of several VLANs the stated or tagged one: a phone is in its voice VLAN, and in the PC's while it boots.

        Where neither is known, a voice VLAN of another port, else the VLAN that no other mac on the port is in.
        """
        others = {vlan for other, vlans in self._macs[port].items() if other != mac for vlan in vlans}
        rank = {False: 0, None: 1, True: 2}
        vlans, stated = self._macs[port][mac], self._voice.states
        return min(
            vlans,
            key=lambda vlan: (
                not stated(vlan, mac, port.name),
                rank[vlans[vlan]],
                vlan not in self._voice_vlans,
                vlan in others,
                int(vlan),
            ),
            default=None,
        )


def _vlan_rows(columns: Columns) -> Iterator[_Row]:
    vlan_of = _vlans(columns)
    status = columns.get("qfdb.status", {})
    for index, value in columns.get("qfdb.port", {}).items():
        fdb, _, octets = index.partition(".")
        mac, port = _index_mac(octets), values.number(value)
        if mac and port and status.get(index, _LEARNED) != _SELF:
            vlan = vlan_of.get(fdb, "") if vlan_of else fdb
            yield _Row(mac, str(port), vlan if whole(vlan, _VLAN_LIMIT) else None)


def _vlans(columns: Columns) -> dict[str, str]:
    """dot1qFdbId → VLAN by dot1qVlanCurrentTable.

    A forwarding table that several VLANs share shows none of them; an identifier that is in no row is the VLAN itself,
    where the table has that VLAN.
    """
    rows = [(index.rpartition(".")[2], values.number(value)) for index, value in columns.get("vlan.fdb", {}).items()]
    found: dict[str, str] = {vlan: vlan for vlan, _ in rows}
    shared: dict[str, set[str]] = defaultdict(set)
    for vlan, fdb in rows:
        if fdb is not None:
            shared[str(fdb)].add(vlan)
    return found | {fdb: next(iter(vlans)) if len(vlans) == 1 else "" for fdb, vlans in shared.items()}


def _plain_rows(columns: Columns) -> Iterator[_Row]:
    status = columns.get("fdb.status", {})
    for index, value in columns.get("fdb.port", {}).items():
        context, _, octets = index.rpartition("@")  # the engine puts `VLAN@` before the rows of a community context
        mac, port = _index_mac(octets), values.number(value)
        if mac and port and status.get(index, _LEARNED) != _SELF:
            yield _Row(mac, str(port), context or None, context)


def _index_mac(octets: str) -> str | None:
    parts = _octets(octets.split("."))
    if parts is None or len(parts) != 6:
        return None
    mac = ":".join(f"{part:02x}" for part in parts)
    return mac if identifying_mac(mac) else None


def _octets(parts: Sequence[str]) -> list[int] | None:
    """The arcs of an index as octets; None where one of them is none."""
    found = [number for part in parts if (number := whole(part, 255)) is not None]
    return found if len(found) == len(parts) else None


def resolutions(columns: Columns) -> list[Resolution]:
    """ipNetToMedia (ifIndex, address) and ipNetToPhysical (ifIndex, type, length, address) rows."""
    found: dict[tuple[str, str], None] = {}
    for column, skip in (("arp.mac", 1), ("neighbour.mac", 3)):
        for index, value in columns.get(column, {}).items():
            mac = values.octets_mac(value)
            parts = _octets(index.split(".")[skip:])
            if not mac or not identifying_mac(mac) or parts is None:
                continue
            ip = values.address(bytes(parts)) if len(parts) in (4, 16) else None
            if ip and usable(ip):
                found[mac, ip] = None
    return [Resolution(mac, ip) for mac, ip in found]
