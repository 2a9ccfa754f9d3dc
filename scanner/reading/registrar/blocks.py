"""Dumps of lines "label: value", in which a label begins each contact: their contacts, as values by label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, NamedTuple

from scanner.reading.items import Problem

#: Longest line, in bytes, and longest value, in characters.
LINE, VALUE = 1 << 20, 2_048
_BLOCK = 1 << 18
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Labels:
    """How a dump is laid out.

    `names` are the labels that are read, as they are spelled, with the name of each value: labels of several versions
    share one. `begins` are the names that begin a contact, `outer` those of values that all contacts up to the next
    such value have. `blank_ends` is whether an empty line ends a contact.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        begins: frozenset[str],
        outer: frozenset[str] = frozenset(),
        blank_ends: bool = False,
    ) -> None:
        self.names = dict(names)
        self.outer = outer
        #: The names at which a contact ends, and that of an empty line.
        self.parting = begins | outer | {""}
        words = "|".join(re.escape(label) for label in sorted(self.names, reverse=True))
        blank = r"|(?=\r?\n)" if blank_ends else ""
        # a literal first octet is what the engine finds fastest
        self.line = re.compile(
            rf"\n(?:Output:)?[ \t*]*+(?:({words})[ \t]*+:(?![^\s:])[ \t:]*+([^\n]*+){blank})", re.ASCII
        )


class Block(NamedTuple):
    """The values of one contact by name, the number of its first line, and whether the file ends in its last value."""

    number: int
    values: dict[str, str]
    cut: bool = False


class BlockReader:
    """Finds the contacts in the pieces of a file, one piece after the other."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._shared: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._first, self._ended = 0, True

    def feed(self, number: int, octets: bytes | None) -> Iterator[Block | Problem]:
        """The contacts that end in a piece, of which `number` is the first line."""
        if octets is None:
            yield Problem(number, f"the line is longer than {LINE:,} bytes", missing=False)
            return
        names, parting = self._labels.names, self._labels.parting
        values, counted, text = self._values, 0, "\n" + octets.decode("utf-8", "replace")
        found: re.Match[str] | None = None
        for found in self._labels.line.finditer(text):
            label, spelled = found.groups()
            name = names[label] if label else ""
            if name not in parting:
                if values and name not in values:
                    values[name] = spelled[:VALUE].strip()
                continue
            if values:
                yield Block(self._first, values)
                self._values = values = {}
            if name in self._labels.outer:
                self._shared = {name: spelled[:VALUE].strip()}
            elif name:
                number += text.count("\n", counted, found.start())
                counted, self._first = found.start(), number
                self._values = values = {**self._shared, name: spelled[:VALUE].strip()}
        if found is not None:
            self._ended = found.end() < len(text)

    def end(self) -> Iterator[Block]:
        """The contact in which the file ends."""
        if self._values:
            yield Block(self._first, self._values, cut=not self._ended)


def blocks(texts: Iterable[tuple[int, bytes | None]], labels: Labels) -> Iterator[Block | Problem]:
    """The contacts in `pieces` of a file."""
    reader = BlockReader(labels)
    for number, octets in texts:
        yield from reader.feed(number, octets)
    yield from reader.end()


def cut(number: int) -> Problem:
    """The problem of a contact, of which this is the line, in which the file ends: its last value may be a part."""
    return Problem(number, "the file ends within a value of a contact, which is not read")


def pieces(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The whole lines of a stream in pieces, each with the number of its first line; None for a line above `LINE`.

    Lines end in `\\n`, in `\\r\\n` or, if the first ones do, in `\\r` alone, which is replaced.
    """
    number, rest, too_long, returns = 1, b"", False, None
    while block := stream.read(_BLOCK):
        if returns is None:
            returns = b"\r" in block and b"\n" not in block
            block = block.removeprefix(_BYTE_ORDER_MARK)
        if returns:
            block = block.replace(b"\r", b"\n")
        whole, end, tail = block.rpartition(b"\n")
        if not end:
            rest, too_long = (b"", True) if len(rest) + len(tail) > LINE else (rest + tail, too_long)
            continue
        if too_long:
            yield number, None
            number, too_long = number + 1, False
            _, _, whole = whole.partition(b"\n")
            rest = b""
        octets = rest + whole + end
        yield number, octets
        number += octets.count(b"\n")
        rest = tail
    if too_long:
        yield number, None
    elif rest:
        yield number, rest
