"""Every format of `scanner/reading/` against arbitrary, damaged and truncated files."""

from __future__ import annotations

import contextlib
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import reading
from scanner.core.fields import known
from scanner.core.model import Observation
from scanner.core.named_source import names_subject
from scanner.core.text import VALUE_LIMIT, mac
from scanner.discovery.switches import values
from scanner.discovery.switches.mib_names import COLUMNS, NODES
from scanner.reading import Context, Item, Problem, detect, utf16, walk_names, walk_values
from scanner.wire import lldp
from scanner.wire.tlv import Identifier
from tests.fuzzing import Property, check, hostile, modules, truncations
from tests.nonempty import some
from tests.reading.captures import ethernet, octets, pcap

NOW = "2026-11-23T02:00:00Z"
PHONE = "64:16:7f:12:34:56"
_PDU = lldp.encode(
    [
        ("chassis-id", Identifier(5, b"\x01\x0a\x01\x02\x03")), ("port-id", Identifier(3, octets(PHONE))), ("ttl", 120),
        ("system-name", "Polycom VVX 411"),
    ]
)  # fmt: skip
_NEIGHBOUR = {
    "via": "LLDP", "chassis": {"VVX": {"id": {"type": "ip", "value": "10.1.2.3"}, "mgmt-ip": "10.1.2.3"}},
    "port": {"id": {"type": "mac", "value": PHONE}}, "lldp-med": {"inventory": {"model": "VVX 411"}},
}  # fmt: skip
#: A small valid file of each format. `test_every_format_has_a_sample` derives the list that must be here.
SAMPLES: dict[str, bytes] = {
    "pcap": pcap([ethernet(PHONE, lldp.ETHERTYPE, _PDU)] * 2),
    "nmap": b'<?xml version="1.0"?>\n<nmaprun><host><address addr="10.1.2.3" addrtype="ipv4"/><ports>'
    b'<port protocol="udp" portid="5060"><state state="open"/><service name="sip" product="Yealink SIP-T58A"/>'
    b'<script id="sip-methods" output="OPTIONS"/></port></ports></host></nmaprun>',
    "junos-xml": b"<rpc-reply><a><lldp-neighbor-information>"
    b"<lldp-local-port-id>ge-0/0/7</lldp-local-port-id><lldp-remote-chassis-id>64:16:7f:12:34:56</lldp-remote-chassis-id>"
    b"<lldp-remote-system-name>x</lldp-remote-system-name></lldp-neighbor-information></a><arp-table-entry>"
    b"<mac-address>64:16:7f:12:34:57</mac-address><ip-address>10.1.2.3</ip-address></arp-table-entry></rpc-reply>\n",
    "upnp": b'<?xml version="1.0"?>\n<root xmlns="urn:dslforum-org:device-1-0"><systemVersion>'
    b"<Display>164.07.57</Display></systemVersion><device><modelName>FRITZ!Box 7530</modelName>"
    b"<serialNumber>64:16:7F:12:34:56</serialNumber></device></root>",
    "snmprec": b"1.3.6.1.2.1.1.1.0|4|Yealink SIP-T58A 58.15.0.20\n1.3.6.1.2.1.2.2.1.6.1|4x|0015651234ab\n"
    b"1.3.6.1.2.1.4.20.1.1.198.18.0.5|64|198.18.0.5\n1.0.8802.1.1.2.1.4.1.1.7.0.7.1|4x|64167f123456\n",
    "snmpwalk": b".1.3.6.1.2.1.1.1.0 = STRING: Yealink SIP-T58A 58.15.0.20\n.1.3.6.1.2.1.4.20.1.1.10.1.2.3 = "
    b"IpAddress: 10.1.2.3\n.1.0.8802.1.1.2.1.4.1.1.7.0.7.1 = Hex-STRING: 64 16 7F 12 34 56\n"
    b'LLDP-MIB::lldpRemSysDesc.0.7.1 = STRING: "Polycom \\"VVX\\"\n\n411 "\n$ snmpwalk -v2c -c x 10.1.2.3 .1\n'
    b'LLDP-MIB::lldpRemSysCapEnabled.0.7.1 = BITS: 24 00 bridge(2) telephone(5)\n'
    b"dot1qTpFdbPort[5][STRING: 64:16:7f:12:34:56] = INTEGER: 7\ndot1qVlanFdbId.0.120 = Gauge32: 5\n",
    "jsonl": b'{"ip": "198.18.0.5", "mac": "64:16:7f:12:34:56", "field": "sip.user-agent", "value": "x"}\n' * 2,
    "lldpctl": json.dumps({"lldp": {"interface": [{"eth0": _NEIGHBOUR}, {"eth1": _NEIGHBOUR}]}}).encode(),
    "dhcpd-leases": b"lease 10.1.2.3 {\n  starts 4 2026/11/19 07:00:00;\n  cltt epoch 1790000000;\n"
    b"  binding state active;\n"
    b'  hardware ethernet 64:16:7f:12:34:56;\n  set vendor-class-identifier = "Polycom-VVX\\0643\\"";\n'
    b'  set user-class = 34:30:35:48:44;\n  client-hostname "vvx";\n}\n',
    "freeradius": b"Tue Nov 24 09:00:00 2026\n\tNAS-IP-Address = 198.18.0.9\n\tFramed-IP-Address = 198.18.0.5\n"
    b'\tCalling-Station-Id = "64-16-7F-12-34-56"\n\tNAS-Port-Id = "GigabitEthernet1/0/7"\n'
    b"\tAcct-Status-Type = Start\n"
    b'\tCisco-AVPair = "lldp-tlv=\\000\\006\\000\\007VVX 411"\n\tCisco-AVPair = "cdp-tlv=\\000\\006\\000\\007VVX 411"\n'
    b'\tCisco-AVPair = "dhcp-option=\\000\\014\\000\\003p-1"\n\tTimestamp = 1795510800\n\n',
    "radius-list": b"radacctid,acctsessionid,nasipaddress,nasportid,nasporttype,acctstarttime,acctstoptime,"
    b"callingstationid,framedipaddress\n7,1,198.18.0.9,GigabitEthernet1/0/7,Ethernet,2026-11-22 03:00:00,,"
    b"64-16-7F-12-34-56,198.18.0.5\n",
    "ise": b"<181>Nov 24 09:00:00 ise CISE_RADIUS_Accounting 0000000007 1 0 2026-11-24 09:00:00.123 +01:00 0000000008 "
    b"3002 NOTICE Radius-Accounting: RADIUS Accounting watchdog update, NAS-IP-Address=198.18.0.9, "
    b"Framed-IP-Address=198.18.0.5, cisco-av-pair=dhcp-option=00:ff:00:00, "
    b"Calling-Station-ID=64-16-7F-12-34-56, NAS-Port-Type=Ethernet, NAS-Port-Id=GigabitEthernet1/0/7, "
    b"cisco-av-pair=lldp-tlv=lldpSystemCapabilitiesMapEnabled=B\\;T, cisco-av-pair=cdp-tlv=cdpCacheVersion=a\\, b\n",
    "windows-dhcp-log": b"ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name, TransactionID\n"
    b"10,11/19/26,17:21:40,Assign,10.1.2.3,vvx,64167F123456,,1,0,,,,0x0000363D0107506F6C79636F6D,a,b,0x3430,,0\n"
    b"11,11/19/26,17:21:40,Renew,10.1.2.3,vvx,64167F123456,,1,0,,,,,,,,,0\n12,11/19/26,17:21:40,x,10.1.2.4,,,\n",
    "kea-leases": b"address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n"
    b"10.1.2.3,64:16:7f:12:34:56,,3600,1790003600,1,0,0,a&#x2cb,0\n"
    b"10.1.2.4,,01:64:16:7f:12:34:56,1,1790003600,1,0,0,,0\n",
    "dnsmasq-leases": b"1790003600 64:16:7f:12:34:56 10.1.2.3 SIP-T46S 01:64:16:7f:12:34:56\nduid 00:01:00:01\n"
    b"0 287454020 2001:db8::7 SIP-T42S *\n",
    "windows-leases": b'"IPAddress","AddressState","ClientId","HostName","LeaseExpiryTime"\n'
    b'"10.1.2.3","Active","64-16-7f-12-34-56","SIP-T46S","9/21/2026 3:13:20 PM"\n',
    "fortigate-leases": b"voice\nIP            MAC-Address             Hostname        VCI             Expiry\n"
    b"10.1.2.3      64:16:7f:12:34:56       t46s            yealink         Mon Sep  7 01:02:03 2026\n",
    "mikrotik-leases": b"# nov/20/2026 10:00:00 by RouterOS 6.49.10\n"
    b" 0 D address=10.1.2.3 mac-address=64:16:7F:12:34:56\n"
    b'     status=bound last-seen=1d1h5s host-name="a \\"b" class-id="yealink"\n',
    "links": b'{"status": "ok", "links": [{"id": 7, "local_port_id": 1, "active": 1, "protocol": "lldp", '
    b'"remote_hostname": "VVX 411", "remote_port": "64167f123456", "remote_platform": null, '
    b'"remote_version": "Polycom;VVX-VVX_411"}]}',
    "dhcp-log": b"Nov 22 03:00:00 gw dnsmasq-dhcp[16]: 287454020 vendor class: yealink\n"
    b"Nov 22 03:00:00 gw dnsmasq-dhcp[16]: 287454020 DHCPACK(eth0) 10.1.2.3 64:16:7f:12:34:56 t46s\n"
    b"<30>1 2026-11-22T03:00:00Z gw dhcpd 7 - - DHCPACK on 10.1.2.4 to 64:16:7f:12:34:57 (vvx) via eth0\n"
    b"2026-11-22 03:00:00.123 INFO  [kea-dhcp4.leases/7.1] DHCP4_LEASE_ALLOC [hwtype=1 64:16:7f:12:34:58], "
    b"cid=[01:64:16:7f:12:34:58], tid=0x1: lease 10.1.2.5 has been allocated for 3600 seconds\n",
    "lease-list": b'[{"arguments": {"count": 2, "leases": [{"cltt": 1795316400, "hostname": "sip-t46s", '
    b'"hw-address": "64:16:7f:12:34:56", "ip-address": "10.1.2.3", "state": 0, "subnet-id": 4, "valid-lft": 3600, '
    b'"user-context": {"ISC": {"client-classes": ["ALL", "VENDOR_CLASS_yealink"]}}}]}, "result": 0}]',
    "tftp-log": b"Nov 22 03:00:00 pbx dnsmasq-tftp[16]: sent /srv/tftp/SEP64167F123456.cnf.xml to 10.1.2.3\n",
    "cucm-phones": b"Device Name,Description,Device Pool,Device Type,Status,IPv4 Address\n"
    b'SEP64167F123456,"Lobby, x",Default,Cisco 8841,Registered with a,10.1.2.3\n',
    "risport": b'<?xml version="1.0"?>\n<s:Envelope><s:Body><n:selectCmDeviceResponse><CmNodes><item><Name>n</Name>'
    b"<CmDevices><item><Name>SEP64167F123456</Name><IPAddress><item><IP>10.1.2.3</IP></item></IPAddress><Model>683</Model>"
    b"<Status>Registered</Status><ActiveLoadID>sip88xx.14-3-1</ActiveLoadID><TimeStamp>1704067200</TimeStamp></item>"
    b"</CmDevices></item></CmNodes></n:selectCmDeviceResponse></s:Body></s:Envelope>",
    "phone-report": b"Manufacturer,Hardware version,MAC address,User agent,Last logon time\n"
    b"POLYCOM,CX600,64-16-7F-12-34-56,CPE/4.0.7577.4444,11/22/2026 3:04:05 PM\n",
    "usrloc": b"AOR:: 201\n\tContact:: sip:201@172.16.2.4 Q=\n\t\tExpires:: 163\n\t\tUser-agent:: Yealink SIP-T46U 8\n"
    b"\t\tReceived:: sip:203.0.113.9:4024\n\t\tMethods:: 7999\n",
    "asterisk": b'/registrar/contact/201;@3a5e: {"uri":"sip:201@172.16.2.4:5060^3Btransport=TCP","via_addr":"10.1.2.3",'
    b'"expiration_time":"1795400000","user_agent":"Yealink SIP-T46U 108.86.0.90","call_id":"1@10.1.2.3"}\n',
    "sip-messages": b"REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bK1;received=203.0.113.9\r\n"
    b"Call-ID: 0@10.1.2.3\r\nContact: <sip:1@172.16.2.4>\r\nUser-Agent: Yealink SIP-T46U 108.86.0.90\r\n\r\n",
    "freeswitch": b"Call-ID: \t5@10.1.2.3\nUser: \t26@h\nContact: \t<sip:26@172.16.2.4>\nAgent: \tCisco-CP-8851/12.0\n"
    b"Status: \tRegistered(TLS) EXP(2026-06-25 19:01:21) EXPSECS(202)\nIP: \t203.0.113.9\n\nTotal items returned: 1\n",
    "table": b'{"skip": 0, "data": [{"mac": "64167f123456", "model": "VVX 411", "ip": "10.1.2.3",\n'
    b'"programVersion": "5.9.0"}, {"node": {"macAddresses": ["64-16-7f-12-34-57"], "firmware": "5.9"}}]}',
    "access-log": b'10.1.2.3 - - [23/Nov/2026:03:00:00 +0100] "GET /64167f123456.cfg HTTP/1.1" 200 5 "-" "VVX 411"\n',
    "console": b"sw-a#show lldp neighbors detail\n" + b"-" * 48 + b"\nLocal Intf: Gi1/0/7\nChassis id: 10.1.2.3\n"
    b"Port id: 6416.7f12.3456\nSystem Name: VVX411\n\nSystem Description:\nPolycom;VVX-VVX_411;SIP/5.8.0.12848\n\n"
    b"Enabled Capabilities: B,T\nManagement Addresses:\n    IP: 10.1.2.3\nVlan ID: 7\n    S/W revision: 5.8.0.12848\n"
    b"    Device type: Endpoint Class III\n    Network Policy(Voice): VLAN 120, tagged\n"
    b"sw-a#sh mac addr\nVlan  Mac Address     Type     Ports\n----  -----------     ----     -----\n"
    b"  20  6416.7f12.3456  DYNAMIC  Gi1/0/7\nsw-a#sh arp\nProtocol  Address  Age  Hardware Addr   Type  Interface\n"
    b"Internet  10.1.2.3  0  6416.7f12.3456  ARPA  Vlan20\nDevice ID  Local Intrfce  Holdtme  Capability  Platform  "
    b"Port ID\nSEP64167F123456\n           Gig 1/0/7      155      H P M       IP Phone  Port 1\n"
    b"Local Intf  Chassis ID      Port ID         System Name\nGE1/0/7     6416-7f12-3456  SW PORT         SEP\n"
    b"Interface  MAC Address     Method  Domain  Status\nGi1/0/7    6416.7f12.3456  mab     VOICE   Auth\n"
    b"  Interface:  GigabitEthernet1/0/7\n  MAC Address:  6416.7f12.3456\n  IPv4 Address:  10.1.2.3\n"
    b"sw-a#show mac all\n--------\n20  64:16:7f:12:34:57 ethernet1/8  c  1778\n"
    b"sw-a#lldp show neighbors\n+---+\n|7  |64:16:7f:12:34:56 | Chassis Id: 10.1.2.7 |\n+---+\nsw-a#exit\n"
    b"Interface Admin  Oper  Power   Device        Class\nGi1/0/7   auto   on    6.3     IP Phone 7962 2\n",
}  # fmt: skip


def is_sound(data: bytes, items: list[Item]) -> bool:
    """Every observation has a subject, a known field and a bounded value; every problem a place and one sentence."""
    return all(
        bool(item.what) and "\n" not in item.what and item.number >= 0
        if isinstance(item, Problem)
        else bool(item.ip or item.mac or names_subject(item.source))
        and (item.mac is None or mac(item.mac) == item.mac)
        and known(item.field)
        and len(item.value) <= VALUE_LIMIT
        and "\0" not in item.value
        for item in items
    )


def properties(name: str) -> Property:
    def parse(data: bytes) -> list[Item]:
        return list(detect.read(io.BytesIO(data), Context("file", NOW), name))

    return Property(parse, SAMPLES[name], is_sound.__doc__ or "", is_sound)


def test_every_format_has_a_sample() -> None:
    found = [module.FORMAT.name for module in modules(reading) if hasattr(module, "FORMAT")]
    assert sorted(SAMPLES) == sorted(found) == sorted(detect.formats())


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_detected_and_read(name: str) -> None:
    items = list(detect.read(io.BytesIO(SAMPLES[name]), Context("file", NOW)))
    assert {type(item) for item in items} == {Observation}
    assert [form.name for form in detect.formats().values() if form.looks_like(SAMPLES[name])] == [name]


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_any_file_yields_sound_observations_and_problems(name: str, data: st.DataObject) -> None:
    """For any bytes, a reader ends without an error; observations have a subject, problems a reason."""
    check(properties(name), data.draw(hostile(SAMPLES[name])))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_truncation_yields_sound_observations_and_problems(name: str) -> None:
    for data in truncations(SAMPLES[name]):
        check(properties(name), data)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "pcap"])
def test_a_text_is_read_in_every_encoding_with_a_byte_order_mark(name: str, encoding: str) -> None:
    octets = ("\ufeff" + SAMPLES[name].decode()).encode(encoding)
    plain = list(detect.read(io.BytesIO(SAMPLES[name]), Context("file", NOW)))
    assert list(detect.read(io.BytesIO(octets), Context("file", NOW))) == plain
    assert list(detect.read(io.BytesIO(gzip.compress(octets)), Context("file", NOW), name)) == plain
    assert detect.detect(octets) is detect.named(name)


def test_every_truncation_of_gzip_is_a_problem() -> None:
    whole = gzip.compress(SAMPLES["jsonl"])
    for data in some(list(truncations(whole))[3:]):
        items = list(detect.read(io.BytesIO(data), Context("file", NOW), "jsonl"))
        assert isinstance(items[-1], Problem)
        assert items[-1].what.startswith("the file is truncated: ")


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_detection_of_any_content_ends(name: str, data: st.DataObject) -> None:
    """For any bytes, detection raises nothing, and gzip does not change the format."""
    content = data.draw(hostile(SAMPLES[name]))
    found = detect.detect(content)
    if found is not None and content.strip() and not content.startswith(b"\x1f\x8b\x08"):
        again, _ = detect.detected(io.BytesIO(gzip.compress(content)), "x.gz")
        assert again is found


@given(st.binary(max_size=300))
def test_any_bytes_in_utf_16_are_utf_8(data: bytes) -> None:
    """For any bytes that are taken for UTF-16, what is read is valid UTF-8 without a byte order mark."""
    marked = b"\xff\xfea\0" + data
    found = utf16.encoding(marked)
    assert found == "utf-16-le"
    read = io.BufferedReader(utf16.as_utf8(io.BytesIO(marked), found)).read()
    assert read.decode("utf-8")[:1] == "a"


@given(
    st.text(alphabet="aifNme.:[]\"'\\ 019STRING-", max_size=80) | st.text(max_size=40), st.sampled_from(sorted(NODES))
)
def test_any_index_is_an_oid_or_none(index: str, name: str) -> None:
    """For any text behind a name, the OID is numeric and below that of the name; else None or UnreadableIndex."""
    oid = NODES[name]
    with contextlib.suppress(walk_names.UnreadableIndex):
        oid = walk_names.numeric(f"{name}.{index}") or oid
    assert all(arc.isdigit() for arc in oid.split("."))


@given(
    st.text(alphabet='Hex-STRING: "\\\n0aF[]():', max_size=80) | st.text(max_size=40), st.sampled_from(sorted(COLUMNS))
)
def test_any_value_is_octets_a_number_or_text(spelled: str, column: str) -> None:
    """For any text of a value, it is octets, a number or text that can be stored, or a ValueError with a sentence."""
    value: values.Value = b""
    with contextlib.suppress(ValueError):
        value = walk_values.value(spelled, column) or value
    assert "\0" not in (values.text(value) or "").encode("utf-8").decode("utf-8")
