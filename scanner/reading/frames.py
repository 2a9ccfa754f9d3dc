"""Frames of capture files: pcap in all its variants, pcapng with all sections and interfaces, snoop, ERF, Netmon.

Streaming: one frame is held at a time, and lengths in the file are limited. Sources: "PCAP Capture File Format" and
"PCAP Next Generation Capture File Format" (IETF drafts of the opsawg), Wireshark's wiretap/libpcap.c for the variants.
scapy's reader is not used: it allocates as many octets as a record declares.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from scanner.core.errors import WireError
from scanner.reading.framed import FRAME_LIMIT, BrokenCaptureError, Framed, whole
from scanner.reading.netmon import VERSIONS, netmon
from scanner.reading.other_captures import SNOOP, erf, is_erf, snoop
from scanner.wire.cursor import Cursor

#: Most interfaces of one section.
INTERFACES = 4096
#: Records of pcap, and octets of the file, that are examined to recognize its variant; most seconds between them.
_RECORDS, _BEGINNING, _YEAR = 3, 1 << 15, 366 * 86_400
#: Octets of a skipped block that are read at once.
_STEP = 1 << 16


class _Variant(NamedTuple):
    """A variant of pcap: byte order for `struct`, timestamp units per second, octets that follow the file header and
    each record header."""

    order: str
    units: int = 10**6
    after_file_header: int = 0
    after_record_header: int = 0


#: Magic number of pcap, as octets of the file → variant: microseconds, nanoseconds; with the interface in each record
#: (libpcap of Linux 2.2); IXIA's with the size of the file, in both resolutions.
MAGICS: dict[bytes, _Variant] = {
    struct.pack(f"{order}I", magic): _Variant(order, *variant)
    for magic, *variant in (
        (0xA1B2C3D4,), (0xA1B23C4D, 10**9), (0xA1B2CD34, 10**6, 0, 8),
        (0x1C0001AC, 10**9, 4), (0x1C0001AB, 10**6, 4),
    )
    for order in "<>"
}  # fmt: skip
SECTION = b"\x0a\x0d\x0d\x0a"
_INTERFACE, _PACKET, _SIMPLE, _ENHANCED = 1, 2, 3, 6
_RESOLUTION, _OFFSET = 9, 14


class _Interface(NamedTuple):
    link: int
    snap: int
    units: int
    offset: int


def is_capture(head: bytes) -> bool:
    """Whether a file that starts with `head` is a capture of one of these formats."""
    return head[:4] in MAGICS or head.startswith((SECTION, SNOOP, *VERSIONS)) or is_erf(head)


def frames(stream: BinaryIO) -> Iterator[Framed]:
    """Every frame of a capture, in order. Raises BrokenCaptureError at the first malformed record."""
    magic = stream.read(4)
    if magic == SECTION:
        yield from _next_generation(stream)
    elif magic in MAGICS:
        yield from _classic(stream, MAGICS[magic])
    elif magic in VERSIONS:
        yield from netmon(stream, magic)
    elif SNOOP.startswith(magic) and magic:
        yield from snoop(stream)
    else:
        yield from erf(stream, magic)


def _classic(stream: BinaryIO, variant: _Variant) -> Iterator[Framed]:
    order, units, skipped, more = variant
    head = whole(stream, 20, "the file header")
    whole(stream, skipped, "the file header")
    # The upper half of the field describes frame check sequences.
    link = struct.unpack(f"{order}HHiIII", head)[5] & 0xFFFF
    if hasattr(stream, "peek"):
        more = _record_header(stream.peek(_BEGINNING), variant)
    record = struct.Struct(f"{order}IIII{more}x")
    length, unpack, read, new = record.size, record.unpack, stream.read, tuple.__new__
    while head := read(length):
        if len(head) < length:
            raise BrokenCaptureError("the last record is truncated")
        seconds, fraction, size, sent = unpack(head)
        if size > FRAME_LIMIT:
            raise BrokenCaptureError(f"a record with a length of {size} octets")
        data = read(size)
        if len(data) < size:
            raise BrokenCaptureError("the last frame is truncated")
        # half the time of Framed()
        yield new(Framed, (link, seconds + fraction / units if seconds else None, data, size < sent))


def _record_header(head: bytes, variant: _Variant) -> int:
    """The octets that follow each record header: the variant's, unless only others give plausible first records.

    Patched libpcaps wrote longer headers under the same magic number: Red Hat 6.1 (8), SuSE 6.3 (12), Nokia (4).
    """
    usual = variant.after_record_header
    if _plausible(head, variant, usual) is None:
        for more in (8, 12, 4, 0):
            if (_plausible(head, variant, more) or 0) > 1:
                return more
    return usual


def _plausible(head: bytes, variant: _Variant, more: int) -> int | None:
    """How many of the first records are whole and have possible lengths, fractions, and times of one year; None where
    one has not."""
    record = struct.Struct(f"{variant.order}IIII{more}x")
    at, first, count = 0, None, 0
    while count < _RECORDS and at < len(head):
        if at + record.size > len(head):
            return None if len(head) < _BEGINNING else count
        seconds, fraction, size, length = record.unpack_from(head, at)
        first = seconds if first is None else first
        if size > FRAME_LIMIT or size > (length or size) or fraction >= variant.units or abs(seconds - first) > _YEAR:
            return None
        at += record.size + size
        count += at <= len(head)
    return None if at > len(head) and len(head) < _BEGINNING else count


def _next_generation(stream: BinaryIO) -> Iterator[Framed]:
    order, interfaces = _section(stream), list[_Interface]()
    while head := stream.read(8):
        if len(head) < 8:
            raise BrokenCaptureError("the last block is truncated")
        if head.startswith(SECTION):
            order, interfaces = _section(stream, head), []
            continue
        kind, total = struct.unpack(f"{order}II", head)
        if total < 12 or total % 4:
            raise BrokenCaptureError(f"a block with a length of {total} octets")
        if kind not in (_INTERFACE, _PACKET, _SIMPLE, _ENHANCED):
            _step_over(stream, total - 8)
            continue
        if total > FRAME_LIMIT + 4096:
            raise BrokenCaptureError(f"a block with a length of {total} octets")
        cursor = _Ordered(whole(stream, total - 8, "the last block"), little=order == "<")
        try:
            if kind == _INTERFACE:
                if len(interfaces) >= INTERFACES:
                    raise BrokenCaptureError(f"more than {INTERFACES} interfaces")
                interfaces.append(_read_interface(cursor))
            else:
                yield _read_packet(kind, cursor, interfaces)
        except (WireError, IndexError):
            raise BrokenCaptureError("a block that is shorter than its content") from None


def _section(stream: BinaryIO, head: bytes | None = None) -> str:
    """Read a section header block after its type, and return the byte order of the section."""
    rest = (head[4:] if head else b"") + whole(stream, 8 - (len(head) - 4 if head else 0), "a section header")
    order = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(rest[4:8])
    if order is None:
        raise BrokenCaptureError("a section without a byte order")
    (total,) = struct.unpack(f"{order}I", rest[:4])
    if total < 28 or total % 4:
        raise BrokenCaptureError(f"a section header with a length of {total} octets")
    _step_over(stream, total - 12)
    return order


class _Ordered:
    """The checked cursor with the byte order of a section."""

    def __init__(self, data: bytes, little: bool) -> None:
        self.cursor = Cursor(data, 0, len(data) - 4)  # the length is repeated at the end of a block
        self.number = self.cursor.uint_le if little else self.cursor.uint


def _read_interface(block: _Ordered) -> _Interface:
    link, _, snap = block.number(2), block.number(2), block.number(4)
    units, offset = 10**6, 0
    while block.cursor.remaining >= 4:
        code, size = block.number(2), block.number(2)
        if code == 0:
            break
        value = block.cursor.take(size)
        block.cursor.skip(min(-size % 4, block.cursor.remaining))
        if code == _RESOLUTION and size == 1:
            power = value[0] & 0x7F
            units = 2 ** min(power, 63) if value[0] & 0x80 else 10 ** min(power, 18)
        elif code == _OFFSET and size == 8:
            offset = int.from_bytes(value, "little" if block.number == block.cursor.uint_le else "big", signed=True)
    return _Interface(link, snap, units, offset)


def _read_packet(kind: int, block: _Ordered, interfaces: list[_Interface]) -> Framed:
    if kind == _SIMPLE:
        interface, sent = interfaces[0], block.number(4)
        size = min(sent, interface.snap or sent, block.cursor.remaining)
        return Framed(interface.link, None, block.cursor.take(size), size < sent)
    interface = interfaces[block.number(4 if kind == _ENHANCED else 2)]
    if kind == _PACKET:
        block.number(2)  # frames dropped
    high, low, size, sent = (block.number(4) for _ in range(4))
    seconds = ((high << 32) + low) / interface.units + interface.offset
    return Framed(interface.link, seconds or None, block.cursor.take(size), size < sent)


def _step_over(stream: BinaryIO, size: int) -> None:
    while size > 0:
        read = len(stream.read(min(size, _STEP)))
        if not read:
            raise BrokenCaptureError("the last block is truncated")
        size -= read
