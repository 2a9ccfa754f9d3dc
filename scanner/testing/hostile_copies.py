"""Hosts that copy the banner of a certified phone and are something else, and hosts that share one mac."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.testing import _ber, hostile_http, hostile_sip, hostile_snmp
from scanner.testing.agent import GET, read_request
from scanner.testing.hostile_kind import (
    CERTIFIED_BANNER,
    OUTDATED_BANNER,
    DatagramService,
    HostileKind,
    HostilePlace,
    ScriptedDatagram,
    Service,
    StreamService,
    responds,
)

_CERTIFIED = "become a certified phone"
_VICTIM = "change the row of the phone whose mac it has"


def _sip(banner: str, more: str = "") -> DatagramService:
    def respond(data: bytes) -> Iterator[ScriptedDatagram]:
        yield ScriptedDatagram(hostile_sip.response(data, banner, more=more.encode()))

    return DatagramService(port=hostile_sip.PORT, respond=respond)


def _page(title: str, server: str) -> StreamService:
    body = f"<html><head><title>{title}</title></head></html>".encode()
    head = f"HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    return StreamService(port=hostile_http.WEB, script=responds(head.encode() + body))


def _agent(description: str, object_identifier: str) -> DatagramService:
    """An agent with sysDescr and sysObjectID alone."""

    def respond(data: bytes) -> Iterator[ScriptedDatagram]:
        try:
            request = read_request(data)
        except ValueError:
            return
        values = {
            _ber.oid_content("1.3.6.1.2.1.1.1.0"): _ber.tlv(4, description.encode()),
            _ber.oid_content("1.3.6.1.2.1.1.2.0"): _ber.tlv(6, _ber.oid_content(object_identifier)),
        }
        missing = b"\x81\0" if request.pdu == GET else b"\x82\0"
        binds = b"".join(hostile_snmp.bind(oid, values.get(oid, missing)) for oid in request.oids)
        yield ScriptedDatagram(hostile_snmp.message(request, binds))

    return DatagramService(port=hostile_snmp.PORT, respond=respond)


def _router() -> DatagramService:
    return _agent("Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M8", "1.3.6.1.4.1.9.1.1045")


def _copy(name: str, does: str, *services: Service) -> HostileKind:
    return HostileKind(
        name=f"copy-{name}", protocol="identity", does=does, must_not=_CERTIFIED, services=lambda place: services
    )


def _clone(name: str, does: str, banner: str) -> HostileKind:
    """A host that has the mac of a phone in its User-Agent; `{mac}` is that mac without colons."""

    def services(place: HostilePlace) -> tuple[Service, ...]:
        return (_sip(banner.format(mac=place.victim_mac.replace(":", ""))),)

    return HostileKind(name=f"clone-{name}", protocol="identity", does=does, must_not=_VICTIM, services=services)


KINDS: tuple[HostileKind, ...] = (
    _copy("by-pbx", "is a FreePBX with the User-Agent of a certified phone",
          _sip(CERTIFIED_BANNER, "Server: FPBX-16.0.40.7(18.20.0)\r\n"),
          _page("FreePBX Administration", "Apache/2.4.6 (FreePBX)")),
    _copy("by-asterisk", "is an Asterisk with the User-Agent of a certified phone",
          _sip(CERTIFIED_BANNER, "Server: Asterisk PBX 18.9-cert4\r\n")),
    _copy("by-router", "is a router with the User-Agent of a certified phone", _sip(CERTIFIED_BANNER), _router()),
    _copy("by-gateway", "is a gateway with the User-Agent of a certified phone",
          _sip(CERTIFIED_BANNER),
          _agent("Product: Mediant 600;SW Version: 6.20A.045.001", "1.3.6.1.4.1.5003.8.1.1.56")),
    _copy("by-printer", "is a printer with the User-Agent of a certified phone",
          _sip(CERTIFIED_BANNER),
          _agent("Brother NC-8300h, Firmware Ver.1.10 ,MID 8C5-H33,FID 2", "1.3.6.1.4.1.2435.2.3.9.1")),
    _copy("by-windows", "is a PC with the User-Agent of a certified phone",
          _sip(CERTIFIED_BANNER), _agent("Hardware: Intel64 Family 6 - Software: Windows Version 10.0 (Build 19041)",
                                         "1.3.6.1.4.1.311.1.1.3.1.1")),
    _copy("by-softphone", "is a softphone whose Server names a certified phone",
          _sip("Zoiper rv2.10.18.6", f"Server: {CERTIFIED_BANNER}\r\n")),
    _copy("by-other-phone", "is another phone with the User-Agent of a certified one",
          _sip(CERTIFIED_BANNER, "Server: Yealink SIP-T46S 66.86.0.15\r\n")),
    _copy("within-text", "has the banner of a certified phone within a longer text",
          _sip(f"SIPp load test of {CERTIFIED_BANNER} v3.6 by friendly-scanner")),
    _clone("one", "has the mac of a phone in its User-Agent", OUTDATED_BANNER + "_{mac}"),
    _clone("two", "has the same mac as the clone before it", "PolycomVVX-VVX_500-UA/5.3.0.12074_{mac}"),
    _clone("other-maker", "has the mac of a phone of another maker", "Yealink SIP-T46S 66.86.0.15 {mac}"),
)  # fmt: skip
