"""A run: the loop over its stages from the start or from a checkpoint, and again from before each outage."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from selectors import DefaultSelector
from typing import Any

from scanner.core.outcomes import Outcome
from scanner.core.spans import Span, merge, subtract
from scanner.engine import checkpoint, guard, outages, summary
from scanner.engine.hosts.next_step import DeclaredExchange, declared_exchanges
from scanner.engine.loop import StageLoop
from scanner.engine.os.allocator import return_memory
from scanner.engine.os.rtnetlink import Network, read_network
from scanner.engine.outages import Outage, State, WaitResult
from scanner.engine.parts import build
from scanner.engine.protocols.drivers import converse
from scanner.engine.results import ResultBuffer
from scanner.engine.sink import Report, Sink
from scanner.engine.state import RunState, new_state
from scanner.engine.sweep.sockets import udp_probes
from scanner.engine.work import Work
from scanner.engine.workers.threads import Converse

__all__ = ["Work", "run"]


def run(
    work: Work,
    sink: Sink,
    *,
    state: Mapping[str, Any] | None = None,
    stop: Callable[[], bool] = lambda: False,
    execute: Converse = converse,
) -> Report:
    """Do the work, from the start or from the checkpoint of an earlier run; `stop` is polled and ends it early.

    `execute` executes an exchange with a host; one other than that of the drivers runs on threads alone.

    Raises EngineError when the network cannot be used at all, and what `sink` raises.
    """
    return_memory()
    with guard.guarded():
        return _Passes(work, sink, stop, execute).run(state)


class _Passes:
    """One pass of the loop, and one more after each outage, from the checkpoint before it."""

    def __init__(self, work: Work, sink: Sink, stop: Callable[[], bool], execute: Converse) -> None:
        self.work, self.sink, self.stop, self.execute = work, sink, stop, execute
        self.exchanges: list[DeclaredExchange] = declared_exchanges(work.discoveries)
        self.results = ResultBuffer(sink)
        self.started = time.monotonic()
        self.outages = 0
        self.abandoned: list[Span] = []  # targets that are not waited for
        self.lost: list[Span] = []  # of these, those whose network did not return
        self.notes: list[str] = []
        self.control: list[tuple[int, int]] = []  # control hosts of the pass before

    def run(self, saved: State | None) -> Report:
        outage = self._lost_since(saved) if saved else None
        if not saved:
            self.abandoned = outages.pathless(self.work.network)
        while True:
            if outage is not None:
                ended = self._wait(outage)
                if ended is not WaitResult.RETURNED and not self._goes_on(outage, ended):
                    return self._give_up(outage, saved, ended)
                self.work = replace(self.work, network=self._network())
                outage = None
            with ExitStack() as stack:
                loop = self._loop(saved, stack)
                result = loop.run(self.stop)
            if isinstance(result, Report):
                return result
            outage = result
            since, saved = loop.history.before(outage.since)
            self._go_back(loop, since)

    def _loop(self, saved: State | None, stack: ExitStack) -> StageLoop:
        state = self._state(saved)
        selector = stack.enter_context(DefaultSelector())
        parts = build(
            self.work, state, self.exchanges, self.sink, selector, self.execute, stack, self.results, self._network
        )
        return StageLoop(self.work, self.sink, state, parts, selector)

    def _state(self, saved: State | None) -> RunState:
        count = self.work.targets.count()
        state = new_state(count, self.work.seed, self.started, udp_probes(self.work.discoveries, count))
        if saved:
            checkpoint.restore(state, saved, self.work.targets, self.exchanges)
        state.notes += self.notes
        state.lost = self.lost
        state.control = list(dict.fromkeys((*state.control, *self.control)))
        return state

    def _network(self) -> Network:
        """The network as it is now, but for the targets that are not waited for."""
        return outages.without(read_network(self.work.targets.spans), self.abandoned)

    def _lost_since(self, saved: State) -> Outage | None:
        """The outage that lasts since an earlier run: what cannot be reached now and could be then."""
        self.abandoned = merge(checkpoint.unreachable(saved))
        self.lost, _ = subtract(self.abandoned, outages.pathless(self.work.network))
        self.work = replace(self.work, network=outages.without(self.work.network, self.abandoned))
        lost, _ = subtract(outages.pathless(self.work.network), self.abandoned)
        if not lost:
            return None
        return Outage(self.started, f"no path to {', '.join(map(str, lost[: outages.SAMPLE]))}", tuple(lost))

    def _go_back(self, loop: StageLoop, since: float) -> None:
        """Undo what the pass that has ended recorded since a checkpoint."""
        self.outages += 1
        self.results.flush()
        self.sink.went_back(self.results.retract(since))
        self.results.counters["outages"] += 1
        self.control = loop.state.control
        self.notes = list(dict.fromkeys((*self.notes, *loop.notes())))

    def _wait(self, outage: Outage) -> WaitResult:
        if self.outages > outages.MOST or outage.lasted:
            return WaitResult.LASTED

        def ends(now: float) -> bool:
            return self.stop() or (self.work.deadline is not None and now - self.started >= self.work.deadline)

        return outages.wait(
            outage, self.work.network, self._network, ends, time.monotonic, time.sleep, self.work.patience
        )

    def _goes_on(self, outage: Outage, ended: WaitResult) -> bool:
        """Whether the scan continues without the targets that were lost: others can be reached."""
        if ended is WaitResult.STOPPED or not outage.lost or self.outages > outages.MOST:
            return False
        abandoned = merge((*self.abandoned, *outage.lost))
        if not outages.others(self.work.network, abandoned):
            return False
        self.abandoned, self.lost = abandoned, merge((*self.lost, *outage.lost))
        self.results.counters["lasting outages"] += 1
        self.notes.append(
            f"{outage.why} for {self.work.patience:g} seconds: these targets are not covered; check the network there,"
            " and scan them again"
        )
        return True

    def _give_up(self, outage: Outage, saved: State | None, ended: WaitResult) -> Report:
        """The report of a run that ends within an outage; its state is that from before it."""
        state, results = self._state(saved), self.results
        state.unreachable = self.abandoned
        state.incomplete = f"the network was lost: {outage.why}"
        if self.outages > outages.MOST:
            state.incomplete += f", after {outages.MOST} earlier outages"
        elif ended is WaitResult.LASTED:
            state.incomplete += f" for {self.work.patience:g} seconds"
        for host in state.hosts.hosts.values():
            for discovery in dict.fromkeys(exchange.discovery for exchange in host.pending):
                results.miss(discovery, host.address, Outcome.SKIPPED, state.incomplete)
        if saved:
            self.sink.checkpoint({**saved, "control": state.control})
        results.counters["lasting outages"] += 1
        results.counters["sent"] = state.sent
        report = summary.report(
            state, self.work.targets, self.work.discoveries, (), False, results, (), True, time.monotonic()
        )
        results.flush()
        return report
