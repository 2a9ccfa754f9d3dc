"""Chooses the next step for a responsive host. Pure: no sockets, no clock.

A host's TCP ports are tried first, then one exchange after the other, each when its step says that it fits: pages where
a web port is open, SIP over TCP and TLS where UDP had no response, SNMP objects with the credential that works.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from scanner.core.fields import discovery_of
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Discovery, Exchange, Fit, State, steps

#: Conversations in a row without a response, after which a port is tried again to see whether the host is still there.
FAULTS = 2


class Ask(NamedTuple):
    """An exchange that a discovery declares; `number` is its place among all."""

    number: int
    discovery: str
    step: Exchange


class Knock(NamedTuple):
    """Try these TCP ports next."""

    ports: tuple[int, ...]


class Talk(NamedTuple):
    """Execute this exchange next."""

    ask: Ask


class Done(NamedTuple):
    """No step is left for the host."""


class Wait(NamedTuple):
    """Something is still under way that the choice depends on."""


class Swept(Protocol):
    """The progress of sweep and link steps for one address; `names` are the discoveries that have such steps."""

    names: tuple[str, ...]

    def probed_once(self, index: int) -> bool:
        """Whether every request was sent at least once, or is settled."""

    def probes_ended(self, discovery: str, index: int) -> bool:
        """Whether a discovery's requests are settled or will not be sent again."""

    def port_closed(self, discovery: str, index: int) -> bool:
        """Whether the host rejected a discovery's UDP port."""


@dataclass(slots=True, eq=False)
class Host:
    """A responsive host until it is done. `tried` is the outcome of each TCP port that was tried."""

    address: str
    index: int
    pending: list[Ask]
    findings: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    tried: dict[int, Outcome] = field(default_factory=dict)
    heard: bool = False  # answered a request, not just rejected one
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
        """Add findings; returns those that are new."""
        known = set(self.findings)
        news = tuple(dict.fromkeys(finding for finding in findings if finding not in known))
        self.findings += news
        return news


def asks(discoveries: Sequence[Discovery]) -> list[Ask]:
    """All exchanges that the discoveries declare, in their order."""
    return [Ask(number, name, step) for number, (name, step) in enumerate(steps(discoveries, Exchange))]


def ports(wanted: Iterable[Ask]) -> tuple[int, ...]:
    """The TCP ports of some exchanges; those of exchanges with ports that are tried unprompted come first."""
    ordered = sorted(wanted, key=lambda ask: not ask.step.unprompted)
    return tuple(dict.fromkeys(port for ask in ordered for port in ask.step.connects))


def presence_ports(wanted: Sequence[Ask]) -> tuple[int, ...]:
    """The TCP ports that are tried on addresses from which nothing was received: those that the exchanges name for it,
    all of them where none does."""
    chosen = tuple(dict.fromkeys(port for ask in wanted for port in ask.step.unprompted))
    return chosen or ports(wanted)


def decide(host: Host, swept: Swept, thorough: bool) -> Knock | Talk | Wait | Done:
    """The next step for a host. `thorough` tries every port of hosts that answered no request, too."""
    if host.busy or not swept.probed_once(host.index):
        return Wait()
    fits = _fits(host, swept)
    if not host.knocked:
        untried = [port for port in ports(host.pending) if port not in host.tried]
        if not thorough and not host.heard and not host.open_ports:
            wanted = presence_ports(host.pending)
            untried = [port for port in wanted if port in untried] if not host.tried else []
        if untried:
            return Knock(tuple(untried))
        host.knocked = True
        return decide(host, swept, thorough)
    if host.faults >= FAULTS and host.open_ports:
        return Knock(host.open_ports[:1])
    for ask in host.pending:
        if fits[ask.number] is Fit.NOW:
            return Talk(ask)
    if host.pending or not all(swept.probes_ended(name, host.index) for name in swept.names):
        return Wait()
    return Done()


def _fits(host: Host, swept: Swept) -> dict[int, Fit]:
    """Whether each pending exchange is for the host; those that never are, are dropped from it."""
    fits = {ask.number: _fit(ask, host, swept, rest_done=False) for ask in host.pending if not ask.step.last}
    host.pending = [ask for ask in host.pending if fits.get(ask.number) is not Fit.NEVER]
    rest_done = all(ask.step.last for ask in host.pending)
    fits |= {ask.number: _fit(ask, host, swept, rest_done) for ask in host.pending if ask.step.last}
    host.pending = [ask for ask in host.pending if fits[ask.number] is not Fit.NEVER]
    return fits


def _fit(ask: Ask, host: Host, swept: Swept, rest_done: bool) -> Fit:
    needed = ask.step.connects
    if needed and host.knocked and not any(port in needed for port in host.open_ports):
        return Fit.NEVER
    state = State(
        findings=tuple(host.findings),
        connected=host.knocked,
        swept=swept.probes_ended(ask.discovery, host.index),
        answered=ask.discovery in host.notes or any(discovery_of(name) == ask.discovery for name, _ in host.findings),
        closed=swept.port_closed(ask.discovery, host.index),
        note=host.notes.get(ask.discovery, ""),
        rest_done=rest_done,
    )
    return ask.step.fits(state)
