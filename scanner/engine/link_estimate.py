"""What a scan sends besides the requests to each phone: host discovery, requests to links, checks of the network, and
what the kernel sends because of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from scanner.core.targets import Targets
from scanner.discovery import cost
from scanner.discovery.announcement import Capture
from scanner.discovery.cost import Cost
from scanner.discovery.declaration import Discovery, LinkSweep, MulticastRequest, ServiceBrowse, steps
from scanner.engine.liveness import control, plan
from scanner.engine.liveness.neighbour_table import DISCARD
from scanner.engine.liveness.plan import ProbeGroup, indexes
from scanner.engine.os.rtnetlink import Network, Region
from scanner.engine.rate.limits import Pace

#: Neighbour solicitations and ARP requests of the kernel for one address (arp(7), mcast_solicit).
SOLICITATIONS = 3
#: Membership reports of the kernel that one group on one link takes: two to join it, two to leave it (RFC 3376 8).
REPORTS = 4
#: Octets on the wire of an ICMPv6 echo request, of a neighbour solicitation, of an empty UDP datagram over IPv6, and of
#: a membership report.
ECHO_6_BYTES, SOLICITATION_BYTES, DATAGRAM_6_BYTES, REPORT_BYTES = 70, 86, 62, 54
#: The group of multicast DNS, and who sends what belongs to no discovery.
_MDNS, _HOSTS, _NETWORK = "224.0.0.251", "host discovery", "network checks"


class LinkLoad(Struct, frozen=True, kw_only=True):
    """What is sent at most for one purpose: by which discovery, where to, over which interfaces, packets and octets."""

    discovery: str
    request: str
    destination: str
    interfaces: tuple[str, ...]
    packets: int
    bytes: int


def on_links(targets: Targets, groups: Iterable[ProbeGroup]) -> int:
    """How many targets are on our links."""
    return sum(_count(targets, group) for group in groups if group.link is not None)


def of_links(
    targets: Targets,
    network: Network,
    groups: Sequence[ProbeGroup],
    discoveries: Sequence[Discovery],
    pace: Pace,
    privileged: bool,
) -> tuple[LinkLoad, ...]:
    """What is sent besides the requests to each phone; `privileged` is whether packets may be sent over raw sockets."""
    found: list[LinkLoad] = []

    def add(who: str, what: str, to: str, interfaces: Iterable[str], total: Cost) -> None:
        names = tuple(dict.fromkeys(interfaces))
        if total.packets:
            load = LinkLoad(
                discovery=who, request=what, destination=to, interfaces=names, packets=total.packets, bytes=total.octets
            )
            found.append(load)

    linked = [group for group in groups if group.link is not None]
    names = [group.link.name for group in linked if group.link is not None]
    for version, over_raw in ((4, privileged), (6, False)):
        some = [group for group in linked if group.regions[0].span.version == version]
        links = [group.link.name for group in some if group.link is not None]
        number = sum(_count(targets, group) for group in some)
        if over_raw:
            # the kernel resolves by itself what responds and is then sent to
            total = Cost(1, cost.ARP_FRAME).times(number * (pace.most_retries + 1 + SOLICITATIONS))
            add(_HOSTS, "ARP who-has", "each target on a link", links, total)
            continue
        kind, octets, datagram = (
            ("ARP who-has", cost.ARP_FRAME, cost.UDP_HEADER)
            if version == 4
            else ("neighbour solicitations", SOLICITATION_BYTES, DATAGRAM_6_BYTES)
        )
        add(
            _HOSTS, f"{kind} of the kernel", "each target on a link", links,
            Cost(1, octets).times(number * SOLICITATIONS),
        )  # fmt: skip
        add(_HOSTS, "an empty datagram", f"hosts on a link, UDP {DISCARD}", links, Cost(1, datagram).times(number))
    sixth = [group.link.name for group in linked if group.link is not None and group.regions[0].span.version == 6]
    for name, _ in steps(discoveries, LinkSweep):
        if privileged:
            add(name, "an ICMPv6 echo request", "ff02::1", sixth, Cost(1, ECHO_6_BYTES).times(len(sixth)))
    ours = len(dict.fromkeys(names))
    for name, request in steps(discoveries, MulticastRequest):
        add(name, request.sends, f"{request.group} UDP {request.port}", names, request.cost().times(ours))
    for name, browse in steps(discoveries, ServiceBrowse):
        add(name, browse.sends, _MDNS, names, browse.cost().times(ours))
    for name, group in _joined(discoveries, privileged):
        reports = Cost(1, REPORT_BYTES).times(REPORTS * ours)
        add(name, "membership reports of the kernel (IGMP)", f"the group {group}", names, reports)
    checked = _checked(targets, network)
    add(
        _NETWORK, "ICMP echo requests, or what had a response before", "a few responsive hosts of each subnet",
        (), Cost(1, ECHO_6_BYTES).times(checked),
    )  # fmt: skip
    return tuple(found)


def _joined(discoveries: Sequence[Discovery], privileged: bool) -> list[tuple[str, str]]:
    """(discovery, group) of the groups that the kernel joins for a scan."""
    found = [(name, _MDNS) for name, _ in steps(discoveries, ServiceBrowse)]
    for name, capture in steps([one for one in discoveries if one.passive and privileged], Capture):
        found += [(name, port.to) for port in capture.udp if capture.join and port.to is not None]
    return found


def _count(targets: Targets, group: ProbeGroup) -> int:
    return sum(_size(targets, region) for region in group.regions)


def _size(targets: Targets, region: Region) -> int:
    places = indexes(targets, region)
    return places.stop - places.start


def _checked(targets: Targets, network: Network) -> int:
    """Requests to control hosts at most, without an outage: three of each way to so many hosts of each subnet."""
    total = 0
    for region in network.regions:
        if region.where in control.AWAY:
            bits = control.SUBNET_BITS[region.span.version]
            subnets = min((region.span.last >> bits) - (region.span.first >> bits) + 1, control.MOST_SUBNETS)
            total += min(_size(targets, region), subnets * control.MOST_TRIED)
    return total * control.TRIES * control.WAYS


def groups_of(network: Network, interfaces: Sequence[str], pace: Pace) -> tuple[ProbeGroup, ...]:
    """The groups of targets by their liveness probe. Raises EngineError for an interface that this host lacks."""
    return plan.plan(network.regions, network.links, interfaces, pace).groups
