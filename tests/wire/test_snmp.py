"""SNMP messages: pysnmp's codec as oracle, malformed messages, encodings that agents use."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api

from scanner.core.errors import WireError
from scanner.wire import ber, snmp
from scanner.wire.cursor import Cursor
from scanner.wire.snmp import V1, V2C, Missing, Pdu

SYSTEM = ["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0"]
IDENTIFIERS = st.integers(1 << 24, (1 << 31) - 1)
OIDS = st.builds(
    lambda top, second, rest: ".".join(map(str, (top, second, *rest))),
    st.integers(0, 2),
    st.integers(0, 39),
    st.lists(st.integers(0, (1 << 32) - 1), max_size=20),
)
VALUES = st.one_of(
    st.integers(-(1 << 31), (1 << 31) - 1).map(lambda n: (n, None)),
    st.integers(0, (1 << 32) - 1).map(lambda n: (n, ber.COUNTER32)),
    st.integers(0, (1 << 32) - 1).map(lambda n: (n, ber.GAUGE32)),
    st.integers(0, (1 << 32) - 1).map(lambda n: (n, ber.TIMETICKS)),
    st.integers(0, (1 << 64) - 1).map(lambda n: (n, ber.COUNTER64)),
    st.binary(max_size=300).map(lambda raw: (raw, None)),
    OIDS.map(lambda oid: (oid, None)),
    st.ip_addresses(v=4).map(lambda ip: (str(ip), ber.IP_ADDRESS)),
    st.sampled_from([*((missing, None) for missing in Missing), (None, None)]),
)
VARBINDS = st.lists(st.tuples(OIDS, VALUES).map(lambda pair: (pair[0], *pair[1])), max_size=8)


def theirs(version: int, community: str, kind: str, identifier: int, oids: list[str]) -> bytes:
    """The same request by pysnmp."""
    module = api.PROTOCOL_MODULES[api.SNMP_VERSION_1 if version == V1 else api.SNMP_VERSION_2C]
    pdu = getattr(module, kind)()
    module.apiPDU.set_defaults(pdu)
    module.apiPDU.set_request_id(pdu, identifier)
    module.apiPDU.set_varbinds(pdu, [(oid, module.Null("")) for oid in oids])
    message = module.Message()
    module.apiMessage.set_defaults(message)
    module.apiMessage.set_community(message, community)
    module.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def read_by_them(data: bytes) -> tuple[int, Any]:
    """(request id, [(oid, value)]) of a v2c response by pysnmp."""
    module = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    message, rest = decoder.decode(data, asn1Spec=module.Message())
    assert not rest
    pdu = module.apiMessage.get_pdu(message)
    return int(module.apiPDU.get_request_id(pdu)), module.apiPDU.get_varbinds(pdu)


def response(varbinds: Any = (), **changed: Any) -> bytes:
    return snmp.encode(V2C, b"public", Pdu.RESPONSE, 1 << 24, varbinds, **changed)


@pytest.mark.parametrize("version", [V1, V2C])
@pytest.mark.parametrize("kind", ["GetRequestPDU", "GetNextRequestPDU"])
@pytest.mark.parametrize("community", ["public", "", "x" * 200])
def test_a_request_is_byte_for_byte_what_pysnmp_sends(version: int, kind: str, community: str) -> None:
    pdu = Pdu.GET if kind == "GetRequestPDU" else Pdu.GETNEXT
    ours = snmp.encode(version, community.encode(), pdu, 0x12345678, [(oid, None) for oid in SYSTEM])
    assert ours == theirs(version, community, kind, 0x12345678, SYSTEM)


@given(IDENTIFIERS, st.binary(max_size=200), st.lists(OIDS, min_size=1, max_size=5))
def test_a_template_is_the_request_but_for_its_id(identifier: int, community: bytes, oids: list[str]) -> None:
    template = snmp.get_template(V2C, community, oids)
    whole = snmp.encode(V2C, community, Pdu.GET, identifier, [(oid, None) for oid in oids])
    assert template.request(identifier) == whole
    assert snmp.decode(whole).varbinds == tuple((oid, None) for oid in oids)


@given(st.integers(0, (1 << 62) - 1))
def test_a_request_id_is_four_bytes_and_positive(cookie: int) -> None:
    assert 1 << 24 <= snmp.request_id(cookie) < 1 << 31


def test_getbulk_carries_its_two_numbers() -> None:
    message = snmp.decode(snmp.encode(V2C, b"c", Pdu.GETBULK, 1 << 24, [("1.3.6", None)], 0, 10))
    assert (message.pdu, message.error_status, message.error_index) == (Pdu.GETBULK, 0, 10)


@given(IDENTIFIERS, VARBINDS)
def test_what_we_encode_we_decode_and_so_does_pysnmp(identifier: int, varbinds: Any) -> None:
    data = snmp.encode(V2C, b"public", Pdu.RESPONSE, identifier, varbinds)
    message = snmp.decode(data)
    assert message.varbinds == tuple((bind[0], bind[1]) for bind in varbinds)
    their_id, their_varbinds = read_by_them(data)
    assert their_id == message.request_id == identifier
    for (name, value), (their_name, their_value) in zip(message.varbinds, their_varbinds, strict=True):
        assert str(their_name) == name
        match value:
            case bytes():
                assert their_value.asOctets() == value
            case int():
                assert int(their_value) == value
            case str():
                assert their_value.prettyPrint() == value
            case Missing():
                assert type(their_value).__name__.lower() == value.name.lower().replace("_", "")


@given(VARBINDS)
def test_every_truncation_is_refused(varbinds: Any) -> None:
    data = response(varbinds)
    for length in range(len(data)):
        with pytest.raises(WireError):
            snmp.decode(data[:length])
    assert snmp.decode(data + b"padding").varbinds == snmp.decode(data).varbinds


def varbind(value: bytes, oid: bytes = b"\x06\x01\x2b") -> bytes:
    return ber.tlv(ber.SEQUENCE, oid + value)


def message(
    varbinds: bytes, *, version: int = V2C, pdu: int = Pdu.RESPONSE, identifier: bytes = b"\x02\x01\x01"
) -> bytes:
    content = identifier + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(ber.SEQUENCE, varbinds)
    return ber.tlv(ber.SEQUENCE, ber.integer(version) + b"\x04\x01c" + ber.tlv(pdu, content))


BROKEN = [
    ("indefinite length", b"\x30\x80" + message(b"")[2:], "indefinite"),
    ("a length of five bytes", b"\x30\x85\x00\x00\x00\x00\x10" + message(b"")[2:], "wider"),
    ("longer than the datagram", b"\x30\x7f" + message(b"")[2:], "left"),
    ("a value longer than its varbind", message(varbind(b"\x04\x7fabc")), "wanted"),
    (
        "a varbind that ends in the next",
        message(b"\x30\x08\x06\x01\x2b\x04\x09\x30\x05\x06\x01\x2b\x05\x00"),
        "9 bytes wanted, 3 left",
    ),
    ("a varbind longer than its values", message(varbind(b"\x05\x00\x05\x00")), "varbind"),
    ("a name that is not an OID", message(varbind(b"\x05\x00", oid=b"\x04\x01x")), "expected 0x06"),
    ("an OID that ends early", message(varbind(b"\x05\x00", oid=b"\x06\x02\x2b\x81")), "within a sub-identifier"),
    ("an OID part of 70 bits", message(varbind(b"\x06\x0b\x2b" + b"\xff" * 9 + b"\x01")), "64 bits"),
    ("an OID of 300 parts", message(varbind(b"\x06\x82\x01\x2c" + b"\x2b" * 300)), "128 sub-identifiers"),
    ("an OID of 70,000 bytes", message(varbind(ber.tlv(6, b"\x2b" * 60_000))), "128 sub-identifiers"),
    ("a number of ten bytes", message(b"", identifier=b"\x02\x0a" + b"\x01" * 10), "number of 10"),
    ("an unknown type", message(varbind(b"\x1f\x00")), "unknown value type"),
    ("an unknown PDU", message(b"", pdu=0xAF), "PDU type 0xaf"),
    ("version 3", message(b"", version=3), "version 3"),
    ("another tag at the start", b"\x31" + message(b"")[1:], "0x31"),
    ("a megabyte", b"\x30\x83\x0f\xff\xff" + bytes(1_000_000), "more than 65535"),
    ("nested without end", b"\x30\x80" * 3000, "indefinite"),
    ("SIP", b"SIP/2.0 200 OK\r\n\r\n", "left"),
]


@pytest.mark.parametrize(("data", "says"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_malformed_message_is_one_error_with_reason_and_offset(data: bytes, says: str) -> None:
    with pytest.raises(WireError, match=f"{says}.* at offset"):
        snmp.decode(data)


ODD = [
    ("lengths padded as net-snmp does", b"\x04\x82\x00\x03abc", b"abc"),
    ("an empty number", b"\x02\x00", 0),
    ("a counter without its sign byte", b"\x41\x04\xff\xff\xff\xff", 0xFFFFFFFF),
    ("a negative number", b"\x02\x01\xff", -1),
    ("an empty OID", b"\x06\x00", "0.0"),
    ("an address of six bytes", b"\x40\x06abcdef", b"abcdef"),
    ("a float in its opaque wrapping", b"\x44\x07\x9f\x78\x04\x42\xf6\xe6\x66", b"\x9f\x78\x04\x42\xf6\xe6\x66"),
    ("no such instance", b"\x81\x00", Missing.NO_SUCH_INSTANCE),
]


@pytest.mark.parametrize(("raw", "value"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_unusual_encodings_of_agents_are_read(raw: bytes, value: object) -> None:
    assert snmp.decode(message(varbind(raw))).varbinds == (("1.3", value),)
    assert ber.value(Cursor(raw)) == value


def test_only_objects_that_exist_have_a_value() -> None:
    whole = response(
        [("1.3.1", b"x"), ("1.3.2", Missing.NO_SUCH_OBJECT), ("1.3.3", 7), ("1.3.4", None), ("1.3.5", "1.3")]
    )
    assert snmp.decode(whole).values() == {"1.3.1": b"x", "1.3.3": 7, "1.3.5": "1.3"}


@pytest.mark.parametrize(
    "text", ["", "1", "x", "1.x", "3.1", "1.40", "-1.3", "1.3." + "1." * 200 + "1", f"1.3.{1 << 64}"]
)
def test_text_that_is_not_an_oid_is_not_encoded(text: str) -> None:
    with pytest.raises(WireError, match="not an OID"):
        ber.oid_bytes(text)


def test_a_response_has_version_community_and_id_of_its_request() -> None:
    request = snmp.decode(snmp.encode(V1, b"secret", Pdu.GET, 77 << 20, [("1.3.6.1", None)]))
    reply = snmp.decode(snmp.respond(request, [("1.3.6.1", None)], snmp.NO_SUCH_NAME, 1))
    assert (reply.version, reply.community, reply.request_id) == (V1, b"secret", 77 << 20)
    assert (reply.error_status, reply.error_index) == (2, 1)


def test_pysnmp_reads_the_engine_discovery_request() -> None:
    from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message

    whole, rest = decoder.decode(snmp.v3_probe(1 << 24), asn1Spec=SNMPv3Message())
    assert not rest
    assert int(whole["msgGlobalData"]["msgID"]) == 1 << 24
    assert whole["msgGlobalData"]["msgFlags"].asOctets() == b"\x04"
    assert snmp.v3_engine(snmp.v3_probe(1 << 24)) == (1 << 24, b"")
