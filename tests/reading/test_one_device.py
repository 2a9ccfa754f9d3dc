"""Evidence of several protocols in a capture about one phone is one device, and of several phones several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from scanner.wire import lldp
from scanner.wire.tlv import Identifier
from tests.reading.captures import ethernet, octets, pcap
from tests.reading.frames_of_phones import SERVER, datagram, register
from tests.reading.inventories import inventoried

YEALINK, SECOND, CISCO, UNLISTED = "80:5e:c0:12:34:56", "80:5e:c0:65:43:21", "00:07:0e:12:34:56", "02:00:00:12:34:56"
T46S, T58A = "Yealink SIP-T46S 66.86.0.15", "Yealink SIP-T58A 58.86.0.20"
ONE, TWO = "10.1.2.3", "10.1.2.4"


def sip(address: str, mac: str, agent: str = T46S, ttl: int = 64) -> bytes:
    message = register(Via=f"SIP/2.0/UDP {address};branch=z9hG4bK1", User_Agent=agent)
    return datagram(message, address, mac=mac, ttl=ttl)


def dhcp(kind: str, mac: str, address: str = "0.0.0.0", relay: str | None = None, **options: Any) -> bytes:
    """A message of a client; from a relay where one is given."""
    own = [("message-type", kind), ("vendor_class_id", "yealink"), *options.items(), "end"]
    source, port = (relay, 67) if relay else ("0.0.0.0", 68)
    boot = BOOTP(chaddr=octets(mac), ciaddr=address, giaddr=relay or "0.0.0.0")
    frame = Ether(src=SERVER if relay else mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=source, dst="255.255.255.255")
    return bytes(frame / UDP(sport=port, dport=67) / boot / DHCP(options=own))


def ack(mac: str, address: str) -> bytes:
    boot = BOOTP(op=2, chaddr=octets(mac), yiaddr=address)
    frame = Ether(src=SERVER, dst=mac) / IP(src="10.1.2.1", dst=address) / UDP(sport=67, dport=68)
    return bytes(frame / boot / DHCP(options=[("message-type", "ack"), "end"]))


def announced(mac: str) -> bytes:
    pdu = lldp.encode(
        [("chassis-id", Identifier(4, octets(mac))), ("port-id", Identifier(3, octets(mac))), ("ttl", 120),
         ("system-description", "66.86.0.15"), ("capabilities", lldp.Capabilities(0x24, 0x24)), ("med-model", "T46S"),
         ("med-manufacturer", "Yealink")]
    )  # fmt: skip
    return ethernet(mac, lldp.ETHERTYPE, pdu)


#: What a capture contains → its frames, and (address, mac, model) of each device.
CAPTURES: dict[str, tuple[list[bytes], set[tuple[str | None, str | None, str | None]]]] = {
    "DHCP without an address, and SIP": (
        [dhcp("discover", YEALINK), sip(ONE, YEALINK)], {(ONE, YEALINK, "T46S")},
    ),
    "SIP, and DHCP after it": ([sip(ONE, YEALINK), dhcp("discover", YEALINK)], {(ONE, YEALINK, "T46S")}),
    "the same of a maker that is not listed": (
        [dhcp("discover", UNLISTED), sip(ONE, UNLISTED)], {(ONE, UNLISTED, "T46S")},
    ),
    "LLDP and SIP": ([announced(YEALINK), sip(ONE, YEALINK)], {(ONE, YEALINK, "T46S")}),
    "LLDP, DHCP and SIP of two phones": (
        [announced(YEALINK), dhcp("discover", YEALINK), sip(ONE, YEALINK), sip(TWO, SECOND, T58A),
         dhcp("discover", SECOND)],
        {(ONE, YEALINK, "T46S"), (TWO, SECOND, "T58A")},
    ),
    "an address confirmed by the server, and SIP behind a router": (
        [dhcp("request", YEALINK, relay="10.1.2.1", requested_addr=ONE), ack(YEALINK, ONE), sip(ONE, SERVER, ttl=63)],
        {(ONE, YEALINK, "T46S")},
    ),
    "a message that another host sends as a relay": (
        [sip(ONE, YEALINK), dhcp("request", YEALINK, relay="10.1.2.66", requested_addr=TWO, hostname="MSFT 5.0")],
        {(ONE, YEALINK, "T46S")},
    ),
    "the address of a phone in a message that another host sends as a relay": (
        [sip(ONE, YEALINK), dhcp("request", SECOND, address=ONE, relay="10.1.2.66")],
        {(ONE, YEALINK, "T46S"), (None, SECOND, None)},
    ),
    "two phones behind a router": (
        [sip(ONE, CISCO, ttl=63), sip(TWO, CISCO, T58A, ttl=63)], {(ONE, None, "T46S"), (TWO, None, "T58A")},
    ),
    "two phones of one model behind a router that does not decrement": (
        [sip(ONE, UNLISTED), sip(TWO, UNLISTED)], {(ONE, None, "T46S"), (TWO, None, "T46S")},
    ),
    "one phone behind a router of another listed maker": ([sip(ONE, CISCO)], {(ONE, None, "T46S")}),
}  # fmt: skip


@pytest.mark.parametrize("what", CAPTURES)
def test_evidence_of_one_phone_is_one_device(what: str, tmp_path: Path) -> None:
    frames, devices = CAPTURES[what]
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(frames))
    assert {(row["ip"], row["mac"], row["model"]) for row in inventoried(path, tmp_path)} == devices


def test_a_phone_that_was_given_another_address_is_one_device(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([sip(ONE, YEALINK), sip(TWO, YEALINK)], apart=7200))
    assert [(row["ip"], row["mac"]) for row in inventoried(path, tmp_path)] == [(TWO, YEALINK)]
