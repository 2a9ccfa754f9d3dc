"""Detects that all hosts fall silent at once: the network behind our link was lost, and not these hosts.

A conversation that fails on a port that was open, while no host has sent anything for a second, says nothing yet about
its host. Where that happens to several hosts, their conversations are repeated once the hosts respond again.

No socket and no clock: times are arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

#: Seconds without anything from any host that are a silence; hosts that fail in it before it is believed; seconds that
#: a failure is held for others to follow; seconds for which the hosts of a silence are tried again.
QUIET, HOSTS, HOLD, PATIENCE = 1.0, 2, 3.0, 30.0

Failed = TypeVar("Failed")


class Silence(Generic[Failed]):
    """Failures that may be those of a silence. `after` is seconds behind one in which a failure still belongs to it."""

    def __init__(self, now: float, after: float, host: Callable[[Failed], int]) -> None:
        self._heard, self._after, self._host = now, after, host
        self._over = float("-inf")  # when the last silence ended
        self.held: list[Failed] = []
        self._since = now

    def heard(self, now: float) -> None:
        """Something was received from a host."""
        if now - self._heard >= QUIET:
            self._over = now
        self._heard = now

    def hold(self, failure: Failed, now: float) -> bool:
        """Whether a failure is held, as it may be that of a silence."""
        if now - self._heard < QUIET and now - self._over > self._after:
            return False
        if not self.held:
            self._since = now
        self.held.append(failure)
        return True

    def take(self, now: float) -> tuple[list[Failed], list[Failed]]:
        """(failures to repeat, failures that are those of their hosts) of the held ones that are decided."""
        if len({self._host(one) for one in self.held}) >= HOSTS:
            repeated, self.held = self.held, []
            return repeated, []
        if self.held and now - self._since > HOLD:
            own, self.held = self.held, []
            return [], own
        return [], []
