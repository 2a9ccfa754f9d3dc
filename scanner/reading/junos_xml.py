"""XML of Junos: the replies of NETCONF, and what `… | display xml` prints, of LLDP, forwarding, ARP and ND tables.

Elements are those of the replies (Juniper, "Junos XML API Explorer"): `lldp-neighbor-information`, of ELS switches
`l2ng-l2ald-mac-entry-vlan`, of earlier ones `mac-table-entry`; `arp-table-entry`, `ipv6-nd-entry` and, of DHCP
snooping, `dhcp-security-entry`. They are read as the same tables in text, by what `console` has for them. A file may
contain replies of several switches behind their prompts.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, cast
from xml.etree.ElementTree import Element

from scanner.core.fields import RESOLVED_MAC
from scanner.core.numbers import whole
from scanner.core.text import bounded, identifying_mac
from scanner.core.text import mac as read_mac
from scanner.core.xmlparts import UnreadPart, parts
from scanner.discovery.lldp import usable_address, usable_vlan
from scanner.discovery.switches.neighbours import Neighbour
from scanner.reading import detect
from scanner.reading.console import details, found, portnames
from scanner.reading.console.blocks import NeighbourText
from scanner.reading.console.switch import Switch, named_by_file
from scanner.reading.items import Context, Format, Item, Problem

#: Most lines in front of the first element: prompts, and the declaration of XML.
PREAMBLE = 8
_ENTRIES = (
    "lldp-neighbor-information", "l2ng-l2ald-mac-entry-vlan", "mac-table-entry", "arp-table-entry", "ipv6-nd-entry",
    "dhcp-security-entry",
)  # fmt: skip
_TABLES = (
    *_ENTRIES, "lldp-neighbors-information", "l2ng-l2ald-rtb-macdb", "ethernet-switching-table(?:-information)?",
    "arp-table-information", "ipv6-nd-information", "dhcp-security-binding",
)  # fmt: skip
_ENTRY = f"(?:{'|'.join(_ENTRIES)})"
_SIGNATURE = re.compile(f"<(?:{'|'.join(_TABLES)})[\\s/>]".encode())
_FIRST = re.compile(rb"<([A-Za-z_][\w.:-]{0,120})[\s/>]")
_PROMPT = re.compile(rb"^[^\s@<>]{1,40}@([\w.-]{1,64})(?:> ?|# run )(?=show )", re.M)
#: How far the end of a line is looked for, in octets.
_LINE = 4_096
#: Most prompts that are kept until an element behind them ends.
_PROMPTS = 10_000
#: What the XML of a neighbour has, by its element.
_VALUES = {
    "lldp-local-interface": "port", "lldp-local-port-id": "port", "lldp-remote-chassis-id": "chassis",
    "lldp-remote-port-id": "port-id", "lldp-remote-port-description": "port-description",
    "lldp-remote-system-name": "system-name", "lldp-remote-system-description": "system-description",
    "lldp-remote-system-capabilities-supported": "supported", "lldp-remote-system-capabilities-enabled": "enabled",
}  # fmt: skip
_ADDRESS = "lldp-remote-management-address"
#: Words in the names of the elements of LLDP-MED.
_MED = (
    (re.compile(r"hardware-rev"), "hardware"), (re.compile(r"firmware-rev"), "firmware"),
    (re.compile(r"software-rev"), "software"), (re.compile(r"serial"), "serial"),
    (re.compile(r"manufacturer|mfg"), "manufacturer"), (re.compile(r"model"), "model"),
    (re.compile(r"asset"), "asset"), (re.compile(r"(?:endpoint|device|media|med)-class|class-type"), "device-class"),
)  # fmt: skip
_MACS = ("l2ng-l2-mac-address", "mac-address", "hw-address", "ipv6-nd-neighbor-l2-address")
_PORTS = ("l2ng-l2-mac-logical-interface", "mac-interfaces")
_ADDRESSES = ("ip-address", "ipv6-nd-neighbor-address")
_VLANS = ("l2ng-l2-mac-vlan-name", "mac-vlan")
_NUMBERED = re.compile(r"(?:vlan[-_.]?)?0{0,3}([1-9]\d{0,3})", re.IGNORECASE)


def looks_like(head: bytes) -> bool:
    """Whether it is XML with a table of Junos, perhaps behind a prompt."""
    first = _FIRST.search(head)
    return first is not None and head.count(b"\n", 0, first.start()) <= PREAMBLE and _SIGNATURE.search(head) is not None


class _Hosts:
    """A stream that notes the hosts in the prompts that it passes, with the numbers of their lines."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._line = stream, 1
        self._found: deque[tuple[int, str]] = deque(maxlen=_PROMPTS)

    def read(self, size: int = -1, /) -> bytes:
        """The next octets, up to the end of a line where that is near."""
        block = self._stream.read(size)
        if block and not block.endswith(b"\n"):
            block += self._stream.readline(_LINE)
        counted = 0
        for prompt in _PROMPT.finditer(block):
            self._line += block.count(b"\n", counted, prompt.start())
            counted = prompt.start()
            self._found.append((self._line, prompt[1].decode("ascii", "replace")))
        self._line += block.count(b"\n", counted)
        return block

    def before(self, line: int) -> str:
        """The host of the last prompt before a line; "" where there is none since the last call."""
        host = ""
        while self._found and self._found[0][0] <= line:
            host = self._found.popleft()[1]
        return host


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every neighbour and entry; a Problem for each that cannot be read."""
    head, stream = detect.peek(stream)
    first = _FIRST.search(head)
    root = re.escape(first[1].decode("ascii")) if first else "rpc-reply"
    hosts, switch, named = _Hosts(stream), Switch(named_by_file(context.name)), False
    for part in parts(cast(BinaryIO, hosts), root, _ENTRY):
        if (host := hosts.before(part.line)) and host != switch.name:
            if named:
                yield from switch.end(context)
                switch = Switch(host)
            switch.name, named = host, True
        if not isinstance(part, UnreadPart):
            yield from _of_entry(part.element, switch, context)
        elif not part.reason.startswith("content behind"):  # the next prompt
            yield Problem(part.line, f"{part.reason}; the complete entries were read")
    yield from switch.end(context)


def _of_entry(element: Element, switch: Switch, context: Context) -> Iterator[Item]:
    if element.tag == _ENTRIES[0]:
        yield from switch.add(_neighbour(element), context)
        return
    inner = list(element.iter("l2ng-mac-entry"))
    for entry in inner or [element]:
        texts = _texts(entry)
        mac = next((one for name in _MACS if (one := read_mac(texts.get(name, "")))), None)
        if mac is None or not identifying_mac(mac):
            continue
        address = next((texts[name] for name in _ADDRESSES if name in texts), None)
        port = next((texts[name] for name in _PORTS if name in texts), "")
        if ip := usable_address(address or ""):
            yield from found.row(switch.source, context, "arp", mac, ip, [(RESOLVED_MAC, mac)])
        elif portnames.is_port(port):
            vlan = "" if inner else texts.get("l2ng-l2-vlan-id", "")
            switch.macs.add(mac, port, _vlan(vlan, *(texts.get(name, "") for name in _VLANS)))


def _texts(element: Element) -> dict[str, str]:
    """The first text of each element by its name."""
    texts: dict[str, str] = {}
    for one in element.iter():
        if one.text and (text := bounded(one.text)):
            texts.setdefault(str(one.tag), text)
    return texts


def _vlan(*spelled: str) -> str | None:
    """The first number of a VLAN; the name of one has it mostly."""
    numbers = (number[1] for one in spelled if (number := _NUMBERED.fullmatch(one)))
    return next((number for number in numbers if usable_vlan(whole(number))), None)


def _neighbour(element: Element) -> Neighbour:
    block = NeighbourText(0)
    for name, text in _texts(element).items():
        if key := _VALUES.get(name):
            block.values.setdefault(key, text)
        elif name == _ADDRESS:
            block.addresses.append(text)
        elif key := next((key for form, key in _MED if form.search(name)), None):
            block.values.setdefault(key, text)
    return details.neighbour(block)


FORMAT = Format("junos-xml", "tables of Junos as XML (`| display xml`, NETCONF)", looks_like, read)
