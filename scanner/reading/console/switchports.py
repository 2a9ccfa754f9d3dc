"""The voice VLANs of ports: `show interfaces switchport` of Cisco and those who print the same.

It shows no device. Of a mac that the forwarding table has in two VLANs it states which one is that of phones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.core.numbers import whole
from scanner.discovery.lldp import usable_vlan
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item

_NAME = r"Name: [A-Z][A-Za-z]{1,20}\d[\d/]{0,12}$"
_PORT = re.compile(r"Name: (?P<port>\S{1,40})$")
_VOICE = re.compile(r"\s{0,8}Voice VLAN: (?P<vlan>\d{1,4})\b", re.IGNORECASE)


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """Keeps the voice VLAN of each port for the end of the switch."""
    voice, port = section.switch.macs.voice, ""
    for _, line in section.lines:
        if named := _PORT.match(line):
            port = named["port"]
        elif port and (found := _VOICE.match(line)) and usable_vlan(whole(found["vlan"])):
            voice.state(found["vlan"], port=port)
    yield from ()


TABLE = ConsoleTable("switchports", (_NAME,), read)
