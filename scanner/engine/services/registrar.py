"""The registrations of a SIP registrar that the settings name, as the registrar prints them.

What it returns is what a file of its output contains: `scanner.reading` reads both. Only the requests of
`registrar_requests` are sent, within a time and an amount of octets, whatever else the registrar sends.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scanner.core.budget import BudgetSpent
from scanner.core.errors import PhonescanError, RefusedError
from scanner.core.text import shown
from scanner.engine import guard
from scanner.engine.services.registrar_requests import RegistrarKind, action, of_profile, posted
from scanner.engine.services.registrar_stream import MESSAGE, RegistrarStream

#: Ports without and with TLS. FreeSWITCH's event socket has no TLS of its own.
PORTS: dict[RegistrarKind, tuple[int, int]] = {
    "asterisk": (5038, 5039),
    "freeswitch": (8021, 8021),
    "kamailio": (8080, 8443),
}
#: How many times the timeout of one response a whole conversation may take.
WHOLE = 6
#: Most peers of chan_sip that are queried.
PEERS = 20_000

_LIST_ENDS = re.compile(rb"^Event: (?:ContactListComplete|PeerlistComplete)\s*$", re.M)
_ACTION_ID = re.compile(rb"^ActionID: (\d{1,9})\s*$", re.M)
_ERROR = re.compile(rb"^Response: Error\s*$", re.M)
_SUCCESS = re.compile(rb"^Response: Success\s*$", re.M)
_REASON = re.compile(rb"^Message: ([^\r\n]{1,200})", re.M)
_PEER = re.compile(rb"^ObjectName: ([\w.@+-]{1,80})\s*$", re.M)
_ADDRESS = re.compile(rb"^IPaddress: [0-9A-Fa-f:.]{2,45}\s*$", re.M)
_LENGTH = re.compile(rb"^Content-Length: (\d{1,9})\s*$", re.M | re.I)


_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)\b")
_CHUNKED = re.compile(rb"^Transfer-Encoding: *chunked\s*$", re.M | re.I)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?=[;\s]|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrarAccess:
    """A registrar of the settings with its secret resolved; `authorities` is a file of certificates, None the system's.

    `profiles` are those of FreeSWITCH, `path` is that of Kamailio's JSON-RPC.
    """

    name: str
    kind: RegistrarKind
    host: str
    port: int | None = None
    tls: bool = False
    authorities: str | None = None
    user: str = ""
    secret: str = field(default="", repr=False)
    profiles: tuple[str, ...] = ("internal",)
    path: str = "/RPC"
    timeout: float = 20.0
    site: str = ""

    @property
    def number(self) -> int:
        """The port."""
        return self.port or PORTS[self.kind][self.tls]


class RegistrarFault(PhonescanError):
    """Why the registrations of a registrar were not read, or not all; the text is one sentence."""


def registrations(access: RegistrarAccess, stopped: Callable[[], bool] = lambda: False) -> Iterator[bytes]:
    """The documents with the registrations. Raises RegistrarFault; what had arrived before that is yielded."""
    try:
        guard.check_port(access.number)
        with RegistrarStream(
            access.kind,
            access.host,
            access.number,
            tls=access.tls,
            authorities=access.authorities,
            timeout=access.timeout,
            whole=WHOLE * access.timeout,
        ) as stream:
            yield from _CONVERSATIONS[access.kind](stream, access, stopped)
            if stream.skipped:
                raise _fault(access, f"messages of more than {MESSAGE:,} octets are not read: {stream.skipped:,}")
    except TimeoutError:
        seconds = f"{access.timeout:g} s, {WHOLE * access.timeout:g} s in all"
        raise _fault(access, f"it did not respond in time ({seconds})") from None
    except BudgetSpent:
        raise _fault(access, "it sends more than is read") from None
    except RefusedError as error:
        raise _fault(access, f"{error}; `user` and `secret` are one line each, and not empty") from None
    except ssl.SSLError as error:
        raise _fault(access, f"TLS failed ({error.reason or error}); `ca` names a file of authorities") from None
    except OSError as error:
        raise _fault(access, f"{error.strerror or error}") from None


def _fault(access: RegistrarAccess, what: str) -> RegistrarFault:
    return RegistrarFault(f"registrar {access.name}: {shown(what)}")


def _of_asterisk(stream: RegistrarStream, access: RegistrarAccess, stopped: Callable[[], bool]) -> Iterator[bytes]:
    if not stream.line().startswith(b"Asterisk Call Manager"):
        raise _fault(access, "it is not the manager interface of Asterisk")
    stream.send(action("Login", 1, ("Username", access.user), ("Secret", access.secret), ("Events", "off")))
    if not _SUCCESS.search(_response(stream, 1)):
        raise _fault(access, "it refuses the login: check `user`, `secret` and the permit of manager.conf")
    yield from _document(_list(stream, "PJSIPShowContacts", 2, access))
    peers = [
        name[1]
        for event in _list(stream, "SIPpeers", 3, access)
        if (name := _PEER.search(event)) and _ADDRESS.search(event)
    ]
    for number, peer in enumerate(peers[:PEERS], 4):
        if stopped():
            break
        stream.send(action("SIPshowpeer", number, ("Peer", peer.decode())))
        yield _response(stream, number)
    stream.send(action("Logoff", 3))


def _response(stream: RegistrarStream, number: int) -> bytes:
    """The response to an action; events that are sent meanwhile are dropped."""
    own = str(number).encode()
    while True:
        found = stream.message()
        if (action_id := _ACTION_ID.search(found)) and action_id[1] == own:
            return found


def _list(stream: RegistrarStream, name: str, number: int, access: RegistrarAccess) -> Iterator[bytes]:
    """The events of a list; none where the module is not loaded or the list is empty."""
    stream.send(action(name, number))
    while True:
        message = _response(stream, number)
        if _ERROR.search(message):
            reason = _REASON.search(message)
            if b"ermission" in message:
                words = reason[1].decode("utf-8", "replace") if reason else "permission denied"
                raise _fault(access, f"{name}: {words}; the user needs `write = system,reporting`")
            return
        if _LIST_ENDS.search(message):
            return
        yield message


def _document(messages: Iterator[bytes]) -> Iterator[bytes]:
    """Messages as one document, also those that arrived before a fault."""
    found: list[bytes] = []
    try:
        found.extend(messages)
    except (OSError, BudgetSpent, RegistrarFault):
        yield b"".join(found)
        raise
    yield b"".join(found)


def _of_freeswitch(stream: RegistrarStream, access: RegistrarAccess, stopped: Callable[[], bool]) -> Iterator[bytes]:
    kind, _ = _event(stream)
    if kind != "auth/request":
        rejected = kind == "text/rude-rejection"
        raise _fault(access, "its access list refuses this host" if rejected else "it is not an event socket")
    stream.send(f"auth {access.secret}\n\n".encode("utf-8", "replace"))
    if b"+OK" not in _reply(stream, "command/reply"):
        raise _fault(access, "it refuses the password: check `secret` and event_socket.conf.xml")
    failed = []
    for profile in access.profiles:
        if stopped():
            break
        stream.send(of_profile(profile))
        try:
            document = _reply(stream, "api/response")
        except (OSError, BudgetSpent):
            if stream.cut.lstrip()[:1] == b"<":
                yield stream.cut
            raise
        if document.lstrip()[:1] == b"<":
            yield document
        else:
            failed.append(f"profile {profile}: {document.strip()[:100].decode('utf-8', 'replace')}")
    stream.send(b"exit\n\n")
    if failed:
        raise _fault(access, "; ".join(failed))


def _reply(stream: RegistrarStream, kind: str) -> bytes:
    """The next message of a kind; events that are sent meanwhile are dropped."""
    while True:
        found, octets = _event(stream)
        if found == kind:
            return octets


def _event(stream: RegistrarStream) -> tuple[str, bytes]:
    """The content type of the next message, and its body, or its headers where it has none."""
    head = stream.message()
    length = _LENGTH.search(head)
    body = stream.body(int(length[1])) if length else b""
    kind = next((line[13:].strip() for line in head.splitlines() if line.lower().startswith(b"content-type:")), b"")
    return kind.decode("ascii", "replace"), body or head


def _of_kamailio(stream: RegistrarStream, access: RegistrarAccess, stopped: Callable[[], bool]) -> Iterator[bytes]:
    host = f"[{access.host}]" if ":" in access.host else access.host
    stream.send(posted(access.path, f"{host}:{access.number}", f"{access.user}:{access.secret}" if access.user else ""))
    head = stream.message()
    found = _STATUS.match(head)
    if found is None:
        raise _fault(access, "it does not respond with HTTP")
    status = int(found[1])
    if status in (401, 403):
        raise _fault(access, f"it refuses the request (status {status}): check `user`, `secret` and `path`")
    try:
        document = _http_body(stream, head)
    except (OSError, BudgetSpent):
        if status == 200 and _has_result(stream.cut):
            yield stream.cut
        raise
    if status != 200 or not _has_result(document):
        raise _fault(access, f"no registrations at {access.path} (status {status})")
    yield document


def _has_result(document: bytes) -> bool:
    """Whether a document is a response of JSON-RPC with a result."""
    start = document[:MESSAGE]
    return start.lstrip().startswith(b"{") and b'"result"' in start


def _http_body(stream: RegistrarStream, head: bytes) -> bytes:
    """The body behind the header lines of a response (RFC 9112 6.3)."""
    if not _CHUNKED.search(head):
        length = _LENGTH.search(head)
        return stream.body(int(length[1]) if length else None)
    parts: list[bytes] = []
    while True:
        found = _CHUNK.match(stream.line())
        if found is None:
            raise OSError("a chunk of the response has no size")
        size = int(found[1], 16)
        if not size:
            return b"".join(parts)
        parts.append(stream.body(size))
        stream.cut = b"".join(parts)
        stream.line()


_CONVERSATIONS = {"asterisk": _of_asterisk, "freeswitch": _of_freeswitch, "kamailio": _of_kamailio}
