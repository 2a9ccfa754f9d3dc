"""Control hosts: a few responsive hosts of each subnet, which show whether the network towards it still works.

An outage beyond our own link causes no error of the kernel. Where nothing is received from a subnet for a moment, its
control hosts, which have responded to a second request before, get one each in turn. Once so many of them in a row
have no response that the loss which the run has shown cannot explain it, the subnet is unresponsive. A subnet without
two such hosts is never unresponsive: phones that respond once, few phones and empty subnets show nothing.

The request is an ICMP echo request; for a host without an echo reply, the UDP probe to which it has responded, or an
ARP request.

No socket and no clock: requests are sent through a function and times are arguments.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import ceil, log

from scanner.core.spans import Span
from scanner.core.targets import Targets
from scanner.engine.liveness.plan import indexes
from scanner.engine.os.rtnetlink import Reachability, Region

#: Seconds without a packet from a subnet after which it is checked, between two requests to it, and for a response at
#: least.
QUIET, SPACING, WAIT = 0.5, 0.1, 0.6
#: Seconds between the requests of two ways to a candidate.
NEXT_WAY = 0.2
#: Least control hosts of a subnet that can be unresponsive, and most of them.
HOSTS, MOST = 2, 4
#: Requests of each way to a candidate, candidates of a subnet that are tried, and ways at most.
TRIES, MOST_TRIED, WAYS = 3, 16, 3
#: Probability at most of losing all requests to a subnet that works, and the least loss that is assumed.
CHANCE, LEAST_LOSS = 1e-6, 0.1
#: Requests in a row to one subnet at most, whatever the loss.
MOST_REQUESTS = 40
#: Share of the allowed rate for the requests, and the least and most of them in a second.
SHARE, LEAST_RATE, MOST_RATE = 0.05, 10.0, 40.0
#: Addresses of a subnet by IP version, as bits: most networks have one prefix of this length for each place.
SUBNET_BITS = {4: 8, 6: 64}
#: Addresses of a region below which it is one subnet with the others of its prefix and link: targets are often a list
#: of addresses. Most subnets checked.
SMALL, MOST_SUBNETS = 16, 1_024
#: UDP probes to one control host, after which it is one no longer and another host may be.
MOST_PROBES = 40
#: The ways to send a request to a host: an ICMP echo request, an ARP request, or the UDP probe of a number from 0.
ECHO, ARP = -1, -2
#: Seconds that the end of a run waits for the last responses of control hosts at most.
LAST = 10.0

#: How addresses are reached whose network is checked.
AWAY = (Reachability.LINK, Reachability.ROUTED)
#: The key of a subnet: the number of the regions that it is in, and its prefix.
Subnet = tuple[int, int]


class Subnets:
    """The subnet of each target: one prefix within one region, so of one link or one route, or within small regions."""

    def __init__(self, regions: Iterable[Region], targets: Targets) -> None:
        placed = sorted(((indexes(targets, one), one) for one in regions), key=lambda pair: pair[0].start)
        self._regions = [(places, region) for places, region in placed if places]
        self._starts = [places.start for places, _ in self._regions]
        self._targets = targets
        small: dict[tuple[object, ...], int] = {}
        self._numbers = [
            small.setdefault((one.span.version, *one[1:]), place) if one.span.size < SMALL else place
            for place, (_, one) in enumerate(self._regions)
        ]

    def __bool__(self) -> bool:
        return any(region.where in AWAY for _, region in self._regions)

    def of(self, index: int) -> Subnet | None:
        """The key of the subnet of a target; None for one on this host or without a path."""
        place = bisect_right(self._starts, index) - 1
        if place < 0 or index not in self._regions[place][0]:
            return None
        if self._regions[place][1].where not in AWAY:
            return None
        version, number = self._targets.number(index)
        return self._numbers[place], number >> SUBNET_BITS[version]

    def spans(self, key: Subnet) -> list[Span]:
        """The targets of a subnet."""
        number, prefix = key
        own = [one.span for (_, one), of in zip(self._regions, self._numbers, strict=True) if of == number]
        bits = SUBNET_BITS[own[0].version]
        first, last = prefix << bits, ((prefix + 1) << bits) - 1
        return [
            Span(span.version, max(span.first, first), min(span.last, last))
            for span in own
            if span.first <= last and span.last >= first
        ]


@dataclass(slots=True, eq=False)
class _Subnet:
    """`received` is when a packet last came from it, `unanswered` how many requests it has got since."""

    received: float
    hosts: list[int] = field(default_factory=list)
    candidates: list[int] = field(default_factory=list)  # responsive hosts that have yet to respond to a request
    tried: int = 0  # candidates so far
    unanswered: int = 0
    sent: float = float("-inf")
    turn: int = 0


class ControlHosts:
    """The control hosts of a run. `subnet(index)` is the key of a subnet, `loss()` the share of probes that are lost.

    `ways(index)` are the ways to send a request to a host, the best first. `send(index, way)` sends one, and returns
    whether it did. `known` are the control hosts of an earlier pass, each with its way. `late()` is seconds after which
    a response of the run is late.
    """

    def __init__(
        self,
        subnet: Callable[[int], Subnet | None],
        ways: Callable[[int], Sequence[int]],
        send: Callable[[int, int], bool],
        loss: Callable[[], float],
        known: Iterable[tuple[int, int]],
        now: float,
        late: Callable[[], float] = lambda: WAIT,
    ) -> None:
        self._subnet, self._ways, self._send, self._loss, self._late = subnet, ways, send, loss, late
        self._way: dict[int, int] = {}  # of each control host
        self._probes = Counter[int]()  # UDP probes to each
        self._silent = Counter[int]()  # requests to each without a response since the last
        self._tried, self._worked = Counter[int](), set[int]()  # requests of each way, and the ways with a response
        self._subnets: dict[Subnet, _Subnet] = {}
        self._new: list[tuple[float, int, int]] = []  # heap: when a candidate is due, how often it was tried, its index
        self._answered = self._lost = 0  # requests to control hosts
        self._allowance, self._filled = MOST_RATE * SPACING, now
        self._ending: float | None = None
        for index, way in known:
            key = subnet(index)
            if key is not None and index not in self._way:
                self._subnets.setdefault(key, _Subnet(now)).hosts.append(index)
                self._way[index] = way

    @property
    def hosts(self) -> list[tuple[int, int]]:
        """All control hosts, each with its way."""
        return [(index, self._way[index]) for one in self._subnets.values() for index in one.hosts]

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
        if one.unanswered:
            self._responsive_again(one, index)
        one.received, one.unanswered = now, 0
        room = len(one.hosts) + len(one.candidates) < MOST and one.tried < MOST_TRIED
        new = index not in one.hosts and index not in one.candidates and self._probes[index] < MOST_PROBES
        if room and new:
            one.candidates.append(index)
            one.tried += 1
            heappush(self._new, (now, 0, index))

    def _responsive_again(self, one: _Subnet, index: int) -> None:
        """A host of a subnet with unanswered requests sent something: what they show of loss and of the others."""
        needed = self._needed()
        if one.unanswered < needed:
            self._lost += one.unanswered - 1
        if one.unanswered >= needed - 1:  # an outage, perhaps: it shows nothing of a single host
            for host in one.hosts:
                del self._silent[host]
        del self._silent[index]
        for host in [host for host in one.hosts if self._silent[host] >= needed]:  # switched off
            one.hosts.remove(host)

    def replied(self, index: int, way: int, now: float) -> None:
        """A host responded to a request."""
        self.received(index, now)
        self._worked.add(way)
        key = self._subnet(index)
        one = self._subnets.get(key) if key is not None else None
        self._answered += 1
        if one is not None and index in one.candidates:
            one.candidates.remove(index)
            one.hosts.append(index)
            self._way[index] = way
        elif one is not None and self._probes[index] >= MOST_PROBES and index in one.hosts:
            one.hosts.remove(index)

    def pump(self, now: float, rate: float, grant: int) -> int:
        """Send up to `grant` requests that are due, within a share of the rate. Returns how many were sent."""
        self._allowance += max(0.0, now - self._filled) * min(MOST_RATE, max(LEAST_RATE, SHARE * rate))
        self._allowance, self._filled = min(self._allowance, MOST_RATE * SPACING), now
        sent = 0
        while self._new and self._new[0][0] <= now and self._allowance >= 1 and sent < grant:
            _, tries, index = heappop(self._new)
            key = self._subnet(index)
            subnet = self._subnets.get(key) if key is not None else None
            if subnet is None or index not in subnet.candidates:
                continue
            ways = sorted(self._ways(index), key=self._doubtful)
            if tries >= TRIES * len(ways):
                subnet.candidates.remove(index)
                continue
            sent += self._sent(index, ways[tries % len(ways)])
            heappush(self._new, (now + (NEXT_WAY if (tries + 1) % len(ways) else WAIT), tries + 1, index))
        needed = self._needed()
        due = [one for one in self._subnets.values() if self._due(one, now, needed)]
        for one in sorted(due, key=lambda one: (-one.unanswered, one.received)):
            last = self._ending is not None and not one.unanswered
            if sent >= grant or (self._allowance < 1 and not last):
                continue
            one.turn, one.sent = one.turn + 1, now
            host = one.hosts[one.turn % len(one.hosts)]
            if self._sent(host, self._way[host]):
                one.unanswered += 1
                self._silent[host] += 1
                sent += 1
        return sent

    def unresponsive(self, now: float) -> list[Subnet]:
        """The subnets that are unresponsive."""
        needed, wait = self._needed(), max(WAIT, self._late())
        return [key for key, one in self._subnets.items() if one.unanswered >= needed and now - one.sent >= wait]

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

    def _doubtful(self, way: int) -> bool:
        """Whether a way has been tried and nothing has responded to it: a firewall may drop it."""
        return self._tried[way] >= HOSTS and way not in self._worked

    def _sent(self, index: int, way: int) -> bool:
        self._allowance -= 1
        self._tried[way] += 1
        if way >= 0:
            self._probes[index] += 1
        return self._send(index, way)
