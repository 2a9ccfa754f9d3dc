"""The names in an X.509 certificate (RFC 5280) as text (RFC 4514). Read only.

Contract: reads subject, issuer and subjectAltName and skips the rest, so that certificates which strict libraries
refuse (negative serial numbers, unknown versions, obsolete algorithms) are read. Verifies nothing. Anything that is not
a certificate raises `WireError`.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from scanner.core.errors import WireError
from scanner.core.text import bounded
from scanner.wire import ber
from scanner.wire.cursor import Cursor

#: Longest certificate that is read, in bytes.
CERTIFICATE_LIMIT = 65_535
#: Most subjectAltNames read of one certificate; those of hosting providers contain hundreds.
NAME_LIMIT = 32

_SET, _CONTEXT_0, _EXTENSIONS = 0x31, 0xA0, 0xA3
_OCTET_STRING = ber.OCTETS
_SUBJECT_ALT_NAME = "2.5.29.17"
#: X.520 and RFC 4514 short names; SERIALNUMBER and emailAddress as OpenSSL spells them.
_TYPES = {
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
    "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.42": "GN",
    "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
}  # fmt: skip
_BMP_STRING, _UNIVERSAL_STRING = 0x1E, 0x1C


class Names(NamedTuple):
    """Subject and issuer as RFC 4514 text, most specific part first; subject alternative names without their type."""

    subject: str
    issuer: str
    alternative: tuple[str, ...]


def names(der: bytes) -> Names:
    """The names in a certificate. Raises WireError."""
    if len(der) > CERTIFICATE_LIMIT:
        raise WireError(f"a certificate of more than {CERTIFICATE_LIMIT} bytes", CERTIFICATE_LIMIT)
    certificate = _inside(Cursor(der), ber.SEQUENCE)
    body = _inside(certificate, ber.SEQUENCE)
    if body.peek(1) == bytes((_CONTEXT_0,)):
        ber.content(body)  # version
    ber.content(body)  # serialNumber, of any length
    ber.content(body)  # signature
    issuer = _name(_inside(body, ber.SEQUENCE))
    ber.content(body)  # validity
    subject = _name(_inside(body, ber.SEQUENCE))
    ber.content(body)  # subjectPublicKeyInfo
    alternative: tuple[str, ...] = ()
    while body:
        tag, size = ber.head(body)
        field = body.fence(size)
        if tag == _EXTENSIONS:
            alternative = _alternative(_inside(field, ber.SEQUENCE))
    return Names(subject, issuer, alternative)


def _inside(cursor: Cursor, tag: int) -> Cursor:
    return cursor.fence(ber.expect(cursor, tag))


def _name(sequence: Cursor) -> str:
    """RDNSequence as RFC 4514 text: last RDN first, the attributes of one RDN joined by plus."""
    parts = []
    while sequence:
        part = _inside(sequence, _SET)
        pairs = []
        while part:
            pair = _inside(part, ber.SEQUENCE)
            oid = ber.oid_text(pair.take(ber.expect(pair, ber.OID)))
            tag, raw = ber.content(pair)
            pairs.append(f"{_TYPES.get(oid, oid)}={_escaped(_string(tag, raw))}")
        parts.append("+".join(pairs))
    return bounded(",".join(reversed(parts)))


def _string(tag: int, raw: bytes) -> str:
    if tag == _BMP_STRING:
        return raw.decode("utf-16-be", "replace")
    if tag == _UNIVERSAL_STRING:
        return raw.decode("utf-32-be", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # TeletexString as used in practice


def _escaped(text: str) -> str:
    """RFC 4514 2.4."""
    out = "".join(f"\\{char}" if char in ',+"\\<>;' else char for char in text.replace("\x00", ""))
    if out.startswith(("#", " ")):
        out = "\\" + out
    return out.removesuffix(" ") + "\\ " if out.endswith(" ") and len(out) > 1 else out


def _alternative(extensions: Cursor) -> tuple[str, ...]:
    """subjectAltName (RFC 5280 4.2.1.6): dNSName, iPAddress, rfc822Name, URI."""
    found: list[str] = []
    while extensions:
        extension = _inside(extensions, ber.SEQUENCE)
        oid = ber.oid_text(extension.take(ber.expect(extension, ber.OID)))
        if oid != _SUBJECT_ALT_NAME:
            continue
        tag, raw = ber.content(extension)
        if tag == 0x01:  # critical
            tag, raw = ber.content(extension)
        general = _inside(Cursor(raw), ber.SEQUENCE)
        while general and len(found) < NAME_LIMIT:
            kind, value = ber.content(general)
            if kind in (0x81, 0x82, 0x86):
                found.append(bounded(value, 256))
            elif kind == 0x87 and len(value) in (4, 16):
                found.append(str(ipaddress.ip_address(value)))
    return tuple(name for name in found if name)
