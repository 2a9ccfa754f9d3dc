"""One UDP socket for a whole sweep: datagrams out, datagrams and ICMP errors in, nothing lost without being counted.

ICMP errors come through the socket's error queue (Linux, ip(7) IP_RECVERR), so no privilege is needed: port unreachable
means that the host is there and says no.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from scanner.core.errors import EngineError
from scanner.core.outcomes import Outcome
from scanner.engine import guard

#: Bytes that the kernel may hold for us while we do something else: 16 MB where allowed, else what rmem_max gives.
RECEIVE_BUFFER = 16 << 20
#: Longest datagram that is read: no answer that we ask for is longer.
LONGEST = 65536
#: Most datagrams or errors read in one go, so that a flood cannot keep us from sending.
DRAIN = 512

#: What is sent, to which address, and that address's index among the targets.
Datagram = tuple[bytes, str, int]

_IP_RECVERR, _IPV6_RECVERR, _SO_RCVBUFFORCE, _SO_MEMINFO, _MEMINFO_DROPS = 11, 25, 33, 55, 8
_LINUX = hasattr(socket, "MSG_ERRQUEUE")

#: ICMP (RFC 792, 1812) and ICMPv6 (RFC 4443) types and codes that mean that the host itself answered.
_REFUSED = {(2, 3, 3), (2, 3, 2), (3, 1, 4), (3, 4, 1)}  # (origin, type, code); origin 2 ICMP, 3 ICMPv6
#: What sendto says when it should be tried again slower, and how often: a full queue or neighbour table, a packet that
#: a local firewall or a full connection tracking table ate (which may be for ever), an interface that went down.
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
    """What became of one datagram: `error` is 0 or an errno, `tries` how often it is worth trying again, slower."""

    error: int
    tries: int = 0

    @property
    def again(self) -> bool:
        """Whether it should be sent again."""
        return self.tries > 0

    @property
    def reason(self) -> str:
        """The error's name: ENOBUFS."""
        return errno.errorcode.get(self.error, str(self.error))


#: What became of a datagram that went out.
SENT = SendResult(0)


def again(code: int) -> SendResult:
    """What an errno of sendto means for the packet."""
    return SendResult(code, _AGAIN.get(code, 0))


#: Puts datagrams on the wire, in order: how many went, and SENT or what stood in the way of the next.
Send = Callable[[Sequence[Datagram]], tuple[int, SendResult]]


def both(four: Send, six: Send) -> Send:
    """Sends each datagram by the socket of its IP version."""

    def send(datagrams: Sequence[Datagram]) -> tuple[int, SendResult]:
        went, result = 0, SENT
        for is_six, some in groupby(datagrams, lambda one: ":" in one[1]):
            more, result = (six if is_six else four)(list(some))
            went += more
            if result is not SENT:
                break
        return went, result

    return send


class IcmpError(NamedTuple):
    """An ICMP error about a datagram of ours to `address` `port`."""

    address: str
    port: int
    outcome: Outcome


class UdpSocket:
    """A non-blocking UDP socket of one IP version that refuses what harms and reads its errors."""

    def __init__(self, version: int) -> None:
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        try:
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise EngineError(f"no IPv{version} socket can be opened: {error.strerror}") from None
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
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def to(self, port: int) -> Send:
        """A function that sends datagrams to this port: how many went, and SENT or what stood in the way of the next.

        Raises RefusedError for a port that is never spoken to; the function does for what may never be sent.
        """
        guard.check_port(port)
        sendto, check, retry, plain = self._socket.sendto, guard.check_payload, self._retry, guard.PLAIN_OPTIONS

        def send(datagrams: Sequence[Datagram]) -> tuple[int, SendResult]:
            went = 0
            for data, address, _ in datagrams:
                if data[:12] != plain:
                    check(data)
                try:
                    sendto(data, (address, port))
                except OSError as error:
                    result = retry(data, address, port, error)
                    if result is not SENT:
                        return went, result
                went += 1
            return went, SENT

        return send

    def send(self, data: bytes, address: str, port: int) -> SendResult:
        """Send one datagram. Raises RefusedError for what may never be sent."""
        return self.to(port)([(data, address, 0)])[1]

    def _retry(self, data: bytes, address: str, port: int, error: OSError) -> SendResult:
        """An ICMP error about an earlier datagram is told by the next call on the socket; the call is made again."""
        for _ in range(3):
            if error.errno in (errno.ENOBUFS, errno.EAGAIN):
                break
            try:
                self._socket.sendto(data, (address, port))
            except OSError as another:
                error = another
            else:
                return SENT
        return again(error.errno or errno.EIO)

    def received(self) -> Iterator[tuple[bytes, str, int]]:
        """Datagrams that are waiting, with sender and port; at most `DRAIN`."""
        for _ in range(DRAIN):
            try:
                data, sender = self._socket.recvfrom(LONGEST)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error; `refusals` has it whole
                continue
            yield data, sender[0], sender[1]

    def refusals(self) -> Iterator[IcmpError]:
        """ICMP errors about what was sent, at most `DRAIN`."""
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
        """Datagrams that came in and found our buffer full, since the socket was opened."""
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
    """Our own address as a packet to `address` would carry it; None when there is no way there. Sends nothing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return str(probe.getsockname()[0])
    return None
