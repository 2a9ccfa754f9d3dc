"""Forwarding tables and DHCP snooping of consoles: where a mac is learned.

`show mac address-table` of Cisco, Arista, Dell and Broadcom, `show mac-address` of ProCurve, `display mac-address` of
Comware and VRP, `show ethernet-switching table` of Junos, `show fdb` of EXOS, `/interface bridge host print` of
RouterOS; `show ip dhcp snooping binding`. A mac is learned on every switch on its way, so ports are judged when all
tables of the switch are read (`discovery.switches.forwarding`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.core.numbers import whole
from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.lldp import usable, usable_vlan
from scanner.discovery.switches import values
from scanner.reading.console import found, portnames
from scanner.reading.console.columns import ColumnKind, TableHead
from scanner.reading.console.macrows import PlainRows, is_own, mac_row
from scanner.reading.console.ports import cisco_port
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

#: A header consists of words alone: a mac, a port, and one more of the columns that such tables have.
_HEADER = (
    r"(?i:(?=[\s#|*(]{0,30}(?:vlan|vid|mac|destination|port|interface|unit|index|no|status)\w{0,12}\b)"
    r"(?=(?:\s{0,8}no\.)?[A-Z\s()/#|*_+-]{12,300}$)(?!.*(?<![/-])\b(?:ip(?:v\d)?|internet|method|domain|neighbor|chassis"
    r"|model|firmware|software|version|serial|vendor|manufacturer)\b)"
    r"(?!\s*address\b|.*\bmac ?address\s+address\b)"
    r"(?=.*\b(?:mac(?:address)?|destination address)\b)(?=.*\b(?:ports?|interfaces?|learned[ -]from|source)\b)"
    r"(?=.*(?:\bvlan|\bvid\b|\btype\b|\bage\b|\baging|\blocated\b|\bbridge\b)))"
)
_TWO_LINES = r"(?i:\s{0,8}Vlan\s+MAC\s+MAC\s+Age\s+Logical\b)"
#: VOSS: `ID STATUS ADDRESS INTERFACE TUNNEL` is below it.
_THREE_LINES = r"\s{0,8}VLAN\s{2,40}MAC\s*$"
_BRIDGING = r"\s{0,8}Bridging domain : "
_DOMAIN = r"\s{0,8}Domain\s+Vlan/SrvcId"
_OF_ONE_VLAN = r"\s{0,8}Status and Counters - (?:Port )?Address Table"
#: The VLAN of a whole table: in its command, or above it.
_VLAN = re.compile(r"(?i)(?:Address Table - VLAN|Bridging domain : .{0,80}VLAN :) {1,4}(?P<vlan>\d{1,4})$")
#: ProCurve: `show mac-address 7`, whose rows have no port.
_OF_ONE_PORT = re.compile(
    r"\s{0,8}Status and Counters - Port Address Table - (?P<port>[A-Z]?\d{1,3}(?:/[A-Z]?\d{1,3})?)$"
)
_ASKED = re.compile(r"(?i)\bvlan (?P<vlan>\d{1,4})\b")
_SNOOPING = r"(?i:\s{0,8}Mac ?Address\s+Ip ?Address\s+Lease)"
_TERSE = r"\s{0,8}\d{1,6}\s[ A-Z]{0,12}(?:comment=.{0,200} )?mac-address=\S+ (?:.{0,200} )?(?:bridge|on-interface)="
#: `diagnose switch mac-address list` of FortiSwitch.
_LABELLED = (
    r"\s{0,8}MAC: (?P<mac>[0-9a-fA-F:]{17})\s{1,8}VLAN: (?P<vlan>\d{1,4})\s{1,8}"
    r"(?P<kind>Port|Trunk): (?P<port>[\w./-]{1,40})\("
)
_LABELS = re.compile(_LABELLED)
_COMMANDS = (
    r"(?i)\b(?:sh\w{0,2}|dis\w{0,4})\s+(?:.{0,40}\s)?"
    r"(?:mac[- ]?addr[\w-]*|mac-?(?:table|addr-table|learning)|bridge (?:address-table|macs?)|fdb"
    r"|ethernet-switching table)\b"
    r"|bridge[ /]+host\b"
)
_VALUE = re.compile(r"(?:^|\s)(mac-address|on-interface|interface|bridge|vid)=(\S{1,64})")


#: Rows with a VLAN, a mac and words, as most systems have them.
_ROWS = re.compile(
    r"[ *+]{0,8}\d{1,4} {1,16}(?:[0-9A-Fa-f]{4}[.-]){2}[0-9A-Fa-f]{4} {1,16}[A-Za-z]{1,12} [\w ./:-]{1,80}$", re.ASCII
)


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """Keeps the entries for the end of the switch; yields the addresses in a table of DHCP snooping."""
    head, switch = TableHead(ColumnKind.MAC, ColumnKind.PORT), section.switch
    layout, plain = head.layout, None
    at_port: str | None = None
    of_all = _vlan(_ASKED.search(section.command))
    for _, line in section.lines:
        if plain is not None and (quick := plain.row(line)):
            switch.macs.add(quick[0], quick[1], quick[2] or of_all)
            continue
        if "mac-address=" in line:
            if terse := _terse(line):
                switch.macs.add(*terse)
            continue
        if entry := _LABELS.match(line):
            mac = read_mac(entry["mac"])
            if mac and identifying_mac(mac) and entry["kind"] == "Port" and portnames.is_port(entry["port"]):
                switch.macs.add(mac, entry["port"], _vlan(entry))
            continue
        if title := _OF_ONE_PORT.match(line):
            head, at_port = TableHead(ColumnKind.MAC, ColumnKind.VLAN), title["port"]
            continue
        if title := _VLAN.search(line):
            of_all = _vlan(title)
            continue
        if head.takes(line):
            if head.layout is not layout and head.layout is not None and at_port is None:
                layout, found_plain = head.layout, PlainRows(head.layout)
                plain = found_plain if found_plain.possible else None
            continue
        row = mac_row(line, head.layout)
        if row is None or is_own(row) or (ColumnKind.BRIDGE in row.cells and _is_local(row.words)):
            continue
        bound = ColumnKind.LEASE in row.cells
        port = row.port or at_port
        if port is not None:
            switch.macs.add(row.mac, cisco_port(port) if bound else port, row.vlan or of_all)
        if bound and (ip := values.address(row.cells.get(ColumnKind.ADDRESS))) and usable(ip):
            yield from found.row(switch.source, context, "snooping", row.mac, ip, [("arp.mac", row.mac)])


def _vlan(found: re.Match[str] | None) -> str | None:
    return found["vlan"] if found and usable_vlan(whole(found["vlan"])) else None


def _is_local(words: tuple[str, ...]) -> bool:
    """Whether a row of RouterOS has the flag of an address of the switch itself."""
    return any(set(word) <= set("xidle") and "l" in word for word in words[:4])


def _terse(line: str) -> tuple[str, str, str | None] | None:
    """The entry in a row of `print terse`: keys with values."""
    cells = dict(_VALUE.findall(line))
    flags = line.partition("=")[0].split()[1:-1]
    mac = read_mac(cells.get("mac-address", ""))
    port = cells.get("on-interface") or cells.get("interface")
    if mac is None or not identifying_mac(mac) or port is None or any("L" in flag for flag in flags):
        return None
    vlan = cells.get("vid", "")
    return mac, port, vlan if usable_vlan(whole(vlan)) else None


TABLE = ConsoleTable(
    "macs",
    (
        _HEADER,
        _TWO_LINES,
        _THREE_LINES,
        _DOMAIN,
        _OF_ONE_VLAN,
        _BRIDGING,
        _SNOOPING,
        _TERSE,
        re.sub(r"\?P<\w+>", "?:", _LABELLED),
    ),
    read,
    _COMMANDS,
    _ROWS,
)
