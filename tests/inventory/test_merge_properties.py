"""Properties of merging: the order of observations and their repetition do not matter; the tables are consistent."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Row = dict[str, Any]

IPS = ["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "fd00::1"]
MACS = [
    "64:16:7f:00:00:01",
    "64:16:7f:00:00:02",
    "80:5e:c0:00:00:01",
    "00:1b:54:aa:bb:cc",
    "00:00:5e:00:01:01",
    "a4:bb:6d:00:00:01",
]
BANNERS = [
    "PolycomVVX-VVX_411-UA/5.9.0.9373",
    "PolycomVVX-VVX_411-UA/5.8.3.3066",
    "PolycomVVX-VVX_501-UA/5.9.0.9373",
    "Yealink SIP-T58A 58.15.0.20",
    "Yealink SIP-T58A 58.15.0.20 80:5e:c0:00:00:01",
    "Asterisk PBX 18.10.0",
    "something",
]
SERIALS = ["FCH1924AHCA", "FCH1924AHCB", "9610000216A", "0000000000"]
SITES = ["", "", "b"]


@st.composite
def observation(draw: st.DrawFn) -> Row:
    night, second = draw(st.integers(1, 5)), draw(st.integers(0, 59))
    row: Row = {"time": f"2026-11-{night:02d}T02:00:{second:02d}Z", "site": draw(st.sampled_from(SITES))}
    ip, mac, banner = (draw(st.sampled_from(choice)) for choice in (IPS, MACS, BANNERS))
    kind = draw(st.sampled_from(("arp", "sip", "sip", "sip and mac", "serial", "lldp", "address")))
    match kind:
        case "arp":
            return {**row, "ip": ip, "mac": mac, "field": "arp.mac", "value": mac, "source": "arp eth0"}
        case "sip":
            return {**row, "ip": ip, "field": "sip.user-agent", "value": banner, "source": f"sip {ip}"}
        case "sip and mac":
            return {**row, "ip": ip, "mac": mac, "field": "sip.user-agent", "value": banner, "source": f"sip {ip}"}
        case "serial":
            serial = draw(st.sampled_from(SERIALS))
            return {**row, "ip": ip, "field": "snmp.entity-serial", "value": serial, "source": f"snmp {ip}"}
        case "lldp":
            name = "Polycom VVX 411"
            return {**row, "mac": mac, "field": "lldp.system-name", "value": name, "source": "switches s lldp"}
    return {**row, "mac": mac, "field": "lldp.management-address", "value": ip, "source": "switches s lldp"}


def _store(kind: Any, folder: Path, name: str) -> Any:
    return kind(folder / f"{name}.sqlite")


COLUMNS = ("site", "mac", "ip", "model", "firmware", "serial", "status", "compliance", "first_seen", "last_seen")
pytestmark = pytest.mark.slow
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _sound(store: Any) -> None:
    assert store.sql("PRAGMA integrity_check") == [("ok",)]
    assert store.sql("PRAGMA foreign_key_check") == []
    assert store.sql("SELECT count(*) FROM arrivals") == [(0,)]
    assert store.sql("SELECT count(*) FROM subjects WHERE touched > 0") == [(0,)]
    assert store.sql("SELECT mac FROM devices WHERE mac IS NOT NULL GROUP BY mac HAVING count(*) > 1") == []
    alone = "SELECT count(*) FROM subjects WHERE id NOT IN (SELECT subject_id FROM observations)"
    assert store.sql(alone) == [(0,)]
    verdicts = "SELECT count(*) FROM assessments a WHERE a.device_id = d.id AND a.overall AND a.until IS NULL"
    assert store.sql(f"SELECT count(*) FROM devices d WHERE 1 != ({verdicts})") == [(0,)]


@SLOW
@given(rows=st.lists(observation(), min_size=1, max_size=14), seed=st.integers(0, 1000))
def test_the_order_of_observations_does_not_matter(store: Any, rows: list[Row], seed: int) -> None:
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        one, two = (_store(type(store), Path(folder), name) for name in ("one", "two"))
        one.feed(rows)
        two.feed(shuffled)
        assert one.brief(*COLUMNS) == two.brief(*COLUMNS)
        _sound(one)


@SLOW
@given(rows=st.lists(observation(), min_size=1, max_size=14))
def test_the_same_observations_twice_change_nothing(store: Any, rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one = _store(type(store), Path(folder), "one")
        one.feed(rows)
        once, events = one.brief(*COLUMNS), one.events()
        one.feed(rows)
        assert one.brief(*COLUMNS) == once
        assert one.events() == events
        _sound(one)


@SLOW
@given(rows=st.lists(observation(), min_size=1, max_size=14))
def test_the_exported_observations_rebuild_the_inventory(store: Any, rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, two = (_store(type(store), Path(folder), name) for name in ("one", "two"))
        one.feed(rows)
        names = ("time", "ip", "mac", "field", "value", "source", "site")
        two.feed([{name: getattr(o, name) for name in names} for o in one.observations()])
        assert two.brief(*COLUMNS) == one.brief(*COLUMNS)


@SLOW
@given(rows=st.lists(observation(), min_size=1, max_size=14))
def test_scan_by_scan_the_tables_are_consistent_without_surplus_devices(store: Any, rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one = _store(type(store), Path(folder), "one")
        for night in range(1, 6):
            one.feed([row for row in rows if int(row["time"][8:10]) == night], store.day(night))
            _sound(one)
        places = {(row["site"] or "default", row["ip"]) for row in rows if "ip" in row}
        macs = {row["mac"] for row in rows if row.get("mac")}
        assert len(one.rows()) <= len(places) + len(macs) + 1
