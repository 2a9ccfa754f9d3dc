"""The rules of one field, indexed by the keywords of their patterns: most patterns are never run.

A value is looked up by its outline, in which every number is `0`: values that differ only in their versions share one
outline, and the rules that may match are found once. A keyword has an outline too, which is part of the value's outline
wherever the keyword is part of the value; a keyword with numbers is then searched for in the value itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from scanner.identity.patterns import compiled, keywords, literals
from scanner.identity.rules import Rule
from scanner.identity.shadows import shadow

#: Length of the pieces by which keywords are indexed, in characters.
_GRAM = 3
#: An outline is looked up by pieces where it is shorter than this times the number of keywords, or where there are many
#: keywords: the search for one of them in an outline of one character repeated takes long.
_SCAN_BELOW, _MANY = 8, 64
#: Most outlines cached for a field, and the longest, in characters: a hostile network cannot make the table larger.
_OUTLINES_KEPT = 4096
_OUTLINE_LIMIT = 256
#: An outline that is used as often as this, and is not longer, is compared with the shadows of patterns.
_OFTEN, _SHADOWED = 16, 160

_outlined = re.compile(r"[0-9]+").sub
Matcher = Callable[[str], re.Match[str] | None]
#: The number of a rule, and the keywords of which a value must contain one; None where the outline is sufficient.
_Likely = tuple[tuple[int, tuple[str, ...] | None], ...]
#: Three consecutive characters.
_Gram = tuple[str, str, str]


#: A value, the value in lower case, and its outline, in which every number is `0`.
Outlined = tuple[str, str, str]


def outlined(value: str) -> Outlined:
    """A value with its outline, for any number of indexes."""
    low = value.lower()
    return value, low, _outlined("0", low)


class Candidate(NamedTuple):
    """A rule that may match: its pattern's `fullmatch`, and the keywords of which the value must contain one."""

    rule: Rule
    fullmatch: Matcher
    words: tuple[str, ...] | None


class Candidates:
    """The few rules that may match values of one outline, most specific first, and how often the outline was used."""

    __slots__ = ("last_resorts", "specific", "unchecked", "uses")

    def __init__(self, found: Sequence[Candidate]) -> None:
        self.unchecked = list(found)
        self.uses = 0
        self.keep(found)

    def keep(self, found: Sequence[Candidate]) -> None:
        """Keep these candidates only."""
        self.specific = tuple(one for one in found if not one.rule.last_resort)
        self.last_resorts = tuple(one for one in found if one.rule.last_resort)


class _Word(NamedTuple):
    """One keyword: its outline, the word itself where the outline is not sufficient, and the numbers of its rules."""

    outline: str
    exact: str | None
    rules: list[int]


class _PlainText(NamedTuple):
    """The outlines of the text that every match of a pattern contains: its start, and the rest in order."""

    start: str
    runs: tuple[str, ...]


def _plain_text(pattern: str) -> _PlainText:
    found = literals(pattern)
    runs = tuple(_outlined("0", run) for run in found)
    if found and pattern[0] not in "([\\." and pattern.lower().startswith(found[0]):
        return _PlainText(runs[0], runs[1:])
    return _PlainText("", runs)


class FieldIndex:
    """The rules of one field, most specific first. A pattern is compiled when it is first run."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.rank, rule.name), reverse=True))
        by_keyword: dict[str, list[int]] = {}
        for n, rule in enumerate(self.rules):
            for word in keywords(rule.pattern):
                by_keyword.setdefault(word, []).append(n)
        self._always = by_keyword.pop("", [])
        words = [_word(text, numbers) for text, numbers in by_keyword.items()]
        self._short = [word for word in words if len(word.outline) < _GRAM]
        self._long = [word for word in words if len(word.outline) >= _GRAM]
        self._by_gram = _rarest_grams(self._long)
        self._outlines: dict[str, Candidates] = {}
        self._plain: list[_PlainText | None] = [None] * len(self.rules)
        self._matchers: list[Matcher] = [partial(self._first_match, n) for n in range(len(self.rules))]

    def matches(self, text: Outlined) -> Iterator[tuple[Rule, re.Match[str]]]:
        """All rules that match the whole of a value, most specific first."""
        value, low, outline = text
        for n, words in self._likely(outline):
            if (words is None or has_one(words, low)) and (found := self._matchers[n](value)):
                yield self.rules[n], found

    def candidates(self, outline: str) -> Candidates:
        """The rules that may match values with this outline."""
        found = self._outlines.get(outline)
        if found is None:
            found = self._remember(outline)
        elif found.unchecked:
            found.uses += 1
            if found.uses > _OFTEN and len(outline) <= _SHADOWED:
                _narrow(found, outline)
        return found

    def _first_match(self, n: int, value: str) -> re.Match[str] | None:
        """Compile a pattern at its first use, and match it: in a short run most patterns are never used."""
        self._matchers[n] = compiled(self.rules[n].pattern).fullmatch
        return self._matchers[n](value)

    def _remember(self, outline: str) -> Candidates:
        likely = self._likely(outline)
        found = Candidates([Candidate(self.rules[n], self._matchers[n], words) for n, words in likely])
        if len(outline) <= _OUTLINE_LIMIT:
            if len(self._outlines) >= _OUTLINES_KEPT:
                self._outlines.clear()
            self._outlines[outline] = found
        return found

    def _likely(self, outline: str) -> _Likely:
        """The rules of which a value with this outline may contain a keyword."""
        found: dict[int, tuple[str, ...] | None] = dict.fromkeys(self._always)
        for word in self._words_within(outline):
            for n in word.rules:
                others = found.get(n, ())
                found[n] = None if word.exact is None or others is None else (*others, word.exact)
        return tuple((n, words) for n, words in sorted(found.items()) if self._fits(n, outline))

    def _fits(self, n: int, outline: str) -> bool:
        """Whether a value with this outline may contain the plain text of a rule's pattern, in order."""
        plain = self._plain[n]
        if plain is None:
            plain = self._plain[n] = _plain_text(self.rules[n].pattern)
        if not outline.startswith(plain.start):
            return False
        at = len(plain.start)
        for run in plain.runs:
            at = outline.find(run, max(at - 1, 0))  # a number of the value may end one run and begin the next
            if at < 0:
                return False
            at += len(run)
        return True

    def _words_within(self, outline: str) -> Iterator[_Word]:
        words = self._long
        if len(words) > _MANY or len(outline) < _SCAN_BELOW * len(words):
            grams = self._by_gram.keys() & zip(outline, outline[1:], outline[2:], strict=False)
            words = [word for gram in grams for word in self._by_gram[gram]]
        for word in (*words, *self._short):
            if word.outline in outline:
                yield word


def _narrow(found: Candidates, outline: str) -> None:
    """Compare an outline with the shadow of one more pattern: one at a time, as each shadow is compiled once."""
    one = found.unchecked.pop()
    pattern = shadow(one.rule.pattern)
    fits = pattern is None or pattern.fullmatch(outline) is not None
    instead = [one._replace(fullmatch=compiled(one.rule.pattern).fullmatch)] if fits else []
    every = (*found.specific, *found.last_resorts)
    found.keep([new for old in every for new in (instead if old is one else [old])])


def has_one(words: tuple[str, ...], text: str) -> bool:
    """Whether a text contains one of several words."""
    for word in words:  # noqa: SIM110  # half the time of any()
        if word in text:
            return True
    return False


def _word(text: str, numbers: list[int]) -> _Word:
    outline = _outlined("0", text)
    return _Word(outline, text if outline != text or "0" in text else None, numbers)


def _rarest_grams(words: Sequence[_Word]) -> dict[_Gram, list[_Word]]:
    """Each word by the piece of its outline that the fewest words share."""
    shared = Counter(gram for word in words for gram in set(_grams(word.outline)))
    by_gram: dict[_Gram, list[_Word]] = {}
    for word in words:
        rarest = min(_grams(word.outline), key=lambda gram: (shared[gram], gram))
        by_gram.setdefault(rarest, []).append(word)
    return by_gram


def _grams(text: str) -> Iterator[_Gram]:
    return zip(text, text[1:], text[2:], strict=False)
