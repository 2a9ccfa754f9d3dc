"""The farm responds as its devices declare, counts what they receive, and releases its resources."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import ssl
import threading
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import closing

import pytest

from scanner.core.errors import EngineError
from scanner.testing import (
    CertificateNames,
    Farm,
    MdnsSurface,
    SimulatedPhone,
    SipSurface,
    SnmpSurface,
    Surfaces,
    Truth,
    WebPage,
    WebSurface,
    forbidden,
    octets,
)
from scanner.testing.farm import wait_until
from tests.loopback import own

pytestmark = pytest.mark.network
TRUTH = Truth(status="unidentified", compliance="review")
IP = own("127.29.1.1")


def device(ip: str = IP, **surfaces: object) -> SimulatedPhone:
    return SimulatedPhone(ip=ip, truth=TRUTH, surfaces=Surfaces(**surfaces))  # type: ignore[arg-type]


def options(method: str = "OPTIONS", *, rport: str = ";rport", more: str = "") -> bytes:
    return (
        f"{method} sip:{IP} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:9{rport};branch=z9hG4bKabc\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:a@127.0.0.1>;tag=f\r\nTo: <sip:{IP}>\r\nCall-ID: call@here\r\n"
        f"CSeq: 7 {method}\r\n{more}Content-Length: 0\r\n\r\n"
    ).encode()


@pytest.fixture
def client() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(30)
        yield sock


def ask(sock: socket.socket, message: bytes, port: int = 5060, ip: str = IP) -> str:
    sock.sendto(message, (ip, port))
    return sock.recv(4096).decode()


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        (
            SipSurface(user_agent="Yealink SIP-T58A 58.15.0.20"),
            ["SIP/2.0 200 OK", "User-Agent: Yealink SIP-T58A 58.15.0.20"],
        ),
        (
            SipSurface(server="Aastra 6731i/3.2.2.3077", status=404),
            ["SIP/2.0 404 Not Found", "Server: Aastra 6731i/3.2.2.3077"],
        ),
        (SipSurface(user_agent="x", status=401), ["SIP/2.0 401 Unauthorized", "WWW-Authenticate: Digest "]),
        (SipSurface(user_agent="x", compact=True), ["\r\nv: SIP/2.0/UDP", "\r\ni: call@here", "\r\nl: 0"]),
        (SipSurface(user_agent="one two three", folded=True), ["User-Agent: one\r\n two three"]),
        (SipSurface(user_agent="x", stray=True), ["Call-ID: stray-call@here", "branch=z9hG4bKstrayabc"]),
    ],
)
def test_a_phone_responds_to_options_as_declared(
    client: socket.socket, surface: SipSurface, expected: list[str]
) -> None:
    with Farm([device(sip=surface)]) as farm:
        reply = ask(client, options())
    for part in expected:
        assert part in reply
    assert farm.tallies[IP].asked == {("sip", "OPTIONS"): 1}
    assert not farm.tallies[IP].faults


def test_a_response_contains_the_headers_of_the_request(client: socket.socket) -> None:
    with Farm([device(sip=SipSurface(user_agent="x"))]):
        reply = ask(client, options())
    port = client.getsockname()[1]
    assert f";rport={port};branch=z9hG4bKabc;received=127.0.0.1\r\n" in reply
    assert "CSeq: 7 OPTIONS\r\n" in reply
    assert ";tag=f\r\n" in reply


def test_a_response_may_come_from_another_port(client: socket.socket) -> None:
    with Farm([device(sip=SipSurface(user_agent="x", other_port=5070))]):
        client.sendto(options(), (IP, 5060))
        _, sender = client.recvfrom(4096)
    assert sender == (IP, 5070)


def test_without_rport_the_response_is_sent_to_the_port_in_via(client: socket.socket) -> None:
    with Farm([device(sip=SipSurface(user_agent="x"))]) as farm:
        client.sendto(options(rport=""), (IP, 5060))
        assert wait_until(lambda: farm.tallies[IP].asked["sip", "OPTIONS"] == 1)
    client.setblocking(False)  # a farm that has ended has sent all its responses
    with pytest.raises(BlockingIOError):
        client.recv(4096)


@pytest.mark.parametrize("method", ["INVITE", "REGISTER"])
def test_a_forbidden_request_is_rejected_and_reported(client: socket.socket, method: str) -> None:
    with Farm([device(sip=SipSurface())]) as farm:
        assert ask(client, options(method)).startswith("SIP/2.0 405 ")
    assert forbidden(farm.tallies) == [f"{IP} was sent {method} over sip"]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (options().replace(b"Max-Forwards: 70\r\n", b""), "OPTIONS without max-forwards"),
        (options().replace(b"z9hG4bK", b""), "OPTIONS without a branch of RFC 3261"),
        (options().replace(b"CSeq: 7 OPTIONS", b"CSeq: 7 INVITE"), "OPTIONS with CSeq '7 INVITE'"),
        (options().replace(b";tag=f", b""), "OPTIONS without a From tag"),
    ],
)
def test_an_invalid_request_gets_a_400_and_is_reported(client: socket.socket, message: bytes, fault: str) -> None:
    with Farm([device(sip=SipSurface())]) as farm:
        assert ask(client, message).startswith("SIP/2.0 400 ")
    assert farm.tallies[IP].faults == [fault]


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_sip_over_a_stream_is_read_message_by_message(transport: str) -> None:
    surface = SipSurface(user_agent="x", udp=False, tcp=transport == "tcp", tls=transport == "tls")
    with (
        Farm([device(sip=surface)]) as farm,
        closing(connect(5061 if transport == "tls" else 5060, tls=transport == "tls")) as sock,
    ):
        message = options()
        for at in range(0, len(message), 100):
            sock.sendall(message[at : at + 100])
        assert sock.recv(4096).startswith(b"SIP/2.0 200 OK\r\n")
    assert farm.tallies[IP].asked == {("sip", "OPTIONS"): 1}


def connect(port: int, *, tls: bool = False, legacy: bool = False) -> socket.socket:
    sock = socket.create_connection((IP, port), timeout=30)
    if not tls:
        return sock
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if legacy:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
    return context.wrap_socket(sock)


def test_pages_certificates_and_old_tls_are_served() -> None:
    from cryptography import x509

    names = CertificateNames(
        "CN=805ec0112233,OU=yealink.com,O=Yealink Network Technology Co.\\,Ltd.",
        "CN=Yealink Equipment Issuing CA",
        ("phone.example",),
    )
    pages = {"/": WebPage("<title>SIP-T58A</title>"), "/servlet?p=login": WebPage("login")}
    modern = WebSurface(port=8444, pages=pages, certificate=names, server="yealink embed httpd")
    old = WebSurface(port=8443, pages=pages, certificate=names, legacy_tls=True)
    with Farm([device(web=(WebSurface(port=8080, pages=pages), modern, old))]) as farm:
        for port, tls, legacy in ((8080, False, False), (8444, True, False), (8443, True, True)):
            with closing(connect(port, tls=tls, legacy=legacy)) as sock:
                sock.sendall(b"GET /servlet?p=login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert sock.recv(4096).endswith(b"login")
                if tls:
                    assert isinstance(sock, ssl.SSLSocket)
                    shown = x509.load_der_x509_certificate(sock.getpeercert(binary_form=True) or b"")
                    assert shown.subject.rfc4514_string() == names.subject
                    assert shown.issuer.rfc4514_string() == names.issuer
                    assert (sock.version() == "TLSv1") == legacy
    tally = farm.tallies[IP]
    assert tally.asked == {("http", "GET"): 3}
    assert tally.most_open == 1


def test_a_second_concurrent_connection_is_reported() -> None:
    with Farm([device(web=(WebSurface(port=8080, pages={}),))]) as farm, closing(connect(8080)), closing(connect(8080)):
        assert wait_until(lambda: farm.tallies[IP].most_open == 2)
    assert forbidden(farm.tallies) == [f"{IP} had 2 connections open at once"]


def test_successive_connections_are_not_concurrent() -> None:
    with Farm([device(web=(WebSurface(port=8080, pages={"/": WebPage("x")}),))]) as farm:
        for _ in range(50):
            with closing(connect(8080)) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert sock.recv(4096)
    assert farm.tallies[IP].connections == 50
    assert forbidden(farm.tallies) == []


def test_a_connection_to_a_printer_port_is_reported() -> None:
    with Farm([device(traps=(9100,))]) as farm, closing(connect(9100)) as sock:
        sock.sendall(b"hello")
        assert wait_until(lambda: farm.tallies[IP].packets == 2)
    assert forbidden(farm.tallies) == [f"{IP} was touched on tcp 9100"]


def test_a_slow_page_is_sent_byte_by_byte_and_a_stuck_one_never_ends() -> None:
    slow = WebSurface(port=8080, pages={"/": WebPage("x")}, trickle=0.001)
    stuck = WebSurface(port=8081, pages={"/": WebPage("x" * 10)}, never_closes=True)
    with Farm([device(web=(slow, stuck))]):
        with urllib.request.urlopen(f"http://{IP}:8080/", timeout=30) as answer:
            assert answer.read() == b"x"
        with closing(connect(8081)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            sock.settimeout(0.3)
            got = b""
            with contextlib.suppress(TimeoutError):
                while chunk := sock.recv(4096):
                    got += chunk
                pytest.fail("the device closed")
            assert got.endswith(b"x" * 10)


def test_services_respond_to_unicast_mdns(client: socket.socket) -> None:
    import zeroconf

    service = MdnsSurface(
        service="_http._tcp.local",
        instance="Door. Station",
        host="door.local",
        target_port=80,
        txt=(("model", "IP Verso"),),
    )
    question = zeroconf.DNSOutgoing(0, multicast=False)
    question.add_question(zeroconf.DNSQuestion("_http._tcp.local.", 12, 1))
    with Farm([device(mdns=(service,))]):
        client.sendto(question.packets()[0], (IP, 5353))
        answer = zeroconf.DNSIncoming(client.recv(4096))
    records = {type(record).__name__: record for record in answer.answers()}
    assert set(records) == {"DNSPointer", "DNSService", "DNSText", "DNSAddress"}
    assert records["DNSText"].text == b"\x0emodel=IP Verso"
    assert records["DNSService"].server == "door.local."


def test_losses_follow_the_seed_and_responses_are_delayed(client: socket.socket) -> None:
    def received(seed: int) -> list[int]:
        with (
            closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender,
            Farm([device(sip=SipSurface())], loss=0.3, seed=seed) as farm,
        ):
            for number in range(20):
                sender.sendto(options().replace(b"call@here", b"call@%d." % number), (IP, 5060))
            assert wait_until(lambda: not select.select(farm._sockets, [], [], 0)[0])
            farm.stop()  # it has read all datagrams, and has sent what it sends
            ready = iter(lambda: bool(select.select([sender], [], [], 0)[0]), False)
            return [int(re.findall(rb"call@(\d+)", sender.recv(4096))[0]) for _ in ready]

    first = received(1)
    assert first == received(1)
    assert 1 < len(first) < 20
    with Farm([device(sip=SipSurface())], delay=0.2):
        before = time.monotonic()
        ask(client, options())
        assert time.monotonic() - before >= 0.2


def test_packets_in_a_window_are_counted_by_the_kernels_clock(client: socket.socket) -> None:
    with Farm([device(sip=SipSurface())]) as farm:
        took = 1.0
        while took > 0.05:  # a machine without a processor for the test sends again
            time.sleep(0.15)
            sent = farm.tallies[IP].packets
            began = time.monotonic()
            for _ in range(5):
                client.sendto(options(), (IP, 5060))
            took = time.monotonic() - began
            assert wait_until(lambda sent=sent: farm.tallies[IP].packets == sent + 5)
        time.sleep(0.15)
        client.sendto(options(), (IP, 5060))
        assert wait_until(lambda: farm.tallies[IP].packets == sent + 6)
    tally = farm.tallies[IP]
    assert tally.ports == {("udp", 5060): sent + 6}
    assert tally.most_in_100ms == 5
    assert tally.shortest_gap < 0.1


def test_a_farm_leaves_no_socket_thread_or_port_behind() -> None:
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    surfaces = Surfaces(
        sip=SipSurface(tcp=True, tls=True), snmp=SnmpSurface(rows=(octets("1.3.6.1.2.1.1.1.0", "x"),)),
        web=(WebSurface(port=8080, pages={}),),
    )  # fmt: skip
    phones = [SimulatedPhone(ip=own(f"127.29.2.{n}"), truth=TRUTH, surfaces=surfaces) for n in range(1, 151)]
    for _ in range(2):  # the second run binds the same ports again
        farm = Farm(phones)
        farm.start()
        with closing(socket.create_connection((own("127.29.2.1"), 8080), timeout=30)):
            assert wait_until(lambda farm=farm: farm.tallies[own("127.29.2.1")].connections == 1)
            farm.stop()
        farm.stop()
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


def test_a_port_in_use_or_a_foreign_address_is_an_error_of_one_sentence() -> None:
    with Farm([device(sip=SipSurface())]), pytest.raises(EngineError, match=f"{re.escape(IP)} port 5060 is taken"):
        Farm([device(sip=SipSurface())]).start()
    with pytest.raises(EngineError, match=r"192\.0\.2\.1 is not an address of this host"):
        Farm([device("192.0.2.1", sip=SipSurface())]).start()
