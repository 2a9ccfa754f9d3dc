"""The notes of a scan: what limits its result, in sentences that the summary and the inventory show."""

from __future__ import annotations

from collections.abc import Collection

from scanner.engine.sink import Report
from scanner.inventory import Inventory, queries

#: Hosts that a note names one by one.
NAMED = 5
#: Counters of the engine and the sentence for each that is not zero.
_COUNTED = (
    ("forged", "dropped replies that match no request"),
    ("strangers", "dropped datagrams from addresses that are not targets"),
    ("dropped", "responses dropped: the receive buffer of this host was full"),
)


def of_report(report: Report, quiet: Collection[str]) -> list[str]:
    """The notes of an engine's report; `quiet` are hosts that stopped responding during the scan."""
    notes = list(report.notes)
    if quiet:
        some = ", ".join(sorted(quiet)[:NAMED]) + (" …" if len(quiet) > NAMED else "")
        notes.append(f"stopped responding during the scan and were not probed further: {some}")
    for name, words in _COUNTED:
        if report.counters.get(name):
            notes.append(f"{report.counters[name]} {words}")
    return notes


def of_clock(inventory: Inventory, now: str) -> list[str]:
    """A note when the clock is behind a time that this scan or the one before has recorded."""
    latest = max((row.finished or row.started for row in queries.scans(inventory, limit=2)), default="")
    if now >= latest:
        return []
    return [f"the clock went back from {latest} to {now}: set it, or new observations count as older than stored ones"]
