"""Names of ports as a switch's ifName has them: some tables of IOS spell the type of an interface in full."""

from __future__ import annotations

import re

from scanner.discovery.switches.ports import Port

_CISCO = {
    "FastEthernet": "Fa", "GigabitEthernet": "Gi", "TwoGigabitEthernet": "Tw", "FiveGigabitEthernet": "Fi",
    "TenGigabitEthernet": "Te", "TwentyFiveGigE": "Twe", "TwentyFiveGigabitEthernet": "Twe",
    "FortyGigabitEthernet": "Fo", "HundredGigE": "Hu", "AppGigabitEthernet": "Ap",
    "Fas": "Fa", "Gig": "Gi", "Ten": "Te", "Two": "Tw", "Fiv": "Fi", "For": "Fo", "Hun": "Hu",
}  # fmt: skip
_NAME = re.compile(r"([A-Z][A-Za-z]{1,24}) ?(\d{1,3}(?:/\d{1,3}){0,2})")


def source_row(port: Port | None) -> str:
    """A port as one word, as sources of observations have it: `switches SWITCH lldp PORT`."""
    return "-".join(port.name.split()) if port and port.name else "-"


def cisco_port(name: str) -> str:
    """`GigabitEthernet1/0/1` and `Gig 1/0/1` as `Gi1/0/1`; other names as they are.

    IOS XR, whose names have four numbers, spells them in full in its ifName.
    """
    found = _NAME.fullmatch(name.strip())
    short = _CISCO.get(found[1]) if found else None
    return f"{short}{found[2]}" if found and short else name.strip()
