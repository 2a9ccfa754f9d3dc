"""The subset of BER (X.690) that SNMP uses: definite lengths, universal types and the application types of SMIv2.

Contract:
- reading goes through the checked cursor; anything truncated or not in the subset raises `WireError`;
- lengths in long form may be up to four bytes wide and padded, as net-snmp writes them; indefinite lengths are refused;
- writing uses the shortest length (X.690 8.1.3) and the shortest number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from scanner.core.errors import WireError
from scanner.core.text import bounded
from scanner.wire.cursor import Cursor, cut, sint_of, uint_of

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46

#: RFC 2578 3.5: at most 128 sub-identifiers of at most 32 bits, so five bytes each.
OID_LIMIT = 128 * 5
#: Widest number that is read: a Counter64 with its sign byte.
NUMBER_LIMIT = 9


class Missing(Enum):
    """The exceptions that an agent returns in place of a value (RFC 3416 3)."""

    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


#: A decoded value: numbers and counters as int, octets and opaque as bytes, OIDs and IpAddresses as dotted text, NULL
#: as None.
Value = int | bytes | str | None | Missing


def head(cursor: Cursor) -> tuple[int, int]:
    """Tag and length of the next value; WireError for a length beyond the end (X.690 8.1.2, 8.1.3)."""
    tag, size = cursor.pair()
    if size >= 0x80:
        if not 0x81 <= size <= 0x84:
            raise WireError("a BER length that is indefinite or wider than four bytes", cursor.at - 1)
        size = cursor.uint(size & 0x7F)
    if size > cursor.end - cursor.at:
        raise WireError(f"a BER length of {size} with {cursor.remaining} bytes left", cursor.at)
    return tag, size


def expect(cursor: Cursor, tag: int) -> int:
    """Skip `tag` and its length, and return the length. WireError for another tag."""
    at = cursor.at
    found, size = head(cursor)
    if found != tag:
        raise WireError(f"tag 0x{found:02x}, expected 0x{tag:02x}", at)
    return size


def content(cursor: Cursor) -> tuple[int, bytes]:
    """Tag and content of the next value."""
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
        raise WireError(f"tag 0x{tag:02x}, expected a number", at)
    return signed(raw, at)


def octets(cursor: Cursor) -> bytes:
    """An OCTET STRING with its tag."""
    return cursor.take(expect(cursor, OCTETS))


def value(cursor: Cursor) -> Value:
    """The next value, of any type in `READERS`; WireError for others."""
    at = cursor.at
    tag, raw = content(cursor)
    read = READERS.get(tag)
    if read is None:
        raise WireError(f"unknown value type 0x{tag:02x}", at)
    return read(raw, at)


def signed(raw: bytes, at: int = 0) -> int:
    """The content of an INTEGER. Empty content is 0, as some agents send it."""
    if len(raw) > NUMBER_LIMIT:
        raise WireError(f"a number of {len(raw)} bytes", at)
    return sint_of(raw)


def unsigned(raw: bytes, at: int = 0) -> int:
    """The content of a counter, never negative: some agents omit the leading zero byte."""
    if len(raw) > NUMBER_LIMIT:
        raise WireError(f"a number of {len(raw)} bytes", at)
    return uint_of(raw)


#: One sub-identifier: bytes with the upper bit set, then one without (X.690 8.19.2); and a whole sequence of them.
_PART = re.compile(rb"[\x80-\xff]*[\x00-\x7f]")
_PARTS = re.compile(rb"(?:[\x80-\xff]*[\x00-\x7f])+")
#: Length of the head of an OID, in bytes, whose text is cached: it is the same for all objects of a MIB.
_HEAD = 8


@lru_cache(maxsize=65_536)
def _part(raw: bytes) -> str:
    if len(raw) > 9:
        raise WireError("an OID with a sub-identifier wider than 64 bits")
    number = 0
    for byte in raw:
        number = number << 7 | byte & 0x7F
    return str(number)


@lru_cache(maxsize=1024)
def _first_parts(raw: bytes) -> tuple[str, int] | None:
    """The start of an OID as text and its number of sub-identifiers; None where `raw` ends within one.

    The first two sub-identifiers are encoded as one (8.19.4).
    """
    if not _PARTS.fullmatch(raw):
        return None
    first, *others = map(_part, _PART.findall(raw))
    top = min(int(first) // 40, 2)
    return ".".join((str(top), str(int(first) - 40 * top), *others)), len(others) + 2


def oid_text(raw: bytes) -> str:
    """The content of an OBJECT IDENTIFIER as dotted text (X.690 8.19); empty content is 0.0, as in net-snmp."""
    if not raw:
        return "0.0"
    if len(raw) > OID_LIMIT:
        raise WireError("an OID of more than 128 sub-identifiers")
    head, tail = cut(raw, _HEAD)
    start = _first_parts(head)
    if start is None:  # the cut is within a sub-identifier
        start, tail = _first_parts(raw), b""
    if start is None:
        raise WireError("an OID that ends within a sub-identifier")
    text, count = start
    if tail:
        # sub-identifiers below 128 are one byte each, and most tails have no others
        if tail.isascii():
            parts = list(map(str, tail))
        elif _PARTS.fullmatch(tail):
            parts = list(map(_part, _PART.findall(tail)))
        else:
            raise WireError("an OID that ends within a sub-identifier")
        text, count = f"{text}.{'.'.join(parts)}", count + len(parts)
    if count > 128:
        raise WireError("an OID of more than 128 sub-identifiers")
    return text


@lru_cache(maxsize=4096)
def oid_bytes(text: str) -> bytes:
    """The content of an OBJECT IDENTIFIER from dotted text, with or without a leading dot. Raises WireError."""
    try:
        first, second, *others = map(int, text.removeprefix(".").split("."))
    except ValueError:  # not numbers, or fewer than two
        raise WireError(f"not an OID: {bounded(text, 80)!r}") from None
    parts = (first * 40 + second, *others)
    out_of_range = first > 2 or (first < 2 and second > 39) or min(first, second, *others) < 0 or max(parts) >> 64
    if out_of_range or len(parts) > 127:
        raise WireError(f"not an OID: {bounded(text, 80)!r}")
    out = bytearray()
    for part in parts:
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


#: Tag → function of a value's content and its offset.
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
    0x45: _octets,  # NsapAddress of RFC 1442, removed by RFC 1902
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
    """A number with `tag`, in as few bytes as its sign allows."""
    return tlv(tag, what.to_bytes(what.bit_length() // 8 + 1, "big", signed=True))


def encoded(what: Value, tag: int | None = None) -> bytes:
    """A value with the tag of its Python type, or with `tag` where the type does not decide it (counters)."""
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
