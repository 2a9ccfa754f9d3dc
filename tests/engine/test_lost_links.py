"""A network that is lost while a scan runs: what fell into the outage is repeated, or counted for `--resume`."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.engine.test_networks import LinkPair, ip, link, responders
from tests.programs import line_with

pytestmark = [pytest.mark.root, pytest.mark.network]
SUBNET = "198.18.112.0/25"


def nft(namespace: str, rules: str) -> None:
    subprocess.run(["ip", "netns", "exec", namespace, "nft", "-f", "-"], input=rules, text=True, check=True)


def output(namespace: str, rule: str) -> None:
    nft(namespace, f"table inet t {{\nchain o {{ type filter hook output priority 0; {rule} }}\n}}\n")


def dropped(net: LinkPair) -> None:
    """Every packet that this host sends is rejected (EPERM)."""
    output(net.scanner, "oifname s0 drop;")


def accepted(net: LinkPair) -> None:
    nft(net.scanner, "delete table inet t\n")


def down(net: LinkPair) -> None:
    ip("-n", net.scanner, "link", "set", "s0", "down")


def up(net: LinkPair) -> None:
    ip("-n", net.scanner, "link", "set", "s0", "up")


def deleted(net: LinkPair) -> None:
    ip("-n", net.scanner, "link", "del", "s0")


def made_again(net: LinkPair) -> None:
    ip("link", "add", "s0", "netns", net.scanner, "type", "veth", "peer", "name", "f0", "netns", net.farm)
    ip("-n", net.scanner, "addr", "add", "198.18.112.1/25", "dev", "s0")
    ip("-n", net.farm, "addr", "add", "192.0.2.2/30", "dev", "f0")
    up(net)
    ip("-n", net.farm, "link", "set", "f0", "up")
    ip("-n", net.farm, "route", "add", "198.18.112.1", "dev", "f0")


#: A way to lose the network, and back.
FAULTS: dict[str, tuple[Callable[[LinkPair], None], Callable[[LinkPair], None]]] = {
    "the interface is down": (down, up),
    "the carrier is lost": (
        lambda net: ip("-n", net.farm, "link", "set", "f0", "down"),
        lambda net: (
            ip("-n", net.farm, "link", "set", "f0", "up"),
            ip("-n", net.farm, "route", "add", "198.18.112.1", "dev", "f0"),
        )[0],
    ),
    "the route is removed": (
        lambda net: ip("-n", net.scanner, "route", "del", SUBNET),
        lambda net: ip("-n", net.scanner, "route", "add", SUBNET, "dev", "s0", "src", "198.18.112.1"),
    ),
    "the address is removed": (
        lambda net: ip("-n", net.scanner, "addr", "flush", "dev", "s0"),
        lambda net: ip("-n", net.scanner, "addr", "add", "198.18.112.1/25", "dev", "s0"),
    ),
    "the interface is deleted": (deleted, made_again),
    "a firewall rejects every packet": (dropped, accepted),
}


def outage(net: LinkPair, fault: str, *, seconds: float, times: int = 1, **settings: Any) -> dict[str, Any]:
    """The result of a scan during which the network is lost `times` times for so many seconds."""
    lose, restore = FAULTS[fault]
    with started(net, **settings) as process:
        for _ in range(times):
            lose(net)
            time.sleep(seconds)
            restore(net)
            time.sleep(0.7)
        return result_of(process)


@contextmanager
def started(net: LinkPair, rate: int = 300, **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """A scan that has been sending for a moment."""
    options = {"rate": rate, "retries": 1, "timeout": 0.3}
    with net.start(SUBNET, pace="normal", options=options, **settings) as process:
        line_with(process.stderr, "presence")
        time.sleep(0.3)
        yield process


def result_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err[-2000:]
    return dict(json.loads(out))


@pytest.mark.daemon("nft")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_fell_into_an_outage_is_repeated(fault: str) -> None:
    with link(SUBNET, 5, routed=False) as net:
        result = outage(net, fault, seconds=0.8)
    assert responders(result) == set(net.phones)
    assert result["complete"]
    assert result["missed"] == []
    assert result["spans"]["sip"] == ["198.18.112.1-198.18.112.126"]


def test_a_link_that_flaps_loses_no_host() -> None:
    with link(SUBNET, 5, routed=False) as net:
        result = outage(net, "the interface is down", seconds=0.2, times=4)
    assert responders(result) == set(net.phones)
    assert result["complete"]


@pytest.mark.parametrize("fault", ["the interface is down", "the interface is deleted"])
def test_a_network_that_does_not_return_ends_the_scan_with_a_state_from_before_it(fault: str) -> None:
    lose, restore = FAULTS[fault]
    with link(SUBNET, 5, routed=False) as net:
        with started(net, rate=100, patience=0.5) as process:  # three seconds at least: it cannot end before the loss
            time.sleep(0.5)
            lose(net)
            ended = result_of(process)
        assert ended["interrupted"]
        assert ended["covered"] == []
        assert "the network was lost: no path to 198.18.112.2-198.18.112.126 for 0.5 seconds" in ended["incomplete"]
        assert ended["missed"]
        # resumed while the link is still down: nothing is lost
        again = net.scan(SUBNET, pace="normal", patience=0.5, state=ended["state"])
        assert again["interrupted"]
        assert again["state"] == ended["state"]
        restore(net)
        last = net.scan(SUBNET, pace="normal", state=again["state"])
    assert last["complete"]
    found = {address for one in (ended, last) for address in responders(one)}
    assert found == set(net.phones)


@pytest.mark.daemon("nft")
def test_requests_that_a_firewall_of_this_host_rejects_are_counted_and_not_covered() -> None:
    with link(SUBNET, 5, routed=False) as net:
        output(net.scanner, "oifname s0 ip daddr 198.18.112.0/28 udp dport 5060 drop;")
        result = net.scan(SUBNET, pace="normal", options={"rate": 2000, "retries": 0, "timeout": 0.3})
    rejected = [phone for phone in net.phones if phone.rpartition(".")[2] in ("2", "7", "12")]
    assert [(name, where, outcome) for name, where, outcome in result["missed"]] == [
        ("sip", phone, "not-sent") for phone in sorted(rejected)
    ]
    assert responders(result) == set(net.phones) - set(rejected)
    covered = result["spans"]["sip"]
    assert not any(phone in covered for phone in rejected)
    assert result["spans"]["arp"] == ["198.18.112.1-198.18.112.126"]


def test_a_link_that_does_not_return_does_not_keep_a_scan_from_the_others() -> None:
    with link(SUBNET, 5, routed=False) as net:
        ip("-n", net.scanner, "link", "add", "s1", "type", "veth", "peer", "name", "f1", "netns", net.farm)
        ip("-n", net.scanner, "addr", "add", "198.18.113.1/28", "dev", "s1")
        ip("-n", net.farm, "addr", "add", "198.18.113.2/28", "dev", "f1")
        for namespace, name in ((net.scanner, "s1"), (net.farm, "f1")):
            ip("-n", namespace, "link", "set", name, "up")
        with net.start(
            "198.18.112.0/23", pace="normal", options={"rate": 300, "timeout": 0.3, "retries": 1}, patience=0.3
        ) as process:
            line_with(process.stderr, "presence")
            time.sleep(0.5)
            ip("-n", net.farm, "link", "set", "f1", "down")
            result = result_of(process)
    assert responders(result) >= set(net.phones)
    assert not result["complete"]
    assert not result["interrupted"]
    assert ["sip", "198.18.113.2-198.18.113.15", "unreachable"] in result["missed"]
    assert "198.18.112.1-198.18.112.127" in result["spans"]["sip"]
    assert not any("198.18.113.2" in span for span in result["spans"]["sip"])
