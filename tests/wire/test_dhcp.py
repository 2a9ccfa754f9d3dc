"""DHCP messages of phones: the forms of the vendor class, options with a wrong length, the address of the client."""

from __future__ import annotations

import pytest

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
    ("options", "text"),
    [
        ([option(60, b"Polycom-VVX411")], "Polycom-VVX411"),
        ([option(60, b"yealink\0")], "yealink"),
        ([option(60, BINARY)], JOINED),
        ([option(60, POLYCOM + bytes([len(BINARY) - 4]) + BINARY[4:])], JOINED),
        ([option(60, POLYCOM + bytes([len(BINARY) - 4]) + BINARY[4:] + b"\xff")], JOINED),
        ([option(60, BINARY + b"\xff")], JOINED),
        ([option(60, POLYCOM + b"\x70" + BINARY[4:-6])], JOINED.rpartition(";")[0]),
        ([option(124, POLYCOM + bytes([len(BINARY) - 4]) + BINARY[4:])], JOINED),
        ([option(124, (9).to_bytes(4, "big") + b"\x0b\x0aCisco 7841")], "Cisco 7841"),
        ([option(60, BINARY[:30])], "Polycom;VVX-VVX_411"),
        ([option(60, BINARY[:20]), option(60, BINARY[20:])], JOINED),
        ([option(60, b"")], None),
        ([], None),
    ],
    ids=["text", "NUL", "binary", "binary with its length", "with length and end",
         "with end", "with the length of what was cut", "option 124", "other enterprise", "truncated", "split",
         "empty", "none"],
)  # fmt: skip
def test_the_vendor_class_is_read_in_each_of_its_forms(options: list[bytes], text: str | None) -> None:
    assert dhcp.vendor_class(dhcp.decode(message(*options))) == text


@pytest.mark.parametrize(
    ("octets", "text"), [(b"405HD", "405HD"), (b"\x05405HD", "405HD"), (b"\x03abc\x02de", "abc,de"), (b"", None)]
)
def test_a_user_class_is_read_with_and_without_length(octets: bytes, text: str | None) -> None:
    assert dhcp.user_class(dhcp.decode(message(option(77, octets)))) == text


def test_a_client_announces_mac_name_class_and_parameters() -> None:
    announced = discovery.announcement(
        dhcp.decode(
            message(option(53, b"\1"), option(60, BINARY), option(12, b"desk-7"), option(55, bytes([1, 3, 66])))
        )
    )
    assert announced is not None
    assert (announced.mac, announced.ip) == ("64:16:7f:12:34:56", None)
    assert dict(announced.findings) == {
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
    ids=["offered", "without a server", "in a DISCOVER", "renewed", "two octets"],
)
def test_an_address_is_the_clients_if_in_use_or_offered(options: list[bytes], client: bytes, ip: str | None) -> None:
    announced = discovery.announcement(dhcp.decode(message(option(60, b"yealink"), *options, client=client)))
    assert announced is not None
    assert announced.ip == ip


def test_a_message_of_a_server_and_one_without_evidence_are_no_announcement() -> None:
    assert discovery.announcement(dhcp.decode(message(option(60, b"yealink"), operation=2))) is None
    assert discovery.announcement(dhcp.decode(message(option(53, b"\1")))) is None


@pytest.mark.parametrize("mac", [bytes(6), b"\xff" * 6, b"\x01\0\x5e\0\0\1"])
def test_a_mac_that_is_not_a_unicast_address_is_ignored(mac: bytes) -> None:
    announced = discovery.announcement(dhcp.decode(message(option(60, b"yealink"), mac=mac)))
    assert announced is not None
    assert announced.mac is None


def test_an_option_past_the_end_does_not_affect_those_before_it() -> None:
    decoded = dhcp.decode(message(option(60, b"yealink"))[:-1] + b"\x0c\xff")
    assert dhcp.vendor_class(decoded) == "yealink"
    assert len(decoded.faults) == 1
