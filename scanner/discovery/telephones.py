"""Which senders behave like telephones: in a flood they have precedence over those that do not. Pure.

The prefix of a MAC address is tested by the kernel's filter, signs in a frame before it is decoded, and the decoded
announcement before it is recorded. All three can be forged, so none is an unlimited permission. What a flood of new
senders does not have is a place in the inventory before it, or a frame that is repeated (`discovery.repetition`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from itertools import pairwise

from scanner.discovery.announcement import Announcement
from scanner.wire.ethernet import LLDP

#: Ranks of senders, by which allowances are given: none of both, behaviour, prefix, both.
RANKS = 4
#: Octets of a frame in which signs are looked for, and capability TLVs that are examined.
SEARCHED, TLVS = 1_024, 4
_BEHAVIOUR, _PREFIX = 1, 2
_TAGS = (b"\x81\x00", b"\x88\xa8")
_MED = b"\x00\x12\xbb"  # TIA-1057 10.2: the OUI of LLDP-MED
#: A capability TLV, its length, the offset of its octet with the bit of telephones, and the bit (802.1AB 8.5.8; CDP).
_LLDP_CAPABILITIES, _LLDP_AT, _LLDP_BIT = b"\x0e\x04", 5, 0x20
_CDP_CAPABILITIES, _CDP_AT, _CDP_BIT = b"\x00\x04\x00\x08", 7, 0x80
_CAPABILITIES = {"lldp.capabilities": "telephone", "cdp.capabilities": "phone", "lldp-med.device-class": "endpoint-3"}
_WORD = re.compile(r"[a-z0-9]+")
_MAC = re.compile(r"\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b")  # its digits may spell a model, such as D745


class Standing(IntEnum):
    """What the sender of a frame is apart from its content: new, one that repeats itself, or a known phone."""

    NEW = 0
    REPEATED = 1
    KNOWN = 2


@dataclass(frozen=True)
class Telephones:
    """What is listed of telephones: prefixes of MAC addresses as `aa:bb:cc` or longer, and names in lower case with
    letters and digits alone, of makers whose products are telephones and of models. `known` are the MAC addresses of
    phones of the inventory."""

    prefixes: frozenset[str] = frozenset()
    makers: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    _octets: tuple[bytes, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_octets", tuple(sorted(name.encode() for name in self.makers if len(name) > 3)))

    @cached_property
    def first_octets(self) -> tuple[int, ...]:
        """The first three octets of the prefixes, for the kernel's filter."""
        return tuple(sorted({int(prefix[:8].replace(":", ""), 16) for prefix in self.prefixes}))

    def signs(self, data: bytes) -> bool:
        """Whether a frame shows a telephone without being decoded: a capability, LLDP-MED, or the name of a maker."""
        kind = data[16:18] if data[12:14] in _TAGS else data[12:14]
        if int.from_bytes(kind) == LLDP:
            return _MED in data or _capable(data, _LLDP_CAPABILITIES, _LLDP_AT, _LLDP_BIT) or self._names(data)
        if kind < b"\x06\x00":  # a length: 802.2 LLC, as CDP has it
            return _capable(data, _CDP_CAPABILITIES, _CDP_AT, _CDP_BIT) or self._names(data)
        return self._names(data)

    def rank(self, announcement: Announcement) -> int:
        """The rank of the sender of an announcement, from 0 to `RANKS` - 1."""
        mac = announcement.mac or ""
        listed = not self.prefixes.isdisjoint((mac[:8], mac[:10], mac[:13]))
        return _PREFIX * listed + _BEHAVIOUR * self._behaves(announcement)

    def _behaves(self, announcement: Announcement) -> bool:
        for name, value in announcement.findings:
            word = _CAPABILITIES.get(name)
            if word is not None and word in value.split(","):
                return True
        values = (_MAC.sub(" ", value[:SEARCHED].lower()) for _, value in announcement.findings)
        words = [word for value in values for word in _WORD.findall(value)]
        pairs = (one + other for one, other in pairwise(words))
        return not (self.makers.isdisjoint(words) and self.models.isdisjoint(words) and self.models.isdisjoint(pairs))

    def _names(self, data: bytes) -> bool:
        low = data[:SEARCHED].lower()
        return any(name in low for name in self._octets)


def _capable(data: bytes, tlv: bytes, at: int, bit: int) -> bool:
    """Whether one of the first TLVs that look like capabilities has the bit of telephones."""
    place = data.find(tlv, 14)
    for _ in range(TLVS):
        if place < 0 or place + at >= len(data):
            return False
        if data[place + at] & bit:
            return True
        place = data.find(tlv, place + 1)
    return False
