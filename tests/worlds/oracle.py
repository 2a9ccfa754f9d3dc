"""What can be concluded from the sightings of a world, and where an inventory differs from it.

Sound rather than complete: a rule asserts only what a careful network engineer would write down from these sightings
and no others. The rules, with what each takes as certain:

- *mac*: each phone's mac that a frame, a table or a lease contained is on exactly one row, whatever another host
  claims;
- *NAT*: so is the mac of a phone behind NAT in its line of the provisioning log;
- *model*, *firmware*: a phone is certain at an address where the scanner's own ARP gave its mac in the same night, and
  in frames of its mac; the model is the one that it named there, the firmware the last one (a later one, uncertain
  whose it is, may stand as well);
- *verdict*: compliant if and only if that firmware of that model is certified;
- *address*: where it last responded, by the scanner's own ARP, unless something newer was seen of it or of the address;
- *place*: the port of its last LLDP row, unless a forwarding table was read in a later night;
- *present*: what responded last at an address with the banner of a model has a row there with that model (or, where a
  router responds to ARP for it, a row with its own mac);
- *compliant*: a row is compliant only if its model was seen with its certified firmware by a device of that mac or
  address; and never where that device showed, with its mac or in the same night, that it is a router, a PC or a PBX;
- *nobody*: a host that shows no phone has no row; a row has a mac of the world, or an address that responded;
- *shared*: a certificate's mac that two addresses have in one night, or that ARP contradicts, is on no row;
- *events*: what never moved has no event `moved`; where nothing is contradictory there is no event `conflict`.

Another host's claim of a phone's mac is *settled* where ARP shows another mac at the address of the claim, or the phone
at another address, in the same night. An unsettled claim may be the truth: of its victim, only *mac* is asserted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tests.worlds.products import products
from tests.worlds.sources import Row, Sighting, Source, sightings
from tests.worlds.world import DEFAULT_CERTIFICATES, OF_A_MAKER_OF_PHONES, Device, Kind, World

_RESPONSES = (Source.SIP, Source.HTTP)
_TABLES = (Source.FDB, Source.UPLINK)


class Knowledge(NamedTuple):
    """The sightings of a world, and the macs that the scanner's ARP gave for an address in a night."""

    world: World
    seen: tuple[Sighting, ...]
    arp: dict[tuple[int, str], str]

    def certain(self, device: Device) -> Iterator[Sighting]:
        """The sightings that surely show a device: by its mac, or at an address where ARP gave it that night."""
        for one in self.seen:
            if one.device == device.number and not one.stale:
                by_arp = one.source in _RESPONSES and one.ip and self.arp.get((one.night, one.ip)) == device.mac
                if by_arp or one.mac == device.mac:
                    yield one

    def claims(self, device: Device) -> Iterator[Sighting]:
        """The banners of other hosts that contain the mac of a device."""
        for one in self.seen:
            shown = self.world.devices[one.device].shown
            if one.fake and shown and shown[2] == device.mac:
                yield one

    def settled(self, device: Device) -> bool:
        """Whether every claim of a device's mac is contradicted by ARP of the same night."""
        return all(self._contradicted(claim, device) for claim in self.claims(device))

    def _contradicted(self, claim: Sighting, device: Device) -> bool:
        assert claim.ip is not None
        there = self.arp.get((claim.night, claim.ip))
        proxies = {self.world.devices[one.proxied].mac for one in self.world.devices if one.proxied is not None}
        if there and there != device.mac and there not in proxies:
            return True
        return any(n == claim.night and ip != claim.ip and mac == device.mac for (n, ip), mac in self.arp.items())


def knowledge(world: World) -> Knowledge:
    """What is known when every sighting of a world was read."""
    seen = tuple(one for night in sightings(world) for one in night)
    arp = {(one.night, one.ip): one.mac for one in seen if one.source is Source.ARP and one.ip and one.mac}
    return Knowledge(world, seen, arp)


def faults(known: Knowledge, rows: Sequence[Row], events: Sequence[tuple[Any, ...]]) -> list[str]:
    """Where the rows and events of an inventory differ from what is known, each in a line that begins with the rule."""
    found: list[str] = []
    for device in known.world.devices:
        if device.kind is Kind.PHONE:
            found += _phone(known, device, rows)
        else:
            found += _host(known, device, rows)
    found += _addresses(known, rows)
    found += _compliance(known, rows)
    found += _strangers(known, rows)
    found += _events(known, events)
    return found


def _phone(known: Knowledge, device: Device, rows: Sequence[Row]) -> Iterator[str]:
    own = [row for row in rows if row["mac"] == device.mac]
    named = any(one.mac == device.mac for one in known.seen)
    logged = device.behind_nat is not None and any(
        one.device == device.number and one.source is Source.LOG for one in known.seen
    )
    if (named or logged) and len(own) != 1:
        yield f"{'mac' if named else 'NAT'}: {device.mac} ({_name(device)}) is on {len(own)} rows"
    if len(own) != 1 or not known.settled(device):
        return
    row, certain = own[0], list(known.certain(device))
    product = device.product
    assert product is not None
    if any(one.model for one in certain) and row["model"] != product.model:
        yield f"model: {device.mac} is {row['model']}, not {product.model}"
    yield from _firmware(known, device, row, certain)
    yield from _address(known, device, row, certain)
    yield from _place(known, device, row)


def _firmware(known: Knowledge, device: Device, row: Row, certain: Sequence[Sighting]) -> Iterator[str]:
    firm = [one for one in certain if one.firmware]
    product = device.product
    if not firm or product is None:
        return
    last = max(firm, key=lambda one: one.night)
    places = {one.ip for one in known.seen if one.ip and device.number == one.device}
    allowed = {last.firmware} | {
        one.firmware for one in known.seen if one.firmware and one.night > last.night and one.ip in places
    }
    shown = (row["firmware"] or "").rpartition("_")[2]
    if shown not in allowed:
        yield f"firmware: {device.mac} ({_name(device)}) is {row['firmware']}, not {sorted(map(str, allowed))}"
    elif row["model"] == product.model and len(allowed) == 1:
        right = "compliant" if last.firmware in product.certified else None
        if (row["compliance"] == "compliant") != (right == "compliant"):
            yield f"verdict: {device.mac} ({_name(device)} {last.firmware}) is {row['status']}, {row['compliance']}"


def _address(known: Knowledge, device: Device, row: Row, certain: Sequence[Sighting]) -> Iterator[str]:
    responses = [one for one in certain if one.source in _RESPONSES]
    if not responses:
        return
    last = max(responses, key=lambda one: one.night)
    newer = any(
        one.night > last.night and (one.ip == last.ip or (one.device == device.number and one.ip)) for one in known.seen
    )
    if not newer and row["ip"] != last.ip:
        yield f"address: {device.mac} ({_name(device)}) is at {row['ip']}, not at {last.ip}"


def _place(known: Knowledge, device: Device, row: Row) -> Iterator[str]:
    ports: dict[Source, dict[int, str]] = {source: {} for source in (Source.LLDP, *_TABLES)}
    for one in known.seen:
        if one.device == device.number and one.row["field"] == "switch.port":
            ports[one.source][one.night] = _port(one.row["value"])
    if not ports[Source.LLDP]:
        return
    last = max(ports[Source.LLDP])
    later = {port for source in _TABLES for night, port in ports[source].items() if night > last}
    allowed = {ports[Source.LLDP][last]} | later
    if _port(row["switch_port"] or "") not in allowed:
        yield f"place: {device.mac} is on {row['switch']} {row['switch_port']}, not on {sorted(allowed)}"


def _host(known: Knowledge, device: Device, rows: Sequence[Row]) -> Iterator[str]:
    """A host that shows no phone, and is no phone's proxy, has no row."""
    if device.shows or any(one.proxied == device.number for one in known.world.devices):
        return
    places = {one.ip for one in known.seen if one.device == device.number and one.ip}
    if any(one.device != device.number and one.ip in places for one in known.seen):
        return
    if device.mac.startswith(OF_A_MAKER_OF_PHONES):
        return
    for row in rows:
        if row["mac"] == device.mac or (row["ip"] and row["ip"] in places):
            yield f"nobody: a {device.kind} {device.mac} is a row: {_brief(row)}"


def _addresses(known: Knowledge, rows: Sequence[Row]) -> Iterator[str]:
    """Who responded last at an address as a model is there."""
    last: dict[str, int] = {}
    for one in known.seen:
        if one.ip:
            last[one.ip] = max(last.get(one.ip, 0), one.night)
    for one in known.seen:
        if one.source is not Source.SIP or not one.model or one.ip is None or one.night != last[one.ip]:
            continue
        device = known.world.devices[one.device]
        elsewhere = any(
            other.night >= one.night and other.device == one.device and other.ip not in (None, one.ip)
            for other in known.seen
        )
        contested = any(
            other.ip == one.ip and other.device != one.device and other.night == one.night for other in known.seen
        )
        if elsewhere or contested or _shown_as_host(known, device):
            continue
        own = device.mac if device.proxied is not None else ""
        if not any(row["model"] == one.model and (row["ip"] == one.ip or row["mac"] == own) for row in rows):
            there = [_brief(row) for row in rows if row["ip"] == one.ip]
            yield f"present: {one.model} responded last at {one.ip} (night {one.night}): {there}"


def _compliance(known: Knowledge, rows: Sequence[Row]) -> Iterator[str]:
    hosts = {one.mac for one in known.world.devices if one.kind is not Kind.PHONE and _surely_host(known, one)}
    certified = {(one.model, version) for one in products() for version in one.certified}
    for row in rows:
        if row["compliance"] != "compliant":
            continue
        firmware = (row["firmware"] or "").rpartition("_")[2]
        shown = [one for one in known.seen if one.firmware == firmware and _concerns(known, one, row)]
        if not shown or (row["model"], firmware) not in certified:
            yield f"compliant: nothing showed {_brief(row)} with this firmware"
        if row["mac"] in hosts:
            yield f"compliant: a host that is no phone is a certified one: {_brief(row)}"
        elif shown and all(_beside_host(known, one) for one in shown):
            yield f"compliant: the banner of a host that is no phone: {_brief(row)}"


def _concerns(known: Knowledge, one: Sighting, row: Row) -> bool:
    """Whether a sighting may be of the device of a row: by mac or address, or in truth."""
    macs = {one.mac, known.world.devices[one.device].mac}
    return row["mac"] in macs if row["mac"] and row["mac"] in macs else bool(row["ip"]) and one.ip == row["ip"]


def _beside_host(known: Knowledge, one: Sighting) -> bool:
    """Whether the device of a banner shows in the same night that it is not a phone."""
    return one.fake and any(
        other.shows_host and other.device == one.device and other.night == one.night for other in known.seen
    )


def _surely_host(known: Knowledge, device: Device) -> bool:
    """Whether a device showed that it is not a phone in a night in which a table had its mac at its address."""
    bound = {
        (one.night, one.ip)
        for one in known.seen
        if one.source in (Source.ARP, Source.ROUTER_ARP) and one.mac == device.mac and not one.stale
    }
    return any(one.shows_host and one.device == device.number and (one.night, one.ip) in bound for one in known.seen)


def _shown_as_host(known: Knowledge, device: Device) -> bool:
    return any(one.shows_host and one.device == device.number for one in known.seen)


def _strangers(known: Knowledge, rows: Sequence[Row]) -> Iterator[str]:
    macs = [row["mac"] for row in rows if row["mac"]]
    ours = {one.mac for one in known.world.devices}
    answered = {one.ip for one in known.seen if one.ip and one.source in (*_RESPONSES, Source.SNMP, Source.LOG)}
    for mac in sorted({mac for mac in macs if macs.count(mac) > 1}):
        yield f"mac: {mac} is on {macs.count(mac)} rows"
    for row in rows:
        if row["mac"] is None and row["ip"] not in answered:
            yield f"nobody: no host responded at the address of {_brief(row)}"
        if row["mac"] and row["mac"] not in ours and row["mac"] not in DEFAULT_CERTIFICATES.values():
            yield f"nobody: no host has the mac of {_brief(row)}"
    for default in sorted({*DEFAULT_CERTIFICATES.values()} & {*macs}):
        yield from _default_certificate(known, default)


def _default_certificate(known: Knowledge, default: str) -> Iterator[str]:
    """The mac of a default certificate is on a row: whether it may be."""
    devices = known.world.devices
    copies = [
        one
        for one in known.seen
        if one.row["field"] == "https.cert-subject" and devices[one.device].certificate == default
    ]
    together = any(len({one.ip for one in copies if one.night == night}) > 1 for night in {one.night for one in copies})
    if together or all(known.arp.get((one.night, one.ip or "")) == devices[one.device].mac for one in copies):
        yield f"shared: {default} is only that of a default certificate"


def _events(known: Knowledge, events: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    world = known.world
    calm = not world.hostile() and not any(one.stale for one in known.seen)
    still = all(len({night.states[one.number].ip for night in world.nights}) == 1 for one in world.devices)
    if not (calm and still):
        return
    for kind, part, old, new, mac, _ in events:
        if kind == "conflict":
            yield f"events: a conflict of {part} where nothing is contradictory: {old}, {new}"
        elif kind == "moved" and part == "ip":
            yield f"events: {mac} moved from {old} to {new}, but nothing moved"
        elif kind == "moved" and part == "port":
            device = next((one for one in world.devices if one.mac == mac), None)
            uplinks = any(one.source is Source.UPLINK and device and one.device == device.number for one in known.seen)
            ports = {night.states[device.number].port for night in world.nights} if device else set()
            if device and len(ports) == 1 and not uplinks:
                yield f"events: {mac} moved from {old} to {new}, but its port is the same"


def _port(name: str) -> str:
    return name.replace("GigabitEthernet", "Gi")


def _name(device: Device) -> str:
    return device.product.model if device.product else device.kind.value


def _brief(row: Row) -> str:
    names = ("ip", "mac", "kind", "model", "firmware", "status", "compliance")
    return ", ".join(f"{name}={row[name]}" for name in names if row[name])
