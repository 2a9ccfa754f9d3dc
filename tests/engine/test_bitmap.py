"""Bitmaps of indexes, and their text in a checkpoint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import EngineError
from scanner.engine.sweep.bitmap import Bitmap

COUNT = 300
_INDEXES = st.sets(st.integers(0, COUNT - 1), max_size=40)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), _INDEXES),
        st.tuples(st.just("remove"), _INDEXES),
        st.tuples(st.just("load"), _INDEXES),
        st.tuples(st.just("range"), st.tuples(st.integers(0, COUNT), st.integers(0, COUNT))),
    ),
    max_size=8,
)


def of(indexes: set[int]) -> Bitmap:
    bitmap = Bitmap(COUNT)
    for index in indexes:
        bitmap.add(index)
    return bitmap


def decoded(text: str) -> Bitmap:
    bitmap = Bitmap(COUNT)
    bitmap.load(text)
    return bitmap


@given(_STEPS)
def test_the_text_of_a_bitmap_contains_every_change(
    steps: list[tuple[str, set[int] | tuple[int, int]]],
) -> None:
    bitmap, expected = Bitmap(COUNT), set[int]()
    assert set(bitmap) == expected
    for what, indexes in steps:
        if what == "range":
            first, end = sorted(indexes)
            bitmap.add_range(first, end)
            expected |= set(range(first, end))
        elif what == "add":
            assert {index for index in indexes if bitmap.add(index)} == set(indexes) - expected
            expected |= set(indexes)
        elif what == "remove":
            bitmap.remove(of(set(indexes)))
            expected -= set(indexes)
        else:
            bitmap.load(of(set(indexes)).encode())
            expected = set(indexes)
        assert set(bitmap) == set(decoded(bitmap.encode())) == expected
        assert bitmap.number == len(expected)


@pytest.mark.parametrize("text", ["", "%%%", "AAAA", of({1, 2}).encode()[:-8]])
def test_text_of_another_count_is_rejected_and_changes_nothing(text: str) -> None:
    bitmap = of({7})
    for refused in (text, Bitmap(COUNT + 80).encode()):
        with pytest.raises(EngineError, match="start a new scan"):
            bitmap.load(refused)
    assert set(bitmap) == {7}
