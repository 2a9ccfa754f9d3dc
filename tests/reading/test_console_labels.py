"""Labels of neighbours: the words of a label tell what its value is, however a system spells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.reading.console.labels import key_of
from scanner.reading.console.pairs import pairs

#: Value → its label in words, each in the forms that systems have.
WORDS = {
    "chassis": (("Chassis",), ("ID", "Id")),
    "port-description": (("Port",), ("Description", "Descr", "Desc")),
    "system-name": (("System", "Sys"), ("Name",)),
    "system-description": (("System", "Sys"), ("Description", "Descr", "Desc")),
    "hardware": (("Hardware", "HW", "H/W"), ("Revision", "Rev", "Version", "Ver")),
    "firmware": (("Firmware", "FW", "F/W"), ("Revision", "Rev", "Version", "Ver")),
    "software": (("Software", "SW", "S/W"), ("Revision", "Rev", "Version", "Ver")),
    "serial": (("Serial",), ("Number", "Num")),
    "manufacturer": (("Manufacturer", "Mfg", "Manuf"), ("Name",)),
    "model": (("Model",), ("Name",)),
    "address": (("Management", "Mgmt"), ("Address", "Addr")),
}


@given(st.data())
def test_a_label_is_known_by_its_words(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(WORDS)))
    words = [data.draw(st.sampled_from(forms)) for forms in WORDS[key]]
    whose = data.draw(st.sampled_from(["", "Remote", "Neighbor", "Neighbour", "LLDP-MED", "MED", "Inventory"]))
    separator = data.draw(st.sampled_from([" ", "-", "_", "  "]))
    spelled = separator.join([whose, *words] if whose else words)
    change = data.draw(st.sampled_from([str, str.lower, str.upper]))
    before = data.draw(st.sampled_from(["", "  - ", "  + ", "\t"]))
    assert key_of(f"{before}{change(spelled)}  ") == key


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("SysName", "system-name"),
        ("PortDescr", "port-description"),
        ("ChassisId", "chassis"),
        ("EndpointClass", "device-class"),
        ("HardwareRev", "hardware"),
        ("ManufacturerName", "manufacturer"),
        ("Management address(es)", "address"),
        ("Management address (IPv4)", "address"),
        ("Chassis ID (MAC address)", "chassis"),
        ("Network Policy(Voice)", "voice-policy"),
        ("Remote Interface MAC", "sender"),
        ("LLDP-MED Device Type", "device-class"),
        ("MED Type", "device-class"),
    ],
)  # fmt: skip
def test_a_label_of_one_system_is_known(label: str, key: str) -> None:
    assert key_of(label) == key


@pytest.mark.parametrize(
    "label", ["", "Local Chassis ID", "Type", "Name", "Local Interface MAC", '"model"', "Power Type", "MED Power Type"]
)
def test_labels_of_other_values_are_passed_over(label: str) -> None:
    assert key_of(label) is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Port ID: 7 (Port Description: LAN)", [("port-id", "7"), ("port-description", "LAN")]),
        ("Port ID: 7 (a)", [("port-id", "7 (a)")]),
        ("Manufacturer: Poly  Model: VVX", [("manufacturer", "Poly"), ("model", "VVX")]),
        ("Manufacturer: Poly, Model: VVX", [("manufacturer", "Poly, Model: VVX")]),
        ("System Description: Poly  Model: VVX", [("system-description", "Poly  Model: VVX")]),
    ],
)
def test_another_pair_of_a_line_begins_where_the_value_cannot_contain_it(
    line: str, found: list[tuple[str, str]]
) -> None:
    assert list(pairs(line)) == found
