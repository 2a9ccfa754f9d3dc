"""RADIUS accounting: detail files of FreeRADIUS and messages of ISE, as servers write them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.model import Observation
from scanner.reading import Context, Problem, detect, freeradius, ise
from scanner.reading.radius_sessions import SESSIONS, port_name
from tests.reading.inventories import NOW, inventoried

MAC = "64:16:7f:12:34:56"
VERSION = "Updater: 5.9.5.0614, App: 5.9.5.3182"


def pair(kind: str, number: int, value: bytes, *, declared: int | None = None) -> str:
    """An attribute-value pair as FreeRADIUS prints it: every octet that is not a letter or digit in octal digits."""
    size = len(value) if declared is None else declared
    octets = number.to_bytes(2, "big") + size.to_bytes(2, "big") + value
    return f"{kind}=" + "".join(chr(each) if chr(each).isalnum() and each < 128 else f"\\{each:03o}" for each in octets)


PAIRS = (
    pair("cdp-tlv", 1, b"Polycom VVX 411"),
    pair("cdp-tlv", 5, VERSION.encode()),
    pair("cdp-tlv", 4, b"\0\0\4\x90"),
    pair("lldp-tlv", 6, b"Polycom;VVX-VVX_411"),
    pair("lldp-tlv", 7, b"\0\x24\0\x24"),
    pair("lldp-tlv", 127, b"\x00\x12\xbb\x0aVVX 411"),
    pair("lldp-tlv", 127, b"\x00\x12\xbb\x09Polycom"),
    pair("dhcp-option", 60, bytes.fromhex("0000363d1a") + b"\2\7VVX 411\4\x0fSIP/5.9.5.3182/"),
    pair("dhcp-option", 55, bytes([1, 3, 6, 66])),
)


def record(status: str = "Start", *, at: int = 1_795_510_800, pairs: tuple[str, ...] = PAIRS, **more: str) -> str:
    attributes = {
        "User-Name": '"64167f123456"', "NAS-IP-Address": "198.18.0.9", "NAS-Identifier": '"sw-1"', "NAS-Port": "50107",
        "Framed-IP-Address": "198.18.0.5", "Calling-Station-Id": '"64-16-7F-12-34-56"', "NAS-Port-Type": "Ethernet",
        "Acct-Status-Type": status, "NAS-Port-Id": '"GigabitEthernet1/0/7"', "Acct-Session-Id": '"0000002A"',
    } | {name.replace("_", "-"): value for name, value in more.items()}  # fmt: skip
    lines = [f"{name} = {value}" for name, value in attributes.items() if value]
    lines += [f'Cisco-AVPair = "{each}"' for each in pairs]
    return "Tue Nov 24 09:00:00 2026\n" + "".join(f"\t{line}\n" for line in (*lines, f"Timestamp = {at}")) + "\n"


def read(octets: bytes | str, name: str | None = None) -> tuple[dict[str, str], list[Observation], list[Problem]]:
    """The values by field, observations and problems of a text."""
    stream = io.BytesIO(octets.encode() if isinstance(octets, str) else octets)
    items = list(detect.read(stream, Context("file", NOW), name))
    found = [item for item in items if isinstance(item, Observation)]
    return (
        {one.field: one.value for one in found},
        found,
        [item for item in items if isinstance(item, Problem)],
    )


EXPECTED = {
    "cdp.device-id": "Polycom VVX 411", "cdp.version": VERSION, "cdp.capabilities": "host,phone,two-port-mac-relay",
    "lldp.system-description": "Polycom;VVX-VVX_411", "lldp.capabilities": "bridge,telephone",
"lldp-med.model": "VVX 411", "lldp-med.manufacturer": "Polycom",
    "dhcp.vendor-class": "VVX 411;SIP/5.9.5.3182/", "dhcp.parameters": "1,3,6,66", "arp.mac": MAC,
    "switch.name": "sw-1", "switch.port": "Gi1/0/7", "switch.port-method": "radius",
}  # fmt: skip


def test_the_tlvs_of_a_session_are_fields_of_its_device_with_switch_and_port() -> None:
    values, found, problems = read(record())
    assert problems == []
    assert values == EXPECTED
    assert {(one.mac, one.ip, one.time, one.source) for one in found} == {
        (MAC, "198.18.0.5", "2026-11-24T09:00:00Z", "switches 198.18.0.9 radius Gi1/0/7")
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_line_end_and_encoding_yields_the_same(end: str, encoding: str) -> None:
    text = record() + record(Calling_Station_Id='"6416.7f12.3457"')
    assert read(text.replace("\n", end).encode(encoding))[1:] == read(text)[1:]


def test_a_stop_record_ends_address_and_port_and_keeps_what_the_device_announced() -> None:
    stop = record("Stop", at=1_795_514_400, pairs=(), Framed_IP_Address="")
    values, found, problems = read(record() + record("Interim-Update", pairs=PAIRS[:1]) + stop)
    assert problems == []
    assert values["cdp.version"] == VERSION
    assert not {"switch.port", "arp.mac"} & values.keys()
    assert {(one.ip, one.time) for one in found} == {(None, "2026-11-24T10:00:00Z")}


def test_a_stop_record_ends_its_own_session_alone() -> None:
    moved = record(at=1_795_514_000, Acct_Session_Id='"2B"', NAS_Port_Id='"GigabitEthernet1/0/8"')
    stop = record("2", at=1_795_514_400)
    values, found, _ = read(record("1") + moved + stop)
    assert values["switch.port"] == "Gi1/0/8"
    assert [one.value for one in found if one.field == "switch.port"] == ["Gi1/0/8"]


def test_a_switch_that_restarts_ends_its_sessions() -> None:
    restart = "Tue Nov 24 10:00:00 2026\n\tAcct-Status-Type = Accounting-On\n\tNAS-IP-Address = 198.18.0.9\n\n"
    assert "switch.port" not in read(record() + restart)[0]
    assert read(record() + restart.replace(".9\n", ".8\n"))[0]["switch.port"] == "Gi1/0/7"


def test_the_newest_value_of_a_tlv_counts_and_the_others_stay() -> None:
    update = record("Interim-Update", at=1_795_514_400, pairs=(pair("cdp-tlv", 5, b"App: 6.4.7"),))
    values, found, _ = read(record() + update)
    assert (values["cdp.version"], values["cdp.device-id"]) == ("App: 6.4.7", "Polycom VVX 411")
    assert len([one for one in found if one.field == "cdp.version"]) == 1


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"NAS_Port_Type": "Wireless-802.11", "NAS_Port_Id": '"capwap_918002b8"'}, "switch.port"),
        ({"Framed_IP_Address": "0.0.0.0"}, "arp.mac"),
        ({"Framed_IP_Address": ""}, "arp.mac"),
        ({"Calling_Station_Id": '"02-00-5E-00-00-00-extra"'}, "cdp.version"),
        ({"Calling_Station_Id": '"203.0.113.4"'}, "cdp.version"),
        ({"Calling_Station_Id": '"00-00-00-00-00-00"'}, "cdp.version"),
    ],
)
def test_what_a_record_does_not_have_is_not_made_up(change: dict[str, str], missing: str) -> None:
    values, _, problems = read(record(**change))  # type: ignore[arg-type]
    assert missing not in values
    assert problems == []


def test_a_record_without_framed_address_has_the_announced_one() -> None:
    address = b"\0\0\0\1\1\1\xcc\0\4" + bytes([198, 18, 0, 6])
    values, found, _ = read(record(pairs=(pair("cdp-tlv", 2, address),), Framed_IP_Address=""))
    assert {one.ip for one in found} == {"198.18.0.6"}
    assert values["arp.mac"] == MAC


def test_a_tlv_that_the_switch_cut_is_a_problem_and_is_not_used() -> None:
    cut = pair("cdp-tlv", 5, b"x" * 240, declared=300)
    values, _, problems = read(record(pairs=(cut, PAIRS[0])))
    assert "cdp.version" not in values
    assert [(one.number, one.what) for one in problems] == [(1, "a TLV of device-sensor that is cut, and is not used")]
    assert read(record(pairs=(pair("cdp-tlv", 5, b"App: 6.4", declared=9),)))[0]["cdp.version"] == "App: 6.4"


@pytest.mark.parametrize(
    "spelled",
    [
        "Vendor-Specific.Cisco.AVPair = ", "&Cisco-AVPair := ", "cisco-avpair = ", "Cisco-AVPair:0 = ",
        "Attr-26.9.1 = ", "H3C-Av-Pair += ",
    ],
)  # fmt: skip
def test_every_spelling_of_the_attribute_is_read(spelled: str) -> None:
    assert read(record().replace("Cisco-AVPair = ", spelled))[0]["cdp.version"] == VERSION


@pytest.mark.parametrize("spelled", ["{}", "0x{hex}", '"{twice}"'])
def test_every_form_of_a_value_is_read(spelled: str) -> None:
    octets = b"dhcp-option=\0\x0c\0\x08phone-12"
    twice = octets.decode().replace("\0", "\\\\000").replace("\x0c", "\\\\014").replace("\x08", "\\\\010")
    plain = octets.decode("latin-1") if spelled == "{}" else ""
    value = spelled.format(plain, hex=octets.hex(), twice=twice)
    assert read(record(pairs=())[:-1] + f"\tCisco-AVPair = {value}\n\n")[0]["dhcp.hostname"] == "phone-12"


@pytest.mark.parametrize(
    ("change", "time"),
    [
        ({"Timestamp": "1795510801"}, "2026-11-24T09:00:01Z"),
        ({"Event-Timestamp": '"Nov 24 2026 08:00:00 UTC"'}, "2026-11-24T08:00:00Z"),
        ({"Event-Timestamp": "1795510802"}, "2026-11-24T09:00:02Z"),
        ({}, "2026-11-24T09:00:00Z"),
        ({"Timestamp": "99999999999999999"}, "2026-11-24T09:00:00Z"),
    ],
)
def test_the_time_is_that_of_the_server(change: dict[str, str], time: str) -> None:
    text = record().replace("\tTimestamp = 1795510800\n", "".join(f"\t{k} = {v}\n" for k, v in change.items()))
    assert {one.time for one in read(text)[1]} == {time}
    assert {one.time for one in read(text.replace("Tue Nov 24 09:00:00 2026", "x"), "freeradius")[1]} == {
        time if change and "99999" not in str(change) else NOW
    }


OTHER = record(Calling_Station_Id='"64-16-7F-12-34-57"')


def test_a_file_that_is_cut_anywhere_keeps_what_is_before_the_cut() -> None:
    text = (OTHER + record()).encode()
    for size in range(len(OTHER), len(text), 7):
        _, found, _ = read(text[:size], "freeradius")
        assert {one.field for one in found if one.mac == MAC[:-1] + "7"} > {"cdp.version", "switch.port"}


def test_a_cut_record_is_named_and_its_last_line_is_not_used() -> None:
    text = OTHER + record()[: record().index("Updater") + 5]
    _, found, problems = read(text)
    assert "cdp.version" not in {one.field for one in found if one.mac == MAC}
    assert [(one.number, one.missing) for one in problems] == [(OTHER.count("\n") + 1, True)]


def test_records_without_blank_lines_and_foreign_lines_cost_no_record() -> None:
    text = record().rstrip("\n") + "\n" + OTHER + "x" * 200_000 + "\n\n" + OTHER.replace("-57", "-58") + "junk\n"
    _, found, problems = read(text)
    assert {one.mac for one in found} == {MAC, MAC[:-1] + "7", MAC[:-1] + "8"}
    assert [one.number for one in problems] == [44, 68]


def test_sessions_beyond_the_bounds_are_yielded_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.reading.radius_sessions.SESSIONS", 2)
    assert SESSIONS > 2
    text = "".join(record(Calling_Station_Id=f'"64-16-7F-12-34-{n:02x}"') for n in range(9))
    assert {one.mac for one in read(text)[1]} == {f"64:16:7f:12:34:{n:02x}" for n in range(9)}


@given(st.binary(max_size=60), st.sampled_from(["cdp-tlv", "lldp-tlv", "dhcp-option"]), st.integers(0, 65_535))
def test_any_octets_in_a_pair_cost_no_other_record(octets: bytes, kind: str, number: int) -> None:
    """For any TLV of any number, the other record of the file is read, and nothing raises."""
    _, found, _ = read(record(pairs=(pair(kind, number, octets),)) + OTHER)
    assert {one.field for one in found if one.mac == MAC[:-1] + "7"} > {"cdp.version"}


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("GigabitEthernet2/0/13", "Gi2/0/13"), ("TenGigabitEthernet1/1/4", "Te1/1/4"), ("FastEthernet0/1", "Fa0/1"),
        ("ge-0/0/1.0", "ge-0/0/1.0"), ("Ethernet12", "Ethernet12"), ("slot=1;port=2", "slot=1;port=2"), ("24", "24"),
    ],
)  # fmt: skip
def test_a_port_has_the_name_that_the_tables_of_its_switch_have(spelled: str, name: str) -> None:
    assert port_name(spelled) == name


HEAD = (
    "<181>Nov 24 09:00:00 ise01 CISE_{} 0000000007 1 0 2026-11-24 10:00:00.095 +01:00 0000000008 {} NOTICE {}: text, "
)
ACCOUNTING = HEAD.format("RADIUS_Accounting", "3002", "Radius-Accounting") + (
    "NetworkDeviceName=sw-1, NAS-IP-Address=198.18.0.9, Framed-IP-Address=198.18.0.5, Acct-Status-Type=Interim-Update, "
    "Calling-Station-ID=64-16-7F-12-34-56, NAS-Port-Type=Ethernet, NAS-Port-Id=GigabitEthernet1/0/7, "
    "Acct-Session-Id=2A, "
    "cisco-av-pair=cdp-tlv=cdpCacheDeviceId=Polycom VVX 411, cisco-av-pair=cdp-tlv=cdpCacheCapabilities=H\\;P\\;M, "
    "cisco-av-pair=cdp-tlv=cdpCacheVersion=Updater: 5.9.5.0614\\\\, App: 5.9.5.3182, "
    "cisco-av-pair=lldp-tlv=lldpSystemDescription=Polycom\\;VVX-VVX_411, "
    "cisco-av-pair=lldp-tlv=lldpSystemCapabilitiesMapEnabled=B\\;T, "
    "cisco-av-pair=dhcp-option=dhcp-parameter-request-list=1\\\\, 3\\\\, 6\\\\, 66, Response=\\{Class=x\\; \\}\n"
)
PROFILED = HEAD.format("Profiler", "80002", "Profiler") + (
    "EndpointIPAddress=198.18.0.5, EndpointMacAddress=64:16:7F:12:34:56, EndpointNADAddress=198.18.0.9, "
    "EndpointOUI=Polycom\\\\,Inc., EndpointProperty=cdpCacheDeviceId=Polycom VVX 411\\\\,NAS-Port-Type=Ethernet\\\\,"
    "NAS-Identifier=sw-1\\\\,cdpCacheAddress=0.0.0.0\\\\,cdpCacheVersion=Updater: 5.9.5.0614\\\\, App: 5.9.5.3182\\\\,"
    "cdpCacheCapabilities=H\\\\;P\\\\;M\\\\,NAS-Port-Id=GigabitEthernet1/0/7\\\\,"
    "lldpSystemDescription=Polycom\\\\;VVX-VVX_411\\\\,"
    "lldpCacheCapabilities=B\\\\;T\\\\,dhcp-parameter-request-list=1\\\\, 3\\\\, 6\\\\, 66, "
    "EndpointSourceEvent=RADIUS Probe\n"
)
OF_ISE = {field: value for field, value in EXPECTED.items() if "-med." not in field and field != "dhcp.vendor-class"}


@pytest.mark.parametrize("text", [ACCOUNTING, PROFILED], ids=["accounting", "profiler"])
def test_a_message_of_ise_has_the_fields_of_its_device_with_switch_and_port(text: str) -> None:
    assert detect.detect(text.encode()) is ise.FORMAT
    values, found, problems = read(text)
    assert problems == []
    assert values == OF_ISE
    assert {(one.mac, one.ip, one.time) for one in found} == {(MAC, "198.18.0.5", "2026-11-24T09:00:00Z")}


def test_a_tlv_without_a_name_of_ise_is_read_from_its_octets() -> None:
    octets = b"\0\5\0\x0bsip88xx.14-"
    pairs = (f"cdp-tlv={octets.hex(':')}", "cdp-tlv=00:06:00:ff:41", "dhcp-option=00:ff:00:00")
    more = "".join(f"cisco-av-pair={one}, " for one in pairs)
    text = ACCOUNTING.replace("cisco-av-pair=cdp-tlv=cdpCacheVersion=Updater: 5.9.5.0614\\\\, App: 5.9.5.3182, ", more)
    assert text != ACCOUNTING
    values, _, problems = read(text)
    assert values == OF_ISE | {"cdp.version": "sip88xx.14-"}
    assert problems == []


def test_a_message_of_the_local_store_has_no_prefix() -> None:
    local = ACCOUNTING[ACCOUNTING.index("2026-") :]
    assert read(local) == read(ACCOUNTING)


def test_a_message_in_several_parts_is_one_message() -> None:
    at = ACCOUNTING.index("Calling-Station-ID")
    start, rest = ACCOUNTING[:at].replace(" 1 0 ", " 2 0 "), ACCOUNTING[at:]
    part = f"<181>Nov 24 09:00:00 ise01 CISE_RADIUS_Accounting 0000000007 2 1 {rest}"
    assert read(f"{start}\n{part}") == read(ACCOUNTING)
    values, _, problems = read(f"{start}\n")
    assert values == {}
    assert [one.missing for one in problems] == [True]


def test_a_stop_message_of_ise_ends_address_and_port() -> None:
    values, _, _ = read(ACCOUNTING + ACCOUNTING.replace("Interim-Update", "Stop"))
    assert not {"switch.port", "arp.mac"} & values.keys()
    assert values["cdp.version"] == VERSION


def test_other_messages_of_ise_are_passed_over() -> None:
    other = HEAD.format("Administrative_and_Operational_Audit", "60188", "Administrator-Login") + "AdminName=x\n"
    assert read(other + ACCOUNTING + "\n" + other)[0] == OF_ISE


def test_the_phone_is_in_the_inventory_with_model_firmware_and_port(tmp_path: Path) -> None:
    for name, text in (("detail", record()), ("ise.log", ACCOUNTING)):
        path = tmp_path / name
        path.write_text(text)
        ((row),) = inventoried(path, tmp_path)
        assert (row["mac"], row["ip"], row["model"], row["firmware"]) == (MAC, "198.18.0.5", "VVX 411", "5.9.5.3182")
        assert (row["switch"], row["switch_port"]) == ("sw-1", "Gi1/0/7")


@pytest.mark.adds_to("test_the_phone_is_in_the_inventory_with_model_firmware_and_port")
def test_the_samples_yield_what_their_truth_states(shared: Path, tmp_path: Path) -> None:
    for name, form in (("freeradius-detail.txt", freeradius.FORMAT), ("ise-accounting-line.txt", ise.FORMAT)):
        assert detect.detect((shared / "sources" / name).read_bytes()) is form
    rows = [row for row in inventoried(shared / "sources/freeradius-detail.txt", tmp_path) if row["kind"] == "phone"]
    assert [(row["mac"], row["ip"], row["model"]) for row in rows] == [("c8:9c:1d:b5:c5:16", "10.10.0.61", "CP-6961")]
    assert (rows[0]["switch"], rows[0]["switch_port"]) == ("10.1.0.13", "Gi2/0/13")
    _, found, problems = read((shared / "sources/ise-accounting-line.txt").read_bytes())
    assert ({one.mac for one in found}, {one.ip for one in found}) == ({"54:e1:ad:00:00:01"}, {"192.0.2.155"})
    assert problems == []
