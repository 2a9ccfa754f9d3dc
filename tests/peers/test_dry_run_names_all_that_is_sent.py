"""`scan --dry-run` names and counts all that a scan then sends to two links, for every discovery."""

from __future__ import annotations

import json
import re
import sys
import time
from collections import defaultdict
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from scanner.discovery.options import Options
from scanner.discovery.registry import all_discoveries
from tests.namespaces import address, hosts, join, wait_until

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.daemon("ip"), pytest.mark.slow]
TARGETS = ("10.81.0.0/29", "10.82.0.0/29", "2001:db8:81::/126")
PHONES = {"10.81.0.2", "10.82.0.2", "2001:db8:81::2"}
ARP, IPV4, IPV6 = "0806", "0800", "86dd"
ICMP, IGMP, TCP, UDP, ICMPV6 = 1, 2, 6, 17, 58
SOLICITATION, ADVERTISEMENT, ECHO_6 = 135, 136, 128
#: Prints each frame that arrives from the host that scans.
RECEIVES = """
import socket
made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
print("ready", flush=True)
while True:
    data, (link, _, direction, *_) = made.recvfrom(65535)
    if direction != socket.PACKET_OUTGOING and link != "lo":
        print(link, data.hex(), flush=True)
"""


def purpose(frame: bytes) -> tuple[str, str]:
    """(purpose, address of the host that a request is for) of a frame that was sent."""
    kind = frame[12:14].hex()
    if kind == ARP:
        return ("ARP" if frame[21] == 1 else "a reply", "")
    at, protocol = (30, frame[23]) if kind == IPV4 else (38, frame[20])
    to = ip_address(frame[at : at + (4 if kind == IPV4 else 16)])
    body = frame[14 + ((frame[14] & 15) * 4 if kind == IPV4 else 40) :]
    port = int.from_bytes(body[2:4]) if protocol in (TCP, UDP) else 0
    if protocol == ICMPV6 and body[0] in (SOLICITATION, ADVERTISEMENT):
        return ("neighbour solicitations" if body[0] == SOLICITATION else "a reply", "")
    if protocol == IGMP:
        return ("IGMP", "")
    if to.is_multicast:
        return (f"{to} UDP {port}" if protocol == UDP else f"{to}", "")
    if protocol in (ICMP, ICMPV6):
        return ("ICMP echo", "")
    return ("UDP 9", "") if (protocol, port) == (UDP, 9) else ("a request", str(to))


def announced(plan: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Purpose → packets and octets that a plan states at most besides the requests to each phone."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in plan["besides"]:
        text = f"{row['request']} to {row['destination']}"
        known = ("ARP", "neighbour solicitations", "IGMP", "ICMP echo", "UDP 9", "ff02::1", "239.255.255.250 UDP 1900")
        name = next((one for one in known if one in text), "224.0.0.251 UDP 5353")
        packets, octets = found[name]
        found[name] = packets + row["packets"], octets + row["bytes"]
    return found


def scanned(tmp_path: Path, discovery: str, interfaces: str = "[]") -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """The plan of a scan, and the (link, frame) of all that it then sends; a scan uses `interfaces` alone."""
    config = tmp_path / "phonescan.toml"
    config.write_text(f"[network]\ninterfaces = {interfaces}\n")
    log = tmp_path / "received"
    words = (sys.executable, "-m", "scanner", "scan", *TARGETS, "--discover", discovery, "--db", str(tmp_path / "x"))
    words = (*words, "--config", str(config))
    with hosts("ear", "lan") as made:
        ear, lan = made["ear"], made["lan"]
        for host in (ear, lan):
            host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitations")
        for link in ("eth0", "eth1"):
            join(ear, link, lan, link)
        address(ear, "eth0", "10.81.0.1/29", "10.81.0.6/29", "2001:db8:81::1/64")
        address(ear, "eth1", "10.82.0.1/29")
        address(lan, "eth0", "10.81.0.2/29", "2001:db8:81::2/64")
        address(lan, "eth1", "10.82.0.2/29")
        lan.start(sys.executable, "-c", RECEIVES, log=log)
        quiet = [0.0, 0.0]  # octets of the log, and since when

        def settled() -> bool:
            size = log.stat().st_size
            if size != quiet[0]:
                quiet[:] = size, time.monotonic()
            return size > 0 and time.monotonic() - quiet[1] > 2

        wait_until("the kernels have sent what belongs to the links alone", settled)
        before = len(log.read_text().splitlines())
        plan = json.loads(ear.run(*words, "--dry-run", "--format", "json").stdout)
        text = ear.run(*words, "--dry-run").stdout.splitlines()
        assert len(log.read_text().splitlines()) == before, "a dry run sends nothing"
        named = [re.findall(r"^([a-z -]+): .* at most ([\d,]+) packet", line) for line in text]
        assert [pair for found in named for pair in found] == [
            (row["discovery"], f"{row['packets']:,}") for row in plan["besides"]
        ]
        ear.run(*words, "--format", "none", check=False)
        wait_until("all has arrived", settled)
        lines = [line.split() for line in log.read_text().splitlines()[before:]]
    return plan, [(link, bytes.fromhex(octets)) for link, octets in lines]


def test_a_link_that_the_settings_leave_out_gets_nothing(tmp_path: Path) -> None:
    plan, frames = scanned(tmp_path, "ssdp,mdns,sip-pnp,arp", '["eth1"]')
    assert {link for link, frame in frames if purpose(frame)[0] != "a reply"} == {"eth1"}
    assert {name for row in plan["besides"] for name in row["interfaces"]} == {"eth1"}


@pytest.mark.parametrize("discovery", all_discoveries(Options()))
def test_nothing_is_sent_that_the_plan_does_not_name(tmp_path: Path, discovery: str) -> None:
    plan, received = scanned(tmp_path, discovery)
    frames = [frame for _, frame in received]
    sent: dict[str, list[int]] = defaultdict(list)
    to_host: dict[str, list[int]] = defaultdict(list)
    for frame in frames:
        what, host = purpose(frame)
        (to_host[host] if what == "a request" else sent[what]).append(len(frame))
    sent.pop("a reply", None)
    stated = announced(plan)
    assert sent.keys() <= stated.keys()
    for what, sizes in sent.items():
        packets, octets = stated[what]
        assert (len(sizes) <= packets, sum(sizes) <= octets) == (True, True), what
    assert to_host.keys() <= PHONES
    most = plan["to_one_phone"][1]
    for host, sizes in to_host.items():
        assert len(sizes) <= most["packets"], host
    assert sent["ARP"], "hosts on a link are looked for, whatever is chosen"
    if discovery == "ssdp":
        assert len(sent["239.255.255.250 UDP 1900"]) == 2, "one request to each link, although one has two addresses"
        assert {one[22] for one in frames if purpose(one)[0] == "239.255.255.250 UDP 1900"} == {1}, (
            "it crosses no router"
        )
    if discovery == "arp":
        assert len(sent["ff02::1"]) == 1
