"""`execute dhcp lease-list` of FortiGate, with 5, 7 and 8 columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.reading import fortigate_leases
from tests.reading.leases import CISCO, NOW, check_detected_alone, check_every_cut, facts, items

PHONE, OTHER = "64:16:7f:12:34:56", "c8:9c:1d:12:34:56"
END = "Mon Sep 21 15:13:20 2026"
FIVE = f"""voice
IP            MAC-Address             Hostname        VCI             Expiry
10.1.2.3      {PHONE}       Ann Lee phone   yealink         {END}
10.1.2.4      {OTHER}       SEPC89C1D123456 {CISCO}    Mon Sep  7 01:02:03 2026
port15
IP            MAC-Address             Hostname        VCI             Expiry
10.1.3.5      {PHONE}                       yealink         {END}
10.1.3.6      {PHONE}       t46s                            {END}
"""
FACTS = {
    ("10.1.2.3", PHONE, "arp.mac", PHONE), ("10.1.2.3", PHONE, "dhcp.hostname", "Ann Lee phone"),
    ("10.1.2.3", PHONE, "dhcp.vendor-class", "yealink"),
    ("10.1.2.4", OTHER, "arp.mac", OTHER), ("10.1.2.4", OTHER, "dhcp.hostname", "SEPC89C1D123456"),
    ("10.1.2.4", OTHER, "dhcp.vendor-class", CISCO),
    ("10.1.3.5", PHONE, "arp.mac", PHONE), ("10.1.3.5", PHONE, "dhcp.vendor-class", "yealink"),
    ("10.1.3.6", PHONE, "arp.mac", PHONE), ("10.1.3.6", PHONE, "dhcp.hostname", "t46s"),
}  # fmt: skip
EIGHT = f"""lab
  IP            MAC-Address             Hostname            VCI      SSID                AP                 SERVER-ID           Expiry
  10.1.2.3      {PHONE}       sip-t46s            yealink  voice               AP-1               2                   {END}
  10.1.2.4      {OTHER.upper().replace(":", "-")}                           {CISCO}                                        2                   {END}
"""  # noqa: E501
SEVEN = f"""Vlan10
  IP            MAC-Address             Hostname            VCI                 SSID                AP                  Expiry
  10.1.2.3      {PHONE}       A-very-long-name-of-a-phone   yealink                                              {END}
"""  # noqa: E501
#: As it looks where blanks are lost in a mail.
COLLAPSED = f"""lan
  IP   MAC-Address  Hostname  VCI   Expiry
  10.1.2.3  {PHONE} t46s  yealink  {END}
  10.1.2.4  {PHONE}   yealink  {END}
  10.1.2.5  {PHONE} t46s    {END}
"""


@pytest.mark.parametrize(
    "data",
    [FIVE, FIVE.replace("\n", "\r\n"), FIVE.encode("utf-16"), "\ufeff" + FIVE, "FGT # execute dhcp lease-list\n" + FIVE,
     FIVE.replace("      ", "\t", 1)],
    ids=["as printed", "CRLF", "UTF-16", "byte order mark", "prompt", "a tab"],
)  # fmt: skip
def test_each_row_is_a_lease(data: str | bytes) -> None:
    assert facts(data) == FACTS


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (EIGHT, {("10.1.2.3", "sip-t46s"), ("10.1.2.3", "yealink"), ("10.1.2.4", CISCO)}),
        (SEVEN, {("10.1.2.3", "A-very-long-name-of-a-phone"), ("10.1.2.3", "yealink")}),
        (COLLAPSED, {("10.1.2.3", "t46s"), ("10.1.2.3", "yealink"), ("10.1.2.4", "yealink"), ("10.1.2.5", "t46s")}),
    ],
    ids=["8 columns", "a long name", "blanks are lost"],
)
def test_names_and_classes_of_other_tables(data: str, texts: set[tuple[str, str]]) -> None:
    assert {(ip, value) for ip, _, field, value in facts(data) if field != "arp.mac"} == texts


def test_the_time_is_that_of_the_list_and_not_after_the_end() -> None:
    found, _ = items(FIVE.replace(END, "Fri Jan  1 00:00:00 2027"))
    assert {(one.ip, one.time) for one in found} == {
        ("10.1.2.3", NOW), ("10.1.2.4", "2026-09-07T01:02:03Z"), ("10.1.3.5", NOW), ("10.1.3.6", NOW),
    }  # fmt: skip


def test_rows_that_are_damaged_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fortigate_leases, "PROBLEMS", 1)
    found, problems = items(FIVE + f"10.1.2.9   {PHONE}\n10.1.2.10   64:16\n" + "x" * 5_000 + "\n")
    assert {(one.ip, one.mac, one.field, one.value) for one in found} == FACTS
    assert [(one.number, one.what) for one in problems] == [
        (9, "a row without the end of its lease: it may be truncated"),
        (11, "longer than a row of the list"),
        (0, "1 more rows are without the end of their lease"),
    ]
    _, problems = items(FIVE + "10.1.2.9   64:16   " + END)
    assert [(one.number, one.what) for one in problems] == [(9, "a row without a mac or the end of its lease")]


def test_the_last_row_of_an_address_counts() -> None:
    assert facts(FIVE + FIVE) == FACTS
    assert facts(FIVE.replace(PHONE, OTHER) + FIVE) == FACTS
    assert facts(FIVE + EIGHT) == FACTS | {("10.1.2.3", PHONE, "dhcp.hostname", "sip-t46s")}


def test_a_cut_file_keeps_what_is_before() -> None:
    check_every_cut(FIVE.encode(), "fortigate-leases")


def test_no_other_format_has_its_signature() -> None:
    for sample in (FIVE, SEVEN, EIGHT, COLLAPSED):
        check_detected_alone(sample, "fortigate-leases")


@pytest.mark.adds_to("reading/test_fortigate_leases.py::test_each_row_is_a_lease")
def test_the_shared_sample(shared: Path) -> None:
    found = facts((shared / "sources" / "fortinet-dhcp-lease-list.txt").read_bytes())
    assert ("10.0.0.4", "cc:cc:cc:cc:cc:cc", "dhcp.vendor-class", "MSFT 5.0") in found
    assert ("10.0.0.6", "ee:ee:ee:ee:ee:ee", "dhcp.hostname", "Joes Phone") in found
    assert ("192.168.4.101", "08:5b:0e:48:48:48", "dhcp.hostname", "FortiAP-FP221C") in found
