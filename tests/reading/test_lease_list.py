"""Leases as JSON and CSV: Kea's control channel, OPNsense, pfSense, Infoblox."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.reading import detect, lease_list
from tests.reading.leases import POLYCOM, POLYCOM_TEXT, check_detected_alone, check_every_cut, facts, items

PHONE = "64:16:7f:12:34:56"
BINDING = ("10.1.2.3", PHONE, "arp.mac", PHONE)
NAME = ("10.1.2.3", PHONE, "dhcp.hostname", "SIP-T46S")
VENDOR = ("10.1.2.3", PHONE, "dhcp.vendor-class", "yealink")
TIME = "2026-11-22T03:00:00Z"

KEA: dict[str, Any] = {
    "cltt": 1795316400, "fqdn-fwd": False, "fqdn-rev": False, "hostname": "SIP-T46S", "hw-address": PHONE,
    "ip-address": "10.1.2.3", "state": 0, "subnet-id": 44, "valid-lft": 3600, "client-id": f"01:{PHONE}",
    "user-context": {"ISC": {"client-classes": ["ALL", "VENDOR_CLASS_yealink", "UNKNOWN"]}},
}  # fmt: skip
OPNSENSE: dict[str, Any] = {
    "address": "10.1.2.3", "starts": "2026/11/22 03:00:00", "ends": "2026/11/22 05:00:00", "cltt": 4,
    "binding": "active", "uid": "", "client-hostname": "SIP-T46S", "type": "dynamic", "status": "online", "descr": "",
    "mac": PHONE,    "hostname": "SIP-T46S", "state": "active", "man": "Polycom", "if": "opt1", "if_descr": "VOICE",
}  # fmt: skip


def kea(*leases: dict[str, Any]) -> str:
    """The response of Kea."""
    text = f"{len(leases)} IPv4 lease(s) found."
    return json.dumps([{"arguments": {"count": len(leases), "leases": leases}, "result": 0, "text": text}])


def rows(*leases: dict[str, Any]) -> str:
    """The response of OPNsense."""
    return json.dumps(
        {"total": len(leases), "rowCount": 50, "current": 1, "rows": leases, "interfaces": {"opt1": "VOICE"}}
    )


LISTS: dict[str, tuple[str, set[tuple[str, str, str, str]]]] = {
    "Kea, lease4-get-all": (kea(KEA), {BINDING, NAME, VENDOR}),
    "Kea, lease4-get": (json.dumps({"arguments": KEA, "result": 0, "text": "found."}), {BINDING, NAME, VENDOR}),
    "Kea, indented": (json.dumps(json.loads(kea(KEA)), indent=2), {BINDING, NAME, VENDOR}),
    "Kea without a context": (kea({k: v for k, v in KEA.items() if k != "user-context"}), {BINDING, NAME}),
    "Kea, a vendor class in the context": (
        kea(KEA | {"user-context": {"vendor-class": "yealink"}}), {BINDING, NAME, VENDOR},
    ),
    "Kea, option 60 in hexadecimal": (
        kea(KEA | {"user-context": {"option60": "0x" + POLYCOM.hex()}}),
        {BINDING, NAME, ("10.1.2.3", PHONE, "dhcp.vendor-class", POLYCOM_TEXT)},
    ),
    "Kea without a hardware address": (kea(KEA | {"hw-address": ""}), {BINDING, NAME, VENDOR}),
    "OPNsense, ISC": (rows(OPNSENSE), {BINDING, NAME}),
    "OPNsense, Kea": (
        rows({"if_name": "em1", "address": "10.1.2.3", "hwaddr": PHONE, "client_id": "", "valid_lifetime": 3600,
              "expire": 1795320000, "hostname": "SIP-T46S", "state": 0, "user_context": "", "mac_info": "Polycom"}),
        {BINDING, NAME},
    ),
    "Infoblox, WAPI": (
        json.dumps([{"_ref": "lease/x:10.1.2.3/default", "address": "10.1.2.3", "binding_state": "ACTIVE",
                     "client_hostname": '"SIP-T46S"', "hardware": PHONE, "starts": 1795316400, "ends": 1795320000}]),
        {BINDING, NAME},
    ),
    "Infoblox, CSV": (
        "header-lease,ip_address,mac_address,hostname,starts,ends,binding_state\n"
        f"lease,10.1.2.3,{PHONE},SIP-T46S,2026-11-22 03:00:00,2026-11-22 05:00:00,ACTIVE\n",
        {BINDING, NAME},
    ),
    "pfSense, CSV": (
        '"IP Address","MAC Address","Hostname","Description","Start","End","Online","Lease Type"\n'
        f'"10.1.2.3","{PHONE}","SIP-T46S","a ""b""","2026/11/22 03:00:00","2026/11/22 05:00:00","online","active"\n',
        {BINDING, NAME},
    ),
    "semicolons, option 60 as text and a title": (
        "Leases\n\nIP;MAC;Client hostname;Vendor class;Lease start;Lease end\n"
        f"10.1.2.3;{PHONE.replace(':', '-').upper()};SIP-T46S;yealink;2026-11-22T04:00:00+01:00;2026-11-22T05:00Z\n",
        {BINDING, NAME, VENDOR},
    ),
    "option 60 in hexadecimal with colons": (
        f"IP address,MAC address,VCI,Starts,Ends\n10.1.2.3,{PHONE},{b'yealink'.hex(':')},2026-11-22 03:00:00,\n",
        {BINDING, VENDOR},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_leases_of_a_list_are_read_at_their_last_transaction_or_begin(name: str, end: str) -> None:
    text, wanted = LISTS[name]
    text = text.replace("\n", end)
    assert detect.detect(text.encode()) is lease_list.FORMAT
    assert facts(text) == wanted
    assert {one.time for one in items(text)[0]} == {TIME}
    check_detected_alone(text, "lease-list")


@pytest.mark.parametrize("state", [1, 2, 3, 4])
def test_a_lease_of_kea_that_is_not_in_use_shows_nothing(state: int) -> None:
    assert facts(kea(KEA, KEA | {"ip-address": "10.1.2.4", "state": state})) == {BINDING, NAME, VENDOR}
    assert facts(kea(KEA, KEA | {"ip-address": "10.1.2.4", "valid-lft": 0})) == {BINDING, NAME, VENDOR}


@pytest.mark.parametrize("state", ["expired", "free", "RELEASED", "abandoned", "backup", "static"])
def test_a_lease_of_other_servers_that_is_not_in_use_shows_nothing(state: str) -> None:
    assert facts(rows(OPNSENSE, OPNSENSE | {"address": "10.1.2.4", "binding": state, "state": ""})) == {BINDING, NAME}


def test_an_end_alone_is_the_latest_time() -> None:
    text = f"IP,MAC,Expires\n10.1.2.3,{PHONE},2026-11-22 03:00:00\n"
    assert [(one.time, one.field) for one in items(text, now="2026-11-23T02:00:00Z")[0]] == [(TIME, "arp.mac")]


@pytest.mark.parametrize(
    "spelled", ["11/22/2026 3:00:00 AM", "22.11.2026 03:00", "1795316400000", "2026/11/22 03:00:00"]
)
def test_a_begin_is_read_as_servers_and_spreadsheets_write_it(spelled: str) -> None:
    text = f"IP,MAC,Starts,Ends\n10.1.2.3,{PHONE},{spelled},\n"
    assert {one.time for one in items(text, now="2026-11-23T02:00:00Z")[0]} == {TIME}


def test_a_lease_of_dhcpv6_has_the_mac_of_its_duid() -> None:
    lease = {
        "cltt": 1795316400,
        "duid": f"00:03:00:01:{PHONE}",
        "iaid": 7,
        "ip-address": "2001:db8::7",
        "valid-lft": 60,
    }
    assert facts(kea(lease)) == {("2001:db8::7", PHONE, "arp.mac", PHONE)}


def test_a_damaged_row_is_named_and_costs_no_other() -> None:
    text = f"IP,MAC,Start,End\n10.1.2.3,{PHONE},2026-11-22 03:00:00,\n10.1.2.4,x\n"
    observations, problems = items(text)
    assert [(one.ip, one.value) for one in observations] == [("10.1.2.3", PHONE)]
    assert [(one.number, one.what) for one in problems] == [(3, "not a row of as many cells as there are headings")]


@pytest.mark.parametrize("text", [kea(KEA, KEA | {"ip-address": "10.1.2.4"}), LISTS["pfSense, CSV"][0]])
def test_a_list_that_is_cut_loses_what_is_behind_the_cut(text: str) -> None:
    check_every_cut(text.encode(), "lease-list")


@pytest.mark.parametrize(
    "text",
    [
        "IP address,MAC address,Model\n", "IP,MAC,Model,Firmware,Expires\n", '{"ip": "10.1.2.3", "mac": "x"}',
        "IP address,MAC address,Interface\n", '[{"address": "10.1.2.3", "starts": 1}]',
    ],
)  # fmt: skip
def test_other_tables_are_not_lists_of_leases(text: str) -> None:
    assert not lease_list.FORMAT.looks_like(text.encode())
