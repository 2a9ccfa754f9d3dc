"""DHCP as clients speak it: one message → whose it is, and findings. Servers' messages tell nothing of phones."""

from __future__ import annotations

from scanner.core.text import identifying_mac
from scanner.discovery.declaration import Capture, Discovery, Need
from scanner.discovery.lldp import Announcement, usable
from scanner.wire import dhcp
from scanner.wire.ethernet import IPV4
from scanner.wire.tlv import address_text


def declare() -> Discovery:
    """DHCP as a passive discovery."""
    return Discovery(
        name="dhcp",
        summary="listens to what DHCP clients say of themselves",
        steps=(Capture(ethertypes=(IPV4,)),),
        needs=(Need.RAW_SOCKET,),
    )


def announcement(message: dhcp.DhcpMessage) -> Announcement | None:
    """What a client's message announces; None for a server's, and for one that tells nothing but a mac."""
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
    # A client that uses an address says so in the header. One that it asks for is its own when a server has offered it
    # (RFC 2131 4.3.2, SELECTING); without a server's name it is what another network gave it once.
    offered = (
        message.options.get(dhcp.MESSAGE_TYPE) == bytes([dhcp.REQUEST]) and dhcp.SERVER_IDENTIFIER in message.options
    )
    asked = address_text(1, message.options.get(dhcp.REQUESTED_ADDRESS, b"")) if offered else None
    address = next((a for a in (message.client_address, asked) if a and usable(a)), None)
    mac = message.mac if message.mac and identifying_mac(message.mac) else None
    return Announcement(mac, address, findings, 0, len(message.faults))
