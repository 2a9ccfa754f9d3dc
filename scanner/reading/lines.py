"""Numbered lines of a byte stream, each of limited length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO


def numbered(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """(number from 1, line without its end) of every line that is not blank; None for a line above `limit` bytes.

    A byte order mark is removed; `\\r\\n` ends a line as `\\n` does. Memory is bounded by `limit`.
    """
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > limit and not line.endswith(b"\n"):
            while (more := stream.readline(limit)) and not more.endswith(b"\n"):
                pass
            yield number, None
        elif stripped := line.strip():
            yield number, stripped
