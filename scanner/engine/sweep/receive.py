"""Receives on the sweep's sockets: responses to its probes, ICMP errors, and datagrams that match no request.

A response counts if it contains the cookie of a probe, from whichever port of the address it comes. Everything else is
dropped and counted: `strangers` (addresses that are not targets), `forged` (no matching cookie), `unreadable`, `flood`
(addresses that respond without end).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scanner.core.outcomes import Outcome
from scanner.core.targets import Targets
from scanner.discovery.conversation import Response
from scanner.engine.hosts.tracker import HostTracker
from scanner.engine.os.udp import UdpSocket
from scanner.engine.rate.congestion import CongestionControl
from scanner.engine.rate.round_trip import RoundTripTimes
from scanner.engine.results import ResultBuffer
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.sweep.phases import Phases
from scanner.engine.sweep.state import UdpProbe

#: Responses of one address after its first ones; a probe is sent some ten times at most.
REPEATED = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Matches what the sweep's sockets receive with its probes, and passes it on."""

    targets: Targets
    cookies: Cookies
    sweep: Phases
    tracker: HostTracker
    congestion: CongestionControl
    results: ResultBuffer
    round_trips: RoundTripTimes
    now: Callable[[], float]
    checked: Callable[[int, int], bool] = lambda number, index: False  # whether it is the response of a control host
    repeated: Counter[int] = field(default_factory=Counter)  # responses after the first, by address
    flooding: set[int] = field(default_factory=set)  # addresses whose further datagrams are dropped unread

    def read(self, sock: UdpSocket, probes: Sequence[UdpProbe]) -> None:
        """Read everything that waits at the socket of some probes."""
        counters = self.results.counters
        for data, address, _ in sock.received():
            index = self.targets.index(address)
            if index is None:
                counters["strangers"] += 1
                continue
            if index in self.flooding:
                counters["flood"] += 1
                continue
            self._datagram(data, address, index, probes)
        for address, port, outcome in sock.icmp_errors():
            index = self.targets.index(address)
            if index is not None:
                self._icmp_error(index, port, outcome, probes)

    def _datagram(self, data: bytes, address: str, index: int, probes: Sequence[UdpProbe]) -> None:
        for probe in probes:
            response = self._decode(probe, data, address)
            if response is None:
                continue
            self.round_trips.received(probe.number, index, self.now())
            self._response(probe, index, response)
            return
        self.results.counters["forged"] += 1

    def _decode(self, probe: UdpProbe, data: bytes, address: str) -> Response | None:
        try:
            return probe.step.response(data, self.cookies(address, probe.port), address)
        except Exception as fault:  # a fault of a decoder, ours or a plug-in's, costs this response alone
            _log.warning("%s: a response from %s cannot be decoded: %r", probe.discovery, address, fault)
            self.results.counters["unreadable"] += 1
            return None

    def _response(self, probe: UdpProbe, index: int, response: Response) -> None:
        self.sweep.admit(index)
        match response.outcome:
            case Outcome.ANSWERED:
                if self.sweep.responded(probe.number, index):
                    self.congestion.response(*self.sweep.round_of(probe.number, index))
                elif not self.checked(probe.number, index):
                    self._repeated(probe, index)
                self.tracker.response(
                    index, probe.discovery, probe.port, response.findings, response.mac, response.note
                )
            case Outcome.REFUSED:
                if self.sweep.refused(probe.number, index):
                    self.results.outcomes[probe.discovery, Outcome.REFUSED] += 1
                self.tracker.found(index)
            case other:  # the sender is not authenticated: the probe stays open, a forged response completes nothing
                self.results.outcomes[probe.discovery, other] += 1
                self.tracker.found(index)

    def _repeated(self, probe: UdpProbe, index: int) -> None:
        """Count a response after the first, which retransmissions cause; a host that sends more is read no further."""
        self.repeated[index] += 1
        if self.repeated[index] >= REPEATED:
            self.flooding.add(index)
            address = self.targets.address(index)
            self.results.miss(probe.discovery, address, Outcome.TRUNCATED, "it responds again and again")

    def _icmp_error(self, index: int, port: int, outcome: Outcome, probes: Sequence[UdpProbe]) -> None:
        for probe in probes:
            if probe.port != port:
                continue
            self.results.outcomes[probe.discovery, outcome] += 1
            if outcome is Outcome.REFUSED:
                self.round_trips.received(probe.number, index, self.now())
                self.sweep.admit(index)
                self.sweep.close_port(probe.number, index)
                self.tracker.found(index)
