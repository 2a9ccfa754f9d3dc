"""Rate limits of the whole scan and of each host, and the paces gentle, normal and fast.

Both limits are functions of `now`, the seconds of a monotonic clock (one that goes back counts as stopped). They
are the virtual scheduling form of GCRA (ITU-T I.371): a packet is due at a time, and sending advances that time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from scanner.core.errors import UsageError
from scanner.core.limits import RATE, RETRIES, TIMEOUT, PaceName
from scanner.discovery.cost import TLS_PACKETS

#: Longest burst of the whole scan, in seconds of its rate: any 100 ms hold at most 110 ms' worth of packets.
BURST_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Pace:
    """The numbers of a pace. `rate` is packets a second in total, `host_rate` to one host in any one second.

    `retries` is retransmissions to an address without a response; with `adaptive` their number follows the measured
    loss, from 1 to `max_retries`. `timeout` is seconds for one response, `host_seconds` for all conversations with one
    host. `connects` is TCP connects in flight over all hosts, `conversations` the hosts in a conversation at once.
    `echo` probes large routed networks by ICMP echo before the sweep.
    """

    name: str
    rate: int
    host_rate: int
    retries: int
    timeout: float
    connects: int
    conversations: int
    host_seconds: float = 60.0
    max_retries: int = 5
    adaptive: bool = True
    echo: bool = False

    @property
    def most_retries(self) -> int:
        """Retransmissions at most, whatever the loss."""
        return self.max_retries if self.adaptive else self.retries


PACES: dict[PaceName, Pace] = {
    "gentle": Pace("gentle", 200, 20, 2, 2.0, connects=32, conversations=8, host_seconds=120.0),
    "normal": Pace("normal", 2_000, 40, 2, 1.5, connects=512, conversations=32),
    "fast": Pace("fast", 20_000, 200, 2, 1.0, connects=1024, conversations=64, host_seconds=30.0, echo=True),
}


def choose(name: str, rate: int | None = None, retries: int | None = None, timeout: float | None = None) -> Pace:
    """The pace of that name, with the numbers that the user set. Raises UsageError."""
    if name not in PACES:
        raise UsageError(f"{name!r} is not a valid pace: use gentle, normal or fast")
    pace = PACES[name]
    if rate is not None:
        RATE.checked(rate)
        pace = replace(pace, rate=rate)
    if retries is not None:
        RETRIES.checked(retries)
        pace = replace(pace, retries=retries, adaptive=False)
    if timeout is not None:
        TIMEOUT.checked(timeout)
        pace = replace(pace, timeout=timeout, host_seconds=max(pace.host_seconds, 4 * timeout))
    return pace


class RateLimiter:
    """The rate of the whole scan. `take` grants packets to send now, `reserve` a time to send them; `taken` counts."""

    __slots__ = ("_due", "_lock", "_now", "rate", "taken")

    def __init__(self, rate: float, taken: int = 0) -> None:
        self.rate = rate
        self.taken = taken
        self._due = float("-inf")
        self._now = float("-inf")
        self._lock = Lock()

    def take(self, want: int, now: float) -> int:
        """How many of `want` packets may be sent now."""
        with self._lock:
            now = self._forward(now)
            step = 1.0 / self.rate
            ahead = max(BURST_SECONDS, step)
            due = max(self._due, now)
            granted = min(want, int((now + ahead - due) * self.rate + 1e-6))
            if granted <= 0:
                return 0
            self._due = due + granted * step
            self.taken += granted
            return granted

    def give_back(self, packets: int) -> None:
        """Return packets that were granted and not sent."""
        with self._lock:
            self._due -= packets / self.rate
            self.taken -= packets

    def reserve(self, packets: int, now: float) -> float:
        """Reserve packets. Returns the time from which they may be sent."""
        with self._lock:
            now = self._forward(now)
            start = max(self._due, now)
            self._due = start + packets / self.rate
            self.taken += packets
            return start

    def ready_at(self, now: float) -> float:
        """When `take` next grants a packet."""
        with self._lock:
            return max(now, self._due - max(0.0, BURST_SECONDS - 1.0 / self.rate))

    def set_rate(self, rate: float) -> None:
        """Change the rate from here on."""
        with self._lock:
            self.rate = rate

    def _forward(self, now: float) -> float:
        self._now = max(self._now, now)
        return self._now


class HostRateLimiter:
    """When each host may be sent to again. Only responsive hosts have an entry, so memory follows their number.

    An exchange of n packets occupies the host for n / (limit - longest exchange) seconds, so that any one second
    contains at most `limit` packets, including the exchange that straddles its end.
    """

    __slots__ = ("_lock", "due", "spacing")

    def __init__(self, limit: int) -> None:
        self.spacing = 1.0 / max(limit - TLS_PACKETS, limit / 3)
        self.due: dict[str, float] = {}
        self._lock = Lock()

    def reserve(self, host: str, packets: int, now: float) -> float:
        """Reserve packets to a host. Returns the time from which they may be sent."""
        with self._lock:
            start = max(self.due.get(host, now), now)
            self.due[host] = start + packets * self.spacing
            return start

    def free_at(self, host: str) -> float:
        """When the host may be sent to again; a time in the past if nothing was sent to it."""
        return self.due.get(host, float("-inf"))

    def hold(self, host: str, until: float) -> None:
        """Send nothing to the host before that time, which another process has reserved."""
        with self._lock:
            self.due[host] = max(self.due.get(host, until), until)

    def forget(self, host: str) -> None:
        """Drop the entry of a host that is complete."""
        with self._lock:
            self.due.pop(host, None)

    def __len__(self) -> int:
        return len(self.due)


@dataclass(frozen=True, slots=True)
class SendGate:
    """Makes a worker's thread wait for the host's limit, then for the scan's. Behind `HostContext.turn`.

    `reserve(packets)` returns the time at which the scan's rate allows them; `wait(seconds)` sleeps, and returns true
    when the scan is to stop.
    """

    reserve: Callable[[int], float]
    host_limiter: HostRateLimiter
    now: Callable[[], float]
    wait: Callable[[float], object]

    def pass_through(self, host: str, packets: int, deadline: float) -> bool:
        """Wait until the packets may be sent. Returns False if that is after `deadline` or the scan stops."""
        now = self.now()
        if max(self.host_limiter.free_at(host), now) >= deadline:
            return False
        if not self._wait_until(self.host_limiter.reserve(host, packets, now)):
            return False
        start = self.reserve(packets)
        return start < deadline and self._wait_until(start)

    def _wait_until(self, when: float) -> bool:
        """Not even a sleep of 0 seconds when the time has come: it would yield the interpreter to another thread."""
        left = when - self.now()
        return left <= 0 or not self.wait(left)
