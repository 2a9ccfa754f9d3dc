"""Every discovery there is: ours, and those that other packages add.

A package adds one by an entry point of the group `phonescan.discovery`, whose object is called with `Options` and
returns a `Discovery`. What the engine refuses stays refused for it too.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from scanner.core.errors import UsageError
from scanner.discovery import arp, cdp, dhcp, http, lldp, mdns, sip, snmp
from scanner.discovery.declaration import Discovery
from scanner.discovery.options import Options

GROUP = "phonescan.discovery"


def all_discoveries(options: Options) -> dict[str, Discovery]:
    """Name → declaration, ours first. Raises UsageError naming a plug-in that does not load or takes a name of ours."""
    ours = [module.declare(options) for module in (arp, sip, snmp, http, mdns)]
    ours += [module.declare() for module in (lldp, cdp, dhcp)]
    found = {discovery.name: discovery for discovery in ours}
    for point in entry_points(group=GROUP):
        discovery = _load(point, options)
        if discovery.name in found:
            raise UsageError(f"the plug-in {point.value} calls its discovery {discovery.name!r}, a name that is taken")
        found[discovery.name] = discovery
    return found


def _load(point: EntryPoint, options: Options) -> Discovery:
    try:
        discovery = point.load()(options)
    except Exception as fault:  # a plug-in may fail in any way; the user needs its name
        raise UsageError(f"the plug-in {point.value} does not load, remove or repair it: {fault}") from fault
    if not isinstance(discovery, Discovery):
        raise UsageError(f"the plug-in {point.value} does not return a Discovery, remove or repair it")
    return discovery
