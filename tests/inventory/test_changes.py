"""Events: baselines, vanished devices, moves, firmware, conflicts; and what is not an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from scanner.compliance.policy import Policy
from scanner.core.model import Conflict, Observation
from scanner.inventory import Inventory, Missed, queries
from scanner.inventory.rules.events import Look, changes

X, Y, Z = "10.1.0.5", "10.1.0.6", "10.1.0.9"
POLY, POLY2 = "64:16:7f:00:00:01", "64:16:7f:00:00:02"
NEW, OLD = "PolycomVVX-VVX_411-UA/5.9.0.9373", "PolycomVVX-VVX_411-UA/5.8.3.3066"
LAN = [("sip", "10.1.0.0/24")]

Row = dict[str, Any]


def sip(ip: str, banner: str = NEW, mac: str | None = None) -> Row:
    return {"ip": ip, "mac": mac, "field": "sip.user-agent", "value": banner, "source": f"sip {ip}:5060"}


def on_port(mac: str, switch: str, port: str, address: str = "10.0.0.1") -> list[Row]:
    source = f"switches {address} lldp 0.{port}.1"
    return [
        {"mac": mac, "field": "lldp.system-name", "value": "Polycom VVX 411", "source": source},
        {"mac": mac, "field": "switch.name", "value": switch, "source": source},
        {"mac": mac, "field": "switch.port", "value": port, "source": source},
    ]


def test_the_first_scan_is_a_baseline_and_devices_appear_from_the_second_on(store: Any) -> None:
    first = store.feed([sip(X), sip(Y)], store.day(1))
    assert (first.baseline, first.devices, first.events) == (True, 2, {})
    second = store.feed([sip(X), sip(Y), sip(Z)], store.day(2))
    assert (second.baseline, second.events) == (False, {"appeared": 1})
    assert store.events() == [("appeared", None, Z)]


def test_the_first_scan_of_another_site_is_another_baseline(store: Any) -> None:
    store.feed([sip(X)], store.day(1), site="hq")
    assert store.feed([sip(X), sip(Y)], store.day(2), site="branch").baseline
    assert store.events() == []


def test_a_phone_is_vanished_after_three_scans_that_covered_it_without_a_response(store: Any) -> None:
    store.feed([sip(X), sip(Y)], store.day(1), cover=LAN)
    for night in (2, 3):
        store.feed([sip(Y)], store.day(night), cover=LAN)
        assert store.events() == []
    summary = store.feed([sip(Y)], store.day(4), cover=LAN)
    assert summary.events == {"vanished": 1}
    assert store.events() == [("vanished", X, None)]
    store.feed([sip(Y)], store.day(5), cover=LAN)
    assert len(store.events()) == 1
    store.feed([sip(X), sip(Y)], store.day(6), cover=LAN)
    assert [kind for kind, _, _ in store.events()] == ["vanished", "returned"]
    assert store.sql("SELECT misses, state FROM devices") == [(0, "present"), (0, "present")]


def test_missing_after_is_a_setting(store: Any) -> None:
    store.feed([sip(X)], store.day(1), cover=LAN)
    store.feed([], store.day(2), cover=LAN, missing_after=1)
    assert store.events() == [("vanished", X, None)]


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("nothing was covered", {}),
        ("another discovery covered it", {"cover": [("http", "10.1.0.0/24")]}),
        ("another network was covered", {"cover": [("sip", "10.1.1.0/24")]}),
        ("another site was covered", {"cover": LAN, "site": "branch"}),
        ("the scan was interrupted", {"cover": LAN, "outcome": "interrupted"}),
        ("the scan failed", {"cover": LAN, "outcome": "failed"}),
        ("its address timed out", {"cover": LAN, "missed": [Missed("sip", X, "timed-out")]}),
        ("its address was excluded", {"cover": LAN, "missed": [Missed("sip", X, "excluded")]}),
        ("it responded in another protocol", {"cover": LAN, "missed": [Missed("http", X, "other-protocol")]}),
        ("the scan skipped it", {"cover": LAN, "missed": [Missed("sip", X, "skipped")]}),
    ],
)
def test_a_device_without_a_response_does_not_count_as_missing_when(store: Any, why: str, more: dict[str, Any]) -> None:
    store.feed([sip(X)], store.day(1), cover=LAN)
    for night in range(2, 8):
        store.feed([], store.day(night), **more)
    assert store.events() == [], why


@pytest.mark.parametrize("scope", [X, "10.1.0.1-10.1.0.50", "10.1.0.0/24", "10.0.0.0/8"])
def test_an_address_is_covered_by_a_network_a_range_or_itself(store: Any, scope: str) -> None:
    store.feed([sip(X)], store.day(1))
    for night in range(2, 5):
        store.feed([], store.day(night), cover=[("sip", scope)])
    assert store.events() == [("vanished", X, None)]


@pytest.mark.parametrize("outcome", ["no-answer", "refused", "unreachable", "went-quiet"])
def test_an_error_from_the_network_is_not_a_response(store: Any, outcome: str) -> None:
    store.feed([sip(X)], store.day(1), cover=LAN)
    for night in range(2, 5):
        store.feed([], store.day(night), cover=LAN, missed=[Missed("sip", X, outcome)])
    assert store.events() == [("vanished", X, None)]


def test_after_an_interrupted_first_scan_the_next_scan_is_the_baseline(store: Any) -> None:
    store.feed([sip(X)], store.day(1), outcome="interrupted")
    assert store.feed([sip(X), sip(Y)], store.day(2)).baseline
    assert store.events() == []


def test_a_device_identified_in_steps_during_one_scan_appears_once_without_changes(store: Any) -> None:
    store.feed([sip(Z)], store.day(1))
    knows = store.knowledge()
    steps = [
        [{"mac": POLY, "field": "lldp.system-name", "value": "Polycom VVX 411", "source": "switches s lldp"}],
        [{"ip": X, "field": "http.title", "value": "Polycom - Configuration Utility", "source": f"http {X}:443"}],
        [sip(X, NEW)],
        [{"ip": X, "mac": POLY, "field": "arp.mac", "value": POLY, "source": "arp eth0"}],
    ]
    with Inventory.open(store.path) as inventory:
        scan = inventory.begin_scan(kind="scan", targets=(), discoveries=(), now=store.day(2))
        for rows in steps:
            inventory.record(scan, [Observation(time=store.day(2), **row) for row in rows])
            inventory.settle(scan, knows, store.day(2))
        inventory.finish_scan(scan, outcome="done", knowledge=knows, now=store.day(2))
    assert [kind for kind, _, _ in store.events()] == ["appeared"]
    assert len(store.rows()) == 2


def test_a_partial_scan_counts_missing_devices_only_where_it_covered(store: Any) -> None:
    store.feed([sip(X), sip(Y)], store.day(1))
    for night in range(2, 5):
        store.feed([], store.day(night), cover=[("sip", X)], outcome="partial")
    assert store.events() == [("vanished", X, None)]


def test_a_phone_seen_by_a_switch_is_vanished_when_that_switch_no_longer_reports_it(store: Any) -> None:
    store.feed(on_port(POLY, "sw1", "7") + on_port(POLY2, "sw2", "7", "10.0.0.2"), store.day(1))
    for night in range(2, 5):
        store.feed([], store.day(night), cover=[("switches", "switch 10.0.0.1")])
    assert store.events() == [("vanished", POLY, None)]


def test_a_phone_that_responds_to_any_discovery_is_not_missing(store: Any) -> None:
    store.feed([sip(X, mac=POLY)], store.day(1), cover=LAN)
    for night in range(2, 8):
        store.feed(on_port(POLY, "sw1", "7"), store.day(night), cover=LAN)
    assert store.events("vanished") == []


def test_a_move_is_one_event(store: Any) -> None:
    store.feed([sip(X, mac=POLY), *on_port(POLY, "sw1", "7")], store.day(1))
    store.feed([sip(Z, mac=POLY), *on_port(POLY, "sw1", "9")], store.day(2))
    store.feed([sip(Z, mac=POLY), *on_port(POLY, "sw1", "9")], store.day(3))
    assert store.events() == [("moved", X, Z), ("moved", "sw1 7", "sw1 9")]
    assert store.brief("switch", "switch_port") == [("sw1", "9")]


def test_a_phone_with_two_addresses_does_not_move_every_night(store: Any) -> None:
    for night in range(1, 6):
        first, second = (X, Z) if night % 2 else (Z, X)
        store.feed(
            [sip(first, mac=POLY), {**sip(second, mac=POLY), "time": store.day(night, "02:00:05")}], store.day(night)
        )
    assert store.events() == []


def test_a_device_that_loses_its_address_does_not_get_its_previous_one_back(store: Any) -> None:
    store.feed([sip(X, mac=POLY)], store.day(1), cover=LAN)
    store.feed([sip(Z, mac=POLY)], store.day(2), cover=LAN)
    store.feed([sip(Z, mac=POLY2)], store.day(3), cover=LAN)
    assert store.brief("mac", "ip") == [(POLY, None), (POLY2, Z)]
    assert store.events("moved") == [("moved", X, Z), ("moved", Z, None)]
    for night in (4, 5):  # no response where it was last, although another device responds there
        store.feed([sip(Z, mac=POLY2)], store.day(night), cover=LAN)
    assert store.events("vanished") == [("vanished", POLY, None)]
    store.feed([sip(Z, mac=POLY2), sip(Y, mac=POLY)], store.day(6), cover=LAN)
    assert store.brief("mac", "ip") == [(POLY, Y), (POLY2, Z)]


def test_a_phone_with_two_addresses_keeps_the_other_when_it_loses_one(store: Any) -> None:
    store.feed([sip(X, mac=POLY), {**sip(Z, mac=POLY), "time": store.day(1, "05:00:00")}], store.day(1))
    store.feed([sip(Z, mac=POLY2)], store.day(2))
    assert store.brief("mac", "ip") == [(POLY, X), (POLY2, Z)]


def test_a_replaced_phone_that_was_known_by_its_address_alone_has_an_event(store: Any) -> None:
    store.feed([sip(X)], store.day(1))
    store.feed([sip(X, "Grandstream GXP2170 1.0.11.23")], store.day(2))
    with Inventory.open(store.path, readonly=True) as inventory:
        found = {(row["event"], row["model"]) for row in queries.events(inventory)}
    assert found == {("vanished", "VVX 411"), ("appeared", "GXP2170")}
    assert store.brief("model") == [("GXP2170",)]


def test_firmware_and_status_changes_have_both_values(store: Any) -> None:
    store.feed([sip(X, OLD, POLY)], store.day(1))
    store.feed([sip(X, NEW, POLY)], store.day(2))
    store.feed([sip(X, NEW, POLY)], store.day(3))
    assert store.events() == [
        ("firmware-changed", "5.8.3.3066", "5.9.0.9373"),
        ("status-changed", "outdated", "certified"),
    ]


def test_verdicts_are_written_only_when_they_change(store: Any) -> None:
    for night, banner in enumerate((OLD, OLD, NEW, NEW), 1):
        store.feed([sip(X, banner, POLY)], store.day(night))
    rows = store.sql("SELECT status, time, until FROM assessments WHERE catalog = 'skype-for-business' ORDER BY id")
    assert rows == [("outdated", store.day(1), store.day(3)), ("certified", store.day(3), None)]
    assert store.sql("SELECT count(*) FROM assessments WHERE until IS NULL GROUP BY catalog") == [(1,), (1,), (1,)]


@pytest.mark.parametrize("first", [0, 1], ids=["the switch is queried first", "the phone is queried first"])
def test_a_conflict_is_one_event_with_both_values_and_not_one_each_night(store: Any, first: int) -> None:
    lldp = {"mac": POLY, "source": "switches 10.0.0.1 lldp 0.7.1"}
    by_switch = [
        {**lldp, "field": "lldp-med.model", "value": "VVX 411"},
        {**lldp, "field": "lldp-med.manufacturer", "value": "Polycom"},
        {**lldp, "field": "lldp-med.software-revision", "value": "5.8.3.3066"},
    ]
    for night in range(1, 5):
        sooner, later = ([sip(X, NEW, POLY)], by_switch) if night % 2 == first else (by_switch, [sip(X, NEW, POLY)])
        store.feed(sooner + [{**row, "time": store.day(night, "02:10:00")} for row in later], store.day(night))
        assert len(store.events("conflict")) == 1
    found = store.events("conflict", "firmware-changed")
    assert [kind for kind, _, _ in found] == ["conflict"]
    assert {found[0][1], found[0][2]} == {"5.8.3.3066", "5.9.0.9373"}


def test_values_from_before_an_update_do_not_conflict(store: Any) -> None:
    once = {"mac": POLY, "field": "lldp-med.software-revision", "value": "5.8.3.3066", "source": "listen eth0"}
    store.feed([sip(X, OLD, POLY), once], store.day(1))
    store.feed([sip(X, NEW, POLY)], store.day(2))
    assert store.events("conflict") == []


def test_values_of_one_field_before_and_after_an_update_do_not_conflict(store: Any) -> None:
    store.feed([sip(X, OLD, POLY), {**sip(X, NEW, POLY), "time": store.day(1, "02:20:00")}], store.day(1))
    assert store.events("conflict") == []
    assert store.brief("firmware") == [("5.9.0.9373",)]


def test_a_new_catalog_or_policy_gives_new_verdicts_without_new_observations(store: Any) -> None:
    store.feed([sip(X, OLD, POLY)], store.day(1))
    lenient = Policy(compliance={"outdated": "review"})
    store.feed([], store.day(2), policy=lenient)
    assert store.brief("status", "compliance") == [("outdated", "review")]
    assert store.sql("SELECT count(*) FROM noncompliant") == [(0,)]
    assert store.events() == [("status-changed", "noncompliant", "review")]


def test_the_reason_names_an_old_catalog_without_an_event(store: Any) -> None:
    store.feed([sip(X, NEW, POLY)], store.day(1))
    was = store.sql("SELECT count(*) FROM assessments")
    store.feed([], store.day(2), today=date(2036, 1, 1))
    assert store.sql("SELECT count(*) FROM assessments") == was
    assert store.events() == []


def test_the_site_of_an_address_is_that_of_the_longest_prefix(store: Any) -> None:
    store.feed([sip(X), sip("10.9.0.5")], store.day(1), site_of=lambda ip: "hq" if ip.startswith("10.1.") else "")
    assert store.brief("site", "ip") == [("hq", X), ("default", "10.9.0.5")]


# -- the rules alone ------------------------------------------------------------------------------------------

BEFORE = Look("present", "t1", X, POLY, "sw1", "7", "5.8", "outdated", "noncompliant", "old")


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        (BEFORE, []),
        (replace(BEFORE, last_seen="t2"), []),
        (replace(BEFORE, ip=Z), ["moved"]),
        (replace(BEFORE, ip="fd00::1"), []),
        (replace(BEFORE, ip=None), ["moved"]),
        (replace(BEFORE, switch_port="8"), ["moved"]),
        (replace(BEFORE, switch=None, switch_port=None), []),
        (replace(BEFORE, firmware=None), []),
        (replace(BEFORE, firmware="5.9", status="certified"), ["firmware-changed", "status-changed"]),
        (replace(BEFORE, status="newer", compliance="review"), ["status-changed"]),
        (replace(BEFORE, compliance="compliant"), ["status-changed"]),
    ],
)
def test_only_changes_are_events(after: Look, kinds: list[str]) -> None:
    assert [event.kind for event in changes(BEFORE, after, baseline=False)] == kinds


def test_a_part_that_was_unknown_and_is_known_now_is_not_a_change() -> None:
    blank = replace(BEFORE, ip=None, switch=None, switch_port=None, firmware=None)
    assert changes(blank, BEFORE, baseline=False) == []


def test_a_conflict_with_its_sides_swapped_is_the_same_conflict() -> None:
    one = Conflict(part="firmware", chosen="5.9", chosen_rule="a", other="5.8", other_rule="b")
    two = Conflict(part="firmware", chosen="5.8", chosen_rule="b", other="5.9", other_rule="a")
    assert changes(replace(BEFORE, conflicts=(one,)), replace(BEFORE, conflicts=(two,)), baseline=False) == []


def test_choosing_the_other_of_two_reported_firmwares_is_not_a_change() -> None:
    assert changes(BEFORE, replace(BEFORE, firmware="5.9"), baseline=False, still=["5.8"]) == []
