"""Entered fields of devices: their history, their bounds, and their way through merges and retention."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.core.errors import UsageError
from scanner.inventory import Inventory, queries
from scanner.inventory.rules.device_fields import AUTHOR_LIMIT, checked

MAC = "64:16:7f:00:00:05"
POLY = "PolycomVVX-VVX_411-UA/5.9.0.9373"


def number(store: Any, ip: str) -> int:
    with Inventory.open(store.path) as inventory:
        return queries.find(inventory, ip)[0]


def put(store: Any, device: int, day: int, **values: str) -> int:
    with Inventory.open(store.path) as inventory:
        return inventory.set_fields(device, values, author="a test", now=store.day(day))


def current(store: Any, device: int) -> dict[str, str]:
    with Inventory.open(store.path) as inventory:
        return {row["key"]: row["value"] for row in queries.fields_of(inventory, device)}


def test_a_field_has_one_current_value_and_a_history(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", POLY)], store.day(1))
    device = number(store, "10.1.0.5")
    assert put(store, device, 1, owner="A", room="1.02") == 2
    assert put(store, device, 2, owner="B") == 1
    assert put(store, device, 3, owner=" B ") == 0
    assert put(store, device, 4, room="") == 1
    assert current(store, device) == {"owner": "B"}
    with Inventory.open(store.path) as inventory:
        history, version = queries.field_history(inventory, device, 10)
        last, _ = queries.field_history(inventory, device, 1)
    assert [(row["key"], row["value"], row["replaced"]) for row in history] == [
        ("room", "", None), ("owner", "B", None), ("room", "1.02", store.day(4)), ("owner", "A", store.day(2)),
    ]  # fmt: skip
    assert version == sum(row["id"] for row in history)
    assert last == history[:1]


def test_a_scan_changes_no_field(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", POLY)], store.day(1))
    device = number(store, "10.1.0.5")
    put(store, device, 1, owner="A")
    store.feed([store.sip("10.1.0.5", "Yealink SIP-T58A 58.15.0.20")], store.day(2))
    assert current(store, device) == {"owner": "A"}


def test_fields_move_with_a_merged_device_and_the_later_value_is_current(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", POLY), store.lldp(MAC, "VVX 411")], store.day(1))
    by_address, by_mac = number(store, "10.1.0.5"), number(store, MAC)
    assert by_address != by_mac
    put(store, by_address, 2, owner="earlier", note="of the address")
    put(store, by_mac, 3, owner="later", room="1.02")
    store.feed([store.arp("10.1.0.5", MAC)], store.day(4))
    device = number(store, "10.1.0.5")
    assert device == number(store, MAC)
    assert current(store, device) == {"owner": "later", "room": "1.02", "note": "of the address"}
    assert put(store, by_address, 5, owner="by the old number") == 1
    assert current(store, device)["owner"] == "by the old number"


def test_a_form_of_before_a_merge_clears_no_field_of_the_other_device(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", POLY), store.lldp(MAC, "VVX 411")], store.day(1))
    by_address, by_mac = number(store, "10.1.0.5"), number(store, MAC)
    put(store, by_address, 2, owner="of the address")
    put(store, by_mac, 3, room="of the mac")
    with Inventory.open(store.path) as inventory:
        versions = {device: queries.field_history(inventory, device, 1)[1] for device in (by_address, by_mac)}
    store.feed([store.arp("10.1.0.5", MAC)], store.day(4))
    for device, version in versions.items():
        with Inventory.open(store.path) as inventory, pytest.raises(UsageError, match="have changed meanwhile"):
            inventory.set_fields(device, {"owner": "", "room": ""}, author="a form", now=store.day(5), version=version)
    assert current(store, by_mac) == {"owner": "of the address", "room": "of the mac"}


@pytest.mark.parametrize(
    ("author", "stored"), [("", "unknown"), (" A\x1b[31m ", "A\\x1b[31m"), ("x" * 300, "x" * AUTHOR_LIMIT)]
)
def test_an_author_is_bounded_and_printable(store: Any, author: str, stored: str) -> None:
    store.feed([store.sip("10.1.0.5", POLY)], store.day(1))
    device = number(store, "10.1.0.5")
    with Inventory.open(store.path) as inventory:
        inventory.set_fields(device, {"owner": "A"}, author=author, now=store.day(1))
        assert [row["author"] for row in queries.fields_of(inventory, device)] == [stored]


def test_a_number_without_a_device_has_no_fields(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", POLY)], store.day(1))
    with pytest.raises(UsageError, match="there is no device 99"):
        put(store, 99, 1, owner="A")


def test_retention_deletes_fields_with_their_device(store: Any) -> None:
    store.feed([store.sip("10.1.0.5", POLY), store.sip("10.1.0.6", POLY)], store.day(1))
    for day in (2, 3, 4, 5, 6):
        store.feed([], store.day(day))
    store.feed([store.sip("10.1.0.6", POLY)], store.day(9))
    kept, deleted = number(store, "10.1.0.6"), number(store, "10.1.0.5")
    put(store, kept, 2, owner="kept")
    put(store, deleted, 2, owner="deleted")
    with Inventory.open(store.path) as inventory:
        inventory.prune(store.day(5), store.day(9))
        assert [row[0] for row in inventory.connection.execute("SELECT value FROM device_fields")] == ["kept"]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("colour", "red", "is not a field of a device"),
        ("owner", "x" * 201, "shorten it to 200"),
        ("note", "x" * 4001, "shorten it to 4,000"),
        ("owner", "a\nb", "cannot be shown"),
        ("note", "a\x00b", "cannot be shown"),
        ("room", "a\u202eb", "cannot be shown"),
    ],
)
def test_an_invalid_value_is_refused_with_all_others(store: Any, key: str, value: str, reason: str) -> None:
    store.feed([store.sip("10.1.0.5", POLY)], store.day(1))
    device = number(store, "10.1.0.5")
    with pytest.raises(UsageError, match=reason):
        put(store, device, 1, **{"asset-tag": "1", key: value})
    assert current(store, device) == {}


@pytest.mark.parametrize("value", ["A\u00a0Example", "\u5c71\u7530\u3000\u592a\u90ce", "thin\u2009space"])
def test_spaces_of_every_script_are_kept(value: str) -> None:
    assert checked("owner", value) == value
