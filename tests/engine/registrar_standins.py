"""Stand-ins for registrars on loopback, as the documentation of AMI and of the event socket describes them."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO, cast

from tests.loopback import own

ADDRESS = own("127.0.3.1")
SECRET = "s3cret word"
YEALINK = "Yealink SIP-T46U 108.86.0.90"
#: What a stand-in does with a connection: reads requests, writes responses.
Serve = Callable[[BinaryIO, BinaryIO], None]

_EVENT = b"Event: VarSet\r\nPrivilege: dialplan,all\r\nVariable: x\r\nValue: " + b"y" * 400 + b"\r\n\r\n"
CONTACT = (
    "Event: ContactList\r\nActionID: 2\r\nObjectName: 201;@3a5e\r\nViaAddr: 10.1.2.3\r\n"
    f"Uri: sip:201@203.0.113.9:4024;x-ast-orig-host=10.1.2.3:5060\r\nUserAgent: {YEALINK}\r\n"
    "ExpirationTime: 1999999999\r\nCallId: 1@10.1.2.3\r\nStatus: Reachable\r\n\r\n"
).encode()
OTHER = CONTACT.replace(b"201", b"208").replace(b"10.1.2.3", b"10.1.2.8")
PEER = (
    "Response: Success\r\nActionID: {id}\r\nChanneltype: SIP\r\nObjectName: 202\r\nAddress-IP: 10.1.2.4\r\n"
    "SIP-Useragent: Cisco/SPA504G-7.5.2\r\nReg-Contact: sip:202@10.1.2.4:5060\r\n\r\n"
)
XML = (
    b"<profile>\n  <registrations>\n    <registration>\n        <call-id>5@10.1.2.5</call-id>\n"
    b"        <user>260000@example.invalid</user>\n        <contact>sip:26@10.1.2.5:5070</contact>\n"
    b"        <agent>Cisco-CP-8851-3PCC/12.0.7</agent>\n        <network-ip>203.0.113.9</network-ip>\n"
    b"    </registration>\n  </registrations>\n</profile>\n"
)


@contextlib.contextmanager
def serving(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server on a port of ADDRESS; the port, and the octets that each connection sent."""
    received: list[bytes] = []
    with socket.create_server((ADDRESS, 0)) as listening:
        listening.settimeout(0.1)
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    taken, _ = listening.accept()
                    taken.settimeout(10)
                    with contextlib.suppress(OSError), taken if tls is None else tls.wrap_socket(taken, True) as peer:
                        serve(cast(BinaryIO, _Noted(peer, received)), cast(BinaryIO, peer.makefile("wb", 0)))

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1], received
        finally:
            ended.set()
            thread.join(15)


class _Noted:
    """The requests of a connection, up to each empty line, which are noted."""

    def __init__(self, peer: socket.socket, received: list[bytes]) -> None:
        self._file, self._received = peer.makefile("rb"), received

    def request(self) -> bytes:
        """The next request; empty at the end."""
        lines = []
        while (line := self._file.readline()) and line.strip():
            lines.append(line)
        found = b"".join(lines)
        if found:
            self._received.append(found)
        return found


def asterisk(*, flood: bool = False, chan_sip: bool = True, permitted: bool = True, contacts: int = 1) -> Serve:
    """Asterisk's manager interface; `flood` sends events that nobody wants between all messages."""

    def serve(requests: BinaryIO, out: BinaryIO) -> None:
        noise = _EVENT * 200 if flood else b""
        out.write(b"Asterisk Call Manager/5.0.2\r\n")
        while request := requests.request():  # type: ignore[attr-defined]
            number = cast("re.Match[bytes]", re.search(rb"ActionID: (\d+)", request))[1]
            name = cast("re.Match[bytes]", re.match(rb"Action: (\w+)", request))[1]
            out.write(noise)
            success = b"Response: Success\r\nActionID: %b\r\n" % number
            error = b"Response: Error\r\nActionID: %b\r\nMessage: " % number
            if name == b"Login":
                right = f"Secret: {SECRET}\r\n".encode() in request
                out.write(success + b"Message: Authentication accepted\r\n\r\n" if right else error + b"No\r\n\r\n")
            elif name == b"PJSIPShowContacts" and not permitted:
                out.write(error + b"Permission denied\r\n\r\n")
            elif name == b"PJSIPShowContacts":
                out.write(success + b"EventList: start\r\n\r\n" + noise + CONTACT * contacts)
                out.write(b"Event: ContactListComplete\r\nActionID: 2\r\nListItems: 1\r\n\r\n")
            elif name == b"SIPpeers" and chan_sip:
                out.write(success + b"EventList: start\r\n\r\nEvent: PeerEntry\r\nActionID: 3\r\nObjectName: 202\r\n")
                out.write(b"IPaddress: 10.1.2.4\r\n\r\nEvent: PeerEntry\r\nActionID: 3\r\nObjectName: 203\r\n")
                out.write(b"IPaddress: -none-\r\n\r\nEvent: PeerlistComplete\r\nActionID: 3\r\n\r\n")
            elif name == b"SIPshowpeer":
                out.write(PEER.format(id=number.decode()).encode())
            elif name != b"Logoff":
                out.write(error + b"Invalid/unknown command\r\n\r\n")

    return serve


def freeswitch(*, document: bytes = XML) -> Serve:
    """FreeSWITCH's event socket."""

    def serve(requests: BinaryIO, out: BinaryIO) -> None:
        out.write(b"Content-Type: auth/request\n\n")
        while request := requests.request():  # type: ignore[attr-defined]
            if request.startswith(b"auth "):
                right = request == f"auth {SECRET}\n".encode()
                reply = b"+OK accepted" if right else b"-ERR invalid"
                out.write(b"Content-Type: command/reply\nReply-Text: %b\n\n" % reply)
            elif request.startswith(b"api "):
                out.write(b"Content-Length: 3\nContent-Type: log/data\n\nabc")
                out.write(b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(document), document))

    return serve


def whole(out: BinaryIO, data: bytes) -> None:
    """Write all of it: the stream writes as much as the socket takes."""
    left = memoryview(data)
    while left:
        left = left[out.write(left) or 0 :]


def asterisk_that(ends: Callable[[], None], *, between: bytes = b"", end: bytes = b"") -> Serve:
    """Asterisk's manager interface with two contacts, something between and behind them, and an end of its own."""

    def serve(requests: BinaryIO, out: BinaryIO) -> None:
        out.write(b"Asterisk Call Manager/5.0.2\r\n")
        while request := requests.request():  # type: ignore[attr-defined]
            number = cast("re.Match[bytes]", re.search(rb"ActionID: (\d+)", request))[1]
            success = b"Response: Success\r\nActionID: %b\r\n" % number
            if request.startswith(b"Action: PJSIPShowContacts"):
                whole(out, success + b"EventList: start\r\n\r\n" + CONTACT + between + OTHER + end)
                ends()
            elif request.startswith(b"Action: SIPpeers"):
                out.write(b"Response: Error\r\nActionID: %b\r\nMessage: Invalid/unknown command\r\n\r\n" % number)
            else:
                out.write(success + b"\r\n")

    return serve


def freeswitch_that(profiles: dict[str, bytes], *, of: int = 0) -> Serve:
    """FreeSWITCH's event socket: profile → document; `of` are octets that each announces and does not send."""

    def serve(requests: BinaryIO, out: BinaryIO) -> None:
        out.write(b"Content-Type: auth/request\n\n")
        while request := requests.request():  # type: ignore[attr-defined]
            if request.startswith(b"auth "):
                out.write(b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
            elif request.startswith(b"api "):
                document = profiles[request.split()[4].decode()]
                out.write(b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(document) + of, document))
                if of:
                    return

    return serve


@contextlib.contextmanager
def kamailio(
    respond: Callable[[BaseHTTPRequestHandler], None], tls: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[tuple[str, str, str]]]]:
    """Kamailio's JSON-RPC over HTTP: the port, and (method and path, Authorization, body) of each request."""
    received: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            received.append((f"{self.command} {self.path}", self.headers.get("Authorization") or "", body))
            with contextlib.suppress(OSError):
                respond(self)

        do_GET = do_POST = handle_one

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def get_request(self) -> tuple[socket.socket, Any]:
            peer, address = super().get_request()
            return peer if tls is None else tls.wrap_socket(peer, True), address

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Server((ADDRESS, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_port, received
        finally:
            server.shutdown()
            thread.join(15)


def stalling(greeting: bytes, seconds: float = 8) -> Serve:
    """A server that greets, reads one request, and sends nothing more for a while."""

    def serve(requests: BinaryIO, out: BinaryIO) -> None:
        out.write(greeting)
        requests.request()  # type: ignore[attr-defined]
        time.sleep(seconds)

    return serve


def endless(greeting: bytes, part: bytes) -> Serve:
    """A server that greets, reads one request, and sends a part again and again."""

    def serve(requests: BinaryIO, out: BinaryIO) -> None:
        out.write(greeting)
        requests.request()  # type: ignore[attr-defined]
        for _ in range(100_000):
            out.write(part)

    return serve
