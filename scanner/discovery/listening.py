"""What a listener makes of frames: whose announcement it is, whether it is news, and when it has run out. Pure.

A phone says the same every 30 seconds for years, and anybody on the link can forge a million senders: so what was
heard before is dropped here, the memory of it is bounded, and so is the number of senders that are recorded. That
number grows again with time: a flood fills no disk, and phones that come after it are recorded all the same.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.discovery import cdp as cdp_discovery
from scanner.discovery import dhcp as dhcp_discovery
from scanner.discovery import lldp as lldp_discovery
from scanner.discovery import mdns as mdns_discovery
from scanner.discovery.declaration import Findings
from scanner.discovery.lldp import Announcement
from scanner.wire import cdp, dhcp, ethernet, lldp

#: Senders remembered at once; the ones heard longest ago are forgotten first.
SENDERS = 65_536
#: New senders recorded at once, and for each second after that; others are counted. A building has fewer phones.
RECORDED_SENDERS, RECORDED_PER_SECOND = 20_000, 2.0
#: Seconds after which the same announcement is recorded again, so that the inventory knows it is still there.
REPEAT = 900.0
_DHCP_PORTS = frozenset({dhcp.CLIENT_PORT, dhcp.SERVER_PORT})


class Heard(NamedTuple):
    """One frame read: discovery, what is announced, and the VLAN it came in."""

    discovery: str
    announcement: Announcement
    vlan: int | None = None


def read_frame(frame: ethernet.Frame, *, vlan: int | None = None) -> Heard | None:
    """What a frame announces, or None when it is none of our protocols. Never raises."""
    tag = (frame.vlans[-1] if frame.vlans else vlan) or None  # VLAN 0 is a priority alone (802.1Q 9.6)
    if frame.ethertype == lldp.ETHERTYPE:
        return Heard("lldp", lldp_discovery.announcement(lldp.decode(frame.payload), frame.source), tag)
    if frame.ethertype == ethernet.LLC:
        if frame.payload.startswith(cdp.SNAP):
            told = cdp.decode(frame.payload.removeprefix(cdp.SNAP))
            return Heard("cdp", cdp_discovery.announcement(told, frame.source), tag)
        return None
    packet = ethernet.packet(frame.ethertype, frame.payload)
    if packet is None or packet.transport != "udp":
        return None
    if {packet.source_port, packet.destination_port} <= _DHCP_PORTS:
        return _dhcp(packet.payload, tag)
    if packet.source_port == mdns_discovery.PORT:
        findings = mdns_discovery.read_announcement(packet.payload, frame.source, packet.source)
        if findings:
            return Heard("mdns", Announcement(frame.source, packet.source, findings, 0), tag)
    return None


def _dhcp(payload: bytes, vlan: int | None) -> Heard | None:
    try:
        announcement = dhcp_discovery.announcement(dhcp.decode(payload))
    except WireError:
        return None
    return Heard("dhcp", announcement, vlan) if announcement else None


class Count(NamedTuple):
    """What a listener heard: frames read, senders there now, left by a shutdown or run out, and not recorded."""

    frames: int
    present: int
    left: int
    expired: int
    unrecorded: int
    faulty: int


class _Sender(NamedTuple):
    findings: Findings
    address: str | None
    recorded: float
    until: float


class Roster:
    """Who is announcing, in bounded memory. `now` is any clock that only goes forward, in seconds."""

    def __init__(self, senders: int = SENDERS, recorded: int = RECORDED_SENDERS) -> None:
        self._senders: OrderedDict[tuple[str, str], _Sender] = OrderedDict()
        self._limit, self._most, self._left_to_record = senders, recorded, float(recorded)
        self._filled: float | None = None
        self._frames = self._left = self._expired = self._unrecorded = self._faulty = 0

    def news(self, heard: Heard, now: float) -> bool:
        """Whether this announcement is to be recorded: new, changed, or not said for `REPEAT` seconds.

        An LLDPDU with a time to live of 0 takes back what its sender said (802.1AB 9.2.5.22), and is no news.
        """
        announcement = heard.announcement
        self._frames += 1
        self._faulty += announcement.faults > 0
        subject = announcement.mac or announcement.ip
        if subject is None:
            self._unrecorded += 1
            return False
        key = heard.discovery, subject
        known = self._senders.pop(key, None)
        if known is not None and known.until < now:
            self._expired += 1
            known = None
        if heard.discovery == "lldp" and announcement.ttl == 0:
            self._left += known is not None
            return False
        until = now + announcement.ttl if announcement.ttl else float("inf")
        same = known is not None and (known.findings, known.address) == (announcement.findings, announcement.ip)
        if known is not None and same and now - known.recorded < REPEAT:
            self._senders[key] = known._replace(until=until)
            return False
        if known is None and not self._may_record(now):
            self._unrecorded += 1
            return False
        self._senders[key] = _Sender(announcement.findings, announcement.ip, now, until)
        if len(self._senders) > self._limit:
            self._senders.popitem(last=False)
        return True

    def _may_record(self, now: float) -> bool:
        if self._filled is not None and now > self._filled:
            more = (now - self._filled) * RECORDED_PER_SECOND
            self._left_to_record = min(self._most, self._left_to_record + more)
        self._filled = now if self._filled is None else max(now, self._filled)
        if self._left_to_record < 1:
            return False
        self._left_to_record -= 1
        return True

    def expire(self, now: float) -> None:
        """Forget announcements whose time to live has run out."""
        gone = [key for key, sender in self._senders.items() if sender.until < now]
        for key in gone:
            del self._senders[key]
        self._expired += len(gone)

    def count(self) -> Count:
        """What was heard so far."""
        return Count(self._frames, len(self._senders), self._left, self._expired, self._unrecorded, self._faulty)
