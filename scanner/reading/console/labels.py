"""The labels by which systems name the values of a neighbour, as one vocabulary.

Systems spell the same words in many ways: `H/W revision`, `HardwareRev`, `hw-revision`, `Inventory Hardware Rev`. So a
label is compared by its words, each in its full form, without blanks between them and without words that say whose
value it is. Labels that are not listed are passed over.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Value → its labels in full words, separated by |.
_SYNONYMS: dict[str, str] = {
    "port": "local interface|local port|port|interface|local port name|lldprxporttxt",
    "local-port-id": "local port id",
    "chassis": "chassis id|lldprxchassisdata",
    "chassis-type": "chassis type|chassis id type|chassis subtype|chassis id subtype",
    "port-id": "port id|device port|remote interface|remote port|neighbor interface|neighbor port|lldprxportiddata",
    "port-type": "port type|port id type|port subtype|port id subtype",
    "port-description": "port description|port interface description|lldprxportdescriptiondata",
    "system-name": "system name|chassis name|host name|name|lldprxsystemnamedata",
    "system-description": "system description|chassis description|lldprxsystemdescriptiondata",
    "supported": (
        "system capabilities|system capabilities supported|supported system capabilities|capabilities available|"
        "chassis capabilities available|existing system capabilities|capabilities|supported|supported capabilities|"
        "capabilities supported|capability|lldprxsystemcapabilitiesavailabletxt"
    ),
    "enabled": (
        "enabled capabilities|system capabilities enabled|chassis capabilities enabled|capabilities enabled|"
        "enabled system capabilities|enabled|lldprxsystemcapabilitiesenabledtxt"
    ),
    "address": (
        "management address|management addresses|management ip address|address|ip|ip address|ipv4|ipv4 address|"
        "management address ipv4|management address ipv6|management address ip|management ip|management ipv4|"
        "management ipv4 address|management ipv6 address|ipv6 address|ipv6|network address|"
        "primary management address|addresses|management address value|lldprxaddressaddress"
    ),
    "hardware": "hardware revision|hardware version",
    "firmware": "firmware revision|firmware version",
    "software": "software revision|software version",
    "serial": "serial number|serial",
    "manufacturer": "manufacturer|manufacturer name|vendor name",
    "model": "model|model name",
    "asset": "asset id|asset identifier|asset tracking identifier|asset tracking id",
    "device-class": (
        "device type|endpoint class|device class|type|media endpoint class|endpoint type|endpoint device class"
    ),
    "application": (
        "media policy type|application type|media policy application type|policy application type|policy application|"
        "network policy application|network policy application type|application"
    ),
    "policy-vlan": (
        "media policy vlan id|media policy vlanid|policy vlan id|vlan id|media policy vlan|vlan|policy vlan|"
        "network policy vlan id|network policy vlan"
    ),
    "policy-unknown": "policy unknown|unknown policy|media policy unknown",
    "voice-policy": "network policy voice|voice vlan|voice vlan id",
    "sender": (
        "peer source mac|peer mac|peer mac address|source mac|source mac address|device mac|interface mac|lldprxmac"
    ),
    "device-id": "device id",
    "platform": "platform",
    "version": "version|software version string",
    "neighbour": "lldp neighbor index|neighbor index",
    "entities": "remote entities count",
    "passed": (
        "time remaining|time to live|ttl|expired time|update time|pvid|port vlan id pvid|port vlan id|holdtime|"
        "hold time|native vlan|duplex|advertisement version|media attachment unit type|discovered time|"
        "local interface service instance"
    ),
    "outgoing": "port id outgoing port",
}
_KEYS = {label.replace(" ", ""): key for key, labels in _SYNONYMS.items() for label in labels.split("|")}
#: Words in short → in full.
_FULL = {
    "sys": "system", "desc": "description", "descr": "description", "rev": "revision", "ver": "version",
    "num": "number", "mgmt": "management", "mfg": "manufacturer", "mgf": "manufacturer", "manuf": "manufacturer",
    "addr": "address", "cap": "capabilities", "caps": "capabilities", "hw": "hardware", "fw": "firmware",
    "sw": "software", "intf": "interface", "if": "interface", "loc": "local", "neighbour": "neighbor",
    "sysname": "systemname", "sysdescr": "systemdescription", "sysdesc": "systemdescription",
    "portdescr": "portdescription", "portdesc": "portdescription", "hardwarerev": "hardwarerevision",
    "firmwarerev": "firmwarerevision", "softwarerev": "softwarerevision", "serialnum": "serialnumber",
}  # fmt: skip
_ABBREVIATED = re.compile(r"\b([hfs])/w\b", re.IGNORECASE)
#: Words of a label: capitals within a word begin another one (`SysName`, `EndpointClass`).
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
#: Words that say whose value it is: they stand before the others.
_WHOSE = ("remote", "neighbor", "lldp", "med", "inventory", "lldpmed")
#: FastIron: `Chassis ID (MAC address)`, `Management address (IPv4)`.
_SUBTYPE = re.compile(
    r"\s?\((?:mac address|network address|interface name|interface alias|locally assigned|local|ipv[46])\)$|/subtype$",
    re.IGNORECASE,
)
#: Labels that mean this only behind such a word: `Type` alone is the kind of an address for some.
_BEHIND_WHOSE = frozenset({"type", "name", "interfacemac"})
#: What no label contains: the text is JSON or a command.
_NO_LABEL = re.compile(r"[\"{}|<>]")


@lru_cache(maxsize=4096)
def key_of(label: str) -> str | None:
    """The name of the value that a label, as it stands in a line, has; None for one that is not read."""
    if _NO_LABEL.search(label):
        return None
    spelled = _ABBREVIATED.sub(r"\1w", _SUBTYPE.sub("", label.strip(" \t-+*•")))
    words = [_FULL.get(word, word) for word in (found[0].lower() for found in _WORD.finditer(spelled))]
    if words[-1:] == ["tlv"]:
        del words[-1]
    whole = "".join(words)
    if (found := _KEYS.get(whole)) and whole not in _BEHIND_WHOSE:
        return found
    while words and words[0] in _WHOSE:
        del words[0]
        if bare := _KEYS.get("".join(words)):
            return bare
    return None
