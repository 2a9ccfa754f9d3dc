"""Every reader of `scanner/discovery/` against arbitrary, damaged and truncated responses."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import discovery
from scanner.core.fields import known
from scanner.core.text import mac
from scanner.discovery import cdp, dhcp, http, listening, lldp, mdns, registry, sip, sip_pnp, snmp_objects, ssdp
from scanner.discovery.declaration import UdpSweep, steps
from scanner.discovery.http import Page
from scanner.discovery.options import Options
from scanner.discovery.switches import routes, values
from scanner.discovery.switches.interpret import collect, interpret
from scanner.wire import cdp as cdp_codec
from scanner.wire import dhcp as dhcp_codec
from scanner.wire import ethernet
from scanner.wire import lldp as lldp_codec
from scanner.wire import sip as sip_codec
from tests.fuzzing import Property, check, hostile, modules, parsers, truncations
from tests.wire import samples

SENDER, ADDRESS, COOKIE = "64:16:7f:12:34:56", "192.0.2.11", 7
#: What a reader of a response takes: bytes, or a record that a codec or the engine made of them.
INPUTS = frozenset(
    {
        "bytes", "Iterable[bytes]", "Page", "Value | None", "Mapping[str, bytes | int | str]",
        "Iterable[tuple[str, Value]]", "Iterable[tuple[str, Cell]]", "cdp.CdpPacket",
        "dhcp.DhcpMessage", "ethernet.Frame", "lldp.Lldpdu", "sip.SipMessage",
    }
)  # fmt: skip
MDNS = b"\0\0\x84\0\0\0\0\1\0\0\0\0" + b"\x04_sip\x04_udp\x05local\0" + b"\0\x0c\0\1\0\0\0\x78\0\x06\x03VVX\xc0\x0c"
SSDP = (
    b"HTTP/1.1 200 OK\r\nLOCATION: http://192.0.2.11:49000/tr64desc.xml\r\nST: upnp:rootdevice\r\n"
    b"SERVER: FRITZ!Box 7530 UPnP/1.0 AVM FRITZ!Box 7530 164.07.57\r\n\r\n"
)
DESCRIPTION = (
    b'<?xml version="1.0"?><root xmlns="urn:dslforum-org:device-1-0"><systemVersion><Display>164.07.57</Display>'
    b"</systemVersion><device><modelName>FRITZ!Box 7530</modelName><serialNumber>64:16:7F:12:34:56</serialNumber>"
    b"</device></root>"
)
CAPTURES, EMPTY = registry.captures(), ethernet.Frame(None, None, (), 0, b"")
ROUTES = [f"{oid}." for table in routes.ROUTER_TABLES[1:4] for oid in table.columns.values()]
ROW = "1.0.8802.1.1.2.1.4.1.1.7.0.7.1"


def sound(findings: Iterable[tuple[str, str]]) -> bool:
    """Every field is known, and every value is text without NUL."""
    return all(known(field) and "\0" not in value for field, value in findings)


def announced(data: bytes, found: Any) -> bool:
    """An announcement has sound findings and a canonical MAC address or none."""
    return found is None or (sound(found.findings) and (found.mac is None or mac(found.mac) == found.mac))


def same_text(data: bytes, text: str | None) -> bool:
    return text is None or "\0" not in text


def page(data: bytes) -> Page:
    return Page("/", 200, (("server", data.decode("latin-1")),), data)


#: Reader → its property. `test_every_reader_has_a_property` derives the list that must be here.
PROPERTIES: dict[str, Property] = {
    "cdp.announcement": Property(
        lambda data: cdp.announcement(cdp_codec.decode(data), SENDER), samples.CDP, announced.__doc__ or "", announced
    ),
    "dhcp.announcement": Property(
        lambda data: dhcp.announcement(dhcp_codec.decode(data)), samples.DHCP, announced.__doc__ or "", announced
    ),
    "lldp.announcement": Property(
        lambda data: lldp.announcement(lldp_codec.decode(data), SENDER), samples.LLDP,
        announced.__doc__ or "", announced,
    ),
    "lldp.voice_vlan": Property(
        lambda data: lldp.voice_vlan(lldp_codec.decode(data)), samples.LLDP,
        "a VLAN identifier has twelve bits", lambda data, vlan: vlan is None or 0 <= vlan <= 4095,
    ),
    "http.read": Property(
        lambda data: http.read(page(data)), b"<html><title>Polycom VVX 411</title></html>",
        sound.__doc__ or "", lambda data, found: sound(found),
    ),
    "listening.read_frame": Property(
        lambda data: listening.read_frame(CAPTURES, ethernet.frame(data) or EMPTY),
        bytes.fromhex("0180c200000e64167f12345688cc") + samples.LLDP,
        announced.__doc__ or "", lambda data, found: announced(data, found and found.announcement),
    ),
    "mdns.announced": Property(
        lambda data: mdns.announced((data,)), MDNS,
        "the number of services is within the limit", lambda data, found: len(found) <= mdns.MOST_SERVICES,
    ),
    "mdns.txt_pairs": Property(
        mdns.txt_pairs, b"\x09model=VVX\x03a=b",
        "the number of pairs is within the limit", lambda data, found: len(found) <= mdns.KEYS,
    ),
    "mdns.read_announcement": Property(
        lambda data: mdns.read_announcement(data, SENDER, ADDRESS), MDNS,
        sound.__doc__ or "", lambda data, found: sound(found),
    ),
    "sip.response": Property(
        lambda data: sip.response(data, COOKIE, ADDRESS), samples.SIP,
        sound.__doc__ or "", lambda data, found: found is None or sound(found.findings),
    ),
    "sip.findings": Property(
        lambda data: sip.findings(sip_codec.parse(data)), samples.SIP,
        sound.__doc__ or "", lambda data, found: sound(found),
    ),
    "sip_pnp.subscription": Property(
        lambda data: sip_pnp.subscription(sip_codec.parse(data)), samples.SIP_PNP,
        announced.__doc__ or "", announced,
    ),
    "snmp_objects.read": Property(
        lambda data: snmp_objects.read({"1.3.6.1.2.1.1.1.0": data, "1.3.6.1.2.1.2.2.1.6.1": data}), b"Polycom VVX 411",
        announced.__doc__ or "", announced,
    ),
    "ssdp.response": Property(
        lambda data: ssdp.response(data, COOKIE, ADDRESS), SSDP,
        "findings are sound, and a URL is on the address",
        lambda data, found: found is None or (sound(found.findings) and ADDRESS in (found.note or ADDRESS)),
    ),
    "ssdp.description": Property(
        ssdp.description, DESCRIPTION, sound.__doc__ or "", lambda data, found: sound(found),
    ),
    "switches.interpret.collect": Property(
        lambda data: collect([(ROW, data), (ROW, data)]), b"\x64\x16\x7f\x12\x34\x56",
        "of equal rows the first is kept", lambda data, found: sum(map(len, found[0].values())) == 1,
    ),
    "switches.interpret.interpret": Property(
        lambda data: interpret([(ROW, data)], address=ADDRESS), b"\x64\x16\x7f\x12\x34\x56",
        "every sighting has a subject and is sound",
        lambda data, found: all(
            (one.mac or one.ip) and sound([(one.field, one.value)]) for one in found.sightings
        ),
    ),
    "switches.routes.subnets": Property(
        lambda data: routes.subnets(
            [(f"{column}{'.'.join(map(str, data[:25]))}", value) for column in ROUTES for value in (data, 3, 4)]
        ),
        bytes((10, 1, 2, 0, 255, 255, 255, 0, 0, 10, 0, 0, 1)),
        "a subnet has several addresses", lambda data, found: all(one.network.num_addresses > 1 for one in found),
    ),
    "switches.values.text": Property(values.text, b"Gi0/7", "text contains no NUL", same_text),
    "switches.values.number": Property(
        values.number, b"7", "a number is an integer or unknown", lambda data, found: isinstance(found, int | None)
    ),
    "switches.values.mac": Property(
        values.mac, b"\x64\x16\x7f\x12\x34\x56", "a MAC address is canonical",
        lambda data, found: found is None or mac(found) == found,
    ),
    "switches.values.octets_mac": Property(
        values.octets_mac, b"\x64\x16\x7f\x12\x34\x56", "a MAC address is canonical",
        lambda data, found: found is None or mac(found) == found,
    ),
    "switches.values.address": Property(values.address, b"\x0a\1\2\3", "an address contains no NUL", same_text),
    "switches.values.capabilities": Property(
        values.capabilities, b"\x24\0", "capabilities are distinct", lambda data, found: len(set(found)) == len(found)
    ),
}  # fmt: skip
#: The sweeps of the discoveries that come with the program.
SWEEPS = dict(steps(registry.all_discoveries(Options()).values(), UdpSweep))


def test_every_reader_has_a_property() -> None:
    found = [name for module in modules(discovery) for name in parsers(module, INPUTS)]
    assert sorted(PROPERTIES) == sorted(name.removeprefix("scanner.discovery.") for name in found)


def test_a_new_reader_without_a_property_is_found() -> None:
    toy = ModuleType("scanner.discovery.toy")
    exec("from __future__ import annotations\ndef answer(datagram: bytes, cookie: int) -> Answer: ...", toy.__dict__)
    assert list(parsers(toy, INPUTS)) == ["scanner.discovery.toy.answer"]


@pytest.mark.parametrize("name", PROPERTIES)
@given(data=st.data())
def test_any_response_is_read_or_ignored(name: str, data: st.DataObject) -> None:
    """For any bytes, a reader raises no error but the codec's, and returns what its property demands."""
    check(PROPERTIES[name], data.draw(hostile(PROPERTIES[name].sample)))


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_truncation_is_read_or_ignored(name: str) -> None:
    for data in truncations(PROPERTIES[name].sample):
        check(PROPERTIES[name], data)


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_sample_is_read(name: str) -> None:
    wanted = PROPERTIES[name]
    result = wanted.parse(wanted.sample)
    assert result
    assert wanted.holds(wanted.sample, result), wanted.invariant


@pytest.mark.parametrize("name", sorted(SWEEPS))
@given(data=hostile(samples.SIP) | hostile(samples.SNMP) | hostile(MDNS))
def test_any_datagram_that_a_sweep_receives_is_read_or_ignored(name: str, data: bytes) -> None:
    """For any datagram, the reader of a sweep raises nothing, and findings are of known fields."""
    found = SWEEPS[name].response(data, COOKIE, ADDRESS)
    assert sound(found.findings if found else ())
