"""What becomes an event, and what never does: baselines, silence, moves, firmware, conflicts, the same night twice."""

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


def test_the_first_scan_is_a_baseline_and_the_second_tells_what_is_new(house: Any) -> None:
    first = house.feed([sip(X), sip(Y)], house.day(1))
    assert (first.baseline, first.devices, first.events) == (True, 2, {})
    second = house.feed([sip(X), sip(Y), sip(Z)], house.day(2))
    assert (second.baseline, second.events) == (False, {"appeared": 1})
    assert house.events() == [("appeared", None, Z)]


def test_the_first_scan_of_another_site_is_a_baseline_of_its_own(house: Any) -> None:
    house.feed([sip(X)], house.day(1), site="hq")
    assert house.feed([sip(X), sip(Y)], house.day(2), site="branch").baseline
    assert house.events() == []


def test_a_phone_vanishes_after_three_scans_that_covered_it_and_heard_nothing(house: Any) -> None:
    house.feed([sip(X), sip(Y)], house.day(1), cover=LAN)
    for night in (2, 3):
        house.feed([sip(Y)], house.day(night), cover=LAN)
        assert house.events() == []
    summary = house.feed([sip(Y)], house.day(4), cover=LAN)
    assert summary.events == {"vanished": 1}
    assert house.events() == [("vanished", X, None)]
    house.feed([sip(Y)], house.day(5), cover=LAN)
    assert len(house.events()) == 1
    house.feed([sip(X), sip(Y)], house.day(6), cover=LAN)
    assert [kind for kind, _, _ in house.events()] == ["vanished", "returned"]
    assert house.sql("SELECT misses, state FROM devices") == [(0, "present"), (0, "present")]


def test_missing_after_is_a_setting(house: Any) -> None:
    house.feed([sip(X)], house.day(1), cover=LAN)
    house.feed([], house.day(2), cover=LAN, missing_after=1)
    assert house.events() == [("vanished", X, None)]


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
        ("it answered something else", {"cover": LAN, "missed": [Missed("http", X, "other-protocol")]}),
        ("it was not its turn", {"cover": LAN, "missed": [Missed("sip", X, "skipped")]}),
    ],
)
def test_silence_does_not_count_when(house: Any, why: str, more: dict[str, Any]) -> None:
    house.feed([sip(X)], house.day(1), cover=LAN)
    for night in range(2, 8):
        house.feed([], house.day(night), **more)
    assert house.events() == [], why


@pytest.mark.parametrize("scope", [X, "10.1.0.1-10.1.0.50", "10.1.0.0/24", "10.0.0.0/8"])
def test_an_address_is_covered_by_a_network_a_range_or_itself(house: Any, scope: str) -> None:
    house.feed([sip(X)], house.day(1))
    for night in range(2, 5):
        house.feed([], house.day(night), cover=[("sip", scope)])
    assert house.events() == [("vanished", X, None)]


@pytest.mark.parametrize("outcome", ["no-answer", "refused", "unreachable", "went-quiet"])
def test_a_no_from_the_network_is_silence(house: Any, outcome: str) -> None:
    house.feed([sip(X)], house.day(1), cover=LAN)
    for night in range(2, 5):
        house.feed([], house.day(night), cover=LAN, missed=[Missed("sip", X, outcome)])
    assert house.events() == [("vanished", X, None)]


def test_a_first_scan_that_was_interrupted_is_no_baseline_for_half_the_house(house: Any) -> None:
    house.feed([sip(X)], house.day(1), outcome="interrupted")
    assert house.feed([sip(X), sip(Y)], house.day(2)).baseline
    assert house.events() == []


def test_a_device_found_out_bit_by_bit_in_one_scan_appears_once_and_changes_nothing(house: Any) -> None:
    house.feed([sip(Z)], house.day(1))
    knows = house.knowledge()
    steps = [
        [{"mac": POLY, "field": "lldp.system-name", "value": "Polycom VVX 411", "source": "switches s lldp"}],
        [{"ip": X, "field": "http.title", "value": "Polycom - Configuration Utility", "source": f"http {X}:443"}],
        [sip(X, NEW)],
        [{"ip": X, "mac": POLY, "field": "arp.mac", "value": POLY, "source": "arp eth0"}],
    ]
    with Inventory.open(house.path) as inventory:
        scan = inventory.begin_scan(kind="scan", targets=(), discoveries=(), now=house.day(2))
        for rows in steps:
            inventory.record(scan, [Observation(time=house.day(2), **row) for row in rows])
            inventory.settle(scan, knows, house.day(2))
        inventory.finish_scan(scan, outcome="done", knowledge=knows, now=house.day(2))
    assert [kind for kind, _, _ in house.events()] == ["appeared"]
    assert len(house.rows()) == 2


def test_a_partial_scan_counts_where_it_really_covered(house: Any) -> None:
    house.feed([sip(X), sip(Y)], house.day(1))
    for night in range(2, 5):
        house.feed([], house.day(night), cover=[("sip", X)], outcome="partial")
    assert house.events() == [("vanished", X, None)]


def test_a_phone_seen_by_a_switch_vanishes_when_that_switch_no_longer_tells_it(house: Any) -> None:
    house.feed(on_port(POLY, "sw1", "7") + on_port(POLY2, "sw2", "7", "10.0.0.2"), house.day(1))
    for night in range(2, 5):
        house.feed([], house.day(night), cover=[("switches", "switch 10.0.0.1")])
    assert house.events() == [("vanished", POLY, None)]


def test_a_phone_heard_by_any_discovery_is_not_missed(house: Any) -> None:
    house.feed([sip(X, mac=POLY)], house.day(1), cover=LAN)
    for night in range(2, 8):
        house.feed(on_port(POLY, "sw1", "7"), house.day(night), cover=LAN)
    assert house.events("vanished") == []


def test_a_move_is_told_once(house: Any) -> None:
    house.feed([sip(X, mac=POLY), *on_port(POLY, "sw1", "7")], house.day(1))
    house.feed([sip(Z, mac=POLY), *on_port(POLY, "sw1", "9")], house.day(2))
    house.feed([sip(Z, mac=POLY), *on_port(POLY, "sw1", "9")], house.day(3))
    assert house.events() == [("moved", X, Z), ("moved", "sw1 7", "sw1 9")]
    assert house.brief("switch", "switch_port") == [("sw1", "9")]


def test_two_addresses_at_once_are_no_move_every_night(house: Any) -> None:
    for night in range(1, 6):
        first, second = (X, Z) if night % 2 else (Z, X)
        house.feed(
            [sip(first, mac=POLY), {**sip(second, mac=POLY), "time": house.day(night, "02:00:05")}], house.day(night)
        )
    assert house.events() == []


def test_an_address_lost_to_another_does_not_give_back_the_one_that_was_left_before(house: Any) -> None:
    house.feed([sip(X, mac=POLY)], house.day(1), cover=LAN)
    house.feed([sip(Z, mac=POLY)], house.day(2), cover=LAN)
    house.feed([sip(Z, mac=POLY2)], house.day(3), cover=LAN)
    assert house.brief("mac", "ip") == [(POLY, None), (POLY2, Z)]
    assert house.events("moved") == [("moved", X, Z), ("moved", Z, None)]
    for night in (4, 5):  # silent where it was last, though somebody else answers there
        house.feed([sip(Z, mac=POLY2)], house.day(night), cover=LAN)
    assert house.events("vanished") == [("vanished", POLY, None)]
    house.feed([sip(Z, mac=POLY2), sip(Y, mac=POLY)], house.day(6), cover=LAN)
    assert house.brief("mac", "ip") == [(POLY, Y), (POLY2, Z)]


def test_of_two_addresses_at_once_the_other_stays_when_one_is_lost(house: Any) -> None:
    house.feed([sip(X, mac=POLY), {**sip(Z, mac=POLY), "time": house.day(1, "05:00:00")}], house.day(1))
    house.feed([sip(Z, mac=POLY2)], house.day(2))
    assert house.brief("mac", "ip") == [(POLY, X), (POLY2, Z)]


def test_the_changes_tell_of_a_phone_that_was_known_by_its_address_alone_and_replaced(house: Any) -> None:
    house.feed([sip(X)], house.day(1))
    house.feed([sip(X, "Grandstream GXP2170 1.0.11.23")], house.day(2))
    with Inventory.open(house.path, readonly=True) as inventory:
        told = {(row["event"], row["model"]) for row in queries.events(inventory)}
    assert told == {("vanished", "VVX 411"), ("appeared", "GXP2170")}
    assert house.brief("model") == [("GXP2170",)]


def test_firmware_and_status_changes_are_told_with_both_values(house: Any) -> None:
    house.feed([sip(X, OLD, POLY)], house.day(1))
    house.feed([sip(X, NEW, POLY)], house.day(2))
    house.feed([sip(X, NEW, POLY)], house.day(3))
    assert house.events() == [
        ("firmware-changed", "5.8.3.3066", "5.9.0.9373"),
        ("status-changed", "outdated", "certified"),
    ]


def test_verdicts_are_written_when_they_change_alone(house: Any) -> None:
    for night, banner in enumerate((OLD, OLD, NEW, NEW), 1):
        house.feed([sip(X, banner, POLY)], house.day(night))
    rows = house.sql("SELECT status, time, until FROM assessments WHERE catalog = 'skype-for-business' ORDER BY id")
    assert rows == [("outdated", house.day(1), house.day(3)), ("certified", house.day(3), None)]
    assert house.sql("SELECT count(*) FROM assessments WHERE until IS NULL GROUP BY catalog") == [(1,), (1,), (1,)]


@pytest.mark.parametrize("first", [0, 1], ids=["the switch is asked first", "the phone is asked first"])
def test_a_conflict_is_an_event_with_both_values_once_and_not_each_night(house: Any, first: int) -> None:
    lldp = {"mac": POLY, "source": "switches 10.0.0.1 lldp 0.7.1"}
    told = [
        {**lldp, "field": "lldp-med.model", "value": "VVX 411"},
        {**lldp, "field": "lldp-med.manufacturer", "value": "Polycom"},
        {**lldp, "field": "lldp-med.software-revision", "value": "5.8.3.3066"},
    ]
    for night in range(1, 5):
        sooner, later = ([sip(X, NEW, POLY)], told) if night % 2 == first else (told, [sip(X, NEW, POLY)])
        house.feed(sooner + [{**row, "time": house.day(night, "02:10:00")} for row in later], house.day(night))
        assert len(house.events("conflict")) == 1
    found = house.events("conflict", "firmware-changed")
    assert [kind for kind, _, _ in found] == ["conflict"]
    assert {found[0][1], found[0][2]} == {"5.8.3.3066", "5.9.0.9373"}


def test_what_was_said_before_an_update_is_history_and_no_conflict(house: Any) -> None:
    once = {"mac": POLY, "field": "lldp-med.software-revision", "value": "5.8.3.3066", "source": "listen eth0"}
    house.feed([sip(X, OLD, POLY), once], house.day(1))
    house.feed([sip(X, NEW, POLY)], house.day(2))
    assert house.events("conflict") == []


def test_what_one_field_said_before_and_after_an_update_is_no_conflict(house: Any) -> None:
    house.feed([sip(X, OLD, POLY), {**sip(X, NEW, POLY), "time": house.day(1, "02:20:00")}], house.day(1))
    assert house.events("conflict") == []
    assert house.brief("firmware") == [("5.9.0.9373",)]


def test_a_new_catalog_or_policy_judges_everything_again_without_a_scan_of_it(house: Any) -> None:
    house.feed([sip(X, OLD, POLY)], house.day(1))
    lenient = Policy(compliance={"outdated": "review"})
    house.feed([], house.day(2), policy=lenient)
    assert house.brief("status", "compliance") == [("outdated", "review")]
    assert house.sql("SELECT count(*) FROM noncompliant") == [(0,)]
    assert house.events() == []


def test_a_catalog_grown_old_is_said_and_is_no_change(house: Any) -> None:
    house.feed([sip(X, NEW, POLY)], house.day(1))
    was = house.sql("SELECT count(*) FROM assessments")
    house.feed([], house.day(2), today=date(2036, 1, 1))
    assert house.sql("SELECT count(*) FROM assessments") == was
    assert house.events() == []


def test_a_site_is_told_by_the_longest_prefix_that_the_caller_knows(house: Any) -> None:
    house.feed([sip(X), sip("10.9.0.5")], house.day(1), site_of=lambda ip: "hq" if ip.startswith("10.1.") else "")
    assert house.brief("site", "ip") == [("hq", X), ("default", "10.9.0.5")]


# -- the pure part --------------------------------------------------------------------------------------------

BEFORE = Look("present", "t1", X, POLY, "sw1", "7", "5.8", "outdated", "old")


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
    ],
)
def test_only_changes_are_events(after: Look, kinds: list[str]) -> None:
    assert [event.kind for event in changes(BEFORE, after, baseline=False)] == kinds


def test_what_is_learned_is_no_change() -> None:
    blank = replace(BEFORE, ip=None, switch=None, switch_port=None, firmware=None)
    assert changes(blank, BEFORE, baseline=False) == []


def test_a_conflict_with_its_sides_swapped_is_the_same_conflict() -> None:
    one = Conflict(part="firmware", chosen="5.9", chosen_rule="a", other="5.8", other_rule="b")
    two = Conflict(part="firmware", chosen="5.8", chosen_rule="b", other="5.9", other_rule="a")
    assert changes(replace(BEFORE, conflicts=(one,)), replace(BEFORE, conflicts=(two,)), baseline=False) == []


def test_one_of_two_firmwares_told_at_once_is_no_change() -> None:
    assert changes(BEFORE, replace(BEFORE, firmware="5.9"), baseline=False, still=["5.8"]) == []
