"""The recorder of a scan: the engine's sink, which stores observations and applies the passive list to hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import Any

import msgspec

from scanner.app.passive import PassiveList
from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Identity, Observation
from scanner.core.outcomes import Outcome
from scanner.core.spans import Span
from scanner.engine.sink import Miss, Progress
from scanner.identity.fuse import identify
from scanner.inventory import Inventory, Knowledge, Missed, queries

#: Kinds of device that the live count of phones includes.
_PHONES = frozenset({"phone", "conference", "dect"})
#: Excluded ranges that a scan stores one by one.
EXCLUSIONS = 1_000
#: Most observations of announcements that are stored at once while the scan runs.
ANNOUNCED = 2_000


class Recorder:
    """The engine's sink: stores observations with their time, applies the passive list, counts phones for progress."""

    def __init__(
        self,
        inventory: Inventory,
        knowledge: Knowledge,
        scan: int,
        passive: PassiveList,
        now: Callable[[], str],
        progress: Callable[[Progress], None] | None,
        resumed: bool = False,
    ) -> None:
        self._inventory, self._knowledge, self._scan, self._now = inventory, knowledge, scan, now
        self._progress = progress
        self._passive = passive
        self.announced: Callable[[int], list[Observation]] = lambda most: []
        self.quiet: set[str] = set()
        self._before: dict[str, list[tuple[str, str]]] = {}
        self._fields: set[str] = set()
        if resumed:
            self._recall_all()

    def excluded(self, spans: Sequence[Span]) -> None:
        """Store what is excluded or on the passive list; beyond EXCLUSIONS ranges, how many more."""
        named, more = [str(span) for span in spans[:EXCLUSIONS]], spans[EXCLUSIONS:]
        if more:
            addresses = sum(span.last - span.first + 1 for span in more)
            named.append(f"{addresses:,} addresses in {len(more):,} more ranges")
        left_out = [Missed("scan", where, Outcome.EXCLUDED, "excluded or passive") for where in named]
        self._inventory.missed(self._scan, left_out)

    def observed(self, observations: Sequence[Observation]) -> None:
        """Store observations with the current time."""
        time = self._now()
        self._prepare({one.field for one in observations} - self._fields)
        self._inventory.record(self._scan, [msgspec.structs.replace(one, time=time) for one in observations], time)

    def _prepare(self, fields: set[str]) -> None:
        """Compile the rules of fields seen for the first time, and import what settling needs, during network waits."""

        def compile_rules() -> None:
            with suppress(OSError, MemoryError, ImportError):  # resources are short: later, when they are needed
                for field in fields:
                    self._knowledge.fingerprints.index(field)
                import_module("scanner.inventory.settle.finish")

        if fields:
            self._fields |= fields
            with suppress(RuntimeError, MemoryError):  # without a further thread they are compiled when they are needed
                Thread(target=compile_rules, name="compile-rules", daemon=True).start()

    def missed(self, missed: Sequence[Miss]) -> None:
        """Store what could not be covered."""
        self.quiet |= {one.where for one in missed if one.outcome is Outcome.WENT_QUIET}
        self._inventory.missed(self._scan, [Missed(*one) for one in missed])

    def went_back(self, missed: Sequence[Miss]) -> None:
        """Delete failures that fell into an outage, and recall what the scan has recorded: a part is repeated."""
        self.quiet -= {one.where for one in missed if one.outcome is Outcome.WENT_QUIET}
        self._inventory.not_missed(self._scan, [Missed(*one) for one in missed])
        self._recall_all()

    def _recall_all(self) -> None:
        self._before.clear()
        for address, field, value in queries.recorded(self._inventory, self._scan):
            self._before.setdefault(address, []).append((field, value))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Store the position of the scan, and announcements that were captured meanwhile."""
        self._inventory.record(self._scan, self.announced(ANNOUNCED), self._now())
        self._inventory.checkpoint(self._scan, state)

    def progressed(self, progress: Progress) -> None:
        """Report progress to the caller."""
        if self._progress:
            self._progress(progress)

    def may_probe(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        """Whether the passive list leaves a host, as far as its findings identify it, to be probed."""
        if not self._passive.names:
            return True
        identity = self._identity(address, findings)
        known = {value.lower() for field, value in findings if field == RESOLVED_MAC}
        named = self._passive.matches(identity.mac, identity.manufacturer, identity.model)
        return not named and not known & self._passive.names

    def finished(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        """Whether the host is a phone, for the live count."""
        return self._progress is not None and self._identity(address, findings).kind in _PHONES

    def recall(self, address: str) -> Sequence[tuple[str, str]]:
        """The findings of an address that this scan stored before it was interrupted."""
        return self._before.pop(address, ())

    def _identity(self, address: str, findings: Sequence[tuple[str, str]]) -> Identity:
        observed = [Observation(ip=address, field=f, value=v) for f, v in findings]
        return identify(observed, self._knowledge.fingerprints, self._knowledge.reader.match)
