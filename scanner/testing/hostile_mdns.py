"""Hostile mDNS responders, by unicast: forged names, thousands of records, names that point in circles."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from scanner.testing.hostile_kind import DatagramService, HostileKind, HostilePlace, ScriptedDatagram
from scanner.testing.mdns_responses import message, service_records

PORT = 5353
_PTR = 12
_MEMORY = "use memory in proportion to what it sends"
_VICTIM = "change the row of the phone that it names"
_FORGED = "become a certified phone"


def service(instance: str, host: str, address: str, text: tuple[str, ...] = ()) -> list[bytes]:
    """The records of one SIP service of a host."""
    return service_records(instance, host, address, text, "_sip._udp.local")


#: The messages of a responder, by the id of the query (0 in multicast) and its place.
Response = Callable[[int, HostilePlace], Iterator[bytes]]


def victim_address(identifier: int, place: HostilePlace) -> Iterator[bytes]:
    """A phone at the address of another."""
    yield message(
        identifier, service("Polycom VVX 411", "phone.local", place.victim, ("model=VVX 411", "fw=5.9.0.9373"))
    )


def victim_mac(identifier: int, place: HostilePlace) -> Iterator[bytes]:
    """A phone with the mac of another in its names."""
    bare = place.victim_mac.replace(":", "")
    instance = f"Polycom VVX 411 {bare} {place.victim}"
    yield message(identifier, service(instance, f"Polycom-{bare}.local", place.victim, (f"mac={place.victim_mac}",)))


def _many(identifier: int, place: HostilePlace) -> Iterator[bytes]:
    for block in range(100):
        records: list[bytes] = []
        for number in range(50):
            records += service(f"phone {block}-{number}", f"p{block}-{number}.local", place.ip)
        yield message(identifier, records)


def compressed(identifier: int, place: HostilePlace) -> Iterator[bytes]:
    """Names that point to themselves, to each other, and behind the message."""
    for pointer in (b"\xc0\x0c", b"\xc0\x0d\xc0\x0c", b"\xff\xff", b"\x01a\xc0\x0c", b"\xc0\x10\xc0\x0e\xc0\x0c"):
        yield message(identifier, [pointer + struct.pack("!HHIH", _PTR, 1, 120, 2) + b"\xc0\x0c"])
    yield message(identifier, [b"\xc0\x0c" * 20_000], 65_535)


def _counts(identifier: int, place: HostilePlace) -> Iterator[bytes]:
    yield struct.pack("!HHHHHH", identifier, 0x8400, 65_535, 65_535, 65_535, 65_535)


def _large_text(identifier: int, place: HostilePlace) -> Iterator[bytes]:
    pairs = tuple(f"key{number}=" + "v" * 240 for number in range(230))
    yield message(identifier, service("a\x1b[31m\u202e=1+1<script>", "host.local", place.ip, pairs))


def _wrong_id(identifier: int, place: HostilePlace) -> Iterator[bytes]:
    text = ("model=VVX 411", "version=5.9.0.9373")
    yield message(identifier ^ 0x5555, service("PolycomVVX-VVX_411-UA/5.9.0.9373", "phone.local", place.ip, text))


def _kind(label: str, does: str, must_not: str, response: Response) -> HostileKind:
    def services(place: HostilePlace) -> tuple[DatagramService, ...]:
        def respond(data: bytes) -> Iterator[ScriptedDatagram]:
            return map(ScriptedDatagram, response(int.from_bytes(data[:2], "big"), place))

        return (DatagramService(port=PORT, respond=respond),)

    return HostileKind(name=f"mdns-{label}", protocol="mdns", does=does, must_not=must_not, services=services)


KINDS: tuple[HostileKind, ...] = (
    _kind("victim-address", "announces a phone at the address of another host", _VICTIM, victim_address),
    _kind("victim-mac", "announces an instance with the mac of another host", _VICTIM, victim_mac),
    _kind("many-names", "announces 5,000 services", _MEMORY, _many),
    _kind("compression", "sends names that point in circles", _MEMORY, compressed),
    _kind("counts", "declares 65,535 records in 12 octets", _MEMORY, _counts),
    _kind("large-text", "announces 230 keys of 240 octets and active text", _MEMORY, _large_text),
    _kind("wrong-id", "responds to queries of others", _FORGED, _wrong_id),
)
