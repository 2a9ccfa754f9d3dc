"""One echo request to all nodes of an IPv6 link: kernels respond, and the addresses of some contain their mac."""

from __future__ import annotations

import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from scanner.core.address import eui64_mac
from scanner.core.spans import Span
from scanner.engine.liveness import all_nodes
from scanner.engine.os.rtnetlink import Reachability, Region
from tests.namespaces import Host, address, hosts, join, wait_until

MAC = "64:16:7f:12:34:56"
OWN, MADE_OF_MAC, STATIC = "2001:db8:80::1", "2001:db8:80:0:6616:7fff:fe12:3456", "2001:db8:80::2"
LINK_LOCAL = "fe80::6616:7fff:fe12:3456"
#: Prints the echo requests that a host receives, with destination and hop limit.
RECEIVES = """
import socket
made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
print("ready", flush=True)
while True:
    data, ancillary, _, sender = made.recvmsg(2048, 256)
    if data[0] == 128:
        known = {kind: content for _, kind, content in ancillary}
        to = socket.inet_ntop(socket.AF_INET6, known[socket.IPV6_PKTINFO][:16])
        print("echo", to, int.from_bytes(known[socket.IPV6_HOPLIMIT], "little"), flush=True)
"""
#: Sends the request three times over a link, and prints who responds within a second.
SENDS = """
import select, sys, time
from scanner.engine.liveness.all_nodes import AllNodesEcho
from scanner.engine.sweep.cookie import Cookies
echo = AllNodesEcho(Cookies(bytes(32)), int(sys.argv[1]), sys.argv[2])
print("sent", *(echo.send_once() for _ in range(3)))
end = time.monotonic() + 1
while select.select([echo], [], [], max(0, end - time.monotonic()))[0]:
    echo.read(print)
"""
#: A scan whose kernel reports no neighbours.
WITHOUT_A_TABLE = """
from scanner.engine.os import rtnetlink
rtnetlink.neighbours = lambda: []
from scanner.cli.main import main
main()
"""


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        (MADE_OF_MAC, MAC),
        ("fe80::6616:7fff:fe12:3456%eth0", MAC),
        ("2001:db8::6416:7fff:fe12:3456", None),  # 66:16:… is administered locally
        ("2001:db8::ff:fe00:7", None),
        ("2001:db8::200:ff:fe00:0", None),  # no mac of a device
        ("2001:db8::6616:7fff:ff12:3456", None),
        (STATIC, None),
    ],
)
def test_the_mac_of_an_address_is_what_it_is_made_of(spelled: str, expected: str | None) -> None:
    assert eui64_mac(spelled) == expected


def test_the_source_is_our_address_in_the_prefix_of_the_targets() -> None:
    def span(text: int) -> Span:
        return Span(6, text, text)

    prefix = 0x20010DB8_0080_0000 << 64
    addresses = [(3, span(0xFE80 << 112 | 1), 64), (4, span(prefix | 9), 64), (3, span(prefix | 1), 64)]
    region = Region(span(prefix | 0xFF), Reachability.LINK, 3, 0)
    assert all_nodes.source([region], addresses) == OWN
    assert all_nodes.source([region], addresses[:2]) == ""


def rows(db: Path) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(db)) as file:
        return set(file.execute("SELECT ip, mac, field, value FROM observations"))


def number(host: Host) -> str:
    return host.run("cat", "/sys/class/net/eth0/ifindex").stdout.strip()


@pytest.mark.root
@pytest.mark.network
@pytest.mark.daemon("ip")
def test_one_request_leaves_and_kernels_respond_to_it(tmp_path: Path) -> None:
    db, alone, log = tmp_path / "inventory.sqlite", tmp_path / "alone.sqlite", tmp_path / "received"
    other = tmp_path / "other.sqlite"  # of a scan whose only target is not there
    with hosts("ear", "phone") as made:
        ear, phone = made["ear"], made["phone"]
        join(ear, "eth0", phone, "eth0", right_mac=MAC)
        address(ear, "eth0", f"{OWN}/64")
        address(phone, "eth0", f"{MADE_OF_MAC}/64", f"{STATIC}/64")
        wait_until(
            "the link-local addresses are usable",
            lambda: not re.search("tentative", "".join(one.run("ip", "-6", "addr").stdout for one in (ear, phone))),
        )
        phone.start(sys.executable, "-c", RECEIVES, log=log)
        wait_until("the phone receives", lambda: "ready" in log.read_text())
        sent = ear.run(sys.executable, "-c", SENDS, number(ear), OWN).stdout.split()
        assert sent[:4] == ["sent", "1", "0", "0"]
        assert sent[4:] in ([MADE_OF_MAC], [STATIC])
        local = ear.run(sys.executable, "-c", SENDS, number(ear), "").stdout.split()
        assert local == ["sent", "1", "0", "0", LINK_LOCAL]
        assert log.read_text().splitlines() == ["ready", "echo ff02::1 1", "echo ff02::1 1"]
        words = ("scan", MADE_OF_MAC, STATIC, "2001:db8:80::3", "--discover", "arp", "--db")
        scan = ear.run(sys.executable, "-m", "scanner", *words, str(db), check=False)
        received = log.read_text().splitlines()[3:]
        phone.run("ip", "addr", "del", f"{STATIC}/64", "dev", "eth0")
        ear.run(sys.executable, "-c", WITHOUT_A_TABLE, *words, str(alone), check=False)
        ear.run(sys.executable, "-c", WITHOUT_A_TABLE, *words[:1], *words[3:], str(other), check=False)
    assert scan.returncode == 0, scan.stderr
    assert [one for one in received if "ff02::1" in one] == ["echo ff02::1 1"]
    assert rows(db) == {(ip, MAC, "arp.mac", MAC) for ip in (MADE_OF_MAC, STATIC)}
    assert rows(alone) == {(MADE_OF_MAC, MAC, "arp.mac", MAC)}
    assert rows(other) == set(), "other responders than targets are dropped"
