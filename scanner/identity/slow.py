"""Patterns that an adversary could make slow: repeats inside repeats, and too many that match any character.

Such patterns are refused when fingerprints are checked, and when a user's folder is loaded.
"""

from __future__ import annotations

from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any

from scanner.identity.patterns import FLAGS

#: A repeat of more than this many times counts as unbounded.
_MANY = 64
#: A run of any characters that may be longer than this counts as wide.
_LONG = 256


def slow(pattern: str) -> str | None:
    """Why `pattern` may be slow, in words for its author; None when no reason is found.

    Refused: a repeat inside a repeat, both without a small bound, and more than three wide repeats of any character.
    """
    parsed = sre_parse.parse(pattern, FLAGS)
    if _nested(parsed, inside=False):
        return "a repeat inside a repeat can take exponential time: bound the inner one, or remove it"
    if _wide(parsed) > 3:
        return "more than three `.*` in one pattern take quadratic time or worse: match what is between them"
    return None


def _children(op: Any, value: Any) -> list[Any]:
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return [value[2]]
    if op is sre.SUBPATTERN:
        return [value[3]]
    if op is sre.BRANCH:
        return list(value[1])
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    if op is sre.ATOMIC_GROUP:
        return [value]
    return []


def _nested(parsed: Any, inside: bool) -> bool:
    for op, value in parsed:
        unbounded = op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] > _MANY
        if unbounded and inside:
            return True
        if any(_nested(child, inside or unbounded) for child in _children(op, value)):
            return True
    return False


def _wide(parsed: Any) -> int:
    """The number of repeats of any character, or of all but one, that may be longer than `_LONG`."""
    count = 0
    for op, value in parsed:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] > _LONG:
            inner = value[2]
            if len(inner) == 1 and inner[0][0] in (sre.ANY, sre.NOT_LITERAL):
                count += 1
                continue
        count += sum(_wide(child) for child in _children(op, value))
    return count
