"""The switch port and VLAN of a device."""

from __future__ import annotations

from scanner.core.model import NetworkLocation, Observation
from scanner.identity.location import location

NOON, ONE, NEXT_DAY = "2026-11-01T12:00:00Z", "2026-11-01T13:00:00Z", "2026-11-02T12:00:00Z"


def row(source: str, time: str = NOON, **parts: str) -> list[Observation]:
    names = {"method": "port-method"}
    return [Observation(field=f"switch.{names.get(k, k)}", value=v, source=source, time=time) for k, v in parts.items()]


def test_the_parts_of_one_row_stay_together() -> None:
    rows = row("switches 10.0.0.1 lldp 1", name="sw1", port="gi1/0/7", vlan="20", method="lldp")
    assert location(rows) == NetworkLocation(switch="sw1", port="gi1/0/7", vlan="20", method="lldp", time=NOON)


def test_a_location_contains_no_terminal_control_characters() -> None:
    rows = row("switches 10.0.0.1 lldp 1", name="sw\x1b[31m", port="7\u202e", vlan="20\x07", method="lldp")
    found = location(rows)
    assert (found.switch, found.port, found.vlan) == ("sw\\x1b[31m", "7\\u202e", "20\\x07")


def test_lldp_wins_over_a_forwarding_table() -> None:
    rows = [
        *row("switches 10.0.0.2 fdb 9", ONE, name="core", port="uplink", method="fdb"),
        *row("switches 10.0.0.1 lldp 1", NOON, name="access", port="7", method="lldp"),
    ]
    assert location(rows).switch == "access"
    assert location(rows[::-1]).switch == "access"


def test_a_moved_phone_is_at_the_port_where_it_was_last_seen() -> None:
    rows = [
        *row("switches 10.0.0.1 lldp 1", NOON, name="old", port="7", method="lldp"),
        *row("switches 10.0.0.1 lldp 1", NEXT_DAY, name="new", port="8", method="lldp"),
    ]
    assert location(rows) == NetworkLocation(switch="new", port="8", method="lldp", time=NEXT_DAY)


def test_the_voice_vlan_of_the_same_source_replaces_a_missing_vlan() -> None:
    rows = row("s 1", name="sw", port="1", method="lldp")
    rows.append(Observation(field="lldp-med.voice-vlan", value="200", source="s 1", time=NOON))
    assert location(rows).vlan == "200"


def test_without_a_switch_the_location_is_empty() -> None:
    assert location([Observation(field="sip.user-agent", value="x")]) == NetworkLocation()
    assert location([]) == NetworkLocation()
