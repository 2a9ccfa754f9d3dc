"""A reader takes the memory that it permits itself, whatever a file contains: real reads in a process of their own."""

from __future__ import annotations

import io

import pytest

from scanner.reading import agent, detect, jsonl, lldpctl_json, snmpwalk, walk_lines
from scanner.reading.items import Context, Problem
from tests.memory import files

pytestmark = pytest.mark.slow

#: Kinds that took more than the limit where nothing bounded them, and those of the other formats.
TRIED = [
    "XML: a comment",
    "lldpctl: lists",
    "lldpctl: blank lines",
    "jsonl: names",
    "snmprec: values of 250,000 octets",
    "snmpwalk: messages within a line",
    "snmpwalk: subtypes",
    "pcap: streams of 60,000 octets",
    "dhcpd: leases",
    "Windows DHCP log: rows",
    "Kea: rows",
    "dnsmasq: leases",
    "Windows leases: quotation marks",
    "FortiGate: blanks",
    "MikroTik: pairs",
    "DHCP log: transactions",
    "lease list: objects",
    "CSV: quotation marks",
    "RADIUS: sessions",
    "radacct: sessions",
    "ISE: parts of messages",
    "RISPort: devices",
    "CUCM phones: rows",
    "links: neighbours",
    "Junos: neighbours",
    "Junos: prompts",
    "TFTP: requests",
    "access log: a line",
    "usrloc: contacts",
    "console: entries of a forwarding table",
    "console: neighbours",
    "asterisk: addresses",
    "freeswitch: an element",
    "SIP messages: headers",
    "UPnP: devices",
    "table: brackets",
]


def test_every_format_has_a_hostile_file() -> None:
    assert {kind.format for kind in files.KINDS.values()} == set(detect.formats())
    assert {files.KINDS[name].format for name in TRIED} == set(detect.formats())


@pytest.mark.parametrize("name", TRIED)
def test_a_reader_of_a_hostile_file_stays_within_its_memory(name: str) -> None:
    taken = files.measure(name)
    assert taken.seconds > 0
    assert taken.octets < files.LIMIT


def test_rows_beyond_the_bounds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A switch with more rows than are kept is not read whole, and that is said."""
    monkeypatch.setattr(agent, "KEPT", 3)
    rows = b"".join(b"1.3.6.1.2.1.2.2.1.2.%d|4|x\n" % number for number in range(10))
    items = list(detect.read(io.BytesIO(rows), Context("switch", "2026-11-23T02:00:00Z"), "snmprec"))
    assert any(isinstance(item, Problem) and item.missing and "7 rows are not read" in item.what for item in items)


def test_rows_of_more_neighbours_than_a_switch_has_are_counted() -> None:
    rows = b"".join(b"1.0.8802.1.1.2.1.4.1.1.4.0.7.%d|2|4\n" % number for number in range(100_003))
    items = list(detect.read(io.BytesIO(rows), Context("switch", "2026-11-23T02:00:00Z"), "snmprec"))
    assert any(isinstance(item, Problem) and item.missing and "3 rows of switch are" in item.what for item in items)


def test_a_document_of_lldpctl_with_too_many_parts_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lldpctl_json, "PARTS", 20)
    document = b'{"lldp": {"interface": [' + b"[]," * 30
    (item,) = detect.read(io.BytesIO(document), Context("file", "2026-11-23T02:00:00Z"), "lldpctl")
    assert isinstance(item, Problem)
    assert item.missing
    assert "more than 20 lists, objects and values" in item.what


def test_lines_of_a_value_without_an_end_are_not_kept() -> None:
    """Blank ones count as well."""
    text = b'.1.3.6.1.2.1.1.1.0 = STRING: "' + b"\n" * 300_000
    problem, row = walk_lines.rows(io.BytesIO(text))
    assert isinstance(problem, Problem)
    assert isinstance(row, walk_lines.WalkRow)
    assert len(row.spelled) < 100_000


def test_a_line_that_messages_interrupt_without_end_is_cut() -> None:
    text = b".1.3.6.1.2.1.1.1.0 = STRING: " + (b"x" * 30_000 + b"Error in packet.\n") * 20
    found = [item for item in walk_lines.rows(io.BytesIO(text)) if isinstance(item, walk_lines.WalkRow)]
    assert all(len(row.spelled) <= walk_lines.LINE for row in found)
    assert len(found) == 1


def test_characters_that_may_be_octets_are_held_up_to_their_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values beyond it are read as they are printed, and none is lost."""
    monkeypatch.setattr(snmpwalk, "HELD_OCTETS", 1_000)
    rows = b"".join(b'dot1qVlanCurrentUntaggedPorts.0.%d = STRING: "%s."\n' % (n, b"x" * 600) for n in range(5))
    found = list(snmpwalk.rows(io.BytesIO(rows)))
    assert sum(not isinstance(item, Problem) for item in found) == 4
    assert sum(isinstance(item, Problem) for item in found) == 1


def test_what_is_remembered_of_addresses_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are cached by their text, which blanks may surround."""
    seen: list[str] = []
    monkeypatch.setattr(jsonl, "_address", lambda text: seen.append(text) or "10.1.2.3")
    line = b'{"field": "sip.user-agent", "value": "x", "ip": "%s10.1.2.3"}' % (b" " * 500_000)
    assert len(list(detect.read(io.BytesIO(line), Context("file", "2026-11-23T02:00:00Z"), "jsonl"))) == 1
    assert seen == ["10.1.2.3"]
