"""Recordings of switches, devices and captures against their known content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.identity.load import load
from tests.nonempty import some
from tests.reading.inventories import inventoried

Row = dict[str, Any]


def truth(shared: Path, kind: str) -> list[Row]:
    lines = (shared / "recordings/truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for line in lines if (row := json.loads(line))["file"].startswith(kind)]


def phones(rows: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    """The rows that are phones. A mac with its manufacturer's prefix as the only evidence is `unknown`."""
    return {row["mac"]: row for row in rows if row["kind"] != "unknown"}


def canonical(manufacturer: str | None, model: str | None) -> tuple[str | None, str | None]:
    found = load().canonical(manufacturer, model)
    return found[0] or manufacturer, found[1] or model


def port_names(device: Row) -> set[str]:
    """The names of the port in the tables of the switch."""
    keys = ("ifName", "ifName_of_portId", "lldpLocPortId", "lldpLocPortDesc")
    return {str(device[key]) for key in keys if device.get(key)}


@pytest.mark.adds_to("captures/test_captures.py::test_a_capture_reads_as_its_toml_file_states")
@pytest.mark.slow
def test_every_phone_of_the_recorded_switches_is_found_and_nothing_else(shared: Path, tmp_path: Path) -> None:
    found_in_all = 0
    for row in truth(shared, "switches/"):
        found = phones(inventoried(shared / "recordings" / row["file"], tmp_path))
        known = {phone["mac"]: phone for phone in row["phones"] if phone["mac"]}
        assert set(found) == set(known), row["file"]
        for mac, phone in known.items():
            device = found[mac]
            maker, model = canonical(phone["manufacturer"], phone["model"])
            assert device["manufacturer"] == maker, f"{row['file']} {mac}"
            assert device["model"] == model, f"{row['file']} {mac}"
            assert device["firmware"] == phone["firmware"], f"{row['file']} {mac}"
            if phone["ip"]:
                assert device["ip"] == phone["ip"], f"{row['file']} {mac}"
            assert device["switch_port"] in port_names(phone["local_port"]), f"{row['file']} {mac}"
            found_in_all += 1
    assert found_in_all >= 14


@pytest.mark.adds_to("captures/test_captures.py::test_what_is_not_a_phone_is_not_read_as_one")
@pytest.mark.parametrize("kind", ["others/", "captures/"])
def test_no_exchange_gateway_computer_or_switch_is_a_phone(shared: Path, tmp_path: Path, kind: str) -> None:
    for row in some(truth(shared, kind)):
        found = phones(inventoried(shared / "recordings" / row["file"], tmp_path))
        expected = {phone["mac"] for phone in row.get("phones", ())}
        assert set(found) == expected, row["file"]
