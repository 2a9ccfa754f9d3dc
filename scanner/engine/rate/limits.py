"""Rate limits of the whole scan and of each host, and the paces gentle, normal and fast.

Both limits are pure functions of `now` (seconds of any clock that does not go back; one that does is taken as standing
still), so tests drive them with numbers. They are the virtual scheduling form of GCRA (ITU-T I.371): a packet is
due at a time, and sending moves that time on.
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
    """What a pace means. `rate` is packets a second in all, `host_rate` to one host in any one second.

    `retries` is how often a silent address is asked again; with `adaptive` the number follows the loss that is seen,
    from 1 up to `max_retries`. `timeout` is seconds for one answer, `host_seconds` for everything asked of one host
    after the sweep. `connects` is TCP connects in flight over all hosts, `conversations` hosts in conversation at once.
    `echo` asks absent hosts of large routed networks by ICMP echo first.
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


PACES: dict[PaceName, Pace] = {
    "gentle": Pace("gentle", 200, 20, 2, 2.0, connects=32, conversations=8, host_seconds=120.0),
    "normal": Pace("normal", 2_000, 40, 2, 1.5, connects=512, conversations=32),
    "fast": Pace("fast", 20_000, 200, 2, 1.0, connects=1024, conversations=64, host_seconds=30.0, echo=True),
}


def choose(name: str, rate: int | None = None, retries: int | None = None, timeout: float | None = None) -> Pace:
    """The pace of a scan: one of the words, with what the user set outright. Raises UsageError."""
    if name not in PACES:
        raise UsageError(f"{name!r} is no pace: use gentle, normal or fast")
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
    """The scan's rate. `take` grants what may go now; `reserve` grants a time at which all of it may go."""

    __slots__ = ("_due", "_lock", "_now", "rate", "taken")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.taken = 0
        self._due = float("-inf")
        self._now = float("-inf")
        self._lock = Lock()

    def take(self, want: int, now: float) -> int:
        """How many of `want` packets may go now."""
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
        """Packets that were granted and not sent."""
        with self._lock:
            self._due -= packets / self.rate
            self.taken -= packets

    def reserve(self, packets: int, now: float) -> float:
        """The time at which these packets may go; it is theirs from now on."""
        with self._lock:
            now = self._forward(now)
            start = max(self._due, now)
            self._due = start + packets / self.rate
            self.taken += packets
            return start

    def ready_at(self, now: float) -> float:
        """When `take` will grant again."""
        with self._lock:
            return max(now, self._due - max(0.0, BURST_SECONDS - 1.0 / self.rate))

    def slow_to(self, rate: float) -> None:
        """Change the rate from here on."""
        with self._lock:
            self.rate = rate

    def _forward(self, now: float) -> float:
        self._now = max(self._now, now)
        return self._now


class HostRateLimiter:
    """When each host may be sent to again. Only hosts that are there have an entry: memory follows them.

    An exchange of n packets keeps the host free for n / (limit - longest exchange) seconds, so that any one second
    holds at most `limit` packets, the exchange that straddles its end included.
    """

    __slots__ = ("_lock", "due", "spacing")

    def __init__(self, limit: int) -> None:
        self.spacing = 1.0 / max(limit - TLS_PACKETS, limit / 3)
        self.due: dict[str, float] = {}
        self._lock = Lock()

    def reserve(self, host: str, packets: int, now: float) -> float:
        """The time at which these packets may go to the host; it is theirs from now on."""
        with self._lock:
            start = max(self.due.get(host, now), now)
            self.due[host] = start + packets * self.spacing
            return start

    def free_at(self, host: str) -> float:
        """When the host may be sent to again; a time in the past when it was never sent to."""
        return self.due.get(host, float("-inf"))

    def hold(self, host: str, until: float) -> None:
        """The host may not be sent to before that time, which somebody else has kept."""
        with self._lock:
            self.due[host] = max(self.due.get(host, until), until)

    def forget(self, host: str) -> None:
        """The host is done with."""
        with self._lock:
            self.due.pop(host, None)

    def __len__(self) -> int:
        return len(self.due)


class SendGate:
    """What `HostContext.turn` stands on: waits for the scan's rate_limiter and the host's floor, on a worker's thread.

    `wait(seconds)` sleeps and returns True when the scan is to stop.
    """

    __slots__ = ("host_limiter", "now", "rate_limiter", "wait")

    def __init__(
        self,
        rate_limiter: RateLimiter,
        host_limiter: HostRateLimiter,
        now: Callable[[], float],
        wait: Callable[[float], bool],
    ) -> None:
        self.rate_limiter, self.host_limiter, self.now, self.wait = rate_limiter, host_limiter, now, wait

    def pass_through(self, host: str, packets: int, deadline: float) -> bool:
        """Whether the packets may go: True at their time, False when that is after `deadline` or the scan stops."""
        now = self.now()
        if max(self.host_limiter.free_at(host), now) >= deadline:
            return False
        start = self.host_limiter.reserve(host, packets, now)
        if start > now and self.wait(start - now):
            return False
        now = self.now()
        start = self.rate_limiter.reserve(packets, now)
        if start >= deadline:
            return False
        return not (start > now and self.wait(start - now))
