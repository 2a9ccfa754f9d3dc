"""Connections that do nothing, too little or too much: real sockets against `phonescan serve`."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.web.connections import ConnectionLimits, Connections, Phase
from tests.programs import line_with, running

pytestmark = [pytest.mark.network, pytest.mark.slow]
HEADERS = b"Host: 127.0.0.1\r\n"
#: Seconds of the head in SHORT.
HEAD_SECONDS = 1.0
#: `phonescan` with shorter deadlines; those of the product would make these tests wait.
SHORT = """
import sys
from scanner.cli.main import main
from scanner.web import server
from scanner.web.connections import ConnectionLimits
server.LIMITS = ConnectionLimits(idle=1, head=1, body=1, stalled=1, slow=0.2)
sys.exit(main())
"""


@pytest.fixture(scope="module")
def port(large: Path) -> Iterator[int]:
    """The port of a server with deadlines of one second."""
    run = [sys.executable, "-c", SHORT, "serve", "--db", str(large), "--port", "0"]
    with running(run, stderr=subprocess.PIPE, env=os.environ) as process:
        found = re.search(r"http://127.0.0.1:(\d+)", line_with(process.stderr, "http://"))
        assert found
        yield int(found[1])


def connect(port: int, sent: bytes = b"", own: str = "127.0.0.1") -> socket.socket:
    """A connection from an address of this machine, with what is sent first."""
    for _ in range(1200):
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(own, 0))
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    with suppress(ConnectionError):  # a server that has closed it is what some of these tests expect
        connection.sendall(sent)
    return connection


def status(connection: socket.socket) -> int:
    """The status of the response; 0 where the connection ends without one."""
    try:
        head = connection.recv(4096)
    except ConnectionError:
        return 0
    found = re.match(rb"HTTP/1.1 (\d{3})", head)
    return int(found[1]) if found else 0


def ends(connection: socket.socket) -> bool:
    """Whether the server closes a connection that the client leaves open; the limit is that of the test."""
    connection.settimeout(60)
    try:
        while connection.recv(65_536):
            pass
    except ConnectionError:
        return True
    return True


def page(port: int, own: str = "127.0.0.1") -> int:
    """The status of a page for a client, which sends its request before the deadline of the head."""
    while True:
        began = time.monotonic()
        with closing(connect(port, b"GET /assets/style.css HTTP/1.1\r\n" + HEADERS + b"\r\n", own)) as connection:
            was_late = time.monotonic() - began > HEAD_SECONDS / 2  # this machine, which is no fault of the server
            found = status(connection)
        if found or not was_late:
            return found


WAYS: dict[str, bytes] = {
    "nothing": b"",
    "half of a request line": b"GET /dev",
    "a head without an end": b"GET /devices HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\r\n",
    "a body without an end": b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000\r\n\r\npass",
    "a chunked body": b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
    "a body that no page reads": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000\r\n\r\n",
    "half of a pipelined request": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /dev",
    "a request that is kept alive": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


@pytest.mark.parametrize("sent", WAYS.values(), ids=WAYS.keys())
def test_210_connections_that_wait_keep_no_client_out_and_are_closed(port: int, sent: bytes) -> None:
    with ExitStack() as stack:
        waiting = [stack.enter_context(closing(connect(port, sent))) for _ in range(210)]
        assert [page(port), page(port, "127.0.0.2")] == [200, 200]
        assert all(ends(each) for each in waiting)
    assert page(port) == 200


@pytest.mark.parametrize("name", ["a head without an end", "a body without an end"])
def test_a_deadline_is_that_of_the_phase_not_of_each_byte(port: int, name: str) -> None:
    with closing(connect(port, WAYS[name])) as connection:
        ended = threading.Event()

        def drip() -> None:
            try:
                while not ended.is_set():
                    connection.sendall(b"x")
                    time.sleep(0.05)
            except OSError:
                ended.set()

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        assert ends(connection)
        ended.set()
        thread.join(10)


def slow_reader(port: int, sent: bytes) -> socket.socket:
    """A connection with a small receive buffer, which sends and does not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    connection.sendall(sent)
    return connection


def until_closed_by_the_server(port: int, waited: list[socket.socket]) -> None:
    """Wait until the server has closed connections whose client does not read, and so receives no FIN."""
    wanted = {each.getsockname()[1] for each in waited}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
        established = {
            int(row[2].partition(":")[2], 16)
            for row in rows
            if row[3] in ("01", "08") and int(row[1].partition(":")[2], 16) == port
        }
        if not established & wanted:
            return
        time.sleep(0.1)
    raise AssertionError("the server keeps connections whose client does not read")


@pytest.mark.parametrize("half_closed", [False, True])
@pytest.mark.parametrize("path", ["devices.csv", "data/observations.csv?_stream=on"])
def test_readers_of_a_response_that_do_not_read_keep_no_client_out_and_are_closed(
    port: int, path: str, half_closed: bool
) -> None:
    request = f"GET /{path} HTTP/1.1\r\n".encode() + HEADERS + b"\r\n"
    with ExitStack() as stack:
        stalled = [stack.enter_context(closing(slow_reader(port, request))) for _ in range(3)]
        assert page(port) == 200
        for each in stalled if half_closed else ():
            each.recv(1)  # the response has begun
            each.shutdown(socket.SHUT_WR)
        until_closed_by_the_server(port, stalled)
        closed = 0
        for each in stalled:
            received = 0
            try:
                while data := each.recv(65_536):
                    received += len(data)
            except ConnectionError:
                closed += 1
            assert received < 1_000_000  # what the buffers held, not the whole file
    assert page(port) == 200


def test_requests_that_are_sent_ahead_are_not_read_ahead(port: int) -> None:
    request = b"GET /login HTTP/1.1\r\n" + HEADERS + b"\r\n"
    with closing(slow_reader(port, b"")) as connection:
        connection.settimeout(5)
        sent = 0
        try:
            while sent < 50_000_000:
                sent += connection.send(request * 1000)
        except (TimeoutError, ConnectionError):
            pass
        assert sent < 5_000_000
        assert page(port) == 200
        assert ends(connection)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 421),
        (b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n" + HEADERS, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 8000, 431),
    ],
)
def test_a_malformed_request_is_a_page_with_all_headers(port: int, sent: bytes, expected: int) -> None:
    with closing(connect(port, sent)) as connection:
        connection.settimeout(30)
        received = b""
        try:
            while data := connection.recv(65_536):
                received += data
        except ConnectionError:
            pass
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {expected} ".encode()), head
    names = {line.partition(b":")[0].lower() for line in head.splitlines()}
    assert {b"content-security-policy", b"x-content-type-options", b"cache-control", b"x-frame-options"} <= names
    assert b"<h1>" in body
    assert b"Traceback" not in body


def test_what_is_malformed_within_or_after_a_response_ends_the_connection_without_a_traceback(stocked: Path) -> None:
    run = [sys.executable, "-m", "scanner", "serve", "--db", str(stocked), "--port", "0"]
    with running(run, stderr=subprocess.PIPE, env=os.environ) as process:
        found = re.search(r"http://127.0.0.1:(\d+)", line_with(process.stderr, "http://"))
        assert found
        for method, path in (
            ("GET", "/devices"),
            ("POST", "/devices"),
            ("GET", "/login"),
            ("GET", "/data/devices.csv"),
        ):
            head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            with closing(connect(int(found[1]), head.encode())) as connection:
                assert connection.recv(9) == b"HTTP/1.1 "
                connection.sendall(b"no length\r\n")
                assert ends(connection)
        process.terminate()
        assert process.stderr
        assert "Traceback" not in process.stderr.read()


LIMITS = ConnectionLimits(connections=10, of_one=4)


class Closed:
    """Connections of a test, and which of them were closed."""

    def __init__(self) -> None:
        self.connections = Connections(LIMITS)
        self.closed: list[int] = []
        self.number = 0

    def add(self, address: str, now: float, phase: Phase = Phase.WAITING, *, proxy: bool = False) -> int | None:
        number = self.number
        self.number += 1
        added = self.connections.add(address, lambda: self.closed.append(number), now, proxy=proxy)
        if added is None:
            return None
        added.enter(phase, now)
        return number


def test_every_phase_but_that_of_the_application_has_a_deadline_of_seconds() -> None:
    late = {phase for phase in Phase if ConnectionLimits().seconds(phase) > 20}
    assert late == {Phase.RESPONSE}


def test_a_connection_takes_the_place_of_the_oldest_of_its_address() -> None:
    held = Closed()
    for now in range(6):
        assert held.add("192.0.2.1", now) == now
    assert held.closed == [0, 1]
    assert held.add("2001:db8::1", 7.0) == 6
    assert held.closed == [0, 1]


def test_a_connection_whose_response_is_computed_is_not_closed_for_another() -> None:
    held = Closed()
    for now in range(LIMITS.of_one):
        held.add("192.0.2.1", now, Phase.RESPONSE)
    assert held.add("192.0.2.1", 100.0) is None
    assert held.add("192.0.2.2", 100.0) == LIMITS.of_one + 1
    assert held.connections.close_late(1e6) == 1  # the one that waits


def test_all_together_have_a_limit_that_those_with_most_connections_pay_for() -> None:
    held = Closed()
    for now in range(8):
        held.add(f"192.0.2.{now % 2}", now)
    held.add("192.0.2.7", 0.0)
    held.add("192.0.2.8", 0.0)
    assert len(held.connections) == LIMITS.connections
    assert held.add("192.0.2.9", 20.0) == 10
    assert held.closed == [0]


def test_a_proxy_has_the_limit_of_all_alone() -> None:
    held = Closed()
    for now in range(LIMITS.connections):
        held.add("192.0.2.1", now, proxy=True)
    assert held.closed == []
    held.add("192.0.2.1", 20.0, proxy=True)
    assert held.closed == [0]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "192.0.2.1", "2001:db8::1"]), st.sampled_from(Phase), st.integers(0, 90)))
)
def test_the_limits_hold_for_every_sequence(steps: list[tuple[str, Phase, int]]) -> None:
    held = Closed()
    added = 0
    for address, phase, now in steps:
        added += held.add(address, now, phase) is not None
        assert len(held.connections) <= LIMITS.connections
        assert len(held.connections) == added - len(held.closed)
    held.connections.close_late(1e9)
    assert len(set(held.closed)) == len(held.closed)
