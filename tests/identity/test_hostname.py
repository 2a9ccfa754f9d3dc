"""The host name of a device, and values that are not one."""

from __future__ import annotations

import pytest

from scanner.core.model import Observation
from scanner.identity.hostname import hostname
from scanner.identity.load import load

NOON, ONE, NEXT_DAY = "2026-11-01T12:00:00Z", "2026-11-01T13:00:00Z", "2026-11-02T12:00:00Z"


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
def test_only_the_name_of_one_host_is_a_host_name(field: str, value: str, name: str | None) -> None:
    assert hostname([Observation(field=field, value=value)], load()) == name


def test_the_newest_name_in_the_most_reliable_field_wins() -> None:
    names = [
        Observation(field="lldp.system-name", value="by-lldp", time=NEXT_DAY),
        Observation(field="dhcp.hostname", value="old-name", time=NOON),
        Observation(field="dhcp.hostname", value="new-name", time=ONE),
    ]
    assert hostname(names, load()) == "new-name"
