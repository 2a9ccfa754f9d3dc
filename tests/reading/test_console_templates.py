"""Tables of other systems, by the templates of the extra `ntc`."""

from __future__ import annotations

import time

import pytest

from scanner.core.model import Observation
from scanner.reading import Problem
from scanner.reading.console import tables, templates
from tests.reading.test_console_macs import places, read

pytest.importorskip("ntc_templates", reason="ntc-templates is in the extra `ntc`")

MAC = "64:16:7f:12:34:56"
CIENA = """\
sw-c> show version
sw-c> lldp show neighbors
+------------------------------------------------------------------------------+
|                                LLDP Neighbors                                |
+------------------------------------------------------------------------------+
| Local     | Remote                                                           |
| Port      | Port              | Info                                         |
+-----------+-------------------+----------------------------------------------+
|7          |64:16:7f:12:34:56  | Chassis Id: 10.1.2.7                         |
|           |                   | Mgmt Addr: 10.1.2.7                          |
|           |                   | System Name: SEP64167F123456                 |
|           |                   | System Desc: Polycom VVX 411                 |
+-----------+-------------------+----------------------------------------------+
sw-c> exit
"""
PALO_ALTO = """\
admin@sw-c> show lldp neighbors all
Local information:
Index 26
Local interface: ethernet1/7
Local Port ID: 7
Neighbor information:

Chassis type: Network address
Chassis ID: 10.1.2.7
Port type: MAC address
Port ID: 64:16:7f:12:34:56
Port description:
TTL: 105
System name: SEP64167F123456
System description: Polycom VVX 411
System capabilities:
Supported: B, T,
Enabled: T,
Management address type: ipv4
Management address: 10.1.2.7
Interface number: 1
Interface type: Ifindex
oid:

admin@sw-c> show mac all

maximum of entries supported :      1500
total MAC entries shown :           1
status: s - static, c - complete, i - incomplete

vlan                hw address        interface         status   ttl
--------------------------------------------------------------------------------
20                  64:16:7f:12:34:57 ethernet1/8       c      1778
admin@sw-c> exit
"""
SAMPLES = {"7": CIENA, "ethernet1/7": PALO_ALTO}


def seen(text: str) -> set[tuple[str | None, str | None, str, str]]:
    return {(o.ip, o.mac, o.field, o.value) for o in read(text) if isinstance(o, Observation)}


def problems(text: str) -> list[Problem]:
    return [one for one in read(text) if isinstance(one, Problem)]


@pytest.mark.parametrize("port", SAMPLES)
def test_a_table_that_only_a_template_reads_has_neighbours(port: str) -> None:
    assert problems(SAMPLES[port]) == []
    expected = {
        ("10.1.2.7", MAC, "lldp.system-description", "Polycom VVX 411"),
        ("10.1.2.7", MAC, "lldp.system-name", "SEP64167F123456"),
        ("10.1.2.7", MAC, "switch.port", port),
        ("10.1.2.7", MAC, "switch.name", "sw-c"),
    }
    assert expected <= seen(SAMPLES[port])


def test_a_forwarding_table_that_only_a_template_reads_places_devices() -> None:
    assert places(read(PALO_ALTO)) == {("64:16:7f:12:34:57", "ethernet1/8", "20")}


def test_a_line_that_does_not_fit_ends_its_section_alone() -> None:
    text = "sw-c> show version\nsw-c> lldp show neighbors\nno such line\n" + PALO_ALTO
    assert [(one.number, one.missing) for one in problems(text)] == [(3, True)]
    assert places(read(text)) == {("64:16:7f:12:34:57", "ethernet1/8", "20")}


def test_what_precedes_a_line_that_does_not_fit_is_kept() -> None:
    damaged = CIENA.replace("sw-c> exit", "|8          |\nwhat is this\nsw-c> exit")
    assert [one.number for one in problems(damaged)] == [14]
    assert ("10.1.2.7", MAC, "switch.port", "7") in seen(damaged)


@pytest.mark.parametrize("port", SAMPLES)
def test_a_cut_file_is_read_up_to_the_cut(port: str) -> None:
    whole = {(field, value) for _, _, field, value in seen(SAMPLES[port])}
    for end in range(0, len(SAMPLES[port]), 7):
        for _, _, field, value in seen(SAMPLES[port][:end]):
            assert [other for of_field, other in whole if of_field == field and other.startswith(value)]


def test_output_beyond_the_limits_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "LINES", 3)
    assert [one.number for one in problems(CIENA)] == [6]
    monkeypatch.setattr(templates, "LINES", 20_000)
    monkeypatch.setattr(templates, "SECONDS", 0.0)
    assert len(problems(CIENA)) == 1


def test_a_long_output_takes_a_bounded_time() -> None:
    rows = "".join(f"20  64:16:7f:12:{n >> 8:02x}:{n & 255:02x} ethernet1/8 c 1\n" for n in range(30_000))
    began = time.monotonic()
    assert len(problems("admin@sw-c> show mac all\n--------\n" + rows)) == 1
    assert time.monotonic() - began < 2 * templates.SECONDS


def test_without_the_package_nothing_of_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    tables.tables.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(tables, "find_spec", lambda name: None)
        assert "templates" not in tables.tables()
        assert not [one for one in seen(CIENA) if one[2] == "lldp.system-description"]
    tables.tables.cache_clear()
    assert "templates" in tables.tables()
