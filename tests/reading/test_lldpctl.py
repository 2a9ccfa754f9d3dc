"""JSON of lldpctl in both layouts, with one neighbour and with several."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem, detect, lldpctl
from tests.reading.inventories import NOW

PHONE, OTHER = "64:16:7f:12:34:56", "80:5e:c0:0a:0b:0c"


def plain(mac: str, name: str, ip: str) -> dict[str, Any]:
    """One neighbour as `-f json` has it."""
    return {
        "via": "LLDP", "rid": "1", "age": "0 day, 00:00:12",
        "chassis": {
            name: {
                "id": {"type": "ip", "value": ip}, "descr": "Polycom;VVX-VVX_411;3111;SIP/5.9.0.9373", "mgmt-ip": ip,
                "capability": [{"type": "Bridge", "enabled": True}, {"type": "Tel", "enabled": True}],
            }
        },
        "port": {"id": {"type": "mac", "value": mac}, "descr": "1", "ttl": "120"},
        "lldp-med": {
            "device-type": "Communication Device Endpoint (Class III)",
            "policy": {"apptype": "Voice", "defined": True, "vlan": {"vid": 120}},
            "inventory": {"serial": "64167F123456", "manufacturer": "Polycom", "model": "VVX 411"},
        },
    }  # fmt: skip


def wrapped(value: Any) -> Any:
    """The same as `-f json0` has it: every element a list, every value an object."""
    if isinstance(value, dict):
        return {
            k: v if k in ("type", "value", "enabled", "name", "apptype", "via") else _list(v) for k, v in value.items()
        }
    return {"value": value}


def _list(value: Any) -> list[Any]:
    return [wrapped(one) for one in value] if isinstance(value, list) else [wrapped(value)]


def json0(mac: str, name: str, ip: str) -> dict[str, Any]:
    one = plain(mac, name, ip)
    one["chassis"] = {"id": one["chassis"][name]["id"], "name": name} | one["chassis"][name]
    return {"name": "eth0", "via": "LLDP"} | wrapped(one)


def fields_by_mac(document: Any) -> dict[str, dict[str, str]]:
    items = list(read(io.BytesIO(json.dumps(document).encode()), now=NOW))
    found: dict[str, dict[str, str]] = {}
    for item in items:
        assert isinstance(item, Observation), item
        found.setdefault(str(item.mac), {"ip": str(item.ip), "source": item.source})[item.field] = item.value
    return found


FIRST, SECOND = (PHONE, "Polycom VVX 411", "10.1.2.3"), (OTHER, "SIP-T58A", "10.1.2.4")
DOCUMENTS = {
    "json, one": {"lldp": {"interface": {"eth0": plain(*FIRST)}}},
    "json, several": {"lldp": {"interface": [{"eth0": plain(*FIRST)}, {"eth1": plain(*SECOND)}]}},
    "json0": {"lldp": [{"interface": [json0(*FIRST), json0(*SECOND)]}]},
}


@pytest.mark.parametrize("layout", DOCUMENTS)
def test_every_layout_yields_all_fields_of_the_phone(layout: str) -> None:
    text = json.dumps(DOCUMENTS[layout]).encode()
    assert detect.detect(text) is lldpctl.FORMAT
    found = fields_by_mac(DOCUMENTS[layout])
    assert set(found) == ({PHONE} if layout == "json, one" else {PHONE, OTHER})
    assert found[PHONE] == {
        "ip": "10.1.2.3", "source": "lldp lldpctl eth0", "lldp.chassis-id": "10.1.2.3", "lldp.port-id": PHONE,
        "lldp.port-description": "1", "lldp.system-name": "Polycom VVX 411",
        "lldp.system-description": "Polycom;VVX-VVX_411;3111;SIP/5.9.0.9373",
        "lldp.management-address": "10.1.2.3", "lldp.capabilities": "bridge,telephone",
        "lldp-med.device-class": "endpoint-3", "lldp-med.voice-vlan": "120", "lldp-med.serial": "64167F123456",
        "lldp-med.manufacturer": "Polycom", "lldp-med.model": "VVX 411",
    }  # fmt: skip


def test_the_description_of_a_cdp_neighbour_is_split_into_platform_and_version() -> None:
    neighbour = {
        "via": "CDPv2",
        "chassis": {
            "SEP64167F123456": {
                "id": {"type": "local", "value": "SEP64167F123456"},
                "descr": "Cisco IP Phone 7841 running on\nsip78xx.12-8-1-0001-455",
                "mgmt-ip": "10.1.2.3",
            }
        },
        "port": {"id": {"type": "ifname", "value": "Port 1"}},
    }
    found = fields_by_mac({"lldp": {"interface": {"eth0": neighbour}}})[PHONE]
    assert found["cdp.platform"] == "Cisco IP Phone 7841"
    assert found["cdp.version"] == "sip78xx.12-8-1-0001-455"
    assert found["cdp.device-id"] == "SEP64167F123456"


@pytest.mark.parametrize(
    "document",
    [{"lldp": {}}, {"lldp": [{}]}, {"lldp": None}, {"lldp": {"interface": []}}, {"lldp": {"interface": {"eth0": {}}}}],
)
def test_a_host_without_neighbours_yields_nothing(document: Any) -> None:
    assert fields_by_mac(document) == {}


FOLDER = Path(__file__).parent / "lldpctl"
FORMS = sorted(path.suffix.removeprefix(".") for path in FOLDER.iterdir())


def items(octets: bytes, format: str | None = None) -> tuple[list[Observation], list[Problem]]:
    found = list(read(io.BytesIO(octets), format=format, now=NOW))
    return [i for i in found if isinstance(i, Observation)], [i for i in found if isinstance(i, Problem)]


def output(form: str) -> bytes:
    """What `lldpcli show neighbors details` of lldpd 1.0.16 printed for two phones."""
    return (FOLDER / f"neighbours.{form}").read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_output_yields_the_same(form: str) -> None:
    assert FORMS == ["json", "json0", "keyvalue", "plain", "xml"]
    assert detect.detect(output(form)) is lldpctl.FORMAT
    found, problems = items(output(form))
    assert (found, problems) == items(output("json0"))
    assert {(one.mac, one.source) for one in found} == {
        (PHONE, "lldp lldpctl eth0"), ("80:5e:c0:12:34:56", "lldp lldpctl eth1"),
    }  # fmt: skip
    assert len(found) == 28


@pytest.mark.parametrize("form", FORMS)
def test_a_truncated_output_yields_the_complete_neighbours(form: str) -> None:
    whole = output(form)
    second = whole.index(b"eth1") + 40
    of_first = [one for one in items(whole)[0] if one.source.endswith("eth0")]
    for end in range(second, len(whole) - 20, 61):
        found, problems = items(whole[:end])
        assert [one for one in found if one.source.endswith("eth0")] == of_first
        if form not in ("keyvalue", "plain"):  # a line is complete on its own
            assert found == of_first
            assert len(problems) == 1
            assert problems[0].what.endswith("the complete neighbours were read")


@pytest.mark.parametrize("form", FORMS)
def test_outputs_one_after_the_other_are_read(form: str) -> None:
    found, problems = items(output(form) * 2)
    assert (found, problems) == (items(output(form))[0] * 2, [])


@pytest.mark.parametrize("octet", [b"\xe9", b"\x01", b"\xff\xfe"])
@pytest.mark.parametrize("form", FORMS)
def test_octets_that_no_form_allows_cost_no_neighbour(form: str, octet: bytes) -> None:
    found, problems = items(output(form).replace(b"Polycom VVX 411", b"Polycom VVX 411" + octet))
    assert len(found) == 28
    assert problems == []


@pytest.mark.parametrize("form", ["keyvalue", "plain"])
def test_the_further_lines_of_a_value_are_part_of_it(form: str) -> None:
    more = {"keyvalue": b"\nCopyright (c) x: y", "plain": b"\n" + b" " * 18 + b"Copyright (c) x: y"}[form]
    found, _ = items(output(form).replace(b"09:28;UP/5.9.0.9373;", b"09:28;UP/5.9.0.9373;" + more))
    values = [one.value for one in found if one.field == "lldp.system-description"]
    assert values[0].endswith("UP/5.9.0.9373;\nCopyright (c) x: y")
    assert len(found) == 28


def test_an_event_of_lldpcli_is_read() -> None:
    event = json.dumps({"lldp-added": DOCUMENTS["json, one"]["lldp"]}).encode()
    assert detect.detect(event) is lldpctl.FORMAT
    assert {one.mac for one in items(event + b"\n" + event.replace(b"added", b"updated"))[0]} == {PHONE}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["lldp", "interface", "eth0", "chassis", "port", "id", "type", "value", "name", "lldp-med",
                             "policy", "vlan", "capability", "mgmt-ip", "inventory", "descr"]),
            inner, max_size=4,
        )
    ),
    max_leaves=30,
)  # fmt: skip


@given(_JSON)
def test_any_document_ends_in_observations_and_problems(document: Any) -> None:
    text = json.dumps({"lldp": document}).encode()
    assert all(isinstance(item, Observation | Problem) for item in read(io.BytesIO(text), format="lldpctl", now=NOW))
