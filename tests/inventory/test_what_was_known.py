"""What was known of a device stays known, until something contradicts it: nights of observations, and the device."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import pytest

X = "10.1.0.5"
POLY, YEALINK, AUDIOCODES, CISCO, SNOM, GRANDSTREAM, MITEL = (
    "64:16:7f:00:00:01",
    "80:5e:c0:00:00:01",
    "00:90:8f:00:00:01",
    "00:1b:54:aa:bb:cc",
    "00:04:13:00:00:01",
    "00:0b:82:00:00:01",
    "08:00:0f:00:00:01",
)
V411 = "PolycomVVX-VVX_411-UA/5.9.0.9373"
OLD411 = "PolycomVVX-VVX_411-UA/5.8.0.12848"
BANNERS = {
    "Polycom": (POLY, V411, "VVX 411", "5.9.0.9373"),
    "Yealink": (YEALINK, "Yealink SIP-T58A 58.15.0.20", "T58A", "58.15.0.20"),
    "AudioCodes": (AUDIOCODES, "AUDC-IPPhone-450HD_UC_3.4.4.1000.12/1.0.0", "450HD", "3.4.4.1000.12"),
    "Cisco": (CISCO, "Cisco-CP8841/12.8.1", "CP-8841", "12.8.1"),
    "Snom": (SNOM, "snomD785/10.1.54.13", "D785", "10.1.54.13"),
    "Grandstream": (GRANDSTREAM, "Grandstream GXP2170 1.0.11.64", "GXP2170", "1.0.11.64"),
    "Mitel": (MITEL, "Mitel-6869i-SIP-Phone/5.1.0.1024", "6869i", "5.1.0.1024"),
}

Row = dict[str, Any]


def arp(mac: str) -> Row:
    return {"ip": X, "mac": mac, "field": "arp.mac", "value": mac, "source": "arp eth0"}


def sip(banner: str, field: str = "sip.user-agent") -> Row:
    return {"ip": X, "field": field, "value": banner, "source": f"sip {X}:5060"}


def web(value: str, field: str = "http.title") -> Row:
    return {"ip": X, "field": field, "value": value, "source": f"http {X}:443"}


def snmp(value: str, field: str = "snmp.sysdescr") -> Row:
    return {"ip": X, "field": field, "value": value, "source": f"snmp {X}:161"}


def frame(mac: str, value: str, field: str = "lldp.system-description") -> Row:
    return {"mac": mac, "field": field, "value": value, "source": "lldp eth0"}


def table(mac: str, value: str, field: str = "lldp.system-description") -> Row:
    return {"mac": mac, "field": field, "value": value, "source": "switches 10.0.0.1 lldp 0.1.1"}


def log(mac: str, value: str) -> Row:
    return {
        "ip": X,
        "mac": mac,
        "field": "provisioning.user-agent",
        "value": value,
        "source": "provisioning access.log",
    }


class Story(NamedTuple):
    """Nights of observations, the model and firmware of the only device, the firmware-changed events there are."""

    nights: list[list[Row]]
    model: str | None
    firmware: str | None
    updates: int = 0


#: What a phone responds when it conceals what it is.
HIDING: dict[str, list[Row]] = {
    "a User-Agent without a product": [sip("SIP UA")],
    "an empty User-Agent": [sip("-")],
    "only the methods that it allows": [sip("INVITE, ACK, BYE", "sip.allow")],
    "only a status": [sip("200 OK", "sip.status")],
    "nothing but its mac": [],
}

STORIES: dict[str, Story] = {
    f"{maker}, then {what}": Story([[arp(mac), sip(banner)], [arp(mac), *rows]], model, firmware)
    for maker, (mac, banner, model, firmware) in BANNERS.items()
    for what, rows in HIDING.items()
} | {
    "hidden for twenty nights": Story(
        [[arp(POLY), sip(V411)], *([arp(POLY), sip("SIP UA")] for _ in range(20))], "VVX 411", "5.9.0.9373"
    ),
    "hidden every second night": Story(
        [[arp(POLY), sip(V411 if n % 2 == 0 else "SIP UA")] for n in range(8)], "VVX 411", "5.9.0.9373"
    ),
    "hidden, and updated meanwhile": Story(
        [[arp(POLY), sip(one)] for one in (OLD411, "SIP UA", V411)], "VVX 411", "5.9.0.9373", 1
    ),
    "updated, and hidden": Story(
        [[arp(POLY), sip(one)] for one in (OLD411, V411, "SIP UA")], "VVX 411", "5.9.0.9373", 1
    ),
    "a factory reset to an older firmware, and hidden": Story(
        [[arp(POLY), sip(one)] for one in (V411, OLD411, "SIP UA")], "VVX 411", "5.8.0.12848", 1
    ),
    "updated, reset and updated again": Story(
        [[arp(POLY), sip(one)] for one in (OLD411, V411, OLD411, V411)], "VVX 411", "5.9.0.9373", 3
    ),
    "hidden, known by its address alone": Story([[sip(V411)], [sip("SIP UA")]], "VVX 411", "5.9.0.9373"),
    "the User-Agent with the model alone": Story(
        [[arp(POLY), sip(V411)], [arp(POLY), sip("PolycomVVX-VVX_411-UA")]], "VVX 411", "5.9.0.9373"
    ),
    "the User-Agent with the maker alone": Story(
        [[arp(YEALINK), sip("Yealink SIP-T58A 58.15.0.20")], [arp(YEALINK), sip("Yealink")]], "T58A", "58.15.0.20"
    ),
    "the description is cut": Story(
        [
            [frame(POLY, "Polycom;VVX-VVX_411;3111-48400-001,1;SIP/5.9.0.9373;UP/5.9.0.9378;")],
            [frame(POLY, "Polycom VVX 411")],
        ],
        "VVX 411",
        "5.9.0.9373",
    ),
    "the SNMP community is changed": Story(
        [[arp(SNOM), snmp("snom D785 10.1.54.13")], [arp(SNOM)]], "D785", "10.1.54.13"
    ),
    "the page at login is replaced": Story(
        [[arp(YEALINK), web("Yealink T58A")], [arp(YEALINK), web("Login")]], "T58A", None
    ),
    "the web server is closed, and SIP hides the product": Story(
        [[arp(YEALINK), web("Yealink T58A"), sip("SIP UA")], [arp(YEALINK), sip("SIP UA")]], "T58A", None
    ),
    "the Updater after the application": Story(
        [
            [log(POLY, "FileTransport PolycomVVX-VVX_411-UA/5.9.0.9373 Type/Application")],
            [log(POLY, "FileTransport PolycomVVX-VVX_411-UA/5.9.0.9378 Type/Updater")],
        ],
        "VVX 411",
        "5.9.0.9373",
    ),
    "another model in the same User-Agent has a firmware of its own": Story(
        [[arp(POLY), sip(V411)], [arp(POLY), sip("PolycomVVX-VVX_501-UA")]], "VVX 501", None
    ),
    "another model, then a description that is cut": Story(
        [
            [frame(POLY, "Polycom;VVX-VVX_411;3111-48400-001,1;SIP/5.9.0.9373;UP/5.9.0.9378;")],
            [frame(POLY, "Polycom VVX 501")],
            [frame(POLY, "Polycom")],
        ],
        "VVX 501",
        None,
    ),
}


LLDP = "Polycom;VVX-VVX_411;3111-48400-001,1;SIP/{};UP/5.9.0.9378;"
OLD, NEW = "5.8.0.12848", "5.9.0.9373"

#: Versions of the application, and of what is none.
FIRMWARE: dict[str, Story] = {
    "a table repeats the old version after an update": Story(
        [[arp(POLY), sip(OLD411), table(POLY, LLDP.format(OLD))]]
        + [[arp(POLY), sip(V411), table(POLY, LLDP.format(OLD))]] * 3,
        "VVX 411",
        NEW,
        1,
    ),
    "a table repeats the old version, and SIP hides the new one": Story(
        [[arp(POLY), sip(OLD411), table(POLY, LLDP.format(OLD))]]
        + [[arp(POLY), sip(V411), table(POLY, LLDP.format(OLD))]]
        + [[arp(POLY), sip("SIP UA"), table(POLY, LLDP.format(OLD))]] * 3,
        "VVX 411",
        NEW,
        1,
    ),
    "a table changes after the last response": Story(
        [[arp(POLY), sip(OLD411), table(POLY, LLDP.format(OLD))]]
        + [[arp(POLY), sip("SIP UA"), table(POLY, LLDP.format(NEW))]] * 2,
        "VVX 411",
        NEW,
        1,
    ),
    "a log of the day before": Story(
        [[log(POLY, "FileTransport PolycomVVX-VVX_411-UA/5.8.0.12848 Type/Application")], [arp(POLY), sip(V411)]],
        "VVX 411",
        NEW,
        1,
    ),
    "a factory reset": Story([[arp(POLY), sip(V411)], [arp(POLY), sip(OLD411)]], "VVX 411", OLD, 1),
    "the version of another program in a frame": Story(
        [[arp(POLY), sip(V411)], [frame(POLY, "Polycom;VVX-VVX_411;3111-48400-001,1;UP/5.9.0.9378;")]], "VVX 411", NEW
    ),
    "a hardware revision": Story(
        [[arp(POLY), sip(V411)], [frame(POLY, "5.9.7.1", "lldp-med.hardware-revision")]], "VVX 411", NEW
    ),
    "a boot loader in LLDP-MED": Story(
        [[arp(SNOM), sip("snomD785/10.1.54.13")], [frame(SNOM, "Boot1.1.4.0", "lldp-med.firmware-revision")]],
        "D785",
        "10.1.54.13",
    ),
} | {
    f"{maker}, then {text}": Story([[arp(mac), sip(banner)], [arp(mac), *rows]], model, firmware)
    for maker, (mac, banner, model, firmware) in BANNERS.items()
    for text, rows in {
        "zeros": [sip(banner.replace(firmware, "0.0.0.0"))],
        "its boot loader": [sip(banner), frame(mac, f"{maker} {model} bootloader 9.9.9.9")],
        "its recovery image": [frame(mac, f"{maker} {model} recovery 9.9.9.9")],
        "no version by SNMP": [sip("SIP UA"), snmp("N/A", "snmp.vendor-firmware")],
        "zeros by SNMP": [snmp("0.0", "snmp.entity-firmware")],
    }.items()
}
STORIES |= FIRMWARE


def test_the_response_of_the_device_outranks_a_table_and_a_log_of_the_same_visit(store: Any) -> None:
    old = "FileTransport PolycomVVX-VVX_411-UA/5.8.0.12848 Type/Application"
    store.feed([arp(POLY), sip(V411), table(POLY, LLDP.format(OLD)), log(POLY, old)])
    assert store.brief("firmware", "status") == [(NEW, "certified")]
    assert [row[0] for row in store.sql("SELECT other FROM (SELECT old AS other FROM events WHERE kind = 'conflict')")]


def _fed(store: Any, story: Story) -> list[tuple[str | None, ...]]:
    for number, rows in enumerate(story.nights, 1):
        if rows:
            store.feed(rows, store.day(number))
    return store.brief("model", "firmware")


def _changes(store: Any) -> list[str]:
    return [kind for (kind,) in store.sql("SELECT kind FROM events WHERE kind IN ('firmware-changed', 'conflict')")]


@pytest.mark.parametrize("name", STORIES)
def test_the_device_of_a_story(store: Any, name: str) -> None:
    story = STORIES[name]
    assert _fed(store, story) == [(story.model, story.firmware)]
    assert _changes(store) == ["firmware-changed"] * story.updates
    assert store.sql("SELECT count(*) FROM events WHERE kind = 'status-changed'")[0][0] <= story.updates + (
        story.firmware is None
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_the_nights_in_one_file_and_in_any_order_give_the_same_row(store: Any, other: Any, name: str) -> None:
    story = STORIES[name]
    _fed(store, story)
    every = [row | {"time": store.day(n)} for n, rows in enumerate(story.nights, 1) for row in rows]
    random.Random(name).shuffle(every)
    other.feed(every, store.day(len(story.nights)))
    columns = "SELECT ip, mac, kind, manufacturer, model, firmware, confidence FROM devices"
    reasons = "SELECT reason FROM assessments WHERE overall = 1 AND until IS NULL"
    assert other.sql(columns) == store.sql(columns)
    assert other.sql(reasons) == store.sql(reasons)
