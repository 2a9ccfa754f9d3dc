"""Bitmaps of indexes: what is in them, and what a checkpoint keeps of them."""

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
        st.tuples(st.just("fill"), _INDEXES),
        st.tuples(st.just("range"), st.tuples(st.integers(0, COUNT), st.integers(0, COUNT))),
    ),
    max_size=8,
)


def of(indexes: set[int]) -> Bitmap:
    marks = Bitmap(COUNT)
    for index in indexes:
        marks.add(index)
    return marks


@given(_STEPS)
def test_a_checkpoint_holds_what_is_marked_after_every_change(
    steps: list[tuple[str, set[int] | tuple[int, int]]],
) -> None:
    marks, held = Bitmap(COUNT), set[int]()
    for what, indexes in steps:
        if what == "range":
            first, end = sorted(indexes)
            marks.add_range(first, end)
            held |= set(range(first, end))
        elif what == "add":
            assert {index for index in indexes if marks.add(index)} == set(indexes) - held
            held |= set(indexes)
        elif what == "remove":
            marks.remove(of(set(indexes)))
            held -= set(indexes)
        else:
            marks.fill(of(set(indexes)).packed())
            held = set(indexes)
        assert set(marks) == set(Bitmap.unpacked(COUNT, marks.packed())) == held
        assert marks.number == len(held)


@pytest.mark.parametrize("text", ["", "%%%", "AAAA", of({1, 2}).packed()[:-8]])
def test_a_checkpoint_that_does_not_fit_is_refused_and_changes_nothing(text: str) -> None:
    marks = of({7})
    for refused in (text, Bitmap(COUNT + 80).packed()):
        with pytest.raises(EngineError, match="start a new scan"):
            marks.fill(refused)
    assert set(marks) == {7}
