"""Simulated phones and switches on real sockets, for tests, demonstrations and benchmarks. Public.

`Farm` runs any devices; `SimulatedPhone` and `SimulatedSwitch` describe them.
"""

from __future__ import annotations

from scanner.testing.agent import AgentFaults
from scanner.testing.farm import Farm
from scanner.testing.phones import (
    CertificateNames,
    MdnsSurface,
    SimulatedPhone,
    SipSurface,
    SnmpRow,
    SnmpSurface,
    Surfaces,
    Truth,
    WebPage,
    WebSurface,
    integer,
    object_id,
    octets,
)
from scanner.testing.switches import SimulatedSwitch
from scanner.testing.tally import HostTally, forbidden

__all__ = [
    "AgentFaults",
    "CertificateNames",
    "Farm",
    "HostTally",
    "MdnsSurface",
    "SimulatedPhone",
    "SimulatedSwitch",
    "SipSurface",
    "SnmpRow",
    "SnmpSurface",
    "Surfaces",
    "Truth",
    "WebPage",
    "WebSurface",
    "forbidden",
    "integer",
    "object_id",
    "octets",
]
