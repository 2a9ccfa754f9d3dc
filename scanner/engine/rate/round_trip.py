"""Response times of a bounded sample of probes, from which timeouts follow (as RFC 6298 derives them from RTTs)."""

from __future__ import annotations

#: Probes whose send time is stored.
SAMPLES = 4_096


class RoundTripTimes:
    """`number` response times have been measured, the longest is `slowest` seconds."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int, int], float] = {}
        self.number = 0
        self.slowest = 0.0

    def sent(self, probe: int, index: int, now: float) -> None:
        """A probe was sent. A retransmitted one is not measured: its response may be to either (RFC 6298 3)."""
        if len(self._sent) < SAMPLES:
            self._sent[probe, index] = now if (probe, index) not in self._sent else -1.0

    def received(self, probe: int, index: int, now: float) -> None:
        """Its response was received."""
        sent = self._sent.pop((probe, index), -1.0)
        if sent >= 0:
            self.number += 1
            self.slowest = max(self.slowest, now - sent)

    def timeout(self, most: float, least: float = 0.2) -> float:
        """Seconds after which a response is late: twice the slowest and a margin; `most` while nothing is measured."""
        return min(most, max(least, 2 * self.slowest + 0.1)) if self.number else most
