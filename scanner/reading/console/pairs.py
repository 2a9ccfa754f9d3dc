"""Lines of details → labels with their values, whichever sign stands between them.

Most systems print `label: value`; Alcatel prints `label = value,`, Allied Telesis a row of dots, FortiOS the number of
the neighbour before each label, and Avaya two or three pairs a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.reading.console.labels import key_of

#: Longest label, in characters.
LABEL = 48
_DOTTED = re.compile(r"(?P<label>[^.:=]{2,44}?) ?\.{2,60} ?(?P<value>.*)")
_EQUAL = re.compile(r"(?P<label>[^=:]{2,44}?)\s{0,40}= (?P<value>.*?),?")
#: `Chassis 64:16:7f:12:34:56, Port 1/1:` of Alcatel.
_CHASSIS = re.compile(r"\s{0,8}Chassis (?P<chassis>\S{1,64}), Port (?P<port>.{1,64}):")
#: FortiOS: the number of the neighbour, and names of values with dots and numbers of addresses.
_NUMBERED = re.compile(r"\d{1,4} (?=[a-z])|\.\d{1,3}(?=[.:]|$)")
#: Another pair behind a value: after two blanks or a comma, or in parentheses.
_ANOTHER = re.compile(r"(?:\s{2,80}|,\s|\s\()(?P<label>[A-Z][\w /().-]{1,40}?)\s{0,20}:(?=\s|$)")
#: Values that are text of any form.
_FREE = frozenset({"system-description", "version"})

Pair = tuple[str, str]


def pairs(text: str) -> Sequence[Pair]:
    """The labels of a line that are read (names of `labels`), with their values; none for another line."""
    label, colon, value = text.partition(":")
    if not colon or ".." in label or "=" in label or len(label) > LABEL:
        return _of_other_signs(text)
    key = key_of(label)
    if key is None:
        if label[:1].isdigit():
            key = key_of(f"lldprx {_NUMBERED.sub('', label)}")
        if key is None:
            return _of_other_signs(text) if label.lstrip().startswith("Chassis ") else ()
    if key not in _FREE and ("  " in value or " (" in value or ", " in value):
        return _several(key, value)
    return ((key, value.strip()),)


def _several(key: str, value: str) -> Sequence[Pair]:
    found: list[Pair] = []
    at = 0
    for each in _ANOTHER.finditer(value):
        another = key_of(each["label"]) or ("passed" if key == "port" and each[0].startswith("  ") else None)
        if another:
            found.append((key, value[at : each.start()].strip(" \t,")))
            key, at = another, each.end()
    rest = value[at:].strip()
    return [*found, (key, rest.removesuffix(")") if found and "(" not in rest else rest)]


def _of_other_signs(text: str) -> Sequence[Pair]:
    if found := _CHASSIS.fullmatch(text):
        return (("chassis", found["chassis"]), ("port-id", found["port"]))
    if not (".." in text or "= " in text):
        return ()
    found = _DOTTED.fullmatch(text) or _EQUAL.fullmatch(text)
    key = key_of(found["label"]) if found else None
    return ((key, found["value"].strip()),) if found and key else ()
