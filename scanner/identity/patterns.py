"""What a pattern is made of, told from its text: the literals it cannot do without, and what could make it slow.

Patterns are matched case-insensitively in ASCII, against one bounded value, in full. A value can match only if it
contains the pattern's longest literal, so most patterns never run. Nested or adjacent unbounded repeats, which an
adversary can turn into minutes, are refused when fingerprints are checked.
"""

from __future__ import annotations

import re
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any

FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL

_CLASS_ESCAPE = frozenset("dDwWsSbBAZ0123456789")


def literals(pattern: str) -> tuple[str, ...]:
    """Runs of plain characters outside groups that every match must contain, lower case, in order.

    Errs on the short side: what it cannot be sure of is left out. A pattern with `|` outside groups has none.
    """
    runs: list[str] = []
    run: list[str] = []
    at, end, depth = 0, len(pattern), 0

    def close() -> None:
        if run:
            runs.append("".join(run).lower())
            run.clear()

    while at < end:
        char = pattern[at]
        if char == "\\":
            following = pattern[at + 1 : at + 2]
            at += 2
            if depth:
                continue
            if following.isalnum():
                close()
                if following not in _CLASS_ESCAPE:
                    continue  # \n, \t, \x41: a break is always right
            else:
                run.append(following)
            continue
        if char == "[":
            at = _after_class(pattern, at)
            if not depth:
                close()
            continue
        at += 1
        if char == "(":
            if not depth:
                close()
            depth += 1
        elif char == ")":
            depth -= 1
        elif depth:
            continue
        elif char == "|":
            return ()
        elif char in "?*{":
            if run:
                run.pop()
            close()
            if char == "{":
                at = pattern.find("}", at) + 1 or end
        elif char == "+" or char in ".^$":
            close()
        else:
            run.append(char)
    close()
    return tuple(runs)


def _after_class(pattern: str, at: int) -> int:
    at += 1
    if pattern[at : at + 1] == "^":
        at += 1
    if pattern[at : at + 1] == "]":
        at += 1
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at + 1


def keywords(pattern: str) -> frozenset[str]:
    """Words (lower case) of which a value must contain at least one for `pattern` to match; `{""}` when there are none.

    Of all such sets the pattern offers, the one whose shortest word is longest.
    """
    return _Words(pattern).alternatives() or frozenset({""})


class _Words:
    """Walks a pattern once. What it does not understand is a break between words, which is always right."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def alternatives(self) -> frozenset[str]:
        """The words of alternatives up to the closing bracket or the end: of all of them, or none at all."""
        found = [self.sequence()]
        while self.pattern[self.at : self.at + 1] == "|":
            self.at += 1
            found.append(self.sequence())
        return frozenset().union(*found) if all(found) else frozenset()

    def sequence(self) -> frozenset[str]:
        """The best set of words that one alternative offers."""
        best: frozenset[str] = frozenset()
        run = ""
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            char, group = self._next()
            optional, repeated = self._quantifier()
            if char and not optional:
                run += char
                if not repeated:
                    continue
            best = _better(best, frozenset({run.lower()}) if run else frozenset())
            run = ""
            if group and not optional:
                best = _better(best, group)
        return _better(best, frozenset({run.lower()}) if run else frozenset())

    def _next(self) -> tuple[str, frozenset[str]]:
        """The next element: a plain character, or the words of a group; neither for anything else."""
        char = self.pattern[self.at]
        self.at += 1
        if char == "\\":
            char = self.pattern[self.at : self.at + 1]
            self.at += 1
            return ("", frozenset()) if char.isalnum() and not self._hex(char) else (char, frozenset())
        if char == "[":
            self.at = _after_class(self.pattern, self.at - 1)
            return "", frozenset()
        if char == "(":
            found = self._group()
            self.at += 1
            return "", found
        return ("", frozenset()) if char in ".^$" else (char, frozenset())

    def _hex(self, char: str) -> bool:
        """Steps over `\\x27`, which is a break like any other escape."""
        if char == "x":
            self.at += 2
        return False

    def _group(self) -> frozenset[str]:
        looks = re.compile(r"\?(?:P<\w+>|:|(<?[=!]))").match(self.pattern, self.at)
        if looks:
            self.at = looks.end()
        found = self.alternatives()
        return frozenset() if looks and looks[1] else found

    def _quantifier(self) -> tuple[bool, bool]:
        """Whether the last element may be missing, and whether it may come more than once."""
        found = re.compile(r"([?*+]|\{(\d*)(,?)(\d*)\})[?+]?").match(self.pattern, self.at)
        if not found:
            return False, False
        self.at = found.end()
        return found[1] in "?*" or (found[2] is not None and int(found[2] or 0) == 0), True


def _better(a: frozenset[str], b: frozenset[str]) -> frozenset[str]:
    """Of two sets of words the one that lets fewer values through: longer words, then fewer."""
    return max(a, b, key=lambda words: (min(map(len, words), default=0), -len(words)))


def weight(pattern: str) -> int:
    """How many plain characters a match must have: how specific the pattern is."""
    return sum(len(run) for run in literals(pattern))


#: A repeat with more than this many turns counts as unbounded.
_MANY = 64
#: A run of any characters that may be longer than this counts as wide.
_LONG = 256


def slow(pattern: str) -> str | None:
    """Why an adversary could make `pattern` slow, in words for its author; None when it cannot be told to be.

    Refused: a repeat inside a repeat, both without a small bound, and three or more neighbouring wide repeats that
    can eat the same characters.
    """
    parsed = sre_parse.parse(pattern, FLAGS)
    if _nested(parsed, inside=False):
        return "a repeat inside a repeat can take exponential time: write the inner one with a bound, or without it"
    if _wide(parsed) > 3:
        return "more than three `.*` in one pattern take quadratic time and worse: name what stands between them"
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
    """Repeats of "any character" (or nearly) beyond a few hundred."""
    count = 0
    for op, value in parsed:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] > _LONG:
            inner = value[2]
            if len(inner) == 1 and inner[0][0] in (sre.ANY, sre.NOT_LITERAL):
                count += 1
                continue
        count += sum(_wide(child) for child in _children(op, value))
    return count
