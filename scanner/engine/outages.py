"""Outages: the network towards the targets is lost while a scan runs, and returns, or does not.

What was sent during an outage shows nothing of the targets. The scan therefore goes back to the last checkpoint from
before the outage, waits, and continues from there: the requests and conversations that fell into it are repeated, and
a phone is not missed because this host had lost its link. An outage that lasts too long ends the scan with that
checkpoint as its state, so that `--resume` continues there too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner.core.spans import Span, merge, subtract
from scanner.engine.os.link_watch import PathChange, compare, sends
from scanner.engine.os.rtnetlink import Network, Reachability, Region

#: Seconds that a scan waits for a network that it has lost.
PATIENCE = 30.0
#: Outages of one scan after which it ends: each repeats a part of it.
MOST = 20
#: Seconds that the network must work before the scan continues, and between two looks at it.
STABLE, LOOK = 0.5, 0.1
#: Seconds without a packet that the kernel accepts after which that is an outage.
REJECTED = 0.5
#: Why targets are not covered whose network did not return while a scan continued with others.
NOT_RETURNED = "the network was lost"
#: Seconds for which checkpoints are kept to go back to: with a thousand subnets an outage is found after a minute.
KEPT = 128.0
#: Addresses, and spans, of which a few stand for all.
SAMPLE = 4

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outage:
    """The network was lost at `since` (monotonic), or later: `why` is a clause.

    `lost` are the spans without a path. `rejected` are addresses (IP version and number) to which the kernel accepted
    no packet. Without either a path has only changed, and the scan continues over the new one, or the network works
    again. With `lasted` it has been waited for already.
    """

    since: float
    why: str
    lost: tuple[Span, ...] = ()
    rejected: tuple[tuple[int, int], ...] = ()
    lasted: bool = False


def of_change(change: PathChange, now: float) -> Outage:
    """The outage that a change of the network is."""
    if change.lost:
        more = " …" if len(change.lost) > SAMPLE else ""
        return Outage(now, f"no path to {', '.join(map(str, change.lost[:SAMPLE]))}{more}", change.lost)
    return Outage(now, "a path to the targets changed")


def of_no_response(since: float, spans: Iterable[Span], lost: Iterable[Span], lasted: bool) -> Outage:
    """The outage of spans from which nothing was received any more; nothing is from `lost` yet."""
    named = merge(spans)
    more = " …" if len(named) > SAMPLE else ""
    why = f"no response from {', '.join(map(str, named[:SAMPLE]))}{more}"
    return Outage(since, why, tuple(merge(lost)), lasted=lasted)


class History:
    """The checkpoints of a scan to go back to, the first of which is its start.

    The older ones are further apart: what is repeated is at most twice as long as the time since an outage began.
    """

    def __init__(self, first: State) -> None:
        self._saved: list[tuple[float, State]] = [(float("-inf"), first)]

    def add(self, now: float, state: State) -> None:
        """Keep a checkpoint; drop one that others are close enough to."""
        saved = self._saved
        saved.append((now, state))
        for place in range(1, len(saved) - 1):
            before, after = saved[place - 1][0], saved[place + 1][0]
            if now - after > KEPT or after - before <= now - after:
                del saved[place]
                break

    def before(self, when: float) -> tuple[float, State]:
        """The last checkpoint from before a time, and when it was made."""
        return next((one for one in reversed(self._saved) if one[0] <= when), self._saved[0])


class WaitResult(StrEnum):
    """How the wait for the network ended."""

    RETURNED = "returned"
    LASTED = "lasted"
    STOPPED = "stopped"


def wait(
    outage: Outage,
    before: Network,
    read: Callable[[], Network],
    stop: Callable[[float], bool],
    now: Callable[[], float],
    sleep: Callable[[float], object],
    patience: float,
) -> WaitResult:
    """Wait until the network works again as it did `before`, for at most `patience` seconds.

    `stop(now)` reports that the scan is to end. Sends nothing but an empty datagram a look to what was rejected.
    """
    began, works_since = now(), None
    while True:
        at = now()
        if stop(at):
            return WaitResult.STOPPED
        after = read()
        if not _returned(outage, before, after):
            works_since = None
        elif works_since is None:
            works_since = at
        elif at - works_since >= (STABLE if outage.lost or outage.rejected else 0.0):
            return WaitResult.RETURNED
        if at - began >= patience:
            return WaitResult.LASTED
        sleep(LOOK)


def _returned(outage: Outage, before: Network, after: Network) -> bool:
    gone = merge((*compare(before, after).lost, *pathless(after)))
    return not subtract(merge(outage.lost), gone)[1] and (not outage.rejected or sends(outage.rejected))


def without(network: Network, spans: Iterable[Span]) -> Network:
    """The network with some spans as those that have no route."""
    cut = merge(spans)
    regions: list[Region] = []
    for region in network.regions:
        left, gone = subtract([region.span], cut)
        regions += [region._replace(span=span) for span in left]
        regions += [Region(span, Reachability.NOWHERE, 0, 0) for span in gone]
    return network._replace(regions=tuple(regions))


def others(network: Network, lost: Iterable[Span]) -> list[Span]:
    """The targets on links and behind routers that are not lost."""
    away = (Reachability.LINK, Reachability.ROUTED)
    return subtract(merge(one.span for one in network.regions if one.where in away), merge(lost))[0]


def pathless(network: Network) -> list[Span]:
    """The targets that cannot be reached at all: without a route, or over an interface that does not work."""
    found = []
    for region in network.regions:
        link = network.links.get(region.link)
        down = region.where is not Reachability.LOCAL and link is not None and not (link.up and link.running)
        if down or region.where is Reachability.NOWHERE:
            found.append(region.span)
    return merge(found)
