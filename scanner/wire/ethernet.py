"""From a captured frame to what it carries: Ethernet and VLAN tags, Linux cooked, 802.11; IPv4, IPv6; UDP, TCP.

Contract: `frame` and `packet` return None for what they do not read (another protocol, a fragment, too short);
they never raise. Offsets of nothing are kept: the next codec counts from its own start.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.core.text import identifying_mac
from scanner.wire import wireless
from scanner.wire.cursor import Cursor
from scanner.wire.tlv import address_text

ARP, IPV4, IPV6, VLAN, LLDP = 0x0806, 0x0800, 0x86DD, 0x8100, 0x88CC
_TAGS = frozenset({0x8100, 0x88A8, 0x9100})
#: Stands for 802.2 LLC in `Frame.ethertype`, where the field is a length (IEEE 802.3 3.2.6).
LLC = 0
#: Stands for a frame that carries nothing: 802.11 beacons and the like.
NOTHING = -1
#: SNAP's way to say an Ethernet type (RFC 1042, IEEE 802.1H).
_SNAP = (b"\xaa\xaa\x03\0\0\0", b"\xaa\xaa\x03\0\0\xf8")

#: Link types of pcap files (tcpdump.org/linktypes.html).
LINK_NULL, LINK_ETHERNET, LINK_RAW, LINK_SLL, LINK_SLL2 = 0, 1, 101, 113, 276
#: Bare IP packets, by all the numbers that mean them: DLT_RAW's two, LINKTYPE_RAW, _IPV4 and _IPV6.
_BARE = frozenset({12, 14, LINK_RAW, 228, 229})
#: BSD loopback: the address family before an IP packet, in the byte order of whoever captured, or in network order.
_LOOPBACK = frozenset({LINK_NULL, 108})
#: All that `frame` reads.
LINKS = _BARE | _LOOPBACK | wireless.LINKS | {LINK_ETHERNET, LINK_SLL, LINK_SLL2}


class Frame(NamedTuple):
    """One frame: sender and receiver (None where the link type tells none), VLAN tags, type and payload."""

    source: str | None
    destination: str | None
    vlans: tuple[int, ...]
    ethertype: int
    payload: bytes


class Packet(NamedTuple):
    """One UDP datagram or TCP segment: addresses, ports, `udp` or `tcp`, payload."""

    source: str
    destination: str
    source_port: int
    destination_port: int
    transport: str
    payload: bytes


class Resolved(NamedTuple):
    """A mac and the address that it claims."""

    mac: str
    ip: str


def _mac(octets: bytes) -> str:
    return ":".join(f"{octet:02x}" for octet in octets)


def frame(data: bytes, link: int = LINK_ETHERNET) -> Frame | None:
    """One frame of link type `link`, or None where it is too short or of another link type."""
    cursor = Cursor(data)
    try:
        if link == LINK_ETHERNET:
            return _ethernet(cursor)
        if link == LINK_SLL:
            cursor.skip(2)
            hardware, length = cursor.u16(), cursor.u16()
            sender = cursor.take(8)[: min(length, 8)]
            kind = cursor.u16()
            return _rest(cursor, _mac(sender) if len(sender) == 6 and hardware == 1 else None, None, kind)
        if link == LINK_SLL2:
            kind = cursor.u16()
            cursor.skip(6)
            hardware = cursor.u16()
            cursor.skip(1)
            length = cursor.u8()
            sender = cursor.take(8)[: min(length, 8)]
            return _rest(cursor, _mac(sender) if len(sender) == 6 and hardware == 1 else None, None, kind)
        if link in wireless.LINKS:
            carried = wireless.frame(data, link)
            if carried is None:
                return Frame(None, None, (), NOTHING, b"")
            return _llc(_mac(carried.source), _mac(carried.destination), (), Cursor(carried.payload))
        if link in _LOOPBACK:
            cursor.skip(4)
        if link in _BARE or link in _LOOPBACK:
            at, version = cursor.at, cursor.u8() >> 4
            cursor.at = at
            return Frame(None, None, (), IPV4 if version == 4 else IPV6, cursor.rest())
    except WireError:
        pass
    return None


def _ethernet(cursor: Cursor) -> Frame:
    destination, source = _mac(cursor.take(6)), _mac(cursor.take(6))
    return _rest(cursor, source, destination, cursor.u16())


def _rest(cursor: Cursor, source: str | None, destination: str | None, kind: int) -> Frame:
    vlans = []
    while kind in _TAGS:
        vlans.append(cursor.u16() & 0xFFF)
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


def packet(ethertype: int, payload: bytes) -> Packet | None:
    """The UDP or TCP packet in an IP payload, or None: not IP, a fragment, another transport, too short."""
    cursor = Cursor(payload)
    try:
        if ethertype == IPV4:
            return _ipv4(cursor)
        if ethertype == IPV6:
            return _ipv6(cursor)
    except WireError:
        pass
    return None


def _ipv4(cursor: Cursor) -> Packet | None:
    head = cursor.u8()
    cursor.skip(1)
    total = cursor.u16()
    cursor.skip(2)
    fragment = cursor.u16()
    cursor.skip(1)
    protocol = cursor.u8()
    cursor.skip(2)
    source, destination = address_text(1, cursor.take(4)), address_text(1, cursor.take(4))
    header = (head & 15) * 4
    if head >> 4 != 4 or header < 20 or total < header or fragment & 0x3FFF or not (source and destination):
        return None
    cursor.skip(header - 20)
    return _transport(cursor.fence(min(total - header, cursor.remaining)), protocol, source, destination)


def _ipv6(cursor: Cursor) -> Packet | None:
    if cursor.u32() >> 28 != 6:
        return None
    length, following = cursor.u16(), cursor.u8()
    cursor.skip(1)
    source, destination = address_text(2, cursor.take(16)), address_text(2, cursor.take(16))
    inner = cursor.fence(min(length, cursor.remaining))
    while following in (0, 43, 60):  # hop-by-hop, routing, destination options (RFC 8200 4.1)
        following = inner.u8()
        inner.skip(inner.u8() * 8 + 6)
    return _transport(inner, following, source, destination) if source and destination else None


def _transport(cursor: Cursor, protocol: int, source: str, destination: str) -> Packet | None:
    if protocol == 17:
        sport, dport, length = cursor.u16(), cursor.u16(), cursor.u16()
        cursor.skip(2)
        return Packet(source, destination, sport, dport, "udp", cursor.peek(max(length - 8, 0)))
    if protocol == 6:
        sport, dport = cursor.u16(), cursor.u16()
        cursor.skip(8)
        cursor.skip(max((cursor.u8() >> 4) * 4 - 13, 0))
        return Packet(source, destination, sport, dport, "tcp", cursor.rest())
    return None


def arp_sender(payload: bytes) -> Resolved | None:
    """Who an ARP packet says it is from (RFC 826): None for probes from 0.0.0.0, other hardware and short packets."""
    cursor = Cursor(payload)
    try:
        if (cursor.u16(), cursor.u16(), cursor.u8(), cursor.u8()) != (1, IPV4, 6, 4):
            return None
        cursor.skip(2)
        mac, ip = _mac(cursor.take(6)), address_text(1, cursor.take(4))
    except WireError:
        return None
    return Resolved(mac, ip) if ip and ip != "0.0.0.0" and identifying_mac(mac) else None
