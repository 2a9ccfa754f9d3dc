"""What the connections of the farm have in common: TLS from the first octet on, and steps when the socket is ready."""

from __future__ import annotations

import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable

from scanner.testing._loop import READ, WRITE, Loop
from scanner.testing.tally import HostTally


class AcceptedConnection(ABC):
    """One accepted connection, plain or TLS: a subclass reads and writes when its socket is ready, and closes it."""

    def __init__(
        self, loop: Loop, sock: socket.socket, tally: HostTally, context: Callable[[], ssl.SSLContext] | None
    ) -> None:
        self._loop, self._sock, self._tally, self._context = loop, sock, tally, context
        self._shaken, self._closed = context is None, False
        tally.opened()
        loop.watch(sock, READ, self._ready)

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    @abstractmethod
    def _step(self) -> None:
        """Read or write, as far as the socket permits."""

    def _ready(self) -> None:
        try:
            if not self._shaken:
                self._encrypt()
                self._sock.do_handshake()  # type: ignore[attr-defined]
                self._shaken = True
            self._step()
        except (ssl.SSLWantReadError, BlockingIOError):
            self._await(READ)
        except ssl.SSLWantWriteError:
            self._await(WRITE)
        except OSError:
            self.close()

    def _encrypt(self) -> None:
        """Start TLS at the first byte received; a connection without data is reset until then."""
        if self._context is None:
            return
        if not self._sock.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError
        context, self._context = self._context(), None
        self._loop.forget(self._sock)
        self._sock = context.wrap_socket(self._sock, server_side=True, do_handshake_on_connect=False)
        self._loop.watch(self._sock, READ, self._ready)

    def _await(self, events: int) -> None:
        if not self._closed:
            self._loop.change(self._sock, events, self._ready)
