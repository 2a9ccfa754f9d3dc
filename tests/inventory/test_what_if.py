"""Who would change by another policy: exactly the devices that change when it is put in force."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.app import assessing
from scanner.compliance.exceptions import from_settings as exception
from scanner.compliance.policy import from_settings
from scanner.inventory import Inventory
from tests.inventory.conftest import Row, Store, arp, day, knowledge, lldp, sip

IP = st.sampled_from([f"10.1.0.{host}" for host in range(1, 5)])
MAC = st.sampled_from(["64:16:7f:00:00:01", "64:16:7f:00:00:02", "80:5e:c0:00:00:01"])
BANNER = st.sampled_from([
    *(f"PolycomVVX-VVX_411-UA/{version}" for version in ("5.9.0.9373", "5.8.3.3066", "5.9.9.1000")),
    "PolycomVVX-VVX_501-UA/5.9.9.1000", "Yealink SIP-T58A 58.15.0.20", "Yealink SIP-T48G 35.8.0.40",
    "Yealink SIP-T58A 58.15.0.30 80:5e:c0:00:00:01", "Asterisk PBX 18.10.0",
])  # fmt: skip
OBSERVATION: Any = st.one_of(
    st.builds(arp, IP, MAC),
    st.builds(sip, IP, BANNER, st.none() | MAC),
    st.builds(sip, IP, st.just("Yealink SIP-T58A 58.15.0.30 80:5e:c0:00:00:01"), st.none()),
    st.builds(lldp, MAC, st.sampled_from(["Polycom VVX 411", "SIP-T58A"])),
    st.builds(
        lambda ip, text: {"ip": ip, "field": "snmp.sysdescr", "value": text, "source": f"snmp {ip}"},
        IP,
        st.sampled_from(["RouterOS RB750", "Polycom VVX 411"]),
    ),
)
POLICIES = [
    {"use": "strict"},
    {"use": "minimum"},
    {"use": "own", "own": {"extends": "minimum", "versions": {"VVX 411": ["5.8.3.3066"]}}},
    {"use": "own", "own": {"rule": [{"line": "teams", "newer": "none"}, {"site": "default", "certified": "review"}]}},
    {"primary": "lync", "fallback": []},
]
EXCEPTIONS = (
    exception("10.1.0.1", "any", "a", "b", None),
    exception({"model": "VVX 411", "mac": "64:16:7f:00:00:01"}, "newer", "a", "b", None),
)
VERDICTS = (
    "SELECT d.id, d.ip, d.mac, a.compliance, a.status FROM devices d JOIN assessments a ON a.device_id = d.id"
    " AND a.overall AND a.until IS NULL WHERE d.state != 'replaced'"
)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.lists(OBSERVATION, min_size=3, max_size=10), st.sampled_from(POLICIES), st.booleans())
def test_who_would_change_is_who_changes(rows: list[Row], policy: dict[str, Any], with_exceptions: bool) -> None:
    now = knowledge(keep_all=True, exceptions=EXCEPTIONS if with_exceptions else ())
    then = replace(now, policy=from_settings(policy))
    would, does = _would(rows, now, then)
    assert would == does


def test_a_device_that_has_the_mac_of_another_one_stays_in_conflict() -> None:
    """The other mac is in no conflict of the device: only its evidence has it."""
    rows = [
        sip("10.1.0.3", "Yealink SIP-T58A 58.15.0.30 80:5e:c0:00:00:01"),
        arp("10.1.0.2", "80:5e:c0:00:00:01"),
    ]
    now = knowledge(keep_all=True)
    would, does = _would(rows, now, replace(now, policy=from_settings({"use": "minimum"})))
    assert would == does == []


def _would(rows: list[Row], now: Any, then: Any) -> tuple[list[Any], list[Any]]:
    """Who would change by `then`, and who changes."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "phonescan.sqlite")
        store.feed(rows, day(1), keep_all=True, exceptions=now.exceptions)
        with Inventory.open(store.path) as inventory:
            would = [
                (row["ip"], row["mac"], row["from"], row["to"], row["from_status"], row["to_status"])
                for row in assessing.changes(inventory, now, then)
            ]
            before = {row[0]: row for row in inventory.connection.execute(VERDICTS)}
            scan = inventory.begin_scan(kind="assess", targets=(), discoveries=(), now=day(2))
            inventory.finish_scan(scan, outcome="done", knowledge=then, now=day(2))
            after = {row[0]: row for row in inventory.connection.execute(VERDICTS)}
    does = [
        (old[1], old[2], old[3], after[device][3], old[4], after[device][4])
        for device, old in before.items()
        if tuple(old)[3:] != tuple(after[device])[3:]
    ]
    return sorted(would, key=str), sorted(does, key=str)
