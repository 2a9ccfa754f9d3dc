"""Hostile hosts on a link: forged ARP, LLDP, CDP, DHCP and multicast DNS, as Ethernet frames.

    sudo ip netns exec lan python -m scanner.testing.hostile_link INTERFACE SECONDS KIND,VICTIM,MAC,CANARY...

sends the frames of these kinds in turn. The interface should be in a network namespace: the frames would deceive real
devices as well.
"""

from __future__ import annotations

import ipaddress
import itertools
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scanner.testing import hostile_mdns
from scanner.testing.hostile_kind import HostilePlace

#: The mac of the sender of single frames, of a maker that makes no phones.
ATTACKER = "02:00:00:66:66:66"
_LLDP_GROUP, _CDP_GROUP = "01:80:c2:00:00:0e", "01:00:0c:cc:cc:cc"
_MDNS_GROUP, _ALL = "01:00:5e:00:00:fb", "ff:ff:ff:ff:ff:ff"
_VICTIM = "change the row of the phone that it names"
_MEMORY = "use memory in proportion to what it sends"
_OTHER = "Yealink SIP-T46S"
Frames = Callable[[HostilePlace], Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileLinkKind:
    """A kind of hostile sender on a link. `frames(place)` are the Ethernet frames that it sends, once each."""

    name: str
    protocol: str
    does: str
    must_not: str
    frames: Frames


def raw(mac: str) -> bytes:
    """The six octets of a mac."""
    return bytes.fromhex(mac.replace(":", ""))


def ethernet(destination: str, source: str, kind: int, payload: bytes) -> bytes:
    """An Ethernet II frame."""
    return (raw(destination) + raw(source) + struct.pack("!H", kind) + payload).ljust(60, b"\0")


def arp_reply(ip: str, mac: str) -> bytes:
    """An unsolicited ARP reply: `ip` is at `mac`."""
    sender = raw(mac) + ipaddress.IPv4Address(ip).packed
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + sender + b"\xff" * 6 + b"\0" * 4
    return ethernet(_ALL, mac, 0x0806, body)


def udp(source: str, mac: str, ports: tuple[int, int], payload: bytes, to: str, to_mac: str) -> bytes:
    """A UDP datagram over IPv4 without a UDP checksum (RFC 768)."""
    datagram = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    addresses = ipaddress.IPv4Address(source).packed + ipaddress.IPv4Address(to).packed
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0, 255, 17, 0) + addresses
    total = sum(struct.unpack("!10H", head))
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return ethernet(to_mac, mac, 0x0800, head[:10] + struct.pack("!H", checksum) + head[12:] + datagram)


def lldp_tlv(kind: int, value: bytes) -> bytes:
    """An LLDP TLV."""
    return struct.pack("!H", kind << 9 | len(value)) + value


def lldp(source: str, chassis: bytes, port: bytes, *more: bytes) -> bytes:
    """An LLDPDU (IEEE 802.1AB) with the contents of its chassis and port TLV."""
    body = lldp_tlv(1, chassis) + lldp_tlv(2, port) + lldp_tlv(3, struct.pack("!H", 120)) + b"".join(more) + b"\0\0"
    return ethernet(_LLDP_GROUP, source, 0x88CC, body)


def cdp(source: str, *values: tuple[int, bytes]) -> bytes:
    """A CDP version 2 message with a valid checksum."""
    body = b"".join(struct.pack("!HH", kind, 4 + len(value)) + value for kind, value in values)
    message = b"\x02\xb4\0\0" + body
    padded = message + b"\0" * (len(message) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    payload = b"\xaa\xaa\x03\0\0\x0c\x20\0" + message[:2] + struct.pack("!H", ~total & 0xFFFF) + body
    return (raw(_CDP_GROUP) + raw(source) + struct.pack("!H", len(payload)) + payload).ljust(60, b"\0")


def dhcp(source: str, client: str, *options: tuple[int, bytes]) -> bytes:
    """A DHCPREQUEST broadcast from `source` for the hardware address `client`."""
    body = struct.pack("!BBBBIHH", 1, 1, 6, 0, 0x666, 0, 0) + b"\0" * 16 + raw(client) + b"\0" * 202
    body += b"\x63\x82\x53\x63" + b"".join(
        bytes((kind, len(value))) + value for kind, value in ((53, b"\x03"), *options)
    )
    return udp("0.0.0.0", source, (68, 67), body + b"\xff", "255.255.255.255", _ALL)


def _multicast(place: HostilePlace, messages: Iterator[bytes]) -> Iterator[bytes]:
    for message in messages:
        if len(message) < 1_400:
            yield udp(place.ip, ATTACKER, (5353, 5353), message, "224.0.0.251", _MDNS_GROUP)


def _senders() -> Iterator[str]:
    """Macs, each another one."""
    for number in itertools.count():
        yield f"02:66:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def _arp_victim(place: HostilePlace) -> Iterator[bytes]:
    yield arp_reply(place.victim, ATTACKER)


def _arp_swap(place: HostilePlace) -> Iterator[bytes]:
    yield arp_reply(place.canary, place.victim_mac)


def _arp_all(place: HostilePlace) -> Iterator[bytes]:
    first = int(ipaddress.IPv4Address(place.victim)) & 0xFFFFFF00
    return (arp_reply(str(ipaddress.IPv4Address(first + n)), "02:00:00:77:77:77") for n in range(200, 250))


def _lldp_victim(place: HostilePlace) -> Iterator[bytes]:
    address = b"\x05\x01" + ipaddress.IPv4Address(place.victim).packed
    text = lldp_tlv(5, b"SIP-T46S"), lldp_tlv(6, f"{_OTHER} 66.86.0.15".encode()), lldp_tlv(7, b"\0\x24\0\x24")
    yield lldp(ATTACKER, address, b"\x03" + raw(place.victim_mac), *text)
    yield lldp(ATTACKER, b"\x04" + raw(place.victim_mac), b"\x07port", *text)


def _lldp_flood(place: HostilePlace) -> Iterator[bytes]:
    return (
        lldp(mac, b"\x04" + raw(mac), b"\x03" + raw(mac), lldp_tlv(5, b"host"), lldp_tlv(7, b"\0\x80\0\x80"))
        for mac in itertools.islice(_senders(), 2_000)
    )


def _lldp_broken(place: HostilePlace) -> Iterator[bytes]:
    yield lldp(ATTACKER, b"", b"")
    yield lldp(ATTACKER, b"\x04" + b"c" * 255, b"\x07" + b"p" * 255, lldp_tlv(6, "\x1b[31m=1+1<b>\u202e".encode() * 20))
    yield ethernet(_LLDP_GROUP, ATTACKER, 0x88CC, b"\x03\xff\x04")
    yield lldp(
        ATTACKER, b"\x04" + raw(ATTACKER), b"\x07p", *(lldp_tlv(127, b"\0\x12\xbb\x0a" + b"x" * 60) for _ in range(20))
    )


def _cdp_victim(place: HostilePlace) -> Iterator[bytes]:
    address = b"\0\0\0\1\1\1\xcc\0\4" + ipaddress.IPv4Address(place.victim).packed
    device = b"SEP" + place.victim_mac.replace(":", "").upper().encode()
    yield cdp(ATTACKER, (1, device), (2, address), (5, b"sip88xx.12-5-1SR3-74"), (6, b"Cisco IP Phone 8841"))


def _cdp_broken(place: HostilePlace) -> Iterator[bytes]:
    yield cdp(ATTACKER, (1, b"d" * 1_000), (2, b"\xff\xff\xff\xff" + b"\1" * 300))
    yield cdp(ATTACKER, *((1, b"a\0\x1b[2J"),) * 100)
    yield ethernet(_CDP_GROUP, ATTACKER, 20, b"\xaa\xaa\x03\0\0\x0c\x20\0\x02\xb4\0\0\0\1\0\0")


def _dhcp_victim(place: HostilePlace) -> Iterator[bytes]:
    name, vendor = (12, b"SIP-T46S"), (60, f"{_OTHER} 66.86.0.15".encode())
    yield dhcp(ATTACKER, place.victim_mac, name, vendor, (50, ipaddress.IPv4Address(place.victim).packed))


def _dhcp_flood(place: HostilePlace) -> Iterator[bytes]:
    return (dhcp(mac, mac, (12, b"h" * 255), (60, b"v" * 255)) for mac in itertools.islice(_senders(), 1_000))


def _mdns(name: str, does: str, must_not: str, response: hostile_mdns.Response) -> HostileLinkKind:
    return HostileLinkKind(
        name=f"multicast-{name}",
        protocol="mdns",
        does=does,
        must_not=must_not,
        frames=lambda place: _multicast(place, response(0, place)),
    )


def _kind(name: str, does: str, must_not: str, frames: Frames) -> HostileLinkKind:
    protocol = name.partition("-")[0]
    return HostileLinkKind(name=f"link-{name}", protocol=protocol, does=does, must_not=must_not, frames=frames)


#: Every kind that needs a link.
LINK_KINDS: tuple[HostileLinkKind, ...] = (
    _kind("arp-victim", "claims the address of a phone by ARP", _VICTIM, _arp_victim),
    _kind("arp-mac", "claims that the mac of a phone is at another address", _VICTIM, _arp_swap),
    _kind("arp-all", "claims fifty addresses with one mac", "become fifty devices", _arp_all),
    _kind("lldp-victim", "announces the address and mac of a phone by LLDP", _VICTIM, _lldp_victim),
    _kind("lldp-flood", "sends LLDP from 2,000 macs", _MEMORY, _lldp_flood),
    _kind("lldp-broken", "sends LLDP that is malformed and has active text", _MEMORY, _lldp_broken),
    _kind("cdp-victim", "announces the address and mac of a phone by CDP", _VICTIM, _cdp_victim),
    _kind("cdp-broken", "sends CDP that is malformed", _MEMORY, _cdp_broken),
    _kind("dhcp-victim", "requests an address with the mac of a phone", _VICTIM, _dhcp_victim),
    _kind("dhcp-flood", "requests addresses from 1,000 macs", _MEMORY, _dhcp_flood),
    _mdns("victim-address", "announces a service at the address of a phone", _VICTIM, hostile_mdns.victim_address),
    _mdns("victim-mac", "announces an instance with the mac of a phone", _VICTIM, hostile_mdns.victim_mac),
    _mdns("compression", "announces names that point in circles", _MEMORY, hostile_mdns.compressed),
)


def send(interface: str, seconds: float, senders: Sequence[tuple[HostileLinkKind, HostilePlace]]) -> None:
    """Send the frames of each kind in turn, again and again, on an interface (Linux, packet(7); needs CAP_NET_RAW)."""
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface, 0))
        while time.monotonic() < end:
            for kind, place in senders:
                for number, frame in enumerate(kind.frames(place)):
                    sock.send(frame)
                    if number % 100 == 99:
                        time.sleep(0.01)
            time.sleep(0.2)


def main(interface: str, seconds: str, *words: str) -> None:
    """Send what the words of a command line name: KIND,VICTIM,MAC,CANARY each."""
    kinds = {kind.name: kind for kind in LINK_KINDS}
    senders = []
    for name, victim, mac, canary in (word.split(",") for word in words):
        senders.append((kinds[name], HostilePlace(canary, victim, mac, canary)))
    send(interface, float(seconds), senders)


if __name__ == "__main__":
    main(*sys.argv[1:])
