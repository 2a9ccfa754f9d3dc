"""ICMP echo (RFC 792): finds the hosts of large routed networks before the sweep at pace `fast`.

Over an unprivileged ping socket where the kernel allows it (icmp(7), net.ipv4.ping_group_range), else a raw one. The
request carries a cookie of its address, so that a forged reply does not count.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
from collections.abc import Callable

from scanner.core.errors import EngineError
from scanner.engine.os.udp import DRAIN, RECEIVE_BUFFER, SENT, SendResult, send_error
from scanner.engine.sweep.cookie import Cookies

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
    """The socket of all echo requests over IPv4. Raises EngineError where neither kind is permitted."""

    def __init__(self, cookies: Cookies) -> None:
        self._cookies = cookies
        self._raw = False
        try:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
        except OSError:
            try:
                self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            except OSError:
                raise EngineError("ICMP echo is not permitted: see `phonescan doctor`") from None
            self._raw = True
            mask = struct.pack("=I", ~(1 << _ECHO_REPLY) & 0xFFFFFFFF)
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_RAW if hasattr(socket, "SOL_RAW") else 255, _ICMP_FILTER, mask)
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._identifier = os.getpid() & 0xFFFF

    def fileno(self) -> int:
        """The descriptor for a selector."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, address: str) -> SendResult:
        """Send one echo request."""
        try:
            self._socket.sendto(request(self._identifier, self._cookies(address, 0)), (address, 0))
        except OSError as error:
            return send_error(error.errno or errno.EIO)
        return SENT

    def read(self, replied: Callable[[str], None]) -> None:
        """Call `replied(address)` for the replies that wait and contain their cookie, at most `DRAIN`."""
        for _ in range(DRAIN):
            try:
                data, sender = self._socket.recvfrom(256)
            except OSError:
                return
            if self._raw and data:
                data = data[(data[0] & 0x0F) * 4 :]
            if len(data) < 16 or data[0] != _ECHO_REPLY:
                continue
            if int.from_bytes(data[8:16]) == self._cookies(sender[0], 0):
                replied(sender[0])
