"""The whole engine on loopback: every host is found within the limits, and a stopped scan resumes where it was."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from scanner.core.errors import EngineError, InventoryError
from scanner.core.model import Observation
from scanner.core.outcomes import Outcome
from scanner.core.target_syntax import parse
from scanner.discovery.conversation import Findings, Response
from scanner.discovery.declaration import Discovery, Exchange, Fit, HostState, ServiceBrowse, Transport, UdpSweep
from scanner.engine import parts
from scanner.engine.loop import StageLoop
from scanner.engine.os.rtnetlink import read_network
from scanner.engine.outages import Outage
from scanner.engine.protocols import link_steps, mdns
from scanner.engine.rate.limits import choose
from scanner.engine.run import Work, run
from scanner.engine.sink import Miss, Progress
from scanner.engine.sweep.sockets import SweepSockets
from scanner.engine.workers import pool
from scanner.engine.workers.api import ConversationResult, HostContext, HostFindings
from tests.loopback import own

pytestmark = pytest.mark.network


class Inbox:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self.misses: list[Miss] = []
        self.states: list[dict[str, Any]] = []
        self.progress: list[Progress] = []
        self.done: list[str] = []
        self.forbidden: set[str] = set()
        self.before: dict[str, list[tuple[str, str]]] = {}

    def observed(self, observations: Sequence[Observation]) -> None:
        self.observations += observations

    def missed(self, missed: Sequence[Miss]) -> None:
        self.misses += missed

    def went_back(self, missed: Sequence[Miss]) -> None:
        self.misses = [miss for miss in self.misses if miss not in missed]
        self.before = {}
        for one in self.observations:
            self.before.setdefault(one.ip or "", []).append((one.field, one.value))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        self.states.append(msgspec.json.decode(msgspec.json.encode(state)))

    def progressed(self, progress: Progress) -> None:
        self.progress.append(progress)

    def may_probe(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        return address not in self.forbidden

    def finished(self, address: str, findings: Sequence[tuple[str, str]]) -> bool:
        self.done.append(address)
        return True

    def recall(self, address: str) -> Sequence[tuple[str, str]]:
        return self.before.get(address, [])

    def values(self) -> dict[str, set[str]]:
        by_address = defaultdict(set)
        for one in self.observations:
            by_address[one.ip or ""].add(one.value)
        return by_address


class Responders:
    """UDP servers on loopback addresses, all at one port, that echo each datagram and record its time."""

    def __init__(self, addresses: Sequence[str], answer: Callable[[bytes], bytes | None]) -> None:
        self.received: dict[str, list[float]] = defaultdict(list)
        self.answer = answer
        self.sockets = []
        self.port = 0
        for address in addresses:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((address, self.port))
            sock.settimeout(0.05)
            self.port = sock.getsockname()[1]
            self.sockets.append((address, sock))
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        import select

        while not self.stop.is_set():
            ready, _, _ = select.select([sock for _, sock in self.sockets], [], [], 0.05)
            for address, sock in self.sockets:
                if sock in ready:
                    data, sender = sock.recvfrom(2048)
                    self.received[address].append(time.monotonic())
                    reply = self.answer(data)
                    if reply is not None:
                        sock.sendto(reply, sender)

    def close(self) -> None:
        self.stop.set()
        self.thread.join()
        for _, sock in self.sockets:
            sock.close()


@contextmanager
def responders(
    addresses: Sequence[str], answer: Callable[[bytes], bytes | None] = lambda data: b"I am " + data
) -> Iterator[Responders]:
    made = Responders(addresses, answer)
    try:
        yield made
    finally:
        made.close()


def sip_at(port: int, *more: Any) -> Discovery:
    def answer(data: bytes, cookie: int, address: str) -> Response | None:
        if data != b"I am %d" % cookie:
            return None
        return Response(Outcome.ANSWERED, (("sip.user-agent", f"phone {address}"),), note="how")

    sweep = UdpSweep((port,), lambda address, port, cookie, attempt, here: b"%d" % cookie, answer)
    return Discovery("sip", "", (sweep, *more))


def work(text: str, *discoveries: Discovery, pace: str = "fast", **more: Any) -> Work:
    targets = parse([text])
    return Work(targets, read_network(targets.spans), discoveries, choose(pace, **more), seed=11, secret=b"s" * 32)


PHONES = [own(f"127.40.0.{last}") for last in range(10, 250, 8)]


def test_every_responder_is_found_with_one_probe() -> None:
    with responders(PHONES) as farm:
        inbox = Inbox()
        report = run(work(own("127.40.0.0/24"), sip_at(farm.port)), inbox)
    assert {one.ip for one in inbox.observations} == set(PHONES)
    assert all(one.source == f"sip {one.ip}:{farm.port}" for one in inbox.observations)
    assert {len(times) for times in farm.received.values()} == {1}
    assert report.complete
    assert report.covered[0].discovery == "sip"
    assert sorted(inbox.done) == sorted(PHONES)
    assert report.found == 254  # the loopback interface responds for every address
    assert inbox.progress[-1].answered == {"sip": len(PHONES)}


def test_a_response_without_its_cookie_is_dropped_and_counted() -> None:
    with responders(PHONES[:3], lambda data: b"I am %d" % (int(data) ^ 1)) as farm:
        inbox = Inbox()
        report = run(work(own("127.40.0.0/24"), sip_at(farm.port), retries=1), inbox)
    assert not inbox.observations
    assert report.counters["forged"] == 6
    assert {len(times) for times in farm.received.values()} == {2}  # it settles nothing: the probe stays open


def test_a_response_from_another_port_counts() -> None:
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind((own("127.40.1.7"), 0))
    main = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    main.bind((own("127.40.1.7"), 0))
    main.settimeout(5)

    def serve() -> None:
        data, sender = main.recvfrom(2048)
        other.sendto(b"I am " + data, sender)

    thread = threading.Thread(target=serve)
    thread.start()
    inbox = Inbox()
    run(work(own("127.40.1.7"), sip_at(main.getsockname()[1])), inbox)
    thread.join()
    main.close()
    other.close()
    assert [one.ip for one in inbox.observations] == [own("127.40.1.7")]


def test_any_second_contains_at_most_the_limit_of_a_host() -> None:
    with responders([own("127.40.2.1")], lambda data: None) as farm:
        run(work(own("127.40.2.1"), sip_at(farm.port), pace="normal", retries=5, timeout=0.1), Inbox())
        times = farm.received[own("127.40.2.1")]
    assert len(times) == 6
    assert max(sum(1 for time in times if start <= time < start + 1) for start in times) <= 40


def page(ports: tuple[int, ...]) -> Exchange:
    return Exchange(Transport.HTTP, ports, lambda peer: (yield), unprompted=ports)


class Recorder:
    """Replaces the conversations and counts them, in total and at once, by host."""

    def __init__(self, outcome: Outcome = Outcome.ANSWERED, findings: Findings = (("http.title", "hello"),)) -> None:
        self.conversations: Counter[str] = Counter()
        self.contexts: list[HostContext] = []
        self.at_once: Counter[str] = Counter()
        self.most = 0
        self.outcome, self.findings = outcome, findings
        self.lock = threading.Lock()

    def __call__(self, step: Any, host: HostContext) -> ConversationResult:
        with self.lock:
            self.conversations[host.address] += 1
            self.at_once[host.address] += 1
            self.most = max(self.most, self.at_once[host.address])
            self.contexts.append(host)
        host.turn(host.open_ports[0], 8)
        with self.lock:
            self.at_once[host.address] -= 1
        return ConversationResult(
            self.outcome, (HostFindings(host.open_ports[0], self.findings),) if self.findings else (), ""
        )


@contextmanager
def listeners(addresses: Sequence[str]) -> Iterator[int]:
    sockets, port = [], 0
    try:
        for address in addresses:
            sock = socket.socket()
            sock.bind((address, port))
            sock.listen(16)
            port = sock.getsockname()[1]
            sockets.append(sock)
        yield port
    finally:
        for sock in sockets:
            sock.close()


def test_a_host_with_an_open_port_has_one_conversation_at_a_time() -> None:
    with responders(PHONES[:10]) as farm, listeners(PHONES[5:15]) as port:
        inbox, recorder = Inbox(), Recorder()
        http = Discovery("http", "", (page((port,)), page((port,))))
        report = run(work(own("127.40.0.0/24"), sip_at(farm.port), http), inbox, execute=recorder)
    assert set(recorder.conversations) == set(PHONES[5:15])
    assert set(recorder.conversations.values()) == {2}
    assert recorder.most == 1
    findings = {host.address: dict(host.findings) for host in recorder.contexts}
    assert findings[PHONES[5]]["sip.user-agent"] == f"phone {PHONES[5]}"
    assert inbox.values()[PHONES[12]] == {"hello"}
    assert report.complete


def test_a_host_that_responds_to_tcp_alone_is_found() -> None:
    with listeners(PHONES[3:5]) as port:
        inbox = Inbox()
        http = Discovery("http", "", (page((port,)),))
        report = run(work(own("127.40.0.0/24"), http, pace="normal"), inbox, execute=Recorder())
    assert {one.ip for one in inbox.observations} == set(PHONES[3:5])
    assert report.complete
    assert [one.discovery for one in report.covered] == ["http"]


@pytest.mark.parametrize("closed", [True, False])
def test_objects_are_requested_without_a_response_to_the_sweep_unless_the_port_is_closed(closed: bool) -> None:
    def unanswered(state: HostState) -> Fit:
        if not (state.swept and state.rest_done):
            return Fit.LATER
        return Fit.NEVER if state.closed else Fit.NOW

    objects = Exchange(Transport.SNMP, (161,), lambda peer: (yield), fits=unanswered, last=True)
    with responders(PHONES[:4]) as farm, responders(PHONES[:4], lambda data: None) as unresponsive:
        sweep = UdpSweep((unresponsive.port,), lambda address, port, cookie, attempt, here: b"?", lambda *_: None)
        if closed:
            unresponsive.close()
        hosts: list[str] = []

        def no_answer(step: Any, host: HostContext) -> ConversationResult:
            hosts.append(host.address)
            return ConversationResult(Outcome.NO_ANSWER)

        snmp = Discovery("snmp", "", (sweep, objects))
        report = run(work(own("127.40.0.0/24"), sip_at(farm.port), snmp, timeout=0.2), Inbox(), execute=no_answer)
    assert sorted(hosts) == ([] if closed else sorted(PHONES[:4]))
    assert report.complete


def test_an_excluded_host_has_no_conversation() -> None:
    with responders(PHONES[:4]) as farm, listeners(PHONES[:4]) as port:
        inbox, recorder = Inbox(), Recorder()
        inbox.forbidden = {PHONES[0]}
        run(
            work(own("127.40.0.0/24"), sip_at(farm.port), Discovery("http", "", (page((port,)),))),
            inbox,
            execute=recorder,
        )
    assert set(recorder.conversations) == set(PHONES[1:4])
    assert ("http", PHONES[0], Outcome.EXCLUDED) in {one[:3] for one in inbox.misses}


def test_a_host_that_stops_responding_during_its_conversations_is_recorded_and_given_up() -> None:
    address, inbox = own("127.40.3.1"), Inbox()
    with socket.socket() as listener, ExitStack() as stack:
        listener.bind((address, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        conversations = []

        def stops_responding(step: Any, host: HostContext) -> ConversationResult:
            conversations.append(step)
            for _ in range(4):  # a full backlog drops every SYN, as if the host had crashed
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex((address, port))
            return ConversationResult(Outcome.NO_ANSWER, note="the connection was not taken up")

        with responders([address]) as phone:
            http = Discovery("http", "", tuple(page((port,)) for _ in range(5)))
            report = run(
                work(address, sip_at(phone.port), http, retries=1, timeout=0.3), inbox, execute=stops_responding
            )
    assert len(conversations) == 2
    assert report.complete
    assert ("http", address, Outcome.WENT_QUIET) in {one[:3] for one in inbox.misses}


def test_a_conversation_that_never_ends_costs_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def blocked(step: Any, host: HostContext) -> ConversationResult:
        if host.address == PHONES[0]:
            ended.wait(60)
        return ConversationResult(Outcome.ANSWERED, (HostFindings(80, (("http.title", host.address),)),))

    monkeypatch.setattr(pool, "GRACE", 0.1)
    with responders(PHONES[:4]) as farm, listeners(PHONES[:4]) as port:
        inbox, made = (
            Inbox(),
            work(own("127.40.0.0/24"), sip_at(farm.port), Discovery("http", "", (page((port,)),))),
        )
        report = run(replace(made, pace=replace(made.pace, host_seconds=0.5)), inbox, execute=blocked)
    ended.set()
    assert report.complete
    assert {one.ip for one in inbox.observations if one.field == "http.title"} == set(PHONES[1:4])
    assert [one for one in inbox.misses if one.where == PHONES[0]] == [
        Miss("http", PHONES[0], Outcome.TIMED_OUT, "the conversation did not end in time")
    ]


def test_a_browse_that_never_ends_does_not_block_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(link_steps, "LONGEST", 0.3)
    monkeypatch.setattr(mdns, "browse", lambda *_: ended.wait(60) and [])
    monkeypatch.setattr(parts, "own_addresses", lambda network, groups: ("127.0.0.1",))
    with responders(PHONES[:2]) as farm:
        mdns_only = Discovery("mdns", "", (ServiceBrowse(("_sip._udp.local",)),))
        inbox = Inbox()
        report = run(work(own("127.40.0.0/24"), sip_at(farm.port), mdns_only), inbox)
        ended.set()
    assert report.complete
    assert any("its multicast request did not end in time" in note for note in report.notes)
    assert {one.ip for one in inbox.observations} == set(PHONES[:2])


def test_a_fault_in_a_conversation_costs_that_conversation_alone() -> None:
    def faulty(step: Any, host: HostContext) -> ConversationResult:
        raise RuntimeError("a plug-in's fault")

    with responders(PHONES[:2]) as farm, listeners(PHONES[:2]) as port:
        inbox = Inbox()
        report = run(
            work(own("127.40.0.0/24"), sip_at(farm.port), Discovery("http", "", (page((port,)),))),
            inbox,
            execute=faulty,
        )
    assert report.complete
    assert {one.outcome for one in inbox.misses} == {Outcome.MALFORMED}


def test_a_fault_in_a_decoder_costs_that_response_alone() -> None:
    def faulty(data: bytes, cookie: int, address: str) -> Response | None:
        raise ValueError("bad bytes")

    with responders(PHONES[:2]) as farm:
        sweep = UdpSweep((farm.port,), lambda address, port, cookie, attempt, here: b"%d" % cookie, faulty)
        report = run(work(own("127.40.0.0/24"), Discovery("sip", "", (sweep,)), retries=0), Inbox())
    assert report.counters["unreadable"] == 2


def test_the_deadline_ends_the_scan_incomplete() -> None:
    made = work(own("127.40.0.0/20"), sip_at(1), pace="gentle")
    inbox = Inbox()
    report = run(replace(made, deadline=0.3), inbox)
    assert not report.complete
    assert not report.interrupted
    assert not report.covered
    assert "limit of 0 seconds" in report.incomplete
    assert Outcome.SKIPPED in {one.outcome for one in inbox.misses}


def test_a_resumed_scan_repeats_the_probes_of_the_last_second_alone() -> None:
    addresses = [own(f"127.41.{net}.{last}") for net in range(4) for last in range(5, 250, 5)]
    with responders(addresses) as farm:
        first = Inbox()
        made = work(own("127.41.0.0/22"), sip_at(farm.port), rate=400, retries=0)
        report = run(made, first, stop=lambda: len(farm.received) >= 60)
        assert report.interrupted
        assert not report.complete
        second = Inbox()
        again = run(made, second, state=first.states[-2])  # as a kill between two checkpoints leaves it
    assert again.complete
    found = {one.ip for one in first.observations} | {one.ip for one in second.observations}
    assert found == set(addresses)
    repeated = sum(len(times) - 1 for times in farm.received.values())
    assert repeated <= len(addresses) * 400 * 1.5 / 1022 + 5  # a second and a half of packets at most
    assert again.counters["sent"] < 1022 + 400 * 2 + report.counters["sent"]


def test_a_resumed_scan_does_not_repeat_conversations() -> None:
    with responders(PHONES) as farm, listeners(PHONES) as port:
        first, recorder = Inbox(), Recorder()
        made = work(own("127.40.0.0/24"), sip_at(farm.port), Discovery("http", "", (page((port,)),)), rate=600)
        run(made, first, execute=recorder, stop=lambda: len(recorder.conversations) >= 5)
        done = dict(recorder.conversations)
        second = Inbox()
        for one in first.observations:
            second.before.setdefault(one.ip or "", []).append((one.field, one.value))
        report = run(made, second, execute=recorder, state=first.states[-1])
    assert report.complete
    assert set(recorder.conversations) == set(PHONES)
    repeated = [address for address, times in recorder.conversations.items() if times > 1]
    assert len(repeated) <= 3, done


def test_a_scan_continues_a_sweep_that_had_failed_when_its_state_was_saved() -> None:
    """Where the kernel rejects packets the sweep ends early, and a checkpoint may be from before that is an outage."""
    with responders(PHONES) as farm:
        first, second = Inbox(), Inbox()
        made = work(own("127.40.0.0/24"), sip_at(farm.port), rate=300)
        run(made, first, stop=lambda: len(farm.received) >= 2)
        state = {**first.states[-1], "stage": "talks"}
        ends = time.monotonic() + 60  # where nothing continues the sweep, the run would not end
        report = run(made, second, state=state, stop=lambda: time.monotonic() > ends)
    assert report.complete
    assert {one.ip for inbox in (first, second) for one in inbox.observations} == set(PHONES)


def test_the_state_of_other_targets_is_rejected() -> None:
    with responders(PHONES[:1]) as farm:
        inbox = Inbox()
        run(work(own("127.40.0.0/24"), sip_at(farm.port)), inbox, stop=lambda: bool(inbox.states))
        with pytest.raises(EngineError, match="start a new scan"):
            run(work(own("127.40.0.0/25"), sip_at(farm.port)), Inbox(), state=inbox.states[-1])


def test_a_full_disk_ends_the_scan_with_the_error_of_the_sink() -> None:
    class Full(Inbox):
        def observed(self, observations: Sequence[Observation]) -> None:
            raise InventoryError("the disk is full: free some space and resume the scan")

    with responders(PHONES[:2]) as farm, pytest.raises(InventoryError, match="disk is full"):
        run(work(own("127.40.0.0/24"), sip_at(farm.port)), Full())


def test_an_unknown_interface_is_named() -> None:
    made = work(own("127.40.0.0/24"), sip_at(5060))
    with pytest.raises(EngineError, match="no interface nowhere0"):
        run(replace(made, interfaces=("nowhere0",)), Inbox())


def test_targets_without_a_route_leave_the_scan_incomplete_and_the_rest_covered() -> None:
    inbox = Inbox()
    with responders(PHONES[:2]) as farm:
        targets = parse([own("127.40.0.0/24"), "203.0.113.8/30"])
        made = replace(work(own("127.40.0.0/24"), sip_at(farm.port)), targets=targets, interfaces=("lo",))
        report = run(replace(made, network=read_network(targets.spans)), inbox)
    assert set(inbox.values()) >= set(PHONES[:2])
    assert not report.complete
    assert any("no route to 203.0.113.9-203.0.113.10" in note for note in report.notes)
    assert [str(span) for one in report.covered for span in one.spans] == [own("127.40.0.1-127.40.0.254")]
    assert {miss.where for miss in inbox.misses if miss.outcome is not Outcome.REFUSED} == {"203.0.113.9-203.0.113.10"}


def test_responses_that_the_kernel_drops_are_counted_over_all_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = iter((True, False))
    monkeypatch.setattr(SweepSockets, "drops", lambda self: 3)

    def outage_of_the_first_pass(self: StageLoop, now: float) -> Outage | None:
        return Outage(now, "a path to the targets changed") if next(passes, False) else None

    monkeypatch.setattr(StageLoop, "_outage", outage_of_the_first_pass)
    report = run(work(own("127.40.0.0/28"), sip_at(9), retries=0, timeout=0.1), Inbox())
    assert report.complete
    assert report.counters["outages"] == 1
    assert report.counters["dropped"] == 6
