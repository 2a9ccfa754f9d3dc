"""`show device-sensor cache`: what Cisco's IOS keeps of the LLDP, CDP and DHCP messages of each device, octet by octet.

The value of a row is one TLV or option with its head, ten octets a line with their text behind them. The rows of a
protocol are put together to a message and read by the codecs of messages from the wire.
Source: Cisco, "Device Sensor" in the Identity-Based Networking Services configuration guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scanner.core.numbers import whole
from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery import cdp as cdp_discovery
from scanner.discovery import dhcp as dhcp_discovery
from scanner.discovery import lldp as lldp_discovery
from scanner.discovery.announcement import Announcement
from scanner.discovery.switches.neighbours import Neighbour
from scanner.discovery.switches.ports import Port
from scanner.reading.console.ports import cisco_port, source_row
from scanner.reading.console.tables import ConsoleSection, ConsoleTable
from scanner.reading.items import Context, Item, Problem
from scanner.wire import cdp, dhcp, lldp

_DEVICE = r"Device: (?P<mac>[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}|\S{12,17}) on port (?P<port>\S{1,64})"
_BEGIN = re.compile(_DEVICE)
_ROW = re.compile(
    r"\s{0,4}(?P<protocol>LLDP|CDP|DHCP)\s{1,8}(?P<type>\d{1,5}):\S{1,60}\s{1,40}"
    r"(?P<length>\d{1,5}) (?=[0-9A-Fa-f]{2}(?: |$))"
)
_OCTETS = re.compile(r"\s*((?:[0-9A-Fa-f]{2} )*[0-9A-Fa-f]{2})(?=  |$| $)")
#: Most rows of a device that are kept, and octets of a row.
ROWS, OCTETS = 200, 1_024
#: CDP's head: version 2, time to live 180, no checksum.
_CDP_HEAD = bytes((2, 180, 0, 0))
_END_OF_LLDPDU = 0


class _SensedValue(NamedTuple):
    number: int
    kind: int
    length: int
    octets: bytearray

    @property
    def whole(self) -> bool:
        return len(self.octets) >= self.length


class _SensedDevice:
    """One device of the cache: its mac, its port, and the rows of each protocol."""

    def __init__(self, mac: str | None, port: str) -> None:
        self.mac, self.port = mac, cisco_port(port)
        self.rows: dict[str, list[_SensedValue]] = {}
        self._last: _SensedValue | None = None

    def take(self, number: int, text: str) -> None:
        """A line: the beginning of a row, more octets of the last one, or neither."""
        if begin := _ROW.match(text):
            length = min(whole(begin["length"]) or 0, OCTETS)
            self._last = _SensedValue(number, whole(begin["type"]) or 0, length, bytearray())
            rows = self.rows.setdefault(begin["protocol"], [])
            if len(rows) < ROWS:
                rows.append(self._last)
            text = text[begin.end() :]
        if self._last is not None and not self._last.whole:
            if found := _OCTETS.match(text):
                self._last.octets.extend(bytes.fromhex(found[1])[: self._last.length - len(self._last.octets)])
            elif text.strip():
                self._last = None


def read(section: ConsoleSection, context: Context) -> Iterator[Item]:
    """The devices are held by the switch until it ends."""
    device: _SensedDevice | None = None
    for number, text in section.lines:
        if begin := _BEGIN.match(text):
            if device is not None:
                yield from _held(device, section, context)
            device = _SensedDevice(read_mac(begin["mac"]), begin["port"])
        elif device is not None and text:
            device.take(number, text)
    if device is not None:
        yield from _held(device, section, context)


def _held(device: _SensedDevice, section: ConsoleSection, context: Context) -> Iterator[Item]:
    port = Port(device.port, None, "console")
    mac = device.mac if device.mac and identifying_mac(device.mac) else None
    for protocol, rows in device.rows.items():
        for row in rows:
            if not row.whole:
                yield Problem(row.number, f"a value of {row.length} octets of which {len(row.octets)} are there")
        found = _announcement(protocol, [row for row in rows if row.whole], mac)
        if found is None:
            continue
        words = dict(found.findings).get(f"{protocol.lower()}.capabilities", "")
        addresses = (found.ip,) if found.ip else ()
        sensed = Neighbour(
            protocol.lower(),
            source_row(port),
            port,
            mac or found.mac,
            addresses,
            tuple(found.findings),
            tuple(filter(None, words.split(","))),
        )
        yield from section.switch.add(sensed, context)


def _announcement(protocol: str, rows: list[_SensedValue], mac: str | None) -> Announcement | None:
    match protocol:
        case "LLDP":  # in descending order, with the end in between
            tlvs = sorted((row for row in rows if row.kind != _END_OF_LLDPDU), key=lambda row: row.kind)
            return lldp_discovery.announcement(lldp.decode(b"".join(row.octets for row in tlvs)), mac)
        case "CDP":
            return cdp_discovery.announcement(cdp.decode(_CDP_HEAD + b"".join(row.octets for row in rows)), mac)
        case _:
            options = {row.kind: bytes(row.octets[2:]) for row in rows}
            return dhcp_discovery.announcement(dhcp.DhcpMessage(1, mac, None, options))


TABLE = ConsoleTable("device-sensor", (_DEVICE.replace("?P<mac>", "?:").replace("?P<port>", "?:"),), read)
