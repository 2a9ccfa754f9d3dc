"""Keys that the spellings of one name share: case, blanks, punctuation and corporate words do not count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_CORPORATE = frozenset(
    {
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "limited",
        "llc",
        "gmbh",
        "ag",
        "sa",
        "sas",
        "srl",
        "spa",
        "as",
        "bv",
        "plc",
        "pty",
        "kg",
        "technology",
        "technologies",
        "tech",
        "electronics",
        "systems",
        "system",
        "network",
        "networks",
        "communications",
        "communication",
        "international",
        "enterprise",
        "business",
        "group",
    }
)
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_NOT_KEY = re.compile(r"[^0-9a-z+]+")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The key that all typings of a maker, model or version share: `VVX_411`, `VVX 411` and `vvx411` are one.

    Case, blanks and punctuation do not count, except for `+`: `T58A+` is another model than `T58A`.
    """
    return _NOT_KEY.sub("", text.casefold())


def maker_keys(text: str) -> Iterator[str]:
    """Keys to try for a maker's name: the whole first, then without corporate words at its end (`…, Inc.`)."""
    words = _NOT_WORD.sub(" ", text[:256].casefold()).split()
    yield "".join(words)
    while len(words) > 1 and (words[-1] in _CORPORATE or len(words[-1]) == 1):
        words.pop()
        yield "".join(words)


def word_set(text: str) -> frozenset[str]:
    """The words of a list of words."""
    return frozenset(text.split())


def distinctive(text: str) -> bool:
    """Whether a model name without a maker may identify one: letters and digits, four characters at least."""
    key = fold(text)
    return len(key) >= 4 and any(c.isdigit() for c in key) and any(c.isalpha() for c in key)


def extends(name: str, other: str) -> bool:
    """Whether a model's name is the other with something more: `T58A` extends `T58`, `MP56-E2` extends `MP56`.

    A longer number is another model: `VVX 400` does not extend `VVX 40`.
    """
    longer, shorter = fold(name), fold(other)
    if len(longer) <= len(shorter) or not longer.startswith(shorter):
        return False
    return any(map(str.isdigit, shorter)) and not (shorter[-1].isdigit() and longer[len(shorter)].isdigit())


def prefix(text: str) -> str:
    """A MAC prefix of 24, 28 or 36 bits in canonical notation: `00:15:65`, `00:1b:c5:0`. Raises ValueError."""
    digits = re.sub(r"[^0-9a-f]", "", text.lower())
    if len(digits) not in (6, 7, 9):
        raise ValueError(f"{text!r} is not a MAC prefix of 6, 7 or 9 hex digits")
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))
