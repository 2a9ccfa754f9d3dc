"""TLS for simulated devices: one key for all, and a certificate for each, created on first use."""

from __future__ import annotations

import ipaddress
import ssl
import warnings
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from scanner.core import saving
from scanner.testing.phones import CertificateNames

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

_NOT_BEFORE, _NOT_AFTER = datetime(2014, 3, 1, tzinfo=UTC), datetime(2044, 3, 1, tzinfo=UTC)


@cache
def _key(legacy: bool) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    # old phones have 1024 bits: the program must read such a device, and must not send it secrets
    if legacy:
        return rsa.generate_private_key(65537, 1024)  # of a simulated device  # nosec B505
    return ec.generate_private_key(ec.SECP256R1())


def pem(names: CertificateNames, *, legacy: bool = False) -> bytes:
    """Certificate and key in PEM, signed with the key of the device, whatever its issuer is."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    def name(text: str) -> x509.Name:
        return x509.Name.from_rfc4514_string(
            text, {"SERIALNUMBER": NameOID.SERIAL_NUMBER, "emailAddress": NameOID.EMAIL_ADDRESS}
        )

    key = _key(legacy)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(names.subject))
        .issuer_name(name(names.issuer))
        .public_key(key.public_key())
        .serial_number(int.from_bytes(names.subject.encode()[-8:], "big") | 1)
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
    )
    if names.names:
        alternatives = [_general_name(text) for text in names.names]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def context(names: CertificateNames, *, legacy: bool = False) -> ssl.SSLContext:
    """A server context with this certificate; `legacy` allows only TLS 1.0 with old ciphers."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if legacy:
        made.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a deprecated version is simulated
            made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1
    with saving.temporary(pem(names, legacy=legacy), ".pem") as path:  # load_cert_chain reads only files
        made.load_cert_chain(path)
    return made


def _general_name(text: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
