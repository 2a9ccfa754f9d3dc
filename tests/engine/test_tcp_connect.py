"""TCP connects on loopback, and the UDP socket with its ICMP errors."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from selectors import DefaultSelector

import pytest

from scanner.core.errors import RefusedError
from scanner.core.outcomes import Outcome
from scanner.engine.hosts.tcp_connect import PortScan, TcpConnector
from scanner.engine.os.udp import SENT, Datagram, Send, SendResult, UdpSocket, by_version, source_address
from scanner.engine.rate.limits import HostRateLimiter
from tests.loopback import own

pytestmark = pytest.mark.network


@contextmanager
def listener(address: str) -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind((address, 0))
        sock.listen(64)
        yield int(sock.getsockname()[1])


def free_port(address: str) -> int:
    with socket.socket() as sock:
        sock.bind((address, 0))
        return int(sock.getsockname()[1])


def work(tcp_connector: TcpConnector, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while len(tcp_connector) and time.monotonic() < end:
        now = time.monotonic()
        tcp_connector.pump(now, 1000)
        for key, _ in tcp_connector.selector.select(0.01):
            key.data(key.fd, time.monotonic())
        tcp_connector.expire(time.monotonic())
    assert not len(tcp_connector)


@pytest.fixture
def tcp_connector() -> Iterator[TcpConnector]:
    with DefaultSelector() as selector:
        made = TcpConnector(selector, HostRateLimiter(1000), window=64, timeout=0.5)
        yield made
        made.close()


def test_open_and_closed_ports_are_distinguished(tcp_connector: TcpConnector) -> None:
    done: list[PortScan] = []
    with listener("127.0.0.1") as port:
        closed = free_port("127.0.0.1")
        tcp_connector.start(PortScan("127.0.0.1", (port, closed), done.append), time.monotonic())
        work(tcp_connector)
    assert done[0].outcomes == {port: Outcome.ANSWERED, closed: Outcome.REFUSED}
    assert done[0].responsive


def test_a_host_has_one_connection_at_a_time(tcp_connector: TcpConnector) -> None:
    done: list[PortScan] = []
    with ExitStack() as stack:
        ports = tuple(stack.enter_context(listener(own("127.0.0.2"))) for _ in range(5))
        tcp_connector.start(PortScan(own("127.0.0.2"), ports, done.append), time.monotonic())
        seen = 0
        while not done:
            tcp_connector.pump(time.monotonic(), 1000)
            seen = max(seen, len(tcp_connector.selector.get_map()))
            for key, _ in tcp_connector.selector.select(0.01):
                key.data(key.fd, time.monotonic())
            tcp_connector.expire(time.monotonic())  # these hosts never close their end
    assert seen == 1
    assert done[0].outcomes == dict.fromkeys(ports, Outcome.ANSWERED)


def test_printer_ports_are_never_connected_to(tcp_connector: TcpConnector) -> None:
    with pytest.raises(RefusedError):
        tcp_connector.start(PortScan("127.0.0.1", (80, 9100), lambda scan: None), time.monotonic())
    assert not len(tcp_connector)


def test_a_port_without_a_response_is_tried_attempts_times(tcp_connector: TcpConnector) -> None:
    tcp_connector.timeout = 0.05
    with socket.socket() as full, ExitStack() as stack:
        full.bind((own("127.0.0.3"), 0))
        full.listen(0)
        port = full.getsockname()[1]
        for _ in range(4):  # a full backlog drops our SYN, as a firewall would
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((own("127.0.0.3"), port))
        done: list[PortScan] = []
        tcp_connector.start(PortScan(own("127.0.0.3"), (port,), done.append, attempts=3), time.monotonic())
        work(tcp_connector)
    assert done[0].outcomes == {port: Outcome.NO_ANSWER}
    assert tcp_connector.sent == 3 * 2


def test_the_window_limits_the_connects_in_flight(tcp_connector: TcpConnector) -> None:
    tcp_connector.window = 4
    with listener(own("127.0.0.4")) as port:
        for last in range(1, 40):
            tcp_connector.start(PortScan(own(f"127.0.4.{last}"), (port,), lambda scan: None), time.monotonic())
        tcp_connector.pump(time.monotonic(), 1000)
        assert len(tcp_connector.selector.get_map()) <= 4
        work(tcp_connector)


def test_close_ends_every_connect(tcp_connector: TcpConnector) -> None:
    with listener(own("127.0.0.5")) as port:
        tcp_connector.start(PortScan(own("127.0.0.5"), (port, port), lambda scan: None), time.monotonic())
        tcp_connector.pump(time.monotonic(), 10)
        assert len(tcp_connector.close()) == 1
    assert len(tcp_connector.selector.get_map()) == 0


def test_a_closed_udp_port_is_reported_as_refused() -> None:
    sock = UdpSocket(4)
    try:
        closed = free_port(own("127.0.0.9"))
        for _ in range(3):
            assert not sock.send(b"OPTIONS sip:x SIP/2.0\r\n\r\n", own("127.0.0.9"), closed).error
        errors = []
        end = time.monotonic() + 60
        while len(errors) < 2 and time.monotonic() < end:
            list(sock.received())
            errors += list(sock.icmp_errors())
        assert {(r.address, r.port, r.outcome) for r in errors} == {(own("127.0.0.9"), closed, Outcome.REFUSED)}
    finally:
        sock.close()


def test_the_udp_socket_refuses_harmful_requests() -> None:
    sock = UdpSocket(4)
    try:
        with pytest.raises(RefusedError):
            sock.send(b"OPTIONS sip:x SIP/2.0\r\n\r\n", "127.0.0.1", 9100)
        with pytest.raises(RefusedError):
            sock.send(b"INVITE sip:x SIP/2.0\r\n\r\n", "127.0.0.1", 5060)
    finally:
        sock.close()


def test_a_batch_stops_at_a_datagram_that_the_kernel_rejects_and_returns_how_many_were_sent() -> None:
    sock = UdpSocket(4)
    received = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    try:
        received[0].bind((own("127.0.0.11"), 0))
        port = received[0].getsockname()[1]
        received[1].bind((own("127.0.0.12"), port))
        for one in received:
            one.settimeout(60)
        whole = [(b"OPTIONS sip:x SIP/2.0\r\n\r\n", own(f"127.0.0.{last}"), last) for last in (11, 12)]
        broadcast = (b"OPTIONS sip:x SIP/2.0\r\n\r\n", "255.255.255.255", 0)
        send = sock.to(port)
        sent, result = send([whole[0], broadcast, whole[1]])
        assert (sent, result.reason, result.again) == (1, "EACCES", False)
        assert send(whole[1:]) == (1, SENT)
        assert [one.recv(2048)[:12] for one in received] == [b"OPTIONS sip:"] * 2
    finally:
        sock.close()
        for one in received:
            one.close()


def test_datagrams_are_sent_in_order_over_the_socket_of_their_version() -> None:
    took: list[tuple[int, list[str]]] = []

    def wire(version: int, most: int) -> Send:
        def send(datagrams: Sequence[Datagram]) -> tuple[int, SendResult]:
            took.append((version, [address for _, address, _ in datagrams]))
            return (len(datagrams), SENT) if len(datagrams) <= most else (most, SendResult(105, 8))

        return send

    mixed = [(b"", address, 0) for address in ("10.0.0.1", "10.0.0.2", "fd00::1", "10.0.0.3")]
    assert by_version(wire(4, 9), wire(6, 9))(mixed) == (4, SENT)
    assert took == [(4, ["10.0.0.1", "10.0.0.2"]), (6, ["fd00::1"]), (4, ["10.0.0.3"])]
    took.clear()
    assert by_version(wire(4, 1), wire(6, 9))(mixed) == (1, SendResult(105, 8))
    assert took == [(4, ["10.0.0.1", "10.0.0.2"])]


def test_datagrams_are_received_with_their_sender_and_a_full_buffer_is_counted() -> None:
    sock = UdpSocket(4)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind((own("127.0.0.8"), 0))
            peer.sendto(b"hello", ("127.0.0.1", sock.port))
            end, received = time.monotonic() + 60, []
            while not received and time.monotonic() < end:
                received = list(sock.received())
            assert received == [(b"hello", own("127.0.0.8"), peer.getsockname()[1])]
            assert sock.drops() == 0
            sock._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            for _ in range(50):
                peer.sendto(b"x" * 1000, ("127.0.0.1", sock.port))
            assert sock.drops() > 0
    finally:
        sock.close()


def test_our_source_address_is_found_without_sending() -> None:
    assert source_address("127.3.4.5") == "127.0.0.1"
    assert source_address("::1") == "::1"


def test_a_connect_without_a_free_descriptor_waits_for_one_and_is_counted_if_none_becomes_free(
    tcp_connector: TcpConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = socket.socket
    full = True

    def limited(*args: int) -> socket.socket:
        if full:
            raise OSError(errno.EMFILE, "Too many open files")
        return opened(*args)

    address = own("127.62.0.9")
    with listener(address) as port:
        monkeypatch.setattr("scanner.engine.hosts.tcp_connect.socket.socket", limited)
        scans: list[PortScan] = []
        now = time.monotonic()
        tcp_connector.start(PortScan(address, (port,), scans.append), now)
        for step in range(60):  # three seconds
            tcp_connector.pump(now + step / 20, 10)
        assert (scans, len(tcp_connector)) == ([], 1)
        tcp_connector.start(PortScan(own("127.62.0.8"), (port,), scans.append), now)
        for step in range(60, 400):
            tcp_connector.pump(now + step / 20, 10)
        assert [dict(scan.outcomes) for scan in scans] == [{port: Outcome.NOT_SENT}] * 2
        full = False
        scans.clear()
        tcp_connector._blocked_until = float("-inf")
        tcp_connector.start(PortScan(address, (port,), scans.append), time.monotonic())
        work(tcp_connector)
    assert scans[0].outcomes == {port: Outcome.ANSWERED}


def test_two_scans_of_a_host_take_turns(tcp_connector: TcpConnector) -> None:
    done: list[PortScan] = []
    address = own("127.0.0.2")
    with listener(address) as port, listener(address) as other:
        tcp_connector.start(PortScan(address, (port,), done.append), time.monotonic())
        tcp_connector.start(PortScan(address, (other,), done.append), time.monotonic())
        tcp_connector.pump(time.monotonic(), 1000)
        assert len(tcp_connector) == 2
        assert len(tcp_connector._in_flight) == 1
        work(tcp_connector)
    assert [scan.outcomes for scan in done] == [{port: Outcome.ANSWERED}, {other: Outcome.ANSWERED}]
    assert not tcp_connector.scanning(address)


def test_a_connect_completed_as_its_time_ends_is_closed_in_order(tcp_connector: TcpConnector) -> None:
    done: list[PortScan] = []
    with listener("127.0.0.1") as port:
        tcp_connector.start(PortScan("127.0.0.1", (port,), done.append), time.monotonic())
        tcp_connector.pump(time.monotonic(), 1000)
        tcp_connector.expire(time.monotonic() + 1.0)
        assert not done
        work(tcp_connector)
    assert done[0].outcomes == {port: Outcome.ANSWERED}
