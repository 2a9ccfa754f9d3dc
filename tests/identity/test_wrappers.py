"""What stands around a product is taken off: wrappers of programs, a MAC in any notation, serial numbers, remarks."""

from __future__ import annotations

import pytest

from scanner.core.model import Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load
from scanner.identity.match import match
from scanner.identity.wrappers import unwrapped
from tests.nonempty import some

PRODUCTS = [
    ("Yealink SIP-T58A 58.15.0.20", ("Yealink", "T58A", "58.15.0.20"), "001565aabbcc"),
    ("Grandstream GXP2170 1.0.11.46", ("Grandstream", "GXP2170", "1.0.11.46"), "000b82aabbcc"),
    ("PolycomVVX-VVX_411-UA/5.9.5.0614", ("Polycom", "VVX 411", "5.9.5.0614"), "0004f2aabbcc"),
    ("snom320/8.7.3.25", ("Snom", "320", "8.7.3.25"), "000413aabbcc"),
    ("Fanvil X6U 2.4.0", ("Fanvil", "X6U", "2.4.0"), "0c383eaabbcc"),
]
PAIRS = [":", "-", " "]
FIELDS = ["sip.user-agent", "provisioning.user-agent", "snmp.sysdescr", "dhcp.vendor-class", "lldp.system-description"]


def read(field: str, value: str) -> tuple[tuple[str | None, str | None, str | None], str | None]:
    found = identify([Observation(field=field, value=value)], load())
    return (found.manufacturer, found.model, found.firmware), found.mac


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("product", "parts", "mac"), PRODUCTS)
@pytest.mark.parametrize(
    "wrapper",
    [
        "{}",
        "FileTransport {} Type/Application",
        "FileTransport {}",
        "{} Type/Application",
        "Mozilla/4.0 (compatible; {})",
        "Mozilla/5.0 (compatible; {}",
        "Mozilla/4.0 (compatible; MSIE 6.0) {}",
        "{} (SN:12345)",
        "{} (Webex Calling)",
        "{} [lobby]",
        "{}\0",
        "{}\0junk Cisco 7206VXR Version 12.4",
        '"{}"',
    ],
)
def test_a_product_is_read_within_a_wrapper(
    field: str, product: str, parts: tuple[str, str, str], mac: str, wrapper: str
) -> None:
    assert read(field, wrapper.format(product))[0] == parts


def notations(mac: str) -> list[str]:
    pairs = [mac[at : at + 2] for at in range(0, 12, 2)]
    fours = [mac[at : at + 4] for at in range(0, 12, 4)]
    spelled = [mark.join(pairs) for mark in PAIRS] + [mark.join(fours) for mark in ".-"]
    return [text for one in (mac, f"{mac[:6]}-{mac[6:]}", *spelled) for text in (one, one.upper())]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("product", "parts", "mac"), PRODUCTS)
@pytest.mark.parametrize("around", ["{} {}", "{}_{}", "{} ({})", "{} (MAC:{})", "{} MAC:{}", "{} (SN:{})", "{};{}"])
def test_a_mac_behind_a_product_is_read_in_every_notation(
    field: str, product: str, parts: tuple[str, str, str], mac: str, around: str
) -> None:
    for spelled in some(notations(mac)):
        value = around.format(product, spelled)
        canonical = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
        assert read(field, value) == (parts, canonical), value


@pytest.mark.parametrize(
    "value",
    ["405HD-00908FAAFFFF", "405HD 00 90 8f aa ff ff", "405HD_00908faaffff", "AudioCodes 405HD (00:90:8F:AA:FF:FF)"],
)
def test_a_mac_behind_a_model_is_read(value: str) -> None:
    assert read("lldp.system-description", value) == (("AudioCodes", "405HD", None), "00:90:8f:aa:ff:ff")


@pytest.mark.parametrize(
    "value",
    [
        "Gigaset Maxwell3/2.22.9;202301011230",  # a date and a time
        "Yealink SIP-T46S 66.86.0.15 550e8400-e29b-41d4-a716-446655440000",  # a UUID
        "Yealink SIP-T46S 66.86.0.15 00:00:00:00:00:00",
        "Yealink SIP-T46S 66.86.0.15 ff:ff:ff:ff:ff:ff",
    ],
)
def test_what_only_looks_like_a_mac_is_not_one(value: str) -> None:
    assert read("sip.user-agent", value)[1] is None


def test_the_version_of_an_updater_stays_that_of_the_updater() -> None:
    assert unwrapped("FileTransport PolycomVVX-VVX_500-UA/5.9.7.47435 Type/Updater") == []


@pytest.mark.parametrize(
    "mark", ["(", "[", "Type/", "Mozilla/5.0 (", "FileTransport ", "00:", "(SN:", "MAC:", ") ", "_"]
)
def test_a_hostile_value_loses_a_bounded_number_of_wrappers(mark: str) -> None:
    for value in (mark * 500, mark * 60, "x " + mark * 60 + ")", ("a " + mark) * 40 + "00:11:22:33:44:55"):
        assert len(unwrapped(value[:4096])) <= 4


def test_the_text_behind_a_nul_is_not_read() -> None:
    found = match(load(), "snmp.sysdescr", "\0\0Grandstream GXP2170\0 1.0.11.46")
    assert [dict(one.gives) for one in found] == [{"manufacturer": "Grandstream", "model": "GXP2170", "kind": "phone"}]
