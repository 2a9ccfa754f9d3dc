"""Executes exchanges over TCP and TLS: one connection to a port, closed before the next opens."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from functools import lru_cache

from scanner.core.errors import RefusedError, WireError
from scanner.core.outcomes import Outcome
from scanner.discovery.conversation import Certificate, Peer, Request, Send
from scanner.discovery.cost import TCP_PACKETS, TLS_PACKETS
from scanner.discovery.declaration import Exchange
from scanner.engine import guard
from scanner.engine.os import closing
from scanner.engine.protocols.dialogue import execute
from scanner.engine.workers.api import ConversationResult, HostContext, HostFindings
from scanner.wire import x509

#: Octets read of one response; a SIP response is a hundredth of it.
RESPONSE_LIMIT = 65_536
#: One connection may take this many times the timeout of one response: connecting, handshake, response.
PATIENCE = 3


def converse(step: Exchange, host: HostContext) -> ConversationResult:
    """Converse on each open port of `step` until one has answered."""
    found: list[HostFindings] = []
    outcome, unanswered, notes = Outcome.NO_ANSWER, False, list[str]()
    for port in step.ports:
        if port not in host.open_ports:
            continue
        try:
            guard.check_port(port)
            if not host.turn(port, TLS_PACKETS if port in step.tls else TCP_PACKETS):
                return ConversationResult(outcome, tuple(found), "the time limit of the host expired")
            result = _converse(step, host, port)
            for _ in range(host.repeats):
                if not result.unanswered or not host.turn(port, TLS_PACKETS if port in step.tls else TCP_PACKETS):
                    break
                result = _converse(step, host, port)
        except RefusedError as fault:
            return ConversationResult(outcome, tuple(found), str(fault))
        found += result.found
        outcome, unanswered = result.outcome, unanswered or result.unanswered
        if result.note:
            notes.append(f"port {port}: {result.note}")
        if outcome is Outcome.ANSWERED:
            break
    return ConversationResult(outcome, tuple(found), "; ".join(notes), unanswered and outcome is not Outcome.ANSWERED)


def _converse(step: Exchange, host: HostContext, port: int) -> ConversationResult:
    """One connection, and the conversation on it."""
    deadline = min(host.deadline, time.monotonic() + PATIENCE * host.timeout)
    try:
        with _connected(host, port, deadline) as plain:
            connection = _encrypted(plain, deadline) if port in step.tls else plain
            with connection:
                try:
                    return _talk(step, host, port, _OpenConnection(connection, deadline, host, port))
                finally:
                    closing.finish(connection, deadline)
    except TimeoutError:
        return ConversationResult(Outcome.NO_ANSWER, unanswered=True)
    except ConnectionRefusedError:
        return ConversationResult(Outcome.REFUSED)
    except ssl.SSLError:
        return ConversationResult(Outcome.OTHER_PROTOCOL, note="the TLS handshake failed")
    except OSError as fault:
        return ConversationResult(Outcome.REFUSED if isinstance(fault, ConnectionError) else Outcome.UNREACHABLE)


def _talk(step: Exchange, host: HostContext, port: int, line: _OpenConnection) -> ConversationResult:
    shown = _certificate(line.connection) if isinstance(line.connection, ssl.SSLSocket) else None
    peer = Peer(host.address, port, host.cookie(port), _here(line.connection), tuple(host.findings), host.note, shown)
    response = execute(step.conversation(peer), line.perform, step.requests)
    found = (
        (HostFindings(port, response.findings, response.mac),)
        if response and (response.findings or response.mac)
        else ()
    )
    if line.refusal:
        return ConversationResult(Outcome.EXCLUDED, note=line.refusal)
    outcome = line.failure or (response.outcome if response else Outcome.NO_ANSWER)
    return ConversationResult(outcome, found, unanswered=outcome is Outcome.NO_ANSWER)


class _OpenConnection:
    """An open connection; `failure` or `refusal` is set once it carries no more requests."""

    def __init__(self, connection: socket.socket, deadline: float, host: HostContext, port: int) -> None:
        self.connection, self.deadline, self.host, self.port = connection, deadline, host, port
        self.requests = 0
        self.failure: Outcome | None = None
        self.refusal = ""

    def perform(self, request: Request) -> bytes | None:
        """Send a request and return the response, None where nothing was received."""
        if self.failure or self.refusal or not isinstance(request, Send):
            return None
        try:
            guard.check_payload(request.data)
            if self.requests and not self.host.turn(self.port, TCP_PACKETS):  # the first is part of the connection's
                raise TimeoutError
            self.requests += 1
            self.connection.settimeout(_left(self.deadline, self.host.timeout))
            if request.data:
                self.connection.sendall(request.data)
        except RefusedError as fault:
            self.refusal = str(fault)
        except TimeoutError:
            self.failure = Outcome.NO_ANSWER
        except ssl.SSLError:
            self.failure = Outcome.OTHER_PROTOCOL
        except OSError as fault:
            self.failure = Outcome.REFUSED if isinstance(fault, ConnectionError) else Outcome.UNREACHABLE
        else:
            return self._response(request) or None
        return None

    def _response(self, request: Send) -> bytes:
        data = b""
        with suppress(TimeoutError, ConnectionError, ssl.SSLError):  # what was received until then is the response
            while len(data) < RESPONSE_LIMIT and not request.complete(data):
                self.connection.settimeout(_left(self.deadline, self.host.timeout))
                part = self.connection.recv(min(8192, RESPONSE_LIMIT - len(data)))
                if not part:
                    break
                data += part
        return data


def _connected(host: HostContext, port: int, deadline: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in host.address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.settimeout(_left(deadline, host.timeout))
        made.connect((host.address, port))
    except BaseException:
        made.close()
        raise
    return made


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    """TLS from 1.0 on, not verified: nothing secret is sent; the peer's name and one response are read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


def _encrypted(plain: socket.socket, deadline: float) -> ssl.SSLSocket:
    """TLS on a connection; the handshake as a whole ends at the deadline, however slowly its bytes come."""
    wrapped = _context().wrap_socket(plain, do_handshake_on_connect=False)
    try:
        wrapped.settimeout(0.0)
        while True:
            try:
                wrapped.do_handshake()
                return wrapped
            except ssl.SSLWantReadError:
                _wait(wrapped, deadline, writing=False)
            except ssl.SSLWantWriteError:
                _wait(wrapped, deadline, writing=True)
    except BaseException:
        closing.finish(wrapped, deadline)
        wrapped.close()
        raise


def _wait(connection: socket.socket, deadline: float, *, writing: bool) -> None:
    import select

    left = deadline - time.monotonic()
    event = select.POLLOUT if writing else select.POLLIN
    poll = select.poll()
    poll.register(connection, event)
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError


def _left(deadline: float, timeout: float) -> float:
    left = min(deadline - time.monotonic(), timeout)
    if left <= 0:
        raise TimeoutError
    return left


def _here(connection: socket.socket) -> str:
    address, port = connection.getsockname()[:2]
    return f"[{address.partition('%')[0]}]:{port}" if ":" in address else f"{address}:{port}"


def _certificate(connection: ssl.SSLSocket) -> Certificate | None:
    with suppress(WireError):
        names = x509.names(connection.getpeercert(binary_form=True) or b"")
        return Certificate(names.subject, names.issuer, names.alternative)
    return None
