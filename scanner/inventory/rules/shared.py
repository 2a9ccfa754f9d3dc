"""Macs and serial numbers that several devices have, so that they identify none of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from scanner.inventory.rules.identifiers import Signature
from scanner.inventory.rules.manufacturers import Manufacturers

#: Sightings of a mac or serial at two addresses within this time are simultaneous, in seconds.
AT_ONCE = 10 * 60
#: A mac with this many IPv4 addresses within so many seconds is that of a router.
MANY = 3
TOGETHER = 2 * 3600


class AddressUse(NamedTuple):
    """An address with a mac or serial, and when they were first and last seen together (Unix time)."""

    site: str
    ip: str
    first: int
    last: int


def most_at_once(uses: Iterable[AddressUse], within: int) -> int:
    """The largest number of IPv4 addresses seen within one span of so many seconds."""
    ends = sorted({(t, u.site, u.ip) for u in uses if ":" not in u.ip for t in (u.first, u.last)})
    most, start = 0, 0
    count: dict[tuple[str, str], int] = {}
    for time, site, ip in ends:
        count[site, ip] = count.get((site, ip), 0) + 1
        while ends[start][0] < time - within:
            left = ends[start][1:]
            count[left] -= 1
            if not count[left]:
                del count[left]
            start += 1
        most = max(most, len(count))
    return most


def shared_mac(
    mac: str, uses: Sequence[AddressUse], at: Mapping[tuple[str, str], Signature], makers: Manufacturers
) -> str | None:
    """Why a mac does not identify a device, in words; None when it does.

    `at` contains the signature of what responded at each of its addresses while the mac had it.
    """
    together = most_at_once(uses, TOGETHER)
    if together >= MANY:
        return f"has {together} addresses at the same time"
    signatures = [at[spot] for spot in sorted({(u.site, u.ip) for u in uses}) if at.get(spot)]
    if any(makers.other_device(one, other) for n, one in enumerate(signatures) for other in signatures[n + 1 :]):
        return "has the addresses of different devices"
    named = {name for one in signatures for name in one.makers}
    if together == 2 and len(signatures) >= 2 and (maker := makers.of(mac)) and makers.differ([maker], named):
        return "has two addresses of devices of another manufacturer"
    return None


def serial_name(serial: str) -> str:
    """A serial number as the key of a subject, and as a name in the table `shared`."""
    return f"serial {serial}"


def shared_serial(macs: Sequence[str], uses: Sequence[AddressUse]) -> str | None:
    """Why a serial number does not identify a device, in words; None when it does. It was reported with these macs."""
    if len(macs) > 1:
        return f"reported for {len(macs)} macs: a part number"
    if not macs and (together := most_at_once(uses, AT_ONCE)) > 1:
        return f"reported for {together} addresses at the same time: a part number"
    return None
