"""The public questions of reports and pages to the inventory."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.core.errors import UsageError
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.inventory import Inventory, Missed, queries
from scanner.inventory.queries import Filters

X, Y, Z = "10.1.0.5", "10.1.0.6", "10.1.0.20"
POLY, POLY2, YEALINK = "64:16:7f:00:00:01", "64:16:7f:00:00:02", "80:5e:c0:00:00:01"
NEW, OLD, T58 = "PolycomVVX-VVX_411-UA/5.9.0.9373", "PolycomVVX-VVX_411-UA/5.8.3.3066", "Yealink SIP-T58A 58.15.0.20"

Row = dict[str, Any]


def sip(ip: str, banner: str = NEW, mac: str | None = None, **more: Any) -> Row:
    return {"ip": ip, "mac": mac, "field": "sip.user-agent", "value": banner, "source": f"sip {ip}:5060", **more}


def on_port(mac: str, switch: str, port: str, address: str = "10.0.0.1") -> list[Row]:
    source = f"switches {address} fdb {port}"
    fields = (("switch.name", switch), ("switch.port", port), ("switch.vlan", "20"))
    return [{"mac": mac, "field": field, "value": value, "source": source} for field, value in fields]


@pytest.fixture
def office(store: Any) -> Any:
    """Three phones: one certified, one outdated, one of an unknown model; the second moved in the second night."""
    store.feed([sip(X, NEW, POLY), sip(Y, OLD, POLY2), sip(Z, "strange"), *on_port(POLY, "sw1", "7")], store.day(1))
    store.feed([sip(X, NEW, POLY), sip("10.1.0.7", OLD, POLY2), sip(Z, "strange")], store.day(2))
    return store


def ask(store: Any, question: Any, *args: Any, **more: Any) -> Any:
    with Inventory.open(store.path, readonly=True) as inventory:
        found = question(inventory, *args, **more)
        return found if isinstance(found, (dict, type(None))) else list(found)


def test_rows_are_those_of_the_view_in_the_contracts_order(office: Any) -> None:
    rows = ask(office, queries.inventory_rows)
    assert [tuple(row) for row in rows] == [INVENTORY_COLUMNS] * 3
    view = office.sql("SELECT * FROM inventory")
    assert view == [tuple(row.values()) for row in rows]
    assert [row["ip"] for row in rows] == ["10.1.0.5", "10.1.0.7", "10.1.0.20"]


def test_addresses_are_sorted_by_number(store: Any) -> None:
    in_order = ["9.9.9.9", "10.0.2.9", "10.0.2.10", "10.0.10.1", "10.0.100.1", "2001:db8::5"]
    store.feed([sip(ip, NEW) for ip in reversed(in_order)], store.day(1))
    found = [row["ip"] for row in ask(store, queries.inventory_rows)]
    assert found == in_order
    assert found == [ip for (ip,) in store.sql("SELECT ip FROM inventory")]


def test_noncompliant_rows_are_those_of_the_view(office: Any) -> None:
    rows = ask(office, queries.noncompliant_rows)
    assert [tuple(row) for row in rows] == [(*INVENTORY_COLUMNS, "reason")]
    assert [tuple(row.values()) for row in rows] == office.sql("SELECT * FROM noncompliant")
    assert [row["ip"] for row in ask(office, queries.review_rows)] == [Z]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), 3),
        (Filters(site=("default",)), 3),
        (Filters(site=("nowhere",)), 0),
        (Filters(manufacturer=("polycom",)), 2),
        (Filters(manufacturer=("Polycom", "Yealink"), status=("outdated",)), 1),
        (Filters(compliance=("compliant", "review")), 2),
        (Filters(switch=("SW1",)), 1),
        (Filters(since="2026-11-02T00:00:00Z"), 1),
        (Filters(since="2026-11-01T00:00:00Z"), 3),
        (Filters(seen_since="2026-11-03T00:00:00Z"), 0),
        (Filters(search="vvx"), 2),
        (Filters(search="7F:00:00:02"), 1),
        (Filters(search="%"), 0),
        (Filters(search="_"), 0),
        (Filters(search="!"), 0),
        (Filters(search="VVX 4"), 2),
        (Filters(search="v" * 60_000), 0),
        (Filters(model=("x' OR 1=1 --",)), 0),
    ],
)
def test_a_filter_selects_the_same_devices_in_every_query(office: Any, filters: Filters, found: int) -> None:
    assert len(ask(office, queries.inventory_rows, filters)) == found
    assert len(ask(office, queries.device_rows, filters)) == found
    assert sum(row["devices"] for row in ask(office, queries.totals, "status", filters)) == found
    assert sum(row["devices"] for row in ask(office, queries.firmware_rows, filters)) == found


@pytest.mark.parametrize(
    "key",
    [X, "64:16:7F:00:00:01", "6416.7f00.0001", "64167f000001", "64-16-7f-00-00-01", "SEP64167F000001", " 10.1.0.5 "],
)
def test_a_device_is_found_by_address_mac_number_serial_and_host_name(office: Any, key: str) -> None:
    row = ask(office, queries.device, key)
    assert (row["ip"], row["mac"], row["status"]) == (X, POLY, "certified")
    assert ask(office, queries.device, row["id"])["mac"] == POLY
    assert {one["catalog"] for one in row["assessments"]} == {"skype-for-business", "lync", "teams"}


def test_the_device_that_has_an_address_precedes_the_one_that_had_it(office: Any) -> None:
    assert ask(office, queries.device, Y)["mac"] == POLY2
    office.feed([sip(Y, T58, YEALINK)], office.day(3))
    assert ask(office, queries.device, Y)["mac"] == YEALINK


@pytest.mark.parametrize("key", ["10.9.9.9", "unknown", "999999", "", "00:00:00:00:00:01", "1" * 40])
def test_a_key_without_a_device_is_none(office: Any, key: str) -> None:
    assert ask(office, queries.device, key) is None


def test_an_address_of_two_sites_needs_the_site(store: Any) -> None:
    store.feed([sip(X, site="a"), sip(X, site="b")])
    with pytest.raises(UsageError, match="names 2 devices"):
        ask(store, queries.device, X)
    assert ask(store, queries.device, X, "b")["site"] == "b"


def test_explain_shows_each_observation_and_the_rule_that_matches(office: Any) -> None:
    with Inventory.open(office.path, readonly=True) as inventory:
        found = queries.explain(inventory, X, office.knowledge().fingerprints)
    assert found is not None
    assert found.device is not None
    assert found.identity.model == "VVX 411"
    banner = next(one for one in found.observations if one.observation.field == "sip.user-agent")
    assert banner.current
    assert banner.evidence[0].gives["firmware"] == "5.9.0.9373"
    assert (banner.first_seen, banner.last_seen) == (office.day(1), office.day(2))


def test_explain_shows_a_subject_that_is_not_kept_as_a_device(store: Any) -> None:
    store.feed([sip(X, "Asterisk PBX 18.10.0")])
    with Inventory.open(store.path, readonly=True) as inventory:
        found = queries.explain(inventory, X, store.knowledge().fingerprints)
        assert queries.explain(inventory, "10.9.9.9", store.knowledge().fingerprints) is None
    assert found is not None
    assert found.device is None
    assert found.identity.kind == "pbx"


def test_explain_gives_the_reason_why_a_mac_is_shared(store: Any) -> None:
    store.feed([sip(f"10.1.0.{n}", NEW, "00:1b:54:aa:bb:cc") for n in range(1, 5)])
    with Inventory.open(store.path, readonly=True) as inventory:
        found = queries.explain(inventory, "10.1.0.1", store.knowledge().fingerprints)
    assert found is not None
    assert found.shared == {"00:1b:54:aa:bb:cc": "has 4 addresses at the same time"}


def test_history_is_from_first_seen_to_last_seen(office: Any) -> None:
    device = ask(office, queries.device, POLY2)["id"]
    found = ask(office, queries.history, device)
    assert [(row["event"], row["old"], row["new"]) for row in found] == [
        ("first-seen", None, None),
        ("moved", Y, "10.1.0.7"),
        ("last-seen", None, None),
    ]


def test_events_are_newest_first_and_can_be_selected_by_kind(office: Any) -> None:
    assert [row["event"] for row in ask(office, queries.events)] == ["moved"]
    assert ask(office, queries.events, kinds=("appeared",)) == []
    assert [row["new"] for row in ask(office, queries.moved)] == ["10.1.0.7"]
    assert ask(office, queries.moved, since="2026-11-03T00:00:00Z") == []


def test_two_scans_differ_in_what_changed_between_them(office: Any) -> None:
    office.feed(
        [sip(X, NEW, POLY), sip("10.1.0.7", NEW, POLY2), sip(Z, "strange"), sip("10.1.0.8", T58)], office.day(3)
    )
    office.feed([sip(X, NEW, POLY)], office.day(4))
    assert ask(office, queries.diff, 1, 1) == []
    assert ask(office, queries.diff, 3, 4) == []
    assert [(r["change"], r["part"], r["old"], r["new"]) for r in ask(office, queries.diff, 1, 2)] == [
        ("changed", "ip", Y, "10.1.0.7")
    ]
    found = ask(office, queries.diff, 1, 4)
    assert {r["part"] for r in found if r["change"] == "changed"} == {"ip", "firmware", "status", "compliance"}
    assert [r["ip"] for r in found if r["change"] == "appeared"] == ["10.1.0.8"]
    back = ask(office, queries.diff, 4, 1)
    assert {(r["change"], r["part"], r["new"], r["old"]) for r in back if r["part"]} == {
        (r["change"], r["part"], r["old"], r["new"]) for r in found if r["part"]
    }
    assert [r["change"] for r in back if not r["part"]] == ["vanished"]
    with pytest.raises(UsageError, match="no scan 99"):
        ask(office, queries.diff, 1, 99)


def test_compliance_over_time_has_a_row_for_each_scan(office: Any) -> None:
    found = ask(office, queries.trend)
    assert [(r["scan"], r["devices"], r["compliant"], r["noncompliant"], r["review"]) for r in found] == [
        (1, 3, 1, 1, 1),
        (2, 3, 1, 1, 1),
    ]
    assert ask(office, queries.trend, site="nowhere") == []


def test_suspicious_devices(store: Any) -> None:
    store.feed([sip(X, NEW, POLY), *on_port(POLY, "sw1", "7")], store.day(1))
    store.feed(
        [
            sip(X, NEW, POLY),
            {"ip": X, "mac": POLY2, "field": "arp.mac", "value": POLY2, "source": "arp eth0"},
            *on_port(POLY, "sw1", "7"),
            *on_port(POLY, "sw2", "9", "10.0.0.2"),
            sip(Y, T58, YEALINK),
            sip(Z, NEW, "02:00:00:00:00:01"),
            *(sip(f"10.2.0.{n}", NEW, "00:1b:54:aa:bb:cc") for n in range(1, 5)),
        ],
        store.day(2),
    )
    found = ask(store, queries.suspect)
    kinds: dict[str, list[Row]] = {}
    for row in found:
        kinds.setdefault(row["suspicion"], []).append(row)
    assert kinds["on several switches"][0]["what"] == "sw1, sw2"
    assert kinds["duplicate address"][0]["what"] == f"{X}: {POLY}, {POLY2}"
    assert [row["mac"] for row in kinds["locally administered mac"]] == ["02:00:00:00:00:01"]
    assert YEALINK in {row["mac"] for row in kinds["never seen before"]}
    assert [row["mac"] for row in kinds["shared mac"]] == ["00:1b:54:aa:bb:cc"]
    assert {tuple(row) for row in found} == {tuple(found[0])}


def test_addresses_that_were_not_covered(store: Any) -> None:
    store.feed([], store.day(1), missed=[Missed("sip", X, "timed-out", "no time left")])
    store.feed(
        [], store.day(2), missed=[Missed("snmp", Y, "refused"), Missed("sip", Y, "went-quiet", "after 3 packets")]
    )
    assert [(r["ip"], r["outcome"]) for r in ask(store, queries.unscanned)] == [(Y, "went-quiet"), (Y, "refused")]
    assert [r["note"] for r in ask(store, queries.unscanned, 1)] == ["no time left"]
    assert ask(store, queries.unscanned, None, Filters(site=("elsewhere",))) == []
    assert len(ask(store, queries.unscanned, None, Filters(since="2000-01-01"))) == 3
    assert ask(store, queries.unscanned, None, Filters(since="2100-01-01")) == []


def test_totals_refuse_an_unknown_column(office: Any) -> None:
    with pytest.raises(ValueError, match="not a column"):
        ask(office, queries.totals, "1; DROP TABLE devices")


def test_health_has_the_size_and_the_rows(office: Any) -> None:
    found = ask(office, queries.health, thorough=True)
    assert (found["damage"], found["rows"]["devices"], found["rows"]["arrivals"]) == (None, 3, 0)
    assert found["last_scan"] == office.day(2)


def test_scans_are_listed_newest_first(office: Any) -> None:
    assert [(s.id, s.baseline, s.outcome) for s in ask(office, queries.scans)] == [
        (2, False, "done"),
        (1, True, "done"),
    ]


def test_hostile_text_is_stored_unchanged_and_bounded(store: Any) -> None:
    nasty = "=HYPERLINK(1)<b>\x1b[31m\u202e"
    store.feed([sip(X), {"ip": X, "field": "snmp.sysname", "value": nasty, "source": "snmp x"}])
    assert nasty in {o.value for o in store.observations()}
    assert max(len(o.value) for o in store.observations()) < 5000
