"""The switch port and VLAN of a device."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.core.fields import Role, field_of
from scanner.core.model import NetworkLocation
from scanner.core.text import seconds, shown
from scanner.identity.authority import NO_AUTHORITY, Source, rank_of
from scanner.identity.evidence import Observed
from scanner.identity.freshness import VISIT

#: The table of a switch that each way to find a port reads: that of announcements, or the forwarding table. RADIUS
#: reports the port on which a device authenticates, Netdisco that of an announcement.
_METHODS = dict.fromkeys(
    ("lldp", "lldp2", "lldp-med", "cdp", "tplink", "mikrotik", "mndp", "radius", "netdisco"), Source.SWITCH_NEIGHBOURS
) | {"fdb": Source.FORWARDING}

_PARTS = {
    "switch.name": "switch",
    "switch.port": "port",
    "switch.vlan": "vlan",
    "switch.port-method": "method",
}


def location(observations: Sequence[Observed]) -> NetworkLocation:
    """The port on which a device was last seen; observations of one source and time belong to one row of a table.

    Of the rows of the last visit, one by LLDP or CDP wins over a forwarding table; so does an earlier one over a port
    that the forwarding table contained already at that time, as that of an uplink. Without a switch only the VLAN is
    set, from the voice VLAN that the phone announces.
    """
    rows: dict[tuple[str, str], dict[str, str]] = {}
    since: dict[tuple[str, str], str] = {}
    voice_vlan: dict[str, str] = {}
    newest_voice: tuple[str, str] | None = None
    for observation in observations:
        if part := _PARTS.get(observation.field):
            key = observation.source, observation.last
            rows.setdefault(key, {})[part] = shown(observation.value)
            since[key] = max(since.get(key, ""), observation.first)
        elif field_of(observation.field).role is Role.VOICE_VLAN:
            voice_vlan[observation.source] = shown(observation.value)
            newest_voice = max(newest_voice or ("", ""), (observation.last, voice_vlan[observation.source]))
    voice = newest_voice[1] if newest_voice else None
    ports = [(key, row) for key, row in rows.items() if "switch" in row or "port" in row]
    if not ports:
        return NetworkLocation(vlan=voice)
    newest = max(_seconds(time) for (_, time), _ in ports)

    def rank(entry: tuple[tuple[str, str], dict[str, str]]) -> tuple[bool, int, int, int, str]:
        (source, time), row = entry
        recent = newest - _seconds(time) <= VISIT
        return recent, _rank(row), len(row), _seconds(time), source

    (source, time), row = max(ports, key=rank)
    if direct := [one for one in ports if _rank(one[1]) > _rank(row)]:
        last = max(direct, key=rank)
        if _seconds(since[source, time]) <= _seconds(last[0][1]) + VISIT:
            (source, time), row = last  # the forwarding table had that port already when the device announced itself
    return NetworkLocation(
        switch=row.get("switch"),
        port=row.get("port"),
        vlan=row.get("vlan") or voice_vlan.get(source) or voice,
        method=row.get("method"),
        time=time,
    )


def _rank(row: dict[str, str]) -> int:
    """The rank of a row's claim of the place, by the table of authority; the higher number outranks."""
    source = _METHODS.get(row.get("method", "").partition(",")[0])
    return NO_AUTHORITY - rank_of("place", source) if source else 0


def _seconds(time: str) -> int:
    try:
        return seconds(time) if time else 0
    except (ValueError, OverflowError, OSError):
        return 0
