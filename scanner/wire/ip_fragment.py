"""IP fragments (RFC 791 3.2, RFC 8200 4.5): what one of them contains, and the packet that all of them are. Pure.

Contract: `fragment` never raises; it returns None for whole packets, truncated headers and other types. `whole` returns
a packet without options and extension headers, which `ethernet.packet` reads.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.wire.cursor import Cursor, cut
from scanner.wire.ethernet import IPV4, IPV6

#: Longest payload of a whole packet, in octets: the 16-bit length fields.
WHOLE_LIMIT = 65_535 - 40
_EXTENSIONS = (0, 43, 60)
_FRAGMENT = 44
_MORE = 0x2000


class Datagram(NamedTuple):
    """What the fragments of one packet have in common: Ethernet type, addresses, identification, protocol."""

    ethertype: int
    source: bytes
    destination: bytes
    identification: int
    protocol: int


class Fragment(NamedTuple):
    """One fragment: its packet, time to live, offset of its data in octets, whether it is the last, its data."""

    datagram: Datagram
    hops: int
    offset: int
    last: bool
    data: bytes


def fragment(ethertype: int, payload: bytes) -> Fragment | None:
    """The fragment in a frame's payload."""
    cursor = Cursor(payload)
    try:
        if ethertype == IPV4:
            return _ipv4(cursor)
        return _ipv6(cursor) if ethertype == IPV6 else None
    except WireError:
        return None


def _ipv4(cursor: Cursor) -> Fragment | None:
    head = cursor.u8()
    cursor.skip(1)
    total, identification, word = cursor.u16(), cursor.u16(), cursor.u16()
    hops, protocol = cursor.pair()
    cursor.skip(2)
    source, destination = cursor.take(4), cursor.take(4)
    header = (head & 15) * 4
    if head >> 4 != 4 or header < 20 or total < header or not word & 0x3FFF:
        return None
    cursor.skip(header - 20)
    data = cursor.fence(min(total - header, cursor.remaining)).rest()
    datagram = Datagram(IPV4, source, destination, identification, protocol)
    return Fragment(datagram, hops, (word & 0x1FFF) * 8, not word & _MORE, data)


def _ipv6(cursor: Cursor) -> Fragment | None:
    if cursor.u32() >> 28 != 6:
        return None
    length = cursor.u16()
    following, hops = cursor.pair()
    source, destination = cursor.take(16), cursor.take(16)
    inner = cursor.fence(min(length, cursor.remaining))
    while following in _EXTENSIONS:
        following = inner.u8()
        inner.skip(inner.u8() * 8 + 6)
    if following != _FRAGMENT:
        return None
    protocol = inner.u8()
    inner.skip(1)
    word = inner.u16()
    datagram = Datagram(IPV6, source, destination, inner.u32(), protocol)
    return Fragment(datagram, hops, word & 0xFFF8, not word & 1, inner.rest())


def whole(datagram: Datagram, hops: int, data: bytes) -> bytes:
    """The packet with this payload, cut to WHOLE_LIMIT; the checksum of its header is zero."""
    data, _ = cut(data, WHOLE_LIMIT)
    if datagram.ethertype == IPV4:
        length = (20 + len(data)).to_bytes(2, "big")
        ends = bytes([hops, datagram.protocol]) + b"\0\0" + datagram.source + datagram.destination
        return b"\x45\0" + length + bytes(4) + ends + data
    head = b"\x60\0\0\0" + len(data).to_bytes(2, "big") + bytes([datagram.protocol, hops])
    return head + datagram.source + datagram.destination + data
