"""The cursor never reads past its range, and says where it stood when it could not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import WireError
from scanner.wire.cursor import Cursor

READS: list[tuple[str, Callable[[Cursor], object], int, object]] = [
    ("u8", lambda c: c.u8(), 1, 0x81),
    ("pair", lambda c: c.pair(), 2, (0x81, 2)),
    ("u16", lambda c: c.u16(), 2, 0x8102),
    ("u24", lambda c: c.uint(3), 3, 0x810203),
    ("u32", lambda c: c.u32(), 4, 0x81020304),
    ("signed", lambda c: c.sint(1), 1, -127),
    ("little-endian", lambda c: c.uint_le(2), 2, 0x0281),
    ("bytes", lambda c: c.take(3), 3, b"\x81\x02\x03"),
]


@pytest.mark.parametrize(("name", "read", "size", "value"), READS, ids=[r[0] for r in READS])
def test_a_read_gives_its_value_or_moves_nothing(
    name: str, read: Callable[[Cursor], object], size: int, value: object
) -> None:
    data = b"\x81\x02\x03\x04"
    assert read(Cursor(data)) == value
    for length in range(size):
        short = Cursor(data[:length])
        with pytest.raises(WireError):
            read(short)
        assert short.at == 0


def test_a_fence_keeps_its_reader_in_and_steps_over_for_the_other() -> None:
    outer = Cursor(b"\x01\x02\x03\x04\x05")
    inner = outer.fence(3)
    assert outer.u8() == 4
    assert inner.u16() == 0x0102
    with pytest.raises(WireError) as fault:
        inner.u16()
    assert fault.value.offset == 2
    assert inner.rest() == b"\x03"
    assert not inner


def test_offsets_are_those_of_the_whole_input() -> None:
    inner = Cursor(bytes(10)).fence(8).fence(4)
    inner.skip(4)
    with pytest.raises(WireError, match="at offset 4"):
        inner.u8()


@pytest.mark.parametrize("size", [-1, 5, 1 << 70])
def test_no_size_reaches_out_of_the_range(size: int) -> None:
    cursor = Cursor(b"abcdef").fence(4)
    for read in (cursor.take, cursor.skip, cursor.fence, cursor.uint):
        with pytest.raises(WireError):
            read(size)
    assert cursor.at == 0
    assert cursor.peek(size) == (b"" if size < 0 else b"abcd")


@given(st.binary(max_size=40), st.lists(st.integers(-3, 20), max_size=12))
def test_whatever_is_asked_what_is_read_is_a_prefix(data: bytes, sizes: list[int]) -> None:
    cursor, got = Cursor(data), b""
    for size in sizes:
        before = cursor.at
        try:
            got += cursor.take(size)
        except WireError:
            assert cursor.at == before
    assert data.startswith(got)
    assert got + cursor.rest() == data
