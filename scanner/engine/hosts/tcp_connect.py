"""Which TCP ports are open: non-blocking connects to many hosts, one connection to a host at a time.

A refused connect proves that the address has a host. An accepted connection is reset at once (SO_LINGER 0), so that
neither side keeps it. A port without a response is tried again by us, as the kernel retransmits only after a second.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from selectors import EVENT_WRITE, BaseSelector

from scanner.core.outcomes import Outcome
from scanner.engine import guard
from scanner.engine.rate.limits import HostRateLimiter

#: Packets that a connect is charged for: SYN, and ACK or RST when the port is open.
PACKETS = 2
_RESET = struct.pack("ii", 1, 0)
_RETRY = {errno.EAGAIN, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.EPERM, errno.ENOMEM}
_REFUSED = {errno.ECONNREFUSED, errno.ECONNRESET}


@dataclass(slots=True, eq=False)
class PortScan:
    """The ports of one host, tried in turn. `outcomes` is by port; `done` is called once with this record."""

    address: str
    ports: tuple[int, ...]
    done: Callable[[PortScan], None]
    attempts: int = 1
    index: int = -1
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    place: int = 0
    attempt: int = 0

    @property
    def responsive(self) -> bool:
        """Whether any port accepted or refused: the address has a host."""
        return any(o in (Outcome.ANSWERED, Outcome.REFUSED) for o in self.outcomes.values())


class TcpConnector:
    """Connects in flight on one selector. `pump` starts due connects, `expire` ends those without a response.

    The data of a selector key is `ready`. `window` is the most connects in flight, `timeout` seconds for one.
    """

    def __init__(self, selector: BaseSelector, host_limiter: HostRateLimiter, window: int, timeout: float) -> None:
        self.selector, self.host_limiter, self.window, self.timeout = selector, host_limiter, window, timeout
        self.sent = 0
        self.send_errors: list[str] = []
        self.neighbour_free_at: Callable[[int, float], float] | None = None  # 0 when the neighbour table has room now
        self._waiting: list[tuple[float, int, PortScan]] = []
        self._in_flight: dict[int, tuple[socket.socket, PortScan, float]] = {}
        self._expiring: deque[tuple[float, int, PortScan]] = deque()
        self._sequence = count()
        self._blocked_until = float("-inf")

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_flight)

    @property
    def room(self) -> int:
        """How many more hosts to start now."""
        return max(0, 2 * self.window - len(self))

    def start(self, scan: PortScan, now: float) -> None:
        """Try the ports of a host in turn. Raises RefusedError for a port that is never probed."""
        for port in scan.ports:
            guard.check_port(port)
        heappush(self._waiting, (max(now, self.host_limiter.free_at(scan.address)), next(self._sequence), scan))

    def pump(self, now: float, grant: int) -> int:
        """Start up to `grant` connects that are due. Returns the packets charged to the scan's rate."""
        sent = 0
        if now < self._blocked_until:
            return 0
        while self._waiting and self._waiting[0][0] <= now and sent < grant and len(self._in_flight) < self.window:
            _, _, scan = heappop(self._waiting)
            due = self.host_limiter.free_at(scan.address)
            if self.neighbour_free_at is not None:
                due = max(due, self.neighbour_free_at(scan.index, now))
            if due > now:
                heappush(self._waiting, (due, next(self._sequence), scan))
                continue
            if not self._connect(scan, now):
                break
            sent += PACKETS
        self.sent += sent
        return sent

    def wake_at(self, now: float) -> float:
        """When there is next something to start or to end."""
        times = [now + 1.0]
        if self._waiting and len(self._in_flight) < self.window:
            times.append(max(self._waiting[0][0], self._blocked_until))
        if self._expiring:
            times.append(self._expiring[0][0])
        return max(now, min(times))

    def ready(self, descriptor: int, now: float) -> None:
        """End a connect that the selector reports as complete."""
        entry = self._in_flight.get(descriptor)
        if entry is None:
            return
        sock = entry[0]
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._complete(descriptor, _outcome(code), now)

    def expire(self, now: float) -> None:
        """End the connects without a response in time."""
        while self._expiring and self._expiring[0][0] <= now:
            _, descriptor, scan = self._expiring.popleft()
            entry = self._in_flight.get(descriptor)
            if entry is not None and entry[1] is scan and entry[2] <= now:
                self._complete(descriptor, Outcome.NO_ANSWER, now)

    def close(self) -> list[PortScan]:
        """Close all connects. Returns the hosts that are not complete."""
        unfinished = [scan for _, _, scan in self._waiting] + [scan for _, scan, _ in self._in_flight.values()]
        for descriptor in list(self._in_flight):
            self._drop(descriptor)
        self._waiting.clear()
        self._expiring.clear()
        return unfinished

    def _connect(self, scan: PortScan, now: float) -> bool:
        family = socket.AF_INET6 if ":" in scan.address else socket.AF_INET
        port = scan.ports[scan.place]
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            self._retry_later(error.errno, scan, now)
            return False
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        code = sock.connect_ex((scan.address, port))
        self.host_limiter.reserve(scan.address, PACKETS, now)
        if code in (errno.EINPROGRESS, 0):
            deadline = now + self.timeout
            self._in_flight[sock.fileno()] = (sock, scan, deadline)
            self._expiring.append((deadline, sock.fileno(), scan))
            self.selector.register(sock, EVENT_WRITE, self.ready)
            return True
        sock.close()
        if code in _RETRY:
            self._retry_later(code, scan, now)
            return False
        self._result(scan, _outcome(code), now)
        return True

    def _retry_later(self, code: int | None, scan: PortScan, now: float) -> None:
        self.send_errors.append(errno.errorcode.get(code or 0, "error"))
        self._blocked_until = now + 0.05
        scan.attempt += 1
        if scan.attempt > 20:
            self._result(scan, Outcome.UNREACHABLE, now)
        else:
            heappush(self._waiting, (now + 0.05, next(self._sequence), scan))

    def _drop(self, descriptor: int) -> None:
        sock, _, _ = self._in_flight.pop(descriptor)
        self.selector.unregister(sock)
        sock.close()

    def _complete(self, descriptor: int, outcome: Outcome, now: float) -> None:
        scan = self._in_flight[descriptor][1]
        self._drop(descriptor)
        self._result(scan, outcome, now)

    def _result(self, scan: PortScan, outcome: Outcome, now: float) -> None:
        # a host without any TCP response to the tries of its first port gets one try for each other port
        tries = scan.attempts if scan.place == 0 or scan.responsive else 1
        if outcome is Outcome.NO_ANSWER and scan.attempt + 1 < tries:
            scan.attempt += 1
        else:
            scan.outcomes[scan.ports[scan.place]] = outcome
            scan.place += 1
            scan.attempt = 0
        if scan.place >= len(scan.ports):
            scan.done(scan)
        else:
            due = max(now, self.host_limiter.free_at(scan.address))
            heappush(self._waiting, (due, next(self._sequence), scan))


def _outcome(code: int) -> Outcome:
    if code == 0:
        return Outcome.ANSWERED
    if code in _REFUSED:
        return Outcome.REFUSED
    return Outcome.NO_ANSWER if code == errno.ETIMEDOUT else Outcome.UNREACHABLE
