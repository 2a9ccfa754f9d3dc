"""Numbered lines of a byte stream, each of limited length."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLOCK = 1 << 16


def numbered(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """(number from 1, line without outer blanks) of every line that is not blank; None for a line above `limit` bytes.

    A byte order mark is removed; `\\r\\n` ends a line as `\\n` does. Memory is bounded by `limit`.
    """
    for number, line in exact(stream, limit):
        if line is None:
            yield number, None
        elif stripped := line.strip():
            yield number, stripped


def exact(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """(number from 1, line without its end) of every line, blank ones included; None for a line above `limit` bytes.

    Lines end as the first one does, in `\\n`, `\\r\\n` or `\\r`; other carriage returns are part of their line. A byte
    order mark is removed. Memory is bounded by `limit`.
    """
    for number, lines in in_blocks(stream, limit):
        yield from enumerate(lines, number)


def decoded(line: bytes) -> str:
    """A line in UTF-8, or in Windows-1252 where it is not UTF-8."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def in_blocks(stream: BinaryIO, limit: int) -> Iterator[tuple[int, list[bytes | None]]]:
    """The lines of `exact`, as many at a time as there are in a block: the number of the first, and the lines."""
    rest, number, too_long = stream.readline(limit + len(_BYTE_ORDER_MARK) + 1), 1, False
    if rest.endswith(b"\r"):
        rest += stream.readline(1)
    end = b"\r" if b"\r" in rest and not rest.endswith(b"\n") else b"\n"
    marked, rest = rest.endswith(b"\r\n"), rest.removeprefix(_BYTE_ORDER_MARK)
    while True:
        *lines, rest = (rest.replace(b"\r\n", b"\n") if marked else rest).split(end)
        if lines:
            found: list[bytes | None] = [*lines]
            if too_long or len(max(lines, key=len)) > limit:
                found = [None if len(line) > limit else line for line in lines]
                found[0], too_long = None if too_long else found[0], False
            yield number, found
            number += len(lines)
        if len(rest) - (marked and rest.endswith(b"\r")) > limit:
            rest, too_long = b"", True
        if not (block := _some(stream)):
            break
        rest += block
    if rest or too_long:
        yield number, [None if too_long else rest]


def _some(stream: BinaryIO) -> bytes:
    """The next octets of a stream, without a wait for more than are there."""
    return stream.read1(_BLOCK) if isinstance(stream, io.BufferedIOBase) else stream.read(_BLOCK)
