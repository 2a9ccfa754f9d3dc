"""Large files of call managers and of what monitors them, with 5,000 phones."""

from __future__ import annotations

from tests.benchmarks.phones import ip, mac, time

RISPORT_START = (
    b'<?xml version="1.0"?><s:Envelope><s:Body><n:selectCmDeviceResponse><CmNodes><item><Name>pub</Name><CmDevices>'
)
RISPORT_END = b"</CmDevices></item></CmNodes></n:selectCmDeviceResponse></s:Body></s:Envelope>"

#: The headings of an export of BAT: of each phone, and of each of its six lines.
_LINE_OF_BAT = ("Directory Number", "Route Partition", "Voice Mail Profile", "Line CSS", "Display", "Line Text Label")
BAT = ",".join(
    (
        "Device Name", "Description", "Device Pool", "Phone Button Template", "Device Type", "Device Protocol",
        "Owner User ID", "Load Information", "CSS", "Location", "Media Resource Group List",
        *(f"{heading} {line}" for line in range(1, 7) for heading in _LINE_OF_BAT),
    )
).encode() + b"\n"  # fmt: skip


def bat(number: int) -> bytes:
    """A phone in an export of BAT."""
    return (
        b'SEP%s,"Room %d, phone",DP_HQ,Standard 8841 SIP,Cisco 8841,SIP,user%d,,CSS_Internal,HQ,MRGL_HQ,%d,PT_Internal,'
        b"NoVoiceMail,CSS_Line,Ann %d,%d%s\n"
    ) % (mac(number).replace(b":", b"").upper(), number, number, number, number, number, b"," * 30)


def risport(number: int) -> bytes:
    """A device of CUCM."""
    return (
        b"<item><Name>SEP%s</Name><IPAddress><item><IP>%s</IP><IPAddrType>ipv4</IPAddrType></item></IPAddress>"
        b"<DirNumber>%d-Registered</DirNumber><Class>Phone</Class><Model>683</Model><Status>Registered</Status>"
        b"<StatusReason>0</StatusReason><Protocol>SIP</Protocol><ActiveLoadID>sip88xx.14-3-1-0001-60</ActiveLoadID>"
        b"<TimeStamp>%d</TimeStamp></item>\n"
    ) % (mac(number).replace(b":", b"").upper(), ip(number), number, time(number))


def tftp(number: int) -> bytes:
    """A request for a configuration."""
    name = mac(number).replace(b":", b"").upper()
    return b"Nov 22 03:00:%02d pbx in.tftpd[2345]: RRQ from %s filename SEP%s.cnf.xml\n" % (
        number % 60,
        ip(number),
        name,
    )


def link(number: int) -> bytes:
    """A neighbour that LibreNMS recorded."""
    return (
        b'{"id": %d, "local_port_id": %d, "local_device_id": 7, "remote_port_id": null, "active": 1, '
        b'"protocol": "cdp", "remote_hostname": "SEP%s", "remote_device_id": 0, "remote_port": "Port 1", '
        b'"remote_platform": "Cisco IP Phone 8841", "remote_version": "sip88xx.14-3-1-0001-60"},\n'
    ) % (number, number % 400, mac(number).replace(b":", b"").upper())
