"""The registry of discoveries: those of this package, and those that other packages add.

A package adds one by an entry point of the group `phonescan.discovery`, whose object is called with `Options` and
returns a `Discovery`. The engine refuses the same requests for it.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from scanner.core.errors import UsageError
from scanner.discovery import arp, cdp, dhcp, http, lldp, mdns, sip, sip_pnp, snmp, ssdp
from scanner.discovery.announcement import Capture
from scanner.discovery.declaration import Discovery, steps
from scanner.discovery.listening import Captures
from scanner.discovery.options import Options

GROUP = "phonescan.discovery"
#: The discoveries of this package, in the order in which they are listed and their exchanges begin.
MODULES: tuple[ModuleType, ...] = (arp, sip, snmp, http, mdns, lldp, cdp, dhcp, sip_pnp, ssdp)


def all_discoveries(options: Options) -> dict[str, Discovery]:
    """Name → declaration, those of this package first. Raises UsageError for a plug-in that does not load, or whose
    discovery has a name that is taken."""
    found: dict[str, Discovery] = {}
    for module in MODULES:
        discovery: Discovery = module.declare(options)
        found[discovery.name] = discovery
    for point in entry_points(group=GROUP):
        discovery = _load(point, options)
        if discovery.name in found:
            raise UsageError(f"the plug-in {point.value} calls its discovery {discovery.name!r}, a name that is taken")
        found[discovery.name] = discovery
    return found


def default_names() -> tuple[str, ...]:
    """The discoveries that a scan runs when none is named: those of this package."""
    return tuple(module.declare(Options()).name for module in MODULES)


def captures(discoveries: dict[str, Discovery] | None = None) -> Captures:
    """(name, capture) of every capture that the discoveries declare; of all of them when None is given."""
    chosen = all_discoveries(Options()) if discoveries is None else discoveries
    return steps(chosen.values(), Capture)


def _load(point: EntryPoint, options: Options) -> Discovery:
    try:
        discovery = point.load()(options)
    except Exception as fault:  # a plug-in may fail in any way; the user needs its name
        raise UsageError(f"the plug-in {point.value} does not load, remove or repair it: {fault}") from fault
    if not isinstance(discovery, Discovery):
        raise UsageError(f"the plug-in {point.value} does not return a Discovery, remove or repair it")
    return discovery
