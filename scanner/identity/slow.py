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
#: A repeat of at most this many times is short, whatever its body.
_FEW = 16


def slow(pattern: str) -> str | None:
    """Why `pattern` may be slow, in words for its author; None when no reason is found.

    Refused: a repeat inside a repeat, both without a small bound; a long repeat of what can match in several ways; and
    more than three wide repeats of any character or of overlapping classes.
    """
    parsed = sre_parse.parse(pattern, FLAGS)
    if _nested(parsed, inside=False):
        return "a repeat inside a repeat can take exponential time: bound the inner one, or remove it"
    if _ambiguous(parsed):
        return (
            f"a repeat of more than {_FEW} alternatives or optional parts can take exponential time: repeat "
            "one class of characters, or bound the repeat"
        )
    if _wide(parsed) > 3:
        return "more than three `.*` or `\\w*` take quadratic time or worse: bound them, or match what is between them"
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


def _ambiguous(parsed: Any) -> bool:
    """Whether a repeat of more than `_FEW` times has a body that can match one text in several ways."""
    for op, value in parsed:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] > _FEW and _several_ways(value[2]):
            return True
        if any(_ambiguous(child) for child in _children(op, value)):
            return True
    return False


def _several_ways(body: Any) -> bool:
    """Whether a text may be divided into repeats of `body` in several ways: it may be empty, or has alternatives."""
    if body.getwidth()[0] == 0:
        return True
    for op, value in body:
        if op is sre.BRANCH and not _begin_differently(value[1]):
            return True
        if any(_several_ways(child) for child in _children(op, value) if op in (sre.SUBPATTERN, sre.ATOMIC_GROUP)):
            return True
    return False


def _begin_differently(alternatives: Any) -> bool:
    """Whether alternatives begin with different literal characters, so that one of them at most matches."""
    firsts = [one[0] if len(one) else None for one in alternatives]
    literals = [first[1] for first in firsts if first is not None and first[0] is sre.LITERAL]
    return len(literals) == len(firsts) == len({chr(code).lower() for code in literals})


def _wide(parsed: Any) -> int:
    """The number of repeats of any character, all but one, or a class of characters that may be longer than `_LONG`."""
    count = 0
    for op, value in parsed:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] > _LONG:
            inner = value[2]
            unbounded = value[1] is sre.MAXREPEAT and inner[0][0] in (sre.IN, sre.CATEGORY)
            if len(inner) == 1 and (unbounded or inner[0][0] in (sre.ANY, sre.NOT_LITERAL)):
                count += 1
                continue
        count += sum(_wide(child) for child in _children(op, value))
    return count
