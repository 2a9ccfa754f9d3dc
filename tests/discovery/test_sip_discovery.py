"""What the SIP discovery makes of answers."""

from __future__ import annotations

import pytest

from scanner.core.outcomes import Outcome
from scanner.discovery import sip as discovery
from scanner.discovery.conversation import Peer
from scanner.discovery.declaration import Exchange, Fit, HostState, UdpSweep
from scanner.discovery.options import USER_AGENT, Options
from scanner.wire import sip

COOKIE = 0x0123_4567_89AB_CDEF
SWEEP, TCP, TLS = discovery.declare(Options(sip_ports=(5060, 5070))).steps


def request() -> bytes:
    assert isinstance(SWEEP, UdpSweep)
    built = SWEEP.request("192.0.2.10", 5060, COOKIE, 0, "192.0.2.1:40000")
    assert built is not None
    return built


def respond(status: int, reason: str, *headers: tuple[str, str]) -> bytes:
    return sip.respond(sip.parse(request()), status, reason, headers)


def test_the_sweep_uses_udp_and_tcp_and_tls_follow_without_a_response() -> None:
    assert isinstance(SWEEP, UdpSweep)
    assert isinstance(TCP, Exchange)
    assert isinstance(TLS, Exchange)
    assert (SWEEP.ports, TCP.ports, TLS.ports) == ((5060, 5070), (5060, 5070), (5061,))
    assert (TCP.tls, TLS.tls) == (frozenset(), frozenset({5061}))
    for step in (TCP, TLS):
        assert step.fits(HostState()) is Fit.LATER
        assert step.fits(HostState(swept=True)) is Fit.NOW
        assert step.fits(HostState(swept=True, responded=True)) is Fit.NEVER


def test_the_via_names_the_transport_and_the_user_agent_names_the_scanner() -> None:
    assert isinstance(TCP, Exchange)
    assert isinstance(TLS, Exchange)
    peer = Peer("2001:db8::7", 5060, COOKIE, "[2001:db8::1]:4000")
    streams = [next(step.conversation(peer)).data for step in (TCP, TLS)]  # type: ignore[union-attr]
    for transport, data in zip(("UDP", "TCP", "TLS"), (request(), *streams), strict=True):
        message = sip.parse(data)
        assert (message.first("via") or "").startswith(f"SIP/2.0/{transport} ")
        assert message.first("user-agent") == USER_AGENT
        assert message.method == "OPTIONS"


@pytest.mark.parametrize("status", [200, 401, 404, 405, 481, 486, 500, 603])
def test_any_final_response_identifies_the_phone(status: int) -> None:
    data = respond(
        status,
        "Whatever",
        ("User-Agent", "Yealink SIP-T58A 58.15.0.20"),
        ("Server", "T58A"),
        ("Allow", "INVITE, ACK"),
        ("Allow", "BYE"),
        ("m", "<sip:100@192.0.2.10>"),
    )
    answer = discovery.response(data, COOKIE, "192.0.2.10")
    assert answer is not None
    assert answer.outcome is Outcome.ANSWERED
    assert answer.findings == (
        ("sip.user-agent", "Yealink SIP-T58A 58.15.0.20"),
        ("sip.server", "T58A"),
        ("sip.allow", "INVITE, ACK, BYE"),
        ("sip.contact", "<sip:100@192.0.2.10>"),
        ("sip.status", f"{status} Whatever"),
    )


def test_a_response_without_a_name_is_a_response() -> None:
    answer = discovery.response(respond(200, "OK"), COOKIE, "192.0.2.10")
    assert answer is not None
    assert answer.findings == (("sip.status", "200 OK"),)


def test_an_empty_provisional_response_does_not_end_the_wait() -> None:
    assert discovery.response(respond(100, "Trying"), COOKIE, "192.0.2.10") is None
    told = discovery.response(respond(100, "Trying", ("Server", "T58A")), COOKIE, "192.0.2.10")
    assert told is not None
    assert ("sip.server", "T58A") in told.findings


NO_ANSWERS = [
    ("a keep-alive", b"\r\n\r\n", None),
    ("a keep-alive of zeros", b"\x00\x00\x00\x00", None),
    ("an answer to somebody else", b"SIP/2.0 200 OK\r\nCall-ID: x\r\nUser-Agent: spoofed\r\n\r\n", None),
    ("a request of its own", b"NOTIFY sip:x SIP/2.0\r\nCall-ID: x\r\n\r\n", None),
    ("our own request", request(), Outcome.OTHER_PROTOCOL),
    ("another protocol", b"HTTP/1.1 400 Bad Request\r\n\r\n", Outcome.OTHER_PROTOCOL),
    ("rubbish", b"\x80\x01\xff" * 40, Outcome.MALFORMED),
]


@pytest.mark.parametrize(("data", "outcome"), [c[1:] for c in NO_ANSWERS], ids=[c[0] for c in NO_ANSWERS])
def test_a_datagram_that_matches_no_request_is_not_a_response(data: bytes, outcome: Outcome | None) -> None:
    answer = discovery.response(data, COOKIE, "192.0.2.10")
    assert (answer.outcome if answer else None) == outcome
    assert (answer.findings if answer else ()) == ()


def test_a_captured_request_of_a_phone_is_read_too() -> None:
    register = b"REGISTER sip:pbx SIP/2.0\r\nUser-Agent: PolycomVVX-VVX_411-UA/6.3.1.8427\r\nContact: <sip:1@2>\r\n\r\n"
    assert discovery.findings(sip.parse(register)) == (
        ("sip.user-agent", "PolycomVVX-VVX_411-UA/6.3.1.8427"),
        ("sip.contact", "<sip:1@2>"),
    )
