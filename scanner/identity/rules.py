"""One fingerprint in the shape in which it is used, and the index that finds the few that may match a value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct

from scanner.core.model import Kind
from scanner.identity.patterns import FLAGS, keywords
from scanner.identity.patterns import weight as plain_characters
from scanner.identity.vendorfile import RuleEntry, VendorFile
from scanner.identity.weigh import directness

#: Rules of a user's folder outrank all of ours, whatever their priority.
USER_BAND = 1

#: What a rule tells at most, best first, with the certainty it has unless it says otherwise.
_CERTAINTY = {"model": 0.95, "family": 0.7, "maker": 0.6, "kind": 0.5, "part": 0.5, "nothing": 0.0}
_GRADE_RANK = {"nothing": 4, "model": 4, "family": 3, "maker": 2, "kind": 1, "part": 1}
_GROUP = re.compile(r"\(\?P<(\w+)>")


#: Length of the pieces under which keywords are found, in characters.
_GRAM = 3
#: A value shorter than this times the number of keywords is cut into pieces; in a longer one each keyword is sought.
_SCAN_BELOW = 8


class Rule(Struct, frozen=True, kw_only=True):
    """One fingerprint, ready to match. `rank` orders rules by how specific they are; equal ranks are a tie.
    `weight` is its certainty times the directness of its field.

    `gives` are the parts given as they stand. `context`: counts only beside other evidence of the maker. `listed`:
    counts only when the model is one that a vendor file lists.
    """

    name: str
    field: str
    pattern: str
    rank: tuple[int, ...]
    grade: str
    maker: str
    kind: Kind
    gives: Mapping[str, str]
    certainty: float
    weight: float
    context: bool = False
    listed: bool = False
    description: str = ""
    basis: str = ""

    def fullmatch(self, value: str) -> re.Match[str] | None:
        """The rule's pattern against a whole value."""
        return compiled(self.pattern).fullmatch(value)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern compiled at its first use: most rules of a run are never reached."""
    return re.compile(pattern, FLAGS)


def rule_of(name: str, field: str, entry: RuleEntry, file: VendorFile, band: int) -> Rule:
    """A [[rule]] of a vendor file for one of its fields."""
    groups = _GROUP.findall(entry.pattern)
    maker = "" if entry.nothing else entry.gives.get("manufacturer", file.manufacturer)
    grade = grade_of(entry, groups, maker)
    specific = 0 if entry.generic else 1
    certainty = entry.certainty if entry.certainty is not None else _CERTAINTY[grade]
    return Rule(
        name=name,
        field=field,
        pattern=entry.pattern,
        rank=(band, entry.priority, specific, _GRADE_RANK[grade], plain_characters(entry.pattern), len(groups)),
        grade=grade,
        maker=maker,
        kind=file.kind,
        gives={} if entry.nothing else dict(entry.gives),
        certainty=certainty,
        weight=certainty * directness(field),
        context=entry.context,
        listed=entry.listed,
        description=entry.description,
        basis=entry.basis,
    )


def grade_of(entry: RuleEntry, groups: Sequence[str], maker: str) -> str:
    """How much a rule tells: model, family, maker, kind, part (firmware, mac, … alone) or nothing."""
    if entry.nothing:
        return "nothing"
    if "model" in groups or "model" in entry.gives:
        return "model"
    if "family" in entry.gives:
        return "family"
    if maker or "manufacturer" in groups:
        return "maker"
    return "kind" if "kind" in entry.gives else "part"


class FieldIndex:
    """The rules of one field, findable by the keywords in a value: most patterns never run.

    `rules` are in order, most specific first. Patterns compile when a value first has one of their keywords.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.rank, rule.name), reverse=True))
        by_keyword: dict[str, list[int]] = {}
        for n, rule in enumerate(self.rules):
            for word in keywords(rule.pattern):
                by_keyword.setdefault(word, []).append(n)
        self._always = tuple(by_keyword.pop("", ()))
        self._short = [(word, found) for word, found in by_keyword.items() if len(word) < _GRAM]
        self._long = [(word, found) for word, found in by_keyword.items() if len(word) >= _GRAM]
        self._by_gram = _rarest_grams(self._long)
        self._matchers: list[Callable[[str], re.Match[str] | None] | None] = [None] * len(self.rules)

    def candidates(self, low: str) -> list[int]:
        """Numbers of the rules one of whose keywords is in a lower-cased value, in order."""
        numbers = list(self._always)
        if len(low) < _SCAN_BELOW * len(self._long):
            by_gram = self._by_gram
            for gram in by_gram.keys() & zip(low, low[1:], low[2:], strict=False):
                for word, found in by_gram[gram]:
                    if word in low:
                        numbers += found
        else:
            for word, found in self._long:
                if word in low:
                    numbers += found
        for word, found in self._short:
            if word in low:
                numbers += found
        return sorted(set(numbers)) if len(numbers) > 1 else numbers

    def matches(self, value: str) -> Iterator[tuple[Rule, re.Match[str]]]:
        """The rules that match the whole of `value`, most specific first."""
        for n in self.candidates(value.lower()):
            matcher = self._matchers[n]
            if matcher is None:
                matcher = self._matchers[n] = compiled(self.rules[n].pattern).fullmatch
            if found := matcher(value):
                yield self.rules[n], found


#: Three letters that follow each other.
_Gram = tuple[str, str, str]


def _rarest_grams(words: Sequence[tuple[str, list[int]]]) -> dict[_Gram, list[tuple[str, list[int]]]]:
    """Each word under the one of its three-letter pieces that the fewest words share."""
    shared = Counter(gram for word, _ in words for gram in set(_grams(word)))
    by_gram: dict[_Gram, list[tuple[str, list[int]]]] = {}
    for word, found in words:
        by_gram.setdefault(min(_grams(word), key=lambda gram: (shared[gram], gram)), []).append((word, found))
    return by_gram


def _grams(word: str) -> Iterator[_Gram]:
    return zip(word, word[1:], word[2:], strict=False)
