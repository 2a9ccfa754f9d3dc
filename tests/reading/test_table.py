"""Tables of managers and persons, CSV and JSON: which column is what, which rows are devices, what damage costs."""

from __future__ import annotations

import gzip
import io
import itertools
import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.model import Observation
from scanner.core.named_source import names_subject
from scanner.reading import Context, Item, Problem, detect, outer_objects, table, table_columns, table_rows
from tests.nonempty import some
from tests.reading.inventories import inventoried

NOW = "2026-11-23T02:00:00Z"
MAC = "64:16:7f:12:34:56"
TEAMS = "DisplayName,Manufacturer,Model,SerialNumber,MacAddresses,WhenChanged,TeamsAdminAgentVersion,FirmwareVersion"
TEAMS_ROW = "Lobby,yealink,mp56,803017,001565AA0001;001565AA0002,2024-01-02T00:00:00Z,1.0.0.0,122.15.0.142"


def items(data: bytes | str, columns: dict[str, str] | None = None, as_: str | None = "table") -> list[Item]:
    octets = data.encode() if isinstance(data, str) else data
    context = Context("list.csv", NOW, columns=columns or MappingProxyType({}))
    return list(detect.read(io.BytesIO(octets), context, as_))


def facts(data: bytes | str, columns: dict[str, str] | None = None) -> set[tuple[str | None, str | None, str, str]]:
    found = items(data, columns)
    assert [one for one in found if isinstance(one, Problem)] == []
    return {(one.mac, one.ip, one.field, one.value) for one in found if isinstance(one, Observation)}


def macs(found: list[Item]) -> list[str | None]:
    return list(dict.fromkeys(one.mac for one in found if isinstance(one, Observation)))


def problems(found: list[Item]) -> list[tuple[int, str]]:
    return [(one.number, one.what) for one in found if isinstance(one, Problem)]


MODEL, FIRMWARE, SERIAL = "lldp-med.model", "lldp-med.software-revision", "lldp-med.serial"
#: Export → (text, firmware, model) of one phone, whose mac is MAC.
EXPORTS: dict[str, tuple[str, str, str | None]] = {
    "Poly Lens": (
        json.dumps({"data": {"deviceSearch": {"edges": [{"node": {
            "id": "1", "name": "Desk", "connected": True, "hardwareFamily": "VVX", "hardwareModel": "VVX 411",
            "softwareVersion": "5.9.0.9373", "macAddress": MAC, "externalIp": "203.0.113.7", "room": None}}],
            "pageInfo": {"totalCount": 1, "nextToken": None}}}}), "5.9.0.9373", "VVX 411",
    ),
    "YMCS": (
        '{"skip":0,"total":1,"data":[{"id":"1","mac":"64167f123456","modelId":"m1","programVersion":"66.86.0.15"}]}',
        "66.86.0.15", None,
    ),
    "Graph": (
        json.dumps({"value": [{"id": "x", "deviceType": "ipPhone", "hardwareDetail": {
            "macAddresses": ["Ethernet:64-16-7F-12-34-56", "Wi-Fi:64-16-7F-12-34-57"], "manufacturer": "poly",
            "model": "ccx500", "softwareVersion": "8.1"}}]}), "8.1", "ccx500",
    ),
    "Zoom": (
        '{"devices":[{"id":"a","device_type":"Polycom VVX450","mac_address":"64-16-7f-12-34-56","status":"online",'
        '"firmware_version":"6.3"}],"next_page_token":""}', "6.3", "Polycom VVX450",
    ),
    "Wazo provd": (
        '{"devices": [{"id": "a", "vendor": "Polycom", "model": "VVX 411", "version": "5.9.0.9373", "ip": "10.1.2.3",'
        ' "mac": "64:16:7f:12:34:56", "config": "b", "plugin": "wazo-polycom-5.9"}]}', "5.9.0.9373", "VVX 411",
    ),
    "GDMS": ("MAC Address,Device Name,Device Model,Firmware Version,Site\n64167F123456,x,GXP2170,1.0.11.64,hq\n",
             "1.0.11.64", "GXP2170"),
    "OVOC": ("MAC,User,Phone Model,Firmware,IP Address,Location\n64167f123456,x,C450HD,1.19.553,10.1.2.3,hq\n",
             "1.19.553", "C450HD"),
    "Netdisco": ("remote_id;remote_vendor;remote_model;remote_os_ver;remote_serial\n"
                 "64:16:7f:12:34:56;Polycom;VVX 411;5.9.0.9373;x\n", "5.9.0.9373", "VVX 411"),
    "a German sheet": ("Standort\tMAC-Adresse (Telefon)\tHersteller\tModell\tFirmwarestand\n"
                       "Köln\t6416.7f12.3456\tPolycom\tVVX 411\t5.9.0.9373\n", "5.9.0.9373", "VVX 411"),
    "a French sheet": ("Bât;Adresse MAC;Modèle;Version du firmware;N° de série\nA;64-16-7f-12-34-56;VVX 411;5.9;1\n",
                       "5.9", "VVX 411"),
    "by mac": ('{"64167f123456": {"model": "VVX 411", "firmware": "5.9"}, "x": {"model": "y"}}', "5.9", "VVX 411"),
    "mac and version apart": (
        '[{"device": {"mac": "64167f123456", "label": "x"}, "hardware": {"model": "VVX 411"}, '
        '"running": {"firmware": "5.9"}}]', "5.9", "VVX 411",
    ),
    "lines": ('{"mac": "64167f123456", "model": "VVX 411", "firmware": "5.9"}\n\n{"note": "x"}\n', "5.9", "VVX 411"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_the_export_of_a_manager_yields_model_and_firmware_at_the_mac(name: str) -> None:
    text, firmware, model = EXPORTS[name]
    for octets in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16"), gzip.compress(text.encode())):
        found = facts(octets)
        assert {(mac, value) for mac, _, field, value in found if field == FIRMWARE} == {(MAC, firmware)}
        assert {value for _, _, field, value in found if field == MODEL} == ({model} if model else set())


@pytest.mark.parametrize("name", EXPORTS)
def test_the_export_of_a_manager_is_known_by_its_content(name: str) -> None:
    found = detect.detect(EXPORTS[name][0].encode())
    assert (found and found.name) == "table"


@pytest.mark.adds_to("test_the_export_of_a_manager_yields_model_and_firmware_at_the_mac")
@pytest.mark.parametrize("name", ["poly-lens-devicesearch.json", "uclobby-teams-devices.csv", "ymcs-listdevices.json"])
def test_the_samples_yield_what_their_truth_states(name: str, shared: Path, tmp_path: Path) -> None:
    truths = [json.loads(line) for line in (shared / "sources" / "truth.jsonl").read_text().splitlines()]
    (wanted,) = next(one["phones"] for one in truths if one["file"] == name)
    (row,) = inventoried(shared / "sources" / name, tmp_path)
    assert {key: row[key] for key in wanted} == wanted


def test_rows_of_the_teams_admin_center_have_the_first_of_their_macs(tmp_path: Path) -> None:
    path = tmp_path / "devices.csv"
    path.write_text(f"{TEAMS}\n{TEAMS_ROW}\n")
    (row,) = inventoried(path, tmp_path)
    assert (row["mac"], row["model"], row["firmware"]) == ("00:15:65:aa:00:01", "MP56", "122.15.0.142")
    assert (row["kind"], row["manufacturer"], row["serial"]) == ("phone", "Yealink", "803017")


HEAD = "Phone MAC,IP,Model,Firmware"
ROW, OTHER = f"{MAC},10.1.2.3,VVX 411,5.9", "64:16:7f:12:34:57,10.1.2.4,VVX 501,5.8"
WANTED = {
    (MAC, "10.1.2.3", MODEL, "VVX 411"), (MAC, "10.1.2.3", FIRMWARE, "5.9"),
    ("64:16:7f:12:34:57", "10.1.2.4", MODEL, "VVX 501"), ("64:16:7f:12:34:57", "10.1.2.4", FIRMWARE, "5.8"),
}  # fmt: skip
SPELLED = {
    "plain": f"{HEAD}\n{ROW}\n{OTHER}\n",
    "CR LF": f"{HEAD}\r\n{ROW}\r\n{OTHER}\r\n",
    "CR": f"{HEAD}\r{ROW}\r{OTHER}\r",
    "semicolons": f"{HEAD}\n{ROW}\n{OTHER}\n".replace(",", ";"),
    "sep=": f"sep=;\n{HEAD}\n{ROW}\n{OTHER}\n".replace(",", ";"),
    "tabs": f"{HEAD}\n{ROW}\n{OTHER}\n".replace(",", "\t"),
    "bars": f"{HEAD}\n{ROW}\n{OTHER}\n".replace(",", "|"),
    "quotes": "\n".join('"' + line.replace(",", '","') + '"' for line in (HEAD, ROW, OTHER)),
    "a title": f"Phones of Cologne\n\nExported,2026-11-22\n{HEAD}\n{ROW}\n{OTHER}\n",
    "blank lines": f"\n{HEAD}\n\n{ROW}\n,,,\n{OTHER}\n\n",
    "the headings twice": f"{HEAD}\n{ROW}\n{HEAD}\n{OTHER}\n",
    "a heading of two lines": f'"Phone\nMAC",IP,Model,Firmware\n{ROW}\n{OTHER}\n',
    "a comma in quotes": f'{HEAD},Note\n{ROW},"x, y"\n{OTHER},"a\nb"\n',
    "another order": f"Firmware,Model,IP,MAC\n5.9,VVX 411,10.1.2.3,{MAC}\n5.8,VVX 501,10.1.2.4,64167F123457\n",
    "commas at the end": f"{HEAD},\n{ROW},\n{OTHER},\n",
    "no value": f"{HEAD},Serial\n{ROW},N/A\n{OTHER},-\n",
}


@pytest.mark.parametrize("name", SPELLED)
def test_a_csv_table_is_read_however_it_is_written(name: str) -> None:
    assert facts(SPELLED[name]) == WANTED
    assert detect.detect(SPELLED[name].encode()) is table.FORMAT


def test_a_text_in_windows_1252_is_read() -> None:
    text = "Hersteller;Gerät;MAC;Modell;Seriennr\nMüller;x;64167f123456;VVX 411;ß1\n"
    assert (MAC, None, SERIAL, "ß1") in facts(text.encode("cp1252"))
    assert (MAC, None, SERIAL, "ß1") in facts('[{"mac":"64167f123456","model":"a","sn":"ß1"}]'.encode("cp1252"))


def test_the_address_of_a_nat_router_is_not_that_of_a_phone() -> None:
    text = f"MAC,IP Address,Public IP,Model\n{MAC},8.8.8.8,8.8.8.8,VVX 411\n"
    assert facts(text) == {(MAC, None, MODEL, "VVX 411")}
    text = f"MAC,IP Address,Model\n{MAC},8.8.8.8; 10.1.2.3,VVX 411\n"
    assert facts(text) == {(MAC, "10.1.2.3", MODEL, "VVX 411")}


@pytest.mark.parametrize("cell", ["192.168.1.5:5060", "192.168.1.5/24", "192.168.1.5"])
def test_an_address_is_read_before_its_port_or_prefix_length(cell: str) -> None:
    assert facts(f"IP,Model\n{cell},T54W\n") == {(None, "192.168.1.5", "lldp-med.model", "T54W")}


def test_a_row_without_a_mac_has_the_one_of_its_serial_number_or_name() -> None:
    text = f'[{{"mac": null, "serialNumber": "{MAC.replace(":", "")}", "model": "VVX 411"}}]'
    context = Context("x", NOW, listed_prefix=lambda mac: mac.startswith("64:16:7f"))
    found = list(detect.read(io.BytesIO(text.encode()), context, "table"))
    assert macs(found) == [MAC]
    assert macs(items(text)) == [None], "the prefix of no maker: the digits are a number"
    found = [one for one in items(text) if isinstance(one, Observation)]
    assert {one.source for one in found} == {f"manager {found[0].source.split()[1]} serial {MAC.replace(':', '')}"}
    text = "Host name,IP,MAC,Model,Firmware\nSEP64167F123456,,,CP-8851,sip88xx.12-5-1SR1-4\n"
    assert macs(items(text)) == [MAC]


def test_a_row_of_no_device_is_named_and_the_others_are_read() -> None:
    found = items(f"{HEAD}\n,,VVX 411,5.9\n00:00:00:00:00:00,,VVX 411,5.9\n{ROW}\n,,,\n")
    assert macs(found) == [MAC]
    assert problems(found) == [
        (n, "a row without a mac, an address or a serial number of its own, which is of no device") for n in (2, 3)
    ]


@pytest.mark.parametrize(
    ("spelled", "time"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"), ("2026-11-20 10:00:00", "2026-11-20T10:00:00Z"),
        ("20.11.2026 10:00", "2026-11-20T10:00:00Z"), ("11/20/2026 10:00:00 AM", "2026-11-20T10:00:00Z"),
        ("1763632800", "2025-11-20T10:00:00Z"), ("1763632800123", "2025-11-20T10:00:00Z"),
        ("03/04/2026", "2026-03-04T00:00:00Z"), ("04/03/2026", "2026-03-04T00:00:00Z"),
        ("2027-01-01T00:00:00Z", NOW), ("Nov 20, 2026", "2026-11-20T00:00:00Z"), ("", NOW), ("never", NOW), ("7", NOW),
        ("²", NOW), ("9" * 900, NOW),
    ],
)  # fmt: skip
def test_the_time_of_a_row_is_that_of_the_last_contact(spelled: str, time: str) -> None:
    found = items(f'MAC,Model,Last Seen\n{MAC},VVX 411,"{spelled}"\n')
    assert {one.time for one in found if isinstance(one, Observation)} == {time}
    unread = spelled not in ("",) and time == NOW and not spelled.startswith("2027")
    assert bool(problems(found)) is unread


QUOTE, MORE = "a quotation mark without its end", "more cells than columns: a delimiter within a cell"
FEWER = "fewer cells than columns: the row is cut"


@pytest.mark.parametrize(
    ("row", "reason"),
    [(ROW.replace("VVX", '"VVX'), QUOTE), (ROW + ",x", MORE), (ROW.rpartition(",")[0], FEWER)],
)
def test_a_damaged_row_is_named_and_the_others_are_read(row: str, reason: str) -> None:
    found = items(f"{HEAD}\n{row}\n{OTHER}\n")
    assert "64:16:7f:12:34:57" in macs(found)
    assert problems(found) == [(2, reason)]


def test_macs_on_several_lines_of_a_cell_are_of_one_row() -> None:
    """The last of the lines has as many cells as a row; behind a mark without its end it is a row of its own."""
    several = ROW.replace(MAC, f'"{MAC}\n64:16:7f:12:34:57"')
    assert several.startswith('"')
    assert macs(items(f"{HEAD}\n{several}\n")) == [MAC]
    assert macs(items(f'{HEAD}\n"{ROW}\n{OTHER}\n')) == ["64:16:7f:12:34:57"]


@pytest.mark.parametrize("cell", ["6.41671E+11", "1,565E+09", "156500bbcc", "01565123456"])
def test_a_mac_that_a_spreadsheet_took_for_a_number_is_named(cell: str) -> None:
    context = Context("list.csv", NOW, listed_prefix=lambda mac: mac.startswith("00:15:65"))
    data = f'MAC;Ethernet MAC;IP;Model\n"{cell}";;10.1.2.3;T46\n{cell};{MAC};10.1.2.4;VVX 411\n'
    found = list(detect.read(io.BytesIO(data.encode()), context, "table"))
    assert problems(found) == [(2, f"the mac {cell!r} is not whole: a spreadsheet took it for a number")]
    assert [one.mac for one in found if isinstance(one, Observation)] == [None, MAC]
    assert problems(items(data.replace(cell, "1073741824"))) == []


def test_a_line_of_10_mb_costs_itself_alone() -> None:
    found = items(f"{HEAD}\n{ROW}{'x' * 10_000_000}\n{OTHER}\n")
    assert macs(found) == ["64:16:7f:12:34:57"]
    assert problems(found) == [(2, "longer than a row of the report")]


# -- JSON ------------------------------------------------------------------------------------------------------------


def phone(number: int, **more: Any) -> dict[str, Any]:
    return {"mac": f"64:16:7f:12:34:{number:02x}", "model": "VVX 411", "firmware": f"5.9.{number}", **more}


def _parameter(value: str) -> dict[str, object]:
    return {"_object": False, "_timestamp": "2026-11-20T10:00:00.000Z", "_type": "xsd:string", "_value": value}


@pytest.mark.parametrize("root", ["InternetGatewayDevice", "Device"])
def test_a_device_of_genieacs_is_one_row_of_its_parameters(root: str) -> None:
    port = {"_object": True, "1": {"IPInterfaceIPAddress": _parameter("10.1.2.3")}}
    device = {
        "_id": "64167F-VVX%20411-64167F123456", "_lastInform": "2026-11-22T10:00:00.000Z",
        "_deviceId": {
            "_Manufacturer": "Polycom", "_OUI": "64167F", "_ProductClass": "VVX 411", "_SerialNumber": "64167F123456",
        },
        root: {
            "DeviceInfo": {"SerialNumber": _parameter("64167F123456"), "SoftwareVersion": _parameter("5.9.0.9373")},
            "LANDevice": {"1": {"LANEthernetInterface": {"1": {"MACAddress": _parameter(MAC)}}, "IPInterface": port}},
        },
    }  # fmt: skip
    text = json.dumps([device])
    assert detect.detect(text.encode()) is table.FORMAT
    assert facts(text) == {
        (MAC, "10.1.2.3", "lldp-med.manufacturer", "Polycom"), (MAC, "10.1.2.3", MODEL, "VVX 411"),
        (MAC, "10.1.2.3", SERIAL, "64167F123456"), (MAC, "10.1.2.3", FIRMWARE, "5.9.0.9373"),
    }  # fmt: skip
    times = {one.time for one in items(text) if isinstance(one, Observation)}
    assert times == {"2026-11-22T10:00:00Z"}


def test_a_list_of_genieacs_is_dated_by_its_last_inform() -> None:
    text = (
        '"Serial number","Product class","Software version","MAC","IP","Last inform"\n'
        f'"1","VVX 411","5.9","{MAC}","10.1.2.3","2026-11-22T10:00:00.000Z"\n'
    )
    assert {one.time for one in items(text) if isinstance(one, Observation)} == {"2026-11-22T10:00:00Z"}


def test_damage_in_json_costs_the_innermost_object() -> None:
    text = json.dumps({"data": {"list": [phone(1), phone(2), phone(3)]}}, indent=1).replace('"5.9.2"', "5.9.2")
    found = items(text)
    assert macs(found) == [phone(1)["mac"], phone(3)["mac"]]
    assert [number for number, _ in problems(found)] == [9]


def test_damage_around_the_objects_is_named_too() -> None:
    found = items('{"a": tru, "list": [' + json.dumps(phone(1)) + "]}")
    assert macs(found) == [phone(1)["mac"]]
    assert [what[:8] for _, what in problems(found)] == ["not JSON"]


def test_a_document_that_is_longer_than_the_limit_is_read_by_its_objects() -> None:
    documents = {"a": {"b": {"c": [{"node": phone(n, pad="x" * 50)} for n in range(200)]}}, "version": "1"}
    stream = io.BytesIO(json.dumps(documents).encode())
    found = list(outer_objects.objects(stream, limit=300))
    assert len(found) == 200
    assert {type(one) for one in found} == {outer_objects.OuterObject}


def test_a_member_named_by_a_mac_is_read_in_a_long_document(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps({f"64167f1234{n:02x}": {"model": "VVX 411", "firmware": "5.9"} for n in range(200)})
    whole = macs(items(text))
    assert len(whole) == 200
    monkeypatch.setattr(table, "objects", lambda stream: outer_objects.objects(stream, limit=300))
    assert macs(items(text)) == whole


def test_a_text_of_10_mb_costs_its_object_alone() -> None:
    text = "[" + json.dumps(phone(1)) + ',{"x": "' + "y" * 10_000_000 + '\\""},' + json.dumps(phone(2)) + "]"
    found = items(text)
    assert macs(found) == [phone(1)["mac"], phone(2)["mac"]]
    assert len(problems(found)) == 1


def test_a_version_as_a_number_with_a_fraction_is_no_version() -> None:
    assert facts('[{"mac": "64167f123456", "model": "x", "firmware": 5.10}]') == {(MAC, None, MODEL, "x")}


def test_a_wrapper_gives_nothing_to_its_devices() -> None:
    """The version and address of the server are not those of the phones in its list."""
    text = json.dumps({"ip": "10.0.0.1", "version": "2.3", "vendor": "m", "devices": [phone(1)], "device": phone(2)})
    found = {(mac, value) for mac, _, field, value in facts(text) if field == FIRMWARE}
    assert {(phone(1)["mac"], "5.9.1"), (phone(2)["mac"], "5.9.2")} <= found
    assert not any(mac and value == "2.3" for mac, value in found)


_TABLE, _LIST = SPELLED["a comma in quotes"], json.dumps({"data": [phone(1), {"node": phone(2)}]})
#: A file, and where the rows and objects of its devices end.
CUT = {
    "CSV": (_TABLE, [_TABLE.index("\n64:16:7f:12:34:57"), len(_TABLE) - 1]),
    "JSON": (_LIST, [_LIST.index("}") + 1, _LIST.rindex("5.9.2") + 7]),
    "lines": (json.dumps(phone(1)) + "\n" + json.dumps(phone(2)), [len(json.dumps(phone(1)))]),
}


@pytest.mark.parametrize("name", CUT)
def test_a_file_that_is_cut_keeps_what_is_before(name: str) -> None:
    """At every octet: no error, and each device whose row or object is whole."""
    text, ends = CUT[name]
    for end in some(range(len(text) + 1)):
        assert len(macs(items(text[:end]))) >= sum(one <= end for one in ends)


@given(
    st.lists(st.sampled_from([*'{}[],:"\\', "{}", '"mac"', '"model"', '"64167f123456"', "1", " ", "\n"]), max_size=60)
)
def test_any_json_ends(parts: list[str]) -> None:
    """For any sequence of brackets and texts, each object is yielded or named, with any limit."""
    octets = "".join(parts).encode()
    for limit in (8, 40, 1 << 20):
        found = list(outer_objects.objects(io.BytesIO(octets), limit))
        assert {type(one) for one in found} <= {outer_objects.OuterObject, Problem}
    items(octets)


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(10, 400))
def test_the_limit_changes_no_device(numbers: list[int], limit: int) -> None:
    """A list of devices is read alike however long its document may be, where each device fits the limit."""
    text = json.dumps({"data": {"rows": [phone(n) for n in numbers]}}).encode()
    one = max((len(json.dumps(phone(n))) for n in numbers), default=0)
    found = list(outer_objects.objects(io.BytesIO(text), max(limit, one)))
    rows = [row for each in found if isinstance(each, outer_objects.OuterObject) for row in _rows(each)]
    assert len(rows) == len(numbers)


def _rows(one: outer_objects.OuterObject) -> list[list[tuple[str, str]]]:
    from scanner.reading.table_objects import Shapes

    return list(Shapes({}).rows(one.value, one.key))


# -- columns ---------------------------------------------------------------------------------------------------------


def test_what_each_column_was_taken_for_is_noted() -> None:
    notes: list[str] = []
    for text in (
        f"{TEAMS}\n{TEAMS_ROW}\n",
        json.dumps([{"MacAddresses": "001565AA0001", "Model": "x", "UserUPN": "y"}]),
    ):
        list(detect.read(io.BytesIO(text.encode()), Context("x", NOW, note=notes.append)))
    assert notes == [
        "columns: 'DisplayName' as name, 'Manufacturer' as manufacturer, 'Model' as model, 'SerialNumber' as serial, "
        "'MacAddresses' as mac, 'FirmwareVersion' as firmware; not read: WhenChanged, TeamsAdminAgentVersion",
        "columns: 'MacAddresses' as mac, 'Model' as model; not read: UserUPN",
    ]


def test_map_takes_a_column_for_what_the_user_names() -> None:
    text = f"Hardware Id,Kit,Load,Model\n{MAC},VVX 411,5.9,ignored\n"
    chosen = table_columns.given(["Hardware Id=mac", "kit=model", "Load=lldp-med.firmware-revision"])
    wanted = {(MAC, None, MODEL, "VVX 411"), (MAC, None, "lldp-med.firmware-revision", "5.9")}
    assert facts(text, chosen) == wanted
    objects = json.dumps({"x": [{"a": {"Hardware Id": MAC}, "Kit": "VVX 411", "Load": "5.9"}]})
    assert facts(objects, chosen) == wanted


def test_an_observation_field_is_a_heading_too() -> None:
    text = f"mac,sip.user-agent,snmp.sysname\n{MAC},VVX 411,x\n"
    assert facts(text) == {(MAC, None, "sip.user-agent", "VVX 411"), (MAC, None, "snmp.sysname", "x")}
    objects = json.dumps([{"mac": MAC, "sip.user-agent": "VVX 411"}])
    assert facts(objects) == {(MAC, None, "sip.user-agent", "VVX 411")}
    assert {detect.detect(one.encode()) for one in (text, objects)} == {table.FORMAT}


def test_a_column_that_is_not_there_is_named() -> None:
    chosen = {"Phone MAC": "mac", "Load": "firmware"}
    assert table.not_there(SPELLED["a title"].encode(), chosen) == ["Load"]
    assert table.not_there(b'[{"mac": 1, "load": 2}]', chosen) == ["Phone MAC"]
    for text in (SPELLED["a title"], f'[{{"Phone MAC": "{MAC}", "model": "x"}}]'):
        found = problems(items(text, chosen))
        assert found == [(0, "no column 'Load', which --map names")]


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("Device MAC=mac", {"Device MAC": "mac"}), ("mac=Device MAC", {"Device MAC": "mac"}),
        ("a=b=model", {"a=b": "model"}), ("model=firmware", {"model": "firmware"}),
        ("Agent=sip.user-agent", {"Agent": "sip.user-agent"}), ("x=mdns.txt.fw", {"x": "mdns.txt.fw"}),
    ],
)  # fmt: skip
def test_map_is_column_and_field(word: str, wanted: dict[str, str]) -> None:
    assert table_columns.given([word]) == wanted


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["x"], "is not COLUMN=FIELD"), (["=mac"], "is not COLUMN=FIELD"), (["MAC=mca"], "did you mean 'mac'"),
        (["a=mac", "a=ip"], "twice"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_an_error_that_names_what_is_known(words: list[str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        table_columns.given(words)


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("MAC Address (LAN)", "mac"), ("Phone_MAC", "mac"), ("handset firmware version", "firmware"),
        ("Wi-Fi MAC", None), ("MAC vendor", None), ("Target firmware", None), ("Hardware version", None),
        ("Bluetooth MAC address", None), ("external ip", None), ("Server IP", None), ("Device name", "name"),
        ("Modèle", "model"), ("IPv4 Address", "ip"), ("Site", None), ("Phone Number", None), ("OS version", "firmware"),
        ("MAC-Adr.", "mac"), ("N° de série", "serial"), ("SW-Stand", "firmware"), ("Gerätetyp", "model"),
        ("Type", None), ("Vendor / Model", "model"), ("Software Rev", "firmware"), ("Version logicielle", "firmware"),
        ("latestVersion", None), ("Gateway IP", None), ("Switch port", None), ("Android version", None),
        ("Nº de serie", "serial"), ("Serienr.", "serial"), ("Versione del firmware", "firmware"),
        ("Version du micrologiciel", "firmware"), ("Softwareversie", "firmware"), ("IPv4-Adresse", "ip"),
        ("Constructeur", "manufacturer"), ("Modèle de téléphone", "model"), ("Type d'appareil", "model"),
        ("Tipo de dispositivo", "model"), ("Toesteltype", "model"), ("Última conexión", "last-seen"),
        ("Laatst gezien", "last-seen"), ("Dernier contact", "last-seen"), ("IP Phone MAC Address", "mac"),
        ("IP Phone", None), ("Adresse IP du serveur", None), ("MAC de la passerelle", None), ("IP publique", None),
        ("Dernier utilisateur", None), ("MAC del switch", None), ("Servidor DNS", None), ("PC MAC", None),
    ],
)  # fmt: skip
def test_a_heading_is_taken_for_what_it_is_of(heading: str, part: str | None) -> None:
    assert [column.part for column in table_columns.columns([heading], {})] == ([part] if part else [])


def test_the_german_type_is_a_model_where_more_of_the_device_is_known() -> None:
    assert facts(f"MAC-Adresse;Typ;Hersteller\n{MAC};VVX 411;Polycom\n") >= {(MAC, None, MODEL, "VVX 411")}
    assert facts(f"MAC-Adresse;Typ\n{MAC};VVX 411\n", {"Typ": "model"}) == {(MAC, None, MODEL, "VVX 411")}
    assert detect.detect(f"IP-Adresse;MAC-Adresse;Typ\n10.1.2.3;{MAC};dynamisch\n".encode()) is None


def test_a_list_of_names_of_phones_alone_is_a_table() -> None:
    text = "IP;Device Name;Model\n;SEP64167F123456;Cisco 8841\n"
    assert table.looks_like(text.encode())
    assert facts(text) == {(MAC, None, MODEL, "Cisco 8841")}


def test_the_most_deliberate_heading_with_a_value_counts() -> None:
    text = f"MAC,Version,Firmware Version,Model,Device Type\n{MAC},1,5.9,,VVX 411\n"
    assert facts(text) == {(MAC, None, FIRMWARE, "5.9"), (MAC, None, MODEL, "VVX 411")}


@pytest.mark.parametrize(
    "name", ["switch", "Gateway", "sipServer", "wifi", "Wi-Fi", "bluetooth", "connected_switch", "pcPort", "public"]
)
def test_the_mac_and_address_inside_another_device_are_not_those_of_the_phone(name: str) -> None:
    other = {"mac": "64:16:7f:00:00:01", "ip": "10.0.0.1"}
    wanted = {(MAC, None, MODEL, "x")}
    assert facts(json.dumps([{"mac": MAC, "model": "x", name: other}])) == wanted
    assert facts(json.dumps([{"hardware": {"model": "x"}, "network": {"mac": MAC}, name: other}])) == wanted
    assert facts(f"{name}.mac,{name}.ip,net.mac,net.model\n{other['mac']},{other['ip']},{MAC},x\n") == wanted


# -- other formats ---------------------------------------------------------------------------------------------------

OTHERS = {
    "our CSV": "site,ip,mac,hostname,kind,manufacturer,model,firmware,serial,status,compliance,certified_firmware\n",
    "our JSON": '[{"ip": "1", "mac": "64:16:7f:12:34:56", "model": "x", "firmware": "y", "discovered_by": "sip"}]',
    "our events": "time,scan,event,part,old,new,ip,mac,model,firmware,status,compliance,switch,switch_port\n",
    "our suspicions": "suspicion,what,site,ip,mac,manufacturer,model,status,switch,switch_port\n",
    "NetBox devices": "name,role,manufacturer,device_type,serial,site,mac_address,version\n",
    "Kea leases": "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n",
    "Windows leases": '"IPAddress","ScopeId","ClientId","HostName","AddressState","LeaseExpiryTime"\n',
    "Windows audit log": "ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name,TransactionID\n",
    "a web log": '{"remote_ip": "10.1.2.3", "request": "GET /", "user_agent": "x"}\n',
    "people": "Name,Phone,Room,Model\nAnn,123,4,x\n",
    "words": "mac, model and firmware are words\n",
    "nothing": "a,b\n1,2\n",
    "a program": 'COLUMNS = ("ip",\n    "mac", "hostname", "model", "firmware",\n)\n\n\ndef count():\n    return 1\n',
    "two lists of names": '    "ip", "mac", "model", "serial",\n' * 2,
    "a query": 'DEVICE = "d.id, d.site, d.ip, d.mac, d.model"\nWHERE = "d.ip = ?"\n',
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_something_else_is_not_a_table_of_phones(name: str) -> None:
    assert not table.looks_like(OTHERS[name].encode())


def test_no_other_format_takes_a_table() -> None:
    texts = [text for text, _, _ in EXPORTS.values()] + list(SPELLED.values())
    formats = [one for one in detect.formats().values() if one is not table.FORMAT]
    taken = [(one.name, text) for one, text in itertools.product(formats, texts) if one.looks_like(text.encode())]
    assert taken == []


@given(st.text(max_size=60))
def test_any_cell_is_a_mac_an_address_and_a_time_or_none(text: str) -> None:
    cells = [(part, text) for part in ("mac", "ip", "last-seen", "model", "serial", "hostname")]
    found = list(table_rows.observations(cells, 1, Context("x", NOW)))
    read = [one for one in found if not isinstance(one, Problem)]
    assert [one for one in read if one.time > NOW or not (one.mac or one.ip or names_subject(one.source))] == []


@pytest.mark.parametrize("spelled", ["00:1:6:4:5:f", "0001.0604.050F", "SEP00010604050F"])
def test_a_mac_is_read_in_every_notation(spelled: str) -> None:
    assert set(macs(items(f"MAC,Model,Firmware\n{spelled},T46U,108.86.0.90\n"))) == {"00:01:06:04:05:0f"}
