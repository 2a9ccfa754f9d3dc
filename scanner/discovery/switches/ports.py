"""The switch port that a number in a table denotes, and the method by which it was resolved.

lldpRemLocalPortNum is an LldpPortNumber: agents fill it with an ifIndex, a bridge port, or a number of their own
(802.1AB 11.5.1). The local port table names it by text that must be matched with the interface's names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from scanner.discovery.switches import values
from scanner.discovery.switches.values import Value

Columns = Mapping[str, Mapping[str, Value]]

#: lldpLocPortIdSubtype (802.1AB 8.5.3): interface alias, mac, interface name, local.
_MAC = 3
#: ifType propVirtual and ieee8023adLag: port channels, as older and newer agents call them.
_AGGREGATES = frozenset({53, 161})
_AGGREGATE_NAME = re.compile(
    r"(?:po|port-?channel|lag|trk|ae|bond|eth-?trunk|(?:bridge|route)-?aggregation|bagg)[ -]?\d{1,4}", re.IGNORECASE
)


def names_aggregate(name: str) -> bool:
    """Whether a name is that of an aggregation of links: `Po1`, `Trk2`, `Bridge-Aggregation3`."""
    return _AGGREGATE_NAME.fullmatch(name) is not None


class Port(NamedTuple):
    """One port of the switch: its name as the switch spells it, ifIndex where known, and the way it was found."""

    name: str
    ifindex: str | None
    method: str


class Ports:
    """The ports of one switch, resolved from its tables."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._names = {i: t for i, v in columns.get("if.name", {}).items() if (t := values.text(v))}
        self._descriptions = {i: t for i, v in columns.get("if.descr", {}).items() if (t := values.text(v))}
        self._bridge = {p: str(v) for p, v in columns.get("bridge.ifindex", {}).items()}
        self._by_text: dict[str, str] = {}
        for column in ("if.alias", "if.descr", "if.name"):  # the last one wins: names are what administrators use
            for index, value in columns.get(column, {}).items():
                if spelled := values.text(value):
                    self._by_text[spelled.casefold()] = index
        self._untagged = {
            index.rpartition(".")[2]: value
            for index, value in columns.get("vlan.untagged", {}).items()
            if isinstance(value, bytes)
        }
        self._by_mac: dict[str, str | None] = {}
        for index, value in columns.get("if.address", {}).items():
            if mac := values.octets_mac(value):
                self._by_mac[mac] = None if mac in self._by_mac else index  # a mac of many ports names none

    def interface(self, ifindex: str) -> str | None:
        """ifName, else ifDescr."""
        return self._names.get(ifindex) or self._descriptions.get(ifindex)

    def known(self, ifindex: str) -> bool:
        """Whether IF-MIB has that interface."""
        return ifindex in self._names or ifindex in self._descriptions

    def of_ifindex(self, ifindex: str, method: str) -> Port | None:
        """The port of an ifIndex."""
        name = self.interface(ifindex)
        return Port(name, ifindex, method) if name else None

    def of_bridge_port(self, number: str, context: str = "") -> Port:
        """The port of a dot1dBasePort, through its ifIndex; agents without that table mean the ifIndex itself.

        `context` is the VLAN in whose table the number stands, where there is one for each.
        """
        ifindex = self._bridge.get(f"{context}@{number}" if context else number) or self._bridge.get(number)
        if ifindex is not None:
            return self.of_ifindex(ifindex, "dot1dBasePort") or Port(f"port {number}", ifindex, "dot1dBasePort")
        return self.of_ifindex(number, "ifIndex") or Port(f"port {number}", None, "number")

    def aggregate(self, port: Port) -> bool:
        """Whether a port is an aggregation of links, to which no phone is connected."""
        kind = values.number(self._columns.get("if.type", {}).get(port.ifindex or ""))
        return kind in _AGGREGATES or names_aggregate(port.name)

    def untagged(self, bridge_port: str, vlan: str) -> bool | None:
        """Whether frames of a VLAN are untagged on a bridge port; None where the agent does not report it.

        dot1qPvid is the VLAN of untagged frames that arrive; dot1qVlanCurrentUntaggedPorts is read where it is missing.
        """
        pvid = values.number(self._columns.get("bridge.pvid", {}).get(bridge_port))
        if pvid:
            return str(pvid) == vlan
        ports = self._untagged.get(vlan)
        number = int(bridge_port) - 1
        return bool(ports[number // 8] >> (7 - number % 8) & 1) if ports and 0 <= number < 8 * len(ports) else None

    def of_lldp_port(self, number: str) -> Port:
        """The port of an lldpRemLocalPortNum."""
        subtype = self._columns.get("local.subtype", {}).get(number)
        identifier = self._columns.get("local.id", {}).get(number)
        description = values.text(self._columns.get("local.description", {}).get(number))
        spelled = values.text(identifier)
        mac = values.octets_mac(identifier) if subtype == _MAC else values.mac(identifier)
        if mac is None and spelled:
            if index := self._by_text.get(spelled.casefold()):
                return self._port(index, "lldpLocPortId")
            if spelled.isdigit() and self.known(spelled):
                return self._port(spelled, "lldpLocPortId as ifIndex")
        if mac and (index := self._by_mac.get(mac)):
            return self._port(index, "lldpLocPortId as mac")
        if description and (index := self._by_text.get(description.casefold())):
            return self._port(index, "lldpLocPortDesc")
        if spelled and mac is None and spelled.isprintable() and not spelled.isdigit():
            return Port(spelled, None, "lldpLocPortId")
        return self._of_number(number, description)

    def _of_number(self, number: str, description: str | None) -> Port:
        through_bridge = self._bridge.get(number)
        if through_bridge and (port := self.of_ifindex(through_bridge, "dot1dBasePort")):
            return port
        if port := self.of_ifindex(number, "ifIndex"):
            return port
        return Port(description or f"port {number}", None, "lldpLocPortDesc" if description else "number")

    def _port(self, index: str, method: str) -> Port:
        return self.of_ifindex(index, method) or Port(f"port {index}", index, method)
