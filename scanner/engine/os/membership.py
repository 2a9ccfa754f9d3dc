"""Membership of multicast groups on our links, so that a switch with IGMP snooping forwards their datagrams to us.

The kernel reports it (RFC 3376); nothing else is sent, and the socket is bound to no port, so that it receives nothing.
Where another program of this host receives datagrams at the port of a group, no membership is reported: with it, the
kernel would deliver them to that program (ip(7), IP_MULTICAST_ALL), and a PBX would respond to phones that request a
configuration.
"""

from __future__ import annotations

import logging
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scanner.discovery.announcement import Capture

_log = logging.getLogger(__name__)
#: Tables of the UDP sockets of this network namespace, proc_pid_net(5).
TABLES = ("/proc/net/udp", "/proc/net/udp6")
#: Seconds between two looks at the programs and interfaces of this host, and characters of a table that are read.
LOOK, TABLE = 5.0, 1 << 20
#: Local addresses of these tables at which datagrams to a group are received: 0.0.0.0 and ::.
_ANY = ("00000000", "0" * 32)


class _Membership(NamedTuple):
    number: int
    sock: socket.socket


class Memberships:
    """The groups that captures join, on some interfaces. A context manager; `notes` state which are not joined."""

    def __init__(self, interfaces: Sequence[str], captures: Iterable[Capture]) -> None:
        self.notes: list[str] = []
        joined = [udp for capture in captures if capture.join for udp in capture.udp]
        self._groups = sorted({(udp.to, udp.destination or 0) for udp in joined if udp.to is not None})
        self._interfaces = [name for name in interfaces if name != "lo"]
        self._held: dict[tuple[str, str], _Membership] = {}
        self._looked = float("-inf")
        self.look()

    def __enter__(self) -> Memberships:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Leave all groups."""
        for group, _ in self._groups:
            self._leave(group)

    def look(self) -> None:
        """Join the groups at whose port no other program receives, and leave the others; at most every `LOOK`."""
        if not self._groups or time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        for group, port in self._groups:
            if _received_here(port):
                self._leave(group)
                self._note(group, port)
            else:
                for interface in self._interfaces:
                    self._join(group, interface)

    def _join(self, group: str, interface: str) -> None:
        held = self._held.get((group, interface))
        try:
            index = socket.if_nametoindex(interface)
            if held is None or held.number != index:  # removed, and made again with this name
                sock = _member(group, index)
                self._held[group, interface] = _Membership(index, sock)
                if held:
                    held.sock.close()
        except OSError as error:
            _log.info("%s: %s is not joined: %s", interface, group, error.strerror)

    def _leave(self, group: str) -> None:
        for key in [key for key in self._held if key[0] == group]:
            self._held.pop(key).sock.close()

    def _note(self, group: str, port: int) -> None:
        note = (
            f"{group} is not joined, because a program of this host receives at UDP {port} and could respond: behind a "
            "switch with IGMP snooping, its datagrams are not received"
        )
        if note not in self.notes:
            self.notes.append(note)


def _received_here(port: int) -> bool:
    """Whether a program of this host receives datagrams to any address at a port."""
    wanted = {f"{address}:{port:04X}" for address in _ANY}
    for path in TABLES:
        try:
            with open(path, encoding="ascii", errors="replace") as table:
                rows = table.read(TABLE).splitlines()[1:]
        except OSError:
            continue
        if any(wanted.intersection(row.split()[1:2]) for row in rows):
            return True
    return False


def _member(group: str, index: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4si", socket.inet_aton(group), bytes(4), index)
        )
    except OSError:
        made.close()
        raise
    return made
