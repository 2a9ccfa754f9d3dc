"""The truth of a campus: its phones with their addresses, ports and firmware over a week, and its other hosts.

Drawn from a seed. Some phones moved to the address of another one in the night, some were upgraded in the evening, some
were removed last week. Each is known to some of the sources alone; `files.py` writes what these contain.
"""

from __future__ import annotations

import random
from enum import StrEnum
from typing import NamedTuple

from tests.worlds.products import Product, products

#: Unix time of 2026-11-23T10:00:00Z, a Monday, when the lists are written.
NOW = 1_795_428_000
HOUR, DAY = 3_600, 86_400
UPGRADED, MOVED = NOW - 14 * HOUR, NOW - 8 * HOUR
PORTS = 40


class Source(StrEnum):
    """What knows a phone."""

    CONSOLE = "LLDP on the console of its switch"
    LEASES = "leases"
    REGISTRAR = "registrar"
    RADIUS = "RADIUS accounting"
    EXPORT = "export of a manager"


class Desk(NamedTuple):
    """A desk with a phone, and perhaps a PC behind it.

    `firmwares` and `addresses` are before and after the change; they are the same where nothing changed.
    """

    number: int
    mac: str
    serial: str
    product: Product
    firmwares: tuple[str, str]
    addresses: tuple[str, str]
    known: frozenset[Source]
    names_its_mac: bool = False
    shows_address: bool = False
    old_record: bool = False
    computer: str | None = None
    softphone: bool = False

    @property
    def switch(self) -> int:
        return self.number // PORTS

    @property
    def port(self) -> str:
        return f"Gi1/0/{self.number % PORTS + 1}"

    def firmware(self, time: int) -> str:
        """What the phone ran at a time."""
        return self.firmwares[time >= UPGRADED]

    def address(self, time: int) -> str:
        """The address that it had at a time."""
        return self.addresses[time >= MOVED]

    def computer_address(self) -> str:
        return f"10.30.{self.number >> 8}.{self.number & 255}"


class Campus(NamedTuple):
    """A campus. `consoles` are when each switch was read, `exported` when the manager's list was; `skew` are seconds by
    which the clock of a source is ahead."""

    seed: int
    desks: tuple[Desk, ...]
    removed: tuple[Desk, ...]
    consoles: tuple[int, ...]
    exported: tuple[int, int]
    skew: dict[Source, int]

    def clock(self, source: Source, time: int) -> int:
        """A time as the clock of a source shows it."""
        return time + self.skew.get(source, 0)


def drawn(seed: int, phones: int) -> Campus:
    """The campus of a seed."""
    chance = random.Random(seed)
    switches = -(-phones // PORTS)
    consoles = tuple(
        NOW - 25 * HOUR if chance.random() < 0.2 else NOW - chance.randrange(1, 4 * HOUR) for _ in range(switches)
    )
    desks = [_desk(chance, number, consoles[number // PORTS]) for number in range(phones)]
    for one, other in _pairs(chance, desks):
        mine, theirs = desks[one].addresses[0], desks[other].addresses[0]
        desks[one] = desks[one]._replace(addresses=(mine, theirs))
        desks[other] = desks[other]._replace(addresses=(theirs, mine))
    removed = tuple(
        _desk(chance, phones + n, NOW)._replace(known=frozenset({Source.LEASES, Source.REGISTRAR}))
        for n in range(phones // 20)
    )
    wrong = chance.choice((Source.LEASES, Source.REGISTRAR, Source.RADIUS, None))
    skew = {wrong: chance.choice((-HOUR, HOUR))} if wrong else {}
    return Campus(seed, tuple(desks), removed, consoles, (NOW - 7 * DAY, NOW - HOUR), skew)


def _desk(chance: random.Random, number: int, console: int) -> Desk:
    product = chance.choice([one for one in products() if one.maker != "Snom"])
    mac = f"{chance.choice(product.prefixes)}:{number >> 8:02x}:{number & 255:02x}"
    new, old = chance.sample(product.firmwares, 2)
    ip = f"10.20.{number >> 8}.{number & 255}"
    shares = ((Source.CONSOLE, 0.7), (Source.LEASES, 0.8), (Source.REGISTRAR, 0.8), (Source.RADIUS, 0.3))
    known = {source for source, share in shares if chance.random() < share}
    if chance.random() < 0.4 and product.maker != "AudioCodes":
        known.add(Source.EXPORT)
    names = product.names_its_mac() and product.maker == "Yealink" and chance.random() < 0.5
    shows = chance.random() < 0.6
    here = Source.LEASES in known or (Source.CONSOLE in known and shows and console > MOVED)
    if Source.REGISTRAR in known and not names and not here and known != {Source.REGISTRAR}:
        known.add(Source.LEASES)  # else no source joins the contact with the mac
    if not known:
        known.add(Source.REGISTRAR)
    pc = f"d4:be:d9:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}" if chance.random() < 0.5 else None
    return Desk(
        number, mac, f"SN{number:06d}{chance.randrange(1000):03d}X", product,
        (old, new) if chance.random() < 0.15 else (new, new), (ip, ip), frozenset(known), names, shows,
        chance.random() < 0.3, pc, pc is not None and chance.random() < 0.3,
    )  # fmt: skip


def _pairs(chance: random.Random, desks: list[Desk]) -> list[tuple[int, int]]:
    """Desks whose phones exchanged their addresses: both are known to the leases."""
    able = [one.number for one in desks if Source.LEASES in one.known]
    chosen = chance.sample(able, len(able) // 25 * 2)
    return list(zip(chosen[::2], chosen[1::2], strict=True))
