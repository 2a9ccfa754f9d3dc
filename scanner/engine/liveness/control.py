"""Control hosts: a few responsive hosts of each subnet, which show whether the network towards it still works.

An outage beyond our own link causes no error of the kernel. Where nothing is received from a subnet for a moment, its
control hosts, which have responded to an ICMP echo request before, get one each in turn. Once so many of them in a row
have no response that the loss which the run has shown cannot explain it, the subnet is unresponsive. A subnet without
two such hosts is never unresponsive: phones that respond once, few phones and empty subnets show nothing.

No socket and no clock: echo requests are sent through a function and times are arguments.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, log

from scanner.core.spans import Span
from scanner.core.targets import Targets
from scanner.engine.liveness.plan import indexes
from scanner.engine.os.rtnetlink import Reachability, Region

#: Seconds without a packet from a subnet after which it is checked, between two requests to it, and for a response.
QUIET, SPACING, WAIT = 0.5, 0.1, 0.6
#: Least control hosts of a subnet that can be unresponsive, and most of them.
HOSTS, MOST = 2, 4
#: Requests to a candidate, and candidates of a subnet that are tried.
TRIES, MOST_TRIED = 3, 16
#: Probability at most of losing all requests to a subnet that works, and the least loss that is assumed.
CHANCE, LEAST_LOSS = 1e-6, 0.1
#: Requests in a row to one subnet at most, whatever the loss.
MOST_REQUESTS = 40
#: Share of the allowed rate for the requests, and most of them in a second.
SHARE, MOST_RATE = 0.05, 40.0
#: Addresses of a subnet, as bits: most networks have one prefix of this length for each place. Most subnets checked.
SUBNET_BITS, MOST_SUBNETS = 8, 1_024
#: Seconds that the end of a run waits for the last responses of control hosts at most.
LAST = 10.0

_AWAY = (Reachability.LINK, Reachability.ROUTED)
#: The key of a subnet: the place of its region, and its prefix.
Subnet = tuple[int, int]


class Subnets:
    """The subnet of each target: at most 256 addresses within one region, so of one link or one route."""

    def __init__(self, regions: Iterable[Region], targets: Targets) -> None:
        placed = sorted(((indexes(targets, one), one) for one in regions), key=lambda pair: pair[0].start)
        self._regions = [(places, region) for places, region in placed if places]
        self._starts = [places.start for places, _ in self._regions]
        self._targets = targets

    def __bool__(self) -> bool:
        return any(region.where in _AWAY for _, region in self._regions)

    def of(self, index: int) -> Subnet | None:
        """The key of the subnet of a target; None for one on this host or without a path."""
        place = bisect_right(self._starts, index) - 1
        if place < 0 or index not in self._regions[place][0]:
            return None
        if self._regions[place][1].where not in _AWAY:
            return None
        return place, self._targets.number(index)[1] >> SUBNET_BITS

    def span(self, key: Subnet) -> Span:
        """The targets of a subnet."""
        place, prefix = key
        span, first = self._regions[place][1].span, prefix << SUBNET_BITS
        return Span(span.version, max(span.first, first), min(span.last, first + (1 << SUBNET_BITS) - 1))


@dataclass(slots=True, eq=False)
class _Subnet:
    """`received` is when a packet last came from it, `unanswered` how many requests it has got since."""

    received: float
    hosts: list[int] = field(default_factory=list)
    candidates: list[int] = field(default_factory=list)  # responsive hosts that have yet to respond to an echo request
    tried: int = 0  # candidates so far
    unanswered: int = 0
    sent: float = float("-inf")
    turn: int = 0


class ControlHosts:
    """The control hosts of a run. `subnet(index)` is the key of a subnet, `loss()` the share of probes that are lost.

    `send(index)` sends one echo request, and returns whether it did. `known` are the control hosts of an earlier pass.
    """

    def __init__(
        self,
        subnet: Callable[[int], Subnet | None],
        send: Callable[[int], bool],
        loss: Callable[[], float],
        known: Sequence[int],
        now: float,
    ) -> None:
        self._subnet, self._send, self._loss = subnet, send, loss
        self._subnets: dict[Subnet, _Subnet] = {}
        self._new = deque[tuple[float, int, _Subnet, int]]()  # when a candidate is due, how often it was tried
        self._answered = self._lost = 0  # requests to control hosts
        self._allowance, self._filled = 1.0, now
        self._ending: float | None = None
        for index in known:
            key = subnet(index)
            if key is not None:
                self._subnets.setdefault(key, _Subnet(now)).hosts.append(index)

    @property
    def hosts(self) -> list[int]:
        """All control hosts."""
        return [index for one in self._subnets.values() for index in one.hosts]

    def received(self, index: int, now: float) -> None:
        """A packet came from a host, in whichever protocol."""
        key = self._subnet(index)
        if key is None:
            return
        one = self._subnets.get(key)
        if one is None:
            if len(self._subnets) >= MOST_SUBNETS:
                return
            one = self._subnets[key] = _Subnet(now)
        if 0 < one.unanswered < self._needed():
            self._lost += one.unanswered - 1
        one.received, one.unanswered = now, 0
        room = len(one.hosts) + len(one.candidates) < MOST and one.tried < MOST_TRIED
        if room and index not in one.hosts and index not in one.candidates:
            one.candidates.append(index)
            one.tried += 1
            self._new.appendleft((now, 0, one, index))

    def replied(self, index: int, now: float) -> None:
        """A host responded to an echo request."""
        self.received(index, now)
        key = self._subnet(index)
        one = self._subnets.get(key) if key is not None else None
        self._answered += 1
        if one is not None and index in one.candidates:
            one.candidates.remove(index)
            one.hosts.append(index)

    def pump(self, now: float, rate: float, grant: int) -> int:
        """Send up to `grant` echo requests that are due, within a share of the rate. Returns how many were sent."""
        self._allowance += max(0.0, now - self._filled) * min(MOST_RATE, SHARE * rate)
        self._allowance, self._filled = min(self._allowance, MOST_RATE * SPACING), now
        sent = 0
        while self._new and self._new[0][0] <= now and self._allowance >= 1 and sent < grant:
            _, tries, subnet, index = self._new.popleft()
            if index not in subnet.candidates:
                continue
            if tries >= TRIES:
                subnet.candidates.remove(index)
                continue
            sent += self._sent(index)
            self._new.append((now + WAIT, tries + 1, subnet, index))
        needed = self._needed()
        due = [one for one in self._subnets.values() if self._due(one, now, needed)]
        for one in sorted(due, key=lambda one: (-one.unanswered, one.received)):
            last = self._ending is not None and not one.unanswered
            if sent >= grant or (self._allowance < 1 and not last):
                continue
            one.turn, one.sent = one.turn + 1, now
            if self._sent(one.hosts[one.turn % len(one.hosts)]):
                one.unanswered += 1
                sent += 1
        return sent

    def unresponsive(self, now: float) -> list[Subnet]:
        """The subnets that are unresponsive."""
        needed = self._needed()
        return [key for key, one in self._subnets.items() if one.unanswered >= needed and now - one.sent >= WAIT]

    def unresponsive_since(self, keys: Iterable[Subnet]) -> float:
        """When a packet last came from the first of some subnets that became unresponsive."""
        return min(self._subnets[key].received for key in keys)

    def confirmed(self, now: float) -> bool:
        """Whether a packet came from every subnet with control hosts since the run has nothing left to do.

        The first call is when that is; `resumed` cancels it.
        """
        if self._ending is None:
            self._ending = now
        since = self._ending - QUIET
        return now - self._ending > LAST or all(
            one.received >= since or self._unsent(one, now) for one in self._subnets.values() if len(one.hosts) >= HOSTS
        )

    def resumed(self) -> None:
        """The run has something to do again."""
        self._ending = None

    def again(self, keys: Iterable[Subnet], now: float) -> list[Subnet]:
        """Check unresponsive subnets once more. Returns the ones that are still unresponsive."""
        still = [key for key in keys if self._subnets[key].unanswered]
        for one in map(self._subnets.__getitem__, still):
            if now - one.sent >= QUIET:
                one.unanswered = min(one.unanswered, self._needed() - 1)
        return still

    def _unsent(self, one: _Subnet, now: float) -> bool:
        """Whether no request can be sent to a subnet at the end of a run."""
        return self._ending is not None and not one.unanswered and now - self._ending > WAIT

    def _due(self, one: _Subnet, now: float, needed: int) -> bool:
        quiet = now - one.received >= QUIET and now - one.sent >= SPACING
        return quiet and len(one.hosts) >= HOSTS and one.unanswered < needed

    def _needed(self) -> int:
        """Requests in a row without a response that chance does not explain; each is lost on either way."""
        own = (self._lost + 1) / (self._lost + self._answered + 4)
        lost = min(0.9, max(LEAST_LOSS, own, self._loss()))
        return min(MOST_REQUESTS, ceil(log(CHANCE) / log(lost)))

    def _sent(self, index: int) -> bool:
        self._allowance -= 1
        return self._send(index)
