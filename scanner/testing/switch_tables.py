"""The SNMP tables of a simulated switch, from the devices at its ports.

LLDP-MIB, LLDP-EXT-MED-MIB, CISCO-CDP-MIB, BRIDGE-MIB, Q-BRIDGE-MIB, IP-MIB, IF-MIB and ENTITY-MIB as real agents
have them. `lldp_port` and `if_index` of a port may differ, as they do on real switches.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.testing.phones import GAUGE32, TIME_TICKS, SnmpRow, integer, object_id, octets

_LLDP = "1.0.8802.1.1.2.1"
_MED = f"{_LLDP}.5.4795.1.3"
_CDP = "1.3.6.1.4.1.9.9.23.1.2.1.1"
_BRIDGE = "1.3.6.1.2.1.17"
#: LldpSystemCapabilitiesMap (LLDP-MIB): bits from the left.
BRIDGE, ROUTER, TELEPHONE, STATION = 0x20, 0x08, 0x04, 0x01


@dataclass(frozen=True, slots=True, kw_only=True)
class MedInventory:
    """The LLDP-MED data of an endpoint (TIA-1057): class, inventory and voice policy."""

    device_class: int = 3
    hardware: str = ""
    firmware: str = ""
    software: str = ""
    serial: str = ""
    manufacturer: str = ""
    model: str = ""
    asset: str = ""
    voice_vlan: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchNeighbour:
    """A device in the neighbour table of a switch. Empty texts are empty values; `lldp=False`: without LLDP row.

    Most phones send their address as chassis id (subtype 5) and their mac as port id (subtype 3); without `ip`
    the chassis is the mac (subtype 4). `cdp` is (device id, platform, version) or None.
    """

    mac: str
    ip: str | None = None
    system_name: str = ""
    system_description: str = ""
    port_description: str = ""
    capabilities: bytes = bytes((BRIDGE | TELEPHONE,))
    lldp: bool = True
    chassis: tuple[int, bytes] | None = None
    port: tuple[int, bytes] | None = None
    management: bool = True
    med: MedInventory | None = None
    cdp: tuple[str, str, str] | None = None
    voice_vlan: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPort:
    """A port: its names, its numbers in three tables, its neighbours, and further macs as (vlan, mac)."""

    name: str
    if_index: int
    bridge_port: int
    lldp_port: int
    description: str = ""
    neighbours: tuple[SwitchNeighbour, ...] = ()
    seen: tuple[tuple[int, str], ...] = ()
    data_vlan: int = 1


def numbered_ports(count: int, *, prefix: str = "GigabitEthernet1/0/", short: str = "Gi1/0/") -> list[SwitchPort]:
    """`count` empty ports with the numbers of one vendor: ifIndex from 10101, bridge port and LLDP port from 1."""
    return [
        SwitchPort(name=f"{short}{n}", description=f"{prefix}{n}", if_index=10100 + n, bridge_port=n, lldp_port=n)
        for n in range(1, count + 1)
    ]


def switch_rows(
    name: str,
    ports: Sequence[SwitchPort],
    *,
    mac: str = "00:1b:54:00:00:01",
    description: str = "Simulated switch, Version 1.0",
    object_identifier: str = "1.3.6.1.4.1.8072.3.2.10",
    arp: Mapping[str, str] | None = None,
    q_bridge: bool = True,
    serial: str = "SIM0000001",
) -> tuple[SnmpRow, ...]:
    """All rows of a switch's agent. `arp` is address → mac, in its ARP table; without `q_bridge` the macs are only in
    the table of BRIDGE-MIB, which contains no VLAN."""
    rows = [
        *_system(name, description, object_identifier, mac, serial),
        *_interfaces(ports),
        *_forwarding(ports, mac, q_bridge),
        *_lldp_local(name, description, mac, ports),
        *_arp(arp or {}),
    ]
    for port in ports:
        for number, neighbour in enumerate(port.neighbours, 1):
            rows += _lldp_remote(port, number, neighbour)
            rows += _cdp(port, number, neighbour)
    return tuple(rows)


def _system(name: str, description: str, object_identifier: str, mac: str, serial: str) -> Iterator[SnmpRow]:
    yield octets("1.3.6.1.2.1.1.1.0", description)
    yield object_id("1.3.6.1.2.1.1.2.0", object_identifier)
    yield SnmpRow("1.3.6.1.2.1.1.3.0", TIME_TICKS, 123_456_789)
    yield octets("1.3.6.1.2.1.1.5.0", name)
    yield octets("1.3.6.1.2.1.1.6.0", "")
    entity = "1.3.6.1.2.1.47.1.1.1.1"
    yield octets(f"{entity}.2.1", description)
    yield integer(f"{entity}.5.1", 3)  # chassis
    yield octets(f"{entity}.7.1", name)
    yield octets(f"{entity}.11.1", serial)
    yield octets(f"{entity}.13.1", "SIM-48")


def _interfaces(ports: Sequence[SwitchPort]) -> Iterator[SnmpRow]:
    for port in ports:
        yield integer(f"1.3.6.1.2.1.2.2.1.1.{port.if_index}", port.if_index)
        yield octets(f"1.3.6.1.2.1.2.2.1.2.{port.if_index}", port.description or port.name)
        yield integer(f"1.3.6.1.2.1.2.2.1.3.{port.if_index}", 6)  # ethernetCsmacd
        yield SnmpRow(f"1.3.6.1.2.1.2.2.1.5.{port.if_index}", GAUGE32, 1_000_000_000)
        yield integer(f"1.3.6.1.2.1.2.2.1.8.{port.if_index}", 1 if port.neighbours or port.seen else 2)
        yield octets(f"1.3.6.1.2.1.31.1.1.1.1.{port.if_index}", port.name)
        yield octets(f"1.3.6.1.2.1.31.1.1.1.18.{port.if_index}", "")


def _forwarding(ports: Sequence[SwitchPort], mac: str, q_bridge: bool) -> Iterator[SnmpRow]:
    yield octets(f"{_BRIDGE}.1.1.0", _raw(mac))
    for port in ports:
        yield integer(f"{_BRIDGE}.1.4.1.2.{port.bridge_port}", port.if_index)
        yield SnmpRow(f"{_BRIDGE}.7.1.4.5.1.1.{port.bridge_port}", GAUGE32, port.data_vlan)
        spoken = [(n.voice_vlan or port.data_vlan, n.mac) for n in port.neighbours]
        for vlan, seen in (*spoken, *port.seen):
            index = ".".join(str(octet) for octet in _raw(seen))
            if q_bridge:
                yield integer(f"{_BRIDGE}.7.1.2.2.1.2.{vlan}.{index}", port.bridge_port)
                yield integer(f"{_BRIDGE}.7.1.2.2.1.3.{vlan}.{index}", 3)  # learned
            else:
                yield octets(f"{_BRIDGE}.4.3.1.1.{index}", _raw(seen))
                yield integer(f"{_BRIDGE}.4.3.1.2.{index}", port.bridge_port)
                yield integer(f"{_BRIDGE}.4.3.1.3.{index}", 3)


def _lldp_local(name: str, description: str, mac: str, ports: Sequence[SwitchPort]) -> Iterator[SnmpRow]:
    yield integer(f"{_LLDP}.3.1.0", 4)
    yield octets(f"{_LLDP}.3.2.0", _raw(mac))
    yield octets(f"{_LLDP}.3.3.0", name)
    yield octets(f"{_LLDP}.3.4.0", description)
    for port in ports:
        yield integer(f"{_LLDP}.3.7.1.2.{port.lldp_port}", 5)  # interfaceName
        yield octets(f"{_LLDP}.3.7.1.3.{port.lldp_port}", port.name)
        yield octets(f"{_LLDP}.3.7.1.4.{port.lldp_port}", port.description or port.name)


def _lldp_remote(port: SwitchPort, number: int, neighbour: SwitchNeighbour) -> Iterator[SnmpRow]:
    if not neighbour.lldp:
        return
    index = f"0.{port.lldp_port}.{number}"
    raw = _raw(neighbour.mac)
    address = ipaddress.IPv4Address(neighbour.ip).packed if neighbour.ip else b""
    chassis = neighbour.chassis or ((5, b"\x01" + address) if address else (4, raw))
    port_id = neighbour.port or (3, raw)
    base = f"{_LLDP}.4.1.1"
    yield integer(f"{base}.4.{index}", chassis[0])
    yield octets(f"{base}.5.{index}", chassis[1])
    yield integer(f"{base}.6.{index}", port_id[0])
    yield octets(f"{base}.7.{index}", port_id[1])
    yield octets(f"{base}.8.{index}", neighbour.port_description)
    yield octets(f"{base}.9.{index}", neighbour.system_name)
    yield octets(f"{base}.10.{index}", neighbour.system_description)
    yield octets(f"{base}.11.{index}", neighbour.capabilities)
    yield octets(f"{base}.12.{index}", neighbour.capabilities)
    if neighbour.management and neighbour.ip:
        where = f"{index}.1.4.{neighbour.ip}"
        yield integer(f"{_LLDP}.4.2.1.3.{where}", 2)  # ifIndex
        yield integer(f"{_LLDP}.4.2.1.4.{where}", 1)
        yield object_id(f"{_LLDP}.4.2.1.5.{where}", "0.0")
    if med := neighbour.med:
        yield octets(f"{_MED}.1.1.1.{index}", b"\xcc")
        yield octets(f"{_MED}.1.1.2.{index}", b"\xcc")
        yield integer(f"{_MED}.1.1.3.{index}", med.device_class)
        if med.voice_vlan is not None:
            yield integer(f"{_MED}.2.1.2.{index}.1", med.voice_vlan)
            yield integer(f"{_MED}.2.1.3.{index}.1", 5)
            yield integer(f"{_MED}.2.1.4.{index}.1", 46)
            yield integer(f"{_MED}.2.1.5.{index}.1", 2)
            yield integer(f"{_MED}.2.1.6.{index}.1", 1)
        inventory = (
            med.hardware, med.firmware, med.software, med.serial, med.manufacturer, med.model, med.asset
        )  # fmt: skip
        for column, text in enumerate(inventory, 1):
            yield octets(f"{_MED}.3.1.{column}.{index}", text)


def _cdp(port: SwitchPort, number: int, neighbour: SwitchNeighbour) -> Iterator[SnmpRow]:
    if neighbour.cdp is None:
        return
    device, platform, version = neighbour.cdp
    index = f"{port.if_index}.{number}"
    if neighbour.ip:
        yield integer(f"{_CDP}.3.{index}", 1)  # ip
        yield octets(f"{_CDP}.4.{index}", ipaddress.IPv4Address(neighbour.ip).packed)
    yield octets(f"{_CDP}.5.{index}", version)
    yield octets(f"{_CDP}.6.{index}", device)
    yield octets(f"{_CDP}.7.{index}", "Port 1")
    yield octets(f"{_CDP}.8.{index}", platform)
    yield octets(f"{_CDP}.9.{index}", b"\x00\x00\x04\x90")  # host, IGMP, phone
    if neighbour.voice_vlan is not None:
        yield integer(f"{_CDP}.14.{index}", neighbour.voice_vlan)


def _arp(arp: Mapping[str, str]) -> Iterator[SnmpRow]:
    for address, mac in arp.items():
        yield integer(f"1.3.6.1.2.1.4.22.1.1.1.{address}", 1)
        yield octets(f"1.3.6.1.2.1.4.22.1.2.1.{address}", _raw(mac))
        yield SnmpRow(f"1.3.6.1.2.1.4.22.1.3.1.{address}", 64, ipaddress.IPv4Address(address).packed)
        yield integer(f"1.3.6.1.2.1.4.22.1.4.1.{address}", 3)  # dynamic


def _raw(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))
