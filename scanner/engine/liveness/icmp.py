"""ICMP echo: is anybody there? For large routed networks at pace `fast`, where it saves asking absent hosts more.

By an unprivileged ping socket where the kernel allows it (icmp(7), net.ipv4.ping_group_range), else by a raw one. The
request carries a cookie of its address, so a forged reply brings nobody to life.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
from collections.abc import Callable

from scanner.core.errors import EngineError
from scanner.engine.os.udp import DRAIN, RECEIVE_BUFFER, SendResult, again
from scanner.engine.sweep.token import Cookies

_ECHO, _ECHO_REPLY, _SEQUENCE = 8, 0, 1  # RFC 792
_ICMP_FILTER = 1


def checksum(number: int) -> int:
    """The Internet checksum (RFC 1071) of data of even length, read as one number.

    A sum of 16-bit words with the carry added back is the number modulo 65,535.
    """
    return 0xFFFF - number % 0xFFFF


def request(identifier: int, cookie: int) -> bytes:
    """An echo request with the cookie as its data."""
    head = _ECHO << 56 | identifier << 16 | _SEQUENCE
    return (head | checksum(head + cookie) << 32).to_bytes(8) + cookie.to_bytes(8)


class EchoSocket:
    """One socket for all echoes over IPv4. Raises EngineError where neither kind is allowed."""

    def __init__(self, cookie: Cookies) -> None:
        self._cookie = cookie
        self._raw = False
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
        except OSError:
            try:
                self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            except OSError:
                raise EngineError("ICMP echo is not allowed here: see `phonescan doctor`") from None
            self._raw = True
            mask = struct.pack("=I", ~(1 << _ECHO_REPLY) & 0xFFFFFFFF)
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_RAW if hasattr(socket, "SOL_RAW") else 255, _ICMP_FILTER, mask)
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._identifier = os.getpid() & 0xFFFF

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def ask(self, address: str) -> SendResult:
        """Send one echo request."""
        try:
            self._socket.sendto(request(self._identifier, self._cookie(address, 0)), (address, 0))
        except OSError as error:
            return again(error.errno or errno.EIO)
        return SendResult(0)

    def read(self, heard: Callable[[str], None]) -> None:
        """Tell `heard(address)` of the replies that are waiting and carry their cookie."""
        for _ in range(DRAIN):
            try:
                data, sender = self._socket.recvfrom(256)
            except OSError:
                return
            if self._raw and data:
                data = data[(data[0] & 0x0F) * 4 :]
            if len(data) < 16 or data[0] != _ECHO_REPLY:
                continue
            if int.from_bytes(data[8:16]) == self._cookie(sender[0], 0):
                heard(sender[0])
