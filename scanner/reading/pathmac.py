"""The mac of a phone in the path of its request for a configuration, as opposed to other digits.

Twelve hex digits are a date (`/backup/202611291200.xml`), an account number or a digest as often as a mac. They are a
mac where a listed maker has their prefix; else where phones put theirs, alone or behind `-`, `_`, `SEP` or the like and
before the end of a configuration's name, with letters among the digits and a prefix that the IEEE may have assigned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from scanner.core.text import identifying_mac
from scanner.core.text import mac as read_mac

#: Longest path that is searched, in characters.
PATH = 4096
#: `y000000000058.cfg` is common to all Yealink phones of a model: its digits are not a mac.
_NUMBERED = "00:00:00:00:"

_PAIRS = re.compile(
    r"(?<![0-9A-Za-z:.-])(?:[0-9A-Fa-f]{2}([-:_]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Za-z:])"
    r"|(?<![0-9A-Za-z.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![0-9A-Za-z])"
)
#: Twelve digits, perhaps behind letters: `SEP…` and `ATA…` (Cisco), `cfg…` (Grandstream), `spa…` (Linksys).
_BARE = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{0,12}?([0-9A-Fa-f]{12})(?![0-9A-Za-z])")
#: Where phones put their mac: at the start of a name or value; behind it, the end of a configuration's name.
_BEFORE = re.compile(r"(?:^|[/=_-])[A-Za-z]{0,12}$")
_CONFIGURATION = r"(?:cfg|cnf|conf|config|xml|ini|boot|txt|dat|json|log|html?|enc|tuz|sec|php|cgi|csv)(?:$|[?&#/ ])"
_AFTER = re.compile(
    rf"(?:[-_.][A-Za-z0-9_-]{{1,24}}){{0,3}}\.{_CONFIGURATION}|/[A-Za-z0-9_-]{{1,40}}\.{_CONFIGURATION}"
)
_NAMED = re.compile(r"[?&;/]mac(?:[-_]?addr(?:ess)?)?=$", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}")


def mac_in_path(path: str, listed: Callable[[str], bool]) -> str | None:
    """The mac in the path of a request, None where it contains none; `listed`: whether a maker has a mac's prefix."""
    likely = None
    for text, place in _candidates(path[:PATH]):
        found = read_mac(text.replace("_", "-"))
        if found is None or not identifying_mac(found) or found.startswith(_NUMBERED):
            continue
        digits = found.replace(":", "")
        if place == "named" or (listed(found) and not _DATE.fullmatch(digits)):
            return found
        assigned = place == "pairs" or (place == "name" and not int(digits[:2], 16) & 2)
        if likely is None and assigned and not digits.isdigit():
            likely = found
    return likely


def _candidates(path: str) -> Iterator[tuple[str, str]]:
    """(digits, where they are) of each text that may be a mac: `named`, in `pairs`, as a `name`, or anywhere ("")."""
    if "%" in path:
        path = unquote(path)
    for found in _PAIRS.finditer(path):
        yield found[0], "named" if _NAMED.search(path, 0, found.start()) else "pairs"
    for found in _BARE.finditer(path):
        start, end = found.span(1)
        before = path[max(0, start - 16) : start]
        name = "name" if _BEFORE.search(before) and _AFTER.match(path, end) else ""
        yield found[1], "named" if _NAMED.search(before) else name
