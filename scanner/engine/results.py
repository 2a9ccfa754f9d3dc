"""Observations and failures of a run, counted and passed to the sink in batches."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable

from scanner.core.budget import octets_of
from scanner.core.model import Observation
from scanner.core.outcomes import Outcome
from scanner.engine.sink import Miss, Sink

#: Observations that are passed on at once, whatever the time.
MOST = 2_000
#: Octets of values that are passed on at once.
MOST_OCTETS = 2 << 20
#: Characters of the note of a failure: it may quote a path that a host names.
NOTE_LIMIT = 400
#: Failures of one kind that are recorded one by one: a /16 behind a firewall must not fill the inventory.
MOST_MISSES = 10_000


class ResultBuffer:
    """Observations and failures until `flush`. `answered` counts hosts by discovery, `outcomes` conversations."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._observations: list[Observation] = []
        self._misses: list[Miss] = []
        self._octets = 0
        self.answered: Counter[str] = Counter()
        self.counters: Counter[str] = Counter()
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        self._responsive: dict[str, set[int]] = {}
        self._recent: deque[tuple[float, Miss]] = deque(maxlen=MOST_MISSES)

    def observe(
        self, discovery: str, index: int, address: str, port: int, findings: Iterable[tuple[str, str]], mac: str | None
    ) -> None:
        """Add the findings of a response from a host; `port` is 0 for a protocol without ports."""
        host = address if ":" not in address else f"[{address}]"
        source = f"{discovery} {host}:{port}" if port else f"{discovery} {address}"
        added = False
        for field, value in findings:
            self._observations.append(Observation(ip=address, mac=mac, field=field, value=value, source=source))
            self._octets += octets_of(value)
            added = True
        if added or port:
            responsive = self._responsive.setdefault(discovery, set())
            if index not in responsive:
                responsive.add(index)
                self.answered[discovery] += 1

    def miss(self, discovery: str, where: str, outcome: Outcome, note: str = "") -> None:
        """Add an address or range that a discovery did not cover."""
        self.outcomes[discovery, outcome] += 1
        if self.outcomes[discovery, outcome] <= MOST_MISSES:
            missed = Miss(discovery, where, outcome, note[:NOTE_LIMIT])
            self._misses.append(missed)
            self._recent.append((time.monotonic(), missed))

    def retract(self, since: float) -> list[Miss]:
        """Take back the failures since a time, and return them: the scan goes back to before it."""
        taken: list[Miss] = []
        while self._recent and self._recent[-1][0] >= since:
            missed = self._recent.pop()[1]
            self.outcomes[missed.discovery, missed.outcome] -= 1
            taken.append(missed)
        return taken

    @property
    def full(self) -> bool:
        """Whether to flush now."""
        return len(self._observations) >= MOST or self._octets >= MOST_OCTETS

    def flush(self) -> None:
        """Pass everything to the sink. Raises what the sink raises: no observation is lost without an error."""
        if self._observations:
            batch, self._observations, self._octets = self._observations, [], 0
            self._sink.observed(batch)
        if self._misses:
            misses, self._misses = self._misses, []
            self._sink.missed(misses)
