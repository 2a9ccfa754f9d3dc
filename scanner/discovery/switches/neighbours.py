"""Neighbours out of LLDP-MIB, LLDP-V2-MIB, LLDP-EXT-MED-MIB, CISCO-CDP-MIB and MikroTik's table: one record a row.

Rows stand alone: nothing is carried from one to the next. What other tables add is joined by `joins`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from scanner.core.text import identifying_mac
from scanner.discovery.cdp import device_mac
from scanner.discovery.lldp import usable, usable_vlan
from scanner.discovery.switches import joins, values
from scanner.discovery.switches.joins import Joined, Key, key
from scanner.discovery.switches.ports import Columns, Port, Ports
from scanner.discovery.switches.values import Value
from scanner.wire.cdp import CAPABILITIES as CDP_CAPABILITIES
from scanner.wire.lldp_med import DEVICE_CLASSES

_TEXTS = (
    ("port-description", "lldp.port-description"),
    ("system-name", "lldp.system-name"),
    ("system-description", "lldp.system-description"),
)
#: LLDP-MED inventory: MIB object and key of lldpctl → field.
MED_INVENTORY = (
    ("hardware", "lldp-med.hardware-revision"),
    ("firmware", "lldp-med.firmware-revision"),
    ("software", "lldp-med.software-revision"),
    ("serial", "lldp-med.serial"),
    ("manufacturer", "lldp-med.manufacturer"),
    ("model", "lldp-med.model"),
    ("asset", "lldp-med.asset-id"),
)
#: Capabilities of a device that forwards frames of others, unless it is a telephone too.
RELAYING = frozenset(
    {
        "bridge",
        "router",
        "repeater",
        "wlan-access-point",
        "switch",
        "trans-bridge",
        "source-bridge",
        "two-port-mac-relay",
    }
)


class Neighbour(NamedTuple):
    """One row: its protocol and index, the port that received it, its device, findings."""

    protocol: str
    row: str
    port: Port | None
    mac: str | None
    addresses: tuple[str, ...]
    findings: tuple[tuple[str, str], ...]
    capabilities: tuple[str, ...]

    @property
    def telephone(self) -> bool:
        """Whether its capabilities contain a telephone."""
        return "telephone" in self.capabilities or "phone" in self.capabilities

    @property
    def relays(self) -> bool:
        """Whether it bridges or routes for others, and is not a phone: the devices behind it are not on this port."""
        return not self.telephone and not RELAYING.isdisjoint(self.capabilities)


def lldp(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of LLDP-MIB with what LLDP-EXT-MED-MIB and the management address table add."""
    rows = _rows(columns, "lldp.")
    places = {index: key(index) for index in rows}
    managed = joins.addresses(joins.management(columns, "lldp"), prefix=3)
    interfaces = columns.get("mikrotik.interface", {})
    more = _More(columns, rows, places, managed)
    for index, row in rows.items():
        at = places[index].port
        port = ports.of_lldp_port(at) if at is not None else _mikrotik_port(interfaces.get(index), ports)
        yield lldp_neighbour("lldp", index, port, row, *more.of(index))
    if not any(column.startswith("lldp2.") for column in columns):
        for place in more.orphans():
            port = ports.of_lldp_port(place.port) if place.port is not None else None
            yield lldp_neighbour("lldp", f"{place.port}.{place.remote}", port, {}, *more.at(place, telephone=False))


def lldp_v2(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of LLDP-V2-MIB: index is time mark, ifIndex, destination mac's number, remote index."""
    rows = _rows(columns, "lldp2.")
    places = {index: _v2_key(index) for index in rows}
    managed = joins.addresses(joins.management(columns, "lldp2"), prefix=4)
    more = _More(columns, rows, places, managed)
    for index, row in rows.items():
        ifindex = places[index].port or ""
        port = ports.of_ifindex(ifindex, "ifIndex") or Port(f"port {ifindex}", ifindex, "ifIndex")
        yield lldp_neighbour("lldp2", index, port, row, *more.of(index))


def _v2_key(index: str) -> Key:
    parts = index.split(".")
    return Key(parts[1] if len(parts) >= 4 else parts[0], parts[-1])


class _More:
    """The values of other tables for the rows of an LLDP table."""

    def __init__(
        self,
        columns: Columns,
        rows: Mapping[str, Mapping[str, Value]],
        places: Mapping[str, Key],
        managed: Mapping[Key, list[str]],
    ) -> None:
        telephones = [places[index] for index, row in rows.items() if "telephone" in _capabilities(row)]
        self._places = places
        on_port = Counter(place.port for place in telephones)
        self._telephones = {place for place in telephones if on_port[place.port] == 1}
        self._med = Joined(joins.inventories(columns), places.values())
        self._vlans = Joined(joins.voice_vlans(columns), places.values())
        self._managed = Joined(managed, places.values())

    def of(self, index: str) -> tuple[Mapping[str, Value], list[str], int | None]:
        """Inventory, management addresses and voice VLAN of a row."""
        place = self._places[index]
        return self.at(place, telephone=place in self._telephones)

    def at(self, place: Key, *, telephone: bool) -> tuple[Mapping[str, Value], list[str], int | None]:
        """The same of a place. `telephone`: whether the neighbour is the one telephone on its port."""
        return self._med.of(place, telephone) or {}, self._managed.of(place) or [], self._vlans.of(place, telephone)

    def orphans(self) -> list[Key]:
        """The places that have no row in the table of neighbours itself, nor has their port."""
        return list(dict.fromkeys([*self._med.orphans(), *self._managed.orphans(), *self._vlans.orphans()]))


def _capabilities(row: Mapping[str, Value]) -> tuple[str, ...]:
    return values.capabilities(row.get("enabled")) or values.capabilities(row.get("supported"))


def tplink(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of TP-Link's own table: index is ifIndex and neighbour; subtypes and capabilities are words."""
    for index, row in _rows(columns, "tplink.").items():
        ifindex = index.split(".")[0]
        port = ports.of_ifindex(ifindex, "ifIndex") or Port(f"port {ifindex}", ifindex, "ifIndex")
        texts = dict(row) | {
            "chassis-subtype": _spelled_subtype(row.get("chassis-type"), mac=4, address=5),
            "port-subtype": _spelled_subtype(row.get("port-type"), mac=3, address=4),
        }
        address = values.address(row.get("address"))
        yield lldp_neighbour("tplink", index, port, texts, {}, [address] if address else [], None)


def _spelled_subtype(value: Value | None, *, mac: int, address: int) -> int:
    """`MAC address`, `Network address`, `Interface name`, `Locally assigned` as numbers."""
    words = (values.text(value) or "").lower()
    return mac if "mac" in words else address if "network" in words or "ip addr" in words else 7


def cdp(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of CISCO-CDP-MIB's cache: index is ifIndex and device index."""
    for index, row in _rows(columns, "cdp.").items():
        ifindex = index.split(".")[0]
        port = ports.of_ifindex(ifindex, "ifIndex") or Port(f"port {ifindex}", ifindex, "ifIndex")
        address = values.address(row.get("address"))
        vlan = values.number(row.get("voice-vlan"))
        yield cdp_neighbour(index, port, row, [address] if address else [], _bitmap(row.get("capabilities")), vlan)


def cdp_neighbour(
    index: str, port: Port | None, row: Mapping[str, Value], announced: list[str], bitmap: int, vlan: int | None
) -> Neighbour:
    """The neighbour in a row of CDP's table, with its addresses, capabilities (bits as in the TLV) and voice VLAN."""
    device_id = values.mac(row.get("device-id")) or values.text(row.get("device-id"))
    texts = {"device-id": device_id} | {name: values.text(row.get(name)) for name in ("platform", "version")}
    findings = [(f"cdp.{name}", spelled) for name, spelled in texts.items() if spelled]
    addresses = tuple(dict.fromkeys(address for address in announced if usable(address)))
    findings += [("cdp.address", address) for address in addresses]
    words = tuple(word for bit, word in enumerate(CDP_CAPABILITIES) if bitmap >> bit & 1)
    if words:
        findings.append(("cdp.capabilities", ",".join(words)))
    if usable_vlan(vlan):
        findings.append(("lldp-med.voice-vlan", str(vlan)))
    return Neighbour("cdp", index, port, _identifying(device_mac(device_id)), addresses, tuple(findings), words)


def mikrotik(columns: Columns, ports: Ports) -> Iterator[Neighbour]:
    """Rows of MikroTik's neighbour table that LLDP-MIB does not have as well."""
    announced = columns.get("lldp.chassis", {})
    for index, row in _rows(columns, "mikrotik.").items():
        if index in announced:
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
        named = values.text(row.get("identity"))
        mac = _identifying(values.octets_mac(row.get("mac"))) or _identifying(device_mac(named))
        yield Neighbour("mikrotik", index, port, mac, addresses, tuple(findings), ())


def lldp_neighbour(
    protocol: str,
    index: str,
    port: Port | None,
    row: Mapping[str, Value],
    extra: Mapping[str, Value],
    managed: list[str],
    vlan: int | None,
    sender: str | None = None,
) -> Neighbour:
    """The neighbour in a row of LLDP's tables, whose columns are named as `mib` names them.

    `extra` is its inventory, `managed` its management addresses, `vlan` that of its voice policy. `sender` is the
    source of its frame, where a switch shows it.
    """
    findings = [(field, spelled) for name, field in _TEXTS if (spelled := values.text(row.get(name)))]
    findings += [(field, spelled) for name, field in MED_INVENTORY if (spelled := values.text(extra.get(name)))]
    chassis, identifier = row.get("chassis"), row.get("port")
    chassis_subtype, port_subtype = values.number(row.get("chassis-subtype")), values.number(row.get("port-subtype"))
    chassis_address = values.address(chassis) if chassis_subtype == 5 else None
    if chassis_subtype is None and isinstance(chassis, bytes) and len(chassis) not in (4, 16):
        chassis_address = values.address(chassis)  # spelled, or its family before it: a name has neither
    chassis_mac = values.octets_mac(chassis) if chassis_subtype == 4 else values.mac(chassis)
    if chassis_subtype == 5 and chassis_address:
        chassis_mac = None
    port_mac = values.octets_mac(identifier) if port_subtype == 3 else values.mac(_without_port_number(identifier))
    for field, texts, raw in (
        ("lldp.chassis-id", chassis_mac or chassis_address, chassis),
        ("lldp.port-id", port_mac, identifier),
    ):
        spelled = texts or values.text(raw)
        if spelled:
            findings.append((field, spelled))
    words = _capabilities(row)
    if words:
        findings.append(("lldp.capabilities", ",".join(words)))
    device_class = DEVICE_CLASSES.get(values.number(extra.get("device-class")) or 0)
    if device_class:
        findings.append(("lldp-med.device-class", device_class))
    if vlan is not None:
        findings.append(("lldp-med.voice-vlan", str(vlan)))
    addresses = tuple(dict.fromkeys(a for a in (chassis_address, *managed) if a and usable(a)))
    findings += [("lldp.management-address", address) for address in addresses]
    relays = "telephone" not in words and not RELAYING.isdisjoint(words)
    told_macs = (chassis_mac, port_mac, sender) if relays else (port_mac, chassis_mac, sender)
    mac = next((m for m in (*told_macs, device_mac(values.text(row.get("system-name")))) if _identifying(m)), None)
    return Neighbour(protocol, index, port, mac, addresses, tuple(findings), words)


def _without_port_number(value: Value | None) -> Value | None:
    """`00D6FE04293D:P1` is how Cisco phones spell their port: the mac and which socket."""
    spelled = values.text(value) if isinstance(value, bytes) else None
    return spelled.partition(":P")[0] if spelled and ":P" in spelled else value


def _identifying(mac: str | None) -> str | None:
    return mac if mac and identifying_mac(mac) else None


def _rows(columns: Columns, prefix: str) -> dict[str, dict[str, Value]]:
    rows: dict[str, dict[str, Value]] = defaultdict(dict)
    for column, cells in columns.items():
        if column.startswith(prefix) and not column.startswith(f"{prefix}management"):
            for index, value in cells.items():
                rows[index][column.removeprefix(prefix)] = value
    return rows


def _mikrotik_port(interface: Value | None, ports: Ports) -> Port | None:
    number = values.number(interface)
    return ports.of_ifindex(str(number), "mtxrNeighborInterfaceID") if number is not None else None


def _bitmap(value: Value | None) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, bytes):
        if len(value) <= 4 and not (len(value) == 4 and value.isalnum()):
            return int.from_bytes(value, "big")
        digits = (values.text(value) or "").replace(" ", "").removeprefix("0x")
        return int(digits[:8], 16) if digits and all(c in "0123456789abcdefABCDEF" for c in digits) else 0
    return 0
