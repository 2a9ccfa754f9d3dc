"""Conflicts: what decided, the claimant, whether the verdict depends on it, one event each, and the report."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from scanner.core.model import Conflict
from scanner.identity.authority import decision
from scanner.inventory import Inventory, queries
from scanner.inventory.queries import Filters
from scanner.inventory.records import Event
from scanner.inventory.rules.events import unrecorded

X, POLY = "10.1.0.5", "64:16:7f:00:00:01"
ROUTER = {"ip": X, "mac": POLY, "field": "snmp.sysdescr", "value": "RouterOS RB750", "source": f"snmp {X}"}


def conflicts(store: Any) -> list[Conflict]:
    """The stored conflicts of the only device."""
    ((text,),) = store.sql("SELECT conflicts FROM devices")
    return list(msgspec.json.decode(text, type=tuple[Conflict, ...]))


def test_a_conflict_names_the_row_that_decided_and_who_claims_the_other_value(store: Any) -> None:
    store.feed([store.sip(X, "Yealink SIP-T58A 58.86.0.20", mac=POLY), ROUTER], keep_all=True)
    (kind,) = [one for one in conflicts(store) if one.part == "kind"]
    assert (kind.chosen, kind.other) == ("other", "phone")
    assert kind.row == "own management before own response"
    assert kind.claimant == f"{X} ({POLY}), sip.user-agent"


def test_a_conflict_of_a_row_that_has_neither_is_decoded() -> None:
    old = b'{"part":"model","chosen":"T58A","chosen_rule":"a","other":"T46S","other_rule":"b"}'
    one = msgspec.json.decode(old, type=Conflict)
    assert (one.chosen, one.row, one.claimant) == ("T58A", "", "")
    assert msgspec.json.encode(one) == old


@pytest.mark.parametrize(
    ("chosen", "other", "words"),
    [
        ("arp.mac", "https.cert-subject", "neighbour table before certificate"),
        ("sip.user-agent", "http.title", "own response against its like"),
        ("https.cert-subject", "arp.mac", ""),
    ],
)
def test_the_words_of_a_decision_are_those_of_the_table(chosen: str, other: str, words: str) -> None:
    assert decision("mac", chosen, other) == words


def night(store: Any, number: int, *rows: dict[str, Any], **more: Any) -> None:
    """One scan of these rows in a night, with devices that are not phones."""
    store.feed([{**row, "time": store.day(number)} for row in rows], store.day(number), keep_all=True, **more)


PHONE = {"ip": X, "mac": POLY, "field": "sip.user-agent", "value": "Yealink SIP-T58A 58.86.0.20", "source": f"sip {X}"}


def test_a_conflict_is_one_event_however_many_nights_it_lasts(store: Any) -> None:
    for number in range(1, 6):
        night(store, number, PHONE, ROUTER)
    found = store.events("conflict")
    assert found
    assert len(found) == len(set(found)) == len(conflicts(store))


def test_a_conflict_that_is_gone_for_a_night_and_comes_back_is_no_new_event(store: Any) -> None:
    night(store, 1, PHONE, ROUTER)
    night(store, 2, PHONE, {**ROUTER, "value": "Polycom VVX 411"})
    assert not [one for one in conflicts(store) if one.part == "kind"]
    night(store, 3, PHONE, ROUTER)
    assert [one.part for one in conflicts(store) if one.part == "kind"] == ["kind"]
    kinds = store.sql("SELECT part, old, new FROM events WHERE kind = 'conflict' AND part = 'kind'")
    assert kinds == [("kind", "phone", "other")]


def test_the_sides_of_a_recorded_conflict_are_alternatives() -> None:
    event = Event("conflict", "firmware", "5.8", "5.9")
    other = Event("conflict", "firmware", "5.8", "6.0")
    moved = Event("moved", "ip", X, "10.1.0.6")
    assert unrecorded([moved, event, other, other], [("firmware", "5.9", "5.8")]) == [moved, other]


def test_a_verdict_is_in_conflict_where_the_other_value_decides_otherwise(store: Any) -> None:
    night(store, 1, PHONE, ROUTER)
    with Inventory.open(store.path, readonly=True) as inventory:
        (row,) = queries.device_rows(inventory, Filters(in_conflict=True))
        assert (row["ip"], row["in_conflict"]) == (X, 1)
        assert queries.number(inventory, Filters(in_conflict=True)) == 1


def test_the_report_lists_each_conflict_with_its_claimant_and_when_it_began(store: Any) -> None:
    night(store, 1, PHONE, ROUTER)
    night(store, 2, PHONE, ROUTER)
    with Inventory.open(store.path, readonly=True) as inventory:
        row = next(row for row in queries.conflicts(inventory) if row["part"] == "kind")
    assert (row["ip"], row["chosen"], row["other"]) == (X, "other", "phone")
    assert (row["by"], row["claimant"]) == ("own management before own response", f"{X} ({POLY}), sip.user-agent")
    assert (row["since"], row["in_conflict"]) == (store.day(1), 1)


def test_a_mac_that_identifies_nothing_is_in_the_report(store: Any) -> None:
    spots = {"10.1.0.21": "80:5e:c0:a2:00:01", "10.1.0.22": "80:5e:c0:a2:00:02"}
    subject = {"field": "https.cert-subject", "value": "CN=001565000001,O=Yealink"}
    rows = [
        row
        for ip, mac in spots.items()
        for row in (
            store.arp(ip, mac),
            store.sip(ip, "Yealink SIP-T58A 58.15.0.20"),
            {**subject, "ip": ip, "source": f"http {ip}:443"},
        )
    ]
    night(store, 1, *rows)
    with Inventory.open(store.path, readonly=True) as inventory:
        found = [row for row in queries.conflicts(inventory) if row["part"] == "mac"]
    assert {(row["ip"], row["chosen"]) for row in found} == set(spots.items())
    assert {row["other"] for row in found} == {"00:15:65:00:00:01"}
