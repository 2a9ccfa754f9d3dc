"""Subnets that routers report: which of them a scan takes, and which it leaves out, with the reason."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.app import router_survey
from scanner.app.router_survey import RouterRequest, of_reads
from scanner.app.surveyed import RouterSurvey
from scanner.core.outcomes import Outcome
from scanner.core.spans import of_network
from scanner.discovery.switches.mib import ARP as ARP_TABLE
from scanner.discovery.switches.routes import ROUTER_TABLES, Subnet, subnets
from scanner.engine.snmp.switch_reader import SwitchRead

OWN, ROUTE, INET, OLD = (
    "1.3.6.1.2.1.4.20.1.3",
    "1.3.6.1.2.1.4.24.4.1.6",
    "1.3.6.1.2.1.4.24.7.1.8",
    "1.3.6.1.2.1.4.21.1.11",
)
ARP, NDP = "1.3.6.1.2.1.4.22.1.2", "1.3.6.1.2.1.4.35.1.4"
MAC = bytes.fromhex("64167f000001")
NOW = "2026-11-30T02:00:00Z"
Row = tuple[str, int | bytes | str]


def mask(length: int) -> bytes:
    return ip_network(f"0.0.0.0/{length}").netmask.packed


def own(address: str, length: int) -> Row:
    return f"{OWN}.{address}", mask(length)


def route(network: str, kind: int = 4) -> Row:
    net = ip_network(network)
    return f"{ROUTE}.{net.network_address}.{net.netmask}.0.10.0.0.2", kind


def inet(network: str, kind: int = 4) -> Row:
    net = ip_network(network)
    octets = ".".join(map(str, net.network_address.packed))
    version = 1 if net.version == 4 else 2
    return f"{INET}.{version}.{len(net.network_address.packed)}.{octets}.{net.prefixlen}.2.0.0.1.4.10.0.0.2", kind


def neighbour(address: str) -> Row:
    return f"{ARP}.7.{address}", MAC


def survey(
    rows: list[Row],
    allowed: tuple[str, ...] = ("10.1.0.0/16", "2001:db8::/32"),
    excluded: tuple[str, ...] = (),
    **read: object,
) -> RouterSurvey:
    spans = (tuple(of_network(ip_network(one)) for one in some) for some in (allowed, excluded))
    request = RouterRequest({"10.0.0.1": "core"}, *spans)
    found = SwitchRead("10.0.0.1", tuple(rows), (), Outcome.ANSWERED)._replace(**read)  # type: ignore[arg-type]
    return of_reads([found], request, NOW)


@pytest.mark.parametrize(
    ("row", "network", "is_own"),
    [
        (own("10.1.2.1", 24), "10.1.2.0/24", True),
        ((f"{OWN}.10.1.2.1", "255.255.255.0"), "10.1.2.0/24", True),
        (route("10.1.3.0/24"), "10.1.3.0/24", False),
        (route("10.1.3.0/24", kind=3), "10.1.3.0/24", True),
        (inet("10.1.4.0/23"), "10.1.4.0/23", False),
        (inet("2001:db8:0:1::/64", kind=3), "2001:db8:0:1::/64", True),
        ((f"{OLD}.10.1.5.0", mask(24)), "10.1.5.0/24", False),
    ],
    ids=["own network", "mask as text", "route", "local route", "inet route", "IPv6", "old table"],
)
def test_every_table_of_routes_gives_its_subnets(row: Row, network: str, is_own: bool) -> None:
    assert subnets([row]) == [Subnet(ip_network(network), is_own)]


@pytest.mark.parametrize(
    "row",
    [
        route("0.0.0.0/0"),
        route("10.1.2.3/32"),
        route("127.0.0.0/8"),
        route("169.254.0.0/16"),
        route("224.0.0.0/4"),
        route("10.1.2.0/24", kind=2),
        inet("2001:db8::1/128"),
        inet("fe80::/64"),
        inet("10.1.2.0/24", kind=5),
        (f"{OWN}.10.1.2.1", b"\xff\x00\xff\x00"),
        (f"{OWN}.10.1.2", mask(24)),
        (f"{ROUTE}.10.1.2.0", 4),
        (f"{INET}.1.4.10.1", 4),
        (f"{INET}.1.4.10.1.2.0.99", 4),
        (f"{INET}.16.4.10.1.2.0.24", 4),
    ],
    ids=[
        "default", "a host", "loopback", "link-local", "multicast", "rejected", "IPv6 host", "IPv6 link-local",
        "blackhole", "mask with a hole", "cut address", "cut route", "cut index", "prefix of 99", "type 16",
    ],
)  # fmt: skip
def test_other_rows_are_no_subnets(row: Row) -> None:
    assert subnets([row]) == []


@given(st.lists(st.tuples(st.sampled_from([OWN, ROUTE, INET, OLD]), st.lists(st.integers(0, 300)), st.binary())))
def test_no_row_raises(rows: list[tuple[str, list[int], bytes]]) -> None:
    found = subnets((f"{column}." + ".".join(map(str, arcs)), value) for column, arcs, value in rows)
    assert found == sorted(set(found), key=found.index)


def test_a_subnet_with_neighbours_that_the_settings_allow_is_scanned() -> None:
    found = survey([own("10.1.2.1", 24), neighbour("10.1.2.20")])
    assert (found.targets, found.left_out) == (("10.1.2.0-10.1.2.255",), ())
    assert [(one.ip, one.mac, one.field, one.source) for one in found.observations] == [
        ("10.1.2.20", "64:16:7f:00:00:01", "arp.mac", "routers 10.0.0.1 arp")
    ]


def test_a_subnet_behind_another_router_is_scanned_without_a_neighbour() -> None:
    assert survey([route("10.1.3.0/24")]).targets == ("10.1.3.0-10.1.3.255",)


def test_what_is_left_out_is_named_with_its_reason() -> None:
    rows = [own("10.1.2.1", 24), own("192.168.9.1", 24), neighbour("192.168.9.7"), route("10.1.4.0/24")]
    found = survey([*rows, route("10.0.0.0/15")], allowed=("10.0.0.0/8",))
    assert {one.subnet: one.reason for one in found.left_out} == {
        "10.1.2.0/24": "no router has a neighbour in it",
        "192.168.9.0/24": "no target, site or router of the settings contains it",
    }
    assert found.targets == ("10.1.4.0-10.1.4.255",)  # 10.0.0.0/15 summarizes others
    assert [(one.discovery, one.ip, one.outcome) for one in found.missed] == [
        ("routers", one.subnet, Outcome.EXCLUDED) for one in found.left_out
    ]
    assert found.notes[0] == "routers report 3 subnets; scanned: 1"


def test_a_subnet_that_is_too_large_is_left_out() -> None:
    assert survey([route("10.0.0.0/8")], allowed=("10.0.0.0/8",)).left_out[0].reason.startswith("it is larger than")


def test_only_the_part_of_a_subnet_that_is_allowed_is_scanned() -> None:
    found = survey([own("10.1.2.1", 24), neighbour("10.1.2.20")], allowed=("10.1.2.0/26",))
    assert found.targets == ("10.1.2.0-10.1.2.63",)
    assert found.left_out == (("10.1.2.64-10.1.2.255", "no target, site or router of the settings contains it"),)
    assert found.notes[0] == "routers report 1 subnet; scanned: 1"


def test_what_scans_exclude_is_left_out_and_named() -> None:
    rows = [own("10.1.2.1", 24), neighbour("10.1.2.20"), route("10.1.3.0/24")]
    found = survey(rows, excluded=("10.1.2.128/25", "10.1.3.0/24"))
    assert found.targets == ("10.1.2.0-10.1.2.127",)
    assert found.left_out == (
        ("10.1.2.128-10.1.2.255", "a [[scan]] of the settings excludes it"),
        ("10.1.3.0/24", "a [[scan]] of the settings excludes it"),
    )
    assert found.notes[1] == ("left out: 10.1.2.128-10.1.2.255, 10.1.3.0/24: a [[scan]] of the settings excludes it")


def test_excluded_neighbours_of_an_ipv6_subnet_are_not_scanned() -> None:
    rows: list[Row] = [inet("2001:db8:0:1::/64", kind=3)]
    for number in (0x20, 0x30):
        octets = ip_network(f"2001:db8:0:1::{number:x}").network_address.packed
        rows.append((f"{NDP}.7.2.16." + ".".join(map(str, octets)), MAC))
    found = survey(rows, excluded=("2001:db8:0:1::30/124",))
    assert found.targets == ("2001:db8:0:1::20",)
    assert found.left_out == (("2001:db8:0:1::30-2001:db8:0:1::3f", "a [[scan]] of the settings excludes it"),)


def test_more_ranges_than_a_scan_has_are_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router_survey, "MOST_TARGETS", 2)
    found = survey([route(f"10.1.{third}.0/24") for third in (1, 3, 5, 7)])
    assert found.targets == ("10.1.1.0-10.1.1.255", "10.1.3.0-10.1.3.255")
    assert [one.subnet for one in found.left_out] == ["10.1.5.0-10.1.5.255", "10.1.7.0-10.1.7.255"]
    assert {one.reason for one in found.left_out} == {
        "a scan by routers has 20,000 ranges at most: name it as a target"
    }


def test_many_routes_and_neighbours_are_compared_in_order() -> None:
    """As many of each as a router is read for: every pair of them would take hours."""
    rows = [route(f"10.{one >> 8}.{one & 255}.0/24") for one in range(1 << 14)]
    rows += [neighbour(f"10.{one >> 14}.{one >> 8 & 63}.{one & 255}") for one in range(1 << 15)]
    found = survey(rows, allowed=("10.0.0.0/8",))
    assert found.targets == ("10.0.0.0-10.63.255.255",)
    assert len(found.observations) == 1 << 15


def test_the_neighbours_are_read_before_the_routes() -> None:
    names = [table.name for table in ROUTER_TABLES]
    assert names.index(ARP_TABLE.name) < names.index("routes"), "a table of routes may take all the time"


def test_of_an_ipv6_subnet_the_neighbours_are_scanned() -> None:
    octets = ip_network("2001:db8:0:1::20").network_address.packed
    row = (f"{NDP}.7.2.16." + ".".join(map(str, octets)), MAC)
    assert survey([inet("2001:db8:0:1::/64", kind=3), row]).targets == ("2001:db8:0:1::20",)


def test_a_router_that_is_not_read_whole_is_named() -> None:
    found = survey([route("10.1.3.0/24")], outcome=Outcome.TIMED_OUT, note="it stopped responding while it was read")
    assert found.unread == ("router core: it stopped responding while it was read",)
    assert found.targets
