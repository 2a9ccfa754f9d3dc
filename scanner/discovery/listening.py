"""From captured frames to announcements: which discovery reads a frame, whether it is new, when it expires. Pure.

A phone repeats its announcement every 30 seconds for years, and any host on the link can forge a million senders. So an
announcement that repeats an earlier one is dropped here, the memory of them is bounded, and so is the number of senders
that are recorded. That number grows again with time: a flood does not fill the disk, and phones that follow it are
recorded as well. Senders of each rank (`discovery.telephones`) have an allowance of their own, and so do those of them
that are known or repeat themselves, so that phones are recorded during it, too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from scanner.discovery.announcement import Announcement, Capture
from scanner.discovery.telephones import Standing
from scanner.wire import ethernet

#: Senders stored at once; those whose last announcement is oldest are removed first.
SENDERS = 65_536
#: New senders of the lowest rank recorded at once, from files and from links, and for each second after that; others
#: are counted. A building has fewer phones, and a link fewer senders that are none.
RECORDED_SENDERS, RECORDED_FROM_LINKS, RECORDED_PER_SECOND = 20_000, 1_000, 2.0
#: The allowances of the ranks as multiples of it: no sign of a telephone, behaviour, prefix, both.
SHARES = (1, 2, 2, 5)
#: Those of each rank for senders that are new, that repeat themselves, and that are known, as multiples of them.
STANDINGS = {Standing.NEW: 1.0, Standing.REPEATED: 0.5, Standing.KNOWN: 2.0}
#: Changed announcements of one sender recorded at once, and for each second after that.
CHANGES, CHANGES_PER_SECOND = 32, 0.1
#: Those of all senders of a rank for each second, as a multiple of its share; at once as many as senders.
CHANGES_OF_ALL_PER_SECOND = 10.0
#: Seconds after which the same announcement is recorded again, so that the inventory has a recent time for it.
REPEAT = 900.0
_IP = frozenset({ethernet.IPV4, ethernet.IPV6})

#: The captures of a listener, each with the name of its discovery.
Captures = Sequence[tuple[str, Capture]]


class Received(NamedTuple):
    """An announcement as it was received: by which discovery, and in which VLAN."""

    discovery: str
    announcement: Announcement
    vlan: int | None = None

    def source(self, where: str) -> str:
        """The source of its observations, received at `where`: `dhcp eth0`, `dhcp relay eth0`."""
        return f"{self.discovery} relay {where}" if self.announcement.relayed else f"{self.discovery} {where}"


def read_frame(captures: Captures, frame: ethernet.Frame, *, vlan: int | None = None) -> Received | None:
    """The announcement in a frame by the first capture that matches it, None where none does. Never raises.

    `vlan` is a tag that the kernel removed from the frame.
    """
    packet = ethernet.packet(frame.ethertype, frame.payload) if frame.ethertype in _IP else None
    for discovery, capture in captures:
        if not capture.match(frame, packet):
            continue
        try:
            announcement = capture.read(frame, packet)
        except Exception:  # a fault of a reader, ours or a plug-in's, costs this frame and not the listener
            return None
        if announcement is not None:
            tag = (frame.vlans[-1] if frame.vlans else vlan) or None  # VLAN 0 is a priority alone (802.1Q 9.6)
            return Received(discovery, announcement, tag)
    return None


class Allowance:
    """A number of things that are permitted at once, and so many more for each second after that."""

    def __init__(self, most: float, per_second: float) -> None:
        self._most, self._per_second, self._left = most, per_second, most
        self._filled: float | None = None

    def take(self, now: float) -> bool:
        """Whether one more is permitted. A clock that goes back counts as stopped."""
        if self._filled is not None and now > self._filled:
            self._left = min(self._most, self._left + (now - self._filled) * self._per_second)
        self._filled = now if self._filled is None else max(now, self._filled)
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _Allowances:
    """The allowances of one link, by rank: of senders by their standing, and of changes."""

    def __init__(self, recorded: int) -> None:
        self.senders = {
            standing: [Allowance(recorded * share * part, RECORDED_PER_SECOND * share * part) for share in SHARES]
            for standing, part in STANDINGS.items()
        }
        self.changes = [Allowance(recorded * share, CHANGES_OF_ALL_PER_SECOND * share) for share in SHARES]


class Count(NamedTuple):
    """Counters of a listener: announcements, senders that hold, withdrawn, expired, not recorded, partly faulty.

    `excess` are those of `unrecorded` for which there was no allowance; the others have no sender.
    """

    frames: int
    present: int
    withdrawn: int
    expired: int
    unrecorded: int
    faulty: int
    excess: int = 0


class _Sender(NamedTuple):
    content: int  # the hash of what it announced, which takes less memory than that
    recorded: float
    until: float
    changes: float


class Announcements:
    """The announcements that hold, in bounded memory. `now` is any clock that only goes forward, in seconds.

    `rank(announcement)` is the place of the sender's allowance in `SHARES`.
    """

    def __init__(
        self,
        senders: int = SENDERS,
        recorded: int = RECORDED_SENDERS,
        rank: Callable[[Announcement], int] = lambda announcement: 0,
    ) -> None:
        self._senders: OrderedDict[tuple[str, str], _Sender] = OrderedDict()
        self._limit, self._rank = senders, rank
        self._recorded = recorded
        self._allowances: dict[str, _Allowances] = {}
        self._frames = self._withdrawn = self._expired = self._unrecorded = self._faulty = self._excess = 0

    def is_new(self, received: Received, now: float, standing: Standing = Standing.NEW, link: str = "") -> bool:
        """Whether an announcement is to be recorded: new, changed, or not repeated for `REPEAT` seconds.

        A flood of one link takes nothing from the allowances of another.
        One with a time to live of 0 withdraws the last (802.1AB 9.2.5.22), and is not recorded.
        """
        announcement = received.announcement
        self._frames += 1
        self._faulty += announcement.faults > 0
        subject = announcement.mac or announcement.ip
        if subject is None:
            self._unrecorded += 1
            return False
        key = received.discovery, subject
        known = self._senders.pop(key, None)
        if known is not None and known.until < now:
            self._expired += 1
            known = None
        if announcement.ttl == 0:
            self._withdrawn += known is not None
            return False
        until = now + announcement.ttl if announcement.ttl is not None else float("inf")
        content = hash((announcement.findings, announcement.ip))
        if known is not None and known.content == content and now - known.recorded < REPEAT:
            self._senders[key] = known._replace(until=until)
            return False
        changes = float(CHANGES)
        if known is not None:
            changes = min(CHANGES, known.changes + (now - known.recorded) * CHANGES_PER_SECOND) - 1
        if link not in self._allowances:
            self._allowances[link] = _Allowances(self._recorded)
        allowances = self._allowances[link]
        permitted = allowances.senders[standing] if known is None else allowances.changes
        if changes < 0 or not permitted[self._rank(announcement)].take(now):
            self._unrecorded += 1
            self._excess += 1
            if known is not None:
                self._senders[key] = known._replace(until=until)
            return False
        self._senders[key] = _Sender(content, now, until, changes)
        if len(self._senders) > self._limit:
            self._senders.popitem(last=False)
        return True

    def expire(self, now: float) -> None:
        """Remove announcements whose time to live has expired."""
        expired = [key for key, sender in self._senders.items() if sender.until < now]
        for key in expired:
            del self._senders[key]
        self._expired += len(expired)

    def count(self) -> Count:
        """The counters so far."""
        return Count(
            self._frames, len(self._senders), self._withdrawn, self._expired, self._unrecorded, self._faulty,
            self._excess,
        )  # fmt: skip
