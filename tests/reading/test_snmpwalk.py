"""Output of snmpwalk in every layout that net-snmp's options produce."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem, detect, snmpwalk
from tests.reading.inventories import NOW

PHONE = "64:16:7f:12:34:56"
NUMERIC = f"""
.1.3.6.1.2.1.1.5.0 = STRING: access-9
.1.3.6.1.2.1.31.1.1.1.1.7 = STRING: Gi0/7
.1.0.8802.1.1.2.1.4.1.1.6.0.7.1 = INTEGER: 3
.1.0.8802.1.1.2.1.4.1.1.7.0.7.1 = Hex-STRING: 64 16 7F 12 34 56
.1.0.8802.1.1.2.1.4.1.1.9.0.7.1 = STRING: Polycom VVX 411
.1.0.8802.1.1.2.1.4.1.1.12.0.7.1 = BITS: 24 00 2 5
.1.3.6.1.2.1.4.35.1.4.7.1.4.10.1.2.3 = STRING: {PHONE}
"""
NAMED = f"""
SNMPv2-MIB::sysName.0 = STRING: access-9
IF-MIB::ifName.7 = STRING: Gi0/7
LLDP-MIB::lldpRemPortIdSubtype.0.7.1 = INTEGER: macAddress(3)
LLDP-MIB::lldpRemPortId.0.7.1 = Hex-STRING: 64 16 7F 12 34 56
LLDP-MIB::lldpRemSysName.0.7.1 = STRING: Polycom VVX 411
LLDP-MIB::lldpRemSysCapEnabled.0.7.1 = BITS: 24 00 bridge(2) telephone(5)
IP-MIB::ipNetToPhysicalPhysAddress.7.ipv4."10.1.2.3" = STRING: {PHONE}
"""
LAYOUTS = {
    "numeric": NUMERIC,
    "without MIBs": NUMERIC.replace(".1.3.6.1.2.1.1.5.0", "iso.3.6.1.2.1.1.5.0").replace(".1.0.", "iso.0."),
    "as far as the base MIBs go": NUMERIC.replace(".1.3.6.1.2.1.", "SNMPv2-SMI::mib-2.").replace(".1.0.", "iso.0."),
    "with MIBs": NAMED,
    "by the last name": "".join(f"{line.partition('::')[2]}\n" for line in NAMED.splitlines()),
    "in full": "".join(
        f".iso.org.dod.internet.mgmt.mib-2.someMIB.{line.partition('::')[2]}\n" for line in NAMED.splitlines() if line
    ),
    "indexes in brackets": NAMED.replace(".0.7.1", "[0][7][1]").replace('.7.ipv4."10.1.2.3"', '[7][ipv4]["10.1.2.3"]'),
    "without types": "".join(
        f"{line.replace(line.partition(' = ')[2].partition(': ')[0] + ': ', '')}\n" for line in NUMERIC.splitlines()
    ),
    "quick": "".join(
        f"{line.partition(' = ')[0]} {line.partition(': ')[2]}\n" for line in NUMERIC.splitlines() if line
    ),
    "wrong types": NUMERIC.replace("= STRING:", "= Wrong Type (should be OCTET STRING): STRING:"),
    "carriage returns": NUMERIC.replace("\n", "\r\n"),
}  # fmt: skip


def facts(text: str) -> set[tuple[str | None, str | None, str, str]]:
    items = list(read(io.BytesIO(text.encode()), ip="10.0.0.2", now=NOW))
    assert [item.what for item in items if isinstance(item, Problem) and item.number] == []
    return {(i.ip, i.mac, i.field, i.value) for i in items if isinstance(i, Observation)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_yields_the_same(layout: str) -> None:
    assert detect.detect(LAYOUTS[layout].encode()) is snmpwalk.FORMAT
    found = facts(LAYOUTS[layout])
    assert ("10.0.0.2", None, "snmp.sysname", "access-9") in found
    assert {entry[2:] for entry in found if entry[1] == PHONE} == {
        ("lldp.port-id", PHONE),
        ("lldp.system-name", "Polycom VVX 411"),
        ("lldp.capabilities", "bridge,telephone"),
        ("switch.name", "access-9"),
        ("switch.port", "Gi0/7"),
        ("switch.port-method", "lldp, ifIndex"),
        ("arp.mac", PHONE),
    }
    assert ("10.1.2.3", PHONE, "arp.mac", PHONE) in found


def test_strings_and_hexadecimal_values_span_lines() -> None:
    text = """.1.3.6.1.2.1.1.1.0 = STRING: "Cisco IOS Software, C2960X Software
Technical Support: a = b
Copyright"
.1.3.6.1.2.1.1.5.0 = Hex-STRING: 61 63 63 65 73 73
2D 39
"""
    found = {field: value for _, _, field, value in facts(text)}
    assert found["snmp.sysdescr"] == "Cisco IOS Software, C2960X Software\nTechnical Support: a = b\nCopyright"
    assert found["snmp.sysname"] == "access-9"


@pytest.mark.parametrize(
    "said",
    ["No Such Object available on this agent at this OID", "No Such Instance currently exists at this OID", '""'],
)
def test_a_missing_object_is_not_a_problem_and_yields_nothing(said: str) -> None:
    text = f".1.3.6.1.2.1.1.5.0 = STRING: access-9\n.1.3.6.1.2.1.1.6.0 = {said}\n"
    assert {field for _, _, field, _ in facts(text)} == {"snmp.sysname"}


def test_objects_that_are_not_requested_are_skipped() -> None:
    assert facts(f"{NAMED}FOO-MIB::fooBar.1.2 = Gauge32: 5\nIF-MIB::ifName.one = STRING: x\n") == facts(NAMED)


@given(st.text(alphabet='ABIMiso:.=1209 "[]()\n-STRINGx', max_size=400))
def test_any_text_ends_in_rows_and_problems(text: str) -> None:
    rows = list(snmpwalk.rows(io.BytesIO(text.encode())))
    assert all(isinstance(row, Problem) or isinstance(row[0], str) for row in rows)
