"""What the frames of one capture contain: announcements, ARP, and SIP requests, also in fragments, streams and tunnels.

Each frame is handed to `frame`, and `rest` is called after the last. Announcements are yielded at once, SIP by `rest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from scanner.core.errors import WireError
from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.text import bounded, utc
from scanner.discovery.listening import Announcements, Captures, Received, read_frame
from scanner.reading import encapsulation, sip_sender
from scanner.reading.address_facts import AddressFact, AddressFacts
from scanner.reading.fragments import Fragments, Whole
from scanner.reading.items import Context, Item, Problem
from scanner.reading.senders import Senders, routed
from scanner.reading.streams import SentPacket, Streams
from scanner.wire import dhcp, ethernet
from scanner.wire.ip_fragment import fragment

#: Most frames inside of each other that are read.
DEPTH = 8
#: Most frames that scapy takes apart whatever they contain, within seconds; after them, those with octets of evidence.
PATIENCE = 50_000
#: SIP, the options of DHCP, LLDP, CDP, and the ports of SIP and mDNS.
EVIDENCE = re.compile(rb"SIP/2\.0|\x63\x82\x53\x63|\x88\xcc|\x01\x00\x0c\xcc\xcc\xcc|\x13\xc4|\x14\xe9")
#: Most pairs of an address and a mac from ARP and DHCP that are reported, once each, and most DHCP clients.
KEPT = 200_000
_IP = frozenset({ethernet.IPV4, ethernet.IPV6})
_CAPABILITIES = frozenset({"lldp.capabilities", "cdp.capabilities"})


class CaptureReader:
    """Reads the frames of one capture, in bounded memory."""

    def __init__(self, context: Context, declared: Captures) -> None:
        self._context, self._declared = context, declared
        self._announcements = Announcements(rank=context.rank)
        self._resolved, self._announced = set[tuple[str, str]](), set[str]()
        self._fragments, self._facts = Fragments(), AddressFacts()
        self._taken_apart = self._left = 0
        self._no_scapy = ""
        self.senders, self.streams = Senders(), Streams()

    def frame(self, frame: ethernet.Frame, seconds: float | None, depth: int = 0) -> Iterator[Item]:
        """The observations of one frame and of those inside of it."""
        received = read_frame(self._declared, frame)
        if received is not None:
            yield from self._announcement(received, frame, seconds)
        elif frame.ethertype == ethernet.ARP:
            yield from self._arp(frame, seconds)
        elif (packet := ethernet.packet(frame.ethertype, frame.payload)) is not None:
            if packet.source_port == dhcp.SERVER_PORT:
                yield from self._lease(packet, seconds)
            self._packet(SentPacket(packet, frame.source, seconds))
            yield from self._inside(encapsulation.of_packet(packet), packet.payload, seconds, depth)
        elif (part := fragment(frame.ethertype, frame.payload)) is not None:
            yield from self._whole(self._fragments.add(part, Whole(frame, seconds)), depth)
        else:
            yield from self._inside(encapsulation.of_frame(frame), frame.payload, seconds, depth)

    def link(self, link: int, data: bytes, seconds: float | None) -> Iterator[Item]:
        """The observations of a frame of a link type of `encapsulation.LINKS`."""
        yield from self._inside(encapsulation.of_link(link, data), data, seconds, 0)

    def rest(self) -> Iterator[Item]:
        """The observations that only the whole capture gives; Problems for what its bounds excluded."""
        yield from self._whole(self._fragments.rest(), 0)
        for segment in self.streams.rest():
            self._sip(segment)
        yield from self._facts.observations(self.senders, self._context.same_maker)
        if (unrecorded := self._announcements.count().unrecorded) > 0:
            yield Problem(0, f"{unrecorded} announcements were not recorded: no sender, or too many senders")
        if self._left:
            yield Problem(
                0, f"{self._left} frames of tunnels are not read: scapy cannot be imported ({self._no_scapy})"
            )
        if self._facts.lost:
            yield Problem(0, f"{self._facts.lost} SIP requests were not recorded: too many senders")

    def _inside(
        self, frames: Iterator[ethernet.Frame], data: bytes, seconds: float | None, depth: int
    ) -> Iterator[Item]:
        if depth >= DEPTH or (self._taken_apart >= PATIENCE and not EVIDENCE.search(data)):
            return
        try:
            for inner in frames:
                self._taken_apart += 1
                yield from self.frame(inner, seconds, depth + 1)
        except encapsulation.NoScapyError as error:
            self._no_scapy = str(error)
            self._taken_apart, self._left = PATIENCE, self._left + 1

    def _whole(self, packets: Iterator[Whole], depth: int) -> Iterator[Item]:
        if depth < DEPTH:
            for frame, seconds in packets:
                yield from self.frame(frame, seconds, depth + 1)

    def _announcement(self, received: Received, frame: ethernet.Frame, seconds: float | None) -> Iterator[Item]:
        mac, ip, findings = received.announcement.mac, received.announcement.ip, received.announcement.findings
        for field, value in findings:
            if field in _CAPABILITIES:
                self.senders.announces(mac, value)
                self.senders.announces(frame.source, value)
        if mac and ip and not received.announcement.relayed:
            self.senders.resolved(ip, mac)
        if mac and len(self._announced) < KEPT:
            self._announced.add(mac)
        if self._announcements.is_new(received, seconds or 0.0):
            time, source = self._time(seconds), received.source("capture")
            for field, value in findings:
                yield Observation(time=time, ip=ip, mac=mac, field=field, value=bounded(value), source=source)

    def _arp(self, frame: ethernet.Frame, seconds: float | None) -> Iterator[Item]:
        sender = ethernet.arp_sender(frame.payload)
        if sender is None:
            return
        yield from self._has(sender.ip, sender.mac, "arp capture", seconds)

    def _lease(self, packet: ethernet.IpPacket, seconds: float | None) -> Iterator[Item]:
        """The address that a DHCP server gives a client which announced itself (RFC 2131 4.3.1)."""
        try:
            message = dhcp.decode(packet.payload)
        except WireError:
            return
        mac, ip = message.mac, message.your_address
        if message.options.get(dhcp.MESSAGE_TYPE) == bytes([dhcp.ACK]) and mac in self._announced and mac and ip:
            yield from self._has(ip, mac, "dhcp capture", seconds)

    def _has(self, ip: str, mac: str, source: str, seconds: float | None) -> Iterator[Item]:
        self.senders.resolved(ip, mac)
        if (ip, mac) not in self._resolved and len(self._resolved) < KEPT:
            self._resolved.add((ip, mac))
            time = self._time(seconds)
            yield Observation(time=time, ip=ip, mac=mac, field=RESOLVED_MAC, value=mac, source=source)

    def _packet(self, captured: SentPacket) -> None:
        packet, mac, _ = captured
        if mac is not None:
            self.senders.sends(mac, packet.source)
        if packet.transport == "udp":
            self._sip(captured)
        else:
            for segment in self.streams.add(captured):
                self._sip(segment)

    def _sip(self, captured: SentPacket) -> None:
        packet, mac, seconds = captured
        if b"SIP/2.0" not in packet.payload or (message := sip_sender.message(packet)) is None:
            return
        self._facts.active(packet.source)
        if (request := sip_sender.request(message, packet.source, packet.destination)) is not None:
            sender = None if routed(packet.hops) else mac
            fact = AddressFact(packet.source, "sip.user-agent", request.agent, "sip capture")
            self._facts.add(fact, self._time(seconds), sender, request.behind)

    def _time(self, seconds: float | None) -> str:
        try:
            return utc(datetime.fromtimestamp(seconds, UTC)) if seconds else self._context.time
        except (OverflowError, OSError, ValueError):
            return self._context.time
