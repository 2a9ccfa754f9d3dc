"""The address, lifetime and state of a device, from all its facts. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scanner.core.text import seconds
from scanner.identity.freshness import DAY, VISIT
from scanner.inventory.facts import Fact
from scanner.inventory.rules.device import Device, Subject
from scanner.inventory.rules.shared import AT_ONCE

#: An IPv4 address is preferred to an IPv6 one, unless it was last seen this much earlier, in seconds.
_IPV4_PREFERRED = 30 * DAY


class Spot(NamedTuple):
    """An address of a device: first and last time, and the scan of the last (0 where the device reported it)."""

    site: str
    ip: str
    first: str
    last: str
    scan: int


def spots(
    subject: int, facts: Sequence[Fact], reported: Sequence[Spot], rivals: Mapping[tuple[str, str], Mapping[int, str]]
) -> list[Spot]:
    """The addresses that a subject still has: no other subject was seen there since, and it was not left before.

    `reported` are addresses in frames of its mac. `rivals` contains for each address the subjects and when they were
    last seen there.
    """
    newest: dict[tuple[str, str], Spot] = {}
    for spot in (*reported, *(Spot(f.site, f.ip, f.first, f.last, f.last_scan) for f in facts if f.ip)):
        known = newest.get((spot.site, spot.ip), spot)
        last, scan = max((known.last, known.scan), (spot.last, spot.scan))
        newest[spot.site, spot.ip] = Spot(spot.site, spot.ip, min(known.first, spot.first), last, scan)
    kept, lost = [], {True: 0, False: 0}
    for where, spot in newest.items():
        if all(last <= spot.last or other == subject for other, last in rivals.get(where, {}).items()):
            kept.append(spot)
        else:
            lost[":" in spot.ip] = max(lost[":" in spot.ip], seconds(spot.last))
    return [spot for spot in kept if seconds(spot.last) + VISIT >= lost[":" in spot.ip]]


def address(spots: Sequence[Spot]) -> Spot | None:
    """The address shown for a device: the newest, IPv4 first; of several in one scan the one it had first."""
    if len(spots) < 2:
        return spots[0] if spots else None
    usable = [spot for spot in spots if not _link_local(spot.ip)] or list(spots)
    newest = max(spot.last for spot in usable)
    fours = [s for s in usable if ":" not in s.ip and seconds(newest) - seconds(s.last) <= _IPV4_PREFERRED]
    top = max(fours or usable, key=lambda s: (s.last, s.scan))
    at_once = [s for s in fours or usable if seconds(top.last) - seconds(s.last) <= AT_ONCE and s.scan in (top.scan, 0)]
    return min(at_once, key=lambda s: (s.first, s.site, _number(s.ip)), default=top)


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
