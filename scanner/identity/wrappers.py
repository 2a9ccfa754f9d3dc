"""What devices and programs write around a product, as in `FileTransport X Type/Application`.

Also `Mozilla/4.0 (compatible; X)`, a MAC or a serial number before or behind the product, and remarks in brackets.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scanner.core.text import identifying_mac, mac

#: Longest value of which a wrapper is taken off, in characters, and most wrappers of one value.
_LONGEST = 512
_MOST = 4
_MAC = (
    r"[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5}|(?: [0-9A-Fa-f]{2}){5})"
    r"|[0-9A-Fa-f]{4}(?:(?:\.[0-9A-Fa-f]{4}){2}|(?:-[0-9A-Fa-f]{4}){2})"
    r"|[0-9A-Fa-f]{6}[-:][0-9A-Fa-f]{6}|[0-9A-Fa-f]{12}"
)
_LABEL = r"(?:(?:MAC|SN|S/N|SER|Serial|DevId|ID)[:=# ]{1,2})?"
#: In the order in which they are tried; `rest` is the text within.
_WRAPPERS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII | re.DOTALL)
    for pattern in (
        r"FileTransport (?P<rest>(?!.*Type/Updater).{3,400}?)(?: Type/\w{1,20})?",
        r"(?P<rest>.{3,400}) Type/Application",
        r"Mozilla/\d\.\d{1,2} \(compatible; (?P<rest>(?!MSIE|Windows)[^()]{3,400}(?:\([^()]{0,80}\)[^()]{0,80})?)\)?",
        r"Mozilla/\d\.\d{1,2} \([^()]{1,120}\) (?P<rest>(?!Gecko|AppleWebKit|Chrome|Trident|like )\S.{2,400})",
        rf"{_LABEL}(?P<mac>{_MAC})[ _:;,/-]{{1,3}}(?P<rest>.{{3,400}})",
        rf"(?P<rest>.{{2,400}}?)[ _;,/-]{{0,3}}[(\[]{_LABEL}(?P<mac>{_MAC})[)\]]",
        rf"(?P<rest>.{{2,400}}?)[ _;,/-]{{1,3}}{_LABEL}(?P<mac>{_MAC})",
        r"(?P<rest>.{3,400}?)[ _;,]{0,2}\((?:SN|S/N|Serial)[:=# ]{1,2}(?P<serial>[0-9A-Za-z-]{3,32})\)",
        r"(?P<rest>.{3,400}?)[ _;,-]{1,3}(?:Webex|wxc|Teams|Zoom|BroadWorks)(?:[ /:_(-].{0,80})?",
        r"(?P<rest>.{3,400}?)[ _;,]{1,3}(?:\([^()]{0,80}\)|\[[^\[\]]{0,80}\])",
    )
)

#: What a value with a wrapper begins with, ends with or contains.
_BEGINNINGS = ("FileTransport ", "Mozilla/")
_MARKS = re.compile("Type/|Webex|wxc|Teams|Zoom|BroadWorks")
_MAC_FIRST = re.compile(r"(?:MAC|[0-9A-Fa-f]{2}[:.-]?[0-9A-Fa-f]{2}[0-9A-Fa-f:. -]{8})")
_MAC_LAST = re.compile(rf".*?(?<![0-9A-Za-z])(?:{_MAC})", re.ASCII | re.DOTALL)


class Unwrapped(NamedTuple):
    """The text within wrappers, and the parts of the identity that the wrappers contain."""

    text: str
    parts: dict[str, str]


def unwrapped(value: str) -> list[Unwrapped]:
    """The texts within the wrappers of a value, one wrapper less each; none where it has no wrapper."""
    found: list[Unwrapped] = []
    parts: dict[str, str] = {}
    while len(found) < _MOST and _may_have_one(value) and (inner := _without_one(value)):
        value, given = inner
        parts = given | parts
        found.append(Unwrapped(value, parts))
    return found


def _may_have_one(value: str) -> bool:
    """Whether a value may have a wrapper, in less time than it takes to match all of them."""
    if not 4 < len(value) <= _LONGEST:
        return False
    if value[-1] in ")]" or value.startswith(_BEGINNINGS) or _MARKS.search(value):
        return True
    last = value[-4:].isalnum() or value[-3] in ":- "
    return bool((last and _MAC_LAST.fullmatch(value, max(len(value) - 18, 0))) or _MAC_FIRST.match(value))


def _without_one(value: str) -> Unwrapped | None:
    for wrapper in _WRAPPERS:
        matched = wrapper.fullmatch(value)
        if matched is None:
            continue
        groups = matched.groupdict()
        parts = {"serial": groups["serial"]} if groups.get("serial") else {}
        if spelled := groups.get("mac"):
            address = mac(spelled)
            if address is None or not identifying_mac(address):
                continue
            if not spelled.isdigit():  # a date and a time may be twelve digits
                parts["mac"] = address
        return Unwrapped(groups["rest"].strip(), parts)
    return None
