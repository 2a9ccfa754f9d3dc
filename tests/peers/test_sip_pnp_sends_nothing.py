"""Phones that request a configuration by multicast are recorded, and nothing but IGMP leaves: links of namespaces."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.discovery.test_sip_pnp import MAC, request
from tests.namespaces import Host, address, hosts, join, wait_until

pytestmark = [pytest.mark.root, pytest.mark.daemon("ip"), pytest.mark.slow]
SECONDS = 4
IGMP = 2

#: Writes the IP protocol and the payload of each frame that arrives from the other end.
WATCH = """
import socket
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
link.bind(("eth0", 3))
print("ready", flush=True)
while True:
    data, sender = link.recvfrom(4096)
    if sender[2] != socket.PACKET_OUTGOING:
        print(data[12:14].hex(), data[23], data[14:].hex(), flush=True)
"""
PHONE = """
import socket, sys, time
phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
phone.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.79.0.2"))
phone.bind(("10.79.0.2", 5059))
for _ in range(3):
    phone.sendto(bytes.fromhex(sys.argv[1]), ("224.0.1.75", 5060))
    time.sleep(0.2)
"""
#: A PBX that receives at every address of its host, and writes what it receives.
PBX = """
import socket
pbx = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
pbx.bind(("", 5060))
print("ready", flush=True)
while True:
    print(pbx.recvfrom(4096)[0][:9].decode(), flush=True)
"""


@pytest.fixture
def link() -> Iterator[tuple[Host, Host]]:
    """A host that listens, and a phone whose link it shares; without IPv6, whose kernels send on their own."""
    with hosts("ear", "voice") as made:
        ear, voice = made["ear"], made["voice"]
        for host in (ear, voice):
            host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6")
        join(voice, "eth0", ear, "eth0", left_mac=MAC)
        address(ear, "eth0", "10.79.0.1/29")
        address(voice, "eth0", "10.79.0.2/29")
        # both have the other's MAC address, so that ARP is not among what the phone's requests cause
        ear.run("ip", "neigh", "replace", "10.79.0.2", "lladdr", MAC, "dev", "eth0")
        yield ear, voice


def started(host: Host, script: str, log: Path) -> None:
    host.start(sys.executable, "-c", script, log=log)
    wait_until("it is ready", lambda: "ready" in log.read_text())


def listening(ear: Host, how: str, db: Path) -> subprocess.Popen[bytes]:
    words = {
        "listen": ("listen", "eth0", "--for", str(SECONDS)),
        "scan": ("scan", "10.79.0.4/30", "--discover", "sip-pnp,sip", "--pace", "gentle"),
    }
    command = (sys.executable, "-m", "scanner", *words[how], "--db", str(db))
    process = ear.start(*command, log=db.with_suffix(".log"))
    wait_until("it listens", lambda: len(ear.run("cat", "/proc/net/packet").stdout.splitlines()) > 1)
    return process


def observed(db: Path) -> set[tuple[str, str, str]]:
    with closing(sqlite3.connect(db)) as file:
        return set(file.execute("SELECT mac, field, value FROM observations WHERE field LIKE 'sip-pnp%'"))


def packets(log: Path) -> list[tuple[str, int, str]]:
    """Ethernet type, IP protocol and octets of what arrived from the host that listens."""
    found = [line.split() for line in log.read_text().splitlines()[1:]]
    return [(kind, int(protocol), octets) for kind, protocol, octets in found]


@pytest.mark.parametrize("how", ["listen", "scan"])
def test_a_phone_is_recorded_and_gets_no_packet(link: tuple[Host, Host], tmp_path: Path, how: str) -> None:
    ear, voice = link
    db, sent = tmp_path / "inventory.sqlite", tmp_path / "sent"
    started(voice, WATCH, sent)
    process = listening(ear, how, db)
    voice.run(sys.executable, "-c", PHONE, request().hex())
    assert process.wait(60) == 0, db.with_suffix(".log").read_text()
    assert observed(db) >= {(MAC, "sip-pnp.model", "snomD120"), (MAC, "sip-pnp.version", "10.1.39.11")}
    ip = [(protocol, octets) for kind, protocol, octets in packets(sent) if kind == "0800"]
    assert {protocol for protocol, _ in ip} == {IGMP}
    assert any("e000014b" in octets for _, octets in ip)  # 224.0.1.75: a switch that snoops forwards it
    if how == "listen":
        assert {kind for kind, _, _ in packets(sent)} == {"0800"}


def test_a_pbx_on_this_host_does_not_receive_the_request_by_our_membership(
    link: tuple[Host, Host], tmp_path: Path
) -> None:
    ear, voice = link
    db, sent, pbx = tmp_path / "inventory.sqlite", tmp_path / "sent", tmp_path / "pbx"
    started(voice, WATCH, sent)
    started(ear, PBX, pbx)
    process = listening(ear, "listen", db)
    voice.run(sys.executable, "-c", PHONE, request().hex())
    assert process.wait(60) == 0, db.with_suffix(".log").read_text()
    assert (MAC, "sip-pnp.model", "snomD120") in observed(db)
    assert pbx.read_text() == "ready\n"
    left = packets(sent)  # what is left is the membership of the group of SSDP
    assert {(kind, protocol) for kind, protocol, _ in left} <= {("0800", IGMP)}
    assert not any("e000014b" in octets for _, _, octets in left)
    with closing(sqlite3.connect(db)) as file:
        assert "224.0.1.75 is not joined" in str(file.execute("SELECT notes FROM scans").fetchall())


def test_a_switch_with_igmp_snooping_forwards_the_group(tmp_path: Path) -> None:
    db = tmp_path / "inventory.sqlite"
    with hosts("ear", "voice", "switch") as made:
        ear, voice, switch = made["ear"], made["voice"], made["switch"]
        switch.run(
            "ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "1", "mcast_querier", "1",
            "mcast_query_response_interval", "50",
        )  # fmt: skip
        address(switch, "br0", "10.79.0.6/29")
        join(voice, "eth0", switch, "phone", left_mac=MAC)
        join(ear, "eth0", switch, "ear")
        for port in ("phone", "ear"):
            switch.run("ip", "link", "set", port, "master", "br0")
        switch.run("ip", "link", "set", "br0", "up")
        address(ear, "eth0", "10.79.0.1/29")
        address(voice, "eth0", "10.79.0.2/29")
        process = listening(ear, "listen", db)
        wait_until(
            "the switch has the membership",
            lambda: "224.0.1.75" in switch.run("bridge", "mdb", "show").stdout,
            seconds=10,
        )
        voice.run(sys.executable, "-c", PHONE, request().hex())
        assert process.wait(60) == 0, db.with_suffix(".log").read_text()
    assert (MAC, "sip-pnp.model", "snomD120") in observed(db)
