"""Connections and datagrams of hostile hosts: a script decides what is sent, when, and how the connection ends.

A script is a generator. It yields octets to send, seconds to wait, or an `Act`; `Act.READ` yields the octets of the
peer, b"" after its end. The next step is taken when the octets of the last one are sent, so a script without end
occupies no memory.
"""

from __future__ import annotations

import contextlib
import enum
import socket
import ssl
import struct
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import NamedTuple

from scanner.testing._accepted import AcceptedConnection
from scanner.testing._loop import READ, WRITE, Loop
from scanner.testing.tally import HostTally

#: Seconds after which a connection of a script is closed, whatever its script does.
LONGEST = 120.0
#: Datagrams of one response that are sent at once; the rest follow in further turns of the loop.
TURN = 64


class Act(enum.Enum):
    """What a script does apart from sending: wait for octets, reset the connection."""

    READ = 1
    RESET = 2


class ScriptedDatagram(NamedTuple):
    """A datagram of a response: octets, seconds of delay, and the address that it is sent from (None: that of the
    host)."""

    data: bytes
    delay: float = 0.0
    source: str | None = None


Script = Generator[bytes | float | Act, bytes, None]
Responses = Callable[[bytes], Iterator[ScriptedDatagram]]


def serve_script_datagrams(loop: Loop, sock: socket.socket, port: int, tally: HostTally, respond: Responses) -> None:
    """Send all datagrams of `respond(request)` for each request to a bound socket."""

    def send(one: ScriptedDatagram, peer: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):
            if one.source is None:
                sock.sendto(one.data, peer)
                return
            with socket.socket(sock.family, socket.SOCK_DGRAM) as other:
                other.bind((one.source, 0))
                other.sendto(one.data, peer)

    def late(one: ScriptedDatagram, responses: Iterator[ScriptedDatagram], peer: tuple[str, int]) -> None:
        send(one, peer)
        turn(responses, peer)

    def turn(responses: Iterator[ScriptedDatagram], peer: tuple[str, int]) -> None:
        for _ in range(TURN):
            one = next(responses, None)
            if one is None:
                return
            if one.delay:
                loop.later(one.delay, partial(late, one, responses, peer))
                return
            send(one, peer)
        loop.later(0.001, lambda: turn(responses, peer))

    def readable() -> None:
        try:
            data, peer = sock.recvfrom(65_535)
        except OSError:
            return
        tally.packet(time.time(), len(data), port=("udp", port))
        turn(respond(data), peer)

    loop.watch(sock, READ, readable)


def serve_script_streams(
    loop: Loop,
    listener: socket.socket,
    port: int,
    tally: HostTally,
    context: Callable[[], ssl.SSLContext] | None,
    script: Callable[[], Script],
    connections: set[ScriptedConnection],
) -> None:
    """Accept connections and run a script on each; `connections` are those that are open."""

    def acceptable() -> None:
        for _ in range(64):
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setblocking(False)
            tally.packet(time.time(), 0, port=("tcp", port))
            connections.add(ScriptedConnection(loop, sock, tally, context, script(), connections))

    loop.watch(listener, READ, acceptable)


class ScriptedConnection(AcceptedConnection):
    """A connection that executes a script, plain or after a TLS handshake."""

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        tally: HostTally,
        context: Callable[[], ssl.SSLContext] | None,
        script: Script,
        siblings: set[ScriptedConnection],
    ) -> None:
        super().__init__(loop, sock, tally, context)
        self._script, self._siblings = script, siblings
        self._outgoing, self._reading = memoryview(b""), False
        loop.later(LONGEST, self.close)
        self._begun = self._shaken
        if self._begun:
            self._advance(None)

    def close(self, *, reset: bool = False) -> None:
        """Close the connection; with `reset` the peer receives RST."""
        if self._closed:
            return
        self._closed = True
        self._script.close()
        self._siblings.discard(self)
        self._tally.closed()
        self._loop.forget(self._sock)
        if reset:
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def _step(self) -> None:
        if not self._begun:  # the TLS handshake is complete
            self._begun = True
            self._advance(None)
        if self._closed:
            return
        if self._outgoing:
            self._write()
        else:
            self._read()

    def _read(self) -> None:
        chunk = self._sock.recv(65_536)
        if chunk:
            self._tally.packet(time.time(), len(chunk))
        if self._reading:
            self._reading = False
            self._advance(chunk)
        elif not chunk:
            self.close()

    def _write(self) -> None:
        self._outgoing = self._outgoing[self._sock.send(self._outgoing) :]
        if self._outgoing:
            self._await(WRITE)
        else:
            self._advance(None)

    def _advance(self, received: bytes | None) -> None:
        """Take the next step of the script."""
        if self._closed:
            return
        try:
            step = next(self._script) if received is None else self._script.send(received)
            while step == b"":
                step = next(self._script)
        except StopIteration:
            self.close()
            return
        match step:
            case Act.READ:
                self._reading = True
                self._await(READ)
            case Act.RESET:
                self.close(reset=True)
            case float():
                self._await(READ)
                self._loop.later(step, lambda: self._advance(None))
            case bytes():
                self._outgoing = memoryview(step)
                self._await(WRITE)
