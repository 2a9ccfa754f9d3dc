"""The estimate of a scan before it starts: packets, bytes, connections and time, in all, for one phone and for links.

`least` is for absent addresses and a phone that responds over SIP at once and has no pages, `most` the bound for
unresponsive hosts and phones with every page. Bytes are those on the wire of IPv4 over Ethernet, headers included.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from scanner.core.targets import Targets
from scanner.discovery.cost import ARP_FRAME, TCP_PACKET, Cost
from scanner.discovery.declaration import Discovery, Exchange, Fit, HostState, UdpSweep, steps
from scanner.engine import link_estimate
from scanner.engine.hosts.next_step import declared_exchanges, ports, unprompted_ports
from scanner.engine.hosts.tcp_connect import PACKETS
from scanner.engine.link_estimate import LinkLoad
from scanner.engine.liveness.plan import ECHO_FROM
from scanner.engine.os.privilege import CAP_NET_RAW, has_capability
from scanner.engine.os.rtnetlink import Network
from scanner.engine.rate.limits import Pace
from scanner.engine.sweep.loss import round_limits

#: Octets of an ICMP echo request on the wire.
ECHO_BYTES = 50
#: A phone that answered the sweep of every discovery, before its TCP ports are tried.
_ANSWERED = HostState(swept=True, responded=True)


class Load(Struct, frozen=True, kw_only=True):
    """Packets, bytes and TCP connections that we send or open."""

    packets: int
    bytes: int
    connections: int


class Plan(Struct, frozen=True, kw_only=True):
    """The output of `scan --dry-run`; `to_one_phone`, `in_all` and `seconds` each from least to most.

    `besides` is what is sent at most besides the requests to each phone; `in_all` includes it.
    """

    addresses: int
    excluded: int
    targets: tuple[str, ...]
    discoveries: tuple[str, ...]
    pace: str
    rate: int
    host_rate: int
    to_one_phone: tuple[Load, Load]
    in_all: tuple[Load, Load]
    seconds: tuple[float, float]
    besides: tuple[LinkLoad, ...] = ()
    notes: tuple[str, ...] = ()


def plan(
    targets: Targets,
    discoveries: tuple[Discovery, ...],
    pace: Pace,
    network: Network,
    interfaces: tuple[str, ...] = (),
    phones: int | None = None,
    notes: tuple[str, ...] = (),
) -> Plan:
    """The plan of a scan. `phones` is how many addresses respond in the larger estimate: one in ten by default.

    Raises EngineError for one of `interfaces` that this host does not have.
    """
    count = targets.count()
    responding = min(count, phones if phones is not None else max(1, count // 10))
    phone = (_phone(discoveries, pace, most=False), _phone(discoveries, pace, most=True))
    absent = (_absent(discoveries, pace, most=False), _absent(discoveries, pace, most=True))
    groups = link_estimate.groups_of(network, interfaces, pace)
    besides = link_estimate.of_links(targets, network, groups, discoveries, pace, has_capability(CAP_NET_RAW))
    near = link_estimate.on_links(targets, groups)
    far = (_echoed(discoveries, pace) if pace.echo and count >= ECHO_FROM else absent[0]).times(count - near)
    least = far.plus(Cost(1, ARP_FRAME).times(near))
    most = absent[1].times(count - responding).plus(phone[1].times(responding))
    for load in besides:
        most = most.plus(Cost(load.packets, load.bytes))
    return Plan(
        addresses=count,
        excluded=targets.excluded_count(),
        targets=targets.ranges(),
        discoveries=tuple(discovery.name for discovery in discoveries),
        pace=pace.name,
        rate=pace.rate,
        host_rate=pace.host_rate,
        to_one_phone=(_load(phone[0]), _load(phone[1])),
        in_all=(_load(least), _load(most)),
        seconds=(_seconds(least.packets, 0, pace), _seconds(most.packets, phone[1].packets, pace)),
        besides=besides,
        notes=notes,
    )


def _seconds(packets: int, to_one_host: int, pace: Pace) -> float:
    """How long the packets take: all of them at the scan's rate, those to one host at that host's."""
    return round(max(packets / pace.rate, to_one_host / pace.host_rate) + pace.timeout, 1)


def _sweeps(discoveries: Iterable[Discovery], pace: Pace, most: bool | None) -> Cost:
    """Datagrams to one address: one of each sweep (None), or the rounds that an unresponsive address gets."""
    total = Cost()
    for _, step in steps(discoveries, UdpSweep):
        times = 1 if most is None else round_limits(step, pace)[1 if most else 0]
        total = total.plus(step.cost().times(times))
    return total


def _echoed(discoveries: tuple[Discovery, ...], pace: Pace) -> Cost:
    """An absent address of a large routed network, at a pace that begins with an echo and the first request."""
    first = next((step.cost() for _, step in steps(discoveries, UdpSweep)), Cost())
    one = min(1, first.packets)
    return Cost(1 + one, ECHO_BYTES + first.octets // max(1, first.packets), 0)


def _absent(discoveries: tuple[Discovery, ...], pace: Pace, most: bool) -> Cost:
    """An address without a host."""
    swept = _sweeps(discoveries, pace, most)
    if pace.echo and swept.packets:
        return swept
    tries = pace.most_retries + 1 if most else 1
    return swept.plus(Cost(1, TCP_PACKET, 0).times(tries * len(unprompted_ports(declared_exchanges(discoveries)))))


def _phone(discoveries: tuple[Discovery, ...], pace: Pace, most: bool) -> Cost:
    """One phone: with every step made in full, or one that responds to the sweep at once and has no port open."""
    swept = _sweeps(discoveries, pace, True if most else None)
    every = [
        exchange
        for exchange in declared_exchanges(discoveries)
        if most or exchange.step.fits(_ANSWERED) is not Fit.NEVER
    ]
    total = swept.plus(Cost(PACKETS if most else 1, (PACKETS if most else 1) * TCP_PACKET, 1).times(len(ports(every))))
    if most:
        for _, step in steps(discoveries, Exchange):
            total = total.plus(step.cost())
    return total


def _load(cost: Cost) -> Load:
    return Load(packets=cost.packets, bytes=cost.octets, connections=cost.connections)
