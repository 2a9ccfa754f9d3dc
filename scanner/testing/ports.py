"""Ports of simulated devices, for users who may not bind those below `ip_unprivileged_port_start` (ip(7)).

Web pages and SNMP agents move to other ports, where a scan finds them: 8080 and 8443 by default, 1161 with
`ports.snmp = 1161`. Printers' ports 515 and 631 have no substitute and are left out.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable
from dataclasses import replace

from scanner.testing.phones import SimulatedPhone, Surfaces, WebSurface
from scanner.testing.switches import SimulatedSwitch

#: Substitutes for the ports that a user without privileges may not bind.
UNPRIVILEGED = {80: 8080, 161: 1161, 443: 8443}
#: All ports below 1024, which most systems reserve.
RESERVED = range(1024)


def denied(phones: Iterable[SimulatedPhone], switches: Iterable[SimulatedSwitch] = ()) -> set[int]:
    """Those of the devices' web, SNMP and printer ports that this process may not bind."""
    used = {port: phone.ip for phone in phones for port in _ports(phone.surfaces)}
    used |= {switch.port: switch.ip for switch in switches}
    return {port for port, ip in used.items() if bindable(ip, port) is None}


def unprivileged(phones: Iterable[SimulatedPhone], ports: Collection[int] = RESERVED) -> tuple[SimulatedPhone, ...]:
    """The phones with every one of `ports` replaced by its substitute, or left out where there is none."""
    return tuple(replace(phone, surfaces=_moved(phone.surfaces, ports)) for phone in phones)


def unprivileged_switches(switches: Iterable[SimulatedSwitch], ports: Collection[int]) -> tuple[SimulatedSwitch, ...]:
    """The switches with their agents on the substitute port if theirs is one of `ports`."""
    return tuple(replace(switch, port=_substitute(switch.port, ports) or switch.port) for switch in switches)


def sentence(ports: Collection[int]) -> str:
    """A sentence about the differences if `ports` may not be bound, and how to avoid them."""
    moved = [f"{UNPRIVILEGED[port]} for {port}" for port in sorted(ports) if port in UNPRIVILEGED]
    missing = [str(port) for port in sorted(ports) if port not in UNPRIVILEGED]
    parts = [f"used instead: {', '.join(moved)}"] * bool(moved) + [f"left out: {', '.join(missing)}"] * bool(missing)
    do = "run as root"
    if 161 in ports:
        do = f"scan with `ports.snmp = {UNPRIVILEGED[161]}` in [network] of the settings, or {do}"
    return f"This user may not bind some ports ({'; '.join(parts)}); {do}."


def bindable(ip: str, port: int) -> bool | None:
    """Whether a UDP port can be bound now: True, False when it is in use, None when this user may not bind it."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip, port))
        except PermissionError:
            return None
        except OSError:
            return False
        return True


def _ports(surfaces: Surfaces) -> Iterable[int]:
    agents = (surfaces.snmp.port,) if surfaces.snmp else ()
    return (*agents, *(page.port for page in surfaces.web), *surfaces.traps)


def _moved(surfaces: Surfaces, ports: Collection[int]) -> Surfaces:
    snmp = surfaces.snmp
    if snmp is not None:
        port = _substitute(snmp.port, ports)
        snmp = None if port is None else replace(snmp, port=port)
    web: dict[int, WebSurface] = {}
    for page in sorted(surfaces.web, key=lambda page: page.port not in ports):  # a moved page precedes one of that port
        if (port := _substitute(page.port, ports)) is not None:
            web.setdefault(port, replace(page, port=port))
    traps = tuple(port for port in surfaces.traps if port not in ports)
    return replace(surfaces, snmp=snmp, web=tuple(web.values()), traps=traps)


def _substitute(port: int, ports: Collection[int]) -> int | None:
    return UNPRIVILEGED.get(port) if port in ports else port
