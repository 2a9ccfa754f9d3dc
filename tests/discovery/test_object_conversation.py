"""Asking one agent for objects: agents that know little, speak old versions, or stop answering."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from scanner.core.model import Credential
from scanner.core.outcomes import Outcome
from scanner.discovery import snmp as discovery
from scanner.discovery import snmp_objects as objects
from scanner.discovery.declaration import Exchange
from scanner.discovery.options import Options
from scanner.engine.protocols import snmp_get as engine
from scanner.engine.workers.api import ConversationResult, HostContext
from scanner.wire import snmp
from scanner.wire.ber import oid_bytes

pytestmark = pytest.mark.network

Answering = Callable[[snmp.SnmpMessage], bytes | None]
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"


class Agent:
    """A UDP socket on loopback that answers by a function and keeps what it was asked."""

    def __init__(self, answer: Answering) -> None:
        self.asked: list[snmp.SnmpMessage] = []
        self._answer = answer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(65536)
            if data == b"end":
                return
            message = snmp.decode(data)
            self.asked.append(message)
            reply = self._answer(message)
            if reply is not None:
                self._socket.sendto(reply, peer)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join(10)
        self._socket.close()


@contextlib.contextmanager
def agent(answer: Answering) -> Iterator[Agent]:
    running = Agent(answer)
    try:
        yield running
    finally:
        running.close()


def knowing(values: dict[str, snmp.Value], *, walks: bool = True) -> Answering:
    """A well-behaved agent of both versions over OID → value; `walks` False answers GET alone."""
    ordered = sorted(values, key=oid_bytes)
    following = dict(pairwise(ordered))

    def after(oid: str) -> str | None:
        return following.get(oid) or next((o for o in ordered if oid_bytes(o) > oid_bytes(oid)), None)

    def answer(request: snmp.SnmpMessage) -> bytes | None:
        found: list[tuple[str, snmp.Value]] = []
        for place, (oid, _) in enumerate(request.varbinds, 1):
            name: str | None = oid
            if request.pdu is snmp.Pdu.GETNEXT:
                if not walks:
                    return None
                name = after(oid)
            if name is None or name not in values:
                if request.version == snmp.V1:
                    return snmp.respond(request, request.varbinds, snmp.NO_SUCH_NAME, place)
                missing = snmp.Missing.END_OF_MIB_VIEW if name is None else snmp.Missing.NO_SUCH_OBJECT
                found.append((oid, missing))
            else:
                found.append((name, values[name]))
        return snmp.respond(request, found)

    return answer


def ask(port: int, note: str, findings: tuple[tuple[str, str], ...] = (), **changed: object) -> ConversationResult:
    step = discovery.declare(Options(snmp_port=port)).steps[1]
    assert isinstance(step, Exchange)
    given: dict[str, object] = {
        "address": "127.0.0.1",
        "deadline": time.monotonic() + 10,
        "turn": lambda port, packets: True,
        "cookie": lambda port: 1,
        "findings": list(findings),
        "note": note,
        "timeout": 0.3,
    }
    return engine.converse(step, HostContext(**(given | changed)))  # type: ignore[arg-type]


def told(heard: ConversationResult) -> set[tuple[str, str]]:
    return {pair for entry in heard.found for pair in entry.findings}


SNOM_OID = "1.3.6.1.2.1.7526.2.4"


def test_a_snom_gets_a_request_for_its_vendor_object_first() -> None:
    with agent(knowing({SNOM_OID: b"snom720-SIP 8.7.5.35"}, walks=False)) as phone:
        heard = ask(phone.port, "v1 public", (("http.title", "snom 720"),))
    assert ("snmp.vendor-firmware", "snom720-SIP 8.7.5.35") in told(heard)
    assert phone.asked[0].varbinds == ((SNOM_OID, None),)
    assert {message.version for message in phone.asked} == {snmp.V1}


def test_over_v1_a_missing_object_does_not_cost_the_others() -> None:
    values = {objects.SYSDESCR: b"Gigaset DE900 IP PRO phone", objects.SYSNAME: b"desk", f"{ENTITY}.13.1": b"DE900"}
    with agent(knowing(values)) as phone:
        heard = ask(phone.port, "v1 public")
        heard_later = ask(phone.port, "v1 public", (("snmp.sysdescr", "Gigaset DE900 IP PRO phone"),))
    assert {("snmp.sysdescr", "Gigaset DE900 IP PRO phone"), ("snmp.sysname", "desk")} <= told(heard)
    assert ("snmp.entity-model", "DE900") in told(heard_later)


def test_a_chassis_that_is_not_number_one_is_found_by_getnext() -> None:
    values = {
        f"{ENTITY}.13.7": b"",
        f"{ENTITY}.13.1001": b"CP-8851",
        f"{ENTITY}.10.1001": b"sip88xx.12-5",
        f"{ENTITY}.14.1": b"x",
    }
    with agent(knowing(values)) as phone:
        heard = ask(phone.port, "v2c public", (("snmp.sysdescr", "Cisco IP Phone"),))
    assert told(heard) == {("snmp.entity-model", "CP-8851"), ("snmp.entity-firmware", "sip88xx.12-5")}
    assert {m.pdu for m in phone.asked} == {snmp.Pdu.GET, snmp.Pdu.GETNEXT}


def test_a_mac_of_an_interface_is_the_devices() -> None:
    with agent(knowing({objects.MACS[1]: bytes.fromhex("0004f2112233")})) as phone:
        heard = ask(phone.port, "v2c public", (("snmp.sysdescr", "an IP phone"),))
    assert [entry.mac for entry in heard.found] == ["00:04:f2:11:22:33"]


def test_an_agent_that_stops_responding_gets_no_further_requests() -> None:
    with agent(lambda request: None) as phone:
        heard = ask(phone.port, "v2c public", (("snmp.sysdescr", "Yealink phone"),))
    assert heard.outcome is Outcome.NO_ANSWER
    assert len(phone.asked) <= engine.PATIENCE


def test_a_lost_datagram_costs_nothing_but_a_timeout() -> None:
    well = knowing({SNOM_OID: b"snom720-SIP 8.7.5.35"}, walks=False)
    lost: list[snmp.SnmpMessage] = []

    def lossy(request: snmp.SnmpMessage) -> bytes | None:
        if not lost:
            lost.append(request)
            return None
        return well(request)

    with agent(lossy) as phone:
        heard = ask(phone.port, "v2c public", (("http.title", "snom 720"), ("snmp.sysdescr", "snom")))
    assert ("snmp.vendor-firmware", "snom720-SIP 8.7.5.35") in told(heard)


def test_an_agent_that_loops_or_lies_is_bounded() -> None:
    def looping(request: snmp.SnmpMessage) -> bytes:
        if request.pdu is snmp.Pdu.GETNEXT:
            return snmp.respond(request, [(f"{ENTITY}.13.1", b"")])
        return snmp.respond(request, [(f"1.3.{n}", b"x" * 100) for n in range(200)])

    with agent(looping) as phone:
        ask(phone.port, "v2c public", (("snmp.sysdescr", "IP phone"),))
    assert len(phone.asked) <= discovery.REQUESTS


def test_responses_to_other_requests_and_malformed_ones_are_dropped() -> None:
    def confused(request: snmp.SnmpMessage) -> bytes:
        return snmp.encode(
            snmp.V2C, b"public", snmp.Pdu.RESPONSE, request.request_id ^ 1, [(objects.SYSDESCR, b"forged")]
        )

    with agent(confused) as phone:
        assert told(ask(phone.port, "v2c public")) == set()
    with agent(lambda request: b"\x30\x82rubbish") as phone:
        assert told(ask(phone.port, "v2c public")) == set()


HQ = Credential(name="hq", targets=("127.0.0.0/8",), community="hq-secret")
FAR = Credential(name="far", targets=("10.0.0.0/8",), community="far-secret")


def test_the_credential_that_worked_is_the_one_that_is_used() -> None:
    lab = Credential(name="lab", targets=("127.0.0.1/32",), community="lab-secret")
    with agent(knowing({SNOM_OID: b"x"})) as phone:
        ask(phone.port, "v2c hq", (("http.title", "snom 720"),), credentials=(lab, HQ))
    assert {message.community for message in phone.asked} == {b"hq-secret"}


def test_a_secret_is_sent_to_its_targets_alone_whatever_the_note_contains() -> None:
    with agent(knowing({SNOM_OID: b"x"})) as phone:
        for note in ("v2c far", ""):
            heard = ask(phone.port, note, (("http.title", "snom 720"),), credentials=(FAR,))
            assert heard.outcome is Outcome.SKIPPED
    assert phone.asked == []


def test_a_host_without_a_response_to_the_sweep_gets_one_request_for_the_vendor_object() -> None:
    with agent(knowing({SNOM_OID: b"snom720-SIP 8.7.5.35"}, walks=False)) as phone:
        heard = ask(phone.port, "", (("http.title", "snom 720"),))
        assert told(heard) == {("snmp.vendor-firmware", "snom720-SIP 8.7.5.35")}
        assert ask(phone.port, "", (("http.title", "Polycom"),)).outcome is Outcome.SKIPPED
    assert len(phone.asked) == 1


def test_an_expired_time_limit_is_in_the_note() -> None:
    with agent(knowing({})) as phone:
        heard = ask(phone.port, "v2c public", turn=lambda port, packets: False)
    assert phone.asked == []
    assert "time limit" in heard.note


@pytest.mark.parametrize(("lost", "repeats", "answered"), [(1, 0, True), (3, 0, False), (3, 4, True), (5, 4, False)])
def test_requests_are_repeated_as_the_loss_requires(lost: int, repeats: int, answered: bool) -> None:
    received: list[snmp.SnmpMessage] = []
    answer = knowing({"1.3.6.1.2.1.1.1.0": b"a phone"})

    def loses(request: snmp.SnmpMessage) -> bytes | None:
        received.append(request)
        return None if len(received) <= lost else answer(request)

    with agent(loses) as running:
        heard = ask(running.port, "v2c public", timeout=0.5 if answered else 0.05, repeats=repeats)
    assert (heard.outcome is Outcome.ANSWERED) == answered
    assert heard.unanswered == (not answered)
    if not answered:
        assert len(received) == max(2, 1 + repeats)
