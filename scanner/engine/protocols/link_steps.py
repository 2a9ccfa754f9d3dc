"""Runs the link steps of a scan, a thread for each: multicast requests, and the browse by zeroconf."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from threading import Thread

from scanner.core import shortage
from scanner.core.errors import EngineError, RefusedError
from scanner.core.spans import Span, overlap, prefix_of
from scanner.discovery.declaration import Discovery, LinkStep, MulticastRequest, ServiceBrowse, steps
from scanner.engine.liveness.plan import ProbeGroup
from scanner.engine.os.rtnetlink import Network
from scanner.engine.protocols import drivers
from scanner.engine.workers.api import HostFindings, LinkContext

_log = logging.getLogger(__name__)

#: Seconds that a browse lasts by pace, and where nothing responds. Queries go out at once and after a second, responses
#: arrive within half a second (RFC 6762 5.2, 6); at pace `fast` the second query is for links where the first had a
#: response: every address gets a unicast query as well.
BROWSING = {"gentle": (6.0, 3.3), "normal": (4.0, 2.2), "fast": (2.5, 0.7)}
#: Seconds that a step may take in all; a browse resolves what it has found in this time, and the library ends.
LONGEST = 36.0


def own_addresses(network: Network, groups: Iterable[ProbeGroup]) -> tuple[str, ...]:
    """Our own IPv4 address on each link of some groups of targets, so that a link gets each request once.

    Where a link has several, it is one in the prefix of targets.
    """
    spans: dict[int, list[Span]] = {}
    for group in groups:
        if group.link is not None:
            spans.setdefault(group.link.number, []).extend(region.span for region in group.regions)
    found = []
    for number, targets in spans.items():
        own = [(span, length) for link, span, length in network.addresses if link == number and span.version == 4]
        best = [span for span, length in own if any(overlap(prefix_of(span, length), one) for one in targets)]
        found += [str(span) for span in (best or [span for span, _ in own])[:1]]
    return tuple(found)


class _Run:
    """One step on a thread of its own."""

    def __init__(self, discovery: str, step: LinkStep, link: LinkContext) -> None:
        self.discovery, self.step, self.link = discovery, step, link
        self.found: list[HostFindings] = []
        self.fault = ""
        self.collected = False
        self.until = time.monotonic() + LONGEST
        self.thread = Thread(target=self._run, name=f"link-{discovery}", daemon=True)
        try:
            self.thread.start()
        except (RuntimeError, MemoryError) as error:
            self.fault = f"{discovery}: {shortage.sentence(error)}"

    @property
    def over(self) -> bool:
        return not self.thread.is_alive() or self.late

    @property
    def late(self) -> bool:
        return self.thread.is_alive() and time.monotonic() >= self.until

    def _run(self) -> None:
        try:
            self.found = drivers.collect(self.step, self.link)
        except (EngineError, RefusedError) as fault:
            self.fault = str(fault)
        except Exception as fault:  # a fault of a library or a plug-in costs the step, not the scan
            _log.warning("%s: the multicast request failed: %r", self.discovery, fault)
            self.fault = f"{self.discovery}: the multicast request failed ({type(fault).__name__})"


class LinkSteps:
    """All link steps of a scan; none where no link of ours holds targets."""

    def __init__(self, discoveries: Sequence[Discovery], link: LinkContext) -> None:
        declared: list[tuple[str, LinkStep]] = [
            *steps(discoveries, MulticastRequest),
            *steps(discoveries, ServiceBrowse),
        ]
        self.runs = [_Run(name, step, link) for name, step in declared] if link.addresses else []
        self.names = tuple(dict.fromkeys(run.discovery for run in self.runs))

    @property
    def over(self) -> bool:
        """Whether every step has ended, or is not waited for any longer."""
        return all(run.over for run in self.runs)

    @property
    def pending(self) -> bool:
        """Whether findings are left to collect."""
        return any(run.found and not run.collected and not run.late for run in self.runs)

    @property
    def generation(self) -> int:
        """How many steps have ended: hosts that wait for one are looked at again."""
        return sum(run.over for run in self.runs)

    def over_for(self, discovery: str) -> bool:
        """Whether the link steps of a discovery have ended."""
        return all(run.over for run in self.runs if run.discovery == discovery)

    @property
    def late(self) -> list[str]:
        """The discoveries whose step did not end in time: its findings are lost."""
        return list(dict.fromkeys(run.discovery for run in self.runs if run.late))

    @property
    def faults(self) -> list[str]:
        """What prevented steps, one sentence each."""
        late = [run.discovery for run in self.runs if run.late]
        return [run.fault for run in self.runs if run.fault] + [
            f"{name}: its multicast request did not end in time; its findings are lost" for name in late
        ]

    def collect(self) -> list[tuple[str, HostFindings]]:
        """(discovery, findings) of the steps that have ended since the last call."""
        found: list[tuple[str, HostFindings]] = []
        for run in self.runs:
            if run.over and not run.late and not run.collected:
                run.collected = True
                found += [(run.discovery, one) for one in run.found]
        return found

    def close(self, patience: float) -> None:
        """Wait for the end, which comes soon once the scan is stopped."""
        until = time.monotonic() + patience
        for run in self.runs:
            if run.thread.ident is not None:
                run.thread.join(max(0.0, until - time.monotonic()))
