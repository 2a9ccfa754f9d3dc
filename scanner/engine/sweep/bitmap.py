"""A set of target indexes with one bit for each address: 128 KB for a /12, less in a checkpoint."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator

from scanner.core.errors import EngineError


class Bitmap:
    """A set of indexes 0..count-1. `number` is how many are set; hot loops may read `bits`."""

    __slots__ = ("_encoded", "bits", "count", "number")

    def __init__(self, count: int) -> None:
        self.count = count
        self.number = 0
        self.bits = bytearray((count + 7) // 8)
        self._encoded = (
            -1,
            "",
        )  # `number` at that time, and the text: `add` only adds, so an equal number is equal bits

    def __contains__(self, index: int) -> bool:
        return bool(self.bits[index >> 3] >> (index & 7) & 1)

    def add(self, index: int) -> bool:
        """Set an index. Returns whether it was clear before."""
        bit = 1 << (index & 7)
        if self.bits[index >> 3] & bit:
            return False
        self.bits[index >> 3] |= bit
        self.number += 1
        return True

    def discard(self, index: int) -> None:
        """Clear an index."""
        bit = 1 << (index & 7)
        if self.bits[index >> 3] & bit:
            self.bits[index >> 3] ^= bit
            self.number -= 1
            self._encoded = (-1, "")

    def add_range(self, first: int, end: int) -> None:
        """Set the indexes first..end-1."""
        while first < end and first & 7:
            self.add(first)
            first += 1
        while first + 8 <= end:
            byte = first >> 3
            self.number += 8 - self.bits[byte].bit_count()
            self.bits[byte] = 0xFF
            first += 8
        for index in range(first, end):
            self.add(index)

    def remove(self, others: Bitmap) -> None:
        """Clear the indexes that are set in a bitmap of the same count."""
        kept = int.from_bytes(self.bits) & ~int.from_bytes(others.bits)
        self.bits[:] = kept.to_bytes(len(self.bits))
        self.number = kept.bit_count()
        self._encoded = (-1, "")

    def clear_range(self, first: int, end: int) -> None:
        """Clear the indexes first..end-1."""
        others = Bitmap(self.count)
        others.add_range(first, end)
        self.remove(others)

    def __iter__(self) -> Iterator[int]:
        for place, byte in enumerate(self.bits):
            while byte:
                low = byte & -byte
                yield place * 8 + low.bit_length() - 1
                byte ^= low

    def encode(self) -> str:
        """The bitmap as text for a checkpoint: deflated, then base64."""
        if self._encoded[0] != self.number:
            self._encoded = (self.number, base64.b64encode(zlib.compress(bytes(self.bits), 1)).decode("ascii"))
        return self._encoded[1]

    def load(self, text: str) -> None:
        """Replace the bits by those of `encode`. Raises EngineError when the text is of another count or damaged."""
        try:
            bits = zlib.decompress(base64.b64decode(text))
        except (ValueError, zlib.error):
            bits = b""
        if len(bits) != len(self.bits):
            raise EngineError("the saved state of the scan does not fit its targets: start a new scan")
        self.bits[:] = bits
        self._encoded = (-1, "")
        self.number = int.from_bytes(bits).bit_count()
