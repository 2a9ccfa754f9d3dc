"""Simulated switches: tables by community, faults of the agent, and rows from an snmprec recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.testing.agent import AgentFaults
from scanner.testing.phones import OBJECT_ID, SnmpRow

_NUMBERS = {2, 65, 66, 67, 70}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSwitch:
    """A switch at `ip` with an SNMP agent on `tables`: rows by community (`public@10`: the context of VLAN 10)."""

    ip: str
    tables: Mapping[str, tuple[SnmpRow, ...]]
    versions: tuple[int, ...] = (1, 2)
    faults: AgentFaults = field(default_factory=AgentFaults)
    max_message: int = 1472
    port: int = 161


def snmprec_rows(lines: Iterable[str]) -> Iterator[SnmpRow]:
    """The rows of an snmprec recording (snmpsim's format: `OID|TAG|VALUE`, `x` after a tag: hex).

    Values that snmpsim computes (`2:numeric`), NULLs and other lines are left out.
    """
    for line in lines:
        oid, _, rest = line.rstrip("\r\n").partition("|")
        tag, _, text = rest.partition("|")
        hexadecimal = tag.endswith("x")
        if not oid.strip(".").replace(".", "").isdigit() or not tag.removesuffix("x").isdigit():
            continue
        number = int(tag.removesuffix("x"))
        try:
            if number in _NUMBERS:
                yield SnmpRow(oid, number, int.from_bytes(bytes.fromhex(text)) if hexadecimal else int(text))
            elif number == OBJECT_ID:
                yield SnmpRow(oid, number, text.strip(".") or "0.0")
            elif number == 64 and not hexadecimal:
                yield SnmpRow(oid, number, bytes(int(part) for part in text.split(".")))
            elif number in (4, 64, 68):
                yield SnmpRow(oid, number, bytes.fromhex(text) if hexadecimal else text.encode())
        except ValueError:
            continue
