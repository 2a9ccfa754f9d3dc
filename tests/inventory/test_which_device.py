"""Attribution of observations to devices: scenes from real networks, and the devices that are there."""

from __future__ import annotations

from typing import Any

import pytest

X, Y, Z = "10.1.0.5", "10.1.0.6", "10.1.0.9"
POLY, POLY2, YEALINK, CISCO, DELL = (
    "64:16:7f:00:00:01",
    "64:16:7f:00:00:02",
    "80:5e:c0:00:00:01",
    "00:1b:54:aa:bb:cc",
    "a4:bb:6d:00:00:01",
)
V411, V501, T58 = "PolycomVVX-VVX_411-UA/5.9.0.9373", "PolycomVVX-VVX_501-UA/5.9.0.9373", "Yealink SIP-T58A 58.15.0.20"
OLD411 = "PolycomVVX-VVX_411-UA/5.8.3.3066"

Row = dict[str, Any]


def arp(ip: str, mac: str, **more: Any) -> Row:
    return {"ip": ip, "mac": mac, "field": "arp.mac", "value": mac, "source": "arp eth0", **more}


def sip(ip: str, banner: str, mac: str | None = None, **more: Any) -> Row:
    return {"ip": ip, "mac": mac, "field": "sip.user-agent", "value": banner, "source": f"sip {ip}:5060", **more}


def lldp(mac: str, value: str, field: str = "lldp.system-name", **more: Any) -> Row:
    return {"mac": mac, "field": field, "value": value, "source": "switches 10.0.0.1 lldp 0.1.1", **more}


def ip_fact(ip: str, field: str, value: str) -> Row:
    return {"ip": ip, "field": field, "value": value, "source": f"{field.split('.')[0]} {ip}"}


#: scene → scans, one each night → rows of the inventory as (mac, ip, model)
SCENES: dict[str, tuple[list[list[Row]], set[tuple[str | None, str | None, str | None]]]] = {
    "a phone seen by LLDP, then by ARP, then by SIP": (
        [[lldp(POLY, "Polycom VVX 411")], [arp(X, POLY)], [sip(X, V411)]],
        {(POLY, X, "VVX 411")},
    ),
    "the mac of a phone known by address is learned while it responds": (
        [[sip(X, V411)], [sip(X, V411), arp(X, POLY)]],
        {(POLY, X, "VVX 411")},
    ),
    "the mac of a phone known by address is learned from a table of the next day": (
        [[sip(X, V411)], [arp(X, POLY)]],
        {(POLY, X, "VVX 411")},
    ),
    "a phone with the mac of another manufacturer, in a switch's rows under two addresses": (
        [[lldp(POLY, "SIP-T58A", ip=X), lldp(POLY, "SIP-T58A", ip=Y, source="switches 10.0.0.1 lldp 9.2.1")]],
        {(POLY, X, "T58A")},
    ),
    "a router's mac at the IPv6 addresses of two phones": (
        [[arp("fd00::5", CISCO), sip("fd00::5", V411), arp("fd00::6", CISCO), sip("fd00::6", T58)]],
        {(None, "fd00::5", "VVX 411"), (None, "fd00::6", "T58A")},
    ),
    "one phone with an address of each kind": (
        [[arp(X, POLY), sip(X, V411), arp("fd00::5", POLY), sip("fd00::5", V411)]],
        {(POLY, X, "VVX 411")},
    ),
    "a DHCP move": (
        [[arp(X, POLY), sip(X, V411)], [arp(Z, POLY), sip(Z, V411)]],
        {(POLY, Z, "VVX 411")},
    ),
    "five DHCP moves": (
        [[arp(f"10.1.0.{n}", POLY), sip(f"10.1.0.{n}", V411)] for n in range(1, 6)],
        {(POLY, "10.1.0.5", "VVX 411")},
    ),
    "a new address every night for three weeks": (
        [[arp(f"10.1.{n}.1", POLY), sip(f"10.1.{n}.1", V411)] for n in range(1, 22)],
        {(POLY, "10.1.21.1", "VVX 411")},
    ),
    "a phone moves and moves back": (
        [[arp(ip, POLY), sip(ip, V411)] for ip in (X, Z, X, Z, X)],
        {(POLY, X, "VVX 411")},
    ),
    "a phone replaced by another model": (
        [[arp(X, POLY), sip(X, V411)], [arp(X, YEALINK), sip(X, T58)]],
        {(POLY, None, "VVX 411"), (YEALINK, X, "T58A")},
    ),
    "a phone replaced by one of the same model and firmware": (
        [[arp(X, POLY), sip(X, V411)], [arp(X, POLY2), sip(X, V411)]],
        {(POLY, None, "VVX 411"), (POLY2, X, "VVX 411")},
    ),
    "the new phone is known by address alone": (
        [[arp(X, POLY), sip(X, V411)], [sip(X, T58)]],
        {(POLY, None, "VVX 411"), (None, X, "T58A")},
    ),
    "both are known by address alone: nothing identifies the old one any more": (
        [[sip(X, V411)], [sip(X, T58)]],
        {(None, X, "T58A")},
    ),
    "an update is not another phone": ([[sip(X, OLD411)], [sip(X, V411)]], {(None, X, "VVX 411")}),
    "an unidentified device that reports its model later is the same device": (
        [[sip(X, "SIP UA")], [sip(X, "SIP UA"), ip_fact(X, "snmp.sysdescr", "Polycom VVX 411")]],
        {(None, X, "VVX 411")},
    ),
    "a phone moves, and one without a mac gets its address": (
        [[arp(X, POLY), sip(X, V411)], [arp(Z, POLY), sip(Z, V411), sip(X, V411)]],
        {(POLY, Z, "VVX 411"), (None, X, "VVX 411")},
    ),
    "phones swap addresses": (
        [
            [arp(X, POLY), sip(X, V411), arp(Z, POLY2), sip(Z, V501)],
            [arp(Z, POLY), sip(Z, V411), arp(X, POLY2), sip(X, V501)],
        ],
        {(POLY, Z, "VVX 411"), (POLY2, X, "VVX 501")},
    ),
    "a PC gets the address of a phone that left": (
        [[sip(X, V411), arp(X, POLY)], [arp(X, DELL)]],
        {(POLY, None, "VVX 411")},
    ),
    "proxy ARP": (
        [[sip(f"10.1.0.{n}", V411, CISCO) for n in range(1, 5)]],
        {(None, f"10.1.0.{n}", "VVX 411") for n in range(1, 5)},
    ),
    "proxy ARP in a table of its own": (
        [[arp(f"10.1.0.{n}", CISCO) for n in range(1, 5)] + [sip(f"10.1.0.{n}", V411) for n in range(1, 5)]],
        {(None, f"10.1.0.{n}", "VVX 411") for n in range(1, 5)},
    ),
    "proxy ARP after the phones were known": (
        [[sip(f"10.1.0.{n}", V411) for n in range(1, 5)], [arp(f"10.1.0.{n}", CISCO) for n in range(1, 5)]],
        {(None, f"10.1.0.{n}", "VVX 411") for n in range(1, 5)},
    ),
    "a router with a phone of its own manufacturer behind it": (
        [[sip(X, V411, CISCO)], [sip(ip, V411, CISCO) for ip in (X, Y, Z)]],
        {(None, X, "VVX 411"), (None, Y, "VVX 411"), (None, Z, "VVX 411")},
    ),
    "VRRP": ([[sip(X, V411, "00:00:5e:00:01:0a")]], {(None, X, "VVX 411")}),
    "HSRP": (
        [[sip(X, V411, "00:00:0c:07:ac:01"), sip(Y, V411, "00:00:0c:07:ac:01")]],
        {(None, X, "VVX 411"), (None, Y, "VVX 411")},
    ),
    "null and broadcast macs": (
        [[sip(X, V411, "00:00:00:00:00:00"), sip(Y, V501, "ff:ff:ff:ff:ff:ff")]],
        {(None, X, "VVX 411"), (None, Y, "VVX 501")},
    ),
    "one mac with two addresses at once is one device": (
        [[arp(X, POLY), sip(X, V411), arp(Z, POLY), sip(Z, V411)]],
        {(POLY, X, "VVX 411")},
    ),
    "one mac with two addresses at once, and two models: shared": (
        [[arp(X, POLY), sip(X, V411), arp(Z, POLY), sip(Z, V501)]],
        {(None, X, "VVX 411"), (None, Z, "VVX 501")},
    ),
    "two phones of one model behind the mac of another manufacturer": (
        [[arp(X, CISCO), sip(X, V411), arp(Z, CISCO), sip(Z, V411)]],
        {(None, X, "VVX 411"), (None, Z, "VVX 411")},
    ),
    "IPv4 and IPv6 of one mac": (
        [[arp(X, POLY), sip(X, V411), sip("fd00::5", V411, POLY), sip("fe80::6616:7fff:fe00:1", V411, POLY)]],
        {(POLY, X, "VVX 411")},
    ),
    "many IPv6 addresses of one mac": (
        [[sip(f"fd00::{n}", V411, POLY) for n in range(1, 8)]],
        {(POLY, "fd00::1", "VVX 411")},
    ),
    "two sites with one range": ([[sip(X, V411, site="a"), sip(X, V411, site="b")]], {(None, X, "VVX 411")}),
    "the phone's User-Agent contains its mac": (
        [[sip(X, f"{T58} 80:5e:c0:00:00:01")], [lldp(YEALINK, "SIP-T58A", "lldp-med.model")]],
        {(YEALINK, X, "T58A")},
    ),
    "a mac that the phone reports takes precedence over the router's in the frame": (
        [[sip(X, f"{T58} 80:5e:c0:00:00:01", CISCO), sip(X, T58, CISCO)]],
        {(YEALINK, X, "T58A")},
    ),
    "a certificate names the mac": (
        [[ip_fact(X, "https.cert-subject", "CN=805ec0000001"), sip(X, T58)], [arp(Z, YEALINK), sip(Z, T58)]],
        {(YEALINK, Z, "T58A")},
    ),
    "LLDP names the address": (
        [[lldp(POLY, "Polycom VVX 411"), lldp(POLY, X, "lldp.management-address")], [sip(X, V411)]],
        {(POLY, X, "VVX 411")},
    ),
    "a phone that only its switch reports, with serial number and address": (
        [
            [
                lldp(POLY, "VVX 411", "lldp-med.model"),
                lldp(POLY, "FCH1924AHCA", "lldp-med.serial"),
                lldp(POLY, X, "lldp.management-address"),
            ]
        ],
        {(POLY, X, "VVX 411")},
    ),
    "LLDP of one mac names the address of another": (
        [[arp(X, POLY)], [lldp(POLY2, X, "lldp.management-address"), lldp(POLY2, "Polycom VVX 411")]],
        {(POLY, None, None), (POLY2, X, "VVX 411")},
    ),
    "a phone that moved, a pause, and then the same banner at its old address": (
        [[arp(X, POLY), sip(X, V411)], [arp(Z, POLY)], [sip(X, V411)]],
        {(POLY, Z, "VVX 411"), (None, X, "VVX 411")},
    ),
    "a serial identifies a phone that moved": (
        [[sip(ip, V411), ip_fact(ip, "snmp.entity-serial", "FCH1924AHCA")] for ip in (X, Z)],
        {(None, Z, "VVX 411")},
    ),
    "a serial and later a mac": (
        [
            [sip(X, V411), ip_fact(X, "snmp.entity-serial", "FCH1924AHCA")],
            [lldp(POLY, "FCH1924AHCA", "lldp-med.serial"), lldp(POLY, "Polycom VVX 411")],
        ],
        {(POLY, X, "VVX 411")},
    ),
    "a part number is not a serial number": (
        [[*(sip(ip, V411) for ip in (X, Z)), *(ip_fact(ip, "snmp.entity-serial", "9610000216A") for ip in (X, Z))]],
        {(None, X, "VVX 411"), (None, Z, "VVX 411")},
    ),
    "a part number reported for several macs": (
        [[lldp(mac, value, field) for mac in (POLY, POLY2)
          for value, field in (("Polycom VVX 411", "lldp.system-name"), ("2201-48450-001", "lldp-med.serial"))]],
        {(POLY, None, "VVX 411"), (POLY2, None, "VVX 411")},
    ),
    "another serial at the same address is another phone": (
        [[sip(X, V411), ip_fact(X, "snmp.entity-serial", serial)] for serial in ("FCH1924AHCA", "FCH1924AHCB")],
        {(None, X, "VVX 411"), (None, None, "VVX 411")},
    ),
    "the PC behind the phone does not inherit it": (
        [[lldp(POLY, "Polycom VVX 411"), {**lldp(DELL, "Gi1", "switch.port"), "source": "switches 10.0.0.1 fdb 1"}]],
        {(POLY, None, "VVX 411")},
    ),
    "a table alone: macs of manufacturers of phones are kept, others are not": (
        [[arp(X, YEALINK), arp(Y, DELL), arp(Z, POLY)]],
        {(YEALINK, X, None), (POLY, Z, None)},
    ),
    "what is not a phone is not kept": (
        [[sip(X, "Asterisk PBX 18.10.0"), ip_fact(Y, "http.server", "nginx/1.24")]],
        set(),
    ),
    "an address becomes a PBX's": ([[sip(X, V411)], [sip(X, "Asterisk PBX 18.10.0")]], set()),
}  # fmt: skip


@pytest.mark.parametrize("scene", SCENES)
def test_the_devices_of_a_scene(store: Any, scene: str) -> None:
    scans, want = SCENES[scene]
    for night, rows in enumerate(scans, 1):
        store.feed(rows, store.day(night))
    assert set(store.brief()) == want
    assert len(store.brief()) == len(want) + (scene == "two sites with one range")


@pytest.mark.parametrize("scene", SCENES)
def test_the_same_facts_in_one_file_give_the_same_devices(store: Any, scene: str) -> None:
    scans, want = SCENES[scene]
    store.feed([{"time": store.day(night), **row} for night, rows in enumerate(scans, 1) for row in rows])
    assert set(store.brief()) == want


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.slow
def test_the_inventory_is_rebuilt_from_its_observations(store: Any, other: Any, scene: str) -> None:
    scans, _ = SCENES[scene]
    for night, rows in enumerate(scans, 1):
        store.feed(rows, store.day(night))
    other.feed(list(map(_as_row, store.observations())))
    assert other.brief("mac", "ip", "model", "firmware", "status") == store.brief(
        "mac", "ip", "model", "firmware", "status"
    )
    assert [_as_row(o) for o in other.observations()] == [_as_row(o) for o in store.observations()]


def _as_row(observation: Any) -> Row:
    names = ("time", "ip", "mac", "field", "value", "source", "site")
    return {name: getattr(observation, name) for name in names}


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_reading_the_same_again_changes_nothing(store: Any, scene: str) -> None:
    scans, _ = SCENES[scene]
    rows = [{"time": store.day(night), **row} for night, rows in enumerate(scans, 1) for row in rows]
    store.feed(rows)
    once, events, facts = store.rows(), store.events(), store.sql("SELECT count(*) FROM observations")
    store.feed(rows)
    assert [{**row, "last_scan": 0} for row in store.rows()] == [{**row, "last_scan": 0} for row in once]
    assert (store.events(), store.sql("SELECT count(*) FROM observations")) == (events, facts)


def test_a_phone_behind_a_router_keeps_its_row_when_the_mac_turns_out_to_be_the_routers(store: Any) -> None:
    store.feed([sip(X, V411, CISCO)], store.day(1))
    first = store.sql("SELECT id FROM devices")
    store.feed([sip(ip, V411, CISCO) for ip in (X, Y, Z)], store.day(2))
    assert store.sql("SELECT id FROM devices WHERE ip = ?", X) == first


def test_a_device_keeps_its_number_when_its_mac_is_learned(store: Any) -> None:
    store.feed([sip(X, V411)], store.day(1))
    first = store.sql("SELECT id, first_seen FROM devices")
    store.feed([sip(X, V411), arp(X, POLY)], store.day(2))
    assert store.sql("SELECT id, first_seen FROM devices") == first
    assert store.events() == []


def test_two_devices_that_turn_out_to_be_one_keep_both_histories(store: Any) -> None:
    store.feed([sip(X, V411), lldp(POLY, "Polycom VVX 411")], store.day(1))
    assert len(store.rows()) == 2
    old = store.sql("SELECT id FROM devices WHERE ip = ?", X)[0][0]
    store.feed([arp(X, POLY)], store.day(2))
    assert store.brief() == [(POLY, X, "VVX 411")]
    survivor = store.sql("SELECT id FROM devices")[0][0]
    assert store.sql("SELECT new_id FROM merged WHERE old_id = ?", old) == [(survivor,)]


def test_fifty_scans_of_the_same_switches_add_no_device_and_no_move(store: Any) -> None:
    def night() -> list[Row]:
        return [
            one
            for n in range(20)
            for mac in [f"64:16:7f:00:01:{n:02x}"]
            for one in (
                lldp(mac, "Polycom VVX 411", source=f"switches 10.0.0.1 lldp 0.{n}.1"),
                {"mac": mac, "field": "switch.name", "value": "sw1", "source": f"switches 10.0.0.1 lldp 0.{n}.1"},
                {"mac": mac, "field": "switch.port", "value": f"Gi{n}", "source": f"switches 10.0.0.1 lldp 0.{n}.1"},
                {"mac": "00:00:00:00:00:00", "field": "lldp.system-name", "value": "nobody", "source": "switches x"},
            )
        ]

    store.feed(night(), store.day(1))
    tables = ("devices", "observations", "assessments", "events", "subjects", "states")
    before = [store.sql(f"SELECT count(*) FROM {table}") for table in tables]
    for number in range(2, 30):
        store.feed(night(), store.day(number))
    assert [store.sql(f"SELECT count(*) FROM {table}") for table in tables] == before
    assert store.sql("SELECT count(*) FROM arrivals") == [(0,)]
    assert len(store.rows()) == 20
    assert store.sql("SELECT unresolved > 0 FROM scans WHERE id = 5") == [(1,)]


def test_a_locally_administered_mac_is_flagged(store: Any) -> None:
    store.feed([sip(X, V411, "02:00:00:00:00:05"), sip(Y, V411, POLY)])
    assert store.sql("SELECT mac, local_mac FROM devices ORDER BY mac") == [("02:00:00:00:00:05", 1), (POLY, 0)]


def test_a_table_alone_gives_low_confidence_and_kind_unknown(store: Any) -> None:
    store.feed([arp(X, YEALINK)])
    row = store.sql("SELECT d.kind, d.manufacturer, d.confidence < 0.4, a.status FROM devices d JOIN assessments a"
                    " ON a.device_id = d.id AND a.overall")  # fmt: skip
    assert row == [("unknown", "Yealink", 1, "unidentified")]


def test_keep_all_keeps_devices_that_are_not_phones_and_later_scans_do_not_delete_them(store: Any) -> None:
    store.feed([sip(X, "Asterisk PBX 18.10.0"), arp(Y, DELL)], store.day(1), keep_all=True)
    kept = store.brief("ip", "status")
    assert (X, "not-a-phone") in kept
    assert len(kept) == 2
    store.feed([sip(X, "Asterisk PBX 18.10.0")], store.day(2))
    assert (X, "not-a-phone") in store.brief("ip", "status")
