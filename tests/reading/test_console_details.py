"""Details of neighbours on consoles: every system's spelling yields what its SNMP tables would."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, console, detect
from tests.reading.consoles import ARISTA, HUAWEI, IOS_CDP, IOS_LLDP, MAC, SENSED, SHOWN, Shown
from tests.reading.consoles_more import MORE

NOW = "2026-11-23T02:00:00Z"


def read(text: str) -> list[Observation | Problem]:
    assert detect.detect(text.encode()) is console.FORMAT
    return list(detect.read(io.BytesIO(text.encode()), Context("sw-a.txt", NOW)))


def of(items: list[Observation | Problem], mac: str | None = MAC) -> dict[str, str]:
    return {i.field: i.value for i in items if isinstance(i, Observation) and i.mac == mac}


TEXTS: dict[str, tuple[str, Shown]] = {**SHOWN, **{name: (text, shown) for name, (text, shown, _) in MORE.items()}}


@pytest.mark.parametrize("name", TEXTS)
def test_every_system_shows_the_phone(name: str) -> None:
    text, shown = TEXTS[name]
    items = read(text)
    assert {i.ip for i in items if isinstance(i, Observation) and i.mac == shown.mac} == {shown.ip}
    found = of(items, shown.mac)
    assert found["switch.port"] == shown.port
    assert {field: found.get(field) for field in shown.fields} == shown.fields
    assert [i for i in items if isinstance(i, Problem)] == []


@pytest.mark.parametrize("name", MORE)
def test_every_neighbour_is_one(name: str) -> None:
    text, _, count = MORE[name]
    places = [(i.mac, i.ip, i.source) for i in read(text) if isinstance(i, Observation) and i.field == "switch.port"]
    assert len(places) == len(set(places)) == count


@pytest.mark.parametrize("name", TEXTS)
def test_no_cut_raises_and_what_is_before_it_is_kept(name: str) -> None:
    octets = TEXTS[name][0].encode()
    whole = {(i.field, i.value) for i in read(TEXTS[name][0]) if isinstance(i, Observation)}
    last = 0
    for cut in range(0, len(octets), 7):
        found = list(detect.read(io.BytesIO(octets[:cut]), Context("sw-a.txt", NOW), "console"))
        kept = len(whole & {(i.field, i.value) for i in found if isinstance(i, Observation)})
        assert kept >= last - 2  # a value at the cut, and what follows from it, may be another one
        last = kept
    assert last


@pytest.mark.parametrize("name", [name for name, (text, _) in TEXTS.items() if text.count("\n") >= 12])
def test_a_text_that_is_indented_as_a_whole_is_read_although_a_line_in_it_is_not(name: str) -> None:
    lines = TEXTS[name][0].splitlines()
    indented = [f"    {line}" for line in lines]
    indented.insert(len(lines) // 3, "a note in between")
    kept = {(i.mac, i.field, i.value) for i in read("\n".join(lines)) if isinstance(i, Observation)}
    found = {(i.mac, i.field, i.value) for i in read("\n".join(indented)) if isinstance(i, Observation)}
    assert len(kept - found) <= 2  # the note may have become a part of a description, or ended one


@pytest.mark.parametrize("line", ["  Something new: 7", "no label at all", "Model: : :", ":", "-----", "x" * 400])
def test_a_line_that_is_not_known_loses_nothing(line: str) -> None:
    text = IOS_LLDP.replace("    H/W revision", f"{line}\n    H/W revision")
    expected = of(read(IOS_LLDP))
    expected.pop("lldp-med.model")
    found = of(read(text))
    found.pop("lldp-med.model")
    assert found == expected


def test_words_of_a_neighbour_are_its_value_whatever_they_look_like() -> None:
    text = IOS_LLDP.replace("Port Description: SW PORT", "Port Description: Room: 17, Model: none (Serial: 5)")
    text = text.replace("VVX411.example.com", "phone, Model: 9")
    found = of(read(text))
    assert found["lldp.port-description"] == "Room: 17, Model: none (Serial: 5)"
    assert found["lldp.system-name"] == "phone, Model: 9"
    assert (found["lldp-med.model"], found["lldp-med.serial"]) == ("VVX 411", "64167F123456")


def test_several_neighbours_of_one_port_are_told_apart() -> None:
    first = ARISTA[ARISTA.index("  Neighbor") : ARISTA.index("Interface Ethernet8")]
    second = first.replace("6416.7f12.3456", "6416.7f12.3457").replace("10.1.2.3", "10.1.2.4")
    items = read(ARISTA.replace("Interface Ethernet8", f"{second}Interface Ethernet8"))
    assert of(items)["switch.port"] == of(items, "64:16:7f:12:34:57")["switch.port"] == "Ethernet7"


def test_an_unknown_policy_is_no_voice_vlan() -> None:
    text = HUAWEI.replace("Media policy VlanID                :120", "Media policy VlanID                :0")
    assert "lldp-med.voice-vlan" not in of(read(text))


def test_an_older_ios_without_local_port_places_no_phone() -> None:
    found = of(read(IOS_LLDP.replace("Local Intf: Gi1/0/7\n", "")))
    assert found["lldp-med.model"] == "VVX 411"
    assert "switch.port" not in found


def test_an_address_of_several_neighbours_is_no_ones() -> None:
    other = IOS_LLDP.replace("3456", "3457").replace("Gi1/0/7", "Gi1/0/8")
    items = read(IOS_LLDP + other)
    assert {i.ip for i in items if isinstance(i, Observation)} == {None}


def test_a_value_in_quotation_marks_is_the_value() -> None:
    text = IOS_CDP.replace("sip88xx.12-1-1SR1-4.loads", '"ce9.1.3 75ff735 2017-07-10"').replace(
        "Cisco IP Phone 8851", '"CTS-CODEC-SX80"'
    )
    found = of(read(text))
    assert (found["cdp.version"], found["cdp.platform"]) == ("ce9.1.3 75ff735 2017-07-10", "CTS-CODEC-SX80")


def test_the_sender_of_a_frame_identifies_a_device_that_has_no_mac_in_its_name() -> None:
    text = IOS_CDP.replace("SEP64167F123456", "Codec").replace("Duplex: full", "Peer Source MAC: 6416.7f12.3456")
    assert of(read(text))["cdp.device-id"] == "Codec"


def test_a_phone_that_nothing_identifies_is_said_so() -> None:
    items = read("Local Intf: Gi1/0/7\nChassis id: phone\nPort id: Port 1\nEnabled Capabilities: T\nModel: VVX\n")
    assert [(i.what, i.missing) for i in items if isinstance(i, Problem)] == [
        ("1 neighbour of sw-a without a mac or an address", True)
    ]


def test_the_cache_of_device_sensor_is_read_by_the_codecs() -> None:
    items = read(SENSED)
    found = of(items)
    assert found["lldp.system-description"] == "Polycom;VVX"
    assert (found["lldp.chassis-id"], found["lldp.port-id"]) == ("10.1.2.3", MAC)
    assert (found["dhcp.hostname"], found["cdp.platform"]) == ("VVX411", "VVX 411")
    assert found["switch.port"] == "Gi1/0/7"
    sources = {i.source for i in items if isinstance(i, Observation)}
    assert sources == {f"switches sw-a {protocol} Gi1/0/7" for protocol in ("lldp", "cdp", "dhcp")}
    assert [(i.number, i.what) for i in items if isinstance(i, Problem)] == [
        (12, "a value of 9 octets of which 8 are there")
    ]


@pytest.mark.adds_to("test_every_system_shows_the_phone")
@pytest.mark.parametrize(
    "name",
    ["comware-lldp-list", "ios-cdp-detail-sx80", "ios-device-sensor-cp6961", "ios-device-sensor-wrapped",
     "ios-lldp-detail-6901", "ios-lldp-detail-7962g", "ios-lldp-detail-zultys-zip33g", "ios-lldp-entry-avaya1220",
     "mikrotik-ip-neighbor-detail", "procurve-lldp-detail-audiocodes-405hd"],
)  # fmt: skip
def test_the_recordings_are_read_as_their_truth_states(shared: Path, name: str) -> None:
    octets = (shared / "sources" / f"{name}.txt").read_bytes()
    assert detect.detect(octets) is console.FORMAT
    items = list(detect.read(io.BytesIO(octets), Context(name, NOW)))
    cut = [22] if name == "ios-device-sensor-wrapped" else []
    assert [i.number for i in items if isinstance(i, Problem)] == cut
    assert any(isinstance(i, Observation) for i in items)
