"""`phonescan switches` against lldpd and snmpd as the switch: the same phones as by listening, with switch and port."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.lldp_phones import PHONES
from tests.peers.lldp_switch import SWITCH, Network, answer_calls, network

pytestmark = [
    pytest.mark.root,
    pytest.mark.daemon("lldpd", "lldpcli", "snmpd", "snmpbulkwalk", "ip"),
    pytest.mark.slow,
]
CREDENTIALS = {
    "v2c": '[[credentials]]\nname = "campus"\ntargets = ["198.18.0.0/24"]\ncommunity = "public"\n',
    "v1": '[[credentials]]\nname = "campus"\ntargets = ["198.18.0.0/24"]\ncommunity = "veteran"\n',
    "v3": '[[credentials]]\nname = "campus"\ntargets = ["198.18.0.0/24"]\nuser = "scanner"\nauth = "sha"\n'
    'auth_key = "env:AUTH"\npriv = "aes"\npriv_key = "env:PRIV"\n',
}
SAME = ("ip", "manufacturer", "model", "firmware", "serial", "status", "vlan")


@pytest.fixture(scope="module")
def net() -> Iterator[Network]:
    with network() as made:
        yield made


def phonescan(net: Network, *words: str, config: Path | None = None) -> subprocess.CompletedProcess[str]:
    secrets = ("env", "AUTH=authentic-secret", "PRIV=private-secret")
    options = ("--config", str(config)) if config else ()
    return net.desk.run(*secrets, sys.executable, "-m", "scanner", *words, *options, timeout=120, check=False)


def inventory(net: Network, db: Path) -> dict[str, dict[str, str]]:
    out = phonescan(net, "export", "csv", "--db", str(db)).stdout
    return {row["mac"]: row for row in csv.DictReader(io.StringIO(out))}


def assert_the_three_phones(found: dict[str, dict[str, str]]) -> None:
    assert set(found) == {phone.mac for phone in PHONES}
    for number, phone in enumerate(PHONES, 1):
        row = found[phone.mac]
        want = (phone.ip, phone.manufacturer, phone.model, phone.firmware, phone.serial, phone.status, "120")
        assert tuple(row[column] for column in SAME) == want
        assert (row["switch"], row["switch_port"]) == ("access-1", f"port{number}")


@pytest.mark.parametrize("version", CREDENTIALS)
def test_every_snmp_version_returns_the_three_phones(net: Network, tmp_path: Path, version: str) -> None:
    config = tmp_path / "phonescan.toml"
    config.write_text(CREDENTIALS[version])
    db = tmp_path / "asked.sqlite"
    done = phonescan(net, "switches", SWITCH, "--db", str(db), "--format", "json", config=config)
    assert done.returncode == 0, done.stderr
    assert {row["mac"] for row in json.loads(done.stdout)} >= {phone.mac for phone in PHONES}
    assert "access-1: 3 neighbours" in done.stderr
    assert f"over {version}" in done.stderr
    assert_the_three_phones(inventory(net, db))


def test_observations_of_switch_sip_and_certificate_are_three_devices(net: Network, tmp_path: Path) -> None:
    db = tmp_path / "all.sqlite"
    assert phonescan(net, "switches", SWITCH, "--db", str(db)).returncode == 0
    answer_calls(net)
    done = phonescan(
        net, "scan", "198.18.0.8/29", "--discover", "arp,sip,http,snmp", "--db", str(db), "--format", "json"
    )
    found = inventory(net, db)
    assert_the_three_phones(found)
    for phone in PHONES:
        assert {"http", "sip", "switches"} <= set(found[phone.mac]["discovered_by"].split(","))
    assert len(json.loads(done.stdout)) == 3, done.stderr
    again = phonescan(net, "switches", SWITCH, "--db", str(db))
    assert "3 devices" in again.stderr
    assert_the_three_phones(inventory(net, db))
    moved = phonescan(net, "report", "moved", "--format", "json", "--db", str(db))
    assert json.loads(moved.stdout) == []


@pytest.mark.parametrize("layout", ["n", "Q", "qn", "nx", "nT"])
def test_the_output_of_snmpwalk_gives_the_same_phones(net: Network, tmp_path: Path, layout: str) -> None:
    walk = ("snmpbulkwalk", "-m", "", "-v2c", "-c", "public", f"-O{layout}", SWITCH)
    text = "".join(net.desk.run(*walk, subtree).stdout for subtree in (".1.3.6.1.2.1", ".1.0.8802"))
    (tmp_path / "access-1.walk").write_text(text)
    db = tmp_path / "read.sqlite"
    done = phonescan(net, "read", "--ip", SWITCH, str(tmp_path / "access-1.walk"), "--db", str(db))
    assert done.returncode == 0, done.stderr
    assert_the_three_phones(inventory(net, db))
