"""Lines of details → labels with their values, whichever sign stands between them.

Most systems print `label: value`; Alcatel prints `label = value,`, Allied Telesis a row of dots, FortiOS the number of
the neighbour before each label, and Avaya two or three pairs a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from scanner.reading.console.labels import key_of

#: Longest label, in characters.
LABEL = 48
_DOTTED = re.compile(r"(?P<label>[^.:=]{2,44}?) ?\.{2,60} ?(?P<value>.*)")
_EQUAL = re.compile(r"(?P<label>[^=:]{2,44}?)\s{0,40}= (?P<value>.*?),?")
#: `Chassis 64:16:7f:12:34:56, Port 1/1:` of Alcatel.
_CHASSIS = re.compile(r"\s{0,8}Chassis (?P<chassis>\S{1,64}), Port (?P<port>.{1,64}):")
#: What a line of these has.
_OTHER_SIGNS = re.compile(r" = |\.\.|\s{0,8}Chassis \S")
#: FortiOS: the number of the neighbour, and names of values with dots and numbers of addresses.
_NUMBERED = re.compile(r"\d{1,4} (?=[a-z])|\.\d{1,3}(?=[.:]|$)")
#: Another pair behind a value: after two blanks; where the value is in the switch's own words, also behind a comma or
#: in parentheses.
_ANOTHER = re.compile(r"(?P<between>\s{2,80}|,\s|\s\()(?P<label>[A-Z][\w /().-]{1,40}?)\s{0,20}:(?=\s|$)")
#: Values that are text of any form, and those of the switch's own words.
_FREE = frozenset({"system-description", "version", "port-description", "system-name"})
_OWN = frozenset({"port", "chassis", "platform", "port-id"})

Pair = tuple[str, str]


def pairs(text: str) -> Sequence[Pair]:
    """The labels of a line that are read (names of `labels`), with their values; none for another line."""
    label, colon, value = text.partition(":")
    key = _key(label) if colon and len(label) <= LABEL else None
    if key is None:
        return _of_other_signs(text) if _OTHER_SIGNS.search(text) else ()
    value = value.strip()
    if key not in _FREE and ("  " in value or " (" in value or ", " in value):
        return _several(key, value)
    return ((key, value),)


@lru_cache(maxsize=4096)
def _key(label: str) -> str | None:
    if ".." in label or "=" in label:
        return None
    return key_of(label) or (key_of(f"lldprx {_NUMBERED.sub('', label)}") if label[:1].isdigit() else None)


def _several(key: str, value: str) -> Sequence[Pair]:
    found: list[Pair] = []
    at = 0
    for each in _ANOTHER.finditer(value):
        blanks = len(each["between"]) > 1 and each["between"].isspace()
        another = key_of(each["label"]) or ("passed" if key == "port" and blanks else None)
        if another and (blanks or key in _OWN):
            found.append((key, value[at : each.start()].strip(" \t,")))
            key, at = another, each.end()
    rest = value[at:].strip()
    return [*found, (key, rest.removesuffix(")") if found and "(" not in rest else rest)]


def _of_other_signs(text: str) -> Sequence[Pair]:
    if found := _CHASSIS.fullmatch(text):
        return (("chassis", found["chassis"]), ("port-id", found["port"]))
    found = _DOTTED.fullmatch(text) or _EQUAL.fullmatch(text)
    key = key_of(found["label"]) if found else None
    return ((key, found["value"].strip()),) if found and key else ()
