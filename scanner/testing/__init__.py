"""Simulated phones and switches on real sockets, for tests, demonstrations and benchmarks. Public.

`Farm` runs any devices; `SimulatedPhone` and `SimulatedSwitch` describe them. `catalogue()` is the demonstration LAN,
`demo_farm`, `demonstration` and `run_farm` run it, `write_truth` writes the true identity of each device.
"""

from __future__ import annotations

from scanner.testing.agent import AgentFaults
from scanner.testing.demo import demo_farm, demonstration, run_farm
from scanner.testing.demo_lan import DEMO_SUBNET, catalogue
from scanner.testing.farm import Farm
from scanner.testing.fragile import fragile_phone
from scanner.testing.hostile import HOSTILE_KINDS, hostile_hosts, kind_named
from scanner.testing.hostile_kind import HostileHost, HostileKind
from scanner.testing.phones import (
    CertificateNames,
    Fragility,
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
from scanner.testing.switch_phones import access_switch
from scanner.testing.switch_tables import MedInventory, SwitchNeighbour, SwitchPort, numbered_ports, switch_rows
from scanner.testing.switches import SimulatedSwitch, snmprec_rows
from scanner.testing.tally import HostTally, forbidden
from scanner.testing.truth import TRUTH_COLUMNS, truth_rows, write_truth

__all__ = [
    "DEMO_SUBNET",
    "HOSTILE_KINDS",
    "TRUTH_COLUMNS",
    "AgentFaults",
    "CertificateNames",
    "Farm",
    "Fragility",
    "HostTally",
    "HostileHost",
    "HostileKind",
    "MdnsSurface",
    "MedInventory",
    "SimulatedPhone",
    "SimulatedSwitch",
    "SipSurface",
    "SnmpRow",
    "SnmpSurface",
    "Surfaces",
    "SwitchNeighbour",
    "SwitchPort",
    "Truth",
    "WebPage",
    "WebSurface",
    "access_switch",
    "catalogue",
    "demo_farm",
    "demonstration",
    "forbidden",
    "fragile_phone",
    "hostile_hosts",
    "integer",
    "kind_named",
    "numbered_ports",
    "object_id",
    "octets",
    "run_farm",
    "snmprec_rows",
    "switch_rows",
    "truth_rows",
    "write_truth",
]
