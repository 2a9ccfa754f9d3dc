"""Lists of phones out of CUCM as CSV: BAT, and the page that finds and lists phones."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, cucm_phones, detect
from tests.reading.inventories import NOW, inventoried

MAC = "00:1d:a2:12:34:56"
BAT = (
    "Device Name,Description,Device Pool,Device Type,Load Information,Owner User ID,Directory Number  1\n"
    'SEP001DA2123456,"Lobby, Ann",Default,Cisco 8841,sip88xx.12-0-1,ann,1000\n'
    "CSFANN,Jabber,Default,Cisco Unified Client Services Framework,,ann,1001\n"
)
LISTED = (
    "Device Name(Line),Description,Device Pool,Device Protocol,Status,IPv4 Address,Model,Active Load\n"
    "SEP001DA2123456,Lobby,Default,SIP,Registered with cucm-1,10.1.2.3,Cisco 8841,sip88xx.14-3-1\n"
    "SEP001DA2123457,Lobby,Default,SIP,Unregistered,10.1.2.4,Cisco 8841,sip88xx.14-3-1\n"
)


def read(text: str | bytes) -> tuple[dict[str, str], list[Observation], list[Problem]]:
    items = list(detect.read(io.BytesIO(text.encode() if isinstance(text, str) else text), Context("bat", NOW)))
    found = [item for item in items if isinstance(item, Observation)]
    values = {one.field: one.value for one in found if one.mac == MAC}
    return values, found, [item for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize("change", [("", ""), ("\n", "\r\n"), ("\n", "\r"), (",", ";")])
def test_an_export_of_bat_has_mac_and_model_and_no_running_load(change: tuple[str, str]) -> None:
    text = BAT.replace('"Lobby, Ann"', "Lobby").replace(*change) if change[0] else BAT
    assert detect.detect(text.encode()) is cucm_phones.FORMAT
    values, found, problems = read(text)
    assert values == {"lldp-med.manufacturer": "Cisco", "lldp-med.model": "Cisco 8841"}
    assert {(one.mac, one.ip, one.source) for one in found} == {(MAC, None, "manager bat")}
    assert problems == []


@pytest.mark.parametrize("heading", ["Phone Model", "Phone Type", "Device Type"])
def test_the_model_is_read_of_a_column_by_each_heading(heading: str) -> None:
    text = f"Device Name,Device Pool,{heading},IPv4 Address,Status\nSEP001DA2123456,DP,Cisco 8841,10.1.2.3,Registered\n"
    assert read(text)[0]["lldp-med.model"] == "Cisco 8841"


def test_a_list_has_address_and_load_of_registered_phones_alone() -> None:
    values, found, _ = read(LISTED)
    assert values["lldp-med.software-revision"] == "sip88xx.14-3-1"
    assert values["arp.mac"] == MAC
    assert {(one.mac, one.ip) for one in found} == {(MAC, "10.1.2.3"), (MAC[:-1] + "7", None)}
    assert {one.field for one in found if one.ip is None} == {"lldp-med.manufacturer", "lldp-med.model"}


def test_a_damaged_row_costs_no_other_and_a_cut_row_keeps_the_ones_before() -> None:
    rows = LISTED.splitlines()
    values, _, problems = read("\n".join([rows[0], 'SEP001DA2123458,"x', rows[1], "y" * 200_000, ""]))
    assert values["arp.mac"] == MAC
    assert [one.number for one in problems] == [2, 4]
    for size in range(len(rows[0]) + len(rows[1]) + 2, len(LISTED), 9):
        assert read(LISTED[:size])[0] == read(LISTED)[0]


def test_other_tables_are_not_of_cucm() -> None:
    for text in (BAT.replace("SEP001DA2123456", "phone-1"), BAT.replace("Device Name", "Name"), "SEP001DA2123456,x\n"):
        assert not cucm_phones.looks_like(text.encode())


def test_the_phone_is_in_the_inventory_with_model_and_firmware(tmp_path: Path) -> None:
    path = tmp_path / "phones.csv"
    path.write_text(LISTED)
    row = next(row for row in inventoried(path, tmp_path) if row["mac"] == MAC)
    assert (row["model"], row["firmware"], row["ip"]) == ("CP-8841", "sip88xx.14-3-1", "10.1.2.3")
