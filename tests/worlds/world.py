"""Drawn worlds: devices, and where and in which state each is night after night.

A world is the truth. `sources.py` derives from it what each source reports, `oracle.py` what follows from that.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from hypothesis import strategies as st

from tests.worlds.products import Product, products

NETWORK = "198.18.10"
MOST_PHONES, MOST_HOSTS, MOST_NIGHTS = 5, 3, 4


class Kind(StrEnum):
    PHONE = "phone"
    PC = "pc"
    ROUTER = "router"
    PBX = "pbx"


class Mode(StrEnum):
    """What a phone shows in a night."""

    PLAIN = "plain"
    HIDDEN = "User-Agent hidden"
    BOOTING = "only its boot loader is seen"
    ZERO = "firmware 0.0.0.0"
    OFF = "off"


class Device(NamedTuple):
    """A device for its whole life.

    Of a phone: `names_mac` where its banner contains its mac, `certificate` the mac in its certificate, `behind_nat`
    the number of the router behind which it is, `proxied` where a router responds to ARP for it. Of another host:
    `shows` is the phone's banner that it shows (a clone, or the far end of a forwarded port).
    """

    number: int
    kind: Kind
    mac: str
    product: Product | None = None
    names_mac: bool = False
    certificate: str | None = None
    behind_nat: int | None = None
    proxied: int | None = None
    manageable: bool = False
    shows: str | None = None
    shown: tuple[Product, str, str] | None = None  # product, firmware and mac in `shows`
    own_banner: bool = False  # a softphone, an exchange


class State(NamedTuple):
    """One device in one night. `ip` is None behind NAT."""

    ip: str | None
    port: int
    firmware: str = ""
    mode: Mode = Mode.PLAIN


class Night(NamedTuple):
    """One night of November 2026, or of December from day 31 on.

    `missed` is, for each device, a bit set of the sources that miss it. `stale` are the devices whose former address a
    router's table still contains.
    """

    day: int
    states: tuple[State, ...]
    missed: tuple[int, ...]
    stale: frozenset[int] = frozenset()


class World(NamedTuple):
    """A world. `seed` is that of an order in which it is read.

    `spelling` chooses how a switch spells its name and ports in each source; `family`: LLDP shortens names of models.
    """

    devices: tuple[Device, ...]
    nights: tuple[Night, ...]
    spelling: int = 0
    family: bool = False
    seed: int = 0

    def hostile(self) -> bool:
        """Whether a device claims what another has: a banner, a mac, a certificate, an address of a neighbour."""
        return any(
            one.shows or one.proxied is not None or (one.certificate or one.mac) != one.mac for one in self.devices
        )


#: Prefixes of hosts that are not phones.
_HOSTS = {
    Kind.PC: ("d4:be:d9:a6",),
    Kind.ROUTER: ("cc:2d:e0:a7", "04:d5:90:a7", "00:1b:54:a7"),
    Kind.PBX: ("00:50:56:a8",),
}
#: Of a maker that makes phones as well: a mac of it in a table may be a phone's.
OF_A_MAKER_OF_PHONES = "00:1b:54"
#: The mac in the certificate of a default image, by maker.
DEFAULT_CERTIFICATES = {"Yealink": "00:15:65:00:00:01", "Polycom": "00:04:f2:00:00:01"}
#: What happens between two nights, and to how many devices.
_CHANGES = ("swap", "move address", "move port", "upgrade", "hide", "zero", "boot", "off", "plain", "take over")
_SMALL = st.integers(0, 7)


#: What may happen in a world besides the ordinary.
FEATURES = frozenset(
    {
        "default certificate",
        "claim",
        "clone",
        "NAT",
        "proxy",
        "stale",
        "zero",
        "hide",
        "boot",
        "move",
        "take over",
        "family",
        "spelling",
    }
)


@st.composite
def worlds(draw: st.DrawFn, features: frozenset[str] = FEATURES) -> World:
    """Worlds with these features."""
    devices = _devices(draw, features)
    changes = [one for one in _CHANGES if one not in FEATURES or one in features]
    if "move" not in features:
        changes = [one for one in changes if one not in ("swap", "move address", "move port")]
    nights: list[Night] = []
    day = 1
    states = [
        State(
            None if one.behind_nat is not None else f"{NETWORK}.{11 + one.number}",
            one.number,
            one.product.firmwares[draw(st.integers(0, len(one.product.firmwares) - 1))] if one.product else "",
        )
        for one in devices
    ]
    for number in range(draw(st.integers(1, MOST_NIGHTS))):
        if number:
            day += draw(st.sampled_from((1, 1, 1, 3, 16)))
            for change, one, other in draw(st.lists(st.tuples(st.sampled_from(changes), _SMALL, _SMALL), max_size=3)):
                _happen(change, one % len(devices), other % len(devices), devices, states)
        masks = st.one_of(st.just(0), st.integers(0, 1023))
        missed = tuple(draw(masks) for _ in devices)
        stale = (
            draw(st.frozensets(st.integers(0, len(devices) - 1), max_size=2))
            if number and "stale" in features
            else frozenset[int]()
        )
        nights.append(Night(day, tuple(states), missed, stale))
    spelling = draw(st.integers(0, 3)) if "spelling" in features else 0
    family = "family" in features and draw(st.booleans())
    return World(tuple(devices), tuple(nights), spelling, family, draw(st.integers(0, 99)))


def _devices(draw: st.DrawFn, features: frozenset[str]) -> list[Device]:
    catalog = products()
    index = st.one_of(st.integers(0, 4), st.integers(0, len(catalog) - 1))
    phones: list[Device] = []
    for number in range(draw(st.integers(1, MOST_PHONES))):
        product = catalog[draw(index)]
        mac = f"{draw(st.sampled_from(product.prefixes))}:00:{number + 1:02x}"
        names_mac = product.names_its_mac() and draw(st.booleans())
        default = DEFAULT_CERTIFICATES.get(product.maker, mac)
        certificates = (None, mac, default) if "default certificate" in features else (None, mac)
        certificate = draw(st.sampled_from(certificates)) if product.certificate(mac) else None
        phones.append(Device(number, Kind.PHONE, mac, product, names_mac, certificate))
    devices = list(phones)
    for number in range(len(phones), len(phones) + draw(st.integers(0, MOST_HOSTS))):
        kind = draw(st.sampled_from((Kind.PC, Kind.ROUTER, Kind.PBX)))
        host = Device(
            number, kind, f"{draw(st.sampled_from(_HOSTS[kind]))}:00:{number + 1:02x}", manageable=draw(st.booleans())
        )
        if "clone" in features and draw(st.booleans()):
            host = _shows(draw, host, phones, "claim" in features)
        devices.append(host._replace(own_banner=draw(st.booleans())))
    routers = [one.number for one in devices if one.kind is Kind.ROUTER]
    if routers:
        for number, phone in enumerate(phones):
            where = draw(st.sampled_from(("inside", "inside", *sorted(features & {"NAT", "proxy"}))))
            if where == "NAT":
                devices[number] = phone._replace(behind_nat=routers[0])
            elif where == "proxy":
                devices[number] = phone._replace(proxied=routers[0])
    return devices


def _shows(draw: st.DrawFn, host: Device, phones: list[Device], claims: bool) -> Device:
    """A host with the banner of a phone: with the mac of one of the world's phones, or without a mac."""
    victim = phones[draw(st.integers(0, len(phones) - 1))]
    product = draw(st.sampled_from((victim.product, products()[0], products()[1])))
    assert product is not None
    firmware = product.firmwares[draw(st.integers(0, 1))]
    mac = victim.mac if claims and product.names_its_mac() and draw(st.booleans()) else ""
    return host._replace(shows=product.banner(firmware, mac), shown=(product, firmware, mac))


def _happen(change: str, one: int, other: int, devices: list[Device], states: list[State]) -> None:
    """One change between two nights; without effect where it is about a device that it cannot happen to."""
    mine, theirs = states[one], states[other]
    product = devices[one].product
    match change:
        case "swap" if mine.ip and theirs.ip and one != other:
            states[one], states[other] = mine._replace(ip=theirs.ip), theirs._replace(ip=mine.ip)
        case "take over" if mine.ip and theirs.ip and one != other:
            states[one] = mine._replace(ip=_free(states), mode=Mode.OFF)
            states[other] = theirs._replace(ip=mine.ip)
        case "move address" if mine.ip:
            states[one] = mine._replace(ip=_free(states))
        case "move port":
            states[one] = mine._replace(port=10 + max(state.port for state in states))
        case "upgrade" if product:
            # not back to an earlier one: of a run of sightings the inventory keeps both ends alone
            at = min(product.firmwares.index(mine.firmware) + 1, len(product.firmwares) - 1)
            states[one] = mine._replace(firmware=product.firmwares[at])
        case "hide" | "zero" | "boot" | "plain" if product:
            mode = {"hide": Mode.HIDDEN, "zero": Mode.ZERO, "boot": Mode.BOOTING, "plain": Mode.PLAIN}[change]
            states[one] = mine._replace(mode=mode)
        case "off":
            states[one] = mine._replace(mode=Mode.OFF)


def _free(states: list[State]) -> str:
    """An address that no device has."""
    return next(ip for n in range(60, 99) if (ip := f"{NETWORK}.{n}") not in {state.ip for state in states})
