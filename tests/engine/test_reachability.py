"""How targets are reached, from routes given as values, and the plan of host discovery that follows."""

from __future__ import annotations

import pytest

from scanner.core.errors import EngineError
from scanner.core.spans import Span
from scanner.core.target_syntax import parse
from scanner.engine.liveness.plan import ECHO_FROM, Method, ProbeGroup, indexes, plan
from scanner.engine.os.rtnetlink import Link, Reachability, Region, Route, regions
from scanner.engine.rate.limits import PACES


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


def test_targets_are_divided_by_the_best_route() -> None:
    found = regions(parse(["10.0.0.1-10", "10.1.0.1", "10.9.0.1", "10.3.0.1", "127.9.9.9", "192.168.0.1"]).spans,
                    ROUTES, LINKS)  # fmt: skip
    by_text = {str(region.span): region.where for region in found}
    assert by_text == {
        "127.9.9.9": Reachability.LOCAL,
        "10.0.0.5": Reachability.LOCAL,
        "10.0.0.1-10.0.0.4": Reachability.LINK,
        "10.0.0.6-10.0.0.10": Reachability.LINK,
        "10.1.0.1": Reachability.ROUTED,  # point to point: addresses are not resolved
        "10.9.0.1": Reachability.ROUTED,
        "10.3.0.1": Reachability.NOWHERE,
        "192.168.0.1": Reachability.NOWHERE,
    }
    assert sum(region.span.last - region.span.first + 1 for region in found) == 15


def test_a_route_over_a_link_that_is_down_is_ignored() -> None:
    assert regions([span("10.2.0.1")], ROUTES, LINKS) == [Region(span("10.2.0.1"), Reachability.ROUTED, 2, 0)]
    assert regions([span("10.2.0.1")], ROUTES[:4], LINKS) == [Region(span("10.2.0.1"), Reachability.NOWHERE, 0, 0)]


def test_without_rtnetlink_all_but_loopback_counts_as_routed() -> None:
    found = regions(parse(["127.0.0.1", "10.0.0.1"]).spans, [], {})
    assert [region.where for region in found] == [Reachability.LOCAL, Reachability.ROUTED]


LOCAL = Region(span("127.0.0.1-9"), Reachability.LOCAL, 0, 0)
ON_LINK = Region(span("10.0.0.8-20"), Reachability.LINK, 2, 0x0A000005)
ON_LINK_6 = Region(span("fd00::1-fd00::9"), Reachability.LINK, 2, 0)
ROUTED = Region(span("10.9.0.1-10.9.0.9"), Reachability.ROUTED, 2, 0)
LARGE = Region(span("10.16.0.0/16"), Reachability.ROUTED, 2, 0)
NOWHERE = Region(span("192.168.0.1"), Reachability.NOWHERE, 0, 0)
FAST, NORMAL = PACES["fast"], PACES["normal"]


def test_addresses_on_a_link_get_arp_or_kernel_resolution_by_ip_version() -> None:
    planned = plan([ON_LINK, ON_LINK_6], LINKS, (), NORMAL)
    assert planned.groups == (
        ProbeGroup(Method.KERNEL, (ON_LINK_6,), LINKS[2]),
        ProbeGroup(Method.ARP, (ON_LINK,), LINKS[2]),
    )
    assert planned.unprobed == planned.unreachable == ()


def test_large_routed_networks_get_an_echo_request_at_a_pace_that_has_it() -> None:
    assert plan([ROUTED, LARGE], LINKS, (), FAST).groups == (ProbeGroup(Method.ECHO, (LARGE,)),)
    assert plan([ROUTED, LARGE], LINKS, (), FAST).unprobed == (ROUTED,)
    assert plan([ROUTED, LARGE], LINKS, (), NORMAL).unprobed == (ROUTED, LARGE)
    small = replace_last(LARGE, LARGE.span.first + ECHO_FROM - 2)
    assert plan([small], LINKS, (), FAST).unprobed == (small,)


def replace_last(region: Region, last: int) -> Region:
    return region._replace(span=region.span._replace(last=last))


def test_addresses_without_a_route_or_over_another_interface_are_unreachable_with_the_reason() -> None:
    planned = plan([LOCAL, ON_LINK, NOWHERE], LINKS, ("eth1",), NORMAL)
    assert planned.groups == ()
    assert planned.unprobed == (LOCAL,)  # over loopback, whatever the interfaces
    assert planned.unreachable == (
        (ON_LINK.span, "reached over eth0, which is not one of the interfaces to use"),
        (NOWHERE.span, "no route"),
    )


def test_an_interface_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(EngineError, match="no interface nowhere0: this host has eth0, eth1, lo, tun0"):
        plan([LOCAL], LINKS, ("nowhere0",), NORMAL)


def test_the_indexes_of_a_region_are_those_of_its_targets() -> None:
    targets = parse(["10.0.0.1-4", "10.0.0.8-20"])
    assert indexes(targets, ON_LINK) == range(4, 17)
    assert indexes(targets, NOWHERE) == range(0)
