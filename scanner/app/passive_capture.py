"""What goes on beside a scan that asks: listening on the links where its targets are, and the switches it names.

Both give observations to the same scan. Listening happens on a thread of its own, which touches no database; the
switches are asked after the phones.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from scanner.app.listen import observations, read
from scanner.core.errors import EngineError
from scanner.core.model import Observation
from scanner.core.targets import Targets
from scanner.discovery.listening import Roster
from scanner.engine.os import rtnetlink
from scanner.engine.os.capture import Listener
from scanner.engine.os.rtnetlink import Reachability

#: The discoveries that listen and send nothing.
PASSIVE: tuple[str, ...] = ("lldp", "cdp", "dhcp")
#: Observations that a listener holds while a scan runs; more are counted as dropped.
HELD = 100_000


@dataclass(slots=True)
class Ear:
    """What was heard so far, taken by `take` from the scan's own thread."""

    notes: list[str] = field(default_factory=list)
    _held: list[Observation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, heard: Sequence[Observation]) -> None:
        """Keep observations for whoever takes them."""
        with self._lock:
            self._held += heard[: max(0, HELD - len(self._held))]

    def take(self) -> list[Observation]:
        """What was heard since the last time."""
        with self._lock:
            taken, self._held = self._held, []
        return taken


def interfaces_of(targets: Targets, chosen: Sequence[str] = ()) -> list[str]:
    """The links on which some of the targets are, and that settings allow; never loopback."""
    known = rtnetlink.links()
    found = {
        known[region.link].name
        for region in rtnetlink.regions(targets.spans, rtnetlink.routes(), known)
        if region.where is Reachability.LINK and region.link in known and not known[region.link].loopback
    }
    return sorted(found & set(chosen) if chosen else found)


@contextmanager
def listening(wanted: Sequence[str], interfaces: Sequence[str], site: str, now: Callable[[], str]) -> Iterator[Ear]:
    """Listen while inside, for the discoveries `wanted` of PASSIVE. Where it cannot be, that is one note."""
    ear = Ear()
    listened = [name for name in PASSIVE if name in wanted]
    if not listened or not interfaces:
        yield ear
        return
    try:
        listener = Listener(list(interfaces))
    except EngineError as error:
        ear.notes.append(f"{', '.join(listened)}: {error}")
        yield ear
        return
    thread = threading.Thread(target=_listen, args=(listener, ear, listened, site, now), name="ear", daemon=True)
    with listener:
        thread.start()
        try:
            yield ear
        finally:
            listener.stop()
            thread.join(5)
    dropped = sum(link.dropped for link in listener.last_counts)
    if dropped:
        ear.notes.append(f"the kernel dropped {dropped} announcements while the scan listened")


def _listen(listener: Listener, ear: Ear, wanted: Sequence[str], site: str, now: Callable[[], str]) -> None:
    roster = Roster()
    for captured in listener.frames(float("inf")):
        heard = read(captured) if captured else None
        if heard and captured and heard.discovery in wanted and roster.news(heard, time.monotonic()):
            ear.hold(list(observations(heard, captured.interface, time=now(), site=site)))
    listener.counts()
