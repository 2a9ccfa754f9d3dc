"""The files for the import forms of NetBox: columns of the forms, references to the files before, bounded values."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.reports.netbox.device import CUSTOM_FIELDS, ROLE, wanted
from scanner.reports.netbox.forms import FILES, forms, write_form
from tests.reports.sample import HOSTILE, device

FORMS = json.loads((Path(__file__).parent / "netbox_data" / "forms.json").read_text(encoding="utf-8"))

Table = list[dict[str, str]]


def rows(count: int) -> list[dict[str, Any]]:
    """The first devices of the sample fleet as the inventory returns them, in part with a firmware line."""
    lines = ("unknown", "teams", "ucs")
    return [device(n) | {"id": n + 1, "line": lines[n % 3], "state": "present"} for n in range(count)]


def hostile() -> list[dict[str, Any]]:
    """Devices whose every name is hostile, over-long or not ASCII, and which share names."""
    names = (*HOSTILE, "x" * 300, "Ü" * 300, "東京", "京都", "Zürich HQ", "zurich-hq", "", None, "x" * 300)
    changed = (
        "site", "hostname", "manufacturer", "model", "firmware", "serial", "switch", "switch_port", "vlan", "line",
    )  # fmt: skip
    return [
        device(n, **dict.fromkeys(changed[:-1], name), mac=None if n % 3 else f"64:16:7f:00:01:{n:02x}")
        | {"id": n + 1, "state": "present", "line": name}
        for n, name in enumerate(names)
    ]


def tables(found: list[dict[str, Any]]) -> dict[str, Table]:
    """File → rows, as a reader of RFC 4180 returns them."""
    result = {}
    for form in forms(list(wanted(found))):
        stream = io.StringIO(newline="")
        write_form(form, stream)
        result[form.file] = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    return result


@pytest.mark.parametrize("release", ["4.2", "4.7"])
def test_each_column_is_a_field_of_the_form(release: str) -> None:
    written = list(forms(list(wanted(rows(30)))))
    assert [form.file for form in written] == list(FILES)
    for form in written:
        custom = {f"cf_{name}" for name in CUSTOM_FIELDS} if form.page == "dcim/devices" else set()
        assert set(form.columns) - custom <= set(FORMS[release][form.page]), form.file
        assert all(len(row) == len(form.columns) for row in form.rows)


@pytest.mark.parametrize("fleet", [rows(60), hostile()], ids=["fleet", "hostile"])
def test_each_file_refers_to_rows_of_the_files_before_it(fleet: list[dict[str, Any]]) -> None:
    found = tables(fleet)

    def names(file: str, *columns: str) -> set[tuple[str, ...]]:
        values = [tuple(row[column] for column in columns) for row in found[file]]
        assert len(set(values)) == len(values), f"{file} has {columns} twice"
        return set(values)

    sites, makers = names("01-sites.csv", "name"), names("02-manufacturers.csv", "name")
    platforms, types = names("04-platforms.csv", "name"), names("05-device-types.csv", "manufacturer", "model")
    for file in (
        "01-sites.csv",
        "02-manufacturers.csv",
        "03-device-roles.csv",
        "04-platforms.csv",
        "05-device-types.csv",
    ):
        names(file, "slug")
    devices = names("07-devices.csv", "name")
    names("07-devices.csv", "cf_phonescan_id")
    for row in found["07-devices.csv"]:
        assert (row["site"],) in sites
        assert row["role"] == ROLE
        assert (row["manufacturer"],) in makers
        assert (row["manufacturer"], row["device_type"]) in types
    assert {(row["platform"],) for row in found["07-devices.csv"] if row["platform"]} == platforms
    assert {(row["device"],) for row in found["08-interfaces.csv"]} == devices
    ports = {(row["device"], row["name"]) for row in found["08-interfaces.csv"]}
    for file in ("09-mac-addresses.csv", "10-ip-addresses.csv"):
        assert {(row["device"], row["interface"]) for row in found[file]} <= ports


def test_values_have_the_lengths_that_netbox_allows_and_no_cell_is_a_formula() -> None:
    longest = {"name": 64, "slug": 100, "serial": 50, "description": 200, "model": 100, "device_type": 100}
    found = tables(hostile())
    assert set(found) == set(FILES)
    for file, table in found.items():
        for row in table:
            for column, value in row.items():
                limit = 100 if column == "name" and file[:2] < "07" else longest.get(column, 201)
                assert len(value) <= limit, (file, column)
                assert not value.lstrip().startswith(tuple("=+-@\t\r\uff1d")), (file, column)
                assert value.isprintable(), (file, column)
            if "slug" in row:
                assert row["slug"]
                assert set(row["slug"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_"), (file, row["slug"])


def test_types_have_no_height_and_half_depth() -> None:
    types = tables(rows(12))["05-device-types.csv"]
    assert {(row["u_height"], row["is_full_depth"]) for row in types} == {("0", "false")}


def test_a_vanished_phone_is_offline_and_a_present_one_gets_the_address_that_both_have() -> None:
    fleet = rows(3)
    fleet[0] |= {"state": "vanished", "ip": "10.0.0.1"}
    fleet[1] |= {"ip": "10.0.0.1"}
    fleet[2] |= {"ip": "2001:db8::1"}
    found = tables(fleet)
    assert [row["status"] for row in found["07-devices.csv"]] == ["offline", "active", "active"]
    assert [(row["address"], row["device"]) for row in found["10-ip-addresses.csv"]] == [
        ("10.0.0.1/32", "phone-1"), ("2001:db8::1/128", "phone-2"),
    ]  # fmt: skip


def test_the_interface_names_switch_port_and_vlan_also_without_a_mac() -> None:
    fleet = rows(2)
    fleet[0] |= {"mac": None}
    fleet[1] |= {"switch": None, "switch_port": None}
    found = tables(fleet)
    assert [row["description"] for row in found["08-interfaces.csv"]] == [
        "switch sw-0, port Gi1/0/1, VLAN 20",
        "VLAN 20",
    ]
    assert [row["device"] for row in found["09-mac-addresses.csv"]] == ["phone-1"]


def test_a_device_that_another_one_replaced_is_in_no_file() -> None:
    fleet = rows(2)
    fleet[0] |= {"state": "replaced"}
    assert [row["name"] for row in tables(fleet)["07-devices.csv"]] == ["phone-1"]
    assert list(forms([])) == []
