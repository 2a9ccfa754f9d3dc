"""ARP and neighbour tables of consoles: which mac has an address.

`show ip arp`, `show arp`, `display arp`, `/ip arp print`, `show ipv6 neighbors`. A row has one address and one mac,
whatever the order of its columns; incomplete entries have no mac.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.core.model import Observation
from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.lldp import usable
from scanner.discovery.switches import values
from scanner.reading.console.macrows import LINE, MAC
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

_HEADER = (
    r"(?i:(?=[\s#|*(]{0,30}(?:ip|ipv\d|internet|protocol|address|mac|hardware|interface|vlan|port|vr|no|index)\w{0,8}\b)"
    r"(?=(?:\s{0,8}no\.)?[A-Z\d\s()/#|*_,-]{12,300}$)(?!.*\b(?:lease|method|domain|chassis|neighbor|host-?name|server|vci"
    r"|model|firmware|software|version|serial|vendor|manufacturer)\b)"
    r"(?=.*\b(?:mac(?:_?address)?|hardware addr(?:ess)?|hwaddress|link-layer|physical address)\b)"
    r"(?=.*(?<![/-])\b(?:ip(?:v\d)?(?:[ _-]?address)?|internet|protocol\s+address"
    r"|(?<!mac )(?<!mac-)address\s+(?:age|mac\w{0,7}|name|interface)|destination\s+mac)\b)"
    r"(?=.*\b(?:interface|port|type|age|vlan|state)))"
)
#: Keys and values; those of a lease of DHCP or of a neighbour are of other tables.
_TERSE = (
    r"\s{0,8}\d{1,6}\s[ A-Z]{0,12}(?:comment=.{0,200} )?address=[\d.]+ mac-address=\S{11,17} "
    r"(?!.{0,300}(?:server=|identity=|client-id=|status=))(?:.{0,80} )?interface="
)
_ADJACENCY = r"IPv6 Adjacency Table"
#: Rows of Linux: `ip neigh` and `arp -a`.
_LINUX = (
    r"[0-9a-fA-F.:]{3,45} dev \S{1,40} lladdr [0-9a-fA-F:]{17}\b",
    r"\S{1,80} \([0-9.]{7,15}\) at [0-9a-fA-F:.-]{11,17}\b",
)
#: A line of details with an address: the mac follows.
_LABELLED = re.compile(r"\s{0,8}(?:IP(?:v[46])? ?)?Address\s{0,20}:\s", re.IGNORECASE)
_FURTHER = re.compile(r"\s{0,8}(?:Age|Interface|Vrf)\s{0,20}:\s", re.IGNORECASE)
#: The interface of a VLAN at which an address is: the device is in that one.
_INTERFACE = re.compile(r"(?i)\b(?:vlan[.-]?(?:if|interface)?|vl|irb\.|ve|svi) ?(?P<number>[1-9]\d{0,3})\b(?!/)")
_COMMANDS = r"(?i)\b(?:sh\w{0,2}|dis\w{0,4})\s+(?:.{0,20}\s)?(?:arp|ipv6 nei\w*|nd)\b|^/?ip[ /]+(?:arp|neigh)\s+print\b"
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=\S{0,40}::?)[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]{2,35})(?![\w.:])"
)


#: A row with an IPv4 address, perhaps its age, and a mac, as most systems have it.
_ROW = re.compile(
    r"(?:Internet {1,8})?(?P<ip>\d{1,3}(?:\.\d{1,3}){3}) {1,20}(?:[\d-]{1,8} {1,12})?"
    r"(?P<mac>(?:[0-9A-Fa-f]{4}[.-]){2}[0-9A-Fa-f]{4}|(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}) {1,12}"
    r"(?P<rest>[\w ./:-]{1,80})$",
    re.ASCII,
)


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """Observations of every row with an address and a mac."""
    voice = section.switch.macs.voice
    source = f"switches {section.switch.source} arp"
    waiting = None  # an IPv6 address that fills its line
    for _, line in section.lines:
        if row := _ROW.match(line):  # what the lines below would find, sooner
            spelled, ip, beside = row["mac"], values.address(row["ip"]), row["rest"]
        elif len(line) > LINE:
            continue
        else:
            mac = MAC.search(line)
            address = next(
                (a for each in _ADDRESS.finditer(line) if (a := values.address(each[0])) and read_mac(each[0]) is None),
                None,
            )
            if mac is None:
                alone = address is not None and ":" in address and len(line.split()) == 1
                waiting = address if alone or _LABELLED.match(line) else waiting if _FURTHER.match(line) else None
                continue
            spelled, ip, beside = mac[0], address or waiting, line
        hardware, waiting = read_mac(spelled), None
        if hardware and identifying_mac(hardware) and ip and usable(ip):
            if hardware not in voice.of_mac and (vlan := _INTERFACE.search(beside)):
                voice.state(vlan["number"], hardware)
            yield Observation(time=context.time, ip=ip, mac=hardware, field="arp.mac", value=hardware, source=source)


TABLE = ConsoleTable("arp", (_HEADER, _TERSE, _ADJACENCY, *_LINUX), read, _COMMANDS, _ROW)
