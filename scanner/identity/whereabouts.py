"""Where a device hangs and what its host name is, from the same observations that tell what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.core.model import Location
from scanner.core.text import mac, seconds, shown
from scanner.identity.fingerprints import Fingerprints
from scanner.identity.freshness import VISIT, ages
from scanner.identity.load import load
from scanner.identity.voices import Item, Match, Observed, matcher

#: How a port was resolved, best first: what a switch heard from the device itself beats a forwarding table.
_METHODS = {"lldp": 3, "lldp2": 3, "lldp-med": 3, "cdp": 3, "tplink": 3, "mikrotik": 2, "mndp": 2, "fdb": 1}

_PARTS = {
    "switch.name": "switch",
    "switch.port": "port",
    "switch.vlan": "vlan",
    "switch.port-method": "method",
}


def location(observations: Sequence[Observed]) -> Location:
    """The port a device was last seen on. Rows of one source and time belong together.

    Of the rows of the last visit, one that the device announced itself (LLDP, CDP) wins over a forwarding table.
    Where no switch was heard of, only the VLAN is known that a phone says its voice is in, if it says one.
    """
    rows: dict[tuple[str, str], dict[str, str]] = {}
    voice_vlan: dict[str, str] = {}
    newest_voice: tuple[str, str] | None = None
    for observation in observations:
        if part := _PARTS.get(observation.field):
            rows.setdefault((observation.source, observation.last), {})[part] = shown(observation.value)
        elif observation.field == "lldp-med.voice-vlan":
            voice_vlan[observation.source] = shown(observation.value)
            newest_voice = max(newest_voice or ("", ""), (observation.last, voice_vlan[observation.source]))
    voice = newest_voice[1] if newest_voice else None
    placed = [(key, row) for key, row in rows.items() if "switch" in row or "port" in row]
    if not placed:
        return Location(vlan=voice)
    newest = max(_seconds(time) for (_, time), _ in placed)

    def rank(entry: tuple[tuple[str, str], dict[str, str]]) -> tuple[bool, int, int, int, str]:
        (source, time), row = entry
        recent = newest - _seconds(time) <= VISIT
        return recent, _METHODS.get(row.get("method", "").partition(",")[0], 0), len(row), _seconds(time), source

    (source, time), row = max(placed, key=rank)
    return Location(
        switch=row.get("switch"),
        port=row.get("port"),
        vlan=row.get("vlan") or voice_vlan.get(source) or voice,
        method=row.get("method"),
        time=time,
    )


def _seconds(time: str) -> int:
    try:
        return seconds(time) if time else 0
    except (ValueError, OverflowError, OSError):
        return 0


#: Fields that may name the host, the most deliberate first.
_NAMING = ("dhcp.hostname", "snmp.sysname", "lldp.system-name", "mdns.host", "cdp.device-id")
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[\w-]{0,62})(?:\.[A-Za-z0-9_][\w-]{0,62}){0,30}\.?", re.ASCII)
_NO_NAME = frozenset(
    {"localhost", "none", "unknown", "phone", "voip", "default", "router", "switch", "ipphone", "linux"}
)


def hostname(
    observations: Sequence[Item], fingerprints: Fingerprints | None = None, match: Match[Item] | None = None
) -> str | None:
    """The host name of the device: never a model, a manufacturer, an address or a name that many devices share.

    Of the best field, the current name that appeared last. `match` as in `fuse.identify`; `fingerprints` tell models
    from names (ours when None).
    """
    known = fingerprints if fingerprints is not None else load()
    read = match or matcher(known)
    found: dict[str, tuple[int, str, str]] = {}
    for observation, age in zip(observations, ages(observations), strict=True):
        if observation.field in _NAMING and (name := _host_name(observation, read, known)):
            candidate = -age, observation.first, name
            found[observation.field] = max(found.get(observation.field, candidate), candidate)
    return next((found[field][2] for field in _NAMING if field in found), None)


def _host_name(observation: Item, match: Match[Item], fingerprints: Fingerprints) -> str | None:
    """The value when it is a host name, without its trailing dot, else None."""
    name = observation.value.strip().rstrip(".")
    if not _HOST.fullmatch(name) or name.casefold() in _NO_NAME:
        return None
    if not any(c.isalpha() for c in name) or mac(name) == name or re.fullmatch(r"[0-9a-f]{12}", name, re.I):
        return None
    first = name.split(".")[0]
    if fingerprints.manufacturer(first) or fingerprints.model(*fingerprints.canonical(None, first)):
        return None
    reading = match(observation)
    if reading is not None and reading.gives.get("model") and not reading.gives.get("mac"):
        return None
    if observation.field == "mdns.host" and name.endswith(".local"):
        return name.removesuffix(".local") or None
    return name
