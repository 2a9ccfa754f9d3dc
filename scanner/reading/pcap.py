"""Captures (files of `frames`): LLDP, CDP, DHCP, mDNS, SIP plug-and-play, ARP, SIP requests of phones; also in tunnels.

Streaming, one frame at a time. LLDP, CDP and DHCP are attributed to the mac in the message. SIP is attributed to its
source address, and to the mac that the capture shows for it (`senders`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import BinaryIO

from scanner.discovery.listening import Captures
from scanner.discovery.registry import captures
from scanner.reading import encapsulation
from scanner.reading.capture import EVIDENCE, CaptureReader
from scanner.reading.framed import BrokenCaptureError
from scanner.reading.frames import frames, is_capture
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.senders import MACS, Senders
from scanner.reading.streams import SYN, Streams
from scanner.reading.wrapped import unwrapped
from scanner.wire import ethernet
from scanner.wire.tlv import address_text

#: Ethernet type and first octet of IPv4 without options; its protocol numbers of UDP and TCP.
_PLAIN_IPV4, _UDP, _TCP = b"\x08\x00\x45", b"\x11", b"\x06"
#: The port of SIP, which is in the octets 34 to 38 of a plain frame.
_SIP_PORT = b"\x13\xc4"
#: Types of the most frequent VLAN tags (IEEE 802.1Q, 802.1ad).
_TAGS, _MOST_TAGS = frozenset({b"\x81\0", b"\x88\xa8"}), 2
#: Flags and offset of a packet that is not a fragment.
_WHOLE = frozenset({b"\0\0", b"\x40\0"})
#: Length of the headers of Ethernet, IPv4 and TCP without options.
_TCP_HEADERS = 54
#: Most problems that are reported one by one; the others are counted.
PROBLEMS = 20


def looks_like(head: bytes) -> bool:
    """Whether it is a capture file of one of the formats of `frames`."""
    return is_capture(head)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of a capture; Problems for frames that cannot be read, and for the place where it is truncated."""
    declared = captures()
    reader = CaptureReader(context, declared)
    worth_reading = _filter(declared, reader.senders, reader.streams)
    others: Counter[int] = Counter()
    short = number = cut = 0
    try:
        for number, (link, seconds, data, shortened) in enumerate(frames(stream), 1):
            if not worth_reading(link, data):
                cut += shortened and _SIP_PORT in data[34:38]
                continue
            cut += shortened and EVIDENCE.search(data) is not None
            if link not in ethernet.LINKS:
                link, data = unwrapped(link, data)
            frame = ethernet.frame(data, link)
            if frame is not None:
                yield from reader.frame(frame, seconds)
            elif link in ethernet.LINKS:
                short += 1
                if short <= PROBLEMS:
                    yield Problem(number, "truncated frame")
            elif link in encapsulation.LINKS:
                yield from reader.link(link, data, seconds)
            else:
                others[link] += 1
    except BrokenCaptureError as error:
        yield Problem(number + 1, f"the capture is truncated here: {error}")
    yield from reader.rest()
    if cut:
        yield Problem(0, f"{cut} frames of phones may be cut: capture with a snapshot length of 0 (tcpdump -s 0)")
    if short > PROBLEMS:
        yield Problem(0, f"{short - PROBLEMS} more frames are truncated")
    for link, count in others.most_common(PROBLEMS):
        yield Problem(0, f"{count} frames are of link type {link}; Ethernet, Linux cooked, 802.11 and bare IP are read")


def _filter(declared: Captures, senders: Senders, streams: Streams) -> Callable[[int, bytes], bool]:
    """Whether a frame may contain evidence; voice and file transfers, most of any capture, are skipped early.

    Which mac sends for which addresses is noted of skipped frames, too.
    """
    pairs = [port for _, capture in declared for udp in capture.udp for port in (udp.source, udp.destination)]
    ports = frozenset(port.to_bytes(2, "big") for port in (*pairs, *encapsulation.PORTS) if port is not None)
    other = frozenset(bytes([number]) for number in (*encapsulation.PROTOCOLS, *encapsulation.BARE))
    last: dict[bytes, bytes | None] = {}

    def sends(mac: bytes, address: bytes) -> None:
        more = senders.sends(mac.hex(":"), address_text(1, address) or "")
        if mac in last or len(last) < MACS:
            last[mac] = address if more else None

    def worth_reading(link: int, data: bytes) -> bool:
        if link != ethernet.LINK_ETHERNET or data[12:15] != _PLAIN_IPV4:
            data = _as_plain(link, data)
            if data[12:15] != _PLAIN_IPV4:
                return True
        address = data[26:30]
        known = last.get(data[6:12], b"")
        if known != address and known is not None and len(address) == 4:
            sends(data[6:12], address)
        protocol = data[23:24]
        if protocol == _UDP:
            return data[34:36] in ports or data[36:38] in ports or data[20:22] not in _WHOLE or b"SIP/2.0" in data
        if protocol == _TCP and data[20:22] in _WHOLE:
            if len(data) < _TCP_HEADERS:
                return True
            if streams.ignored(data[26:38]):
                return bool(data[47] & SYN)
            length = data[16] << 8 | data[17]
            return not length or length > 20 + (data[46] >> 2 & 60) or bool(data[47] & SYN)
        return protocol in other or data[20:22] not in _WHOLE

    return worth_reading


def _as_plain(link: int, data: bytes) -> bytes:
    """A frame without its VLAN tags, or a Linux cooked one, with the header of a plain Ethernet frame."""
    if link == ethernet.LINK_ETHERNET:
        for _ in range(_MOST_TAGS):
            if data[12:14] in _TAGS:
                data = data[:12] + data[16:]
        return data
    if link == ethernet.LINK_SLL and data[2:6] == b"\0\1\0\6":
        return data[:12] + data[14:]
    if link == ethernet.LINK_SLL2 and data[8:10] == b"\0\1" and data[11:12] == b"\6":
        return data[:6] + data[12:18] + data[:2] + data[20:]
    return b""


FORMAT = Format("pcap", "a capture: pcap, pcapng, snoop, ERF or Network Monitor", looks_like, read)
