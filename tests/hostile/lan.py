"""The farm of `python -m tests.hostile`: 100 honest phones and one host of each kind, in a /24 of this run."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scanner.testing import (
    HOSTILE_KINDS,
    HostileHost,
    HostileKind,
    SimulatedPhone,
    Surfaces,
    Truth,
    catalogue,
    fragile_phone,
)
from scanner.testing.hostile import hostile_hosts
from scanner.testing.ports import unprivileged
from tests.loopback import own

#: Honest phones of the farm.
HONEST = 100
#: Ports of the canary, which no packet may reach: those to which a redirect or a reply can lead.
LURES = (22, 80, 443, 5060, 8080, 8443, 9100)


@dataclass(frozen=True)
class HostileLan:
    """The targets of a scan, and who is who among them."""

    subnet: str
    phones: tuple[SimulatedPhone, ...]
    hostile: tuple[HostileHost, ...]
    canary: SimulatedPhone


def hostile_lan(subnet: str, kinds: Iterable[HostileKind] = HOSTILE_KINDS) -> HostileLan:
    """The farm on the addresses of a /24 of this run's loopback network: phones from .1, hostile hosts from .101."""
    network = ipaddress.IPv4Network(own(subnet))
    first = network.network_address
    phones = honest_phones(str(network))
    canary = SimulatedPhone(
        ip=str(first + 250), surfaces=Surfaces(traps=LURES), truth=Truth(status="unidentified", compliance="review")
    )
    victim = next(phone for phone in phones if phone.truth.mac and phone.truth.status == "certified")
    places = [str(first + number) for number in range(HONEST + 1, 250)]
    return HostileLan(
        str(network), phones, tuple(hostile_hosts(places, victim=victim, canary=canary.ip, kinds=kinds)), canary
    )


def honest_phones(subnet: str) -> tuple[SimulatedPhone, ...]:
    """A hundred fragile phones that any user may serve: those of the demonstration LAN, and more of those without a
    mac."""
    first = ipaddress.IPv4Network(subnet).network_address
    phones = [phone for phone in unprivileged(catalogue(subnet)) if phone.truth.in_inventory]
    more = [phone for phone in phones if not (phone.truth.mac or phone.truth.serial)]
    chosen = (phones + more)[:HONEST]
    return tuple(fragile_phone(replace(phone, ip=str(first + number))) for number, phone in enumerate(chosen, 1))
