"""Which device is this? The rules by which sightings become devices. Pure: the same sightings, the same devices.

A device is known by its mac, else by its serial, else by its address within a site. What speaks for a mac:

- the mac that an answer or a table gives with the address, unless it is shared: a mac that answers for three
  addresses at once, or for two whose devices differ, is a router's (proxy ARP, VRRP, HSRP) and identifies none;
- better, the mac that the device tells of itself; it outranks the one in a table (which may be a gateway's).

Sightings of an address that name no mac are looked at visit by visit, as a person would read them: a visit is what
was seen there in one go. A visit belongs to the tenant of the address unless it tells another model, maker or
serial, or unless the tenant has meanwhile been seen elsewhere. A tenant first known by address keeps its place
when its mac is learned. Every row of facts enters with both ends of its run, so nothing depends on the order in
which observations came.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.inventory.rules.identifiers import NOTHING, SEVERAL, Claim, Claims, Signature

#: Two sightings this near, in seconds, are of one state of the network: a long scan, a router's ARP lifetime.
NEAR = 6 * 3600
#: A pause of this long at one address ends a visit, in seconds.
PAUSE = 30 * 60
#: Two addresses with one serial within this time are two devices with a part number, in seconds.
AT_ONCE = 10 * 60
#: What a mac did longer than this before it was last seen no longer speaks against it, in seconds.
RECENT = 14 * 24 * 3600
#: This many IPv4 addresses within so many seconds are a router's.
MANY = 3
TOGETHER = 2 * 3600

NO_SIGNATURE = Signature()
#: Mac → from when to when it was seen somewhere, in seconds.
Runs = Mapping[str, Sequence[tuple[int, int]]]


class Seen(NamedTuple):
    """One end of the run of a fact at one address. `mac` is the subject's, where it identifies; `sender` says that
    the fact is the frame's own (LLDP, CDP). `slot` is the question: field and source."""

    row: int
    time: int
    mac: str | None
    sender: bool
    slot: tuple[str, str]
    claim: Claim


class Binding(NamedTuple):
    """A mac at this address, first and last (seconds); `told` by an answer from the address itself."""

    mac: str
    told: bool
    first: int
    last: int


class Place(NamedTuple):
    """An address that a mac or serial was seen at, first and last (seconds)."""

    site: str
    ip: str
    first: int
    last: int


@dataclass(slots=True)
class Tenant:
    """Who lives, or lived, at an address: by mac where one is known."""

    mac: str | None = None
    signature: Signature = field(default_factory=Signature)
    last: int = 0
    #: the last time that anything but a table showed it
    heard: int = 0


@dataclass(slots=True)
class _Visit:
    start: int
    end: int
    seen: list[int] = field(default_factory=list)
    macs: dict[str, tuple[int, int]] = field(default_factory=dict)  # mac → (told, last)
    signature: Signature = field(default_factory=Signature)


# -- macs and serials that identify nobody --------------------------------------------------------------------


def at_once(places: Iterable[Place], within: int) -> int:
    """Most IPv4 addresses that were seen within one span of time."""
    ends = sorted({(t, p.site, p.ip) for p in places if ":" not in p.ip for t in (p.first, p.last)})
    most, start = 0, 0
    count: dict[tuple[str, str], int] = {}
    for time, site, ip in ends:
        count[site, ip] = count.get((site, ip), 0) + 1
        while ends[start][0] < time - within:
            gone = ends[start][1:]
            count[gone] -= 1
            if not count[gone]:
                del count[gone]
            start += 1
        most = max(most, len(count))
    return most


def shared_mac(
    mac: str, places: Sequence[Place], at: Mapping[tuple[str, str], Signature], claims: Claims
) -> str | None:
    """Why a mac identifies nobody, in words; None when it identifies its device.

    `at` has what was told at each of its addresses while it answered there.
    """
    together = at_once(places, TOGETHER)
    if together >= MANY:
        return f"answers for {together} addresses at once"
    spots = sorted({(p.site, p.ip) for p in places})
    told = [at[spot] for spot in spots if at.get(spot)]
    if any(claims.differ(one, other) for n, one in enumerate(told) for other in told[n + 1 :]):
        return "answers for devices that differ"
    if together == 2 and len(told) >= 2:
        maker = claims.maker(mac)
        makers = {name for one in told for name in one.makers}
        if maker is not None and claims.makers_differ([maker[0]], makers):
            return "answers for two addresses of another maker's devices"
    return None


def shared_serial(macs: Sequence[str], places: Sequence[Place]) -> str | None:
    """Why a serial identifies nobody, in words; None when it does. `macs` are those that told it."""
    if len(macs) > 1:
        return f"told by {len(macs)} macs: a part number"
    if not macs and (together := at_once(places, AT_ONCE)) > 1:
        return f"told by {together} addresses at once: a part number"
    return None


# -- who is at an address -------------------------------------------------------------------------------------


def owners(
    seen: Sequence[Seen],
    bindings: Sequence[Binding],
    elsewhere: Runs,
    known: Mapping[str, Signature],
    claims: Claims,
) -> tuple[list[str | int], list[Tenant]]:
    """For every sighting at one address its owner: a mac, or the number of a tenant without one; and the tenants.

    `bindings` are the identifying macs at this address; `elsewhere` the runs of time for which they were
    seen at other IPv4 addresses; `known` what their own frames tell of them.
    """
    told = [b for b in bindings if b.told]
    owner: list[str | int] = [-1] * len(seen)
    loose: list[int] = []
    for number, one in enumerate(seen):
        if one.claim.mac:
            owner[number] = one.claim.mac
        elif one.mac:
            owner[number] = one.mac if one.sender else _behind(one, told)
        else:
            loose.append(number)
    known = _with_own_answers(known, seen, owner)
    tenants: list[Tenant] = []
    for visit in _visits(seen, loose, bindings, claims):
        tenant = _tenant_of(visit, tenants, bindings, elsewhere, known, claims)
        for number in visit.seen:
            owner[number] = tenants.index(tenant)
    return [tenants[o].mac or o if isinstance(o, int) else o for o in owner], tenants


def _with_own_answers(
    known: Mapping[str, Signature], seen: Sequence[Seen], owner: Sequence[str | int]
) -> dict[str, Signature]:
    """What is known of each mac, and what it told at this address."""
    found = dict(known)
    fresh: set[str] = set()
    for one, mac in zip(seen, owner, strict=True):
        if isinstance(mac, str) and one.claim != NOTHING:
            if mac not in fresh:
                signature = Signature()
                signature.update(found.get(mac, NO_SIGNATURE))
                found[mac] = signature
                fresh.add(mac)
            found[mac].add(one.claim)
    return found


def _behind(one: Seen, told: Sequence[Binding]) -> str:
    """The mac of a sighting, or the one that the device at the address told of itself about then."""
    assert one.mac is not None
    near = [b for b in told if b.mac != one.mac and min(abs(one.time - b.first), abs(one.time - b.last)) <= NEAR]
    if any(b.mac == one.mac for b in told) or not near:
        return one.mac
    return max(near, key=lambda b: (b.last, b.mac)).mac


def _visits(seen: Sequence[Seen], loose: Sequence[int], bindings: Sequence[Binding], claims: Claims) -> list[_Visit]:
    """The visits of an address in order of time, each with the macs that answered there about then."""
    visits: list[_Visit] = []
    answers: dict[tuple[str, str], tuple[int, Signature]] = {}
    for time, _, number in sorted((seen[n].time, seen[n].row, n) for n in loose):
        one = seen[number]
        told = Signature()
        told.add(one.claim)
        before = answers.get(one.slot)
        # one question, answered differently later: another device; at the same second: a conflict of one
        changed = before and time > before[0] and claims.differ(told, before[1])
        if not visits or time - visits[-1].end > PAUSE or changed:
            visits.append(_Visit(time, time))
            answers.clear()
        visit = visits[-1]
        visit.end = time
        visit.seen.append(number)
        visit.signature.update(told)
        if told and one.slot[0] not in SEVERAL:
            answers[one.slot] = time, told
    ends = sorted((t, b.mac, b.told) for b in bindings for t in {b.first, b.last})
    starts = [visit.start for visit in visits]
    alone: list[_Visit] = []
    for time, mac, by_itself in ends:
        near = _near(visits, starts, time)
        for visit in near:
            rank = (int(by_itself), -_distance(visit, time))
            visit.macs[mac] = max(visit.macs.get(mac, (-1, 0)), rank)
        if not near:
            alone.append(_Visit(time, time, macs={mac: (int(by_itself), 0)}))
    return sorted(visits + alone, key=lambda v: (v.start, v.end, bool(v.seen)))


def _near(visits: Sequence[_Visit], starts: Sequence[int], time: int) -> list[_Visit]:
    """The visits that a mac seen at `time` was there for: those around it, else the nearest before or after."""
    at = bisect_left(starts, time)
    beside = visits[max(0, at - 1) : at + 1]
    best = min((_distance(v, time) for v in beside), default=NEAR + 1)
    if best > NEAR:
        return []
    return [v for v in beside if _distance(v, time) <= max(best, PAUSE)]


def _distance(visit: _Visit, time: int) -> int:
    return max(visit.start - time, time - visit.end, 0)


def _tenant_of(
    visit: _Visit,
    tenants: list[Tenant],
    bindings: Sequence[Binding],
    elsewhere: Runs,
    known: Mapping[str, Signature],
    claims: Claims,
) -> Tenant:
    """The tenant that a visit belongs to, a new one where it can be nobody known."""
    mac = _mac_of(visit, known, claims)
    latest = max(tenants, key=lambda t: t.last) if tenants else None
    told = Signature()
    told.update(visit.signature)
    if mac:
        told.update(known.get(mac, NO_SIGNATURE))
        found = next((t for t in tenants if t.mac == mac), None)
        adopted = _adopt(mac, visit, told, latest, elsewhere, claims) if found is None else None
        if found is None and adopted is not None:
            adopted.mac = mac
        tenant = found or adopted or _new(tenants, mac)
        if found is not None and visit.signature and not found.heard:
            _join(found, tenants, told, claims)
    else:
        stays = (
            latest is not None
            and not claims.differ(visit.signature, latest.signature)
            and not (latest.mac and _left(latest.mac, visit, bindings, elsewhere))
        )
        tenant = latest if latest is not None and stays else _returned(visit, tenants) or _new(tenants, None)
    tenant.last = max(tenant.last, visit.end)
    if visit.seen:
        tenant.heard = visit.end
    tenant.signature.update(told)
    return tenant


def _mac_of(visit: _Visit, known: Mapping[str, Signature], claims: Claims) -> str | None:
    """The mac that a visit's answers came from: told first, then the one that fits what was told, then the nearest."""

    def fits(mac: str) -> tuple[int, tuple[int, int], str]:
        told, _ = visit.macs[mac]
        differs = mac in known and claims.differ(known[mac], visit.signature)
        maker = claims.maker(mac)
        same = maker is not None and any(claims.related(maker[0], name) for name in visit.signature.makers)
        return (2 * told + int(same) - 4 * int(differs and not told), visit.macs[mac], mac)

    best = max(visit.macs, key=fits, default=None)
    return best if best is not None and fits(best)[0] >= 0 else None


def _adopt(
    mac: str,
    visit: _Visit,
    told: Signature,
    latest: Tenant | None,
    elsewhere: Runs,
    claims: Claims,
) -> Tenant | None:
    """The tenant without mac whose mac this is, learned now; None when this is somebody else."""
    if latest is None or latest.mac is not None or claims.differ(told, latest.signature):
        return None
    if any(first < visit.start - AT_ONCE and last >= latest.last - NEAR for first, last in elsewhere.get(mac, ())):
        return None  # it was somewhere else between that tenant's last visit and now
    maker = claims.maker(mac)
    if maker is not None and claims.makers_differ([maker[0]], latest.signature.makers):
        return None
    if maker is None and latest.signature and not visit.signature and visit.start - latest.last > NEAR:
        return None  # a table alone, a day later, a maker that we do not know: whoever has the address now
    return latest


def _left(mac: str, visit: _Visit, bindings: Sequence[Binding], elsewhere: Runs) -> bool:
    """Whether a mac was seen elsewhere after it was last seen here, and before the visit was over."""
    here = max((b.last for b in bindings if b.mac == mac and b.last <= visit.end), default=None)
    if here is None:
        here = min((b.first for b in bindings if b.mac == mac), default=visit.start)
    return any(last > here + AT_ONCE and first <= visit.end + NEAR for first, last in elsewhere.get(mac, ()))


def _returned(visit: _Visit, tenants: Sequence[Tenant]) -> Tenant | None:
    """A tenant of before that tells the same model or serial; without a mac, since macs are seen."""
    told = visit.signature
    for tenant in sorted(tenants, key=lambda t: -t.last):
        mine = tenant.signature
        if tenant.mac is None and (told.serials & mine.serials if told.serials else told.models & mine.models):
            return tenant
    return None


def _join(found: Tenant, tenants: Sequence[Tenant], told: Signature, claims: Claims) -> None:
    """A mac known from tables alone answers at last, with what the tenant before it told: they are one."""
    heard = max(t.heard for t in tenants)
    for tenant in tenants:
        mine = tenant.signature
        if tenant.mac is None and tenant.heard == heard and told.models & mine.models and not claims.differ(told, mine):
            tenant.mac = found.mac


def _new(tenants: list[Tenant], mac: str | None) -> Tenant:
    tenants.append(Tenant(mac))
    return tenants[-1]
