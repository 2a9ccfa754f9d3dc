"""Records of hostile hosts: a kind with its name, what it does and what must not happen, its services, and a host."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from scanner.testing._scripted import Act, Responses, Script, ScriptedDatagram

__all__ = [
    "CERTIFIED_BANNER",
    "OUTDATED_BANNER",
    "Act",
    "DatagramService",
    "HostileHost",
    "HostileKind",
    "HostilePlace",
    "Script",
    "ScriptedDatagram",
    "Service",
    "StreamService",
    "responds",
]

#: User-Agents of a phone that the catalog of Skype for Business lists: with its firmware, and with an older one.
CERTIFIED_BANNER = "PolycomVVX-VVX_411-UA/5.9.0.9373"
OUTDATED_BANNER = "PolycomVVX-VVX_411-UA/5.8.0.12848"


class HostilePlace(NamedTuple):
    """Where a hostile host stands: its address, the address and mac of a phone that it harms, and an address with no
    target on it, to which no packet may be sent."""

    ip: str
    victim: str
    victim_mac: str
    canary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatagramService:
    """A UDP port: `respond(request)` yields the datagrams of the response, without end if it is endless."""

    port: int
    respond: Responses


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamService:
    """A TCP port: each connection executes its own `script()`, after a TLS handshake where `context` is set."""

    port: int
    script: Callable[[], Script]
    context: Callable[[], ssl.SSLContext] | None = None


Service = DatagramService | StreamService


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileKind:
    """A kind of hostile host. `does` and `must_not` are sentences; `services(place)` are its ports."""

    name: str
    protocol: str
    does: str
    must_not: str
    services: Callable[[HostilePlace], tuple[Service, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileHost:
    """A host of a kind at a place."""

    kind: HostileKind
    place: HostilePlace

    @property
    def ip(self) -> str:
        """Its address."""
        return self.place.ip


def responds(*parts: bytes) -> Callable[[], Script]:
    """The script that receives one request, sends `parts`, and closes."""

    def script() -> Script:
        yield Act.READ
        yield from parts

    return script
