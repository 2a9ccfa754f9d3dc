"""The state of a run as plain values, and back: a scan that was killed goes on where it was.

The place in the sweep is the one of a checkpoint ago, as answers to the last packets may not have come in: nothing but
the last second is asked twice. Findings are not in here: the sink recalls them from what was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scanner.core.errors import EngineError
from scanner.core.outcomes import Outcome
from scanner.core.permutation import Permutation
from scanner.engine.hosts.next_step import Host
from scanner.engine.sweep.bitmap import Bitmap

if TYPE_CHECKING:
    from scanner.engine.run import Engine

VERSION = 3


def state(engine: Engine) -> dict[str, Any]:
    """What `restore` needs. Holds no secret: notes name credentials, they are none."""
    return {
        "version": VERSION,
        "seed": engine.order.seed,
        "count": engine.order.count,
        "stage": engine.stage,
        "questions": [[question.discovery, question.port] for question in engine.questions],
        "sweep": _behind(engine),
        "present": [one.census.present.packed() for one in engine.presence],
        "settled": engine.sweep.settled(),
        "there": engine.tracker.there.packed(),
        "done": engine.tracker.done.packed(),
        "eligible": engine.eligible.packed(),
        "silent ones": engine.silent_ones.packed(),
        "late": engine.sweep.late.packed(),
        "hosts": [
            host.saved or _saved(host)
            for host in engine.tracker.hosts.values()
            if host.knocked or host.tried or host.notes  # of the others `there` tells all
        ],
        "silent": [engine.silent.position, list(engine.silent.flying)],
        "sent": engine.rate_limiter.taken,
        "phones": engine.tracker.phones,
    }  # fmt: skip


def _saved(host: Host) -> list[Any]:
    """One host as it is now, kept for the checkpoints until it changes."""
    tried, pending = list(host.tried.items()), [ask.number for ask in host.pending]
    host.saved = [host.index, dict(host.notes), host.heard, host.knocked, tried, pending]
    return host.saved


def _behind(engine: Engine) -> Any:
    """Where the sweep is now, kept until the next call, which returns it."""
    now = {
        "presence": [one.census.state() for one in engine.presence],
        "places": engine.sweep.places(),
    }
    before = engine.behind
    engine.behind = now
    return before or now


def restore(engine: Engine, saved: Mapping[str, Any]) -> None:
    """Bring a fresh engine to where another was. Raises EngineError when the state is not of these targets."""
    same = [[q.discovery, q.port] for q in engine.questions] == saved.get("questions")
    if saved.get("version") != VERSION or saved.get("count") != engine.order.count or not same:
        raise EngineError("the saved state of the scan does not fit its targets: start a new scan")
    count = engine.order.count
    engine.order = engine.silent.order = Permutation(count, saved["seed"])
    for wave in engine.sweep.each:
        wave.order = engine.order
    engine.stage = saved["stage"]
    if len(saved["present"]) == len(engine.presence):  # links and privileges are as they were
        for one, census, present in zip(engine.presence, saved["sweep"]["presence"], saved["present"], strict=True):
            one.census.resume(census, Bitmap.unpacked(count, present))
    if engine.stage != "presence":
        engine.settle_presence()
    engine.sweep.resume(saved["sweep"]["places"], saved["settled"], saved["late"])
    engine.eligible.fill(saved["eligible"])
    engine.silent_ones.fill(saved["silent ones"])
    engine.tracker.done.fill(saved["done"])
    there = Bitmap.unpacked(count, saved["there"])
    for index in there:
        if index not in engine.tracker.done:
            engine.tracker.found(index)
    engine.tracker.there.fill(saved["there"])
    engine.tracker.phones = saved["phones"]
    engine.rate_limiter.taken = saved["sent"]
    by_number = {ask.number: ask for ask in engine.asks}
    for index, notes, heard, knocked, tried, pending in saved["hosts"]:
        host = engine.tracker.restored(index)
        host.notes, host.heard, host.knocked = dict(notes), heard, knocked
        host.tried = {port: Outcome(outcome) for port, outcome in tried}
        host.pending = [by_number[number] for number in pending if number in by_number]
    engine.silent.resume(saved["silent"][0], saved["silent"][1], engine.now())
