"""Captures (pcap and pcapng): LLDP, CDP, DHCP, mDNS, ARP, and SIP requests of phones.

Streaming: one frame at a time. Of a routed packet the source mac is the router's, so SIP is attributed to its source
address alone, and LLDP, CDP and DHCP to the mac in the message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from scanner.core.errors import WireError
from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.text import bounded, utc
from scanner.discovery.listening import Announcements, Captures, read_frame
from scanner.discovery.registry import captures
from scanner.reading.frames import MAGICS, SECTION, BrokenCaptureError, frames
from scanner.reading.items import Context, Format, Item, Problem
from scanner.wire import ethernet, sip

#: Ethernet type and first octet of IPv4 without options; its protocol number of UDP.
_PLAIN_IPV4, _UDP = b"\x08\x00\x45", b"\x11"
#: Most problems that are reported one by one; the others are counted.
PROBLEMS = 20
#: Most (address, field, value) that are kept to report the REGISTER requests of a phone once.
KEPT = 200_000


def looks_like(head: bytes) -> bool:
    """Whether it is pcap in either byte order and resolution, or pcapng."""
    return head[:4] in MAGICS or head[:4] == SECTION


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of a capture; Problems for frames that cannot be read, and for the place where it is truncated."""
    announcements, yielded, short, number = Announcements(), set[tuple[str, str, str]](), 0, 0
    declared = captures()
    ports = _ports(declared)
    others: Counter[int] = Counter()
    try:
        for number, (link, seconds, data) in enumerate(frames(stream), 1):
            if not _worth_reading(link, data, ports):
                continue
            frame = ethernet.frame(data, link)
            if frame is None and link not in ethernet.LINKS:
                others[link] += 1
                continue
            if frame is None:
                short += 1
                if short <= PROBLEMS:
                    yield Problem(number, "truncated frame")
                continue
            yield from _observations(
                frame, _time(seconds) or context.time, seconds or 0.0, declared, announcements, yielded
            )
    except BrokenCaptureError as error:
        yield Problem(number + 1, f"the capture is truncated here: {error}")
    if (unrecorded := announcements.count().unrecorded) > 0:
        yield Problem(0, f"{unrecorded} announcements were not recorded: no sender, or too many senders")
    if short > PROBLEMS:
        yield Problem(0, f"{short - PROBLEMS} more frames are truncated")
    for link, count in others.most_common(PROBLEMS):
        yield Problem(0, f"{count} frames are of link type {link}; Ethernet, Linux cooked, 802.11 and bare IP are read")


def _ports(declared: Captures) -> frozenset[bytes]:
    """The UDP ports of the captures, in network byte order."""
    pairs = [pair for _, capture in declared for ports in capture.udp for pair in ports]
    return frozenset(port.to_bytes(2, "big") for port in pairs if port is not None)


def _worth_reading(link: int, data: bytes, ports: frozenset[bytes]) -> bool:
    """Whether a frame may contain evidence; voice and file transfers, most of any capture, are skipped early."""
    if link != ethernet.LINK_ETHERNET or data[12:15] != _PLAIN_IPV4 or b"SIP/2.0" in data:
        return True
    return data[23:24] == _UDP and (data[34:36] in ports or data[36:38] in ports)


def _observations(
    frame: ethernet.Frame,
    time: str,
    now: float,
    declared: Captures,
    announcements: Announcements,
    yielded: set[tuple[str, str, str]],
) -> Iterator[Item]:
    received = read_frame(declared, frame)
    if received is not None:
        if not announcements.is_new(received, now):
            return
        mac, ip = received.announcement.mac, received.announcement.ip
        source = f"{received.discovery} capture"
        for field, value in received.announcement.findings:
            yield Observation(time=time, ip=ip, mac=mac, field=field, value=bounded(value), source=source)
        return
    if frame.ethertype == ethernet.ARP:
        resolved = ethernet.arp_sender(frame.payload)
        if resolved is not None and _first((resolved.ip, RESOLVED_MAC, resolved.mac), yielded):
            yield Observation(
                time=time,
                ip=resolved.ip,
                mac=resolved.mac,
                field=RESOLVED_MAC,
                value=resolved.mac,
                source="arp capture",
            )
        return
    packet = ethernet.packet(frame.ethertype, frame.payload)
    if packet is None or not packet.payload:
        return
    agent = _user_agent(packet.payload)
    if agent and _first((packet.source, "sip.user-agent", agent), yielded):
        yield Observation(time=time, ip=packet.source, field="sip.user-agent", value=agent, source="sip capture")


def _first(fact: tuple[str, str, str], yielded: set[tuple[str, str, str]]) -> bool:
    if fact in yielded or len(yielded) >= KEPT:
        return False
    yielded.add(fact)
    return True


def _user_agent(payload: bytes) -> str | None:
    """User-Agent of a SIP request from its originator: it has one Via (RFC 3261 16.6: each proxy adds its own).

    Responses are ignored: one that a proxy forwards cannot be distinguished from its own.
    """
    if b"SIP/2.0" not in payload[:4096]:
        return None
    try:
        message = sip.parse(payload)
    except WireError:
        return None
    if message.method is None or len(message.all("via")) != 1:
        return None
    return bounded(message.first("user-agent") or "") or None


def _time(seconds: float | None) -> str | None:
    try:
        return utc(datetime.fromtimestamp(seconds, UTC)) if seconds else None
    except (OverflowError, OSError, ValueError):
        return None


FORMAT = Format("pcap", "a capture: pcap or pcapng", looks_like, read)
