"""ICMP echo (RFC 792, 4443): finds the hosts of large routed networks before the sweep, and checks control hosts.

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
_ECHO_6, _ECHO_REPLY_6 = 128, 129  # RFC 4443
_ICMP_FILTER, _SOL_RAW = 1, 255


def checksum(number: int) -> int:
    """The Internet checksum (RFC 1071) of data of even length, read as one number.

    A sum of 16-bit words with the carry added back is the number modulo 65,535.
    """
    return 0xFFFF - number % 0xFFFF


def request(identifier: int, cookie: int, version: int = 4) -> bytes:
    """An echo request with the cookie as its data; over IPv6 the kernel sets the checksum."""
    head = (_ECHO if version == 4 else _ECHO_6) << 56 | identifier << 16 | _SEQUENCE
    return (head | checksum(head + cookie) << 32).to_bytes(8) + cookie.to_bytes(8)


class EchoSocket:
    """The socket of echo requests over one IP version, `raw` or of any kind. Raises EngineError where not permitted."""

    _group = ""  # to which all requests are sent; then their cookie is that of the group

    def __init__(self, cookies: Cookies, version: int = 4, raw: bool = False) -> None:
        self._cookies, self._version = cookies, version
        self._reply = _ECHO_REPLY if version == 4 else _ECHO_REPLY_6
        family, protocol = (
            (socket.AF_INET, socket.IPPROTO_ICMP) if version == 4 else (socket.AF_INET6, socket.IPPROTO_ICMPV6)
        )
        self._headed = False  # whether what is received begins with the IP header
        try:
            if raw:
                raise PermissionError
            self._socket = socket.socket(family, socket.SOCK_DGRAM, protocol)
        except OSError:
            try:
                self._socket = socket.socket(family, socket.SOCK_RAW, protocol)
            except OSError:
                raise EngineError("ICMP echo is not permitted: see `phonescan doctor`") from None
            self._headed = version == 4
            blocked = (1 << 256) - 1 & ~(1 << self._reply)
            mask = struct.pack("=8I", *(blocked >> 32 * word & 0xFFFFFFFF for word in range(8)))
            with contextlib.suppress(OSError):
                level, mask = (_SOL_RAW, mask[:4]) if version == 4 else (int(protocol), mask)
                self._socket.setsockopt(level, _ICMP_FILTER, mask)
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
            self._socket.sendto(request(self._identifier, self._cookies(address, 0), self._version), (address, 0))
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
            if self._headed and data:
                data = data[(data[0] & 0x0F) * 4 :]
            if len(data) < 16 or data[0] != self._reply:
                continue
            if int.from_bytes(data[8:16]) == self._cookies(self._group or sender[0], 0):
                replied(sender[0].partition("%")[0])
