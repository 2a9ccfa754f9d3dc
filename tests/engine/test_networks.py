"""The engine on a link between two namespaces without any other connection."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from tests.programs import line_with, running

pytestmark = [pytest.mark.root, pytest.mark.network]
INSIDE = str(Path(__file__).with_name("inside.py"))
PORT = 5060


def ip(*words: str, **more: Any) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True, **more)


def overflows() -> int:
    """How often the kernel's neighbour table was full; all namespaces share one table."""
    shown = subprocess.run(
        ["ip", "-s", "ntable", "show", "name", "arp_cache"], capture_output=True, text=True, check=True
    )
    return sum(map(int, re.findall(r"table_fulls (\d+)", shown.stdout)))


@dataclass
class LinkPair:
    """The namespaces of the scanner and of the farm; `phones` are the addresses that respond."""

    scanner: str
    farm: str
    phones: list[str]

    def start(
        self, target: str, *, prefix: tuple[str, ...] = (), **settings: Any
    ) -> AbstractContextManager[subprocess.Popen[str]]:
        words = ["ip", "netns", "exec", self.scanner, *prefix, sys.executable, INSIDE, "scan"]
        settings_text = json.dumps({"target": target, "port": PORT, **settings})
        return running([*words, settings_text], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def scan(self, target: str, **settings: Any) -> dict[str, Any]:
        before = overflows()
        with self.start(target, **settings) as process:
            out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err[-2000:]
        return dict(json.loads(out)) | {"overflows": overflows() - before}


@contextmanager
def link(subnet: str, every: int, *, routed: bool) -> Iterator[LinkPair]:
    name = f"pse{os.getpid()}"
    scanner, farm = f"{name}s", f"{name}f"
    network = IPv4Network(subnet)
    phones = [str(network[number]) for number in range(2, network.num_addresses - 1, every)]
    with ExitStack() as stack:
        for namespace in (scanner, farm):
            ip("netns", "add", namespace)
            stack.callback(ip, "netns", "del", namespace)
            ip("-n", namespace, "link", "set", "lo", "up")
        ip("link", "add", "s0", "netns", scanner, "type", "veth", "peer", "name", "f0", "netns", farm)
        ip("-n", scanner, "addr", "add", "192.0.2.1/30" if routed else f"{network[1]}/{network.prefixlen}", "dev", "s0")
        ip("-n", farm, "addr", "add", "192.0.2.2/30", "dev", "f0")
        ip("-n", scanner, "link", "set", "s0", "up")
        ip("-n", farm, "link", "set", "f0", "up")
        if routed:
            ip("-n", scanner, "route", "add", "default", "via", "192.0.2.2")
        else:
            ip("-n", farm, "route", "add", str(network[1]), "dev", "f0")
        routes = "".join(f"route add local {phone}/32 dev lo\n" for phone in phones)
        ip("-n", farm, "-batch", "-", input=routes)
        words = ["ip", "netns", "exec", farm, sys.executable, INSIDE, "farm", str(PORT)]
        line_with(stack.enter_context(running(words, stdout=subprocess.PIPE)).stdout, "up")
        yield LinkPair(scanner, farm, phones)


def drop(namespace: str, percent: int) -> None:
    """Drop UDP and ICMP at random in both directions, but not TCP, which the kernel retransmits."""
    rules = "\n".join(
        f"chain {hook} {{ type filter hook {hook} priority 0; "
        f"meta l4proto {{ udp, icmp }} numgen random mod 100 < {percent} drop\n}}"
        for hook in ("input", "output")
    )
    subprocess.run(
        ["ip", "netns", "exec", namespace, "nft", "-f", "-"],
        input=f"table inet t {{\n{rules}\n}}\n",
        text=True,
        check=True,
    )


def responders(result: dict[str, Any], field: str = "sip.user-agent") -> set[str]:
    return {address for address, fields in result["found"].items() if field in fields}


@pytest.mark.slow
def test_a_connected_slash_16_never_fills_the_kernels_neighbour_table() -> None:
    with link("198.18.0.0/16", 101, routed=False) as net:
        result = net.scan("198.18.0.0/16")
    assert responders(result) == set(net.phones)
    assert responders(result, "arp.mac") == set(net.phones)
    assert result["overflows"] == 0
    assert result["complete"]
    assert "ENOBUFS" not in result["counters"]
    # an address without a host costs two small frames, a host a few packets
    assert result["counters"]["sent"] <= 2 * 65_534 + 40 * len(net.phones)


@pytest.mark.slow
def test_more_neighbours_than_the_table_can_hold_are_probed_as_entries_become_free() -> None:
    with link("198.18.64.0/19", 4, routed=False) as net:
        result = net.scan("198.18.64.0/19")
    assert len(net.phones) > 2000
    assert responders(result) == set(net.phones)
    assert result["overflows"] == 0


@pytest.mark.slow
@pytest.mark.daemon("setpriv")
def test_without_raw_sockets_the_kernel_resolves_within_its_table() -> None:
    lesser = ("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-all")
    with link("198.18.40.0/22", 9, routed=False) as net:
        result = net.scan("198.18.40.0/22", prefix=lesser)
    assert responders(result) == set(net.phones)
    assert responders(result, "arp.mac") == set(net.phones)
    assert result["overflows"] == 0
    assert any("CAP_NET_RAW" in note for note in result["notes"])


@pytest.mark.slow
@pytest.mark.daemon("nft")
@pytest.mark.parametrize(("percent", "least"), [(5, 0.999), (20, 0.99)])
@pytest.mark.parametrize("pace", ["fast", "normal"])
def test_loss_both_ways_on_a_routed_network(percent: int, least: float, pace: str) -> None:
    with link("198.18.80.0/21", 2, routed=True) as net:
        drop(net.farm, percent)
        result = net.scan("198.18.80.0/21", pace=pace)
    assert len(net.phones) > 1000
    assert len(responders(result)) >= least * len(net.phones)


def test_an_address_without_a_host_behind_a_router_costs_an_echo_and_one_probe() -> None:
    with link("198.18.96.0/20", 40, routed=True) as net:
        result = net.scan("198.18.96.0/20")
        pages_alone = net.scan("198.18.96.0/20", discover="http")
    assert responders(result) == set(net.phones)
    assert result["complete"]
    assert result["counters"]["sent"] <= 2 * 4_094 + 12 * len(net.phones)
    assert pages_alone["complete"]
    assert pages_alone["counters"]["sent"] <= 4_094 + 12 * len(net.phones)


def test_a_host_without_an_echo_reply_is_found_by_sip() -> None:
    with link("198.18.96.0/20", 150, routed=True) as net:
        subprocess.run(
            ["ip", "netns", "exec", net.farm, "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1"], check=True
        )
        result = net.scan("198.18.96.0/20")
    assert responders(result) == set(net.phones)


@pytest.mark.daemon("tcpdump")
def test_normal_sends_no_host_more_than_forty_packets_in_any_second(tmp_path: Path) -> None:
    with link("198.18.120.0/29", 2, routed=True) as net:
        capture = tmp_path / "host.pcap"
        tcpdump = ["tcpdump", "-i", "f0", "-Z", "root", "-U", "-w"]
        command = ["ip", "netns", "exec", net.farm, *tcpdump, str(capture), "dst", "host", net.phones[0]]
        with running(command, stderr=subprocess.PIPE) as dump:
            line_with(dump.stderr, "listening")
            net.scan("198.18.120.0/29", pace="normal", options={"retries": 3, "timeout": 0.2})
            dump.terminate()
            dump.communicate(timeout=30)
        data = capture.read_bytes()
    times, place = [], 24
    while place + 16 <= len(data):
        seconds, micros, kept = (int.from_bytes(data[place + n : place + n + 4], sys.byteorder) for n in (0, 4, 8))
        times.append(seconds + micros / 1e6)
        place += 16 + kept
    assert len(times) >= 4
    assert max(sum(1 for time in times if start <= time < start + 1) for start in times) <= 40
