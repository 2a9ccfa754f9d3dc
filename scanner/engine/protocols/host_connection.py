"""A TCP connection to one host, plain or TLS: all it receives is taken from a budget, each wait ends at a deadline.

TLS is executed in memory, on the bytes that `_receive` reads, so that a handshake, its certificates and records
without data are bounded like everything else. No secret is sent over these connections, so certificates are not
verified and TLS from 1.0 on is accepted.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType

from scanner.core.budget import BudgetSpent, ByteBudget
from scanner.core.errors import WireError
from scanner.discovery.conversation import Certificate
from scanner.engine import guard
from scanner.engine.os import closing
from scanner.engine.os.resources import open_socket
from scanner.wire import x509

#: Most octets that are read at once.
CHUNK = 8192
#: Longest certificate that is read, in octets; those of phones have about 1,500.
CERTIFICATE_LIMIT = 16_384
#: Packets that a connection may still send when its response is read: an ACK held back, our FIN, the ACK of theirs.
CLOSING = 3
_SEGMENTS_OUT = 136  # offset of tcpi_segs_out in struct tcp_info, which only ever grew at its end (linux/tcp.h)


class HostConnection:
    """One connection, until `close`. `deadline` is on the monotonic clock, `timeout` seconds for each wait.

    `receive_buffer` bounds what the peer may send ahead, in octets; None leaves it to the kernel. `left_open` is called
    where the peer has not acknowledged our FIN until shortly after `host_deadline`: no other connection to it may be
    opened. Raises OSError where it cannot be opened, and TimeoutError where that takes too long.
    """

    def __init__(
        self,
        address: str,
        port: int,
        *,
        deadline: float,
        timeout: float,
        budget: ByteBudget,
        receive_buffer: int | None = None,
        host_deadline: float | None = None,
        left_open: Callable[[], None] = lambda: None,
    ) -> None:
        guard.check_port(port)
        self.sent: int | None = None
        self.retransmitted = False
        self.certificate: bytes | None = None
        self._deadline, self._timeout, self._budget = deadline, timeout, budget
        self._host_deadline, self._left_open = deadline if host_deadline is None else host_deadline, left_open
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = open_socket(family, socket.SOCK_STREAM, deadline)
        try:
            if receive_buffer is not None:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.settimeout(self._left())
            self._socket.connect((address, port))
        except BaseException:
            self._end()
            raise

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Execute the TLS handshake. Raises ssl.SSLError, TimeoutError, BudgetSpent and OSError."""
        tls = context.wrap_bio(self._incoming, self._outgoing)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    self._flush()  # the alert
                raise
            else:
                break
        self._tls, self.certificate = tls, tls.getpeercert(binary_form=True)
        self._flush()

    @property
    def here(self) -> str:
        """Our own end, as `10.0.0.9:40001`."""
        address, port = self._socket.getsockname()[:2]
        return f"[{address.partition('%')[0]}]:{port}" if ":" in address else f"{address}:{port}"

    def send(self, data: bytes) -> None:
        """Send everything."""
        if self._tls is not None:
            self._tls.write(data)
            self._flush()
        else:
            self._socket.settimeout(self._left())
            self._socket.sendall(data)

    def receive(self, most: int = CHUNK) -> bytes:
        """What arrives next, at most `most` octets; empty at the end of the stream.

        Raises TimeoutError, BudgetSpent, ssl.SSLError and OSError.
        """
        if self._tls is None:
            return self._receive(most)
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def close(self) -> None:
        """Close the connection, and wait until the peer has our FIN.

        `sent` becomes the packets that we sent, None where the kernel does not report it, and `retransmitted` whether
        segments of ours were lost.
        """
        if self._socket.fileno() < 0:
            return
        self.sent, self.retransmitted = _segments_sent(self._socket), closing.retransmitted(self._socket)
        self._end()

    def _end(self) -> None:
        """Close in order, also a connect that was completed when its time was over."""
        if closing.finish(self._socket, self._host_deadline):
            self._socket.close()
        else:
            closing.leave(self._socket)
            self._left_open()

    def __enter__(self) -> HostConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _receive(self, most: int) -> bytes:
        """The one place where bytes come in."""
        size = min(most, CHUNK, self._budget.left)
        if size <= 0:
            raise BudgetSpent
        self._socket.settimeout(self._left())
        part = self._socket.recv(size)
        if not self._budget.take(len(part)):
            raise BudgetSpent
        return part

    def _fill(self) -> None:
        """Receive what TLS waits for."""
        part = self._receive(CHUNK)
        if part:
            self._incoming.write(part)
        else:
            self._incoming.write_eof()

    def _flush(self) -> None:
        """Send what TLS has written."""
        if self._outgoing.pending:
            self._socket.settimeout(self._left())
            self._socket.sendall(self._outgoing.read())

    def _left(self) -> float:
        left = min(self._deadline - time.monotonic(), self._timeout)
        if left <= 0:
            raise TimeoutError
        return left


def _segments_sent(connection: socket.socket) -> int | None:
    """Segments that a connection has sent (Linux, tcp(7) TCP_INFO: tcpi_segs_out) and will send to end."""
    if not hasattr(socket, "TCP_INFO"):
        return None
    with contextlib.suppress(OSError, struct.error):
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SEGMENTS_OUT + 4)
        return int(struct.unpack_from("=I", info, _SEGMENTS_OUT)[0]) + CLOSING
    return None


def certificate_of(der: bytes | None) -> Certificate | None:
    """The names in a certificate; None where it cannot be read or is longer than `CERTIFICATE_LIMIT`."""
    return _certificate(der) if der and len(der) <= CERTIFICATE_LIMIT else None


@lru_cache(maxsize=128)
def _certificate(der: bytes) -> Certificate | None:
    try:
        names = x509.names(der)
    except WireError:
        return None
    return Certificate(names.subject, names.issuer, names.alternative)


@lru_cache(maxsize=4)
def tls_context(*, old_only: bool = False, any_version: bool = False) -> ssl.SSLContext:
    """TLS without verification: as Python has it; from 1.0 on (`any_version`); or up to 1.2 alone (`old_only`).

    Phones of 2010 have TLS 1.0, short keys, SHA-1 and no RFC 5746, and some fail at the hello of TLS 1.3.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if old_only:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
    if old_only or any_version:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context
