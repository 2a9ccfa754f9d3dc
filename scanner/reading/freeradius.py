"""Detail files of FreeRADIUS: a line with the time, a line `Attribute = value` for each attribute, a blank line.

What the server prints with `-X` has the same lines of attributes (`radius_debug`).

Format: FreeRADIUS, module "detail" (raddb/mods-available/detail); in quotation marks `\\` and three octal digits, or
`n`, `t`, `r`, `"` and itself, are one octet. Cisco's device-sensor sends attribute-value pairs `cdp-tlv=`, `lldp-tlv=`
and `dhcp-option=`, each with a number and a length of two octets (packetfence, lib/pf/util/cisco_device_sensor.pm).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO, cast

from scanner.core.numbers import whole
from scanner.core.text import bounded, utc_of
from scanner.reading import detect
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.logtimes import TIME, time_of
from scanner.reading.paragraphs import Paragraph, paragraphs
from scanner.reading.radius_debug import is_debug_output, requests
from scanner.reading.radius_sessions import AccountingRecord, AccountingSessions, record
from scanner.reading.sensor_tlvs import Protocol, SensorTlv

#: Longest record, in bytes: a packet of RADIUS has 4,096 octets (RFC 2865 3), each at most four characters here.
RECORD = 65_536
#: Most records that are reported one by one; the last problem counts the others.
PROBLEMS = 20
#: Records that are kept as they were read, since switches repeat them but for the time; longest of them, in bytes.
CACHED, CACHED_LENGTH = 8_192, 3_000
#: Octets of an attribute-value pair from which on a switch cuts it: 255 of an attribute less its headers.
_FULL = 240

_NAMES = (
    rb"NAS-IP-Address|NAS-IPv6-Address|NAS-Identifier|NAS-Port-Id|NAS-Port-Type|Framed-IP-Address|Framed-IPv6-Address|"
    rb"Calling-Station-Id|Acct-Status-Type|Acct-Session-Id|Timestamp|Event-Timestamp"
)
_ATTRIBUTE = re.compile(
    rb"^[ \t]+&?(?:Vendor-Specific\.Cisco\.)?(?:(" + _NAMES + rb")|(?:[\w-]*[Aa][Vv]-?[Pp]air|Attr-26\.9\.1)(?::\d+)?"
    rb"(?= [:+]?= [\"']?(?:cdp-tlv|lldp-tlv|dhcp-option|0x)))(?::\d+)? [:+]?= ([^\n]*)",
    re.MULTILINE,
)
_FIRST = re.compile(rb"^[^\s=#][^\n=]{0,80}\n(?:[ \t]+[&\w.:-]+ [:+]?= [^\n]*\n){1,400}", re.MULTILINE)
_OF_RADIUS = re.compile(
    rb"^[ \t]+&?(?:NAS-IP-Address|NAS-Identifier|Acct-Status-Type|Calling-Station-Id|Packet-Type|User-Name) [:+]?= ",
    re.MULTILINE,
)
_STAMPS = frozenset({b"Timestamp", b"Event-Timestamp"})
_NEXT = re.compile(rb"\n(?=[^\s])")
_ESCAPE = re.compile(rb"\\(?:([0-7]{3})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_SENSOR: dict[bytes, Protocol] = {b"cdp-tlv": "cdp", b"lldp-tlv": "lldp", b"dhcp-option": "dhcp"}


def looks_like(head: bytes) -> bool:
    """Whether a line is followed by indented lines `Attribute = value` with attributes of RADIUS."""
    text = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return is_debug_output(text) or any(
        _OF_RADIUS.search(found[0]) is not None for found in _FIRST.finditer(text + b"\n")
    )


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of each session at its end, and of open ones at the end of the file."""
    sessions, unread, cut = AccountingSessions(), 0, 0
    head, stream = detect.peek(stream)
    debug = is_debug_output(head.replace(b"\r\n", b"\n"))
    for parts in (requests(stream, RECORD),) if debug else map(_records, paragraphs(stream, RECORD)):
        for number, text, ended in parts:
            pairs = cast("list[tuple[bytes, bytes]]", _ATTRIBUTE.findall(text))
            if not pairs:
                unread += 1
                if unread <= PROBLEMS:
                    yield Problem(number, "not a record of a detail file", missing=b"=" in text)
                continue
            stamps = {name: spelled for name, spelled in pairs if name in _STAMPS}
            stated = tuple(pair for pair in pairs if pair[0] not in _STAMPS)
            found, faults = (_stated if len(text) <= CACHED_LENGTH else _stated.__wrapped__)(stated)
            if not ended:
                yield Problem(number, "the record is truncated, or longer than a packet of RADIUS; the rest was read")
            elif faults:
                cut += 1
                if cut <= PROBLEMS:
                    yield Problem(number, "a TLV of device-sensor that is cut, and is not used")
            yield from sessions.add(_time(stamps, text[:80], context.time) or context.time, found)
    if unread > PROBLEMS:
        yield Problem(0, f"{unread - PROBLEMS} more parts are not records of a detail file")
    if cut > PROBLEMS:
        yield Problem(0, f"{cut - PROBLEMS} more records have TLVs of device-sensor that are cut")
    yield from sessions.rest()


def _records(paragraph: Paragraph) -> Iterator[tuple[int, bytes, bool]]:
    """(line, text, whether it has its end) of the records of a paragraph: several where blank lines are missing."""
    number, *_ = paragraph
    parts = _NEXT.split(paragraph.text)
    for place, part in enumerate(parts, 1):
        if b"\n" in part or len(parts) == 1:
            yield number, part, paragraph.whole or place < len(parts)
        number += part.count(b"\n") + 1


@lru_cache(maxsize=CACHED)
def _stated(pairs: tuple[tuple[bytes, bytes], ...]) -> tuple[AccountingRecord, int]:
    """The record with these attributes, and how many of its TLVs are cut. A value without its end is left out."""
    attributes: dict[str, str] = {}
    tlvs: list[SensorTlv] = []
    faults = 0
    for name, spelled in pairs:
        if name:
            attributes.setdefault(name.decode("ascii").lower(), bounded(_value(spelled) or b"", 256))
            continue
        kind, _, octets = (_value(spelled) or b"").partition(b"=")
        if protocol := _SENSOR.get(kind):
            tlv = _tlv(protocol, octets)
            faults += tlv is None
            if tlv:
                tlvs.append(tlv)
    return record(attributes, tlvs, ()), faults


def _value(spelled: bytes) -> bytes | None:
    """The octets of a value; None where its quotation mark has no end."""
    spelled = spelled.rstrip()
    if spelled[:1] in (b'"', b"'"):
        if len(spelled) < 2 or spelled[-1:] != spelled[:1]:
            return None
        text = spelled[1:-1]
        return _ESCAPE.sub(_unescaped, text) if b"\\" in text else text
    if spelled[:2] == b"0x":
        try:
            return bytes.fromhex(spelled[2:].decode("ascii"))
        except ValueError:
            return None
    return spelled


def _unescaped(found: re.Match[bytes]) -> bytes:
    octal, hexadecimal, other = found.groups()
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    return bytes.fromhex(hexadecimal.decode()) if hexadecimal else _CONTROLS.get(other, other)


def _tlv(protocol: Protocol, octets: bytes) -> SensorTlv | None:
    """The TLV in a pair: number and length of two octets each, value. None where the switch cut it."""
    if octets[:1] == b"\\":  # some versions escape twice
        octets = _ESCAPE.sub(_unescaped, octets)
    if len(octets) < 4:
        return None
    number, size, value = int.from_bytes(octets[:2]), int.from_bytes(octets[2:4]), octets[4:]
    if len(value) < size and len(octets) >= _FULL:
        return None
    return SensorTlv(protocol, number, value[:size])


@lru_cache(maxsize=256)
def _unix(text: bytes) -> str | None:
    try:
        seconds = whole(text.decode("ascii", "replace").strip())
        return utc_of(seconds) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _time(stamps: dict[bytes, bytes], start: bytes, latest: str) -> str | None:
    """The time of a record: Unix time, else the text of Event-Timestamp, else the line in front, taken as UTC."""
    event = _value(stamps.get(b"Event-Timestamp", b"")) or b""
    if time := _unix(stamps.get(b"Timestamp", b"")) or _unix(event):
        return time
    header, _, _ = start.partition(b"\n")
    texts = (text[:TIME].decode("ascii", "replace") for text in (event, header))
    return next((time for text in texts if (time := time_of(text, latest))), None)


FORMAT = Format(
    "freeradius", "FreeRADIUS detail files and output of -X, with what device-sensor collected", looks_like, read
)
