"""CDP codec: both directions by one table, broken input, and whose a packet is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.discovery import cdp as discovery
from scanner.wire import cdp

SENDER = "64:16:7f:12:34:56"
V6 = cdp.Address(bytes.fromhex("0208aaaa0300000086dd"), bytes.fromhex("20010db8000000000000000000000007"))
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
    told = cdp.decode(written)
    assert (told.faults, told.first(name), told.checksum_ok) == ((), value, True)


def test_a_length_that_holds_no_header_ends_the_reading() -> None:
    told = cdp.decode(packet((1, b"SEP64167F123456")) + b"\0\5\0\0" * 3)
    assert told.first("device-id") == "SEP64167F123456"
    assert [(fault.offset, fault.what) for fault in told.faults] == [(23, "TLV 0x0005 says 0 octets, 12 left")]


def test_a_length_past_the_end_reads_nothing_behind_it() -> None:
    told = cdp.decode(packet((6, b"Cisco IP Phone 7841")) + b"\0\5\xff\xffsip78xx")
    assert [tlv.name for tlv in told.tlvs] == ["platform"]
    assert len(told.faults) == 1


@pytest.mark.parametrize(
    "value",
    [b"\xff\xff\xff\xff", b"\0\0\0\2\1\1\xcc\0\4\x0a\1\2\3", b"\0\0\0\1\1\xff", b"\0\0\0\1\1\1\xcc\xff\xff"],
    ids=["four milliards of addresses", "one of two", "a long protocol", "a long address"],
)
def test_addresses_that_run_out_cost_no_other_tlv(value: bytes) -> None:
    told = cdp.decode(packet((2, value), (6, b"Cisco IP Phone 7841")))
    assert told.first("platform") == "Cisco IP Phone 7841"
    assert told.first("addresses") is None
    assert len(told.faults) == 1


def test_of_a_tlv_that_comes_again_the_first_counts() -> None:
    told = cdp.decode(packet((6, b"Cisco IP Phone 7841"), (6, b"another")))
    assert told.first("platform") == "Cisco IP Phone 7841"
    assert [fault.what for fault in told.faults] == ["another platform; the first one counts"]


def test_a_wrong_checksum_and_another_version_are_faults_and_the_rest_is_read() -> None:
    told = cdp.decode(bytes([9, 180, 0xBA, 0xAD]) + packet((6, b"x"))[4:])
    assert told.first("platform") == "x"
    assert told.checksum_ok is False
    assert [fault.offset for fault in told.faults] == [0, 2]


def test_an_unknown_tlv_loses_nothing() -> None:
    told = cdp.decode(packet((0x1234, b"whatever")))
    assert (told.tlvs[0].name, told.tlvs[0].value, told.faults) == ("unknown-1234", b"whatever", ())


def test_what_does_not_fit_is_not_written() -> None:
    with pytest.raises(WireError):
        cdp.encode([("no-such-tlv", 1)])


def test_a_phone_is_known_by_its_sender_else_by_its_device_id() -> None:
    told = cdp.decode(
        cdp.encode(
            [
                ("device-id", "SEP64167F123456"), ("addresses", (cdp.ipv4(b"\x0a\x01\x02\x03"),)),
                ("capabilities", 0x490), ("voice-vlan-reply", {"data": 1, "vlan": 120}),
            ]
        )
    )  # fmt: skip
    announced = discovery.announcement(told, "64:16:7f:12:34:57")
    assert (announced.mac, announced.ip, announced.ttl) == ("64:16:7f:12:34:57", "10.1.2.3", 180)
    assert dict(announced.findings) == {
        "cdp.device-id": "SEP64167F123456", "cdp.capabilities": "host,phone,two-port-mac-relay",
        "cdp.address": "10.1.2.3", "lldp-med.voice-vlan": "120",
    }  # fmt: skip
    assert discovery.announcement(told).mac == SENDER
    assert discovery.announcement(told, "01:00:0c:cc:cc:cc").mac == SENDER


@given(st.binary(max_size=300))
def test_any_octets_end_in_a_packet(data: bytes) -> None:
    told = cdp.decode(data)
    assert all(0 <= fault.offset <= len(data) for fault in told.faults)
    discovery.announcement(told, SENDER)


def test_every_truncation_gives_the_tlvs_before_it() -> None:
    whole = cdp.encode([(name, value) for name, value, _ in TLVS if name != "addresses"])
    names = [tlv.name for tlv in cdp.decode(whole).tlvs]
    for length in range(len(whole)):
        told = cdp.decode(whole[:length])
        assert [tlv.name for tlv in told.tlvs] == names[: len(told.tlvs)]
        assert told.faults
