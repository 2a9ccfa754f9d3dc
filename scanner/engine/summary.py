"""The reckoning of a run: what was covered and what was not, what is left, how much this process may hold open."""

from __future__ import annotations

import resource
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scanner.core.outcomes import Outcome
from scanner.core.spans import Span, merge
from scanner.discovery.declaration import UdpSweep, steps
from scanner.engine.rate.congestion import CongestionControl
from scanner.engine.rate.limits import Pace
from scanner.engine.sink import Covered, Report
from scanner.engine.sweep.bitmap import Bitmap

if TYPE_CHECKING:
    from scanner.engine.run import Engine

#: File descriptors left for everything that is no TCP connect: the inventory, sockets, conversations.
SPARE_DESCRIPTORS = 256


def window(pace: Pace) -> int:
    """TCP connects in flight: what the pace says, as far as this process may open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = pace.connects + pace.conversations + SPARE_DESCRIPTORS
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return max(16, min(pace.connects, soft - pace.conversations - SPARE_DESCRIPTORS))


def time_left(engine: Engine, now: float) -> float | None:
    """A rough guess of the seconds that are left, None while there is nothing to go by."""
    elapsed = now - engine.began
    if elapsed < 1.0:
        return None
    rate, packets = max(1.0, engine.rate_limiter.rate), 0
    if engine.stage in ("presence", "sweep"):
        for wave in engine.sweep.each:
            for question in wave.questions:
                least = question.step.attempts or 2 * question.step.variants
                if not question.ended:
                    open_addresses = max(0, wave.eligible.number - question.settled.number)
                    packets += open_addresses * max(0, least - question.attempt)
            if wave.place.question >= 0:
                packets -= int(wave.place.position * wave.eligible.number / max(1, engine.order.count))
    elif engine.stage == "silent":
        packets += 2 * len(engine.silent.ports) * (engine.order.count - engine.silent.position)
    done = engine.tracker.done.number
    hosts = engine.tracker.waiting * elapsed / done if done else engine.tracker.waiting * 0.05
    return round(max(0, packets) / rate + hosts, 1)


def lowered(congestion: CongestionControl) -> str:
    """One line when the rate had to be lowered, else empty."""
    if congestion.lowered is None:
        return ""
    began, rate, why = congestion.lowered
    return f"the rate was lowered from {began:.0f} to {rate:.0f} packets a second: {why}"


def report(engine: Engine, interrupted: bool) -> Report:
    """How the run ended."""
    told = (engine.incomplete, lowered(engine.congestion), *engine.link_steps.faults)
    notes = [*engine.notes, *(note for note in told if note)]
    finished = not engine.incomplete
    if engine.unreached:
        some = ", ".join(map(str, engine.unreached[:5])) + (" …" if len(engine.unreached) > 5 else "")
        notes.append(f"no way to {some}: check the routes and `interfaces` in the settings")
    for kind, number in engine.congestion.complaints.items():
        engine.results.counters[kind] += number
    for name, number in engine.sweep.blocked.items():
        notes.append(f"{name}: {number} packets could not be sent")
        engine.results.counters["unsent"] += number
    for (name, outcome), number in sorted(engine.results.outcomes.items()):
        if number:
            engine.results.counters[f"{name} {outcome}"] += number
    left = engine.eligible.number + engine.sweep.late.number - engine.tracker.done.number
    for discovery in engine.work.discoveries:
        if not finished and left > 0:
            engine.results.miss(discovery.name, f"up to {left} addresses", Outcome.SKIPPED, engine.incomplete)
    return Report(
        complete=finished and not engine.unreached,
        interrupted=interrupted,
        covered=tuple(covered(engine)) if finished else (),
        missed=(),
        notes=tuple(notes),
        counters=dict(engine.results.counters),
        found=engine.tracker.there.number,
        seconds=engine.now() - engine.began,
    )


def covered(engine: Engine) -> Iterable[Covered]:
    """What each discovery covered: all that has a route, or those that are there where only they were asked."""
    reached = merge(region.span for region in engine.regions if region.span not in engine.unreached)
    for discovery in engine.work.discoveries:
        sweeps = bool(steps([discovery], UdpSweep))
        everyone = sweeps or engine.silent.eligible.count > 0
        if everyone and engine.silent_ones.number and discovery.name != engine.questions[0].discovery:
            spans = merge(
                _spans(engine, engine.eligible) + _spans(engine, engine.sweep.late)
            )  # the silent were asked one question only
        else:
            spans = reached if everyone else _spans(engine, engine.tracker.there)
        yield Covered(discovery.name, tuple(spans))


def _spans(engine: Engine, marks: Bitmap) -> list[Span]:
    return merge(Span(version, number, number) for version, number in map(engine.work.targets.number, marks))
