"""SSDP (UPnP Device Architecture 1.1, 1): announcements on our links, responses to one search, and one description.

A response names the URL of its description, which any host can set to whatever it likes. It is fetched only from the
address that responded, over HTTP, from port 80 or above, by one GET that follows no redirect (libtorrent #8714 and
home-assistant/core #57052 show why). The rest is up to the engine: refused ports and paths, size and deadline.
"""

from __future__ import annotations

import contextlib
import re
from io import BytesIO
from ipaddress import ip_address
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from scanner.core import text
from scanner.core.outcomes import Outcome
from scanner.core.text import bounded, identifying_mac
from scanner.core.xmlparts import Part, parts
from scanner.discovery.announcement import Announcement, Capture, UdpPorts
from scanner.discovery.conversation import Conversation, Findings, Get, Page, Peer, Response
from scanner.discovery.declaration import Discovery, Exchange, MulticastRequest, Need, Reduced, Transport, with_note
from scanner.discovery.lldp import usable
from scanner.discovery.options import USER_AGENT, Options
from scanner.wire.ethernet import IPV4, Frame, IpPacket

GROUP, PORT = "239.255.255.250", 1900
#: Seconds within which hosts respond (the header MX), and the least port of a description.
SECONDS, LEAST_PORT = 1, 80
#: Octets of a message that are read, its header lines, and characters of a URL: a longer one is not requested in part.
MESSAGE, LINES, LONGEST = 4096, 64, 512
_SEARCH = (
    f'M-SEARCH * HTTP/1.1\r\nHOST: {GROUP}:{PORT}\r\nMAN: "ssdp:discover"\r\nMX: {SECONDS}\r\n'
    f"ST: upnp:rootdevice\r\nUSER-AGENT: {USER_AGENT}\r\n\r\n"
).encode()
_LINE_END = re.compile(r"\r\n|\n|\r")
#: Elements of a description → the field; of `systemVersion`, which AVM has beside the device, and of the device.
_VERSION = (("Display", "ssdp.version"),)
_DEVICE = (
    ("manufacturer", "ssdp.manufacturer"),
    ("modelName", "ssdp.model"),
    ("modelNumber", "ssdp.model-number"),
    ("serialNumber", "ssdp.serial"),
)


def declare(options: Options) -> Discovery:
    """SSDP on our links."""
    return Discovery(
        name="ssdp",
        summary="searches UPnP devices on our links, and reads the description that a response names on its host",
        steps=(
            MulticastRequest(
                group=GROUP,
                port=PORT,
                request=_search,
                response=response,
                seconds=SECONDS + 1.0,
                attempts=1,
                sends="one `M-SEARCH` for root devices",
            ),
            Exchange(
                transport=Transport.HTTP,
                ports=(),
                conversation=_visit,
                fits=with_note,
                sends="`GET` of the description that the response names, from port 80 or above, without redirects",
            ),
            Capture(
                ethertypes=(IPV4,),
                groups=(GROUP,),
                udp=(UdpPorts(destination=PORT, to=GROUP),),
                read=_announcement,
                join=True,
                sends="none: it only receives; the kernel reports membership of the group by IGMP",
                destination=f"interfaces of `listen`: {GROUP}",
            ),
        ),
        reduced=(Reduced(Need.MULTICAST, "nothing is searched: no interface has multicast"),),
    )


def response(datagram: bytes, cookie: int, address: str) -> Response | None:
    """The response to a search; its note is the URL of the description, where that is on `address`."""
    start, headers = _message(datagram)
    if not re.fullmatch(r"HTTP/1\.\d 200\b.{0,64}", start) or not {"st", "usn"} & headers.keys():
        return None
    return Response(Outcome.ANSWERED, _findings(headers), note=own_location(headers.get("location", ""), address))


def own_location(url: str, address: str) -> str:
    """The URL of a description on the host `address` itself, over HTTP and from a permitted port; "" for others."""
    if len(url) > LONGEST:
        return ""
    with contextlib.suppress(ValueError):
        parts_of = urlsplit(url.strip())
        port = 80 if parts_of.port is None else parts_of.port
        own = ip_address(parts_of.hostname or "") == ip_address(address)
        if parts_of.scheme == "http" and "@" not in parts_of.netloc and own and port >= LEAST_PORT:
            return url.strip()
    return ""


def description(body: bytes) -> Findings:
    """The findings in a description (UPnP Device Architecture 2.3), also in AVM's `tr64desc.xml`."""
    found: dict[tuple[str, str], None] = {}
    for name, fields in (("systemVersion", _VERSION), ("device", _DEVICE)):
        first = next((part.element for part in parts(BytesIO(body), "root", name) if isinstance(part, Part)), None)
        if first is not None:
            found |= dict.fromkeys(_of(first, fields))
    return tuple(found)


def own_mac(findings: Findings) -> str | None:
    """The MAC address that a description has as its serial number, as AVM's routers do."""
    serial = next((value for field, value in findings if field == "ssdp.serial"), "")
    mac = text.mac(serial)
    return mac if mac and identifying_mac(mac) and not serial.isdecimal() else None


def _of(element: Element, fields: tuple[tuple[str, str], ...]) -> Findings:
    pairs = ((field, bounded(element.findtext(tag) or "", 256)) for tag, field in fields)
    return tuple((field, value) for field, value in pairs if value)


def _search(cookie: int, here: str) -> bytes:
    return _SEARCH


def _visit(peer: Peer) -> Conversation:
    pages: tuple[Page, ...] = (yield Get(peer.note)) or ()
    found = tuple(pair for page in pages if page.status == 200 for pair in description(page.body))
    return Response(Outcome.ANSWERED, found) if found else None


def _announcement(frame: Frame, packet: IpPacket | None) -> Announcement | None:
    """A NOTIFY of a device about itself; none that withdraws one, and no search of another host."""
    if packet is None or not usable(packet.source):
        return None
    start, headers = _message(packet.payload)
    if not start.startswith("NOTIFY ") or headers.get("nts", "").lower() not in ("ssdp:alive", "ssdp:update"):
        return None
    found = _findings(headers)
    return Announcement(None, packet.source, found) if found else None


def _findings(headers: dict[str, str]) -> Findings:
    server = headers.get("server", "")[:LONGEST]
    return (("ssdp.server", server),) if server else ()


def _message(datagram: bytes) -> tuple[str, dict[str, str]]:
    """The start line of an HTTP message over UDP, and its headers by lower-case name, the first of each."""
    lines = _LINE_END.split(datagram[:MESSAGE].decode("utf-8", "replace"), LINES)
    headers: dict[str, str] = {}
    for line in lines[1:LINES]:
        name, colon, value = line.partition(":")
        if not line.strip():
            break
        if colon:
            headers.setdefault(name.strip().lower(), bounded(value, LONGEST + 1))
    return lines[0], headers
