"""The sweep: sends UDP probes to every eligible address in rounds, and keeps one bit for each address.

A round sends one probe to every address without a response. Rounds follow one another over the same order, with a
pause in which responses arrive: two packets to one address are always at least the host's packet spacing apart, and
retransmissions are spread over time and subnets as the first round was. The number of rounds follows from the loss that
they show, unless the user set it.

No socket and no clock: packets are sent through a function and the time is an argument, so tests use numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from scanner.core.permutation import Permutation
from scanner.core.spans import address_text
from scanner.core.targets import Targets
from scanner.engine.os.udp import SENT, Datagram, Send, SendResult
from scanner.engine.rate.congestion import ABOUT_THE_ADDRESS
from scanner.engine.rate.limits import HostRateLimiter, Pace
from scanner.engine.sweep.backpressure import Backpressure
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.builders import RequestBuilders
from scanner.engine.sweep.cookie import Cookies
from scanner.engine.sweep.loss import rounds_complete, shown_loss
from scanner.engine.sweep.state import SweepState, UdpProbe

#: Positions examined in one `pump`, so that skipping complete addresses never delays receiving.
LOOK = 8_192
#: Datagrams that are built before they are sent: the processor's caches hold one kind of work at a time, which makes a
#: packet a fifth cheaper.
CHUNK = 128
#: Most datagrams of one round that are reported to `sampled`.
SAMPLES = 1_024
#: More rounds than any probe has: separates the round keys of one phase from those of the next.
PHASE_STRIDE = 1_000

#: The function that sends a probe's datagrams.
Sender = Callable[[UdpProbe], Send]
#: Called for each stretch of a round that was sent: round key, position reached, packets sent, the time.
Ran = Callable[[tuple[int, int], int, int, float], None]

_LAST_OCTET = tuple(map(str, range(256)))


class Sweeper:
    """Sends the probes of one state to all eligible addresses; `responded` and `refused` complete an address.

    `sender(probe)` returns the function that sends datagrams, with the number sent and SENT or the reason that the next
    was not. `source(probe, address)` is our own `address:port` as hosts near that address see it. `ran` is called for
    each stretch of a round and `sampled(probe, index)` for every `sample`th datagram. `phase` keeps the round keys of
    this sweep apart from those of another.
    """

    def __init__(
        self,
        state: SweepState,
        targets: Targets,
        order: Permutation,
        eligible: Bitmap,
        pace: Pace,
        cookies: Cookies,
        host_limiter: HostRateLimiter,
        sender: Sender,
        source: Callable[[UdpProbe, str], str],
        ran: Ran = lambda key, position, sent, now: None,
        phase: int = 0,
    ) -> None:
        self.state, self.probes = state, state.probes
        self.targets, self.order, self.eligible, self.pace = targets, order, eligible, pace
        self.cookies, self.host_limiter, self.sender = cookies, host_limiter, sender
        self.builders = RequestBuilders(source)
        self.sample = max(1, order.count // SAMPLES)
        self.sampled: Callable[[UdpProbe, int], None] = lambda probe, index: None
        self.ran, self.phase = ran, phase
        self.neighbour_free_at: Callable[[int, float], float] | None = None  # 0 when the neighbour table has room now
        self.names = tuple(dict.fromkeys(probe.discovery for probe in self.probes))
        self.generation = 0  # counts completed rounds, after which waiting hosts are decided on again
        self.linger = pace.timeout  # seconds for the last responses
        self.round_pause = pace.timeout  # between two rounds of one probe; the caller adapts it to the response time
        self.last_sent = float("-inf")
        self.backpressure = Backpressure(backoff)
        self._unsampled = 0  # datagrams until the next that is reported to `sampled`
        self._round_end = float("-inf")
        self._deferred: list[tuple[float, int, int, int]] = []  # due, probe, attempt, index: hosts not free in turn

    @property
    def failed(self) -> str:
        """Why the sweep ended incomplete, else empty."""
        return self.backpressure.failed

    def round_of(self, number: int, index: int) -> tuple[tuple[int, int], int]:
        """The key of the round that last sent a probe to an address, as `ran` has it, and the position there."""
        position, attempt = self.order.position(index), self.probes[number].attempt
        if self.state.place()[:2] != (number, attempt) or position >= self.state.position:
            attempt -= 1
        return self._key(number, max(0, attempt)), position

    def _key(self, number: int, attempt: int) -> tuple[int, int]:
        return number, self.phase * PHASE_STRIDE + attempt

    def all_sent(self) -> bool:
        """Whether every probe has had its rounds; responses may still arrive."""
        return bool(self.failed) or (not self._deferred and all(probe.ended for probe in self.probes))

    def over(self, now: float) -> bool:
        """Whether every probe has had its rounds and the time for the last responses has passed."""
        if not self.all_sent():
            return False
        if now - self.last_sent >= self.linger:
            return True
        return all(self._all_complete(probe) for probe in self.probes)

    def probed_once(self, index: int) -> bool:
        """Whether every probe was sent at least once to this address, or is complete for it."""
        return bool(self.failed) or all(p.ended or p.attempt > 0 or index in p.complete for p in self.probes)

    def probes_ended(self, discovery: str, index: int) -> bool:
        """Whether a discovery's probes are complete for this address, or will not be sent again."""
        own = (probe for probe in self.probes if probe.discovery == discovery)
        return bool(self.failed) or all(probe.ended or index in probe.complete for probe in own)

    def responded(self, probe: UdpProbe, index: int) -> bool:
        """Record a response to a probe. Returns whether it is the first of this address."""
        if not probe.complete.add(index):
            return False
        if probe.responses:
            probe.responses[-1] += 1
        return True

    def refused(self, probe: UdpProbe, index: int) -> bool:
        """Record a refusal, which counts as no response and ends the probe for this address."""
        return probe.complete.add(index)

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due. Returns how many were sent."""
        if now < self.backpressure.blocked_until or self.failed:
            return 0
        sent = self._send_deferred(now, grant)
        while sent < grant and not self.failed:
            probe = self.state.current or self._next_round(now)
            if probe is None:
                break
            more, done = self._run(probe, now, grant - sent)
            sent += more
            if not done:
                break
        if sent:
            self.last_sent = now
        return sent

    def wake_at(self, now: float) -> float:
        """When there is next something to send, or to end."""
        if now < self.backpressure.blocked_until:
            return self.backpressure.blocked_until
        if self.state.current is not None:
            return now
        open_probes = [probe for probe in self.probes if not probe.ended and not probe.deferred]
        times = [max(probe.last_sent + self.round_pause, self._round_end) for probe in open_probes]
        times = times or [self.last_sent + self.linger]
        if self._deferred:
            times.append(self._deferred[0][0])
        return max(now, min(times, default=now + 1.0))

    def _next_round(self, now: float) -> UdpProbe | None:
        if now < self._round_end:
            return None
        due = (p for p in self.probes if not p.ended and not p.deferred and p.last_sent + self.round_pause <= now)
        for probe in sorted(due, key=lambda probe: (probe.attempt, probe.port)):
            if self._all_complete(probe) or rounds_complete(probe, self.pace, self._loss()):
                probe.ended = True
                self.generation += 1
                continue
            self.state.current, self.state.position = probe, 0
            probe.responses.append(0)
            return probe
        return None

    def _loss(self) -> float:
        """The loss that the rounds of all probes show."""
        return shown_loss(probe.responses[:: probe.step.variants] for probe in self.probes)

    def _all_complete(self, probe: UdpProbe) -> bool:
        return probe.complete.number >= self.eligible.number

    def _run(self, probe: UdpProbe, now: float, grant: int) -> tuple[int, bool]:
        """Continue the current round. Returns the packets sent, and whether the round is complete.

        The hot loop of a scan: whatever can be looked up once for all packets is looked up before it.
        """
        count, step, bits, eligible = self.order.count, self.order.step, probe.complete.bits, self.eligible.bits
        position, index = self.state.position, self.order.index(self.state.position)
        end = min(count, position + LOOK)
        number_of, only, held, neighbours = (
            self.targets.number, self.targets.only, self.host_limiter.due, self.neighbour_free_at
        )  # fmt: skip
        attempt, version, octets = probe.attempt, 4, _LAST_OCTET
        networks, enter = self.builders.of_round(probe), self.builders.enter
        cookie = self.cookies.at(probe.port)
        sent, blocked, ready = 0, False, list[Datagram]()
        while position < end and sent < grant:
            bit = 1 << (index & 7)
            if not bits[index >> 3] & bit and eligible[index >> 3] & bit:
                if only >= 0:
                    number = only + index
                    network = number >> 8
                else:
                    version, number = number_of(index)
                    network = number >> 8 if version == 4 else ~(number >> 8)
                prefix, build = networks.get(network) or enter(probe, network, version, number)
                address = prefix + octets[number & 255] if version == 4 else address_text(6, number)
                due = held.get(address, 0.0) if neighbours is None else self._free_at(index, address, now)
                if due > now:
                    self._defer(probe, attempt, index, due)
                elif (data := build(address, cookie(address))) is not None:
                    ready.append((data, address, index))
                    sent += 1
                    if len(ready) >= CHUNK:
                        unsent = self._send_all(probe, ready, now)
                        ready.clear()
                        if unsent:
                            sent, blocked, position = sent - unsent, True, position + 1
                            break
            position += 1
            index += step
            if index >= count:
                index -= count
        if ready:
            unsent = self._send_all(probe, ready, now)
            sent, blocked = sent - unsent, blocked or unsent > 0
        if sent and not blocked:
            self.backpressure.accepted()
        self.state.position = position
        self.ran(self._key(probe.number, attempt), position, sent, now)
        if position < count:
            return sent, False
        self.state.current = None
        self.generation += 1
        probe.attempt += 1
        probe.last_sent = now
        self._round_end = now + self.host_limiter.spacing
        return sent, True

    def _send_all(self, probe: UdpProbe, ready: Sequence[Datagram], now: float) -> int:
        """Send datagrams. Returns how many are deferred because the kernel accepts no more."""
        send, held, place, waiting = self.sender(probe), self.host_limiter.due, 0, 0
        skipped = set[int]()
        while place < len(ready):
            sent, result = send(ready[place:] if place else ready)
            place += sent
            if result is SENT:
                break
            if self._retries(probe, result, probe.attempt, ready[place][2], now):
                waiting = len(ready) - place
                for _, _, index in ready[place:]:
                    self._defer(probe, probe.attempt, index, self.backpressure.blocked_until)
                break
            skipped.add(ready[place][2])
            place += 1
        if probe.attempt and probe.unsent.number:
            for _, _, index in ready[: len(ready) - waiting]:
                if index not in skipped:
                    probe.unsent.discard(index)
        if held:
            for _, address, _ in ready[: len(ready) - waiting]:
                if address in held:
                    self.host_limiter.reserve(address, 1, now)
        gone = len(ready) - waiting
        for _, _, index in ready[self._unsampled : gone : self.sample]:
            self.sampled(probe, index)
        self._unsampled = (self._unsampled - gone) % self.sample
        return waiting

    def _defer(self, probe: UdpProbe, attempt: int, index: int, due: float) -> None:
        """Send this address its datagram later; the probe's next round waits for it."""
        heappush(self._deferred, (due, probe.number, attempt, index))
        self.probes[probe.number].deferred += 1

    def _free_at(self, index: int, address: str, now: float) -> float:
        """When an address may be sent to: the host's rate allows it and the neighbour table has room."""
        due = self.host_limiter.free_at(address)
        return due if self.neighbour_free_at is None else max(due, self.neighbour_free_at(index, now))

    def _send_deferred(self, now: float, grant: int) -> int:
        sent = 0
        while self._deferred and self._deferred[0][0] <= now and sent < grant:
            _, number, attempt, index = heappop(self._deferred)
            probe = self.probes[number]
            probe.deferred -= 1
            if index in probe.complete:
                continue
            address = self.targets.address(index)
            due = self._free_at(index, address, now)
            if due <= now:
                build = self.builders.one(probe, attempt, address)
                data = build(address, self.cookies(address, probe.port))
                result = SENT if data is None else self.sender(probe)([(data, address, index)])[1]
                if result is SENT or not self._retries(probe, result, attempt, index, now):
                    sent += 1
                    if result is SENT:
                        self.backpressure.accepted()
                        probe.unsent.discard(index)
                    if address in self.host_limiter.due:
                        self.host_limiter.reserve(address, 1, now)
                    probe.last_sent = now
                    continue
                due = self.backpressure.blocked_until
            self._defer(probe, attempt, index, due)
            if due == self.backpressure.blocked_until:
                break
        return sent

    def _retries(self, probe: UdpProbe, result: SendResult, attempt: int, index: int, now: float) -> bool:
        """Whether a datagram that was not sent is sent again later; otherwise its address is one without a request."""
        if self.backpressure.rejected(result, now, index):
            if self.failed:
                self.generation += 1
            return True
        if not attempt and result.reason not in ABOUT_THE_ADDRESS:
            probe.unsent.add(index)
        return False


def backoff(tries: int) -> float:
    """Seconds to wait after the given number of rejected tries."""
    return float(min(1.0, 0.01 * 2**tries))
