"""DHCP as phones send it: both forms of the vendor class, options that lie about their length, whose address it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.discovery import dhcp as discovery
from scanner.wire import dhcp

MAC = bytes.fromhex("64167f123456")
POLYCOM = (13885).to_bytes(4, "big")


def option(code: int, value: bytes) -> bytes:
    return bytes([code, len(value)]) + value


def sub(code: int, text: str) -> bytes:
    return bytes([code, len(text)]) + text.encode()


BINARY = POLYCOM + sub(1, "Polycom") + sub(2, "VVX-VVX_411") + sub(3, "3111-48450-001,1") + sub(4, "SIP/5.9.0.9373")
JOINED = "Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.0.9373"


def message(*options: bytes, operation: int = 1, mac: bytes = MAC, client: bytes = bytes(4)) -> bytes:
    head = bytes([operation, 1, 6, 0]) + bytes(8) + client + bytes(12) + mac.ljust(16, b"\0") + bytes(192)
    return head + dhcp.COOKIE + b"".join(options) + b"\xff"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([option(60, b"Polycom-VVX411")], "Polycom-VVX411"),
        ([option(60, b"yealink\0")], "yealink"),
        ([option(60, BINARY)], JOINED),
        ([option(60, POLYCOM + bytes([len(BINARY) - 4]) + BINARY[4:])], JOINED),
        ([option(124, POLYCOM + bytes([len(BINARY) - 4]) + BINARY[4:])], JOINED),
        ([option(124, (9).to_bytes(4, "big") + b"\x0b\x0aCisco 7841")], "Cisco 7841"),
        ([option(60, BINARY[:30])], "Polycom;"),
        ([option(60, BINARY[:20]), option(60, BINARY[20:])], JOINED),
        ([option(60, b"")], None),
        ([], None),
    ],
    ids=["text", "NUL", "binary", "binary with its length", "option 124", "another's option 124", "cut", "in two parts",
         "empty", "none"],
)  # fmt: skip
def test_the_vendor_class_is_read_in_each_of_its_forms(options: list[bytes], told: str | None) -> None:
    found = dhcp.vendor_class(dhcp.decode(message(*options)))
    assert found == told or (told == "Polycom;" and found is not None and found.startswith("Polycom"))


@pytest.mark.parametrize(
    ("octets", "told"), [(b"405HD", "405HD"), (b"\x05405HD", "405HD"), (b"\x03abc\x02de", "abc,de"), (b"", None)]
)
def test_a_user_class_is_read_counted_and_bare(octets: bytes, told: str | None) -> None:
    assert dhcp.user_class(dhcp.decode(message(option(77, octets)))) == told


def test_a_client_says_mac_name_class_and_parameters() -> None:
    told = discovery.announcement(
        dhcp.decode(
            message(option(53, b"\1"), option(60, BINARY), option(12, b"desk-7"), option(55, bytes([1, 3, 66])))
        )
    )
    assert told is not None
    assert (told.mac, told.ip) == ("64:16:7f:12:34:56", None)
    assert dict(told.findings) == {
        "dhcp.vendor-class": JOINED, "dhcp.hostname": "desk-7", "dhcp.parameters": "1,3,66",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "client", "ip"),
    [
        ([option(53, b"\3"), option(50, b"\x0a\1\2\3"), option(54, b"\x0a\0\0\1")], bytes(4), "10.1.2.3"),
        ([option(53, b"\3"), option(50, b"\x0a\1\2\3")], bytes(4), None),
        ([option(53, b"\1"), option(50, b"\x0a\1\2\3"), option(54, b"\x0a\0\0\1")], bytes(4), None),
        ([option(53, b"\3")], b"\x0a\1\2\4", "10.1.2.4"),
        ([option(53, b"\3"), option(50, b"\x0a\1"), option(54, b"\x0a\0\0\1")], bytes(4), None),
    ],
    ids=["offered", "remembered from elsewhere", "wished for", "renewed", "half an address"],
)
def test_an_address_is_the_clients_when_it_uses_it_or_was_offered_it(
    options: list[bytes], client: bytes, ip: str | None
) -> None:
    told = discovery.announcement(dhcp.decode(message(option(60, b"yealink"), *options, client=client)))
    assert told is not None
    assert told.ip == ip


def test_a_servers_message_and_one_that_tells_nothing_are_none() -> None:
    assert discovery.announcement(dhcp.decode(message(option(60, b"yealink"), operation=2))) is None
    assert discovery.announcement(dhcp.decode(message(option(53, b"\1")))) is None


@pytest.mark.parametrize("mac", [bytes(6), b"\xff" * 6, b"\x01\0\x5e\0\0\1"])
def test_a_mac_that_names_nobody_is_none(mac: bytes) -> None:
    told = discovery.announcement(dhcp.decode(message(option(60, b"yealink"), mac=mac)))
    assert told is not None
    assert told.mac is None


def test_an_option_past_the_end_leaves_those_before_it() -> None:
    told = dhcp.decode(message(option(60, b"yealink"))[:-1] + b"\x0c\xff")
    assert dhcp.vendor_class(told) == "yealink"
    assert len(told.faults) == 1


@given(st.binary(max_size=400))
def test_any_octets_end_in_a_message_or_one_fault(data: bytes) -> None:
    for octets in (data, message(data)):
        try:
            told = dhcp.decode(octets)
        except WireError:
            continue
        discovery.announcement(told)
