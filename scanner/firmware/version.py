"""Versions: parsing one, comparing two."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from scanner.firmware.grammar import Grammar, number

#: Longest version text, in characters; real ones have fewer than 60.
VERSION_LIMIT = 128


class Version(Struct, frozen=True):
    """One version. `line` is None if the version does not determine the edition; `note` is the reason.

    `scope` must be equal before two versions compare; `order` compares as integers, missing parts as 0.
    `text` is the version as the device spells it.
    """

    line: str | None
    scope: tuple[str, ...]
    order: tuple[int, ...]
    text: str
    note: str = ""


def parse(grammars: Sequence[Grammar], model: str | None, text: str) -> Version | None:
    """The version in `text` by the first grammar that applies to `model` and matches the whole text; None: unknown.

    A grammar limited to models is skipped if `model` is None or another one.
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
    """-1, 0 or 1 if `a` is older than, equal to or newer than `b`; None if they do not compare.

    A version without a line compares with every line of its scope; the caller adds its `note` to the result.
    """
    if a.scope != b.scope or (a.line != b.line and a.line is not None and b.line is not None):
        return None
    width = max(len(a.order), len(b.order))
    left = a.order + (0,) * (width - len(a.order))
    right = b.order + (0,) * (width - len(b.order))
    return (left > right) - (left < right)


def _plain(text: str | None) -> str:
    """A scope part in one spelling: numbers without leading zeros, text case-folded."""
    if not text:
        return ""
    return text.lstrip("0") or "0" if text.isdecimal() else text.casefold()
