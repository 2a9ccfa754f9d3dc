"""The limits of connections: how many there are, of each address and in all, and how long each phase of one may take.

    waiting     between requests, or before the first byte
    head        from the first byte of a request line to the end of the head, however fast bytes arrive
    body        from the head to the end of the body
    response    while the application works; the number of connections bounds it
    sending     while the send buffer is full, and after the last byte of a response until it is empty

A new connection beyond a limit takes the place of the oldest that has no complete request, or whose client does not
read. So connections that send nothing never keep a client out, even from the same address: the head of its request is
complete before its connection is the oldest.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from scanner.web.guesses import group


class Phase(Enum):
    """What a connection waits for."""

    WAITING = "waiting"
    HEAD = "head"
    BODY = "body"
    RESPONSE = "response"
    SENDING = "sending"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits: connections in all and of one address, and seconds of each phase.

    `slow` is the time after which a connection that sends its response slowly may be closed for another one. Behind a
    trusted proxy all clients have the address of the proxy, so that `of_one` does not apply to it.
    """

    connections: int = 200
    of_one: int = 50
    idle: float = 10.0
    head: float = 10.0
    body: float = 10.0
    stalled: float = 20.0
    slow: float = 2.0

    def seconds(self, phase: Phase) -> float:
        """The deadline of a phase."""
        match phase:
            case Phase.WAITING:
                return self.idle
            case Phase.HEAD:
                return self.head
            case Phase.BODY:
                return self.body
            case Phase.RESPONSE:
                return math.inf
            case Phase.SENDING:
                return self.stalled


@dataclass(slots=True, eq=False)
class HeldConnection:
    """A connection: its address, its phase and since when, and how to close it at once."""

    address: str
    close: Callable[[], None]
    since: float
    phase: Phase = Phase.WAITING

    def enter(self, phase: Phase, now: float) -> None:
        """Begin a phase; one that has begun continues with its deadline."""
        if phase is not self.phase:
            self.phase, self.since = phase, now


class Connections:
    """The open connections. Times are seconds of a clock that does not jump."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: defaultdict[str, list[HeldConnection]] = defaultdict(list)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, address: str, close: Callable[[], None], now: float, *, proxy: bool = False) -> HeldConnection | None:
        """A new connection, for which another one may be closed; None where it is refused."""
        key = group(address)
        own = self._open.get(key, [])
        if not proxy and len(own) >= self.limits.of_one and not self._close_one(own, now):
            return None
        if self._count >= self.limits.connections:
            # of the address with most of them, so that one that has few keeps them
            crowded = sorted(self._open.values(), key=len, reverse=True)
            if not any(self._close_one(candidates, now) for candidates in crowded):
                return None
        connection = HeldConnection(key, close, now)
        self._open[key].append(connection)
        self._count += 1
        return connection

    def remove(self, connection: HeldConnection) -> None:
        """Drop a connection that is closed; once more does nothing."""
        own = self._open.get(connection.address, [])
        if connection in own:
            own.remove(connection)
            self._count -= 1
        if not own:
            self._open.pop(connection.address, None)

    def close_late(self, now: float) -> int:
        """Close the connections whose deadline is over; the number of them."""
        late = [each for own in self._open.values() for each in own if self._is_late(each, now)]
        self._close(late)
        return len(late)

    def _close_one(self, candidates: Iterable[HeldConnection], now: float) -> bool:
        """Close the oldest candidate that may be closed; whether there is one."""
        oldest = min(
            (each for each in candidates if self._may_be_closed(each, now)), key=lambda each: each.since, default=None
        )
        self._close([oldest] if oldest else [])
        return oldest is not None

    def _is_late(self, connection: HeldConnection, now: float) -> bool:
        return now - connection.since > self.limits.seconds(connection.phase)

    def _may_be_closed(self, connection: HeldConnection, now: float) -> bool:
        """Whether another connection may take the place of this one."""
        if connection.phase is Phase.SENDING:
            return now - connection.since > self.limits.slow
        return connection.phase is not Phase.RESPONSE

    def _close(self, chosen: Iterable[HeldConnection]) -> None:
        for connection in chosen:
            self.remove(connection)
            connection.close()
