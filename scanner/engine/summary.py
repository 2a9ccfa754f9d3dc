"""The report of a run and its progress: what was covered and what was not, packets, rates, the time that is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from scanner.core.outcomes import Outcome
from scanner.core.spans import Span, merge
from scanner.core.targets import Targets
from scanner.discovery.declaration import Discovery, UdpSweep, steps
from scanner.engine.os.rtnetlink import Region
from scanner.engine.rate.congestion import CongestionControl
from scanner.engine.results import ResultBuffer
from scanner.engine.sink import DiscoveryCoverage, Report
from scanner.engine.state import RunState, Stage
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.state import SweepState

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
    if congestion.reduced is None:
        return ""
    before, after, why = congestion.reduced
    return f"the rate was lowered from {before:.0f} to {after:.0f} packets a second: {why}"


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
    sentences = [*state.notes, *(note for note in (state.incomplete, *notes) if note)]
    if state.unreachable:
        more = " …" if len(state.unreachable) > MOST_SPANS else ""
        spans = ", ".join(map(str, state.unreachable[:MOST_SPANS])) + more
        sentences.append(f"no route to {spans}: check the routes and `interfaces` in the settings")
    for name, number in _unsent(state).items():
        sentences.append(f"{name}: {number} packets could not be sent")
        results.counters["unsent"] += number
    for (name, outcome), number in sorted(results.outcomes.items()):
        if number:
            results.counters[f"{name} {outcome}"] += number
    left = state.sweep.eligible.number + state.sweep.late.number - state.hosts.done.number
    for discovery in discoveries:
        if not complete and left > 0:
            results.miss(discovery.name, f"up to {left} addresses", Outcome.SKIPPED, state.incomplete)
    return Report(
        complete=complete and not state.unreachable,
        interrupted=interrupted,
        covered=tuple(covered(state, targets, discoveries, regions, everyone)) if complete else (),
        missed=(),
        notes=tuple(sentences),
        counters=dict(results.counters),
        found=state.hosts.responsive.number,
        seconds=now - state.started,
    )


def covered(
    state: RunState, targets: Targets, discoveries: Sequence[Discovery], regions: Sequence[Region], everyone: bool
) -> Iterable[DiscoveryCoverage]:
    """What each discovery covered: every address with a route, or the responsive hosts if it probes these alone."""
    reached = merge(region.span for region in regions if region.span not in state.unreachable)
    sweep = state.sweep
    for discovery in discoveries:
        if not (everyone or steps([discovery], UdpSweep)):
            spans = _spans(targets, state.hosts.responsive)
        elif sweep.single_probe.number and discovery.name != state.probes[0].discovery:
            spans = merge(_spans(targets, sweep.eligible) + _spans(targets, sweep.late))
        else:
            spans = reached
        yield DiscoveryCoverage(discovery.name, tuple(spans))


def _unsent(state: RunState) -> Counter[str]:
    """Datagrams of each discovery that the kernel rejected."""
    found: Counter[str] = Counter()
    for sweep in state.sweep.sweeps:
        for probe in sweep.probes:
            found[probe.discovery] += probe.unsent
    return +found


def _spans(targets: Targets, indexes: Bitmap) -> list[Span]:
    return merge(Span(version, number, number) for version, number in map(targets.number, indexes))
