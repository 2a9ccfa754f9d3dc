"""Hostile SNMP agents: tables without end, values without bound, malformed BER, engines that never agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scanner.testing import _ber
from scanner.testing.agent import GET, GET_BULK, SnmpRequest, read_request
from scanner.testing.hostile_kind import CERTIFIED_BANNER, DatagramService, HostileKind, HostilePlace, ScriptedDatagram

#: The port that any user may bind; a scan needs `ports.snmp = 1161`.
PORT = 1161
_MEMORY = "use memory in proportion to what it sends"
_TIME = "occupy the scan beyond the time limit of a host"
_FORGED = "become a certified phone"
_SYSTEM = (b"Linux host 5.10", b"host", b"rack 1")
Response = Callable[[SnmpRequest], Iterator[bytes]]


def message(request: SnmpRequest, binds: bytes, *, status: int = 0, index: int = 0, identifier: bytes = b"") -> bytes:
    """A response with encoded varbinds; `identifier` is the encoded request id, by default that of the request."""
    pdu = (identifier or request.request_id) + bytes((2, 1, status, 2, 1, index)) + _ber.tlv(0x30, binds)
    community = request.community.encode()
    return _ber.tlv(0x30, bytes((2, 1, request.version - 1)) + _ber.tlv(4, community) + _ber.tlv(0xA2, pdu))


def bind(oid: bytes, value: bytes) -> bytes:
    """One varbind: OID content octets and an encoded value."""
    return _ber.tlv(0x30, _ber.tlv(6, oid) + value)


def _text(value: bytes) -> bytes:
    return _ber.tlv(4, value)


def _after(oid: bytes, step: int) -> bytes:
    """The OID `step` places after an OID: its last arc, below 2^28, is larger by so many."""
    arcs = _ber.oid_arcs(oid)
    return _ber.oid_content(
        ".".join(map(str, (*arcs, 1 + step) if len(arcs) < 12 else (*arcs[:-1], arcs[-1] + step + 1)))
    )


def _system(request: SnmpRequest, value: bytes = _SYSTEM[0]) -> bytes:
    return message(request, b"".join(bind(oid, _text(value)) for oid in request.oids))


def _table(request: SnmpRequest, value: bytes, following: Callable[[bytes, int], bytes], most: int) -> bytes:
    """The response to GETNEXT or GETBULK: up to `most` rows after each OID."""
    rows = min(max(1, request.second), most) if request.pdu == GET_BULK else 1
    return message(request, b"".join(bind(following(oid, row), value) for row in range(rows) for oid in request.oids))


def _agent(response: Response) -> Callable[[HostilePlace], tuple[DatagramService, ...]]:
    def respond(data: bytes) -> Iterator[ScriptedDatagram]:
        try:
            request = read_request(data)
        except ValueError:
            return
        yield from map(ScriptedDatagram, response(request))

    return lambda place: (DatagramService(port=PORT, respond=respond),)


def _walks(value: bytes, following: Callable[[bytes, int], bytes] = _after, most: int = 40) -> Response:
    """An agent whose system group is plain and whose tables are `following`."""

    def response(request: SnmpRequest) -> Iterator[bytes]:
        yield _system(request) if request.pdu == GET else _table(request, value, following, most)

    return response


def _gets(value: bytes) -> Response:
    """An agent that responds to everything with this encoded value."""
    return lambda request: iter([message(request, b"".join(bind(oid, value) for oid in request.oids))])


def _deep(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = _ber.tlv(0x30, inner)
    return inner


def _wrong_id(request: SnmpRequest) -> Iterator[bytes]:
    for shift in (1, -1, 1 << 20):
        number = (int.from_bytes(request.request_id[2:], "big", signed=True) + shift) & 0x7FFFFFFF
        wrong = _ber.tlv(2, number.to_bytes(5, "big"))
        yield message(request, bind(request.oids[0], _text(CERTIFIED_BANNER.encode())), identifier=wrong)


def _flood(request: SnmpRequest) -> Iterator[bytes]:
    return (_system(request, b"reply %d" % number) for number in range(3_000))


def _status(status: int) -> Response:
    return lambda request: iter(
        [message(request, b"".join(bind(oid, b"\x05\0") for oid in request.oids), status=status, index=1)]
    )


def _other_oids(request: SnmpRequest) -> Iterator[bytes]:
    """sysDescr of another instance, and a product's own object: none was requested."""
    banner = _text(CERTIFIED_BANNER.encode())
    names = ("1.3.6.1.2.1.1.1.1", "1.3.6.1.4.1.13885.101.1.1.9.0")
    yield message(request, b"".join(bind(_ber.oid_content(name), banner) for name in names) * 90)


def _engine(data: bytes) -> Iterator[ScriptedDatagram]:
    """An SNMPv3 engine with another id, boots and time in each report (RFC 3414 3.2)."""
    if b"\x02\x01\x03" not in data[:16]:
        return
    for number in range(51):
        engine = b"\x80\0\x1f\x88" + number.to_bytes(4, "big")
        usm = _ber.tlv(
            0x30, _ber.tlv(4, engine) + b"\x02\x04\x7f\xff\xff\xff" + b"\x02\x01" + bytes((number,)) + _text(b"") * 3
        )
        oid = _ber.oid_content("1.3.6.1.6.3.15.1.1.2.0")
        report = _ber.tlv(0xA8, b"\x02\x01\0" * 3 + _ber.tlv(0x30, bind(oid, b"\x41\x01\x01")))
        scoped = _ber.tlv(0x30, _ber.tlv(4, engine) + _text(b"") + report)
        identifier = data[data.find(b"\x30", 5) + 2 :][:6]
        header = _ber.tlv(0x30, identifier + b"\x02\x02\x05\xc0" + b"\x04\x01\0" + b"\x02\x01\x03")
        yield ScriptedDatagram(_ber.tlv(0x30, b"\x02\x01\x03" + header + _text(usm) + scoped))


def _kind(name: str, does: str, must_not: str, response: Response) -> HostileKind:
    return HostileKind(name=f"snmp-{name}", protocol="snmp", does=does, must_not=must_not, services=_agent(response))


KINDS: tuple[HostileKind, ...] = (
    _kind("endless-table", "has rows after every row", _MEMORY, _walks(_text(b"row"))),
    _kind(
        "endless-large-rows", "has rows of 1,400 octets after every row", _MEMORY, _walks(_text(b"r" * 1_400), most=1)
    ),
    _kind(
        "endless-64k",
        "fills a message of 60,000 octets with rows, without end",
        _MEMORY,
        _walks(_text(b"r" * 1_000), most=55),
    ),
    _kind("same-oid", "repeats the requested OID as its successor", _TIME, _walks(_text(b"x"), lambda oid, row: oid)),
    _kind(
        "oid-backwards",
        "has successors that precede the row",
        _TIME,
        _walks(_text(b"x"), lambda oid, row: _ber.oid_content("1.3.6.1")),
    ),
    _kind(
        "oid-long",
        "has OIDs of 4,000 arcs",
        _MEMORY,
        _walks(_text(b"x"), lambda oid, row: oid + b"\x01" * 4_000, most=4),
    ),
    _kind(
        "oid-wide",
        "has OIDs with arcs of 5,000 digits",
        _MEMORY,
        _walks(_text(b"x"), lambda oid, row: oid + b"\xff" * 2_400 + b"\x7f", most=4),
    ),
    _kind("huge-strings", "responds with strings of 15,000 octets", _MEMORY, _gets(_text(b"s" * 15_000))),
    _kind("huge-integers", "responds with integers of 15,000 octets", _MEMORY, _gets(_ber.tlv(2, b"\x7f" * 15_000))),
    _kind("deep-ber", "nests 5,000 sequences in a value", _MEMORY, _gets(_deep(5_000))),
    _kind("wrong-lengths", "declares lengths beyond the message", _MEMORY, _gets(b"\x04\x84\x7f\xff\xff\xffx")),
    _kind("wrong-id", "responds with request ids of no request", _FORGED, _wrong_id),
    _kind("reply-flood", "sends 3,000 responses to one request", _MEMORY, _flood),
    _kind("error-status", "responds with genErr to everything", _TIME, _status(5)),
    _kind("too-big", "responds with tooBig to everything", _TIME, _status(1)),
    _kind("other-oids", "responds with 180 varbinds of objects that were not requested", _FORGED, _other_oids),
    HostileKind(
        name="snmp-engine-loop",
        protocol="snmp",
        does="reports another SNMPv3 engine, boots and time each time",
        must_not=_TIME,
        services=lambda place: (DatagramService(port=PORT, respond=_engine),),
    ),
)
