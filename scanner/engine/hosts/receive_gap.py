"""Detects that no host responds any more: the network behind our link was lost, and not these hosts.

A conversation that fails on a port that was open, while no host has sent anything for a second, does not yet show the
state of its host. Where that happens to several hosts, their conversations are repeated once the hosts respond again.

No socket and no clock: times are arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

#: Seconds without anything from any host that are a gap; hosts that fail in it before it counts as one; seconds that
#: a failure is held for others to follow; seconds for which the hosts of a gap are tried again.
QUIET, HOSTS, HOLD, PATIENCE = 1.0, 2, 3.0, 30.0

Failed = TypeVar("Failed")


class ReceiveGap(Generic[Failed]):
    """Failures that may be those of a gap. `after` is seconds behind one in which a failure still belongs to it."""

    def __init__(self, now: float, after: float, host: Callable[[Failed], int]) -> None:
        self._received, self._after, self._host = now, after, host
        self._over = float("-inf")  # when the last gap ended
        self.held: list[Failed] = []
        self._since = now

    def received(self, now: float) -> None:
        """Something was received from a host."""
        if now - self._received >= QUIET:
            self._over = now
        self._received = now

    def hold(self, failure: Failed, now: float) -> bool:
        """Whether a failure is held, as it may be that of a gap."""
        if now - self._received < QUIET and now - self._over > self._after:
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
