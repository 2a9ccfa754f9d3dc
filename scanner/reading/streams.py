"""SIP messages from the TCP segments of a capture, in bounded memory.

A stream is SIP where its first octets are a SIP message, whatever the ports; segments of other streams are dropped, so
that a page or a file that quotes SIP is not read as SIP. On the ports of SIP a stream whose beginning was not captured
is read from the first segment that starts with a message. Messages may be split over segments, several may be in one,
segments may be captured out of order and more than once; the octets that arrive first count. Of a body only the length
matters (RFC 3261 18.3).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple

from scanner.reading.sip_sender import SIP_PORTS
from scanner.wire.ethernet import IpPacket

#: Most streams that are kept, and most octets of all of them.
STREAMS, OCTETS = 16_384, 16 << 20
#: Longest head of a message, most octets and most segments of one stream that wait for an earlier segment.
HEAD, AHEAD, SEGMENTS = 16_384, 65_535, 64
#: Octets that a segment which waits counts beside its own.
_OF_SEGMENT = 150
#: TCP flags (RFC 9293 3.1).
SYN, _RST = 0x02, 0x04

_START = re.compile(rb"(?:[A-Z]{3,9} {1,4}(?:sips?|tel|im|pres|urn):|SIP/2\.0 )", re.I)
#: As much of a start line as shows that it is one.
_START_OCTETS = 14
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"(?:^|\n)(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,6})[ \t]*(?=[\r\n])", re.I)
_BLANK = b"\r\n\0 \t"
#: Types and major version of TLS records (RFC 8446 5.1).
_TLS = tuple(bytes([kind, 3]) for kind in (20, 21, 22, 23))
_WRAP = 1 << 32

#: Addresses and ports of one direction of a connection.
Flow = tuple[str, str, int, int]


class SentPacket(NamedTuple):
    """A packet with the mac that sent its frame, and its time in seconds since 1970; None where unknown."""

    packet: IpPacket
    mac: str | None
    seconds: float | None


@dataclass(slots=True)
class _Stream:
    """One direction of a connection. `next` is the sequence number of the octet after `data`, None until it is known;
    `skip` are the octets of a body that are still to come; `ahead` are later segments by their sequence number."""

    last: SentPacket
    next: int | None = None
    data: bytearray = field(default_factory=bytearray)
    skip: int = 0
    synchronized: bool = False
    ahead: dict[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.data) + sum(map(len, self.ahead.values())) + _OF_SEGMENT * len(self.ahead)


class Streams:
    """The streams that are, or may be, SIP."""

    def __init__(self) -> None:
        self._streams: OrderedDict[Flow, _Stream | None] = OrderedDict()
        self._ignored: set[bytes] = set()
        self._size = 0

    def ignored(self, flow: bytes) -> bool:
        """Whether a stream is not SIP; its addresses and ports are as in the headers of IP and TCP without options."""
        return flow in self._ignored

    def add(self, segment: SentPacket) -> Iterator[SentPacket]:
        """The messages, without their bodies, that a segment completes."""
        packet = segment.packet
        flow = packet.source, packet.destination, packet.source_port, packet.destination_port
        if packet.flags & SYN:
            yield from self._ended(flow)
            self._streams[flow] = _Stream(_with(segment, b""), (packet.sequence + 1) % _WRAP)
        if packet.payload and not packet.flags & SYN:
            yield from self._data(flow, segment)
        if packet.flags & _RST:
            yield from self._ended(flow)
        while len(self._streams) > STREAMS or self._size > OCTETS:
            yield from self._ended(next(iter(self._streams)))

    def rest(self) -> Iterator[SentPacket]:
        """The beginnings of messages that stayed incomplete."""
        while self._streams:
            yield from self._ended(next(iter(self._streams)))

    def _data(self, flow: Flow, segment: SentPacket) -> Iterator[SentPacket]:
        packet = segment.packet
        sip_ports = not SIP_PORTS.isdisjoint(flow[2:]) and not packet.payload.startswith(_TLS)
        if flow not in self._streams:
            if not packet.payload.strip(_BLANK):
                return  # a keep-alive
            self._streams[flow] = _Stream(_with(segment, b""))
            if not (sip_ports or _starts(packet.payload)):
                self._ignore(flow)
        stream = self._streams[flow]
        if stream is None:
            return
        before = stream.size
        stream.last = _with(segment, b"")  # the octets that are needed are those of `data` and `ahead`
        for head in _received(stream, packet.sequence, packet.payload):
            yield _with(segment, head)
        self._size += stream.size - before
        if not stream.synchronized and stream.next is None and not sip_ports:
            self._size -= stream.size
            self._ignore(flow)

    def _ignore(self, flow: Flow) -> None:
        self._streams[flow] = None
        self._ignored.add(_octets(flow))

    def _ended(self, flow: Flow) -> Iterator[SentPacket]:
        known = flow in self._streams
        stream = self._streams.pop(flow, None)
        if stream is None:
            if known:
                self._ignored.discard(_octets(flow))
            return
        self._size -= stream.size
        while stream.ahead:
            for head in _give_up_gap(stream):
                yield _with(stream.last, head)
        if stream.synchronized and stream.data and not stream.skip:
            yield _with(stream.last, bytes(stream.data))


def _with(last: SentPacket, head: bytes) -> SentPacket:
    return last._replace(packet=last.packet._replace(payload=head))


def _received(stream: _Stream, sequence: int, payload: bytes) -> Iterator[bytes]:
    if stream.next is None:
        if not _starts(payload):
            _wait(stream, sequence, payload)
            return
        stream.next = sequence
    _wait(stream, sequence, payload)
    yield from _advance(stream)
    if len(stream.ahead) > SEGMENTS or sum(map(len, stream.ahead.values())) > AHEAD:
        yield from _give_up_gap(stream)


def _octets(flow: Flow) -> bytes:
    source, destination, *ports = flow
    addresses = ip_address(source).packed + ip_address(destination).packed
    return addresses + b"".join(port.to_bytes(2, "big") for port in ports)


def _starts(data: bytes) -> bool:
    return _START.match(data.lstrip(_BLANK)) is not None


def _wait(stream: _Stream, sequence: int, payload: bytes) -> None:
    if stream.next is None and len(stream.ahead) >= SEGMENTS:
        stream.ahead.pop(next(iter(stream.ahead)))
    if len(payload) > len(stream.ahead.get(sequence, b"")):
        stream.ahead[sequence] = payload


def _advance(stream: _Stream) -> Iterator[bytes]:
    """Take the segments that continue the stream, and yield the messages that they complete."""
    moved = True
    while moved and stream.next is not None:
        moved = False
        for sequence in sorted(stream.ahead, key=lambda at: _distance(at, stream.next or 0)):
            gap = _distance(sequence, stream.next)
            if gap > 0:
                break
            new = stream.ahead.pop(sequence)[-gap:]
            if new:
                stream.next = (stream.next + len(new)) % _WRAP
                yield from _append(stream, new)
                moved = True
                if stream.next is None:
                    break


def _append(stream: _Stream, new: bytes) -> Iterator[bytes]:
    skipped = min(stream.skip, len(new))
    stream.skip -= skipped
    searched = len(stream.data)
    stream.data += new[skipped:]
    while not stream.skip and stream.next is not None:
        if stream.data and stream.data[0] in _BLANK:
            stream.data[:] = stream.data.lstrip(_BLANK)
            searched = 0
        if len(stream.data) < _START_OCTETS:
            return
        if not _START.match(stream.data):
            _lose(stream)
            return
        stream.synchronized = True
        end = _END_OF_HEAD.search(stream.data, max(0, searched - 3))
        if end is None:
            if len(stream.data) > HEAD:
                _lose(stream)
            return
        head, searched = bytes(stream.data[: end.end()]), 0
        length = _LENGTH.search(head)
        del stream.data[: end.end()]
        stream.skip = int(length[1]) if length else 0
        skipped = min(stream.skip, len(stream.data))
        del stream.data[:skipped]
        stream.skip -= skipped
        yield head


def _give_up_gap(stream: _Stream) -> Iterator[bytes]:
    """Continue after a segment that was not captured: what precedes it is a beginning, and a message must start."""
    if stream.synchronized and stream.data and not stream.skip:
        yield bytes(stream.data)
    held = sorted(stream.ahead, key=lambda at: _distance(at, stream.next or 0))
    start = next((at for at in held if _starts(stream.ahead[at])), None)
    ahead = {at: stream.ahead[at] for at in held if start is not None and _distance(at, start) >= 0}
    _lose(stream)
    if start is not None:
        stream.ahead, stream.next = ahead, start
        yield from _advance(stream)


def _lose(stream: _Stream) -> None:
    """Forget the position: the next segment that starts with a message sets it again."""
    stream.next, stream.skip = None, 0
    stream.data.clear()
    stream.ahead.clear()


def _distance(sequence: int, of: int) -> int:
    """How far a sequence number is after another, negative before it (RFC 9293 3.4: modulo 2**32)."""
    return (sequence - of + (_WRAP >> 1)) % _WRAP - (_WRAP >> 1)
