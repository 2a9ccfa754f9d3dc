"""Dumps of lines "label: value", in which a label begins each contact: their contacts, as values by label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

from scanner.reading.items import Problem

#: Longest line, in bytes, and longest value, in octets.
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
        self.names = {label.encode(): name for label, name in names.items()}
        self.begins, self.outer, self.blank_ends = begins, outer, blank_ends
        words = b"|".join(re.escape(label) for label in sorted(self.names, reverse=True))
        blank = rb"|^()[ \t]*\r?$" if blank_ends else b""
        self.line = re.compile(rb"^[ \t*]*(%b)[ \t]*:(?![^\s:])[ \t:]*([^\n]*)" % words + blank, re.M)


class Block(NamedTuple):
    """The values of one contact by name, the number of its first line, and whether the file ends in its last value."""

    number: int
    values: dict[str, str]
    cut: bool = False


def blocks(stream: BinaryIO, labels: Labels) -> Iterator[Block | Problem]:
    """The contacts in a stream."""
    shared: dict[str, str] = {}
    values: dict[str, str] = {}
    first, ended = 0, True
    names, begins, outer = labels.names, labels.begins, labels.outer
    for number, octets in pieces(stream):
        if octets is None:
            yield Problem(number, f"the line is longer than {LINE:,} bytes", missing=False)
            continue
        counted = 0
        for found in labels.line.finditer(octets):
            label = found[1]
            if not label:
                if values:
                    yield Block(first, values)
                    values = {}
                continue
            name = names[label]
            ended = found.end() < len(octets)
            value = found[2][:VALUE].decode("utf-8", "replace").strip()
            if name in outer:
                if values:
                    yield Block(first, values)
                    values = {}
                shared = {name: value}
            elif name in begins:
                if values:
                    yield Block(first, values)
                number += octets.count(b"\n", counted, found.start())
                counted, first, values = found.start(), number, {**shared, name: value}
            elif values or not begins:
                values.setdefault(name, value)
    if values:
        yield Block(first, values, cut=not ended)


def cut(block: Block) -> Problem:
    """The problem of a contact in which the file ends: its last value may be a part of one."""
    return Problem(block.number, "the file ends within a value of a contact, which is not read")


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
