"""DHCP: the announcement in a client's message. Messages of servers do not describe phones."""

from __future__ import annotations

from scanner.core.errors import WireError
from scanner.core.text import identifying_mac
from scanner.discovery.announcement import Announcement, Capture, UdpPorts
from scanner.discovery.declaration import Discovery, Need
from scanner.discovery.lldp import usable
from scanner.discovery.options import Options
from scanner.wire import dhcp
from scanner.wire.ethernet import IPV4, Frame, IpPacket
from scanner.wire.tlv import address_text

#: Messages of clients: from the client, and from a relay to a server.
PORTS = (UdpPorts(dhcp.CLIENT_PORT, dhcp.SERVER_PORT), UdpPorts(dhcp.SERVER_PORT, dhcp.SERVER_PORT))


def declare(options: Options) -> Discovery:
    """DHCP as a passive discovery."""
    return Discovery(
        name="dhcp",
        summary="listens to requests of DHCP clients",
        steps=(Capture(ethertypes=(IPV4,), groups=(), udp=PORTS, read=_read),),
        needs=(Need.RAW_SOCKET,),
    )


def _read(frame: Frame, packet: IpPacket | None) -> Announcement | None:
    if packet is None:
        return None
    try:
        message = dhcp.decode(packet.payload)
    except WireError:
        return None
    if not frame.source or message.mac in (None, frame.source):
        return announcement(message)
    if packet.source_port == dhcp.CLIENT_PORT or message.relay is None:
        return None  # any host can name the hardware address of another; a client's own frame has it as its source
    found = announcement(message)
    return found._replace(ip=None, relayed=True) if found else None


def announcement(message: dhcp.DhcpMessage) -> Announcement | None:
    """The announcement in a client's message; None for a server's, and for one that contains nothing but a mac."""
    if message.operation != 1:
        return None
    texts = (
        ("dhcp.vendor-class", dhcp.vendor_class(message)),
        ("dhcp.hostname", message.text(dhcp.HOST_NAME)),
        ("dhcp.user-class", dhcp.user_class(message)),
        ("dhcp.parameters", dhcp.parameters(message)),
    )
    findings = tuple((field, text) for field, text in texts if text)
    if not findings:
        return None
    # The header contains the address that a client uses. One that it requests is its own when a server has offered it
    # (RFC 2131 4.3.2, SELECTING); without a server's name it is what another network gave it once.
    offered = (
        message.options.get(dhcp.MESSAGE_TYPE) == bytes([dhcp.REQUEST]) and dhcp.SERVER_IDENTIFIER in message.options
    )
    requested = address_text(1, message.options.get(dhcp.REQUESTED_ADDRESS, b"")) if offered else None
    address = next((a for a in (message.client_address, requested) if a and usable(a)), None)
    mac = message.mac if message.mac and identifying_mac(message.mac) else None
    return Announcement(mac, address, findings, None, len(message.faults))
