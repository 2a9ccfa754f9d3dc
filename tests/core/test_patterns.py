"""Regular expressions of others: what is beyond a bound is refused before the engine compiles it."""

from __future__ import annotations

import re

import pytest

from scanner.core.patterns import checked_pattern

BEYOND = {
    "length": "a" * 10_001,
    "groups": "(" * 51 + "a" + ")" * 51,
    "groups that capture nothing": "(?:" * 51 + "a" + ")" * 51,
    "a repetition": "a{10001}",
    "the most of a range": "a{1,10001}",
    "the least of an open range": "a{10001,}",
    "a repetition of 23 digits": "a{12345678901234567890123}",
    "a repetition that a 32-bit number cannot hold": "a{1,4294967296}",
    "no pattern": "(",
}


@pytest.mark.parametrize("text", BEYOND.values(), ids=BEYOND)
def test_a_pattern_beyond_a_bound_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if text != "(":
        monkeypatch.setattr(re, "compile", lambda *_: pytest.fail("the engine compiles it"))
    with pytest.raises(re.error):
        checked_pattern(text)


@pytest.mark.parametrize("text", ["a" * 10_000, "(" * 50 + "a" + ")" * 50, "a{10000}", "a{1,10000}", r"\(" * 60])
def test_a_pattern_within_its_bounds_is_compiled(text: str) -> None:
    assert checked_pattern(text).pattern == text
