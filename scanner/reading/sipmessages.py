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

#: Octets of a line that are read, and most of one message.
LINE, HEAD = 8_192, 32_768
#: Octets at the start in which a message is looked for.
_SEARCHED = 32_768

_METHODS = rb"REGISTER|OPTIONS|SUBSCRIBE|INVITE|NOTIFY|PUBLISH|MESSAGE|INFO|UPDATE|REFER|PRACK|ACK|BYE|CANCEL"
_START = re.compile(
    rb"(?:^|[^A-Za-z])(?P<line>(?:%b)[ \t]{1,9}sips?:[^\s<>\"]{1,1024}[ \t]{1,9}SIP/2\.0"
    rb"|SIP/2\.0 [1-6]\d\d(?: [^\r\n\"]{0,200})?)\s{0,9}$" % _METHODS
)
#: Right borders of a frame.
_BORDERS = (b"|", b"\xe2\x94\x82")
#: ngrep prints the carriage return at the end of each line as a dot.
_DOTTED = re.compile(rb" SIP/2\.0\.$|^\s*SIP/2\.0 [1-6]\d\d .*\.$")
_HEADER = re.compile(rb"[A-Za-z][A-Za-z.-]{0,40}[ \t]*:")
_ALONE = re.compile(
    rb"(?:User-Agent|Contact|Via|From|To|Call-ID|CSeq|Event|Expires|Max-Forwards|Allow|v|f|t|i|m)[ \t]*:", re.I
)

_ALONE_LINE = re.compile(rb"\n" + _ALONE.pattern, re.I)
#: Header lines behind each other, of which none is long.
_HEADERS = re.compile(rb"(?>[ \t]{0,40}[A-Za-z][A-Za-z.-]{0,40}[ \t]{0,40}:[^\n]{0,4000}\n){1,200}")
_MAYBE_START = re.compile(rb"SIP/2\.0(?!/)")

_HEAD_LINES = re.compile(
    rb"^(?P<before>[^\n]{0,400}?)(?:(?:%b)[ \t]{1,9}sips?:[^\s<>\"]{1,1024}[ \t]{1,9}SIP/2\.0"
    rb"|SIP/2\.0 [1-6]\d\d[^\n\"]{0,200}?)(?:\.|[ \t]*(?:\||\xe2\x94\x82))?[ \t]*\n"
    rb"(?:[ \t]*|(?P=before))(?:Via|From|To|Call-ID|CSeq|Contact|Max-Forwards|Record-Route|Content-Length|User-Agent"
    rb"|Server|[vfim])[ \t]*:" % _METHODS,
    re.I | re.M,
)
_CONTACT_LINE = re.compile(rb"^(?:Contact|m)[ \t]*:[^\n]{0,400}<sips?:[^\n]{1,400}>", re.I | re.M)
_AGENT_LINE = re.compile(rb"^User-Agent[ \t]*:[ \t]*\S", re.I | re.M)
_COMMENT = b"REGISTER sip:registrar.invalid SIP/2.0\r\n"

#: Requests whose Call-ID is the sender's own, and those whose responses describe a server.
_OWN_CALL = frozenset({"REGISTER", "OPTIONS", "SUBSCRIBE", "PUBLISH"})
_OF_SERVERS = frozenset({"REGISTER", "SUBSCRIBE", "PUBLISH"})
#: The headers that are read.
_WANTED = frozenset({"user-agent", "server", "contact", "via", "from", "to", "call-id", "cseq", "event"})
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
            message = sip.parse(found.octets, wanted=_WANTED)
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
            continue
        places, at, number, counted = _Places(octets), 0, first, 0
        while at < len(octets):
            if not head.open:
                at = places.after(at)
            elif not head.before and (end := _end_of_headers(octets, at)) > at and head.extend(octets[at:end]):
                at = end
                continue
            end = octets.find(b"\n", at)
            line = octets[at : end if end >= 0 else None]
            number, counted = number + octets.count(b"\n", counted, at), at
            if end < 0 and head.open and head.started:
                yield Problem(number, "the file ends within a header of a message, which is not read")
                break
            at = end + 1 or len(octets)
            line = line[:LINE].removesuffix(b"\r")
            if line.endswith(_BORDERS):
                line = line.removesuffix(b"|").removesuffix(_BORDERS[1]).rstrip()
            dotted = line.endswith(b".") and _DOTTED.search(line) is not None
            if b"SIP/2.0" in line and (start := _START.search(line.removesuffix(b".") if dotted else line)):
                yield from head.ended()
                head.begin(number, start["line"], dotted, line[: start.start("line")])
            elif head.open:
                if not head.add(line):
                    yield from head.ended()
            elif _ALONE.match(line):
                head.begin(number, b"")
                head.add(line)
    yield from head.ended()


def _end_of_headers(octets: bytes, at: int) -> int:
    """The end of the header lines that begin at a place, up to one that may be a start line."""
    found = _HEADERS.match(octets, at)
    if found is None:
        return at
    start = _MAYBE_START.search(octets, at, found.end())
    return octets.rfind(b"\n", at, start.start()) + 1 or at if start else found.end()


class _Places:
    """Where in a piece a message may begin. Each kind of place is searched for once: a piece takes linear time."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._start = -1
        self._alone = 0 if _ALONE.match(octets) else -1

    def after(self, at: int) -> int:
        """The first line, from the one that begins at a place, that may be a start line or begin headers alone."""
        octets, size = self._octets, len(self._octets)
        if self._start < at:
            found = octets.find(b"SIP/2.0", at)
            self._start = octets.rfind(b"\n", at, found) + 1 or at if found >= 0 else size
        if self._alone < at:
            line = _ALONE_LINE.search(octets, max(at - 1, 0))
            self._alone = line.start() + 1 if line else size
        return min(self._start, self._alone)


class _Head:
    """The head of the message that is being read."""

    def __init__(self) -> None:
        self.open = False
        self._lines: list[bytes] = []
        self._number = self._size = 0
        self._dotted = self._alone = False
        #: What is before each line: the mark of a quotation, the border of a frame, or what a log writes.
        self.before = b""

    @property
    def started(self) -> bool:
        """Whether the message has a start line."""
        return not self._alone

    def begin(self, number: int, start: bytes, dotted: bool = False, before: bytes = b"") -> None:
        """Begin with a start line, and with what is before it, or without one."""
        self.before = before if before.strip() else b""
        self.open, self._number, self._dotted, self._alone = True, number, dotted, not start
        self._lines = [start] if start else []
        self._size = 0

    def add(self, line: bytes) -> bool:
        """Take a header or the continuation of one; False for anything else, which ends the head."""
        if self._dotted:
            line = line.removesuffix(b".")
        if self.before:
            if line.startswith(self.before):
                line = line[len(self.before) :]
            elif len(self._lines) == 1:  # only the start line has something before it
                self.before = b""
        bare = line.strip()
        folded = line[:1] in (b" ", b"\t") and len(self._lines) > 1 and not _HEADER.match(bare)
        if not bare or not (folded or _HEADER.match(bare)):
            return False
        if self._size < HEAD:
            self._lines.append(b" " + bare if folded else bare)
            self._size += len(bare)
        return True

    def extend(self, octets: bytes) -> bool:
        """Take whole lines, each of which is a header; False where they are too many and are taken one by one."""
        if self._size + len(octets) > HEAD:
            return False
        if self._dotted or octets[:1].isspace() or b"\n " in octets or b"\n\t" in octets or b"\r\r" in octets:
            lines = octets[:-1].split(b"\n")
            if self._dotted:
                lines = [line.removesuffix(b"\r").removesuffix(b".") for line in lines]
            self._lines += [line.strip() for line in lines]
        else:
            self._lines.append(octets.rstrip())
        self._size += len(octets)
        return True

    def ended(self) -> Iterator[SavedMessage]:
        """The message, if it is one."""
        if self.open:
            self.open = False
            octets = b"\r\n".join(self._lines) + b"\r\n\r\n"
            yield SavedMessage(self._number, _COMMENT + octets if self._alone else octets, self._alone)


def _contact(saved: SavedMessage, message: sip.SipMessage) -> RegisteredContact | None:
    """What a message shows of its sender; None where it is a server's about a phone."""
    given = dict(reversed(message.headers))  # the first of each name
    agent = given.get("user-agent", "")
    contact = ", ".join([value for name, value in message.headers if name == "contact"])
    if message.method is None or (saved.alone and "tag=" in given.get("to", "")):
        method = given.get("cseq", "").rpartition(" ")[2].upper()
        agent = agent or given.get("server", "")
        if not contact or not agent or method in _OF_SERVERS or (message.status or 200) < 200:
            return None
        return RegisteredContact(saved.number, contact, agent, aor=given.get("to", ""))
    if not agent:
        return None
    via = ",".join([value for name, value in message.headers if name == "via"]).rpartition(",")[2]
    sent_by, received = _SENT_BY.search(via), _RECEIVED.search(via)
    return RegisteredContact(
        saved.number,
        contact,
        agent,
        aor=given.get("from", "").partition(";")[0],
        via=sent_by[1] if sent_by else "",
        received=received[1] if received else "",
        call_id=given.get("call-id", "") if message.method in _OWN_CALL else "",
    )


FORMAT = Format("sip-messages", "SIP messages as text (of logs, ngrep, sngrep, SIPp)", looks_like, read)
