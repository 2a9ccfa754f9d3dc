"""The capture of announcements during a scan, on the links that contain its targets.

It runs on a thread of its own, which has no connection to the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from scanner.app.listen import excess, observations, read
from scanner.core.errors import EngineError
from scanner.core.model import Observation
from scanner.discovery.announcement import Capture
from scanner.discovery.declaration import Discovery, steps
from scanner.discovery.listening import RECORDED_FROM_LINKS, Announcements, Captures, Count
from scanner.discovery.telephones import Telephones
from scanner.engine.os.capture import LinkCount, Listener
from scanner.engine.os.rtnetlink import Network, Reachability

#: Observations that a listener holds while a scan runs; more are counted as dropped.
HELD = 100_000


@dataclass(slots=True)
class HeldObservations:
    """The observations of the capture until the thread of the scan takes them. `partial`: not all were recorded."""

    notes: list[str] = field(default_factory=list)
    partial: bool = False
    failed: str = ""
    _lost: int = 0
    _held: list[Observation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, observed: Sequence[Observation]) -> None:
        """Keep observations until they are taken."""
        with self._lock:
            room = max(0, HELD - len(self._held))
            self._held += observed[:room]
            self._lost += len(observed[room:])

    def close(self, count: Count, links: Sequence[LinkCount], down: Iterable[str] = ()) -> None:
        """Note what was received and not recorded, and why the capture ended early."""
        sentences = [sentence] if (sentence := excess(count, links)) else []
        if self.failed:
            sentences.append(f"the capture of announcements ended early: {self.failed}")
        if self._lost:
            sentences.append(f"{self._lost} observations of announcements were not recorded: the scan took too long")
        self.notes += [f"{name} was down for some of the time: no announcements were captured then" for name in down]
        self.notes += sentences
        self.partial = bool(sentences)

    def take(self, most: int = HELD) -> list[Observation]:
        """The oldest observations that were not yet taken, at most so many."""
        with self._lock:
            taken, self._held = self._held[:most], self._held[most:]
        return taken


def interfaces_of(network: Network, chosen: Sequence[str] = ()) -> list[str]:
    """The links on which some of the targets are, and that settings allow; never loopback."""
    found = {
        link.name
        for region in network.regions
        if region.where is Reachability.LINK and (link := network.links.get(region.link)) and not link.loopback
    }
    return sorted(found & set(chosen) if chosen else found)


@contextmanager
def listening(
    discoveries: Iterable[Discovery],
    interfaces: Sequence[str],
    site: str,
    now: Callable[[], str],
    known: Telephones | None = None,
) -> Iterator[HeldObservations]:
    """Capture announcements while inside, for the passive ones of `discoveries`. Where that fails, it is one note.

    Senders like the `known` telephones have precedence.
    """
    known = known or Telephones()
    ear = HeldObservations()
    declared = steps([one for one in discoveries if one.passive], Capture)
    if not declared or not interfaces:
        yield ear
        return
    try:
        listener = Listener(interfaces, [capture for _, capture in declared], known)
    except EngineError as error:
        ear.notes.append(f"{', '.join(dict.fromkeys(name for name, _ in declared))}: {error}")
        yield ear
        return
    announcements = Announcements(recorded=RECORDED_FROM_LINKS, rank=known.rank)
    arguments = (listener, announcements, ear, declared, site, now)
    thread = threading.Thread(target=_listen, args=arguments, name="ear", daemon=True)
    with listener:
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            ear.failed = "no further thread can be started"
        try:
            yield ear
        finally:
            listener.stop()
            if thread.ident:
                thread.join(5)
    ear.close(announcements.count(), listener.last_counts, listener.lost)
    ear.notes += listener.notes


def _listen(
    listener: Listener,
    announcements: Announcements,
    ear: HeldObservations,
    declared: Captures,
    site: str,
    now: Callable[[], str],
) -> None:
    try:
        for captured in listener.frames(float("inf")):
            received = read(declared, captured) if captured else None
            if (
                received
                and captured
                and announcements.is_new(received, time.monotonic(), captured.standing, captured.interface)
            ):
                ear.hold(list(observations(received, captured.interface, time=now(), site=site)))
        listener.counts()
    except (OSError, MemoryError) as error:
        ear.failed = str(error) or "there is not enough memory"
