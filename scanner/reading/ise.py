"""Messages of Cisco ISE in syslog or in its local store: accounting, authentication and profiling of devices on ports.

One message a line: `CISE_RADIUS_Accounting ID SEGMENTS SEGMENT TIME … Name=value, Name=value`, commas within a value
behind backslashes ("Cisco ISE Syslogs"). Attribute-value pairs of device-sensor have ISE's names instead of numbers
(`cisco-av-pair=cdp-tlv=cdpCachePlatform=…`), the profiler has them by themselves in EndpointProperty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from scanner.core.numbers import whole
from scanner.core.text import bounded, moment, utc, utc_of
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import numbered
from scanner.reading.radius_sessions import AccountingRecord, AccountingSessions, read_address, record
from scanner.reading.sensor_tlvs import Protocol, SensorTlv

#: Longest line, in bytes: ISE cuts messages at 8,192 and marks the parts.
LINE = 1 << 17
#: Most messages of which parts are held until all are there.
PARTS = 64
#: Most parts of a message, and octets of one that are kept.
SEGMENTS, SEGMENT = 16, 16_384
#: Records that are kept as they were read, since switches repeat them but for the time; longest, in characters.
CACHED, CACHED_LENGTH = 8_192, 3_000
#: Most attributes of one message.
ATTRIBUTES = 2_000

_MESSAGE = re.compile(
    rb"(?:\bCISE_\w{1,60} (\d{1,20}) (\d{1,3}) (\d{1,3}) )?"
    rb"(?:(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})? ?([+-]\d\d:\d\d) )?"
    rb"(?:\d{1,20} )?\d{4,5} +[A-Z]{4,6} +(?:Radius-Accounting|Passed-Authentication|Profiler): "
)
_SEGMENT = re.compile(rb"\bCISE_\w{1,60} (\d{1,20}) (\d{1,3}) (\d{1,3}) ")
_KIND = re.compile(
    rb"\bCISE_(?:RADIUS_Accounting|Passed_Authentications|Profiler) \d{1,20} \d{1,3} \d{1,3} |"
    rb"\d{4,5} +[A-Z]{4,6} +(?:Radius-Accounting|Passed-Authentication|Profiler): "
)
_ESCAPED = re.compile(r"\\+(?=[,;{}])")
_SPLIT = re.compile(r",\s{0,8}(?=[A-Za-z][\w ./-]{0,80}=)")
_LETTER = re.compile(r"[;,\s]+")
_LLDP = {
    "O": "other", "P": "repeater", "B": "bridge", "W": "wlan-access-point", "R": "router", "T": "telephone",
    "C": "docsis-cable-device", "S": "station-only",
}  # fmt: skip
_CDP = {
    "R": "router", "T": "trans-bridge", "B": "source-bridge", "S": "switch", "H": "host", "I": "igmp",
    "r": "repeater", "P": "phone", "D": "remote", "C": "cast", "M": "two-port-mac-relay",
}  # fmt: skip
#: ISE's names of what device-sensor collects → fields.
_FIELDS = {
    "cdpCacheDeviceId": "cdp.device-id", "cdpCachePlatform": "cdp.platform", "cdpCacheVersion": "cdp.version",
    "cdpCacheCapabilities": "cdp.capabilities", "lldpSystemName": "lldp.system-name",
    "lldpSystemDescription": "lldp.system-description", "lldpPortId": "lldp.port-id",
    "lldpPortDescription": "lldp.port-description", "lldpChassisId": "lldp.chassis-id",
    "lldpCacheCapabilities": "lldp.capabilities", "lldpSystemCapabilitiesMapEnabled": "lldp.capabilities",
    "dhcp-class-identifier": "dhcp.vendor-class", "host-name": "dhcp.hostname",
    "dhcp-parameter-request-list": "dhcp.parameters", "dhcp-user-class-id": "dhcp.user-class",
    "cdpCacheAddress": "cdp.address", "lldpManAddress": "lldp.management-address",
}  # fmt: skip
#: ISE's names of attributes → those of RADIUS in lower case; the profiler has names of its own for mac and addresses.
_ATTRIBUTES = {
    "Calling-Station-ID": "calling-station-id", "Calling-Station-Id": "calling-station-id",
    "EndpointMacAddress": "calling-station-id", "Framed-IP-Address": "framed-ip-address",
    "EndpointIPAddress": "framed-ip-address", "NAS-IP-Address": "nas-ip-address",
    "EndpointNADAddress": "nas-ip-address", "Device IP Address": "nas-ip-address", "NAS-Identifier": "nas-identifier",
    "NetworkDeviceName": "networkdevicename", "NAS-Port-Id": "nas-port-id", "NAS-Port-Type": "nas-port-type",
    "Acct-Status-Type": "acct-status-type", "Acct-Session-Id": "acct-session-id",
}  # fmt: skip
#: Names behind which another name and its value follow.
_NESTED = frozenset({"cisco-av-pair", "EndpointProperty", "cdp-tlv", "lldp-tlv", "dhcp-option"})
_SENSOR: dict[str, Protocol] = {"cdp-tlv": "cdp", "lldp-tlv": "lldp", "dhcp-option": "dhcp"}
#: Octets of a TLV: two of its number, two of its length.
_RAW = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){3,1023}")
_WANTED = frozenset(_ATTRIBUTES) | frozenset(_FIELDS) | _NESTED


def looks_like(head: bytes) -> bool:
    """Whether one of the first lines is a message of ISE about a device."""
    return any(_KIND.search(line[:400]) is not None and b"=" in line for line in head.splitlines()[:200])


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of each session at its end, and of open ones at the end of the file."""
    sessions = AccountingSessions()
    parts: dict[bytes, dict[int, bytes]] = {}
    for number, line in numbered(stream, LINE):
        if line is None:
            yield Problem(number, f"the line is longer than {LINE:,} bytes")
            continue
        whole_line = _joined(line, parts)
        if whole_line is None:
            continue
        if found := _record(whole_line):
            yield from sessions.add(found[0] or context.time, found[1])
    for held in parts.values():  # of what arrived, the first part has the time and the mac
        if found := _record(b"".join(held[at] for at in sorted(held))):
            yield from sessions.add(found[0] or context.time, found[1])
    if parts:
        yield Problem(0, f"{len(parts)} messages without all of their parts; the others of them were read")
    yield from sessions.rest()


def _joined(line: bytes, parts: dict[bytes, dict[int, bytes]]) -> bytes | None:
    """The whole message of a line; None while parts of it are missing."""
    found = _SEGMENT.search(line, 0, 400)
    count = int(found[2]) if found else 1
    if found is None or not 1 < count <= SEGMENTS:
        return line
    known = parts.setdefault(found[1], {})
    at = min(int(found[3]), SEGMENTS)
    known[at] = (line if not at else b" " + line[found.end() :])[:SEGMENT]
    if len(known) < count:
        if len(parts) > PARTS:
            parts.pop(next(iter(parts)))
        return None
    del parts[found[1]]
    return b"".join(known[at] for at in sorted(known))


def _record(line: bytes) -> tuple[str | None, AccountingRecord] | None:
    """Time and record in a message about a device; None for any other line."""
    found = _MESSAGE.search(line, 0, 500)
    if found is None:
        return None
    text = line[found.end() :].decode("utf-8", "replace")
    if "\\" in text:
        text = _ESCAPED.sub("", text)
    pairs, event = [], ""
    for part in _SPLIT.split(text)[:ATTRIBUTES]:
        name, _, value = part.partition("=")
        if name in _WANTED:
            pairs.append((name, value))
        elif name == "Event-Timestamp":
            event = value
    stated = _stated if len(text) <= CACHED_LENGTH else _stated.__wrapped__
    return _time(found, event), stated(tuple(pairs))


@lru_cache(maxsize=CACHED)
def _stated(pairs: tuple[tuple[str, str], ...]) -> AccountingRecord:
    """The record with these attributes."""
    attributes: dict[str, str] = {}
    named: list[tuple[str, str]] = []
    tlvs: list[SensorTlv] = []
    for name, value in pairs:
        while name in _NESTED and value:
            if (protocol := _SENSOR.get(name)) and _RAW.fullmatch(value.strip(" ,")):
                tlvs += _raw(protocol, value.strip(" ,"))
            name, _, value = value.partition("=")
        if attribute := _ATTRIBUTES.get(name):
            if text := bounded(value.strip(" ,"), 256):
                attributes.setdefault(attribute, text)
        elif (field := _FIELDS.get(name)) and (spelled := _spelled(field, value.strip(" ,"))):
            named.append((field, spelled))
    return record(attributes, tlvs, named)


def _raw(protocol: Protocol, spelled: str) -> list[SensorTlv]:
    """The TLV that ISE prints in hexadecimal since it has no name for it: number, length, and a whole value."""
    octets = bytes.fromhex(spelled.replace(":", ""))
    number, size = int.from_bytes(octets[:2]), int.from_bytes(octets[2:4])
    return [SensorTlv(protocol, number, octets[4 : 4 + size])] if len(octets) >= 4 + size else []


def _spelled(field: str, value: str) -> str:
    """A value as the field has it: capabilities as words, numbers of options joined by commas."""
    match field:
        case "lldp.capabilities" | "cdp.capabilities":
            words = _LLDP if field == "lldp.capabilities" else _CDP
            return ",".join(words[letter] for letter in _LETTER.split(value) if letter in words)
        case "dhcp.parameters":
            numbers = [part for part in _LETTER.split(value) if part.isdigit()]
            return ",".join(numbers[:255])
        case "cdp.address" | "lldp.management-address":
            return read_address(value) or ""
        case _:
            return bounded(value)


def _time(found: re.Match[bytes], event: str) -> str | None:
    """The time of a message: that of ISE with its zone, else the switch's."""
    if found[4]:
        try:
            return utc(moment(b"T".join(found.group(4, 5)).decode() + found[6].decode()))
        except (ValueError, OverflowError):
            pass
    try:
        seconds = whole(event.strip())
        return utc_of(seconds) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


FORMAT = Format("ise", "Cisco ISE's messages of accounting, authentication and profiling", looks_like, read)
