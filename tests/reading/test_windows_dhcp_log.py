"""The audit log of Windows DHCP Server, of each version and in each language."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.reading import latest, windows_dhcp_log
from tests.reading.inventories import inventoried
from tests.reading.leases import (
    CISCO,
    NOW,
    POLYCOM,
    POLYCOM_TEXT,
    check_detected_alone,
    check_every_cut,
    facts,
    items,
)

PHONE, OTHER = "64:16:7f:12:34:56", "c8:9c:1d:12:34:56"
TITLE = "\t\tMicrosoft DHCP Service Activity Log\n\n\nEvent ID  Meaning\n00\tThe log was started.\n\n"
HEADER = (
    "ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name, TransactionID, QResult,Probationtime, "
    "CorrelationID,Dhcid,VendorClass(Hex),VendorClass(ASCII),UserClass(Hex),UserClass(ASCII),RelayAgentInformation,"
    "DnsRegError.\n"
)


def row(
    event: int = 11, *, ip: str = "10.1.2.3", mac: str = "64167F123456", host: str = "", vendor: bytes = b"",
    text: str = "", user: bytes = b"", date: str = "11/19/26", what: str = "Renew",
) -> str:  # fmt: skip
    """A row of 19 columns."""
    vendor_hex, user_hex = (f"0x{octets.hex().upper()}" if octets else "" for octets in (vendor, user))
    tail = f"{vendor_hex},{text},{user_hex},,,0"
    return f"{event:02},{date},17:21:40,{what},{ip},{host},{mac},,1234567891,0,,,,{tail}\n"


FILE = (
    TITLE + HEADER + row(0, ip="", mac="", what="Started")
    + row(10, vendor=POLYCOM, text="6=oPoly,111-48450-001,1", what="Assign")
    + row(ip="10.1.2.4", mac="C89C1D123456", host="SEPC89C1D123456", vendor=CISCO.encode(), text=CISCO)
    + row(30, ip="10.1.2.3", mac="", what="DNS Update Request")
)  # fmt: skip
FACTS = {
    ("10.1.2.3", PHONE, "arp.mac", PHONE), ("10.1.2.3", PHONE, "dhcp.vendor-class", POLYCOM_TEXT),
    ("10.1.2.4", OTHER, "arp.mac", OTHER), ("10.1.2.4", OTHER, "dhcp.vendor-class", CISCO),
    ("10.1.2.4", OTHER, "dhcp.hostname", "SEPC89C1D123456"),
}  # fmt: skip
COLUMNS_2008 = "ID,Date,Time,Description,IP Address,Host Name,MAC Address\n"
BINDING = ("10.1.2.3", PHONE, "arp.mac", PHONE)


@pytest.mark.parametrize(
    "data",
    [
        FILE, FILE.replace("\n", "\r\n"), FILE.encode("utf-16"), "\ufeff" + FILE,
        FILE.partition("ID,")[2].partition("\n")[2],
        FILE.replace("Renew", "Erneuern").replace("ID,Date,Time", "ID,Datum,Uhrzeit").encode("latin-1"),
        FILE.replace("Renew", "Обновить").replace(TITLE, "Журнал\n").encode("cp1251"),
    ],
    ids=["as written", "CRLF", "UTF-16", "byte order mark", "rows alone", "German", "Russian"],
)  # fmt: skip
def test_rows_are_read_by_position_and_number_of_event(data: str | bytes) -> None:
    assert facts(data) == FACTS


def test_a_lease_has_the_time_of_its_row() -> None:
    found, _ = items(FILE)
    assert {one.time for one in found} == {"2026-11-19T17:21:40Z"}
    assert {one.source for one in found} == {"leases "}


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("04/05/26", "2026-04-05T17:21:40Z"), ("04/05/2026", "2026-04-05T17:21:40Z"),
        ("26/04/26", "2026-04-26T17:21:40Z"), ("05.04.26", "2026-04-05T17:21:40Z"),
        ("2026-04-05", "2026-04-05T17:21:40Z"),
    ],
)  # fmt: skip
def test_dates_in_each_order(date: str, time: str) -> None:
    assert {one.time for one in items(row(date=date))[0]} == {time}


def test_a_date_that_does_not_exist_is_reported() -> None:
    found, problems = items(row(date="02/31/26"))
    assert {one.time for one in found} == {NOW}
    assert [one.what for one in problems] == ["of 1 row the time cannot be read: taken as the time of reading"]


@pytest.mark.parametrize("event", [12, 13, 16, 17, 18])
def test_a_lease_that_ended_shows_nothing(event: int) -> None:
    ended = row(event, vendor=b"")
    assert facts(FILE + ended) == {one for one in FACTS if one[0] != "10.1.2.3"}
    assert facts(HEADER + row(vendor=POLYCOM) + ended + row()) == {BINDING}


def test_rows_that_ended_do_not_count_as_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "OCTETS", 50)
    kept = latest.LatestRows()
    for number in range(10):
        assert not kept.put(b"10.1.2.3", number, b"x" * 20)
        kept.drop(b"10.1.2.3")


def test_the_class_of_an_earlier_row_of_the_same_client_is_kept() -> None:
    """A phone that sends option 60 when it starts alone."""
    assert facts(FILE + row()) == FACTS
    other = facts(FILE + row(mac="C89C1D123457"))
    assert ("10.1.2.3", PHONE, "dhcp.vendor-class", POLYCOM_TEXT) not in other


@pytest.mark.parametrize(
    ("data", "facts_of"),
    [
        (COLUMNS_2008 + "10,11/19/08,17:21:40,Assign,10.1.2.3,,64167F123456\n",
         {BINDING}),
        (COLUMNS_2008.replace(",", " ", 1) + "10,11/19/08,17:21:40,Assign,10.1.2.3,a,64167F123456,\n",
         {BINDING, ("10.1.2.3", PHONE, "dhcp.hostname", "a")}),
        (HEADER + row(user=b"405HD"), {BINDING, ("10.1.2.3", PHONE, "dhcp.user-class", "405HD")}),
        (HEADER + row(vendor=b"AUDC", text="a,b,c", user=b"405HD"),
         {BINDING, ("10.1.2.3", PHONE, "dhcp.user-class", "405HD"), ("10.1.2.3", PHONE, "dhcp.vendor-class", "AUDC")}),
        (HEADER + row(mac="0164167F123456"), {BINDING}),
        (HEADER + row(host="BAD_ADDRESS"), {BINDING}),
    ],
    ids=["2008", "2003", "user class", "commas in a class", "client identifier", "an address in use"],
)  # fmt: skip
def test_further_forms_of_rows(data: str, facts_of: set[tuple[str, str, str, str]]) -> None:
    assert facts(data) == facts_of


def test_truncated_rows_are_named_and_replace_nothing() -> None:
    for cut in ("11,11/19/26,17:21:41,Renew,10.1.2.3,SEP", "11,11/19/26,17:21:41,Renew,10.1.2.3,,6416",
                row(vendor=POLYCOM)[:-60]):  # fmt: skip
        found, problems = items(FILE + cut)
        assert {(one.ip, one.mac, one.field, one.value) for one in found} == FACTS
        assert [(one.number, one.what) for one in problems] == [(FILE.count("\n") + 1, "the row is truncated")]


def test_a_row_without_a_mac_shows_the_class_of_its_client() -> None:
    found, problems = items(HEADER + row(mac="") + row(ip="10.1.2.9", mac="", vendor=b"yealink"))
    assert [(one.ip, one.mac, one.value) for one in found] == [("10.1.2.9", None, "yealink")]
    assert [one.missing for one in problems] == [False]


def test_many_problems_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_dhcp_log, "PROBLEMS", 2)
    _, problems = items(FILE + "11,11/19/26,17:21:41,Renew,10.1.2.3,SEP\n" * 5 + "x" * 20_000)
    assert [one.what for one in problems] == [
        "the row is truncated", "the row is truncated", "longer than a row of the log", "3 more rows are truncated",
    ]  # fmt: skip


def test_more_addresses_than_are_kept_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "ADDRESSES", 10)
    text = HEADER + "".join(row(ip=f"10.1.2.{number}", vendor=b"yealink") for number in range(1, 100))
    assert len(items(text)[0]) == 198


def test_a_cut_file_keeps_what_is_before() -> None:
    check_every_cut(FILE.encode(), "windows-dhcp-log")


def test_no_other_format_has_its_signature() -> None:
    check_detected_alone(FILE, "windows-dhcp-log")
    check_detected_alone(HEADER, "windows-dhcp-log")


@pytest.mark.adds_to("reading/test_windows_dhcp_log.py::test_rows_are_read_by_position_and_number_of_event")
def test_the_shared_sample(shared: Path, tmp_path: Path) -> None:
    rows = inventoried(shared / "sources" / "windows-dhcp-audit.log", tmp_path)
    assert {(row["ip"], row["mac"], row["model"]) for row in rows} == {
        ("10.20.0.61", "00:04:f2:00:06:01", "SoundPoint IP 601"),
        ("10.20.0.62", "c8:9c:1d:b5:c5:16", "CP-6961"),
    }
