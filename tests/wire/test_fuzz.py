"""Every decoder of `scanner/wire/` against arbitrary, damaged and truncated input."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import wire
from scanner.core.text import identifying_mac
from scanner.wire import ber, cdp, dhcp, ethernet, ip_fragment, lldp, lldp_med, sip, snmp, tlv, wireless, x509
from scanner.wire.cursor import Cursor
from tests.fuzzing import Property, check, hostile, modules, parsers, truncations
from tests.wire import samples

INPUTS = frozenset({"bytes", "Cursor"})


def contains_faults(data: bytes, message: lldp.Lldpdu | cdp.CdpPacket) -> bool:
    offsets = [item.offset for item in message.tlvs]
    return offsets == sorted(offsets) and all(0 <= fault.offset <= len(data) for fault in message.faults)


def reads_back(data: bytes, oid: str) -> bool:
    return ber.oid_text(ber.oid_bytes(oid)) == oid


def carries_the_checksum(data: bytes, total: int) -> bool:
    return cdp.decode(data[:2] + total.to_bytes(2, "big") + data[4:]).checksum_ok is not False


def has_readable_options(data: bytes, message: dhcp.DhcpMessage) -> bool:
    texts = (dhcp.vendor_class(message), dhcp.user_class(message), dhcp.parameters(message), message.text(12))
    return sum(map(len, message.options.values())) <= len(data) and all(text is None or text for text in texts)


def is_within(data: bytes, frames: list[ethernet.Frame | None]) -> bool:
    return all(frame is None or frame.payload in data for frame in frames)


def is_bounded_sip(data: bytes, message: sip.SipMessage) -> bool:
    values = [len(value) <= sip.VALUE_LIMIT for _, value in message.headers]
    return (message.status is None) == (message.method is not None) and len(values) <= sip.HEADER_LIMIT and all(values)


def asks_for_the_community(community: bytes, template: snmp.Template) -> bool:
    return snmp.decode(template.request(1 << 24)).community == community


#: Decoder → its property. `test_every_decoder_has_a_property` derives the list that must be here.
PROPERTIES: dict[str, Property] = {
    "scanner.wire.ber.head": Property(
        lambda data: ber.head(Cursor(data)), samples.SNMP,
        "the length of a value is within the data", lambda data, found: 0 <= found[1] <= len(data) - 2,
    ),
    "scanner.wire.ber.expect": Property(
        lambda data: ber.expect(Cursor(data), ber.SEQUENCE), samples.SNMP,
        "the length of an expected value is within the data", lambda data, size: 0 <= size <= len(data) - 2,
    ),
    "scanner.wire.ber.content": Property(
        lambda data: ber.content(Cursor(data)), samples.SNMP,
        "tag and content are octets of the data", lambda data, found: found[0] == data[0] and found[1] in data,
    ),
    "scanner.wire.ber.number": Property(
        lambda data: ber.number(Cursor(data)), b"\x02\x04\x12\x34\x56\x78",
        "a number is no wider than its content", lambda data, number: number.bit_length() <= 8 * (len(data) - 2),
    ),
    "scanner.wire.ber.value": Property(
        lambda data: ber.value(Cursor(data)), b"\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00",
        "octets are octets of the data, and every other value is of a known type",
        lambda data, value: value in data if isinstance(value, bytes) else isinstance(value, ber.Value | None),
    ),
    "scanner.wire.ber.signed": Property(
        ber.signed, b"\xff\x00\x80",
        "the sign is that of the first octet", lambda data, number: (number < 0) == (data[:1] > b"\x7f"),
    ),
    "scanner.wire.ber.unsigned": Property(
        ber.unsigned, b"\xff\x00\x80",
        "a counter is not negative and no wider than its octets",
        lambda data, number: 0 <= number < 1 << 8 * len(data),
    ),
    "scanner.wire.ber.oid_text": Property(
        ber.oid_text, bytes.fromhex("2b0601040181e0040a020101"), "an OID is read back as it was written", reads_back,
    ),
    "scanner.wire.cdp.decode": Property(
        cdp.decode, samples.CDP, "TLVs are in order and faults have an offset within the packet", contains_faults,
    ),
    "scanner.wire.cdp.checksum": Property(
        cdp.checksum, samples.CDP, "a packet with this checksum is correct", carries_the_checksum,
    ),
    "scanner.wire.cdp.ipv4": Property(
        cdp.ipv4, bytes([10, 1, 2, 3]),
        "exactly four octets are an address", lambda data, address: (address.text is None) == (len(data) != 4),
    ),
    "scanner.wire.dhcp.decode": Property(
        dhcp.decode, samples.DHCP, "options fit into the message, and no text is empty", has_readable_options,
    ),
    "scanner.wire.ethernet.frame": Property(
        lambda data: [ethernet.frame(data, link) for link in sorted(ethernet.LINKS)], samples.FRAME,
        "the payload of a frame of any link type is a part of it", is_within,
    ),
    "scanner.wire.ethernet.packet": Property(
        lambda data: [ethernet.packet(kind, data) for kind in (ethernet.IPV4, ethernet.IPV6)], samples.IPV4,
        "the payload of a packet is a part of it", is_within,
    ),
    "scanner.wire.ethernet.carried": Property(
        lambda data: [ethernet.carried(kind, data) for kind in (ethernet.IPV4, ethernet.IPV6)], samples.IPV4,
        "the payload of a packet is a part of it",
        lambda data, found: all(one is None or one[1] in data for one in found),
    ),
    "scanner.wire.ip_fragment.fragment": Property(
        lambda data: [ip_fragment.fragment(kind, data) for kind in (ethernet.IPV4, ethernet.IPV6)],
        samples.IPV4[:6] + b"\x20\x00" + samples.IPV4[8:],
        "a fragment is not a whole packet, and its data is a part of it",
        lambda data, found: all(one is None or one.data in data for one in found)
        and not any(one and ethernet.packet(one.datagram.ethertype, data) for one in found),
    ),
    "scanner.wire.ethernet.arp_sender": Property(
        ethernet.arp_sender, samples.ARP,
        "a sender has an identifying MAC address", lambda data, sender: sender is None or identifying_mac(sender.mac),
    ),
    "scanner.wire.lldp.decode": Property(
        lldp.decode, samples.LLDP, "TLVs are in order and faults have an offset within the LLDPDU", contains_faults,
    ),
    "scanner.wire.lldp_med.civic": Property(
        lldp_med.civic, samples.CIVIC,
        "the elements of an address fit into it", lambda data, civic: len(civic.elements) <= (len(data) - 4) / 2,
    ),
    "scanner.wire.lldp_med.coordinates": Property(
        lambda data: lldp_med.coordinates(Cursor(data)), bytes(range(16)),
        "coordinates are written as they were read, octets after them ignored",
        lambda data, found: lldp_med.write_coordinates(found) == data[:16],
    ),
    "scanner.wire.sip.parse": Property(
        sip.parse, samples.SIP, "a message is a request or a response, its headers within the limits", is_bounded_sip,
    ),
    "scanner.wire.sip.complete": Property(
        sip.complete, samples.SIP,
        "no prefix of a message without an empty line is complete",
        lambda data, complete: not complete or b"\n" in data or b"\r" in data,
    ),
    "scanner.wire.snmp.decode": Property(
        snmp.decode, samples.SNMP,
        "every varbind takes at least six octets", lambda data, message: 6 * len(message.varbinds) <= len(data),
    ),
    "scanner.wire.snmp.v3_engine": Property(
        snmp.v3_engine, snmp.v3_probe(1 << 24),
        "the engine id is a part of the message", lambda data, found: found[1] in data,
    ),
    "scanner.wire.snmp.get_template": Property(
        lambda data: snmp.get_template(snmp.V2C, data, ["1.3.6.1"]), b"public",
        "a request of the template has its community", asks_for_the_community,
    ),
    "scanner.wire.tlv.read_text": Property(
        lambda data: tlv.read_text(Cursor(data)), b"Polycom VVX 411\0old",
        "text contains no NUL", lambda data, text: "\0" not in text and len(text) <= len(data),
    ),
    "scanner.wire.tlv.address_text": Property(
        lambda data: (tlv.address_text(1, data), tlv.address_text(2, data)), bytes([10, 1, 2, 3]),
        "an address has the length of its family",
        lambda data, found: [text is not None for text in found] == [len(data) == 4, len(data) == 16],
    ),
    "scanner.wire.wireless.frame": Property(
        lambda data: wireless.frame(data, wireless.LINK_RADIOTAP), samples.RADIOTAP,
        "the payload of a frame is a part of it", lambda data, unit: unit is None or unit.payload in data,
    ),
    "scanner.wire.x509.names": Property(
        x509.names, samples.CERTIFICATE,
        "the number of alternative names is within the limit",
        lambda data, names: len(names.alternative) <= x509.NAME_LIMIT,
    ),
}  # fmt: skip


def codecs() -> list[ModuleType]:
    """Every module of `wire/` but the cursor, which is the input of the others."""
    return [
        module
        for module in modules(wire)
        if not hasattr(module, "Cursor") or module.Cursor.__module__ != module.__name__
    ]


def test_every_decoder_has_a_property() -> None:
    assert sorted(PROPERTIES) == sorted(name for module in codecs() for name in parsers(module, INPUTS))


def test_a_new_decoder_without_a_property_is_found() -> None:
    toy = ModuleType("scanner.wire.toy")
    exec("from __future__ import annotations\ndef decode(link: int, data: bytes) -> int: ...\n"
         "def encode(data: bytes) -> bytes: ...\ndef _inner(data: bytes) -> int: ...", toy.__dict__)  # fmt: skip
    assert list(parsers(toy, INPUTS)) == ["scanner.wire.toy.decode"]


@pytest.mark.parametrize("name", PROPERTIES)
@given(data=st.data())
def test_any_input_is_refused_or_read_within_its_bounds(name: str, data: st.DataObject) -> None:
    """For any bytes, a decoder raises WireError with an offset within them or returns what its property demands."""
    check(PROPERTIES[name], data.draw(hostile(PROPERTIES[name].sample)))


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_truncation_is_refused_or_read_within_its_bounds(name: str) -> None:
    for data in truncations(PROPERTIES[name].sample):
        check(PROPERTIES[name], data)


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_sample_is_valid(name: str) -> None:
    wanted = PROPERTIES[name]
    result: Any = wanted.parse(wanted.sample)
    assert wanted.holds(wanted.sample, result), wanted.invariant
    assert any(result) if isinstance(result, list) else result
    assert not getattr(result, "faults", ())
