"""SNMP v1 and v2c messages (RFC 1157, 3416), both directions: the sweep and the walks on our side, simulated agents.

Contract:
- `get_template` encodes once; each request is then its prefix, four bytes of request id and its suffix, so that one
  core can send a sweep of any size;
- `decode` reads requests and responses, within `MESSAGE_LIMIT`; whatever is not whole is one `WireError`;
- request ids are 2**24 up to 2**31 - 1, so that they are always four bytes and never negative.
SNMPv3 is pysnmp's, in the engine, but for the unauthenticated question "do you speak it" (`V3_PROBE`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.wire import ber
from scanner.wire.ber import Missing, Value
from scanner.wire.cursor import Cursor

__all__ = [
    "Message",
    "Missing",
    "Pdu",
    "Template",
    "Value",
    "decode",
    "encode",
    "get_template",
    "request_id",
    "respond",
]

#: Longest message that is read, in bytes: a UDP payload cannot be longer.
MESSAGE_LIMIT = 65_535
V1, V2C, V3 = 0, 1, 3
#: error-status values with a meaning of their own here (RFC 3416 3).
NO_ERROR, TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS, AUTHORIZATION_ERROR = 0, 1, 2, 5, 6, 16

_LOWEST_ID, _IDS = 1 << 24, (1 << 31) - (1 << 24)


#: What is encoded as one varbind: dotted OID, value, and the tag where the value's type does not say it all.
Varbind = tuple[str, Value] | tuple[str, Value, int | None]


class Pdu(IntEnum):
    """The tags of the PDUs that are spoken here."""

    GET = 0xA0
    GETNEXT = 0xA1
    RESPONSE = 0xA2
    SET = 0xA3
    GETBULK = 0xA5
    REPORT = 0xA8


class Message(NamedTuple):
    """One message. For GETBULK `error_status` is non-repeaters and `error_index` max-repetitions (RFC 3416 3).

    `varbinds` are (dotted OID, value) in order.
    """

    version: int
    community: bytes
    pdu: Pdu
    request_id: int
    error_status: int
    error_index: int
    varbinds: tuple[tuple[str, Value], ...]

    def values(self) -> dict[str, int | bytes | str]:
        """OID → value for the objects that exist."""
        return {oid: value for oid, value in self.varbinds if isinstance(value, int | bytes | str)}


class Template(NamedTuple):
    """A request but for its id."""

    prefix: bytes
    suffix: bytes

    def request(self, identifier: int) -> bytes:
        """The datagram with this request id (see `request_id`)."""
        return self.prefix + identifier.to_bytes(4, "big") + self.suffix


def request_id(cookie: int) -> int:
    """The request id that stands for a cookie: 2**24 up to 2**31 - 1."""
    return _LOWEST_ID + cookie % _IDS


def get_template(version: int, community: bytes, oids: Sequence[str]) -> Template:
    """A GET of these dotted OIDs, to be sent with many request ids."""
    marker = _LOWEST_ID
    whole = encode(version, community, Pdu.GET, marker, [(oid, None) for oid in oids])
    pdu_at = whole.index(bytes((Pdu.GET,)), len(community) + 5)
    prefix, _, suffix = whole[pdu_at:].partition(b"\x02\x04" + marker.to_bytes(4, "big"))
    return Template(whole[:pdu_at] + prefix + b"\x02\x04", suffix)


def encode(
    version: int,
    community: bytes,
    pdu: Pdu,
    identifier: int,
    varbinds: Iterable[Varbind],
    error_status: int = 0,
    error_index: int = 0,
) -> bytes:
    """A message. A varbind may name the tag of its value as a third item (`ber.COUNTER32`, …).

    For GETBULK pass non-repeaters and max-repetitions as `error_status` and `error_index`.
    """
    pairs = b"".join(
        ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_bytes(bind[0])) + ber.encoded(*bind[1:])) for bind in varbinds
    )
    content = ber.integer(identifier) + ber.integer(error_status) + ber.integer(error_index)
    content = ber.tlv(pdu, content + ber.tlv(ber.SEQUENCE, pairs))
    return ber.tlv(ber.SEQUENCE, ber.integer(version) + ber.tlv(ber.OCTETS, community) + content)


def respond(
    request: Message,
    varbinds: Iterable[Varbind],
    error_status: int = 0,
    error_index: int = 0,
) -> bytes:
    """The response to `request` as an agent sends it; the simulated devices speak with it."""
    return encode(
        request.version, request.community, Pdu.RESPONSE, request.request_id, varbinds, error_status, error_index
    )


def decode(data: bytes) -> Message:
    """The v1 or v2c message in `data`; bytes behind it are padding. Raises WireError."""
    if len(data) > MESSAGE_LIMIT:
        raise WireError(f"an SNMP message of more than {MESSAGE_LIMIT} bytes", MESSAGE_LIMIT)
    cursor = Cursor(data)
    cursor = cursor.fence(ber.expect(cursor, ber.SEQUENCE))
    at = cursor.at
    version = ber.number(cursor)
    if version not in (V1, V2C):
        raise WireError(f"SNMP version {version}", at)
    community = ber.octets(cursor)
    at = cursor.at
    tag, size = ber.head(cursor)
    if tag not in _PDUS:
        raise WireError(f"PDU 0x{tag:02x}", at)
    cursor = cursor.fence(size)
    identifier, status, index = ber.number(cursor), ber.number(cursor), ber.number(cursor)
    cursor = cursor.fence(ber.expect(cursor, ber.SEQUENCE))
    return Message(version, community, _PDUS[tag], identifier, status, index, tuple(_varbinds(cursor)))


_PDUS = {int(pdu): pdu for pdu in Pdu}


def _varbinds(cursor: Cursor) -> list[tuple[str, Value]]:
    """VarBindList (RFC 3416 3). The loop of every walk: one pass, no cursor of its own for each pair."""
    found = []
    expect, content, text, readers = ber.expect, ber.content, ber.oid_text, ber.READERS
    twin, sequence, object_id = cursor.twin, ber.SEQUENCE, ber.OID
    while cursor.at < cursor.end:
        at = cursor.at
        short = twin(sequence, object_id)
        if short is not None and short[1] in readers:
            try:
                found.append((text(short[0]), readers[short[1]](short[2], at)))
            except WireError as fault:
                raise WireError(fault.what, at) from None
            continue
        cursor.at = at
        size = expect(cursor, ber.SEQUENCE)
        at = cursor.at
        tag, raw = content(cursor)
        if tag != ber.OID:
            raise WireError(f"tag 0x{tag:02x} where an OID belongs", at)
        try:
            name = text(raw)
        except WireError as fault:
            raise WireError(fault.what, at) from None
        tag, raw = content(cursor)
        if tag not in readers:
            raise WireError(f"a value of unknown type 0x{tag:02x}", at)
        found.append((name, readers[tag](raw, at)))
        if cursor.at != at + size:
            raise WireError(f"a varbind of {size} bytes holds {cursor.at - at}", at)
    return found


#: RFC 3414 4 engine discovery: noAuthNoPriv, reportable, empty engine id and user. An agent that speaks v3 answers
#: with a report; nobody's secret is in it. msgID and request-id are patched as in a `Template`.
def v3_probe(identifier: int) -> bytes:
    """The question whether an agent speaks SNMPv3, with this message id."""
    header = ber.integer(identifier) + ber.integer(MESSAGE_LIMIT) + ber.tlv(ber.OCTETS, b"\x04") + ber.integer(3)
    empty = ber.tlv(ber.OCTETS, b"")
    usm = ber.tlv(ber.SEQUENCE, empty + ber.integer(0) + ber.integer(0) + empty * 3)
    pdu = ber.integer(identifier) + ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, b"")
    scoped = ber.tlv(ber.SEQUENCE, empty + empty + ber.tlv(Pdu.GET, pdu))
    body = ber.integer(V3) + ber.tlv(ber.SEQUENCE, header) + ber.tlv(ber.OCTETS, usm) + scoped
    return ber.tlv(ber.SEQUENCE, body)


def v3_engine(data: bytes) -> tuple[int, bytes]:
    """(message id, engine id) of the report that answers `v3_probe` (RFC 3412 6, RFC 3414 2.4). Raises WireError."""
    cursor = Cursor(data)
    cursor = cursor.fence(ber.expect(cursor, ber.SEQUENCE))
    at = cursor.at
    if ber.number(cursor) != V3:
        raise WireError("no SNMPv3 message", at)
    header = cursor.fence(ber.expect(cursor, ber.SEQUENCE))
    identifier = ber.number(header)
    usm = cursor.fence(ber.expect(cursor, ber.OCTETS))
    usm = usm.fence(ber.expect(usm, ber.SEQUENCE))
    return identifier, ber.octets(usm)
