"""TLV records, faults and table rows shared by LLDP, LLDP-MED and CDP.

Contract: a row's codec turns the octets of one TLV's value into plain Python values and back. Reading never passes the
end of the value (the cursor is fenced), terminates (every step consumes at least one octet) and raises WireError only.
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
    """A part that could not be read: its offset from the start of the message, in octets, and the reason."""

    offset: int
    what: str


class Tlv(NamedTuple):
    """One TLV: the name of its row, its value (raw octets where it could not be read), offset, and raw octets."""

    name: str
    value: Any
    offset: int
    raw: bytes


class Spec(NamedTuple):
    """One row of a protocol's table: name, bounds of the value's length in octets, codec, and clause of the standard.

    `single` rows occur at most once in a message.
    """

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
    """The rest of the value as text: UTF-8 with replacement, up to a NUL; some senders leave old data after it."""
    text, _, _ = cursor.rest().lstrip(b"\0").partition(b"\0")
    return bounded(text)


def write_text(text: str) -> bytes:
    """The inverse of `read_text`."""
    return text.encode("utf-8")


def read_octets(cursor: Cursor) -> bytes:
    """The rest of the value as it is."""
    return cursor.rest()


def write_octets(value: bytes) -> bytes:
    """The inverse of `read_octets`."""
    return bytes(value)


def integer(octets: int) -> tuple[Callable[[Cursor], int], Callable[[int], bytes]]:
    """Codec of one unsigned big-endian number."""

    def read(cursor: Cursor) -> int:
        return cursor.uint(octets)

    def write(value: int) -> bytes:
        return value.to_bytes(octets, "big")

    return read, write


def bits(
    *parts: tuple[str, int],
) -> tuple[Callable[[Cursor], Mapping[str, int]], Callable[[Mapping[str, int]], bytes]]:
    """Codec of a fixed layout: (name, width in bits) from the most significant bit on, whole octets in total.

    Names beginning with `_` are reserved: ignored on reading, written as zero. Octets after the layout (a newer
    edition of the TLV) are ignored.
    """
    total = sum(width for _, width in parts)
    if total % 8:
        raise ValueError("a layout must fill whole octets")
    table = []
    left = total
    for name, width in parts:
        left -= width
        if not name.startswith("_"):
            table.append((name, left, (1 << width) - 1))

    def read(cursor: Cursor) -> Mapping[str, int]:
        number = cursor.uint(total // 8)
        return MappingProxyType({name: number >> shift & mask for name, shift, mask in table})

    def write(value: Mapping[str, int]) -> bytes:
        number = 0
        for name, shift, mask in table:
            part = value.get(name, 0)
            if not 0 <= part <= mask:
                raise WireError(f"{name} is out of range: {part}")
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
    """Canonical text of an address by IANA family number (1 IPv4, 2 IPv6); None for other families and lengths."""
    size = len(octets)
    if family == 1 and size == 4:
        return ".".join(map(str, octets))
    return str(ip_address(octets)) if family == 2 and size == 16 else None
