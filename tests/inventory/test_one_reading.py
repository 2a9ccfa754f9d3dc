"""Each distinct value is matched with the rules once, from the scan to the device."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from scanner.core.model import Observation
from scanner.identity.evidence import matcher
from scanner.inventory import Inventory, queries
from scanner.inventory.rules import identifiers

PHONES = 3
BANNER = "PolycomVVX-VVX_411-UA/5.9.0.9373"


def observations(phone: int) -> list[Observation]:
    ip, mac = f"10.1.0.{phone}", f"64:16:7f:00:00:0{phone}"
    return [
        Observation(ip=ip, mac=mac, field="arp.mac", value=mac, source="arp eth0"),
        Observation(ip=ip, field="sip.user-agent", value=BANNER, source=f"sip {ip}:5060"),
        Observation(ip=ip, field="snmp.sysname", value="desk-1", source=f"snmp {ip}"),
        Observation(mac=mac, field="lldp-med.model", value="VVX 411", source="switches 10.0.0.1 lldp 0.1.1"),
        Observation(mac=mac, field="lldp.management-address", value=ip, source="switches 10.0.0.1 lldp 0.1.1"),
    ]


@pytest.fixture
def matched(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """How often each value of a field was matched with the rules."""
    from scanner.identity import evidence, match

    found: Counter[tuple[str, str]] = Counter()
    best = match.best

    def counting(fingerprints: Any, field: str, value: str) -> Any:
        found[field, value] += 1
        return best(fingerprints, field, value)

    for module in (identifiers, evidence):
        monkeypatch.setattr(module, "best", counting)
    return found


def test_a_value_is_matched_once_in_all_of_settling(store: Any, matched: Counter[tuple[str, str]]) -> None:
    store.feed([_row(one) for phone in range(1, PHONES + 1) for one in observations(phone)])
    assert matched["sip.user-agent", BANNER] == 1
    assert [value for value, times in matched.items() if times > 1] == []
    assert {row["model"] for row in store.rows()} == {"VVX 411"}


def test_what_the_scan_read_is_not_matched_again(store: Any, matched: Counter[tuple[str, str]]) -> None:
    knowledge = store.knowledge()
    for one in observations(1):
        knowledge.reader.match(one)
    with Inventory.open(store.path, create=True) as inventory:
        scan = inventory.begin_scan(kind="scan", targets=(), discoveries=(), now=store.day(1))
        inventory.record(scan, observations(1))
        inventory.settle(scan, knowledge, store.day(1))
    assert set(matched.values()) == {1}


def test_the_explanation_has_the_identity_of_the_device(store: Any) -> None:
    """Two sources report different firmware, and on the second night only the older one is seen."""
    old, new = "PolycomVVX-VVX_411-UA/5.8.3.3066", BANNER
    phone = {"ip": "10.1.0.1", "mac": "64:16:7f:00:00:01", "field": "sip.user-agent"}
    rows = [{**phone, "value": old, "source": "sip 5060"}, {**phone, "value": new, "source": "sip 5061"}]
    store.feed(rows, store.day(1))
    store.feed(rows[:1], store.day(2))
    with Inventory.open(store.path, readonly=True) as inventory:
        found = queries.explain(inventory, "10.1.0.1", store.knowledge().fingerprints)
    assert found is not None
    assert found.device is not None
    assert found.identity.firmware == found.device["firmware"]
    assert found.identity.confidence == found.device["confidence"]


def test_the_reader_gives_the_match_of_every_example_of_the_vendor_files(store: Any) -> None:
    knowledge = store.knowledge()
    fingerprints, reader = knowledge.fingerprints, knowledge.reader
    matched, compared = matcher(fingerprints), 0
    for origin in fingerprints.origins:
        for rule in origin.file.rule:
            for field in {rule.field, *rule.also, "http.body", "mdns.txt.model"}:
                for example in rule.examples:
                    compared += 1
                    one = Observation(field=field, value=str(example["value"]))
                    assert reader.match(one) == matched(one)
                    assert reader.match(one) == matched(one)
    assert compared > 1000


def test_a_hostile_network_does_not_fill_the_memory(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identifiers, "_REMEMBERED", 10)
    reader = store.knowledge().reader
    for number in range(100):
        reader.read("sip.user-agent", f"banner {number}")
        assert len(reader._known) <= 10


def _row(one: Observation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("ip", "mac", "field", "value", "source")}
