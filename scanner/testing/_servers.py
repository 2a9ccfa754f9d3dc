"""Sockets of the farm: datagram ports, listeners and connections. Handlers produce the responses."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from scanner.testing._accepted import AcceptedConnection
from scanner.testing._loop import READ, Loop
from scanner.testing.fragile import Nerves
from scanner.testing.tally import HostTally

#: Seconds without activity after which the device closes a connection.
IDLE = 30.0
#: Largest number of bytes on a connection before a complete request.
BUFFER_LIMIT = 65_536
#: Seconds after which two overlapping connections count as concurrent: the end of one and the start of the next
#: arrive through different queues of the kernel, which a busy host may process in the wrong order.
CERTAINTY = 0.01
_SO_TIMESTAMPNS = 35  # Linux: time of arrival at the kernel, independent of delays in the farm
_TCP_ESTABLISHED = 1


class DatagramReply(NamedTuple):
    """A datagram to send: destination port, delay, and the source socket if it is not the one of the request."""

    data: bytes
    port: int
    delay: float = 0.0
    other: socket.socket | None = None


class StreamResult(NamedTuple):
    """The result of a stream handler: octets consumed (0: incomplete), response, whether the connection stays open,
    seconds between the octets of the response (trickle), and whether no further response follows."""

    consumed: int
    reply: bytes = b""
    keep: bool = True
    trickle: float | None = None
    silence: bool = False


Datagrams = Callable[[bytes, tuple[str, int]], DatagramReply | None]
Streams = Callable[[bytes, tuple[str, int]], StreamResult]


def serve_datagrams(
    loop: Loop,
    sock: socket.socket,
    port: int,
    tally: HostTally,
    lost: Callable[[], bool],
    handle: Datagrams,
    nerves: Nerves | None = None,
) -> None:
    """Respond to datagrams on a bound socket. `lost()` returns, for each direction, whether the datagram is lost;
    `nerves` are those of a fragile phone."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def send(reply: DatagramReply, host: str) -> None:
        # a full buffer, an unreachable sender or an invalid port is loss, as on any network
        with contextlib.suppress(OSError, OverflowError):
            (reply.other or sock).sendto(reply.data, (host, reply.port))

    def readable() -> None:
        try:
            data, ancillary, _, peer = sock.recvmsg(4096, 64)
        except OSError:
            return
        if lost():
            return
        when = time.time()
        for _, kind, content in ancillary:
            if kind == _SO_TIMESTAMPNS and len(content) >= 16:
                seconds, nanoseconds = struct.unpack_from("qq", content)
                when = seconds + nanoseconds / 1e9
        tally.packet(when, len(data), port=("udp", port))
        if nerves is not None and not (nerves.packet(len(data), datagram=True, arrived=when) and nerves.request(data)):
            return
        faults = len(tally.faults)
        reply = handle(data, peer)
        if nerves is not None:
            for fault in tally.faults[faults:]:
                nerves.malformed(fault)
            if not nerves.up:
                return
        if reply is None or lost():
            return
        if reply.delay:
            loop.later(reply.delay, lambda: send(reply, peer[0]))
        else:
            send(reply, peer[0])

    loop.watch(sock, READ, readable)


def serve_streams(
    loop: Loop,
    listener: socket.socket,
    port: int,
    tally: HostTally,
    open_connections: set[Connection],
    context: Callable[[], ssl.SSLContext] | None,
    handle: Streams,
    nerves: Nerves | None = None,
) -> None:
    """Accept connections and pass requests to `handle`. `open_connections` are those of the device, on all ports;
    `nerves` are those of a fragile phone."""

    def acceptable() -> None:
        for _ in range(64):
            try:
                sock, peer = listener.accept()
            except OSError:
                return
            for other in [c for c in open_connections if not c.established()]:
                other.close()  # it ended before this one started; the event is not processed yet
            sock.setblocking(False)
            tally.packet(time.time(), 0, port=("tcp", port))
            if nerves is not None and not nerves.packet(0):
                sock.close()
                continue
            open_connections.add(Connection(loop, sock, peer, tally, open_connections, handle, context, nerves))
            if len(open_connections) > 1:
                loop.later(CERTAINTY, partial(_count, tally, tuple(open_connections), nerves))

    loop.watch(listener, READ, acceptable)


def _count(tally: HostTally, connections: tuple[Connection, ...], nerves: Nerves | None) -> None:
    """Record how many of the overlapping connections are still open."""
    count = sum(connection.established() for connection in connections)
    tally.together(count)
    if nerves is not None:
        nerves.together(count)


class Connection(AcceptedConnection):
    """A connection to a device, until either side closes it."""

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        peer: tuple[str, int],
        tally: HostTally,
        siblings: set[Connection],
        handle: Streams,
        context: Callable[[], ssl.SSLContext] | None,
        nerves: Nerves | None = None,
    ) -> None:
        super().__init__(loop, sock, tally, context)
        self._peer, self._siblings, self._handle, self._nerves = peer, siblings, handle, nerves
        self._incoming, self._outgoing = b"", b""
        self._keep, self._silent, self._trickle = True, False, 0.0
        self._resting, self._heard = False, time.monotonic()
        loop.later(IDLE, self._close_if_idle)

    def established(self) -> bool:
        """Whether the peer has not closed its end, according to the kernel (Linux)."""
        if self._closed:
            return False
        if not hasattr(socket, "TCP_INFO"):
            return True
        try:
            return self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _TCP_ESTABLISHED
        except OSError:
            return False

    def close(self) -> None:
        """Close the connection."""
        if self._closed:
            return
        self._closed = True
        self._siblings.discard(self)
        self._tally.closed()
        self._loop.forget(self._sock)
        if isinstance(self._sock, ssl.SSLSocket) and self._shaken:
            with contextlib.suppress(OSError, ValueError):
                self._sock.unwrap()
        self._sock.close()

    def _close_if_idle(self) -> None:
        if self._closed:
            return
        idle = time.monotonic() - self._heard
        if idle >= IDLE:
            self.close()
        else:
            self._loop.later(IDLE - idle + 0.01, self._close_if_idle)

    def _step(self) -> None:
        if self._outgoing and not self._resting:
            self._write()
        else:
            self._read()

    def _read(self) -> None:
        while not self._closed:
            chunk = self._sock.recv(16_384)
            if not chunk:
                self.close()
                return
            self._heard = time.monotonic()
            self._tally.packet(time.time(), len(chunk))
            if self._nerves is not None and not self._nerves.packet(len(chunk)):
                self.close()
                return
            self._incoming += chunk
            if self._silent or self._resting:
                self._incoming = b""
                continue
            self._serve()

    def _serve(self) -> None:
        while self._incoming and not self._outgoing and not self._closed:
            faults = len(self._tally.faults)
            turn = self._handle(self._incoming, self._peer)
            if self._nerves is not None and turn.consumed:
                self._nerves.request(self._incoming[: turn.consumed])
                for fault in self._tally.faults[faults:]:
                    self._nerves.malformed(fault)
                if not self._nerves.up:
                    self.close()
                    return
            if not turn.consumed:
                if len(self._incoming) > BUFFER_LIMIT:
                    self.close()
                return
            self._incoming = self._incoming[turn.consumed :]
            self._keep, self._silent, self._outgoing = turn.keep, turn.silence, turn.reply
            if turn.trickle:
                self._trickle = turn.trickle
                self._resting = True
                self._drip()
                return
            self._write()

    def _write(self) -> None:
        while self._outgoing:
            sent = self._sock.send(self._outgoing)
            self._outgoing = self._outgoing[sent:]
        if not self._keep:
            self.close()
            return
        self._await(READ)
        self._serve()

    def _drip(self) -> None:
        if self._closed:
            return
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            try:
                self._outgoing = self._outgoing[self._sock.send(self._outgoing[:1]) :]
            except (BrokenPipeError, ConnectionError):
                self.close()
                return
        if self._outgoing:
            self._loop.later(self._trickle, self._drip)
        elif not self._keep:
            self.close()
        else:
            self._resting = False
