"""A checked cursor over bytes: the only code in `wire/` that indexes, slices or converts input.

Contract:
- a read never passes the end of its range; it raises `WireError` with the offset from the start of the input;
- a failed read leaves the position unchanged;
- `fence(n)` returns a cursor limited to the next `n` bytes and skips them: a TLV cannot be read past its end, and an
  error in one TLV does not affect the next.
Integers are big-endian (network byte order, RFC 1700); `uint_le` is for file formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.core.errors import WireError

#: The value of octets as an unsigned or signed (two's complement) big-endian number; no octets are 0.
uint_of = partial(int.from_bytes, byteorder="big", signed=False)
sint_of = partial(int.from_bytes, byteorder="big", signed=True)


def cut(data: bytes, size: int) -> tuple[bytes, bytes]:
    """The first `size` bytes and the rest; shorter data gives all of it and nothing."""
    return data[:size], data[size:]


class Cursor:
    """A position in `data`, never before its start and never past its end.

    `at` is the offset of the next byte and `end` the offset after the last, both counted from the start of `data`,
    also in a fenced cursor: offsets in faults are those of the whole frame.
    """

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        if end is None:
            end = len(data)
        if not 0 <= start <= end <= len(data):
            raise WireError(f"a range from {start} to {end} in {len(data)} bytes", start)
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

    def peek_u8(self) -> int | None:
        """The next byte as a number without skipping it; None at the end."""
        return self.data[self.at] if self.at < self.end else None

    def pair(self) -> tuple[int, int]:
        """The next two bytes as two numbers: the header of most TLVs in one step."""
        at = self.at
        if at + 2 > self.end:
            raise WireError(f"2 bytes wanted, {self.end - at} left", at)
        self.at = at + 2
        return self.data[at], self.data[at + 1]

    def counted(self, limit: int = 255) -> tuple[int, bytes] | None:
        """One TLV with a type and a length of one byte each: (type, value).

        None, and the position stays, where the length byte is above `limit`: BER's long form (X.690 8.1.3.5).
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
        """One BER value of tag `outer` with exactly two values inside, the first of tag `first`; lengths in short form.

        Returns the first value's content, the second one's tag and content. None, and the position stays, for anything
        else, truncated or with a length above 127: read the values one by one then.
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
        """TLVs up to the end, whose two-byte headers hold the length in the lower `bits` and the type above them.

        Yields offset, type and value of each; raises WireError at a truncated one.
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
        """The next `size` bytes as an unsigned number."""
        return uint_of(self.take(size))

    def uint_le(self, size: int) -> int:
        """The next `size` bytes as an unsigned little-endian number."""
        return int.from_bytes(self.take(size), "little")

    def sint(self, size: int) -> int:
        """The next `size` bytes as a signed number, two's complement."""
        return sint_of(self.take(size))

    def u16(self) -> int:
        """The next two bytes as an unsigned number."""
        return uint_of(self.take(2))

    def u32(self) -> int:
        """The next four bytes as an unsigned number."""
        return uint_of(self.take(4))

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        at = self.at
        to = at + size
        if size < 0 or to > self.end:
            raise WireError(f"{size} bytes wanted, {self.end - at} left", at)
        self.at = to
        return self.data[at:to]

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or fewer where fewer are left, without skipping them."""
        return self.data[self.at : min(self.at + max(size, 0), self.end)]

    def rest(self) -> bytes:
        """All remaining bytes; the cursor is then at its end."""
        at, self.at = self.at, self.end
        return self.data[at : self.end]

    def skip(self, size: int) -> None:
        """Skip `size` bytes."""
        if size < 0 or self.at + size > self.end:
            raise WireError(f"{size} bytes to skip, {self.end - self.at} left", self.at)
        self.at += size

    def fence(self, size: int) -> Cursor:
        """A cursor limited to the next `size` bytes; this one skips them."""
        at = self.at
        to = at + size
        if size < 0 or to > self.end:
            raise WireError(f"{size} bytes to fence, {self.end - at} left", at)
        self.at = to
        return Cursor(self.data, at, to)
