"""`phonescan listen` against lldpd as three phones: three complete devices, and the PC behind a phone is not one."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.namespaces import Host, address, hosts, join, wait_until
from tests.peers.lldp_phones import PHONES, open_folder, start

pytestmark = [pytest.mark.root, pytest.mark.daemon("lldpd", "lldpcli", "ip"), pytest.mark.slow]
PHONESCAN = (sys.executable, "-m", "scanner")


def phonescan(*words: str, host: Host | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [*PHONESCAN, *words]
    if host:
        return host.run(*command, check=check, timeout=120)
    return subprocess.run(command, capture_output=True, text=True, check=check, timeout=120)


def rows(db: Path) -> dict[str, dict[str, str]]:
    out = phonescan("export", "csv", "--db", str(db)).stdout
    return {row["mac"]: row for row in csv.DictReader(io.StringIO(out))}


def test_three_phones_are_three_complete_devices(tmp_path: Path) -> None:
    db = tmp_path / "heard.sqlite"
    with open_folder() as folder, hosts("ear", *(phone.name for phone in PHONES)) as made:
        ear = made["ear"]
        for number, phone in enumerate(PHONES):
            join(made[phone.name], "eth0", ear, f"eth{number}", left_mac=phone.mac)
            address(made[phone.name], "eth0", f"{phone.ip}/24")
            start(made[phone.name], phone, folder, cdp=phone.name == "polycom")
        done = phonescan("listen", "eth0", "eth1", "eth2", "--for", "6", "--db", str(db), "--format", "json", host=ear)
        assert "3 devices" in done.stderr, done.stderr
        assert {row["mac"] for row in json.loads(done.stdout)} == {phone.mac for phone in PHONES}
        capture = tmp_path / "heard.pcap"
        ear.run("timeout", "4", "tcpdump", "-i", "any", "-w", str(capture), "ether", "proto", "0x88cc", check=False)
    found = rows(db)
    assert set(found) == {phone.mac for phone in PHONES}
    for phone in PHONES:
        row = found[phone.mac]
        told = (
            row["ip"],
            row["manufacturer"],
            row["model"],
            row["firmware"],
            row["serial"],
            row["status"],
            row["vlan"],
        )
        want = (phone.ip, phone.manufacturer, phone.model, phone.firmware, phone.serial, phone.status, "120")
        assert told == want
    read = tmp_path / "read.sqlite"
    phonescan("read", str(capture), "--db", str(read))
    same = ("ip", "manufacturer", "model", "firmware", "serial", "status", "vlan")
    again = rows(read)
    assert {m: [r[c] for c in same] for m, r in again.items()} == {m: [r[c] for c in same] for m, r in found.items()}


def test_the_output_of_lldpctl_gives_the_same(tmp_path: Path) -> None:
    with open_folder() as folder, hosts("ear", "polycom") as made:
        ear, phone = made["ear"], PHONES[0]
        join(made["polycom"], "eth0", ear, "eth0", left_mac=phone.mac)
        address(made["polycom"], "eth0", f"{phone.ip}/24")
        socket = folder / "ear.sock"
        ear.start("lldpd", "-d", "-u", str(socket), "-I", "eth0", log=tmp_path / "ear.log")
        start(made["polycom"], phone, folder)
        for layout in ("json0", "json", "xml", "keyvalue", "plain"):
            text = _neighbours(ear, socket, layout)
            file = tmp_path / f"neighbours.{layout}"
            file.write_text(text)
            db = tmp_path / f"{layout}.sqlite"
            phonescan("read", str(file), "--db", str(db))
            row = rows(db)[phone.mac]
            assert (row["model"], row["firmware"], row["serial"], row["vlan"]) == (
                "VVX 411", phone.firmware, phone.serial, "120",
            )  # fmt: skip


def _neighbours(ear: Host, socket: Path, layout: str) -> str:
    found = ""

    def heard() -> bool:
        nonlocal found
        found = ear.run("lldpcli", "-u", str(socket), "-f", layout, "show", "neighbors", "details").stdout
        return "64:16:7f" in found and "VVX 411" in found

    wait_until("lldpd has heard the phone", heard)
    return found
