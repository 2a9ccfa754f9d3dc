"""The address, lifetime and state of a device, from all its facts. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from scanner.core.text import seconds
from scanner.identity import authority
from scanner.identity.freshness import DAY, VISIT
from scanner.inventory.facts import Fact
from scanner.inventory.rules.device import Device, Subject
from scanner.inventory.rules.shared import AT_ONCE

#: An IPv4 address is preferred to an IPv6 one, unless it was last seen this much earlier, in seconds.
_IPV4_PREFERRED = 30 * DAY
#: Of this rank and below, a claim gives an address to a device that has no other, and takes none from another device.
_WEAK = authority.rank_of("address", authority.Source.LOG)
#: The rank of an address in the list of leases of a DHCP server.
_LEASED = authority.rank_of("address", authority.Source.LEASED)
#: The rank of an address in a frame of the mac.
IN_FRAME = authority.rank_of("address", authority.Source.FRAME)


class Spot(NamedTuple):
    """An address that sources of one rank (`identity.authority`) claim for a device, and when first and last."""

    site: str
    ip: str
    rank: int
    first: str
    last: str

    @property
    def where(self) -> tuple[str, str]:
        """The site and the address."""
        return self.site, self.ip


#: Site and address → subject → its claims there.
Rivals = Mapping[tuple[str, str], Mapping[int, Sequence[Spot]]]


def spot(site: str, ip: str, field: str, source: str, first: str, last: str) -> Spot:
    """The claim of an observation that was made at an address."""
    return Spot(site, ip, authority.rank("address", field, source), first, last)


def merged(claims: Iterable[Spot]) -> list[Spot]:
    """The claims with one for each address and rank."""
    found: dict[tuple[str, str, int], Spot] = {}
    for one in claims:
        key = one[:3]
        known = found.get(key, one)
        found[key] = Spot(*key, min(known.first, one.first), max(known.last, one.last))
    return list(found.values())


def spots(subject: int, facts: Sequence[Fact], reported: Sequence[Spot], rivals: Rivals) -> list[Spot]:
    """The claims of addresses that a subject still has: no other subject has it now, and it was not left before.

    `reported` are addresses in frames of its mac.
    """
    addressed = [fact for fact in facts if fact.ip]
    if not reported and len({(fact.site, fact.ip) for fact in addressed}) == 1:
        site, ip = addressed[0].site, addressed[0].ip or ""
        if rivals.get((site, ip), {}).keys() <= {subject}:
            # most devices: one address, and no other device there
            return [spot(site, ip, addressed[0].field, addressed[0].source, addressed[0].first, addressed[0].last)]
    own = (spot(f.site, f.ip, f.field, f.source, f.first, f.last) for f in addressed if f.ip)
    kept, lost = [], {True: 0, False: 0}
    for claim in merged((*reported, *own)):
        others = (s for other, at in rivals.get(claim.where, {}).items() if other != subject for s in at)
        if not any(_takes(other, claim) for other in others):
            kept.append(claim)
        elif claim.rank < _WEAK:
            lost[":" in claim.ip] = max(lost[":" in claim.ip], seconds(claim.last))
    return [claim for claim in kept if seconds(claim.last) + VISIT >= lost[":" in claim.ip]]


def _takes(other: Spot, claim: Spot) -> bool:
    """Whether the claim of another device leaves none of an address to the device with `claim`.

    The later claim has it; one of less authority only in another visit, since the row of a table may be left of an
    earlier device. The address that servers report for several devices is that of a NAT router.
    """
    later = seconds(other.last) - seconds(claim.last)
    if claim.rank >= _WEAK:
        return later > -authority.lasts("address", other.rank)
    if claim.rank == _LEASED and later > authority.lasts("address", _LEASED):
        return True  # the lease is over
    if other.rank >= _WEAK or later <= 0:
        return False
    return other.rank <= claim.rank or later > VISIT


def address(claims: Sequence[Spot]) -> Spot | None:
    """The address shown for a device.

    Where the device itself responded outranks where others saw it, for as long as the claim lasts; of addresses that
    it has at once the first is shown, IPv4 before IPv6. What a server reports counts where there is nothing else.
    """
    usable = [one for one in claims if one.rank < _WEAK] or list(claims)
    usable = [one for one in usable if not _link_local(one.ip)] or usable
    if len(usable) < 2:
        return usable[0] if usable else None
    newest = max(seconds(one.last) for one in usable)
    fours = [one for one in usable if ":" not in one.ip and newest - seconds(one.last) <= _IPV4_PREFERRED]
    return _standing(fours or usable)


def _standing(claims: Sequence[Spot]) -> Spot:
    """The claim of the highest rank; or a later one, of an address that is new since, when that one is left."""
    newest = max(seconds(one.last) for one in claims)
    counting = [one for one in claims if newest - seconds(one.last) <= authority.lasts("address", one.rank)] or claims
    rank = min(one.rank for one in counting)
    best = [one for one in counting if one.rank == rank]
    first: dict[tuple[str, str], str] = {}
    last: dict[tuple[str, str], str] = {}
    for one in claims:
        first[one.where] = min(first.get(one.where, one.first), one.first)
        last[one.where] = max(last.get(one.where, one.last), one.last)
    top = max(best, key=lambda one: (one.last, one.where))
    chosen = min((one for one in best if _at_once(one, top)), key=lambda o: (first[o.where], o.site, _number(o.ip)))
    gone = seconds(last[chosen.where]) + VISIT
    new = [
        one for one in claims if seconds(first[one.where]) > seconds(chosen.last) + VISIT and seconds(one.last) > gone
    ]
    return _standing(new) if new else chosen


def _at_once(one: Spot, newest: Spot) -> bool:
    """Whether a device had the address of a claim when it already had that of the newest."""
    earlier = seconds(newest.last) - seconds(one.last)
    return earlier <= AT_ONCE or (earlier <= VISIT and newest.first <= one.last)


def by_servers_alone(ip: str, facts: Sequence[Fact]) -> bool:
    """Whether only servers report an address of a device: losing it is no move."""
    return all(authority.rank("address", fact.field, fact.source) >= _WEAK for fact in facts if fact.ip == ip)


def _link_local(ip: str) -> bool:
    """RFC 3927, RFC 4291 2.5.6."""
    return ip.startswith(("169.254.", "fe8", "fe9", "fea", "feb"))


def _number(ip: str) -> tuple[int, int]:
    parsed = ipaddress.ip_address(ip)
    return parsed.version, int(parsed)


def placed(subject: Subject, spot: Spot | None, facts: Sequence[Fact], before: Device | None, evidence: int) -> Device:
    """The device of a subject with its address, lifetime, state and `evidence`; the other columns as `before`.

    For a subject that lost facts to another, `before` does not contain when it was first seen. A device known by its
    address alone, which another device has now, is `replaced`: nothing identifies it any more.
    """
    newest = max(facts, key=lambda f: (f.last, f.last_scan))
    first = min(facts, key=lambda f: (f.first, f.first_scan))
    first_seen, first_scan = first.first, first.first_scan
    state, misses = "present", 0
    if before is not None:
        if not subject.lost_facts:
            first_seen, first_scan = min(first_seen, before.first_seen), min(first_scan, before.first_scan)
        if newest.last <= before.last_seen:
            state, misses = before.state, before.misses
    if spot is None and subject.by_address:
        state = "replaced"
    elif state == "replaced":
        state = "present"
    mac = subject.mac
    return (before or Device(subject.id))._replace(
        site=spot.site if spot else newest.site,
        ip=spot.ip if spot else None,
        mac=mac,
        local_mac=int(bool(mac and int(mac[:2], 16) & 2)),
        discovered_by=",".join(sorted({fact.discovery for fact in facts})),
        first_seen=first_seen,
        last_seen=newest.last,
        first_scan=first_scan,
        last_scan=newest.last_scan,
        misses=misses,
        state=state,
        evidence=evidence,
    )
