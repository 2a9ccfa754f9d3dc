"""Responses of CUCM's RISPort70 (selectCmDevice): the devices that are registered, with their running load.

One SOAP body; since version 11 addresses are nested (`<IPAddress><item><IP>`), before they were `<IpAddress>`; Status
is a word or its number (1 registered). A device is listed by each node that it was registered at: its newest TimeStamp
counts. Directory numbers, descriptions and users are not read. Source: Cisco, "Risport70 API Reference"
(developer.cisco.com/docs/sxml/risport70-api).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from xml.etree.ElementTree import Element

from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.numbers import whole
from scanner.core.text import bounded
from scanner.core.xmlparts import UnreadPart, parts
from scanner.discovery import cucm
from scanner.discovery.lldp import usable_address
from scanner.reading import detect
from scanner.reading.items import Context, Format, Item, Problem

#: Most devices that are held until the end, where their newest record is known.
DEVICES = 100_000
_PREFIX = r"(?:[\w.-]{1,60}:)?"
_RESPONSE = re.compile(
    rb"<(?:[\w.-]{1,60}:)?(?:selectCmDevice\w{0,20}|SelectCmDeviceResult|CmDevices)[\s>]", re.IGNORECASE
)
_FIRST = re.compile(rb"<([A-Za-z_][\w.:-]{0,120})[\s/>]")
_REGISTERED = frozenset({"registered", "partiallyregistered", "1"})
_PHONE_CLASSES = frozenset({"", "phone", "any", "1"})


class RisDevice(NamedTuple):
    """One registered or formerly registered device: the time of its status, and what is recorded of it."""

    stamp: int
    registered: bool
    ip: str | None
    model: str
    load: str
    line: int


def looks_like(head: bytes) -> bool:
    """Whether it is XML with a response of selectCmDevice, or devices of one."""
    start = head.lstrip()[:64]
    return start.startswith(b"<") and _RESPONSE.search(head) is not None


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every device that is registered by its newest record; a Problem for each that cannot be read."""
    head, stream = detect.peek(stream)
    first = _FIRST.search(head)
    root = re.escape(first[1].decode("ascii", "replace")) if first else "Envelope"
    held: dict[str, RisDevice] = {}
    for part in parts(stream, root, f"{_PREFIX}CmDevices", children=True):
        if isinstance(part, UnreadPart):
            yield Problem(part.line, f"{part.reason}; the complete devices were read")
            continue
        name, device = _device(part.element, part.line)
        known = held.get(name)
        if known is None and len(held) >= DEVICES:
            oldest = next(iter(held))
            yield from _observations(oldest, held.pop(oldest), context)
        if known is None or (device.stamp, device.registered) > (known.stamp, known.registered):
            held[name] = device
    for name, device in held.items():
        yield from _observations(name, device, context)


def _device(element: Element, line: int) -> tuple[str, RisDevice]:
    texts: dict[str, str] = {}
    for child in element:
        texts.setdefault(_name(child), (child.text or "").strip())
    status, kind = texts.get("status", "").lower(), texts.get("class", texts.get("deviceclass", "")).lower()
    return bounded(texts.get("name", ""), 128), RisDevice(
        whole(texts.get("timestamp", "")) or 0,
        status in _REGISTERED and kind in _PHONE_CLASSES,
        _address(element),
        bounded(texts.get("model", ""), 64),
        bounded(texts.get("activeloadid", ""), 256),
        line,
    )


def _name(element: Element) -> str:
    return str(element.tag).rpartition(":")[2].lower()


def _address(element: Element) -> str | None:
    """The first address of a device that can be one, IPv4 before IPv6; before version 11 a text, since then a list."""
    found = []
    for child in element:
        if _name(child) == "ipaddress":
            for one in child.iter():
                if address := usable_address(one.text or ""):
                    found.append(address)
    return min(found, key=lambda text: ":" in text, default=None)


def _observations(name: str, device: RisDevice, context: Context) -> Iterator[Item]:
    if not device.registered:
        return
    findings = cucm.findings(device.model, device.load)
    mac = cucm.device_mac(name)
    if findings is None or (mac is None and (device.ip is None or not findings)):
        return
    if mac is None and not name.upper().startswith(("SEP", "ATA")):
        return  # a client on a computer, a trunk or a port of a gateway
    facts = (*findings, (RESOLVED_MAC, mac)) if mac and device.ip else findings
    for field, value in facts:
        if value:
            yield Observation(
                time=context.time, ip=device.ip, mac=mac, field=field, value=value, source=f"manager {context.name}"
            )
    if not facts:
        yield Problem(device.line, f"the device {name} is registered without address, model and load")


FORMAT = Format("risport", "devices that are registered at a CUCM (RISPort70, SOAP)", looks_like, read)
