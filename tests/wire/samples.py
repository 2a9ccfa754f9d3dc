"""One valid message for each decoder of `scanner/wire/`, from which the fuzz tests derive others."""

from __future__ import annotations

from scanner.wire import cdp, dhcp, lldp, lldp_med, sip, snmp
from scanner.wire.tlv import Identifier

_MAC = bytes.fromhex("64167f123456")

SNMP = snmp.encode(
    snmp.V2C, b"public", snmp.Pdu.RESPONSE, 1 << 24,
    [
        ("1.3.6.1.2.1.1.1.0", b"Polycom VVX 411"), ("1.3.6.1.2.1.1.2.0", "1.3.6.1.4.1.13885.300"),
        ("1.3.6.1.2.1.1.3.0", 1 << 30), ("1.3.6.1.2.1.1.4.0", snmp.Missing.NO_SUCH_INSTANCE),
        ("1.3.6.1.2.1.4.20.1.1", b"x" * 200),
    ],
)  # fmt: skip
LLDP = lldp.encode(
    [
        ("chassis-id", Identifier(5, bytes([1, 10, 1, 2, 3]))), ("port-id", Identifier(3, _MAC)), ("ttl", 120),
        ("system-name", "Polycom VVX 411"), ("capabilities", lldp.Capabilities(0x24, 0x24)),
        ("management-address", lldp.ManagementAddress(1, bytes([10, 1, 2, 3]), 2, 1)),
        ("mac-phy", {"supported": 1, "enabled": 1, "advertised": 0x6C01, "mau": 16}),
        ("med-network-policy", {"application": 1, "tagged": 1, "vlan": 120, "priority": 5, "dscp": 46}),
        ("med-model", "VVX 411"),
    ]
)  # fmt: skip
CDP = cdp.encode(
    [
        ("device-id", "SEP64167F123456"), ("addresses", (cdp.ipv4(bytes([10, 1, 2, 3])),)), ("capabilities", 0x490),
        ("platform", "Cisco IP Phone 7841"), ("prefixes", (("10.1.2.0", 24),)), ("power-consumption", 6300),
    ]
)  # fmt: skip
_BOOTP = bytes([1, 1, 6, 0]) + bytes(24) + _MAC.ljust(16, b"\0") + bytes(192)
_POLYCOM = bytes.fromhex("0000363d") + b"\x01\x07Polycom" + b"\x02\x0bVVX-VVX_411"
DHCP = (
    _BOOTP + dhcp.COOKIE + b"\x35\x01\x01" + bytes([60, len(_POLYCOM)]) + _POLYCOM
    + b"\x0c\x06desk-7" + b"\x37\x03\x01\x03\x42" + b"\x4d\x06\x05405HD" + b"\xff"
)  # fmt: skip
SIP = sip.respond(
    sip.parse(sip.options(to="192.0.2.10", port=5060, here="192.0.2.1:40000", cookie=7, user_agent="phonescan/1.0")),
    200, "OK", (("User-Agent", "PolycomVVX-VVX_411-UA/5.9.0.9373"), ("Allow", "INVITE, OPTIONS")),
)  # fmt: skip
SIP_PNP = (
    b"SUBSCRIBE sip:MAC%3a000413aabbcc@224.0.1.75 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;rport\r\n"
    b"From: <sip:MAC%3a000413aabbcc@224.0.1.75>;tag=1\r\nUser-Agent: snomD120/10.1.39.11\r\n"
    b'Event: ua-profile;profile-type="device";vendor="snom";model="snomD120";version="10.1.39.11"\r\n\r\n'
)
_UDP = bytes.fromhex("13c413c4000c0000") + b"ping"
IPV4 = bytes.fromhex("4500002000000000401100000a0102030a000005") + _UDP
FRAME = bytes.fromhex("0180c200000e") + _MAC + bytes.fromhex("81000078" + "0800") + IPV4
ARP = bytes.fromhex("0001080006040002") + _MAC + bytes([10, 1, 2, 3]) + bytes(10)
CIVIC = lldp_med.write_civic(lldp_med.Civic(2, "DE", ((3, "Berlin"), (19, "42"))))
#: A data frame from an access point, with radiotap's timestamp, Flags and frame check sequence.
RADIOTAP = (
    bytes.fromhex("0000" "1100" "03000000" "0000000000000001" "10" + "08020000") + bytes(6) + bytes(6) + _MAC
    + bytes(2) + bytes.fromhex("aaaa0300000088cc") + LLDP + b"fcs!"
)  # fmt: skip
#: A certificate of 001565AABBCC with one DNS name, signed by a test key.
CERTIFICATE = bytes.fromhex(
    "308201573081fda00302010202014d300a06082a8648ce3d04030230273125302306035504030c1c5965616c696e6b204571"
    "7569706d656e742049737375696e67204341301e170d3135303130313030303030305a170d3135303130323030303030305a"
    "30173115301306035504030c0c3030313536354141424243433059301306072a8648ce3d020106082a8648ce3d0301070342"
    "00048907b7bab34a675c85436cac5d3805246194775443ffff685adb1c0168b3e8fdfef96160445f1de7ff3becca517ee64e"
    "f0907e115a220cc4c337e1b6e0e9b5c9a32a3028300c0603551d130101ff0402300030180603551d110411300f820d70686f"
    "6e652e6578616d706c65300a06082a8648ce3d040302034900304602210097619ad1001f761f713a5d57e2bfe5982a9fd984"
    "8b0d924d7b815c5b89a107b9022100d5b292ca8f37687b85b4b267f306745009a5972a7f2728b422fb3c6ece91b5b0"
)
