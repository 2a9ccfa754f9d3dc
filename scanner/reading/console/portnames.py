"""Names of ports on a console: which words are one, and one form for the spellings of the same port.

The tables of one switch differ: `GigabitEthernet1/0/3`, `Gi1/0/3`, `Gig 1/0/3`; `GE1/0/3`; `ge-0/0/3.0` and `ge-0/0/3`.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Types of interfaces that no cable is connected to: the switch itself, VLANs, tunnels.
_VIRTUAL = re.compile(
    r"(?:vl(?:an)?|bdi|bvi|lo(?:opback)?|tu(?:nnel)?|null?|nve|vx(?:lan)?|vtep|sup-eth|cpu|irb|bridge|mgmt|ma(?:nagement)?|inband)"
    r"[ .-]?\d{0,6}(?:[./]\d{1,6}){0,3}(?:\(\S{0,40}\))?",
    re.IGNORECASE,
)
_NUMBERS = r"\d{1,5}(?:[/:.]\d{1,5}){0,4}"
#: Huawei's CE series begins with the speed: `10GE1/0/7`.
_TYPED = re.compile(rf"(?:\d{{1,3}}(?=GE))?[A-Za-z](?:[A-Za-z]|-(?=[A-Za-z])){{0,30}}[ -]?{_NUMBERS}")
_SLOTTED = re.compile(r"\d{1,5}(?:[/:]\d{1,5}){1,3}(?:\.\d{1,5})?|\d{1,3}:[A-Za-z]\d{1,3}|\d/[A-Z]\d{1,2}")
_OF_MODULE = re.compile(r"[A-Z]{1,2}\d{1,3}")
_CLOCK = re.compile(r"\d{1,5}:\d{2}:\d{2}")
#: Types as CDP and some consoles print them, before a blank and the numbers.
_ABBREVIATED = re.compile(
    r"(?:Gig|Fas|Ten|Two|Fiv|Twe|For|Hun|Eth|Gi|Fa|Te|Tw|Fo|Hu|Po|GigabitEthernet|FastEthernet|TenGigabitEthernet|"
    r"fortyGigE|TenGigE|ethernet|Port-channel|LAG|lag|Slot|port)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(_NUMBERS)
#: Types that do not abbreviate each other, by their letters.
_TYPES = {
    "ge": "gi", "fe": "fa", "xe": "te", "xge": "te", "xgigabitethernet": "te", "mge": "gi", "po": "po",
    "portchannel": "po", "bridgeaggregation": "bagg", "bagg": "bagg", "ethtrunk": "trunk",
}  # fmt: skip


def is_port(text: str) -> bool:
    """Whether a word is the name of a port to which a device can be connected, and no plain number."""
    return (
        len(text) <= 40
        and (_TYPED.fullmatch(text) or _SLOTTED.fullmatch(text) or _OF_MODULE.fullmatch(text)) is not None
        and _VIRTUAL.fullmatch(text) is None
        and _CLOCK.fullmatch(text) is None
    )


def is_type(text: str) -> bool:
    """Whether a word is a type of interface that stands before its numbers with a blank: `Gig 1/0/3`, `Te 1/1`."""
    return len(text) <= 20 and _ABBREVIATED.fullmatch(text) is not None


def is_numbers(text: str) -> bool:
    """Whether a word is the numbers of a port."""
    return len(text) <= 30 and _NUMBERED.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def key(name: str) -> tuple[str, str]:
    """The same value for all spellings of one port of one switch: short type, and numbers."""
    name = name.strip().casefold()
    if "/" in name:
        name = name.partition(".")[0]
    numbers = re.search(r"[0-9][0-9/:.]*\Z", name)
    letters = "".join(re.findall(r"\d+(?=ge\d)|[a-z]+", name[: numbers.start()] if numbers else name))
    return _TYPES.get(letters, letters[:2]), numbers[0] if numbers else ""
