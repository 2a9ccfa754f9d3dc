"""The types of a declared discovery: a name, what it needs, and steps that the engine executes.

A step is data and pure functions: it builds requests, reads responses, chooses its hosts (`fits`) and states its cost.
The engine owns sockets, rates, deadlines, retransmissions and the refusal of what harms; no step can bypass them.
The `transport` of a step selects the module of the engine that executes it (`scanner.engine.protocols.drivers`).

Cookies: the engine derives a 62-bit number from a secret, the address and the port. A request contains it (SIP branch
and Call-ID, SNMP request id); a response that does not repeat it is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple, TypeVar

from scanner.discovery import cost
from scanner.discovery.announcement import Capture
from scanner.discovery.conversation import Conversation, Findings, Peer, Response
from scanner.discovery.cost import Cost

#: Queries of one browse to a link: at once, and after 1, 3 and 7 seconds (RFC 6762 5.2).
QUERIES = 4
#: (address, cookie) → a datagram, or None for nothing more for this address.
Build = Callable[[str, int], bytes | None]


class Transport(StrEnum):
    """What carries the packets of a step; each has one driver in the engine."""

    UDP = "UDP"
    ARP = "ARP"
    TCP = "TCP"
    HTTP = "HTTP"
    SNMP = "SNMP"
    MULTICAST = "UDP multicast"
    DNS_SD = "DNS-SD"


class Need(StrEnum):
    """What a discovery needs of the machine or the settings."""

    RAW_SOCKET = "raw sockets"  # CAP_NET_RAW
    MULTICAST = "multicast"
    CREDENTIALS = "credentials"


class Fit(StrEnum):
    """Whether a step is for a host: `LATER` while that depends on what is still under way."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


class HostState(NamedTuple):
    """What is known of a host when the engine chooses its next step.

    `connected` is whether its TCP ports have been tried. The rest is about the step's own discovery: `swept` whether
    no further request of its sweep or to its multicast group is sent for this host, `responded` whether a response to
    it was read, `closed` whether the host rejected its UDP port, `note` what the response left (`Response.note`).
    `rest_done` is whether only steps marked `last` remain for the host.
    """

    findings: Findings = ()
    connected: bool = False
    swept: bool = False
    responded: bool = False
    closed: bool = False
    note: str = ""
    rest_done: bool = False


def always(state: HostState) -> Fit:
    """Every host; over TCP, those with one of the step's ports open."""
    return Fit.NOW


def unless_responded(state: HostState) -> Fit:
    """Hosts that did not respond to the discovery's sweep, once it has ended for them."""
    if not state.swept:
        return Fit.LATER
    return Fit.NEVER if state.responded else Fit.NOW


def with_note(state: HostState) -> Fit:
    """Hosts of which an earlier step of the discovery left a note, such as the URL that a response names."""
    if state.note:
        return Fit.NOW
    return Fit.NEVER if state.swept else Fit.LATER


@dataclass(frozen=True, slots=True)
class UdpSweep:
    """One datagram to every address from one socket; the engine keeps no state for an address.

    `request(address, port, cookie, attempt, here)` builds the datagram; None means nothing more for this address.
    `here` is our own end as the target sees it: `10.0.0.9:40001`, `[2001:db8::9]:40001` (a SIP Via contains it).
    `response(datagram, cookie, address)` reads a response, from any port of the address; None means that it matches no
    request, and it is dropped and counted. `attempts` is how many datagrams an unresponsive address gets at most,
    where the scan's retries + 1 is not right. `attempt` counts from 0; with `variants` of n, there may be n different
    requests (SNMPv2c, then v1), which retries repeat: the engine sends n * (retries + 1) at most.
    A response may be a refusal (`Outcome.REFUSED`, 401-like): the address then gets no further request.
    `prepare(port, attempt, here)` returns the function (address, cookie) → datagram that `request` is for a whole
    round; it holds what a sweep of millions of addresses need not compute for each.
    """

    ports: tuple[int, ...]
    request: Callable[[str, int, int, int, str], bytes | None]
    response: Callable[[bytes, int, str], Response | None]
    attempts: int | None = None
    variants: int = 1
    prepare: Callable[[int, int, str], Build] | None = None
    sends: str = "one datagram"
    transport: ClassVar[Transport] = Transport.UDP

    def builder(self, port: int, attempt: int, here: str) -> Build:
        """The function (address, cookie) → datagram for one round, None for nothing more for that address."""
        if self.prepare is not None:
            return self.prepare(port, attempt, here)
        request = self.request
        return lambda address, cookie: request(address, port, cookie, attempt, here)

    @property
    def destination(self) -> str:
        """Where the packets go, for the documentation."""
        return f"every address, UDP {_listed(self.ports)}"

    def cost(self) -> Cost:
        """The cost of one round to one address."""
        total = Cost()
        for port in self.ports:
            sample = self.request("192.0.2.1", port, 1 << 60, 0, "192.0.2.2:50000") or b""
            total = total.plus(cost.datagram(len(sample)))
        return total


@dataclass(frozen=True, slots=True)
class LinkSweep:
    """ARP over directly connected subnets when privileged, the kernel's neighbour table otherwise.

    Over IPv6 the kernel resolves; when privileged, one ICMPv6 echo request goes to all nodes of each link with targets.
    """

    sends: str = (
        "ARP who-has where privileged; else none, and the neighbour table of the kernel is read; over IPv6, where "
        "privileged, one echo request to ff02::1 on each link"
    )
    destination: str = "addresses on directly connected links"
    transport: ClassVar[Transport] = Transport.ARP

    def cost(self) -> Cost:
        """The cost of one round to one address; host discovery sends it whichever discoveries are chosen."""
        return Cost(1, cost.ARP_FRAME)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A conversation with each responsive host that it fits, over TCP, HTTP or SNMP; one connection at a time.

    Over TCP and HTTP the engine first finds which of `ports` are open, and `conversation(peer)` makes the generator for
    one open port after the other; over TCP until one has responded. Those in `tls` use TLS. An HTTP exchange without
    ports is for a URL that `peer.note` contains; the engine fetches it from the responding address alone. `fits` is
    evaluated again whenever more is known of the host. `last` marks a step that waits until the other steps are done.

    `requests` is how many requests one port gets at most, and `octets` the size of one for the estimate: the engine
    sends no more. `unprompted` are the ports that are tried even on addresses from which nothing was received.
    """

    transport: Transport
    ports: tuple[int, ...]
    conversation: Callable[[Peer], Conversation]
    fits: Callable[[HostState], Fit] = always
    tls: frozenset[int] = frozenset()
    requests: int = 1
    octets: int = 420
    unprompted: tuple[int, ...] = ()
    last: bool = False
    sends: str = "one request"

    @property
    def destination(self) -> str:
        """Where the packets go, for the documentation."""
        if not self.ports:
            return "hosts whose response names a URL on themselves"
        kind = "UDP" if self.transport is Transport.SNMP else "TCP"
        return f"responsive hosts, {kind} {_listed(self.ports)}"

    @property
    def connects(self) -> tuple[int, ...]:
        """The TCP ports of which one must be open."""
        return () if self.transport is Transport.SNMP else self.ports

    @property
    def streams(self) -> bool:
        """Whether it opens TCP connections."""
        return self.transport in (Transport.TCP, Transport.HTTP)

    def cost(self) -> Cost:
        """The most that one host costs, with every port open and every request made."""
        if self.transport is Transport.SNMP:
            return Cost(1, self.octets).times(self.requests)
        total = Cost()
        for port in self.ports or (0,):
            total = total.plus(cost.connection(self.octets, port in self.tls).times(self.requests))
        return total


@dataclass(frozen=True, slots=True)
class MulticastRequest:
    """A datagram to an IPv4 multicast group on each of our links that hold targets, and the replies to it.

    `request(cookie, here)` builds the datagram, sent `attempts` times, a second apart, with a TTL of 1. Replies by
    unicast are collected for `seconds` and read by `response(datagram, cookie, address)` as in `UdpSweep`; those from
    addresses that are not targets are dropped.
    """

    group: str
    port: int
    request: Callable[[int, str], bytes]
    response: Callable[[bytes, int, str], Response | None]
    seconds: float = 3.0
    attempts: int = 2
    sends: str = "one datagram"
    transport: ClassVar[Transport] = Transport.MULTICAST

    @property
    def destination(self) -> str:
        """Where the packets go, for the documentation."""
        return f"directly connected links, UDP {self.group}:{self.port}"

    def cost(self) -> Cost:
        """The cost of one link."""
        return cost.datagram(len(self.request(1 << 60, "192.0.2.2:50000"))).times(self.attempts)


@dataclass(frozen=True, slots=True)
class ServiceBrowse:
    """DNS-SD over multicast DNS on our links (RFC 6763), by the zeroconf library."""

    services: tuple[str, ...]
    sends: str = "queries for services"
    destination: str = "directly connected links, multicast DNS"
    transport: ClassVar[Transport] = Transport.DNS_SD

    def cost(self) -> Cost:
        """The cost of one link: at most so many queries while it is browsed, each with all services."""
        names = sum(len(name) + 6 for name in self.services)
        return cost.datagram(12 + names).times(QUERIES)


Step = UdpSweep | LinkSweep | Exchange | MulticastRequest | ServiceBrowse | Capture
#: The steps that are executed once for each link, concurrently with the sweep.
LinkStep = MulticastRequest | ServiceBrowse


class Reduced(NamedTuple):
    """How a discovery works without something that it can use: in what way, and how to enable the rest."""

    need: Need
    works: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """One way to learn of devices. `steps` run in order: sweeps over all addresses, exchanges with responsive hosts.

    Without one of its `needs` it does not run; that is one note, and the scan continues. `reduced` is how it runs
    without what it does not strictly need; `setting` is the key of the settings that sets its ports.
    """

    name: str
    summary: str
    steps: tuple[Step, ...]
    needs: tuple[Need, ...] = ()
    reduced: tuple[Reduced, ...] = ()
    setting: str = ""

    @property
    def passive(self) -> bool:
        """Whether it only captures frames and sends nothing."""
        return bool(self.steps) and all(isinstance(step, Capture) for step in self.steps)


def _listed(ports: tuple[int, ...]) -> str:
    return ", ".join(map(str, ports))


_Kind = TypeVar("_Kind")


def steps(discoveries: Iterable[Discovery], kind: type[_Kind]) -> list[tuple[str, _Kind]]:
    """(name of the discovery, step) for every step of one type, in the order of the declarations."""
    return [(one.name, step) for one in discoveries for step in one.steps if isinstance(step, kind)]
