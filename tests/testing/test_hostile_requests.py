"""No input stops a simulated device: the functions that build responses raise no exception."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.testing import (
    Farm,
    MdnsSurface,
    SipSurface,
    WebPage,
    WebSurface,
    catalogue,
    mdns_responses,
    sip_responses,
    web_responses,
)
from scanner.testing.farm import wait_until
from scanner.testing.ports import UNPRIVILEGED, unprivileged
from tests.loopback import own

OPTIONS = (
    b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h:99999;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\n"
    b"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
)
GET = b"GET /x?y HTTP/1.1\r\nHost: x\r\n\r\n"
QUERY = b"\0\1\0\0\0\1\0\0\0\0\0\0\5_http\4_tcp\5local\0\0\x0c\0\1"
SERVICE = MdnsSurface(service="_http._tcp.local", instance="x", host="x.local", target_port=80)


def spoiled(sound: bytes) -> st.SearchStrategy[bytes]:
    """A sound message, cut anywhere, with junk after, or junk alone."""
    cut = st.integers(0, len(sound)).map(lambda n: sound[:n])
    return st.one_of(st.binary(max_size=200), st.tuples(cut, st.binary(max_size=40)).map(b"".join))


@given(spoiled(OPTIONS), st.sampled_from(["udp", "tcp"]), st.booleans())
def test_no_sip_message_causes_an_exception(message: bytes, transport: str, compact: bool) -> None:
    surface = SipSurface(user_agent="x", compact=compact, folded=not compact)
    assert sip_responses.whole(message) <= len(message)
    sip_responses.respond(message, surface, "127.0.0.1", ("127.0.0.1", 5060), transport)


@given(spoiled(GET))
def test_no_http_request_causes_an_exception(message: bytes) -> None:
    reply = web_responses.respond(message, WebSurface(port=80, pages={"/x": WebPage("y")})).reply
    assert reply.startswith(b"HTTP/1.1 ")


@given(spoiled(QUERY))
def test_no_mdns_query_causes_an_exception(message: bytes) -> None:
    response = mdns_responses.respond(message, "127.0.0.1", (SERVICE,))
    assert (message[:2] if response is None else response[:2]) == message[:2]


@pytest.mark.network
def test_the_farm_responds_after_random_data_on_every_port() -> None:
    phones = unprivileged(catalogue(own("127.29.20.0/24")))
    phone = next(phone for phone in phones if phone.surfaces.snmp and phone.surfaces.sip and phone.surfaces.web)
    with Farm([phone]) as farm, closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        for port in (UNPRIVILEGED[161], 5060):
            for junk in (b"", b"\xff" * 300, OPTIONS, OPTIONS[:60], b"0\x0b\2\1\1\4\6public"):
                sock.sendto(junk, (phone.ip, port))
        for surface in phone.surfaces.web:
            with closing(socket.create_connection((phone.ip, surface.port), timeout=30)) as stream:
                stream.sendall(b"\x16\x03\xff junk\r\n\r\n")
        sock.settimeout(30)
        sock.sendto(OPTIONS.replace(b";branch", b";rport;branch"), (phone.ip, 5060))
        assert sock.recv(4096).startswith(b"SIP/2.0 200 ")
        assert wait_until(lambda: farm.tallies[phone.ip].connections == len(phone.surfaces.web))
