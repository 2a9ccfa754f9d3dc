"""Names in certificates: the cryptography package as oracle, truncated and damaged certificates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

import pytest
from cryptography import x509 as oracle
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.wire import x509

KEY = ec.generate_private_key(ec.SECP256R1())
SPELLED = {NameOID.SERIAL_NUMBER: "SERIALNUMBER", NameOID.EMAIL_ADDRESS: "emailAddress"}


def certificate(subject: oracle.Name, *names: oracle.GeneralName, critical: bool = False) -> bytes:
    start = datetime(2015, 1, 1, tzinfo=UTC)
    builder = (
        oracle.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(oracle.Name([oracle.NameAttribute(NameOID.COMMON_NAME, "Yealink Equipment Issuing CA")]))
        .public_key(KEY.public_key())
        .serial_number(77)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .add_extension(oracle.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(oracle.SubjectAlternativeName(names), critical=critical)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@cache
def example() -> bytes:
    name = oracle.Name([oracle.NameAttribute(NameOID.COMMON_NAME, "001565AABBCC")])
    return certificate(name, oracle.DNSName("phone.example"))


ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from([NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.LOCALITY_NAME, NameOID.EMAIL_ADDRESS]),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
            lambda t: t == t.strip() and len(t.encode()) <= 64  # X.520's upper bound, which the oracle counts in bytes
        ),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@given(ATTRIBUTES)
def test_a_subject_is_written_as_in_rfc_4514(attributes: list[tuple[oracle.ObjectIdentifier, str]]) -> None:
    name = oracle.Name([oracle.NameAttribute(oid, text) for oid, text in attributes])
    assert x509.names(certificate(name)).subject == name.rfc4514_string(SPELLED)


def test_a_certificate_of_a_phone_has_subject_issuer_and_names() -> None:
    name = oracle.Name(
        [
            oracle.NameAttribute(NameOID.ORGANIZATION_NAME, "Cisco Systems, Inc."),
            oracle.NameAttribute(NameOID.COMMON_NAME, "CP-8851-SEPB07D47D33A1C"),
            oracle.NameAttribute(NameOID.SERIAL_NUMBER, "PID:CP-8851 SN:FCH1924AHCA"),
        ]
    )
    names = (
        oracle.DNSName("phone.example"),
        oracle.IPAddress(ip_address("192.0.2.7")),
        oracle.IPAddress(ip_address("2001:db8::7")),
        oracle.UniformResourceIdentifier("sip:phone.example"),
        oracle.RFC822Name("a@example"),
    )
    for critical in (False, True):
        read = x509.names(certificate(name, *names, critical=critical))
        assert (
            read.subject == "SERIALNUMBER=PID:CP-8851 SN:FCH1924AHCA,CN=CP-8851-SEPB07D47D33A1C,O=Cisco Systems\\, Inc."
        )
        assert read.issuer == "CN=Yealink Equipment Issuing CA"
        assert read.alternative == ("phone.example", "192.0.2.7", "2001:db8::7", "sip:phone.example", "a@example")


def test_the_number_of_names_is_limited() -> None:
    name = oracle.Name([oracle.NameAttribute(NameOID.COMMON_NAME, "x")])
    read = x509.names(certificate(name, *[oracle.DNSName(f"h{n}.example") for n in range(200)]))
    assert len(read.alternative) == x509.NAME_LIMIT


def test_every_truncation_of_the_names_is_refused() -> None:
    for length in range(len(example())):
        with pytest.raises(WireError):
            x509.names(example()[:length])
