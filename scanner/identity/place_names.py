"""Names of switches and ports that differ in spelling alone.

A switch is named with or without its domain, in any case. A port is named by ifName, by ifDescr or by the port number
alone: Gi1/0/3, GigabitEthernet1/0/3, gi3 and "Slot: 0 Port: 3" are one port of one switch.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple

#: Types of ports that do not abbreviate each other, by their spelling without other characters than letters.
_TYPES = {
    "ge": "gigabitethernet",
    "fe": "fastethernet",
    "xe": "tengigabitethernet",
    "xge": "tengigabitethernet",
    "xgigabitethernet": "tengigabitethernet",
    "po": "portchannel",
    "port": "",
    "slotport": "",
    "unitslotport": "",
    "unitport": "",
}
_UNIT = re.compile(r"(?<=\d)\.\d+\Z")  # of a logical interface: ge-0/0/3.0


class PortName(NamedTuple):
    """The type of a port, and its numbers from the stack member to the port."""

    type: str
    numbers: tuple[int, ...]


@lru_cache(maxsize=8192)
def port(spelled: str) -> PortName:
    """The type and numbers in the name of a port."""
    name = _UNIT.sub("", spelled.strip().casefold()) if "/" in spelled else spelled.strip().casefold()
    letters = "".join(re.findall(r"[^\W\d_]+", name))
    return PortName(_TYPES.get(letters, letters), tuple(int(n[:18]) for n in re.findall(r"[0-9]+", name)))


def same_port(one: str, other: str) -> bool:
    """Whether two names may be of one port of one switch."""
    if one.casefold() == other.casefold():
        return True
    a, b = port(one), port(other)
    if not a.numbers or not b.numbers:
        return False
    length = min(len(a.numbers), len(b.numbers))
    return a.numbers[-length:] == b.numbers[-length:] and _same_type(a.type, b.type)


def _same_type(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return not short or long.startswith(short)


def same_switch(one: str, other: str) -> bool:
    """Whether two names are of one switch: equal, or one is the other without its domain."""
    short, long = sorted((one.strip().rstrip(".").casefold(), other.strip().rstrip(".").casefold()), key=len)
    return short == long or (long.startswith(f"{short}.") and not _is_address(long))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
