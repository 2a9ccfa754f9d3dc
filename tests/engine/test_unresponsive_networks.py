"""A network that is lost beyond our own link, which no error of the kernel shows: what fell into it is repeated."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.engine.test_lost_links import SUBNET, nft, result_of
from tests.engine.test_networks import LinkPair, link, responders
from tests.programs import line_with

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.daemon("nft")]
#: Two subnets behind one router.
BOTH = "198.18.112.0/23"


def cut(net: LinkPair, what: str = "") -> None:
    """Nothing reaches the farm any more, or nothing that matches `what`; the carrier remains."""
    nft(net.farm, f"table netdev t {{\nchain i {{ type filter hook ingress device f0 priority 0; {what} drop; }}\n}}\n")


def mended(net: LinkPair) -> None:
    nft(net.farm, "delete table netdev t\n")


@contextmanager
def scanning(net: LinkPair, target: str = SUBNET, rate: int = 100, **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """A scan that has found a quarter of the phones: each subnet has control hosts."""
    options = {"rate": rate, "retries": 1, "timeout": 0.3}
    with net.start(target, pace="normal", options=options, **settings) as process:
        while json.loads(line_with(process.stderr, "found"))["found"] < len(net.phones) / 4:
            pass
        yield process


def without_icmp(net: LinkPair) -> None:
    """A packet filter before the farm drops ICMP."""
    rule = "type filter hook input priority 0; meta l4proto { icmp, ipv6-icmp } drop;"
    nft(net.farm, f"table inet filtered {{\nchain i {{ {rule} }}\n}}\n")


@pytest.mark.parametrize(
    ("routed", "rate"),
    [
        (True, 100),
        pytest.param(False, 100, marks=pytest.mark.slow),
        pytest.param(True, 50, marks=pytest.mark.slow),
    ],
)
def test_an_outage_is_repeated_where_no_host_responds_to_icmp(routed: bool, rate: int) -> None:
    with link(SUBNET, 5, routed=routed) as net:
        without_icmp(net)
        with scanning(net, rate=rate, discover="sip") as process:
            cut(net)
            line_with(process.stderr, "unresponsive")
            mended(net)
            result = result_of(process)
    assert responders(result) == set(net.phones)
    assert result["complete"]
    assert result["counters"]["outages"] >= 1
    assert "flood" not in result["counters"]


@pytest.mark.parametrize(
    ("routed", "discover"),
    [
        pytest.param(False, "arp http", marks=pytest.mark.slow),
        pytest.param(False, "arp sip", marks=pytest.mark.slow),
        pytest.param(True, "http", marks=pytest.mark.slow),
    ],
)
def test_what_fell_into_an_outage_beyond_our_link_is_repeated(routed: bool, discover: str) -> None:
    with link(SUBNET, 5, routed=routed) as net, scanning(net, discover=discover) as process:
        cut(net)
        line_with(process.stderr, "unresponsive")
        mended(net)
        result = result_of(process)
        if "sip" in discover:
            assert responders(result) == set(net.phones)
    assert result["complete"]
    assert result["missed"] == []
    assert result["counters"]["outages"] >= 1


def test_a_network_that_stays_unresponsive_ends_the_scan_with_a_state_from_before_it() -> None:
    with link(SUBNET, 5, routed=False) as net:
        with scanning(net, patience=0.5) as process:
            cut(net)
            ended = result_of(process)
        assert ended["interrupted"]
        assert ended["covered"] == []
        assert ended["missed"]
        assert (
            "the network was lost: no response from 198.18.112.2-198.18.112.126 for 0.5 seconds" in ended["incomplete"]
        )
        again = net.scan(
            SUBNET, pace="normal", patience=0.5, state=ended["state"]
        )  # still unresponsive: nothing is lost
        assert again["interrupted"]
        mended(net)
        last = net.scan(SUBNET, pace="normal", state=again["state"])
    assert last["complete"]
    assert {address for one in (ended, again, last) for address in responders(one)} == set(net.phones)


def test_of_two_subnets_behind_one_router_the_one_that_is_cut_is_repeated() -> None:
    with link(BOTH, 10, routed=True) as net, scanning(net, BOTH, 400, discover="sip") as process:
        cut(net, "ip daddr 198.18.113.0/24")
        line_with(process.stderr, "unresponsive")
        mended(net)
        result = result_of(process)
    assert responders(result) == set(net.phones)
    assert result["counters"]["outages"] >= 1


def test_a_subnet_that_stays_unresponsive_is_not_covered_and_the_other_is() -> None:
    with link(BOTH, 10, routed=True) as net, scanning(net, BOTH, 400, discover="sip", patience=0.5) as process:
        cut(net, "ip daddr 198.18.113.0/24")
        result = result_of(process)
    assert not result["complete"]
    assert not result["interrupted"]
    assert result["spans"]["sip"] == ["198.18.112.1-198.18.112.255"]
    assert ["sip", "198.18.113.0-198.18.113.254", "unreachable"] in result["missed"]
    assert responders(result) >= {phone for phone in net.phones if phone.startswith("198.18.112.")}
    assert (
        "no response from 198.18.113.0-198.18.113.254 for 0.5 seconds: these targets are not covered; check the network"
        " there, and scan them again"
    ) in result["notes"]
    assert not any("no route" in note for note in result["notes"])
    assert result["counters"]["lasting outages"] >= 1
