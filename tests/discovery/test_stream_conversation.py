"""SIP over TCP and TLS: one connection, one question, and servers that do not play along."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanner.core.budget import BudgetSpent, ByteBudget
from scanner.core.outcomes import Outcome
from scanner.discovery import sip as discovery
from scanner.discovery.declaration import Exchange
from scanner.discovery.options import Options
from scanner.engine.protocols import tcp_request
from scanner.engine.protocols.host_connection import HostConnection
from scanner.engine.workers.api import ConversationResult, HostContext
from scanner.testing.certificates import pem
from scanner.testing.phones import CertificateNames
from scanner.wire import sip

pytestmark = pytest.mark.network

COOKIE = 0x0123_4567_89AB_CDEF
Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def serving(serve: Serve, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """One listening socket; each connection is served by `serve` on the accepting thread."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, ssl.SSLError), connection:
                connection.settimeout(10)
                wrapped = context.wrap_socket(connection, server_side=True) if context else connection
                with wrapped:
                    serve(wrapped)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(15)


def ask(
    port: int, *, tls: bool = False, seconds: float = 5.0, timeout: float = 1.0, **changed: object
) -> ConversationResult:
    options = Options(sip_ports=(port,), sip_tls_ports=(port,))
    step = discovery.declare(options).steps[2 if tls else 1]
    assert isinstance(step, Exchange)
    given: dict[str, object] = {
        "address": "127.0.0.1",
        "deadline": time.monotonic() + seconds,
        "turn": lambda port, packets: True,
        "cookie": lambda port: COOKIE,
        "open_ports": (port,),
        "timeout": timeout,
    }
    return tcp_request.converse(step, HostContext(**(given | changed)))  # type: ignore[arg-type]


def phone(pieces: int = 1) -> Serve:
    def serve(connection: socket.socket) -> None:
        request = sip.parse(connection.recv(4096))
        data = sip.respond(request, 200, "OK", (("User-Agent", "PolyCCX-CCX_400-UA/6.2.11.1475"),))
        size = len(data) // pieces + 1
        for start in range(0, len(data), size):
            connection.sendall(data[start : start + size])
            time.sleep(0.01)

    return serve


def agents(heard: ConversationResult) -> list[str]:
    return [value for told in heard.found for field, value in told.findings if field == "sip.user-agent"]


def test_a_conversation_receives_four_mebibytes_over_all_connections() -> None:
    budget = HostContext("127.0.0.1", 0.0, lambda port, packets: True, lambda port: COOKIE).budget

    def serve(connection: socket.socket) -> None:
        while True:
            connection.sendall(bytes(65_536))

    def received(most: int) -> int:
        octets = 0
        line = HostConnection("127.0.0.1", port, deadline=time.monotonic() + 60, timeout=60, budget=budget)
        with line, contextlib.suppress(BudgetSpent):
            while octets < most:
                octets += len(line.receive())
        return octets

    with serving(serve) as port:
        first = received(3 << 20)
        assert first + received(9 << 20) == 4 << 20


@pytest.mark.parametrize("pieces", [1, 7])
def test_a_response_is_decoded_from_any_segments(pieces: int) -> None:
    with serving(phone(pieces)) as port:
        heard = ask(port)
    assert (heard.outcome, agents(heard)) == (Outcome.ANSWERED, ["PolyCCX-CCX_400-UA/6.2.11.1475"])


def test_our_own_end_stands_in_the_via() -> None:
    seen: list[str] = []

    def serve(connection: socket.socket) -> None:
        message = sip.parse(connection.recv(4096))
        address, port = connection.getpeername()[:2]
        seen.append(f"{message.first('via')} {address}:{port}")

    with serving(serve) as port:
        ask(port)
    via, _, here = seen[0].rpartition(" ")
    assert f"SIP/2.0/TCP {here};" in via


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    path: Path = tmp_path_factory.mktemp("tls") / "phone.pem"
    path.write_bytes(pem(CertificateNames(subject="CN=64167F000001,O=Polycom Inc.", issuer="CN=Polycom CA", names=())))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


def test_what_a_conversation_receives_is_taken_from_its_budget(context: ssl.SSLContext) -> None:
    budget = ByteBudget(100)
    with serving(phone(), context) as port:
        heard = ask(port, tls=True, budget=budget)
    assert (heard.outcome, heard.found, budget.left) == (Outcome.TRUNCATED, (), 0)


def test_over_tls_the_certificate_yields_findings(context: ssl.SSLContext) -> None:
    with serving(phone(), context) as port:
        heard = ask(port, tls=True)
    assert agents(heard) == ["PolyCCX-CCX_400-UA/6.2.11.1475"]
    assert ("https.cert-subject", "CN=64167F000001,O=Polycom Inc.") in heard.found[0].findings


def drip(connection: socket.socket) -> None:
    while True:  # until the other side closes
        connection.sendall(b"x")
        time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    for _ in range(1000):
        connection.sendall(b"x" * 10_000)


def somebody_elses(connection: socket.socket) -> None:
    connection.sendall(b"SIP/2.0 200 OK\r\nCall-ID: other\r\nUser-Agent: forged\r\nContent-Length: 0\r\n\r\n")


def echo(connection: socket.socket) -> None:
    connection.sendall(connection.recv(4096))


PEERS: list[tuple[str, Serve, set[Outcome]]] = [
    ("drips", drip, {Outcome.MALFORMED, Outcome.NO_ANSWER}),
    ("floods", flood, {Outcome.MALFORMED}),
    ("hangs up", lambda connection: None, {Outcome.NO_ANSWER, Outcome.REFUSED}),
    ("says nothing", lambda connection: connection.recv(9999) and connection.recv(1), {Outcome.NO_ANSWER}),  # type: ignore[arg-type, return-value]
    ("answers somebody else", somebody_elses, {Outcome.NO_ANSWER}),
    ("is an echo", echo, {Outcome.OTHER_PROTOCOL}),
    ("is a web server", lambda connection: connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"), {Outcome.OTHER_PROTOCOL}),
]


@pytest.mark.parametrize(("serve", "outcomes"), [p[1:] for p in PEERS], ids=[p[0] for p in PEERS])
def test_a_slow_server_costs_its_deadline_at_most(serve: Serve, outcomes: set[Outcome]) -> None:
    with serving(serve) as port:
        silent = (
            Outcome.NO_ANSWER in outcomes
        )  # by the deadline alone; the others respond, however slow this machine is
        heard = ask(port, seconds=0.6 if silent else 60.0, timeout=0.5 if silent else 30.0)
    assert heard.outcome in outcomes
    assert agents(heard) == []


def test_a_plain_server_on_a_tls_port_and_a_closed_port_are_outcomes() -> None:
    with serving(lambda connection: connection.sendall(b"SIP/2.0 400 Bad\r\n\r\n")) as port:
        assert ask(port, tls=True).outcome is Outcome.OTHER_PROTOCOL
    assert ask(port).outcome is Outcome.REFUSED


def test_a_handshake_that_drips_costs_its_deadline_at_most() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
        drip(connection)

    with serving(serve) as port:
        assert ask(port, tls=True, seconds=0.5, timeout=5.0).outcome is Outcome.NO_ANSWER


def test_nothing_is_sent_where_no_time_is_left() -> None:
    with serving(phone()) as port:
        heard = ask(port, turn=lambda port, packets: False)
        assert heard.outcome is Outcome.TIMED_OUT
        assert "time limit" in heard.note
        assert ask(port, open_ports=()).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(("repeats", "outcome"), [(0, Outcome.NO_ANSWER), (2, Outcome.ANSWERED)])
def test_a_request_without_a_response_is_repeated_on_a_new_connection_where_packets_are_lost(
    repeats: int, outcome: Outcome
) -> None:
    served: list[bytes] = []

    def second_time(connection: socket.socket) -> None:
        if not served:
            served.append(connection.recv(4096))
            served.append(connection.recv(4096))  # returns when the other side closes: one connection at a time
        else:
            phone()(connection)

    with serving(second_time) as port:
        heard = ask(port, timeout=1.0, repeats=repeats)
    assert heard.outcome is outcome
    assert heard.unanswered == (not repeats)
    assert served[1] == b""
