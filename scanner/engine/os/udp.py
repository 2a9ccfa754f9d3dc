"""A UDP socket for a whole sweep: sends and receives datagrams, reads ICMP errors, counts what the kernel drops.

ICMP errors are read from the socket's error queue (Linux, ip(7) IP_RECVERR), which needs no privilege: port unreachable
proves that the address has a host, and that the port is closed.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from scanner.core import shortage
from scanner.core.errors import EngineError
from scanner.core.outcomes import Outcome
from scanner.engine import guard

#: Receive buffer in bytes: 16 MB where permitted, else rmem_max.
RECEIVE_BUFFER = 16 << 20
#: Longest datagram that is read.
LONGEST = 65536
#: Most datagrams or errors read at once, so that a flood cannot block sending.
DRAIN = 512

#: Payload, destination address, and the index of that address among the targets.
Datagram = tuple[bytes, str, int]

_IP_RECVERR, _IPV6_RECVERR, _SO_RCVBUFFORCE, _SO_MEMINFO, _MEMINFO_DROPS = 11, 25, 33, 55, 8
_LINUX = hasattr(socket, "MSG_ERRQUEUE")

#: ICMP (RFC 792, 1812) and ICMPv6 (RFC 4443) types and codes that the destination host itself sends.
_REFUSED = {(2, 3, 3), (2, 3, 2), (3, 1, 4), (3, 4, 1)}  # (origin, type, code); origin 2 ICMP, 3 ICMPv6
#: Errors of sendto after which the datagram is sent again more slowly, and how often: a full queue or neighbour table,
#: a local firewall or full connection tracking table (perhaps permanently), an interface that is down.
_AGAIN = {
    errno.ENOBUFS: 8,
    errno.EAGAIN: 8,
    errno.ENOMEM: 8,
    errno.EPERM: 1,
    errno.ENETDOWN: 1000,
    errno.ENETUNREACH: 1000,
    errno.ENODEV: 1000,
    errno.ENXIO: 1000,
}


class SendResult(NamedTuple):
    """The result of sending one datagram: `error` is 0 or an errno, `tries` how often to send it again."""

    error: int
    tries: int = 0

    @property
    def again(self) -> bool:
        """Whether to send it again."""
        return self.tries > 0

    @property
    def reason(self) -> str:
        """The error's name: ENOBUFS."""
        return errno.errorcode.get(self.error, str(self.error))


#: The result for a datagram that was sent.
SENT = SendResult(0)


def send_error(code: int) -> SendResult:
    """The result for an errno of sendto."""
    return SendResult(code, _AGAIN.get(code, 0))


#: Sends datagrams in order. Returns how many were sent, and SENT or the error of the next.
Send = Callable[[Sequence[Datagram]], tuple[int, SendResult]]


def by_version(four: Send, six: Send) -> Send:
    """A function that sends each datagram over the socket of its IP version."""

    def send(datagrams: Sequence[Datagram]) -> tuple[int, SendResult]:
        sent, result = 0, SENT
        for is_six, some in groupby(datagrams, lambda one: ":" in one[1]):
            more, result = (six if is_six else four)(list(some))
            sent += more
            if result is not SENT:
                break
        return sent, result

    return send


class IcmpError(NamedTuple):
    """An ICMP error about a datagram of ours to `address` and `port`."""

    address: str
    port: int
    outcome: Outcome


class UdpSocket:
    """A non-blocking UDP socket of one IP version, behind the guard against harmful requests."""

    def __init__(self, version: int) -> None:
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        try:
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise EngineError(
                f"an IPv{version} socket cannot be opened: {shortage.sentence(error) or error.strerror}"
            ) from None
        self._socket.setblocking(False)
        if version == 6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        _enlarge(self._socket)
        if _LINUX:
            level, option = (socket.SOL_IP, _IP_RECVERR) if version == 4 else (socket.IPPROTO_IPV6, _IPV6_RECVERR)
            self._socket.setsockopt(level, option, 1)
        self._socket.bind(("0.0.0.0" if version == 4 else "::", 0))
        self.version = version
        self.port: int = self._socket.getsockname()[1]

    def fileno(self) -> int:
        """The descriptor for a selector."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def to(self, port: int) -> Send:
        """A function that sends datagrams to this port.

        Raises RefusedError for a port that is never probed; the function raises it for a payload that is never sent.
        """
        guard.check_port(port)
        sendto, check, retry, plain = self._socket.sendto, guard.check_payload, self._retry, guard.PLAIN_OPTIONS

        def send(datagrams: Sequence[Datagram]) -> tuple[int, SendResult]:
            sent = 0
            for data, address, _ in datagrams:
                if data[:12] != plain:
                    check(data)
                try:
                    sendto(data, (address, port))
                except OSError as error:
                    result = retry(data, address, port, error)
                    if result is not SENT:
                        return sent, result
                sent += 1
            return sent, SENT

        return send

    def send(self, data: bytes, address: str, port: int) -> SendResult:
        """Send one datagram. Raises RefusedError for a port or payload that is never sent."""
        return self.to(port)([(data, address, 0)])[1]

    def _retry(self, data: bytes, address: str, port: int, error: OSError) -> SendResult:
        """Send again: an ICMP error about an earlier datagram fails the next call on the socket, whatever it sends."""
        for _ in range(3):
            if error.errno in (errno.ENOBUFS, errno.EAGAIN):
                break
            try:
                self._socket.sendto(data, (address, port))
            except OSError as another:
                error = another
            else:
                return SENT
        return send_error(error.errno or errno.EIO)

    def received(self) -> Iterator[tuple[bytes, str, int]]:
        """Datagrams that wait, with sender and port; at most `DRAIN`."""
        for _ in range(DRAIN):
            try:
                data, sender = self._socket.recvfrom(LONGEST)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error, which `icmp_errors` reads in full
                continue
            yield data, sender[0], sender[1]

    def icmp_errors(self) -> Iterator[IcmpError]:
        """ICMP errors about datagrams that were sent; at most `DRAIN`."""
        if not _LINUX:
            return
        for _ in range(DRAIN):
            try:
                _, ancillary, _, about = self._socket.recvmsg(0, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, data in ancillary:
                if (level, kind) in ((socket.SOL_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)) and about:
                    _, origin, icmp_type, icmp_code = struct.unpack_from("=IBBB", data)
                    if origin in (2, 3):
                        refused = (origin, icmp_type, icmp_code) in _REFUSED
                        yield IcmpError(about[0], about[1], Outcome.REFUSED if refused else Outcome.UNREACHABLE)

    def drops(self) -> int:
        """Datagrams that found the receive buffer full, since the socket was opened."""
        if not _LINUX:
            return 0
        with contextlib.suppress(OSError, struct.error):
            info = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 64)
            return int(struct.unpack_from("=I", info, 4 * _MEMINFO_DROPS)[0])
        return 0


def _enlarge(sock: socket.socket) -> None:
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF) if _LINUX else (socket.SO_RCVBUF,):
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, RECEIVE_BUFFER)
            return
        except OSError:
            continue


def source_address(address: str) -> str | None:
    """The source address of a packet to `address`; None without a route. Sends nothing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return str(probe.getsockname()[0])
    return None
