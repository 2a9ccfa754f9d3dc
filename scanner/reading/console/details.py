"""Details of neighbours by LLDP and CDP, as every system shows them: "label : value", one neighbour below the other.

`show lldp neighbors detail`, `show lldp entry *`, `show cdp neighbors detail` (Cisco IOS, NX-OS, IOS XR, Arista, Dell,
Extreme), `show lldp info remote-device` (Aruba), `display lldp neighbor-information verbose` (Comware), `display lldp
neighbor` (Huawei), `show lldp neighbors interface` (Junos), `get switch lldp neighbors-detail` (FortiSwitch).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scanner.core.numbers import whole
from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.lldp import usable_vlan
from scanner.discovery.switches import values
from scanner.discovery.switches.neighbours import MED_INVENTORY, Neighbour, cdp_neighbour, lldp_neighbour
from scanner.discovery.switches.ports import Port
from scanner.reading.console import blocks, capabilities
from scanner.reading.console.blocks import NeighbourText
from scanner.reading.console.ports import cisco_port, source_row
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

_SIGNATURES = (
    *blocks.HEADINGS,
    r"Local Intf: ",
    r"Local Interface ?: ",
    r"Chassis id: ",
    r"Device[ -]ID {0,20}: ?\S",
    r"Interface: \d{1,3}(?:/\d{1,3}){1,2}$",  # FASTPATH
    r"Port: \d\S{0,12}\s{1,20}Index\s{0,8}: \d",  # VOSS, ERS
    r"Port ID ?: \d{1,3}(?:[:/]\d{1,3})?$",  # D-Link
    r"\d{1,4} port: \d{1,4}$",  # FortiOS
    r"LLDP Detailed Neighbor Information:",
    r" ?LLDP Remote Device Information Detail",
    r"LLDP (?:MED )?Remote Device Detail",
    r"LLDP Neighbor Information",
    r" ?CDP neighbors information",
    r"Remote Chassis ID(?: Subtype)?: ",
    r"Local port: \S{1,20}$",  # FastIron
    r"Port {2,40}: \d{1,3}(?:/\d{1,3}){2}$",  # AOS-CX
)
_CDP = ("device-id", "platform", "version")
_LLDP = ("port-description", "system-name", "system-description")
_CLASS = re.compile(r"class[ _]{0,2}(?P<number>I{1,3}|[123])\b|network", re.IGNORECASE)
#: A subtype behind an identifier: `… (mac)` of FortiSwitch, `…/MAC address` of Comware.
_SUBTYPE = re.compile(
    r"(.*?)(?: \((?:mac|ip|ifname|local|ifalias)\)|/(?:MAC address|Network address|Interface (?:name|alias)|"
    r"Locally assigned|Local|Port component)(?:\(.*\))?)",
    re.IGNORECASE,
)
#: A subtype before an identifier: `MAC Address        64:16:7f:12:34:56` of VOSS.
_KIND = re.compile(r"(?:MAC|network) address\s{1,40}(?=\S)", re.IGNORECASE)
#: `show lldp neighbors gi1/0/7`: what follows does not name the port.
_OF_PORT = re.compile(r"(?i)\blldp nei\w* (?:interface )?(?P<port>[a-z]{2,20} ?\d{1,3}(?:/\d{1,3}){0,3})$")
_VLAN = re.compile(r"(?:VLAN )?(\d{1,5})\b", re.IGNORECASE)


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """The neighbours are held by the switch until it ends."""
    command = _OF_PORT.search(section.command)
    for block in blocks.blocks(section.lines):
        if "device-id" in block.values and _is_lldp(block.values):
            block.values["chassis"] = block.values.pop("device-id")
            block.port = block.port or (command["port"] if command else "")
        yield from section.switch.add(neighbour(block), context)


def _is_lldp(given: Mapping[str, str]) -> bool:
    """Whether a neighbour with a `Device ID` is one of LLDP: Cisco's Small Business and Eltex name the chassis so."""
    return "port-id" in given and not {"platform", "version"} & given.keys()


def neighbour(block: NeighbourText) -> Neighbour:
    """The neighbour that a block describes."""
    given = block.values
    name = block.port or given.get("port", "") or given.get("local-port-id", "")
    addresses = [address for each in block.addresses if (address := values.address(each))]
    vlan = next((number for each in block.voice if usable_vlan(number := _vlan(each))), None)
    macs = (read_mac(each) for each in (given.get("sender", ""), *block.addresses))  # an address may be a mac
    sender = next((mac for mac in macs if mac and identifying_mac(mac)), None)
    if "device-id" in given:
        port = Port(cisco_port(name), None, "console") if name else None
        words = capabilities.cdp(given.get("supported", ""))
        found = cdp_neighbour(source_row(port), port, _texts(given, _CDP), addresses, words, vlan)
        return found._replace(mac=found.mac or sender)
    port = Port(name, None, "console") if name else None
    return _lldp(given, port, addresses, vlan, sender)


def _lldp(
    given: Mapping[str, str], port: Port | None, addresses: list[str], vlan: int | None, sender: str | None
) -> Neighbour:
    row = _texts(given, _LLDP)
    for key, column in (("chassis", "chassis"), ("port-id", "port")):
        if key in given:
            row[column] = _identifier(given[key])
    for key in ("supported", "enabled"):
        if bits := capabilities.lldp(given.get(key, "")):
            row[key] = bits
    extra = _texts(given, tuple(key for key, _ in MED_INVENTORY))
    if spelled := _CLASS.search(given.get("device-class", "")):
        extra["device-class"] = {"I": 1, "1": 1, "II": 2, "2": 2, "III": 3, "3": 3}.get(spelled["number"] or "", 4)
    return lldp_neighbour("lldp", source_row(port), port, row, extra, addresses, vlan, sender)


def _texts(given: Mapping[str, str], keys: tuple[str, ...]) -> dict[str, values.Value]:
    return {key: given[key] for key in keys if key in given}


def _identifier(spelled: str) -> bytes:
    """A chassis or port id without its subtype; `::` and the like stand for none."""
    spelled = _KIND.sub("", spelled, count=1)
    if found := _SUBTYPE.fullmatch(spelled):
        spelled = found[1]
    return b"" if spelled in ("::", "0.0.0.0") else spelled.strip().encode("utf-8", "replace")


def _vlan(text: str) -> int | None:
    found = _VLAN.match(text)
    return whole(found[1]) if found else None


TABLE = ConsoleTable("details", _SIGNATURES, read)
