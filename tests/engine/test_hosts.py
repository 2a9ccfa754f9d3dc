"""What is asked next of a host, as a table of situations; where addresses are, by routes made of values."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType

import pytest

from scanner.core.outcomes import Outcome
from scanner.core.spans import Span
from scanner.core.target_syntax import parse
from scanner.discovery import http, sip, snmp
from scanner.discovery.conversation import Findings
from scanner.discovery.options import Options
from scanner.engine.hosts.next_step import Done, Host, Knock, Talk, Wait, asks, decide, ports, presence_ports
from scanner.engine.os.rtnetlink import Link, Reachability, Region, Route, regions

SIP, SNMP, HTTP = (module.declare(Options()) for module in (sip, snmp, http))
ALL = asks((SIP, SNMP, HTTP))


@dataclass
class Swept:
    settled: set[str] = field(default_factory=set)
    asked: bool = True
    names: tuple[str, ...] = ("sip", "snmp")
    closed: set[str] = field(default_factory=set)

    def probed_once(self, index: int) -> bool:
        return self.asked

    def probes_ended(self, discovery: str, index: int) -> bool:
        return discovery in self.settled or discovery not in self.names

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


def test_a_host_is_left_alone_until_every_question_was_asked_once() -> None:
    assert decide(host(), Swept(asked=False), True) == Wait()
    assert decide(host(busy=True), Swept(), True) == Wait()


def test_a_host_is_knocked_at_first_and_not_at_sip_ports_when_udp_answered() -> None:
    assert decide(host(), Swept(), True) == Knock((80, 443, 8080, 8443, 5060, 5061))
    assert decide(host(UA), Swept({"sip"}), True) == Knock((80, 443, 8080, 8443))


def test_at_a_quick_pace_who_answered_nothing_is_knocked_at_two_ports_and_at_all_once_one_is_open() -> None:
    silent = host()
    assert decide(silent, Swept(), False) == Knock((80, 443))
    silent.tried = {80: Outcome.REFUSED, 443: Outcome.ANSWERED}
    assert decide(silent, Swept(), False) == Knock((8080, 8443, 5060, 5061))
    nobody = host(tried={80: Outcome.REFUSED, 443: Outcome.REFUSED})
    assert decide(nobody, Swept({"sip", "snmp"}), False) == Done()


@pytest.mark.parametrize(
    ("made", "swept", "expected"),
    [
        (host(UA, tried=opened(80)), Swept({"sip", "snmp"}), Talk(ALL[3])),
        (host(UA, tried=opened(), notes={"snmp": "v2c public"}), Swept({"sip", "snmp"}), Talk(ALL[2])),
        (host(UA, tried=opened()), Swept({"sip", "snmp"}), Done()),
        (host(UA, tried=opened()), Swept({"sip"}), Wait()),
        (host(tried=opened(5060)), Swept({"sip", "snmp"}), Talk(ALL[0])),
        (host(tried=opened(5061)), Swept({"sip", "snmp"}), Talk(ALL[1])),
        (host(tried=opened(5060)), Swept({"snmp"}), Wait()),
        (host((("http.title", "snom"),), tried=opened()), Swept({"sip", "snmp"}), Talk(ALL[2])),
        (host((("http.title", "snom"),), tried=opened()), Swept({"sip", "snmp"}, closed={"snmp"}), Done()),
    ],
)
def test_what_fits_is_asked_and_nothing_else(made: Host, swept: Swept, expected: object) -> None:
    made.knocked = True
    assert decide(made, swept, True) == expected


def test_a_host_that_does_not_take_up_conversations_is_knocked_at_again() -> None:
    made = host(UA, tried=opened(443, 80), knocked=True, faults=2)
    assert decide(made, Swept({"sip", "snmp"}), True) == Knock((80,))


@pytest.mark.parametrize(
    ("options", "discoveries", "expected"),
    [
        (Options(), (sip, http), (80, 443)),
        (Options(http_ports=(80, 8081)), (sip, http), (80, 8081)),
        (Options(sip_ports=(5070,)), (sip, http), (5070, 80, 443)),
        (Options(), (sip,), (5060, 5061)),
    ],
)
def test_ports_of_the_users_own_are_tried_on_unresponsive_addresses_too(
    options: Options, discoveries: tuple[ModuleType, ...], expected: tuple[int, ...]
) -> None:
    assert presence_ports(asks([module.declare(options) for module in discoveries])) == expected


def test_learning_the_same_twice_is_no_news() -> None:
    made = host()
    assert made.learn(UA) == UA
    assert made.learn(UA) == ()
    assert made.findings == list(UA)


def span(text: str) -> Span:
    return parse([text], allow_public=True).spans[0]


LINKS = {
    1: Link(1, "lo", b"", True, True, False),
    2: Link(2, "eth0", b"\2" * 6, True, False, True),
    3: Link(3, "tun0", b"", True, False, False),
    4: Link(4, "eth1", b"\2" * 6, False, False, True),
}
NET = Span(4, 0x0A000000, 0x0A0000FF)
ROUTES = [
    Route(Span(4, 0x0A000005, 0x0A000005), Reachability.LOCAL, 32, 0, 2, 0x0A000005),
    Route(NET, Reachability.LINK, 24, 0, 2, 0x0A000005),
    Route(Span(4, 0x0A010000, 0x0A01FFFF), Reachability.LINK, 16, 0, 3, 0),
    Route(Span(4, 0x0A020000, 0x0A02FFFF), Reachability.LINK, 16, 0, 4, 0),
    Route(Span(4, 0x0A030000, 0x0A03FFFF), Reachability.NOWHERE, 16, 0, 0, 0),
    Route(Span(4, 0x0A000000, 0x0AFFFFFF), Reachability.ROUTED, 8, 0, 2, 0),
]


def test_targets_are_cut_by_the_best_route() -> None:
    found = regions(parse(["10.0.0.1-10", "10.1.0.1", "10.9.0.1", "10.3.0.1", "127.9.9.9", "192.168.0.1"]).spans,
                    ROUTES, LINKS)  # fmt: skip
    by_text = {str(region.span): region.where for region in found}
    assert by_text == {
        "127.9.9.9": Reachability.LOCAL,
        "10.0.0.5": Reachability.LOCAL,
        "10.0.0.1-10.0.0.4": Reachability.LINK,
        "10.0.0.6-10.0.0.10": Reachability.LINK,
        "10.1.0.1": Reachability.ROUTED,  # point to point: nobody to resolve
        "10.9.0.1": Reachability.ROUTED,
        "10.3.0.1": Reachability.NOWHERE,
        "192.168.0.1": Reachability.NOWHERE,
    }
    assert sum(region.span.last - region.span.first + 1 for region in found) == 15


def test_a_link_that_is_down_is_no_way() -> None:
    assert regions([span("10.2.0.1")], ROUTES, LINKS) == [Region(span("10.2.0.1"), Reachability.ROUTED, 2, 0)]
    assert regions([span("10.2.0.1")], ROUTES[:4], LINKS) == [Region(span("10.2.0.1"), Reachability.NOWHERE, 0, 0)]


def test_without_rtnetlink_all_but_loopback_counts_as_routed() -> None:
    found = regions(parse(["127.0.0.1", "10.0.0.1"]).spans, [], {})
    assert [region.where for region in found] == [Reachability.LOCAL, Reachability.ROUTED]
