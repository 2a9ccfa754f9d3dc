"""Listening on links: AF_PACKET sockets, a kernel filter in place before the first frame.

An interface has three sockets, each with a buffer of its own: for senders with a listed prefix of a MAC address, for
others with signs of a telephone, and for the rest. So a flood of invented senders does not displace the frames of
phones. Of a flood, as much is read as there is time for; the rest is counted unread, which costs no decoding. Frames of
known phones, and frames that are repeated, have time of their own.

Filter and multicast memberships are those of the declared captures: a busy link costs nothing. Nothing is ever sent
but the kernel's reports of memberships that they declare (`membership`).
VLAN tags that the kernel strips come back through PACKET_AUXDATA; what the kernel had to drop is counted. Needs
CAP_NET_RAW and no more (packet(7)).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from scanner.core import shortage
from scanner.core.errors import EngineError
from scanner.discovery.announcement import Capture, group_mac
from scanner.discovery.repetition import Repetition
from scanner.discovery.telephones import Standing, Telephones
from scanner.engine.os.membership import Memberships
from scanner.engine.os.packet_filter import SNAP_LENGTH, SenderGroup, compile_filter

_SOL_PACKET, _ADD_MEMBERSHIP, _STATISTICS, _AUXDATA = 263, 1, 6, 8
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_MR_MULTICAST = 0
_ETH_P_ALL = 3
_TP_STATUS_VLAN_VALID = 1 << 4
#: Size of a receive buffer, in octets: some seconds of announcements even after a power cut.
RECEIVE_BUFFER = 8 << 20
#: While frames wait: seconds of reading at once, and as a share of the time after that. The rest is for counting them.
READING: dict[SenderGroup | Standing, tuple[float, float]] = {
    SenderGroup.LISTED: (3.0, 0.3), SenderGroup.SIGNS: (1.5, 0.15), SenderGroup.REST: (1.5, 0.15),
    Standing.REPEATED: (1.0, 0.1), Standing.KNOWN: (1.0, 0.1),
}  # fmt: skip
#: Most seconds that one frame is charged for: with it, others may have been written to the inventory.
FRAME = 0.02
#: Frames of one socket before the others have their turn; if so many wait, there is no time for all.
TURN = 256
#: Seconds after which the caller can act, and between two looks for removed interfaces.
ROUND = 0.5


class Captured(NamedTuple):
    """One captured frame: interface, octets from the destination mac on, the VLAN tag that the kernel removed, and
    the standing of its sender."""

    interface: str
    data: bytes
    vlan: int | None
    standing: Standing = Standing.NEW


class LinkCount(NamedTuple):
    """Frames of one interface: those that passed the filter, those that the kernel dropped, and those left unread."""

    interface: str
    frames: int
    dropped: int
    unread: int = 0


class _LinkSocket(NamedTuple):
    """One socket of a listener, for the frames of some senders."""

    interface: str
    senders: SenderGroup
    sock: socket.socket


class _ReadingTime:
    """Seconds of reading: so many at once, and a share of the time after that."""

    def __init__(self, most: float, share: float) -> None:
        self._most, self._share, self._left = most, share, most
        self._filled = time.monotonic()

    def left(self, now: float) -> bool:
        """Whether there is time to read a frame."""
        self._left = min(self._most, self._left + (now - self._filled) * self._share)
        self._filled = now
        return self._left > 0

    def spend(self, seconds: float) -> None:
        """Charge the reading of a frame."""
        self._left -= min(seconds, FRAME)


def _link_sockets(interface: str, captures: Sequence[Capture], telephones: Telephones) -> list[_LinkSocket]:
    """The sockets of an interface: one for all senders where the kernel does not accept the longer programs."""
    prefixes, makers = telephones.first_octets, telephones.makers
    made: list[_LinkSocket] = []
    try:
        for senders in (SenderGroup.LISTED, SenderGroup.SIGNS, SenderGroup.REST):
            program = compile_filter(captures, senders, prefixes, makers)
            made.append(_LinkSocket(interface, senders, _open(interface, captures, program)))
        return made
    except _FilterTooLongError:
        for link in made:
            link.sock.close()
    return [_LinkSocket(interface, SenderGroup.REST, _open(interface, captures, compile_filter(captures)))]


class _FilterTooLongError(EngineError):
    """The kernel has no room for a filter (`net.core.optmem_max`), or permits no program of that length."""


def _open(interface: str, captures: Sequence[Capture], program: bytes) -> socket.socket:
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
        held = ctypes.create_string_buffer(program)
        try:
            sock.setsockopt(
                socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(program) // 8, ctypes.addressof(held))
            )
        except OSError as error:
            if error.errno in (errno.ENOMEM, errno.EINVAL, errno.ENOBUFS):
                raise _FilterTooLongError(f"the kernel has no room for the filter of {interface}") from None
            raise
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
    except _FilterTooLongError:
        sock.close()
        raise
    except OSError as error:
        sock.close()
        raise EngineError(f"cannot listen on {interface}: {shortage.sentence(error) or error.strerror}") from None
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

    Senders that are like `telephones` have precedence.
    Raises EngineError on opening: no such interface, no permission. An interface that goes down later is named in
    `lost`; capture continues on the others, and on it when it is up again, or when one of its name is made.
    """

    def __init__(
        self, interfaces: Sequence[str], captures: Sequence[Capture], telephones: Telephones | None = None
    ) -> None:
        self.lost: list[str] = []
        self.last_counts: list[LinkCount] = []
        self._frames = dict.fromkeys(interfaces, 0)
        self._dropped = dict.fromkeys(interfaces, 0)
        self._unread = dict.fromkeys(interfaces, 0)
        self._captures, self._telephones = captures, telephones or Telephones()
        self._reading = {kind: _ReadingTime(*time) for kind, time in READING.items()}
        self._repetition = Repetition()
        self._waiting: set[socket.socket] = set()  # sockets that had more frames than one turn reads
        self._sockets: list[_LinkSocket] = []
        with ExitStack() as undo:
            for interface in interfaces:
                for link in _link_sockets(interface, captures, self._telephones):
                    undo.enter_context(link.sock)
                    self._sockets.append(link)
            self._memberships = Memberships(interfaces, captures)
            undo.pop_all()
        self._bell, self._button = socket.socketpair()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (*(link.sock for link in self._sockets), self._bell, self._button):
            sock.close()
        self._memberships.leave()

    @property
    def notes(self) -> list[str]:
        """The groups that could not be joined, a sentence each."""
        return self._memberships.notes

    def stop(self) -> None:
        """End `frames` at once, from another thread."""
        self._button.send(b"!")

    def frames(self, seconds: float, stopped: Callable[[], bool] = lambda: False) -> Iterator[Captured | None]:
        """Frames as they arrive, for `seconds`; None twice a second while none arrives, so that the caller can act."""
        end, looked = time.monotonic() + seconds, 0.0
        with selectors.DefaultSelector() as selector:
            for link in self._sockets:
                selector.register(link.sock, selectors.EVENT_READ, link)
            selector.register(self._bell, selectors.EVENT_READ, None)
            while not stopped():
                now = time.monotonic()
                if now >= end:
                    return
                if self.lost and now - looked > ROUND:
                    looked = now
                    self._reopen(selector)
                self._memberships.look()
                ready = selector.select(min(end - now, ROUND))
                if any(key.data is None for key, _ in ready):
                    return
                for key, _ in sorted(ready, key=lambda one: list(SenderGroup).index(one[0].data.senders)):
                    yield from self._drain(key.data, selector)
                if not ready:
                    yield None

    def _reopen(self, selector: selectors.BaseSelector) -> None:
        """Replace the sockets of removed interfaces where there is one of that name again."""
        removed = {link.interface for link in self._sockets if not link.sock.getsockname()[0]}
        removed -= {link.interface for link in self._sockets if link.sock in self._waiting}
        for interface in removed & set(interface_names()):
            with contextlib.suppress(EngineError):  # it may be removed again meanwhile
                made = _link_sockets(interface, self._captures, self._telephones)
                self.counts()  # what was dropped before
                for link in [one for one in self._sockets if one.interface == interface]:
                    if link.sock in selector.get_map():
                        selector.unregister(link.sock)
                    self._sockets.remove(link)
                    link.sock.close()
                for link in made:
                    selector.register(link.sock, selectors.EVENT_READ, link)
                self._sockets += made

    def _drain(self, link: _LinkSocket, selector: selectors.BaseSelector) -> Iterator[Captured]:
        interface, sock = link.interface, link.sock
        for _ in range(TURN):
            try:
                data, ancillary, _, sender = sock.recvmsg(SNAP_LENGTH, 64)
            except BlockingIOError:
                self._waiting.discard(sock)
                return
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                if interface not in self.lost:
                    self.lost.append(interface)
                if error.errno == errno.ENETDOWN:  # frames from before it may wait
                    continue
                selector.unregister(sock)
                return
            if sender[2] == socket.PACKET_OUTGOING:  # what this machine announces itself
                continue
            self._frames[interface] += 1
            began = time.monotonic()
            standing = self._standing(data, began)
            reading: _ReadingTime | None = self._reading[link.senders]
            if sock in self._waiting:
                reading = self._time_for(link, standing, data, began)
            if reading is None:
                self._unread[interface] += 1
                continue
            yield Captured(interface, data, _tag(ancillary), standing)
            reading.spend(time.monotonic() - began)
        self._waiting.add(sock)

    def _standing(self, data: bytes, now: float) -> Standing:
        repeated = self._repetition.repeated(data, now)
        if data[6:12].hex(":") in self._telephones.known:
            return Standing.KNOWN
        return Standing.REPEATED if repeated else Standing.NEW

    def _time_for(self, link: _LinkSocket, standing: Standing, data: bytes, now: float) -> _ReadingTime | None:
        """The time for reading that is left for a frame, by the standing of its sender or by its socket."""
        if standing and (own := self._reading[standing]).left(now):
            return own
        if (reading := self._reading[link.senders]).left(now):
            return reading
        signs = self._reading[SenderGroup.SIGNS]
        found = link.senders is SenderGroup.REST and signs.left(now) and self._telephones.signs(data)
        return signs if found else None

    def counts(self) -> list[LinkCount]:
        """Frames received, dropped and left unread so far, for each interface."""
        for link in self._sockets:
            _, dropped = struct.unpack("II", link.sock.getsockopt(_SOL_PACKET, _STATISTICS, 8))  # reading resets it
            self._dropped[link.interface] += dropped
        self.last_counts = [
            LinkCount(name, frames, self._dropped[name], self._unread[name]) for name, frames in self._frames.items()
        ]
        return self.last_counts
