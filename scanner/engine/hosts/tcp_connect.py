"""Which TCP ports are open: non-blocking connects to many hosts, one connection to a host at a time.

A refused connect proves that the address has a host. An accepted connection is closed at once: the FIN is sent in place
of the last packet of the handshake, so it costs no packet more than a reset and is retransmitted if it is lost; the
host's next connection follows when the host has closed this one. If it has received the FIN and does not close for
`timeout` seconds, the connection is reset. If it does not acknowledge the FIN, no further connection is opened to it.
The ports of one host are tried by one `PortScan` at a time; others for the same address wait for its end.
A port without a response is tried again by us, as the kernel retransmits only after a second.
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
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector

from scanner.core.outcomes import Outcome
from scanner.engine import guard
from scanner.engine.os import closing, descriptors
from scanner.engine.rate.limits import HostRateLimiter

#: Packets that a connect is charged for: SYN, and FIN when the port is open.
PACKETS = 2
#: Seconds without a free file descriptor after which a connect is given up.
FULL_TIMEOUT = 10.0
_RESET = struct.pack("ii", 1, 0)
_RETRY = {errno.EAGAIN, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EPERM, errno.ENOMEM}
_REFUSED = {errno.ECONNREFUSED, errno.ECONNRESET}
#: Seconds before the second pass over the ports of a host where packets are lost, and twice, three times as many before
#: the next ones: bursts of loss end, and the kernel repeats an ARP request after a second.
PASS_PAUSE = 0.5
#: Outcomes that prove that an address has a host.
RESPONSES = (Outcome.ANSWERED, Outcome.REFUSED)
#: Passes whose responses are counted apart.
_MOST_ROUNDS = 16


@dataclass(slots=True, eq=False)
class PortScan:
    """The ports of one host, tried in turn, those without a response again after the others.

    `attempts` is how often a port of a responsive host is tried, `unresponsive` how often while no port has responded,
    `attempts` if it is 0. Without `lossy` only the first port, and those after one that responded, are tried more than
    once. `round` is that of the first attempts. `outcomes` is by port; `done` is called once with this record.
    `left_open` is whether a connection may still be open at the host, because our FIN was not acknowledged.
    """

    address: str
    ports: tuple[int, ...]
    done: Callable[[PortScan], None]
    attempts: int = 1
    index: int = -1
    unresponsive: int = 0
    lossy: bool = False
    round: int = 0
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    place: int = 0
    attempt: int = 0
    rejected: int = 0
    left_open: bool = False

    @property
    def responsive(self) -> bool:
        """Whether any port accepted or refused: the address has a host."""
        return any(outcome in RESPONSES for outcome in self.outcomes.values())

    def advance(self) -> bool:
        """Go on to the next port to try. Returns False when none is left."""
        while self.place + 1 < len(self.ports) or self._again():
            self.place += 1
            before = self.outcomes.get(self.ports[self.place])
            lost = before is Outcome.NO_ANSWER or (self.lossy and before is Outcome.UNREACHABLE)  # ARP is lost, too
            if (before is None or lost) and self._wanted(self.place):
                return True
        return False

    def _again(self) -> bool:
        """Begin another pass over the ports. Returns False when all passes are complete."""
        if self.attempt + 1 >= (self.attempts if self.responsive else self.unresponsive or self.attempts):
            return False
        self.attempt, self.place = self.attempt + 1, -1
        return True

    def _wanted(self, place: int) -> bool:
        """Whether a port is tried in this pass."""
        before = self.ports[:place]
        return not (self.attempt and place) or self.lossy or any(self.outcomes.get(p) in RESPONSES for p in before)


class TcpConnector:
    """Connects in flight on one selector. `pump` starts due connects, `expire` ends those without a response.

    The data of a selector key is `ready`. `window` is the most connects in flight, `timeout` seconds for one.
    """

    def __init__(self, selector: BaseSelector, host_limiter: HostRateLimiter, window: int, timeout: float) -> None:
        self.selector, self.host_limiter, self.window, self.timeout = selector, host_limiter, window, timeout
        self.sent = 0
        self.responses: list[int] = []  # of each round: how many ports responded in it
        self.send_errors: list[str] = []
        self.neighbour_free_at: Callable[[int, float], float] | None = None  # 0 when the neighbour table has room now
        self._waiting: list[tuple[float, int, PortScan]] = []
        self._behind: dict[str, list[PortScan]] = {}  # by address with a scan in progress: those that wait for its end
        self._in_flight: dict[int, tuple[socket.socket, PortScan, float]] = {}
        self._closing: dict[int, float] = {}  # descriptors of accepted connects, and when each is reset at the latest
        self._expiring: deque[tuple[float, int, PortScan]] = deque()
        self._sequence = count()
        self._queued = 0  # scans in `_behind`
        self._blocked_until = float("-inf")
        self._full_since: float | None = None  # no descriptor was free since then

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_flight) + self._queued

    @property
    def room(self) -> int:
        """How many more hosts to start now."""
        return max(0, 2 * self.window - len(self))

    def scanning(self, address: str) -> bool:
        """Whether the ports of an address are being tried."""
        return address in self._behind

    def start(self, scan: PortScan, now: float) -> None:
        """Try the ports of a host in turn. Raises RefusedError for a port that is never probed."""
        for port in scan.ports:
            guard.check_port(port)
        if scan.address in self._behind:
            self._behind[scan.address].append(scan)
            self._queued += 1
            return
        self._behind[scan.address] = []
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
        if descriptor in self._closing:
            if not _more_to_read(sock):
                self._complete(descriptor, Outcome.ANSWERED, now)
            return
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code or not self._finish(descriptor, now):
            self._complete(descriptor, _outcome(code), now)

    def _finish(self, descriptor: int, now: float) -> bool:
        """Close an accepted connection in order. Returns False where it has ended already."""
        sock, scan, _ = self._in_flight[descriptor]
        try:
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        self.selector.modify(sock, EVENT_READ, self.ready)
        deadline = now + self.timeout
        self._in_flight[descriptor] = (sock, scan, deadline)
        self._closing[descriptor] = now + closing.LONGEST
        self._expiring.append((deadline, descriptor, scan))
        return True

    def expire(self, now: float) -> None:
        """End the connects without a response in time."""
        while self._expiring and self._expiring[0][0] <= now:
            _, descriptor, scan = self._expiring.popleft()
            entry = self._in_flight.get(descriptor)
            if entry is not None and entry[1] is scan and entry[2] <= now:
                until = self._closing.get(descriptor)
                if until is None and closing.established(entry[0]):
                    self.ready(descriptor, now)
                elif until is None:
                    self._complete(descriptor, Outcome.NO_ANSWER, now)
                elif not closing.unacknowledged(entry[0]):
                    self._complete(descriptor, Outcome.ANSWERED, now)
                elif now < until:
                    self._in_flight[descriptor] = (entry[0], scan, now + self.timeout)
                    self._expiring.append((now + self.timeout, descriptor, scan))
                else:
                    scan.left_open = True
                    self._complete(descriptor, Outcome.ANSWERED, now)

    def close(self) -> list[PortScan]:
        """Close all connects. Returns the hosts that are not complete."""
        unfinished = [scan for _, _, scan in self._waiting] + [scan for _, scan, _ in self._in_flight.values()]
        unfinished += [scan for behind in self._behind.values() for scan in behind]
        for descriptor in list(self._in_flight):
            self._drop(descriptor)
        self._waiting.clear()
        self._behind.clear()
        self._queued = 0
        self._expiring.clear()
        return unfinished

    def _connect(self, scan: PortScan, now: float) -> bool:
        family = socket.AF_INET6 if ":" in scan.address else socket.AF_INET
        port = scan.ports[scan.place]
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            if error.errno in descriptors.FULL:
                self._wait_for_descriptor(scan, now)
            else:
                self._retry_later(error.errno, scan, now)
            return False
        self._full_since = None
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if hasattr(socket, "TCP_QUICKACK"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)  # our FIN acknowledges the handshake
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

    def _wait_for_descriptor(self, scan: PortScan, now: float) -> None:
        """Try again when a descriptor may be free, with no more connects in flight than there are now."""
        self.window = max(1, len(self._in_flight))
        self._full_since = now if self._full_since is None else self._full_since
        if now - self._full_since > FULL_TIMEOUT:
            self._result(scan, Outcome.NOT_SENT, now)
            return
        self._blocked_until = now + 0.05
        heappush(self._waiting, (self._blocked_until, next(self._sequence), scan))

    def _retry_later(self, code: int | None, scan: PortScan, now: float) -> None:
        self.send_errors.append(errno.errorcode.get(code or 0, "error"))
        self._blocked_until = now + 0.05
        scan.rejected += 1
        if scan.rejected > 20:
            self._result(scan, Outcome.NOT_SENT, now)
        else:
            heappush(self._waiting, (now + 0.05, next(self._sequence), scan))

    def _drop(self, descriptor: int) -> None:
        sock, scan, _ = self._in_flight.pop(descriptor)
        self._closing.pop(descriptor, None)
        self.selector.unregister(sock)
        if scan.left_open:
            closing.leave(sock)
        else:
            sock.close()

    def _complete(self, descriptor: int, outcome: Outcome, now: float) -> None:
        scan = self._in_flight[descriptor][1]
        self._drop(descriptor)
        self._result(scan, outcome, now)

    def _result(self, scan: PortScan, outcome: Outcome, now: float) -> None:
        scan.outcomes[scan.ports[scan.place]] = outcome
        scan.rejected = 0
        if outcome in RESPONSES:
            self._count_response(scan.round + scan.attempt)
        before = scan.attempt
        if scan.left_open or not scan.advance():
            self._end(scan, now)
            scan.done(scan)
        else:
            pause = PASS_PAUSE * scan.attempt if scan.lossy and scan.attempt > before else 0.0
            due = max(now + pause, self.host_limiter.free_at(scan.address))
            heappush(self._waiting, (due, next(self._sequence), scan))

    def _end(self, scan: PortScan, now: float) -> None:
        """The scan of a host has ended: the next one for its address begins, if there is one."""
        behind = self._behind.pop(scan.address)
        for number, one in enumerate(behind):
            self._queued -= 1
            one.left_open = one.left_open or scan.left_open
            if not one.left_open:
                self.start(one, now)
                for other in behind[number + 1 :]:
                    self._behind[scan.address].append(other)
                return
            one.done(one)

    def _count_response(self, number: int) -> None:
        number = min(number, _MOST_ROUNDS - 1)
        self.responses += [0] * (number + 1 - len(self.responses))
        self.responses[number] += 1


def _more_to_read(sock: socket.socket) -> bool:
    """Whether a host has yet to close its end; what it sends until then is discarded."""
    try:
        return bool(sock.recv(4096))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _outcome(code: int) -> Outcome:
    if code == 0:
        return Outcome.ANSWERED
    if code in _REFUSED:
        return Outcome.REFUSED
    return Outcome.NO_ANSWER if code == errno.ETIMEDOUT else Outcome.UNREACHABLE
