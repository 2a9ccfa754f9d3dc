"""What each source reports of a world, night by night: observations, each with the device that it truly shows.

A source misses a device with its bit in `Night.missed`. Nothing here is wrong of itself: where a claim is false, a
device makes it (a cloned banner, a copied certificate), or a table is old or another's (a router's ARP, an uplink).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from tests.worlds.products import Product
from tests.worlds.world import Device, Kind, Mode, Night, State, World

Row = dict[str, Any]


class Source(IntEnum):
    """A source, and the bit by which it misses a device."""

    SIP = 0
    ARP = 1
    LLDP = 2
    FDB = 3
    ROUTER_ARP = 4
    HTTP = 5
    DHCP = 6
    LOG = 7
    SNMP = 8
    UPLINK = 9


class Sighting(NamedTuple):
    """One observation and what is true of it.

    `device` is the one that it shows; `model` and `firmware` are what it names, exactly. `shows_host`: it shows that
    the device is not a phone. `fake`: the banner is not that of the device that sent it. `stale`: it was true a night
    ago.
    """

    night: int
    source: Source
    device: int
    row: Row
    model: str | None = None
    firmware: str | None = None
    shows_host: bool = False
    fake: bool = False
    stale: bool = False

    @property
    def ip(self) -> str | None:
        return self.row.get("ip")

    @property
    def mac(self) -> str | None:
        return self.row.get("mac")


_TIMES = {
    Source.LOG: "01:00",
    Source.DHCP: "01:30",
    Source.SIP: "02:00",
    Source.HTTP: "02:00",
    Source.SNMP: "02:00",
    Source.ARP: "02:01",
    Source.LLDP: "03:00",
    Source.FDB: "03:00",
    Source.ROUTER_ARP: "03:00",
    Source.UPLINK: "03:20",
}
#: What the management of a host describes, by the prefix of its mac.
SYSTEMS = {
    "d4:be:d9": "Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 19045 Multiprocessor Free)",
    "cc:2d:e0": "RouterOS RB750Gr3",
    "04:d5:90": "FortiGate-60F",
    "00:1b:54": "Cisco IOS Software, C880 Software (C880DATA-UNIVERSALK9-M), Version 15.4(3)M3, RELEASE SOFTWARE",
    "00:50:56": "Linux pbx-1 5.15.0-91-generic #101-Ubuntu SMP x86_64",
}
ROUTER, SWITCH, CORE = "198.18.255.254", "198.18.255.1", "198.18.255.9"


def sightings(world: World) -> list[list[Sighting]]:
    """The observations of each night."""
    found = []
    for number, night in enumerate(world.nights):
        seen = list(_of_night(world, number))
        listed = {one.ip for one in seen if one.source is Source.ROUTER_ARP}
        found.append(seen + [one for one in _stale(world, number, night) if one.ip not in listed])
    return found


def _of_night(world: World, number: int) -> Iterator[Sighting]:
    night = world.nights[number]
    for device, state, missed in zip(world.devices, night.states, night.missed, strict=True):
        if state.mode is Mode.OFF:
            continue
        for one in _of_device(_Of(world, number, device)):
            if not missed >> one.source & 1:
                yield one


def _time(day: int, source: Source, second: int) -> str:
    month, day = (11, day) if day <= 30 else (12, day - 30)
    return f"2026-{month}-{day:02d}T{_TIMES[source]}:{second:02d}Z"


class _Of(NamedTuple):
    """Writes the sightings of one device in one night."""

    world: World
    night: int
    device: Device

    @property
    def state(self) -> State:
        return self.world.nights[self.night].states[self.device.number]

    def by_address(self, source: Source, where: str, field: str, value: str, **truth: Any) -> Sighting:
        """An observation that belongs to the address that the device has."""
        return self._write(source, where, field, value, {"ip": self.state.ip}, truth)

    def by_mac(self, source: Source, where: str, field: str, value: str, **truth: Any) -> Sighting:
        """An observation that belongs to the mac of the device."""
        return self._write(source, where, field, value, {"mac": self.device.mac}, truth)

    def by_both(self, source: Source, where: str, field: str, value: str, ip: str, mac: str, **truth: Any) -> Sighting:
        """An observation with an address and a mac."""
        return self._write(source, where, field, value, {"ip": ip, "mac": mac}, truth)

    def _write(
        self, source: Source, where: str, field: str, value: str, subject: Row, truth: dict[str, Any]
    ) -> Sighting:
        time = _time(self.world.nights[self.night].day, source, self.device.number)
        row = {"time": time, "field": field, "value": value, "source": where, **subject}
        return Sighting(self.night, source, self.device.number, row, **truth)


def _of_device(of: _Of) -> Iterator[Sighting]:
    device, state, ip = of.device, of.state, of.state.ip
    if ip:
        if state.mode is not Mode.BOOTING:
            yield from _responses(of)
        seen = device.mac if device.proxied is None else of.world.devices[device.proxied].mac
        yield of.by_both(Source.ARP, "arp eth0", "arp.mac", seen, ip, seen)
        if device.proxied is None:
            yield of.by_both(Source.ROUTER_ARP, _router(ip), "arp.mac", device.mac, ip, device.mac)
        if device.product and device.product.maker == "Polycom":
            value, truth = "Polycom-" + device.product.model.replace(" ", ""), {"model": device.product.model}
            yield of.by_both(Source.DHCP, "dhcp eth0", "dhcp.vendor-class", value, ip, device.mac, **truth)
        elif device.product and device.product.maker == "Yealink":
            yield of.by_both(Source.DHCP, "dhcp eth0", "dhcp.vendor-class", "yealink", ip, device.mac)
    yield from _log(of)
    if device.behind_nat is None:
        yield from _switches(of)


def _router(ip: str) -> str:
    """The source of a row of the router's ARP table."""
    return f"switches {ROUTER} arp {int(ip.rpartition('.')[2])}"


def _responses(of: _Of) -> Iterator[Sighting]:
    """What the device itself sends."""
    device, state = of.device, of.state
    sip, http, snmp = f"sip {state.ip}:5060", f"http {state.ip}:443", f"snmp {state.ip}"
    product = device.product
    if product is not None:
        value, truth = _banner(device, product, state)
        yield of.by_address(Source.SIP, sip, "sip.user-agent", value, **truth)
        if device.certificate:
            yield of.by_address(Source.HTTP, http, "https.cert-subject", product.certificate(device.certificate) or "")
        if name := product.family_name or product.name:
            model = None if product.family_name else product.model
            yield of.by_address(Source.HTTP, http, "http.title", name, model=model)
        return
    if device.shown is not None:
        model, firmware = device.shown[0].model, device.shown[1]
        truth = {"model": model, "firmware": firmware, "fake": True}
        yield of.by_address(Source.SIP, sip, "sip.user-agent", device.shows or "", **truth)
    elif device.own_banner and device.kind is Kind.PC:
        yield of.by_address(Source.SIP, sip, "sip.user-agent", "MicroSIP/3.20.5")
    if device.own_banner and device.kind is Kind.PBX:
        yield of.by_address(Source.SIP, sip, "sip.server", "Asterisk PBX 18.10.0", shows_host=True)
    if device.manageable:
        yield of.by_address(Source.SNMP, snmp, "snmp.sysdescr", SYSTEMS[device.mac[:8]], shows_host=True)


def _banner(device: Device, product: Product, state: State) -> tuple[str, dict[str, Any]]:
    """The User-Agent of a phone, and what it names."""
    mac = device.mac if device.names_mac else ""
    if state.mode is Mode.HIDDEN:
        return "SIP UA", {}
    if state.mode is Mode.ZERO:
        return product.banner("0.0.0.0", mac), {"model": product.model}
    return product.banner(state.firmware, mac), {"model": product.model, "firmware": state.firmware}


def _log(of: _Of) -> Iterator[Sighting]:
    """The log of the provisioning server: from the outer address where there is NAT.

    Polycom's requests name the mac in their path, Yealink's in the User-Agent, so that NAT does not hide it.
    """
    device, state, product = of.device, of.state, of.device.product
    if product is None or (device.behind_nat is not None and product.maker != "Yealink"):
        return
    ip = state.ip if device.behind_nat is None else of.world.nights[of.night].states[device.behind_nat].ip
    updater = product.updater(state.firmware)
    truth = {"model": product.model}
    if state.mode is Mode.BOOTING and updater:
        value = updater
    elif state.mode in (Mode.PLAIN, Mode.HIDDEN):
        value, truth["firmware"] = product.application(state.firmware, device.mac), state.firmware
    else:
        return
    where, field = "provisioning access.log", "provisioning.user-agent"
    if product.maker == "Yealink":
        found = of.by_address(Source.LOG, where, field, value, **truth)
        yield found._replace(row={**found.row, "ip": ip})
    elif ip:
        yield of.by_both(Source.LOG, where, field, value, ip, device.mac, **truth)


def _switches(of: _Of) -> Iterator[Sighting]:
    """The tables of the access switch (LLDP, forwarding) and of the core switch, which sees all on its uplink."""
    device, state, product = of.device, of.state, of.device.product
    index, spelling = f"0.{device.number + 1}.1", of.world.spelling
    port = f"Gi1/0/{state.port}"
    lldp = f"switches {SWITCH} lldp {index}"
    if product is not None and (product.name or product.description(state.firmware)):
        yield from _place(of, Source.LLDP, lldp, ("sw-a.example.net" if spelling == 2 else "sw-a", port, "lldp"))
        short = product.family_name if of.world.family else None
        if name := short or product.name:
            yield of.by_mac(Source.LLDP, lldp, "lldp.system-name", name, model=None if short else product.model)
        if state.mode is not Mode.BOOTING and (text := product.description(state.firmware)):
            truth = {"firmware": state.firmware, "model": None if product.maker == "Yealink" else product.model}
            yield of.by_mac(Source.LLDP, lldp, "lldp.system-description", text, **truth)
        yield of.by_mac(Source.LLDP, lldp, "lldp.capabilities", "bridge,telephone")
        if state.ip and spelling == 2:
            yield of.by_mac(Source.LLDP, lldp, "lldp.management-address", state.ip)
    switch = "sw-a.example.net" if spelling == 1 else "sw-a"
    named = port.replace("Gi", "GigabitEthernet") if spelling == 3 else port
    yield from _place(of, Source.FDB, f"switches {SWITCH} fdb {index}", (switch, named, "fdb"))
    yield from _place(of, Source.UPLINK, f"switches {CORE} fdb {index}", ("core", "Te1/1", "fdb"))


def _place(of: _Of, source: Source, where: str, values: tuple[str, str, str]) -> Iterator[Sighting]:
    for field, value in zip(("switch.name", "switch.port", "switch.port-method"), values, strict=True):
        yield of.by_mac(source, where, field, value)


def _stale(world: World, number: int, night: Night) -> Iterator[Sighting]:
    """Entries of the router's ARP table for the address that a device had in the night before."""
    for at in sorted(night.stale):
        device, before = world.devices[at], world.nights[number - 1].states[at]
        if before.ip and before.ip != night.states[at].ip and device.proxied is None and before.mode is not Mode.OFF:
            where = _router(before.ip)
            of = _Of(world, number, device)
            yield of.by_both(Source.ROUTER_ARP, where, "arp.mac", device.mac, before.ip, device.mac, stale=True)
