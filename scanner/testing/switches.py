"""Simulated switches: an agent's tables by community, and how it misbehaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.testing.agent import AgentFaults
from scanner.testing.phones import SnmpRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSwitch:
    """A switch at `ip` that answers SNMP from `tables`: rows by community (`public@10`: the context of VLAN 10)."""

    ip: str
    tables: Mapping[str, tuple[SnmpRow, ...]]
    versions: tuple[int, ...] = (1, 2)
    faults: AgentFaults = field(default_factory=AgentFaults)
    max_message: int = 1472
    port: int = 161
