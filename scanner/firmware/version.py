"""Versions and the two things done with them: read one, compare two."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from scanner.firmware.grammar import Grammar, number

#: Longest text that is read as a version, in characters. Real ones stay under 60.
VERSION_LIMIT = 128


class Version(Struct, frozen=True):
    """One version. `line` is None where the number cannot tell the edition; `note` says why, for the verdict.

    `scope` must be equal before two versions compare; `order` compares as integers, missing parts as 0.
    `text` is the version as the device spells it.
    """

    line: str | None
    scope: tuple[str, ...]
    order: tuple[int, ...]
    text: str
    note: str = ""


def parse(grammars: Sequence[Grammar], model: str | None, text: str) -> Version | None:
    """`text` read by the first grammar that is for `model` and reads all of it, else None: unknown.

    A grammar limited to models is left out when `model` is None or another one.
    """
    text = text.strip()
    if not text or len(text) > VERSION_LIMIT:
        return None
    for grammar in grammars:
        if grammar.models is not None and not grammar.fits(model):
            continue
        if found := grammar.pattern.fullmatch(text):
            scope = (grammar.name, *map(_plain, map(found.__getitem__, grammar.scope)))
            order = tuple(map(number, map(found.__getitem__, grammar.order)))
            rule = grammar.line(found)
            if rule is None:
                return Version(None, scope, order, text, grammar.note)
            return Version(rule.line, scope, order, text, rule.note or grammar.note)
    return None


def compare(a: Version, b: Version) -> int | None:
    """-1, 0 or 1 as `a` is older than, equal to or newer than `b`; None when they may not be compared.

    A version whose number cannot tell its line compares by number with every line of its scope: its `note` belongs
    beside what is said then.
    """
    if a.scope != b.scope or (a.line != b.line and a.line is not None and b.line is not None):
        return None
    width = max(len(a.order), len(b.order))
    left = a.order + (0,) * (width - len(a.order))
    right = b.order + (0,) * (width - len(b.order))
    return (left > right) - (left < right)


def _plain(text: str | None) -> str:
    """A scope part in one spelling: numbers without leading zeros, words case-folded."""
    if not text:
        return ""
    return text.lstrip("0") or "0" if text.isdecimal() else text.casefold()
