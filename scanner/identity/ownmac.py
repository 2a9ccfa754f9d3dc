"""The MAC of a device that stands in its product text, in the notations that devices print."""

from __future__ import annotations

import re

from scanner.core.text import identifying_mac, mac
from scanner.identity.models import Models
from scanner.identity.registry import Registry

#: Shortest product text with a MAC, in characters: a maker, a model and a MAC.
SHORTEST = 16
_HEX = "[0-9A-Fa-f]"
#: Behind the word MAC, or where no longer number, name or identifier surrounds it; in groups, or bare.
_MAC = re.compile(
    r"(?:(?<=MAC[:=-])|(?<=MAC: )|(?<=SN[:=])|(?<=SN: )|(?<=Serial[:=])|(?<![0-9A-Za-z:.])(?<![0-9A-Fa-f]{4}-))"
    rf"(?:(?P<pairs>{_HEX}{{2}}(?:(?::{_HEX}{{2}}){{5}}|(?:-{_HEX}{{2}}){{5}}))"
    rf"|(?P<other>{_HEX}{{2}}(?: {_HEX}{{2}}){{5}}|{_HEX}{{4}}(?:(?:\.{_HEX}{{4}}){{2}}|(?:-{_HEX}{{4}}){{2}})"
    rf"|{_HEX}{{6}}[-:]{_HEX}{{6}}|{_HEX}{{12}}))"
    r"(?![0-9A-Za-z]|[:.-][0-9A-Fa-f]{2})",
    re.ASCII,
)

#: What every MAC contains: found in less time.
_HINT = re.compile(
    rf"{_HEX}{{2}}(?:{_HEX}{{2}}(?:[-.]{_HEX}{{4}}[-.]{_HEX}{{4}}|{_HEX}{{2}}[-:]?{_HEX}{{6}})"
    rf"|(?:[: -]{_HEX}{{2}}){{5}})",
    re.ASCII,
)


def own_mac(value: str, maker: str, models: Models, registry: Registry) -> str | None:
    """The MAC in a value that names `maker`: in pairs, or in any notation with a prefix of that maker; else None.

    At the end of the value, a bare one with a letter is read whatever its prefix.
    """
    if not _HINT.search(value):
        return None
    for found in _MAC.finditer(value):
        address = mac(found[0])
        if address is None or not identifying_mac(address):
            continue
        if found["pairs"]:
            return address
        at_the_end = found.start() > 0 and found.end() == len(value.rstrip(")]"))
        if at_the_end and len(found[0]) == 12 and not found[0].isdigit():
            return address
        assigned = registry.by_mac(address)
        if assigned and assigned.maker in models.family(maker):
            return address
    return None
