"""ccmPhoneTable of CISCO-CCM-MIB: the phones that are registered at a call manager, live and in recordings."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.discovery.switches import interpret, mib, observations
from scanner.discovery.switches.values import Value
from scanner.reading import Context, Problem, detect
from tests.reading.inventories import NOW, inventoried

PHONES, PRODUCTS = mib.CCM.columns["ccm.mac"][:-2], mib.CCM.columns["ccm-product.type"][:-2]
MAC, LOAD = "00:1d:a2:12:34:56", "sip88xx.14-3-1-0001-60"
ROWS: dict[str, Value] = {
    f"{PHONES}.2.1": bytes.fromhex("001da2123456"), f"{PHONES}.6.1": "10.1.2.3", f"{PHONES}.7.1": 2,
    f"{PHONES}.18.1": 7, f"{PHONES}.20.1": b"SEP001DA2123456", f"{PHONES}.21.1": bytes([10, 1, 2, 3]),
    f"{PHONES}.25.1": LOAD.encode(), f"{PRODUCTS}.2.7": 683, f"{PRODUCTS}.3.7": b"Cisco 8841",
}  # fmt: skip
EXPECTED = {
    "lldp-med.manufacturer": "Cisco", "lldp-med.model": "Cisco 8841", "lldp-med.software-revision": LOAD,
    "arp.mac": MAC,
}  # fmt: skip


def found(**change: Value | None) -> list[Observation]:
    """The observations of the table, with other values or without some in the columns of its row."""
    rows = dict(ROWS)
    for column, value in change.items():
        oid = f"{PHONES}.{column[1:]}.1" if column[0] == "c" else f"{PRODUCTS}.{column[1:]}.7"
        rows.pop(oid)
        if value is not None:
            rows[oid] = value
    return list(observations(interpret(rows.items(), address="10.9.0.1"), "10.9.0.1", time=NOW))


def test_a_registered_phone_has_mac_address_model_and_running_load() -> None:
    seen = found()
    assert {one.field: one.value for one in seen} == EXPECTED
    assert {(one.mac, one.ip, one.source) for one in seen} == {(MAC, "10.1.2.3", "manager 10.9.0.1 ccm 1")}


@pytest.mark.parametrize("status", [1, 3, 4])
def test_a_phone_that_is_not_registered_is_left_out(status: int) -> None:
    assert found(c7=status) == []
    assert found(c7=5) == found(c7=None) == found()


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"c21": None}, "arp.mac", MAC), ({"c6": "0.0.0.0"}, "arp.mac", MAC), ({"c2": None}, "arp.mac", MAC),
        ({"c2": bytes(6)}, "arp.mac", MAC), ({"p3": None}, "lldp-med.model", "Cisco 8841"),
        ({"p3": b"7962"}, "lldp-med.model", "Cisco 7962"), ({"p3": None, "p2": None, "c18": 36216},
        "lldp-med.model", "Cisco 8821"), ({"c18": None}, "lldp-med.model", None), ({"c18": 99}, "lldp-med.model", None),
        ({"c25": None}, "lldp-med.software-revision", None), ({"p3": None, "p2": 131}, "arp.mac", None),
    ],
)  # fmt: skip
def test_a_column_that_is_missing_costs_its_own_value_alone(
    change: dict[str, Value | None], field: str, value: str | None
) -> None:
    assert {one.field: one.value for one in found(**change)}.get(field) == value


WALK = """\
CISCO-CCM-MIB::ccmPhonePhysicalAddress.1 = STRING: 0:1d:a2:12:34:56
CISCO-CCM-MIB::ccmPhoneIpAddress.1 = IpAddress: 10.1.2.3
CISCO-CCM-MIB::ccmPhoneStatus.1 = INTEGER: registered(2)
CISCO-CCM-MIB::ccmPhoneProductTypeIndex.1 = Gauge32: 7
CISCO-CCM-MIB::ccmPhoneName.1 = STRING: SEP001DA2123456
CISCO-CCM-MIB::ccmPhoneInetAddressIPv4.1 = Hex-STRING: 0A 01 02 03
CISCO-CCM-MIB::ccmPhoneActiveLoadID.1 = STRING: sip88xx.14-3-1-0001-60
CISCO-CCM-MIB::ccmProductType.7 = Gauge32: 683
CISCO-CCM-MIB::ccmProductName.7 = STRING: "Cisco 8841"
"""
NUMERIC = (
    "".join(
        f".{oid} = "
        + (
            f"INTEGER: {value}"
            if isinstance(value, int)
            else f"IpAddress: {value}"
            if isinstance(value, str)
            else f"Hex-STRING: {value.hex(' ').upper()}"
        )
        + "\n"
        for oid, value in ROWS.items()
    )
)  # fmt: skip
RECORDED = "".join(
    f"{oid}|{2 if isinstance(value, int) else 64 if isinstance(value, str) else '4x'}|"
    f"{value.hex() if isinstance(value, bytes) else value}\n"
    for oid, value in ROWS.items()
)


@pytest.mark.parametrize("text", [WALK, NUMERIC, RECORDED], ids=["names", "numbers", "snmprec"])
def test_a_recording_of_the_table_is_read_the_same(text: str, tmp_path: Path) -> None:
    items = list(detect.read(io.BytesIO(text.encode()), Context("cucm", NOW, "10.9.0.1")))
    assert {item.field: item.value for item in items if isinstance(item, Observation)} == EXPECTED
    assert not any(isinstance(item, Problem) and item.missing for item in items)
    path = tmp_path / "cucm.txt"
    path.write_text(text)
    ((row),) = inventoried(path, tmp_path)
    assert (row["kind"], row["model"], row["firmware"], row["ip"]) == ("phone", "CP-8841", LOAD, "10.1.2.3")
