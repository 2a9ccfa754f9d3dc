"""The SNMP objects that describe a phone, and the fields that their values are.

Requested by GET before any walk: Snom and Yealink respond to GET alone, Snom has no sysObjectID, and phones of
Grandstream respond as plain net-snmp.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scanner.core.outcomes import Outcome
from scanner.core.text import bounded, identifying_mac
from scanner.core.text import mac as normal_mac
from scanner.discovery.conversation import Findings, Response

SYSDESCR, SYSOBJECTID = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"
SYSNAME, SYSLOCATION = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0"
SYSTEM = (SYSDESCR, SYSOBJECTID, SYSNAME, SYSLOCATION)

_SYSTEM_FIELDS = (
    (SYSDESCR, "snmp.sysdescr"),
    (SYSOBJECTID, "snmp.sysobjectid"),
    (SYSNAME, "snmp.sysname"),
    (SYSLOCATION, "snmp.syslocation"),
)
_ENTITY = "1.3.6.1.2.1.47.1.1.1.1"  # entPhysicalEntry, RFC 6933
_ENTITY_FIELDS = (
    (13, "snmp.entity-model"),
    (9, "snmp.entity-firmware"),
    (10, "snmp.entity-firmware"),
    (11, "snmp.entity-serial"),
)
#: entPhysicalModelName, FirmwareRev, SoftwareRev and SerialNum of index 1, which is the chassis of nearly every device.
ENTITY = tuple(f"{_ENTITY}.{column}.1" for column, _ in _ENTITY_FIELDS)
#: The same as columns, for a device that numbers its chassis otherwise.
ENTITY_COLUMNS = tuple(f"{_ENTITY}.{column}" for column, _ in _ENTITY_FIELDS)
#: ifPhysAddress of the first interfaces, RFC 2863: across a router nothing else contains the mac.
MACS = ("1.3.6.1.2.1.2.2.1.6.1", "1.3.6.1.2.1.2.2.1.6.2")

#: Vendors' own objects: (pattern that finds the vendor in earlier findings, OID → field). Sources:
#: Snom: service.snom.com "How to setup SNMP"; LibreNMS includes/polling/os/snom; GET alone.
#: Yealink: the table of OIDs in an OEM's manual (Matrix SPARSH VP110 user guide, p. 313); under mib-2, GET alone.
#: Polycom: objects of a recorded StudioX50 (LibreNMS test data); not shown for desk phones.
#: Avaya: Avaya-J100IpPhone-MIB, Avaya-46xxIPTelephone-MIB (endptMODEL, endptAPPINUSE, endptPHONESN); GLPI Agent's
#: Avaya.pm. Grandstream HT8xx: LibreNMS grandstream-ht; its "serial" is a part number, so it is left out; 3.3 is
#: the base version.
_VENDORS: tuple[tuple[str, re.Pattern[str], tuple[tuple[str, str], ...]], ...] = (
    ("snom", re.compile(r"\bsnom|1\.3\.6\.1\.2\.1\.7526\b", re.I), (("1.3.6.1.2.1.7526.2.4", "snmp.vendor-firmware"),)),
    (
        "yealink",
        re.compile(r"yealink|\bSIP-(?:T|CP|W|VP)\d|1\.3\.6\.1\.(?:2\.1|4\.1)\.37459\b", re.I),
        (
            ("1.3.6.1.2.1.37459.2.1.7.0", "snmp.vendor-model"),
            ("1.3.6.1.2.1.37459.2.1.5.0", "snmp.vendor-firmware"),
            ("1.3.6.1.2.1.37459.2.1.8.0", "mac"),
        ),
    ),
    (
        "polycom",
        re.compile(r"\bpoly(?:com)?|1\.3\.6\.1\.4\.1\.(?:13885|2684)\b", re.I),
        (
            ("1.3.6.1.4.1.13885.101.1.1.4.0", "snmp.vendor-model"),
            ("1.3.6.1.4.1.13885.101.1.1.1.0", "snmp.vendor-firmware"),
            ("1.3.6.1.4.1.13885.101.1.1.5.0", "snmp.vendor-serial"),
        ),
    ),
    (
        "avaya",  # J100 and 96x1 over SIP
        re.compile(r"1\.3\.6\.1\.4\.1\.6889\.1\.69\.[56]\b|avaya.{0,40}\b(?:J1\d\d|96\d1)", re.I),
        (
            ("1.3.6.1.4.1.6889.2.69.6.1.52.0", "snmp.vendor-model"),
            ("1.3.6.1.4.1.6889.2.69.6.1.4.0", "snmp.vendor-firmware"),
            ("1.3.6.1.4.1.6889.2.69.6.1.57.0", "snmp.vendor-serial"),
        ),
    ),
    (
        "avaya 16xx",
        re.compile(r"1\.3\.6\.1\.4\.1\.6889\.1\.69\.3\b|avaya.{0,40}\b16\d\d", re.I),
        (
            ("1.3.6.1.4.1.6889.2.69.3.1.43.0", "snmp.vendor-model"),
            ("1.3.6.1.4.1.6889.2.69.3.1.58.0", "snmp.vendor-firmware"),
            ("1.3.6.1.4.1.6889.2.69.3.1.46.0", "snmp.vendor-serial"),
        ),
    ),
    (
        "avaya 46xx and 96xx",
        re.compile(r"1\.3\.6\.1\.4\.1\.6889\.1\.69\.[12]\b|avaya.{0,40}\b(?:46|96)\d\d", re.I),
        (
            ("1.3.6.1.4.1.6889.2.69.2.1.43.0", "snmp.vendor-model"),
            ("1.3.6.1.4.1.6889.2.69.2.1.46.0", "snmp.vendor-serial"),
        ),
    ),
    (
        "grandstream",
        re.compile(r"grandstream|\bHT[78]\d\d|\bHT[78]XX|1\.3\.6\.1\.4\.1\.42397\b", re.I),
        (("1.3.6.1.4.1.42397.1.2.3.3.0", "snmp.vendor-firmware"),),
    ),
)  # fmt: skip
#: Vendors whose agents have their own objects alone, and may not respond to the GET of the sweep.
_OWN_OBJECTS_ONLY = ("snom", "yealink")
#: OID of a vendor's object → the field that it is.
VENDOR_OBJECTS = {oid: field for _, _, objects in _VENDORS for oid, field in objects}
_PHONE = re.compile(
    r"phone|voip|\bsip\b|\btel\b|telephon|handset|\bdect\b|intercom|conferenc|polycom|yealink|audiocodes|snom", re.I
)
_NET_SNMP = "1.3.6.1.4.1.8072."


def looks_like_phone(findings: Findings) -> bool:
    """Whether a host may be a phone: it has a SIP response, a word or object identifier of a vendor, or that of
    net-snmp, as phones of Grandstream have."""
    for field, value in findings:
        if field.startswith("sip.") or (field == "snmp.sysobjectid" and value.startswith(_NET_SNMP)):
            return True
        if field != "snmp.syslocation" and _PHONE.search(value):
            return True
    return bool(_hinted(findings))


def groups(findings: Findings) -> Sequence[tuple[str, ...]]:
    """The OIDs to GET from a host that responded to the sweep: the vendor's objects, then the system group if it is
    still unknown (SNMPv1 rejects four objects when one is missing), then chassis and macs of a possible phone."""
    wanted = list(_hinted(findings))
    fields = {field for field, _ in findings}
    if "snmp.sysdescr" not in fields:
        wanted += [(oid,) for oid, field in _SYSTEM_FIELDS if field not in fields]
        if "snmp.sysobjectid" not in fields:
            wanted += [group for name in _OWN_OBJECTS_ONLY if (group := _objects(name)) not in wanted]
    if looks_like_phone(findings):
        wanted += [ENTITY, MACS]
    return wanted


def unresponsive(findings: Findings) -> Sequence[tuple[str, ...]]:
    """The OIDs to GET from a host without a response to the sweep: those of a vendor whose agent has no others."""
    known = set(_hinted(findings))
    return [group for name in _OWN_OBJECTS_ONLY if (group := _objects(name)) in known]


def columns(findings: Findings) -> Sequence[str]:
    """The columns whose first row to fetch by GETNEXT: those of ENTITY-MIB, for a phone whose chassis is not 1."""
    if not looks_like_phone(findings) or any(
        field.startswith(("snmp.entity-", "snmp.vendor-")) for field, _ in findings
    ):
        return ()
    return ENTITY_COLUMNS


def read(values: Mapping[str, bytes | int | str]) -> Response:
    """Findings and the device's mac in OID → value. Empty and blank values are left out."""
    found: list[tuple[str, str]] = []
    mac: str | None = None
    for oid, field in _SYSTEM_FIELDS:
        if oid in values and (text := _text(values[oid])):
            found.append((field, text))
    for oid, value in values.items():
        match VENDOR_OBJECTS.get(oid):
            case "mac":
                mac = mac or _mac(value)
            case str() as field if text := _text(value):
                found.append((field, text))
    for column, field in _ENTITY_FIELDS:
        known = {name for name, _ in found}
        row = next((v for oid, v in values.items() if oid.startswith(f"{_ENTITY}.{column}.")), None)
        if row is not None and field not in known and (text := _text(row)):
            found.append((field, text))
    for oid in MACS:
        if mac is None and oid in values:
            mac = _mac(values[oid])
    return Response(Outcome.ANSWERED, tuple(found), mac)


def _hinted(findings: Findings) -> tuple[tuple[str, ...], ...]:
    """The objects of the vendors that earlier findings name."""
    seen = "\n".join(value[:512] for field, value in findings if field != "snmp.syslocation")
    return tuple(tuple(oid for oid, _ in objects) for _, hint, objects in _VENDORS if hint.search(seen))


def _objects(vendor: str) -> tuple[str, ...]:
    return next(tuple(oid for oid, _ in objects) for name, _, objects in _VENDORS if name == vendor)


def _text(value: bytes | int | str) -> str:
    return bounded(value) if isinstance(value, bytes | str) else str(value)


def _mac(value: bytes | int | str) -> str | None:
    """A mac from six octets or from text in any notation, if it can be one device's."""
    if isinstance(value, bytes):
        value = value.hex() if len(value) == 6 else value.decode("ascii", "replace")
    found = normal_mac(value) if isinstance(value, str) else None
    return found if found and identifying_mac(found) else None
