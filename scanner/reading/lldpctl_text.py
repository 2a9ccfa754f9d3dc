"""lldpctl's outputs as text, `-f keyvalue` and `-f plain` → neighbours in the form of `-f json0`.

Both print one value a line. The further lines of a value of several lines follow without a key, in `plain` indented to
the column of values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_Value = tuple[str, str]
#: A neighbour: the local interface, and its values as in json0.
Neighbour = tuple[str, dict[str, Any]]

_KEY = re.compile(
    r"lldp\.(\S{1,64}?)\.(via|rid|age|chassis|port|vlan|ppvid|pi|lldp-med|unknown-tlvs)(?:\.([^=]{1,80}))?=(.*)"
)
_INTERFACE = re.compile(r"Interface:\s{1,16}(\S{1,64}), via: ([\w-]{1,16}).*")
_LINE = re.compile(r" {2,16}([A-Za-z][\w /-]{0,40}):\s{0,24}(.*)")
#: The column, counted from 0, at which `plain` continues a value.
_VALUE_COLUMN = 16
#: Most lines of one value that are read.
_CONTINUED = 64
_ID_TYPES = frozenset({"mac", "ip", "local", "ifname", "ifalias", "unhandled", "component", "agent"})

_LABELS = {
    "SysName": "name", "SysDescr": "descr", "PortDescr": "descr", "MgmtIP": "mgmt-ip", "Device Type": "device-type",
    "VLAN": "policy.vlan.vid",
}  # fmt: skip
_INVENTORY = {
    "Hardware Revision": "hardware", "Firmware Revision": "firmware", "Software Revision": "software",
    "Serial Number": "serial", "Manufacturer": "manufacturer", "Model": "model", "Asset ID": "asset",
}  # fmt: skip


def is_keyvalue(line: str) -> bool:
    """Whether a line is one of `-f keyvalue`."""
    return _KEY.match(line) is not None


def is_plain(line: str) -> bool:
    """Whether a line begins a neighbour of `-f plain`, or the list of them."""
    return line.rstrip() == "LLDP neighbors:" or _INTERFACE.fullmatch(line.rstrip()) is not None


def keyvalue(lines: Iterable[str]) -> Iterator[Neighbour]:
    """The neighbours in the lines of `-f keyvalue`; each begins with its `via`."""
    name, values = "", list[_Value]()
    for line in lines:
        found = _KEY.fullmatch(line)
        if found is None:
            _continue(values, line)
            continue
        if found[2] == "via" or found[1] != name:
            if name:
                yield name, _neighbour(values)
            name, values = found[1], []
        values.append((f"{found[2]}.{found[3]}" if found[3] else found[2], found[4]))
    if name:
        yield name, _neighbour(values)


def plain(lines: Iterable[str]) -> Iterator[Neighbour]:
    """The neighbours in the lines of `-f plain`; each begins with its `Interface:`."""
    name, section, values = "", "", list[_Value]()
    for line in lines:
        if start := _INTERFACE.fullmatch(line.rstrip()):
            if name:
                yield name, _neighbour(values)
            name, section, values = start[1], "", [("via", start[2])]
        elif line[:_VALUE_COLUMN].isspace() and len(line) > _VALUE_COLUMN:
            _continue(values, line.strip())
        elif name and (found := _LINE.fullmatch(line.rstrip())):
            section = section if found[2] else found[1]
            values.append(_of_label(section, found[1], found[2]))
    if name:
        yield name, _neighbour(values)


def _continue(values: list[_Value], line: str) -> None:
    """Add a line to the last value."""
    if values and line.strip() and values[-1][1].count("\n") < _CONTINUED:
        values[-1] = (values[-1][0], f"{values[-1][1]}\n{line}")


def _of_label(section: str, label: str, value: str) -> _Value:
    """The key of `keyvalue` and the value for a line of `plain` in a section (Chassis, Port, LLDP-MED, Inventory)."""
    part = section.lower()
    match label:
        case "ChassisID" | "PortID":
            kind, _, value = value.partition(" ")
            return f"{part}.{kind}", value
        case "Capability":
            kind, _, enabled = value.partition(", ")
            return f"{part}.{kind}.enabled", enabled
        case "LLDP-MED Network Policy for":
            return "lldp-med.policy.apptype", value.partition(",")[0]
        case _ if section == "Inventory":
            return f"lldp-med.inventory.{_INVENTORY.get(label, label)}", value
        case _:
            return f"{part}.{_LABELS.get(label, label)}", value


def _neighbour(values: list[_Value]) -> dict[str, Any]:
    """The neighbour with these values, whose keys are those of `keyvalue`."""
    chassis: dict[str, Any] = {"capability": [], "mgmt-ip": []}
    port: dict[str, Any] = {}
    med: dict[str, Any] = {"inventory": {}, "policy": []}
    entry = {"chassis": chassis, "port": port, "lldp-med": med}
    for key, value in values:
        section, _, rest = key.partition(".")
        match section, rest.split("."):
            case "via", _:
                entry["via"] = value  # type: ignore[assignment]
            case "chassis", ["mgmt-ip"]:
                chassis["mgmt-ip"].append(value)
            case "chassis", [kind, "enabled"]:
                chassis["capability"].append({"type": kind, "enabled": value})
            case "chassis" | "port", [("name" | "descr") as part]:
                entry[section][part] = value
            case "chassis" | "port", [kind] if kind in _ID_TYPES:
                entry[section]["id"] = {"type": kind, "value": value}
            case "lldp-med", ["device-type"]:
                med["device-type"] = value
            case "lldp-med", ["inventory", part]:
                med["inventory"][part] = value
            case "lldp-med", ["policy", "apptype"]:
                med["policy"].append({"apptype": value})
            case "lldp-med", ["policy", "vlan", "vid"] if med["policy"]:
                med["policy"][-1]["vlan"] = {"vid": value}
            case _:
                pass
    return entry
