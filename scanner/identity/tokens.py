"""The tokens of a value that no rule reads: macs, versions, serial numbers, words; and its shape, with these folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

TokenKind = Literal["mac", "version", "serial", "word", "gap"]

#: Longest part of a value that is divided into tokens, and longest shape, in characters.
LONGEST, LONGEST_SHAPE = 512, 160

_TOKEN = re.compile(
    r"(?P<mac>(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5}|(?: [0-9A-Fa-f]{2}){5})"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}|[0-9A-Fa-f]{12})(?![0-9A-Za-z]))"
    r"|(?P<version>(?<![0-9.])[0-9]{1,6}(?:[._][0-9A-Za-z]{1,12}){1,7}(?:\([0-9A-Za-z_.]{1,12}\)[0-9A-Za-z]{0,4})?"
    r"|(?<![0-9A-Za-z])[0-9]{1,4}(?:-[0-9]{1,6}){2,5}(?![0-9A-Za-z]))"
    r"|(?P<mark>[A-Za-z]{1,12}\.?(?=[0-9]{1,6}[._][0-9]))"
    r"|(?P<word>[0-9A-Za-z]+(?:[-+](?![0-9]+[._])[0-9A-Za-z]+)*\+?)"
    r"|(?P<gap>[^0-9A-Za-z]+)",
    re.ASCII,
)
#: Words before a serial number.
_BEFORE_SERIAL = frozenset({"sn", "n", "serial", "serialnumber"})
#: A word of ten letters and digits or more, of which four are digits, is a serial number.
_LONG_SERIAL = re.compile(r"(?=(?:[0-9A-Za-z]*?[0-9]){4})[0-9A-Z]{10,40}|[0-9a-f]{16,64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]+")


class Token(NamedTuple):
    """A part of a value. A `gap` is what is between two others, the letters that are joined to a version included."""

    kind: TokenKind
    text: str


def tokens(value: str) -> Iterator[Token]:
    """The tokens of a value in order; joined, they are the value (at most LONGEST characters of it)."""
    before = ""
    for found in _TOKEN.finditer(value[:LONGEST]):
        kind, text = found.lastgroup, found[0]
        if kind == "word":
            after_serial = before in _BEFORE_SERIAL and any(character.isdigit() for character in text)
            kind = "serial" if after_serial or _LONG_SERIAL.fullmatch(text) else "word"
            before = text.lower()
        elif kind == "mark":
            kind = "gap"
        elif kind != "gap":
            before = ""
        yield Token(kind, text)  # type: ignore[arg-type]  # the names of the groups


def shape(value: str) -> str:
    """What values of one kind of device have in common: macs, versions, serial numbers and numbers are folded."""
    parts = (_NUMBER.sub("#", text) if kind in ("word", "gap") else f"<{kind}>" for kind, text in tokens(value))
    return " ".join("".join(parts).split())[:LONGEST_SHAPE]
