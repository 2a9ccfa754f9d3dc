"""sipp, an independent SIP stack, as the phone: OPTIONS over UDP and TCP, with responses 200 and 404."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.core.outcomes import Outcome
from scanner.discovery import sip as discovery
from scanner.discovery.declaration import Exchange, UdpSweep
from scanner.discovery.options import USER_AGENT, Options
from scanner.engine.protocols import tcp_request
from tests.peers.daemons import LOCALHOST, bound, context, free_port, running, swept

pytestmark = [pytest.mark.network, pytest.mark.daemon("sipp")]

SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="a phone">
  <recv request="OPTIONS"/>
  <send><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]SIPpTag[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS
User-Agent: Polycom/5.9.0.9373 PolycomVVX-VVX_411-UA/5.9.0.9373
Content-Length: 0

  ]]></send>
</scenario>
"""


@contextlib.contextmanager
def sipp(folder: Path, status: str, transport: str) -> Iterator[tuple[int, Path]]:
    """sipp as a server with this final answer; its port and the file that it writes messages to."""
    port = free_port(socket.SOCK_DGRAM if transport == "u1" else socket.SOCK_STREAM)
    (folder / "phone.xml").write_text(SCENARIO.format(status=status), encoding="utf-8")
    messages = folder / "messages.log"
    words = ("sipp", "-sf", str(folder / "phone.xml"), "-i", LOCALHOST, "-p", str(port), "-t", transport,
             "-trace_msg", "-message_file", str(messages), "-nostdin", "-m", "50", "-cp", str(free_port()))  # fmt: skip
    kernel = Path("/proc/net/udp" if transport == "u1" else "/proc/net/tcp")
    with running(*words, log=folder / "sipp.log", ready=lambda: bound(port) in kernel.read_text()):
        yield port, messages


EXPECTED = {
    "sip.user-agent": "Polycom/5.9.0.9373 PolycomVVX-VVX_411-UA/5.9.0.9373",
    "sip.allow": "INVITE, ACK, CANCEL, BYE, OPTIONS",
}


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_a_response_over_udp_identifies_the_phone(tmp_path: Path, status: str) -> None:
    with sipp(tmp_path, status, "u1") as (port, messages):
        step = discovery.declare(Options(sip_ports=(port,))).steps[0]
        assert isinstance(step, UdpSweep)
        answer, datagrams = swept(step, port)
    assert answer is not None
    assert datagrams == 1
    found = dict(answer.findings)
    assert found.items() >= EXPECTED.items()
    assert found["sip.status"] == status
    received = messages.read_text(encoding="utf-8")
    assert f"User-Agent: {USER_AGENT}" in received
    assert "Max-Forwards: 70" in received


def test_a_response_over_tcp_identifies_the_phone(tmp_path: Path) -> None:
    with sipp(tmp_path, "200 OK", "t1") as (port, _):
        step = discovery.declare(Options(sip_ports=(port,))).steps[1]
        assert isinstance(step, Exchange)
        heard = tcp_request.converse(step, context(open_ports=(port,)))
    assert heard.outcome is Outcome.ANSWERED
    assert dict(heard.found[0].findings).items() >= EXPECTED.items()
