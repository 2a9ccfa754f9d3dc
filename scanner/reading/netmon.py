"""Frames of files of Microsoft Network Monitor, versions 1 and 2 (Wireshark, wiretap/netmon.c).

Streaming, with bounded lengths, as in `frames`: the frames follow each other behind the header, and the table of their
offsets is behind them. The times are those of the clock of the capturing host, taken as UTC.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from scanner.reading.framed import FRAME_LIMIT, BrokenCaptureError, Framed, whole
from scanner.wire import ethernet

#: First octets of a file → the layout of a record's header (time since the start, length on the link, length in the
#: file) and the units of that time in a second.
VERSIONS = {b"RTSS": ("<IHH", 1_000), b"GMBU": ("<qII", 1_000_000)}
#: Octets behind the frame of a record, by the minor version: network type, then process, then time and zone.
_BEHIND = {(2, 1): 2, (2, 2): 6, (2, 3): 15}
#: Network types → link types (tcpdump.org/linktypes.html); those of 0xE000 and more are link types themselves.
_NETWORKS = {1: ethernet.LINK_ETHERNET, 8: ethernet.LINK_RAW, 9: ethernet.LINK_RAW}
_LINKS, _HEADER = 0xE000, 128


def netmon(stream: BinaryIO, magic: bytes) -> Iterator[Framed]:
    """Every frame of a file after its first 4 octets. Raises BrokenCaptureError at the first malformed record."""
    head = whole(stream, _HEADER - 4, "the file header")
    minor, major, network, year, month, _, day, hour, minute, second, thousandths, end = struct.unpack_from(
        "<BBH8HI", head
    )
    layout, units = VERSIONS[magic]
    try:
        start = datetime(year, month, day, hour, minute, second, thousandths * 1000, UTC).timestamp()
    except ValueError:
        start = 0.0
    record, behind, at = struct.Struct(layout), _BEHIND.get((major, minor), 0), _HEADER
    while at < end:
        since, sent, size = record.unpack(whole(stream, record.size, "the last record"))
        if size > FRAME_LIMIT:
            raise BrokenCaptureError(f"a record with a length of {size} octets")
        data = whole(stream, size, "the last frame")
        after = whole(stream, behind, "the last frame")
        at += record.size + size + behind
        own = int.from_bytes(after[:2], "little") if behind else network
        yield Framed(_link(own), start + since / units if start else None, data, size < sent)


def _link(network: int) -> int:
    """The link type of a network type; a number that is not one where it is not read."""
    if network & 0xF000 == _LINKS:
        return network & 0x0FFF
    return _NETWORKS.get(network, _LINKS | network)
