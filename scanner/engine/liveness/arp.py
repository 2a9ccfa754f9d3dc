"""ARP over our own links by our own frames: an absent address costs one small frame and no entry in the kernel's table.

Needs CAP_NET_RAW (packet(7)). Only replies to us, for addresses that were asked, count; ARP knows no better proof.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
from collections.abc import Callable

from scanner.core.errors import EngineError
from scanner.engine.os.rtnetlink import Link
from scanner.engine.os.udp import DRAIN, RECEIVE_BUFFER, SendResult, again

_ETH_P_ARP = 0x0806
_REQUEST, _REPLY = 1, 2
#: Ethernet header and ARP packet for IPv4 over Ethernet (RFC 826).
_FRAME = struct.Struct("!6s6sH HHBBH 6sI6sI")
_BROADCAST, _NOBODY = b"\xff" * 6, b"\0" * 6


def request(source_mac: bytes, source: int, target: int) -> bytes:
    """The frame that asks who has `target`; addresses as numbers."""
    return _FRAME.pack(
        _BROADCAST, source_mac, _ETH_P_ARP, 1, 0x0800, 6, 4, _REQUEST, source_mac, source, _NOBODY, target
    )


def reply(frame: bytes, our_mac: bytes) -> tuple[int, str] | None:
    """The address and mac that an ARP reply to us tells; None for any other frame."""
    if len(frame) < _FRAME.size:
        return None
    _, _, kind, hardware, protocol, mac_size, size, operation, mac, address, to, _ = _FRAME.unpack_from(frame)
    if (kind, hardware, protocol, mac_size, size, operation) != (_ETH_P_ARP, 1, 0x0800, 6, 4, _REPLY):
        return None
    if to != our_mac or mac[0] & 1 or mac == _NOBODY:
        return None
    return address, mac.hex(":")


class ArpSocket:
    """One packet socket on one link. Raises EngineError without the privilege."""

    def __init__(self, link: Link) -> None:
        self.link = link
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            raise EngineError("raw sockets need CAP_NET_RAW: see `phonescan doctor`") from None
        except (OSError, AttributeError) as error:
            raise EngineError(f"no raw socket on {link.name}: {error}") from None
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._socket.bind((link.name, _ETH_P_ARP))

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def ask(self, source: int, target: int) -> SendResult:
        """Ask who has `target`."""
        try:
            self._socket.send(request(self.link.mac, source, target))
        except OSError as error:
            return again(error.errno or errno.EIO)
        return SendResult(0)

    def read(self, heard: Callable[[int, str], None]) -> None:
        """Tell `heard(address, mac)` of the replies that are waiting."""
        for _ in range(DRAIN):
            try:
                frame = self._socket.recv(128)
            except OSError:
                return
            told = reply(frame, self.link.mac)
            if told is not None:
                heard(*told)
