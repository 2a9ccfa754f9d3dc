"""Numbered lines of a byte stream, each of limited length."""

from __future__ import annotations

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
    first = stream.readline(limit + 1)
    number, end = 1, b"\r\n" if first.endswith(b"\r\n") else b"\n"
    if not first.endswith(b"\n") and b"\r" in first:
        yield from _after_returns(first.removeprefix(_BYTE_ORDER_MARK), stream, limit)
        return
    line = first.removeprefix(_BYTE_ORDER_MARK)
    while line:
        if len(line) > limit and not line.endswith(b"\n"):
            while (more := stream.readline(limit)) and not more.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, line.removesuffix(end if line.endswith(end) else b"\n")
        line = stream.readline(limit + 1)
        number += 1


def _after_returns(first: bytes, stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Lines that end in `\\r` alone."""
    number, rest, too_long = 1, first, False
    while True:
        *lines, rest = rest.split(b"\r")
        for line in lines:
            yield number, None if too_long or len(line) > limit else line.removesuffix(b"\n")
            number, too_long = number + 1, False
        if len(rest) > limit:
            rest, too_long = b"", True
        if not (block := stream.read(_BLOCK)):
            break
        rest += block
    if rest or too_long:
        yield number, None if too_long else rest
