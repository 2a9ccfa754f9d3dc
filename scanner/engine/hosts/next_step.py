"""Chooses the next step for a responsive host. Pure: no sockets, no clock.

A host's TCP ports are tried first, then one exchange after the other, each when its step fits: pages where
a web port is open, SIP over TCP and TLS where UDP had no response, SNMP objects with the credential that works.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from scanner.core.budget import HOST, HOST_VALUES, ByteBudget, octets_of
from scanner.core.fields import discovery_of
from scanner.core.outcomes import Outcome
from scanner.discovery.declaration import Discovery, Exchange, Fit, HostState, steps

#: Conversations in a row without a response, after which a port is tried again to see whether the host is still there.
FAULTS = 2


class DeclaredExchange(NamedTuple):
    """An exchange that a discovery declares; `number` is its place among all."""

    number: int
    discovery: str
    step: Exchange


class Connect(NamedTuple):
    """Try these TCP ports next."""

    ports: tuple[int, ...]


class Execute(NamedTuple):
    """Execute this exchange next."""

    exchange: DeclaredExchange


class Complete(NamedTuple):
    """No step is left for the host."""


class Wait(NamedTuple):
    """Something is still under way that the choice depends on."""


class SweepProgress(Protocol):
    """The progress of sweep and link steps for one address; `names` are the discoveries that have such steps."""

    names: tuple[str, ...]

    def probed_once(self, index: int) -> bool:
        """Whether every request was sent at least once, or is complete."""

    def probes_ended(self, discovery: str, index: int) -> bool:
        """Whether a discovery's requests are complete or will not be sent again."""

    def port_closed(self, discovery: str, index: int) -> bool:
        """Whether the host rejected a discovery's UDP port."""


#: Characters of a value that are kept of a host when the budget of the run is spent.
SHORTENED = 120


@dataclass(slots=True, eq=False)
class Host:
    """A responsive host until it is done. `tried` is the outcome of each TCP port that was tried, `repeats` how often
    its next conversation repeats a request without a response."""

    address: str
    index: int
    pending: list[DeclaredExchange]
    findings: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    tried: dict[int, Outcome] = field(default_factory=dict)
    responded: bool = False  # to a request, with more than a rejection
    connected: bool = False  # its TCP ports have been tried
    busy: bool = False
    faults: int = 0
    deadline: float | None = None
    repeats: int = 0
    repeated: set[int] = field(default_factory=set)  # numbers of exchanges that were repeated because of loss
    saved: list[Any] | None = None  # as the last checkpoint has it, None once something has changed
    budget: ByteBudget = field(default_factory=lambda: ByteBudget(HOST))  # of its findings
    held: int = 0  # octets of the run's budget that its findings take
    truncated: bool = False  # more was found than fits into its budget

    @property
    def open_ports(self) -> tuple[int, ...]:
        """TCP ports that accepted a connection."""
        return tuple(port for port, outcome in self.tried.items() if outcome is Outcome.ANSWERED)

    def learn(self, findings: Iterable[tuple[str, str]], run: ByteBudget | None = None) -> tuple[tuple[str, str], ...]:
        """Add findings; returns those that are new and fit into the budget of the host.

        Beyond the budget of the `run` a value is returned whole, and kept here as far as the next steps need it.
        """
        known, news = set(self.findings), []
        for finding in findings:
            if finding in known:
                continue
            octets = octets_of(finding[1])
            if self._has_many(finding[0]) or not self.budget.take(octets):
                self.truncated = True
                continue
            known.add(finding)
            news.append(finding)
            if run is None or run.take(octets):
                self.held += octets
                self.findings.append(finding)
            else:
                self.findings.append((finding[0], finding[1][:SHORTENED]))
        return tuple(news)

    def _has_many(self, name: str) -> bool:
        """Whether no further value of a field is kept."""
        return len(self.findings) >= HOST_VALUES and sum(one == name for one, _ in self.findings) >= HOST_VALUES


def declared_exchanges(discoveries: Sequence[Discovery]) -> list[DeclaredExchange]:
    """All exchanges that the discoveries declare, in their order."""
    return [DeclaredExchange(number, name, step) for number, (name, step) in enumerate(steps(discoveries, Exchange))]


def ports(wanted: Iterable[DeclaredExchange]) -> tuple[int, ...]:
    """The TCP ports of some exchanges; those of exchanges with ports that are tried unprompted come first."""
    ordered = sorted(wanted, key=lambda exchange: not exchange.step.unprompted)
    return tuple(dict.fromkeys(port for exchange in ordered for port in exchange.step.connects))


def unprompted_ports(wanted: Sequence[DeclaredExchange]) -> tuple[int, ...]:
    """The TCP ports that are tried on addresses from which nothing was received: those that the exchanges name for it,
    all of them where none does."""
    chosen = tuple(dict.fromkeys(port for exchange in wanted for port in exchange.step.unprompted))
    return chosen or ports(wanted)


def decide(host: Host, swept: SweepProgress, thorough: bool) -> Connect | Execute | Wait | Complete:
    """The next step for a host. `thorough` tries every port of hosts without a response to any request, too."""
    if host.busy or not swept.probed_once(host.index):
        return Wait()
    fits = _fits(host, swept)
    if not host.connected:
        untried = [port for port in ports(host.pending) if port not in host.tried]
        if not thorough and not host.responded and not host.open_ports:
            wanted = unprompted_ports(host.pending)
            untried = [port for port in wanted if port in untried] if not host.tried else []
        if untried:
            return Connect(tuple(untried))
        host.connected = True
        return decide(host, swept, thorough)
    if host.faults >= FAULTS and host.open_ports:
        return Connect(host.open_ports[:1])
    for exchange in host.pending:
        if fits[exchange.number] is Fit.NOW:
            return Execute(exchange)
    if host.pending or not all(swept.probes_ended(name, host.index) for name in swept.names):
        return Wait()
    return Complete()


def _fits(host: Host, swept: SweepProgress) -> dict[int, Fit]:
    """Whether each pending exchange is for the host; those that never are, are dropped from it."""
    fits = {one.number: _fit(one, host, swept, rest_done=False) for one in host.pending if not one.step.last}
    host.pending = [exchange for exchange in host.pending if fits.get(exchange.number) is not Fit.NEVER]
    rest_done = all(exchange.step.last for exchange in host.pending)
    fits |= {exchange.number: _fit(exchange, host, swept, rest_done) for exchange in host.pending if exchange.step.last}
    host.pending = [exchange for exchange in host.pending if fits[exchange.number] is not Fit.NEVER]
    return fits


def _fit(exchange: DeclaredExchange, host: Host, swept: SweepProgress, rest_done: bool) -> Fit:
    own, needed = exchange.discovery, exchange.step.connects
    if needed and host.connected and not any(port in needed for port in host.open_ports):
        return Fit.NEVER
    state = HostState(
        findings=tuple(host.findings),
        connected=host.connected,
        swept=swept.probes_ended(own, host.index),
        responded=own in host.notes or any(discovery_of(name) == own for name, _ in host.findings),
        closed=swept.port_closed(own, host.index),
        note=host.notes.get(own, ""),
        rest_done=rest_done,
    )
    return exchange.step.fits(state)
