"""The notes of a scan: what limits its result, in sentences that the summary and the inventory show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from scanner.core.text import amount, bounded, seconds
from scanner.engine.sink import Report
from scanner.inventory import Inventory, Knowledge, ScanOutcome, Summary, queries
from scanner.inventory.queries import ScanHealth

#: Hosts that a note names one by one.
NAMED = 5
#: Characters of an error that is stored as a note.
NOTE = 500
#: Seconds of a day, and days between two scans that are more likely a wrong clock than a pause.
DAY, AHEAD = 24 * 3600, 366
#: Counters of the engine and the sentence for each that is not zero.
_COUNTED = (
    ("forged", "replies dropped: they match no request"),
    ("strangers", "datagrams dropped: they are from addresses that are not targets"),
    (
        "dropped",
        "responses dropped: the receive buffer of this host was full; raise net.core.rmem_max, or lower --rate",
    ),
)


def finished(
    inventory: Inventory,
    scan: int,
    *,
    outcome: ScanOutcome,
    knowledge: Knowledge,
    now: str,
    notes: Sequence[str],
    outages: bool = True,
) -> Summary:
    """The summary of a scan that is closed with its notes, with one about a wrong clock, and one after an outage."""
    notes = tuple(dict.fromkeys((*notes, *of_clock(inventory, now))))
    summary = inventory.finish_scan(scan, outcome=outcome, knowledge=knowledge, now=now, notes=notes)
    if not outages:
        return summary
    out = (queries.health_of_scan(inventory, scan), *queries.sites_out(inventory, scan)[:NAMED])
    further = [note for health in out for note in of_health(health)]
    if not further or set(further) <= set(summary.notes):
        return summary
    inventory.add_notes(scan, further)
    return replace(summary, notes=(*summary.notes, *further))


@contextmanager
def closing(inventory: Inventory, scan: int, knowledge: Knowledge, now: Callable[[], str]) -> Iterator[None]:
    """An error in the block closes the scan as failed, with the error as its note; what was observed is kept.

    Where the inventory cannot be written either, the scan stays open. The error is raised again in both cases.
    """
    try:
        yield
    except Exception as error:
        with suppress(Exception):
            noted = [bounded(str(error), NOTE)]
            inventory.finish_scan(scan, outcome="failed", knowledge=knowledge, now=now(), notes=noted)
        raise


def of_health(health: ScanHealth) -> list[str]:
    """A note where a scan observed no device, or far fewer than scans of its targets usually observe."""
    if not health.outage:
        return []
    at = f"at site {health.site}, " if health.site else ""
    return [
        f"{at}{health.devices} of about {amount(health.expected or 0, 'device')} responded: check the network between"
        " this host and the targets, and the power of the phones"
    ]


def of_losses(inventory: Inventory, scan: int) -> list[str]:
    """One line with the number of addresses that a scan did not cover, by reason; none where it covered all."""
    lost = queries.losses(inventory, scan)
    number = sum(lost.values())
    if not number:
        return []
    named, more = list(lost.items())[:NAMED], list(lost.values())[NAMED:]
    reasons = [words if len(lost) == 1 else f"{words} ({count:,})" for words, count in named]
    if more:
        reasons.append(f"other reasons ({sum(more):,})")
    was = "address was" if number == 1 else "addresses were"
    return [f"{number:,} {was} not covered: {', '.join(reasons)}"]


def of_report(report: Report, quiet: Collection[str]) -> list[str]:
    """The notes of an engine's report; `quiet` are hosts that stopped responding during the scan."""
    notes = list(report.notes)
    number = report.counters.get("outages", 0) - report.counters.get("lasting outages", 0)
    if number > 0:  # what fell into an outage that did not end is counted as not covered
        notes.append(f"outages of the network: {number}; what fell into them was repeated")
    if quiet:
        some = ", ".join(sorted(quiet)[:NAMED]) + (" …" if len(quiet) > NAMED else "")
        notes.append(f"stopped responding during the scan and were not probed further: {some}")
    for name, words in _COUNTED:
        if report.counters.get(name):
            notes.append(f"{report.counters[name]:,} {words}")
    return notes


def of_clock(inventory: Inventory, now: str) -> list[str]:
    """A note when the clock is behind a time that this scan or the one before has recorded, or is far ahead of it."""
    latest = max((row.finished or row.started for row in queries.scans(inventory, limit=2)), default="")
    if now < latest:
        return [
            f"the clock went back from {latest} to {now}: set it, or new observations count as older than stored ones"
        ]
    before = next((row.finished or row.started for row in queries.scans(inventory, limit=1, offset=1)), now)
    days = (seconds(now) - seconds(before)) // DAY
    if days <= AHEAD:
        return []
    return [f"the clock is {days:,} days ahead of the scan before: set it if that is wrong; nothing is deleted for it"]
