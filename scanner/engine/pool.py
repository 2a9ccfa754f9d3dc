"""Where conversations happen: on threads at first, in helper processes once many hosts are there."""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector

from scanner.engine.crew import Crew, Helper, Setting, helpers_worth_starting
from scanner.engine.hosts import Ask, Host
from scanner.engine.pacing import Bucket, Floors
from scanner.engine.talks import Talked, Talks

_log = logging.getLogger(__name__)

#: Share of a core from which fewer conversations are begun at once, and below which more; over how many seconds.
BUSY, CALM, WINDOW, LEAST = 0.85, 0.6, 0.25, 8


class Pool:
    """Threads, and helpers when they are worth it. `ended` is told of each conversation that has ended.

    `deadline(host)` is when the talk with a host must end; `setting` is what helpers need, None for threads alone;
    `addresses` are so many as there may be hosts.
    """

    def __init__(
        self,
        talks: Talks,
        setting: Setting | None,
        selector: BaseSelector,
        bucket: Bucket,
        floors: Floors,
        deadline: Callable[[Host], float],
        ended: Callable[[list[Talked]], None],
        most: int,
        addresses: int,
    ) -> None:
        self.talks, self.setting, self.selector = talks, setting, selector
        self.bucket, self.floors, self.deadline, self.ended, self.most = bucket, floors, deadline, ended, most
        self.crew = Crew(most)
        self._looked = (time.monotonic(), time.process_time())
        selector.register(talks, EVENT_READ, lambda *_: ended(talks.ended()))
        if setting is not None and helpers_worth_starting(addresses):
            self._start(setting)

    @property
    def room(self) -> int:
        """How many conversations can begin at once."""
        return self.crew.room if self.crew.helpers else self.talks.room

    def begin(self, host: Host, ask: Ask) -> None:
        """Have a conversation."""
        if self.crew.helpers:
            try:
                self.crew.begin(host, ask, self.deadline(host), self.floors.free_at(host.address))
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
        share = (used - used_then) / (now - then)
        if share > BUSY:
            self.talks.limit = max(LEAST, self.talks.limit * 3 // 4)
        elif share < CALM:
            self.talks.limit = min(self.most, self.talks.limit + 4)
        self.crew.lend(now, BUSY, CALM)
        if self.setting is not None and len(self.crew.helpers) < helpers_worth_starting(there):
            self._start(self.setting)

    def close(self) -> None:
        """End the helpers; threads are closed by whoever made them."""
        self.setting = None
        for helper in self.crew.helpers:
            self.selector.unregister(helper)
        self.crew.close()

    def _start(self, setting: Setting) -> None:
        """One helper at a time: it takes half a second to come, and by then more is known."""
        try:
            helper = self.crew.add(setting)
        except (pickle.PicklingError, AttributeError, TypeError, OSError) as fault:
            self.setting = None
            _log.info("conversations stay on threads: %r", fault)
            return
        self.selector.register(helper, EVENT_READ, lambda *_: self._heard(helper))

    def _heard(self, helper: Helper) -> None:
        try:
            ended = helper.read(self.bucket, time.monotonic())
        except (EOFError, OSError, pickle.UnpicklingError):
            _log.warning("a helper process has ended; its conversations begin again on threads")
            self.setting = None
            self.selector.unregister(helper)
            for host, ask in self.crew.lose(helper):
                self.talks.begin(host, ask)
            return
        for host, _, one in ended:
            self.floors.hold(host.address, one.free_at)
        self.ended([Talked(host, ask, one.heard) for host, ask, one in ended])
