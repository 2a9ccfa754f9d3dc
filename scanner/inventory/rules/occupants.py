"""Which devices had an address, and which of them each fact belongs to. Pure: the same facts, the same devices.

A device is known by its mac, else by its serial number, else by its address within a site. Evidence for a mac:

- the mac that a response or a table contains with the address, unless it is shared (`shared`), as that of a router is;
- better, the mac that the device reports as its own. It takes precedence over the one in a table, which may be a
  gateway's.

Facts without a mac are grouped into visits, the sightings at the address without a long pause. A visit belongs to the
occupant of the address unless it shows another model, manufacturer or serial, or unless the occupant was meanwhile
seen elsewhere. An occupant known by address stays the same when its mac is learned. Each fact takes part with both
ends of its run, so the result does not depend on the order of the observations.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.core.text import seconds
from scanner.identity.freshness import VISIT
from scanner.inventory.facts import Fact
from scanner.inventory.rules.claims import is_own, not_a_phone
from scanner.inventory.rules.identifiers import NONE, Signature
from scanner.inventory.rules.intervals import LEASE, PAUSE, Binding, Leases
from scanner.inventory.rules.manufacturers import Manufacturers, share_a_model
from scanner.inventory.rules.shared import AT_ONCE

_EMPTY = Signature()
#: Mac → when it was seen somewhere: runs of first and last, Unix time.
Runs = Mapping[str, Sequence[tuple[int, int]]]
#: A mac, or the number of an occupant without one.
Owner = str | int


@dataclass(slots=True)
class Occupant:
    """A device at an address. `responded` is the last time that anything but a table showed it."""

    mac: str | None = None
    signature: Signature = field(default_factory=Signature)
    last: int = 0
    responded: int = 0


@dataclass(slots=True)
class Visit:
    """Sightings at an address without a long pause; `macs` with their rank: (reported, -distance in time)."""

    start: int
    end: int
    sightings: list[int] = field(default_factory=list)
    macs: dict[str, tuple[int, int]] = field(default_factory=dict)
    signature: Signature = field(default_factory=Signature)


class AddressHistory:
    """One address: its facts, the macs that were bound to it, and what is known of those macs.

    `elsewhere` are the runs for which the macs were seen at other IPv4 addresses, `known` the signatures of their own
    frames. A mac or serial that does not identify is None in `facts`, and is not in `bindings`.
    """

    def __init__(
        self,
        facts: Sequence[Fact],
        bindings: Sequence[Binding],
        elsewhere: Runs,
        known: Mapping[str, Signature],
        makers: Manufacturers,
    ) -> None:
        self._facts, self._bindings, self._elsewhere, self._makers = facts, bindings, elsewhere, makers
        self._known = dict(known)
        self._leases = Leases(bindings)
        self.occupants: list[Occupant] = []

    def owners(self) -> list[tuple[Owner, Owner]]:
        """For each fact the owner of its first and of its last sighting."""
        # sightings 2n and 2n + 1 are the ends of the run of fact n
        times = [seconds(end) for fact in self._facts for end in (fact.first, fact.last)]
        owner: list[Owner] = [-1] * len(times)
        loose: list[tuple[int, int]] = []
        reported = [binding for binding in self._bindings if binding.reported]
        for number, time in enumerate(times):
            fact = self._facts[number >> 1]
            if fact.identifiers.mac:
                owner[number] = fact.identifiers.mac
            elif fact.mac:
                owner[number] = fact.mac if is_own(fact.field) else _behind(fact.mac, time, reported)
            elif not number & 1 or time != times[number - 1]:
                loose.append((time, number))
        self._learn(owner)
        for visit in self._visits(sorted(loose)):
            began = {owner[number - 1] for number in visit.sightings if number & 1}
            occupant = self._occupant_of(visit, began)
            for number in visit.sightings:
                owner[number] = self.occupants.index(occupant)
        macs = [self.occupants[o].mac or o if isinstance(o, int) and o >= 0 else o for o in owner]
        return [(first, first if last == -1 else last) for first, last in zip(macs[::2], macs[1::2], strict=True)]

    def _learn(self, owner: Sequence[Owner]) -> None:
        """Add what each mac reported at this address to what is known of it; by a server's records, where nothing else
        shows it here."""
        copied: set[str] = set()
        proven = {binding.mac for binding in self._bindings if not binding.recorded}
        for number, mac in enumerate(owner):
            fact = self._facts[number >> 1]
            found = fact.identifiers
            if isinstance(mac, str) and found is not NONE and not (mac in proven and fact.recorded):
                if mac not in copied:
                    copied.add(mac)
                    signature = Signature()
                    signature.update(self._known.get(mac, _EMPTY))
                    self._known[mac] = signature
                self._known[mac].add(found)

    def _visits(self, loose: Sequence[tuple[int, int]]) -> list[Visit]:
        """The visits in order of time, each with the macs that had the address about then."""
        visits: list[Visit] = []
        given = self._leases.changes()
        responses: dict[tuple[str, str], tuple[int, Signature]] = {}
        for time, number in loose:
            fact = self._facts[number >> 1]
            shown = Signature(host=not_a_phone(fact.field, fact.match) is not None)
            shown.add(fact.identifiers)
            slot = fact.field, fact.source
            before = responses.get(slot)
            # the same question with another response later is another device; in the same second it is a conflict
            changed = before and time > before[0] and self._makers.other_device(shown, before[1])
            if not visits or time - visits[-1].end > PAUSE or changed or _between(given, visits[-1].end, time):
                visits.append(Visit(time, time))
                responses.clear()
            visit = visits[-1]
            visit.end = time
            visit.sightings.append(number)
            visit.signature.update(shown)
            if shown and not fact.about.several:
                responses[slot] = time, shown
        return sorted(visits + self._bind(visits), key=lambda v: (v.start, v.end, bool(v.sightings)))

    def _bind(self, visits: Sequence[Visit]) -> list[Visit]:
        """Note in each visit the macs bound to the address about then; the visits that consist of a binding alone."""
        starts = [visit.start for visit in visits]
        alone: list[Visit] = []
        seen = [b for b in self._bindings if not b.leased]
        for time, mac, reported in sorted((t, b.mac, b.reported) for b in seen for t in {b.first, b.last}):
            near = _near(visits, starts, time)
            for visit in near:
                rank = (int(reported), -_distance(visit, time))
                visit.macs[mac] = max(visit.macs.get(mac, (-1, 0)), rank)
            if not near:
                alone.append(Visit(time, time, macs={mac: (int(reported), 0)}))
        for visit in visits:
            for mac, distance in self._leases.during(visit.start, visit.end):
                visit.macs[mac] = max(visit.macs.get(mac, (-1, 0)), (0, -distance))
        alone += [
            Visit(time, time, macs={mac: (0, 0)})
            for time, mac in self._leases.begins
            if not _near(visits, starts, time)
        ]
        return alone

    def _occupant_of(self, visit: Visit, began: Collection[Owner]) -> Occupant:
        """The occupant that a visit belongs to; a new one where it is none of the known. `began` are those of which the
        visit is the other end of a run."""
        mac = self._mac_of(visit)
        latest = max(self.occupants, key=lambda o: o.last, default=None)
        shown = Signature()
        shown.update(visit.signature)
        if mac:
            shown.update(self._known.get(mac, _EMPTY))
            found = next((o for o in self.occupants if o.mac == mac), None)
            adopted = self._adopt(mac, visit, shown, latest) if found is None else None
            if adopted is not None:
                adopted.mac = mac
            occupant = found or adopted or self._new(mac)
            if found is not None and visit.signature and not found.responded:
                self._join(found, shown)
        elif latest is not None and self._stays(latest, visit, self.occupants.index(latest) in began):
            occupant = latest
        else:
            occupant = self._returned(visit) or self._new(None)
        occupant.last = max(occupant.last, visit.end)
        if visit.sightings:
            occupant.responded = visit.end
        occupant.signature.update(shown)
        return occupant

    def _mac_of(self, visit: Visit) -> str | None:
        """The mac of a visit's responses: a reported one, else the one that fits its signature, else the nearest."""

        def fits(mac: str) -> tuple[int, tuple[int, int], str]:
            reported, _ = visit.macs[mac]
            known = self._known.get(mac)
            differs = known is not None and not known.host and self._makers.other_device(known, visit.signature)
            maker = self._makers.of(mac)
            same = maker is not None and any(self._makers.related(maker, name) for name in visit.signature.makers)
            # a router or computer does not have the mac of a phone: the row of the table is of an earlier device
            differs |= visit.signature.host and not same and self._makers.of_phones_alone(mac) is not None
            return (2 * reported + int(same) - 4 * int(differs and not reported), visit.macs[mac], mac)

        best = max(visit.macs, key=fits, default=None)
        return best if best is not None and fits(best)[0] >= 0 else None

    def _adopt(self, mac: str, visit: Visit, shown: Signature, latest: Occupant | None) -> Occupant | None:
        """The latest occupant, if it is without a mac and this is the mac that it has; None for another device."""
        if latest is None or latest.mac is not None or self._makers.other_device(shown, latest.signature):
            return None
        runs = self._elsewhere.get(mac, ())
        if any(first < visit.start - AT_ONCE and last >= latest.last - VISIT for first, last in runs):
            return None  # the mac was elsewhere between the last visit of that occupant and this one
        maker = self._makers.of(mac)
        if maker is not None and self._makers.differ([maker], latest.signature.makers):
            return None
        if not visit.signature and visit.start - latest.last > VISIT and self._by_leases(mac):
            return None  # a lease shows nothing of the time before its renewal
        if maker is None and latest.signature and not visit.signature and visit.start - latest.last > VISIT:
            return None  # a table alone, after more than a visit, by an unknown manufacturer: whichever device is next
        return latest

    def _stays(self, latest: Occupant, visit: Visit, continued: bool) -> bool:
        """Whether a visit without a mac can belong to the latest occupant; `continued` where it ends a run of it."""
        if self._makers.other_device(visit.signature, latest.signature):
            return False
        known, shown = latest.signature, visit.signature
        here = any(b.mac == latest.mac and b.first <= visit.end and visit.start <= b.last for b in self._bindings)
        if shown.host and known.models and not known.host and visit.start - latest.last > VISIT and not here:
            return False  # a router or computer has the address of the phone now
        if latest.mac and visit.start - latest.last > LEASE and self._by_leases(latest.mac) and not continued:
            return False  # its lease is over
        return not (latest.mac and self._left(latest.mac, visit))

    def _by_leases(self, mac: str) -> bool:
        """Whether lists of leases alone show a mac here."""
        return all(binding.leased for binding in self._bindings if binding.mac == mac)

    def _left(self, mac: str, visit: Visit) -> bool:
        """Whether a mac was seen elsewhere after it was last seen here, and before the visit ended."""
        mine = [binding for binding in self._bindings if binding.mac == mac]
        here = max((b.last for b in mine if b.last <= visit.end), default=None)
        if here is None:
            here = min((b.first for b in mine), default=visit.start)
        runs = self._elsewhere.get(mac, ())
        return any(last > here + AT_ONCE and first <= visit.end + VISIT for first, last in runs)

    def _returned(self, visit: Visit) -> Occupant | None:
        """An earlier occupant with the same serial or model; without a mac, since a mac would have been seen."""
        shown = visit.signature
        for occupant in sorted(self.occupants, key=lambda o: -o.last):
            mine = occupant.signature
            if occupant.mac is None and (shown.serials & mine.serials if shown.serials else share_a_model(shown, mine)):
                return occupant
        return None

    def _join(self, found: Occupant, shown: Signature) -> None:
        """A mac that only tables contained responds as the occupant before it did: the two are one device."""
        responded = max(o.responded for o in self.occupants)
        for occupant in self.occupants:
            mine = occupant.signature
            same = share_a_model(shown, mine) and not self._makers.other_device(shown, mine)
            if occupant.mac is None and occupant.responded == responded and same:
                occupant.mac = found.mac

    def _new(self, mac: str | None) -> Occupant:
        self.occupants.append(Occupant(mac))
        return self.occupants[-1]


def _between(times: Sequence[int], start: int, end: int) -> bool:
    """Whether one of these times is after `start` and not after `end`."""
    return bisect_right(times, start) < bisect_right(times, end)


def _behind(mac: str, time: int, reported: Sequence[Binding]) -> str:
    """The mac of a sighting, or the one that the device at the address reported about then as its own."""
    near = [b for b in reported if b.mac != mac and min(abs(time - b.first), abs(time - b.last)) <= VISIT]
    if not near or any(b.mac == mac for b in reported):
        return mac
    return max(near, key=lambda b: (b.last, b.mac)).mac


def _near(visits: Sequence[Visit], starts: Sequence[int], time: int) -> list[Visit]:
    """The visits during which a mac seen at `time` had the address: those around it, else the nearest one."""
    at = bisect_left(starts, time)
    adjacent = visits[max(0, at - 1) : at + 1]
    best = min((_distance(v, time) for v in adjacent), default=VISIT + 1)
    if best > VISIT:
        return []
    return [v for v in adjacent if _distance(v, time) <= max(best, PAUSE)]


def _distance(visit: Visit, time: int) -> int:
    return max(visit.start - time, time - visit.end, 0)
