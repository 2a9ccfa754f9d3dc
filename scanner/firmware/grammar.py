"""The version grammar of a maker: a pattern with named groups, their order and scope, and the firmware lines.

A condition consists of tests joined by `and`, and alternatives joined by `or`: `branch == 9`, `branch in 70..99`,
`prefix == UC`, `build present`, `build absent`; `always` is true for every version. Numbers compare as integers, other
values case-folded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from scanner.core.patterns import checked_pattern

#: Named groups of one match; None for an optional group that did not match.
Groups = Mapping[str, str | None]
Condition = Callable[[Groups], bool]

#: Name of the line of versions that do not determine their edition; such a version has no line.
UNDETERMINED = "unknown"

#: Largest number of cached conditions of one grammar, a bound against hostile versions.
_CACHE_LIMIT = 1024

_RANGE = re.compile(r"(\w+) in (\d+)\.\.(\d+)")
_TEST = re.compile(r"(\w+) (==|!=|<=|>=|<|>) ([\w.+-]+)")
_THERE = re.compile(r"(\w+) (present|absent)")


class LineRule(Struct, frozen=True):
    """One line of a grammar: its name (None: undetermined), its condition, and a remark for the verdict."""

    line: str | None
    holds: Condition
    note: str = ""


class Grammar(Struct, frozen=True):
    """One spelling of versions. `models` limits it to models whose whole canonical name matches.

    `order` are the groups compared as integers, missing ones as 0; `scope` those that must be equal; `decisive`
    those in the conditions of `lines`.
    """

    name: str
    pattern: re.Pattern[str]
    order: tuple[str, ...]
    scope: tuple[str, ...] = ()
    lines: tuple[LineRule, ...] = ()
    models: re.Pattern[str] | None = None
    note: str = ""
    decisive: tuple[str, ...] = ()
    cache: dict[tuple[str | None, ...], LineRule | None] = {}

    def line(self, found: re.Match[str]) -> LineRule | None:
        """The first line whose condition is true for a match. Cached by the groups in the conditions."""
        key = tuple(map(found.__getitem__, self.decisive))
        try:
            return self.cache[key]
        except KeyError:
            groups = found.groupdict()
            rule = next((rule for rule in self.lines if rule.holds(groups)), None)
            if len(self.cache) < _CACHE_LIMIT:
                self.cache[key] = rule
            return rule

    def fits(self, model: str | None) -> bool:
        """Whether the grammar applies to a model; one without `models` applies to all."""
        return self.models is None or (model is not None and self.models.fullmatch(model) is not None)


def grammar(
    name: str,
    pattern: str,
    order: Sequence[str],
    *,
    scope: Sequence[str] = (),
    lines: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    models: str | None = None,
    note: str = "",
) -> Grammar:
    """A grammar from the keys of a vendor file. Raises ValueError with the error in them."""
    try:
        compiled = checked_pattern(pattern, re.IGNORECASE | re.ASCII)
        limited = checked_pattern(models, re.IGNORECASE | re.ASCII) if models else None
    except re.error as error:
        raise ValueError(f"the pattern cannot be read: {error}") from None
    groups = set(compiled.groupindex)
    if missing := [g for g in (*order, *scope) if g not in groups]:
        raise ValueError(f"order or scope contains {missing[0]!r}, which is not a group of the pattern")
    if not order:
        raise ValueError("order is empty: list the groups that compare")
    notes = notes or {}
    rules = tuple(
        LineRule(None if line == UNDETERMINED else line, condition(text, groups), notes.get(line, ""))
        for line, text in (lines or {}).items()
    )
    words = set(re.findall(r"\w+", " ".join((lines or {}).values())))
    decisive = tuple(sorted(words & groups))
    return Grammar(name, compiled, tuple(order), tuple(scope), rules, limited, note, decisive, {})


def condition(text: str, groups: set[str]) -> Condition:
    """A condition of a vendor file as a function of the groups. Raises ValueError for an unknown test."""
    if text.strip() == "always":
        return lambda values: True
    if " or " in text:
        choices = tuple(condition(part, groups) for part in text.split(" or "))
        return lambda values: any(choice(values) for choice in choices)
    tests = tuple(_test(part.strip(), groups) for part in text.split(" and "))
    if len(tests) == 1:
        return tests[0]
    first, rest = tests[0], tests[1:]
    return lambda values: first(values) and all(test(values) for test in rest)


def _test(text: str, groups: set[str]) -> Condition:
    if found := _RANGE.fullmatch(text):
        name, low, high = found[1], number(found[2]), number(found[3])
        test: Condition = lambda values: low <= number(values.get(name)) <= high  # noqa: E731
    elif found := _THERE.fullmatch(text):
        name, wanted = found[1], found[2] == "present"
        test = lambda values: bool(values.get(name)) is wanted  # noqa: E731
    elif found := _TEST.fullmatch(text):
        name, operator, value = found[1], found[2], found[3]
        test = lambda values: _holds(values.get(name) or "", operator, value)  # noqa: E731
    else:
        raise ValueError(f"the condition {text!r} is not one of: NAME == VALUE, NAME in A..B, NAME present, always")
    if name not in groups:
        raise ValueError(f"the condition {text!r} contains {name!r}, which is not a group of the pattern")
    return test


def _holds(have: str, operator: str, want: str) -> bool:
    if have.isdecimal() and want.isdecimal():
        ordered = (number(have) > number(want)) - (number(have) < number(want))
    else:
        a, b = have.casefold(), want.casefold()
        ordered = (a > b) - (a < b)
    match operator:
        case "==":
            return ordered == 0
        case "!=":
            return ordered != 0
        case "<":
            return ordered < 0
        case ">":
            return ordered > 0
        case "<=":
            return ordered <= 0
        case _:
            return ordered >= 0


def number(text: str | None) -> int:
    """One part of a version as an integer: missing is 0, a lone letter its place in the alphabet (`A` is 1)."""
    if not text:
        return 0
    if text.isdecimal():
        return int(text[:18])
    return ord(text[0].lower()) - 96 if len(text) == 1 and text.isalpha() else 0
