"""The capture step: which frames a discovery reads from a link, and the announcement that one of them contains. Pure.

The listener derives its kernel filter and its multicast memberships from the declared captures; capture files are read
by the same functions.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from scanner.discovery.conversation import Findings
from scanner.discovery.cost import Cost
from scanner.wire.ethernet import Frame, IpPacket


class Announcement(NamedTuple):
    """What one frame announces: MAC and IP address of its subject, findings, for how many seconds they hold.

    A `ttl` of 0 withdraws what was announced before (802.1AB 9.2.5.22: shutdown); None sets no time. `faults` counts
    parts that could not be read. `relayed`: another host than the subject sent the frame, and any host can send such.
    """

    mac: str | None
    ip: str | None
    findings: Findings
    ttl: int | None = None
    faults: int = 0
    relayed: bool = False


class UdpPorts(NamedTuple):
    """UDP datagrams by their ports and by the IPv4 address that they are sent to; None is any."""

    source: int | None = None
    destination: int | None = None
    to: str | None = None

    def match(self, packet: IpPacket) -> bool:
        """Whether a packet has these ports."""
        return (
            packet.transport == "udp"
            and self.source in (None, packet.source_port)
            and self.destination in (None, packet.destination_port)
            and self.to in (None, packet.destination)
        )


@dataclass(frozen=True, slots=True)
class Capture:
    """Frames to read from our links; nothing is sent, but for IGMP where `join` is set.

    `ethertypes` are Ethernet types, `LLC` (802.3 length fields) among them: those of LLC are captured where they are
    sent to one of `groups`. IPv4 and IPv6 are narrowed down to `udp`. `groups` are multicast MAC addresses, or IP
    groups whose MAC addresses are derived (RFC 1112 6.4, RFC 2464 7). The interface receives them. No IGMP or MLD
    report is sent, so that a snooping switch forwards link-local groups alone; with `join`, the kernel reports
    membership of the IPv4 groups (RFC 3376), unless another program of this host would then receive their datagrams.
    `read(frame, packet)` returns the announcement in a frame, None where it contains none; it must not raise.
    """

    ethertypes: tuple[int, ...]
    groups: tuple[str, ...]
    read: Callable[[Frame, IpPacket | None], Announcement | None]
    udp: tuple[UdpPorts, ...] = ()
    join: bool = False
    sends: str = "none: it only receives"
    destination: str = "–"
    transport: ClassVar[None] = None

    def cost(self) -> Cost:
        """Nothing is sent."""
        return Cost()

    def match(self, frame: Frame, packet: IpPacket | None) -> bool:
        """Whether the capture is for a frame; `packet` is the IP packet in it, if any."""
        if frame.ethertype not in self.ethertypes:
            return False
        return not self.udp or (packet is not None and any(ports.match(packet) for ports in self.udp))


def group_mac(group: str) -> bytes:
    """The six octets of a multicast MAC address, given as such or as an IP group. Raises ValueError for others."""
    try:
        address = ipaddress.ip_address(group)
    except ValueError:
        octets = bytes.fromhex(group.replace(":", ""))
        if len(octets) != 6 or not octets[0] & 1:
            raise ValueError(f"{group!r} is not a multicast address") from None
        return octets
    if not address.is_multicast:
        raise ValueError(f"{group!r} is not a multicast address")
    if address.version == 4:
        return b"\x01\x00\x5e" + bytes((address.packed[1] & 0x7F, *address.packed[2:]))
    return b"\x33\x33" + address.packed[12:]
