"""The farm of hostile hosts: its kinds are documented, and each serves without an effect on the other devices."""

from __future__ import annotations

import io
import socket
import struct
import time
from contextlib import suppress

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether
from scapy.utils import checksum

from scanner.core.errors import UsageError
from scanner.reading import Context, Problem, detect
from scanner.testing import HOSTILE_KINDS, Farm, HostileHost, SimulatedPhone, SipSurface, Surfaces, Truth, hostile_hosts
from scanner.testing.farm import wait_until
from scanner.testing.hostile import kind_named
from scanner.testing.hostile_kind import DatagramService, HostilePlace
from scanner.testing.hostile_link import LINK_KINDS, HostileLinkKind
from tests.loopback import own
from tests.reading.captures import pcap

PHONE = SimulatedPhone(
    ip=own("127.81.1.1"),
    mac="64:16:7f:00:00:01",
    truth=Truth(status="unidentified", compliance="review"),
    surfaces=Surfaces(sip=SipSurface(user_agent="x")),
)
CANARY = own("127.81.1.250")
NET = own("127.81.2.")
OPTIONS = (
    b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bK0123456789abcdef\r\nFrom: <sip:a>;tag=1\r\n"
    b"To: <sip:b>\r\nCall-ID: 0123456789abcdef@phonescan\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
)
SNMP = bytes.fromhex("302602010104067075626c6963a019020101020100020100300e300c06082b060102010101000500")
BULK = bytes.fromhex("302602010104067075626c6963a519020101020100020120300e300c06082b060102010101000500")


def hosts() -> list[HostileHost]:
    return hostile_hosts([f"{NET}{n}" for n in range(1, 250)], victim=PHONE, canary=CANARY)


def test_there_are_sixty_kinds_and_more_over_every_protocol_each_declared_in_words() -> None:
    assert len(HOSTILE_KINDS) >= 60
    assert len({kind.name for kind in HOSTILE_KINDS}) == len(HOSTILE_KINDS)
    assert {kind.protocol for kind in HOSTILE_KINDS} >= {"http", "tls", "tcp", "sip", "snmp", "mdns", "identity"}
    for kind in HOSTILE_KINDS:
        assert kind.does, kind.name
        assert kind.must_not, kind.name
        assert kind_named(kind.name) is kind


def test_a_kind_or_an_address_that_is_missing_is_an_error() -> None:
    with pytest.raises(UsageError, match="HOSTILE_KINDS"):
        kind_named("http-none")
    with pytest.raises(UsageError, match="fewer addresses"):
        hostile_hosts([f"{NET}1"], victim=PHONE, canary=CANARY)


@pytest.mark.network
def test_every_kind_serves_on_its_ports_and_the_phones_beside_it_respond() -> None:
    made = hosts()
    with Farm([PHONE], hostile=made) as farm:
        for host in made:
            for service in host.kind.services(host.place):
                if isinstance(service, DatagramService):
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                        for request in (OPTIONS, SNMP, BULK, b"\0\1" + b"\0" * 10):
                            sock.sendto(request, (host.ip, service.port))
                else:
                    with suppress(OSError), socket.create_connection((host.ip, service.port), timeout=30) as sock:
                        sock.settimeout(0.02)
                        sock.sendall(b"\x16\x03\x01" if service.context else b"GET / HTTP/1.1\r\n\r\n")
                        sock.recv(65_536)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(30)
            sock.sendto(OPTIONS, (PHONE.ip, 5060))
            assert sock.recv(4096).startswith(b"SIP/2.0 200")
        assert wait_until(lambda: all(farm.tallies[host.ip].packets for host in made))


@pytest.mark.network
def test_a_script_sends_pauses_and_resets() -> None:
    host = hostile_hosts([f"{NET}1"], victim=PHONE, canary=CANARY, kinds=[kind_named("http-reset-in-body")])
    with Farm([], hostile=host), socket.create_connection((f"{NET}1", 8080), timeout=30) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 200 OK")
        with pytest.raises(ConnectionResetError):
            sock.recv(4096)


@pytest.mark.network
def test_a_script_without_end_waits_for_its_reader() -> None:
    host = hostile_hosts([f"{NET}1"], victim=PHONE, canary=CANARY, kinds=[kind_named("http-endless-body")])
    with Farm([PHONE], hostile=host), socket.create_connection((f"{NET}1", 8080), timeout=30) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        read = 0
        while read < 3_000_000:
            read += len(sock.recv(65_536))
        time.sleep(0.05)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert read >= 3_000_000


@pytest.mark.network
def test_responses_are_sent_later_and_from_other_addresses() -> None:
    kinds = [kind_named("sip-forged-source"), kind_named("sip-late")]
    forged, late = hostile_hosts([f"{NET}1", f"{NET}2"], victim=PHONE, canary=CANARY, kinds=kinds)
    with Farm([], hostile=[forged, late]), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(30)
        sock.sendto(OPTIONS, (forged.ip, 5060))
        assert [sock.recvfrom(4096)[1][0] for _ in range(2)] == [PHONE.ip, CANARY]
        sent = time.monotonic()
        sock.sendto(OPTIONS, (late.ip, 5060))
        assert b"late-0" in sock.recv(4096)
        assert b"late-1" in sock.recv(4096)
        assert time.monotonic() - sent >= 0.5


@pytest.mark.network
def test_a_flood_of_responses_is_sent_in_turns_and_a_script_pauses() -> None:
    flood, slow = hostile_hosts(
        [f"{NET}1", f"{NET}2"],
        victim=PHONE,
        canary=CANARY,
        kinds=[kind_named("sip-reply-flood"), kind_named("tls-drip")],
    )
    with Farm([], hostile=[flood, slow]), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(30)
        sock.sendto(OPTIONS, (flood.ip, 5060))
        assert all(sock.recv(4096).startswith(b"SIP/2.0 200") for _ in range(200))
        with socket.create_connection((slow.ip, 8443), timeout=30) as stream:
            began = time.monotonic()
            stream.sendall(b"x")
            read = b""
            while len(read) < 5:
                read += stream.recv(4096)
        assert read.startswith(b"\x16\x03\x03")
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in LINK_KINDS])
def test_the_frames_of_a_link_are_those_of_their_protocol(kind: HostileLinkKind) -> None:
    """A forged frame that no reader understands would harm nobody."""
    place = HostilePlace("10.1.2.66", "10.1.2.3", "64:16:7f:00:00:01", "10.1.2.250")
    frames = list(kind.frames(place))
    for packet in (Ether(frame) for frame in frames[:50] if frame[12:14] == b"\x08\0"):
        assert checksum(bytes(packet[IP])[:20]) == 0
    if kind.protocol == "mdns":
        assert all(DNS(bytes(Ether(frame)["UDP"].payload)).qr == 1 for frame in frames)
    elif kind.name != "link-dhcp-victim":  # its mac is not that of its frame, so it is not read
        items = list(detect.read(io.BytesIO(pcap(frames)), Context("link", "2026-11-23T02:00:00Z"), "pcap"))
        fields = {item.field.partition(".")[0] for item in items if not isinstance(item, Problem)}
        assert kind.protocol in fields
