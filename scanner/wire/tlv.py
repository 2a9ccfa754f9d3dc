"""What the TLV protocols (LLDP, LLDP-MED, CDP) share: one record, faults with offsets, and codecs as table rows.

Contract: a codec turns the bytes of one TLV's value into plain Python values and back. Reading never runs past the
value (the cursor is fenced), never loops (every step consumes at least one octet) and fails with WireError alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, NamedTuple

from scanner.core.errors import WireError
from scanner.core.text import bounded
from scanner.wire.cursor import Cursor


class Fault(NamedTuple):
    """Something that could not be read: where in the message (octets from its start), and what is wrong."""

    offset: int
    what: str


class Tlv(NamedTuple):
    """One TLV: its row's name, the value as read (raw octets where it could not be), where it began."""

    name: str
    value: Any
    offset: int
    raw: bytes


class Spec(NamedTuple):
    """One row of a protocol's table: name, bounds of the value's length in octets, both directions, and the clause."""

    name: str
    minimum: int
    maximum: int
    decode: Callable[[Cursor], Any]
    encode: Callable[[Any], bytes]
    where: str
    single: bool = True


class Identifier(NamedTuple):
    """A chassis or port id: subtype as numbered by the standard, and its octets."""

    subtype: int
    value: bytes


def read_text(cursor: Cursor) -> str:
    """The rest of the value as text: UTF-8 with replacement, up to a NUL (what stands behind one is an old buffer)."""
    return bounded(cursor.rest().lstrip(b"\0").partition(b"\0")[0])


def write_text(text: str) -> bytes:
    return text.encode("utf-8")


def read_octets(cursor: Cursor) -> bytes:
    return cursor.rest()


def write_octets(value: bytes) -> bytes:
    return bytes(value)


def integer(octets: int) -> tuple[Callable[[Cursor], int], Callable[[int], bytes]]:
    """Codec of one unsigned big-endian number."""

    def read(cursor: Cursor) -> int:
        return int.from_bytes(cursor.take(octets), "big")

    def write(value: int) -> bytes:
        return value.to_bytes(octets, "big")

    return read, write


def bits(
    *parts: tuple[str, int],
) -> tuple[Callable[[Cursor], Mapping[str, int]], Callable[[Mapping[str, int]], bytes]]:
    """Codec of a fixed layout: (name, width in bits) from the most significant bit on, whole octets in all.

    Names beginning with `_` are reserved: read as nothing, written as zero. Octets after the layout (a newer edition
    of the TLV) are left unread by the caller's fence.
    """
    total = sum(width for _, width in parts)
    if total % 8:
        raise ValueError("a layout fills whole octets")
    table = []
    left = total
    for name, width in parts:
        left -= width
        if not name.startswith("_"):
            table.append((name, left, (1 << width) - 1))

    def read(cursor: Cursor) -> Mapping[str, int]:
        number = int.from_bytes(cursor.take(total // 8), "big")
        return MappingProxyType({name: number >> shift & mask for name, shift, mask in table})

    def write(value: Mapping[str, int]) -> bytes:
        number = 0
        for name, shift, mask in table:
            part = value.get(name, 0)
            if not 0 <= part <= mask:
                raise WireError(f"{name} does not fit: {part}")
            number |= part << shift
        return number.to_bytes(total // 8, "big")

    return read, write


def repeated(
    one: tuple[Callable[[Cursor], Any], Callable[[Any], bytes]],
) -> tuple[Callable[[Cursor], tuple[Any, ...]], Callable[[tuple[Any, ...]], bytes]]:
    """Codec of a list that fills the rest of the value."""
    read_one, write_one = one

    def read(cursor: Cursor) -> tuple[Any, ...]:
        found = []
        while cursor.remaining:
            found.append(read_one(cursor))
        return tuple(found)

    def write(values: tuple[Any, ...]) -> bytes:
        return b"".join(map(write_one, values))

    return read, write


def address_text(family: int, octets: bytes) -> str | None:
    """An address by IANA family number (1 IPv4, 2 IPv6) as canonical text; None for others and for wrong lengths."""
    size = len(octets)
    if family == 1 and size == 4:
        return ".".join(map(str, octets))
    return str(ip_address(octets)) if family == 2 and size == 16 else None
