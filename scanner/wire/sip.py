"""SIP messages (RFC 3261): an encoder for OPTIONS requests, a tolerant parser for requests and responses.

Contract:
- `options` has no method argument: no other request can be built, so that no phone can ring;
- `parse` accepts what deployed devices send: compact header names, folded lines, bare LF or CR, junk before the start
  line, no Content-Length. Input without a start line raises `WireError`; malformed header lines are skipped; number and
  length of the headers are bounded as below;
- `matches_request` matches a response to a request by branch, From tag or Call-ID.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import lru_cache
from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.core.text import bounded
from scanner.wire.cursor import Cursor

#: Longest message that is read, in bytes: the longest UDP payload.
MESSAGE_LIMIT = 65_535
#: Most headers that are read of one message; the rest is ignored.
HEADER_LIMIT = 128
#: Longest value of one header, in characters, after unfolding.
VALUE_LIMIT = 2_048
#: Largest offset of the start line, in bytes (keep-alives, stray bytes of a broken stack).
JUNK_LIMIT = 512
#: Longest start line, in bytes.
_START_LIMIT = 2_048

MAGIC = "z9hG4bK"  # RFC 3261 8.1.1.7: the start of every branch

_COMPACT = {
    # RFC 3261 7.3.3 and 20; RFC 3265, 3515, 3892, 4028, 3841, 8224
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
    "l": "content-length", "m": "contact", "n": "identity-info", "o": "event", "r": "refer-to", "s": "subject",
    "t": "to", "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip

# RFC 3261 7.2: SIP-Version SP Status-Code SP Reason-Phrase; 7.1: Method SP Request-URI SP SIP-Version
_START = re.compile(
    rb"SIP/2\.0[ \t]+(?P<status>[1-6][0-9]{2})(?:[ \t]+(?P<reason>[^\r\n]{0,256})|(?=[\r\n]|\Z))"
    rb"|(?P<method>INVITE|ACK|BYE|CANCEL|REGISTER|OPTIONS|PRACK|SUBSCRIBE|NOTIFY|PUBLISH|INFO|REFER|MESSAGE|UPDATE)"
    rb"[ \t]+(?P<uri>[^\s]{1,1024})[ \t]+SIP/2\.0[ \t]*(?=[\r\n]|\Z)",
    re.IGNORECASE,
)
_NAME = re.compile(rb"[!-9;-~]{1,64}")
_BRANCH = re.compile(r";\s*branch\s*=\s*([^;,\s]{1,256})", re.IGNORECASE)
_TAG = re.compile(r";\s*tag\s*=\s*([^;,\s>]{1,256})", re.IGNORECASE)


class SipMessage(NamedTuple):
    """A SIP message. A response has `status` and `reason`, a request `method` and `uri`; the other two are None.

    `headers` are (long name in lower case, value) in order, repeated ones kept. `body` follows the empty line.
    """

    status: int | None
    reason: str | None
    method: str | None
    uri: str | None
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the header with this long, lower-case name."""
        return tuple(value for key, value in self.headers if key == name)

    def first(self, name: str) -> str | None:
        """The first value of the header, or None."""
        return next((value for key, value in self.headers if key == name), None)


def options(*, to: str, port: int, here: str, cookie: int, user_agent: str, transport: str = "UDP") -> bytes:
    """An OPTIONS request (RFC 3261 11.1) with all header fields that 8.1.1 requires. Raises WireError.

    `to` is an IPv4 or IPv6 address, `here` the local endpoint as `address:port` or `[address]:port`; `cookie` is
    contained in branch, tag and Call-ID; `transport` is UDP, TCP or TLS. Equal arguments give equal bytes: a second
    request is a retransmission (17.1.2.2), not a new transaction.
    """
    address = to
    if to.strip("0123456789.") or not 6 < len(to) < 16:  # not dotted numbers
        address = _bracketed(to)
        if not _ADDRESS.fullmatch(address):
            raise WireError(f"not an address: {bounded(to, 80)!r}")
    name, token = address.encode("ascii"), b"%016x" % cookie
    return _options_template(port, here, user_agent, transport) % (name, token, token, name, token)


def options_to(*, port: int, here: str, user_agent: str) -> Callable[[str, int], bytes]:
    """`options` over UDP as a function of (address, cookie); the constant parts are encoded once.

    Addresses are not validated: those of a sweep are canonical text.
    """
    template = _options_template(port, here, user_agent, "UDP")

    def build(address: str, cookie: int) -> bytes:
        name, token = address.encode() if ":" not in address else b"[%b]" % address.encode(), b"%016x" % cookie
        return template % (name, token, token, name, token)

    return build


_ADDRESS = re.compile(r"[0-9.]{7,15}|\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,253}")
_TO, _TOKEN = "\x00", "\x01"


@lru_cache(maxsize=512)
def _options_template(port: int, here: str, user_agent: str, transport: str) -> bytes:
    """A request with %b for addresses and tokens: a sweep builds tens of thousands a second."""
    if transport not in ("UDP", "TCP", "TLS"):
        raise WireError(f"unknown SIP transport {bounded(transport, 80)!r}")
    if not all(part.isascii() and part.isprintable() for part in (here, user_agent)):
        raise WireError("a non-printable or non-ASCII character in a SIP request")
    over = "" if transport == "UDP" else f";transport={transport.lower()}"
    target, ours = f"sip:{_TO}:{port}{over}", f"sip:phonescan@{here}{over}"
    head = (
        f"OPTIONS {target} SIP/2.0",
        f"Via: SIP/2.0/{transport} {here};branch={MAGIC}{_TOKEN};rport",
        "Max-Forwards: 70",
        f"From: <{ours}>;tag={_TOKEN}",
        f"To: <{target}>",
        f"Call-ID: {_TOKEN}@phonescan",
        "CSeq: 1 OPTIONS",
        f"Contact: <{ours}>",
        "Accept: application/sdp",
        f"User-Agent: {user_agent}",
        "Content-Length: 0",
    )
    text = "\r\n".join((*head, "", "")).replace("%", "%%")
    return text.replace(_TO, "%b").replace(_TOKEN, "%b").encode("ascii")


def respond(request: SipMessage, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A response to `request`, as a device sends it (RFC 3261 8.2.6); used by simulated phones."""
    lines = [f"SIP/2.0 {status} {reason}"]
    lines += [f"Via: {value}" for value in request.all("via")]
    for name, label in (("from", "From"), ("to", "To"), ("call-id", "Call-ID"), ("cseq", "CSeq")):
        value = request.first(name) or ""
        if name == "to" and not _TAG.search(value):
            value += f";tag=1c{request.first('call-id') or '':.8}"
        lines.append(f"{label}: {value}")
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join([*lines, "Content-Length: 0"]) + "\r\n\r\n").encode("utf-8", "replace")


def parse(data: bytes, junk: int = JUNK_LIMIT, wanted: Container[str] | None = None) -> SipMessage:
    """The message in `data`, which starts at most `junk` bytes after its beginning, with the `wanted` headers or all.

    Raises WireError for input without a start line and for input above `MESSAGE_LIMIT`.
    """
    if len(data) > MESSAGE_LIMIT:
        raise WireError(f"a SIP message of more than {MESSAGE_LIMIT} bytes", MESSAGE_LIMIT)
    start = _START.search(data, 0, junk + _START_LIMIT)
    if start is None or start.start() > junk:
        raise WireError("no SIP start line")
    end = _end_of_head(data, start.end())
    head = Cursor(data, start.end(), end.begin if end else None).rest()
    status, method = start["status"], start["method"]
    return SipMessage(
        status=int(status) if status else None,
        reason=bounded(start["reason"] or b"", 256) if status else None,
        method=method.decode("ascii").upper() if method else None,
        uri=bounded(start["uri"], 1024) if method else None,
        headers=_headers(head, wanted),
        body=Cursor(data, end.after).rest() if end and end.after < len(data) else b"",
    )


def complete(data: bytes) -> bool:
    """Whether a stream contains a complete message: its head, and a body of Content-Length bytes (RFC 3261 18.3)."""
    stripped = data.lstrip(b"\r\n")
    end = _end_of_head(stripped, 0)
    if end is None:
        return len(data) > MESSAGE_LIMIT
    for name, value in _headers(Cursor(stripped, 0, end.begin).rest()):
        if name == "content-length" and value.isdecimal() and len(value) < 7:
            return len(stripped) - end.after >= min(int(value), MESSAGE_LIMIT - end.after)
    return True


def matches_request(message: SipMessage, cookie: int) -> bool:
    """Whether a response matches the OPTIONS request with `cookie`: by the branch of any Via, From tag or Call-ID.

    One of the three is sufficient, in either case: proxies add Vias on top, some phones omit the tag, others return it
    in capitals.
    """
    if message.status is None:
        return False
    token = f"{cookie:016x}"
    branches = (m for via in message.all("via") for m in _BRANCH.findall(via))
    if any(branch.lower() == (MAGIC + token).lower() for branch in branches):
        return True
    tags = _TAG.findall(message.first("from") or "")
    call_id, _, _ = (message.first("call-id") or "").partition("@")
    return call_id.strip().lower() == token or any(tag.lower() == token for tag in tags)


def _bracketed(address: str) -> str:
    """An address for a URI: IPv6 in brackets and without its zone (RFC 3261 25.1 IPv6reference)."""
    if ":" not in address:
        return address
    bare, _, _ = address.partition("%")
    return f"[{bare}]"


def _header_name(key: bytes) -> str:
    """The long name in lower case of a header; "" for what is not the name of one."""
    if not _NAME.fullmatch(key):
        return ""
    name = key.decode("ascii").lower()
    return _COMPACT.get(name, name)


#: Headers of nearly all messages, as they are spelled, → their names.
_KNOWN = {
    spelled: spelled.decode().lower()
    for spelled in (
        b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Contact", b"Max-Forwards", b"User-Agent", b"Expires",
        b"Content-Length", b"Content-Type", b"Allow", b"Supported", b"Accept", b"Event", b"Server", b"Authorization",
    )
}  # fmt: skip


def _headers(head: bytes, wanted: Container[str] | None = None) -> tuple[tuple[str, str], ...]:
    """The wanted header lines of a head, unfolded (RFC 3261 7.3.1); malformed lines are skipped."""
    head = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    folded = b"\n " in head or b"\n\t" in head
    # the usual head, of which no value has to be unfolded, replaced or cut
    plain = not folded and len(head) < VALUE_LIMIT and head.isascii() and b"\0" not in head
    found: list[tuple[str, bytes]] = []
    for line in head.split(b"\n"):
        if folded and line.startswith((b" ", b"\t")):
            if found:
                name, value = found.pop()
                found.append((name, value + b" " + line.strip() if len(value) < VALUE_LIMIT * 4 else value))
            continue
        key, colon, rest = line.partition(b":")
        name = _KNOWN.get(key) or (_header_name(key.rstrip()) if colon else "")
        if not colon or not name:
            continue
        if len(found) == HEADER_LIMIT:
            break
        found.append((name, rest if plain else rest.strip()))
    if plain:
        return tuple([(name, text.decode().strip()) for name, text in found if wanted is None or name in wanted])
    return tuple([(name, bounded(text, VALUE_LIMIT)) for name, text in found if wanted is None or name in wanted])


class _EmptyLine(NamedTuple):
    """An empty line with the LF or CR in which the line before it ends: where it begins, and what is after it."""

    begin: int
    after: int


def _end_of_head(data: bytes, at: int) -> _EmptyLine | None:
    """The first empty line behind a place; None without one.

    Lines end in CR LF, LF or CR. Three searches for fixed octets take a tenth of the time of a pattern.
    """
    found: list[_EmptyLine] = []
    for octets in (b"\n\r\n", b"\n\n", b"\r\r"):
        start = data.find(octets, at)
        if start >= 0:
            found.append(_EmptyLine(start, start + len(octets)))
    return min(found, default=None)
