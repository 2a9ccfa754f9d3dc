"""Large files of the tools that record a network of 5,000 phones: captures, scans, walks of switches, logs, reports."""

from __future__ import annotations

import struct

from tests.benchmarks.phones import EPOCH, PHONES, ip, mac, time
from tests.reading.captures import ethernet, sip, udp

PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
REPORT = b"Manufacturer,Hardware version,MAC address,User URI,User agent,Last logon time\r\n"
_AGENT = b"PolycomVVX-VVX_411-UA/5.9.0.%d"
#: Columns of ifTable, of which most rows of a walk are; nothing of them is read.
_COUNTERS = 40


def frame(number: int) -> bytes:
    """A packet of a call, of which nothing is read, and each fiftieth time a REGISTER."""
    source = ip(number).decode()
    if number % 50:
        packet = udp(source, "10.30.0.1", 16_384, 16_386, b"\x80" + bytes(171))
    else:
        packet = udp(source, "10.30.0.1", 5060, 5060, sip(f"PolycomVVX-VVX_411-UA/5.9.0.{number % 90}"))
    octets = ethernet(mac(number).decode(), 0x800, packet)
    return struct.pack("<IIII", EPOCH + number // 1_000, 0, len(octets), len(octets)) + octets


def host(number: int) -> bytes:
    """A host that nmap found."""
    return (
        b'<host starttime="%d" endtime="%d"><status state="up" reason="arp-response" reason_ttl="0"/>\n'
        b'<address addr="%s" addrtype="ipv4"/>\n<address addr="%s" addrtype="mac"/>\n<ports>'
        b'<extraports state="closed" count="2"/>\n<port protocol="udp" portid="5060"><state state="open"/>'
        b'<service name="sip" product="%s" method="probed" conf="10"/></port>\n</ports></host>\n'
        % (time(number), time(number) + 9, ip(number), mac(number).upper(), _AGENT % (number % 90))
    )


#: The system group and address of the switch whose walk it is.
SNMPREC = b"1.3.6.1.2.1.1.1.0|4|Cisco IOS\n1.3.6.1.2.1.4.20.1.1.10.1.0.9|64|10.1.0.9\n"
SNMPWALK = b".1.3.6.1.2.1.1.1.0 = STRING: Cisco IOS\n.1.3.6.1.2.1.4.20.1.1.10.1.0.9 = IpAddress: 10.1.0.9\n"


def _counter(number: int) -> bytes:
    return b"1.3.6.1.2.1.2.2.1.%d.%d" % (10 + number % 11, number)


def _resolved(number: int) -> bytes:
    return b"1.3.6.1.2.1.4.22.1.2.7." + ip(number // _COUNTERS)


def snmprec(number: int) -> bytes:
    """A row of snmpsim: a counter of a port, and each fortieth time a row of the ARP table."""
    if number % _COUNTERS:
        return b"%s|65|%d\n" % (_counter(number), number * 7919)
    return b"%s|4x|%s\n" % (_resolved(number), mac(number // _COUNTERS).replace(b":", b""))


def snmpwalk(number: int) -> bytes:
    """The same of net-snmp with `-On`."""
    if number % _COUNTERS:
        return b".%s = Counter32: %d\n" % (_counter(number), number * 7919)
    return b".%s = Hex-STRING: %s\n" % (_resolved(number), mac(number // _COUNTERS).upper().replace(b":", b" "))


def console(number: int) -> bytes:
    """A neighbour in the output of `show lldp neighbors detail` of IOS."""
    return (
        b"%s\nLocal Intf: Gi%d/0/%d\nChassis id: %s\nPort id: %s\nPort Description: SW PORT\nSystem Name: phone-%d\n\n"
        b"System Description: \nPolycom;VVX-VVX_411;3111-48450-001,1;SIP/5.9.0.%d/15-Mar-19 10:44;\n\n"
        b"Time remaining: 97 seconds\nSystem Capabilities: B,T\nEnabled Capabilities: B,T\nManagement Addresses:\n"
        b"    IP: %s\nAuto Negotiation - supported, enabled\nPhysical media capabilities:\n    1000baseT(FD)\n"
        b"Media Attachment Unit type: 30\nVlan ID: 120\n\nMED Information:\n\n    MED Codes:\n"
        b"          (NP) Network Policy, (LI) Location Identification\n\n    H/W revision: 0\n"
        b"    S/W revision: SIP/5.9.0.%d\n    Serial number: %s\n    Manufacturer: Polycom\n    Model: VVX 411\n"
        b"    Capabilities: NP, PD, IN\n    Device type: Endpoint Class III\n"
        b"    Network Policy(Voice): VLAN 120, tagged, Layer-2 priority: 5, DSCP: 46\n\n"
        % (
            b"-" * 48, 1 + number // 48 % 8, number % 48, ip(number), mac(number), number % PHONES, number % 90,
            ip(number), number % 90, mac(number).replace(b":", b""),
        )
    )  # fmt: skip


def observation(number: int) -> bytes:
    """A line of `phonescan export observations`."""
    return (
        b'{"time": "2026-11-23T02:00:00Z", "ip": "%s", "mac": "%s", "field": "sip.user-agent", "value": "%s", '
        b'"source": "sip %s:5060", "site": "hq"}\n' % (ip(number), mac(number), _AGENT % (number % 90), ip(number))
    )


def neighbour(number: int) -> bytes:
    """A neighbour in the output of `lldpctl -f keyvalue`."""
    port = b"lldp.eth%d." % (number % PHONES)
    return b"".join(
        port + line + b"\n"
        for line in (
            b"via=LLDP", b"rid=1", b"chassis.ip=" + ip(number), b"chassis.name=phone-%d" % number,
            b"chassis.descr=Polycom;VVX-VVX_411;SIP/5.9.0.%d" % (number % 90), b"chassis.mgmt-ip=" + ip(number),
            b"port.mac=" + mac(number), b"lldp-med.device-type=Communication Device Endpoint (Class III)",
        )
    )  # fmt: skip


def junos(number: int) -> bytes:
    """A neighbour in a reply of Junos."""
    return (
        b"<lldp-neighbor-information><lldp-local-interface>ge-0/0/%d</lldp-local-interface>"
        b"<lldp-remote-chassis-id>%s</lldp-remote-chassis-id><lldp-remote-port-id>%s</lldp-remote-port-id>"
        b"<lldp-remote-system-name>phone-%d</lldp-remote-system-name></lldp-neighbor-information>\n"
    ) % (number % PHONES, ip(number), mac(number), number % PHONES)


def phone(number: int) -> bytes:
    """A row of the report of Skype for Business."""
    return b"POLYCOM,VVX 411,%s,sip:user%d@example.org,%s,11/22/2026 3:04:05 PM\r\n" % (
        mac(number).replace(b":", b"-"), number % PHONES, _AGENT % (number % 90),
    )  # fmt: skip


def request(number: int) -> bytes:
    """A request to a provisioning server."""
    return (
        b'%s - - [23/Nov/2026:03:00:00 +0100] "GET /cfg/%s-phone.cfg HTTP/1.1" 200 512 "-" "FileTransport %s Type/A"\n'
        % (ip(number), mac(number).replace(b":", b""), _AGENT % (number % PHONES % 90))
    )
