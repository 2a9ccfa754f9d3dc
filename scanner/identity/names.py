"""Keys under which the spellings of one name meet: case, blanks, punctuation and corporate words aside."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_NOT_KEY = re.compile(r"[\s_\-./]+")


def maker_key(text: str) -> str:
    """One key for all spellings of a maker's name that differ in case and punctuation."""
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def maker_keys(text: str) -> Iterator[str]:
    """Keys to try for a maker's name, the whole first, then without corporate words at its end (`…, Inc.`)."""
    words = maker_key(text[:256]).split(" ")
    yield " ".join(words)
    while len(words) > 1 and (words[-1] in _CORPORATE or len(words[-1]) == 1):
        words.pop()
        yield " ".join(words)


def model_key(text: str) -> str:
    """One key for all spellings of a model: `VVX_411`, `VVX 411` and `vvx411` are the same."""
    return _NOT_KEY.sub("", text.casefold())


def distinctive(text: str) -> bool:
    """Whether a model name alone may name its maker: letters and digits, four characters at least."""
    key = model_key(text)
    return len(key) >= 4 and any(c.isdigit() for c in key) and any(c.isalpha() for c in key)


def prefix(text: str) -> str:
    """A mac prefix of 24, 28 or 36 bits in our notation: `00:15:65`, `00:1b:c5:0`. Raises ValueError."""
    digits = re.sub(r"[^0-9a-f]", "", text.lower())
    if len(digits) not in (6, 7, 9):
        raise ValueError(f"{text!r} is not a mac prefix of 6, 7 or 9 hex digits")
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))
