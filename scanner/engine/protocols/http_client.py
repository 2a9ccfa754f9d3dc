"""One HTTP response by requests, in bounded time and bytes, from servers that may be old, broken or hostile.

requests' own timeout is one for each read, so a server that sends a byte now and then would block the thread without
limit. A watchdog shuts the connection down at the deadline, the TLS handshake included. No secret is sent here, so
certificates are not verified and TLS from 1.0 on is accepted.

A session's own work for each request (merging settings, cookies, hooks, redirects) costs more than the request, so
requests are given to its adapter, one for each thread.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
import traceback
import zlib
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from scanner.core.errors import WireError
from scanner.discovery.conversation import BODY_LIMIT, Certificate, Page
from scanner.discovery.options import USER_AGENT
from scanner.engine import guard
from scanner.engine.os import closing
from scanner.wire import x509

_SEGMENTS_OUT = 136  # offset of tcpi_segs_out in struct tcp_info, which only ever grew at its end (linux/tcp.h)
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
#: Bytes of a body that arrive before another turn is required, which is also all that the peer may send ahead of it,
#: and the packets by which we acknowledge so many: a long page is not to cost a phone more packets than its share.
STRETCH, STRETCH_PACKETS = 8192, 4
#: Packets that a connection may still send when its page is read: an ACK held back, our FIN, the ACK of theirs.
CLOSING = 3
#: Most headers of one response that are kept; http.client reads at most 100.
HEADER_LIMIT = 100


class Failure(Exception):
    """Why a page was not read. `kind` is refused, reset, unreachable, timeout, tls, expects-tls, expects-plaintext or
    malformed; `certificate` is what the server presented before the failure, `sent` as in `Fetched`. `lossy` is whether
    a packet of ours was lost: the connect had no response, or segments were retransmitted."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.lossy = False
        self.certificate: Certificate | None = None
        self.sent: int | None = None


class Fetched(NamedTuple):
    """A page, and whether it is whole: False when its deadline or its size cut it off.

    `sent` is how many packets we sent for it, None where the kernel does not report it.
    """

    page: Page
    whole: bool
    sent: int | None = None


class _Attempt:
    """The deadline of one request, and the certificate of its connection."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.certificate: bytes | None = None
        self.expired = False
        self.sent: int | None = None
        self.connected = self.retransmitted = False
        self._guard: socket.socket | None = None
        self._lock = threading.Lock()

    def watch(self, connected: socket.socket) -> None:
        """Shut the connection down at the deadline; a duplicate, since TLS takes the original away."""
        self.done()
        self._guard, self.connected = connected.dup(), True
        _watchdog().watch(self)

    @property
    def watched(self) -> bool:
        """Whether there is still a connection to shut down."""
        return self._guard is not None

    def cut(self) -> None:
        """The deadline has come."""
        with self._lock, contextlib.suppress(OSError):
            if self._guard is not None:
                self.expired = True
                self._guard.shutdown(socket.SHUT_RDWR)

    def done(self) -> None:
        """Stop watching. The connection ends here, even where a library still holds it."""
        with self._lock:
            if self._guard is not None:
                self.sent = _segments_sent(self._guard)
                self.retransmitted = closing.retransmitted(self._guard)
                closing.finish(self._guard, self.deadline, socket.SHUT_RDWR)
                self._guard.close()
            self._guard = None


def _segments_sent(connection: socket.socket) -> int | None:
    """Segments that a connection has sent (Linux, tcp(7) TCP_INFO: tcpi_segs_out) and will send to end."""
    if not hasattr(socket, "TCP_INFO"):
        return None
    with contextlib.suppress(OSError, struct.error):
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SEGMENTS_OUT + 4)
        return int(struct.unpack_from("=I", info, _SEGMENTS_OUT)[0]) + CLOSING
    return None


class _Watchdog:
    """One thread that shuts connections down at their deadlines."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, _Attempt]] = []
        self._serial = count()
        self._changed = threading.Condition()
        threading.Thread(target=self._walk, name="watchdog", daemon=True).start()

    def watch(self, attempt: _Attempt) -> None:
        """Shut its connection down at its deadline."""
        with self._changed:
            heappush(self._queue, (attempt.deadline, next(self._serial), attempt))
            if self._queue[0][2] is attempt:
                self._changed.notify()

    def _walk(self) -> None:
        while True:
            with self._changed:
                while self._queue and not self._queue[0][2].watched:
                    heappop(self._queue)
                now = time.monotonic()
                if not self._queue or self._queue[0][0] > now:
                    self._changed.wait(self._queue[0][0] - now if self._queue else None)
                    continue
                attempt = heappop(self._queue)[2]
            attempt.cut()


@lru_cache(maxsize=1)
def _watchdog() -> _Watchdog:
    return _Watchdog()


_attempt: ContextVar[_Attempt] = ContextVar("_attempt")


_SOCKET_OPTIONS = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_RCVBUF, STRETCH)]


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        guard.check_port(self.port or 80)
        connected = super()._new_conn()
        _attempt.get().watch(connected)
        return connected


class _Encrypted(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        guard.check_port(self.port or 443)
        connected = super()._new_conn()
        _attempt.get().watch(connected)
        return connected

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, ssl.SSLSocket):
            _attempt.get().certificate = self.sock.getpeercert(binary_form=True)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted

    def _validate_conn(self, conn: Any) -> None:
        if conn.is_closed:  # the pool's own would warn that nothing is verified: that is the point here
            conn.connect()


@lru_cache(maxsize=2)
def _context(legacy: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if legacy:  # phones of 2010: TLS 1.0, RC4-era key sizes, SHA-1, no RFC 5746; they choke on TLS 1.3's hello
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
        context.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
    return context


class _Adapter(HTTPAdapter):
    def __init__(self, legacy: bool) -> None:
        self._legacy = legacy
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"ssl_context": _context(self._legacy), "socket_options": _SOCKET_OPTIONS}
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}


_adapters = threading.local()


def _adapter(legacy: bool) -> _Adapter:
    """This thread's adapter; nothing of the environment, no cookies and no credentials pass through it."""
    name = "legacy" if legacy else "modern"
    made = getattr(_adapters, name, None)
    if made is None:
        made = _Adapter(legacy)
        setattr(_adapters, name, made)
    return made


def _prepared(url: str) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.prepare_method("GET")
    prepared.prepare_url(url, None)
    prepared.headers = CaseInsensitiveDict(_HEADERS)
    prepared.body = None
    return prepared


def fetch(
    url: str, path: str, deadline: float, timeout: float, *, legacy: bool = False, turn: Callable[[int], bool]
) -> Fetched:
    """GET `url`, whose path is `path`, until `deadline`; `timeout` is in seconds for one read. Raises Failure.

    `legacy` permits TLS as phones of 2010 have it. `turn(packets)` waits until more of a long body may be read, False
    when it may not.
    """
    attempt = _Attempt(deadline)
    token = _attempt.set(attempt)
    wait = max(0.05, min(timeout, deadline - time.monotonic()))
    try:
        with _adapter(legacy).send(_prepared(url), stream=True, timeout=(wait, wait), verify=False) as response:
            body, whole = _body(response, attempt, turn)
            headers = tuple((name.lower(), value) for name, value in response.raw.headers.iteritems())
            page = Page(path, response.status_code, headers[:HEADER_LIMIT], body, _certificate(attempt.certificate))
        attempt.done()
        return Fetched(page, whole, attempt.sent)
    except (requests.RequestException, HTTPError, OSError, ValueError) as fault:
        failure = _failure(fault, attempt)
        failure.certificate = _certificate(attempt.certificate)
        _let_go(fault)
        attempt.done()
        failure.sent = attempt.sent
        failure.lossy = attempt.retransmitted or not attempt.connected
        raise failure from None
    finally:
        attempt.done()
        _attempt.reset(token)


def _body(response: requests.Response, attempt: _Attempt, turn: Callable[[int], bool]) -> tuple[bytes, bool]:
    """As much of the body as deadline and limit allow, decompressed, and whether that is all."""
    parts, size, paid, whole = [], 0, STRETCH, True
    try:
        while size < BODY_LIMIT and time.monotonic() < attempt.deadline:
            if size >= paid:
                if not turn(STRETCH_PACKETS):
                    whole = False
                    break
                paid += STRETCH
            part = response.raw.read1(min(paid, BODY_LIMIT) - size, decode_content=False)
            if not part:
                break
            parts.append(part)
            size += len(part)
        else:
            whole = False
    except (HTTPError, OSError, ValueError):  # truncated: the octets received are a page, too
        whole = False
    body = b"".join(parts)
    if response.raw.headers.get("content-encoding", "").lower() in ("gzip", "deflate", "x-gzip"):
        body = _inflated(body)
    return body, whole and not attempt.expired


def _inflated(body: bytes) -> bytes:
    """Decompressed up to the limit, from gzip, zlib or raw deflate; as it is where it is none of them."""
    for wbits in (47, -15):
        with contextlib.suppress(zlib.error):
            return zlib.decompressobj(wbits).decompress(body, BODY_LIMIT)
    return body


@lru_cache(maxsize=256)
def _certificate(der: bytes | None) -> Certificate | None:
    if not der:
        return None
    try:
        names = x509.names(der)
    except WireError:
        return None
    return Certificate(names.subject, names.issuer, names.alternative)


def _let_go(fault: BaseException) -> None:
    """Free the frames of the failed calls: urllib3 leaves the socket of a response with conflicting lengths open."""
    found: BaseException | None = fault
    while found is not None:
        traceback.clear_frames(found.__traceback__)
        found = found.__context__


def _failure(fault: BaseException, attempt: _Attempt) -> Failure:
    """The failure of a request, by the innermost exception: requests wraps urllib3, http.client and the socket."""
    chain: list[BaseException] = []
    found: BaseException | None = fault
    while found is not None and found not in chain and len(chain) < 12:
        chain.append(found)
        inner = next((arg for arg in found.args if isinstance(arg, BaseException)), None)
        found = getattr(found, "reason", None) if isinstance(getattr(found, "reason", None), BaseException) else inner
        found = found or chain[-1].__cause__ or chain[-1].__context__
    text = " ".join(str(part) for part in chain)
    kinds = {type(part) for part in chain}
    if attempt.expired or any(issubclass(kind, TimeoutError | requests.Timeout) for kind in kinds):
        return Failure("timeout", "no complete response in time")
    if any(issubclass(kind, ssl.SSLError) for kind in kinds):
        plain = any(word in text for word in ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST"))
        return Failure("expects-plaintext" if plain else "tls", "the TLS handshake failed")
    if "\\x15\\x03" in text or "\x15\x03" in text:
        return Failure("expects-tls", "the response is TLS")
    if any(issubclass(kind, ConnectionRefusedError) for kind in kinds):
        return Failure("refused", "the connection was refused")
    if any(issubclass(kind, ConnectionResetError | BrokenPipeError) for kind in kinds):
        return Failure("reset", "the connection was reset")
    if "Network is unreachable" in text or "No route to host" in text:
        return Failure("unreachable", "no route to the host")
    return Failure("malformed", "the response is not HTTP")
