"""The responses of a simulated device to SIP requests (RFC 3261): bytes in, bytes out, no socket.

As strict as real phones: a request without a header field that 8.1.1 requires gets a 400, and the fault is counted, so
that a test can assert that the program sends no such request.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scanner.testing.phones import SipSurface

_LONG = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id", b"m": b"contact", b"l": b"content-length"}
_SHORT = {"Via": "v", "From": "f", "To": "t", "Call-ID": "i", "Contact": "m", "Content-Length": "l"}
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}
_NEEDED = (b"via", b"from", b"to", b"call-id", b"cseq", b"max-forwards")
_CONTENT_LENGTH = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$")
_BRANCH = re.compile(rb";\s*branch=(z9hG4bK[^;,\s]*)", re.I)
_VIA_PORT = re.compile(rb"^SIP/2\.0/\w+\s+(?:\[[^\]]*\]|[^;:\s]+)(?::(\d{1,5}))?")


class SipResponse(NamedTuple):
    """The method of a request, the response (None: no response), the destination port of a datagram, and the fault of
    the request."""

    method: str
    reply: bytes | None
    port: int
    fault: str | None = None


def whole(buffer: bytes) -> int:
    """Length of the first complete message in the buffer of a stream (18.3: Content-Length), else 0."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    found = _CONTENT_LENGTH.search(buffer, 0, end + 2)
    total = end + 4 + (int(found[1]) if found else 0)
    return total if len(buffer) >= total else 0


def respond(request: bytes, surface: SipSurface, ip: str, peer: tuple[str, int], transport: str) -> SipResponse:
    """The response of the device at `ip` to one message from `peer` over `transport` (udp, tcp or tls)."""
    head = request.partition(b"\r\n\r\n")[0]
    start, *lines = head.split(b"\r\n")
    words = start.split(b" ")
    if len(words) != 3 or words[2] != b"SIP/2.0":
        return SipResponse("?", None, peer[1], f"not a SIP request: {start[:60]!r}")
    method = words[0].decode("ascii", "replace")
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and headers:
            headers[-1] = (headers[-1][0], headers[-1][1] + b" " + line.strip())
            continue
        name, _, text = line.partition(b":")
        name = name.strip().lower()
        headers.append((_LONG.get(name, name), text.strip()))
    first = dict(reversed(headers))
    missing = [name.decode() for name in _NEEDED if name not in first]
    vias = [text for name, text in headers if name == b"via"]
    branch = _BRANCH.search(vias[0]) if vias else None
    fault = None
    if missing:
        fault = f"{method} without {', '.join(missing)}"
    elif branch is None:
        fault = f"{method} without a branch of RFC 3261"
    elif first[b"cseq"].split()[-1:] != [words[0]]:
        fault = f"{method} with CSeq {first[b'cseq'].decode('ascii', 'replace')!r}"
    elif b";tag=" not in first[b"from"]:
        fault = f"{method} without a From tag"
    elif transport == "udp" and not request.endswith(b"\r\n\r\n") and b"content-length" not in first:
        fault = f"{method} that does not end"
    if method == "ACK":
        return SipResponse(method, None, peer[1], fault)
    status = 400 if fault else surface.status if method == "OPTIONS" else 405
    port = peer[1]
    if vias and b"rport" not in vias[0]:  # RFC 3581: without rport the response is sent to the port in Via
        found = _VIA_PORT.match(vias[0])
        port = int(found[1]) if found and found[1] else 5060
    return SipResponse(method, _reply(first, vias, status, surface, ip, peer), port, fault)


def _reply(
    first: dict[bytes, bytes], vias: list[bytes], status: int, surface: SipSurface, ip: str, peer: tuple[str, int]
) -> bytes:
    def text(name: bytes) -> str:
        return first.get(name, b"").decode("utf-8", "replace")

    top = vias[0].decode("utf-8", "replace") if vias else ""
    top = re.sub(r";\s*rport(?=;|$)", f";rport={peer[1]}", top) + f";received={peer[0]}"
    call_id = text(b"call-id")
    if surface.stray:
        top, call_id = re.sub(r"branch=z9hG4bK", "branch=z9hG4bKstray", top), "stray-" + call_id
    to = text(b"to")
    if ";tag=" not in to:
        to += f";tag={ip.replace('.', '')}"
    lines = [("Via", top), *(("Via", via.decode("utf-8", "replace")) for via in vias[1:])]
    lines += [("From", text(b"from")), ("To", to), ("Call-ID", call_id), ("CSeq", text(b"cseq"))]
    lines.append(("Contact", surface.contact or f"<sip:{ip}:{surface.port}>"))
    if status == 401:
        lines.append(("WWW-Authenticate", f'Digest realm="{ip}", nonce="5f2a", algorithm=MD5'))
    if surface.user_agent is not None:
        lines.append(("User-Agent", surface.user_agent))
    if surface.server is not None:
        lines.append(("Server", surface.server))
    lines += [("Allow", surface.allow), ("Content-Length", "0")]
    out = [f"SIP/2.0 {status} {_REASONS.get(status, 'Unknown')}"]
    for name, value in lines:
        if surface.folded and name in ("User-Agent", "Server", "Allow", "Contact"):
            value = value.replace(" ", "\r\n ", 1) if " " in value else "\r\n " + value
        out.append(f"{_SHORT.get(name, name) if surface.compact else name}: {value}")
    return ("\r\n".join(out) + "\r\n\r\n").encode()
