"""Where conversations happen: on threads at first, in helper processes once many hosts are there.

A conversation gives up by itself at its host's deadline. One that does not, by a fault of ours or of a plug-in, is
given up here: it costs the scan its deadline and a thread or a helper, never its end.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable
from selectors import EVENT_READ, BaseSelector

from scanner.core.outcomes import Outcome
from scanner.engine.hosts.next_step import Ask, Host
from scanner.engine.rate.limits import HostRateLimiter, RateLimiter
from scanner.engine.workers.api import ConversationResult
from scanner.engine.workers.processes import GONE, ProcessPool, WorkerConfig, WorkerProcess, worker_processes_for
from scanner.engine.workers.threads import Completed, ThreadPool

_log = logging.getLogger(__name__)

#: Share of a core from which fewer conversations are begun at once, and below which more; over how many seconds.
BUSY, CALM, WINDOW, LEAST = 0.85, 0.6, 0.25, 8
#: Seconds after its deadline at which a conversation is given up.
GRACE = 5.0
#: Seconds that a host rests whose conversation was cut off: nobody knows what it was sent last.
REST = 1.0


class WorkerPool:
    """Threads, and helpers when they are worth it. `ended` is told of each conversation that has ended.

    `deadline(host)` is when the talk with a host must end; `setting` is what helpers need, None for threads alone;
    `addresses` are so many as there may be hosts. `again` are conversations that a helper could not finish, to begin
    anew when there is room.
    """

    def __init__(
        self,
        talks: ThreadPool,
        setting: WorkerConfig | None,
        selector: BaseSelector,
        rate_limiter: RateLimiter,
        host_limiter: HostRateLimiter,
        deadline: Callable[[Host], float],
        ended: Callable[[list[Completed]], None],
        most: int,
        addresses: int,
    ) -> None:
        self.talks, self.setting, self.selector = talks, setting, selector
        self.rate_limiter, self.host_limiter, self.deadline, self.ended, self.most = (
            rate_limiter,
            host_limiter,
            deadline,
            ended,
            most,
        )
        self.processes = ProcessPool(most)
        self.again: deque[tuple[Host, Ask]] = deque()
        self._open: dict[tuple[int, int], tuple[Host, Ask, float]] = {}  # by host and ask: until when
        self._looked = (time.monotonic(), time.process_time())
        selector.register(talks, EVENT_READ, lambda *_: self.collect())
        if setting is not None and worker_processes_for(addresses):
            self._start(setting)

    @property
    def room(self) -> int:
        """How many conversations can begin at once."""
        return self.processes.room if self.processes.helpers else self.talks.room

    def begin(self, host: Host, ask: Ask) -> None:
        """Have a conversation."""
        deadline = self.deadline(host)
        self._open[host.index, ask.number] = (host, ask, deadline + GRACE)
        if self.processes.helpers:
            try:
                self.processes.begin(host, ask, deadline, self.host_limiter.free_at(host.address))
                return
            except OSError:  # its helper has just gone; `_heard` sees to the others it had
                pass
        self.talks.begin(host, ask)

    def lend(self, now: float, there: int) -> None:
        """Now and then: as many conversations at once as the machine has power for."""
        then, used_then = self._looked
        if now - then < WINDOW:
            return
        used = time.process_time()
        self._looked = (now, used)
        self._give_up_overdue(now)
        share = (used - used_then) / (now - then)
        if share > BUSY:
            self.talks.limit = max(LEAST, self.talks.limit * 3 // 4)
        elif share < CALM:
            self.talks.limit = min(self.most, self.talks.limit + 4)
        self.processes.lend(now, BUSY, CALM)
        if self.setting is not None and len(self.processes.helpers) < worker_processes_for(there):
            self._start(self.setting)

    def collect(self) -> None:
        """Tell of the conversations that have ended on threads."""
        self._end(self.talks.ended())

    def close(self) -> None:
        """End the helpers; threads are closed by whoever made them."""
        self.setting = None
        for helper in self.processes.helpers:
            self.selector.unregister(helper)
        self.processes.close()

    def _start(self, setting: WorkerConfig) -> None:
        """One helper at a time: it takes half a second to come, and by then more is known."""
        try:
            helper = self.processes.add(setting)
        except (pickle.PicklingError, AttributeError, TypeError, OSError) as fault:
            self.setting = None
            _log.info("conversations stay on threads: %r", fault)
            return
        self.selector.register(helper, EVENT_READ, lambda *_: self._heard(helper))

    def _heard(self, helper: WorkerProcess) -> None:
        try:
            ended = helper.read(self.rate_limiter, time.monotonic())
        except GONE:
            _log.warning("a helper process has ended; its conversations begin again")
            self._lose(helper)
            return
        for host, _, one in ended:
            self.host_limiter.hold(host.address, one.free_at)
        self._end(Completed(host, ask, one.heard) for host, ask, one in ended)

    def _lose(self, helper: WorkerProcess) -> None:
        """Go on without a helper: who it spoke with is asked anew, later."""
        self.setting = None
        self.selector.unregister(helper)
        rested = time.monotonic() + REST
        for host, ask in self.processes.lose(helper):
            self.host_limiter.hold(host.address, rested)
            if self._open.pop((host.index, ask.number), None) is not None:
                self.again.append((host, ask))

    def _end(self, talked: Iterable[Completed]) -> None:
        """Tell of conversations that have ended, but for those that were given up before."""
        self.ended([one for one in talked if self._open.pop((one.host.index, one.ask.number), None) is not None])

    def _give_up_overdue(self, now: float) -> None:
        overdue = {key: (host, ask) for key, (host, ask, until) in self._open.items() if now > until}
        if not overdue:
            return
        heard = ConversationResult(Outcome.TIMED_OUT, note="the conversation did not end in time")
        self._end([Completed(host, ask, heard) for host, ask in overdue.values()])
        for helper in list(self.processes.helpers):
            if any((host.index, ask.number) in overdue for host, ask in helper.jobs.values()):
                _log.warning("a helper process is stuck and is ended; its conversations begin again")
                helper.process.kill()
                self._lose(helper)
