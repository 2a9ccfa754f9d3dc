"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from scanner.core.text import amount


@pytest.mark.parametrize(
    ("count", "noun", "words"), [(0, "row", "0 rows"), (1, "row", "1 row"), (2_000, "neighbour", "2,000 neighbours")]
)
def test_an_amount_is_a_number_with_its_noun(count: int, noun: str, words: str) -> None:
    assert amount(count, noun) == words
    assert amount(count, "entry", "entries").endswith(" entry" if count == 1 else " entries")
