"""A fragile phone reboots at what it does not bear, once, and at nothing that a scan may send."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from scanner.testing import (
    Farm,
    Fragility,
    HostTally,
    SimulatedPhone,
    SipSurface,
    SnmpSurface,
    Surfaces,
    Truth,
    WebPage,
    WebSurface,
    fragile_phone,
    octets,
)
from scanner.testing.farm import wait_until
from scanner.testing.fragile import DECOYS, PATHS, Nerves
from tests.loopback import own

pytestmark = pytest.mark.network
IP = own("127.80.1.1")
WEB, SIP, AGENT = 8080, 5060, 1161
VIA = "Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKa\r\n"


def phone(**bears: object) -> SimulatedPhone:
    plain = SimulatedPhone(
        ip=IP,
        truth=Truth(status="unidentified", compliance="review"),
        surfaces=Surfaces(
            sip=SipSurface(user_agent="x", tcp=True),
            web=(WebSurface(port=WEB, pages={"/": WebPage("x"), "/own": WebPage("y")}),),
            snmp=SnmpSurface(rows=(octets("1.3.6.1.2.1.1.1.0", "x"),), port=AGENT),
        ),
    )
    return fragile_phone(plain, Fragility(**bears))  # type: ignore[arg-type]


def sip(method: str = "OPTIONS", more: str = "", via: str = VIA) -> bytes:
    return (
        f"{method} sip:{IP} SIP/2.0\r\n{via}Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c>\r\n"
        f"Call-ID: 1@x\r\nCSeq: 1 {method}\r\n{more}Content-Length: 0\r\n\r\n"
    ).encode()


def send(*messages: bytes, port: int = SIP) -> None:
    """Send datagrams, and do not wait for responses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for one in messages:
            sock.sendto(one, (IP, port))


def datagram(data: bytes, port: int = SIP, *, seconds: float = 20.0) -> bytes:
    """The response to a datagram, b"" without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(seconds)
        sock.sendto(data, (IP, port))
        try:
            return sock.recv(4096)
        except TimeoutError:
            return b""


def unanswered(data: bytes) -> bool:
    """Whether a datagram has no response for a moment."""
    return datagram(data, seconds=0.3) == b""


def page(head: str) -> bytes:
    """The response to a request over HTTP, b"" when the connection is closed without one."""
    with socket.create_connection((IP, WEB), timeout=20) as sock:
        sock.sendall(f"{head}\r\nHost: {IP}\r\n\r\n".encode())
        try:
            return sock.recv(4096)
        except ConnectionError:
            return b""


def connections(held: ExitStack) -> None:
    """Two connections, as long as the context is open."""
    for port in (WEB, SIP):
        held.enter_context(socket.create_connection((IP, port), timeout=20))


def snmp(community: bytes, pdu: int = 0xA0) -> bytes:
    body = bytes.fromhex("020101020100020100300e300c06082b060102010101000500")
    inner = b"\x02\x01\x01\x04" + bytes((len(community),)) + community + bytes((pdu, len(body))) + body
    return b"\x30" + bytes((len(inner),)) + inner


#: What reboots a phone: the reason's beginning, and what is sent; connections that it opens are open until the end.
UNBORNE: dict[str, Callable[[ExitStack], object]] = {
    "2 connections at once": connections,
    "a burst of more than 10": lambda _: send(*[sip()] * 19),
    "a datagram of": lambda _: send(sip(more=f"X-A: {'b' * 1_000}\r\n")),
    "INVITE over SIP": lambda _: send(sip("INVITE")),
    "REGISTER over SIP": lambda _: send(sip("REGISTER")),
    "a request with credentials": lambda _: send(sip(more="Authorization: Digest username=a\r\n")),
    "a malformed request": lambda _: send(sip(via="")),
    "POST over HTTP": lambda _: page("POST / HTTP/1.1"),
    "a request for /admin": lambda _: page("GET /admin HTTP/1.1"),
    "an SNMP SET": lambda _: send(snmp(b"public", 0xA3), port=AGENT),
    "a third community": lambda _: send(*map(snmp, (b"public", b"private", b"admin")), port=AGENT),
    "packets to": lambda _: [socket.create_connection((IP, port)).close() for port in DECOYS],
}


@pytest.mark.parametrize("why", UNBORNE)
def test_a_fragile_phone_reboots_and_sends_nothing_meanwhile(why: str) -> None:
    with Farm([phone(rest=600.0)]) as farm, ExitStack() as held:
        assert datagram(sip())
        UNBORNE[why](held)
        tally = farm.tallies[IP]
        assert wait_until(lambda: bool(tally.reboots))
        assert tally.reboots[0].startswith(why)
        assert unanswered(sip())
        assert len(tally.reboots) == 1


def test_datagrams_that_a_busy_farm_reads_at_once_are_no_burst() -> None:
    tally = HostTally()
    nerves = Nerves(phone(), tally, lambda: 100.0)
    assert all(nerves.packet(100, datagram=True, arrived=97.0 + number / 5) for number in range(16))
    assert tally.reboots == []


@pytest.mark.parametrize(("apart", "reason"), [(0.04, "21 packets in a second"), (0.06, None), (0.005, "a burst")])
def test_a_rate_and_a_burst_are_counted_over_their_time(apart: float, reason: str | None) -> None:
    clock, tally = [100.0], HostTally()
    nerves = Nerves(phone(), tally, lambda: clock[0])
    for _ in range(30):
        up = nerves.packet(100)
        clock[0] += apart
    assert up == (reason is None)
    assert [why.startswith(reason or "") for why in tally.reboots] == ([True] if reason else [])


def test_a_phone_that_bears_anything_does_not_reboot() -> None:
    bears = dict.fromkeys(("connections", "packets_per_second", "in_100ms", "datagram", "ports"))
    with Farm([phone(**bears, malformed=False, methods=False, login=False, paths=False)]) as farm:
        for sends in UNBORNE.values():
            with ExitStack() as held:
                sends(held)
        assert datagram(sip())
        assert farm.tallies[IP].reboots == []


def test_a_phone_responds_again_after_its_reboot() -> None:
    with Farm([phone(rest=0.3)]) as farm:
        assert unanswered(sip("INVITE"))
        assert wait_until(lambda: not unanswered(sip()))
        assert farm.tallies[IP].reboots == ["INVITE over SIP"]


def test_what_a_scan_may_send_reboots_no_phone() -> None:
    with Farm([phone()]) as farm:
        for request in ("GET / HTTP/1.1", "GET /own HTTP/1.1", *(f"GET {path} HTTP/1.1" for path in sorted(PATHS)[:3])):
            assert page(request).startswith(b"HTTP/1.1")
            time.sleep(0.1)
        assert datagram(snmp(b"public"), AGENT)
        assert datagram(sip())
        assert farm.tallies[IP].reboots == []


def test_the_paths_that_a_phone_bears_are_those_that_are_documented() -> None:
    sent = (Path(__file__).resolve().parents[2] / "docs/what-we-send.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(/[^` ]*)`", sent[sent.index("## HTTP") : sent.index("## mDNS")]))
    assert documented == PATHS
