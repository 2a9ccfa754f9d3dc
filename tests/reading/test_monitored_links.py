"""Neighbours out of LibreNMS (links as JSON) and Netdisco (phones as CSV)."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, detect, monitored_links
from tests.reading.inventories import NOW, inventoried

MAC = "64:16:7f:12:34:56"
DESCRIPTION = "Polycom;VVX-VVX_411;3111-48400-001,1;SIP/5.9.5.3182/10-Mar-20 11:30;UP/5.9.5.0614/10-Mar-20 11:30;"


def link(**change: Any) -> dict[str, Any]:
    return {
        "id": 10, "local_port_id": 1, "local_device_id": 1, "remote_port_id": None, "active": 1, "protocol": "lldp",
        "remote_hostname": "Polycom VVX 411", "remote_device_id": 0, "remote_port": "64167f123456",
        "remote_platform": None, "remote_version": DESCRIPTION,
    } | change  # fmt: skip


CDP = link(
    protocol="cdp", remote_hostname="SEP64167F123456", remote_port="Port 1", remote_platform="Cisco IP Phone 7821",
    remote_version="sip78xx.11-5-1-18.loads",
)  # fmt: skip


def answer(*links: dict[str, Any]) -> str:
    return json.dumps({"status": "ok", "message": "", "links": links, "count": len(links)})


def read(text: str | bytes) -> tuple[list[Observation], list[Problem]]:
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    items = list(detect.read(stream, Context("links", NOW)))
    return [i for i in items if isinstance(i, Observation)], [i for i in items if isinstance(i, Problem)]


def values(text: str) -> dict[str, str]:
    return {one.field: one.value for one in read(text)[0]}


def test_the_protocol_decides_what_the_texts_of_a_link_are() -> None:
    assert detect.detect(answer(link()).encode()) is monitored_links.FORMAT
    assert values(answer(link())) == {"lldp.system-name": "Polycom VVX 411", "lldp.system-description": DESCRIPTION}
    assert values(answer(CDP)) == {
        "cdp.device-id": "SEP64167F123456", "cdp.platform": "Cisco IP Phone 7821",
        "cdp.version": "sip78xx.11-5-1-18.loads",
    }  # fmt: skip
    found, problems = read(json.dumps([link()], indent=1))
    assert {(one.mac, one.ip, one.source) for one in found} == {(MAC, None, "manager links")}
    assert problems == []


@pytest.mark.parametrize(
    "change",
    [
        {"active": 0}, {"active": "0"}, {"remote_port": "Gi1/0/1", "remote_hostname": "sw-2"},
        {"remote_port": "000000000000", "remote_hostname": None}, {"remote_port": None, "remote_hostname": 7},
    ],
)  # fmt: skip
def test_a_link_that_is_not_active_or_has_no_mac_yields_nothing(change: dict[str, Any]) -> None:
    assert read(answer(link(**change))) == ([], [])


@pytest.mark.parametrize("port", ["64:16:7f:12:34:56", "64167F123456:P1", "6416.7f12.3456", "64 16 7F 12 34 56"])
def test_the_mac_is_read_from_every_form_of_the_port(port: str) -> None:
    assert {one.mac for one in read(answer(link(remote_port=port)))[0]} == {MAC}


def test_the_newest_link_of_a_mac_counts() -> None:
    stale = link(id=9, remote_hostname="an old name", remote_version="old")
    for links in ((stale, link()), (link(), stale)):
        assert values(answer(*links))["lldp.system-name"] == "Polycom VVX 411"


def test_a_cut_answer_keeps_the_complete_links() -> None:
    text = answer(link(), link(remote_port="64167f123457"))
    for size in range(text.index("}") + 1, len(text) - 1, 11):
        found, problems = read(text[:size])
        assert {one.field for one in found if one.mac == MAC} == {"lldp.system-name", "lldp.system-description"}
        assert [one.missing for one in problems] == [True]


def test_links_beyond_the_bound_are_yielded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitored_links, "LINKS", 2)
    found, _ = read(answer(*(link(remote_port=f"64167f12340{n}") for n in range(6))))
    assert {one.mac for one in found} == {f"64:16:7f:12:34:0{n}" for n in range(6)}


PHONES = (
    'Device,Port,"Remote ID","Remote IP","Remote Port","Remote Type"\n\n'
    f'sw-1.example.org,Gi1/0/7,64:16:7f:12:34:56,10.1.2.3,1,"IP Phone: {DESCRIPTION}"\n\n'
    'sw-1.example.org,Gi1/0/8,SEP64167F123457,10.1.2.4,"Port 1","Cisco IP Phone 7821"\n'
)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_report_of_netdisco_has_phone_and_place(end: str) -> None:
    text = PHONES.replace("\n", end)
    assert detect.detect(text.encode()) is monitored_links.FORMAT
    found, problems = read(text)
    assert problems == []
    assert {one.field: one.value for one in found if one.mac == MAC} == {
        "lldp.system-description": DESCRIPTION, "switch.name": "sw-1.example.org", "switch.port": "Gi1/0/7",
        "switch.port-method": "netdisco", "arp.mac": MAC,
    }  # fmt: skip
    assert {(one.ip, one.source) for one in found} == {
        ("10.1.2.3", "manager links sw-1.example.org Gi1/0/7"), ("10.1.2.4", "manager links sw-1.example.org Gi1/0/8"),
    }  # fmt: skip


def test_an_inventory_of_netdisco_has_the_fields_of_lldp_med() -> None:
    text = PHONES.replace(
        '"Remote Type"', "remote_type,remote_vendor,remote_model,remote_os_ver,remote_serial"
    ).replace('"\n\nsw', '",Polycom,VVX 411,5.9.5.3182,64167f123456\n\nsw')
    found = values(text)
    assert (found["lldp-med.model"], found["lldp-med.software-revision"]) == ("VVX 411", "5.9.5.3182")


PROPERTIES = (
    "ip,port,error_disable_cause,remote_is_wap,remote_is_phone,remote_vendor,remote_model,remote_os_ver,remote_serial\n"
    "10.9.0.1,Gi1/0/7,,f,t,Cisco Systems,CP-8841,sip88xx.14-3-1,FCH2015ABCD\n"
    "10.9.0.1,Gi1/0/8,,f,t,Polycom,VVX 411,5.9.5.3182,0004F2123456\n"
    "10.9.0.1,Gi1/0/9,,t,f,Cisco,AIR-AP,17.3,FCH2015ABCE\n10.9.0.1,Gi1/0/10,,f,t,,,,\n"
)


def test_properties_of_ports_are_of_the_phone_with_the_serial_number(tmp_path: Path) -> None:
    assert detect.detect(PROPERTIES.encode()) is monitored_links.FORMAT
    context = Context("links", NOW, listed_prefix=lambda mac: mac[:2] == "00")
    items = list(detect.read(io.BytesIO(PROPERTIES.encode()), context))
    found = [item for item in items if isinstance(item, Observation)]
    assert {(one.mac, one.source) for one in found} == {
        (None, "manager links 10.9.0.1 Gi1/0/7 serial FCH2015ABCD"),
        ("00:04:f2:12:34:56", "manager links 10.9.0.1 Gi1/0/8"),
    }
    assert [one.missing for one in items if isinstance(one, Problem)] == [False]
    path = tmp_path / "properties.csv"
    path.write_text(PROPERTIES)
    rows = inventoried(path, tmp_path)
    assert {(row["model"], row["firmware"], row["serial"]) for row in rows} == {
        ("CP-8841", "sip88xx.14-3-1", "FCH2015ABCD"), ("VVX 411", "5.9.5.3182", "0004F2123456"),
    }  # fmt: skip


def test_damaged_rows_and_rows_of_no_neighbour_cost_no_other() -> None:
    rows = PHONES.splitlines()
    text = "\n".join([rows[0], 'sw-1,Gi1/0/1,"x', rows[2], "sw-1,Gi1/0/2,,,,AP: x", rows[4], "z" * 40_000, ""])
    found, problems = read(text)
    assert {one.mac for one in found} == {MAC, MAC[:-1] + "7"}
    assert [(one.number, one.missing) for one in problems] == [(2, True), (6, True), (0, False)]


def test_the_phone_is_in_the_inventory_with_model_and_firmware(tmp_path: Path) -> None:
    for name, text in (("links.json", answer(link())), ("phones.csv", PHONES.rpartition("sw-1")[0])):
        path = tmp_path / name
        path.write_text(text)
        ((row),) = inventoried(path, tmp_path)
        assert (row["kind"], row["model"], row["firmware"]) == ("phone", "VVX 411", "5.9.5.3182")
    assert (row["ip"], row["switch"], row["switch_port"]) == ("10.1.2.3", "sw-1.example.org", "Gi1/0/7")
