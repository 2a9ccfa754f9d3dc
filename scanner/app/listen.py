"""The use case of `phonescan listen`: frames → announcements → observations → inventory. Sends nothing but IGMP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scanner.app import notes
from scanner.app.telephones import telephones
from scanner.core.model import Observation
from scanner.core.text import bounded
from scanner.discovery.listening import (
    RECORDED_FROM_LINKS,
    Announcements,
    Captures,
    Count,
    Received,
    read_frame,
)
from scanner.discovery.registry import captures
from scanner.engine.os import rtnetlink
from scanner.engine.os.capture import Captured, LinkCount, Listener
from scanner.inventory import Inventory, Knowledge, ScanOutcome, Summary
from scanner.wire import ethernet

#: Observations gathered before they are written, and seconds after which they are written in any case.
BATCH, PATIENCE = 500, 2.0
#: Seconds between two looks at what has run out.
ROUND = 0.5
#: Seconds between two updates of the inventory while it listens.
SETTLE = 60.0


@dataclass(frozen=True, slots=True)
class Listened:
    """What was received so far: senders and announcements, and frames dropped or left unread, by interface."""

    count: Count
    links: tuple[LinkCount, ...]
    observations: int
    left: float

    @property
    def excess(self) -> str:
        """The sentence about what was received and not recorded because it was too much, else empty."""
        return excess(self.count, self.links)


def excess(count: Count, links: Sequence[LinkCount]) -> str:
    """The sentence about what links carried and was not recorded because it was too much, else empty."""
    dropped, unread = sum(link.dropped for link in links), sum(link.unread for link in links)
    if not (dropped or unread or count.excess):
        return ""
    names = ", ".join(link.interface for link in links)
    return (
        f"{names}: more than can be recorded: {dropped:,} frames were dropped by the kernel, {unread:,} were not read, "
        f"{count.excess:,} announcements were not recorded; senders like telephones had precedence"
    )


def listen(
    interfaces: tuple[str, ...],
    seconds: float,
    inventory: Inventory,
    knowledge: Knowledge,
    *,
    now: Callable[[], str],
    site: str = "",
    progress: Callable[[Listened], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[Summary, Listened]:
    """Listen on interfaces for `seconds` and record the announcements, as one scan of kind `listen`.

    A device without an announcement is not counted as absent. Raises EngineError: no permission, no such
    interface.
    """
    declared = captures()
    names = tuple(dict.fromkeys(name for name, _ in declared))
    known = telephones(knowledge.fingerprints, inventory)
    with Listener(interfaces, [capture for _, capture in declared], known) as listener:
        scan = inventory.begin_scan(
            kind="listen",
            targets=interfaces,
            discoveries=names,
            site=site or site_of_links(interfaces, knowledge),
            now=now(),
            settings={"for": seconds},
        )
        with notes.closing(inventory, scan, knowledge, now):
            announcements = Announcements(recorded=RECORDED_FROM_LINKS, rank=known.rank)
            gathered: list[Observation] = []
            recorded = 0
            started = written = settled = looked = time.monotonic()
            for captured in listener.frames(seconds, stopped):
                clock = time.monotonic()
                received = read(declared, captured) if captured else None
                if (
                    received
                    and captured
                    and announcements.is_new(received, clock, captured.standing, captured.interface)
                ):
                    gathered += observations(received, captured.interface, time=now(), site=site)
                if len(gathered) >= BATCH or (gathered and clock - written > PATIENCE):
                    recorded += inventory.record(scan, gathered, now())
                    gathered.clear()
                    written = clock
                    if clock - settled > SETTLE:
                        inventory.settle(scan, knowledge, now())
                        settled = clock
                if clock - looked > ROUND:  # on a busy link, too, there is no pause
                    looked = clock
                    announcements.expire(clock)
                    if progress:
                        left = max(0.0, seconds - (clock - started))
                        progress(
                            Listened(announcements.count(), tuple(listener.counts()), recorded + len(gathered), left)
                        )
            recorded += inventory.record(scan, gathered, now())
            total = Listened(announcements.count(), tuple(listener.counts()), recorded, 0.0)
            limits = _notes(total, listener.lost) + listener.notes
            outcome: ScanOutcome = "partial" if listener.lost or total.excess else "done"
            if stopped():
                outcome = "interrupted"
                inventory.add_notes(scan, limits)  # a signal leaves little time for settling
            summary = inventory.finish_scan(scan, outcome=outcome, knowledge=knowledge, now=now(), notes=limits)
    return summary, total


def read(declared: Captures, captured: Captured) -> Received | None:
    """The announcement in a captured frame, by the first of the declared captures that matches it."""
    frame = ethernet.frame(captured.data)
    return read_frame(declared, frame, vlan=captured.vlan) if frame else None


def site_of_links(interfaces: tuple[str, ...], knowledge: Knowledge) -> str:
    """The one site of the addresses that this host has on the interfaces; "" for several, or for none."""
    if knowledge.site_of is None:
        return ""
    numbers = {number for number, link in rtnetlink.links().items() if link.name in interfaces}
    found = {knowledge.site_of(str(span)) for number, span, _ in rtnetlink.addresses() if number in numbers} - {""}
    return found.pop() if len(found) == 1 else ""


def observations(received: Received, interface: str, *, time: str, site: str = "") -> Iterator[Observation]:
    """An announcement as observations of its sender."""
    announcement = received.announcement
    where = received.source(interface) + (f" vlan {received.vlan}" if received.vlan is not None else "")
    for field, value in announcement.findings:
        yield Observation(
            time=time,
            ip=announcement.ip,
            mac=announcement.mac,
            field=field,
            value=bounded(value),
            source=where,
            site=site,
        )


def _notes(received: Listened, lost: list[str]) -> list[str]:
    limits = [received.excess] if received.excess else []
    limits += [f"{interface} was down for some of the time" for interface in lost]
    if without := received.count.unrecorded - received.count.excess:
        limits.append(f"{without} announcements were not recorded: they have no sender")
    if received.count.faulty:
        limits.append(f"{received.count.faulty} announcements were malformed in part; the rest of them was recorded")
    return limits
