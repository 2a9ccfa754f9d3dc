"""The sweep: every question to every address in rounds, remembering nothing but who has answered.

A round asks one question once of all who have not answered it. Rounds run one after the other over the same order,
with a pause in which answers come in, so two packets to one address are always at least the floor between packets
apart, and retries are as spread over time and subnets as the first round was. How many rounds there are follows from
the loss that they show, unless the user set the number.

Nothing here knows sockets or clocks: packets go out through `send`, time comes in, so tests drive it with numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from scanner.core.permutation import Permutation
from scanner.core.spans import address_text
from scanner.core.targets import Targets
from scanner.discovery.declaration import Build
from scanner.engine.os.udp import SENT, Datagram, Send, SendResult
from scanner.engine.rate.limits import HostRateLimiter, Pace
from scanner.engine.sweep.bitmap import Bitmap
from scanner.engine.sweep.loss import SweepPosition, UdpProbe, enough
from scanner.engine.sweep.token import Cookies

#: Positions looked at in one `pump`, so that skipping those who have answered never holds up receiving.
LOOK = 8_192
#: Datagrams that are built before they are sent: the processor's caches hold one kind of work at a time, and a packet
#: costs a fifth less.
CHUNK = 128
#: Datagrams of one round that `sampled` hears of, at most.
SAMPLES = 1_024
#: Neighbourhoods (256 addresses each) of which is remembered how a question to them is built.
NEIGHBOURHOODS = 1 << 12
#: Seconds a sweep waits for a network that takes nothing, before it ends in part.
PATIENCE = 10.0
#: More rounds than any question has.
WAVE = 1_000

#: The function that puts a question's datagrams on the wire.
Wire = Callable[[UdpProbe], Send]
#: Hears of a stretch of a round: its key, the position it has come to, packets sent, the time.
Ran = Callable[[tuple[int, int], int, int, float], None]

_LAST = tuple(map(str, range(256)))


class Sweeper:
    """All questions over all eligible addresses. `pump` sends, `answered` and `refused` settle, `ended` tells the end.

    `wire(question)` gives the function that puts datagrams on the wire and says how many went, and SENT or what stood
    in the way of the next; `here(question, address)` is our own end in the neighbourhood of that address;
    `ran(key, position, sent, now)` hears of each stretch of a round, and `sampled(question, index)` of every `sample`th
    datagram. `wave` tells the keys of this sweep's rounds from those of another.
    """

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
        eligible: Bitmap,
        ran: Ran = lambda key, position, sent, now: None,
        wave: int = 0,
    ) -> None:
        self.targets, self.order, self.questions, self.pace = targets, order, questions, pace
        self.cookie, self.host_limiter, self.wire, self.here, self.eligible = cookie, host_limiter, wire, here, eligible
        self.sample = max(1, order.count // SAMPLES)
        self.sampled: Callable[[UdpProbe, int], None] = lambda question, index: None
        self.ran, self.wave = ran, wave
        self.contact: Callable[[int, float], float] | None = None  # when a neighbour may be sent to, 0 for now
        self.names = tuple(dict.fromkeys(question.discovery for question in questions))
        self.generation = 0  # counts rounds: what was waiting for one looks again
        self.sent = 0
        self.lingers = pace.timeout  # until the last answers are in
        self.between = pace.timeout  # between two rounds of one question; the caller shortens it to what answers take
        self.last_sent = float("-inf")
        self.failed = ""
        self.complaints: list[str] = []
        self._current: UdpProbe | None = None
        self._position = 0
        self._unsampled = 0  # datagrams until the next of which `sampled` hears
        self._near: dict[int, tuple[str, Build]] = {}  # in this round: neighbourhood → its addresses' text, its request
        self._builds: dict[str, Build] = {}  # our own end → how its requests are built
        self._near_of: tuple[int, int] | None = None
        self._quiet = float("-inf")  # no sending before this time
        self._round_end = float("-inf")
        self._tries = 0
        self._trouble_since: float | None = None
        self._later: list[tuple[float, int, int, int]] = []  # due, question, attempt, index: hosts that are in a talk

    @property
    def place(self) -> SweepPosition:
        """Where it is now."""
        if self._current is None:
            return SweepPosition(-1, 0, 0)
        return SweepPosition(self._current.number, self._current.attempt, self._position)

    def key(self, number: int, index: int) -> tuple[tuple[int, int], int]:
        """The round in which an address was last asked a question, as `ran` was told, and its position there."""
        position, attempt = self.order.position(index), self.questions[number].attempt
        if self.place[:2] != (number, attempt) or position >= self._position:
            attempt -= 1
        return self._key(number, max(0, attempt)), position

    def _key(self, number: int, attempt: int) -> tuple[int, int]:
        return number, self.wave * WAVE + attempt

    def asked(self) -> bool:
        """Whether every question has had its rounds; answers may still come in."""
        return bool(self.failed) or (not self._later and all(question.ended for question in self.questions))

    def over(self, now: float) -> bool:
        """Whether every question has had its rounds and the last answers their time."""
        if not self.asked():
            return False
        if now - self.last_sent >= self.lingers:
            return True
        return all(self._all_settled(question) for question in self.questions)

    def resume(self, place: SweepPosition) -> None:
        """Go on from a place that an earlier run had reached; earlier rounds are not repeated."""
        if 0 <= place.question < len(self.questions):
            self._current, self._position = self.questions[place.question], place.position

    def probed_once(self, index: int) -> bool:
        """Whether every question was asked at least once of this address, or is settled."""
        return bool(self.failed) or all(q.ended or q.attempt > 0 or index in q.settled for q in self.questions)

    def probes_ended(self, discovery: str, index: int) -> bool:
        """Whether a discovery's questions are settled for this address, or will not be asked again."""
        asked = (q for q in self.questions if q.discovery == discovery)
        return bool(self.failed) or all(q.ended or index in q.settled for q in asked)

    def answered(self, question: UdpProbe, index: int) -> bool:
        """An address answered (or refused) a question; whether that is news."""
        if not question.settled.add(index):
            return False
        if question.gains:
            question.gains[-1] += 1
        return True

    def refused(self, question: UdpProbe, index: int) -> bool:
        """An address said no: nothing is gained, and it is not asked again."""
        return question.settled.add(index)

    def pump(self, now: float, grant: int) -> int:
        """Send up to `grant` packets that are due; how many went."""
        if now < self._quiet or self.failed:
            return 0
        went = self._send_later(now, grant)
        while went < grant and not self.failed:
            question = self._current or self._choose(now)
            if question is None:
                break
            more, done = self._run(question, now, grant - went)
            went += more
            if not done:
                break
        self.sent += went
        if went:
            self.last_sent = now
        return went

    def wake_at(self, now: float) -> float:
        """When there is something to send, or to end, again."""
        if now < self._quiet:
            return self._quiet
        if self._current is not None:
            return now
        times = [max(q.asked + self.between, self._round_end) for q in self.questions if not q.ended and not q.deferred]
        times = times or [self.last_sent + self.lingers]
        if self._later:
            times.append(self._later[0][0])
        return max(now, min(times, default=now + 1.0))

    def _choose(self, now: float) -> UdpProbe | None:
        if now < self._round_end:
            return None
        for question in sorted(
            (q for q in self.questions if not q.ended and not q.deferred and q.asked + self.between <= now),
            key=lambda q: (q.attempt, q.port),
        ):
            if self._all_settled(question) or enough(question, self.pace):
                question.ended = True
                self.generation += 1
                continue
            self._current, self._position = question, 0
            question.gains.append(0)
            return question
        return None

    def _all_settled(self, question: UdpProbe) -> bool:
        return question.settled.number >= self.eligible.number

    def _run(self, question: UdpProbe, now: float, grant: int) -> tuple[int, bool]:
        """Send on in the current round: how many packets went, and whether the round is done.

        The hot loop of a scan: what is looked up for each packet is looked up once here where it can be.
        """
        count, step, bits, eligible = self.order.count, self.order.step, question.settled.bits, self.eligible.bits
        position, index = self._position, self.order.index(self._position)
        end = min(count, position + LOOK)
        number_of, only, busy, contact = self.targets.number, self.targets.only, self.host_limiter.due, self.contact
        attempt, version, tails = question.attempt, 4, _LAST
        near = self._neighbourhoods(question)
        cookie = self.cookie.at(question.port)
        went, stuck, ready = 0, False, list[Datagram]()
        while position < end and went < grant:
            bit = 1 << (index & 7)
            if not bits[index >> 3] & bit and eligible[index >> 3] & bit:
                if only >= 0:
                    number = only + index
                    neighbourhood = number >> 8
                else:
                    version, number = number_of(index)
                    neighbourhood = number >> 8 if version == 4 else ~(number >> 8)
                prefix, build = near.get(neighbourhood) or self._meet(question, neighbourhood, version, number)
                address = prefix + tails[number & 255] if version == 4 else address_text(6, number)
                due = busy.get(address, 0.0) if contact is None else self._due(index, address, now)
                if due > now:
                    self._put_off(question, attempt, index, due)
                elif (data := build(address, cookie(address))) is not None:
                    ready.append((data, address, index))
                    went += 1
                    if len(ready) >= CHUNK:
                        unsent = self._send_all(question, ready, now)
                        ready.clear()
                        if unsent:
                            went, stuck, position = went - unsent, True, position + 1
                            break
            position += 1
            index += step
            if index >= count:
                index -= count
        if ready:
            unsent = self._send_all(question, ready, now)
            went, stuck = went - unsent, stuck or unsent > 0
        if went and not stuck:
            self._tries, self._trouble_since = 0, None
        self._position = position
        self.ran(self._key(question.number, attempt), position, went, now)
        if position < count:
            return went, False
        self._current = None
        self.generation += 1
        question.attempt += 1
        question.asked = now
        self._round_end = now + self.host_limiter.spacing
        return went, True

    def _neighbourhoods(self, question: UdpProbe) -> dict[int, tuple[str, Build]]:
        """What this round knows of neighbourhoods."""
        if self._near_of != (question.number, question.attempt) or len(self._near) > NEIGHBOURHOODS:
            self._near, self._builds, self._near_of = {}, {}, (question.number, question.attempt)
        return self._near

    def _meet(self, question: UdpProbe, neighbourhood: int, version: int, number: int) -> tuple[str, Build]:
        """The first datagram of a round into a neighbourhood: how its addresses begin, and how requests are built."""
        address = address_text(version, number)
        here = self.here(question, address)
        build = self._builds.get(here)
        if build is None:
            build = self._builds[here] = question.step.builder(question.port, question.attempt, here)
        found = self._near[neighbourhood] = address.rpartition(".")[0] + ".", build
        return found

    def _send_all(self, question: UdpProbe, ready: Sequence[Datagram], now: float) -> int:
        """Send some datagrams; how many have to wait because the network takes no more."""
        send, busy, place, waiting = self.wire(question), self.host_limiter.due, 0, 0
        while place < len(ready):
            went, result = send(ready[place:] if place else ready)
            place += went
            if result is SENT:
                break
            if self._stuck(question, result, now):
                waiting = len(ready) - place
                for _, _, index in ready[place:]:
                    self._put_off(question, question.attempt, index, self._quiet)
                break
            place += 1
        if busy:
            for _, address, _ in ready[: len(ready) - waiting]:
                if address in busy:
                    self.host_limiter.reserve(address, 1, now)
        gone = len(ready) - waiting
        for _, _, index in ready[self._unsampled : gone : self.sample]:
            self.sampled(question, index)
        self._unsampled = (self._unsampled - gone) % self.sample
        return waiting

    def _put_off(self, question: UdpProbe, attempt: int, index: int, due: float) -> None:
        """This address gets its datagram later; the question's next round waits for it."""
        heappush(self._later, (due, question.number, attempt, index))
        self.questions[question.number].deferred += 1

    def _due(self, index: int, address: str, now: float) -> float:
        """When an address may be sent to: after the talk it is in, and when the neighbour table has room."""
        due = self.host_limiter.free_at(address)
        return due if self.contact is None else max(due, self.contact(index, now))

    def _send_later(self, now: float, grant: int) -> int:
        went = 0
        while self._later and self._later[0][0] <= now and went < grant:
            _, number, attempt, index = heappop(self._later)
            question = self.questions[number]
            question.deferred -= 1
            if index in question.settled:
                continue
            address = self.targets.address(index)
            due = self._due(index, address, now)
            if due <= now:
                build = question.step.builder(question.port, attempt, self.here(question, address))
                data = build(address, self.cookie(address, question.port))
                result = SENT if data is None else self.wire(question)([(data, address, index)])[1]
                if result is SENT or not self._stuck(question, result, now):
                    went += 1
                    if result is SENT:
                        self._tries, self._trouble_since = 0, None
                    if address in self.host_limiter.due:
                        self.host_limiter.reserve(address, 1, now)
                    question.asked = now
                    continue
                due = self._quiet
            self._put_off(question, attempt, index, due)
            if due == self._quiet:
                break
        return went

    def _stuck(self, question: UdpProbe, result: SendResult, now: float) -> bool:
        """A datagram did not go: whether to wait and send it again; if not, it never will and is counted."""
        self.complaints.append(result.reason)
        if not result.again:
            self.questions[question.number].blocked += 1
            return False
        self._tries += 1
        since = self._trouble_since = now if self._trouble_since is None else self._trouble_since
        if now - since > PATIENCE:
            self.generation += 1
            self.failed = f"the network took nothing for {PATIENCE:.0f} seconds ({result.reason})"
            return True
        if self._tries > result.tries:
            self._tries = 0
            self.questions[question.number].blocked += 1
            return False
        self._quiet = now + min(1.0, 0.01 * 2**self._tries)
        return True
