"""Files that cost a reader as much as they can, by kind, and what one takes: `python -m tests.memory.files [KIND…]`.

Each is read in a process of its own, from a stream without a file, as gzip would give one.
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple, cast

from tests.reading.captures import block, ethernet, interface, octets, section

#: The most that a reader may take beyond what the process had before, in octets.
LIMIT = 200_000_000


class Kind(NamedTuple):
    """A hostile file: its format, what it begins with, each further part by its number, megabytes of it."""

    format: str
    start: bytes
    part: Callable[[int], bytes]
    megabytes: int


class Endless(io.RawIOBase):
    """The octets of a kind, made as they are read."""

    def __init__(self, kind: Kind) -> None:
        self._parts, self._left, self._ready = _parts(kind), kind.megabytes * 1_000_000, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")[: 1 << 16]
        while len(self._ready) < len(view) and self._left > 0:
            more = b"".join(next(self._parts) for _ in range(1 if len(self._ready) > 4096 else 16))
            self._ready += more
            self._left -= len(more)
        part, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(part)] = part
        return len(part)


def _parts(kind: Kind) -> Iterator[bytes]:
    yield kind.start
    for number in count():
        yield kind.part(number)


def _record(frame: bytes) -> bytes:
    return struct.pack("<IIII", 1, 1, len(frame), len(frame)) + frame


def _segment(number: int, size: int) -> bytes:
    """A segment of a stream of its own on the port of SIP, without a beginning of a message."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 40 + size, 1, 0, 64, 6, 0) + struct.pack(">II", 1 + number, 2)
    tcp = struct.pack(">HHIIBBHHH", 1024, 5060, 7, 0, 0x50, 0x18, 0, 0, 0)
    return _record(ethernet("64:16:7f:12:34:56", 0x800, head + tcp + b"x" * size))


def _arp(number: int) -> bytes:
    mac, ip = f"64:16:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}", 7
    sender = octets(mac) + struct.pack(">I", 0x0A000000 + number * ip % (1 << 24))
    return _record(ethernet(mac, 0x806, struct.pack(">HHBBH", 1, 0x800, 6, 4, 2) + sender + bytes(10)))


def _log(number: int) -> bytes:
    return b'10.1.2.3 - - [23/Nov/2026:03:00:00 +0100] "GET /a HTTP/1.1" 200 5 "-" "%d %s"\n' % (number, b"a" * 9_000)


def _accounting(number: int) -> bytes:
    mac = b"64:16:%02x:%02x:%02x:%02x" % (number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255)
    return b'Tue\n\tCalling-Station-Id = "%s"\n\tCisco-AVPair = "cdp-tlv=\\000\\006\\001\\000%s"\n\n' % (
        mac,
        b"x" * 900,
    )


def _link(number: int) -> bytes:
    text = b"x" * 400
    return b'{"id": %d, "remote_hostname": "%s", "remote_port": "6416%08x", "remote_version": "%s"},\n' % (
        number, text, number, text,
    )  # fmt: skip


def _ise(number: int) -> bytes:
    mac = b"64:16:%02x:%02x:%02x:%02x" % (number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255)
    return b"80002 INFO Profiler: a, EndpointMacAddress=%s, cdpCachePlatform=%s\n" % (mac, b"x" * 900)


def _neighbour(number: int) -> bytes:
    return b"lldp.eth0.via=LLDP\n" if not number else b"lldp.eth0.chassis.mgmt-ip=10.1.2.%d\n" % number


def _lease(number: int) -> bytes:
    """A lease of an address of its own, with a name of 9,000 characters."""
    return (
        b"lease %s {\n  starts 4 2026/11/19 07:00:00;\n  hardware ethernet 64:16:7f:12:34:56;\n"
        b'  client-hostname "%s";\n}\n' % (_many(number), b"x" * 9_000)
    )


def _console(number: int) -> bytes:
    mac, text = f"6416.7f{number >> 16 & 255:02x}.{number & 65535:04x}", "x" * 4_000
    return f"Local Intf: Gi1/0/{number}\nChassis id: {mac}\nSystem Description:\n{text}\n\n".encode()


def _many(number: int) -> bytes:
    """An address of its own."""
    return b"%d.%d.%d.7" % (number >> 16 & 63 | 64, number >> 8 & 255, number & 255)


def _assigned(number: int) -> bytes:
    return b"10,11/19/26,1:00:00,x,%s,%s,64167F123456,,,,,,,0x30,\n" % (_many(number), b"x" * 9_000)


def _kea(number: int) -> bytes:
    return b"%s,3600,1790003600,%s\n" % (_many(number), b"x" * 9_000)


def _dnsmasq(number: int) -> bytes:
    return b"0 64:16:7f:12:34:56 %s %s *\n" % (_many(number), b"x" * 200)


def _acknowledged(number: int) -> bytes:
    mac = b"64:16:%02x:%02x:%02x:%02x" % (number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255)
    return b"x dhcpd: DHCPACK on %s to %s (%s) via eth0\n" % (_many(number), mac, b"x" * 250)


_HOST = b"<nmaprun><host>"
_PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
_PORTS = b'dot1qVlanCurrentUntaggedPorts.0.%d = STRING: "%s."\n'
_LINE = b'{"field": "sip.user-agent", "value": "x", "ip": "%s10.%d.%d.%d"}\n'


def _addressed(number: int) -> bytes:
    ip = b"10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255)
    return b'/registrar/contact/%d: {"uri": "sip:%d@%b", "user_agent": "%d", "call_id": "1@%b", "via_addr": "%b"}\n' % (
        number, number, ip, number, ip, ip,
    )  # fmt: skip


_CONTACT = b'/registrar/contact/1: {"uri": "sip:%d@h%d", "user_agent": "%s"}\n'
#: Kind → the file.
KINDS: dict[str, Kind] = {
    "Junos: neighbours": Kind(
        "junos-xml",
        b"<rpc-reply>",
        lambda n: (
            b"<lldp-neighbor-information><lldp-remote-system-name>%d%s</lldp-remote-system-name>"
            b"</lldp-neighbor-information>" % (n, b"x" * 900)
        ),
        40,
    ),
    "Junos: prompts": Kind("junos-xml", b"<rpc-reply><arp-table-entry>", lambda n: b"\nu@h%d> show x" % n, 40),
    "Junos: entries": Kind(
        "junos-xml",
        b"<rpc-reply>",
        lambda n: (
            b"<mac-table-entry><mac-address>6416%08x</mac-address><mac-interfaces>ge-0/0/%d.0</mac-interfaces>"
            b"</mac-table-entry>" % (n, n)
        ),
        40,
    ),
    "XML: elements": Kind("nmap", _HOST, lambda n: b"<a/>", 8),
    "XML: elements with an attribute each": Kind("nmap", _HOST, lambda n: b'<a b="%d"/>' % n, 20),
    "XML: elements with 20 empty attributes": Kind(
        "nmap", _HOST, lambda n: b"<a %s/>" % b" ".join(b'a%d=""' % i for i in range(20)), 30
    ),
    "XML: one element with attributes": Kind("nmap", _HOST + b"<port ", lambda n: b'a%d="" ' % n, 20),
    "XML: texts of three octets a character": Kind(
        "nmap", _HOST + b'<script output="', lambda n: "\u4e00".encode() * 999, 60
    ),
    "XML: levels": Kind("nmap", _HOST, lambda n: b"<a>", 8),
    "XML: a comment": Kind("nmap", _HOST + b"<!--", lambda n: b"x" * 9_999, 40),
    "XML: text of one element in pieces": Kind("nmap", _HOST + b"<a>", lambda n: b"x&amp;", 40),
    "XML: of lldpctl": Kind("lldpctl", b"<lldp><interface>", lambda n: b'<a b="%d"/>' % n, 20),
    "XML: without an end, a tag": Kind("nmap", _HOST + b"<", lambda n: b"a" * 9_999, 40),
    "lldpctl: numbers": Kind("lldpctl", b'{"lldp": [', lambda n: b"1.5," * 999, 15),
    "lldpctl: names": Kind("lldpctl", b'{"lldp": {"interface": {', lambda n: b'"%d":0,' % n, 15),
    "lldpctl: lists": Kind("lldpctl", b'{"lldp": {"interface": [', lambda n: b"[]," * 999, 15),
    "lldpctl: levels": Kind("lldpctl", b'{"lldp": {"interface": [', lambda n: b"[" * 999, 15),
    "lldpctl: lines": Kind("lldpctl", b"lldp.eth0.via=LLDP\n", lambda n: b"a\n" * 999, 15),
    "lldpctl: blank lines": Kind("lldpctl", b"lldp.eth0.via=LLDP\n", lambda n: b"\n" * 999, 15),
    "lldpctl: values of a neighbour": Kind("lldpctl", b"", _neighbour, 15),
    "lldpctl: characters of four octets": Kind(
        "lldpctl", b"lldp.eth0.via=LLDP\n", lambda n: "\U0001f600".encode() * 99, 15
    ),
    "jsonl: addresses behind blanks": Kind(
        "jsonl", b"", lambda n: _LINE % (b" " * 900_000, n >> 16 & 255, n >> 8 & 255, n & 255), 300
    ),
    "jsonl: a line": Kind("jsonl", b'{"field": "', lambda n: b"x" * 9_999, 40),
    "jsonl: levels": Kind("jsonl", b"", lambda n: b'{"field": ' + b"[" * 900_000 + b"\n", 20),
    "jsonl: names": Kind("jsonl", b"", lambda n: b"{%s}\n" % b",".join(b'"%d": 0' % i for i in range(80_000)), 20),
    "snmprec: values of 250,000 octets": Kind(
        "snmprec", b"", lambda n: b"1.3.6.1.2.1.2.2.1.2.%d|4|%s\n" % (n, b"x" * 250_000), 300
    ),
    "snmprec: rows": Kind("snmprec", b"", lambda n: b"1.3.6.1.2.1.2.2.1.2.%d|4|x\n" % n, 40),
    "snmprec: names of 50,000 numbers": Kind(
        "snmprec", b"", lambda n: b"1.3.6.1.2.1.2.2.1.2%s.%d|4|x\n" % (b".1" * 50_000, n), 300
    ),
    "snmpwalk: lists of ports": Kind("snmpwalk", b"", lambda n: _PORTS % (n, b"x" * 60_000), 250),
    "snmpwalk: blank lines in quotes": Kind("snmpwalk", b'.1.3.6.1.2.1.1.1.0 = STRING: "', lambda n: b"\n" * 999, 30),
    "snmpwalk: lines in quotes": Kind("snmpwalk", b'.1.3.6.1.2.1.1.1.0 = STRING: "', lambda n: b"x\n" * 999, 15),
    "snmpwalk: messages within a line": Kind("snmpwalk", b"", lambda n: b"x" * 5_000 + b"Error in packet.\n", 20),
    "snmpwalk: indexes": Kind(
        "snmpwalk", b"", lambda n: b'BRIDGE-MIB::dot1dTpFdbPort."%d%s" = INTEGER: 1\n' % (n, b"." * 200), 60
    ),
    "snmpwalk: macs of one index": Kind(
        "snmpwalk", b"", lambda n: b"BRIDGE-MIB::dot1dTpFdbAddress.'......' = STRING: 0:1:2:3:4:5\n", 120
    ),
    "snmpwalk: subtypes": Kind("snmpwalk", b"", lambda n: b".1.0.8802.1.1.2.1.4.1.1.4.0.7.%d = INTEGER: 4\n" % n, 20),
    "snmpwalk: hexadecimal digits": Kind(
        "snmpwalk", b".1.3.6.1.2.1.1.1.0 = Hex-STRING: ", lambda n: b"00 " * 16 + b"\n", 20
    ),
    "snmpwalk: hosts": Kind(
        "snmpwalk", b"", lambda n: b"$ snmpwalk -v2c -c x h%d .1\n.1.3.6.1.2.1.1.1.0 = STRING: x\n" % n, 2
    ),
    "pcap: streams of 60,000 octets": Kind("pcap", _PCAP, lambda n: _segment(n, 60_000), 300),
    "pcap: segments of streams": Kind("pcap", _PCAP, lambda n: _segment(n % 16_000, 1), 10),
    "pcap: macs and addresses": Kind("pcap", _PCAP, _arp, 8),
    "pcapng: interfaces": Kind("pcap", section(), lambda n: interface(), 10),
    "pcapng: a block of 4 GB": Kind("pcap", section() + struct.pack("<II", 5, 0xFFFFFFFC), lambda n: bytes(9_999), 60),
    "pcapng: blocks": Kind("pcap", section(), lambda n: block(5, b""), 5),
    "dhcpd: leases": Kind("dhcpd-leases", b"", _lease, 60),
    "dhcpd: statements of a lease": Kind(
        "dhcpd-leases", b"lease 10.1.2.3 {\n", lambda n: b"uid " + b"x" * 9_000 + b";\n", 40
    ),
    "Windows DHCP log: rows": Kind("windows-dhcp-log", b"", _assigned, 60),
    "Windows DHCP log: a row": Kind("windows-dhcp-log", b"10,11/19/26,1:00:00,", lambda n: b"x" * 9_999, 40),
    "Kea: rows": Kind("kea-leases", b"address,valid_lifetime,expire,hostname\n", _kea, 60),
    "Kea: columns": Kind(
        "kea-leases", b"address,valid_lifetime,expire" + b"," * 9_000, lambda n: b"\n" + b"," * 9_000, 40
    ),
    "dnsmasq: leases": Kind("dnsmasq-leases", b"", _dnsmasq, 40),
    "dnsmasq: a line": Kind("dnsmasq-leases", b"0 ", lambda n: b"x" * 9_999, 40),
    "Windows leases: quotation marks": Kind(
        "windows-leases", b"IPAddress,AddressState,ClientId\n", lambda n: b'"' + b"x" * 30_000 + b"\n", 5
    ),
    "FortiGate: blanks": Kind(
        "fortigate-leases", b"IP MAC-Address Hostname VCI Expiry\n", lambda n: b"10.1.2.3 " + b" \t" * 2_000 + b"\n", 5
    ),
    "MikroTik: pairs": Kind("mikrotik-leases", b" 0 D ", lambda n: b" a%d=b" % n, 20),
    "MikroTik: leases": Kind("mikrotik-leases", b"", lambda n: b' %d D a="%s\n' % (n, b"a=" * 4_000), 20),
    "CSV: cells": Kind("phone-report", b"Manufacturer,MAC address,User agent\n", lambda n: b"," * 30_000 + b"\n", 5),
    "CSV: quotation marks": Kind(
        "phone-report", b"Manufacturer,MAC address,User agent\n", lambda n: b'"' + b"x" * 30_000 + b"\n", 5
    ),
    "CSV: doubled quotation marks": Kind(
        "phone-report", b"Manufacturer,MAC address,User agent\n", lambda n: b'"' + b'""' * 15_000 + b"x\n", 5
    ),
    "UPnP: devices": Kind(
        "upnp",
        b'<root xmlns="urn:dslforum-org:device-1-0">',
        lambda n: b"<device><modelName>%s</modelName>" % (b"x" * 9_000),
        40,
    ),
    "usrloc: contacts": Kind(
        "usrloc", b"", lambda n: b"Contact:: sip:%d@h%d\nUser-agent:: %s%d\n" % (n, n, b"x" * 900, n), 40
    ),
    "asterisk: rows": Kind("asterisk", b"", lambda n: _CONTACT % (n, n, b"x" * 900), 40),
    "asterisk: addresses": Kind("asterisk", b"", _addressed, 80),
    "asterisk: a line": Kind("asterisk", b"/registrar/contact/1: {", lambda n: b"x" * 9_999, 40),
    "SIP messages: headers": Kind(
        "sip-messages", b"REGISTER sip:h SIP/2.0\n", lambda n: b"Contact: <sip:%d@h>\n" % n * 99, 40
    ),
    "SIP messages: a line": Kind("sip-messages", b"REGISTER sip:h SIP/2.0\nVia: ", lambda n: b"x" * 9_999, 40),
    "SIP messages: start lines": Kind(
        "sip-messages",
        b"",
        lambda n: b"REGISTER sip:h SIP/2.0\nUser-Agent: %s%d\nContact: <sip:%d@h>\n" % (b"x" * 900, n, n),
        40,
    ),
    "freeswitch: an element": Kind("freeswitch", b"<profile><registration>", lambda n: b"<user>x</user>\n" * 99, 40),
    "freeswitch: cells": Kind("freeswitch", b"reg_user,realm,token,url,expires\n", lambda n: b"," * 30_000 + b"\n", 20),
    "usrloc: cells": Kind("usrloc", b"username,contact,callid\n", lambda n: b"sip:" + b"," * 30_000 + b"\n", 20),
    "usrloc: a record": Kind(
        "usrloc", b"*" * 9 + b" 1. row " + b"*" * 9 + b"\n", lambda n: b"contact: sip:\n" * 99, 40
    ),
    "usrloc: a line": Kind("usrloc", b"Contact:: sip:1@10.1.2.3\n", lambda n: b"x" * 9_999, 40),
    "usrloc: a text of JSON": Kind("usrloc", b'{"AORs": [{"Contact": "', lambda n: b"x" * 9_999, 40),
    "usrloc: objects of JSON": Kind("usrloc", b'{"AORs": ', lambda n: b'{"Contact": "' * 99, 40),
    "RADIUS: sessions": Kind("freeradius", b"", _accounting, 60),
    "RADIUS: a line": Kind("freeradius", b"Tue\n\tUser-Name = ", lambda n: b"x" * 9_999, 40),
    "RADIUS: one record": Kind("freeradius", b"Tue\n", lambda n: b'\tCisco-AVPair = "cdp-tlv=%d"\n' % n, 20),
    "RADIUS: requests of -X": Kind(
        "freeradius",
        b"",
        lambda n: b"(%d) Received Accounting-Request Id 5\n" % n + b"(1)   User-Name = 1\n" * 9_999,
        20,
    ),
    "radacct: sessions": Kind(
        "radius-list",
        b"nasipaddress,acctsessionid,acctstarttime,acctstoptime,callingstationid,nasportid\n",
        lambda n: (
            b"10.1.0.2,%d,,,64-16-%02x-%02x-%02x-%02x,%s\n"
            % (n, n >> 24 & 255, n >> 16 & 255, n >> 8 & 255, n & 255, b"x" * 900)
        ),
        60,
    ),
    "NPS: a line": Kind("radius-list", b"<Event>", lambda n: b'<User-Name data_type="1">' * 99, 40),
    "ISE: sessions": Kind("ise", b"", _ise, 60),
    "ISE: parts of messages": Kind(
        "ise", b"", lambda n: b"x CISE_Profiler %d 9 %d %s\n" % (n, n % 9, b"x" * 60_000), 120
    ),
    "ISE: a line": Kind("ise", b"", lambda n: b"x, " * 3_333, 40),
    "console: neighbours": Kind("console", b"", _console, 60),
    "console: values of a neighbour": Kind(
        "console", b"Local Intf: Gi1/0/1\n", lambda n: b"IP: 10.1.%d.7\n" % (n % 250), 30
    ),
    "console: lines of a description": Kind(
        "console", b"Chassis id: 10.1.2.3\nSystem Description:\n", lambda n: b"x" * 16_000 + b"\n", 60
    ),
    "console: octets of device sensor": Kind(
        "console",
        b"Device: 6416.7f12.3456 on port Gi1\n",
        lambda n: b"CDP %d:x 1000 00" % (n % 99) + b" 00" * 9 + b"  ..\n",
        20,
    ),
    "console: values of RouterOS": Kind(
        "console", b"", lambda n: b" %d interface=a address=b identity=" % n + b"c " * 4_000 + b"\n", 30
    ),
    "console: a column of Comware": Kind(
        "console",
        b"System Name          Local Interface Chassis ID      Port ID\na Gi1\n",
        lambda n: b"x" * 99 + b"\n",
        30,
    ),
    "console: hosts": Kind("console", b"", lambda n: b"sw%d#show lldp neighbors detail\nLocal Intf: Gi1\n" % n, 20),
    "console: entries of a forwarding table": Kind(
        "console",
        b"Vlan Mac Address Type Ports\n",
        lambda n: b"20 6416.%04x.%04x DYNAMIC Gi%d/0/%d\n" % (n >> 16, n & 65535, n % 900, n % 99),
        12,
    ),
    "console: ports of a forwarding table": Kind(
        "console",
        b"MAC-ADDRESS VID ON-INTERFACE BRIDGE\n",
        lambda n: b"64:16:7f:%02x:%02x:%02x 20 %s%d b\n" % (n >> 16 & 255, n >> 8 & 255, n & 255, b"x" * 30, n),
        12,
    ),
    "console: rows of ARP": Kind(
        "console",
        b"Address Age Hardware Addr Interface\n",
        lambda n: b"10.%d.%d.%d 0 6416.%04x.%04x Vl20\n" % (n >> 16 & 255, n >> 8 & 255, n & 255, n >> 16, n & 65535),
        6,
    ),
    "console: sessions": Kind(
        "console",
        b"",
        lambda n: (
            b"Interface: Gi%d/0/%d\nMAC Address: 6416.%04x.%04x\nDomain: VOICE\nlabel %d: value\n"
            % (n % 900, n % 99, n >> 16, n & 65535, n)
        ),
        60,
    ),
    "console: labels of a session": Kind("console", b"Interface: Gi1/0/1\n", lambda n: b"label %d: value\n" % n, 6),
    "console: rows of CDP": Kind(
        "console",
        b"Device ID Local Intrfce Holdtme Capability Platform Port ID\n",
        lambda n: b"SEP6416%08X Gig 1/0/%d 155 H P M IP Phone Port 1\n" % (n, n % 99),
        12,
    ),
    "console: a value of LLDP that continues": Kind(
        "console",
        b"Local Interface  Chassis ID  Port ID  System Name\nGE1/0/7  6416-7f12-3456  x  x\n",
        lambda n: b" " * 40 + b"x" * 300 + b"\n",
        6,
    ),
    "console: a line": Kind("console", b"Local Intf: Gi1/0/1\n", lambda n: b"x" * 9_999, 40),
    "console: controls": Kind(
        "console", b"Local Intf: Gi1/0/1\n", lambda n: b"\x1b[" + b"1;" * 4_000 + b"\x08\r\n", 20
    ),
    "links: neighbours": Kind("links", b'{"links": [', _link, 60),
    "links: rows": Kind("links", b"Remote ID,Remote IP,Remote Type\n", lambda n: b'"' + b"x" * 30_000 + b"\n", 20),
    "DHCP log: leases": Kind("dhcp-log", b"", _acknowledged, 60),
    "DHCP log: transactions": Kind(
        "dhcp-log", b"", lambda n: b"x dnsmasq-dhcp[1]: %d vendor class: %s\n" % (n, b"x" * 250), 20
    ),
    "DHCP log: a line": Kind("dhcp-log", b"dhcpd: DHCPACK on ", lambda n: b"x" * 9_999, 40),
    "lease list: objects": Kind(
        "lease-list",
        b'[{"arguments": {"leases": [',
        lambda n: (
            b'{"cltt": 1795316400, "hw-address": "64:16:7f:%02x:%02x:%02x", "ip-address": "%s", "hostname": "%s"},'
            % (n >> 16 & 255, n >> 8 & 255, n & 255, _many(n), b"x" * 900)
        ),
        40,
    ),
    "lease list: names": Kind(
        "lease-list", b"[", lambda n: b"{%s},\n" % b",".join(b'"%d_%d": 0' % (n, i) for i in range(9_000)), 20
    ),
    "lease list: cells": Kind("lease-list", b"IP address,MAC,Start,End\n", lambda n: b"," * 30_000 + b"\n", 5),
    "TFTP: requests": Kind(
        "tftp-log", b"", lambda n: b"x atftpd: Serving SEP0015%08X.cnf.xml to 10.1.2.3:1024\n" % n, 20
    ),
    "TFTP: a line": Kind("tftp-log", b"x atftpd: ", lambda n: b"x" * 9_999, 40),
    "CUCM phones: rows": Kind(
        "cucm-phones", b"Device Name,Device Pool,Model\n", lambda n: b'"SEP64167F123456' + b"x" * 60_000 + b"\n", 20
    ),
    "RISPort: devices": Kind(
        "risport",
        b"<a><selectCmDeviceResponse><CmDevices>",
        lambda n: (
            b"<item><Name>SEP%012X</Name><Status>1</Status><ActiveLoadID>%s</ActiveLoadID></item>" % (n, b"x" * 250)
        ),
        40,
    ),
    "RISPort: one device": Kind(
        "risport", b"<a><selectCmDeviceResponse><CmDevices><item>", lambda n: b"<b>%d</b>" % n, 40
    ),
    "table: objects": Kind(
        "table", b'{"data": [', lambda n: b'{"mac": "64167f%06x", "model": "x"},' % (n & 0xFFFFFF), 20
    ),
    "table: brackets": Kind("table", b'[{"mac": 1}', lambda n: b'{"a":[' * 999, 6),
    "table: a text": Kind("table", b'[{"mac": "', lambda n: b"x" * 9_999, 40),
    "table: names": Kind(
        "table", b"", lambda n: b"{%s}\n" % b",".join(b'"%d_%d": 0' % (n, i) for i in range(9_000)), 20
    ),
    "table: empty objects": Kind("table", b"[", lambda n: b"{}," * 999, 10),
    "table: cells": Kind("table", b"MAC,Model\n", lambda n: b"," * 30_000 + b"\n", 5),
    "access log: agents of 9,000 characters": Kind("access-log", b"", _log, 300),
    "access log: a line": Kind("access-log", b"", lambda n: b"x" * 9_999, 40),
}


class Taken(NamedTuple):
    """What reading took: octets at its peak beyond those before, seconds of the processor, observations, problems."""

    octets: int
    seconds: float
    observations: int
    problems: int


def measure(name: str) -> Taken:
    """Read a kind in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "tests.memory.files", "--one", name], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    size, seconds, observations, problems = done.stdout.split()
    return Taken(int(size), float(seconds), int(observations), int(problems))


def _peak() -> int:
    return 1024 * int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


def _read(name: str) -> Taken:
    from scanner.reading import Context, Problem, detect

    kind = KINDS[name]
    list(detect.read(io.BytesIO(SMALL[kind.format]), Context("small", "2026-11-23T02:00:00Z"), kind.format))
    before, began, seen, problems = _peak(), time.process_time(), 0, 0
    stream = io.BufferedReader(Endless(kind))
    for item in detect.read(stream, Context("file", "2026-11-23T02:00:00Z"), kind.format):
        problems += isinstance(item, Problem)
        seen += not isinstance(item, Problem)
    return Taken(_peak() - before, time.process_time() - began, seen, problems)


def main(arguments: list[str]) -> int:
    """Measure the kinds and print a line for each; 1 if one took more than the limit."""
    from tests.reading.test_fuzz import SAMPLES

    SMALL.update(SAMPLES)
    if arguments[:1] == ["--one"]:
        print(*_read(arguments[1]))
        return 0
    over, names = 0, arguments or list(KINDS)
    for name in names:
        taken = measure(name)
        over += taken.octets > LIMIT
        print(f"{taken.octets / 1e6:6.0f} MB {taken.seconds:6.1f} s {taken.problems:6} problems: {name}", flush=True)
    print(f"{len(names)} kinds, {over} over {LIMIT / 1e6:.0f} MB")
    return 1 if over else 0


#: A small file of each format: what its reader imports is there before the peak counts.
SMALL: dict[str, bytes] = {}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
