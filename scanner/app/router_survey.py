"""The subnets and neighbours of routers, read over SNMP before a scan: which of them it scans, and which it leaves out.

A subnet is scanned where it is allowed (`[[router]]`, or else `[[site]]` and `[[scan]]` of the settings) and lives: a
neighbour table of one of the routers has an address in it, or it is behind another router. Of an IPv6 subnet the
neighbours alone are scanned. What is left out is recorded with the reason, as addresses that were not covered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scanner.app.surveyed import LeftOut, RouterSurvey
from scanner.app.switch_scan import PACES
from scanner.core import target_syntax
from scanner.core.errors import UsageError
from scanner.core.fields import RESOLVED_MAC
from scanner.core.model import Credential, Observation
from scanner.core.outcomes import Outcome
from scanner.core.spans import Span, merge, of_network, overlap, subtract
from scanner.discovery.credentials import PUBLIC, applicable
from scanner.discovery.options import SNMP_PORT
from scanner.discovery.switches.forwarding import resolutions
from scanner.discovery.switches.interpret import collect
from scanner.discovery.switches.routes import ROUTER_TABLES, Network, Subnet, subnets
from scanner.engine.snmp.switch_reader import SwitchRead, read_switches
from scanner.engine.snmp.walk import TableRequest
from scanner.inventory import Missed

#: The shortest prefix of an IPv4 subnet that is scanned, and most targets of a survey.
LARGEST, MOST_TARGETS = 16, 20_000
_NOT_ALLOWED = "no target, site or router of the settings contains it"
_EXCLUDED = "a [[scan]] of the settings excludes it"
_TOO_MANY = f"a scan by routers has {MOST_TARGETS:,} ranges at most: name it as a target"
_NO_NEIGHBOUR = "no router has a neighbour in it"
_LARGE = f"it is larger than a /{LARGEST}: name it as a target"


@dataclass(frozen=True, slots=True)
class RouterRequest:
    """Routers by address → name, what their subnets may be scanned by, and how they are read."""

    routers: dict[str, str]
    allowed: tuple[Span, ...]
    excluded: tuple[Span, ...] = ()
    credentials: tuple[Credential, ...] = ()
    never: tuple[Span, ...] = ()  # addresses of the passive list
    pace: str = "normal"
    port: int = SNMP_PORT


def survey(
    request: RouterRequest, *, now: Callable[[], str], stopped: Callable[[], bool] = lambda: False
) -> RouterSurvey:
    """Read the routers. Raises UsageError where none of them can be read, or nothing that they report is allowed."""
    never = merge(request.never)
    chosen = [one for one in request.routers if not subtract([_span(one)], never)[1]]
    reads = read_switches(
        chosen,
        [TableRequest(table.name, table.columns, table.gate) for table in ROUTER_TABLES],
        lambda address: applicable(request.credentials or (PUBLIC,), address),
        pace=PACES[request.pace],
        forwarding={},
        stopped=stopped,
        port=request.port,
    )
    found = of_reads(list(reads), request, now())
    if not found.number:
        why = "; ".join(found.unread) or "they are on the passive list, or have no routes"
        raise UsageError(f"no router of the settings reports a subnet: {why}")
    if not found.targets:
        raise UsageError(f"nothing that the routers report is scanned: {'; '.join(found.notes[1:])}")
    return found


def of_reads(reads: Sequence[SwitchRead], request: RouterRequest, time: str) -> RouterSurvey:
    """The survey that the tables of some routers make."""
    networks: dict[Network, bool] = {}
    neighbours: list[tuple[str, str, str]] = []
    unread = []
    for read in reads:
        name = request.routers.get(read.address, "") or read.address
        if read.outcome is not Outcome.ANSWERED or read.partial:
            unread.append(f"router {name}: {read.note or 'not read whole: ' + ', '.join(read.partial)}")
        for subnet in subnets(read.rows):
            networks[subnet.network] = networks.get(subnet.network, False) or subnet.own
        columns, _ = collect(read.rows)
        neighbours += [(read.address, mac, ip) for mac, ip in resolutions(columns)]
    found = _without_aggregates([Subnet(network, own) for network, own in networks.items()])
    living = sorted({_span(ip) for _, _, ip in neighbours})
    allowed, excluded = merge(request.allowed), merge(request.excluded)
    targets: list[Span] = []
    left: list[LeftOut] = []
    scanned = 0
    for subnet in found:
        chosen, without = _chosen(subnet, living, allowed, excluded)
        targets += chosen
        scanned += bool(chosen)
        left += without
    targets = merge(targets)
    left += (LeftOut(str(span), _TOO_MANY) for span in targets[MOST_TARGETS:])
    return RouterSurvey(
        tuple(map(str, targets[:MOST_TARGETS])),
        tuple(
            Observation(time=time, ip=ip, mac=mac, field=RESOLVED_MAC, value=mac, source=f"routers {address} arp")
            for address, mac, ip in neighbours
        ),
        tuple(left),
        tuple(unread),
        len(found),
        scanned,
        tuple(Missed("routers", one.subnet, Outcome.EXCLUDED, one.reason) for one in left),
    )


def _chosen(
    subnet: Subnet, living: Sequence[Span], allowed: Sequence[Span], excluded: Sequence[Span]
) -> tuple[list[Span], list[LeftOut]]:
    """The spans of a subnet that are scanned, and what of it is left out, and why."""
    whole, name = of_network(subnet.network), str(subnet.network)
    outside, within = subtract([whole], allowed)
    permitted, cut = subtract(within, excluded)
    if not permitted:
        return [], [LeftOut(name, _EXCLUDED if within else _NOT_ALLOWED)]
    first, last = (bisect_left(living, Span(whole.version, place, 0)) for place in (whole.first, whole.last + 1))
    if first == last and (subnet.own or subnet.network.version == 6):
        return [], [LeftOut(name, _NO_NEIGHBOUR)]
    left = [LeftOut(str(one), _NOT_ALLOWED) for one in outside] + [LeftOut(str(one), _EXCLUDED) for one in cut]
    if subnet.network.version == 6:
        return subtract(merge(living[first:last]), permitted)[1], left
    if subnet.network.prefixlen < LARGEST:
        return [], [LeftOut(name, _LARGE)]
    return permitted, left


def _without_aggregates(found: Iterable[Subnet]) -> list[Subnet]:
    """Subnets without those routes to further routers that contain another subnet: they only summarize."""
    ordered = sorted(
        found, key=lambda one: (one.network.version, int(one.network.network_address), one.network.prefixlen)
    )
    kept: list[Subnet] = []
    for place, one in enumerate(ordered):
        following = ordered[place + 1].network if place + 1 < len(ordered) else None
        if one.own or following is None or not overlap(of_network(one.network), of_network(following)):
            kept.append(one)
    return kept


def _span(address: str) -> Span:
    return target_syntax.spans(address, hosts=False)[0]
