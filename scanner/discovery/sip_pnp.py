"""SIP plug-and-play (RFC 6080): the multicast SUBSCRIBE by which a phone requests its configuration when it starts.

The phone sends it to 224.0.1.75:5060, one hop, with model and version in the Event and its MAC address in a URI:

    SUBSCRIBE sip:MAC%3a000413aabbcc@224.0.1.75 SIP/2.0
    Event: ua-profile;profile-type="device";vendor="snom";model="snomD120";version="10.1.39.11"

Contract: only SUBSCRIBE is read. Responses and NOTIFY requests are of configuration servers, which repeat a fixed
Event. Nothing is ever sent: a phone takes the configuration that a response names.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from scanner.core import text
from scanner.core.errors import WireError
from scanner.core.text import bounded, identifying_mac
from scanner.discovery.announcement import Announcement, Capture, UdpPorts
from scanner.discovery.conversation import Findings
from scanner.discovery.declaration import Discovery, Need
from scanner.discovery.lldp import usable, usable_address
from scanner.discovery.options import Options
from scanner.wire import sip
from scanner.wire.ethernet import IPV4, Frame, IpPacket

GROUP, PORT = "224.0.1.75", 5060  # IANA: sip.mcast.net
#: Parameters of the Event, one of which Panasonic spells otherwise → the field.
_PARAMETERS = {
    "profile-type": "sip-pnp.profile-type",
    "vendor": "sip-pnp.vendor",
    "vender": "sip-pnp.vendor",
    "model": "sip-pnp.model",
    "version": "sip-pnp.version",
}
_PARAMETER = re.compile(r";\s*([a-z-]{1,32})\s*=\s*(?:\"([^\"]{0,128})\"|'([^']{0,128})'|([^;\"'\s]{1,128}))", re.I)
#: Time to live with which hosts start a packet, and routers behind which it is one of these at most so much lower.
_STARTS, _ROUTERS = (64, 128, 255), 30
#: The text of an example in the documentation of Snom, which other firmware contains as it is, with its version.
_EXAMPLE = "oem"
_USER = re.compile(r"sips?:([^@<>\s;]{1,128})@?", re.I)
_PREFIX = re.compile(r"mac[:=_-]?", re.I)
_HOST = re.compile(r"(?:SIP\s*/\s*2\.0\s*/\s*\w{2,8}\s+|@)\[?([0-9A-Fa-f:.]{2,45}?)\]?(?=[:;>\s]|\Z)", re.I)


class Subscription(NamedTuple):
    """What a phone requests a configuration with: its MAC address, its own address, and findings."""

    mac: str | None
    ip: str | None
    findings: Findings


def declare(options: Options) -> Discovery:
    """SIP plug-and-play as a passive discovery."""
    return Discovery(
        name="sip-pnp",
        summary="listens to phones that request a configuration by multicast; never responds",
        steps=(
            Capture(
                ethertypes=(IPV4,),
                groups=(GROUP,),
                udp=(UdpPorts(destination=PORT, to=GROUP),),
                read=_announcement,
                join=True,
                sends="none: it only receives; the kernel reports membership of the group by IGMP",
                destination="directly connected links, and the interfaces of `listen`: 224.0.1.75",
            ),
        ),
        needs=(Need.RAW_SOCKET,),
    )


def subscription(message: sip.SipMessage) -> Subscription | None:
    """The request for a configuration in a message; None for every other message, also for responses to one."""
    if message.method != "SUBSCRIBE":
        return None
    event = message.first("event") or ""
    if event.partition(";")[0].strip().lower() != "ua-profile":
        return None
    given: dict[str, str] = {}
    for match in _PARAMETER.finditer(event):
        field = _PARAMETERS.get(match[1].lower())
        value = bounded(match[2] or match[3] or match[4] or "")
        if field and value:
            given.setdefault(field, value)
    for field in _without_example(given):
        del given[field]
    given.setdefault("sip-pnp.profile-type", "device")  # RFC 6080 5.1.1: all others name a user or a network
    if agent := bounded(message.first("user-agent") or ""):
        given["sip.user-agent"] = agent
    return Subscription(_mac(message), _address(message), tuple(given.items()))


def _without_example(given: dict[str, str]) -> tuple[str, ...]:
    """The fields whose values are those of the example: the version, too, where the model is."""
    copied = tuple(field for field in ("sip-pnp.vendor", "sip-pnp.model") if given.get(field, "").lower() == _EXAMPLE)
    return (*copied, "sip-pnp.version") if "sip-pnp.model" in copied and "sip-pnp.version" in given else copied


def _mac(message: sip.SipMessage) -> str | None:
    """The MAC address that a URI of the phone has as its user: `MAC%3a000413aabbcc`, `MAC000413aabbcc`, `MAC=…`.

    Twelve digits without a prefix may be the number of a telephone.
    """
    for uri in (message.uri, message.first("from"), message.first("contact"), message.first("to")):
        user = _USER.search(uri or "")
        name = unquote(user[1]) if user else ""
        bare = _PREFIX.sub("", name, count=1) if _PREFIX.match(name) else name
        found = text.mac(bare)
        if found and identifying_mac(found) and (bare != name or not bare.isdecimal()):
            return found
    return None


def _address(message: sip.SipMessage) -> str | None:
    """The phone's own address, by its Via (RFC 3261 18.1.1), else by its Contact."""
    for value in (message.first("via"), message.first("contact")):
        match = _HOST.search(value or "")
        if match and (found := usable_address(match[1])):
            return found
    return None


def _announcement(frame: Frame, packet: IpPacket | None) -> Announcement | None:
    if packet is None:
        return None
    try:
        found = subscription(sip.parse(packet.payload))
    except WireError:
        return None
    if found is None:
        return None
    ip = packet.source if usable(packet.source) else None
    sender = frame.source if frame.source and identifying_mac(frame.source) else None
    if found.mac is None:
        return Announcement(None if _routed(packet.hops) else sender, ip, found.findings)
    if frame.source is None or sender == found.mac:
        return Announcement(found.mac, ip, found.findings)
    # any host can name the MAC address of another one; a phone's own frame has it as its source
    return Announcement(found.mac, None, found.findings, relayed=True)


def _routed(hops: int) -> bool:
    """Whether a router forwarded a packet with this time to live, so that its frame has the router's MAC address."""
    return any(start - _ROUTERS <= hops < start for start in _STARTS)
