"""Files of walks as they are saved: encodings, line ends, messages within lines, commands, several agents."""

from __future__ import annotations

import io

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, detect, snmpwalk

NOW = "2026-11-23T02:00:00Z"
PHONE = "00:15:65:12:34:56"
WALK = """SNMPv2-MIB::sysDescr.0 = STRING: Test switch
SNMPv2-MIB::sysName.0 = STRING: sw1
IP-MIB::ipAdEntAddr.10.0.0.2 = IpAddress: 10.0.0.2
IF-MIB::ifName.7 = STRING: gi1/0/7
IF-MIB::ifAlias.7 = STRING: Bür 1
LLDP-MIB::lldpRemChassisIdSubtype.0.7.22 = INTEGER: networkAddress(5)
LLDP-MIB::lldpRemChassisId.0.7.22 = Hex-STRING: 01 0A 00 01 16
LLDP-MIB::lldpRemPortIdSubtype.0.7.22 = INTEGER: macAddress(3)
LLDP-MIB::lldpRemPortId.0.7.22 = Hex-STRING: 00 15 65 12 34 56
LLDP-MIB::lldpRemSysName.0.7.22 = STRING: SIP-T58A
LLDP-MIB::lldpRemSysDesc.0.7.22 = STRING: 58.86.0.20
LLDP-MIB::lldpRemSysCapEnabled.0.7.22 = BITS: 24 00 bridge(2) telephone(5)
"""
Fact = tuple[str | None, str | None, str, str]


def read(text: str | bytes) -> tuple[set[Fact], list[str]]:
    """Facts, and what is missing."""
    raw = text.encode() if isinstance(text, str) else text
    items = list(detect.read(io.BytesIO(raw), Context("walk.txt", NOW)))
    facts = {(i.ip, i.mac, i.field, i.value) for i in items if isinstance(i, Observation)}
    return facts, [item.what for item in items if isinstance(item, Problem) and item.missing]


EXPECTED = read(WALK)[0]


def test_the_walk_has_the_phone() -> None:
    assert {"SIP-T58A", "58.86.0.20", "bridge,telephone", "gi1/0/7", "sw1"} <= {
        fact[3] for fact in EXPECTED if fact[:2] == ("10.0.1.22", PHONE)
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + WALK.encode(),
        WALK.encode("utf-16"),
        b"\xfe\xff" + WALK.encode("utf-16-be"),
        WALK.replace("ü", "u").encode("utf-16-le"),
        WALK.replace("ü", "u").encode("utf-16-be"),
        WALK.encode("latin-1"),
        WALK.replace("\n", "\r\n").encode(),
        WALK.replace("\n", "\r\n").encode("utf-16"),
        WALK.replace("\n", "\r").encode(),
        WALK.replace("\n", "\n\n").encode(),
        WALK.rstrip("\n").encode(),
        WALK.replace(" = ", " =").replace(" =", " = ").encode(),
    ],
    ids=["BOM", "UTF-16", "UTF-16 BE", "UTF-16 LE without BOM", "UTF-16 BE without BOM", "Latin-1", "CRLF",
         "UTF-16 CRLF", "CR", "blank lines", "no last line end", "plain"],
)  # fmt: skip
def test_encodings_and_line_ends_change_nothing(raw: bytes) -> None:
    assert read(raw) == (EXPECTED, [])


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        ('STRING: "a \\"b\\" c"', 'a "b" c'),
        ('STRING: "a\\\\b"', "a\\b"),
        ('STRING: "a\n\nb"', "a\n\nb"),
        ('STRING: "a\nIF-MIB is b\nc"', "a\nIF-MIB is b\nc"),
        ("STRING: a\n\nb = c", "a\n\nb = c"),
        ('STRING: a "b"', 'a "b"'),
        ("STRING: a: b", "a: b"),
        ('STRING: "\n\na"', "a"),
        ("Hex-STRING: 61 62 63 \n64 65", "abcde"),
        ("Hex-STRING: 61 62 63 00 0A 20 ", "abc"),
        ("Hex-STRING: 61:62:63", "abc"),
        ("Hex-STRING: 616263", "abc"),
        ("Hex-STRING: 61 62 63   [abc]", "abc"),
        ("Hex-STRING: 61 0A 63   [a\nc]", "a\nc"),
        ('OCTET STRING: "abc"', "abc"),
        ('Wrong Type (should be OCTET STRING): STRING: "abc"', "abc"),
        ("Product: GW 8 FXS;SW Version: 6.60A", "Product: GW 8 FXS;SW Version: 6.60A"),
        ('"abc"', "abc"),
        ('"61 62 63 "', "abc"),
        ('"61 62 63   [abc]"', "abc"),
        ('STRING: "61 62 63 "', "61 62 63"),
    ],
)
def test_text_is_read_in_every_spelling(spelled: str, value: str) -> None:
    walk = WALK.replace("STRING: 58.86.0.20", spelled)
    found, missing = read(walk)
    assert ("10.0.1.22", PHONE, "lldp.system-description", value) in found
    assert found - {("10.0.1.22", PHONE, "lldp.system-description", value)} <= EXPECTED
    assert missing == []


MESSAGE = "Timeout: No Response from 10.0.0.2"


@pytest.mark.parametrize("at", range(0, len(WALK), 7))
def test_a_message_within_a_line_costs_nothing(at: int) -> None:
    found, missing = read(f"{WALK[:at]}{MESSAGE}\n{WALK[at:]}")
    assert found == EXPECTED
    assert missing == [f"the walk is incomplete: {MESSAGE!r}"]


def test_a_message_at_the_end_is_reported() -> None:
    assert read(f"{WALK}{MESSAGE}.\n") == (EXPECTED, [f"the walk is incomplete: '{MESSAGE}.'"])


SECOND = (
    WALK.replace("sw1", "sw2")
    .replace("Test switch", "Other switch")
    .replace("10.0.0.2", "10.0.0.3")
    .replace("00 15 65 12 34 56", "00 15 65 12 34 57")
    .replace("01 0A 00 01 16", "01 0A 00 01 17")
)


def switches(facts: set[Fact]) -> dict[str | None, str]:
    return {mac: value for _, mac, field, value in facts if field == "switch.name"}


@pytest.mark.parametrize("between", ["", "$ snmpwalk -v2c -c public 10.0.0.3 .1\n", "\n\n=== second ===\n"])
def test_each_switch_in_a_file_has_its_own_phones(between: str) -> None:
    found, missing = read(WALK + between + SECOND)
    assert switches(found) == {PHONE: "sw1", "00:15:65:12:34:57": "sw2"}
    assert ("10.0.0.3", None, "snmp.sysdescr", "Other switch") in found
    assert missing == []


def test_walks_of_one_switch_are_one_switch() -> None:
    system, tables = WALK.split("IF-MIB", 1)
    assert read(f"{system}{system}IF-MIB{tables}{system}") == (EXPECTED, [])


CDP = """sysName.0 = sw1
ifName.9 = Gi1/0/9
cdpCacheAddressType.9.4 = {kind}
cdpCacheAddress.9.4 = {address}
cdpCacheDeviceId.9.4 = SEP0CD0F8F5DACC
cdpCachePlatform.9.4 = Cisco IP Phone 7821
cdpCacheCapabilities.9.4 = {capabilities}
"""


@pytest.mark.parametrize(
    ("address", "ip"),
    [
        ('"C0 A8 01 25 "', "192.168.1.37"),
        ('"C0 A8 01 25"', "192.168.1.37"),
        ('"0A 0A 32 3C   [..2<]"', "10.10.50.60"),
        ('"\n\n2<"', "10.10.50.60"),
        ('"@AB "', "64.65.66.32"),
        ('"\n\\"AB"', "10.34.65.66"),
        ('"\n\\\\AB"', "10.92.65.66"),
        ("192.168.1.37", "192.168.1.37"),
        ('STRING: "@AB "', "64.65.66.32"),
        ('STRING: "C0 A8 01 25 "', "192.168.1.37"),
        ("STRING: 192.168.1.37", "192.168.1.37"),
        ("Hex-STRING: C0 A8 01 25", "192.168.1.37"),
        ("Hex-STRING: c0:a8:1:25", "192.168.1.37"),
        ("IpAddress: 192.168.1.37", "192.168.1.37"),
        ("Network Address: C0:A8:01:25", "192.168.1.37"),
    ],
)
@pytest.mark.parametrize("kind", ["ip", "ip(1)", "1", "INTEGER: ip(1)"])
@pytest.mark.parametrize("capabilities", ['"00 00 04 90 "', "Hex-STRING: 00 00 04 90", '"00 00 04 90"', "1168"])
def test_an_address_of_cdp_is_read_in_every_spelling(address: str, ip: str, kind: str, capabilities: str) -> None:
    found, missing = read(CDP.format(address=address, kind=kind, capabilities=capabilities))
    phone = {(field, value) for at, mac, field, value in found if (at, mac) == (ip, "0c:d0:f8:f5:da:cc")}
    assert {("cdp.platform", "Cisco IP Phone 7821"), ("cdp.capabilities", "host,phone,two-port-mac-relay")} <= phone
    assert missing == []


@pytest.mark.parametrize(
    "command",
    [
        "$ snmpwalk -v2c -c public 10.0.0.2",
        "root@nms:/tmp# snmpbulkwalk -v 2c -c 'a b' -On 10.0.0.2:161 .1",
        "[admin@nms ~]$ /usr/bin/snmpwalk -v3 -l authPriv -u x -a SHA -A secret -x AES -X secret udp:10.0.0.2 system",
        "snmpwalk -v2c -cpublic 10.0.0.2 1.0.8802 > walk.txt",
        "PS C:\\> snmpwalk -v2c -c public -t 5 -r 3 10.0.0.2 .1",
    ],
)
def test_a_command_shows_the_address_of_the_switch(command: str) -> None:
    found, missing = read(f"{command}\n" + WALK.replace("IP-MIB::ipAdEntAddr.10.0.0.2 = IpAddress: 10.0.0.2\n", ""))
    assert found == EXPECTED
    assert missing == []


@pytest.mark.parametrize(
    "option", ["-v2c -c public@{vlan}", "-v2c -cpublic@{vlan}", "-v3 -u x -n vlan-{vlan} -l noAuthNoPriv"]
)
def test_the_bridge_table_of_each_vlan_has_its_own_ports(option: str) -> None:
    walk = "IF-MIB::ifName.7 = STRING: gi1/0/7\nIF-MIB::ifName.8 = STRING: gi1/0/8\n"
    for vlan, mac, port, interface in ((120, PHONE, 3, 7), (10, "94:c6:91:ac:43:31", 3, 8)):
        walk += (
            f"$ snmpwalk {option.format(vlan=vlan)} 10.0.0.2 dot1dBridge\n"
            f"BRIDGE-MIB::dot1dBasePortIfIndex.{port} = INTEGER: {interface}\n"
            f"BRIDGE-MIB::dot1dTpFdbPort[{mac}] = INTEGER: {port}\n"
        )
    found, missing = read(walk)
    facts = {(mac, field, value) for _, mac, field, value in found}
    assert {(PHONE, "switch.port", "gi1/0/7"), (PHONE, "switch.vlan", "120")} <= facts
    assert {("94:c6:91:ac:43:31", "switch.port", "gi1/0/8"), ("94:c6:91:ac:43:31", "switch.vlan", "10")} <= facts
    assert missing == []


def test_the_macs_of_a_forwarding_table_are_those_of_its_addresses() -> None:
    walk = """SNMPv2-MIB::sysName.0 = STRING: sw1
IF-MIB::ifName.7 = STRING: gi1/0/7
BRIDGE-MIB::dot1dTpFdbAddress.'..e.4V' = STRING: 0:15:65:12:34:56
BRIDGE-MIB::dot1dTpFdbAddress.'..e.4V' = STRING: 0:15:65:7f:34:56
BRIDGE-MIB::dot1dTpFdbPort.'..e.4V' = INTEGER: 7
BRIDGE-MIB::dot1dTpFdbPort.'..e.4V' = INTEGER: 8
BRIDGE-MIB::dot1dTpFdbStatus.'..e.4V' = INTEGER: learned(3)
BRIDGE-MIB::dot1dTpFdbStatus.'..e.4V' = INTEGER: self(4)
"""
    found, missing = read(walk)
    assert {(mac, value) for _, mac, field, value in found if field == "switch.port"} == {(PHONE, "gi1/0/7")}
    assert missing == []


@pytest.mark.parametrize(
    "head",
    [
        "10.1.2.3 - - [29/Nov/2026:10:00:00 +0000] \"GET /x.cfg HTTP/1.1\" 200 12 \"-\" \"T58\"\n",
        "name = value\nother = thing\n",
        "www.example.com is up\n1.2.3.4 is down\n",
        "",
    ],
)  # fmt: skip
def test_other_text_is_not_a_walk(head: str) -> None:
    assert not snmpwalk.looks_like(head.encode())


@pytest.mark.parametrize("line", [line for line in WALK.splitlines() if "lldp" in line])
def test_a_walk_behind_pages_of_messages_is_detected(line: str) -> None:
    noise = "Cannot find module (LLDP-MIB): At line 0 in (none)\n" * 900
    assert snmpwalk.looks_like((noise + line).encode())
