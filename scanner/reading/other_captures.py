"""Frames of snoop files (RFC 1761, Solaris) and of ERF files (Endace, "Extensible Record Format").

Streaming, with bounded lengths, as in `frames`. ERF has no signature: a file has it where its first records follow each
other and have plausible times.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from scanner.core.errors import WireError
from scanner.reading.framed import FRAME_LIMIT, BrokenCaptureError, Framed, whole
from scanner.wire import ethernet
from scanner.wire.cursor import Cursor

#: First octets of a snoop file, with its version 2.
SNOOP = b"snoop\0\0\0\0\0\0\x02"
#: Data link types of snoop → link types (tcpdump.org/linktypes.html); 0 and 4 are Ethernet's.
_DATALINKS = {0: ethernet.LINK_ETHERNET, 4: ethernet.LINK_ETHERNET, 8: 10}
#: Types of ERF records with Ethernet frames, HDLC frames, and IP packets.
_ETHERNET, _HDLC, _IP = frozenset({2, 11, 16, 20}), frozenset({1, 5, 12, 15, 17}), frozenset({22, 23})
_ERF_HEAD, _EXTENSION = 16, 0x80
#: Octets of the check sequence, which are part of the length on the wire in ERF, also where they are not kept.
_CHECK = 4
#: Times of a plausible record: 1990 to 2100, in seconds since 1970.
_TIMES = range(631_152_000, 4_102_444_800)
#: Records that must follow each other at the beginning of a file.
_RECORDS = 3
_SECOND = 1 << 32
#: Link type of pcap whose frames are ERF records.
LINK_ERF = 197


def snoop(stream: BinaryIO) -> Iterator[Framed]:
    """Every frame of a snoop file after its first 4 octets. Raises BrokenCaptureError at the first malformed record."""
    datalink = struct.unpack(">8xI", whole(stream, 12, "the file header"))[0]
    link = _DATALINKS.get(datalink)
    if link is None:
        raise BrokenCaptureError(f"frames of data link type {datalink} of snoop")
    while head := stream.read(24):
        if len(head) < 24:
            raise BrokenCaptureError("the last record is truncated")
        sent, size, length, _, seconds, fraction = struct.unpack(">6I", head)
        if size > FRAME_LIMIT or not size + 24 <= length <= FRAME_LIMIT + 4096:
            raise BrokenCaptureError(f"a record with a length of {length} octets")
        data = Cursor(whole(stream, length - 24, "the last frame")).peek(size)
        yield Framed(link, seconds + fraction / 10**6 if seconds else None, data, size < sent)


def is_erf(head: bytes) -> bool:
    """Whether a file that starts with `head` has records of ERF."""
    at = count = 0
    while count < _RECORDS and at + _ERF_HEAD <= len(head):
        length = _plausible(head, at)
        if length is None:
            return False
        at, count = at + length, count + 1
    return count == _RECORDS or (count > 0 and at == len(head))


def _plausible(head: bytes, at: int) -> int | None:
    """The length of the record at `at`; None where it is not one of a known type, with a frame and a time."""
    stamp, kind = struct.unpack_from("<QB", head, at)
    length, _, wire = struct.unpack_from(">3H", head, at + 10)
    known = kind & ~_EXTENSION in _ETHERNET | _HDLC | _IP
    return length if known and length >= _ERF_HEAD and wire and stamp // _SECOND in _TIMES else None


def erf(stream: BinaryIO, begin: bytes) -> Iterator[Framed]:
    """Every frame of an ERF file that starts with `begin`. Raises BrokenCaptureError at the first malformed record."""
    head = begin + stream.read(_ERF_HEAD - len(begin))
    if len(head) < _ERF_HEAD or _plausible(head, 0) is None:
        raise BrokenCaptureError("not a capture of a known format")
    while head:
        if len(head) < _ERF_HEAD:
            raise BrokenCaptureError("the last record is truncated")
        (length,) = struct.unpack_from(">H", head, 10)
        if length < _ERF_HEAD:
            raise BrokenCaptureError(f"a record with a length of {length} octets")
        yield erf_record(head + whole(stream, length - _ERF_HEAD, "the last frame"))
        head = stream.read(_ERF_HEAD)


def erf_record(data: bytes) -> Framed:
    """The frame of one ERF record; one of link type LINK_ERF without octets where it contains none that is known."""
    cursor = Cursor(data)
    try:
        stamp, kind = cursor.uint_le(8), cursor.u8()
        cursor.skip(5)
        wire = cursor.u16()
        more = kind & _EXTENSION
        while more:
            more = cursor.u8() & _EXTENSION
            cursor.skip(7)
        kind &= ~_EXTENSION
        if kind in _ETHERNET:
            cursor.skip(2)
    except WireError:
        return Framed(LINK_ERF, None, b"")
    payload, seconds = cursor.peek(wire), stamp / _SECOND or None
    if kind in _ETHERNET:
        link = ethernet.LINK_ETHERNET
    elif kind in _HDLC:
        link = 50 if payload.startswith(b"\xff\x03") else 104
    else:
        link = ethernet.LINK_RAW if kind in _IP else LINK_ERF
    return Framed(link, seconds, payload, len(payload) + _CHECK < wire)
