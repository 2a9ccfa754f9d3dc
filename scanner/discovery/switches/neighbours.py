"""Neighbours out of LLDP-MIB, LLDP-V2-MIB, LLDP-EXT-MED-MIB, CISCO-CDP-MIB and MikroTik's table: one record a row.

Rows stand alone: nothing is carried from one to the next. Tables of one protocol are joined by local port and remote
index; where an agent numbers them differently, by local port alone if there is one neighbour on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

from scanner.core.text import identifying_mac
from scanner.discovery.cdp import device_mac
from scanner.discovery.lldp import usable
from scanner.discovery.switches import values
from scanner.discovery.switches.ports import Columns, Port, Ports
from scanner.discovery.switches.values import Value
from scanner.wire.cdp import CAPABILITIES as CDP_CAPABILITIES
from scanner.wire.lldp_med import DEVICE_CLASSES

_TEXTS = (
    ("port-description", "lldp.port-description"),
    ("system-name", "lldp.system-name"),
    ("system-description", "lldp.system-description"),
)
_MED = (
    ("hardware", "lldp-med.hardware-revision"),
    ("firmware", "lldp-med.firmware-revision"),
    ("software", "lldp-med.software-revision"),
    ("serial", "lldp-med.serial"),
    ("manufacturer", "lldp-med.manufacturer"),
    ("model", "lldp-med.model"),
    ("asset", "lldp-med.asset-id"),
)
_VOICE = "1"
_T = TypeVar("_T")


class Neighbour(NamedTuple):
    """One row: protocol and index it came under, the port it was heard on, whose it is, findings."""

    protocol: str
    row: str
    port: Port | None
    mac: str | None
    addresses: tuple[str, ...]
    findings: tuple[tuple[str, str], ...]
    capabilities: tuple[str, ...]

    @property
    def telephone(self) -> bool:
        """Whether it says that it is a telephone."""
        return "telephone" in self.capabilities or "phone" in self.capabilities

    @property
    def relays(self) -> bool:
        """Whether it bridges or routes for others, and is no phone: what hangs behind it is not on this port."""
        return not self.telephone and bool({"bridge", "router", "repeater", "switch"} & set(self.capabilities))


class _Key(NamedTuple):
    port: str | None  # lldpRemLocalPortNum or ifIndex; None where the index has none (RouterOS)
    remote: str


def _key(index: str) -> _Key:
    """(time mark, port, index), or without time mark, or the index alone."""
    parts = index.split(".")
    if len(parts) >= 3:
        return _Key(parts[1], parts[2])
    return _Key(parts[0], parts[1]) if len(parts) == 2 else _Key(None, parts[0])


def lldp(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of LLDP-MIB with what LLDP-EXT-MED-MIB and the management address table add."""
    med, policies = _by_key(columns, "med."), columns.get("med.policy.vlan", {})
    managed = _management(columns.get("lldp.management", {}), prefix=3)
    rows = _rows(columns, "lldp.")
    on_port: dict[str | None, int] = defaultdict(int)
    for index in rows:
        on_port[_key(index).port] += 1
    interfaces = columns.get("mikrotik.interface", {})
    for index, row in rows.items():
        key = _key(index)
        alone = on_port[key.port] == 1
        port = ports.of_lldp_port(key.port) if key.port is not None else _mikrotik_port(interfaces.get(index), ports)
        extra = med.get(key) or (_only(med, key.port) if alone else None) or {}
        addresses = managed.get(key) or (_only(managed, key.port) if alone else None) or []
        vlan = _voice_vlan(policies, columns, key, alone)
        yield _lldp_neighbour("lldp", index, port, row, extra, addresses, vlan)


def lldp_v2(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of LLDP-V2-MIB: index is time mark, ifIndex, destination mac's number, remote index."""
    managed = _management(columns.get("lldp2.management", {}), prefix=4)
    for index, row in _rows(columns, "lldp2.").items():
        parts = index.split(".")
        ifindex = parts[1] if len(parts) >= 4 else parts[0]
        port = ports.of_ifindex(ifindex, "ifIndex") or Port(f"port {ifindex}", ifindex, "ifIndex")
        yield _lldp_neighbour("lldp2", index, port, row, {}, managed.get(_Key(ifindex, parts[-1]), []), None)


def cdp(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of CISCO-CDP-MIB's cache: index is ifIndex and device index."""
    for index, row in _rows(columns, "cdp.").items():
        ifindex = index.split(".")[0]
        device_id = values.text(row.get("device-id"))
        findings = [
            (f"cdp.{name}", spelled)
            for name in ("device-id", "platform", "version")
            if (spelled := values.text(row.get(name)))
        ]
        address = values.address(row.get("address"))
        if address and usable(address):
            findings.append(("cdp.address", address))
        bitmap = _bitmap(row.get("capabilities"))
        words = tuple(word for bit, word in enumerate(CDP_CAPABILITIES) if bitmap >> bit & 1)
        if words:
            findings.append(("cdp.capabilities", ",".join(words)))
        vlan = values.number(row.get("voice-vlan"))
        if vlan and vlan < 4095:
            findings.append(("lldp-med.voice-vlan", str(vlan)))
        port = ports.of_ifindex(ifindex, "ifIndex") or Port(f"port {ifindex}", ifindex, "ifIndex")
        addresses = (address,) if address and usable(address) else ()
        yield Neighbour("cdp", index, port, _identifying(device_mac(device_id)), addresses, tuple(findings), words)


def mikrotik(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of MikroTik's neighbour table that LLDP-MIB does not have as well."""
    heard = columns.get("lldp.chassis", {})
    for index, row in _rows(columns, "mikrotik.").items():
        if index in heard:
            continue
        findings = [
            (field, spelled)
            for name, field in (
                ("identity", "lldp.system-name"),
                ("platform", "cdp.platform"),
                ("version", "cdp.version"),
            )
            if (spelled := values.text(row.get(name)))
        ]
        address = values.address(row.get("address"))
        port = _mikrotik_port(row.get("interface"), ports)
        addresses = (address,) if address and usable(address) else ()
        mac = _identifying(values.octets_mac(row.get("mac")))
        yield Neighbour("mikrotik", index, port, mac, addresses, tuple(findings), ())


def _lldp_neighbour(
    protocol: str,
    index: str,
    port: Port | None,
    row: Mapping[str, Value],
    extra: Mapping[str, Value],
    managed: list[str],
    vlan: int | None,
) -> Neighbour:
    findings = [(field, spelled) for name, field in _TEXTS if (spelled := values.text(row.get(name)))]
    findings += [(field, spelled) for name, field in _MED if (spelled := values.text(extra.get(name)))]
    chassis, identifier = row.get("chassis"), row.get("port")
    chassis_subtype, port_subtype = values.number(row.get("chassis-subtype")), values.number(row.get("port-subtype"))
    chassis_address = values.address(chassis) if chassis_subtype == 5 else None
    chassis_mac = values.octets_mac(chassis) if chassis_subtype == 4 else values.mac(chassis)
    if chassis_subtype == 5 and chassis_address:
        chassis_mac = None
    port_mac = values.octets_mac(identifier) if port_subtype == 3 else values.mac(_without_port_number(identifier))
    for field, told, raw in (
        ("lldp.chassis-id", chassis_mac or chassis_address, chassis),
        ("lldp.port-id", port_mac, identifier),
    ):
        spelled = told or values.text(raw)
        if spelled:
            findings.append((field, spelled))
    words = values.capabilities(row.get("enabled")) or values.capabilities(row.get("supported"))
    if words:
        findings.append(("lldp.capabilities", ",".join(words)))
    device_class = DEVICE_CLASSES.get(values.number(extra.get("device-class")) or 0)
    if device_class:
        findings.append(("lldp-med.device-class", device_class))
    if vlan is not None:
        findings.append(("lldp-med.voice-vlan", str(vlan)))
    addresses = tuple(dict.fromkeys(a for a in (chassis_address, *managed) if a and usable(a)))
    findings += [("lldp.management-address", address) for address in addresses]
    relays = bool({"bridge", "router"} & set(words)) and "telephone" not in words
    told_macs = (chassis_mac, port_mac) if relays else (port_mac, chassis_mac)
    mac = next((m for m in (*told_macs, _mac_in_name(row.get("system-name"))) if _identifying(m)), None)
    return Neighbour(protocol, index, port, mac, addresses, tuple(findings), words)


def _without_port_number(value: Value | None) -> Value | None:
    """`00D6FE04293D:P1` is how Cisco phones spell their port: the mac and which socket."""
    spelled = values.text(value) if isinstance(value, bytes) else None
    return spelled.partition(":P")[0] if spelled and ":P" in spelled else value


def _mac_in_name(name: Value | None) -> str | None:
    """The mac in `SEP001795B0F381.example.org` or `GXP1625_00:0b:82:f6:1e:68`."""
    spelled = values.text(name)
    if not spelled:
        return None
    return device_mac(spelled) or values.mac(spelled.rpartition("_")[2])


def _identifying(mac: str | None) -> str | None:
    return mac if mac and identifying_mac(mac) else None


def _rows(columns: Columns, prefix: str) -> dict[str, dict[str, Value]]:
    rows: dict[str, dict[str, Value]] = defaultdict(dict)
    for column, cells in columns.items():
        if column.startswith(prefix) and column != f"{prefix}management":
            for index, value in cells.items():
                rows[index][column.removeprefix(prefix)] = value
    return rows


def _by_key(columns: Columns, prefix: str) -> dict[_Key, dict[str, Value]]:
    found: dict[_Key, dict[str, Value]] = defaultdict(dict)
    for column, cells in columns.items():
        if column.startswith(prefix) and not column.startswith("med.policy."):
            for index, value in cells.items():
                found[_key(index)].setdefault(column.removeprefix(prefix), value)
    return found


def _only(table: Mapping[_Key, _T], port: str | None) -> _T | None:
    """What a table says of the one neighbour on a port, whatever index it has there."""
    found = [value for key, value in table.items() if key.port == port]
    return found[0] if len(found) == 1 and port is not None else None


def _voice_vlan(policies: Mapping[str, Value], columns: Columns, key: _Key, alone: bool) -> int | None:
    unknown, tagged = columns.get("med.policy.unknown", {}), columns.get("med.policy.tagged", {})
    for index, value in policies.items():
        at, application = index.rpartition(".")[0], index.rpartition(".")[2]
        mine = _key(at) == key or (alone and _key(at).port == key.port)
        # TruthValue: 1 true, 2 false
        if mine and application == _VOICE and unknown.get(index) != 1 and tagged.get(index) != 2:
            return values.number(value)
    return None


def _management(cells: Mapping[str, Value], prefix: int) -> dict[_Key, list[str]]:
    """Addresses out of the index: …, family, length, octets. Agents that leave the length out are read as well."""
    found: dict[_Key, list[str]] = defaultdict(list)
    for index in cells:
        parts = [int(part) for part in index.split(".") if part.isdigit() and len(part) < 11]
        if len(parts) <= prefix + 4:
            continue
        family, rest = parts[prefix], parts[prefix + 1 :]
        octets = rest[1:] if rest[0] == len(rest) - 1 else rest
        if family in (1, 2) and all(octet < 256 for octet in octets):
            spelled = values.address(bytes([family, *octets]))
            if spelled:
                found[_Key(str(parts[1]), str(parts[prefix - 1]))].append(spelled)
    return found


def _mikrotik_port(interface: Value | None, ports: Ports) -> Port | None:
    number = values.number(interface)
    return ports.of_ifindex(str(number), "mtxrNeighborInterfaceID") if number is not None else None


def _bitmap(value: Value | None) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, bytes):
        if len(value) <= 4 and not (len(value) == 4 and value.isalnum()):
            return int.from_bytes(value, "big")
        digits = (values.text(value) or "").replace(" ", "")
        return int(digits[:8], 16) if digits and all(c in "0123456789abcdefABCDEF" for c in digits) else 0
    return 0
