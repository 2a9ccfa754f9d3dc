"""Frames behind a header of the capturing program: ERF, PKTAP (macOS), NFLOG (Linux), netANALYZER, mPacket. Pure.

The header contains the interface, the direction or the time; behind it is a frame of another link type
(tcpdump.org/linktypes.html).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scanner.core.errors import WireError
from scanner.reading.other_captures import LINK_ERF, erf_record
from scanner.wire import ethernet
from scanner.wire.cursor import Cursor

_PKTAP, _PKTAP_OLD, _NFLOG, _NETANALYZER, _MPACKET = 258, 149, 239, 240, 274
#: Values of DLT_RAW, and the link type of the same frames.
_RAW = frozenset({12, 14})
#: Type of the TLV of NFLOG that contains the packet.
_NFLOG_PAYLOAD = 9


def unwrapped(link: int, data: bytes) -> tuple[int, bytes]:
    """Link type and octets of the frame behind the header; the arguments for other link types and truncated headers."""
    read = _READERS.get(link)
    try:
        return read(data) if read else (link, data)
    except WireError:
        return link, data


def _erf(data: bytes) -> tuple[int, bytes]:
    link, _, inner, _ = erf_record(data)
    return link, inner


def _pktap(data: bytes) -> tuple[int, bytes]:
    cursor = Cursor(data)
    length = cursor.uint_le(4)
    cursor.skip(4)
    link = cursor.uint_le(4)
    cursor.skip(length - 12)
    return ethernet.LINK_RAW if link in _RAW else link, cursor.rest()


def _nflog(data: bytes) -> tuple[int, bytes]:
    cursor = Cursor(data)
    cursor.skip(4)
    while cursor.remaining >= 4:
        length, kind = cursor.uint_le(2), cursor.uint_le(2) & 0x7FFF
        value = cursor.fence(min(max(length - 4, 0), cursor.remaining))
        if kind == _NFLOG_PAYLOAD:
            return ethernet.LINK_RAW, value.rest()
        cursor.skip(min(-length % 4, cursor.remaining))
    raise WireError("no packet", cursor.at)


def _behind(octets: int) -> Callable[[bytes], tuple[int, bytes]]:
    def read(data: bytes) -> tuple[int, bytes]:
        cursor = Cursor(data)
        cursor.skip(octets)
        return ethernet.LINK_ETHERNET, cursor.rest()

    return read


_READERS: Mapping[int, Callable[[bytes], tuple[int, bytes]]] = {
    LINK_ERF: _erf, _PKTAP: _pktap, _PKTAP_OLD: _pktap, _NFLOG: _nflog,
    _NETANALYZER: _behind(4), _MPACKET: _behind(8),
}  # fmt: skip
