"""What hosts respond to the engine: HTTP, TLS and SIP over a connection, SNMP objects and walks, ARP, link requests."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import os
import socket
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

from scanner.core.address import eui64_mac
from scanner.core.budget import SenderBudgets
from scanner.core.errors import WireError
from scanner.core.spans import address_text
from scanner.core.text import identifying_mac
from scanner.discovery import registry
from scanner.discovery.conversation import Peer
from scanner.discovery.declaration import Exchange, MulticastRequest, Transport, steps
from scanner.discovery.options import Options
from scanner.discovery.switches.interpret import collect, interpret
from scanner.discovery.switches.mib import TABLES
from scanner.discovery.telephones import RANKS, Telephones
from scanner.engine.liveness import arp, icmp
from scanner.engine.protocols import host_connection, http_visit, mdns, snmp_get, tcp_request
from scanner.engine.protocols.dialogue import execute
from scanner.engine.snmp.walk import AgentLimits, TableRequest, TablesRead, WalkReply, WalkRequest, read_tables
from scanner.engine.workers.api import ConversationResult, HostContext
from scanner.wire import snmp
from tests.fuzz.material import BETWEEN, parts
from tests.fuzz.target import Target
from tests.fuzz.targets.captured import frames
from tests.wire import samples

ADDRESS = "10.1.2.3"
EXCHANGES = dict[str, Exchange]()
for _name, _step in steps(registry.all_discoveries(Options()).values(), Exchange):
    EXCHANGES[f"{_name}.{_step.transport}"] = _step
_CAPTURES = registry.captures()
TELEPHONES = Telephones(frozenset({"64:16:7f"}), frozenset({"polycom", "yealink"}), frozenset({"vvx411", "sipt58a"}))
_PAGE = (
    b"HTTP/1.1 200 OK\r\nServer: Polycom\r\nContent-Type: text/html\r\nContent-Length: 38\r\n\r\n"
    b"<html><title>Polycom VVX 411</title></h"
)
_ABSOLUTE = b"HTTP/1.1 301 Moved\r\nLocation: https://10.1.2.3:8443/a\r\nContent-Length: 0\r\n\r\n"
_REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /login.html?a=b\r\nContent-Length: 0\r\n\r\n"
_CHUNKED = (
    b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="VVX"\r\nTransfer-Encoding: chunked\r\n\r\n'
    b"5\r\nabcde\r\n0\r\n\r\n"
)
_COOKIES = (
    b"HTTP/1.0 200 OK\r\n" + b"".join(b"Set-Cookie: a%d=b; path=/\r\n" % number for number in range(20)) + b"\r\nx"
)
_GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"<title>VVX 411</title>")
_PTR = (
    bytes.fromhex("000084000000000100000000")
    + b"\x04_sip\x04_udp\x05local\0"
    + bytes.fromhex("000c0001000000780002c00c")
)
_ALERT = b"\x15\x03\x01\x00\x02\x02\x28"


def targets() -> Iterator[Target]:
    """One target for each exchange of a discovery, by its transport, one for each link request, and the tables."""
    for name, step in EXCHANGES.items():
        run, seeds, threads = _RUNS[step.transport]
        yield Target(f"engine.{name}", partial(run, step), seeds, (), 8192, threads=threads, seconds=0.5)
    for name, request in steps(registry.all_discoveries(Options()).values(), MulticastRequest):
        yield Target(
            f"engine.multicast.{name}",
            lambda data, one=request: one.response(data, 7, ADDRESS),
            lambda: (samples.SIP,),
            (),
        )
    yield Target("engine.snmp.walk", _walk, lambda: (BETWEEN.join(_rows()), samples.SNMP), (), 16_384, seconds=0.5)
    yield Target("engine.arp", _arp, lambda: (bytes.fromhex("ffffffffffff64167f1234560806") + samples.ARP,), (), 100)
    yield Target("engine.icmp", _icmp, lambda: (bytes([0x45, *bytes(19), *bytes(8)]) + (7).to_bytes(8),), (), 100)
    yield Target("engine.mdns", _metered, lambda: (_PTR,), (), 2048)
    yield Target("engine.captured", _captured, frames, (), 2048)


def _host(ports: tuple[int, ...]) -> HostContext:
    now = time.monotonic()
    return HostContext(
        ADDRESS, now + 0.5, lambda port, packets: time.monotonic() < now + 0.4, lambda port: 7, ports, timeout=0.05
    )


def _sound(result: ConversationResult) -> None:
    for found in result.found:
        for field, value in found.findings:
            assert isinstance(field, str)
            assert isinstance(value, str)
    assert "\n" not in result.note


@contextlib.contextmanager
def _responding(data: bytes) -> Iterator[Callable[..., socket.socket]]:
    """Connections of which each receives the next message of an input, and then the end of the stream."""
    waiting, opened = parts(data), list[socket.socket]()

    def connect(*_: Any, **__: Any) -> socket.socket:
        ours, theirs = socket.socketpair()
        opened.extend((ours, theirs))
        theirs.setblocking(False)
        with contextlib.suppress(OSError):
            theirs.send(waiting.pop(0) if waiting else b"")
        theirs.shutdown(socket.SHUT_WR)
        ours.settimeout(0.05)
        return ours

    try:
        yield connect
    finally:
        for one in opened:
            one.close()


@contextlib.contextmanager
def _connections(data: bytes) -> Iterator[None]:
    """The connections of the engine are those of `_responding`."""
    with _responding(data) as connect:

        class Connected(socket.socket):
            def connect(self, address: object) -> None:
                ours = connect()
                os.dup2(ours.fileno(), self.fileno())

            def getsockname(self) -> tuple[str, int]:
                return "10.0.0.1", 40000

        def opened(family: int, kind: int, deadline: float) -> Connected:
            return Connected(family, kind)

        with mock.patch.object(host_connection, "open_socket", opened):
            yield


def _http(step: Exchange, data: bytes) -> None:
    with _connections(data):
        _sound(http_visit.converse(step, _host(step.ports[:2])))


def _tcp(step: Exchange, data: bytes) -> None:
    with _connections(data):
        _sound(tcp_request.converse(step, _host(step.ports)))


class _Agent:
    """An agent that replies with the messages of an input, whatever their request id."""

    version = "v2c"

    def __init__(self, data: bytes) -> None:
        self.waiting = parts(data)

    def send(self, request: WalkRequest) -> WalkReply | None:
        with contextlib.suppress(WireError):
            message = snmp.decode(self.waiting.pop(0) if self.waiting else b"")
            return WalkReply(message.varbinds, message.error_status)
        return None

    def close(self) -> None: ...


def _snmp(step: Exchange, data: bytes) -> None:
    host = _host(step.ports)
    session = snmp_get._Session(_Agent(data), host, step.ports[0], step.requests)
    response = execute(step.conversation(Peer(ADDRESS, step.ports[0], 7, "", (), "")), session.perform, step.requests)
    for field, value in response.findings if response else ():
        assert isinstance(field, str)
        assert isinstance(value, str)


def _walk(data: bytes) -> None:
    """What a walk keeps is read as tables; it ends when the agent does not reply."""
    agent, reading, limits = _Agent(data), TablesRead(), AgentLimits()
    walk = read_tables(_tables(), reading, limits)
    with contextlib.suppress(StopIteration):
        request = next(walk)
        while True:
            request = walk.send(agent.send(request))
    for one in interpret(reading.rows, address=ADDRESS).sightings:
        assert one.mac or one.ip
    collect(reading.rows)


@cache
def _tables() -> list[TableRequest]:
    return [TableRequest(table.name, table.columns, table.gate) for table in TABLES]


@cache
def _rows() -> tuple[bytes, ...]:
    """The first rows of the first columns, in replies of two rows, then their end."""
    found = []
    for table in _tables():
        for oid in table.columns.values():
            rows = [(f"{oid}.0.{row}.1", b"\x64\x16\x7f\x12\x34\x56") for row in (7, 8)]
            found.append(snmp.encode(snmp.V2C, b"public", snmp.Pdu.RESPONSE, 1 << 24, [*rows, ("1.9.1", 1)]))
    return tuple(found[:10])


def _arp(data: bytes) -> None:
    found = arp.reply(data, bytes.fromhex("02000a000001"))
    assert found is None or 0 <= found[0] < 1 << 32


class _Datagrams:
    """A socket at which one datagram waits."""

    def __init__(self, data: bytes) -> None:
        self.waiting = [data]

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        if not self.waiting:
            raise BlockingIOError
        return self.waiting.pop()[:size], (ADDRESS, 0)


def _icmp(data: bytes) -> None:
    """An echo reply with its cookie, with and without the header of IP, of either version, is one of its sender."""
    for headed, reply in itertools.product((True, False), (0, 129)):
        found: list[str] = []
        one = icmp.EchoSocket.__new__(icmp.EchoSocket)
        one._headed, one._reply, one._socket = headed, reply, _Datagrams(data)  # type: ignore[assignment]
        one._cookies = lambda address, port: 7  # type: ignore[assignment]
        one.read(found.append)
        assert found in ([], [ADDRESS])
    mac = eui64_mac(address_text(6, int.from_bytes(data[:16])))
    assert mac is None or identifying_mac(mac)


def _captured(data: bytes) -> None:
    """A frame as `listen` reads it."""
    from scanner.discovery import listening
    from scanner.wire import ethernet

    TELEPHONES.signs(data)
    frame = ethernet.frame(data)
    received = listening.read_frame(_CAPTURES, frame) if frame is not None else None
    if received:
        assert 0 <= TELEPHONES.rank(received.announcement) < RANKS


def _metered(data: bytes) -> None:
    """A datagram of multicast DNS within the budget of its sender, read by the library."""
    from zeroconf._protocol.incoming import DNSIncoming

    inner = SimpleNamespace(datagram_received=lambda packet, address: DNSIncoming(packet).answers())
    mdns._Metered(inner, SenderBudgets(1 << 16, 1 << 15)).datagram_received(data, (ADDRESS, 5353))


_RUNS: dict[Transport, tuple[Callable[[Exchange, bytes], None], Callable[[], tuple[bytes, ...]], bool]] = {
    Transport.HTTP: (
        _http,
        lambda: (
            BETWEEN.join((_REDIRECT, _PAGE)),
            BETWEEN.join((_ABSOLUTE, _PAGE)),
            _CHUNKED,
            _COOKIES,
            _GZIP,
            _ALERT,
            _PAGE,
        ),
        True,
    ),
    Transport.TCP: (_tcp, lambda: (samples.SIP, BETWEEN.join((_ALERT, samples.SIP))), False),
    Transport.SNMP: (
        _snmp,
        lambda: (
            samples.SNMP,
            BETWEEN.join((samples.SNMP, samples.SNMP)),
        ),
        False,
    ),
}
