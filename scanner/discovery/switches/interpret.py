"""The rows of a switch's tables as observations, and the gaps in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from scanner.core.model import Observation
from scanner.core.text import amount, bounded
from scanner.discovery import snmp_objects
from scanner.discovery.switches import forwarding, joins, mib, neighbours, registered, values
from scanner.discovery.switches.forwarding import VoiceVlans
from scanner.discovery.switches.neighbours import Neighbour
from scanner.discovery.switches.ports import Columns, Port, Ports
from scanner.discovery.switches.values import Value

#: Rows that are kept of one switch: a chassis with 20 VLANs and 10,000 macs in each stays below.
ROW_LIMIT = 400_000
#: Those of its neighbours among them, which may be a record each: a chassis of 400 ports with ten neighbours at each
#: and 25 values of each stays below.
NEIGHBOUR_ROWS = 100_000
_OF_NEIGHBOURS = ("lldp.", "lldp2.", "med.", "cdp.", "mikrotik.", "tplink.", "ccm.")


class Sighting(NamedTuple):
    """One observation but for time and site: subject, field, value, and the row it comes from ("lldp 0.55.11")."""

    ip: str | None
    mac: str | None
    field: str
    value: str
    row: str


class SwitchFindings(NamedTuple):
    """The findings of one switch: its name, sightings, neighbours without mac and address, and gaps in words.

    `phones_unresolved`: those of the unresolved that are phones by their description. `unread`: phones without an
    address whose management address a recording contains in a form that cannot be read. `lost`: rows beyond the limits.
    """

    switch: str
    sightings: tuple[Sighting, ...]
    unresolved: int
    gaps: tuple[str, ...]
    phones_unresolved: int = 0
    unread: int = 0
    lost: int = 0


def collect(rows: Iterable[tuple[str, Value]]) -> tuple[Columns, int]:
    """Rows (OID, value) sorted into columns, without those of other columns, and how many are beyond the limits."""
    columns: dict[str, dict[str, Value]] = defaultdict(dict)
    kept = of_neighbours = lost = 0
    name, prefix, of_neighbour = "", "\0", False
    for oid, value in rows:
        if oid.startswith(prefix):  # as they come: all of one column, then the next
            index = oid[len(prefix) :]
        else:
            place = mib.column_of(oid)
            if place is None:
                continue
            name, index = place
            prefix = oid[: len(oid) - len(index)]
            of_neighbour = name.startswith(_OF_NEIGHBOURS)
        if kept >= ROW_LIMIT or (of_neighbour and of_neighbours >= NEIGHBOUR_ROWS):
            lost += 1
            continue
        kept, of_neighbours = kept + 1, of_neighbours + of_neighbour
        columns[name].setdefault(index, value)
    return columns, lost


def interpret(rows: Iterable[tuple[str, Value]], *, address: str, partial: Iterable[str] = ()) -> SwitchFindings:
    """The findings of the switch at `address`; `partial` are names of tables that were not read to their end."""
    columns, lost = collect(rows)
    ports = Ports(columns)
    name = _name(columns) or address
    announced = [
        *neighbours.lldp(columns, ports),
        *neighbours.lldp_v2(columns, ports),
        *neighbours.cdp(columns, ports),
        *neighbours.mikrotik(columns, ports),
        *neighbours.tplink(columns, ports),
    ]
    voice = forwarding.VoiceVlans()
    for neighbour in announced:
        state_voice(voice, neighbour)
    learned = forwarding.Learned(forwarding.entries(columns, ports), ports.aggregate, voice)
    found, unresolved, phones_unresolved = of_neighbours(announced, name, learned.vlan)
    sightings = list(found)
    uplinks = frozenset(n.port.name for n in announced if n.port and n.relays)
    for place in learned.places(uplinks):
        sightings += _placed(place.mac, None, name, place.port, place.vlan, "fdb", "fdb")
    for resolution in forwarding.resolutions(columns):
        sightings.append(Sighting(resolution.ip, resolution.mac, "arp.mac", resolution.mac, "arp"))
    phones = list(registered.phones(columns))
    for phone in phones:
        known = phone.findings + ((("arp.mac", phone.mac),) if phone.mac and phone.ip else ())
        sightings += [Sighting(phone.ip, phone.mac, field, value, phone.row) for field, value in known]
    gaps = () if phones and not announced else _gaps(columns, announced, unresolved, tuple(partial), lost)
    unread = _unread(columns, announced)
    return SwitchFindings(name, tuple(sightings), unresolved, gaps, phones_unresolved, unread, lost)


def of_neighbours(
    announced: list[Neighbour], switch: str, vlan_of: Callable[[str, Port | None], str | None]
) -> tuple[tuple[Sighting, ...], int, int]:
    """What the neighbours of a switch show; how many have neither mac nor address, and how many of those are phones.

    `vlan_of` is the VLAN of a mac at a port, by the forwarding table.
    """
    made_up = _addresses_of_many(announced)
    sightings: list[Sighting] = []
    unresolved = phones_unresolved = 0
    for neighbour in announced:
        row = f"{neighbour.protocol} {neighbour.row}"
        ip = next((a for a in neighbour.addresses if a not in made_up), None)
        if neighbour.mac is None and ip is None:
            unresolved += bool(neighbour.findings)
            phones_unresolved += _described_as_phone(neighbour)
            continue
        sightings += [
            Sighting(ip, neighbour.mac, field, value, row)
            for field, value in neighbour.findings
            if value not in made_up
        ]
        vlan = _voice(neighbour) or (vlan_of(neighbour.mac, neighbour.port) if neighbour.mac else None)
        sightings += _placed(neighbour.mac, ip, switch, neighbour.port, vlan, neighbour.protocol, row)
    return tuple(sightings), unresolved, phones_unresolved


def state_voice(voice: VoiceVlans, neighbour: Neighbour) -> None:
    """Keep the voice VLAN that a neighbour has by LLDP-MED or CDP."""
    if vlan := _voice(neighbour):
        voice.state(vlan, neighbour.mac, neighbour.port.name if neighbour.port else None)


def observations(found: SwitchFindings, address: str, *, time: str, site: str = "") -> Iterator[Observation]:
    """The observations of a switch; their source names the switch at `address` and the row.

    What a call manager records of its phones is a server's record, not a row about neighbours.
    """
    for sighting in found.sightings:
        reporter = "manager" if sighting.row.startswith(f"{registered.PROTOCOL} ") else "switches"
        yield Observation(
            time=time,
            ip=sighting.ip,
            mac=sighting.mac,
            field=sighting.field,
            value=bounded(sighting.value),
            source=f"{reporter} {address} {sighting.row}",
            site=site,
        )


def _name(columns: Columns) -> str | None:
    for column in ("system.name", "lldp-local.name"):
        for value in columns.get(column, {}).values():
            if spelled := values.text(value):
                return spelled
    return None


def _addresses_of_many(announced: list[Neighbour]) -> frozenset[str]:
    """Addresses that rows of different macs share: made up by the agent, or a router's."""
    macs: dict[str, set[str]] = defaultdict(set)
    for neighbour in announced:
        if neighbour.mac:
            for ip in neighbour.addresses:
                macs[ip].add(neighbour.mac)
    return frozenset(ip for ip, owners in macs.items() if len(owners) > 1)


def _described_as_phone(neighbour: Neighbour) -> bool:
    """Whether a neighbour is a phone by more than its capabilities: there is something to record."""
    described = tuple(each for each in neighbour.findings if not each[0].endswith(".capabilities"))
    endpoint = ("lldp-med.device-class", "endpoint-3") in described
    return bool(described) and (neighbour.telephone or endpoint or snmp_objects.looks_like_phone(described))


def _unread(columns: Columns, announced: list[Neighbour]) -> int:
    places = joins.unread(joins.management(columns, "lldp"), prefix=3)
    return sum(
        neighbour.protocol == "lldp"
        and not neighbour.addresses
        and joins.key(neighbour.row) in places
        and _described_as_phone(neighbour)
        for neighbour in announced
    )


def _voice(neighbour: Neighbour) -> str | None:
    return next((value for field, value in neighbour.findings if field == "lldp-med.voice-vlan"), None)


def _placed(
    mac: str | None, ip: str | None, switch: str, port: Port | None, vlan: str | None, protocol: str, row: str
) -> list[Sighting]:
    if port is None:
        return []
    method = protocol if protocol == "fdb" else f"{protocol}, {port.method}"
    facts = [("switch.name", switch), ("switch.port", port.name), ("switch.port-method", method)]
    if vlan:
        facts.append(("switch.vlan", vlan))
    return [Sighting(ip, mac, field, value, row) for field, value in facts]


def _gaps(
    columns: Columns, announced: list[Neighbour], unresolved: int, partial: tuple[str, ...], lost: int
) -> tuple[str, ...]:
    gaps = [f"the table of {name} was not read to its end" for name in partial]
    if lost:
        gaps.append(f"{amount(lost, 'row')} beyond what is kept of a switch")
    if not announced:
        gaps.append("it has no LLDP or CDP neighbours")
    elif not any(column.startswith("med.") for column in columns):
        gaps.append("it keeps no LLDP-MED inventory: models come from descriptions alone")
    if unresolved:
        gaps.append(f"{amount(unresolved, 'neighbour')} without a mac or an address")
    if not any(columns.get(column) for column in ("fdb.port", "qfdb.port")):
        gaps.append("it shows no forwarding table: phones that announce nothing are not placed")
    methods = Counter(n.port.method for n in announced if n.port)
    if methods.get("number"):
        gaps.append(f"{amount(methods['number'], 'neighbour')} on ports that only a number names")
    return tuple(gaps)
