"""The BER of an SNMP agent (ITU-T X.690, RFC 3416): requests are decoded, values encoded.

Separate from the codec of the program, so that a bug there cannot hide in the tests.
Malformed input raises ValueError; no read is outside of the input.
"""

from __future__ import annotations

from functools import lru_cache

from scanner.testing.phones import COUNTER64, INTEGER, OBJECT_ID, SnmpRow


def length(count: int) -> bytes:
    """The length octets for `count` octets of content."""
    if count < 0x80:
        return bytes((count,))
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def tlv(tag: int, content: bytes) -> bytes:
    """One element: tag, length, content."""
    return bytes((tag,)) + length(len(content)) + content


@lru_cache(maxsize=65536)
def oid_content(dotted: str) -> bytes:
    """The content octets of a dotted OID, with or without a leading dot."""
    arcs = [int(arc) for arc in dotted.strip(".").split(".")]
    if len(arcs) < 2:
        arcs.append(0)
    out = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        if arc < 0x80:
            out.append(arc)
            continue
        digits = []
        while arc:
            digits.append(arc & 0x7F)
            arc >>= 7
        out.extend(digit | 0x80 for digit in reversed(digits[1:]))
        out.append(digits[0])
    return bytes(out)


def oid_arcs(content: bytes) -> tuple[int, ...]:
    """The arcs of OID content octets; the empty OID is ()."""
    if not content:
        return ()
    arcs: list[int] = []
    arc = 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
    if content[-1] & 0x80:
        raise ValueError("an OID that ends inside an arc")
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])


def value(row: SnmpRow) -> bytes:
    """The encoded value of a row. Numbers other than INTEGER are unsigned (RFC 2578 7.1)."""
    match row.value:
        case bytes():
            return tlv(row.tag, row.value)
        case str():
            if row.tag != OBJECT_ID:
                raise ValueError(f"{row.oid}: text is a value of OBJECT IDENTIFIER alone")
            return tlv(row.tag, oid_content(row.value))
        case _:
            number = row.value if row.tag == INTEGER else row.value & (2**64 - 1 if row.tag == COUNTER64 else 2**32 - 1)
            return tlv(row.tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def element(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """The element at `at`: its tag, where its content starts, where it stops. Raises ValueError past `end`."""
    if at + 2 > end:
        raise ValueError("an element that is cut short")
    tag, count, start = data[at], data[at + 1], at + 2
    if count & 0x80:
        width = count & 0x7F
        if not 1 <= width <= 4 or start + width > end:
            raise ValueError("a length that cannot be")
        count = int.from_bytes(data[start : start + width], "big")
        start += width
    if start + count > end:
        raise ValueError("an element longer than its message")
    return tag, start, start + count


def expect(data: bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    """Content bounds of the element at `at`, which must have the tag `wanted`."""
    tag, start, stop = element(data, at, end)
    if tag != wanted:
        raise ValueError(f"tag {tag:#x} instead of {wanted:#x}")
    return start, stop
