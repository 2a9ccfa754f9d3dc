"""Captures (pcap and pcapng): LLDP, CDP, DHCP, mDNS, and the SIP and provisioning requests that phones send.

Streaming: one frame at a time, whatever the file's size. Behind a router the frame's mac is the router's: a mac that
sends for several addresses is not taken as anybody's (contract, rules of identity), so SIP is bound to its address
alone and LLDP, CDP and DHCP to the mac they name themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from scanner.core.errors import WireError
from scanner.core.model import Observation
from scanner.core.text import bounded, utc
from scanner.discovery.listening import Roster, read_frame
from scanner.reading.items import Context, Format, Item, Problem
from scanner.wire import ethernet, sip

_MAGICS = (b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1", b"\x0a\x0d\x0d\x0a")
#: Link types of 802.11, with and without radiotap: scapy takes those apart.
_WIRELESS = frozenset({105, 127})
#: Problems that are told one by one; more are counted.
PROBLEMS = 20
#: (address, field, value) remembered so that a phone's every REGISTER is not one more observation.
REMEMBERED = 200_000


def looks_like(head: bytes) -> bool:
    """pcap in either byte order and resolution, or pcapng."""
    return head[:4] in _MAGICS


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of a capture."""
    from scapy.error import Scapy_Exception
    from scapy.utils import RawPcapReader

    try:
        frames = RawPcapReader(stream)
    except (Scapy_Exception, EOFError, ValueError, KeyError, IndexError) as error:
        yield Problem(0, f"it is no capture that can be read: {bounded(str(error), 120)}")
        return
    roster, said, problems, number = Roster(), set[tuple[str, str, str]](), 0, 0
    while True:
        try:
            data, meta = next(frames)
        except (StopIteration, EOFError):
            return
        except Exception as error:  # scapy's readers raise whatever a broken block makes them stumble over
            yield Problem(
                number + 1, f"the capture breaks off here: {bounded(str(error) or type(error).__name__, 120)}"
            )
            return
        number += 1
        link = _link(frames, meta)
        seconds = _seconds(frames, meta)
        time = _time(seconds) or context.time
        frame = _wireless(data) if link in _WIRELESS else ethernet.frame(data, link)
        if frame is None:
            problems += 1
            if problems <= PROBLEMS:
                yield Problem(number, f"a frame of link type {link} that is too short or not read")
            continue
        yield from _observations(frame, time, seconds or 0.0, roster, said)


def _observations(
    frame: ethernet.Frame, time: str, now: float, roster: Roster, said: set[tuple[str, str, str]]
) -> Iterator[Item]:
    heard = read_frame(frame)
    if heard is not None:
        if not roster.news(heard, now):
            return
        mac, ip = heard.announcement.mac, heard.announcement.ip
        source = f"{heard.discovery} capture"
        for field, value in heard.announcement.findings:
            yield Observation(time=time, ip=ip, mac=mac, field=field, value=bounded(value), source=source)
        return
    if frame.ethertype == ethernet.ARP:
        resolved = ethernet.arp_sender(frame.payload)
        if resolved is not None and _first((resolved.ip, "arp.mac", resolved.mac), said):
            yield Observation(
                time=time, ip=resolved.ip, mac=resolved.mac, field="arp.mac", value=resolved.mac, source="arp capture"
            )
        return
    packet = ethernet.packet(frame.ethertype, frame.payload)
    if packet is None or not packet.payload:
        return
    agent = _user_agent(packet.payload)
    if agent and _first((packet.source, "sip.user-agent", agent), said):
        yield Observation(time=time, ip=packet.source, field="sip.user-agent", value=agent, source="sip capture")


def _first(fact: tuple[str, str, str], said: set[tuple[str, str, str]]) -> bool:
    if fact in said or len(said) >= REMEMBERED:
        return False
    said.add(fact)
    return True


def _user_agent(payload: bytes) -> str | None:
    """User-Agent of a SIP request that its sender made itself: one Via (RFC 3261 16.6: each proxy adds its own).

    Answers tell nothing here: what a proxy hands back looks as if it were its own.
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


def _link(frames: Any, meta: Any) -> int:
    # The upper half of the field tells of frame check sequences (pcap's file format, LinkType and additional info).
    return int(getattr(meta, "linktype", None) or getattr(frames, "linktype", None) or 1) & 0xFFFF


def _seconds(frames: Any, meta: Any) -> float | None:
    if hasattr(meta, "sec"):
        return float(meta.sec) + float(meta.usec) / (1e9 if getattr(frames, "nano", False) else 1e6)
    high, low, resolution = getattr(meta, "tshigh", None), getattr(meta, "tslow", None), getattr(meta, "tsresol", 10**6)
    if high is None or low is None:
        return None
    return float(((int(high) << 32) + int(low)) / resolution)


def _time(seconds: float | None) -> str | None:
    try:
        return utc(datetime.fromtimestamp(seconds, UTC)) if seconds else None
    except (OverflowError, OSError, ValueError):
        return None


def _wireless(data: bytes) -> ethernet.Frame | None:
    """An 802.11 data frame's payload as an Ethernet frame, through scapy; None for what it cannot take apart."""
    from scapy.layers.dot11 import LLC, SNAP, Dot11, RadioTap

    try:
        packet = RadioTap(data)
        if Dot11 not in packet or SNAP not in packet or LLC not in packet:
            return None
        snap = packet[SNAP]
        sender = packet[Dot11].addr2
        return ethernet.Frame(sender, packet[Dot11].addr1, (), int(snap.code), bytes(snap.payload))
    except Exception:  # a layer that scapy cannot build from hostile octets
        return None


FORMAT = Format("pcap", "a capture: pcap or pcapng", looks_like, read)
