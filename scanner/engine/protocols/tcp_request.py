"""Executes exchanges over TCP and TLS: one connection to a port, closed before the next opens."""

from __future__ import annotations

import ssl
import time
from contextlib import suppress

from scanner.core.budget import BudgetSpent
from scanner.core.errors import RefusedError
from scanner.core.outcomes import Outcome
from scanner.discovery.conversation import Peer, Request, Send
from scanner.discovery.cost import TCP_PACKETS, TLS_PACKETS
from scanner.discovery.declaration import Exchange
from scanner.engine import guard
from scanner.engine.protocols.dialogue import execute
from scanner.engine.protocols.host_connection import HostConnection, certificate_of, tls_context
from scanner.engine.workers.api import ConversationResult, HostContext, HostFindings

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
                return ConversationResult(Outcome.TIMED_OUT, tuple(found), "the time limit of the host expired")
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
        with HostConnection(
            host.address,
            port,
            deadline=deadline,
            timeout=host.timeout,
            budget=host.budget,
            host_deadline=host.deadline,
            left_open=host.leave_open,
        ) as connection:
            if port in step.tls:
                connection.encrypt(tls_context(any_version=True))
            return _talk(step, host, port, _OpenConnection(connection, host, port))
    except BudgetSpent:
        return ConversationResult(Outcome.TRUNCATED, note="more was received than is read of one host")
    except TimeoutError:
        return ConversationResult(Outcome.NO_ANSWER, unanswered=True)
    except ConnectionRefusedError:
        return ConversationResult(Outcome.REFUSED)
    except ssl.SSLError:
        return ConversationResult(Outcome.OTHER_PROTOCOL, note="the TLS handshake failed")
    except OSError as fault:
        return ConversationResult(Outcome.REFUSED if isinstance(fault, ConnectionError) else Outcome.UNREACHABLE)


def _talk(step: Exchange, host: HostContext, port: int, line: _OpenConnection) -> ConversationResult:
    shown, here = certificate_of(line.connection.certificate), line.connection.here
    peer = Peer(host.address, port, host.cookie(port), here, tuple(host.findings), host.note, shown)
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

    def __init__(self, connection: HostConnection, host: HostContext, port: int) -> None:
        self.connection, self.host, self.port = connection, host, port
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
            if request.data:
                self.connection.send(request.data)
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
        data = bytearray()
        # what was received until a fault is the response
        with suppress(TimeoutError, ConnectionError, ssl.SSLError, BudgetSpent):
            while len(data) < RESPONSE_LIMIT and not request.complete(bytes(data)):
                part = self.connection.receive(RESPONSE_LIMIT - len(data))
                if not part:
                    break
                data += part
        return bytes(data)
