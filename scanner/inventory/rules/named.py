"""The subject of facts without mac and address: the serial number or port that their source names. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scanner.core.named_source import port_in, serial_in
from scanner.core.text import seconds
from scanner.identity.freshness import VISIT
from scanner.inventory.facts import Fact
from scanner.inventory.rules.identifiers import usable_serial
from scanner.inventory.rules.manufacturers import Manufacturers
from scanner.inventory.rules.shared import serial_name

#: A port in a switch's own notation: GigabitEthernet1/0/9 and Gi1/0/9 are one.
_PORT = re.compile(r"([A-Za-z]{2})[A-Za-z-]*\s?(\d.*)")


class NamedPort(NamedTuple):
    """A port of a switch, in one notation."""

    switch: str
    port: str


class AtPort(NamedTuple):
    """A subject that a switch had on a port, its mac, and when (Unix time); `announced`: by LLDP or CDP."""

    key: str
    mac: str | None
    announced: bool
    first: int
    last: int


def named_serial(source: str) -> str | None:
    """The serial number that a source names."""
    spelled = serial_in(source)
    return usable_serial(spelled) if spelled else None


def named_port(source: str) -> NamedPort | None:
    """The port of a switch that a source names."""
    spelled = port_in(source)
    return port_of(*spelled) if spelled else None


def port_of(switch: str, port: str) -> NamedPort:
    """A port in one notation."""
    found = _PORT.fullmatch(port)
    return NamedPort(switch.casefold(), f"{found[1].casefold()}{found[2]}" if found else port.casefold())


def named_subject(source: str) -> str | None:
    """The key of the subject that a source names; None where it names none."""
    if serial := named_serial(source):
        return serial_name(serial)
    port = named_port(source)
    return f"port {port.switch} {port.port}" if port else None


def phone_at(fact: Fact, time: str, at: Sequence[AtPort], makers: Manufacturers) -> tuple[str, ...]:
    """The phones that were on a port at the time of a fact: the likeliest, or several of which none is likelier.

    A PC behind a phone is on its port too: what announced itself, and what has the mac of a maker of phones, precedes.
    """
    when, made = seconds(time), fact.identifiers.maker
    ranks: dict[str, int] = {}
    for one in at:
        if max(one.first - when, when - one.last) > VISIT:
            continue
        maker = makers.of(one.mac) if one.mac else None
        if maker and made and makers.differ([maker], [made]):
            continue
        phone = bool(one.mac and makers.of_phone(one.mac))
        same = bool(maker and made)
        if one.announced or phone:
            ranks[one.key] = max(ranks.get(one.key, 0), 4 * same + 2 * one.announced + phone)
    best = max(ranks.values(), default=0)
    return tuple(sorted(key for key, rank in ranks.items() if rank == best))
