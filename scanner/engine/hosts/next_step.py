"""What is asked next of a host that is there: the decision, without sockets and clocks.

A host is first knocked at (which TCP ports are open), then asked what fits, one thing at a time: pages where a web
port is open, SIP over TCP and TLS where UDP stayed silent, SNMP objects with the credential that worked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Discovery, ObjectAsk, PageAsk, StreamAsk

#: Conversations in a row that a host does not take up, before it is knocked at to see whether it is still there.
FAULTS = 2
#: Ports that tell whether a host is there at all: what phones and nearly everything else with a web page opens.
PRESENCE_PORTS = (80, 443)
#: Ports that are asked only of hosts that are there.
LATER_PORTS = frozenset({5060, 5061, 8080, 8443})


class Ask(NamedTuple):
    """One conversation that a discovery wants with every host it fits; `number` is its place among all."""

    number: int
    discovery: str
    step: StreamAsk | PageAsk | ObjectAsk


class Knock(NamedTuple):
    """Try these TCP ports next."""

    ports: tuple[int, ...]


class Talk(NamedTuple):
    """Have this conversation next."""

    ask: Ask


class Done(NamedTuple):
    """Nothing is left to ask."""


class Wait(NamedTuple):
    """Something is still under way that decides what to ask."""


class Swept(Protocol):
    """How far the sweep is with one address; `names` are the discoveries that sweep."""

    names: tuple[str, ...]

    def probed_once(self, index: int) -> bool:
        """Whether every question was asked at least once, or is settled."""

    def probes_ended(self, discovery: str, index: int) -> bool:
        """Whether a discovery's questions are settled or will not be asked again."""

    def port_closed(self, discovery: str, index: int) -> bool:
        """Whether the host said that nobody is at a discovery's port."""


@dataclass(slots=True, eq=False)
class Host:
    """One host that is there, until it is done. `tried` says how each TCP port that was tried ended."""

    address: str
    index: int
    pending: list[Ask]
    findings: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    tried: dict[int, Outcome] = field(default_factory=dict)
    heard: bool = False  # answered a question, not just refused one
    knocked: bool = False
    busy: bool = False
    faults: int = 0
    deadline: float | None = None
    saved: list[Any] | None = None  # as the last checkpoint has it, None once something has changed

    @property
    def open_ports(self) -> tuple[int, ...]:
        """TCP ports that accepted a connection."""
        return tuple(port for port, outcome in self.tried.items() if outcome is Outcome.ANSWERED)

    def learn(self, findings: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Add findings; those that are news."""
        known = set(self.findings)
        news = tuple(dict.fromkeys(finding for finding in findings if finding not in known))
        self.findings += news
        return news


def asks(discoveries: Sequence[Discovery]) -> list[Ask]:
    """All conversations that the discoveries declare, in their order."""
    found: list[Ask] = []
    for discovery in discoveries:
        for step in discovery.steps:
            match step:
                case StreamAsk() | PageAsk() | ObjectAsk():
                    found.append(Ask(len(found), discovery.name, step))
    return found


def ports(wanted: Iterable[Ask]) -> tuple[int, ...]:
    """The TCP ports of these conversations, pages first."""
    pages = [port for ask in wanted if isinstance(ask.step, PageAsk) for port in ask.step.ports]
    streams = [port for ask in wanted if isinstance(ask.step, StreamAsk) for port in ask.step.ports]
    return tuple(dict.fromkeys(pages + streams))


def presence_ports(every: Sequence[int]) -> tuple[int, ...]:
    """Those of the ports that are tried on addresses of which nothing was heard: the usual ones, and the user's own."""
    chosen = tuple(port for port in every if port in PRESENCE_PORTS or port not in LATER_PORTS)
    return chosen or tuple(every)


def decide(host: Host, swept: Swept, thorough: bool) -> Knock | Talk | Wait | Done:
    """What to do next with a host. `thorough` knocks at every port of hosts that answered no question too."""
    if host.busy or not swept.probed_once(host.index):
        return Wait()
    host.pending = [ask for ask in host.pending if _fits(ask, host, swept)]
    others = any(not isinstance(ask.step, ObjectAsk) for ask in host.pending)
    host.pending = [ask for ask in host.pending if others or _objects_fit(ask, host, swept)]
    if not host.knocked:
        wanted = [port for port in ports(host.pending) if port not in host.tried]
        if not thorough and not host.heard and not host.open_ports:
            wanted = list(presence_ports(wanted)) if not host.tried else []
        if wanted:
            return Knock(tuple(wanted))
        host.knocked = True
        return decide(host, swept, thorough)
    if host.faults >= FAULTS and host.open_ports:
        return Knock(host.open_ports[:1])
    for ask in host.pending:
        if _is_ready(ask, host, swept):
            return Talk(ask)
    if host.pending or not all(swept.probes_ended(name, host.index) for name in swept.names):
        return Wait()
    return Done()


def _objects_fit(ask: Ask, host: Host, swept: Swept) -> bool:
    """Of a host that did not answer the sweep, objects are asked last, when what the others told suggests it."""
    step = ask.step
    if not isinstance(step, ObjectAsk) or ask.discovery in host.notes or not host.knocked:
        return True
    if not swept.probes_ended(ask.discovery, host.index):
        return True
    return not swept.port_closed(ask.discovery, host.index) and bool(step.silent(tuple(host.findings)))


def _fits(ask: Ask, host: Host, swept: Swept) -> bool:
    """Whether a conversation still makes sense, as far as is known."""
    step, out = ask.step, swept.probes_ended(ask.discovery, host.index)
    match step:
        case PageAsk():
            return not host.knocked or any(port in step.ports for port in host.open_ports)
        case StreamAsk():
            fits = not host.knocked or any(port in step.ports for port in host.open_ports)
            return fits and (not out or step.when(tuple(host.findings)))
        case ObjectAsk():
            return True


def _is_ready(ask: Ask, host: Host, swept: Swept) -> bool:
    match ask.step:
        case PageAsk():
            return True
        case StreamAsk():
            return swept.probes_ended(ask.discovery, host.index)
        case ObjectAsk():
            if ask.discovery in host.notes:
                return True
            others = any(not isinstance(other.step, ObjectAsk) for other in host.pending)
            return swept.probes_ended(ask.discovery, host.index) and not others
