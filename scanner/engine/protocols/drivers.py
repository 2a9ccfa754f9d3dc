"""The table from a step's transport to the module of the engine that executes it.

A module for exchanges has `converse(step, host) -> ConversationResult`, one for link steps
`collect(step, link) -> list[HostFindings]`. They are loaded when first needed. The sweep, ARP and captures are executed
by the engine's own loop and by the listener.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from scanner.discovery.declaration import Exchange, LinkStep, Transport
from scanner.engine.workers.api import ConversationResult, HostContext, HostFindings, LinkContext

DRIVERS: dict[Transport, str] = {
    Transport.TCP: "scanner.engine.protocols.tcp_request",
    Transport.HTTP: "scanner.engine.protocols.http_visit",
    Transport.SNMP: "scanner.engine.protocols.snmp_get",
    Transport.MULTICAST: "scanner.engine.protocols.multicast",
    Transport.DNS_SD: "scanner.engine.protocols.mdns",
}


def converse(step: Exchange, host: HostContext) -> ConversationResult:
    """Execute an exchange with one host."""
    result: ConversationResult = import_module(DRIVERS[step.transport]).converse(step, host)
    return result


def collect(step: LinkStep, link: LinkContext) -> list[HostFindings]:
    """Execute a step on our links. Raises EngineError where the links do not permit it."""
    found: list[HostFindings] = import_module(DRIVERS[step.transport]).collect(step, link)
    return found


def load(exchanges: Iterable[Exchange]) -> None:
    """Import the drivers of some exchanges now rather than at the first of them."""
    for step in exchanges:
        import_module(DRIVERS[step.transport])
