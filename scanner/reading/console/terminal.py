"""The lines of a terminal's recording as they were on the screen: without pagers, colours and erased characters.

Sources: ECMA-48 (control sequences); the pagers of the systems as their manuals show them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, cast

from scanner.reading.lines import in_blocks

#: Longest line that is read, in bytes.
LINE = 16_384
#: Most lines that are kept as they were shown, and the longest of them, in bytes: most lines of a file occur again.
SEEN, SHORT = 8_192, 200

#: Lines of which the indentation of a file is taken.
FIRST = 60

#: Control sequences, operating system commands (a window's title), and shorter escape sequences.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[ -/]{0,2}[0-~])")
_CONTROLS = re.compile(r"[\x00-\x07\x0b-\x1f\x7f\ufeff]")
#: What a pager writes at the end of a page, with what it erases it.
_PAGER = re.compile(
    r"""\s{0,8}(?:
    <?-{1,4}\s?[(\[]?more[)\]]?\s?-{1,4}>?(?:\s?\(\d{1,3}%\)|,?\ or\ \(q\)uit|,\ next\ page[^\x08\r]{0,80})?
    |-{2,4}\s?\(more(?:\s\d{1,3}%)?\)-{2,4}
    |<---\ ?more\ ?--->
    |press\ (?:any\ key|<?space>?|<?enter>?|q)\b[^\x08\r:]{0,80}:?
    |--\ \[q\ quit[^\]\x08\r]{0,80}\]
    |lines\ \d{1,7}-\d{1,7}(?:/\d{1,7})?(?:\ \(END\))?
    )[\s\x08]{0,200}""",
    re.IGNORECASE | re.VERBOSE,
)
#: A comment of a configuration, and the name of the command that RANCID writes before its output.
#: But a header of RouterOS, whose first title is `#`, is none.
_COMMENT = re.compile(r"(?!#\s{1,12}(?:INTERFACE|(?:MAC-)?ADDRESS)\s)[!#;]+(?:[A-Z][A-Z-]{1,13}:(?: |$)| ?)")
#: What such a line begins with.
COMMENTED = ("!", "#", ";")
#: What a block of lines has where they are not shown as they are: control characters, and words of pagers.
_SPECIAL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]|ore")
_PAGERS = ("ore", "ORE", "press", "Press", "uit", "lines ")


def lines(stream: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """(number from 1, text without blanks at its end) of every line; None for one above `LINE` bytes.

    Blanks before all of the first lines are removed: a text that was copied may be indented as a whole.
    """
    every = _lines(stream)
    first = list(islice(every, FIRST))
    if indent := indentation(text for _, text in first if text):
        return ((number, unindented(text, indent) if text else text) for number, text in chain(first, every))
    return chain(first, every)


def indentation(texts: Iterable[str]) -> int:
    """The blanks that all texts begin with, but for two of twenty: a line may have been written into them."""
    before = sorted(len(text) - len(text.lstrip(" ")) for text in texts)
    return before[min(2, len(before) // 10)] if before else 0


def unindented(text: str, indent: int) -> str:
    """A text without as many of the blanks at its start."""
    return text[min(indent, len(text) - len(text.lstrip(" "))) :]


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str | None]]:
    seen: dict[bytes, str] = {}
    for number, raws in in_blocks(stream, LINE):
        # most blocks need nothing of what a terminal does: they become lines at once
        block = None if None in raws else b"\n".join(cast(list[bytes], raws))
        if block is not None and block.isascii() and not _SPECIAL.search(text := block.decode("ascii")):
            yield from enumerate(map(str.rstrip, text.split("\n")), number)
        else:
            yield from ((at, None if raw is None else _one(raw, seen)) for at, raw in enumerate(raws, number))


def _one(raw: bytes, seen: dict[bytes, str]) -> str:
    """A line as it was shown; `seen` are those of before."""
    known = seen.get(raw)
    if known is None:
        text = raw.decode("utf-8", "replace") if raw.isascii() else _decoded(raw)
        known = text.rstrip() if text.isprintable() and "ore" not in text else shown(text)
        if len(seen) < SEEN and len(raw) <= SHORT:
            seen[raw] = known
    return known


def uncommented(text: str) -> str:
    """A line without the sign by which RANCID and Oxidized comment out the output of commands."""
    return _COMMENT.sub("", text, count=1) if text.startswith(COMMENTED) else text


def _decoded(raw: bytes) -> str:
    """A line in UTF-8, else in Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def shown(text: str) -> str:
    """A line as the terminal showed it at its end."""
    text = _ESCAPES.sub("", text) if "\x1b" in text else text
    if any(word in text for word in _PAGERS) and (pager := _PAGER.match(text)):
        text = text[pager.end() :]
    if "\r" in text:  # what follows is written over what is before
        text = next((part for part in reversed(text.split("\r")) if part.strip()), "")
        if pager := _PAGER.match(text):
            text = text[pager.end() :]
    if "\b" in text:
        text = _erased(text)
    return _CONTROLS.sub("", text).rstrip()


def _erased(text: str) -> str:
    """A line whose backspaces move the place at which the next character is written."""
    cells: list[str] = []
    at = 0
    for character in text:
        if character == "\b":
            at = max(0, at - 1)
        else:
            cells[at : at + 1] = character
            at += 1
    return "".join(cells)
