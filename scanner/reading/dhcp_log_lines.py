"""One line of a DHCP server's log → what happened to an address, or what a client sent.

Servers: dnsmasq (`src/rfc2131.c`, `log-dhcp` adds the number of the transaction and the options), ISC dhcpd
(dhcpd.conf(5), server/dhcp.c; OpenBSD's and pfSense's are the same), Kea ("Kea messages manual", the forensic log),
RouterOS (topic `dhcp`), FortiOS (log identifiers 26001 to 26003, `dhcp_msg`). The words of dnsmasq are localised, those
of its messages (DHCPACK) are not.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scanner.core.text import mac as normal_mac
from scanner.reading.leases import client_mac, duid_mac

#: Longest text of a client, in octets (RFC 2132: the length of an option is one octet).
TEXT = 255


class LeaseEvent(NamedTuple):
    """A lease that begins (or is renewed) or ends, or a message without a lease: neither.

    `transaction` is the number by which dnsmasq logged what the client sent before.
    """

    ip: bytes = b""
    mac: str | None = None
    begins: bool = False
    ends: bool = False
    host: bytes = b""
    transaction: bytes = b""


class ClientText(NamedTuple):
    """An option that a client sent: its code, the octets, and the transaction or mac by which the client is known.

    With neither, the client is the one of the message before.
    """

    code: int
    value: bytes
    transaction: bytes = b""
    mac: str | None = None


class ClientMessage(NamedTuple):
    """The first line of a message whose options are in the lines that follow."""

    mac: str | None


_IP = rb"(\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
_MAC = rb"((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})(?![0-9A-Fa-f:])"
_ADDRESS = re.compile(_IP)
_OCTETS = rb"([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){0,129})"
_NAMED = rb"(DISCOVER|OFFER|REQUEST|DECLINE|ACK|NAK|RELEASE|INFORM|EXPIRE)"

_DNSMASQ = re.compile(
    rb"(?:(?<=: )(\d{1,10}) )?\b(?:DHCP" + _NAMED + rb"|BOOTP)\([^()\s]{1,40}\) (?:" + _IP + rb" )?" + _MAC
    + rb"(?: (\S{1,255}))?"
)  # fmt: skip
_DNSMASQ_6 = re.compile(rb"(?<=: )(?:\d{1,10} )?DHCP(REPLY|RELEASE)\([^()\s]{1,40}\) " + _IP + rb" " + _OCTETS)
_DNSMASQ_TEXT = re.compile(
    rb"dnsmasq(?:-dhcp)?(?:\[\d{1,10}\])?: (\d{1,10}) (?:(\"?vendor class\"?|classe de vendeur[^:]{0,40})"
    rb"|(user class|benutzerklasse|classe d'utilisateur[^:]{0,40})"
    rb"|client provides name|klient stellt name bereit|le client fournit le nom) ?: (.{1,255})",
    re.IGNORECASE | re.DOTALL,
)
_ISC = re.compile(
    rb"\bDHCP" + _NAMED + rb" (?:(?:on|for|of) " + _IP + rb"(?: \([0-9.]{7,15}\))? )?(?:to|from) " + _MAC
    + rb"(?: \((.{0,255}?)\) via\b)?"
)  # fmt: skip
_ISC_INFORMED = re.compile(rb"\bDHCPACK to " + _IP + rb" \(" + _MAC + rb"\)")
_ISC_BOOTP = re.compile(rb"\bBOOTREPLY (?:on|for) " + _IP + rb" to (\S{1,255}) \(" + _MAC + rb"\)")
_ISC_EXPIRED = re.compile(rb"\bDHCPEXPIRE (?:on|of) " + _IP + rb"(?![0-9.])")

_CLIENT = rb"\[(?:hwtype=\d{1,3} ([0-9A-Fa-f:]{2,59})|[^\]]{0,40})\], cid=\[([^\]]{0,400})\]"
_KEA = re.compile(rb"\bDHCP4_LEASE_(?:ALLOC|RENEW|REUSE) " + _CLIENT + rb"[^:]{0,80}: lease " + _IP + rb" has been ")
_KEA_6 = re.compile(
    rb"\bDHCP6_LEASE_(?:ALLOC|RENEW|REUSE) duid=\[" + _OCTETS
    + rb"\][^\r\n]{0,120}?: lease for address " + _IP + rb" and iaid="
)  # fmt: skip
_KEA_ENDED = re.compile(
    rb"\b(?:DHCP4_RELEASE(?:_EXPIRED|_DELETED)? " + _CLIENT + rb"[^:]{0,80}: address|DHCP4_DECLINE_LEASE .{0,40}? addr"
    rb"|ALLOC_ENGINE_V[46]_\w{0,20}LEASE_RECLAIM\b.{0,500}? address) " + _IP + rb"(?= )"
)  # fmt: skip
_KEA_LEGAL = re.compile(
    rb"\bAddress: ?" + _IP + rb" has been (?:(assigned|renewed)|released|declined)\b.{0,80}?"
    rb" a device with hardware address: hwtype=\d{1,3} " + _MAC
)  # fmt: skip
_KEA_CLASSES = re.compile(
    rb"\bDHCP4_CLASS(?:ES)?_ASSIGNED " + _CLIENT + rb".{0,200}?\bVENDOR_CLASS_(.{1,255}?)"
    rb"(?=, (?:ALL|KNOWN|UNKNOWN|BOOTP|DROP|SKIP_DDNS)\b|[\r\n]|\Z)"
)  # fmt: skip
_KEA_QUERY = re.compile(rb"\bDHCP4_(QUERY|RESPONSE)_DATA " + _CLIENT)
_KEA_OPTION = re.compile(rb"^ {0,8}type=0?(12|60|77), len=\d{1,3}: (?:\"(.{0,255})\"|" + _OCTETS + rb")(?: ?\(|\s*\Z)")
_ROUTEROS = re.compile(
    rb"\b(de)?assigned " + _IP + rb" (?:to|for|from) (?=[0-9A-F])" + _MAC + rb"(?: (?!\()(\S{1,255}))?"
)  # fmt: skip
_FORTIOS = re.compile(rb"\bdhcp_msg=\"?(?:(Ack)|Release|Decline|Nak|(\w{1,20}))\b", re.IGNORECASE)
_FORTIOS_VALUE = re.compile(rb"\b(ip|mac|hostname)=(?:\"([^\"\r\n]{0,255})\"|([^\s\"]{1,255}))(?=\s|\Z)")
#: Names of messages by which a client has an address, and by which it has it no more.
_BEGINS, _ENDS = (b"ACK",), (b"RELEASE", b"DECLINE", b"NAK", b"EXPIRE")


def of_line(line: bytes) -> LeaseEvent | ClientText | ClientMessage | None:
    """What a line states; None for a line of another program, or without a client."""
    if b"dhcp_msg=" in line:
        return _of_fortios(line)
    if b"DHCP" in line or b"BOOT" in line:
        return _message(line) or _of_kea(line)
    if b"dnsmasq" in line:
        return _dnsmasq_text(line)
    if b"hwtype=" in line or b"ALLOC_ENGINE_V" in line:
        return _of_kea(line)
    if b"type=0" in line:
        return _kea_option(line)
    if b"assigned " in line and (found := _ROUTEROS.search(line)):
        ended, ip, hardware, host = found.groups()
        return LeaseEvent(ip, _mac(hardware), not ended, bool(ended), host or b"")
    return None


def _message(line: bytes) -> LeaseEvent | None:
    """A message of DHCP that dnsmasq or dhcpd logged."""
    if found := _DNSMASQ.search(line):
        number, name, ip, hardware, host = found.groups()
        begins = name in (*_BEGINS, None)
        return LeaseEvent(
            ip or b"", _mac(hardware), begins, name in _ENDS, host or b"" if begins else b"", number or b""
        )
    if found := _ISC.search(line):
        name, ip, hardware, host = found.groups()
        return LeaseEvent(ip or b"", _mac(hardware), name in _BEGINS and bool(ip), name in _ENDS, host or b"")
    if found := _ISC_INFORMED.search(line):
        return LeaseEvent(found[1], _mac(found[2]), True)
    if found := _ISC_BOOTP.search(line):
        return LeaseEvent(found[1], _mac(found[3]), True, host=found[2])
    if found := _ISC_EXPIRED.search(line):
        return LeaseEvent(found[1], ends=True)
    if found := _DNSMASQ_6.search(line):
        ended = found[1] == b"RELEASE"
        return LeaseEvent(found[2], duid_mac(found[3].decode("ascii")), not ended, ended)
    return None


def _of_fortios(line: bytes) -> LeaseEvent | None:
    found = _FORTIOS.search(line)
    values = {name: quoted or bare for name, quoted, bare in _FORTIOS_VALUE.findall(line)}
    mac = _mac(values.get(b"mac", b""))
    if found is None or mac is None or not _ADDRESS.fullmatch(values.get(b"ip", b"")):
        return None
    host = values.get(b"hostname", b"")
    return LeaseEvent(values[b"ip"], mac, bool(found[1]), not (found[1] or found[2]), b"" if host == b"N/A" else host)


def _of_kea(line: bytes) -> LeaseEvent | ClientText | ClientMessage | None:
    if found := _KEA.search(line):
        return LeaseEvent(found[3], _client(found[1], found[2]), True)
    if found := _KEA_CLASSES.search(line):
        return ClientText(60, found[3], mac=_client(found[1], found[2]))
    if found := _KEA_QUERY.search(line):
        return ClientMessage(_client(found[2], found[3]) if found[1] == b"QUERY" else None)
    if found := _KEA_ENDED.search(line):
        return LeaseEvent(found[3], _client(found[1], found[2] or b""), ends=True)
    if found := _KEA_LEGAL.search(line):
        return LeaseEvent(found[1], _mac(found[3]), bool(found[2]), not found[2])
    if found := _KEA_6.search(line):
        return LeaseEvent(found[2], duid_mac(found[1].decode("ascii")), True)
    return None


def _dnsmasq_text(line: bytes) -> ClientText | None:
    found = _DNSMASQ_TEXT.search(line)
    if found is None:
        return None
    return ClientText(60 if found[2] else 77 if found[3] else 12, found[4].strip(), found[1])


def _kea_option(line: bytes) -> ClientText | None:
    found = _KEA_OPTION.match(line)
    if found is None:
        return None
    octets = found[2] if found[3] is None else bytes.fromhex(found[3].replace(b":", b"").decode("ascii"))
    return ClientText(int(found[1]), octets[:TEXT])


def _client(hardware: bytes | None, identifier: bytes) -> str | None:
    return client_mac((hardware or b"").decode("ascii"), identifier.decode("ascii", "replace"))


def _mac(hardware: bytes) -> str | None:
    return normal_mac(hardware.decode("ascii", "replace"))
