"""Decapsulation of captured frames: Ethernet, VLAN tags, Linux cooked, 802.11; IPv4, IPv6; UDP, TCP; ARP. Read only.

Contract: `frame`, `packet`, `carried` and `arp_sender` never raise; they return None for other protocols, fragments and
truncated input. A payload starts at its own offset 0. Sources: IEEE 802.3-2018 3.2, IEEE 802.1Q-2018 9, RFC 1042,
RFC 791, RFC 8200, RFC 768, RFC 9293, RFC 826; tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.core.text import identifying_mac
from scanner.wire import wireless
from scanner.wire.cursor import Cursor
from scanner.wire.tlv import address_text

ARP, IPV4, IPV6, VLAN, LLDP = 0x0806, 0x0800, 0x86DD, 0x8100, 0x88CC
_TAGS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200, 0x9300})
#: Tags without a VLAN by their type → octets before the next type: Cisco's CMD (TrustSec) and VNTag, 802.1BR's E-TAG.
_OTHER_TAGS = {0x8909: 6, 0x8926: 4, 0x893F: 6}
#: `Frame.ethertype` of an 802.2 LLC frame, whose type field is a length (IEEE 802.3 3.2.6).
LLC = 0
#: `Frame.ethertype` of a frame without a payload, such as an 802.11 beacon.
NO_PAYLOAD = -1
#: LLC and SNAP headers before an Ethernet type (RFC 1042, IEEE 802.1H).
_SNAP = (b"\xaa\xaa\x03\0\0\0", b"\xaa\xaa\x03\0\0\xf8")

#: Link types of pcap files (tcpdump.org/linktypes.html).
LINK_NULL, LINK_ETHERNET, LINK_RAW, LINK_SLL, LINK_SLL2 = 0, 1, 101, 113, 276
#: Bare IP packets: both values of DLT_RAW, LINKTYPE_RAW, LINKTYPE_IPV4 and LINKTYPE_IPV6.
_BARE = frozenset({12, 14, LINK_RAW, 228, 229})
#: BSD loopback: an IP packet after its address family, in the capturing host's byte order or in network order.
_LOOPBACK = frozenset({LINK_NULL, 108})
#: Every link type that `frame` reads.
LINKS = _BARE | _LOOPBACK | wireless.LINKS | {LINK_ETHERNET, LINK_SLL, LINK_SLL2}


class Frame(NamedTuple):
    """One frame: source and destination (None where the link type has none), VLAN identifiers, type and payload."""

    source: str | None
    destination: str | None
    vlans: tuple[int, ...]
    ethertype: int
    payload: bytes


class IpPacket(NamedTuple):
    """One UDP datagram or TCP segment: addresses, ports, `udp` or `tcp`, payload.

    `hops` is the time to live or hop limit; `sequence` and `flags` are those of TCP (RFC 9293 3.1).
    """

    source: str
    destination: str
    source_port: int
    destination_port: int
    transport: str
    payload: bytes
    hops: int = 0
    sequence: int = 0
    flags: int = 0


class ArpSender(NamedTuple):
    """Sender hardware address and sender protocol address of an ARP packet."""

    mac: str
    ip: str


def frame(data: bytes, link: int = LINK_ETHERNET) -> Frame | None:
    """One frame of link type `link`; None for a truncated one and for other link types."""
    cursor = Cursor(data)
    try:
        if link == LINK_ETHERNET:
            return _ethernet(cursor)
        if link == LINK_SLL:
            cursor.skip(2)
            source = _cooked_source(cursor.u16(), cursor.u16(), cursor.fence(8))
            return _rest(cursor, source, None, cursor.u16())
        if link == LINK_SLL2:
            kind = cursor.u16()
            cursor.skip(6)
            hardware = cursor.u16()
            cursor.skip(1)
            return _rest(cursor, _cooked_source(hardware, cursor.u8(), cursor.fence(8)), None, kind)
        if link in wireless.LINKS:
            unit = wireless.frame(data, link)
            if unit is None:
                return Frame(None, None, (), NO_PAYLOAD, b"")
            return _llc(unit.source.hex(":"), unit.destination.hex(":"), (), Cursor(unit.payload))
        if link in _LOOPBACK:
            cursor.skip(4)
        if link in _BARE or link in _LOOPBACK:
            first = cursor.peek_u8()
            if first is not None:
                return Frame(None, None, (), IPV4 if first >> 4 == 4 else IPV6, cursor.rest())
    except WireError:
        pass
    return None


def _cooked_source(hardware: int, length: int, field: Cursor) -> str | None:
    """The source address of a Linux cooked frame, from ARPHRD type, length and field; None unless it is Ethernet's."""
    return field.take(6).hex(":") if (hardware, length) == (1, 6) else None


def _ethernet(cursor: Cursor) -> Frame:
    destination, source = cursor.take(6).hex(":"), cursor.take(6).hex(":")
    return _rest(cursor, source, destination, cursor.u16())


def _rest(cursor: Cursor, source: str | None, destination: str | None, kind: int) -> Frame:
    vlans = []
    while kind in _TAGS or kind in _OTHER_TAGS:
        if kind in _TAGS:
            vlans.append(cursor.u16() & 0xFFF)
        else:
            cursor.skip(_OTHER_TAGS[kind])
        kind = cursor.u16()
    if kind <= 1500:
        body = cursor.fence(min(kind, cursor.remaining)) if kind > 4 else cursor
        return _llc(source, destination, tuple(vlans), body)
    return Frame(source, destination, tuple(vlans), kind, cursor.rest())


def _llc(source: str | None, destination: str | None, vlans: tuple[int, ...], cursor: Cursor) -> Frame:
    if cursor.peek(6) in _SNAP and cursor.remaining >= 8:
        cursor.skip(6)
        return Frame(source, destination, vlans, cursor.u16(), cursor.rest())
    return Frame(source, destination, vlans, LLC, cursor.rest())


def packet(ethertype: int, payload: bytes) -> IpPacket | None:
    """The UDP or TCP packet in a frame's payload; None for other protocols, fragments and truncated headers."""
    try:
        head = _ip(ethertype, Cursor(payload))
        return _transport(head) if head else None
    except WireError:
        return None


def carried(ethertype: int, payload: bytes) -> tuple[int, bytes] | None:
    """Protocol number (IANA) and payload of an IP packet; None for fragments, truncated headers, other types."""
    try:
        head = _ip(ethertype, Cursor(payload))
    except WireError:
        return None
    return (head.protocol, head.rest.rest()) if head else None


class _Ip(NamedTuple):
    source: str
    destination: str
    hops: int
    protocol: int
    rest: Cursor


def _ip(ethertype: int, cursor: Cursor) -> _Ip | None:
    if ethertype == IPV4:
        return _ipv4(cursor)
    return _ipv6(cursor) if ethertype == IPV6 else None


def _ipv4(cursor: Cursor) -> _Ip | None:
    head = cursor.u8()
    cursor.skip(1)
    total = cursor.u16()
    cursor.skip(2)
    fragment = cursor.u16()
    hops, protocol = cursor.pair()
    cursor.skip(2)
    source, destination = address_text(1, cursor.take(4)), address_text(1, cursor.take(4))
    header = (head & 15) * 4
    if not total:
        total = len(cursor.data)  # the segments of a packet are sent by the network card (TCP segmentation offload)
    if head >> 4 != 4 or header < 20 or total < header or fragment & 0x3FFF or not (source and destination):
        return None
    cursor.skip(header - 20)
    return _Ip(source, destination, hops, protocol, cursor.fence(min(total - header, cursor.remaining)))


def _ipv6(cursor: Cursor) -> _Ip | None:
    if cursor.u32() >> 28 != 6:
        return None
    length = cursor.u16()
    following, hops = cursor.pair()
    source, destination = address_text(2, cursor.take(16)), address_text(2, cursor.take(16))
    inner = cursor.fence(min(length, cursor.remaining) if length else cursor.remaining)
    while following in (0, 43, 60):  # hop-by-hop, routing, destination options (RFC 8200 4.1)
        following = inner.u8()
        inner.skip(inner.u8() * 8 + 6)
    return _Ip(source, destination, hops, following, inner) if source and destination else None


def _transport(head: _Ip) -> IpPacket | None:
    cursor = head.rest
    if head.protocol == 17:
        sport, dport, length = cursor.u16(), cursor.u16(), cursor.u16()
        cursor.skip(2)
        data = cursor.peek(max(length - 8, 0))
        return IpPacket(head.source, head.destination, sport, dport, "udp", data, head.hops)
    if head.protocol == 6:
        sport, dport = cursor.u16(), cursor.u16()
        sequence = cursor.u32()
        cursor.skip(4)
        offset, flags = cursor.pair()
        cursor.skip(max((offset >> 4) * 4 - 14, 0))
        return IpPacket(head.source, head.destination, sport, dport, "tcp", cursor.rest(), head.hops, sequence, flags)
    return None


def arp_sender(payload: bytes) -> ArpSender | None:
    """The sender of an ARP packet (RFC 826); None for probes from 0.0.0.0, other hardware and truncated packets."""
    cursor = Cursor(payload)
    try:
        if (cursor.u16(), cursor.u16(), cursor.u8(), cursor.u8()) != (1, IPV4, 6, 4):
            return None
        cursor.skip(2)
        mac, ip = cursor.take(6).hex(":"), address_text(1, cursor.take(4))
    except WireError:
        return None
    return ArpSender(mac, ip) if ip and ip != "0.0.0.0" and identifying_mac(mac) else None
