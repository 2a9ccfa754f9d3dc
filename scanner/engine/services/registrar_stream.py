"""A TCP connection to a registrar, plain or TLS: messages of header lines, within a budget and until a deadline.

Secrets are sent over it, so the certificate is verified: against a file of authorities, or those of the system.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from types import TracebackType

from scanner.core.budget import BudgetSpent, ByteBudget
from scanner.engine.services.registrar_requests import RegistrarKind, checked

#: Most octets that a registrar may send in one conversation, and in one message; longer messages are skipped.
LARGEST, MESSAGE = 64_000_000, 262_144
_CHUNK = 65_536
#: The end of a message, and how many of its octets may have arrived before the last one.
_END, _LONGEST_END = re.compile(rb"\r?\n\r?\n"), 3


class RegistrarStream:
    """One connection, until `close`. Raises OSError where it cannot be opened, TimeoutError where it takes too long.

    `skipped` counts messages that were too long, `cut` is what has arrived of a body that is not whole.
    """

    def __init__(
        self,
        kind: RegistrarKind,
        host: str,
        port: int,
        *,
        tls: bool,
        authorities: str | None,
        timeout: float,
        whole: float,
    ) -> None:
        self._kind, self._timeout = kind, timeout
        self._deadline = time.monotonic() + whole
        self._budget = ByteBudget(LARGEST)
        self._rest = self.cut = b""
        self.skipped = 0
        context = ssl.create_default_context(cafile=authorities) if tls else None
        self._socket: socket.socket = socket.create_connection((host, port), timeout=self._left())
        if context is not None:
            try:
                self._socket = context.wrap_socket(self._socket, server_hostname=host)
            except BaseException:
                self._socket.close()
                raise

    def __enter__(self) -> RegistrarStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def send(self, request: bytes) -> None:
        """Send a request of the table of those that may be sent. Raises RefusedError for any other."""
        octets = checked(self._kind, request)
        self._socket.settimeout(self._left())
        self._socket.sendall(octets)

    def line(self) -> bytes:
        """The next line, without its end. Raises BudgetSpent where it is too long."""
        while b"\n" not in self._rest:
            if len(self._rest) > MESSAGE:
                raise BudgetSpent
            self._rest += self._read(_CHUNK)
        line, _, self._rest = self._rest.partition(b"\n")
        return line.rstrip(b"\r")

    def message(self) -> bytes:
        """The next header lines, up to the empty line behind them; empty for a message that is too long."""
        searched, long = 0, False
        while (end := _END.search(self._rest, searched)) is None:
            if len(self._rest) > MESSAGE:
                long, self._rest = True, self._rest[-_LONGEST_END:]
            searched = max(0, len(self._rest) - _LONGEST_END)
            self._rest += self._read(_CHUNK)
        found, self._rest = self._rest[: end.end()], self._rest[end.end() :]
        self.skipped += long
        return b"" if long else found

    def body(self, size: int | None) -> bytes:
        """The next `size` octets, or all until the connection is closed."""
        if size is not None and size > LARGEST:
            raise BudgetSpent
        parts, missing = [self._rest[:size]], LARGEST if size is None else size - len(self._rest[:size])
        self._rest = self._rest[len(parts[0]) :]
        try:
            while missing:
                part = self._read(min(missing, _CHUNK))
                parts.append(part)
                missing -= len(part)
        except ConnectionResetError:
            if size is not None:
                self.cut += b"".join(parts)
                raise
        except (OSError, BudgetSpent):
            self.cut += b"".join(parts)
            raise
        return b"".join(parts)

    def _read(self, most: int) -> bytes:
        self._socket.settimeout(self._left())
        part = self._socket.recv(most)
        if not part:
            raise ConnectionResetError("the connection was closed")
        if not self._budget.take(len(part)):
            raise BudgetSpent
        return part

    def _left(self) -> float:
        left = min(self._timeout, self._deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError
        return left
