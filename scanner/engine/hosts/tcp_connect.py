"""Which TCP ports are open: non-blocking connects over many hosts, one connection to a host at a time.

A connect that is refused says that the host is there. What accepted is closed at once by a reset (SO_LINGER 0), so that
neither side keeps the connection. A silent port is tried again, as the kernel's own repeat comes after a whole second.
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

#: Packets of ours in one connect that is answered: SYN, ACK, RST; or SYN alone.
PACKETS = 2
_RESET = struct.pack("ii", 1, 0)
_SLOW = {errno.EAGAIN, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.EPERM, errno.ENOMEM}
_REFUSED = {errno.ECONNREFUSED, errno.ECONNRESET}


@dataclass(slots=True, eq=False)
class PortScan:
    """One host whose ports are tried. `outcomes` says how each port ended; `done` is called with it once."""

    address: str
    ports: tuple[int, ...]
    done: Callable[[PortScan], None]
    attempts: int = 1
    index: int = -1
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    place: int = 0
    attempt: int = 0

    @property
    def open(self) -> tuple[int, ...]:
        """The ports that accepted."""
        return tuple(port for port, outcome in self.outcomes.items() if outcome is Outcome.ANSWERED)

    @property
    def there(self) -> bool:
        """Whether any port said that the host is there."""
        return any(o in (Outcome.ANSWERED, Outcome.REFUSED) for o in self.outcomes.values())


class TcpConnector:
    """Connects in flight over one selector. `pump` begins what is due, `expire` ends what is silent.

    The selector's keys carry `ready` as their data.
    """

    def __init__(self, selector: BaseSelector, host_limiter: HostRateLimiter, window: int, timeout: float) -> None:
        self.selector, self.host_limiter, self.window, self.timeout = selector, host_limiter, window, timeout
        self.sent = 0
        self.complaints: list[str] = []
        self.contact: Callable[[int, float], float] | None = None  # when a neighbour may be met, 0 for now
        self._waiting: list[tuple[float, int, PortScan]] = []
        self._flying: dict[int, tuple[socket.socket, PortScan, float]] = {}
        self._order: deque[tuple[float, int, PortScan]] = deque()
        self._serial = count()
        self._quiet = float("-inf")

    def __len__(self) -> int:
        return len(self._waiting) + len(self._flying)

    @property
    def room(self) -> int:
        """How many more hosts are worth handing in now."""
        return max(0, 2 * self.window - len(self))

    def knock(self, door: PortScan, now: float) -> None:
        """Try the ports of a host, in turn. Raises RefusedError for a port that may not be tried."""
        for port in door.ports:
            guard.check_port(port)
        heappush(self._waiting, (max(now, self.host_limiter.free_at(door.address)), next(self._serial), door))

    def pump(self, now: float, grant: int) -> int:
        """Begin up to `grant` connects; how many packets that took from the scan's rate."""
        went = 0
        if now < self._quiet:
            return 0
        while self._waiting and self._waiting[0][0] <= now and went < grant and len(self._flying) < self.window:
            _, _, door = heappop(self._waiting)
            due = self.host_limiter.free_at(door.address)
            if self.contact is not None:
                due = max(due, self.contact(door.index, now))
            if due > now:
                heappush(self._waiting, (due, next(self._serial), door))
                continue
            if not self._connect(door, now):
                break
            went += PACKETS
        self.sent += went
        return went

    def wake_at(self, now: float) -> float:
        """When there is something to begin or to end."""
        times = [now + 1.0]
        if self._waiting and len(self._flying) < self.window:
            times.append(max(self._waiting[0][0], self._quiet))
        if self._order:
            times.append(self._order[0][0])
        return max(now, min(times))

    def ready(self, descriptor: int, now: float) -> None:
        """The selector says that a connect has ended."""
        entry = self._flying.get(descriptor)
        if entry is None:
            return
        sock = entry[0]
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._land(descriptor, _outcome(code), now)

    def expire(self, now: float) -> None:
        """End the connects that had no answer in time."""
        while self._order and self._order[0][0] <= now:
            _, descriptor, door = self._order.popleft()
            entry = self._flying.get(descriptor)
            if entry is not None and entry[1] is door and entry[2] <= now:
                self._land(descriptor, Outcome.NO_ANSWER, now)

    def close(self) -> list[PortScan]:
        """Drop everything; the hosts that were not finished."""
        unfinished = [door for _, _, door in self._waiting] + [door for _, door, _ in self._flying.values()]
        for descriptor in list(self._flying):
            self._drop(descriptor)
        self._waiting.clear()
        self._order.clear()
        return unfinished

    def _connect(self, door: PortScan, now: float) -> bool:
        family = socket.AF_INET6 if ":" in door.address else socket.AF_INET
        port = door.ports[door.place]
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            self._slow(error.errno, door, now)
            return False
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        code = sock.connect_ex((door.address, port))
        self.host_limiter.reserve(door.address, PACKETS, now)
        if code in (errno.EINPROGRESS, 0):
            deadline = now + self.timeout
            self._flying[sock.fileno()] = (sock, door, deadline)
            self._order.append((deadline, sock.fileno(), door))
            self.selector.register(sock, EVENT_WRITE, self.ready)
            return True
        sock.close()
        if code in _SLOW:
            self._slow(code, door, now)
            return False
        self._result(door, _outcome(code), now)
        return True

    def _slow(self, code: int | None, door: PortScan, now: float) -> None:
        self.complaints.append(errno.errorcode.get(code or 0, "error"))
        self._quiet = now + 0.05
        door.attempt += 1
        if door.attempt > 20:
            self._result(door, Outcome.UNREACHABLE, now)
        else:
            heappush(self._waiting, (now + 0.05, next(self._serial), door))

    def _drop(self, descriptor: int) -> None:
        sock, _, _ = self._flying.pop(descriptor)
        self.selector.unregister(sock)
        sock.close()

    def _land(self, descriptor: int, outcome: Outcome, now: float) -> None:
        door = self._flying[descriptor][1]
        self._drop(descriptor)
        self._result(door, outcome, now)

    def _result(self, door: PortScan, outcome: Outcome, now: float) -> None:
        # after one port was silent to the last, the others of a host that never spoke TCP get one try each
        tries = door.attempts if door.place == 0 or door.there else 1
        if outcome is Outcome.NO_ANSWER and door.attempt + 1 < tries:
            door.attempt += 1
        else:
            door.outcomes[door.ports[door.place]] = outcome
            door.place += 1
            door.attempt = 0
        if door.place >= len(door.ports):
            door.done(door)
        else:
            due = max(now, self.host_limiter.free_at(door.address))
            heappush(self._waiting, (due, next(self._serial), door))


def _outcome(code: int) -> Outcome:
    if code == 0:
        return Outcome.ANSWERED
    if code in _REFUSED:
        return Outcome.REFUSED
    return Outcome.NO_ANSWER if code == errno.ETIMEDOUT else Outcome.UNREACHABLE
