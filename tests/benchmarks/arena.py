"""Two network namespaces with a cable between them: the scanner in one, simulated phones in the other, no way out.

Needs root. Addresses are of 198.18.0.0/15 (RFC 2544), and of 10.0.0.0/8 where a case is wider than that.

    python -m tests.benchmarks.arena /16 600     the case alone for 600 seconds, for a profiler or a look
"""

from __future__ import annotations

import ipaddress
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from scanner.testing import SimulatedPhone, SnmpRow, SnmpSurface, Surfaces, Truth, object_id, octets
from scanner.testing.makers.audiocodes import audiocodes
from scanner.testing.makers.others import cisco, grandstream
from scanner.testing.makers.polycom import polycom
from scanner.testing.makers.yealink import yealink
from scanner.testing.process import FarmProcess

NET_SNMP = "1.3.6.1.4.1.8072.3.2.10"


@dataclass(frozen=True)
class Case:
    """One benchmark: a subnet, how many phones are in it, and whether it is on the scanner's own cable."""

    name: str
    subnet: str
    phones: int
    connected: bool

    @property
    def addresses(self) -> int:
        return ipaddress.IPv4Network(self.subnet).num_addresses


#: The `/20` is on our own cable as the `/24` is: there svmap takes the 115 s by which its goals were set, since each
#: address that is absent holds its socket up; behind a router it takes a quarter of that.
CASES = (
    Case("/24", "198.18.7.0/24", 100, True),
    Case("/20", "198.18.16.0/20", 1000, True),
    Case("/20-routed", "198.18.32.0/20", 1000, False),
    Case("/16", "198.19.0.0/16", 2000, False),
    Case("/12", "10.16.0.0/12", 5000, False),
)


@dataclass(frozen=True)
class Arena:
    """The two namespaces and the farm in one of them. `inside` is put before what the scanner's side runs."""

    scanner: str
    lan: str
    farm: FarmProcess

    @property
    def inside(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.scanner)


def population(case: Case, seed: int = 7) -> list[SimulatedPhone]:
    """The case's phones on addresses drawn from its subnet: each answers SIP, SNMP and HTTP where its maker's do, and
    between them they tell model and firmware. Always the same."""
    network = ipaddress.IPv4Network(case.subnet)
    first = int(network.network_address) + 2  # .1 is the scanner's or the router's
    chosen = sorted(random.Random(seed).sample(range(case.addresses - 3), case.phones))
    return [_phone(number, str(ipaddress.IPv4Address(first + place))) for number, place in enumerate(chosen)]


@contextmanager
def arena(
    case: Case, *, loss: float = 0.0, delay: float = 0.0, phones: Sequence[SimulatedPhone] = ()
) -> Iterator[Arena]:
    """The case's namespaces with its farm running, of `phones` or of its population; removed at the end."""
    name = f"psb{os.getpid()}"
    here, there = f"{name}s", f"{name}f"
    phones = phones or population(case)
    network = ipaddress.IPv4Network(case.subnet)
    try:
        for namespace in (here, there):
            _ip("netns", "add", namespace)
            _ip("-n", namespace, "link", "set", "lo", "up")
        _ip("link", "add", "s0", "netns", here, "type", "veth", "peer", "name", "f0", "netns", there)
        if case.connected:
            _ip("-n", here, "addr", "add", f"{network[1]}/{network.prefixlen}", "dev", "s0")
            _ip("-n", there, "addr", "add", "192.0.2.2/32", "dev", "f0")
        else:
            _ip("-n", here, "addr", "add", "192.0.2.1/30", "dev", "s0")
            _ip("-n", there, "addr", "add", "192.0.2.2/30", "dev", "f0")
        for namespace, link in ((here, "s0"), (there, "f0")):
            _ip("-n", namespace, "link", "set", link, "up")
        if case.connected:
            _ip("-n", there, "route", "add", str(network[1]), "dev", "f0")
        else:
            _ip("-n", here, "route", "add", "default", "via", "192.0.2.2")
        # each phone's address is local there and no other: what is absent stays silent
        routes = "".join(f"route add local {phone.ip}/32 dev lo\n" for phone in phones)
        subprocess.run(["ip", "-n", there, "-batch", "-"], input=routes, text=True, check=True)
        with FarmProcess(phones, prefix=("ip", "netns", "exec", there), loss=loss, delay=delay) as farm:
            yield Arena(here, there, farm)
    finally:
        for namespace in (here, there):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def _system(description: str, name: str) -> tuple[SnmpRow, ...]:
    return (
        octets("1.3.6.1.2.1.1.1.0", description),
        object_id("1.3.6.1.2.1.1.2.0", NET_SNMP),
        octets("1.3.6.1.2.1.1.5.0", name),
        octets("1.3.6.1.2.1.1.6.0", ""),
    )


_KINDS: tuple[tuple[str, str, str, str, str, dict[str, str]], ...] = (
    ("Yealink", "T58A", "58.15.0.20", "80:5e:c0", "sip http https snmp", {}),
    ("Polycom", "VVX 411", "5.9.0.9373", "64:16:7f", "sip http https", {}),
    ("Grandstream", "GXP2170", "1.0.11.23", "00:0b:82", "sip http snmp", {}),
    ("AudioCodes", "440HD", "UC440HD_3.1.3.144.18", "00:90:8f", "sip http https", {}),
    ("Yealink", "MP56", "122.9.0.1", "80:5e:c0", "https snmp", {"login": "api"}),
    ("Cisco", "CP-8841", "sip88xx.12-5-1SR3-74", "b0:7d:47", "http", {}),
    ("Polycom", "VVX 500", "5.8.0.12848", "64:16:7f", "sip-doubled https", {}),
    ("Yealink", "T46S", "66.86.0.15", "80:5e:c0", "sip http snmp", {"login": "api"}),
)
_MAKE: dict[str, Callable[..., Surfaces]] = {
    "Yealink": yealink,
    "Polycom": polycom,
    "Grandstream": grandstream,
    "AudioCodes": audiocodes,
    "Cisco": lambda model, firmware, mac, offers: cisco(model, firmware, mac, "FCH2043D1A2"),
}


def _phone(number: int, ip: str) -> SimulatedPhone:
    *kind, more = _KINDS[number % len(_KINDS)]
    return phone_of((kind[0], kind[1], kind[2], kind[3], kind[4]), number, ip, more, agents=True)


def phone_of(
    kind: tuple[str, str, str, str, str], number: int, ip: str, more: dict[str, str] | None = None, agents: bool = False
) -> SimulatedPhone:
    """A phone of a kind (maker, model, firmware, MAC prefix, what it offers) at an address.

    `more` are options of its maker; with `agents`, some phones have an SNMP agent that is not configured.
    """
    manufacturer, model, firmware, oui, offers = kind
    mac = f"{oui}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    surfaces = _MAKE[manufacturer](model, firmware, mac, offers, **(more or {}))
    if agents and surfaces.snmp is None and number % 3 == 0:  # some agents that nobody configured
        surfaces = Surfaces(
            sip=surfaces.sip,
            web=surfaces.web,
            snmp=SnmpSurface(rows=_system("Linux", "")),
            identifies=surfaces.identifies,
        )
    truth = Truth(
        status="not-listed",
        compliance="noncompliant",
        manufacturer=manufacturer,
        model=model,
        firmware=firmware,
        mac=mac,
    )  # the verdicts are the demonstration's matter; here what was found counts
    return SimulatedPhone(ip=ip, mac=mac, surfaces=surfaces, truth=truth)


def main(name: str, seconds: str) -> None:
    """Keep one case for a while, and say how to get in."""
    case = next(case for case in CASES if case.name == name)
    with arena(case) as made:
        print(
            f"{case.phones} phones in {case.subnet}: {' '.join(made.inside)} phonescan scan {case.subnet} --pace fast"
        )
        time.sleep(float(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:3])
