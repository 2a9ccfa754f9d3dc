"""A frame is evidence of the host that sent it, whatever mac and address it contains."""

from __future__ import annotations

import pytest

from scanner.discovery import cdp, dhcp, lldp
from scanner.discovery.announcement import Announcement
from scanner.discovery.listening import Received
from scanner.wire.ethernet import Frame, IpPacket

OWN, VICTIM = "d4:be:d9:a6:00:66", "64:16:7f:a1:00:01"


def octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def tlv(kind: int, value: bytes) -> bytes:
    return (kind << 9 | len(value)).to_bytes(2, "big") + value


def pdu(chassis: str, port: str, *, bridge: bool) -> bytes:
    """An LLDPDU with macs as chassis and port id (802.1AB 8.5.2.2 and 8.5.3.2), of a bridge or a telephone."""
    capability = (0x0004 if bridge else 0x0020).to_bytes(2, "big")
    return (
        tlv(1, b"\x04" + octets(chassis)) + tlv(2, b"\x03" + octets(port)) + tlv(3, b"\x00\x78")
        + tlv(7, capability * 2) + tlv(0, b"")
    )  # fmt: skip


def received(payload: bytes, source: str) -> Announcement:
    return lldp.announcement(lldp.lldp.decode(payload), source)


@pytest.mark.parametrize("bridge", [False, True])
@pytest.mark.parametrize(("chassis", "port"), [(VICTIM, VICTIM), (OWN, VICTIM), (VICTIM, OWN)])
def test_an_lldp_frame_that_names_another_mac_is_its_senders(chassis: str, port: str, bridge: bool) -> None:
    assert received(pdu(chassis, port, bridge=bridge), OWN).mac == OWN


def test_a_switch_is_known_by_its_chassis_at_each_port() -> None:
    chassis = "00:1b:54:a7:01:00"
    for port in ("00:1b:54:a7:01:01", "00:1b:54:a7:01:30", "00:1b:54:a7:02:05"):
        assert received(pdu(chassis, port, bridge=True), port).mac == chassis


def test_a_cdp_packet_is_its_senders() -> None:
    value = f"SEP{VICTIM.replace(':', '').upper()}".encode()
    packet = b"\x02\xb4\x00\x00" + (1).to_bytes(2, "big") + (4 + len(value)).to_bytes(2, "big") + value
    assert cdp.announcement(cdp.cdp.decode(packet), OWN).mac == OWN


def message(mac: str, relay: bytes = bytes(4)) -> bytes:
    """A DHCPDISCOVER (RFC 2131) with a vendor class, and an address that its client has."""
    head = b"\x01\x01\x06\x00" + bytes(8) + b"\x0a\x01\x02\x03" + bytes(8) + relay + octets(mac) + bytes(10 + 192)
    return head + b"\x63\x82\x53\x63" + b"\x35\x01\x01" + b"\x3c\x07Polycom" + b"\xff"


@pytest.mark.parametrize(("source", "mac"), [(VICTIM, VICTIM), (OWN, None)])
def test_a_dhcp_message_of_a_client_is_of_the_mac_of_its_frame(source: str, mac: str | None) -> None:
    frame = Frame(source, "ff:ff:ff:ff:ff:ff", (), 0x0800, b"")
    packet = IpPacket("0.0.0.0", "255.255.255.255", 68, 67, "udp", message(VICTIM))
    found = dhcp._read(frame, packet)
    assert (found.mac if found else None) == mac


@pytest.mark.parametrize("port", [67, 68])
@pytest.mark.parametrize("relay", [bytes(4), b"\x0a\x01\x02\x01"])
def test_a_dhcp_message_from_another_mac_is_a_relayed_one_without_an_address_or_none(port: int, relay: bytes) -> None:
    frame = Frame(OWN, "ff:ff:ff:ff:ff:ff", (), 0x0800, b"")
    packet = IpPacket("10.1.2.1", "255.255.255.255", port, 67, "udp", message(VICTIM, relay))
    found = dhcp._read(frame, packet)
    if port == 67 and any(relay):
        assert found is not None
        assert (found.mac, found.ip, found.relayed) == (VICTIM, None, True)
        assert Received("dhcp", found).source("eth0") == "dhcp relay eth0"
    else:
        assert found is None


def test_a_dhcp_message_of_the_mac_of_its_frame_has_its_address() -> None:
    frame = Frame(VICTIM, "ff:ff:ff:ff:ff:ff", (), 0x0800, b"")
    packet = IpPacket("10.1.2.3", "10.1.2.1", 68, 67, "udp", message(VICTIM))
    found = dhcp._read(frame, packet)
    assert found is not None
    assert (found.mac, found.ip, found.relayed) == (VICTIM, "10.1.2.3", False)
