"""Hostile SIP endpoints: responses to other requests, floods, malformed headers, requests in place of responses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scanner.testing.hostile_kind import (
    CERTIFIED_BANNER,
    OUTDATED_BANNER,
    DatagramService,
    HostileKind,
    HostilePlace,
    ScriptedDatagram,
)

#: The port of SIP over UDP and TCP.
PORT = 5060
_MEMORY = "use memory in proportion to what it sends"
_FORGED = "become a certified phone"
_VICTIM = "change the row of the phone that it names"
Response = Callable[[bytes, HostilePlace], Iterator[bytes | ScriptedDatagram]]


def header(request: bytes, name: str) -> bytes:
    """The value of a header field of a request, b"" without one."""
    found = re.search(rb"(?im)^" + name.encode() + rb":[ \t]*(.*?)\r\n", request)
    return found[1] if found else b""


def response(
    request: bytes, banner: str = "", *, more: bytes = b"", status: bytes = b"200 OK", length: bytes = b"0"
) -> bytes:
    """A response to a request that is correct but for what the arguments change."""
    lines = [b"SIP/2.0 " + status]
    lines += [name.encode() + b": " + header(request, name) for name in ("Via", "From", "To", "Call-ID", "CSeq")]
    if banner:
        lines.append(b"User-Agent: " + banner.encode("utf-8", "surrogateescape"))
    return b"\r\n".join(lines) + b"\r\n" + more + b"Content-Length: " + length + b"\r\n\r\n"


def _stranger(request: bytes, banner: str = CERTIFIED_BANNER) -> bytes:
    """A response whose branch, tag and Call-ID are those of no request."""
    return re.sub(rb"(branch=z9hG4bK|tag=|Call-ID: )\w+", rb"\1feedfeedfeedfeed", response(request, banner))


def _request(method: str, request: bytes, place: HostilePlace) -> bytes:
    """A request to us, with the banner of a certified phone."""
    return (
        f"{method} sip:phonescan@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {place.ip}:{PORT};branch=z9hG4bKhostile\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:a@{place.victim}>;tag=h\r\nTo: <sip:phonescan@192.0.2.1>\r\n"
        f"Call-ID: h@{place.ip}\r\nCSeq: 1 {method}\r\nContact: <sip:a@{place.victim}>\r\n"
        f"User-Agent: {CERTIFIED_BANNER}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def _bare(mac: str) -> str:
    return mac.replace(":", "")


def _kind(name: str, does: str, must_not: str, response: Response) -> HostileKind:
    def services(place: HostilePlace) -> tuple[DatagramService, ...]:
        def respond(data: bytes) -> Iterator[ScriptedDatagram]:
            for one in response(data, place):
                yield one if isinstance(one, ScriptedDatagram) else ScriptedDatagram(one)

        return (DatagramService(port=PORT, respond=respond),)

    return HostileKind(name=f"sip-{name}", protocol="sip", does=does, must_not=must_not, services=services)


def _flood(request: bytes, place: HostilePlace) -> Iterator[bytes]:
    return (response(request, f"device-{number}") for number in range(5_000))


def _sources(request: bytes, place: HostilePlace) -> Iterator[ScriptedDatagram]:
    """The response to our request to it, sent from the addresses of the phone and of the canary."""
    for source in (place.victim, place.canary):
        yield ScriptedDatagram(response(request, CERTIFIED_BANNER), source=source)


def _late(request: bytes, place: HostilePlace) -> Iterator[ScriptedDatagram]:
    for number in range(40):
        yield ScriptedDatagram(_stranger(request, f"late-{number}"), delay=0.25)


KINDS: tuple[HostileKind, ...] = (
    _kind("other-branch", "responds to requests of others", _FORGED, lambda data, place: iter([_stranger(data)])),
    _kind("reply-flood", "sends 5,000 responses to one request", _MEMORY, _flood),
    _kind("stranger-flood", "sends 5,000 responses to requests of others", _FORGED,
          lambda data, place: (_stranger(data) for _ in range(5_000))),
    _kind("large", "sends 64,000 octets in one datagram", _MEMORY,
          lambda data, place: iter([response(data, "B" * 60_000, more=b"X-A: " + b"c" * 3_000 + b"\r\n")])),
    _kind("header-flood", "sends 5,000 header fields", _MEMORY,
          lambda data, place: iter([response(data, "device", more=b"X-A: b\r\n" * 5_000)])),
    _kind("allow-flood", "sends 4,000 Allow fields", _MEMORY,
          lambda data, place: iter([response(data, "device", more=b"Allow: INVITE\r\n" * 4_000)])),
    _kind("folding", "folds one field over 9,000 lines", _MEMORY,
          lambda data, place: iter([response(data, "a" + "\r\n b" * 9_000)])),
    _kind("long-body", "declares a body of 4 GB", _MEMORY,
          lambda data, place: iter([response(data, "device", length=b"4294967296")])),
    _kind("negative-length", "declares a body of -1 octets", _MEMORY,
          lambda data, place: iter([response(data, "device", length=b"-1")])),
    _kind("length-digits", "declares a length of 5,000 digits", _MEMORY,
          lambda data, place: iter([response(data, "device", length=b"9" * 5_000)])),
    _kind("status-digits", "sends a status of 5,000 digits", _FORGED,
          lambda data, place: iter([response(data, CERTIFIED_BANNER, status=b"2" * 5_000 + b" OK")])),
    _kind("invite", "sends INVITE in place of a response", "become a certified phone",
          lambda data, place: iter([_request("INVITE", data, place)])),
    _kind("register", "sends REGISTER, NOTIFY and BYE in place of a response", "become a certified phone",
          lambda data, place: (_request(method, data, place) for method in ("REGISTER", "NOTIFY", "BYE", "OPTIONS"))),
    _kind("echo", "returns the request", _FORGED, lambda data, place: iter([data])),
    _kind("forged-source", "responds with the addresses of other hosts", _VICTIM, _sources),
    _kind("victim-contact", "names the address of a phone in Contact", _VICTIM,
          lambda data, place: iter([
              response(data, OUTDATED_BANNER, more=f"Contact: <sip:{place.victim}>\r\n".encode())])),
    _kind("victim-mac", "names the mac of a phone in User-Agent", _VICTIM,
          lambda data, place: iter([response(data, f"{OUTDATED_BANNER}_{_bare(place.victim_mac)}")])),
    _kind("victim-mac-contact", "names the mac of a phone in Contact", _VICTIM,
          lambda data, place: iter([response(
              data, OUTDATED_BANNER, more=f"Contact: <sip:a@1.2.3.4>;+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-"
              f"{_bare(place.victim_mac)}>\"\r\n".encode())])),
    _kind("garbage", "sends all octets in order", _FORGED, lambda data, place: iter([bytes(range(256)) * 12])),
    _kind("truncated", "sends a status line alone", _FORGED,
          lambda data, place: iter([b"SIP/2.0 200 OK\r\nUser-Agent: " + CERTIFIED_BANNER.encode() + b"\r\n\r\n"])),
    _kind("nul", "sends NUL octets and invalid UTF-8 in a field", "reach a terminal, a page or a table unescaped",
          lambda data, place: iter([response(data, "a\0b\x1b[2J\udcff\udcfe=1+1")])),
    _kind("late", "responds for ten seconds, to requests of others", _FORGED, _late),
)  # fmt: skip
