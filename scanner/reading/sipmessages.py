"""SIP messages saved as text: from the log of a phone or server, ngrep, sngrep, SIPp, `pjsip set logger`.

A message is a start line (RFC 3261 7) and its headers, or headers alone. What surrounds messages is not read.

- A request is of its sender, whatever proxies forwarded it: its Contact and its last Via are the sender's.
- A response to OPTIONS or within a call is of the host in its Contact. One to REGISTER, SUBSCRIBE or PUBLISH is the
  server's, and a Contact in it is that of the phone: it is not read.
- A SUBSCRIBE for a configuration is what `discovery.sip_pnp` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from scanner.core.errors import WireError
from scanner.core.model import Observation
from scanner.discovery.sip_pnp import subscription
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.registrar.attribution import Attribution
from scanner.reading.registrar.blocks import LINE as LONGEST
from scanner.reading.registrar.blocks import pieces
from scanner.reading.registrar.contact import RegisteredContact
from scanner.wire import sip

#: Longest line that is read, and most octets of one message, in bytes.
LINE, HEAD = 8_192, 32_768
#: Octets at the start in which a message is looked for.
_SEARCHED = 32_768

_METHODS = rb"REGISTER|OPTIONS|SUBSCRIBE|INVITE|NOTIFY|PUBLISH|MESSAGE|INFO|UPDATE|REFER|PRACK|ACK|BYE|CANCEL"
_START = re.compile(
    rb"(?:^|[^A-Za-z])(?P<line>(?:%b) sips?:[^\s<>\"]{1,1024} SIP/2\.0"
    rb"|SIP/2\.0 [1-6]\d\d(?: [^\r\n\"]{0,200})?)\s{0,9}$" % _METHODS
)
#: ngrep prints the carriage return at the end of each line as a dot.
_DOTTED = re.compile(rb" SIP/2\.0\.$|^\s*SIP/2\.0 [1-6]\d\d .*\.$")
_HEADER = re.compile(rb"[A-Za-z][A-Za-z.-]{0,40}[ \t]*:")
_ALONE = re.compile(
    rb"(?:User-Agent|Contact|Via|From|To|Call-ID|CSeq|Event|Expires|Max-Forwards|Allow|v|f|t|i|m)[ \t]*:", re.I
)

_HEAD_LINES = re.compile(
    rb"^[^\n]{0,400}?(?:(?:%b) sips?:[^\s<>\"]{1,1024} SIP/2\.0|SIP/2\.0 [1-6]\d\d[^\n\"]{0,200}?)\.?[ \t]*\n"
    rb"[ \t]*(?:Via|From|To|Call-ID|CSeq|Contact|Max-Forwards|Record-Route|Content-Length|User-Agent|Server|[vfim])"
    rb"[ \t]*:" % _METHODS,
    re.I | re.M,
)
_CONTACT_LINE = re.compile(rb"^(?:Contact|m)[ \t]*:[^\n]{0,400}<sips?:[^\n]{1,400}>", re.I | re.M)
_AGENT_LINE = re.compile(rb"^User-Agent[ \t]*:[ \t]*\S", re.I | re.M)
_COMMENT = b"REGISTER sip:registrar.invalid SIP/2.0\r\n"

#: Requests whose Call-ID is the sender's own, and those whose responses describe a server.
_OWN_CALL = frozenset({"REGISTER", "OPTIONS", "SUBSCRIBE", "PUBLISH"})
_OF_SERVERS = frozenset({"REGISTER", "SUBSCRIBE", "PUBLISH"})
_RECEIVED = re.compile(r";\s*received=\[?([0-9A-Fa-f:.]{2,45})", re.I)
_SENT_BY = re.compile(r"SIP\s*/\s*2\.0\s*/\s*\w{1,8}\s+([^\s;,]{1,80})", re.I)


class SavedMessage(NamedTuple):
    """The head of a message from its start line, the number of its first line, and whether it has headers `alone`."""

    number: int
    octets: bytes
    alone: bool = False


def looks_like(head: bytes) -> bool:
    """Whether a start line with a header behind it, or headers with a Contact and a User-Agent, are at the start."""
    text = head[:_SEARCHED].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if _HEAD_LINES.search(text):
        return True
    first = text.lstrip()[:200]
    return bool(_ALONE.match(first) and _CONTACT_LINE.search(text) and _AGENT_LINE.search(text))


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the senders of the messages."""
    attribution = Attribution(context)
    seen: set[tuple[str | None, str | None, str, str]] = set()
    for found in messages(stream):
        if isinstance(found, Problem):
            yield found
            continue
        try:
            message = sip.parse(found.octets)
        except WireError as error:
            yield Problem(found.number, f"not a SIP message: {error}", missing=False)
            continue
        request = subscription(message)
        if request is None:
            if contact := _contact(found, message):
                yield from attribution.add(contact)
            continue
        for field, value in request.findings if request.mac or request.ip else ():
            fact = (request.ip, request.mac, field, value)
            if fact not in seen and len(seen) < 100_000:
                seen.add(fact)
                source = f"sip-pnp {context.name}"
                yield Observation(
                    time=context.time, ip=request.ip, mac=request.mac, field=field, value=value, source=source
                )
    yield from attribution.rest()


def messages(stream: BinaryIO) -> Iterator[SavedMessage | Problem]:
    """The heads of the messages in a text."""
    head = _Head()
    for first, octets in pieces(stream):
        if octets is None:
            yield Problem(first, f"the line is longer than {LONGEST:,} bytes", missing=head.open)
        lines = (octets or b"").split(b"\n")
        for number, line in enumerate(lines, first):
            if number == first + len(lines) - 1:  # behind the last line end of the piece
                if not line:
                    break
                if head.open and head.started:
                    yield Problem(number, "the file ends within a header of a message, which is not read")
                    break
            line = line.removesuffix(b"\r") if len(line) <= LINE else b""
            dotted = _DOTTED.search(line) is not None if b"SIP/2.0" in line else False
            if b"SIP/2.0" in line and (start := _START.search(line.removesuffix(b".") if dotted else line)):
                yield from head.ended()
                head.begin(number, start["line"], dotted)
            elif head.open:
                if not head.add(line):
                    yield from head.ended()
            elif _ALONE.match(line):
                head.begin(number, b"")
                head.add(line)
    yield from head.ended()


class _Head:
    """The head of the message that is being read."""

    def __init__(self) -> None:
        self.open = False
        self._lines: list[bytes] = []
        self._number = self._size = 0
        self._dotted = self._alone = False

    @property
    def started(self) -> bool:
        """Whether the message has a start line."""
        return not self._alone

    def begin(self, number: int, start: bytes, dotted: bool = False) -> None:
        """Begin with a start line, or without one."""
        self.open, self._number, self._dotted, self._alone = True, number, dotted, not start
        self._lines = [start] if start else []
        self._size = 0

    def add(self, line: bytes) -> bool:
        """Take a header or the continuation of one; False for anything else, which ends the head."""
        if self._dotted:
            line = line.removesuffix(b".")
        bare = line.strip()
        folded = line[:1] in (b" ", b"\t") and len(self._lines) > 1 and not _HEADER.match(bare)
        if not bare or not (folded or _HEADER.match(bare)):
            return False
        if self._size < HEAD:
            self._lines.append(b" " + bare if folded else bare)
            self._size += len(bare)
        return True

    def ended(self) -> Iterator[SavedMessage]:
        """The message, if it is one."""
        if self.open:
            self.open = False
            octets = b"\r\n".join(self._lines) + b"\r\n\r\n"
            yield SavedMessage(self._number, _COMMENT + octets if self._alone else octets, self._alone)


def _contact(saved: SavedMessage, message: sip.SipMessage) -> RegisteredContact | None:
    """What a message shows of its sender; None where it is a server's about a phone."""
    agent, contact = message.first("user-agent") or "", message.first("contact") or ""
    if message.method is None or (saved.alone and "tag=" in (message.first("to") or "")):
        method = (message.first("cseq") or "").rpartition(" ")[2].upper()
        agent = agent or message.first("server") or ""
        if not contact or not agent or method in _OF_SERVERS or (message.status or 200) < 200:
            return None
        return RegisteredContact(saved.number, contact, agent, aor=message.first("to") or "")
    via = ",".join(message.all("via")).rpartition(",")[2]
    sent_by, received = _SENT_BY.search(via), _RECEIVED.search(via)
    if not agent:
        return None
    return RegisteredContact(
        saved.number,
        contact,
        agent,
        aor=(message.first("from") or "").partition(";")[0],
        via=sent_by[1] if sent_by else "",
        received=received[1] if received else "",
        call_id=(message.first("call-id") or "") if message.method in _OWN_CALL else "",
    )


FORMAT = Format("sip-messages", "SIP messages as text (of logs, ngrep, sngrep, SIPp)", looks_like, read)
