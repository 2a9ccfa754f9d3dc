"""Where a device hangs, and when a name is a host name."""

from __future__ import annotations

import pytest

from scanner.core.model import Location, Observation
from scanner.identity.whereabouts import hostname, location

NOON, ONE, NEXT_DAY = "2026-11-01T12:00:00Z", "2026-11-01T13:00:00Z", "2026-11-02T12:00:00Z"


def row(source: str, time: str = NOON, **parts: str) -> list[Observation]:
    names = {"method": "port-method"}
    return [Observation(field=f"switch.{names.get(k, k)}", value=v, source=source, time=time) for k, v in parts.items()]


def test_the_parts_of_one_row_stay_together() -> None:
    rows = row("switches 10.0.0.1 lldp 1", name="sw1", port="gi1/0/7", vlan="20", method="lldp")
    assert location(rows) == Location(switch="sw1", port="gi1/0/7", vlan="20", method="lldp", time=NOON)


def test_a_place_holds_nothing_that_a_terminal_would_run() -> None:
    rows = row("switches 10.0.0.1 lldp 1", name="sw\x1b[31m", port="7\u202e", vlan="20\x07", method="lldp")
    place = location(rows)
    assert (place.switch, place.port, place.vlan) == ("sw\\x1b[31m", "7\\u202e", "20\\x07")


def test_the_phones_own_word_beats_a_forwarding_table() -> None:
    rows = [
        *row("switches 10.0.0.2 fdb 9", ONE, name="core", port="uplink", method="fdb"),
        *row("switches 10.0.0.1 lldp 1", NOON, name="access", port="7", method="lldp"),
    ]
    assert location(rows).switch == "access"
    assert location(rows[::-1]).switch == "access"


def test_a_phone_that_moved_is_where_it_was_last_seen() -> None:
    rows = [
        *row("switches 10.0.0.1 lldp 1", NOON, name="old", port="7", method="lldp"),
        *row("switches 10.0.0.1 lldp 1", NEXT_DAY, name="new", port="8", method="lldp"),
    ]
    assert location(rows) == Location(switch="new", port="8", method="lldp", time=NEXT_DAY)


def test_the_voice_vlan_of_the_same_row_stands_in_for_the_vlan() -> None:
    rows = row("s 1", name="sw", port="1", method="lldp")
    rows.append(Observation(field="lldp-med.voice-vlan", value="200", source="s 1", time=NOON))
    assert location(rows).vlan == "200"


def test_without_a_switch_there_is_no_place() -> None:
    assert location([Observation(field="sip.user-agent", value="x")]) == Location()
    assert location([]) == Location()


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("dhcp.hostname", "reception-1", "reception-1"),
        ("snmp.sysname", "phone-17.example.com.", "phone-17.example.com"),
        ("lldp.system-name", "SEP001795B0F381.jason.corp.local", "SEP001795B0F381.jason.corp.local"),
        ("mdns.host", "kitchen.local.", "kitchen"),
        ("lldp.system-name", "SIP-T41S", None),
        ("lldp.system-name", "Polycom VVX 500", None),
        ("lldp.system-name", "yealink", None),
        ("lldp.system-name", "regDN 102,MITEL 5320 IP", None),
        ("dhcp.hostname", "T58A", None),
        ("dhcp.hostname", "localhost", None),
        ("dhcp.hostname", "805ec0112233", None),
        ("dhcp.hostname", "10.1.2.3", None),
        ("snmp.sysname", "=cmd|' /C calc'!A0", None),
        ("snmp.sysname", "", None),
        ("snmp.sysname", "a" * 300, None),
    ],
)
def test_a_name_is_a_host_name_or_it_is_not(field: str, value: str, name: str | None) -> None:
    assert hostname([Observation(field=field, value=value)]) == name


def test_the_newest_name_of_the_best_field_counts() -> None:
    names = [
        Observation(field="lldp.system-name", value="by-lldp", time=NEXT_DAY),
        Observation(field="dhcp.hostname", value="old-name", time=NOON),
        Observation(field="dhcp.hostname", value="new-name", time=ONE),
    ]
    assert hostname(names) == "new-name"
