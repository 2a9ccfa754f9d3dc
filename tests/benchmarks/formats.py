"""Large files of the formats that are read, as the servers and switches of 5,000 phones write them, by format.

To add one, add its row to `FILES`: what the file begins with, and a function that returns its next part by the number.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple, cast

from tests.benchmarks import leases, managers, radius, recordings
from tests.benchmarks.phones import PHONES, ip, mac, time


class LargeFile(NamedTuple):
    """What a file of a format begins with, each further part by its number, its end, and the most megabytes of it."""

    start: bytes
    part: Callable[[int], bytes]
    end: bytes = b""
    most: int = 1_000_000


class Growing(io.RawIOBase):
    """The octets of a large file, made as they are read: at least `size` of them."""

    def __init__(self, kind: LargeFile, size: int) -> None:
        self._numbers, self._kind, self._left, self._ready = count(), kind, size, bytearray(kind.start)
        self.made = len(kind.start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")[: 1 << 16]
        while len(self._ready) < len(view) and self._left > 0:
            more = b"".join(self._kind.part(number) for number in (next(self._numbers) for _ in range(64)))
            self._left -= len(more)
            if self._left <= 0:
                more += self._kind.end
            self._ready += more
            self.made += len(more)
        part = bytes(self._ready[: len(view)])
        del self._ready[: len(view)]
        view[: len(part)] = part
        return len(part)


def _usrloc(number: int) -> bytes:
    return (
        b"\t\t\t\tInfo: {\n\t\t\t\t\tAoR: %d\n\t\t\t\t\tHashID: %d\n\t\t\t\t\tContacts: {\n\t\t\t\t\t\tContact: {\n"
        b"\t\t\t\t\t\t\tAddress: sip:%d@%s:5060;transport=tcp\n\t\t\t\t\t\t\tExpires: 70\n\t\t\t\t\t\t\tQ: -1.000000\n"
        b"\t\t\t\t\t\t\tCall-ID: 0_%d@%s\n\t\t\t\t\t\t\tCSeq: 50\n\t\t\t\t\t\t\tUser-Agent: Yealink T46U 8.86.0.%d\n"
        b"\t\t\t\t\t\t\tReceived: [not set]\n\t\t\t\t\t\t\tPath: [not set]\n\t\t\t\t\t\t\tState: CS_NEW\n"
        b"\t\t\t\t\t\t\tFlags: 0\n\t\t\t\t\t\t\tCFlags: 0\n\t\t\t\t\t\t\tSocket: udp:10.20.255.1:5060\n"
        b"\t\t\t\t\t\t\tMethods: 6943\n\t\t\t\t\t\t\tRuid: uloc-5d41ccd1-7746-%d\n"
        b"\t\t\t\t\t\t\tInstance: <urn:uuid:00000000-0000-1000-8000-%s>\n\t\t\t\t\t\t\tReg-Id: 1\n"
        b"\t\t\t\t\t\t\tServer-Id: 0\n\t\t\t\t\t\t\tTcpconn-Id: -1\n\t\t\t\t\t\t\tKeepalive: 1\n"
        b"\t\t\t\t\t\t\tLast-Keepalive: %d\n\t\t\t\t\t\t\tLast-Modified: %d\n\t\t\t\t\t\t}\n\t\t\t\t\t}\n\t\t\t\t}\n"
    ) % (
        number % PHONES, number, number % PHONES, ip(number), number, ip(number), number % PHONES % 90, number,
        mac(number).replace(b":", b""), time(number), time(number),
    )  # fmt: skip


def _asterisk(number: int) -> bytes:
    return (
        b'/registrar/contact/%d;@3a5e0f7c1b9d4e2f8a6b%d: {"via_addr":"%s","qualify_timeout":"3.0","call_id":"0_%d@%s",'
        b'"reg_server":"","prune_on_boot":"no","path":"","endpoint":"%d","via_port":"5060","authenticate_qualify":"no",'
        b'"uri":"sip:%d@%s:5060^3Btransport=TCP","qualify_frequency":"60","user_agent":"Yealink SIP-T46U 108.86.0.%d",'
        b'"expiration_time":"%d","outbound_proxy":""}\n'
    ) % (
        number % PHONES, number, ip(number), number, ip(number), number % PHONES, number % PHONES, ip(number),
        number % 90, time(number) + 9_000_000,
    )  # fmt: skip


def _freeswitch(number: int) -> bytes:
    return (
        b"Call-ID:    \t5ea7a1dd-%d@%s\nUser:       \t%d@example.invalid\n"
        b'Contact:    \t"%d" <sip:%d@%s:5070;transport=tls>\n'
        b"Agent:      \tCisco-CP-8851-3PCC/12.0.%d\nStatus:     \tRegistered(TLS)(unknown) EXP(%s) EXPSECS(202)\n"
        b"Ping-Status:\tReachable\nPing-Time:\t31.07\nHost:       \texample\nIP:         \t%s\nPort:       \t5070\n"
        b"Auth-User:  \t%d\nAuth-Realm: \texample.invalid\nMWI-Account:\t%d@example.invalid\n\n"
    ) % (
        number, ip(number), number % PHONES, number % PHONES, number % PHONES, ip(number), number % 9,
        f"{datetime.fromtimestamp(time(number), UTC):%Y-%m-%d %H:%M:%S}".encode(), ip(number), number % PHONES,
        number % PHONES,
    )  # fmt: skip


def _sip(number: int) -> bytes:
    return (
        b"REGISTER sip:pbx.example.invalid SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK%d;rport\r\n"
        b"From: <sip:%d@pbx.example.invalid>;tag=%d\r\nTo: <sip:%d@pbx.example.invalid>\r\nCall-ID: %d@%s\r\n"
        b"CSeq: %d REGISTER\r\nContact: <sip:%d@%s:5060>\r\nMax-Forwards: 70\r\n"
        b"User-Agent: Yealink SIP-T46U 108.86.0.90\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n"
    ) % (
        ip(number), number, number % PHONES, number, number % PHONES, number, ip(number), number, number % PHONES,
        ip(number),
    )  # fmt: skip


def _table(number: int) -> bytes:
    return (
        b"Room %d,room%d@example.org,00000000-0000-0000-0000-%012x,ipPhone,yealink,mp56,%016d,%s;001566%06x,Offline,"
        b"2024-01-01T00:00:00Z,2024-01-02T00:00:00Z,1.0.0.0,122.15.0.142,5.0.0.0,1449/1.0.94.0\n"
    ) % (number, number, number, number, mac(number), number & 0xFFFFFF)


#: Format → the large file.
FILES: dict[str, LargeFile] = {
    "pcap": LargeFile(recordings.PCAP, recordings.frame),
    "nmap": LargeFile(b'<?xml version="1.0"?>\n<nmaprun scanner="nmap">\n', recordings.host, b"</nmaprun>\n"),
    "snmprec": LargeFile(recordings.SNMPREC, recordings.snmprec),
    "snmpwalk": LargeFile(recordings.SNMPWALK, recordings.snmpwalk),
    "jsonl": LargeFile(b"", recordings.observation),
    "lldpctl": LargeFile(b"", recordings.neighbour, most=15),
    "junos-xml": LargeFile(b"<rpc-reply>\n", recordings.junos, b"</rpc-reply>\n"),
    "phone-report": LargeFile(recordings.REPORT, recordings.phone),
    "console": LargeFile(b"sw-a#show lldp neighbors detail\n", recordings.console),
    "access-log": LargeFile(b"", recordings.request),
    "freeradius": LargeFile(b"", radius.detail),
    "radius-list": LargeFile(b"", radius.nps),
    "ise": LargeFile(b"", radius.ise),
    "tftp-log": LargeFile(b"", managers.tftp),
    "links": LargeFile(b'{"status": "ok", "links": [\n', managers.link, b"{}]}"),
    "risport": LargeFile(managers.RISPORT_START, managers.risport, managers.RISPORT_END),
    "cucm-phones": LargeFile(managers.BAT, managers.bat, most=15),
    "sip-messages": LargeFile(b"", _sip),
    "asterisk": LargeFile(b"", _asterisk),
    "freeswitch": LargeFile(b"\nRegistrations:\n" + b"=" * 97 + b"\n", _freeswitch),
    "dhcpd-leases": LargeFile(b"# dhcpd.leases(5)\nauthoring-byte-order little-endian;\n\n", leases.dhcpd),
    "usrloc": LargeFile(
        b"{\n\tDomains: {\n\t\tDomain: {\n\t\t\tDomain: location\n\t\t\tAoRs: {\n", _usrloc, b"\t\t\t}\n\t\t}\n\t}\n}\n"
    ),
    "windows-dhcp-log": LargeFile(b"ID,Date,Time,Description,IP Address,Host Name,MAC Address\r\n", leases.windows),
    "kea-leases": LargeFile(
        b"address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n",
        leases.kea,
    ),
    "dnsmasq-leases": LargeFile(b"", leases.dnsmasq),
    "dhcp-log": LargeFile(b"", leases.dhcp_log),
    "lease-list": LargeFile(b'[{"arguments": {"leases": [\n', leases.listed, b'{}]}, "result": 0}]'),
    "windows-leases": LargeFile(
        b'"IPAddress","ScopeId","AddressState","ClientId","ClientType","Description","DnsRegistration","DnsRR","HostName",'
        b'"LeaseExpiryTime","NapCapable","NapStatus","PolicyName","ProbationEnds","ServerIP","PSComputerName","CimClass",'
        b'"CimInstanceProperties","CimSystemProperties"\r\n',
        leases.windows_leases,
    ),
    "fortigate-leases": LargeFile(
        b"voice\n  IP            MAC-Address             Hostname            VCI                 SSID                "
        b"AP                  Expiry\n",
        leases.fortigate,
    ),
    "mikrotik-leases": LargeFile(b"Flags: X - disabled, R - radius, D - dynamic, B - blocked\n", leases.mikrotik),
    "table": LargeFile(
        b"UserDisplayName,UserUPN,TACDeviceID,DeviceType,Manufacturer,Model,SerialNumber,MacAddresses,DeviceHealth,"
        b"WhenCreated,WhenChanged,TeamsAdminAgentVersion,FirmwareVersion,CompanyPortalVersion,TeamsAppVersion\n",
        _table,
    ),
}
