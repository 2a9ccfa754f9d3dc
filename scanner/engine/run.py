"""The engine at work: one thread sends, receives and decides; conversations run on a pool beside it.

Three stages over the same order of addresses: who is on our links or answers an echo, where that saves packets; the
sweep, every question to every address that may be there; and knocks at addresses that stayed silent. Hosts that are
there are knocked at and talked to from the moment that they have answered, while the sweep goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from scanner.core.model import Credential
from scanner.core.permutation import Permutation
from scanner.core.spans import Span
from scanner.core.targets import Targets
from scanner.discovery.declaration import Discovery, LinkSweep, UdpSweep, steps
from scanner.engine import checkpoint, guard, summary
from scanner.engine.hosts.next_step import Ask, Host, asks, presence_ports
from scanner.engine.hosts.progressed import Progressed
from scanner.engine.hosts.tcp_connect import TcpConnector
from scanner.engine.hosts.tcp_probe import Silent
from scanner.engine.hosts.tracker import HostTracker
from scanner.engine.liveness import plan
from scanner.engine.liveness.neighbour_table import NeighbourRemover, Table, has_net_admin, reachable_seconds
from scanner.engine.os import rtnetlink
from scanner.engine.os.udp import Send, UdpSocket, both, source_address
from scanner.engine.protocols.drivers import converse
from scanner.engine.protocols.link_steps import BROWSING, LinkSteps, own_addresses
from scanner.engine.rate.congestion import CongestionControl
from scanner.engine.rate.limits import HostRateLimiter, Pace, RateLimiter, SendGate
from scanner.engine.results import ResultBuffer
from scanner.engine.sink import Progress, Report, Sink
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import UdpProbe
from scanner.engine.sweep.phases import Phases
from scanner.engine.sweep.receive import Receiver, RoundTripTimes
from scanner.engine.sweep.token import Cookies
from scanner.engine.workers.api import HostContext, LinkContext
from scanner.engine.workers.pool import WorkerPool
from scanner.engine.workers.processes import WorkerConfig
from scanner.engine.workers.threads import Completed, Converse, ThreadPool

#: Seconds between two looks at the rate, the results, the checkpoint and the progress.
REVIEW, FLUSH, CHECKPOINT, PROGRESS = 0.05, 0.25, 0.5, 0.5
#: Seconds that conversations get to end when the scan is stopped.
FAREWELL = 2.0


@dataclass(frozen=True, slots=True)
class Work:
    """What the engine is to do. `seed` turns the order, `secret` keys the cookies, `deadline` is seconds for it all."""

    targets: Targets
    discoveries: tuple[Discovery, ...]
    pace: Pace
    seed: int
    secret: bytes
    credentials: tuple[Credential, ...] = ()
    interfaces: tuple[str, ...] = ()
    deadline: float | None = None


def run(
    work: Work,
    sink: Sink,
    *,
    state: Mapping[str, Any] | None = None,
    stop: Callable[[], bool] = lambda: False,
    how: Converse = converse,
) -> Report:
    """Do the work, from the start or from the state of an earlier run; `stop` is asked often and ends it in part.

    Raises EngineError when the network cannot be used at all; what `sink` raises goes through.
    """
    with guard.guarded(), ExitStack() as stack:
        engine = Engine(work, sink, how, stack)
        if state:
            checkpoint.restore(engine, state)
        return engine.work_through(stop)


class Engine:
    """The parts of one run, tied together. Made by `run`."""

    def __init__(self, work: Work, sink: Sink, how: Converse, stack: ExitStack) -> None:
        self.work, self.sink, self.now = work, sink, time.monotonic
        targets, pace = work.targets, work.pace
        self.began = self.now()
        self.order = Permutation(targets.count(), work.seed % targets.count())
        self.cookie = Cookies(work.secret)
        self.results = ResultBuffer(sink)
        self.congestion = CongestionControl(pace.rate)
        self.rate_limiter = RateLimiter(self.congestion.rate)
        self.host_limiter = HostRateLimiter(pace.host_rate)
        self.selector = stack.enter_context(DefaultSelector())
        self.tcp_connector = TcpConnector(self.selector, self.host_limiter, summary.window(pace), pace.timeout)
        stack.callback(self.tcp_connector.close)
        self.talks = ThreadPool(pace.conversations, self._context, how)
        stack.callback(lambda: self.talks.close(FAREWELL))
        self.send_gate = SendGate(self.rate_limiter, self.host_limiter, self.now, self.talks.wait)
        self.asks = asks(work.discoveries)
        setting = WorkerConfig(
            tuple(self.asks), work.secret, work.credentials, pace.timeout, pace.host_rate, guard.never()
        )
        self.pool = WorkerPool(
            self.talks, setting if how is converse else None, self.selector, self.rate_limiter, self.host_limiter,
            self._deadline, self._talked, pace.conversations, targets.count(),
        )  # fmt: skip
        stack.callback(self.pool.close)
        self.tracker = HostTracker(
            targets, self.asks, pace, self.host_limiter, self.tcp_connector, self.pool, self.results, sink, self.now
        )
        self.trips = RoundTripTimes()
        self.tracker.resolver = next((name for name, _ in steps(work.discoveries, LinkSweep)), "")
        self.notes: list[str] = []
        self.regions = rtnetlink.regions(targets.spans, rtnetlink.routes(), rtnetlink.links())
        self.unreached: list[Span] = []
        self.eligible = Bitmap(targets.count())
        self.silent_ones = Bitmap(targets.count())  # asked one question although nothing was heard of them
        self._stack = stack
        self._tables: dict[tuple[int, int], Table] = {}
        self.neighbours: list[tuple[Bitmap, Table]] = []  # crowded links: who is there, and our share of the table
        self.presence = plan.plan(self, stack)
        self.sockets: dict[tuple[int, int], UdpSocket] = {}
        self.questions = self._questions(stack)
        self.sweep = Phases(
            targets, self.order, self.questions, pace, self.cookie, self.host_limiter, self._wire, self._here,
            self.eligible, self.silent_ones, self.ran,
        )  # fmt: skip
        for wave in self.sweep.each:
            wave.sampled = self._sampled
        self.receiver = Receiver(
            targets, self.cookie, self.sweep, self.tracker, self.congestion, self.results, self.trips, self.now
        )
        quick = pace.echo and bool(self.questions)
        self.silent = Silent(
            targets, self.order, presence_ports(self.asks), Bitmap(0) if quick else self.eligible,
            self.tracker, self.tcp_connector, 2 if pace.adaptive else pace.retries + 1,
        )  # fmt: skip
        self.link_steps = LinkSteps(work.discoveries, self._link_context())
        stack.callback(lambda: self.link_steps.close(FAREWELL))
        self.swept = Progressed(self.sweep, self.link_steps)
        self.stage = "presence"
        self.incomplete = ""
        self.behind: dict[str, Any] | None = None  # the sweep's place as of the last checkpoint
        self._ends: dict[tuple[int, str], str] = {}
        self._senders: dict[int, Send] = {}
        self._next = {"review": 0.0, "flush": 0.0, "checkpoint": 0.0, "progress": 0.0}
        self._dropped = 0
        self._rate_mark = (self.began, 0)

    # -- the loop -----------------------------------------------------------------------------------------------

    def work_through(self, stop: Callable[[], bool]) -> Report:
        """Run to the end, a stop or the deadline."""
        interrupted = False
        while True:
            now = self.now()
            if stop():
                interrupted, self.incomplete = True, "interrupted"
                break
            if self.work.deadline is not None and now - self.began >= self.work.deadline:
                self.incomplete = f"the scan's {self.work.deadline:.0f} seconds are over"
                break
            self._advance_stage(now)
            if self.stage == "end":
                break
            self._pump(now)
            for key, _ in self.selector.select(self._pause()):
                key.data(key.fd, self.now())
            self.tcp_connector.expire(self.now())
            self._housekeeping(self.now())
        return self._end(interrupted)

    def _advance_stage(self, now: float) -> None:
        if self.stage == "presence" and all(one.census.over for one in self.presence):
            self.settle_presence()
            self.stage = "sweep"
        if self.stage == "sweep" and self.sweep.over(now):
            if self.sweep.failed:
                self.incomplete = self.sweep.failed
            self.stage = "silent" if self.silent.ports and self.silent.eligible.count else "talks"
        if self.stage == "silent" and (self.silent.over or self.sweep.failed):
            self.stage = "talks"
        if self.stage == "talks" and self.tracker.idle and self.link_steps.over and not self.link_steps.pending:
            self.stage = "end"

    def settle_presence(self) -> None:
        """What the presence stage found is what the sweep goes by."""
        for one in self.presence:
            self.incomplete = self.incomplete or one.census.failed
            one.settle()
        if self.neighbours:
            self.tcp_connector.contact = self._meet
            for wave in self.sweep.each:
                wave.contact = self._meet

    def _pump(self, now: float) -> None:
        for name, found in self.link_steps.collect():
            index = self.work.targets.index(found.address or "")
            if index is not None:
                self.tracker.heard(index, name, found.port, found.findings, found.mac, found.note)
        self.tracker.pump(now, self.swept, self.swept.generation)
        if self.stage == "silent":
            self.silent.pump(now)
        grant = self.rate_limiter.take(4_096, now)
        if grant:
            went = self.tcp_connector.pump(now, grant if self.stage not in ("presence", "sweep") else (grant + 1) // 2)
            if self.stage == "presence":
                for one in self.presence:
                    went += one.pump(now, grant - went)
                    self.sweep.complaints += one.census.complaints
                    one.census.complaints.clear()
            elif self.stage == "sweep":
                went += self.sweep.pump(now, grant - went)
            self.rate_limiter.give_back(grant - went)

    def _pause(self) -> float:
        now = self.now()
        wake = self.tcp_connector.wake_at(now)
        if self.stage == "presence":
            wake = min([wake, *(one.wake_at(now) for one in self.presence)])
        elif self.stage == "sweep":
            wake = min(wake, self.sweep.wake_at(now))
        elif self.stage == "silent" and self.silent.position < self.order.count and self.tcp_connector.room:
            wake = now
        wake = max(wake, self.rate_limiter.ready_at(now))
        return max(0.0, min(wake - now, REVIEW))

    # -- what the parts are given -------------------------------------------------------------------------------

    def _link_context(self) -> LinkContext:
        return LinkContext(
            addresses=own_addresses(self.regions),
            cookie=self.cookie,
            turn=lambda packets: self.send_gate.pass_through("multicast", packets, float("inf")),
            wait=self.talks.wait,
            seconds=BROWSING.get(self.work.pace.name, BROWSING["normal"]),
        )

    def _questions(self, stack: ExitStack) -> list[UdpProbe]:
        found: list[UdpProbe] = []
        versions = sorted({span.version for span in self.work.targets.spans})
        for discovery, step in steps(self.work.discoveries, UdpSweep):
            of_step: list[UdpProbe] = []
            for port in step.ports:
                guard.check_port(port)
                marks = Bitmap(self.work.targets.count())
                of_step.append(UdpProbe(len(found) + len(of_step), discovery, step, port, marks))
            found += of_step
            for version in versions:
                sock = UdpSocket(version)
                stack.callback(sock.close)
                self.selector.register(sock, EVENT_READ, partial(self._read, sock, of_step))
                for question in of_step:
                    self.sockets[question.number, version] = sock
        return found

    def _talked(self, ended: list[Completed]) -> None:
        self.tracker.talked(ended)

    def _read(self, sock: UdpSocket, questions: list[UdpProbe], *_: object) -> None:
        self.receiver.read(sock, questions)

    def table_of(self, link: int, version: int) -> Table:
        """Our share of the kernel's neighbour table on one link."""
        table = self._tables.get((link, version))
        if table is None:
            take_out = None
            if has_net_admin():
                eraser = NeighbourRemover(link)
                self._stack.callback(eraser.close)
                number = self.work.targets.number
                take_out = lambda index: eraser.erase(*number(index))  # noqa: E731
            index_of = self.work.targets.index_of
            known = (index_of(version, address) for version, address, _ in rtnetlink.neighbours())
            theirs = [index for index in known if index is not None]
            limits, held = rtnetlink.neighbour_limits(version), reachable_seconds(version)
            table = self._tables[link, version] = Table(limits, held, take_out, self.tracker.busy, theirs)
        return table

    def _meet(self, index: int, now: float) -> float:
        """When a host on a link of ours may be sent to, 0 for now: the kernel's table is not to overflow."""
        for present, table in self.neighbours:
            if index in present:
                return table.allow(index, now)
        return 0.0

    def _wire(self, question: UdpProbe) -> Send:
        send = self._senders.get(question.number)
        if send is None:
            by_version = {
                version: sock.to(question.port)
                for (number, version), sock in self.sockets.items()
                if number == question.number
            }
            if len(by_version) == 1:
                (send,) = by_version.values()
            else:
                send = both(by_version[4], by_version[6])
            self._senders[question.number] = send
        return send

    def _sampled(self, question: UdpProbe, index: int) -> None:
        self.trips.sent(question.number, index, self.now())

    def _here(self, question: UdpProbe, address: str) -> str:
        near = (question.number, address.rpartition("." if "." in address else ":")[0])
        here = self._ends.get(near)
        if here is None:
            if len(self._ends) > 100_000:
                self._ends.clear()
            version = 6 if ":" in address else 4
            source = source_address(address) or ("0.0.0.0" if version == 4 else "::")
            port = self.sockets[question.number, version].port
            here = self._ends[near] = f"{source}:{port}" if version == 4 else f"[{source}]:{port}"
        return here

    def ran(self, key: tuple[int, int], position: int, sent: int, now: float) -> None:
        """A stretch of a round went out: the congestion goes by it."""
        self.congestion.sending(now, key, position, sent)

    def _deadline(self, host: Host) -> float:
        if host.deadline is None:
            host.deadline = self.now() + self.work.pace.host_seconds
        if self.work.deadline is None:
            return host.deadline
        return min(host.deadline, self.began + self.work.deadline)

    def _context(self, host: Host, ask: Ask) -> HostContext:
        deadline = self._deadline(host)

        def turn(port: int, packets: int) -> bool:
            guard.check_port(port)
            return self.send_gate.pass_through(host.address, packets, deadline)

        return HostContext(
            address=host.address,
            deadline=deadline,
            turn=turn,
            cookie=lambda port: self.cookie(host.address, port),
            open_ports=host.open_ports,
            findings=list(host.findings),
            note=host.notes.get(ask.discovery, ""),
            credentials=self.work.credentials,
            unused=self.rate_limiter.give_back,
            timeout=self.work.pace.timeout,
        )

    # -- now and then -------------------------------------------------------------------------------------------

    def _due(self, what: str, every: float, now: float) -> bool:
        if now < self._next[what]:
            return False
        self._next[what] = now + every
        return True

    def _housekeeping(self, now: float) -> None:
        if self._due("review", REVIEW, now):
            self._review(now)
        if self.results.full or self._due("flush", FLUSH, now):
            self.results.flush()
        if self._due("checkpoint", CHECKPOINT, now):
            self.results.flush()
            self.sink.checkpoint(checkpoint.state(self))
        if self._due("progress", PROGRESS, now):
            self.sink.progressed(self.progress(now))

    def _review(self, now: float) -> None:
        pace = self.work.pace
        for kind in self.sweep.complaints + self.tcp_connector.complaints:
            self.congestion.complaint(now, kind)
        self.sweep.complaints.clear()
        self.tcp_connector.complaints.clear()
        dropped = sum(sock.drops() for sock in dict.fromkeys(self.sockets.values()))
        if dropped > self._dropped:
            self.congestion.complaint(now, "answers dropped by our own full buffer")
        self._dropped = dropped
        self.rate_limiter.slow_to(self.congestion.review(now, self.trips.patience(pace.timeout)))
        for wave in self.sweep.each:
            wave.between = self.trips.patience(pace.timeout, max(0.1 if pace.echo else 0.2, self.host_limiter.spacing))
            if pace.echo and self.trips.number >= 20:
                wave.lingers = self.trips.patience(pace.timeout, 0.3)
        self.pool.lend(now, self.tracker.there.number)
        self.tcp_connector.timeout = self.trips.patience(pace.timeout, 0.3)

    def progress(self, now: float) -> Progress:
        """A look at where it is."""
        then, sent_then = self._rate_mark
        sent = self.rate_limiter.taken
        rate = (sent - sent_then) / (now - then) if now > then else 0.0
        if now - then >= 2 * PROGRESS:
            self._rate_mark = (now, sent)
        return Progress(
            stage=self.stage,
            addresses=self.order.count,
            sent=sent,
            rate=rate,
            allowed=self.rate_limiter.rate,
            found=self.tracker.there.number,
            done=self.tracker.done.number,
            phones=self.tracker.phones,
            answered=dict(self.results.answered),
            elapsed=now - self.began,
            left=summary.time_left(self, now),
            note=summary.lowered(self.congestion),
        )

    def _end(self, interrupted: bool) -> Report:
        if self.stage != "end":
            self.sink.checkpoint(checkpoint.state(self))
            self.pool.close()
            self.talks.close(FAREWELL)
            self.pool.collect()
            self.tracker.end(self.incomplete)
        self.results.counters["sent"] = self.rate_limiter.taken
        self.results.counters["dropped"] = self._dropped
        report = summary.report(self, interrupted)
        self.results.flush()
        self.sink.progressed(self.progress(self.now()))
        return report
