"""SNMP v1 and v2c messages (RFC 1157, RFC 3416): requests of the scanner, responses of simulated agents.

Contract:
- `decode` reads requests and responses of up to `MESSAGE_LIMIT` bytes; anything truncated or malformed raises
  `WireError`; bytes after the message are ignored;
- `encode` writes what `decode` reads;
- `get_template` encodes a GET once; each request is then prefix, four bytes of request id, suffix;
- request ids are 2**24 to 2**31 - 1: always four bytes, never negative.
SNMPv3 is left to pysnmp, in the engine; here is only the unauthenticated engine discovery (`v3_probe`, `v3_engine`).
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
    "Missing",
    "Pdu",
    "SnmpMessage",
    "Template",
    "Value",
    "decode",
    "encode",
    "get_template",
    "request_id",
    "respond",
]

#: Longest message that is read, in bytes: the longest UDP payload.
MESSAGE_LIMIT = 65_535
V1, V2C, V3 = 0, 1, 3
#: The error-status values that are treated individually (RFC 3416 3).
NO_ERROR, TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS, AUTHORIZATION_ERROR = 0, 1, 2, 5, 6, 16

_LOWEST_ID, _IDS = 1 << 24, (1 << 31) - (1 << 24)


#: One varbind to encode: dotted OID, value, and the tag where the value's Python type does not decide it.
Varbind = tuple[str, Value] | tuple[str, Value, int | None]


class Pdu(IntEnum):
    """Tags of the PDU types in use."""

    GET = 0xA0
    GETNEXT = 0xA1
    RESPONSE = 0xA2
    SET = 0xA3
    GETBULK = 0xA5
    REPORT = 0xA8


class SnmpMessage(NamedTuple):
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
    """An encoded request without its request id."""

    prefix: bytes
    suffix: bytes

    def request(self, identifier: int) -> bytes:
        """The datagram with this request id (see `request_id`)."""
        return self.prefix + identifier.to_bytes(4, "big") + self.suffix


def request_id(cookie: int) -> int:
    """The request id for a cookie: 2**24 to 2**31 - 1."""
    return _LOWEST_ID + cookie % _IDS


def get_template(version: int, community: bytes, oids: Sequence[str]) -> Template:
    """A GET of these dotted OIDs, to be sent with many request ids."""
    varbinds = [(oid, None) for oid in oids]
    suffix = _after_request_id(varbinds, 0, 0)
    whole = encode(version, community, Pdu.GET, _LOWEST_ID, varbinds)
    return Template(whole.removesuffix(_LOWEST_ID.to_bytes(4, "big") + suffix), suffix)


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
    body = ber.tlv(pdu, ber.integer(identifier) + _after_request_id(varbinds, error_status, error_index))
    return ber.tlv(ber.SEQUENCE, ber.integer(version) + ber.tlv(ber.OCTETS, community) + body)


def _after_request_id(varbinds: Iterable[Varbind], error_status: int, error_index: int) -> bytes:
    """The fields of a PDU after its request id (RFC 3416 3): error-status, error-index, variable-bindings."""
    pairs = b"".join(map(_varbind, varbinds))
    return ber.integer(error_status) + ber.integer(error_index) + ber.tlv(ber.SEQUENCE, pairs)


def _varbind(varbind: Varbind) -> bytes:
    match varbind:
        case (oid, value, tag):
            encoded = ber.encoded(value, tag)
        case (oid, value):
            encoded = ber.encoded(value)
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_bytes(oid)) + encoded)


def respond(
    request: SnmpMessage,
    varbinds: Iterable[Varbind],
    error_status: int = 0,
    error_index: int = 0,
) -> bytes:
    """The response to `request`, as an agent sends it; used by simulated devices."""
    return encode(
        request.version, request.community, Pdu.RESPONSE, request.request_id, varbinds, error_status, error_index
    )


def decode(data: bytes) -> SnmpMessage:
    """The v1 or v2c message at the start of `data`. Raises WireError."""
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
    pdu = _PDUS.get(tag)
    if pdu is None:
        raise WireError(f"unknown PDU type 0x{tag:02x}", at)
    cursor = cursor.fence(size)
    identifier, status, index = ber.number(cursor), ber.number(cursor), ber.number(cursor)
    cursor = cursor.fence(ber.expect(cursor, ber.SEQUENCE))
    return SnmpMessage(version, community, pdu, identifier, status, index, tuple(_varbinds(cursor)))


_PDUS: dict[int, Pdu] = {int(pdu): pdu for pdu in Pdu}


def _varbinds(cursor: Cursor) -> list[tuple[str, Value]]:
    """VarBindList (RFC 3416 3). The inner loop of every walk: one pass, no cursor for each varbind."""
    found = []
    text, reader_of = ber.oid_text, ber.READERS.get
    twin, sequence, object_id = cursor.twin, ber.SEQUENCE, ber.OID
    while cursor.at < cursor.end:
        at = cursor.at
        name, tag, raw = twin(sequence, object_id) or _long_varbind(cursor)
        read = reader_of(tag)
        if read is None:
            raise WireError(f"unknown value type 0x{tag:02x}", at)
        try:
            found.append((text(name), read(raw, at)))
        except WireError as fault:
            raise WireError(fault.what, at) from None
    return found


def _long_varbind(cursor: Cursor) -> tuple[bytes, int, bytes]:
    """Content of the OID, tag and content of the value of a varbind that `Cursor.twin` does not read."""
    varbind = cursor.fence(ber.expect(cursor, ber.SEQUENCE))
    name = varbind.take(ber.expect(varbind, ber.OID))
    tag, raw = ber.content(varbind)
    if varbind:
        raise WireError(f"{varbind.remaining} bytes after the value of a varbind", varbind.at)
    return name, tag, raw


def v3_probe(identifier: int) -> bytes:
    """An SNMPv3 engine discovery request with this message id (RFC 3414 4).

    noAuthNoPriv, reportable, empty engine id and user name: it contains no secret. An agent with SNMPv3 responds with a
    report.
    """
    header = ber.integer(identifier) + ber.integer(MESSAGE_LIMIT) + ber.tlv(ber.OCTETS, b"\x04") + ber.integer(3)
    empty = ber.tlv(ber.OCTETS, b"")
    usm = ber.tlv(ber.SEQUENCE, empty + ber.integer(0) + ber.integer(0) + empty * 3)
    pdu = ber.integer(identifier) + ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, b"")
    scoped = ber.tlv(ber.SEQUENCE, empty + empty + ber.tlv(Pdu.GET, pdu))
    body = ber.integer(V3) + ber.tlv(ber.SEQUENCE, header) + ber.tlv(ber.OCTETS, usm) + scoped
    return ber.tlv(ber.SEQUENCE, body)


def v3_engine(data: bytes) -> tuple[int, bytes]:
    """(message id, engine id) of the report in response to `v3_probe` (RFC 3412 6, RFC 3414 2.4). Raises WireError."""
    cursor = Cursor(data)
    cursor = cursor.fence(ber.expect(cursor, ber.SEQUENCE))
    at = cursor.at
    if ber.number(cursor) != V3:
        raise WireError("not an SNMPv3 message", at)
    header = cursor.fence(ber.expect(cursor, ber.SEQUENCE))
    identifier = ber.number(header)
    usm = cursor.fence(ber.expect(cursor, ber.OCTETS))
    usm = usm.fence(ber.expect(usm, ber.SEQUENCE))
    return identifier, ber.octets(usm)
