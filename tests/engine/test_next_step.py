"""The next step of a responsive host, as a table of situations."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType

import pytest

from scanner.core.outcomes import Outcome
from scanner.discovery import http, sip, snmp
from scanner.discovery.conversation import Findings
from scanner.discovery.options import Options
from scanner.engine.hosts.next_step import (
    Complete,
    Connect,
    Execute,
    Host,
    Wait,
    decide,
    declared_exchanges,
    ports,
    unprompted_ports,
)

SIP, SNMP, HTTP = (module.declare(Options()) for module in (sip, snmp, http))
ALL = declared_exchanges((SIP, SNMP, HTTP))


@dataclass
class Progress:
    complete: set[str] = field(default_factory=set)
    probed: bool = True
    names: tuple[str, ...] = ("sip", "snmp")
    closed: set[str] = field(default_factory=set)

    def probed_once(self, index: int) -> bool:
        return self.probed

    def probes_ended(self, discovery: str, index: int) -> bool:
        return discovery in self.complete or discovery not in self.names

    def port_closed(self, discovery: str, index: int) -> bool:
        return discovery in self.closed


def host(findings: Findings = (), **more: object) -> Host:
    made = Host("10.0.0.1", 0, list(ALL), findings=list(findings))
    for name, value in more.items():
        setattr(made, name, value)
    return made


def opened(*numbers: int) -> dict[int, Outcome]:
    return {port: Outcome.ANSWERED if port in numbers else Outcome.REFUSED for port in ports(ALL)}


UA = (("sip.user-agent", "x"),)


def test_a_host_waits_until_every_probe_was_sent_once() -> None:
    assert decide(host(), Progress(probed=False), True) == Wait()
    assert decide(host(busy=True), Progress(), True) == Wait()


def test_tcp_ports_are_tried_first_without_those_of_sip_after_a_response_over_udp() -> None:
    assert decide(host(), Progress(), True) == Connect((80, 443, 8080, 8443, 5060, 5061))
    assert decide(host(UA), Progress({"sip"}), True) == Connect((80, 443, 8080, 8443))


def test_at_pace_fast_a_host_without_a_response_is_tried_at_two_ports_and_at_the_others_if_one_is_open() -> None:
    unresponsive = host()
    assert decide(unresponsive, Progress(), False) == Connect((80, 443))
    unresponsive.tried = {80: Outcome.REFUSED, 443: Outcome.ANSWERED}
    assert decide(unresponsive, Progress(), False) == Connect((8080, 8443, 5060, 5061))
    closed = host(tried={80: Outcome.REFUSED, 443: Outcome.REFUSED})
    assert decide(closed, Progress({"sip", "snmp"}), False) == Complete()


@pytest.mark.parametrize(
    ("made", "swept", "expected"),
    [
        (host(UA, tried=opened(80)), Progress({"sip", "snmp"}), Execute(ALL[3])),
        (host(UA, tried=opened(), notes={"snmp": "v2c public"}), Progress({"sip", "snmp"}), Execute(ALL[2])),
        (host(UA, tried=opened()), Progress({"sip", "snmp"}), Complete()),
        (host(UA, tried=opened()), Progress({"sip"}), Wait()),
        (host(tried=opened(5060)), Progress({"sip", "snmp"}), Execute(ALL[0])),
        (host(tried=opened(5061)), Progress({"sip", "snmp"}), Execute(ALL[1])),
        (host(tried=opened(5060)), Progress({"snmp"}), Wait()),
        (host((("http.title", "snom"),), tried=opened()), Progress({"sip", "snmp"}), Execute(ALL[2])),
        (host((("http.title", "snom"),), tried=opened()), Progress({"sip", "snmp"}, closed={"snmp"}), Complete()),
    ],
)
def test_an_exchange_that_fits_is_executed_and_no_other(made: Host, swept: Progress, expected: object) -> None:
    made.connected = True
    assert decide(made, swept, True) == expected


def test_a_host_without_responses_to_its_exchanges_is_tried_at_an_open_port_again() -> None:
    made = host(UA, tried=opened(443, 80), connected=True, faults=2)
    assert decide(made, Progress({"sip", "snmp"}), True) == Connect((80,))


@pytest.mark.parametrize(
    ("options", "discoveries", "expected"),
    [
        (Options(), (sip, http), (80, 443)),
        (Options(http_ports=(80, 8081)), (sip, http), (80, 8081)),
        (Options(sip_ports=(5070,)), (sip, http), (5070, 80, 443)),
        (Options(), (sip,), (5060, 5061)),
    ],
)
def test_configured_ports_are_tried_on_unresponsive_addresses_too(
    options: Options, discoveries: tuple[ModuleType, ...], expected: tuple[int, ...]
) -> None:
    assert unprompted_ports(declared_exchanges([module.declare(options) for module in discoveries])) == expected


def test_learn_returns_new_findings_alone() -> None:
    made = host()
    assert made.learn(UA) == UA
    assert made.learn(UA) == ()
    assert made.findings == list(UA)
