"""LLDP codec: both directions by one table, malformed input, and the announcements of phones."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.discovery import lldp as discovery
from scanner.wire import lldp, lldp_ieee, lldp_med
from scanner.wire.tlv import Identifier

PHONE = [
    ("chassis-id", Identifier(5, bytes([1, 10, 1, 2, 3]))),
    ("port-id", Identifier(3, bytes.fromhex("64167f123456"))),
    ("ttl", 120),
    ("port-description", "1"),
    ("system-name", "Polycom VVX 411"),
    ("system-description", "Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.0.9373/13-Jun-19 09:28;UP/5.9.0.9373;"),
    ("capabilities", lldp.Capabilities(0x24, 0x24)),
    ("management-address", lldp.ManagementAddress(1, bytes([10, 1, 2, 3]), 2, 1)),
    ("mac-phy", {"supported": 1, "enabled": 1, "advertised": 0x6C01, "mau": 16}),
    ("med-capabilities", {"capabilities": 0x33, "device_class": 3}),
    (
        "med-network-policy",
        {"application": 1, "unknown": 0, "tagged": 1, "vlan": 120, "priority": 5, "dscp": 46},
    ),
    ("med-power", {"type": 1, "source": 1, "priority": 2, "tenths_of_watt": 52}),
    ("med-hardware-revision", "3111-48450-001,1"),
    ("med-firmware-revision", "5.9.0.9373"),
    ("med-software-revision", "5.9.0.9373"),
    ("med-serial", "64167F123456"),
    ("med-manufacturer", "Polycom"),
    ("med-model", "VVX 411"),
    ("med-asset-id", "desk 12"),
]

# name, value, octets after the TLV header: one table for both directions
TLVS = [
    ("chassis-id", Identifier(4, bytes.fromhex("001565aabbcc")), "04001565aabbcc"),
    ("port-id", Identifier(7, b"001565AABBCC:P1"), "07" + b"001565AABBCC:P1".hex()),
    ("ttl", 120, "0078"),
    ("system-name", "SIP-T58A", b"SIP-T58A".hex()),
    ("capabilities", lldp.Capabilities(0x24, 0x20), "00240020"),
    ("management-address", lldp.ManagementAddress(1, b"\n\0\0\1", 2, 7, b"\x2b\6"), "05010a0000010200000007022b06"),
    ("port-vlan", 120, "0080c2010078"),
    ("port-protocol-vlan", {"enabled": 1, "supported": 1, "vlan": 7}, "0080c202060007"),
    ("vlan-name", lldp_ieee.VlanName(120, "voice"), "0080c2030078" + "05" + b"voice".hex()),
    ("protocol-identity", b"\x88\x8e", "0080c204" + "02888e"),
    ("mac-phy", {"enabled": 1, "supported": 1, "advertised": 0x6C01, "mau": 16}, "00120f01" + "036c010010"),
    (
        "mdi-power",
        {
            "pairs_control": 1, "enabled": 1, "supported": 1, "pse": 1, "pairs": 1, "class": 3, "type": 1, "source": 1,
            "pd_4pid": 0, "priority": 2, "requested": 65, "allocated": 65,
        },
        "00120f02" + "0f0103" + "52" + "0041" + "0041",
    ),
    ("maximum-frame-size", 1522, "00120f04" + "05f2"),
    ("med-capabilities", {"capabilities": 0x33, "device_class": 3}, "0012bb01" + "003303"),
    (
        "med-network-policy",
        {"application": 1, "unknown": 0, "tagged": 1, "vlan": 120, "priority": 5, "dscp": 46},
        "0012bb02" + "0140f16e",
    ),
    ("med-location", lldp_med.LocationIdentification(3, b"911"), "0012bb03" + "03393131"),
    ("med-model", "T58A", "0012bb0a" + b"T58A".hex()),
]  # fmt: skip


def tlv(kind: int, body: str) -> bytes:
    octets = bytes.fromhex(body)
    return (kind << 9 | len(octets)).to_bytes(2, "big") + octets


@pytest.mark.parametrize(("name", "value", "octets"), TLVS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_tlv_is_read_and_written(name: str, value: object, octets: str) -> None:
    written = lldp.encode([(name, value)], end=False)
    assert written[2:].hex() == octets
    assert lldp.decode(written).first(name) == value


def test_a_phone_is_read_as_it_was_written() -> None:
    pdu = lldp.decode(lldp.encode(PHONE))
    assert [(t.name, t.value) for t in pdu.tlvs] == PHONE
    assert pdu.faults == ()


@pytest.mark.parametrize("length", range(len(lldp.encode(PHONE))))
def test_every_truncation_returns_the_tlvs_before_it_and_a_fault_for_each_missing_one(length: int) -> None:
    whole = lldp.decode(lldp.encode(PHONE)).tlvs
    pdu = lldp.decode(lldp.encode(PHONE)[:length])
    assert pdu.tlvs == whole[: len(pdu.tlvs)]
    assert all(fault.offset <= length for fault in pdu.faults)
    expected = [f"expected {name} here" for name in ("chassis-id", "port-id", "ttl")]
    assert [fault.what for fault in pdu.faults if "expected" in fault.what] == expected[len(pdu.tlvs) :]


@given(st.integers(1, 127), st.binary(max_size=511))
def test_a_tlv_of_any_type_and_content_does_not_affect_the_next(kind: int, body: bytes) -> None:
    head = lldp.encode(PHONE[:3], end=False)
    pdu = lldp.decode(head + tlv(kind, body.hex()) + lldp.encode([("med-model", "T58A")]))
    assert [item.value for item in pdu.tlvs[:3]] == [value for _, value in PHONE[:3]]
    assert pdu.tlvs[3].raw == body
    assert (pdu.tlvs[4].name, pdu.tlvs[4].value) == ("med-model", "T58A")
    assert len(pdu.tlvs) == 5


@given(st.integers(0, 255), st.binary(max_size=255), st.booleans())
def test_any_identifier_has_readable_text(subtype: int, octets: bytes, chassis: bool) -> None:
    text = lldp.identifier_text(Identifier(subtype, octets), chassis=chassis)
    assert text.isprintable()
    address = lldp.identifier_address(Identifier(subtype, octets), chassis=chassis)
    assert address == (None if address is None else str(ip_address(address)))


def test_a_repeated_system_name_is_a_fault_and_the_first_is_used() -> None:
    pdu = lldp.decode(lldp.encode([*PHONE[:3], ("system-name", "first"), ("system-name", "second")]))
    assert pdu.first("system-name") == "first"
    assert [f.what for f in pdu.faults] == ["repeated system-name, ignored"]


def test_a_value_that_does_not_fit_is_not_encoded() -> None:
    with pytest.raises(WireError, match="does not fit"):
        lldp.encode([("system-description", "x" * 512)])
    with pytest.raises(WireError, match="vlan"):
        lldp.encode([("med-network-policy", {"application": 1, "vlan": 4096})])
    with pytest.raises(WireError, match="unknown TLV name no-such"):
        lldp.encode([("no-such", 1)])


def test_a_phone_has_its_mac_in_the_port_id_and_its_address_in_the_chassis_id() -> None:
    announced = discovery.announcement(lldp.decode(lldp.encode(PHONE)), "00:00:5e:00:01:01")
    assert (announced.mac, announced.ip, announced.ttl) == ("64:16:7f:12:34:56", "10.1.2.3", 120)
    findings = dict(announced.findings)
    assert findings["lldp-med.model"] == "VVX 411"
    assert findings["lldp-med.voice-vlan"] == "120"
    assert findings["lldp.capabilities"] == "bridge,telephone"
    assert findings["lldp-med.device-class"] == "endpoint-3"


def test_a_cisco_port_id_has_the_mac_before_the_port() -> None:
    pdu = lldp.decode(
        lldp.encode(
            [("chassis-id", Identifier(5, b"\1\0\0\0\0")), ("port-id", Identifier(7, b"00D6FE04293D:P1")), ("ttl", 180)]
        )
    )
    announced = discovery.announcement(pdu)
    assert announced.mac == "00:d6:fe:04:29:3d"
    assert announced.ip is None  # 0.0.0.0 is not an address of a host


def test_a_civic_address_is_read_and_every_truncation_is_refused() -> None:
    civic = lldp_med.Civic(2, "DE", ((3, "Berlin"), (19, "42")))
    octets = lldp_med.write_civic(civic)
    assert lldp_med.civic(octets) == civic
    for length in range(len(octets)):
        with pytest.raises(WireError):
            lldp_med.civic(octets[:length])


@pytest.mark.adds_to("captures/test_captures.py::test_of_the_lldp_captures_the_malformed_ones_alone_have_faults")
def test_of_the_shared_captures_the_malformed_ones_alone_have_faults(shared) -> None:  # type: ignore[no-untyped-def]
    from tests.oracles.pcap import frames

    read, faulty = 0, set()
    for path in sorted((shared / "recordings/captures").glob("*.pcap")):
        for frame in frames(path):
            if frame[12:14] == b"\x88\xcc":
                read += 1
                if lldp.decode(frame[14:]).faults:
                    faulty.add(path.stem)
    assert read > 10
    assert faulty == {"tcpdump-lldp_8021_linkagg", "tcpdump-lldp_asan", "tcpdump-lldp_mgmt_addr_tlv_asan"}


@pytest.mark.parametrize(
    ("octets", "mac"),
    [
        ("64167f123456", "64:16:7f:12:34:56"),
        ("64167f12345600", "64:16:7f:12:34:56"),
        ("64167f12345600000000", "64:16:7f:12:34:56"),
        (b"64:16:7f:12:34:56".hex(), "64:16:7f:12:34:56"),
        (b"64167F123456:P1".hex(), "64:16:7f:12:34:56"),
        ("64167f1234", None),
        (b"a phone".hex(), None),
    ],
)
def test_a_mac_identifier_of_any_length_is_read(octets: str, mac: str | None) -> None:
    assert lldp.identifier_mac(Identifier(4, bytes.fromhex(octets)), chassis=True) == mac
    assert lldp.identifier_mac(Identifier(3, bytes.fromhex(octets)), chassis=False) == mac


def test_the_text_of_an_identifier_ends_at_its_first_nul() -> None:
    assert lldp.identifier_text(Identifier(7, b"phone7\0\x80old"), chassis=True) == "phone7"
    assert lldp.identifier_text(Identifier(7, b"H\0\x01"), chassis=True) == "48:00:01"


def test_of_a_repeated_text_the_first_that_is_not_empty_counts() -> None:
    pdu = lldp.encode([("ttl", 0), ("med-model", ""), ("med-model", "VVX 411"), ("med-model", "old"), ("ttl", 9)])
    assert lldp.decode(pdu).firsts() == {"ttl": 0, "med-model": "VVX 411"}
