"""CDP: the announcement in a packet, with the MAC address of its sender.

The mac is the frame's source. Where there is no frame, it is read from the device id: `SEP` and twelve hexadecimal
digits. The prefix does not prove a Cisco phone; other manufacturers use it too.
"""

from __future__ import annotations

import re

from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.announcement import Announcement, Capture
from scanner.discovery.declaration import Discovery, Need
from scanner.discovery.lldp import usable, usable_vlan
from scanner.discovery.options import Options
from scanner.wire import cdp
from scanner.wire.ethernet import LLC, Frame, IpPacket

_TEXTS = (("device-id", "cdp.device-id"), ("platform", "cdp.platform"), ("version", "cdp.version"))


#: Destination of CDP packets.
GROUP = "01:00:0c:cc:cc:cc"


def declare(options: Options) -> Discovery:
    """CDP as a passive discovery."""
    return Discovery(
        name="cdp",
        summary="listens to CDP announcements",
        steps=(Capture(ethertypes=(LLC,), groups=(GROUP,), read=_read),),
        needs=(Need.RAW_SOCKET,),
    )


def _read(frame: Frame, packet: IpPacket | None) -> Announcement | None:
    if not frame.payload.startswith(cdp.SNAP):
        return None
    return announcement(cdp.decode(frame.payload.removeprefix(cdp.SNAP)), frame.source)


def announcement(packet: cdp.CdpPacket, sender: str | None = None) -> Announcement:
    """What a CDP packet announces; `sender` is the source mac of the frame it came in."""
    findings = [(field, text) for name, field in _TEXTS if (text := packet.first(name))]
    capabilities = packet.first("capabilities")
    if capabilities:
        findings.append(("cdp.capabilities", ",".join(cdp.capability_words(capabilities))))
    addresses = [a.text for name in ("addresses", "management-addresses") for a in packet.first(name) or () if a.text]
    usable_addresses = [address for address in dict.fromkeys(addresses) if usable(address)]
    findings += [("cdp.address", address) for address in usable_addresses]
    vlan = packet.first("voice-vlan-reply")
    if vlan and usable_vlan(vlan["vlan"]):
        findings.append(("lldp-med.voice-vlan", str(vlan["vlan"])))
    mac = next((m for m in (sender, device_mac(packet.first("device-id"))) if m and identifying_mac(m)), None)
    return Announcement(
        mac, next(iter(usable_addresses), None), tuple(findings), packet.ttl or None, len(packet.faults)
    )


#: A mac behind a model or another name: `GXP1625_00:0b:82:f6:1e:68`, `Polycom-64167fa1b2c3`. Twelve digits without a
#: letter are as likely a telephone number.
_MAC_BEHIND_NAME = re.compile(
    r"[^\W_][\w .()+-]{0,60}[ _-]((?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{12})", re.ASCII
)


def device_mac(device_id: str | None) -> str | None:
    """The mac in a device id or system name: bare, behind `SEP` and `SIP`, or behind a name; a domain is dropped."""
    if not device_id:
        return None
    host = device_id.partition(".")[0]
    behind = _MAC_BEHIND_NAME.fullmatch(host)
    return read_mac(host) or read_mac(device_id) or (read_mac(behind[1]) if behind else None)
