"""The sweep of a scan in up to three phases, each a `Sweeper` of its own over the same order.

1. Those who are there, or may be, are asked everything, in as many rounds as the loss asks for.
2. Those of whom nothing was heard, where somebody looked, get the first question once. It goes out in the pauses of the
   first wave and after it, so that conversations with those who are there go on meanwhile.
3. Who answered that is asked the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from scanner.core.permutation import Permutation
from scanner.core.targets import Targets
from scanner.discovery.declaration import UdpSweep
from scanner.engine.rate.limits import HostRateLimiter, Pace
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import SweepPosition, UdpProbe
from scanner.engine.sweep.sweeper import Ran, Sweeper, Wire
from scanner.engine.sweep.token import Cookies


class Phases:
    """The phases as one. `present` are the addresses of the first, `silent` those of the second."""

    def __init__(
        self,
        targets: Targets,
        order: Permutation,
        questions: list[UdpProbe],
        pace: Pace,
        cookie: Cookies,
        host_limiter: HostRateLimiter,
        wire: Wire,
        here: Callable[[UdpProbe, str], str],
        present: Bitmap,
        silent: Bitmap,
        ran: Ran = lambda key, position, sent, now: None,
    ) -> None:
        self.present, self.silent, self.late = present, silent, Bitmap(targets.count())

        def sweep(asked: list[UdpProbe], eligible: Bitmap, wave: int) -> Sweeper:
            return Sweeper(targets, order, asked, pace, cookie, host_limiter, wire, here, eligible, ran, wave)

        once = [_anew(first, replace(first.step, attempts=1, variants=1)) for first in questions[:1]]
        rest = [_anew(one, one.step) for one in questions]
        for first, asked in zip(rest, once, strict=False):
            first.settled = asked.settled  # who answered the second wave is not asked the same in the third
        self.first = sweep(questions, present, 0)
        self.second, self.third = sweep(once, silent, 1), sweep(rest, self.late, 2)
        self.each = (self.first, self.second, self.third)
        self.names = self.first.names
        self._shut = {name: Bitmap(targets.count()) for name in self.names}
        self.complaints: list[str] = []
        for one in self.each:
            one.complaints = self.complaints

    # -- its course -----------------------------------------------------------------------------------------------

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due; how many went."""
        went = self.first.pump(now, grant)
        if self._second_wave and went < grant:
            went += self.second.pump(now, grant - went)
            if self.second.over(now):
                went += self.third.pump(now, grant - went)
        return went

    def wake_at(self, now: float) -> float:
        """When there is something to send, or to end, again."""
        return min((one.wake_at(now) for one in self._under_way(now)), default=now)

    def over(self, now: float) -> bool:
        """Whether every question has had its rounds and the last answers their time."""
        return bool(self.failed) or not self._under_way(now)

    @property
    def failed(self) -> str:
        """Why it ended in part, else empty."""
        return next((one.failed for one in self.each if one.failed), "")

    @property
    def generation(self) -> int:
        """Counts rounds: what was waiting for one looks again."""
        return sum(one.generation for one in self.each)

    @property
    def blocked(self) -> dict[str, int]:
        """Datagrams of each discovery that the kernel would not send."""
        found = dict.fromkeys(self.names, 0)
        for question in (question for one in self.each for question in one.questions):
            found[question.discovery] += question.blocked
        return {name: number for name, number in found.items() if number}

    def _under_way(self, now: float) -> list[Sweeper]:
        """The phases that have begun and are not over."""
        if not self.first.over(now):
            return [self.first, self.second] if self._second_wave and not self.second.over(now) else [self.first]
        if not self.silent.number:
            return []
        if not self.second.over(now):
            return [self.second]
        return [] if self.third.over(now) else [self.third]

    @property
    def _second_wave(self) -> bool:
        """Whether there is a second wave, and those who are there were asked everything once."""
        return self.silent.number > 0 and all(q.attempt or q.ended for q in self.first.questions)

    # -- what becomes of addresses --------------------------------------------------------------------------------

    def admit(self, index: int) -> None:
        """Somebody is at this address: it is asked everything."""
        (self.late if index in self.silent else self.present).add(index)

    def answered(self, number: int, index: int) -> bool:
        """An address answered a question (or refused it, which gains nothing); whether that is news."""
        wave = self._wave_of(number, index)
        return wave.answered(wave.questions[number], index)

    def refused(self, number: int, index: int) -> bool:
        """An address said no: it is not asked again."""
        wave = self._wave_of(number, index)
        return wave.refused(wave.questions[number], index)

    def closed(self, number: int, index: int) -> None:
        """A host says that nobody is at the port of a question."""
        self._shut[self.first.questions[number].discovery].add(index)
        self.refused(number, index)

    def port_closed(self, discovery: str, index: int) -> bool:
        """Whether a host said that nobody is at a discovery's port."""
        shut = self._shut.get(discovery)
        return shut is not None and index in shut

    def key(self, number: int, index: int) -> tuple[tuple[int, int], int]:
        """The round in which an address was last asked a question, as `ran` was told, and its position there."""
        return self._wave_of(number, index).key(number, index)

    def probed_once(self, index: int) -> bool:
        """Whether an address may be talked to: every question was asked of it once, or is settled, or may come later,
        as with those who broke their silence while the second wave goes on.
        """
        return index in self.silent or self.first.probed_once(index)

    def probes_ended(self, discovery: str, index: int) -> bool:
        """Whether a discovery's questions are settled for this address, or will not be asked again."""
        return (self.third if index in self.silent else self.first).probes_ended(discovery, index)

    def _wave_of(self, number: int, index: int) -> Sweeper:
        """The wave in which an address is asked a question."""
        if index not in self.silent:
            return self.first
        return self.second if number == 0 else self.third

    # -- its state ------------------------------------------------------------------------------------------------

    def places(self) -> list[list[Any]]:
        """Where each wave is, as plain values: its place and its questions' rounds."""
        return [[list(one.place), [[q.attempt, q.ended, list(q.gains)] for q in one.questions]] for one in self.each]

    def settled(self) -> list[list[str]]:
        """Who has settled which question in which wave, packed."""
        return [[question.settled.packed() for question in one.questions] for one in self.each]

    def resume(self, places: Sequence[Any], settled: Sequence[Sequence[str]], late: str) -> None:
        """Go on where another was."""
        self.late.fill(late)
        for one, (place, rows), packed in zip(self.each, places, settled, strict=True):
            for question, (attempt, ended, gains), marks in zip(one.questions, rows, packed, strict=True):
                question.attempt, question.ended, question.gains = attempt, ended, list(gains)
                question.settled.fill(marks)
            one.resume(SweepPosition(*place))


def _anew(question: UdpProbe, step: UdpSweep) -> UdpProbe:
    """The same question, asked by a wave of its own."""
    return UdpProbe(question.number, question.discovery, step, question.port, Bitmap(question.settled.count))
