"""Every file format of `reading/`, and the detection of formats."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from scanner.core.errors import DataError
from scanner.reading import Context, detect
from scanner.wire import lldp
from tests.fuzz.target import Target
from tests.fuzzing import check
from tests.reading import captures, consoles
from tests.reading import test_fuzz as reading
from tests.wire import samples

TESTS = Path(__file__).resolve().parents[2]
#: Seeds longer than this are left out, in bytes.
LONGEST = 3_000


def targets() -> Iterator[Target]:
    """One target for each format by name, and one for a file whose format is to be detected."""
    for name in reading.SAMPLES:
        wanted = reading.properties(name)
        yield Target(f"reading.{name}", partial(check, wanted), partial(_seeds, name), (), 8192)
    yield Target("reading.detected", _detected, _all_seeds, (DataError,), 8192)


def _detected(data: bytes) -> None:
    assert reading.is_sound(data, list(detect.read(io.BytesIO(data), Context("file", reading.NOW))))


def _seeds(name: str) -> Iterator[bytes]:
    yield reading.SAMPLES[name]
    yield gzip.compress(reading.SAMPLES[name])
    yield from _MORE.get(name, ())
    for path in sorted((TESTS / "captures").rglob("*")):
        if path.suffix in (".pcap", ".snmprec") and path.stat().st_size <= LONGEST:
            data = path.read_bytes()
            found = detect.detect(data[: detect.HEAD])
            if found is not None and found.name == name:
                yield data


def _all_seeds() -> Iterator[bytes]:
    for name in reading.SAMPLES:
        yield from _seeds(name)


_FRAMES = tuple(captures.ethernet(reading.PHONE, lldp.ETHERTYPE, samples.LLDP) for _ in range(2))
_OPTION = struct.pack("<HHB3xHHq", 9, 1, 6, 14, 8, -3600)
#: Further files of a format: the other kinds of captures, of lines and of values that its reader takes.
_MORE: dict[str, tuple[bytes, ...]] = {
    "junos-xml": (
        b"<rpc-reply><l2ng-l2ald-mac-entry-vlan><l2ng-l2-vlan-id>7</l2ng-l2-vlan-id><l2ng-mac-entry>"
        b"<l2ng-l2-mac-vlan-name>v7</l2ng-l2-mac-vlan-name><l2ng-l2-mac-address>64:16:7f:12:34:56</l2ng-l2-mac-address>"
        b"<l2ng-l2-mac-logical-interface>ge-0/0/7.0</l2ng-l2-mac-logical-interface></l2ng-mac-entry>"
        b"</l2ng-l2ald-mac-entry-vlan></rpc-reply>\nu@sw-b> show x\n",
    ),
    "console": (*(text.encode() for text, _ in consoles.SHOWN.values()), consoles.SENSED.encode()),
    "pcap": (
        captures.section() + captures.interface(options=_OPTION) + b"".join(map(captures.enhanced, _FRAMES)),
        captures.section(">") + captures.interface(order=">") + captures.enhanced(_FRAMES[0], order=">"),
        captures.snoop(_FRAMES), captures.netmon(_FRAMES), captures.netmon(_FRAMES, version=1, minor=1),
        captures.erf_record(_FRAMES[0]) + captures.erf_record(_FRAMES[1], second=1, extensions=1),
    ),
    "links": (
        b"Device,Port,Remote ID,Remote IP,Remote Port,Remote Type\n"
        b'sw-1,Gi1/0/7,64:16:7f:12:34:56,10.1.2.3,1,"IP Phone: VVX 411"\n',
    ),
    "tftp-log": (
        b"Connection received from 10.1.2.3 on port 1024 [22/11 03:00:00.000]\n"
        b"Read request for file <SEP64167F123456.cnf.xml>. Mode octet [22/11 03:00:00.000]\n",
    ),
    "dhcp-log": (
        b"2026-11-22 03:00:00.1 DEBUG [kea-dhcp4.packets/7] DHCP4_QUERY_DATA [hwtype=1 64:16:7f:12:34:56], "
        b"cid=[no info], tid=0x1, packet details: \noptions:\n"
        b'  type=012, len=008: "SIP-T46S" (string)\n  type=077, len=002: 76:6f\n',
    ),
    "windows-leases": (
        b"IPAddress   ScopeId   ClientId           HostName  AddressState  LeaseExpiryTime\n"
        b"10.1.2.3    10.1.2.0  64-16-7f-12-34-56  SIP-T46S  Active        9/21/2026 3:13:20 PM\n",
    ),
    "mikrotik-leases": (
        b"# 2026-11-20 10:00:00 by RouterOS 7\n.id=*1;address=10.1.2.3;mac-address=64:16:7F:12:34:56;status=bound;\n",
        b"# ADDRESS  MAC-ADDRESS        HOST-NAME  SERVER  STATUS  LAST-SEEN\n"
        b"0 10.1.2.3 64:16:7F:12:34:56  SIP-T46S   voice   bound   1m\n",
        b"/ip dhcp-server lease\nadd address=10.1.2.3 mac-address=64:16:7F:12:34:56\n",
    ),
    "access-log": (
        b'{"remote_addr": "10.1.2.3", "request": "GET /64167f123456.cfg HTTP/1.1", "user_agent": "VVX 411"}\n',
        b'{"log": "10.1.2.3 - - [23/Nov/2026:03:00:00 +0100] \\"GET /a HTTP/1.1\\" 200 5 \\"-\\" \\"VVX\\""}\n',
        b"#Fields: date time c-ip cs-uri-stem cs(User-Agent)\n2026-11-23 03:00:00 10.1.2.3 /x VVX+411\n",
    ),
    "asterisk": (
        b"Event: ContactList\nUri: sip:1@172.16.2.4;x-ast-orig-host=10.1.2.3:5060\nUserAgent: Yealink SIP-T46U 108\n"
        b"ExpirationTime: 1432150792\nViaAddr: [fd00::1]:5060\n\nSIP-Useragent: x\nReg-Contact: sip:1@10.1.2.3\n\n",
        b"key  : /registrar/contact/1;@a\nvalue: {\"uri\":\"sip:1@10.1.2.3^3Ba\",\"user_agent\":\"x\"}\n",
        b"  Contact:  201/sip:201@10.1.2.3:5060      0c5b8b3a5c Avail         5.123\n",
        b"Name/username Host Dyn Forcerport\n201/201   10.1.2.3   D  Yes\n\n"
        b"Event: EndpointList\nContacts: 1/sip:1@10.1.2.4:1,\n\n"
        b"Event: PeerEntry\nChanneltype: SIP\nObjectName: 201\nIPaddress: 10.1.2.3\nDynamic: yes\n\n",
    ),
    "sip-messages": (
        b"SUBSCRIBE sip:MAC%3a000413aabbcc@224.0.1.75 SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.2.3:5060\r\n"
        b'Event: ua-profile;profile-type="device";vendor="snom";model="snomD120";version="10.1.39.11"\r\n\r\n',
        b"SIP/2.0 200 OK.\nCSeq: 1 OPTIONS.\nContact: <sip:1@10.1.2.3>.\nServer: x.\n.\n",
        b"User-Agent: Aastra 6867i/4.5.0.41\nContact: <sip:10@10.1.2.3>;+sip.instance=\n \"<urn:uuid:0>\"\n\n",
    ),
    "freeswitch": (
        b"<profile>\n<registration>\n<call-id>5@10.1.2.3</call-id>\n<contact>sip:1@10.1.2.3</contact>\n"
        b"<agent>x</agent><status>exp(2026-06-25 19:01:21) expsecs(-2)</status></registration>\n",
        b"reg_user,realm,token,url,expires,network_ip\n1,r,t,sofia/internal/sip:1@10.1.2.3,1795400000,10.1.2.3\n",
        b"<result><row row_id='1'><reg_user>1</reg_user><url>a/sip:1@10.1.2.3</url></row></result>",
        b'call_id,sip_user,contact,user_agent\n1@10.1.2.3,1,"""1"" <sip:1@10.1.2.3>",x\n',
        b'{"rows": [{"reg_user": "1", "url": "a/sip:1@10.1.2.3", "expires": 1795400000, "network_ip": "10.1.2.3"}]}',
    ),
    "usrloc": (
        b"{\n\tAoRs: {\n\t\tInfo: {\n\t\t\tAoR: 1\n\t\t\tContact: {\n"
        b"\t\t\t\tAddress: sip:1@10.1.2.3;x-ast-orig-host=172.16.2.4:5060\n\t\t\t\tExpires: expired\n"
        b"\t\t\t\tCall-ID: a@10.1.2.5\n\t\t\t\tUser-Agent: Aastra 6867i/4.5.0.41 00:08:5d:73:8c:61\n"
        b"\t\t\t\tInstance: <urn:uuid:00000000-0000-1000-8000-00085D738C61>\n\t\t\t\tLast-Modified: 1795390000\n",
        b"AOR:: 1\n\tContact:: sip:1@h Q=\n\t\tExpires:: 1\n\t\tCallid:: a@172.16.2.4\n\t\tUser-agent:: x\n\tAOR:: 2\n",
        b"| username | contact | callid | expires | user_agent |\n"
        b"| 1 | sip:1@10.1.2.3 | a | 2026-11-23 03:00:00 | x |\n",
        b"*** 1. row ***\n contact: sip:1@10.1.2.3\n  callid: a\n"
        b" expires: 1795400000\n last_modified: 2026-11-23 03:00:00\n",
        b'{"AOR": [{"value": "1", "children": {"Contact": [{"value": "sip:1@h", "children": {"Expires": "1"}}]}}]}',
        b'{"Domains": [{"AORs": [{"AOR": "201", "Contacts": [{"Contact": "sip:201@10.1.2.3", "User-agent": "x"}]}]}]}',
    ),
    "table": (
        b'sep=;\nPhone MAC;IP;Model;"Firm\nware";Last seen\n64:16:7F:12:34:56;::1;"VVX; 1";5.9;07/08/2019 01:02\n',
        b'{"64167f123456": {"model": "VVX 411", "firmware": "5.9"}}\n{"serial": "64167F123457", "version": "1"}\n',
    ),
    "snmprec": (
        b"1.3.6.1.2.1.1.1.0|4e|Polycom\\x20VVX\\n\\101\n1.3.6.1.2.1.1.7.0|2|72\n"
        b"1.3.6.1.2.1.2.2.1.2.1|65x|0f\n",
    ),
    "snmpwalk": (
        b"BRIDGE-MIB::dot1dTpFdbAddress.'..e.4V' = STRING: 0:15:65:12:34:56\n"
        b"BRIDGE-MIB::dot1dTpFdbPort.'..e.4V' = INTEGER: 7\n"
        b"LLDP-MIB::lldpRemSysCapEnabled.0.7.1 = STRING: \"24 00 2 5 \"\n"
        b".1.3.6.1.4.1.9.9.23.1.2.1.1.9.7.1 = Hex-STRING: 00 00 04 90\n",
    ),
}  # fmt: skip
