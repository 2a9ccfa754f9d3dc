"""The plan of host discovery: which addresses get which liveness probe, by how they are reached.

- On this host: none. An address without a host refuses the UDP probe at once.
- Behind a router: none; at pace `fast`, addresses of large networks get an ICMP echo request first, and those without
  a response get one UDP probe instead of all.
- On a link: ARP, so that an address without a host costs one small frame and no entry in the kernel's neighbour table;
  for IPv6, and without the privilege for ARP, the kernel resolves as many addresses as its table can hold.
- No route, or over an interface that may not be used: nothing is sent, which the report states.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scanner.core.errors import EngineError
from scanner.core.spans import Span
from scanner.core.targets import Targets
from scanner.engine.os.rtnetlink import Link, Reachability, Region
from scanner.engine.rate.limits import Pace

#: Least addresses of one routed range for an echo request first at pace `fast`: a /20.
ECHO_FROM = 4_094


class Method(StrEnum):
    """How a group of addresses is probed for a host."""

    ARP = "arp"
    KERNEL = "kernel resolution"
    ECHO = "icmp echo"


@dataclass(frozen=True, slots=True)
class ProbeGroup:
    """Regions that get one liveness probe; `link` is their interface, None for ICMP echo."""

    method: Method
    regions: tuple[Region, ...]
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class DiscoveryPlan:
    """`unprobed` are swept without a liveness probe; `unreachable` are spans with the reason."""

    groups: tuple[ProbeGroup, ...]
    unprobed: tuple[Region, ...]
    unreachable: tuple[tuple[Span, str], ...]


def plan(
    regions: Sequence[Region], links: Mapping[int, Link], interfaces: Collection[str], pace: Pace
) -> DiscoveryPlan:
    """The plan for some regions; `interfaces` are the names that may be used, all when empty.

    Raises EngineError for an interface that this host does not have.
    """
    _check_interfaces(links, interfaces)
    on_link: dict[int, list[Region]] = {}
    echo: list[Region] = []
    unprobed: list[Region] = []
    unreachable: list[tuple[Span, str]] = []
    for region in regions:
        link = links.get(region.link)
        if region.where is Reachability.NOWHERE:
            unreachable.append((region.span, "no route"))
        elif interfaces and region.where is not Reachability.LOCAL and (link is None or link.name not in interfaces):
            name = link.name if link else "an unknown interface"
            unreachable.append((region.span, f"reached over {name}, which is not one of the interfaces to use"))
        elif region.where is not Reachability.LOCAL and link is not None and not link.running:
            unreachable.append((region.span, f"{link.name} has no carrier"))
        elif region.where is Reachability.LINK:
            on_link.setdefault(region.link, []).append(region)
        elif _wants_echo(region, pace):
            echo.append(region)
        else:
            unprobed.append(region)
    groups: list[ProbeGroup] = []
    for number, on_one in on_link.items():
        for version, method in ((6, Method.KERNEL), (4, Method.ARP)):
            if own := tuple(region for region in on_one if region.span.version == version):
                groups.append(ProbeGroup(method, own, links[number]))
    if echo:
        groups.append(ProbeGroup(Method.ECHO, tuple(echo)))
    return DiscoveryPlan(tuple(groups), tuple(unprobed), tuple(unreachable))


def indexes(targets: Targets, region: Region) -> range:
    """The target indexes of a region, which lies within one span of the targets."""
    first = targets.index_of(region.span.version, region.span.first)
    return range(0) if first is None else range(first, first + region.span.last - region.span.first + 1)


def _check_interfaces(links: Mapping[int, Link], interfaces: Collection[str]) -> None:
    names = {link.name for link in links.values()}
    for name in sorted(set(interfaces) - names):
        if links:
            raise EngineError(f"there is no interface {name}: this host has {', '.join(sorted(names))}")


def _wants_echo(region: Region, pace: Pace) -> bool:
    large = region.span.last - region.span.first + 1 >= ECHO_FROM
    return pace.echo and region.where is Reachability.ROUTED and region.span.version == 4 and large
