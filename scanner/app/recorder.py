"""Where a scan's engine meets the inventory: what is recorded as it comes, what may not be asked, what is resumed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.core import target_syntax, text
from scanner.core.errors import UsageError
from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Observation
from scanner.core.outcomes import Outcome
from scanner.core.spans import Span
from scanner.core.targets import Targets
from scanner.engine.sink import Miss, Progress, Report
from scanner.identity.fuse import identify
from scanner.inventory import Inventory, Knowledge, Missed, ScanRow, queries

if TYPE_CHECKING:
    from scanner.app.scan import ScanRequest

#: Kinds that the live count of phones counts; what is unknown is decided at the end.
_PHONES = frozenset({"phone", "conference", "dect"})
_NUMBERS = re.compile(r"[\d./:-]+")
#: Excluded ranges that a scan notes one by one.
EXCLUSIONS = 1_000
#: What a resumed scan must do as it was begun; credentials come from the settings again.
_KEPT = ("discover", "pace", "rate", "retries", "timeout", "interfaces", "ports_http", "ports_sip", "port_snmp")


def begin(inventory: Inventory, request: ScanRequest, targets: Targets, seed: int, now: str) -> int:
    """Open the scan in the inventory with everything that resuming it needs, and no secret."""
    settings: dict[str, Any] = {name: getattr(request, name) for name in _KEPT}
    settings |= {"ranges": targets.ranges(), "seed": seed}
    return inventory.begin_scan(
        kind=request.kind, targets=request.targets, discoveries=request.discover, site=request.site, now=now,
        settings=settings,
    )  # fmt: skip


def unfinished(inventory: Inventory, number: int | None) -> ScanRow:
    """The scan to resume: of that number, or the last. Raises UsageError when there is none."""
    row = inventory.unfinished(number or None)
    if row is None or row.kind not in ("scan", "demo") or "seed" not in row.settings:
        which = f"scan {number}" if number else "no scan"
        raise UsageError(f"{which} {'cannot' if number else 'can'} be resumed: `phonescan scans` lists them")
    return inventory.reopen(row.id)


def as_begun(request: ScanRequest, row: ScanRow) -> ScanRequest:
    """The request of a scan that is resumed: as it was begun, with today's credentials and passive list."""
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value := row.settings[name], list) else value
        for name in _KEPT
        if name in row.settings
    }
    return replace(
        request, **settings, targets=tuple(row.settings["ranges"]), exclude=(), allow_public=True, site=row.site
    )


def passive_addresses(passive: Iterable[str], inventory: Inventory) -> list[Span]:
    """Addresses of the passive list: those it names, and those where its macs and models were seen last."""
    spans: list[Span] = []
    names = passive_names(passive)
    for entry in passive:
        if _name(entry) not in names:
            spans += target_syntax.spans(entry, hosts=False)
    if names:
        for row in queries.inventory_rows(inventory):
            if row["ip"] and names & _names(row["mac"], row["manufacturer"], row["model"]):
                spans += target_syntax.spans(row["ip"], hosts=False)
    return spans


def passive_names(passive: Iterable[str]) -> frozenset[str]:
    """The macs and models of the passive list, lower case; what reads as an address or range is none."""
    found = set()
    for entry in passive:
        try:
            target_syntax.spans(entry, hosts=False)
        except UsageError:
            if not text.mac(entry) and _NUMBERS.fullmatch(entry.strip()):
                raise  # a mistyped address must not pass as a model's name
            found.add(_name(entry))
    return frozenset(found)


def _name(entry: str) -> str:
    """An entry of the passive list as it is compared: a mac in our notation, a model in lower case."""
    return text.mac(entry) or entry.strip().lower()


def _names(mac: str | None, manufacturer: str | None, model: str | None) -> set[str]:
    """What the passive list may call a device: its mac, its model, or maker and model."""
    words = {mac, model, f"{manufacturer} {model}" if manufacturer and model else None}
    return {word.lower() for word in words if word}


def clock(inventory: Inventory, now: str) -> list[str]:
    """One sentence when the clock stands before a time that this scan or the one before has recorded."""
    latest = max((row.finished or row.started for row in queries.scans(inventory, limit=2)), default="")
    if now >= latest:
        return []
    return [f"the clock went back from {latest} to {now}: set it, or what is heard now counts as older than what was"]


def sentences(report: Report, quiet: Collection[str]) -> list[str]:
    """The notes of a scan's summary; `quiet` are hosts that stopped responding during the scan."""
    notes = list(report.notes)
    if quiet:
        some = ", ".join(sorted(quiet)[:5]) + (" …" if len(quiet) > 5 else "")
        notes.append(f"stopped responding during the scan and were not probed further: {some}")
    counters = report.counters
    for name, words in (
        ("forged", "dropped replies that match no request"),
        ("strangers", "dropped datagrams from addresses that are not targets"),
        ("dropped", "responses dropped: the receive buffer of this host was full"),
    ):
        if counters.get(name):
            notes.append(f"{counters[name]} {words}")
    return notes


class Recorder:
    """The engine's sink: stamps and stores observations, keeps the passive list, counts phones for the progress."""

    def __init__(
        self,
        inventory: Inventory,
        knowledge: Knowledge,
        scan: int,
        request: ScanRequest,
        now: Callable[[], str],
        progress: Callable[[Progress], None] | None,
        resumed: bool = False,
    ) -> None:
        self._inventory, self._knowledge, self._scan, self._now = inventory, knowledge, scan, now
        self._progress = progress
        self._passive = passive_names(request.passive)
        self.quiet: set[str] = set()
        self._before: dict[str, list[tuple[str, str]]] = {}
        self._fields: set[str] = set()
        if resumed:
            for address, field, value in queries.recorded(inventory, scan):
                self._before.setdefault(address, []).append((field, value))

    def excluded(self, spans: Sequence[Span]) -> None:
        """Note what is not probed because it was excluded or is passive; of very many ranges, how many more."""
        named, more = [str(span) for span in spans[:EXCLUSIONS]], spans[EXCLUSIONS:]
        if more:
            addresses = sum(span.last - span.first + 1 for span in more)
            named.append(f"{addresses:,} addresses in {len(more):,} more ranges")
        left_out = [Missed("scan", where, Outcome.EXCLUDED, "excluded or passive") for where in named]
        self._inventory.missed(self._scan, left_out)

    def observed(self, observations: Sequence[Observation]) -> None:
        """Store facts with the time of now."""
        time = self._now()
        self._prepare({one.field for one in observations} - self._fields)
        self._inventory.record(self._scan, [msgspec.structs.replace(one, time=time) for one in observations])

    def _prepare(self, fields: set[str]) -> None:
        """Make ready what the end needs while the network answers: rules of fields met for the first time above all."""

        def make_ready() -> None:
            for field in fields:
                self._knowledge.fingerprints.index(field)
            import_module("scanner.inventory.settle.finish")

        if fields:
            self._fields |= fields
            Thread(target=make_ready, name="ready", daemon=True).start()

    def missed(self, missed: Sequence[Miss]) -> None:
        """Store what could not be covered."""
        self.quiet |= {one.where for one in missed if one.outcome is Outcome.WENT_QUIET}
        self._inventory.missed(self._scan, [Missed(*one) for one in missed])

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Store where the scan stands."""
        self._inventory.checkpoint(self._scan, state)

    def progressed(self, progress: Progress) -> None:
        """Tell whoever watches."""
        if self._progress:
            self._progress(progress)

    def may_ask(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        """Whether nothing that is known of the host is on the passive list."""
        if not self._passive:
            return True
        identity = self._identity(address, findings)
        known = _names(identity.mac, identity.manufacturer, identity.model)
        known |= {value.lower() for field, value in findings if field == RESOLVED_MAC}
        return not known & self._passive

    def finished(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        """Whether the host is a phone, for the live count."""
        return self._progress is not None and self._identity(address, findings).kind in _PHONES

    def recall(self, address: str) -> Sequence[tuple[str, str]]:
        """What this scan recorded of an address before it was interrupted."""
        return self._before.pop(address, ())

    def _identity(self, address: str, findings: Sequence[tuple[str, str]]) -> Any:
        return identify([Observation(ip=address, field=f, value=v) for f, v in findings], self._knowledge.fingerprints)
