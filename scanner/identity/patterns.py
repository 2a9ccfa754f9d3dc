"""Regular expressions of rules: how they are compiled, and the words that a value must contain to match.

Patterns are matched case-insensitively in ASCII, against one bounded value, in full. A value can match only if it
contains one of the pattern's keywords, so most patterns are never run.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scanner.core.patterns import checked_pattern

FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL


@lru_cache(maxsize=16_384)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled at its first use: most patterns are never run. The cache has room for all of them."""
    return checked_pattern(pattern, FLAGS)


def literals(pattern: str) -> tuple[str, ...]:
    """Runs of plain characters outside groups that every match must contain, in lower case and in order.

    A run that is not certain is left out. A pattern with `|` outside groups has none.
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
                if following == "x":
                    at += 2
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

    Of all such sets in the pattern, the one whose shortest word is longest.
    """
    return _Words(pattern).alternatives() or frozenset({""})


class _Words:
    """A single pass over a pattern. An unsupported element ends the word, which is always correct."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def alternatives(self) -> frozenset[str]:
        """The words of all alternatives up to the closing bracket or the end; none where one of them has none."""
        found = [self.sequence()]
        while self.pattern[self.at : self.at + 1] == "|":
            self.at += 1
            found.append(self.sequence())
        return frozenset().union(*found) if all(found) else frozenset()

    def sequence(self) -> frozenset[str]:
        """The most selective set of words of one alternative."""
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
        """Skips the digits of `\\x27`, which ends a word as any other escape does."""
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
    """The more selective of two sets of words: longer words first, then fewer."""
    return max(a, b, key=lambda words: (min(map(len, words), default=0), -len(words)))


def weight(pattern: str) -> int:
    """How many plain characters a match must have: how specific the pattern is."""
    return sum(len(run) for run in literals(pattern))
