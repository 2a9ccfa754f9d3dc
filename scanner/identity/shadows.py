"""Shadows of patterns: what a pattern may match, as far as the outline of a value shows it.

In an outline every number is `0`. The shadow of a pattern matches the outline of every value that the pattern matches,
and of some others; where it does not match, the pattern matches no value with that outline.
"""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any

from scanner.identity.patterns import FLAGS

_DIGITS = "0123456789"
_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


class _Unsupported(Exception):
    """An element that has no shadow."""


@lru_cache(maxsize=4096)
def shadow(pattern: str) -> re.Pattern[str] | None:
    """The shadow of a pattern, compiled; None where an element of the pattern has none."""
    try:
        return re.compile(_sequence(sre_parse.parse(pattern, FLAGS)), FLAGS)
    except _Unsupported:
        return None


def _sequence(parsed: Any) -> str:
    return "".join(_element(op, value) for op, value in parsed)


def _element(op: Any, value: Any) -> str:
    if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        return _repeated(op, value, 1, 1)
    if op in _REPEATS:
        low, high, inner = value
        if len(inner) == 1 and inner[0][0] in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            return _repeated(inner[0][0], inner[0][1], low, high)
        return f"(?:{_sequence(inner)}){_times(0, high)}"
    if op is sre.SUBPATTERN:
        return f"(?:{_sequence(value[3])})"
    if op is sre.BRANCH:
        return f"(?:{'|'.join(_sequence(branch) for branch in value[1])})"
    if op is sre.ATOMIC_GROUP:
        return f"(?:{_sequence(value)})"
    if op in (sre.ASSERT, sre.ASSERT_NOT, sre.AT):
        return ""
    raise _Unsupported


def _repeated(op: Any, value: Any, low: int, high: int) -> str:
    """One character or class with its repeat: one number of the value is one `0`, and may be part of a neighbour's."""
    text = _single(op, value)
    own = re.compile(text, FLAGS)
    digits = [digit for digit in _DIGITS if own.fullmatch(digit)]
    if not digits:
        return text + _times(low, high)
    if op is sre.LITERAL or text in (r"[\d]", "[0-9]"):
        return "0?"
    return (text if "0" in digits else f"(?:{text}|0)") + _times(0, high)


def _times(low: int, high: int) -> str:
    if (low, high) == (1, 1):
        return ""
    return f"{{{low},}}" if high is sre.MAXREPEAT else f"{{{low},{high}}}"


def _single(op: Any, value: Any) -> str:
    if op is sre.ANY:
        return "."
    if op is sre.LITERAL:
        return re.escape(chr(value))
    if op is sre.NOT_LITERAL:
        return f"[^{_in_class(chr(value))}]"
    return f"[{''.join(_class_item(*item) for item in value)}]"


def _class_item(op: Any, value: Any) -> str:
    if op is sre.NEGATE:
        return "^"
    if op is sre.LITERAL:
        return _in_class(chr(value))
    if op is sre.RANGE:
        return f"{_in_class(chr(value[0]))}-{_in_class(chr(value[1]))}"
    if op is sre.CATEGORY:
        return _CATEGORIES[value]
    raise _Unsupported


def _in_class(char: str) -> str:
    return char if char.isalnum() else "\\" + char
