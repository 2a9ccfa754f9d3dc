"""One bit an address: who answered, who is there, who is done. A /12 takes 128 KB, and less in a checkpoint."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator

from scanner.core.errors import EngineError


class Bitmap:
    """A set of indexes 0..count-1 as a bitmap; `number` is how many are set. `bits` may be read in hot loops."""

    __slots__ = ("_packed", "bits", "count", "number")

    def __init__(self, count: int) -> None:
        self.count = count
        self.number = 0
        self.bits = bytearray((count + 7) // 8)
        self._packed = (-1, "")  # how many were set then, and the text: marks are added, so as many are the same

    def __contains__(self, index: int) -> bool:
        return bool(self.bits[index >> 3] >> (index & 7) & 1)

    def add(self, index: int) -> bool:
        """Mark an index; whether it was not marked before."""
        bit = 1 << (index & 7)
        if self.bits[index >> 3] & bit:
            return False
        self.bits[index >> 3] |= bit
        self.number += 1
        return True

    def add_range(self, first: int, end: int) -> None:
        """Mark indexes first..end-1."""
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
        """Take out what is marked in others of the same count."""
        kept = int.from_bytes(self.bits) & ~int.from_bytes(others.bits)
        self.bits[:] = kept.to_bytes(len(self.bits))
        self.number = kept.bit_count()
        self._packed = (-1, "")

    def __iter__(self) -> Iterator[int]:
        for place, byte in enumerate(self.bits):
            while byte:
                low = byte & -byte
                yield place * 8 + low.bit_length() - 1
                byte ^= low

    def packed(self) -> str:
        """The marks as text for a checkpoint."""
        if self._packed[0] != self.number:
            self._packed = (self.number, base64.b64encode(zlib.compress(bytes(self.bits), 1)).decode("ascii"))
        return self._packed[1]

    def fill(self, text: str) -> None:
        """Take over the marks of a checkpoint. Raises EngineError when it is of another scan."""
        try:
            bits = zlib.decompress(base64.b64decode(text))
        except (ValueError, zlib.error):
            bits = b""
        if len(bits) != len(self.bits):
            raise EngineError("the saved state of the scan does not fit its targets: start a new scan")
        self.bits[:] = bits
        self._packed = (-1, "")
        self.number = int.from_bytes(bits).bit_count()

    @classmethod
    def unpacked(cls, count: int, text: str) -> Bitmap:
        """Marks from a checkpoint. Raises EngineError when it is of another scan."""
        marks = cls(count)
        marks.fill(text)
        return marks
