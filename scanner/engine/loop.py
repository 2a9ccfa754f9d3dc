"""The loop of a run: one thread sends, receives and decides, a pool executes the conversations.

Stages over the same order of addresses: host discovery on our links and by ICMP echo, where that saves packets; the
sweep, with UDP probes to every address that may have a host; TCP probes to addresses without a response. Conversations
with responsive hosts start with their first response, while the sweep continues.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from selectors import BaseSelector

from scanner.core.outcomes import Outcome
from scanner.engine import outages, summary
from scanner.engine.checkpoint import Checkpoints
from scanner.engine.hosts.tcp_connect import PACKETS
from scanner.engine.liveness.plan import Method
from scanner.engine.os.link_watch import sends
from scanner.engine.outages import History, Outage, State
from scanner.engine.parts import END_TIMEOUT, Parts
from scanner.engine.sink import Progress, Report, Sink
from scanner.engine.state import RunState, Stage
from scanner.engine.work import Work

#: Seconds between two reviews of the rate, flushes of the results, checkpoints, and progress records.
REVIEW, FLUSH, CHECKPOINT, PROGRESS = 0.05, 0.25, 0.5, 0.5
#: Most packets that one pass of the loop sends.
BURST = 4_096
#: Response times to measure before the wait for the last responses is shortened.
ENOUGH_TIMES = 20


class _Timer:
    """Is due at its first call and then every so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._next = seconds, 0.0

    def due(self, now: float) -> bool:
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


class StageLoop:
    """One pass of a run from its state to its report, or to an outage. `history` are the checkpoints to go back to."""

    def __init__(self, work: Work, sink: Sink, state: RunState, parts: Parts, selector: BaseSelector) -> None:
        self.work, self.sink, self.state, self.parts, self.selector = work, sink, state, parts, selector
        self.now = time.monotonic
        self.checkpoints = Checkpoints(state)
        self.history = History(self.checkpoints.save(state.sent))
        self._review, self._flush = _Timer(REVIEW), _Timer(FLUSH)
        self._checkpoint, self._progress, self._look = _Timer(CHECKPOINT), _Timer(PROGRESS), _Timer(REVIEW)
        self._dropped = 0
        self._rate_mark = (state.started, 0)
        if state.stage in (Stage.TCP_PROBES, Stage.CONVERSATIONS) and not parts.sweep.over(state.started):
            state.stage = Stage.SWEEP  # a checkpoint from after the sweep had failed, while the network was being lost
        if state.stage is not Stage.HOST_DISCOVERY:
            self._limit_neighbours()

    def run(self, stop: Callable[[], bool]) -> Report | Outage:
        """Loop until the end, a stop, the deadline or an outage."""
        state, interrupted = self.state, False
        while True:
            now = self.now()
            if stop():
                interrupted, state.incomplete = True, "interrupted"
                break
            if self._overdue(now):
                state.incomplete = f"the scan reached its limit of {self.work.deadline:.0f} seconds"
                break
            outage = self._outage(now) or self._no_response(now, stop)
            if outage is not None:
                self._count_drops()
                self.parts.workers.close(END_TIMEOUT if stop() else max(END_TIMEOUT, 2 * self.work.pace.timeout))
                self.parts.workers.collect()
                return outage
            self._advance_stage(now)
            if state.stage is Stage.END:
                break
            self._send(now)
            for key, _ in self.selector.select(self._pause()):
                key.data(key.fd, self.now())
            self.parts.tcp_connector.expire(self.now())
            self._housekeeping(self.now())
        return self.end(interrupted)

    def _outage(self, now: float) -> Outage | None:
        """The outage that has begun, if one has."""
        parts = self.parts
        change = parts.watch.look(now, self.now)
        if change:
            return outages.of_change(change, now)
        since, why, indexes = parts.rejected(now)
        if not indexes:
            return None
        rejected = tuple(self.work.targets.number(index) for index in indexes[: outages.SAMPLE])
        if sends(rejected):  # a packet filter for one port, perhaps: what is rejected is counted
            parts.excuse()
            return None
        return Outage(since, f"the kernel accepted no packet ({why})", rejected=rejected)

    def _no_response(self, now: float, stop: Callable[[], bool]) -> Outage | None:
        """The outage of subnets that have become unresponsive, once it is over or too long, or the scan ends.

        Nothing but checks of the control hosts is sent meanwhile.
        """
        parts, control = self.parts, self.parts.control
        quiet = control.unresponsive(now) if self._look.due(now) else []
        if not quiet:
            return None
        found = dict.fromkeys(quiet)
        since, until = control.unresponsive_since(quiet), now + self.work.patience
        self.sink.checkpoint({**self.history.before(since)[1], "control": control.hosts})
        while quiet and now < until and not stop() and not self._overdue(now):
            self._check(now)
            for key, _ in self.selector.select(REVIEW):
                key.data(key.fd, self.now())
            now = self.now()
            parts.tcp_connector.expire(now)
            if self._progress.due(now):
                self.sink.progressed(self._progress_record(now))
            quiet = list(dict.fromkeys((*control.again(quiet, now), *control.unresponsive(now))))
            found |= dict.fromkeys(quiet)
            since = min(since, control.unresponsive_since(quiet)) if quiet else since
        lost, named = ([span for key in keys for span in parts.subnets.spans(key)] for keys in (quiet, found))
        return outages.of_no_response(since, named, lost, bool(lost) and now >= until)

    def _overdue(self, now: float) -> bool:
        return self.work.deadline is not None and now - self.state.started >= self.work.deadline

    def _check(self, now: float) -> None:
        """Send the requests to control hosts that are due."""
        limiter, control = self.parts.rate_limiter, self.parts.control
        grant = limiter.take(BURST, now)
        if grant:
            limiter.give_back(grant - control.pump(now, limiter.rate, grant))
        self.state.control = control.hosts

    def _advance_stage(self, now: float) -> None:
        state, parts = self.state, self.parts
        if state.stage is Stage.HOST_DISCOVERY and parts.discovery.over:
            self._end_host_discovery()
            state.stage = Stage.SWEEP
        if state.stage is Stage.SWEEP and parts.sweep.over(now):
            if parts.sweep.failed:
                state.incomplete = parts.sweep.failed
            state.stage = Stage.TCP_PROBES if parts.tcp_probe.needed else Stage.CONVERSATIONS
        if state.stage is Stage.TCP_PROBES and (parts.tcp_probe.over or parts.sweep.failed):
            state.stage = Stage.CONVERSATIONS
        links_done = parts.link_steps.over and not parts.link_steps.pending
        if state.stage is not Stage.CONVERSATIONS or not parts.tracker.idle or not links_done:
            parts.control.resumed()
        elif parts.control.confirmed(now):
            state.stage = Stage.END

    def _end_host_discovery(self) -> None:
        """Make the hosts that were found eligible for the sweep, except those that may not be probed."""
        state, parts = self.state, self.parts
        state.incomplete = state.incomplete or parts.discovery.failed
        for task in parts.discovery.tasks:
            for index in task.probe.state.responsive:
                if parts.tracker.may_probe(index):
                    state.sweep.eligible.add(index)
                else:
                    self._exclude(index)
            if task.method is Method.ECHO and state.probes:
                for places in task.probe.ranges:
                    state.sweep.single_probe.add_range(places.start, places.stop)
                state.sweep.single_probe.remove(state.hosts.responsive)
        self._limit_neighbours()

    def _exclude(self, index: int) -> None:
        for discovery in self.work.discoveries:
            address = self.work.targets.address(index)
            self.parts.results.miss(discovery.name, address, Outcome.EXCLUDED, "on the passive list")
        self.parts.tracker.exclude(index)

    def _limit_neighbours(self) -> None:
        """Where a link has more hosts than its neighbour table can hold, send to them as entries become free."""
        parts = self.parts
        if parts.discovery.find_crowded():
            parts.tcp_connector.neighbour_free_at = parts.discovery.neighbour_free_at
            for sweeper in parts.sweep.each:
                sweeper.neighbour_free_at = parts.discovery.neighbour_free_at

    def _send(self, now: float) -> None:
        """Send what is due within the rate, and start what can start."""
        stage, parts = self.state.stage, self.parts
        for name, found in parts.link_steps.collect():
            index = self.work.targets.index(found.address or "")
            if index is not None:
                parts.tracker.response(index, name, found.port, found.findings, found.mac, found.note)
        parts.tracker.pump(now, parts.progress, parts.progress.generation)
        if stage is Stage.TCP_PROBES:
            parts.tcp_probe.pump(now)
        grant = parts.rate_limiter.take(BURST, now)
        if not grant:
            return
        shared = stage in (Stage.HOST_DISCOVERY, Stage.SWEEP)
        sent = parts.tcp_connector.pump(now, (grant + 1) // 2 if shared else grant)
        if stage is Stage.HOST_DISCOVERY:
            sent += parts.discovery.pump(now, grant - sent)
        elif stage is Stage.SWEEP:
            sent += parts.sweep.pump(now, grant - sent)
        parts.rate_limiter.give_back(grant - sent)

    def _pause(self) -> float:
        """Seconds to wait for responses before there is next something to send."""
        now, stage, parts = self.now(), self.state.stage, self.parts
        wake = parts.tcp_connector.wake_at(now)
        if stage is Stage.HOST_DISCOVERY:
            wake = min(wake, parts.discovery.wake_at(now))
        elif stage is Stage.SWEEP:
            wake = min(wake, parts.sweep.wake_at(now))
        elif stage is Stage.TCP_PROBES and parts.tcp_probe.remaining and parts.tcp_connector.room:
            wake = now
        wake = max(wake, parts.rate_limiter.ready_at(now))
        return max(0.0, min(wake - now, REVIEW))

    def _housekeeping(self, now: float) -> None:
        results = self.parts.results
        if self._review.due(now):
            self._review_rate(now)
            self._check(now)
        if results.full or self._flush.due(now):
            results.flush()
        if self._checkpoint.due(now):
            results.flush()
            saved = self.checkpoints.save(self.parts.rate_limiter.taken)
            self.history.add(now, saved)
            self.sink.checkpoint(saved)
        if self._progress.due(now):
            self.sink.progressed(self._progress_record(now))

    def _review_rate(self, now: float) -> None:
        """Adapt the rate to errors and loss, and the pauses to the response times."""
        pace, parts = self.work.pace, self.parts
        errors = parts.sweep.send_errors + parts.tcp_connector.send_errors + parts.discovery.take_errors()
        parts.sweep.send_errors.clear()
        parts.tcp_connector.send_errors.clear()
        if self._count_drops():
            errors.append("responses dropped by a full receive buffer")
        for error in errors:
            parts.congestion.send_error(now, error)
        times = parts.round_trips
        parts.rate_limiter.set_rate(parts.congestion.review(now, times.timeout(pace.timeout)))
        round_pause = times.timeout(pace.timeout, max(0.1 if pace.echo else 0.2, parts.host_limiter.spacing))
        for sweeper in parts.sweep.each:
            sweeper.round_pause = round_pause
            if pace.echo and times.number >= ENOUGH_TIMES:
                sweeper.linger = times.timeout(pace.timeout, 0.3)
        parts.workers.adapt(now, self.state.hosts.responsive.number)
        parts.tcp_connector.timeout = times.timeout(pace.timeout, 0.3)

    def _count_drops(self) -> bool:
        """Count the responses that the kernel has dropped since the last call. Returns whether there were any."""
        before, self._dropped = self._dropped, self.parts.sockets.drops()
        self.parts.results.counters["dropped"] += self._dropped - before
        return self._dropped > before

    def _progress_record(self, now: float) -> Progress:
        state, parts = self.state, self.parts
        then, sent_then = self._rate_mark
        sent, allowed = parts.rate_limiter.taken, parts.rate_limiter.rate
        if now - then >= 2 * PROGRESS:
            self._rate_mark = (now, sent)
        tcp_packets = PACKETS * len(parts.tcp_probe.ports) * parts.tcp_probe.remaining
        return Progress(
            stage=str(state.stage),
            addresses=state.count,
            sent=sent,
            rate=(sent - sent_then) / (now - then) if now > then else 0.0,
            allowed=allowed,
            found=state.hosts.responsive.number,
            done=state.hosts.done.number,
            phones=state.hosts.phones,
            answered=dict(parts.results.answered),
            elapsed=now - state.started,
            left=summary.time_left(state, allowed, tcp_packets, parts.tracker.waiting, now),
            note=summary.rate_note(parts.congestion),
        )

    def notes(self) -> list[str]:
        """What limited this pass, in sentences."""
        rate = summary.rate_note(self.parts.congestion)
        return [*([rate] if rate else []), *self.parts.link_steps.faults]

    def end(self, interrupted: bool, saved: State | None = None) -> Report:
        """The report. `saved` is the state to resume from, where that is not the present one."""
        state, parts, work = self.state, self.parts, self.work
        if state.stage is not Stage.END:
            self.sink.checkpoint(saved or self.checkpoints.save(parts.rate_limiter.taken))
            parts.workers.close(END_TIMEOUT)
            parts.workers.collect()
            parts.tracker.end(state.incomplete)
        for name in parts.link_steps.late:
            parts.results.miss(name, "its links", Outcome.TIMED_OUT, "its multicast request did not end in time")
        self._count_drops()
        counters = parts.results.counters
        counters["sent"] = parts.rate_limiter.taken
        counters.update(parts.congestion.errors)
        everyone = parts.tcp_probe.eligible.count > 0
        report = summary.report(
            state, work.targets, work.discoveries, work.network.regions, everyone, parts.results, self.notes(),
            interrupted, self.now(),
        )  # fmt: skip
        parts.results.flush()
        self.sink.progressed(self._progress_record(self.now()))
        return report
