"""The sweep of a scan in up to three phases, each a `Sweeper` of its own over the same order.

1. Addresses that have a host, or may have one, get every probe, in as many rounds as the loss requires.
2. Addresses without a response to their liveness probe get the first UDP probe once. It is sent in the pauses of the
   first phase and after it, so that conversations with responsive hosts continue meanwhile.
3. Addresses that responded in the second phase get the other probes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scanner.core.permutation import Permutation
from scanner.core.targets import Targets
from scanner.discovery.declaration import UdpSweep
from scanner.engine.rate.limits import HostRateLimiter, Pace
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.sweep.state import SweepState, UdpProbe
from scanner.engine.sweep.sweeper import Ran, Sender, Sweeper


@dataclass(slots=True, eq=False)
class PhasesState:
    """What a checkpoint saves of the sweep: the addresses of each phase, and the progress of each.

    `eligible` get every probe, `single_probe` the first one once, `late` are those of the latter that responded.
    """

    eligible: Bitmap
    single_probe: Bitmap
    late: Bitmap
    sweeps: tuple[SweepState, SweepState, SweepState]


def new_phases(probes: Sequence[UdpProbe], count: int) -> PhasesState:
    """The state before anything is sent, for `count` targets. The probes are those of the first phase."""
    once = [_copy(first, replace(first.step, attempts=1, variants=1)) for first in probes[:1]]
    rest = [_copy(probe, probe.step) for probe in probes]
    for first, sent in zip(rest, once, strict=False):
        first.complete = sent.complete  # a response in the second phase completes the same probe of the third
    return PhasesState(
        Bitmap(count), Bitmap(count), Bitmap(count), (SweepState(list(probes)), SweepState(once), SweepState(rest))
    )


def _copy(probe: UdpProbe, step: UdpSweep) -> UdpProbe:
    """The same probe with rounds and complete addresses of its own."""
    return UdpProbe(probe.number, probe.discovery, step, probe.port, Bitmap(probe.complete.count))


class Phases:
    """The three phases behind the interface of one sweep. `send_errors` are those of all phases."""

    def __init__(
        self,
        state: PhasesState,
        targets: Targets,
        order: Permutation,
        pace: Pace,
        cookies: Cookies,
        host_limiter: HostRateLimiter,
        sender: Sender,
        source: Callable[[UdpProbe, str], str],
        ran: Ran = lambda key, position, sent, now: None,
    ) -> None:
        self.eligible, self.single_probe, self.late = state.eligible, state.single_probe, state.late

        def sweeper(phase: int, eligible: Bitmap) -> Sweeper:
            sweep = state.sweeps[phase]
            return Sweeper(sweep, targets, order, eligible, pace, cookies, host_limiter, sender, source, ran, phase)

        self.first, self.second = sweeper(0, state.eligible), sweeper(1, state.single_probe)
        self.third = sweeper(2, state.late)
        self.each = (self.first, self.second, self.third)
        self.names = self.first.names
        self._closed = {name: Bitmap(targets.count()) for name in self.names}
        self.send_errors: list[str] = []
        for one in self.each:
            one.backpressure.errors = self.send_errors

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due. Returns how many were sent."""
        sent = self.first.pump(now, grant)
        if self._second_begun and sent < grant:
            sent += self.second.pump(now, grant - sent)
            if self.second.over(now):
                sent += self.third.pump(now, grant - sent)
        return sent

    def wake_at(self, now: float) -> float:
        """When there is next something to send, or to end."""
        return min((one.wake_at(now) for one in self._active(now)), default=now)

    def over(self, now: float) -> bool:
        """Whether every probe has had its rounds and the time for the last responses has passed."""
        return bool(self.failed) or not self._active(now)

    @property
    def failed(self) -> str:
        """Why the sweep ended incomplete, else empty."""
        return next((one.failed for one in self.each if one.failed), "")

    @property
    def generation(self) -> int:
        """Counts completed rounds, after which waiting hosts are decided on again."""
        return sum(one.generation for one in self.each)

    def _active(self, now: float) -> list[Sweeper]:
        """The phases that have begun and are not over."""
        if not self.first.over(now):
            return [self.first, self.second] if self._second_begun and not self.second.over(now) else [self.first]
        if not self.single_probe.number:
            return []
        if not self.second.over(now):
            return [self.second]
        return [] if self.third.over(now) else [self.third]

    @property
    def _second_begun(self) -> bool:
        """Whether there is a second phase, and the first has sent every probe once."""
        return self.single_probe.number > 0 and all(p.attempt or p.ended for p in self.first.probes)

    def admit(self, index: int) -> None:
        """An address has a host: it gets every probe."""
        (self.late if index in self.single_probe else self.eligible).add(index)

    def responded(self, number: int, index: int) -> bool:
        """Record a response to a probe. Returns whether it is the first of this address."""
        phase = self._phase_of(number, index)
        return phase.responded(phase.probes[number], index)

    def refused(self, number: int, index: int) -> bool:
        """Record a refusal, which ends the probe for this address."""
        phase = self._phase_of(number, index)
        return phase.refused(phase.probes[number], index)

    def close_port(self, number: int, index: int) -> None:
        """Record that a host reported a probe's port as closed (ICMP port unreachable)."""
        self._closed[self.first.probes[number].discovery].add(index)
        self.refused(number, index)

    def port_closed(self, discovery: str, index: int) -> bool:
        """Whether a host reported a discovery's port as closed."""
        closed = self._closed.get(discovery)
        return closed is not None and index in closed

    def round_of(self, number: int, index: int) -> tuple[tuple[int, int], int]:
        """The key of the round that last sent a probe to an address, as `ran` has it, and the position there."""
        return self._phase_of(number, index).round_of(number, index)

    def completed(self, index: int) -> list[int]:
        """The numbers of the probes that are complete for an address and whose port it has not reported as closed."""
        return [
            one.number
            for one in self.first.probes
            if index in self._phase_of(one.number, index).probes[one.number].complete
            and not self.port_closed(one.discovery, index)
        ]

    def probed_once(self, index: int) -> bool:
        """Whether conversations with an address may begin: every probe was sent once or is complete, or the address
        responded in the second phase, in which case its other probes follow during the conversations.
        """
        return bool(self.failed) or index in self.single_probe or self.first.probed_once(index)

    def probes_ended(self, discovery: str, index: int) -> bool:
        """Whether a discovery's probes are complete for this address, or will not be sent again."""
        phase = self.third if index in self.single_probe else self.first
        return bool(self.failed) or phase.probes_ended(discovery, index)  # none continues where one has failed

    def _phase_of(self, number: int, index: int) -> Sweeper:
        """The phase that sends a probe to an address."""
        if index not in self.single_probe:
            return self.first
        return self.second if number == 0 else self.third
