"""The one way to read bytes: a checked cursor. Codecs do no other indexing, slicing or `struct`.

Contract:
- a read never passes the end of its range; it raises `WireError` with the offset from the start of the input;
- a failed read moves nothing: the cursor stands where it stood;
- `fence(n)` hands the next `n` bytes to a cursor of their own and steps over them: whatever is in a TLV
  cannot reach past it, and whoever reads it badly cannot upset the next one.
Integers are big-endian ("network order", RFC 1700); `uint_le` is for file formats.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.core.errors import WireError


class Cursor:
    """A position in `data`, never before its start and never past its end.

    `at` is the offset of the next byte and `end` the offset behind the last, both counted from the start of
    `data`, also in a fenced cursor: offsets in faults are those of the whole frame.
    """

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        if end is None:
            end = len(data)
        if not 0 <= start <= end <= len(data):
            raise WireError(f"a range of {start} to {end} in {len(data)} bytes", start)
        self.data = data
        self.end = end
        self.at = start

    @property
    def remaining(self) -> int:
        """Bytes left in this range."""
        return self.end - self.at

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return self.at < self.end

    def u8(self) -> int:
        """The next byte as a number."""
        at = self.at
        if at >= self.end:
            raise WireError("1 byte wanted, none left", at)
        self.at = at + 1
        return self.data[at]

    def pair(self) -> tuple[int, int]:
        """The next two bytes as two numbers: the head of most TLVs in one step."""
        at = self.at
        if at + 2 > self.end:
            raise WireError(f"2 bytes wanted, {self.end - at} left", at)
        self.at = at + 2
        return self.data[at], self.data[at + 1]

    def counted(self, limit: int = 255) -> tuple[int, bytes] | None:
        """A number, a size and as many bytes, sizes being one byte: a whole TLV in one step.

        None, and nothing moves, where the size byte is above `limit`: it then means something else (BER).
        """
        at = self.at
        data = self.data
        if at + 2 > self.end:
            raise WireError(f"2 bytes wanted, {self.end - at} left", at)
        size = data[at + 1]
        if size > limit:
            return None
        to = at + 2 + size
        if to > self.end:
            raise WireError(f"{size} bytes wanted, {self.end - at - 2} left", at)
        self.at = to
        return data[at], data[at + 2 : to]

    def twin(self, outer: int, first: int) -> tuple[bytes, int, bytes] | None:
        """Two values within one of tag `outer`, which they fill: the first has tag `first`, every size is one byte.

        The first one's bytes, the second one's tag and bytes. None, and nothing moves, where it is anything else,
        short of bytes or of sizes above 127: then the values are to be read one by one.
        """
        at, data = self.at, self.data
        if at + 4 > self.end or data[at] != outer or data[at + 2] != first:
            return None
        size, name = data[at + 1], data[at + 3]
        to, middle = at + 2 + size, at + 4 + name
        if size > 0x7F or name > 0x7F or to > self.end or middle + 2 > to:
            return None
        value = data[middle + 1]
        if value > 0x7F or middle + 2 + value != to:
            return None
        self.at = to
        return data[at + 4 : middle], data[middle], data[middle + 2 : to]

    def packed(self, bits: int) -> Iterator[tuple[int, int, bytes]]:
        """TLVs up to the end, whose two-byte headers keep the size in their lower `bits` and the type above them.

        Offset, type and value of each; WireError at one that is not whole.
        """
        data, at, end = self.data, self.at, self.end
        mask = (1 << bits) - 1
        while at < end:
            if at + 2 > end:
                raise WireError(f"2 bytes wanted, {end - at} left", at)
            header = data[at] << 8 | data[at + 1]
            to = at + 2 + (header & mask)
            if to > end:
                raise WireError(f"{to - at - 2} bytes wanted, {end - at - 2} left", at)
            self.at = to
            yield at, header >> bits, data[at + 2 : to]
            at = to

    def uint(self, size: int) -> int:
        """The next `size` bytes as an unsigned big-endian number."""
        return int.from_bytes(self.take(size), "big")

    def uint_le(self, size: int) -> int:
        """The next `size` bytes as an unsigned little-endian number."""
        return int.from_bytes(self.take(size), "little")

    def sint(self, size: int) -> int:
        """The next `size` bytes as a signed big-endian number, two's complement."""
        return int.from_bytes(self.take(size), "big", signed=True)

    def u16(self) -> int:
        """The next two bytes as an unsigned number."""
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        """The next four bytes as an unsigned number."""
        return int.from_bytes(self.take(4), "big")

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        at = self.at
        to = at + size
        if size < 0 or to > self.end:
            raise WireError(f"{size} bytes wanted, {self.end - at} left", at)
        self.at = to
        return self.data[at:to]

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or fewer where fewer are left, without stepping over them."""
        return self.data[self.at : min(self.at + max(size, 0), self.end)]

    def rest(self) -> bytes:
        """All bytes that are left; the cursor is then at its end."""
        at, self.at = self.at, self.end
        return self.data[at : self.end]

    def skip(self, size: int) -> None:
        """Step over `size` bytes."""
        if size < 0 or self.at + size > self.end:
            raise WireError(f"{size} bytes to skip, {self.end - self.at} left", self.at)
        self.at += size

    def fence(self, size: int) -> Cursor:
        """A cursor over the next `size` bytes alone; this one steps over them."""
        at = self.at
        to = at + size
        if size < 0 or to > self.end:
            raise WireError(f"{size} bytes to fence, {self.end - at} left", at)
        self.at = to
        return Cursor(self.data, at, to)
