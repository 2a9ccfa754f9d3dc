"""Exit status 3 of `read` means that something that is wanted is missing; all that could be read is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

_SWITCH = ".1.3.6.1.2.1.1.1.0 = STRING: Test switch\n.1.3.6.1.2.1.1.5.0 = STRING: sw1\n"
_PHONE = """.1.3.6.1.2.1.31.1.1.1.1.7 = STRING: gi1/0/7
.1.0.8802.1.1.2.1.4.1.1.6.0.7.1 = INTEGER: 3
.1.0.8802.1.1.2.1.4.1.1.7.0.7.1 = Hex-STRING: 64 16 7F 12 34 56
.1.0.8802.1.1.2.1.4.1.1.9.0.7.1 = STRING: Polycom VVX 411
.1.0.8802.1.1.2.1.4.1.1.12.0.7.1 = Hex-STRING: 24 00
"""
_NAMED = """LLDP-MIB::lldpRemPortIdSubtype.0.7.1 = INTEGER: macAddress(3)
LLDP-MIB::lldpRemPortId.0.7.1 = Hex-STRING: 64 16 7F 12 34 56
LLDP-MIB::lldpRemSysName.0.7.1 = STRING: Polycom VVX 411
LLDP-MIB::lldpRemSysCapEnabled.0.7.1 = BITS: 24 00 bridge(2) telephone(5)
"""
_RECORDED = """1.0.8802.1.1.2.1.4.1.1.6.0.7.1|2|3
1.0.8802.1.1.2.1.4.1.1.7.0.7.1|4x|64167f123456
1.0.8802.1.1.2.1.4.1.1.9.0.7.1|4|Polycom VVX 411
1.0.8802.1.1.2.1.4.1.1.12.0.7.1|4x|2400
"""

#: Nothing wanted is missing.
COMPLETE = {
    "a switch with its name alone": _SWITCH + _PHONE,
    "tables without the switch": _PHONE,
    "names": _NAMED,
    "messages about MIB files": "MIB search path: /usr/share/snmp/mibs\n"
    "Cannot find module (LLDP-EXT-MED-MIB): At line 0 in (none)\n"
    "Did not find 'DisplayString' in module #-1 (/usr/share/snmp/mibs/x.txt)\n"
    "Unlinked OID in FOO-MIB: foo ::= { bar 1 }\n"
    "Undefined identifier: bar near line 3 of /usr/share/snmp/mibs/FOO-MIB.txt\n" + _PHONE,
    "a message about MIB files behind a string": _PHONE + "IF-MIB::ifName.8 = STRING: gi1/0/8\n"
    "Bad operator (INTEGER): At line 73 in /usr/share/snmp/mibs/ietf/SNMPv2-PDU\n",
    "an empty Hex-STRING": _PHONE + ".1.3.6.1.2.1.2.2.1.6.6 = Hex-STRING: \n",
    "octets that are not hexadecimal in a column that is not read": _PHONE + ".1.3.6.1.2.1.25.3 = Hex-STRING: zz\n",
    "a number that is none in a column that is not read": _PHONE + ".1.3.6.1.2.1.25.3 = INTEGER: many\n",
    "an object that the agent does not have": _PHONE
    + ".1.3.6.1.4.1.9.9.23 = No Such Object available on this agent at this OID\n",
    "an object that an agent of SNMPv1 does not have": _PHONE + "Error in packet\n"
    "Reason: (noSuchName) There is no such variable name in this MIB.\nFailed object: IF-MIB::ifName.9\n",
    "the end of the tree": _PHONE
    + ".1.3.6.1.6 = No more variables left in this MIB View (It is past the end of the MIB tree)\n",
    "a prompt and the command": "admin@nms:~$ snmpwalk -v2c -c public 10.0.0.2 1.0.8802\n" + _PHONE + "admin@nms:~$ \n",
    "statistics": _PHONE + "Variables found: 5\nTotal traversal time = 0.003 seconds\n",
    "a recorded column that is not read": _RECORDED + "1.3.6.1.2.1.25.1.1.0|4x|zz\n",
    "a recorded object without a value": _RECORDED + "1.3.6.1.2.1.1.6.0|5|\n1.3.6.1.2.1.1.4.0|129|\n",
    "a neighbour that is not a phone and has no mac": _PHONE
    + ".1.0.8802.1.1.2.1.4.1.1.9.0.8.1 = STRING: core-1\n.1.0.8802.1.1.2.1.4.1.1.12.0.8.1 = Hex-STRING: 28 00\n",
}
#: Something wanted is missing: the file, and what the message states.
MISSING = {
    "a timeout": (_SWITCH + _PHONE + "Timeout: No Response from 10.0.0.2\n", "the walk is incomplete: 'Timeout"),
    "a timeout of a program": (_PHONE + "snmpwalk: Timeout\n", "the walk is incomplete: 'snmpwalk: Timeout"),
    "an error of the agent": (
        _PHONE + "Error in packet.\nReason: (genError) A general failure occured\nFailed object: x\n",
        "the walk is incomplete: 'Error in packet. (genError)",
    ),
    "an OID that does not increase": (
        _PHONE + "Error: OID not increasing: .1.3.6.1.2.1.17.4.3.1.2.9 >= .1.3.6.1.2.1.17.4.3.1.2.8\n",
        "the walk is incomplete: 'Error: OID not increasing",
    ),
    "an object that the tool does not know": (
        "cdpCacheEntry: Unknown Object Identifier (Sub-id not found: (top) -> cdpCacheEntry)\n" + _PHONE,
        "the walk is incomplete: 'cdpCacheEntry: Unknown Object Identifier",
    ),
    "a wrong password": (
        _PHONE + "snmpwalk: Authentication failure (incorrect password, community or key)\n",
        "the walk is incomplete: 'snmpwalk: Authentication failure",
    ),
    "octets that are not hexadecimal": (
        _PHONE + ".1.0.8802.1.1.2.1.4.1.1.7.0.8.1 = Hex-STRING: zz\n", "line 6: the value is not hexadecimal"
    ),
    "a row that is cut": (_PHONE + "LLDP-MIB::lldpRemSysName.0.8.1", "the last line ends within a row"),
    "a row without equals sign": (_NAMED + "LLDP-MIB::lldpRemSysName.0.8.1: SIP-T58A\n", "line 5: not OID"),
    "a phone without mac and address": (
        _PHONE + ".1.0.8802.1.1.2.1.4.1.1.9.0.8.1 = STRING: VVX 411\n"
        ".1.0.8802.1.1.2.1.4.1.1.12.0.8.1 = Hex-STRING: 24 00\n",
        "1 neighbour without a mac or an address",
    ),
    "indexes in characters": (
        _NAMED + "Q-BRIDGE-MIB::dot1qTpFdbPort.5.'..e.4V' = INTEGER: 7\n",
        "indexes of dot1qTpFdbPort cannot be read; walk with -On or -Ob",
    ),
    "an index that is not one": (
        _NAMED + "LLDP-MIB::lldpRemSysName.0.8.x = STRING: SIP-T58A\n", "indexes of lldpRemSysName cannot be read"
    ),
    "a recorded value that cannot be read": (
        _RECORDED + "1.0.8802.1.1.2.1.4.1.1.7.0.8.1|4x|zz\n", "line 5: the value is not hexadecimal"
    ),
}  # fmt: skip


def _read(run: Any, here: Path, text: str) -> Any:
    (here / "walk.txt").write_text(text, encoding="utf-8")
    return run("read", "walk.txt")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Timeout: No Response from 10.0.0.2\n", 3),
        ("Cannot find module (LLDP-MIB): At line 0 in (none)\nTimeout: No Response from 10.0.0.2\n", 3),
        ("snmpwalk: Unknown host (sw1)\n", 3),
        ("$ snmpwalk -v2c -c public sw1\nsnmpwalk: Timeout\n", 3),
        ("iso.0.8802 = No Such Object available on this agent at this OID\n", 0),
        ("LLDP-MIB::lldpRemTable = No Such Instance currently exists at this OID\n", 0),
    ],
)
def test_a_walk_that_failed_at_once_is_a_walk(run: Any, here: Path, text: str, status: int) -> None:
    assert _read(run, here, text).status == status


@pytest.mark.parametrize("kind", COMPLETE)
def test_a_file_without_what_no_one_wants_is_complete(run: Any, here: Path, kind: str) -> None:
    ended = _read(run, here, COMPLETE[kind])
    assert (ended.status, "not read" in ended.err) == (0, False), ended.err
    assert [row["model"] for row in run("report", "inventory", "--format", "json").json()] == ["VVX 411"]


@pytest.mark.parametrize("kind", MISSING)
def test_a_file_with_a_part_missing_is_reported_and_read_as_far_as_it_goes(run: Any, here: Path, kind: str) -> None:
    text, message = MISSING[kind]
    ended = _read(run, here, text)
    assert ended.status == 3
    assert message in ended.err
    assert [row["model"] for row in run("report", "inventory", "--format", "json").json()] == ["VVX 411"]
