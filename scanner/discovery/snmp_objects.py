"""Which SNMP objects say more of a phone, and what their values mean.

Asked by GET before any walk: Snom and Yealink answer nothing but a GET, Snom has no sysObjectID, and Grandstream's
phones answer as plain net-snmp.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scanner.core.outcomes import Outcome
from scanner.core.text import bounded, identifying_mac
from scanner.core.text import mac as normal_mac
from scanner.discovery.conversation import Answer, Findings

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
#: ifPhysAddress of the first interfaces, RFC 2863: across a router nothing else tells the mac.
MACS = ("1.3.6.1.2.1.2.2.1.6.1", "1.3.6.1.2.1.2.2.1.6.2")

#: Vendors' own objects: (how the vendor is told in what is known so far, OID → field). Sources:
#: Snom: service.snom.com "How to setup SNMP"; LibreNMS includes/polling/os/snom; answers GET alone.
#: Yealink: the table of OIDs in an OEM's manual (Matrix SPARSH VP110 user guide, p. 313); under mib-2, GET alone.
#: Polycom: objects of a recorded StudioX50 (LibreNMS test data); not shown for desk phones.
#: Avaya: Avaya-J100IpPhone-MIB, Avaya-46xxIPTelephone-MIB (endptMODEL, endptAPPINUSE, endptPHONESN); GLPI Agent's
#: Avaya.pm. Grandstream HT8xx: LibreNMS grandstream-ht; its "serial" is a part number, so it is not asked; 3.3 is
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
#: Vendors whose agents know their own objects alone: they may not answer the sweep's GET at all.
_OWN_OBJECTS_ONLY = ("snom", "yealink")
#: OID of a vendor's object → the field that it is.
VENDOR_OBJECTS = {oid: field for _, _, objects in _VENDORS for oid, field in objects}
_PHONE = re.compile(
    r"phone|voip|\bsip\b|\btel\b|telephon|handset|\bdect\b|intercom|conferenc|polycom|yealink|audiocodes|snom", re.I
)
_NET_SNMP = "1.3.6.1.4.1.8072."


def looks_like_phone(findings: Findings) -> bool:
    """Whether it is worth asking for more: it speaks SIP, a vendor's object identifier or a word says so, or it hides
    behind net-snmp's, as Grandstream's phones do."""
    for field, value in findings:
        if field.startswith("sip.") or (field == "snmp.sysobjectid" and value.startswith(_NET_SNMP)):
            return True
        if field != "snmp.syslocation" and _PHONE.search(value):
            return True
    return bool(_hinted(findings))


def groups(findings: Findings) -> Sequence[tuple[str, ...]]:
    """What to GET from a host that answered the sweep: the vendor's objects first, then the system group if it is
    still unknown (SNMPv1 refuses four objects when it lacks one), then the chassis and macs of what may be a phone."""
    asked = list(_hinted(findings))
    fields = {field for field, _ in findings}
    if "snmp.sysdescr" not in fields:
        asked += [(oid,) for oid, field in _SYSTEM_FIELDS if field not in fields]
        if "snmp.sysobjectid" not in fields:
            asked += [group for name in _OWN_OBJECTS_ONLY if (group := _objects(name)) not in asked]
    if looks_like_phone(findings):
        asked += [ENTITY, MACS]
    return asked


def silent(findings: Findings) -> Sequence[tuple[str, ...]]:
    """What to GET from a host that did not answer the sweep: the objects of a vendor whose agent knows nothing else."""
    known = set(_hinted(findings))
    return [group for name in _OWN_OBJECTS_ONLY if (group := _objects(name)) in known]


def columns(findings: Findings) -> Sequence[str]:
    """Columns whose first row to fetch by GETNEXT: ENTITY-MIB's, for a likely phone whose chassis is not number 1."""
    if not looks_like_phone(findings) or any(
        field.startswith(("snmp.entity-", "snmp.vendor-")) for field, _ in findings
    ):
        return ()
    return ENTITY_COLUMNS


def read(values: Mapping[str, bytes | int | str]) -> Answer:
    """Findings and the device's mac in OID → value. What is empty or only blanks is no finding."""
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
    return Answer(Outcome.ANSWERED, tuple(found), mac)


def _hinted(findings: Findings) -> tuple[tuple[str, ...], ...]:
    """The objects of the vendors that what is known so far speaks of."""
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
