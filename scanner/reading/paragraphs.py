"""Records of a text that blank lines separate, each as one piece of bytes for patterns over all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_BLOCK = 1 << 18


class Paragraph(NamedTuple):
    """One record: the number of its first line, its lines, and whether it has its end within the limit."""

    number: int
    text: bytes
    whole: bool = True


def paragraphs(stream: BinaryIO, limit: int) -> Iterator[Paragraph]:
    """The records of a stream with any line ends; of one above `limit` bytes its beginning alone.

    The last one is whole where a line end follows it. Memory is bounded by `limit` and a block.
    """
    number, rest, skipping, held = 1, b"", False, b""
    while block := stream.read(_BLOCK):
        block = held + block
        held = b"\r" if block.endswith(b"\r") else b""  # perhaps the first half of a line end
        block = block.removesuffix(b"\r")
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *parts, rest = (rest + block).split(b"\n\n")
        for part in parts:
            lines = part.count(b"\n") + 2
            if not skipping and part.strip():
                yield _bounded(number + _leading(part), part.strip(b"\n"), limit)
            number, skipping = number + lines, False
        if len(rest) > limit:
            if not skipping:
                yield Paragraph(number + _leading(rest), rest[:limit].strip(b"\n"), whole=False)
            kept = b"\n" if rest.endswith(b"\n") else b""
            number += rest.count(b"\n") - len(kept)
            rest, skipping = kept, True
    rest += held.replace(b"\r", b"\n")
    if rest.strip() and not skipping:
        yield Paragraph(number + _leading(rest), rest.strip(b"\n"), whole=rest.endswith(b"\n") and len(rest) <= limit)


def _leading(part: bytes) -> int:
    return len(part) - len(part.lstrip(b"\n"))


def _bounded(number: int, part: bytes, limit: int) -> Paragraph:
    return Paragraph(number, part, True) if len(part) <= limit else Paragraph(number, part[:limit], False)
