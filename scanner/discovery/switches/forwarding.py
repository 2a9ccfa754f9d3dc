"""Bridge and ARP tables: on which port and VLAN a mac is, and which addresses it has.

A mac is seen on every switch on its way. Only an edge port is the port of the device: no bridge announces itself
behind it, and few macs are seen on it. A phone with a PC behind it, both in two VLANs, is well under the limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from scanner.core.text import identifying_mac
from scanner.discovery.lldp import usable
from scanner.discovery.switches import values
from scanner.discovery.switches.ports import Columns, Port, Ports

#: More macs than this on a port, and it is taken for an uplink.
EDGE_MACS = 8
#: dot1dTpFdbStatus and dot1qTpFdbStatus: learned, and the switch's own.
_LEARNED, _SELF = 3, 4
_VLAN_LIMIT = 4094


class Place(NamedTuple):
    """A mac on an edge port."""

    mac: str
    port: Port
    vlan: str | None


class Resolution(NamedTuple):
    """A mac and an address, as a router or switch resolved it."""

    mac: str
    ip: str


class _Row(NamedTuple):
    mac: str
    bridge_port: str
    vlan: str | None
    context: str = ""


def places(columns: Columns, ports: Ports, uplinks: frozenset[str], edge_macs: int = EDGE_MACS) -> list[Place]:
    """Macs on edge ports. `uplinks` are names of ports behind which a bridge announced itself.

    Of a mac in several VLANs the tagged one counts: a phone is in its voice VLAN, and in the data VLAN while it boots.
    """
    seen: dict[Port, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for row in (*_vlan_rows(columns), *_plain_rows(columns)):
        vlans = seen[ports.of_bridge_port(row.bridge_port, row.context)][row.mac]
        if row.vlan:
            vlans[row.vlan] = row.vlan == ports.pvid(row.bridge_port)
    found = []
    for port, macs in seen.items():
        if port.name not in uplinks and len(macs) <= edge_macs and not ports.aggregate(port):
            found += [Place(mac, port, _vlan(vlans)) for mac, vlans in macs.items()]
    return found


def _vlan(untagged: dict[str, bool]) -> str | None:
    return min(untagged, key=lambda vlan: (untagged[vlan], int(vlan)), default=None)


def _vlan_rows(columns: Columns) -> Iterator[_Row]:
    vlan_of = {str(fdb): index.rpartition(".")[2] for index, fdb in columns.get("vlan.fdb", {}).items()}
    status = columns.get("qfdb.status", {})
    for index, value in columns.get("qfdb.port", {}).items():
        fdb, _, octets = index.partition(".")
        mac, port = _index_mac(octets), values.number(value)
        if mac and port and status.get(index, _LEARNED) != _SELF:
            vlan = vlan_of.get(fdb, fdb)
            yield _Row(mac, str(port), vlan if vlan.isdigit() and 0 < int(vlan) <= _VLAN_LIMIT else None)


def _plain_rows(columns: Columns) -> Iterator[_Row]:
    status = columns.get("fdb.status", {})
    for index, value in columns.get("fdb.port", {}).items():
        context, _, octets = index.rpartition("@")  # the engine puts `VLAN@` before the rows of a community context
        mac, port = _index_mac(octets), values.number(value)
        if mac and port and status.get(index, _LEARNED) != _SELF:
            yield _Row(mac, str(port), context or None, context)


def _index_mac(octets: str) -> str | None:
    parts = octets.split(".")
    if len(parts) != 6 or not all(part.isdigit() and int(part) < 256 for part in parts):
        return None
    mac = ":".join(f"{int(part):02x}" for part in parts)
    return mac if identifying_mac(mac) else None


def resolutions(columns: Columns) -> list[Resolution]:
    """ipNetToMedia (ifIndex, address) and ipNetToPhysical (ifIndex, type, length, address) rows."""
    found: dict[tuple[str, str], None] = {}
    for column, skip in (("arp.mac", 1), ("neighbour.mac", 3)):
        for index, value in columns.get(column, {}).items():
            mac = values.octets_mac(value)
            parts = index.split(".")[skip:]
            if not mac or not identifying_mac(mac) or not all(part.isdigit() and int(part) < 256 for part in parts):
                continue
            ip = values.address(bytes(int(part) for part in parts)) if len(parts) in (4, 16) else None
            if ip and usable(ip):
                found[mac, ip] = None
    return [Resolution(mac, ip) for mac, ip in found]
