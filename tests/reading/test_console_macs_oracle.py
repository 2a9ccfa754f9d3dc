"""Forwarding tables as the templates of ntc-templates read them: nothing is placed otherwise than they have it.

The templates have one platform and command each, which have to be given, and refuse a table with a line that they do
not have. Aggregations and a mac at several ports are in their rows, and are not placed.
"""

from __future__ import annotations

from typing import Any

import pytest
from ntc_templates.parse import parse_output

from scanner.core.text import mac as read_mac
from tests.reading.console_tables import MACS
from tests.reading.test_console_macs import places, read

#: Name of a table → platform and command of its template.
TEMPLATES = {
    "Cisco IOS": ("cisco_ios", "show mac-address-table"),
    "Cisco Catalyst 6500": ("cisco_ios", "show mac-address-table"),
    "Cisco Catalyst 4500": ("cisco_ios", "show mac-address-table"),
    "Cisco NX-OS": ("cisco_nxos", "show mac address-table"),
    "Cisco SG300": ("cisco_s300", "show mac address-table"),
    "Arista": ("arista_eos", "show mac address-table"),
    "ProCurve": ("hp_procurve", "show mac-address"),
    "Aruba CX": ("aruba_aoscx", "show mac-address-table"),
    "Comware 5": ("hp_comware", "display mac-address"),
    "VRP": ("huawei_vrp", "display mac-address"),
    "EXOS": ("extreme_exos", "show fdb"),
    "Broadcom ICOS": ("broadcom_icos", "show mac-addr-table"),
    "Avaya ERS": ("avaya_ers", "show mac-address-table"),
    "AlliedWare Plus": ("allied_telesis_awplus", "show mac address-table"),
}
_MAC = ("mac_address", "destination_address")
_PORT = ("port", "ports", "destination_port", "interface")
_VLAN = ("vlan_id", "vid")


def cell(row: dict[str, Any], names: tuple[str, ...]) -> str:
    """The value of a row under the first name that its template has."""
    value = next(row[name] for name in names if name in row)
    return ",".join(value) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_entry_is_read_as_the_templates_read_it(name: str) -> None:
    platform, command = TEMPLATES[name]
    rows: list[dict[str, Any]] = parse_output(platform=platform, command=command, data=MACS[name][0])
    theirs = {(read_mac(cell(row, _MAC)), cell(row, _PORT), cell(row, _VLAN)) for row in rows}
    ours = places(read(MACS[name][0]))
    assert ours
    assert ours <= theirs
