"""One request over TCP or TLS, one answer, then the connection is closed."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from functools import lru_cache

from scanner.core.errors import RefusedError, WireError
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Certificate, StreamAsk
from scanner.discovery.http import certificate_findings
from scanner.engine import guard
from scanner.engine.workers.api import TCP_PACKETS, TLS_PACKETS, Heard, HostContext, Told
from scanner.wire import x509

#: Bytes read of one answer; a SIP response is a hundredth of it.
ANSWER_LIMIT = 65_536
#: One exchange may take this many times the timeout of one answer: connecting, handshake, answer.
PATIENCE = 3


def converse(step: StreamAsk, host: HostContext) -> Heard:
    """Ask each open port of `step` until one answers, where `step.when` holds."""
    told: list[Told] = []
    outcome, notes = Outcome.NO_ANSWER, []
    if not step.when(tuple(host.findings)):
        return Heard(Outcome.SKIPPED)
    for port in step.ports:
        if port not in host.open_ports:
            continue
        try:
            guard.check_port(port)
            if not host.turn(port, TLS_PACKETS if step.tls else TCP_PACKETS):
                return Heard(outcome, tuple(told), "no time was left")
        except RefusedError as fault:
            return Heard(outcome, tuple(told), str(fault))
        heard = _ask(step, host, port)
        told += heard.told
        outcome = heard.outcome
        if heard.note:
            notes.append(f"port {port}: {heard.note}")
        if outcome is Outcome.ANSWERED:
            break
    return Heard(outcome, tuple(told), "; ".join(notes))


def _ask(step: StreamAsk, host: HostContext, port: int) -> Heard:
    deadline = min(host.deadline, time.monotonic() + PATIENCE * host.timeout)
    findings: list[tuple[str, str]] = []
    try:
        with _connected(host, port, deadline) as plain:
            connection = _encrypted(plain, deadline) if step.tls else plain
            with connection:
                if isinstance(connection, ssl.SSLSocket):
                    findings += certificate_findings(_certificate(connection))
                request = step.request(host.address, port, host.cookie(port), _here(connection))
                guard.check_payload(request)
                connection.settimeout(_left(deadline, host.timeout))
                connection.sendall(request)
                data = _read(connection, step, deadline, host.timeout)
    except TimeoutError:
        return Heard(Outcome.NO_ANSWER, _told(port, findings))
    except ConnectionRefusedError:
        return Heard(Outcome.REFUSED)
    except ssl.SSLError:
        return Heard(Outcome.OTHER_PROTOCOL, note="the TLS handshake failed")
    except OSError as fault:
        barred = isinstance(fault, ConnectionError)
        return Heard(Outcome.REFUSED if barred else Outcome.UNREACHABLE, _told(port, findings))
    except RefusedError as fault:
        return Heard(Outcome.EXCLUDED, note=str(fault))
    answer = step.answer(data, host.cookie(port), host.address) if data else None
    if answer is None:
        return Heard(Outcome.NO_ANSWER, _told(port, findings))
    findings += answer.findings
    return Heard(answer.outcome, _told(port, findings, answer.mac))


def _told(port: int, findings: list[tuple[str, str]], mac: str | None = None) -> tuple[Told, ...]:
    return (Told(port, tuple(findings), mac),) if findings or mac else ()


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
    """TLS from 1.0 on, verified by nobody: nothing secret is sent, what is read is the peer's name and one answer."""
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


def _read(connection: socket.socket, step: StreamAsk, deadline: float, timeout: float) -> bytes:
    data = b""
    with suppress(TimeoutError, ConnectionError, ssl.SSLError):  # what came until then is the answer
        while len(data) < ANSWER_LIMIT and not step.complete(data):
            connection.settimeout(_left(deadline, timeout))
            part = connection.recv(min(8192, ANSWER_LIMIT - len(data)))
            if not part:
                break
            data += part
    return data


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
