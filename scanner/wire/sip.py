"""SIP (RFC 3261): one request that can be built, OPTIONS, and a reader of whatever a device says.

Contract:
- `options` builds OPTIONS and takes no method: nothing in this program can ring a phone;
- `parse` reads a request or response, with what real devices do: compact names, folded lines, LF alone, junk before
  the start line, no body length. Bytes without a start line raise `WireError`; what follows it is read as far as it
  is readable, within the bounds below;
- `answers` says whether a message answers what was asked, by branch, tag or Call-ID.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from scanner.core.errors import WireError
from scanner.core.text import bounded

#: Longest message that is looked at, in bytes: a UDP payload cannot be longer.
MESSAGE_LIMIT = 65_535
#: Headers read of one message; a device that sends more is read so far.
HEADER_LIMIT = 128
#: Longest value of one header, in characters, after unfolding.
VALUE_LIMIT = 2_048
#: How far into a message its start line may stand, in bytes (keep-alives, stray bytes of a broken stack).
JUNK_LIMIT = 512

MAGIC = "z9hG4bK"  # RFC 3261 8.1.1.7: every branch begins so

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
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n|\r\r")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_NAME = re.compile(rb"[!-9;-~]{1,64}")
_BRANCH = re.compile(r";\s*branch\s*=\s*([^;,\s]{1,256})", re.IGNORECASE)
_TAG = re.compile(r";\s*tag\s*=\s*([^;,\s>]{1,256})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Message:
    """A SIP message. A response has `status` and `reason`, a request `method` and `uri`; the other two are None.

    `headers` are (long name in lower case, value) in order, repeated ones kept. `body` is what follows the head.
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
    """An OPTIONS request (RFC 3261 11.1) with everything that 8.1.1 asks for.

    `to` is an IPv4 or IPv6 address, `here` our own end as `address:port`, `[address]:port`; `cookie` is bound into
    branch, tag and Call-ID; `transport` is UDP, TCP or TLS. The same arguments give the same bytes: a repetition
    is a retransmission (17.1.2.2), not a new transaction.
    """
    address = to
    if to.strip("0123456789.") or not 6 < len(to) < 16:  # anything but dotted numbers is looked at closely
        address = _bracketed(to)
        if not _ADDRESS.fullmatch(address):
            raise WireError(f"no address: {to[:80]!r}")
    name, token = address.encode("ascii"), b"%016x" % cookie
    return _options_template(port, here, user_agent, transport) % (name, token, token, name, token)


def options_to(*, port: int, here: str, user_agent: str) -> Callable[[str, int], bytes]:
    """`options` over UDP as a function of (address, cookie): what is the same for all is made once.

    The addresses are those of a sweep, canonical text of a number: nothing of them is looked at.
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
    """The request but for address and token, in the order of %b: a sweep builds tens of thousands a second."""
    if transport not in ("UDP", "TCP", "TLS"):
        raise WireError(f"no SIP transport {transport!r}")
    if not all(part.isascii() and part.isprintable() for part in (here, user_agent)):
        raise WireError("a control character in a part of a SIP request")
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


def respond(request: Message, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A response to `request` as a device would send it (RFC 3261 8.2.6); the simulated phones speak with it."""
    lines = [f"SIP/2.0 {status} {reason}"]
    lines += [f"Via: {value}" for value in request.all("via")]
    for name, label in (("from", "From"), ("to", "To"), ("call-id", "Call-ID"), ("cseq", "CSeq")):
        value = request.first(name) or ""
        if name == "to" and not _TAG.search(value):
            value += ";tag=1c" + (request.first("call-id") or "")[:8]
        lines.append(f"{label}: {value}")
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join([*lines, "Content-Length: 0"]) + "\r\n\r\n").encode("utf-8", "replace")


def parse(data: bytes) -> Message:
    """The message in `data`. Raises WireError where no start line is found or the message is longer than the limit."""
    if len(data) > MESSAGE_LIMIT:
        raise WireError(f"a SIP message of more than {MESSAGE_LIMIT} bytes", MESSAGE_LIMIT)
    start = _START.search(data[: JUNK_LIMIT + 2048])
    if start is None or start.start() > JUNK_LIMIT:
        raise WireError("no SIP start line")
    end = _END_OF_HEAD.search(data, start.end())
    head = data[start.end() : end.start() if end else len(data)]
    status, method = start["status"], start["method"]
    return Message(
        status=int(status) if status else None,
        reason=bounded(start["reason"] or b"", 256) if status else None,
        method=method.decode("ascii").upper() if method else None,
        uri=bounded(start["uri"], 1024) if method else None,
        headers=_headers(head),
        body=data[end.end() :] if end else b"",
    )


def complete(data: bytes) -> bool:
    """Whether a stream holds a whole message: its head, and as much body as Content-Length says (RFC 3261 18.3)."""
    stripped = data.lstrip(b"\r\n")
    end = _END_OF_HEAD.search(stripped)
    if end is None:
        return len(data) > MESSAGE_LIMIT
    for name, value in _headers(stripped[: end.start()]):
        if name == "content-length" and value.isdecimal() and len(value) < 7:
            return len(stripped) - end.end() >= min(int(value), MESSAGE_LIMIT - end.end())
    return True


def answers(message: Message, cookie: int) -> bool:
    """Whether a response answers the OPTIONS that carried `cookie`: by any Via's branch, the From tag or the Call-ID.

    One of the three is enough and case does not count: proxies put Vias of their own on top, and there are phones
    that drop the tag, or spell what they echo in capitals.
    """
    if message.status is None:
        return False
    token = f"{cookie:016x}"
    branches = (m for via in message.all("via") for m in _BRANCH.findall(via))
    if any(branch.lower() == (MAGIC + token).lower() for branch in branches):
        return True
    tags = _TAG.findall(message.first("from") or "")
    call_id = (message.first("call-id") or "").partition("@")[0].strip()
    return call_id.lower() == token or any(tag.lower() == token for tag in tags)


def _bracketed(address: str) -> str:
    """An address as it stands in a URI: IPv6 in brackets and without its zone (RFC 3261 25.1 IPv6reference)."""
    return f"[{address.partition('%')[0]}]" if ":" in address else address


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    """The header lines of a head, unfolded (RFC 3261 7.3.1); lines that are none are left out."""
    found: list[tuple[str, bytes]] = []
    for line in _LINE_END.split(head):
        if line[:1] in (b" ", b"\t"):
            if found and len(found[-1][1]) < VALUE_LIMIT * 4:
                name, value = found[-1]
                found[-1] = (name, value + b" " + line.strip())
            continue
        key, colon, rest = line.partition(b":")
        key = key.rstrip()
        if not colon or not _NAME.fullmatch(key):
            continue
        if len(found) == HEADER_LIMIT:
            break
        name = key.decode("ascii").lower()
        found.append((_COMPACT.get(name, name), rest.strip()[: VALUE_LIMIT * 4]))
    return tuple((name, bounded(value, VALUE_LIMIT)) for name, value in found)
