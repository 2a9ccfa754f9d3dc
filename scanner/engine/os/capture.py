"""Listening on links: one AF_PACKET socket an interface, a kernel filter in place before the first frame.

Filter and multicast memberships are those of the declared captures: a busy link costs nothing. Nothing is ever sent.
VLAN tags that the kernel strips come back through PACKET_AUXDATA; what the kernel had to drop is counted. Needs
CAP_NET_RAW and no more (packet(7)).
"""

from __future__ import annotations

import ctypes
import errno
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from scanner.core.errors import EngineError
from scanner.discovery.announcement import Capture, group_mac
from scanner.engine.os.packet_filter import SNAP_LENGTH, compile_filter

_SOL_PACKET, _ADD_MEMBERSHIP, _STATISTICS, _AUXDATA = 263, 1, 6, 8
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_MR_MULTICAST = 0
_ETH_P_ALL = 3
_TP_STATUS_VLAN_VALID = 1 << 4
#: Size of the receive buffer, in octets: some seconds of announcements even after a power cut.
RECEIVE_BUFFER = 4 << 20


class Captured(NamedTuple):
    """One captured frame: interface, octets from the destination mac on, the VLAN tag that the kernel removed."""

    interface: str
    data: bytes
    vlan: int | None


class LinkCount(NamedTuple):
    """Frames of one interface: those that passed the filter, and those that the kernel dropped."""

    interface: str
    frames: int
    dropped: int


def _open(interface: str, captures: Sequence[Capture]) -> socket.socket:
    try:
        index = socket.if_nametoindex(interface)
    except OSError:
        known = ", ".join(sorted(interface_names()))
        raise EngineError(f"there is no interface {interface!r}; this machine has {known}") from None
    try:
        sock = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, 0
        )  # protocol 0: receives nothing until the filter is in place
    except PermissionError:
        raise EngineError(
            "listening needs CAP_NET_RAW: run as root, or give it to the interpreter with "
            "`setcap cap_net_raw+ep`, or use the systemd unit that `phonescan schedule systemd` writes"
        ) from None
    try:
        program = compile_filter(captures)
        held = ctypes.create_string_buffer(program)
        sock.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(program) // 8, ctypes.addressof(held))
        )
        try:  # beyond the system's limit, which also requires CAP_NET_ADMIN
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.setsockopt(_SOL_PACKET, _AUXDATA, 1)
        for octets in sorted({group_mac(group) for capture in captures for group in capture.groups}):
            membership = struct.pack("iHH8s", index, _MR_MULTICAST, 6, octets)
            sock.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, membership)
        sock.bind((interface, _ETH_P_ALL))
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise EngineError(f"cannot listen on {interface}: {error.strerror}") from None
    return sock


def _tag(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if (level, kind) == (_SOL_PACKET, _AUXDATA) and len(data) >= 20:
            status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
            if status & _TP_STATUS_VLAN_VALID:
                return int(tci) & 0xFFF
    return None


def interface_names() -> list[str]:
    """The names of the interfaces of this host, in the order of their index."""
    return [name for _, name in socket.if_nameindex()]


class Listener:
    """Listens on several interfaces at once. A context manager; `frames` yields until the deadline.

    Raises EngineError on opening: no such interface, no permission. An interface that goes down later is named in
    `lost`; capture continues on the others, and on it when it is up again. A removed interface is not captured again.
    """

    def __init__(self, interfaces: Sequence[str], captures: Sequence[Capture]) -> None:
        self.lost: list[str] = []
        self.last_counts: list[LinkCount] = []
        self._frames = dict.fromkeys(interfaces, 0)
        self._dropped = dict.fromkeys(interfaces, 0)
        self._sockets: dict[str, socket.socket] = {}
        with ExitStack() as undo:
            for interface in interfaces:
                self._sockets[interface] = undo.enter_context(_open(interface, captures))
            undo.pop_all()
        self._bell, self._button = socket.socketpair()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (*self._sockets.values(), self._bell, self._button):
            sock.close()

    def stop(self) -> None:
        """End `frames` at once, from another thread."""
        self._button.send(b"!")

    def frames(self, seconds: float, stopped: Callable[[], bool] = lambda: False) -> Iterator[Captured | None]:
        """Frames as they arrive, for `seconds`; None twice a second while none arrives, so that the caller can act."""
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            for interface, sock in self._sockets.items():
                selector.register(sock, selectors.EVENT_READ, interface)
            selector.register(self._bell, selectors.EVENT_READ, None)
            while not stopped() and len(selector.get_map()) > 1:
                left = end - time.monotonic()
                if left <= 0:
                    return
                ready = selector.select(min(left, 0.5))
                for key, _ in ready:
                    if key.data is None:
                        return
                    yield from self._drain(key.data, selector)
                if not ready:
                    yield None

    def _drain(self, interface: str, selector: selectors.BaseSelector) -> Iterator[Captured]:
        sock = self._sockets[interface]
        for _ in range(256):  # then the other interfaces have their turn
            try:
                data, ancillary, _, sender = sock.recvmsg(SNAP_LENGTH, 64)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                if interface not in self.lost:
                    self.lost.append(interface)
                if error.errno != errno.ENETDOWN or sock.getsockname()[0] not in interface_names():
                    selector.unregister(sock)
                return
            if sender[2] == socket.PACKET_OUTGOING:  # what this machine announces itself
                continue
            self._frames[interface] += 1
            yield Captured(interface, data, _tag(ancillary))

    def counts(self) -> list[LinkCount]:
        """Frames received and dropped so far, for each interface."""
        for interface, sock in self._sockets.items():
            _, dropped = struct.unpack("II", sock.getsockopt(_SOL_PACKET, _STATISTICS, 8))  # reading resets it
            self._dropped[interface] += dropped
        self.last_counts = [LinkCount(name, self._frames[name], self._dropped[name]) for name in self._sockets]
        return self.last_counts
