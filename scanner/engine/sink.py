"""What the engine tells while it works and at the end: numbers for people and machines, and what was not covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from scanner.core.model import Observation
from scanner.core.outcomes import Outcome
from scanner.core.spans import Span


class Progress(Struct, frozen=True, kw_only=True):
    """One look at a running scan; a line of JSON for machines. Times in seconds, `left` None where it cannot be told.

    `addresses` is how many are scanned, `found` how many of them are there, `answered` by discovery, `done` how many
    found hosts have been asked everything. `rate` is packets a second over the last stretch, `allowed` the limit now.
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
    """What could not be covered: an address or range, by which discovery, how it ended, why in words."""

    discovery: str
    where: str
    outcome: Outcome
    note: str = ""


class Covered(NamedTuple):
    """What a discovery really covered."""

    discovery: str
    spans: tuple[Span, ...]


class Report(Struct, frozen=True, kw_only=True):
    """How the engine's work ended. `complete` is False when part of it was not done; `interrupted` says by whom.

    `counters` are packets sent and what went wrong, by name (`sent`, `forged`, `strangers`, `dropped`, `ENOBUFS`, …).
    """

    complete: bool
    interrupted: bool
    covered: tuple[Covered, ...]
    missed: tuple[Miss, ...]
    notes: tuple[str, ...]
    counters: dict[str, int]
    found: int
    seconds: float


class Sink(Protocol):
    """Where what the engine learns goes; called on the engine's own thread."""

    def observed(self, observations: Sequence[Observation]) -> None:
        """Facts as they come in, without time and site."""

    def missed(self, missed: Sequence[Miss]) -> None:
        """Conversations that failed, as they fail."""

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """State from which a scan that is killed now goes on; everything observed before it has been handed over."""

    def progressed(self, progress: Progress) -> None:
        """Now and then."""

    def may_ask(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        """Whether a host of which this is known may be asked more: passive macs and models may not."""

    def finished(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        """A host was asked everything; whether it is a phone."""

    def recall(self, address: str) -> Sequence[tuple[str, str]]:
        """Findings of an address that an earlier, interrupted run of this scan recorded."""
