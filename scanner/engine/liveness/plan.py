"""Who is there, before anything is asked: which addresses get which treatment, by where they are.

- On this host: everything is asked; who is absent refuses at once.
- Behind a router: everything is asked; at pace `fast` large networks are asked for an ICMP echo first, and who is
  silent gets one question of the sweep instead of all.
- On a link of ours: ARP decides, so that an absent address costs one small frame and no entry in the kernel's
  neighbour table; without the privilege, the kernel resolves at the pace that its table stands.
- No route, or by an interface that may not be used: nothing is sent, and it is said.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from selectors import EVENT_READ
from typing import TYPE_CHECKING

from scanner.core.errors import EngineError
from scanner.core.outcomes import Outcome
from scanner.core.spans import address_text
from scanner.core.targets import Targets
from scanner.engine.liveness.arp import ArpSocket
from scanner.engine.liveness.icmp import EchoSocket
from scanner.engine.liveness.neighbour_table import KernelResolver, Table
from scanner.engine.liveness.probe import LivenessProbe
from scanner.engine.os import rtnetlink
from scanner.engine.os.rtnetlink import Link, Reachability, Region
from scanner.engine.os.udp import SendResult

if TYPE_CHECKING:
    from scanner.engine.run import Engine

#: Addresses of one routed range from which on an echo comes first at pace `fast`: a /20.
ECHO_FROM = 4_094
#: Most echoes to one silent address.
ECHOES = 3
#: Seconds between rounds of ARP, where answers come from the same wire; and from the last nudge to the last look.
ARP_PAUSE, NUDGE_PAUSE = 0.4, 3.3
#: Least seconds that an idle entry of ours stays in the neighbour table where nothing gets lost: a phone may still be
#: closing a connection.
LEAST_IDLE = 0.3
#: Seconds between two looks at the kernel's table.
LOOK_EVERY = 0.5


@dataclass(slots=True, eq=False)
class Asking:
    """One census under way. `settle` makes eligible who is to be swept; `limit` is how many it may ask now."""

    census: LivenessProbe
    settle: Callable[[], None]
    limit: Callable[[float], int] | None = None
    look: Callable[[float], None] = lambda now: None

    def pump(self, now: float, grant: int) -> int:
        """Send what is due and allowed; how many packets went."""
        self.look(now)
        return self.census.pump(now, grant if self.limit is None else min(grant, self.limit(now)))

    def wake_at(self, now: float) -> float:
        """When there is something to do."""
        wake = self.census.wake_at(now)
        return max(wake, now + 0.02) if self.limit is not None and not self.limit(now) else wake


def indexes(targets: Targets, region: Region) -> range:
    """The indexes of a region's addresses; a region lies within one span of the targets."""
    first = targets.index_of(region.span.version, region.span.first)
    return range(0) if first is None else range(first, first + region.span.last - region.span.first + 1)


def plan(engine: Engine, stack: ExitStack) -> list[Asking]:
    """The presence stage of a run. What needs none is eligible from the start."""
    known, allowed = rtnetlink.links(), set(engine.work.interfaces)
    _check_interfaces(known, allowed)
    on_link: dict[int, list[Region]] = {}
    echoed: list[Region] = []
    for region in engine.regions:
        link = known.get(region.link)
        if region.where is Reachability.NOWHERE or (
            allowed and region.where is not Reachability.LOCAL and (link is None or link.name not in allowed)
        ):
            why = "there is no route to it"
            if region.where is not Reachability.NOWHERE:
                why = f"it is reached by {link.name if link else 'an interface'}, which is not among those to be used"
            engine.unreached.append(region.span)
            for discovery in engine.work.discoveries:
                engine.results.miss(discovery.name, str(region.span), Outcome.UNREACHABLE, why)
        elif region.where is Reachability.LINK:
            on_link.setdefault(region.link, []).append(region)
        elif _wants_echo(engine, region):
            echoed.append(region)
        else:
            places = indexes(engine.work.targets, region)
            engine.eligible.add_range(places.start, places.stop)
    found: list[Asking | None] = []
    for number, regions in on_link.items():
        found += _on_link(engine, stack, known[number], regions)
    if echoed:
        found.append(_echo(engine, stack, echoed))
    return [asking for asking in found if asking is not None]


def _check_interfaces(known: dict[int, Link], allowed: set[str]) -> None:
    names = {link.name for link in known.values()}
    for name in sorted(allowed - names):
        if known:
            raise EngineError(f"there is no interface {name}: this host has {', '.join(sorted(names))}")


def _wants_echo(engine: Engine, region: Region) -> bool:
    large = region.span.last - region.span.first + 1 >= ECHO_FROM
    return engine.work.pace.echo and region.where is Reachability.ROUTED and region.span.version == 4 and large


def _on_link(engine: Engine, stack: ExitStack, link: Link, regions: list[Region]) -> list[Asking]:
    fours = [region for region in regions if region.span.version == 4]
    sixes = [region for region in regions if region.span.version == 6]
    found = [_nudged(engine, stack, sixes)] if sixes else []
    if not fours:
        return found
    try:
        sock = ArpSocket(link)
    except EngineError as lack:
        if engine.tracker.resolver:
            engine.notes.append(
                f"{engine.tracker.resolver} on {link.name}: {lack}; macs are those of the kernel's neighbour table"
            )
        return [*found, _nudged(engine, stack, fours)]
    stack.callback(sock.close)
    return [*found, _arp(engine, link, sock, fours)]


def _arp(engine: Engine, link: Link, sock: ArpSocket, fours: list[Region]) -> Asking:
    targets = engine.work.targets
    own = {span.first for index, span, _ in rtnetlink.addresses() if index == link.number and span.version == 4}
    sources = {region: region.source or min(own, default=0) for region in fours}
    ranges = [indexes(targets, region) for region in fours]

    def ask(index: int) -> SendResult:
        region = next(r for r, places in zip(fours, ranges, strict=True) if index in places)
        return sock.ask(sources[region], targets.number(index)[1])

    census = LivenessProbe(ranges, targets.count(), engine.work.pace, ask, ran=engine.ran, number=link.number)
    census.between = min(census.between, ARP_PAUSE)

    def heard(address: int, mac: str) -> None:
        index = targets.index_of(4, address)
        if index is not None and census.position(index) >= 0 and census.answered(index, engine.now()):
            engine.congestion.answer(census.key, census.position(index))
            engine.tracker.resolved(index, mac)
            _late(engine, index)

    engine.selector.register(sock, EVENT_READ, lambda *_: sock.read(heard))
    return Asking(census, lambda: _admit(engine, census, engine.table_of(link.number, 4)))


def _late(engine: Engine, index: int) -> None:
    """An answer after its census: the rounds that are left ask this address as well."""
    address = engine.work.targets.address(index)
    if engine.stage != "presence" and engine.sink.may_ask(address, engine.tracker.known(index)):
        engine.sweep.admit(index)


def _nudged(engine: Engine, stack: ExitStack, regions: list[Region]) -> Asking:
    """Without raw sockets, and for IPv6: the kernel resolves as many as its table stands, we read the table."""
    targets = engine.work.targets
    table = engine.table_of(regions[0].link, regions[0].span.version)
    nudge = KernelResolver()
    stack.callback(nudge.close)
    ranges = [indexes(targets, region) for region in regions]

    def ask(index: int) -> SendResult:
        table.unresolved(index, engine.now())
        return nudge.ask(*targets.number(index))

    census = LivenessProbe(ranges, targets.count(), engine.work.pace, ask, most=1, number=1_000_000 + regions[0].link)
    census.between = NUDGE_PAUSE
    next_look = [0.0]

    def look(now: float) -> None:
        if now >= next_look[0]:
            next_look[0] = now + LOOK_EVERY
            for version, number, mac in rtnetlink.neighbours():
                index = targets.index_of(version, number)
                if index is not None and census.position(index) >= 0 and census.answered(index):
                    table.resolved(index, now)
                    engine.tracker.resolved(index, mac)
                    _late(engine, index)

    return Asking(census, lambda: _admit(engine, census, table), table.room, look)


def _admit(engine: Engine, census: LivenessProbe, table: Table | None = None) -> None:
    """Sweep those that are there, less those whose mac may not be probed."""
    if table is not None and census.present.number > table.limit / 2:
        engine.neighbours.append((census.present, table))
        if census.gains and not any(census.gains[1:]):  # nothing gets lost, and this is how soon they answer
            table.idle = min(table.idle, max(LEAST_IDLE, census.between))
    for index in census.present:
        address = address_text(*engine.work.targets.number(index))
        if engine.sink.may_ask(address, engine.tracker.known(index)):
            engine.eligible.add(index)
        else:
            for discovery in engine.work.discoveries:
                engine.results.miss(discovery.name, address, Outcome.EXCLUDED, "on the passive list")
            engine.tracker.exclude(index)


def _echo(engine: Engine, stack: ExitStack, regions: list[Region]) -> Asking | None:
    targets = engine.work.targets
    ranges = [indexes(targets, region) for region in regions]
    try:
        sock = EchoSocket(engine.cookie)
    except EngineError:
        for places in ranges:  # it only saves packets: without it everybody is asked everything
            engine.eligible.add_range(places.start, places.stop)
        return None
    stack.callback(sock.close)
    congestion, pace = engine.congestion, engine.work.pace
    census = LivenessProbe(
        ranges, targets.count(), pace, lambda index: sock.ask(targets.address(index)),
        most=ECHOES if pace.adaptive else min(ECHOES, pace.retries + 1),
        ran=engine.ran, number=2_000_000, otherwise=True,
        doubtful=lambda: congestion.lowered is not None,
    )  # fmt: skip

    def heard(address: str) -> None:
        index = targets.index(address)
        if index is not None and census.position(index) >= 0 and census.answered(index, engine.now()):
            congestion.answer(census.key, census.position(index))
            engine.tracker.found(index)
            _late(engine, index)

    def settle() -> None:
        _admit(engine, census)
        for places in ranges if engine.questions else ():
            engine.silent_ones.add_range(places.start, places.stop)
        engine.silent_ones.remove(engine.tracker.there)

    engine.selector.register(sock, EVENT_READ, lambda *_: sock.read(heard))
    return Asking(census, settle)
