"""The labels by which systems name the values of a neighbour, as one vocabulary.

A label is compared in lower case without what stands before it (`- `, `Remote `, `Neighbor `, `MED `). Labels that are
not listed are passed over.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Value → its labels, separated by |.
_SYNONYMS: dict[str, str] = {
    "port": "local intf|local interface|local port|port",
    "local-port-id": "local port id",
    "chassis": "chassis id|chassisid|chassis-id|chassis id/subtype|chassisid/subtype",
    "chassis-type": "chassis type|chassistype|chassis id type|chassis id subtype|chassis-id type",
    "port-id": "port id|portid|port-id|port id/subtype|portid/subtype|device port",
    "port-type": "port type|porttype|port id type|port id subtype|port subtype|port-id type",
    "port-description": "port description|portdescr|port desc|port-desc|port descr|port-description",
    "system-name": "system name|sysname|system-name|chassis-name|chassis name|name",
    "system-description": (
        "system description|system descr|system desc|sysdescr|system-description|chassis-"
        "description|chassis description"
    ),
    "supported": (
        "system capabilities|system capabilities supported|capabilities available|"
        "chassis capabilities available|existing system capabilities|capabilities|capability|"
        "supported|supported capabilities|capabilities supported"
    ),
    "enabled": (
        "enabled capabilities|system capabilities enabled|chassis capabilities enabled|"
        "capabilities enabled|enabled system capabilities|enabled"
    ),
    "address": (
        "management address|management addresses|management-address|management ip address|"
        "address|ip|ip address|ipv4|ipv4 address|management address (ipv4)|management ip|"
        "mgmt address|management ipv4 address|ipv6 address|ipv6"
    ),
    "hardware": (
        "h/w revision|hardware rev|hardwarerev|hardware revision|hardware version|hw revision|"
        "inventory hardware revision"
    ),
    "firmware": (
        "f/w revision|firmware rev|firmwarerev|firmware revision|firmware version|fw revision|"
        "inventory firmware revision"
    ),
    "software": (
        "s/w revision|software rev|softwarerev|software revision|software version|sw revision|"
        "inventory software revision"
    ),
    "serial": "serial number|serialnum|serial num|serial|serialnumber|inventory serial number",
    "manufacturer": (
        "manufacturer|manufacturer name|manufacturername|mfg name|vendor name|inventory manufacturer name"
    ),
    "model": "model|model name|modelname|inventory model name",
    "asset": ("asset id|asset identifier|asset tracking identifier|asset tracking id|assetid|inventory asset id"),
    "device-class": (
        "device type|endpointclass|endpoint class|device class|device-class|type|media endpoint class|endpoint type"
    ),
    "application": (
        "media policy type|application type|media policy application type|"
        "policy application type|policy application|network policy application|application"
    ),
    "policy-vlan": (
        "media policy vlan id|media policy vlanid|policy vlan id|vlan id|media policy vlan|vlan|policy vlan"
    ),
    "policy-unknown": "policy unknown|unknown policy|media policy unknown",
    "voice-policy": "network policy(voice)|network policy (voice)|voice vlan|voice vlan id",
    "sender": "peer source mac|peer mac|peer mac address|source mac|source mac address|device mac",
    "device-id": "device id|device-id",
    "platform": "platform",
    "version": "version|software version string",
    "neighbour": "lldp neighbor index|neighbor index|neighbour index",
    "passed": (
        "time remaining|time to live|ttl|expired time|update time|pvid|port vlan id(pvid)|port vlan id|holdtime|"
        "hold time|native vlan|duplex|advertisement version|media attachment unit type|discovered time|"
        "local intf service instance"
    ),
    "interface": "interface",
    "outgoing": "port id (outgoing port)",
}
_KEYS = {label: key for key, labels in _SYNONYMS.items() for label in labels.split("|")}
_BEFORE = re.compile(r"^(?:remote|neighbou?r|lldp-?med|med)[ -](?=\w)")
#: FastIron: `Chassis ID (MAC address)`, `Management address (IPv4)`.
_SUBTYPE = re.compile(r" \((?:mac address|network address|interface name|interface alias|locally assigned|ipv[46])\)$")
_BLANKS = re.compile(r"\s+")
#: `Type` alone is the kind of a management address for some; only behind MED it is the class of a device.
_BEHIND_MED = frozenset({"type"})


@lru_cache(maxsize=4096)
def key_of(label: str) -> str | None:
    """The name of the value that a label, as it stands in a line, has; None for one that is not read."""
    spelled = _BLANKS.sub(" ", label.strip(" \t-+*•")).lower()
    if (found := _KEYS.get(spelled)) and spelled not in _BEHIND_MED and spelled != "name":
        return found
    bare = _BEFORE.sub("", _SUBTYPE.sub("", spelled))
    return _KEYS.get(_BEFORE.sub("", bare)) if bare != spelled else None
