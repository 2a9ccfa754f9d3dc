"""What was learned and what failed, gathered on the engine's thread and handed over in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from scanner.core.model import Observation
from scanner.core.outcomes import Outcome
from scanner.engine.sink import Miss, Sink

#: Entries that are handed over at once, whatever the time.
MOST = 2_000
#: Failures of one kind that are written out one by one; a /16 behind a firewall must not fill the inventory.
MOST_MISSES = 10_000


class ResultBuffer:
    """Observations and misses on their way to the sink; `answered` counts hosts by discovery, `counters` the rest."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._observations: list[Observation] = []
        self._misses: list[Miss] = []
        self.answered: Counter[str] = Counter()
        self.counters: Counter[str] = Counter()
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        self._seen: dict[str, set[int]] = {}

    def observe(
        self, discovery: str, index: int, address: str, port: int, findings: Iterable[tuple[str, str]], mac: str | None
    ) -> None:
        """Facts that a host told. `port` 0 is for what has none."""
        where = address if ":" not in address else f"[{address}]"
        source = f"{discovery} {where}:{port}" if port else f"{discovery} {address}"
        added = False
        for field, value in findings:
            self._observations.append(Observation(ip=address, mac=mac, field=field, value=value, source=source))
            added = True
        if added or port:
            seen = self._seen.setdefault(discovery, set())
            if index not in seen:
                seen.add(index)
                self.answered[discovery] += 1

    def miss(self, discovery: str, where: str, outcome: Outcome, note: str = "") -> None:
        """What could not be covered."""
        self.outcomes[discovery, outcome] += 1
        if self.outcomes[discovery, outcome] <= MOST_MISSES:
            self._misses.append(Miss(discovery, where, outcome, note))

    @property
    def full(self) -> bool:
        """Whether it should be flushed now."""
        return len(self._observations) >= MOST

    def flush(self) -> None:
        """Hand over what has come together. What the sink raises goes through: nothing is dropped in silence."""
        if self._observations:
            batch, self._observations = self._observations, []
            self._sink.observed(batch)
        if self._misses:
            misses, self._misses = self._misses, []
            self._sink.missed(misses)
