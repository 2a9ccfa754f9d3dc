"""A farm of hostile hosts: what may stand on a network among the phones, one declaration for each kind.

from scanner.testing import Farm, hostile_hosts

with Farm(phones, hostile=hostile_hosts(addresses, victim=phones[0], canary="127.20.0.250")):
    ...                     # a scan of all of them ends, and accepts none of the hosts
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.core.errors import UsageError
from scanner.testing import (
    hostile_copies,
    hostile_http,
    hostile_mdns,
    hostile_sip,
    hostile_snmp,
    hostile_tcp,
    hostile_tls,
)
from scanner.testing.hostile_kind import HostileHost, HostileKind, HostilePlace
from scanner.testing.phones import SimulatedPhone

#: Every kind that a farm can run on loopback addresses.
HOSTILE_KINDS: tuple[HostileKind, ...] = (
    *hostile_http.KINDS,
    *hostile_tls.KINDS,
    *hostile_tcp.KINDS,
    *hostile_sip.KINDS,
    *hostile_snmp.KINDS,
    *hostile_mdns.KINDS,
    *hostile_copies.KINDS,
)


def kind_named(name: str) -> HostileKind:
    """The kind of that name. Raises UsageError."""
    for kind in HOSTILE_KINDS:
        if kind.name == name:
            return kind
    raise UsageError(f"{name!r} is not a kind of hostile host; HOSTILE_KINDS lists them")


def hostile_hosts(
    addresses: Iterable[str], *, victim: SimulatedPhone, canary: str, kinds: Iterable[HostileKind] = HOSTILE_KINDS
) -> list[HostileHost]:
    """One host of each kind, on `addresses` in order.

    `victim` is the phone whose address and mac some kinds claim, `canary` the address to which some kinds try to lead a
    scan. Raises UsageError for fewer addresses than kinds.
    """
    places = iter(addresses)
    made = []
    for kind in kinds:
        ip = next(places, None)
        if ip is None:
            raise UsageError("there are fewer addresses than kinds of hostile hosts; give an address for each")
        mac = victim.mac or "02:00:00:00:00:01"
        made.append(HostileHost(kind=kind, place=HostilePlace(ip, victim.ip, mac, canary)))
    return made
