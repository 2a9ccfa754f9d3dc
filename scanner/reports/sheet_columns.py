"""The columns of a worksheet: what kind of value each has, their order, their widths, and those that are printed.

A printed page has the first columns, as many as fit on a landscape page of A4 or Letter in a size that can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from scanner.reports.labels import heading

#: Columns of numbers. All others are text, whatever their digits: serial numbers and extensions keep their zeros.
NUMBERS = frozenset(
    {"devices", "sites", "confidence", "misses", "conflicts", "vlan", "scan", "first_scan", "last_scan", "id", "days"}
)
#: Columns of times, in UTC.
TIMES = frozenset({"time", "first_seen", "last_seen", "since", "until"})
#: Columns of sentences: the last ones of a sheet of devices, which are not printed.
SENTENCES = frozenset({"reason"})
#: Widest column in characters; longer texts are wrapped.
WIDEST = 40
#: Characters that the button of a filter covers in a heading, and least characters of a column.
_BUTTON, _NARROWEST = 3, 6
#: A column of n characters has so many pixels per character and beside them, at 96 in an inch (18.3.1.13 col).
_CHARACTER, _PADDING = 7, 5
#: Inches between the margins of a landscape page of Letter, which is the narrower one; margins of a page.
MARGIN = 0.4
_PAPER = 11 - 2 * MARGIN
#: Least scale of a printed sheet: text of 11 points has 7.3 then.
_SCALE = 0.66
#: Columns of devices by importance; the others follow in their order.
_IMPORTANT = (
    "ip", "manufacturer", "model", "firmware", "certified_firmware", "status", "site", "mac", "switch", "switch_port",
    "hostname", "vlan", "last_seen", "compliance", "serial",
)  # fmt: skip
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_EPOCH = datetime.fromisoformat("1899-12-30T00:00:00Z")


def ordered(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns in the order of a sheet: those of devices by importance, others as they are, sentences last."""
    found = [column for column in columns if column not in SENTENCES]
    if tuple(columns[:2]) == ("site", "ip"):
        found.sort(key=lambda column: _IMPORTANT.index(column) if column in _IMPORTANT else len(_IMPORTANT))
    return (*found, *(column for column in columns if column in SENTENCES))


def title(column: str) -> str:
    """The heading of a column."""
    return f"{heading(column)} (UTC)" if column in TIMES else heading(column)


def number(value: object) -> int | float | None:
    """A value of a column of numbers; None for one that is a text, such as a VLAN with a name or with zeros."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value if abs(value) < 1e15 else None  # also what is not a number
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else None


@lru_cache(maxsize=16_384)
def serial_time(text: str) -> float | None:
    """A time of the inventory as days since 1899-12-30, in UTC; None for another text, or a time before 1900."""
    try:
        days = (datetime.fromisoformat(text) - _EPOCH).total_seconds() / 86_400
    except (ValueError, TypeError):
        return None
    return days if days >= 61 else None  # the calendar of spreadsheets has a 29 February 1900


def serial_date(text: str) -> float | None:
    """A date such as `2026-11-23` as days since 1899-12-30; None for another text."""
    return serial_time(f"{text}T00:00:00Z")


def width(column: str, longest: int) -> int:
    """The width of a column in characters, whose longest value has so many."""
    if column in SENTENCES:
        return 2 * WIDEST
    return max(_NARROWEST, len(title(column)) + _BUTTON, min(longest + 1, WIDEST + 1))


def printed(widths: Iterable[int]) -> int:
    """The number of the first columns with these widths, in characters, that fit on a page."""
    left, count = _PAPER * 96 / _SCALE, 0
    for each in widths:
        left -= each * _CHARACTER + _PADDING
        if left < 0:
            break
        count += 1
    return max(1, count)
