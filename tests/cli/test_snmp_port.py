"""`[network] ports.snmp`: one UDP port for the SNMP agents of phones and switches, in every command that sends SNMP."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.testing import Farm, access_switch, catalogue
from scanner.testing.ports import unprivileged
from tests.cli.conftest import Run
from tests.loopback import own

pytestmark = pytest.mark.network
NET = own("127.29.40.0/24")
SWITCH = own("127.29.41.1")
PORT = 1161


@pytest.fixture
def agents(here: Path) -> Any:
    """A phone that SNMP alone identifies and a switch, both with their agents on port 1161; settings that say so."""
    phone = next(p for p in unprivileged(catalogue(NET)) if p.truth.model == "MP58")
    switch = replace(access_switch(SWITCH, 1, ports=4)[0], port=PORT)
    (here / "phonescan.toml").write_text(f"""
[network]
pace = "fast"
ports.snmp = {PORT}

[[scan]]
name = "night"
targets = ["{phone.ip}"]
switches = ["{SWITCH}"]
cron = "0 2 * * *"
discover = ["snmp"]
""")
    with Farm([phone], [switch]):
        yield phone


def test_a_scan_sends_snmp_to_the_port_of_the_settings(run: Run, agents: Any) -> None:
    ended = run("scan", agents.ip, "--discover", "snmp,switches", "--format", "json")
    assert ended.status == 0, ended.err
    assert "MP58" in {row["model"] for row in ended.json()}
    assert len(ended.json()) == 4  # and the three phones that the switch reports


def test_a_scheduled_scan_sends_snmp_to_the_port_of_the_settings(run: Run, agents: Any) -> None:
    assert run("schedule", "run", "--once", "night").status == 0
    assert {row["model"] for row in run("report", "inventory", "--format", "json").json()} >= {"MP58"}


def test_switches_are_read_on_the_port_of_the_settings_unless_the_command_names_one(run: Run, agents: Any) -> None:
    assert len(run("switches", SWITCH, "--format", "json").json()) == 3
    other = run("switches", SWITCH, "--port", "1162", "--format", "json")
    assert (other.status, other.json()) == (3, [])


def test_a_resumed_scan_keeps_the_port_it_began_with(run: Run, agents: Any, here: Path) -> None:
    from scanner.inventory import Inventory, queries

    assert run("scan", agents.ip, "--discover", "snmp").status == 0
    with Inventory.open(here / "phonescan.sqlite") as inventory:
        (row,) = queries.scans(inventory)
        assert row.settings["port_snmp"] == PORT
    assert re.search(
        r"^\| `snmp` .*`ports\.snmp`", (Path(__file__).parents[2] / "docs/what-we-send.md").read_text(), re.M
    )
