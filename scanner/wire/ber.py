"""The part of BER (X.690) that SNMP uses: definite lengths, universal and application types of SMIv2 (RFC 2578).

Contract: reading goes through the checked cursor and raises `WireError` on anything that is not whole; lengths in
long form are taken in any width up to four bytes, since net-snmp pads them; indefinite lengths do not exist here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from scanner.core.errors import WireError
from scanner.wire.cursor import Cursor

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46

#: RFC 2578 3.5: at most 128 sub-identifiers of at most 32 bits, so five bytes each.
OID_LIMIT = 128 * 5
#: Widest number that is read: a Counter64 with its sign byte.
NUMBER_LIMIT = 9


class Missing(Enum):
    """What an agent says instead of a value (RFC 3416 3)."""

    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


#: A value as it is read: numbers and counters as int, octets and opaque as bytes, OIDs and IpAddresses as dotted
#: text, NULL as None.
Value = int | bytes | str | None | Missing


def head(cursor: Cursor) -> tuple[int, int]:
    """Tag and length of the next value; the length is never more than what is left (X.690 8.1.2, 8.1.3)."""
    tag, size = cursor.pair()
    if size >= 0x80:
        if not 0x81 <= size <= 0x84:
            raise WireError("a BER length that is indefinite or wider than four bytes", cursor.at - 1)
        size = cursor.uint(size & 0x7F)
    if size > cursor.end - cursor.at:
        raise WireError(f"a BER length of {size} with {cursor.remaining} bytes left", cursor.at)
    return tag, size


def expect(cursor: Cursor, tag: int) -> int:
    """Step over `tag` and its length, which is returned. WireError when another tag stands there."""
    at = cursor.at
    found, size = head(cursor)
    if found != tag:
        raise WireError(f"tag 0x{found:02x} where 0x{tag:02x} belongs", at)
    return size


def content(cursor: Cursor) -> tuple[int, bytes]:
    """Tag and content of the next value, whole."""
    short = cursor.counted(0x7F)
    if short is not None:
        return short
    tag, size = head(cursor)
    return tag, cursor.take(size)


def number(cursor: Cursor) -> int:
    """An INTEGER with its tag."""
    at = cursor.at
    tag, raw = content(cursor)
    if tag != INTEGER:
        raise WireError(f"tag 0x{tag:02x} where a number belongs", at)
    return signed(raw, at)


def octets(cursor: Cursor) -> bytes:
    """An OCTET STRING with its tag."""
    return cursor.take(expect(cursor, OCTETS))


def value(cursor: Cursor) -> Value:
    """Any one value with its tag. WireError for a type that SNMP does not have."""
    at = cursor.at
    tag, raw = content(cursor)
    read = READERS.get(tag)
    if read is None:
        raise WireError(f"a value of unknown type 0x{tag:02x}", at)
    return read(raw, at)


def signed(raw: bytes, at: int = 0) -> int:
    """The content of an INTEGER; none at all is 0, as some agents spell it."""
    if len(raw) > NUMBER_LIMIT:
        raise WireError(f"a number of {len(raw)} bytes", at)
    return int.from_bytes(raw, "big", signed=True)


def unsigned(raw: bytes, at: int = 0) -> int:
    """The content of a counter; agents that forget the sign byte do not make it negative."""
    if len(raw) > NUMBER_LIMIT:
        raise WireError(f"a number of {len(raw)} bytes", at)
    return int.from_bytes(raw, "big")


#: One part of an OID: bytes with the upper bit set, and one without (X.690 8.19.2).
_PART = re.compile(rb"[\x80-\xff]*[\x00-\x7f]")
#: Where an OID is cut in two: what is before is the same for all objects of a MIB, and remembered.
_HEAD = 8


@lru_cache(maxsize=65_536)
def _part(raw: bytes) -> str:
    if len(raw) > 9:
        raise WireError("a part of an OID wider than 64 bits")
    number = 0
    for byte in raw:
        number = number << 7 | byte & 0x7F
    return str(number)


@lru_cache(maxsize=1024)
def _first_parts(raw: bytes) -> tuple[str, int]:
    """The beginning of an OID as text, and how many parts it has: the first two share a byte (8.19.4)."""
    parts = list(map(_part, _PART.findall(raw)))
    first = int(parts[0])
    top = min(first // 40, 2)
    return ".".join((str(top), str(first - 40 * top), *parts[1:])), len(parts) + 1


def oid_text(raw: bytes) -> str:
    """The content of an OBJECT IDENTIFIER as dotted text (X.690 8.19); no content is 0.0, as net-snmp reads it."""
    size = len(raw)
    if not size:
        return "0.0"
    if size > OID_LIMIT:
        raise WireError("an OID of more than 128 parts")
    if raw[-1] > 0x7F:
        raise WireError("an OID that ends within a part")
    if size <= _HEAD or raw[_HEAD - 1] > 0x7F:
        text, count = _first_parts(raw)
    else:
        text, count = _first_parts(raw[:_HEAD])
        tail = raw[_HEAD:]
        # parts below 128 are one byte each, and most tails have no others
        parts = list(map(str, tail) if tail.isascii() else map(_part, _PART.findall(tail)))
        text, count = f"{text}.{'.'.join(parts)}", count + len(parts)
    if count > 128:
        raise WireError("an OID of more than 128 parts")
    return text


@lru_cache(maxsize=4096)
def oid_bytes(text: str) -> bytes:
    """The content of an OBJECT IDENTIFIER from dotted text, a leading dot allowed. WireError when it is none."""
    try:
        parts = [int(part) for part in text.removeprefix(".").split(".")]
    except ValueError:
        raise WireError(f"no OID: {text[:80]!r}") from None
    if len(parts) < 2 or len(parts) > 128 or min(parts) < 0 or parts[0] > 2 or (parts[0] < 2 and parts[1] > 39):
        raise WireError(f"no OID: {text[:80]!r}")
    out = bytearray()
    for part in (parts[0] * 40 + parts[1], *parts[2:]):
        if part >> 64:
            raise WireError(f"no OID: {text[:80]!r}")
        groups = [part & 0x7F]
        while part := part >> 7:
            groups.append(part & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return bytes(out)


def _address(raw: bytes, at: int) -> Value:
    return ".".join(map(str, raw)) if len(raw) == 4 else raw


def _oid(raw: bytes, at: int) -> Value:
    try:
        return oid_text(raw)
    except WireError as fault:
        raise WireError(fault.what, at) from None


def _octets(raw: bytes, at: int) -> Value:
    return raw


#: Tag → reader of a value's content and its offset.
READERS: dict[int, Callable[[bytes, int], Value]] = {
    INTEGER: signed,
    OCTETS: _octets,
    NULL: lambda raw, at: None,
    OID: _oid,
    IP_ADDRESS: _address,
    COUNTER32: unsigned,
    GAUGE32: unsigned,
    TIMETICKS: unsigned,
    OPAQUE: _octets,
    0x45: _octets,  # NsapAddress of RFC 1442, gone since
    COUNTER64: unsigned,
    0x47: unsigned,  # UInteger32 of RFC 1442
    **{missing.value: lambda raw, at, m=missing: m for missing in Missing},  # type: ignore[misc]
}


def tlv(tag: int, content: bytes) -> bytes:
    """Tag, shortest length, content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width, "big") + content


def integer(what: int, tag: int = INTEGER) -> bytes:
    """A number under `tag`, in as few bytes as its sign allows."""
    return tlv(tag, what.to_bytes(what.bit_length() // 8 + 1, "big", signed=True))


def encoded(what: Value, tag: int | None = None) -> bytes:
    """A value with its tag: the one its Python type says, or `tag` where that is not the whole truth (counters)."""
    match what:
        case None:
            return tlv(NULL, b"")
        case Missing():
            return tlv(what.value, b"")
        case int():
            return integer(what, INTEGER if tag is None else tag)
        case bytes():
            return tlv(OCTETS if tag is None else tag, what)
        case str() if tag == IP_ADDRESS:
            return tlv(IP_ADDRESS, bytes(int(part) for part in what.split(".")))
        case str():
            return tlv(OID, oid_bytes(what))
