"""avahi-daemon as the phone, in a namespace: found by browsing, and by unicast."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.namespaces import Host, address, hosts, join, wait_until

pytestmark = [pytest.mark.root, pytest.mark.daemon("avahi-daemon", "ip")]

SERVICE = """<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name>Polycom VVX 411</name>
  <service>
    <type>_sip._udp</type>
    <port>5060</port>
    <txt-record>model=VVX 411</txt-record>
    <txt-record>fw=6.3.1.8427</txt-record>
  </service>
</service-group>
"""
CONFIGURATION = """[server]
host-name=phone411
use-ipv4=yes
use-ipv6=no
allow-interfaces=eth0
enable-dbus=no
[publish]
publish-workstation=no
publish-hinfo=no
"""
BROWSE = """
import json, sys
from scanner.discovery import mdns as discovery
from scanner.discovery.options import Options
from scanner.engine.protocols import mdns
told = mdns.browse(discovery.declare(Options()).steps[0], ["198.18.5.1"], 3.0, 1.0)
print(json.dumps([[entry.address, entry.port, list(entry.findings)] for entry in told]))
"""
UNICAST = """
import json, sys
from scanner.discovery import mdns as discovery
from scanner.discovery.options import Options
from tests.peers.daemons import swept
import socket
step = discovery.declare(Options()).steps[1]
request = step.request("198.18.5.2", 5353, 7, 0, "")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
    asking.settimeout(60)
    asking.sendto(request, ("198.18.5.2", 5353))
    answer = step.response(asking.recv(65536), 7, "198.18.5.2")
print(json.dumps(list(answer.findings)))
"""


@pytest.fixture
def scanner_host(tmp_path: Path) -> Iterator[Host]:
    """A host with a wire to another one, on which avahi-daemon announces a phone."""
    with hosts("scanner", "phone") as made:
        join(made["scanner"], "eth0", made["phone"], "eth0")
        address(made["scanner"], "eth0", "198.18.5.1/24")
        address(made["phone"], "eth0", "198.18.5.2/24")
        for host in made.values():
            host.run("ip", "route", "add", "224.0.0.0/4", "dev", "eth0")
        etc = tmp_path / "avahi"
        (etc / "services").mkdir(parents=True)
        (etc / "services" / "phone.service").write_text(SERVICE, encoding="utf-8")
        (etc / "avahi-daemon.conf").write_text(CONFIGURATION, encoding="utf-8")
        run = tmp_path / "run"
        run.mkdir()
        # its services and run folders are compiled in: a mount namespace gives it ours
        inside = (
            f"mount --bind {etc} /etc/avahi && mkdir -p /run/avahi-daemon && mount --bind {run} /run/avahi-daemon && "
            "exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f /etc/avahi/avahi-daemon.conf"
        )
        log = tmp_path / "avahi.log"
        made["phone"].start("unshare", "--mount", "sh", "-c", inside, log=log)
        wait_until("avahi has announced the phone", lambda: b"successfully established" in log.read_bytes(), 30)
        yield made["scanner"]


EXPECTED = {
    ("mdns.service", "_sip._udp.local"),
    ("mdns.instance", "Polycom VVX 411"),
    ("mdns.host", "phone411.local"),
    ("mdns.txt.model", "VVX 411"),
    ("mdns.txt.fw", "6.3.1.8427"),
}


@pytest.mark.slow
def test_a_phone_is_found_by_browsing_its_link(scanner_host: Host) -> None:
    told = json.loads(scanner_host.run(sys.executable, "-c", BROWSE).stdout)
    assert [entry[:2] for entry in told] == [["198.18.5.2", 5353]]
    assert {tuple(pair) for pair in told[0][2]} == EXPECTED


def test_a_phone_responds_to_a_unicast_query(scanner_host: Host) -> None:
    found = json.loads(scanner_host.run(sys.executable, "-c", UNICAST).stdout)
    assert {tuple(pair) for pair in found} >= EXPECTED
