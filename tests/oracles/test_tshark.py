"""tshark as oracle: for every LLDP and CDP frame, our fields and its fields are equal."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from scanner.wire import cdp, lldp
from scanner.wire.tlv import Tlv
from tests.captures.expected import inputs
from tests.oracles.pcap import frames, write
from tests.wire.test_lldp import PHONE

pytestmark = pytest.mark.daemon("tshark")

_MED = {
    "med-hardware-revision": "hardware",
    "med-firmware-revision": "firmware",
    "med-software-revision": "software",
    "med-serial": "sn",
    "med-manufacturer": "manufacturer",
    "med-model": "model",
    "med-asset-id": "asset",
}


def _flat(tree: Any, found: dict[str, list[str]]) -> dict[str, list[str]]:
    for key, value in tree:
        if isinstance(value, list):
            _flat(value, found)
        else:
            found[key].append(value)
    return found


def dissected(path: Path, protocol: str) -> list[dict[str, list[str]]]:
    """Per frame of that protocol: field → values, as tshark reads them."""
    command = ["tshark", "-r", str(path), "-T", "json", "-Y", protocol, "-o", "ip.defragment:false"]
    run = subprocess.run(command, capture_output=True, check=False, timeout=60)
    packets = json.loads(run.stdout or b"[]", object_pairs_hook=lambda pairs: pairs)
    found = []
    for packet in packets:
        layers = dict(dict(packet)["_source"])["layers"]
        found.append(_flat(dict(layers)[protocol], defaultdict(list)))
    return found


def _hex(value: int, digits: int = 4) -> str:
    return f"0x{value:0{digits}x}"


def _mac(octets: bytes) -> str:
    return octets.hex(":")


def lldp_fields(tlv: Tlv) -> list[tuple[str, str]]:
    """What tshark calls the parts of one TLV of ours."""
    value = tlv.value
    match tlv.name:
        case "chassis-id" | "port-id":
            place = tlv.name.removesuffix("-id")
            fields = [(f"lldp.{place}.subtype", str(value.subtype))]
            if value.subtype == (4 if place == "chassis" else 3) and len(value.value) == 6:
                fields.append((f"lldp.{place}.id.mac", _mac(value.value)))
            return fields
        case "ttl":
            return [("lldp.time_to_live", str(value))]
        case "port-description":
            return [("lldp.port.desc", value)]
        case "system-name":
            return [("lldp.tlv.system.name", value)]
        case "system-description":
            return [("lldp.tlv.system.desc", value)]
        case "capabilities":
            return [
                ("lldp.tlv.system_cap", _hex(value.supported)),
                ("lldp.tlv.enable_system_cap", _hex(value.enabled)),
                ("lldp.tlv.enable_system_cap.telephone", str(value.enabled >> 5 & 1)),
            ]
        case "management-address":
            fields = [
                ("lldp.mgn.address.subtype", str(value.family)),
                ("lldp.mgn.interface.number", str(value.interface)),
                ("lldp.mgn.obj.len", str(len(value.object_id))),
            ]
            return fields + ([("lldp.mgn.addr.ip4", value.text)] if value.family == 1 and value.text else [])
        case "port-vlan":
            return [
                ("lldp.ieee.802_1.port_vlan.id", f"{value} (0x{value:04x})"),
            ]
        case "vlan-name":
            return [("lldp.ieee.802_1.vlan.name", value.name)]
        case "mac-phy":
            return [
                ("lldp.ieee.802_3.mac_phy_auto_neg_status.supported", str(value["supported"])),
                ("lldp.ieee.802_3.mac_phy_auto_neg_status.enabled", str(value["enabled"])),
                ("lldp.ieee.802_3.pmd_auto_neg_advertised_caps", _hex(value["advertised"])),
                ("lldp.ieee.802_3.pmd_mau_type", _hex(value["mau"])),
            ]
        case "maximum-frame-size":
            return [("lldp.ieee.802_3.max_frame_size", str(value))]
        case "mdi-power":
            parts = [
                ("lldp.ieee.802_3.mdi_power_support.port_class", value["pse"]),
                ("lldp.ieee.802_3.mdi_power_support.supported", value["supported"]),
                ("lldp.ieee.802_3.mdi_power_support.enabled", value["enabled"]),
                ("lldp.ieee.802_3.mdi_pse_pair", value["pairs"]),
                ("lldp.ieee.802_3.mdi_power_class", value["class"]),
            ]
            return [(name, str(part)) for name, part in parts]
        case "med-capabilities":
            return [
                ("lldp.media.subtype.caps", _hex(value["capabilities"])),
                ("lldp.media.subtype.class", str(value["device_class"])),
            ]
        case "med-network-policy":
            return [
                ("lldp.media.app_type", str(value["application"])),
                ("lldp.media.vlan_id", str(value["vlan"])),
                ("lldp.media.l2_prio", str(value["priority"])),
                ("lldp.media.dscp", str(value["dscp"])),
            ]
        case name if name in _MED:
            return [(f"lldp.media.{_MED[name]}", value)] if value else []  # tshark prints no field for an empty text
    return []


def _number(text: str) -> str:
    """tshark prints the same number in several ways from version to version."""
    digits = re.fullmatch(r"(\d+) \(0x[0-9a-f]+\)|0x([0-9a-f]+)", text)
    if digits:
        return digits[1] or str(int(digits[2], 16))
    return text


def assert_same(ours: list[tuple[str, str]], theirs: dict[str, list[str]], where: str) -> int:
    for field, value in ours:
        told = [_number(text).strip("\r\n\0 ") for text in theirs.get(field, [])]
        assert _number(value).strip("\r\n\0 ") in told, f"{where}: {field}: ours {value!r}, tshark's {told}"
    return len(ours)


def check_lldp(path: Path) -> int:
    ours = [frame for frame in frames(path) if frame[12:14] == b"\x88\xcc"]
    theirs = dissected(path, "lldp")
    compared = 0
    for number, (frame, fields) in enumerate(zip(ours, theirs, strict=True)):
        pdu = lldp.decode(frame[14:])
        malformed = any("malformed" in key for key in fields) or any("unreadable" in t.name for t in pdu.tlvs)
        for tlv in pdu.tlvs:
            # tshark gives up on a frame at the first TLV that it cannot read; ours goes on behind it
            if malformed and not all(field in fields for field, _ in lldp_fields(tlv)):
                break
            compared += assert_same(lldp_fields(tlv), fields, f"{path.name} frame {number} {tlv.name}")
    return compared


def test_captures_of_lldp_are_read_as_tshark_reads_them() -> None:
    assert sum(check_lldp(path) for path in inputs("lldp")) > 60


@pytest.mark.adds_to("test_captures_of_lldp_are_read_as_tshark_reads_them")
def test_shared_captures_of_lldp_are_read_as_tshark_reads_them(shared: Path) -> None:
    paths = sorted((shared / "recordings/captures").glob("*.pcap"))
    compared = sum(check_lldp(path) for path in paths if _link(path) == 1)
    assert compared > 200


def _link(path: Path) -> int:
    head = path.read_bytes()[:24]
    return int.from_bytes(head[20:24], "little" if head[:1] in (b"\xd4", b"\x4d") else "big")


def test_tshark_reads_the_frames_that_we_build(tmp_path: Path) -> None:
    header = bytes.fromhex("0180c200000e64167f12345688cc")
    write(tmp_path / "phone.pcap", [header + lldp.encode(PHONE)])
    fields = dissected(tmp_path / "phone.pcap", "lldp")[0]
    assert check_lldp(tmp_path / "phone.pcap") > 30
    assert fields["lldp.media.model"] == ["VVX 411"]
    assert not any("malformed" in key for key in fields)


def cdp_fields(packet: cdp.CdpPacket) -> list[tuple[str, str]]:
    fields = [("cdp.version", str(packet.version)), ("cdp.ttl", str(packet.ttl))]
    names = {
        "device-id": "cdp.deviceid", "platform": "cdp.platform", "port-id": "cdp.portid",
        "vtp-domain": "cdp.vtp_management_domain",
    }  # fmt: skip
    for tlv in packet.tlvs:
        fields.append(("cdp.tlv.len", str(len(tlv.raw) + 4)))
        match tlv.name:
            case name if name in names and tlv.value:
                fields.append((names[name], tlv.value))
            case "version":
                fields += [("cdp.software_version", line) for line in tlv.value.splitlines()]
            case "capabilities":
                fields += [
                    ("cdp.capabilities", _hex(tlv.value, 8)),
                    ("cdp.capabilities.voip_phone", str(tlv.value >> 7 & 1)),
                ]
            case "native-vlan":
                fields.append(("cdp.native_vlan", str(tlv.value)))
            case "addresses" | "management-addresses":
                fields += [("cdp.nrgyz.ip_address", a.text) for a in tlv.value if a.text]
            case "power-available":
                fields += [("cdp.power_available", str(power)) for power in tlv.value["milliwatts"]]
    return fields


def check_cdp(path: Path) -> int:
    packets = [frame[22:] for frame in frames(path) if frame[14:22] == cdp.SNAP]
    lengths = [int.from_bytes(frame[12:14], "big") - 8 for frame in frames(path) if frame[14:22] == cdp.SNAP]
    compared = 0
    for number, (data, length, fields) in enumerate(zip(packets, lengths, dissected(path, "cdp"), strict=True)):
        packet = cdp.decode(data[:length])
        compared += assert_same(cdp_fields(packet), fields, f"{path.name} packet {number}")
        assert packet.checksum_ok is (fields["cdp.checksum.status"] == ["1"])
    return compared


def test_captures_of_cdp_are_read_as_tshark_reads_them() -> None:
    assert sum(check_cdp(path) for path in inputs("cdp")) > 30


@pytest.mark.adds_to("test_captures_of_cdp_are_read_as_tshark_reads_them")
def test_shared_captures_of_cdp_are_read_as_tshark_reads_them(shared: Path) -> None:
    paths = sorted((shared / "recordings/captures").glob("*.pcap"))
    assert sum(check_cdp(path) for path in paths if _link(path) == 1) > 60


@pytest.mark.parametrize("last", [0x00, 0x01, 0x7F, 0x80, 0x81, 0xFF])
@pytest.mark.parametrize("device_id", ["SEP001795B0F381", "SEP001795B0F38"], ids=["odd", "even"])
def test_a_cdp_packet_of_ours_has_a_checksum_that_tshark_accepts(tmp_path: Path, device_id: str, last: int) -> None:
    body = cdp.encode(
        [
            ("device-id", device_id),
            ("addresses", (cdp.ipv4(bytes([10, 1, 2, 3])),)),
            ("port-id", "Port 1"),
            ("capabilities", 0x490),
            ("version", "sip78xx.12-8-1-0001-455"),
            ("platform", "Cisco IP Phone 7841"),
            ("untrusted-cos", last),
        ]
    )
    frame = bytes.fromhex("01000ccccccc001795b0f381") + (len(body) + 8).to_bytes(2, "big") + cdp.SNAP + body
    write(tmp_path / "cdp.pcap", [frame])
    assert check_cdp(tmp_path / "cdp.pcap") > 10
    assert dissected(tmp_path / "cdp.pcap", "cdp")[0]["cdp.checksum.status"] == ["1"]
