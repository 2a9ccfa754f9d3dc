"""SIP in a capture is evidence of its sender where it is the sender's own, and of no one elsewhere."""

from __future__ import annotations

import io
import struct

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from scanner.api import read
from scanner.reading import Problem
from tests.reading.captures import pcap
from tests.reading.frames_of_phones import AGENT, PHONE, SERVER, agents, datagram, ip, register, segment
from tests.reading.inventories import NOW

REGISTER = register()
QUOTED = IP(datagram(REGISTER)[14:])


def hep3(payload: bytes) -> bytes:
    """HEP version 3 (draft-hep3): chunks of vendor, type, length; the payload is type 15."""
    chunks = [(1, b"\x02"), (2, b"\x11"), (3, bytes([10, 1, 2, 3])), (4, bytes([10, 0, 0, 5])), (15, payload)]
    body = b"".join(struct.pack(">HHH", 0, kind, len(data) + 6) + data for kind, data in chunks)
    return b"HEP3" + struct.pack(">H", len(body) + 6) + body


#: SIP of another device, or quoted: what it is → the frames.
NOT_OF_THE_SENDER = {
    "syslog": [datagram(b"<133>[S=1] ---- Incoming SIP Message ----\r\n" + REGISTER, sport=514, dport=514)],
    "syslog on another port": [datagram(b"<133>1 - sbc - - - " + REGISTER, dport=5140)],
    "a copy without a header on the port of syslog": [datagram(REGISTER, dport=514)],
    "syslog over TCP": [segment(b"412 <133>1 - sbc - - - " + REGISTER, 1, dport=601)],
    "HEP version 3": [datagram(hep3(REGISTER), sport=9060, dport=9060)],
    "HEP version 3 on the port of SIP": [datagram(hep3(REGISTER))],
    "HEP version 3 over TCP": [segment(hep3(REGISTER), 1, dport=9060), segment(hep3(REGISTER), 400, dport=5060)],
    "HEP version 2": [datagram(bytes([2, 28, 2, 17]) + bytes(24) + REGISTER, dport=9060)],
    "a copy to a capture server": [datagram(REGISTER, source="10.0.0.6", dport=9060)],
    "a page": [segment(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + REGISTER, 1, sport=80, dport=4000)],
    "a page, of which a segment begins with SIP": [
        segment(b"HTTP/1.1 200 OK\r\n\r\n<pre>", 1, sport=80, dport=4000),
        segment(REGISTER, 25, sport=80, dport=4000),
    ],
    "a page on the port of SIP": [
        segment(b"", 0, sport=5060, dport=4000, flags="SA"),
        segment(b"HTTP/1.1 200 OK\r\n\r\n<pre>" + REGISTER, 1, sport=5060, dport=4000),
    ],
    "mail": [segment(b"DATA\r\n" + REGISTER, 1, dport=25)],
    "TFTP": [datagram(b"\0\x03\0\x01" + REGISTER, sport=3000, dport=3001)],
    "RTCP": [datagram(b"\x80\xcc\0\x40" + bytes(8) + REGISTER, dport=12001)],
    "sFlow": [datagram(bytes(28) + datagram(REGISTER), dport=6343)],
    "an ICMP error": [bytes(Ether(src=PHONE, dst=SERVER) / ip() / ICMP(type=3, code=3) / QUOTED)],
    "two Vias": [datagram(register(Via="SIP/2.0/UDP 10.1.2.3;branch=z9hG4bK2\nSIP/2.0/UDP 10.9.9.9;branch=z9hG4bK1"))],
    "two Vias in one list": [
        datagram(register(Via="SIP/2.0/UDP 10.1.2.3;branch=z9hG4bK2, SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK1"))
    ],
    "two Vias in one folded list": [
        datagram(register(Via="SIP/2.0/UDP 10.1.2.3;branch=z9hG4bK2,\r\n SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK1"))
    ],
    "two compact Vias": [datagram(register(Via=None, v="SIP/2.0/UDP 10.1.2.3\nSIP / 2.0 / UDP 10.9.9.9"))],
    "no Via": [datagram(register(Via=None))],
    "a Via with the address of receipt": [datagram(register(Via="SIP/2.0/UDP 10.1.2.3;received=10.9.9.9"))],
    "a Via with the port of receipt": [datagram(register(Via="SIP/2.0/UDP 10.1.2.3;rport=5062;branch=z9hG4bK1"))],
    "Record-Route": [datagram(register(Record_Route="<sip:10.1.2.3;lr>"))],
    "Path": [datagram(register(Path="<sip:10.1.2.3;lr>"))],
    "behind an address, with a hop taken": [
        datagram(register(Via="SIP/2.0/UDP 192.168.7.7;branch=z9hG4bK1", Max_Forwards="69"))
    ],
    "of several hosts behind one address": [
        datagram(register(Via=f"SIP/2.0/UDP 192.168.7.{n};branch=z9hG4bK{n}", User_Agent=f"{AGENT}{n}")) for n in (7, 8)
    ],
    "0.0.0.0": [datagram(REGISTER, source="0.0.0.0")],
    "a multicast source": [datagram(REGISTER, source="239.1.2.3")],
    "a broadcast source": [datagram(REGISTER, source="255.255.255.255")],
    "loopback": [datagram(REGISTER, source="127.0.0.1")],
    "an unspecified IPv6 source": [
        bytes(Ether(src=PHONE, dst=SERVER) / IPv6(src="::", dst="2001:db8::5") / UDP(sport=5060, dport=5060) / REGISTER)
    ],
    "a response": [datagram(register("SIP/2.0 200 OK"))],
    "a response that quotes a request": [datagram(register("SIP/2.0 481 x", body=REGISTER.decode()))],
    "a request without a User-Agent": [datagram(register(User_Agent=None))],
    "the body of a NOTIFY": [
        datagram(register("NOTIFY sip:7@10.1.2.9 SIP/2.0", body=REGISTER.decode(), User_Agent=None))
    ],
    "the body of a NOTIFY over TCP": [
        segment(register("NOTIFY sip:7@10.1.2.9 SIP/2.0", User_Agent=None, Content_Length=str(len(REGISTER))), 1),
        segment(REGISTER, 1 + len(register("NOTIFY sip:7@10.1.2.9 SIP/2.0", User_Agent=None, Content_Length="400"))),
    ],
    "RTSP": [datagram(b"OPTIONS rtsp://10.1.2.3/ RTSP/1.0\r\nUser-Agent: x\r\n\r\n", dport=554)],
}  # fmt: skip


@pytest.mark.parametrize("what", NOT_OF_THE_SENDER)
def test_sip_of_another_device_is_not_evidence_of_its_sender(what: str) -> None:
    assert agents(NOT_OF_THE_SENDER[what]) == []


OF_THE_SENDER = {
    "the port of SIP": [datagram(REGISTER)],
    "other ports": [datagram(REGISTER, sport=35_000, dport=6050)],
    "TCP": [segment(REGISTER, 1)],
    "TCP on other ports": [segment(REGISTER, 1, dport=6050)],
    "after keep-alives": [datagram(b"\r\n\r\n\0\0" + REGISTER)],
    "after two stray octets": [datagram(b"DB" + REGISTER)],
    "a lower Max-Forwards": [datagram(register(Max_Forwards="20"))],
    "69 hops left": [datagram(register(Max_Forwards="69"))],
    "a comma in a quoted parameter of its Via": [datagram(register(Via='SIP/2.0/UDP 10.1.2.3;x="a,b"'))],
    "a host name in its Via": [datagram(register(Via="SIP/2.0/UDP phone7.example.org;branch=z9hG4bK1"))],
    "a placeholder in its Via": [datagram(register(Via="SIP/2.0/UDP 0.0.0.0:5060;branch=z9hG4bK1"))],
    "the address of its destination in its Via": [
        datagram(register(Via="SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK1")),
        datagram(register("SIP/2.0 200 OK"), source="10.0.0.5", mac=SERVER),
    ],
    "blanks in its Via": [datagram(register(Via="SIP / 2.0 / UDP  10.1.2.3 : 5060 ; branch=z9hG4bK1"))],
    "a request to subscribe to multicast": [datagram(register("SUBSCRIBE sip:x@224.0.1.75 SIP/2.0"))],
    "without the empty line": [datagram(REGISTER.removesuffix(b"\r\n"))],
    "beside the response": [datagram(REGISTER), datagram(register("SIP/2.0 200 OK"), source="10.0.0.5", mac=SERVER)],
}  # fmt: skip


@pytest.mark.parametrize("what", OF_THE_SENDER)
def test_sip_of_the_sender_is_evidence_of_its_address(what: str) -> None:
    assert agents(OF_THE_SENDER[what]) == [("10.1.2.3", PHONE, AGENT)]


BEHIND = register(Via="SIP/2.0/UDP 192.168.7.7:5060;branch=z9hG4bK1")


def test_a_request_of_a_host_behind_nat_is_attributed_to_the_address_alone() -> None:
    assert agents([datagram(BEHIND, source="203.0.113.9")]) == [("203.0.113.9", None, AGENT)]


def test_a_copy_of_a_request_in_the_same_capture_is_not_attributed_to_the_copying_host() -> None:
    original, copy = datagram(REGISTER), datagram(REGISTER, source="10.0.0.6", dport=6000, mac=SERVER)
    assert agents([original, copy]) == agents([copy, original]) == [("10.1.2.3", PHONE, AGENT)]


def test_the_line_at_which_a_capture_truncates_a_message_is_not_read() -> None:
    whole = datagram(REGISTER)
    at = whole.index(AGENT.encode())
    assert agents([whole[: at + len(AGENT) - 3]]) == []
    assert agents([whole[: at + len(AGENT) + 2]]) == [("10.1.2.3", PHONE, AGENT)]


def test_ports_of_tcp_and_udp_are_not_confused() -> None:
    frame = Ether(src=PHONE, dst=SERVER) / ip() / TCP(sport=4789, dport=4789, seq=1, flags="PA") / REGISTER
    assert agents([bytes(frame)]) == [("10.1.2.3", PHONE, AGENT)]


def test_a_flood_of_senders_is_bounded_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.reading.address_facts.FACTS", 50)
    frames = [datagram(register(Via="SIP/2.0/UDP phone;branch=1"), f"10.1.{n}.7") for n in range(60)]
    items = list(read(io.BytesIO(pcap(frames)), now=NOW))
    assert len(items) == 51
    assert items[-1] == Problem(0, "10 SIP requests were not recorded: too many senders")
