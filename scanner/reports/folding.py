"""Text on a terminal: its width in cells, lines folded at blanks, and shortened texts.

A word is never broken: a line is folded at blanks alone, so that versions, addresses and names remain whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

#: Longest word that can be an address or a version, in characters: an IPv6 address with a zone, a long build name.
LONGEST_NAME = 64
#: Marks the place of what was cut.
ELLIPSIS = "…"
#: Least part of a shortened text that is kept in order to end it before a separator.
_SEPARATORS, _KEPT_SHARE = " ,;/.-_", 0.6
# Format characters that have a width: soft hyphen, and Arabic, Syriac and Kaithi signs that span digits
_VISIBLE_FORMAT = frozenset((0xAD, *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))
# Hangul vowels and final consonants, drawn into the syllable before them
_JOINED = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
# Wide by POSIX wcwidth, ambiguous or neutral by Unicode: circled numbers on black squares, hexagrams
_WIDE = (range(0x3248, 0x3250), range(0x4DC0, 0x4E00))


def cells(text: str) -> int:
    """The width of a text as POSIX `wcwidth` defines it: 2 for wide characters, 0 for combining ones."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def _cell(character: str) -> int:
    code = ord(character)
    if code < 0x300:
        return 1
    if any(code in joined for joined in _JOINED):
        return 0
    if unicodedata.category(character) in ("Mn", "Me", "Cf") and code not in _VISIBLE_FORMAT:
        return 0
    wide = unicodedata.east_asian_width(character) in "WF" or any(code in block for block in _WIDE)
    return 2 if wide else 1


def is_name(word: str) -> bool:
    """Whether a word can be an address, a version or another identifier: such a word is never shortened."""
    return len(word) <= LONGEST_NAME and any(map(str.isdigit, word))


def pieces(text: str, whole: bool = False) -> list[str]:
    """The parts of a text that are never broken: its words, with `whole` what commas separate."""
    return [part for part in (part.strip(" ") for part in re.split(r"(?<=,) +" if whole else " +", text)) if part]


def fold(text: str, width: int, whole: bool = False) -> list[str]:
    """The lines of a text of at most `width` cells, broken between `pieces`; a longer piece is a line of its own.

    Blanks inside a line are kept. An empty text has no line.
    """
    if cells(text) <= width:
        return [text] if text else []
    lines: list[str] = []
    start = end = 0
    for piece in pieces(text, whole):
        at = text.index(piece, end)
        if end and cells(text[start : at + len(piece)]) > width:
            lines.append(text[start:end])
            start = at
        start = start if end else at
        end = at + len(piece)
    return [*lines, text[start:end]] if end else []


def shorten(text: str, width: int) -> str:
    """A text of at most `width` cells that ends with an ellipsis, before a separator where one is near."""
    if cells(text) <= width:
        return text
    cut = ""
    for cluster in _clusters(text):
        if cells(cut) + cells(cluster) > width - 1:
            break
        cut += cluster
    at = max(cut.rfind(separator) for separator in _SEPARATORS)
    return (cut[:at] if at >= _KEPT_SHARE * len(cut) and at > 0 else cut) + ELLIPSIS


def _clusters(text: str) -> Iterator[str]:
    """The characters of a text, each with the combining ones after it."""
    cluster = ""
    for character in text:
        if cluster and cells(character):
            yield cluster
            cluster = ""
        cluster += character
    yield cluster


_INDENT = re.compile(r" *(?:[→-] )?")


def hanging(line: str, width: int | None, further: int | None = None) -> list[str]:
    """The lines of an indented line of text, further ones indented by `further`, by default two blanks more than it.

    With the width None the line is one.
    """
    if width is None or cells(line) <= width:
        return [line]
    found = _INDENT.match(line)
    start = found[0] if found else ""
    indent = min(len(start) + 2 if further is None else further, max(0, width - 20))
    lines = fold(line[len(start) :], width - max(len(start), indent))
    return [start + lines[0], *(" " * indent + text for text in lines[1:])] if lines else [line]
