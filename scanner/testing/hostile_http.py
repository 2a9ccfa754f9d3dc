"""Hostile web servers: floods of headers, bodies without end, redirects elsewhere, malformed responses."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache

from scanner.testing.hostile_kind import Act, HostileKind, HostilePlace, Script, StreamService, responds

#: Ports that any user may bind and that a scan tries: HTTP, and HTTPS.
WEB, TLS = 8080, 8443
#: What a terminal, a page, a table and a spreadsheet would run.
ACTIVE = "=cmd|'/c calc'!A1 \x1b[31m\x1b]0;title\x07 \u202egnp.exe <script>alert(1)</script> {{7*7}} `id` \x01\x85"
OK = b"HTTP/1.1 200 OK\r\n"
_LONG = b"x" * 65_000
_MEMORY = "use memory in proportion to what it sends"
_TIME = "occupy the scan beyond the time limit of a host"
_ELSEWHERE = "lead the scan to another host, port or protocol"
_TEXT = "reach a terminal, a page or a table unescaped"


def _both(
    script: Callable[[HostilePlace], Callable[[], Script]],
) -> Callable[[HostilePlace], tuple[StreamService, ...]]:
    """The same script on the port of HTTP and, without TLS, on that of HTTPS."""
    return lambda place: (
        StreamService(port=WEB, script=script(place)),
        StreamService(port=TLS, script=script(place)),
    )


def _response(head: bytes, body: bytes = b"", status: bytes = OK) -> Callable[[HostilePlace], Callable[[], Script]]:
    return lambda place: responds(status + head + b"\r\n" + body)


def _endless(start: bytes, more: bytes, pause: float = 0.0) -> Callable[[HostilePlace], Callable[[], Script]]:
    def script() -> Script:
        yield Act.READ
        yield start
        while True:
            yield more
            if pause:
                yield pause

    return lambda place: script


def _no_reply() -> Script:
    while (yield Act.READ):
        pass


def _leads(where: str) -> Callable[[HostilePlace], Callable[[], Script]]:
    def located(place: HostilePlace) -> Callable[[], Script]:
        target = where.format(ip=place.ip, victim=place.victim, canary=place.canary, port=WEB)
        head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
        return responds(head.encode("utf-8", "surrogateescape"))

    return located


@cache
def _bomb() -> bytes:
    return gzip.compress(b"\0" * 50_000_000, 6)


def _zipped(place: HostilePlace) -> Callable[[], Script]:
    return responds(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_bomb()) + _bomb())


def _reset_in_body() -> Script:
    yield Act.READ
    yield OK + b"Content-Length: 4000\r\n\r\n<title>Polycom - VVX 411 Configuration Utility</title>"
    yield 0.05
    yield Act.RESET


def _one_octet() -> Script:
    yield Act.READ
    yield b"H"
    yield from _no_reply()


def _reset() -> Script:
    yield Act.READ
    yield Act.RESET


def _digest(place: HostilePlace) -> Callable[[], Script]:
    head = b"".join(b'WWW-Authenticate: Digest realm="r%d", nonce="%d", stale=true\r\n' % (n, n) for n in range(60))
    return responds(b"HTTP/1.1 401 Unauthorized\r\n" + head + b"Content-Length: 0\r\n\r\n")


def _active(place: HostilePlace) -> Callable[[], Script]:
    text = ACTIVE.encode()
    realm = b'WWW-Authenticate: Basic realm="' + text.replace(b'"', b"") + b'"\r\n'
    page = b"<title>" + text + b"</title><body>Polycom " + text + b"</body>"
    return responds(OK + b"Server: " + text + b"\r\n" + realm + b"Content-Length: %d\r\n\r\n" % len(page) + page)


def _victims_mac(place: HostilePlace) -> Callable[[], Script]:
    mac = place.victim_mac.encode()
    page = (
        b"<title>Polycom - VVX 411 Configuration Utility</title>MAC Address: " + mac + b" IP: " + place.victim.encode()
    )
    return responds(OK + b"Server: Polycom VVX Telephone HTTPd " + mac + b"\r\n\r\n" + page)


def _kind(name: str, does: str, must_not: str, script: Callable[[HostilePlace], Callable[[], Script]]) -> HostileKind:
    return HostileKind(name=f"http-{name}", protocol="http", does=does, must_not=must_not, services=_both(script))


def _headers(name: bytes, value: bytes, status: bytes = OK) -> Callable[[HostilePlace], Callable[[], Script]]:
    line = name + b": " + value + b"\r\n"

    def script() -> Script:
        yield Act.READ
        yield status
        for _ in range(98):
            yield line
        yield b"\r\n"

    return lambda place: script


KINDS: tuple[HostileKind, ...] = (
    _kind("header-flood", "sends 98 headers of 65,000 octets", _MEMORY, _headers(b"X-Flood", _LONG)),
    _kind("cookie-flood", "sends 98 cookies of 65,000 octets", _MEMORY, _headers(b"Set-Cookie", b"a=" + _LONG)),
    _kind(
        "realm-flood",
        "sends 98 realms of 65,000 octets",
        _MEMORY,
        _headers(b"WWW-Authenticate", b'Basic realm="' + _LONG[:64_900] + b'"', b"HTTP/1.1 401 No\r\n"),
    ),
    _kind("server-flood", "sends 98 Server headers of 65,000 octets", _MEMORY, _headers(b"Server", _LONG)),
    _kind("endless-headers", "sends headers without end", _MEMORY, _endless(OK, b"X-A: " + b"b" * 1_000 + b"\r\n")),
    _kind("endless-header", "sends one header without end", _MEMORY, _endless(OK + b"X-A: ", _LONG)),
    _kind(
        "folded-header",
        "sends continuation lines without end",
        _MEMORY,
        _endless(OK + b"X-A: b\r\n", b" c" * 500 + b"\r\n"),
    ),
    _kind("endless-status", "sends a status line without end", _MEMORY, _endless(b"HTTP/1.1 200 ", _LONG)),
    _kind(
        "endless-body", "sends a body without end", _MEMORY, _endless(OK + b"\r\n<title>page</title>", b"z" * 65_536)
    ),
    _kind("endless-1xx", "sends 100 Continue without end", _TIME, _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    _kind(
        "chunk-size",
        "declares a chunk of 2^64 octets and sends without end",
        _MEMORY,
        _endless(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 16 + b"\r\n", b"q" * 65_536),
    ),
    _kind(
        "chunk-flood",
        "sends chunks of one octet with extensions of 8,000",
        _MEMORY,
        _endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 8_000 + b"\r\na\r\n"),
    ),
    _kind("gzip-bomb", "sends 50,000,000 octets compressed to 50,000", _MEMORY, _zipped),
    _kind("redirect-loop", "redirects to itself", _TIME, _leads("/")),
    _kind("redirect-host", "redirects to another host", _ELSEWHERE, _leads("http://{canary}:{port}/x")),
    _kind("redirect-victim", "redirects to a phone", _ELSEWHERE, _leads("http://{victim}:{port}/factory-reset")),
    _kind(
        "redirect-userinfo",
        "redirects to another host behind its own name",
        _ELSEWHERE,
        _leads("http://{ip}@{canary}:{port}/"),
    ),
    _kind("redirect-scheme-relative", "redirects by //host", _ELSEWHERE, _leads("//{canary}:{port}/")),
    _kind(
        "redirect-mapped", "redirects to an IPv4-mapped address", _ELSEWHERE, _leads("http://[::ffff:{canary}]:{port}/")
    ),
    _kind("redirect-printer", "redirects to the port of a printer", _ELSEWHERE, _leads("http://{ip}:9100/")),
    _kind("redirect-loopback", "redirects to the scanner itself", _ELSEWHERE, _leads("http://127.0.0.1:22/")),
    _kind("redirect-file", "redirects to a file", _ELSEWHERE, _leads("file:///etc/passwd")),
    _kind(
        "redirect-action", "redirects to a page that resets a phone", _ELSEWHERE, _leads("/cgi-bin/reboot?factory=1")
    ),
    _kind("redirect-garbage", "redirects to octets without a URL", _ELSEWHERE, _leads("\x00\udcff http://[::1")),
    _kind("drip", "sends one octet every 50 ms", _TIME, _endless(OK + b"Server: s", b"s", 0.05)),
    _kind(
        "garbage-status",
        "sends a status of 30 digits",
        _TEXT,
        _response(b"", b"x", b"HTTP/9.9 " + b"9" * 30 + b" \x1b[2J\r\n"),
    ),
    _kind("no-http", "sends 10,240 octets that are no HTTP", _TEXT, lambda place: responds(bytes(range(256)) * 40)),
    _kind(
        "lengths",
        "declares a negative and an enormous length",
        _MEMORY,
        _response(b"Content-Length: -5\r\nContent-Length: 99999999999999999999\r\n", b"hi"),
    ),
    _kind(
        "long-length",
        "declares 5,000 digits of length",
        _MEMORY,
        _response(b"Content-Length: " + b"9" * 5_000 + b"\r\n", b"hi"),
    ),
    _kind(
        "nul",
        "sends NUL octets in every field",
        _TEXT,
        _response(b"Server: a\0b\r\nX\0Y: z\r\n", b"<title>\0\0</title>" * 100),
    ),
    _kind("active-text", "sends escapes, markup and formulas in every field", _TEXT, _active),
    _kind(
        "entities",
        "sends 50,000 character references in a title",
        _TIME,
        _response(b"", b"<title>" + b"&amp;&#x10FFFF;" * 50_000),
    ),
    _kind("open-tags", "sends 30,000 tags that do not end", _TIME, _response(b"", b"<title " * 30_000 + b"<" * 50_000)),
    _kind("digest", "challenges every request 60 times by Digest", "receive credentials", _digest),
    _kind(
        "reset-in-body",
        "resets the connection within the body",
        "be recorded as a page that was read",
        lambda place: _reset_in_body,
    ),
    _kind("reset", "resets each connection after the request", _TIME, lambda place: _reset),
    _kind("unresponsive", "accepts and sends nothing", _TIME, lambda place: _no_reply),
    _kind("one-octet", "sends one octet, then nothing", _TIME, lambda place: _one_octet),
    _kind(
        "victims-mac", "serves the page of a phone with the mac of another", "change the row of the phone", _victims_mac
    ),
)
