"""mDNS and DNS-SD (RFC 6762, 6763): announcements on our links, and responses to unicast queries.

zeroconf's message classes read the datagrams. They do not raise for malformed ones: `valid` is checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from scanner.core.errors import WireError
from scanner.core.outcomes import Outcome
from scanner.core.text import bounded
from scanner.discovery.announcement import Announcement, Capture, UdpPorts
from scanner.discovery.conversation import Findings, Response
from scanner.discovery.declaration import Discovery, Need, Reduced, ServiceBrowse, UdpSweep
from scanner.discovery.options import Options
from scanner.wire.cursor import Cursor
from scanner.wire.ethernet import IPV4, IPV6, Frame, IpPacket

PORT = 5353
GROUPS = ("224.0.0.251", "ff02::fb")
#: Services that phones, base stations and door stations announce, and the query for all others.
SERVICES = (
    "_sip._udp.local",
    "_sip._tcp.local",
    "_sips._tcp.local",
    "_http._tcp.local",
    "_https._tcp.local",
    "_device-info._tcp.local",
)
META = "_services._dns-sd._udp.local"
#: Records, services and TXT keys read of one host: an announcement with more is not a device's.
RECORDS, MOST_SERVICES, KEYS = 256, 16, 32
_PTR, _IN, _QU, _RESPONSE = 12, 1, 0x8000, 0x8000


class Service(NamedTuple):
    """One announced service. `host` is its host name, without the last dot; parts that were not announced are empty."""

    type: str
    instance: str = ""
    host: str = ""
    addresses: tuple[str, ...] = ()
    txt: tuple[tuple[str, str], ...] = ()


def declare(options: Options) -> Discovery:
    """mDNS on our links, and by unicast to each address."""
    return Discovery(
        name="mdns",
        summary="browses mDNS on our links, and queries other addresses by unicast",
        steps=(
            ServiceBrowse(services=SERVICES, sends="a browse for services"),
            UdpSweep(
                ports=(PORT,),
                request=_request,
                response=_response,
                attempts=1,
                sends="one query for services, by unicast",
            ),
            Capture(ethertypes=(IPV4, IPV6), groups=GROUPS, udp=(UdpPorts(source=PORT),), read=_announcement),
        ),
        reduced=(Reduced(Need.MULTICAST, "by unicast alone: no interface has multicast"),),
    )


def query(identifier: int, services: Iterable[str] = SERVICES) -> bytes:
    """A query for the services and for the list of all services, for responses by unicast (RFC 6762 5.5, 6.7)."""
    names = (META, *services)
    head = b"".join(n.to_bytes(2, "big") for n in (identifier, 0, len(names), 0, 0, 0))
    tail = _PTR.to_bytes(2, "big") + (_IN | _QU).to_bytes(2, "big")
    return head + b"".join(_name(name) + tail for name in names)


def announced(datagrams: Iterable[bytes]) -> tuple[Service, ...]:
    """The services in one host's responses, joined over its datagrams. What cannot be read is left out."""
    from zeroconf import DNSAddress, DNSPointer, DNSService, DNSText  # type: ignore[attr-defined]

    pointers: dict[str, str] = {}  # instance → type
    types: dict[str, None] = {}
    located: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    addresses: dict[str, list[str]] = {}
    for record in _records(datagrams):
        name = record.name.rstrip(".")
        match record:
            case DNSPointer() if name.lower() == META:
                types[_plain(record.alias)] = None
            case DNSPointer() if not name.lower().endswith(".arpa"):
                pointers[_plain(record.alias)] = name
            case DNSService():
                located[name] = _plain(record.server)
            case DNSText():
                texts[name] = record.text
            case DNSAddress() if len(record.address) in (4, 16):
                addresses.setdefault(name.lower(), []).append(_address(record.address))
    for instance in (*located, *texts):
        pointers.setdefault(instance, instance.partition(".")[2])
    found = []
    for instance, kind in list(pointers.items())[:MOST_SERVICES]:
        host = located.get(instance, "")
        label = instance.removesuffix(f".{kind}")
        where = tuple(dict.fromkeys(addresses.get(host.lower(), ())))
        found.append(Service(kind, "" if label == kind else label, host, where, txt_pairs(texts.get(instance, b""))))
    known = {service.type for service in found}
    return tuple(found) + tuple(Service(kind) for kind in types if kind not in known)[:MOST_SERVICES]


def findings(services: Iterable[Service]) -> Findings:
    """The findings in some services, in order, without repetitions."""
    pairs: list[tuple[str, str]] = []
    for service in services:
        pairs += [("mdns.service", service.type), ("mdns.instance", service.instance), ("mdns.host", service.host)]
        pairs += [(f"mdns.txt.{key}", value) for key, value in service.txt]
    return tuple(dict.fromkeys((field, text) for field, value in pairs if (text := bounded(value))))


def txt_pairs(raw: bytes) -> tuple[tuple[str, str], ...]:
    """KEY → value of a TXT record (RFC 6763 6.4): keys are ASCII, in lower case; the first of a repeated key counts."""
    found: dict[str, str] = {}
    cursor = Cursor(raw)
    while cursor and len(found) < KEYS:
        try:
            part = cursor.take(cursor.u8())
        except WireError:
            break
        key, equals, value = part.partition(b"=")
        name = key.decode("ascii", "replace").lower()
        if equals and 0 < len(name) <= 64 and name.isprintable() and name.isascii() and " " not in name:
            found.setdefault(name, bounded(value, 512))
    return tuple((key, value) for key, value in found.items() if value)


def read_announcement(payload: bytes, mac: str | None, address: str) -> Findings:
    """The findings in a captured datagram about its sender; none in a query, and none about other hosts."""
    services = [s for s in announced((payload,)) if not s.addresses or address in s.addresses]
    return findings(services)


def _announcement(frame: Frame, packet: IpPacket | None) -> Announcement | None:
    found = read_announcement(packet.payload, frame.source, packet.source) if packet else ()
    return Announcement(frame.source, packet.source, found) if packet and found else None


def _request(address: str, port: int, cookie: int, attempt: int, here: str) -> bytes | None:
    return query(_identifier(cookie))


def _response(datagram: bytes, cookie: int, address: str) -> Response | None:
    """RFC 6762 6.7: a legacy unicast response repeats the query's id; some responders send 0, as in multicast."""
    identifier = int.from_bytes(datagram[:2], "big")
    if len(datagram) < 12 or identifier not in (_identifier(cookie), 0):
        return None
    if datagram == query(_identifier(cookie)):
        return Response(Outcome.OTHER_PROTOCOL)  # an echo service
    found = findings(announced((datagram,)))
    return Response(Outcome.ANSWERED if found else Outcome.MALFORMED, found)


def _identifier(cookie: int) -> int:
    return 1 + cookie % 0xFFFF


def _records(datagrams: Iterable[bytes]) -> list[Any]:
    from zeroconf import DNSIncoming  # type: ignore[attr-defined]

    found: list[Any] = []
    for datagram in datagrams:
        try:
            message = DNSIncoming(datagram, now=0.0)
            if message.valid and message.is_response():
                found += message.answers()[: RECORDS - len(found)]
        except Exception:  # the library promises to flag, not to raise; a fault in it must not cost the scan
            continue
        if len(found) >= RECORDS:
            break
    return found


def _name(name: str) -> bytes:
    labels = name.encode("ascii").split(b".")
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\x00"


def _plain(name: str) -> str:
    return bounded(name.rstrip("."), 255)


def _address(raw: bytes) -> str:
    import ipaddress

    return str(ipaddress.ip_address(raw))
