"""Rows of switches' tables as agents send them, for tests: (OID, value) pairs."""

from __future__ import annotations

from scanner.discovery.switches import SwitchFindings, interpret
from scanner.discovery.switches.values import Value

Rows = list[tuple[str, Value]]

REMOTE, LOCAL = "1.0.8802.1.1.2.1.4.1.1", "1.0.8802.1.1.2.1.3.7.1"
MANAGEMENT = "1.0.8802.1.1.2.1.4.2.1.3"
MED = "1.0.8802.1.1.2.1.5.4795.1.3"
IF_DESCR, IF_TYPE, IF_ADDRESS = (f"1.3.6.1.2.1.2.2.1.{column}" for column in (2, 3, 6))
IF_NAME, IF_ALIAS = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.31.1.1.1.18"
BRIDGE_PORT, PVID = "1.3.6.1.2.1.17.1.4.1.2", "1.3.6.1.2.1.17.7.1.4.5.1.1"
FDB, QFDB = "1.3.6.1.2.1.17.4.3.1.2", "1.3.6.1.2.1.17.7.1.2.2.1.2"
ARP, NEIGHBOUR = "1.3.6.1.2.1.4.22.1.2", "1.3.6.1.2.1.4.35.1.4"
CDP, MIKROTIK = "1.3.6.1.4.1.9.9.23.1.2.1.1", "1.3.6.1.4.1.14988.1.1.11.1.1"
SWITCH = "10.0.0.2"
#: BITS of a telephone that bridges, of a bridge, of a station.
TELEPHONE, BRIDGE, STATION = b"\x24\x00", b"\x20\x00", b"\x01\x00"

_LLDP = {
    "chassis_subtype": 4, "chassis": 5, "port_subtype": 6, "port": 7, "port_description": 8, "name": 9,
    "description": 10, "supported": 11, "enabled": 12,
}  # fmt: skip


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def lldp(index: str, mac: str = "", ip: str = "", *, table: str = REMOTE, **cells: Value) -> Rows:
    """One neighbour as phones announce themselves: chassis id = address, port id = mac."""
    interpreted: dict[str, Value] = {}
    if ip:
        interpreted |= {"chassis_subtype": 5, "chassis": bytes([1, *map(int, ip.split("."))])}
    if mac:
        interpreted |= {"port_subtype": 3, "port": octets(mac)}
    return [(f"{table}.{_LLDP[name]}.{index}", value) for name, value in (interpreted | cells).items()]


def cdp(index: str, **cells: Value) -> Rows:
    columns = {"address_type": 3, "address": 4, "version": 5, "device": 6, "platform": 8, "capabilities": 9, "vlan": 14}
    return [(f"{CDP}.{columns[name]}.{index}", value) for name, value in cells.items()]


def names(*spelled: str) -> Rows:
    """ifName of the interfaces 1, 2, …"""
    return [(f"{IF_NAME}.{index}", name.encode()) for index, name in enumerate(spelled, 1)]


def fdb(mac: str, port: int, vlan: int | None = None) -> tuple[str, Value]:
    """One mac in the bridge's table, or in that of a VLAN."""
    index = ".".join(str(octet) for octet in octets(mac))
    return (f"{QFDB}.{vlan}.{index}", port) if vlan else (f"{FDB}.{index}", port)


def interpreted(*parts: Rows | tuple[str, Value], partial: tuple[str, ...] = ()) -> SwitchFindings:
    rows: Rows = []
    for part in parts:
        rows += [part] if isinstance(part, tuple) else part
    return interpret(rows, address=SWITCH, partial=partial)


def of(harvest: SwitchFindings, mac: str) -> dict[str, str]:
    """Field → value of what is said of a mac; the first of each."""
    found: dict[str, str] = {}
    for sighting in harvest.sightings:
        if sighting.mac == mac:
            found.setdefault(sighting.field, sighting.value)
            if sighting.ip:
                found.setdefault("ip", sighting.ip)
    return found


def macs(harvest: SwitchFindings) -> set[str | None]:
    return {sighting.mac for sighting in harvest.sightings}
