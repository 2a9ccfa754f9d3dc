"""What a source names where its row has neither a mac nor an address: a serial number, or the port of a switch.

Rows of some managers have a serial number alone, and the table of a switch's power supply a port alone. Their readers
state that at the end of the source: `manager NAME serial 9610000216A`, `switches SWITCH power Gi1/0/9`.
"""

from __future__ import annotations

import re

_SERIAL = re.compile(r"\S.{0,200} serial (\S{6,40})")
_POWER = re.compile(r"switches (\S{1,128}) power (\S.{0,80})")


def serial_in(source: str) -> str | None:
    """The serial number that a source names, as it is spelled."""
    found = _SERIAL.fullmatch(source)
    return found[1] if found else None


def port_in(source: str) -> tuple[str, str] | None:
    """The switch and port that a source names, as they are spelled."""
    found = _POWER.fullmatch(source)
    return (found[1], found[2]) if found else None


def names_subject(source: str) -> bool:
    """Whether a source names what its observations are about."""
    return serial_in(source) is not None or port_in(source) is not None
