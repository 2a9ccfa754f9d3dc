"""CDP codec: both directions by one table, malformed input, and the device that a packet identifies."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.core.errors import WireError
from scanner.discovery import cdp as discovery
from scanner.wire import cdp

SENDER = "64:16:7f:12:34:56"
V6 = cdp.CdpAddress(bytes.fromhex("0208aaaa0300000086dd"), bytes.fromhex("20010db8000000000000000000000007"))
# name, value, octets of the TLV's value
TLVS: list[tuple[str, Any, str]] = [
    ("device-id", "SEP64167F123456", b"SEP64167F123456".hex()),
    ("addresses", (cdp.ipv4(b"\x0a\x01\x02\x03"),), "00000001" + "0101cc" + "0004" + "0a010203"),
    ("addresses", (V6,), "00000001" + "0208aaaa0300000086dd" + "0010" + "20010db8000000000000000000000007"),
    ("port-id", "Port 1", b"Port 1".hex()),
    ("capabilities", 0x490, "00000490"),
    ("version", "sip78xx.12-8-1-0001-455", b"sip78xx.12-8-1-0001-455".hex()),
    ("platform", "Cisco IP Phone 7841", b"Cisco IP Phone 7841".hex()),
    ("prefixes", (("10.1.2.0", 24),), "0a01020018"),
    ("vtp-domain", "campus", b"campus".hex()),
    ("native-vlan", 10, "000a"),
    ("duplex", 1, "01"),
    ("voice-vlan-reply", {"data": 1, "vlan": 120}, "010078"),
    ("power-consumption", 6300, "189c"),
    ("power-available", {"request": 1, "management": 2, "milliwatts": (15400, 0)}, "0001000200003c2800000000"),
    ("management-addresses", (), "00000000"),
]  # fmt: skip


def packet(*tlvs: tuple[int, bytes], version: int = 2) -> bytes:
    body = b"".join(kind.to_bytes(2, "big") + (len(value) + 4).to_bytes(2, "big") + value for kind, value in tlvs)
    return bytes([version, 180, 0, 0]) + body


@pytest.mark.parametrize(("name", "value", "octets"), TLVS)
def test_a_tlv_is_read_and_written(name: str, value: Any, octets: str) -> None:
    written = cdp.encode([(name, value)])
    assert written[8:].hex() == octets
    decoded = cdp.decode(written)
    assert (decoded.faults, decoded.first(name), decoded.checksum_ok) == ((), value, True)


def test_a_length_shorter_than_the_header_ends_the_reading() -> None:
    decoded = cdp.decode(packet((1, b"SEP64167F123456")) + b"\0\5\0\0" * 3)
    assert decoded.first("device-id") == "SEP64167F123456"
    assert decoded.faults == ((23, "TLV 0x0005 with a length of 0 octets, 12 left"),)


def test_a_length_past_the_end_ends_the_reading() -> None:
    decoded = cdp.decode(packet((6, b"Cisco IP Phone 7841")) + b"\0\5\xff\xffsip78xx")
    assert [tlv.name for tlv in decoded.tlvs] == ["platform"]
    assert len(decoded.faults) == 1


@pytest.mark.parametrize(
    "value",
    [b"\xff\xff\xff\xff", b"\0\0\0\2\1\1\xcc\0\4\x0a\1\2\3", b"\0\0\0\1\1\xff", b"\0\0\0\1\1\1\xcc\xff\xff"],
    ids=["count of 2**32 - 1", "one of two", "protocol too long", "address too long"],
)
def test_a_truncated_address_list_does_not_affect_the_next_tlv(value: bytes) -> None:
    decoded = cdp.decode(packet((2, value), (6, b"Cisco IP Phone 7841")))
    assert decoded.first("platform") == "Cisco IP Phone 7841"
    assert decoded.first("addresses") is None
    assert len(decoded.faults) == 1


def test_a_repeated_tlv_is_a_fault_and_the_first_is_used() -> None:
    decoded = cdp.decode(packet((6, b"Cisco IP Phone 7841"), (6, b"another")))
    assert decoded.first("platform") == "Cisco IP Phone 7841"
    assert [fault.what for fault in decoded.faults] == ["repeated platform, ignored"]


def test_a_wrong_checksum_and_an_unknown_version_are_faults_and_the_rest_is_read() -> None:
    decoded = cdp.decode(bytes([9, 180, 0xBA, 0xAD]) + packet((6, b"x"))[4:])
    assert decoded.first("platform") == "x"
    assert decoded.checksum_ok is False
    assert [fault.offset for fault in decoded.faults] == [0, 2]


def test_an_unknown_tlv_keeps_its_octets() -> None:
    decoded = cdp.decode(packet((0x1234, b"whatever")))
    assert (decoded.tlvs[0].name, decoded.tlvs[0].value, decoded.faults) == ("unknown-1234", b"whatever", ())


def test_an_unknown_name_is_not_encoded() -> None:
    with pytest.raises(WireError, match="unknown TLV name no-such-tlv"):
        cdp.encode([("no-such-tlv", 1)])


def test_a_phone_is_identified_by_its_source_address_else_by_its_device_id() -> None:
    decoded = cdp.decode(
        cdp.encode(
            [
                ("device-id", "SEP64167F123456"), ("addresses", (cdp.ipv4(b"\x0a\x01\x02\x03"),)),
                ("capabilities", 0x490), ("voice-vlan-reply", {"data": 1, "vlan": 120}),
            ]
        )
    )  # fmt: skip
    announced = discovery.announcement(decoded, "64:16:7f:12:34:57")
    assert (announced.mac, announced.ip, announced.ttl) == ("64:16:7f:12:34:57", "10.1.2.3", 180)
    assert dict(announced.findings) == {
        "cdp.device-id": "SEP64167F123456", "cdp.capabilities": "host,phone,two-port-mac-relay",
        "cdp.address": "10.1.2.3", "lldp-med.voice-vlan": "120",
    }  # fmt: skip
    assert discovery.announcement(decoded).mac == SENDER
    assert discovery.announcement(decoded, "01:00:0c:cc:cc:cc").mac == SENDER


@pytest.mark.parametrize("tail", [b"", b"\x7f", b"\x80", b"\xff", b"\0"])
def test_the_checksum_is_a_sum_of_words_and_a_signed_last_octet(tail: bytes) -> None:
    octets = bytes([2, 180, 0, 0]) + bytes.fromhex("fffe0001ffff") + tail
    last = int.from_bytes(tail, "big")
    words = [0x02B4, 0xFFFE, 0x0001, 0xFFFF, last if last < 0x80 else (0xFF00 | last) - 1]
    total = sum(words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert cdp.checksum(octets) == 0xFFFF - total


def test_every_truncation_returns_the_tlvs_before_it() -> None:
    whole = cdp.encode([(name, value) for name, value, _ in TLVS if name != "addresses"])
    names = [tlv.name for tlv in cdp.decode(whole).tlvs]
    for length in range(len(whole)):
        decoded = cdp.decode(whole[:length])
        assert [tlv.name for tlv in decoded.tlvs] == names[: len(decoded.tlvs)]
        assert decoded.faults
