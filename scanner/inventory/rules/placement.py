"""Where a device stands: its address among all it was seen at, its first and last sight, present or gone. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from scanner.core.text import seconds
from scanner.inventory.rules import current
from scanner.inventory.rules.current import Fact
from scanner.inventory.rules.merge import AT_ONCE, NEAR

#: An IPv4 address stands in the inventory before an IPv6 one, unless it was last seen this much earlier (seconds).
_IPV4_STAYS = 30 * 24 * 3600


class Spot(NamedTuple):
    """One address that a device was seen at: first and newest time, and the newest's scan (0 where only told)."""

    site: str
    ip: str
    first: str
    last: str
    scan: int


def spots(
    subject: int, facts: Sequence[Fact], told: Sequence[Spot], rivals: Mapping[tuple[str, str], Mapping[int, str]]
) -> list[Spot]:
    """The addresses of a subject that nobody else was seen at since, none that it had left for one it then lost."""
    newest: dict[tuple[str, str], Spot] = {}
    for spot in (*told, *(Spot(f.site, f.ip, f.first, f.last, f.last_scan) for f in facts if f.ip)):
        held = newest.get((spot.site, spot.ip), spot)
        last, scan = max((held.last, held.scan), (spot.last, spot.scan))
        newest[spot.site, spot.ip] = Spot(spot.site, spot.ip, min(held.first, spot.first), last, scan)
    kept, lost = [], {True: 0, False: 0}
    for where, spot in newest.items():
        if all(last <= spot.last or who == subject for who, last in rivals.get(where, {}).items()):
            kept.append(spot)
        else:
            lost[":" in spot.ip] = max(lost[":" in spot.ip], seconds(spot.last))
    return [spot for spot in kept if seconds(spot.last) + NEAR >= lost[":" in spot.ip]]


def address(spots: Sequence[Spot]) -> Spot | None:
    """The address that stands for a device: the newest, IPv4 first; of several in one scan the one it had longest."""
    if len(spots) < 2:
        return spots[0] if spots else None
    usable = [spot for spot in spots if not _last_resort(spot.ip)] or list(spots)
    newest = max(spot.last for spot in usable)
    fours = [s for s in usable if ":" not in s.ip and seconds(newest) - seconds(s.last) <= _IPV4_STAYS]
    top = max(fours or usable, key=lambda s: (s.last, s.scan))
    at_once = [s for s in fours or usable if seconds(top.last) - seconds(s.last) <= AT_ONCE and s.scan in (top.scan, 0)]
    return min(at_once, key=lambda s: (s.first, s.site, _number(s.ip)), default=top)


def _last_resort(ip: str) -> bool:
    """Link-local addresses (RFC 3927, RFC 4291 2.5.6) are better than none."""
    return ip.startswith(("169.254.", "fe8", "fe9", "fea", "feb"))


def _number(ip: str) -> tuple[int, int]:
    parsed = ipaddress.ip_address(ip)
    return parsed.version, int(parsed)


def lifetime(
    key: str, spot: Spot | None, facts: Sequence[Fact], lost: bool, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The columns of a device that tell since when, until when, where, and whether it is there.

    `lost`: some of its facts turned out to be another's, so what it was before does not tell when it was first seen.
    A device known by address alone, whose address is now another's, is `replaced`: nothing is left to know it by.
    """
    newest = max(facts, key=lambda f: (f.last, f.last_scan))
    first = min(facts, key=lambda f: (f.first, f.first_scan))
    first_seen, first_scan = first.first, first.first_scan
    state, misses = "present", 0
    if before is not None:
        if not lost:
            first_seen, first_scan = min(first_seen, before["first_seen"]), min(first_scan, before["first_scan"])
        if newest.last <= before["last_seen"]:
            state, misses = before["state"], before["misses"]
    if spot is None and key.startswith("ip "):
        state = "replaced"
    elif state == "replaced":
        state = "present"
    mac = key.removeprefix("mac ") if key.startswith("mac ") else None
    return {
        "site": spot.site if spot else newest.site,
        "ip": spot.ip if spot else None,
        "mac": mac,
        "local_mac": int(bool(mac and int(mac[:2], 16) & 2)),
        "discovered_by": ",".join(current.discoveries(facts)),
        "first_seen": first_seen,
        "last_seen": newest.last,
        "first_scan": first_scan,
        "last_scan": newest.last_scan,
        "misses": misses,
        "state": state,
    }
