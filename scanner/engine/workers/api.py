"""The interface between the engine and its drivers: what a conversation or a link step gets, and what it returns.

A driver (`scanner.engine.protocols.drivers`) runs on a worker thread that has its host to itself, and

- calls `host.turn(port, packets)` before each connection and each datagram, and stops when it returns False. It waits
  for the scan's rate and the floor between packets to one host, and refuses what is never sent (`RefusedError`);
- holds one connection at a time, closed before the next opens, and ends at `host.deadline` (`time.monotonic`);
- never raises for what a host does: a fault is an outcome and a note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.core import budget
from scanner.core.budget import ByteBudget
from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery.conversation import Findings

#: Why a host with a connection that may still be open is not covered.
LEFT_OPEN = "a connection to it could not be closed, and no second one is opened beside it"


class HostFindings(NamedTuple):
    """Findings from one port of a host; `address` is the host where it is not the conversation's (multicast).

    `note` is for later steps of the same discovery (`Response.note`).
    """

    port: int
    findings: Findings
    mac: str | None = None
    address: str | None = None
    note: str = ""


class ConversationResult(NamedTuple):
    """The outcome of a conversation, what was found, and a note for the report of what was not covered.

    The note is empty when nothing failed. What was read before a fault is kept in `found`. `unanswered` is whether a
    request had no response, after the repetitions that the host's context permits, `left_open` as in `HostContext`.
    """

    outcome: Outcome
    found: tuple[HostFindings, ...] = ()
    note: str = ""
    unanswered: bool = False
    left_open: bool = False


@dataclass(slots=True)
class HostContext:
    """The host of a conversation, for the one worker that has it.

    `turn(port, packets)` waits until about that many packets may be sent and returns False when no time is left;
    `cookie(port)` is the number that responses from that port must repeat; `findings` is what every discovery has read
    of the host; `note` is what an earlier step of the same discovery left (`Response.note`). `repeats` is how often a
    request without a response is repeated, by the loss that the run has shown.
    `unused(packets)` returns packets of a turn that were not sent to the scan's rate; the host keeps its rest.
    `budget` is the octets that may still be received. `left_open` is whether a connection may still be open at the
    host, because our FIN was not acknowledged: `turn` then returns False.
    """

    address: str
    deadline: float
    turn: Callable[[int, int], bool]
    cookie: Callable[[int], int]
    open_ports: tuple[int, ...] = ()
    findings: list[tuple[str, str]] = field(default_factory=list)
    note: str = ""
    credentials: Sequence[Credential] = ()
    unused: Callable[[int], None] = lambda packets: None
    timeout: float = 2.0  # seconds for one response, from the pace or --timeout
    repeats: int = 0
    budget: ByteBudget = field(default_factory=lambda: ByteBudget(budget.CONVERSATION))
    left_open: bool = False

    def leave_open(self) -> None:
        """A connection could not be closed: no further one is opened."""
        self.left_open = True


@dataclass(frozen=True, slots=True)
class LinkContext:
    """Our links for a link step: `addresses` are our own there, IPv4.

    `turn(packets)` waits for the scan's rate and returns False when the scan stops; `wait(seconds)` sleeps and returns
    early when it does. `seconds` is how long a browse lasts, and how long where nothing responds to it.
    """

    addresses: tuple[str, ...]
    cookie: Callable[[str, int], int]
    turn: Callable[[int], bool]
    wait: Callable[[float], object]
    seconds: tuple[float, float] = (4.0, 2.2)
