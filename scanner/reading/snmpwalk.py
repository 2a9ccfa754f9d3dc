"""Text output of net-snmp's snmpwalk and snmpbulkwalk: `OID = TYPE: value`, numeric (-On) or with names of MIBs.

Strings and hexadecimal values may span lines; types may be absent (-OQ, -Oq). Names are resolved for the objects that
phonescan requests; rows of others are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import BinaryIO

from scanner.discovery.switches.values import Value
from scanner.reading import snmprec
from scanner.reading.items import Context, Format, Item, Problem
from scanner.reading.lines import numbered

#: Longest line, longest value over several lines, and longest name of an object, in bytes.
LINE, VALUE, NAME = 1 << 16, 1 << 18, 1 << 11

#: The start of a line: a numeric OID, names of MIBs in full (-Of) or in part, or the last name alone (-Os).
_OID = (
    r"\.?(?:iso|\d+)(?:\.\d+)+"
    r"|[A-Za-z][\w-]*::[\w-]+(?:[.\[][^=]*?)?"
    r"|\.iso(?:\.[A-Za-z][\w-]*)+(?:[.\[][^=]*?)?"
    r"|[a-z][\w-]*(?:\.\d+|\[\d+\])[^=]*?"
)
_START = re.compile(rf"({_OID}) = ?(.*)", re.S)
#: The same without type and equals sign (-Oq).
_QUICK = re.compile(r"(\.1\.[0-3](?:\.\d+){4,160}) (.+)", re.S)
_NUMERIC = re.compile(r"\.?\d+(?:\.\d+){1,160}")
_NAMED = re.compile(r"(?:[\w.-]{0,600}\.)?([A-Za-z][\w-]{0,63})((?:\.\d+){0,160})")
#: Address types in an index, by name (INET-ADDRESS-MIB, IANA address families), and quoted addresses.
_KINDS = {"ipv4": ".1", "ipv6": ".2", "ipV4": ".1", "ipV6": ".2"}
_INDEX = re.compile(
    r"\.(?P<kind>ip[vV][46])z?(?=\.)|\.\"(?P<text>[^\"]{0,80})\"|\.(?P<mac>(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2})"
)
_WRONG = re.compile(r"Wrong Type \(should be [^)]{1,40}\): ")
_TYPED = re.compile(r"([A-Za-z][\w -]{1,40}): ?(.*)", re.S)
_NUMBER = re.compile(r"(?:[^()]{0,80}\()?(-?\d{1,20})\)?.{0,80}", re.S)
_NOTHING = ("No Such Object", "No Such Instance", "No more variables", "NULL")

#: Names of the objects of `discovery.switches.mib` and of the system group in their MIBs.
_NAMES: dict[str, str] = {
    "iso": "1", "internet": "1.3.6.1", "mgmt": "1.3.6.1.2", "mib-2": "1.3.6.1.2.1", "private": "1.3.6.1.4",
    "enterprises": "1.3.6.1.4.1", "cisco": "1.3.6.1.4.1.9", "dot1dBridge": "1.3.6.1.2.1.17",
    "lldpMIB": "1.0.8802.1.1.2",
    "sysDescr": "1.3.6.1.2.1.1.1", "sysObjectID": "1.3.6.1.2.1.1.2", "sysName": "1.3.6.1.2.1.1.5",
    "sysLocation": "1.3.6.1.2.1.1.6", "ifDescr": "1.3.6.1.2.1.2.2.1.2", "ifType": "1.3.6.1.2.1.2.2.1.3",
    "ifPhysAddress": "1.3.6.1.2.1.2.2.1.6", "ifOperStatus": "1.3.6.1.2.1.2.2.1.8", "ifName": "1.3.6.1.2.1.31.1.1.1.1",
    "ifAlias": "1.3.6.1.2.1.31.1.1.1.18", "ipAdEntAddr": "1.3.6.1.2.1.4.20.1.1",
    "ipAdEntIfIndex": "1.3.6.1.2.1.4.20.1.2",
    "ipNetToMediaPhysAddress": "1.3.6.1.2.1.4.22.1.2", "ipNetToPhysicalPhysAddress": "1.3.6.1.2.1.4.35.1.4",
    "dot1dBasePortIfIndex": "1.3.6.1.2.1.17.1.4.1.2", "dot1dTpFdbPort": "1.3.6.1.2.1.17.4.3.1.2",
    "dot1dTpFdbStatus": "1.3.6.1.2.1.17.4.3.1.3", "dot1qTpFdbPort": "1.3.6.1.2.1.17.7.1.2.2.1.2",
    "dot1qTpFdbStatus": "1.3.6.1.2.1.17.7.1.2.2.1.3", "dot1qVlanFdbId": "1.3.6.1.2.1.17.7.1.4.2.1.3",
    "lldpLocChassisIdSubtype": "1.0.8802.1.1.2.1.3.1", "lldpLocChassisId": "1.0.8802.1.1.2.1.3.2",
    "lldpLocSysName": "1.0.8802.1.1.2.1.3.3", "lldpLocPortIdSubtype": "1.0.8802.1.1.2.1.3.7.1.2",
    "lldpLocPortId": "1.0.8802.1.1.2.1.3.7.1.3", "lldpLocPortDesc": "1.0.8802.1.1.2.1.3.7.1.4",
    "lldpRemChassisIdSubtype": "1.0.8802.1.1.2.1.4.1.1.4", "lldpRemChassisId": "1.0.8802.1.1.2.1.4.1.1.5",
    "lldpRemPortIdSubtype": "1.0.8802.1.1.2.1.4.1.1.6", "lldpRemPortId": "1.0.8802.1.1.2.1.4.1.1.7",
    "lldpRemPortDesc": "1.0.8802.1.1.2.1.4.1.1.8", "lldpRemSysName": "1.0.8802.1.1.2.1.4.1.1.9",
    "lldpRemSysDesc": "1.0.8802.1.1.2.1.4.1.1.10", "lldpRemSysCapSupported": "1.0.8802.1.1.2.1.4.1.1.11",
    "lldpRemSysCapEnabled": "1.0.8802.1.1.2.1.4.1.1.12", "lldpRemManAddrIfSubtype": "1.0.8802.1.1.2.1.4.2.1.3",
    "lldpXMedRemDeviceClass": "1.0.8802.1.1.2.1.5.4795.1.3.1.1.3",
    "lldpXMedRemMediaPolicyVlanID": "1.0.8802.1.1.2.1.5.4795.1.3.2.1.2",
    "lldpXMedRemMediaPolicyUnknown": "1.0.8802.1.1.2.1.5.4795.1.3.2.1.5",
    "lldpXMedRemMediaPolicyTagged": "1.0.8802.1.1.2.1.5.4795.1.3.2.1.6",
    "lldpXMedRemHardwareRev": "1.0.8802.1.1.2.1.5.4795.1.3.3.1.1",
    "lldpXMedRemFirmwareRev": "1.0.8802.1.1.2.1.5.4795.1.3.3.1.2",
    "lldpXMedRemSoftwareRev": "1.0.8802.1.1.2.1.5.4795.1.3.3.1.3",
    "lldpXMedRemSerialNum": "1.0.8802.1.1.2.1.5.4795.1.3.3.1.4",
    "lldpXMedRemMfgName": "1.0.8802.1.1.2.1.5.4795.1.3.3.1.5",
    "lldpXMedRemModelName": "1.0.8802.1.1.2.1.5.4795.1.3.3.1.6",
    "lldpXMedRemAssetID": "1.0.8802.1.1.2.1.5.4795.1.3.3.1.7",
    "cdpCacheAddressType": "1.3.6.1.4.1.9.9.23.1.2.1.1.3", "cdpCacheAddress": "1.3.6.1.4.1.9.9.23.1.2.1.1.4",
    "cdpCacheVersion": "1.3.6.1.4.1.9.9.23.1.2.1.1.5", "cdpCacheDeviceId": "1.3.6.1.4.1.9.9.23.1.2.1.1.6",
    "cdpCacheDevicePort": "1.3.6.1.4.1.9.9.23.1.2.1.1.7", "cdpCachePlatform": "1.3.6.1.4.1.9.9.23.1.2.1.1.8",
    "cdpCacheCapabilities": "1.3.6.1.4.1.9.9.23.1.2.1.1.9", "cdpCacheVlanID": "1.3.6.1.4.1.9.9.23.1.2.1.1.14",
    "entPhysicalDescr": "1.3.6.1.2.1.47.1.1.1.1.2", "entPhysicalClass": "1.3.6.1.2.1.47.1.1.1.1.5",
    "entPhysicalName": "1.3.6.1.2.1.47.1.1.1.1.7", "entPhysicalFirmwareRev": "1.3.6.1.2.1.47.1.1.1.1.9",
    "entPhysicalSoftwareRev": "1.3.6.1.2.1.47.1.1.1.1.10", "entPhysicalSerialNum": "1.3.6.1.2.1.47.1.1.1.1.11",
    "entPhysicalModelName": "1.3.6.1.2.1.47.1.1.1.1.13",
}  # fmt: skip


def looks_like(head: bytes) -> bool:
    """Whether some of the first lines are `OID = TYPE: value`, or most are an OID and a value."""
    lines = head.decode("utf-8", "replace").splitlines()[:60]
    starts = [found for line in lines if (found := _started(line))]
    typed = sum(bool(_TYPED.match(_WRONG.sub("", text)) or text == '""') for _, text in starts)
    return typed >= 1 or len(starts) * 2 > len(lines)


def _started(line: str) -> tuple[str, str] | None:
    """OID and value of a line that starts with an OID, else None."""
    found = _START.match(line) or _QUICK.match(line)
    return (found[1], found[2]) if found else None


def rows(stream: BinaryIO) -> Iterator[tuple[str, Value] | Problem]:
    """(OID, value) of every object with a numeric OID or a known name."""
    pending: tuple[int, str, str] | None = None
    for number, raw in numbered(stream, LINE):
        line = (raw or b"").decode("utf-8", "replace")
        found = _started(line)
        if found is None:
            if raw is None:
                yield Problem(number, f"the line is longer than {LINE} bytes")
            elif pending is None:
                yield Problem(number, "not OID = TYPE: value")
            elif len(pending[2]) < VALUE:
                pending = (*pending[:2], f"{pending[2]}\n{line}")
            continue
        if pending:
            yield from _row(*pending)
        pending = number, *found
    if pending:
        yield from _row(*pending)


def _row(number: int, name: str, spelled: str) -> Iterator[tuple[str, Value] | Problem]:
    oid = _oid(name)
    if oid is None or spelled.startswith(_NOTHING):
        return
    try:
        yield oid, _value(spelled)
    except ValueError as error:
        yield Problem(number, str(error))


def _oid(name: str) -> str | None:
    """A numeric OID; None for one with an unknown name or index."""
    if len(name) > NAME:
        return None
    spelled = _INDEX.sub(_arcs, re.sub(r"\[([^\]]{1,80})\]", r".\1", name.strip().rpartition("::")[2]))
    named = _NAMED.fullmatch(spelled)
    if named is None:
        return spelled.lstrip(".") if _NUMERIC.fullmatch(spelled) else None
    root = _NAMES.get(named[1])
    return f"{root}{named[2]}" if root else None


def _arcs(found: re.Match[str]) -> str:
    """The sub-identifiers of a name or an address in an index."""
    if found["kind"]:
        return _KINDS[found["kind"]]
    if found["mac"]:
        return "".join(f".{int(octet, 16)}" for octet in found["mac"].split(":"))
    try:
        octets = ip_address(found["text"]).packed
    except ValueError:
        return found[0]
    return "".join(f".{number}" for number in (len(octets), *octets))


def _value(spelled: str) -> Value:
    if spelled.strip() == '""':
        return b""
    spelled = _WRONG.sub("", spelled)
    match = _TYPED.match(spelled)
    kind, text = (match[1], match[2]) if match else ("STRING", spelled)
    match kind:
        case "Hex-STRING" | "BITS":
            pairs = re.match(r"(?:[0-9A-Fa-f]{2}\s*)+", text.strip())
            if pairs is None:
                raise ValueError("the value is not hexadecimal, though its type is Hex-STRING")
            return bytes.fromhex(pairs[0])
        case "STRING" | "OCTET STRING":
            text = text.strip("\n")
            if len(text) >= 2 and text.startswith('"') and text.endswith('"'):
                text = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.S)
            return text.encode("utf-8", "replace")
        case "OID":
            return _oid(text) or text.strip().removeprefix(".")
        case "IpAddress" | "Network Address":
            return text.strip()
        case _:
            found = _NUMBER.fullmatch(text.strip())
            if found is None:
                raise ValueError(f"the value of type {kind} is not a number")
            return int(found[1])


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of the walked agent, and of the hosts in its tables."""
    return snmprec.read_agent(rows(stream), context)


FORMAT = Format("snmpwalk", "text of net-snmp's snmpwalk", looks_like, read)
