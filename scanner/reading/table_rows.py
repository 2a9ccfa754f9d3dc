"""A row of a table of a manager → observations: the mac among several, the address, the time of its last contact."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from scanner.core.address import address
from scanner.core.model import Observation
from scanner.core.named_source import names_subject
from scanner.core.numbers import whole
from scanner.core.text import bounded, identifying_mac, utc
from scanner.core.text import mac as read_mac
from scanner.reading.items import Context, Item, Problem
from scanner.reading.table_columns import PARTS

#: Longest cell that is searched for macs, addresses and times, in characters.
CELL = 1000
_NOTHING = frozenset({"", "-", "--", "n/a", "na", "none", "null", "nil", "unknown", "not available", "undefined", "0"})
#: A mac within a cell: `001565AABBCC;001565AABBCD`, `Ethernet:00-15-65-AA-BB-CC`.
_MACS = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{1,2}([:-]))(?:[0-9A-Fa-f]{1,2}\1){4}[0-9A-Fa-f]{1,2}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{4}([.:-])[0-9A-Fa-f]{4}\2[0-9A-Fa-f]{4}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])(?:0x|SEP|sep)?[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2} ){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])"
)
#: A mac that a spreadsheet took for a number: rounded, or without the zeros in front.
_ROUNDED, _SHORTENED = re.compile(r"\d[.,]\d{1,14}E\+?\d{1,2}", re.I), re.compile(r"[0-9A-Fa-f]{8,11}")
#: Values below this length are cached: a table has few makers, models and versions.
_SHORT = 100
_UNSTORED = frozenset({"last-seen", "name"})
#: What may follow an address: a port, or the length of its prefix, except that of a network.
_BEHIND = re.compile(r"(?<=\.)([1-9]\d{0,2}|0(?=:))(?::\d{1,5}|/\d{1,2})\Z")
_BETWEEN = re.compile(r"[\s;,|]+")
_TIMES = (
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%b %d, %Y %I:%M:%S %p", "%b %d, %Y %I:%M %p", "%b %d, %Y",
    "%d %b %Y %H:%M:%S", "%d %b %Y",
)  # fmt: skip


def observations(cells: Sequence[tuple[str, str]], number: int, context: Context) -> Iterator[Item]:
    """The observations of a row, (part, text) in the order in which they count; a Problem for one of no device."""
    values: dict[str, str] = {}
    own_mac = ip = None
    lost = ""
    for part, text in cells:
        if part == "mac":
            own_mac = own_mac or _mac(text)
            lost = text.strip() if own_mac is None and _is_number(text.strip(), context) else lost
        elif part == "ip":
            ip = ip or _ip(text)
        elif part not in values and (value := _value(text) if len(text) < _SHORT else bounded(text)):
            values[part] = value
    serial = values.get("serial", "")
    if own_mac is None:  # the serial number of a Poly phone is its mac, and CUCM names a phone SEP…
        named = next((one for part in ("name", "hostname") if (one := values.get(part, ""))[:3].upper() == "SEP"), "")
        found = _mac(named) or _mac(serial)
        own_mac = found if found and (found != _mac(serial) or context.listed_prefix(found)) else None
    if own_mac is None and lost:
        yield Problem(number, f"the mac {lost!r} is not whole: a spreadsheet took it for a number")
    source = f"manager {context.name}"
    if own_mac is None and ip is None and not names_subject(source := f"{source} serial {serial}"):
        if values.keys() - {*_UNSTORED, "manufacturer"}:
            yield Problem(
                number, "a row without a mac, an address or a serial number of its own, which is of no device"
            )
        return
    time = time_of(values.get("last-seen", ""), context.time) or context.time
    for part, value in values.items():
        if part not in _UNSTORED:
            field = PARTS.get(part, part)
            yield Observation(time=time, ip=ip, mac=own_mac, field=field, value=value, source=source)


def is_undated(cells: Sequence[tuple[str, str]], context: Context) -> bool:
    """Whether a row has a time that cannot be read."""
    return any(
        part == "last-seen" and text.strip().lower() not in _NOTHING and time_of(text, context.time) is None
        for part, text in cells
    )


def identifies(cells: Sequence[tuple[str, str]]) -> bool:
    """Whether a row names a device."""
    return any((part == "mac" and _mac(text)) or (part == "ip" and _ip(text)) for part, text in cells)


def _is_number(text: str, context: Context) -> bool:
    """Whether a cell has what a spreadsheet made of a mac."""
    if _SHORTENED.fullmatch(text):
        return (found := read_mac(text.zfill(12))) is not None and context.listed_prefix(found)
    return _ROUNDED.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def _value(text: str) -> str:
    """The text of a cell, empty where it states that there is none."""
    return "" if text.strip().lower() in _NOTHING else bounded(text)


def _mac(text: str) -> str | None:
    """The first mac of a cell that can identify a device: a phone with several has that of its Ethernet port first."""
    for found in _MACS.finditer(text[:CELL]):
        one = read_mac(found[0].lower())
        if one is not None and identifying_mac(one):
            return one
    return None


@lru_cache(maxsize=1024)
def _ip(text: str) -> str | None:
    """The first address of a cell that can be a phone's own: a public one is that of the NAT router in front of it."""
    for one in _BETWEEN.split(text[:CELL]):
        if (found := address(_BEHIND.sub(r"\1", one))) is not None:
            parsed = ipaddress.ip_address(found)
            if not (parsed.is_global or parsed.is_loopback or parsed.is_link_local):
                return found
    return None


@lru_cache(maxsize=4096)
def time_of(text: str, latest: str) -> str | None:
    """The time in a cell, UTC where it has no zone, `latest` at most; None where it cannot be read.

    Where day and month can be exchanged, the earlier time counts: what is old must not be taken for new.
    """
    text = text[:CELL].strip()
    if (unix := whole(text, 99_999_999_999_999)) is not None:
        found = [unix // 1000 if unix > 99_999_999_999 else unix] if unix > 99_999_999 else []
        times = [datetime.fromtimestamp(one, UTC) for one in found if one < 253_402_300_800]
    else:
        times = list(_spelled(text))
    spelled = sorted(utc(time) for time in times)
    return min(spelled[0], latest) if spelled else None


def _spelled(text: str) -> Iterator[datetime]:
    try:
        time = datetime.fromisoformat(text)
        yield (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        return
    except (ValueError, OverflowError):
        pass
    for layout in _TIMES:
        try:
            yield datetime.strptime(text.removesuffix(" UTC"), layout).replace(tzinfo=UTC)
        except ValueError:
            continue
