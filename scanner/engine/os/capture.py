"""Listening on links: one AF_PACKET socket an interface, a kernel filter in place before the first frame.

Only LLDP, CDP, mDNS and what DHCP clients send pass the filter: a busy link costs nothing. Nothing is ever sent.
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
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

from scanner.core.errors import EngineError

_SOL_PACKET, _ADD_MEMBERSHIP, _STATISTICS, _AUXDATA = 263, 1, 6, 8
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_MR_MULTICAST = 0
_ETH_P_ALL = 3
_TP_STATUS_VLAN_VALID = 1 << 4
#: Receive buffer asked for, in octets: some seconds of announcements even after a power cut.
RECEIVE_BUFFER = 4 << 20
#: Longest frame that is kept, in octets. LLDP and CDP fit into one Ethernet frame; jumbo frames are cut.
SNAP_LENGTH = 2048
#: LLDP's three group addresses (802.1AB 7.1), CDP, mDNS over IPv4 and IPv6.
GROUPS = (
    "01:80:c2:00:00:0e",
    "01:80:c2:00:00:03",
    "01:80:c2:00:00:00",
    "01:00:0c:cc:cc:cc",
    "01:00:5e:00:00:fb",
    "33:33:00:00:00:fb",
)

# Classic BPF opcodes (linux/filter.h)
_LD_H, _LD_B, _LD_W, _LDX_MSH, _LD_H_X = 0x28, 0x30, 0x20, 0xB1, 0x48
_JEQ, _JSET, _RET = 0x15, 0x45, 0x06


class Captured(NamedTuple):
    """One frame as it came: interface, octets from the destination mac on, the VLAN tag that the kernel took off."""

    interface: str
    data: bytes
    vlan: int | None


class LinkCount(NamedTuple):
    """What one interface heard: frames that passed the filter, and those that the kernel had to drop."""

    interface: str
    frames: int
    dropped: int


def _program() -> bytes:
    """LLDP, also below one tag that is left in the frame; CDP; over IPv4 UDP from port 68, between relay and server (67
    to 67), and from 5353, no later fragments; over IPv6 UDP from 5353. All else is dropped."""
    accept, drop = "accept", "drop"
    # (label, opcode, jump if true, jump if false, operand); None falls through
    code: list[tuple[str, int, str | None, str | None, int]] = [
        ("", _LD_H, None, None, 12),
        ("", _JEQ, accept, None, 0x88CC),
        ("", _JEQ, "ipv4", None, 0x0800),
        ("", _JEQ, "ipv6", None, 0x86DD),
        ("", _JEQ, "tagged", None, 0x8100),
        ("", _JEQ, "tagged", None, 0x88A8),
        ("", _LD_W, None, None, 0),
        ("", _JEQ, None, drop, 0x01000CCC),
        ("", _LD_H, None, None, 4),
        ("", _JEQ, accept, drop, 0xCCCC),
        ("tagged", _LD_H, None, None, 16),
        ("", _JEQ, accept, drop, 0x88CC),
        ("ipv4", _LD_B, None, None, 23),
        ("", _JEQ, None, drop, 17),
        ("", _LD_H, None, None, 20),
        ("", _JSET, drop, None, 0x1FFF),
        ("", _LDX_MSH, None, None, 14),
        ("", _LD_H_X, None, None, 14),
        ("", _JEQ, accept, None, 68),
        ("", _JEQ, accept, None, 5353),
        ("", _JEQ, None, drop, 67),
        ("", _LD_H_X, None, None, 16),
        ("", _JEQ, accept, drop, 67),
        ("ipv6", _LD_B, None, None, 20),
        ("", _JEQ, None, drop, 17),
        ("", _LD_H, None, None, 54),
        ("", _JEQ, accept, drop, 5353),
        ("accept", _RET, None, None, SNAP_LENGTH),
        ("drop", _RET, None, None, 0),
    ]
    place = {label: at for at, (label, *_) in enumerate(code) if label}

    def hop(at: int, label: str | None) -> int:
        return place[label] - at - 1 if label else 0

    return b"".join(
        struct.pack("HBBI", opcode, hop(at, true), hop(at, false), operand)
        for at, (_, opcode, true, false, operand) in enumerate(code)
    )


def _open(interface: str) -> socket.socket:
    try:
        index = socket.if_nametoindex(interface)
    except OSError:
        known = ", ".join(sorted(name for _, name in socket.if_nameindex()))
        raise EngineError(f"there is no interface {interface!r}; this machine has {known}") from None
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # protocol 0: deaf until the filter is in place
    except PermissionError:
        raise EngineError(
            "listening needs CAP_NET_RAW: run as root, or give it to the interpreter with "
            "`setcap cap_net_raw+ep`, or use the systemd unit that `phonescan schedule systemd` writes"
        ) from None
    try:
        program = _program()
        held = ctypes.create_string_buffer(program)
        sock.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(program) // 8, ctypes.addressof(held))
        )
        try:  # beyond the system's limit, where CAP_NET_ADMIN is there too
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.setsockopt(_SOL_PACKET, _AUXDATA, 1)
        for group in GROUPS:
            membership = struct.pack("iHH8s", index, _MR_MULTICAST, 6, bytes.fromhex(group.replace(":", "")))
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


def _names() -> set[str]:
    return {name for _, name in socket.if_nameindex()}


class Listener:
    """Listens on several interfaces at once. A context manager; `frames` yields until the deadline.

    Raises EngineError on opening: no such interface, no permission. An interface that goes down later is named in
    `lost`; the others go on, and so does it when it comes back up. One that is taken away does not come back.
    """

    def __init__(self, interfaces: list[str]) -> None:
        self.lost: list[str] = []
        self.last_counts: list[LinkCount] = []
        self._frames = dict.fromkeys(interfaces, 0)
        self._dropped = dict.fromkeys(interfaces, 0)
        self._sockets: dict[str, socket.socket] = {}
        with ExitStack() as undo:
            for interface in interfaces:
                self._sockets[interface] = undo.enter_context(_open(interface))
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
        """Frames as they come, for `seconds`; None twice a second while nothing comes, for the caller's rounds."""
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
                if error.errno != errno.ENETDOWN or sock.getsockname()[0] not in _names():
                    selector.unregister(sock)
                return
            if sender[2] == socket.PACKET_OUTGOING:  # what this machine announces itself
                continue
            self._frames[interface] += 1
            yield Captured(interface, data, _tag(ancillary))

    def counts(self) -> list[LinkCount]:
        """Frames heard and dropped so far, an interface each."""
        for interface, sock in self._sockets.items():
            _, dropped = struct.unpack("II", sock.getsockopt(_SOL_PACKET, _STATISTICS, 8))  # reading resets it
            self._dropped[interface] += dropped
        self.last_counts = [LinkCount(name, self._frames[name], self._dropped[name]) for name in self._sockets]
        return self.last_counts
