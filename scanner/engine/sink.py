"""The interface to which the engine passes its results: observations, failures, checkpoints, progress, the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from scanner.core.model import Observation
from scanner.core.outcomes import Outcome
from scanner.core.spans import Span


class Progress(Struct, frozen=True, kw_only=True):
    """The progress of a running scan; a line of JSON for machines. Times are seconds, `left` None while unknown.

    `addresses` is how many are scanned, `found` the responsive hosts, `done` those whose conversations are complete,
    `answered` hosts by discovery. `rate` is packets a second since the last progress, `allowed` the current limit.
    """

    stage: str
    addresses: int
    sent: int
    rate: float
    allowed: float
    found: int
    done: int
    phones: int
    answered: dict[str, int]
    elapsed: float
    left: float | None
    note: str = ""


class Miss(NamedTuple):
    """An address or range that a discovery did not cover, with the outcome and the reason."""

    discovery: str
    where: str
    outcome: Outcome
    note: str = ""


class DiscoveryCoverage(NamedTuple):
    """The spans that a discovery covered."""

    discovery: str
    spans: tuple[Span, ...]


class Report(Struct, frozen=True, kw_only=True):
    """How a run ended. `complete` is False when part of it was not done, `incomplete` why; `interrupted` is True when
    it was stopped and its state was saved.

    `counters` are packets sent and errors by name (`sent`, `forged`, `strangers`, `dropped`, `ENOBUFS`, …).
    """

    complete: bool
    interrupted: bool
    covered: tuple[DiscoveryCoverage, ...]
    missed: tuple[Miss, ...]
    notes: tuple[str, ...]
    counters: dict[str, int]
    found: int
    seconds: float
    incomplete: str = ""


class Sink(Protocol):
    """Receives the results of a run; called on the engine's thread."""

    def observed(self, observations: Sequence[Observation]) -> None:
        """Record observations, which have no time and site yet."""

    def missed(self, missed: Sequence[Miss]) -> None:
        """Record addresses that were not covered."""

    def went_back(self, missed: Sequence[Miss]) -> None:
        """The run goes back to a checkpoint from before an outage: forget these failures, and recall again."""

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Record the state from which a scan that is killed now resumes; earlier observations were passed on."""

    def progressed(self, progress: Progress) -> None:
        """Show the progress; called about twice a second."""

    def may_probe(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        """Whether a host with these findings may be probed: passive MAC addresses and models may not."""

    def finished(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        """A host is complete. Returns whether it is a phone."""

    def recall(self, address: str) -> Sequence[tuple[str, str]]:
        """The findings of an address that an earlier, interrupted run of this scan recorded."""
