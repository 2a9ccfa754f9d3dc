"""Hostile TLS servers: handshakes without end, certificates without measure, TLS where none is expected."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cache

from scanner.core import saving
from scanner.testing import certificates
from scanner.testing.hostile_http import TLS, WEB
from scanner.testing.hostile_kind import Act, HostileKind, HostilePlace, Script, StreamService, responds
from scanner.testing.phones import CertificateNames

_MEMORY = "use memory in proportion to what it sends"
_TIME = "occupy the scan beyond the time limit of a host"
_TEXT = "reach a terminal, a page or a table unescaped"
_VICTIM = "change the row of the phone that it names"
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#: A handshake record header: TLS 1.2, 16,000 octets; a ServerHello that declares 2^24 - 1 octets.
_RECORD, _HELLO = b"\x16\x03\x03\x3e\x80", b"\x02\xff\xff\xff\x03\x03"


@cache
def _context(names: CertificateNames) -> ssl.SSLContext:
    return certificates.context(names)


@cache
def _chain(count: int) -> ssl.SSLContext:
    """A context that presents one certificate and `count` issuers of 2,000 octets each."""
    issuer = CertificateNames("CN=issuer," + "OU=" + "o" * 60, "CN=root", tuple(f"name{n}.example" for n in range(80)))
    pem = certificates.pem(CertificateNames("CN=chain", "CN=issuer"))
    extra = certificates.pem(issuer)
    one = extra[: extra.index(b"-----BEGIN PRIVATE")]
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key = pem.index(b"-----BEGIN PRIVATE")
    with saving.temporary(pem[:key] + one * count + pem[key:], ".pem") as path:
        made.load_cert_chain(path)
    return made


def _serves(context: Callable[[HostilePlace], ssl.SSLContext]) -> Callable[[HostilePlace], tuple[StreamService, ...]]:
    return lambda place: (StreamService(port=TLS, script=responds(_PAGE), context=lambda: context(place)),)


def _raw(script: Callable[[], Script]) -> Callable[[HostilePlace], tuple[StreamService, ...]]:
    return lambda place: (StreamService(port=TLS, script=script),)


def _half_handshake() -> Script:
    yield Act.READ
    yield _RECORD + _HELLO
    while (yield Act.READ):
        pass


def _endless_handshake() -> Script:
    yield Act.READ
    yield _RECORD + _HELLO + b"\0" * (16_000 - len(_HELLO))
    while True:
        yield _RECORD + b"\0" * 16_000


def _dripping_handshake() -> Script:
    yield Act.READ
    for octet in _RECORD + _HELLO + b"\0" * 4_000:
        yield bytes((octet,))
        yield 0.05


def _alerts() -> Script:
    yield Act.READ
    while True:
        yield b"\x15\x03\x03\0\x02\x01\x5a"  # warning: user_canceled


def _empty_records() -> Script:
    yield Act.READ
    while True:
        yield b"\x16\x03\x03\0\0" * 1_000


def _names(place: HostilePlace) -> ssl.SSLContext:
    return _context(CertificateNames("CN=many", "CN=many", tuple(f"host{n}.example" for n in range(4_000))))


def _text(place: HostilePlace) -> ssl.SSLContext:
    return _context(CertificateNames("CN=\\=cmd|calc!A1 \x1b[31m\u202e\\<script\\>,O=" + "o" * 60, "CN=\x07issuer"))


def _victims(place: HostilePlace) -> ssl.SSLContext:
    bare = place.victim_mac.replace(":", "").upper()
    return _context(
        CertificateNames(f"CN={bare},O=Polycom Inc.", "CN=Polycom Equipment Policy CA,O=Polycom", (place.victim,))
    )


def _kind(
    name: str, does: str, must_not: str, services: Callable[[HostilePlace], tuple[StreamService, ...]]
) -> HostileKind:
    return HostileKind(name=f"tls-{name}", protocol="tls", does=does, must_not=must_not, services=services)


KINDS: tuple[HostileKind, ...] = (
    _kind("chain", "presents a chain of 40 certificates", _MEMORY, _serves(lambda place: _chain(40))),
    _kind("long-chain", "presents a chain of 1,000 certificates", _MEMORY, _serves(lambda place: _chain(1_000))),
    _kind("names", "presents a certificate with 4,000 names", _MEMORY, _serves(_names)),
    _kind("text", "presents names with escapes, markup and formulas", _TEXT, _serves(_text)),
    _kind("victims-mac", "presents the certificate of a phone with the mac of another", _VICTIM, _serves(_victims)),
    _kind("half-handshake", "stops within the handshake", _TIME, _raw(_half_handshake)),
    _kind(
        "endless-handshake",
        "sends a handshake message of 16 MB and more without end",
        _MEMORY,
        _raw(_endless_handshake),
    ),
    _kind("drip", "sends one octet of the handshake every 50 ms", _TIME, _raw(_dripping_handshake)),
    _kind("alerts", "sends warnings without end", _TIME, _raw(_alerts)),
    _kind("empty-records", "sends empty records without end", _TIME, _raw(_empty_records)),
    _kind("plain", "sends plain text on the port of TLS", _TEXT, _raw(responds(b"never TLS \x1b[31m" * 500))),
    HostileKind(
        name="tls-on-plain",
        protocol="tls",
        does="presents TLS on the port of HTTP, with a redirect to itself inside",
        must_not=_TIME,
        services=lambda place: (
            StreamService(
                port=WEB,
                script=responds(f"HTTP/1.1 302 Found\r\nLocation: https://{place.ip}:{WEB}/\r\n\r\n".encode()),
                context=lambda: _context(CertificateNames("CN=plain", "CN=plain")),
            ),
        ),
    ),
)
