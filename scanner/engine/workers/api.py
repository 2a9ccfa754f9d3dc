"""The conversation with one host: what the engine hands to it, and what comes back.

`engine/http.py`, `engine/snmp.py` and `engine/stream.py` each have one function `converse(step, host) -> Heard`;
`engine/mdns.py` has `browse(step, ...) -> list[Told]`. They run on a worker thread that has this host to itself, and

- call `host.turn(port, packets)` before each connection and each datagram, and stop when it says no. It waits for
  the scan's rate and the floor between packets to one host, and refuses what may never be asked (`RefusedError`);
- hold one connection at a time, closed before the next opens, and give up at `host.deadline` (`time.monotonic`);
- never raise for what a host does: a fault is an outcome and a note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Findings

#: Packets that we send in one short TCP exchange (SYN, ACK, request, ACKs, FIN, ACK), and in one with a TLS handshake.
TCP_PACKETS = 8
TLS_PACKETS = 12


class Told(NamedTuple):
    """Findings from one place: `port` answered, at `address` where that is not the host asked (mDNS)."""

    port: int
    findings: Findings
    mac: str | None = None
    address: str | None = None


class Heard(NamedTuple):
    """How a conversation ended. `note` is one line for the report of what was not covered, empty when all went well.

    What was learned before a fault stays in `told`.
    """

    outcome: Outcome
    told: tuple[Told, ...] = ()
    note: str = ""


@dataclass(slots=True)
class HostContext:
    """One host during its conversation. Only the worker that has it touches it.

    `turn(port, packets)` asks to send about that many packets now and returns False when there is no time left;
    `cookie(port)` is the number that answers from that port must carry; `findings` is all that was learned of the host
    so far by every discovery; `notes` is what an earlier step left for a later one (`Answer.note`), by discovery name.
    `unused(packets)` gives packets of a turn that were not sent back to the scan's rate; the host keeps its rest.
    """

    address: str
    deadline: float
    turn: Callable[[int, int], bool]
    cookie: Callable[[int], int]
    open_ports: tuple[int, ...] = ()
    findings: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    credentials: Sequence[Credential] = ()
    unused: Callable[[int], None] = lambda packets: None
    timeout: float = 2.0  # seconds for one answer, as the pace or --timeout says
