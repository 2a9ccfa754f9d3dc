"""`listen`, and the listener of a scan, on a link with a flood of invented senders: phones are recorded, time is kept.

Figures for every kind of frame are printed by `python -m tests.benchmarks.bench_listen`.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.benchmarks.bench_listen import begin, faults, listen, sender
from tests.namespaces import Host, address, hosts, join, wait_until

pytestmark = [pytest.mark.root, pytest.mark.network, pytest.mark.daemon("ip")]
FIRST, SECOND = "80:5e:c0:00:00:01", "80:5e:c0:00:00:02"


def test_phones_are_recorded_in_a_flood_of_all_kinds_of_frames_and_the_rest_is_counted() -> None:
    result = listen("mix", 5)
    assert faults(result, "mix", 5) == []
    assert result.status == 3
    assert "more than can be recorded" in result.text


def test_the_listener_of_a_scan_counts_what_it_does_not_record(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with hosts("ear", "voice") as made:
        ear, voice = made["ear"], made["voice"]
        join(voice, "eth0", ear, "eth0")
        address(ear, "eth0", "198.18.0.1/24")
        words = ["scan", "198.18.0.0/24", "--db", str(tmp_path / "scan.sqlite"), "--format", "none", "--retries", "0"]
        with sender(voice, "mix", 6) as flood:
            scan = ear.start(sys.executable, "-m", "scanner", *words, log=log)
            wait_until("it listens", lambda: sockets(ear, index_of(ear, "eth0")) >= 3 or scan.poll() is not None)
            begin(flood)
            assert scan.wait(300) == 3, log.read_text()
    assert "more than can be recorded" in log.read_text()
    assert "Traceback" not in log.read_text()


def send(host: Host, interface: str, mac: str) -> None:
    """One announcement."""
    call = (
        "import socket; from tests.benchmarks.bench_listen import lldp_frame\n"
        "sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n"
        f"sock.bind(({interface!r}, 0)); sock.send(lldp_frame({mac!r}, 'SIP-T58A', '58.15.0.20'))"
    )
    host.run(sys.executable, "-c", call)


def sockets(host: Host, index: int) -> int:
    """The packet sockets on an interface (packet(7): the column `Iface`)."""
    return [line.split()[4] for line in host.run("cat", "/proc/net/packet").stdout.splitlines()].count(str(index))


def index_of(host: Host, interface: str) -> int:
    return int(host.run("cat", f"/sys/class/net/{interface}/ifindex").stdout)


def test_an_interface_that_is_removed_and_made_again_is_listened_on_and_noted(tmp_path: Path) -> None:
    database, log = tmp_path / "x.sqlite", tmp_path / "log"
    with hosts("ear", "voice") as made:
        ear, voice = made["ear"], made["voice"]
        join(voice, "eth0", ear, "eth0")
        words = (sys.executable, "-m", "scanner", "listen", "eth0", "--for", "60", "--db", str(database))
        process = ear.start(*words, "--format", "none", log=log)
        wait_until("it listens", lambda: sockets(ear, index_of(ear, "eth0")) == 3)
        send(voice, "eth0", FIRST)
        ear.run("ip", "link", "del", "eth0")
        join(voice, "eth0", ear, "eth0")
        wait_until("it listens again", lambda: sockets(ear, index_of(ear, "eth0")) == 3)
        send(voice, "eth0", SECOND)
        wait_until("both are stored", lambda: {FIRST, SECOND} <= senders(database))
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(60) == 3
    assert "eth0 was down for some of the time" in log.read_text()


def senders(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as inventory:
        return {mac for (mac,) in inventory.execute("SELECT mac FROM arrivals")}
