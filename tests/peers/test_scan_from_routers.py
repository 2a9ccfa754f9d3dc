"""`scan --from-routers` and `from_routers` on a link: a router reports subnets, and the allowed ones are scanned."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.namespaces import Host, address, hosts, join, wait_until

pytestmark = [pytest.mark.root, pytest.mark.daemon("ip"), pytest.mark.slow]
#: An agent at UDP 161 with two own networks, one of them with a neighbour, a route, and a default route.
ROUTER = """
import socket
from ipaddress import IPv4Address
from scanner.testing.agent import SimulatedAgent, SnmpTable, read_request
from scanner.testing.phones import integer, octets
ip = "1.3.6.1.2.1.4"
mask = IPv4Address("255.255.255.240").packed
rows = [
    octets("1.3.6.1.2.1.1.1.0", b"router"), octets("1.3.6.1.2.1.1.5.0", b"core"),
    octets(f"{ip}.20.1.3.10.82.0.1", mask), octets(f"{ip}.20.1.3.10.82.0.17", mask),
    octets(f"{ip}.22.1.2.1.10.82.0.1", bytes.fromhex("64167f123456")),
    octets(f"{ip}.22.1.2.2.10.82.0.30", bytes.fromhex("64167f000001")),
    integer(f"{ip}.24.4.1.6.0.0.0.0.0.0.0.0.0.10.82.0.9", 4),
    integer(f"{ip}.24.4.1.6.10.83.0.0.255.255.255.0.0.10.82.0.9", 4),
]
agent = SimulatedAgent({"public": SnmpTable(rows)})
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("10.82.0.2", 161))
print("ready", flush=True)
while True:
    data, sender = sock.recvfrom(4096)
    found = agent.respond(read_request(data))
    if found:
        sock.sendto(found, sender)
"""
SETTINGS = """
[[router]]
name = "core"
address = "10.82.0.2"
targets = ["10.82.0.0/28"]
"""
EXCLUDING = f"""{SETTINGS}
[[scan]]
name = "other"
targets = ["10.82.0.0/28"]
exclude = ["10.82.0.8/29"]
cron = "0 1 * * *"
"""
SCHEDULED = f"""{SETTINGS}
[[scan]]
name = "voice"
from_routers = true
discover = "sip"
cron = "0 1 * * *"
"""


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Host]:
    """The host that scans, on a link with a router."""
    log = tmp_path / "router.log"
    with hosts("ear", "router") as made:
        ear, core = made["ear"], made["router"]
        join(ear, "eth0", core, "eth0")
        address(ear, "eth0", "10.82.0.1/28")
        address(core, "eth0", "10.82.0.2/28")
        core.start(sys.executable, "-c", ROUTER, log=log)
        wait_until("the router is there", lambda: "ready" in log.read_text())
        yield ear


def scan(ear: Host, folder: Path, settings: str, *words: str) -> subprocess.CompletedProcess[str]:
    config = folder / "phonescan.toml"
    config.write_text(settings)
    more = ("--config", str(config), "--db", str(folder / "x.sqlite"), "--discover", "sip", "--format", "json")
    return ear.run(sys.executable, "-m", "scanner", "scan", "--from-routers", *more, *words, check=False)


def test_what_is_allowed_is_scanned_and_the_rest_is_recorded(router: Host, tmp_path: Path) -> None:
    done = scan(router, tmp_path, SETTINGS)
    assert done.returncode == 0, done.stderr
    recorded(tmp_path)


def test_a_schedule_scans_what_is_allowed(router: Host, tmp_path: Path) -> None:
    config = tmp_path / "phonescan.toml"
    config.write_text(SCHEDULED)
    more = ("--config", str(config), "--db", str(tmp_path / "x.sqlite"))
    done = router.run(sys.executable, "-m", "scanner", "schedule", "run", "--once", "voice", *more, check=False)
    assert done.returncode == 0, done.stderr
    recorded(tmp_path)


def recorded(folder: Path) -> None:
    """A scan of the subnet that is allowed is in the inventory, with what it left out."""
    with closing(sqlite3.connect(folder / "x.sqlite")) as file:
        (targets, notes) = file.execute("SELECT targets, notes FROM scans").fetchone()
        missed = dict(file.execute("SELECT ip, note FROM missed WHERE discovery = 'routers'"))
        seen = set(file.execute("SELECT ip, mac, source FROM observations WHERE field = 'arp.mac'"))
        covered = {scope for (scope,) in file.execute("SELECT scope FROM coverage WHERE discovery = 'sip'")}
    assert "10.82.0.0-10.82.0.15" in targets
    assert set(missed) == {"10.82.0.16/28", "10.83.0.0/24"}
    assert set(missed.values()) == {"no target, site or router of the settings contains it"}
    assert ("10.82.0.30", "64:16:7f:00:00:01", "routers 10.82.0.2 arp") in seen
    assert any(scope.startswith("10.82.0.") for scope in covered)
    assert "left out: 10.82.0.16/28, 10.83.0.0/24" in notes


def test_what_a_scan_of_the_settings_excludes_is_not_scanned_and_is_named(router: Host, tmp_path: Path) -> None:
    done = scan(router, tmp_path, EXCLUDING, "--exclude", "10.82.0.4")
    assert done.returncode == 0, done.stderr
    assert "left out: 10.82.0.8-10.82.0.15: a [[scan]] of the settings excludes it" in " ".join(done.stderr.split())
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as file:
        (targets,) = file.execute("SELECT targets FROM scans").fetchone()
        covered = {scope for (scope,) in file.execute("SELECT scope FROM coverage WHERE discovery = 'sip'")}
    assert "10.82.0.0-10.82.0.7" in targets
    assert covered == {"10.82.0.0-10.82.0.3", "10.82.0.5-10.82.0.7"}


@pytest.mark.parametrize(
    ("settings", "words", "error"),
    [
        ("", (), "there are none"),
        (SETTINGS.replace("10.82.0.0/28", "10.99.0.0/16"), (), "nothing that the routers report is scanned"),
        (SETTINGS, ("--resume", "1"), "leave out --from-routers"),
        (SETTINGS + '[[passive]]\ntargets = ["10.82.0.2"]\n', (), "on the passive list"),
        (SETTINGS, ("--community", "wrong"), "no router of the settings reports a subnet"),
    ],
    ids=["no router", "nothing allowed", "resume", "passive", "no response"],
)
def test_where_nothing_can_be_scanned_one_sentence_is_the_result(
    router: Host, tmp_path: Path, settings: str, words: tuple[str, ...], error: str
) -> None:
    done = scan(router, tmp_path, settings, *words)
    assert (done.returncode, error in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "x.sqlite").exists()


def test_a_dry_run_names_the_routers_and_sends_nothing(router: Host, tmp_path: Path) -> None:
    done = scan(router, tmp_path, SETTINGS, "--dry-run")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "reads routes and neighbours of core (10.82.0.2) over SNMP",
            "scans what they report within 10.82.0.0-10.82.0.15",
            "nothing was sent",
        ],
    )
