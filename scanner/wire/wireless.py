"""802.11 data frames, with or without a capture header (radiotap, PPI, Prism). Read only.

Contract: `frame` raises WireError for truncated input and returns None for a frame without a readable payload:
management, control, encrypted, a fragment. Sources: IEEE 802.11-2020 9.2 (fields, addresses), 9.3.2 (data frames);
radiotap.org (header, Flags); tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner.wire.cursor import Cursor

#: Link types: 802.11 without a capture header, and after a Prism, a radiotap or a PPI header.
LINK_DOT11, LINK_PRISM, LINK_RADIOTAP, LINK_PPI = 105, 119, 127, 192
LINKS = frozenset({LINK_DOT11, LINK_PRISM, LINK_RADIOTAP, LINK_PPI})

_PRISM_HEADER = 144
#: First octet: version and type, subtypes with a QoS field, subtypes without a body.
_VERSION_AND_TYPE, _DATA, _QOS, _NO_BODY = 0x0F, 0x08, 0x80, 0x40
#: Second octet.
_TO_DS, _FROM_DS, _MORE_FRAGMENTS, _PROTECTED, _ORDER = 0x01, 0x02, 0x04, 0x40, 0x80
_AGGREGATED = 0x80  # of the QoS field: several MSDUs in one frame
#: radiotap: bits of the presence word, and of Flags.
_HAS_TSFT, _HAS_FLAGS, _HAS_MORE = 1, 2, 1 << 31
_CHECKED, _PADDED = 0x10, 0x20
_CHECKSUM = 4


class Msdu(NamedTuple):
    """One MAC service data unit: source and destination as six octets, payload from its LLC header (IEEE 802.2)."""

    source: bytes
    destination: bytes
    payload: bytes


def frame(data: bytes, link: int) -> Msdu | None:
    """The MSDU in a frame of one of `LINKS`."""
    cursor, flags = Cursor(data), 0
    if link == LINK_PPI:
        cursor.skip(2)
        cursor.fence(cursor.uint_le(2) - 4)
    elif link == LINK_PRISM:
        cursor.skip(_PRISM_HEADER)
    elif link == LINK_RADIOTAP:
        cursor.skip(2)
        flags = _flags(cursor.fence(cursor.uint_le(2) - 4))
    body = cursor.fence(cursor.remaining - (_CHECKSUM if flags & _CHECKED else 0))
    return _msdu(body, padded=bool(flags & _PADDED))


def _flags(header: Cursor) -> int:
    """The Flags field of radiotap, after the presence words and the timestamp, which is aligned to 8 octets."""
    first = word = header.uint_le(4)
    while word & _HAS_MORE:
        word = header.uint_le(4)
    if not first & _HAS_FLAGS:
        return 0
    if first & _HAS_TSFT:
        header.skip(-header.at % 8 + 8)
    return header.u8()


def _msdu(cursor: Cursor, *, padded: bool) -> Msdu | None:
    start = cursor.at
    kind, flags = cursor.pair()
    if kind & _VERSION_AND_TYPE != _DATA or kind & _NO_BODY or flags & (_PROTECTED | _MORE_FRAGMENTS):
        return None
    cursor.skip(2)
    first, second, third = cursor.take(6), cursor.take(6), cursor.take(6)
    if cursor.uint_le(2) & 0x0F:  # a later fragment
        return None
    fourth = cursor.take(6) if flags & _TO_DS and flags & _FROM_DS else b""
    aggregated = False
    if kind & _QOS:
        aggregated = bool(cursor.u8() & _AGGREGATED)
        cursor.skip(1)
        if flags & _ORDER:
            cursor.skip(4)
    if padded:
        cursor.skip((start - cursor.at) % 4)
    if aggregated:  # only the first subframe is read
        destination, source = cursor.take(6), cursor.take(6)
        return Msdu(source, destination, cursor.fence(min(cursor.u16(), cursor.remaining)).rest())
    source = fourth or (third if flags & _FROM_DS else second)
    return Msdu(source, third if flags & _TO_DS else first, cursor.rest())
