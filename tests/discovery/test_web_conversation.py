"""Reading web pages of servers that are well, old, slow, broken and hostile; each a few lines of socket code."""

from __future__ import annotations

import contextlib
import gc
import gzip
import select
import socket
import ssl
import struct
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanner.core.errors import RefusedError
from scanner.core.outcomes import Outcome
from scanner.discovery import http as http_discovery
from scanner.discovery.conversation import BODY_LIMIT, Conversation, Get, Page, Peer, Response
from scanner.discovery.cost import TCP_PACKETS
from scanner.discovery.declaration import Exchange, Transport
from scanner.discovery.options import USER_AGENT, Options
from scanner.engine.protocols import http_client, http_visit
from scanner.engine.workers.api import ConversationResult, HostContext

pytestmark = pytest.mark.network

Handler = Callable[[socket.socket, str, dict[str, str]], None]


def hung_up(connection: socket.socket) -> bool:
    """Whether the other side has closed a connection, as the kernel knows; our own thread may not have noticed yet."""
    try:
        return bool(select.select([connection], [], [], 0)[0]) and not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):  # closed here already
        return True


class Server:
    """One listening socket, one thread a connection; `asked` are request lines, `heads` header fields, as they came."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self.asked: list[str] = []
        self.heads: list[dict[str, str]] = []
        self.most_open = 0
        self._live: list[socket.socket] = []
        self._handler, self._context = handler, context
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._live.append(connection)
            self.most_open = max(self.most_open, sum(not hung_up(one) for one in self._live))
        try:
            connection.settimeout(10)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                data = b""
                while b"\r\n\r\n" not in data:
                    part = connection.recv(4096)
                    if not part:
                        return
                    data += part
                    if data.startswith(b"\x16\x03"):
                        connection.sendall(reply(b"what?", status="400 Bad Request"))
                        return
                line, *fields = data.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
                head = dict(field.split(": ", 1) for field in fields)
                with self._lock:
                    self.asked.append(line)
                    self.heads.append(head)
                self._handler(connection, line.split(" ")[1], head)
        except (OSError, ssl.SSLError):
            pass
        finally:
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10)


@contextlib.contextmanager
def serving(handler: Handler, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(handler, context)
    try:
        yield server
    finally:
        server.close()


def reply(body: bytes = b"", *fields: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def pages(**answers: bytes) -> Handler:
    """Serves path → whole response; `/` is `root`, a path's slashes are underscores."""

    def handler(connection: socket.socket, path: str, head: dict[str, str]) -> None:
        name = path.strip("/").replace("/", "_").replace(".", "_").partition("?")[0] or "root"
        connection.sendall(answers.get(name, reply(b"no", status="404 Not Found")))

    return handler


def visit(
    *ports: int, tls: tuple[int, ...] = (), seconds: float = 60.0, timeout: float = 20.0, **changed: object
) -> ConversationResult:
    step = http_discovery.declare(Options(http_ports=ports, https_ports=frozenset(tls))).steps[0]
    assert isinstance(step, Exchange)
    given: dict[str, object] = {
        "address": "127.0.0.1",
        "deadline": time.monotonic() + seconds,
        "turn": lambda port, packets: True,
        "cookie": lambda port: 1,
        "open_ports": ports,
        "timeout": timeout,
    }
    return http_visit.converse(step, HostContext(**(given | changed)))  # type: ignore[arg-type]


def said(heard: ConversationResult, field: str) -> list[str]:
    return [value for told in heard.found for name, value in told.findings if name == field]


def test_a_page_yields_server_realm_title_body_and_cookie_names() -> None:
    body = b"<html><title>Polycom - VVX 500\n Configuration &amp; Utility</title></html>"
    answer = reply(
        body,
        "Server: Polycom VVX",
        'WWW-Authenticate: Digest realm="a \\"b\\"", nonce="x"',
        "Set-Cookie: sid=secret; path=/",
    )
    with serving(pages(root=answer)) as server:
        heard = visit(server.port)
    assert heard.outcome is Outcome.ANSWERED
    assert said(heard, "http.server") == ["Polycom VVX"]
    assert said(heard, "http.realm") == ['a "b"']
    assert said(heard, "http.title") == ["Polycom - VVX 500 Configuration & Utility"]
    assert said(heard, "http.cookie") == ["sid"]
    assert said(heard, "http.body") == [body.decode()]


def test_requests_are_get_with_our_user_agent_and_without_secrets_or_cookies() -> None:
    root = reply(b'<script>location.href="/login.htm"</script> Polycom', "Set-Cookie: sid=secret")
    with serving(pages(root=root, login_htm=reply(b"hello"))) as server:
        visit(server.port)
    assert server.asked == ["GET / HTTP/1.1", "GET /login.htm HTTP/1.1"]
    for head in server.heads:
        assert head["User-Agent"] == USER_AGENT
        assert head["Connection"] == "close"
        assert not {"Authorization", "Cookie", "Proxy-Authorization"} & set(head)


def test_nothing_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with serving(pages(root=reply(b"hello", status="401 Unauthorized"))) as server:
        heard = visit(server.port)
    assert said(heard, "http.status") == ["401"]
    assert "Authorization" not in server.heads[0]


def test_one_connection_at_a_time() -> None:
    root = reply(b"x", "Server: yealink embed httpd")
    with serving(pages(root=root)) as first, serving(pages(root=root)) as second:
        visit(first.port, second.port)
        assert (first.most_open, second.most_open) == (1, 1)
        assert len(first.asked) == 4  # the page and the three generations of Yealink's login
        assert first.heads[1]["Host"] == f"127.0.0.1:{first.port}"


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="needs Linux, whose kernel counts a connection's packets")
@pytest.mark.parametrize("size", [10, 3_000, 60_000])
@pytest.mark.parametrize("encrypted", [False, True])
def test_packets_of_a_turn_that_were_not_sent_are_given_back_and_none_that_was(
    size: int, encrypted: bool, certificate: Path
) -> None:
    arrived: list[int] = []

    def count(connection: socket.socket, path: str, head: dict[str, str]) -> None:
        connection.sendall(reply(b"x" * size))
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 144)
        arrived.append(struct.unpack_from("=I", info, 140)[0] + 1)  # tcpi_segs_in begins after the SYN

    paid: list[int] = []
    with serving(count, tls_context(certificate) if encrypted else None) as server:
        visit(
            server.port,
            tls=(server.port,) if encrypted else (),
            turn=lambda port, packets: paid.append(packets) or True,
            unused=lambda packets: paid.append(-packets),
        )
    assert sum(paid) <= sum(one for one in paid if one > 0)
    assert arrived
    assert sum(arrived) <= sum(paid) <= sum(arrived) + 4 * len(arrived)


def redirected(connection: socket.socket, path: str, head: dict[str, str]) -> None:
    host = head["Host"]
    places = {"/": "/a", "/a": f"http://{host}/b", "/b": "c?x=1", "/c?x=1": "/d"}
    connection.sendall(reply(b"", f"Location: {places.get(path, '/')}", "Server: S" + path, status="302 Found"))


def test_redirects_are_followed_twice_on_the_same_host() -> None:
    with serving(redirected) as server:
        heard = visit(server.port)
    assert [line.split()[1] for line in server.asked] == ["/", "/a", "/b"]
    assert said(heard, "http.server") == ["S/", "S/a", "S/b"]


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.2/",
        "http://phone.example/",
        "//127.0.0.2/",
        "ftp://127.0.0.1/",
        "http://[",
        "javascript:alert(1)",
        "/reboot?now=1",
    ],
)
def test_redirects_elsewhere_are_not_followed(place: str) -> None:
    with serving(pages(root=reply(b"", f"Location: {place}", "Server: S", status="302 Found"))) as server:
        heard = visit(server.port)
    assert len(server.asked) == 1
    assert said(heard, "http.server") == ["S"]


def test_a_redirect_to_a_printer_port_is_refused() -> None:
    def turn(port: int, packets: int) -> bool:
        if port == 9100:
            raise RefusedError("port 9100 is never probed")
        return True

    with serving(pages(root=reply(b"", "Location: http://127.0.0.1:9100/", "Server: S", status="302 Found"))) as server:
        heard = visit(server.port, turn=turn)
    assert said(heard, "http.server") == ["S"]
    assert "never probed" in heard.note


def endless_redirect(connection: socket.socket, path: str, head: dict[str, str]) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /more\r\nServer: S\r\n\r\n")
    endless(connection, path, head)


def endless(connection: socket.socket, path: str, head: dict[str, str]) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nServer: endless\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(4000):  # 40 MB, were they taken
            connection.sendall(b"x" * 10_000)


def trickling_body(connection: socket.socket, path: str, head: dict[str, str]) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nServer: slow\r\n\r\n<title>slow</title>")
    drip(connection)


def trickling_head(connection: socket.socket, path: str, head: dict[str, str]) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    drip(connection)


def drip(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:  # until the other side closes
            connection.sendall(b"x")
            time.sleep(0.05)


def test_a_body_without_end_costs_its_limit_and_no_more() -> None:
    read: list[Page] = []

    def keeping(peer: Peer) -> Conversation:
        read.extend((yield Get("/")))
        return Response(Outcome.ANSWERED, http_discovery.read(read[0]))

    with serving(endless) as server:
        step = Exchange(Transport.HTTP, (server.port,), keeping, requests=8)
        context = HostContext("127.0.0.1", time.monotonic() + 5, lambda p, n: True, lambda p: 1, (server.port,))
        heard = http_visit.converse(step, context)
    assert [len(page.body) for page in read] == [BODY_LIMIT]
    assert said(heard, "http.server") == ["endless"]
    assert "cut off" in heard.note


def test_a_long_body_requests_further_packets_and_ends_without_them() -> None:
    with serving(pages(root=reply(b"<title>long</title>" + b"x" * (10 * http_client.STRETCH)))) as server:
        turns: list[int] = []

        def turn(port: int, packets: int) -> bool:
            turns.append(packets)
            return len(turns) < 6

        heard = visit(server.port, turn=turn)
        assert turns == [TCP_PACKETS, *[http_client.STRETCH_PACKETS] * 5]
        assert said(heard, "http.title") == ["long"]
        assert "cut off" in heard.note
        turns.clear()
        visit(server.port, turn=lambda port, packets: turns.append(packets) or True)
    assert turns[:11] == [TCP_PACKETS, *[http_client.STRETCH_PACKETS] * 10]


def test_the_body_of_a_redirect_is_bounded_too() -> None:
    with serving(endless_redirect) as server:
        heard = visit(server.port)
    assert set(said(heard, "http.server")) == {"S"}


def test_a_server_that_trickles_its_body_costs_only_its_deadline_and_what_came_is_kept() -> None:
    with serving(trickling_body) as server:
        heard = visit(server.port, seconds=1.0, timeout=60.0)
    assert said(heard, "http.title") == ["slow"]
    assert "cut off" in heard.note


def test_a_server_that_trickles_its_head_costs_only_its_deadline() -> None:
    with serving(trickling_head) as server:
        heard = visit(server.port, seconds=1.0, timeout=60.0)
    assert "cut off" in heard.note


def silence(connection: socket.socket, path: str, head: dict[str, str]) -> None:
    with contextlib.suppress(OSError):
        connection.recv(1)


def test_a_server_without_a_response_costs_one_timeout() -> None:
    with serving(silence) as server:
        heard = visit(server.port, timeout=0.2)
    assert heard.outcome is Outcome.TIMED_OUT


NOT_HTTP = [
    ("ssh", b"SSH-2.0-dropbear\r\n", Outcome.OTHER_PROTOCOL),
    ("binary", bytes(range(256)) * 4, Outcome.OTHER_PROTOCOL),
    ("nothing", b"", Outcome.REFUSED),
    ("a status without a number", b"HTTP/1.1 yes\r\n\r\n", Outcome.OTHER_PROTOCOL),
    ("a head without end", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000, Outcome.TRUNCATED),
    ("a thousand headers", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n", Outcome.TRUNCATED),
    ("a chunk of no size", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", Outcome.ANSWERED),
    ("a length that is none", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc", Outcome.ANSWERED),
    (
        "lengths that differ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 99999999999999999999\r\n\r\nhi",
        Outcome.OTHER_PROTOCOL,
    ),
    ("a line that is no header", b"HTTP/1.1 200 OK\r\nnocolon\r\n: empty\r\nServer: \xff\r\n\r\n", Outcome.ANSWERED),
    ("gzip that is none", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b garbage", Outcome.ANSWERED),
    (
        "a redirect to nowhere",
        b"HTTP/1.1 302 Found\r\nLocation: \xff http://\t[x\r\nContent-Length: 0\r\n\r\n",
        Outcome.ANSWERED,
    ),
    (
        "control characters in a header",
        b"HTTP/1.1 200 OK\r\nServer: a\x00\x1bb\r\nContent-Length: 0\r\n\r\n",
        Outcome.ANSWERED,
    ),
]


@pytest.mark.parametrize(("data", "outcome"), [case[1:] for case in NOT_HTTP], ids=[case[0] for case in NOT_HTTP])
def test_any_response_has_its_outcome_and_the_connection_is_closed(data: bytes, outcome: Outcome) -> None:
    left_open = []

    def answer(connection: socket.socket, path: str, head: dict[str, str]) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(3)
        with contextlib.suppress(ConnectionError):
            try:
                while connection.recv(4096):
                    pass
            except TimeoutError:
                left_open.append(path)

    with serving(answer) as server:
        gc.disable()  # a connection that is only forgotten stays open until it is collected
        try:
            heard = visit(server.port)
        finally:
            gc.enable()
    assert heard.outcome is outcome
    assert left_open == []
    assert server.most_open <= 1


def test_a_compressed_body_is_bounded_when_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving(pages(root=reply(bomb, "Content-Encoding: gzip"))) as server:
        heard = visit(server.port)
    assert heard.outcome is Outcome.TRUNCATED
    page = gzip.compress(b"<title>packed</title>")
    with serving(pages(root=reply(page, "Content-Encoding: gzip"))) as server:
        assert said(visit(server.port), "http.title") == ["packed"]


def test_an_expired_time_limit_is_in_the_note() -> None:
    with serving(pages(root=reply(b"x"))) as server:
        heard = visit(server.port, turn=lambda port, packets: False)
        assert server.asked == []
    assert heard.outcome is Outcome.TIMED_OUT
    assert "time limit" in heard.note


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_pages_that_the_time_limit_of_the_host_leaves_unread_are_timed_out_and_what_was_read_is_kept(
    turns: int,
) -> None:
    left = iter(range(turns))
    root = reply(b"x", "Server: yealink embed httpd")  # four pages are read of it
    with serving(pages(root=root)) as first, serving(pages(root=root)) as second:
        heard = visit(first.port, second.port, turn=lambda port, packets: next(left, None) is not None)
        assert len(first.asked) == turns
        assert second.asked == []
    assert heard.outcome is Outcome.TIMED_OUT
    assert said(heard, "http.server") == ["yealink embed httpd"]


def test_a_closed_port_is_refused_and_an_unopened_one_is_not_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert visit(port).outcome is Outcome.REFUSED
    assert visit(port, open_ports=()).outcome is Outcome.NO_ANSWER


YEALINK_V86 = b'{"ret":"failed","data":false,"error":{"webStatus":"noauth","phoneName":"T54W","firmware":"96.86.0.45"}}'


def test_yealinks_login_failure_names_model_and_firmware_and_ends_the_asking() -> None:
    root = reply(b"<title>Yealink</title>", "Server: yealink embed httpd")
    with serving(pages(root=root, api_auth_login=reply(YEALINK_V86, status="401 Unauthorized"))) as server:
        heard = visit(server.port)
    assert [line.split()[1] for line in server.asked] == ["/", "/api/auth/login?p=Login&t=1"]
    assert YEALINK_V86.decode() in said(heard, "http.body")


def test_a_page_is_chosen_by_what_other_discoveries_know() -> None:
    with serving(pages(root=reply(b"<title>x</title>"), DeviceInformationX=reply(b"<modelNumber>CP-8851"))) as server:
        heard = visit(server.port, findings=[("https.cert-subject", "CN=CP-8851-SEP00170E8F1A2B,O=Cisco Systems Inc.")])
    assert "<modelNumber>CP-8851" in said(heard, "http.body")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate in one file: a phone's mac in its common name, as Yealink's have it."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Yealink"),
            x509.NameAttribute(NameOID.COMMON_NAME, "001565AABBCC"),
        ]
    )
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))  # long expired, as phones' are
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("phone"), x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "phone.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def tls_context(certificate: Path, *, old: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if old:
        context.set_ciphers("AES128-SHA:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # deprecated it is: that is what is tried
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("old", [False, True], ids=["today's TLS", "TLS 1.0 and 1.1 alone"])
def test_a_certificate_yields_its_names_over_any_tls_version(certificate: Path, old: bool) -> None:
    with serving(pages(root=reply(b"hi")), tls_context(certificate, old=old)) as server:
        heard = visit(server.port, tls=(server.port,))
    assert said(heard, "https.cert-subject") == ["CN=001565AABBCC,O=Yealink"]
    assert said(heard, "https.cert-issuer") == ["CN=001565AABBCC,O=Yealink"]
    assert said(heard, "https.cert-san") == ["phone, 127.0.0.1"]
    assert said(heard, "http.body") == ["hi"]


@pytest.mark.parametrize("end", [silence, lambda connection, path, head: None], ids=["says nothing", "hangs up"])
def test_a_certificate_is_kept_of_a_server_that_then_fails(certificate: Path, end: Handler) -> None:
    with serving(end, tls_context(certificate)) as server:
        heard = visit(server.port, tls=(server.port,), timeout=1.0)
    assert said(heard, "https.cert-subject") == ["CN=001565AABBCC,O=Yealink"]
    assert said(heard, "http.status") == []


def test_a_port_gets_tls_or_plaintext_as_it_responds(certificate: Path) -> None:
    with serving(pages(root=reply(b"plain"))) as server:
        assert said(visit(server.port, tls=(server.port,)), "http.body") == ["plain"]
    with serving(pages(root=reply(b"encrypted")), tls_context(certificate)) as server:
        assert said(visit(server.port), "http.body") == ["encrypted"]


def test_a_handshake_without_end_costs_only_its_deadline() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while not stop.is_set():
                connection, _ = listening.accept()
                with connection, contextlib.suppress(OSError):
                    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
                    drip(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    port = listening.getsockname()[1]
    heard = visit(port, tls=(port,), seconds=0.5, timeout=60.0)
    stop.set()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(15)
    assert heard.outcome is Outcome.TIMED_OUT
    assert heard.found == ()


@pytest.mark.parametrize(("repeats", "fetched"), [(0, 1), (2, 2)])
def test_a_page_without_a_response_is_fetched_again_where_packets_are_lost(repeats: int, fetched: int) -> None:
    served: list[str] = []

    def second_time(connection: socket.socket, path: str, head: dict[str, str]) -> None:
        served.append(path)
        if len(served) == 1:
            connection.recv(1)  # nothing until the other side closes
        else:
            connection.sendall(reply(b"<title>Phone</title>", "Server: phone"))

    with serving(second_time) as server:
        result = visit(server.port, timeout=1.0, repeats=repeats)
    assert (said(result, "http.server") == ["phone"]) == (repeats > 0)
    assert result.unanswered == (not repeats)
    assert len([path for path in served if path == "/"]) == fetched
    assert server.most_open == 1


def test_a_page_whose_connect_was_lost_is_fetched_again() -> None:
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = listening.getsockname()[1]
        fillers = [stack.enter_context(socket.socket()) for _ in range(4)]
        for filler in fillers:  # a full backlog drops our SYN
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))

        def free() -> None:
            time.sleep(0.15)  # the SYN of the second connect is not dropped
            for filler in fillers:
                filler.close()
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.settimeout(2)
                        if connection.recv(4096):
                            connection.sendall(reply(b"<title>Phone</title>", "Server: phone"))

        thread = threading.Thread(target=free, daemon=True)
        thread.start()
        result = visit(port, timeout=0.3, seconds=8.0)
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)
    assert said(result, "http.server") == ["phone"]


def test_a_page_is_not_fetched_again_after_the_deadline_of_the_host() -> None:
    turns: list[int] = []

    def turn(port: int, packets: int) -> bool:
        turns.append(packets)
        return len(turns) < 3

    with serving(lambda connection, path, head: connection.recv(1) and None) as server:
        visit(server.port, timeout=0.1, repeats=5, turn=turn)
    assert len(turns) == 3
    assert server.most_open == 1


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://192.0.2.7/d.xml", ("http", 80, "/d.xml")),
        ("https://192.0.2.7/d.xml?a=b", ("https", 443, "/d.xml?a=b")),
        ("http://192.0.2.7:0/d.xml", ("http", 0, "/d.xml")),  # refused as no port, and not taken for the default
        ("http://192.0.2.8/d.xml", None),
        ("http://phone.example/d.xml", None),
        ("http://192.0.2.7@192.0.2.8/d.xml", None),
        ("http://192.0.2.7/reboot", None),
        ("ftp://192.0.2.7/d.xml", None),
        ("http://192.0.2.7:99999/d.xml", None),
    ],
)
def test_a_url_has_a_place_on_the_host_itself_alone(url: str, place: tuple[str, int, str] | None) -> None:
    assert http_visit._place(url, "192.0.2.7", "http") == place
