"""The report of a run and its progress: what was covered and what was not, packets, rates, the time that is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner.core.outcomes import Outcome
from scanner.core.spans import Span, merge, subtract
from scanner.core.targets import Targets
from scanner.discovery.declaration import Discovery, UdpSweep, steps
from scanner.engine.os.rtnetlink import Region
from scanner.engine.rate.congestion import CongestionControl
from scanner.engine.results import ResultBuffer
from scanner.engine.sink import DiscoveryCoverage, Report
from scanner.engine.state import RunState, Stage
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.state import SweepState

#: The note of an address without a request.
REJECTED = "the kernel accepted no packet to it"
#: Most unreachable spans that the report names.
MOST_SPANS = 5


def time_left(state: RunState, rate: float, tcp_packets: int, waiting: int, now: float) -> float | None:
    """A rough estimate of the seconds that are left; None in the first second.

    `rate` is packets a second, `tcp_packets` those of the TCP probes left, `waiting` the hosts that are not complete.
    """
    elapsed = now - state.started
    if elapsed < 1.0:
        return None
    packets = 0
    if state.stage in (Stage.HOST_DISCOVERY, Stage.SWEEP):
        eligible = (state.sweep.eligible, state.sweep.single_probe, state.sweep.late)
        packets = sum(
            _packets_left(sweep, own, state.count) for sweep, own in zip(state.sweep.sweeps, eligible, strict=True)
        )
    elif state.stage is Stage.TCP_PROBES:
        packets = tcp_packets
    done = state.hosts.done.number
    seconds_each = elapsed / done if done else 0.05
    return round(max(0, packets) / max(1.0, rate) + waiting * seconds_each, 1)


def _packets_left(sweep: SweepState, eligible: Bitmap, count: int) -> int:
    packets = 0
    for probe in sweep.probes:
        least = probe.step.attempts or 2 * probe.step.variants
        if not probe.ended:
            packets += max(0, eligible.number - probe.complete.number) * max(0, least - probe.attempt)
    if sweep.current is not None:
        packets -= int(sweep.position * eligible.number / max(1, count))
    return packets


def rate_note(congestion: CongestionControl) -> str:
    """The note that the rate was reduced, else empty."""
    return str(congestion.reduced or "")


def report(
    state: RunState,
    targets: Targets,
    discoveries: Sequence[Discovery],
    regions: Sequence[Region],
    everyone: bool,
    results: ResultBuffer,
    notes: Iterable[str],
    interrupted: bool,
    now: float,
) -> Report:
    """How the run ended. Completes the counters of `results`; `notes` are those of the parts.

    `everyone` means that discoveries without a sweep of their own covered every address too, by TCP probes.
    """
    complete = not state.incomplete
    sentences = list(dict.fromkeys((*state.notes, *notes)))
    if pathless := subtract(merge(state.unreachable), merge(state.lost))[0]:
        more = " …" if len(pathless) > MOST_SPANS else ""
        spans = ", ".join(map(str, pathless[:MOST_SPANS])) + more
        sentences.append(f"no route to {spans}: check the routes and `interfaces` in the settings")
    unsent = _unsent(state)
    for name, bits in unsent.items():
        results.counters["unsent"] += bits.number
        for span in _runs(targets, bits):
            results.miss(name, str(span), Outcome.NOT_SENT, REJECTED)
    for (name, outcome), number in sorted(results.outcomes.items()):
        if number:
            results.counters[f"{name} {outcome}"] += number
    left = _left(state)
    for discovery in discoveries:
        if not complete and left > 0:
            results.miss(discovery.name, f"{left} addresses", Outcome.SKIPPED, state.incomplete)
    return Report(
        complete=complete and not state.unreachable,
        interrupted=interrupted,
        incomplete=state.incomplete,
        covered=tuple(covered(state, targets, discoveries, regions, everyone, unsent)) if complete else (),
        missed=(),
        notes=tuple(sentences),
        counters=dict(results.counters),
        found=state.hosts.responsive.number,
        seconds=now - state.started,
    )


def covered(
    state: RunState,
    targets: Targets,
    discoveries: Sequence[Discovery],
    regions: Sequence[Region],
    everyone: bool,
    unsent: Mapping[str, Bitmap],
) -> Iterable[DiscoveryCoverage]:
    """What each discovery covered: every address with a route, or the responsive hosts if it probes these alone.

    An address to which the kernel sent none of its requests is not covered by it.
    """
    reached, _ = subtract(merge(region.span for region in regions), merge(state.unreachable))
    sweep = state.sweep
    for discovery in discoveries:
        if not (everyone or steps([discovery], UdpSweep)):
            spans = _spans(targets, state.hosts.responsive)
        elif sweep.single_probe.number and discovery.name != state.probes[0].discovery:
            spans = merge(_spans(targets, sweep.eligible) + _spans(targets, sweep.late))
        else:
            spans = reached
        if discovery.name in unsent:
            spans, _ = subtract(spans, merge(_runs(targets, unsent[discovery.name])))
        yield DiscoveryCoverage(discovery.name, tuple(spans))


def _left(state: RunState) -> int:
    """The addresses that a run which ended early has not completed, without the hosts that are named one by one."""
    sweep, hosts = state.sweep, state.hosts
    match state.stage:
        case Stage.HOST_DISCOVERY:
            begun = state.count - sum(span.size for span in state.unreachable)
        case Stage.SWEEP | Stage.TCP_PROBES:
            begun = sweep.eligible.number + sweep.single_probe.number
        case _:
            begun = hosts.responsive.number
    return max(0, begun - hosts.done.number - len(hosts.hosts))


def _unsent(state: RunState) -> dict[str, Bitmap]:
    """The addresses without a request of a discovery, as the kernel accepted none in any round."""
    found: dict[str, Bitmap] = {}
    for sweep in state.sweep.sweeps:
        for probe in sweep.probes:
            if probe.unsent.number:
                bits = found.setdefault(probe.discovery, Bitmap(state.count))
                for index in probe.unsent:
                    if index not in probe.complete:
                        bits.add(index)
    return {name: bits for name, bits in found.items() if bits.number}


def _runs(targets: Targets, indexes: Bitmap) -> Iterator[Span]:
    """The spans of some indexes, joined where they follow one another."""
    last: Span | None = None
    for version, number in map(targets.number, indexes):
        if last is not None and (version, number) == (last.version, last.last + 1):
            last = Span(version, last.first, number)
            continue
        if last is not None:
            yield last
        last = Span(version, number, number)
    if last is not None:
        yield last


def _spans(targets: Targets, indexes: Bitmap) -> list[Span]:
    return merge(Span(version, number, number) for version, number in map(targets.number, indexes))
