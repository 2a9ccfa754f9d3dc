"""What comes in on the sweep's sockets: answers to our questions, refusals, and what is neither.

An answer counts when a question's cookie is in it, from whichever port of the address that was asked. All else is
dropped and counted: `strangers` (addresses that were not asked), `forged` (no cookie), `unreadable`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from scanner.core.outcomes import Outcome
from scanner.core.targets import Targets
from scanner.discovery.conversation import Answer
from scanner.engine.hosts.tracker import HostTracker
from scanner.engine.os.udp import UdpSocket
from scanner.engine.rate.congestion import CongestionControl
from scanner.engine.results import ResultBuffer
from scanner.engine.sweep.loss import UdpProbe
from scanner.engine.sweep.phases import Phases
from scanner.engine.sweep.token import Cookies

_log = logging.getLogger(__name__)

#: Probes whose time is remembered to learn how long answers take.
SAMPLES = 4_096


class RoundTripTimes:
    """How long answers take, from a bounded sample of probes; seconds."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int, int], float] = {}
        self.number = 0
        self.slowest = 0.0

    def sent(self, question: int, index: int, now: float) -> None:
        """A probe went out. One that is repeated tells nothing: its answer may be to either (RFC 6298 3)."""
        if len(self._sent) < SAMPLES:
            self._sent[question, index] = now if (question, index) not in self._sent else -1.0

    def answered(self, question: int, index: int, now: float) -> None:
        """Its answer came."""
        sent = self._sent.pop((question, index), -1.0)
        if sent >= 0:
            self.number += 1
            self.slowest = max(self.slowest, now - sent)

    def patience(self, most: float, least: float = 0.2) -> float:
        """Seconds after which an answer is late: twice the slowest and a margin; `most` while nothing is known."""
        return min(most, max(least, 2 * self.slowest + 0.1)) if self.number else most


class Receiver:
    """Reads the sockets of a sweep and says who was heard."""

    def __init__(
        self,
        targets: Targets,
        cookie: Cookies,
        sweep: Phases,
        tracker: HostTracker,
        congestion: CongestionControl,
        results: ResultBuffer,
        trips: RoundTripTimes,
        now: Callable[[], float],
    ) -> None:
        self.targets, self.cookie, self.sweep, self.tracker = targets, cookie, sweep, tracker
        self.congestion, self.results, self.trips, self.now = congestion, results, trips, now

    def read(self, sock: UdpSocket, questions: Sequence[UdpProbe]) -> None:
        """Everything that is waiting at one socket."""
        count = self.results.counters
        for data, address, _ in sock.received():
            index = self.targets.index(address)
            if index is None:
                count["strangers"] += 1
                continue
            self._datagram(data, address, index, questions)
        for address, port, outcome in sock.refusals():
            index = self.targets.index(address)
            if index is not None:
                self._refusal(index, port, outcome, questions)

    def _datagram(self, data: bytes, address: str, index: int, questions: Sequence[UdpProbe]) -> None:
        for question in questions:
            answer = self._answer(question, data, address)
            if answer is None:
                continue
            self.trips.answered(question.number, index, self.now())
            self._take(question, index, answer)
            return
        self.results.counters["forged"] += 1

    def _answer(self, question: UdpProbe, data: bytes, address: str) -> Answer | None:
        try:
            return question.step.answer(data, self.cookie(address, question.port), address)
        except Exception as fault:  # a reader's fault, ours or a plug-in's, costs this answer
            _log.warning("%s: an answer from %s could not be read: %r", question.discovery, address, fault)
            self.results.counters["unreadable"] += 1
            return None

    def _take(self, question: UdpProbe, index: int, answer: Answer) -> None:
        self.sweep.admit(index)
        match answer.outcome:
            case Outcome.ANSWERED:
                if self.sweep.answered(question.number, index):
                    self.congestion.answer(*self.sweep.key(question.number, index))
                self.tracker.heard(index, question.discovery, question.port, answer.findings, answer.mac, answer.note)
            case Outcome.REFUSED:
                if self.sweep.refused(question.number, index):
                    self.results.outcomes[question.discovery, Outcome.REFUSED] += 1
                self.tracker.found(index)
            case other:  # says nothing of who asked: the question stays open, a forger settles nothing
                self.results.outcomes[question.discovery, other] += 1
                self.tracker.found(index)

    def _refusal(self, index: int, port: int, outcome: Outcome, questions: Sequence[UdpProbe]) -> None:
        for question in questions:
            if question.port != port:
                continue
            self.results.outcomes[question.discovery, outcome] += 1
            if outcome is Outcome.REFUSED:
                self.trips.answered(question.number, index, self.now())
                self.sweep.admit(index)
                self.sweep.closed(question.number, index)
                self.tracker.found(index)
