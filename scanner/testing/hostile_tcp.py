"""Hostile TCP: tarpits, hosts on which every port is open, and streams over which SIP is requested."""

from __future__ import annotations

from collections.abc import Callable

from scanner.testing.hostile_http import TLS, WEB
from scanner.testing.hostile_kind import (
    CERTIFIED_BANNER,
    Act,
    HostileKind,
    HostilePlace,
    Script,
    StreamService,
    responds,
)

_MEMORY = "use memory in proportion to what it sends"
_TIME = "occupy the scan beyond the time limit of a host"
_SIP, _SIP_TLS = 5060, 5061
#: Ports of a host that accepts every connection: those that a scan tries and any user may bind, and some it must not.
EVERY = (_SIP, _SIP_TLS, WEB, TLS, 9100, 9101, 9107, 2323, 3306, 5000, 5900, 8000, 8081, 8888, 9443, 10_000)


def _tarpit() -> Script:
    """Sends an octet every ten seconds, as endlessh does."""
    while True:
        yield b"x"
        yield 10.0


def _greeting() -> Script:
    while True:
        yield b"220 mail ready\r\n" * 100


def _no_reply() -> Script:
    while (yield Act.READ):
        pass


def _reset_at_once() -> Script:
    yield Act.RESET


def _closes() -> Script:
    yield from ()


def _endless_sip() -> Script:
    yield Act.READ
    yield b"SIP/2.0 200 OK\r\n"
    while True:
        yield b"X-A: " + b"b" * 8_000 + b"\r\n"


def _stranger_sip(place: HostilePlace) -> Callable[[], Script]:
    head = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKfeed\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\n"
    more = f"Call-ID: feed@phonescan\r\nCSeq: 1 OPTIONS\r\nUser-Agent: {CERTIFIED_BANNER}\r\nContent-Length: 0\r\n\r\n"
    return responds((head + more).encode())


def _long_sip(place: HostilePlace) -> Callable[[], Script]:
    return responds(b"SIP/2.0 200 OK\r\nContent-Length: 4294967296\r\n\r\n", b"z" * 4_000_000)


def _on(
    ports: tuple[int, ...], script: Callable[[HostilePlace], Callable[[], Script]]
) -> Callable[[HostilePlace], tuple[StreamService, ...]]:
    return lambda place: tuple(StreamService(port=port, script=script(place)) for port in ports)


def _kind(
    name: str,
    does: str,
    must_not: str,
    ports: tuple[int, ...],
    script: Callable[[HostilePlace], Callable[[], Script]],
) -> HostileKind:
    return HostileKind(name=f"tcp-{name}", protocol="tcp", does=does, must_not=must_not, services=_on(ports, script))


KINDS: tuple[HostileKind, ...] = (
    _kind("tarpit", "sends one octet every ten seconds on every port", _TIME, EVERY, lambda place: _tarpit),
    _kind("every-port", "accepts connections on every port and sends nothing", _TIME, EVERY, lambda place: _no_reply),
    _kind("greeting", "sends a greeting of another protocol without end", _MEMORY, EVERY, lambda place: _greeting),
    _kind("reset", "resets every connection", _TIME, EVERY, lambda place: _reset_at_once),
    _kind("closes", "closes every connection", _TIME, EVERY, lambda place: _closes),
    _kind("sip-endless", "sends a SIP response without end", _MEMORY, (_SIP, _SIP_TLS), lambda place: _endless_sip),
    _kind("sip-long-body", "sends a SIP response with a body of 4 GB", _MEMORY, (_SIP,), _long_sip),
    _kind("sip-stranger", "responds to requests of others", "become a certified phone", (_SIP,), _stranger_sip),
)
