"""Counts of everything that a simulated device received, so that tests can assert what was not sent."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

#: Width in seconds of the window in which `HostTally.most_in_100ms` counts.
WINDOW = 0.1


@dataclass(slots=True)
class HostTally:
    """Everything that one device received.

    `packets` counts datagrams, connections and the chunks read from them; `asked` counts requests by (discovery
    protocol, what): ("sip", "OPTIONS"), ("snmp", "get"), ("http", "GET"); `ports` counts datagrams and connections
    by (transport, port). `most_in_100ms` is the largest number of packets in any 100 ms, `shortest_gap` the least
    time in seconds between two datagrams or connections. `faults` are requests that a strict device would refuse,
    `reboots` the reasons for which a fragile phone rebooted.
    """

    packets: int = 0
    octets: int = 0
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    ports: Counter[tuple[str, int]] = field(default_factory=Counter)
    communities: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    most_in_100ms: int = 0
    shortest_gap: float = float("inf")
    first: float = 0.0
    last: float = 0.0
    faults: list[str] = field(default_factory=list)
    reboots: list[str] = field(default_factory=list)
    _recent: deque[float] = field(default_factory=deque)

    def packet(self, when: float, octets: int, *, port: tuple[str, int] | None = None) -> None:
        """One packet of `octets` at `when` (seconds); with `port` it is a datagram or opens a connection."""
        self.packets += 1
        self.octets += octets
        recent = self._recent
        recent.append(when)
        while when - recent[0] > WINDOW:
            recent.popleft()
        self.most_in_100ms = max(self.most_in_100ms, len(recent))
        if port is not None:
            self.ports[port] += 1
            if self.last:
                self.shortest_gap = min(self.shortest_gap, max(0.0, when - self.last))
            self.first = self.first or when
            self.last = when

    def opened(self) -> None:
        """A connection was accepted."""
        self.connections += 1
        self.open_now += 1
        self.together(1)

    def together(self, count: int) -> None:
        """A number of connections was open at the same time."""
        self.most_open = max(self.most_open, count)

    def closed(self) -> None:
        """A connection was closed by either side."""
        self.open_now -= 1

    def fault(self, what: str) -> None:
        """A request that a strict device would reject; the first hundred are kept."""
        if len(self.faults) < 100:
            self.faults.append(what)


def forbidden(tallies: dict[str, HostTally]) -> list[str]:
    """The forbidden requests that phones received, as sentences; empty after a harmless scan.

    SIP methods other than OPTIONS, HTTP methods other than GET, SNMP SET, more than one open connection, and any
    touch of a printer's ports (515, 631, 9100-9107).
    """
    found = []
    for ip, tally in tallies.items():
        allowed = {"sip": {"OPTIONS"}, "http": {"GET"}, "snmp": {"get", "getnext", "getbulk"}, "mdns": {"query"}}
        found += [
            f"{ip} was sent {what} over {protocol}"
            for protocol, what in tally.asked
            if what not in allowed.get(protocol, set())
        ]
        if tally.most_open > 1:
            found.append(f"{ip} had {tally.most_open} connections open at once")
        for transport, port in tally.ports:
            if port in (515, 631) or 9100 <= port <= 9107:
                found.append(f"{ip} was touched on {transport} {port}")
    return found
