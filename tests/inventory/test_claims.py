"""Macs that responses, certificates and logs claim: which identify their device, and which identify nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

X, Y, Z = "10.1.0.5", "10.1.0.6", "10.1.0.9"
POLY, POLY2, YEALINK, YEALINK2 = "64:16:7f:00:00:01", "64:16:7f:00:00:02", "80:5e:c0:00:00:01", "80:5e:c0:00:00:02"
CISCO, DELL, SNOM = "00:1b:54:aa:bb:cc", "a4:bb:6d:00:00:01", "00:04:13:00:00:01"
V411, V501, T58 = "PolycomVVX-VVX_411-UA/5.9.0.9373", "PolycomVVX-VVX_501-UA/5.9.0.9373", "Yealink SIP-T58A 58.15.0.20"
DEFAULT = "00:15:65:00:00:01"

Row = dict[str, Any]


def arp(ip: str, mac: str, source: str = "arp eth0") -> Row:
    return {"ip": ip, "mac": mac, "field": "arp.mac", "value": mac, "source": source}


def sip(ip: str, banner: str, mac: str | None = None) -> Row:
    return {"ip": ip, "mac": mac, "field": "sip.user-agent", "value": banner, "source": f"sip {ip}:5060"}


def own(banner: str, mac: str) -> str:
    """A User-Agent that contains a mac, as Polycom and Yealink write it."""
    return f"{banner}_{mac.replace(':', '')}" if banner.startswith("Polycom") else f"{banner} {mac}"


def certificate(ip: str, mac: str = DEFAULT, maker: str = "Yealink") -> Row:
    value = f"CN={mac.replace(':', '').upper()},O={maker}"
    return {"ip": ip, "field": "https.cert-subject", "value": value, "source": f"http {ip}:443"}


def lldp(mac: str, value: str, field: str = "lldp.system-name") -> Row:
    return {"mac": mac, "field": field, "value": value, "source": "switches 10.0.0.1 lldp 0.1.1"}


def log(ip: str, value: str, mac: str) -> Row:
    return {
        "ip": ip,
        "mac": mac,
        "field": "provisioning.user-agent",
        "value": value,
        "source": "provisioning access.log",
    }


def lease(ip: str, mac: str) -> Row:
    return {"ip": ip, "mac": mac, "field": "dhcp.vendor-class", "value": "yealink", "source": "dhcp eth0"}


def descr(ip: str, value: str) -> Row:
    return {"ip": ip, "field": "snmp.sysdescr", "value": value, "source": f"snmp {ip}"}


ROUTER = "Cisco IOS Software, C880 Software (C880DATA-UNIVERSALK9-M), Version 15.4(3)M3, RELEASE SOFTWARE (fc2)"

Case = tuple[list[list[Row]], set[tuple[str | None, str | None]], set[str]]
#: case → nights, rows as (mac, model), and the macs whose claim is a conflict
CASES: dict[str, Case] = {
    "a certificate that no other source contradicts": (
        [[certificate(X, YEALINK), sip(X, T58)]], {(YEALINK, "T58A")}, set(),
    ),
    "one default certificate, and the neighbour table": (
        [[certificate(X), sip(X, T58), arp(X, YEALINK)]], {(YEALINK, "T58A")}, {DEFAULT},
    ),
    "a default certificate of two phones in the neighbour table": (
        [[*(certificate(ip) for ip in (X, Y)), *(sip(ip, T58) for ip in (X, Y)), arp(X, YEALINK), arp(Y, YEALINK2)]],
        {(YEALINK, "T58A"), (YEALINK2, "T58A")}, {DEFAULT},
    ),
    "a default certificate of two phones by address": (
        [[*(certificate(ip) for ip in (X, Y)), sip(X, T58), sip(Y, "Yealink SIP-T46S 66.86.0.15")]],
        {(None, "T58A"), (None, "T46S")}, {DEFAULT},
    ),
    "a default certificate of two phones, of which the table has one": (
        [[*(certificate(ip) for ip in (X, Y)), *(sip(ip, T58) for ip in (X, Y)), arp(X, YEALINK)]],
        {(YEALINK, "T58A"), (None, "T58A")}, {DEFAULT},
    ),
    "a computer claims the mac of a phone that is known by its own response": (
        [[sip(X, own(V411, POLY)), sip(Y, own(V501, POLY)), arp(Y, DELL)]],
        {(POLY, "VVX 411"), (DELL, "VVX 501")}, {POLY},
    ),
    "a default certificate of ten phones by address": (
        [[row for n in range(20, 30) for row in (certificate(f"10.1.0.{n}"), sip(f"10.1.0.{n}", T58))]],
        {(None, "T58A")}, {DEFAULT},
    ),
    "a default certificate beside the mac in the phone's own response": (
        [[certificate(X), sip(X, own(T58, YEALINK))]], {(YEALINK, "T58A")}, {DEFAULT},
    ),
    "the mac as serial number by SNMP, and another one in the banner": (
        [[{**descr(X, "64167F000001"), "field": "snmp.entity-serial"}, sip(X, own(V411, POLY2))]],
        {(POLY, "VVX 411")}, {POLY2},
    ),
    "a default certificate, and a lease": (
        [[certificate(X), sip(X, T58), lease(X, YEALINK)]],
        {(YEALINK, "T58A")}, {DEFAULT},
    ),
    "a banner with a mac that has a lease of another address": (
        [[sip(X, own(T58, YEALINK)), lease(Y, YEALINK)]], {(YEALINK, None), (None, "T58A")}, {YEALINK},
    ),
    "a computer whose banner contains the mac of a phone": (
        [[sip(X, V411), arp(X, POLY), sip(Y, own(V501, POLY)), arp(Y, DELL)]],
        {(POLY, "VVX 411"), (DELL, "VVX 501")}, {POLY},
    ),
    "the same without the neighbour table's row of the computer": (
        [[sip(X, V411), arp(X, POLY), sip(Y, own(V501, POLY))]], {(POLY, "VVX 411"), (None, "VVX 501")}, {POLY},
    ),
    "a false claim hours after the table": (
        [[sip(X, V411), arp(X, POLY)], [sip(X, V411), arp(X, POLY), sip(Y, own(V501, POLY)), arp(Y, DELL)]],
        {(POLY, "VVX 411"), (DELL, "VVX 501")}, {POLY},
    ),
    "three hosts claim the mac of one phone": (
        [[sip(X, V411), arp(X, POLY), *(sip(f"10.1.0.{n}", own(V501, POLY)) for n in (20, 21, 22))]],
        {(POLY, "VVX 411"), (None, "VVX 501")}, {POLY},
    ),
    "a cloned User-Agent at two addresses": (
        [[sip(X, own(V411, POLY)), sip(Y, own(V411, POLY))]], {(None, "VVX 411")}, {POLY},
    ),
    "a cloned User-Agent, of which the table has one": (
        [[sip(X, own(V411, POLY)), arp(X, POLY), sip(Y, own(V411, POLY))]],
        {(POLY, "VVX 411"), (None, "VVX 411")}, {POLY},
    ),
    "two addresses of one phone in the table": (
        [[sip(X, own(V411, POLY)), arp(X, POLY), sip(Y, own(V411, POLY)), arp(Y, POLY)]], {(POLY, "VVX 411")}, set(),
    ),
    "a phone that moves, known by its responses": (
        [[sip(X, own(V411, POLY))], [sip(Y, own(V411, POLY))]], {(POLY, "VVX 411")}, set(),
    ),
    "a phone that moves, and a stale row of the router": (
        [
            [sip(X, own(V411, POLY)), arp(X, POLY)],
            [sip(Y, own(V411, POLY)), arp(X, POLY, "switches 10.0.0.254 arp 1")],
        ],
        {(POLY, "VVX 411")}, set(),
    ),
    "the mac of another maker in a banner": ([[sip(X, own(V411, SNOM))]], {(None, "VVX 411")}, set()),
    "the certificate of another maker": (
        [[certificate(X, DEFAULT, "Polycom Inc."), sip(X, V411), arp(X, POLY)]], {(POLY, "VVX 411")}, set(),
    ),
    "a router that repeats the banner of the phone behind it": (
        [[arp(X, CISCO), descr(X, ROUTER), sip(X, own(T58, YEALINK)), sip(Z, T58), arp(Z, YEALINK)]],
        {(YEALINK, "T58A")}, set(),
    ),
    "a router that repeats the banner of a phone that a switch reports": (
        [[descr(X, ROUTER), sip(X, own(T58, YEALINK)), lldp(YEALINK, "SIP-T58A")]], {(YEALINK, "T58A")}, set(),
    ),
    "a phone behind proxy ARP": (
        [[*(arp(ip, CISCO) for ip in (X, Y)), sip(X, own(T58, YEALINK)), sip(Y, own(V411, POLY))]],
        {(YEALINK, "T58A"), (POLY, "VVX 411")}, set(),
    ),
    "a phone behind a NAT router that shows the banner of another": (
        [[log(X, T58, YEALINK), sip(X, "Yealink SIP-T46S 66.86.0.15"), descr(X, ROUTER)]], {(YEALINK, "T58A")}, set(),
    ),
    "a computer has the address of a phone on the next day": (
        [[sip(X, V411), arp(X, POLY)], [descr(X, "Linux pbx-1 5.15.0-91-generic #101-Ubuntu SMP x86_64")]],
        {(POLY, "VVX 411")}, set(),
    ),
    "a frame of a routed packet": ([[sip(X, own(T58, YEALINK), CISCO)]], {(YEALINK, "T58A")}, set()),
    "a frame of the phone itself": ([[sip(X, T58, YEALINK), certificate(X)]], {(YEALINK, "T58A")}, {DEFAULT}),
    "a log of phones behind a NAT router": (
        [[*(row for n, mac in enumerate((YEALINK, YEALINK2), 20) for row in (
            sip(f"10.1.0.{n}", T58), arp(f"10.1.0.{n}", mac), log("192.0.2.1", T58, mac)))]],
        {(YEALINK, "T58A"), (YEALINK2, "T58A")}, set(),
    ),
    "a certificate of a phone behind a NAT router, and a log of others there": (
        [[certificate(X, YEALINK), sip(X, T58), log(X, T58, YEALINK2), log(X, T58, DEFAULT)]],
        {(YEALINK, "T58A")}, set(),
    ),
    "a response and a log at one address": ([[sip(X, V411), log(X, V411, POLY)]], {(POLY, "VVX 411")}, set()),
    "the port id of a computer's frame is the phone's mac": (
        [[arp(X, POLY), sip(X, V411), lldp(DELL, POLY, "lldp.port-id"), lldp(DELL, "PC-0815")]],
        {(POLY, "VVX 411")}, set(),
    ),
}  # fmt: skip


def shown(store: Any) -> set[tuple[str | None, str | None]]:
    return {(row["mac"], row["model"]) for row in store.rows()}


def conflicts(store: Any) -> set[str]:
    return {
        old
        for kind, part, old in store.sql("SELECT kind, part, old FROM events WHERE kind = 'conflict'")
        if part == "mac"
    }


@pytest.mark.parametrize("case", CASES)
def test_what_a_claimed_mac_identifies(store: Any, case: str) -> None:
    nights, want, claimed = CASES[case]
    for night, rows in enumerate(nights, 1):
        store.feed(rows, store.day(night))
    assert shown(store) == want
    assert conflicts(store) <= claimed


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_order_of_reading_decides_nothing(store: Any, other: Any, case: str) -> None:
    nights, want, _ = CASES[case]
    rows = [{**row, "time": store.day(night)} for night, rows in enumerate(nights, 1) for row in rows]
    store.feed(rows)
    random.Random(case).shuffle(rows)
    for row in rows:
        other.feed([row])
    names = ("mac", "ip", "model", "status")
    assert sorted(map(str, other.brief(*names))) == sorted(map(str, store.brief(*names)))
    assert shown(other) == want


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case, (_, _, claimed) in CASES.items() if claimed])
def test_a_false_claim_is_one_event_that_names_the_claimant(store: Any, case: str) -> None:
    nights, _, claimed = CASES[case]
    for night in range(1, 6):
        store.feed([row for rows in nights for row in rows], store.day(night))
    found = store.sql("SELECT device_id, part, old, new, note FROM events WHERE kind = 'conflict'")
    assert {old for _, part, old, _, _ in found if part == "mac"} == claimed
    assert len({row[:4] for row in found}) == len(found)
    assert all("10.1.0." in note for *_, note in found)


def test_a_claim_that_the_table_confirms_later_identifies_its_device(store: Any) -> None:
    store.feed([sip(X, own(V411, POLY)), sip(Y, own(V411, POLY))], store.day(1))
    assert shown(store) == {(None, "VVX 411")}
    store.feed([sip(X, own(V411, POLY)), arp(X, POLY), sip(Y, own(V411, POLY)), arp(Y, POLY)], store.day(1))
    assert shown(store) == {(POLY, "VVX 411")}
    assert store.sql("SELECT count(*) FROM disputed") == [(0,)]
