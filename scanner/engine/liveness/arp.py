"""ARP requests and replies (RFC 826) over packet sockets: no entry in the kernel's neighbour table for absent hosts.

Needs CAP_NET_RAW (packet(7)). A reply counts if it is addressed to our MAC and its sender was probed; ARP has no
stronger proof.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
from collections.abc import Callable

from scanner.core import shortage
from scanner.core.errors import EngineError
from scanner.engine.os.rtnetlink import Link
from scanner.engine.os.udp import DRAIN, RECEIVE_BUFFER, SENT, SendResult, send_error

_ETH_P_ARP = 0x0806
_REQUEST, _REPLY = 1, 2
#: Ethernet header and ARP packet for IPv4 over Ethernet (RFC 826).
_FRAME = struct.Struct("!6s6sH HHBBH 6sI6sI")
_BROADCAST, _UNSET = b"\xff" * 6, b"\0" * 6


def request(source_mac: bytes, source: int, target: int) -> bytes:
    """The frame of an ARP request for `target`, addresses as numbers."""
    return _FRAME.pack(
        _BROADCAST, source_mac, _ETH_P_ARP, 1, 0x0800, 6, 4, _REQUEST, source_mac, source, _UNSET, target
    )


def reply(frame: bytes, our_mac: bytes) -> tuple[int, str] | None:
    """The address and MAC that an ARP reply to us contains; None for any other frame."""
    if len(frame) < _FRAME.size:
        return None
    _, _, kind, hardware, protocol, mac_size, size, operation, mac, address, to, _ = _FRAME.unpack_from(frame)
    if (kind, hardware, protocol, mac_size, size, operation) != (_ETH_P_ARP, 1, 0x0800, 6, 4, _REPLY):
        return None
    if to != our_mac or mac[0] & 1 or mac == _UNSET:
        return None
    return address, mac.hex(":")


class ArpSocket:
    """The packet socket of one link. Raises EngineError without the privilege."""

    def __init__(self, link: Link) -> None:
        self.link = link
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._socket.bind((link.name, _ETH_P_ARP))
        except PermissionError:
            raise EngineError("raw sockets need CAP_NET_RAW: see `phonescan doctor`") from None
        except (OSError, AttributeError) as error:
            raise EngineError(
                f"a raw socket cannot be opened on {link.name}: {shortage.sentence(error) or error}"
            ) from None
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def fileno(self) -> int:
        """The descriptor for a selector."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, source: int, target: int) -> SendResult:
        """Send a request for `target`."""
        try:
            self._socket.send(request(self.link.mac, source, target))
        except OSError as error:
            return send_error(error.errno or errno.EIO)
        return SENT

    def read(self, replied: Callable[[int, str], None]) -> None:
        """Call `replied(address, mac)` for the replies that wait, at most `DRAIN`."""
        for _ in range(DRAIN):
            try:
                frame = self._socket.recv(128)
            except OSError:
                return
            found = reply(frame, self.link.mac)
            if found is not None:
                replied(*found)
