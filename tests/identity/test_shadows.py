"""The shadow of a pattern matches the outline of every value that the pattern matches: no candidate is lost by it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.identity.index import outlined
from scanner.identity.load import load
from scanner.identity.match import best
from scanner.identity.patterns import compiled
from scanner.identity.shadows import shadow
from tests.nonempty import some

RULES = [entry for origin in load().origins for entry in origin.file.rule]
EXAMPLES = [(entry.pattern, str(example["value"])) for entry in RULES for example in entry.examples]


def is_shadowed(pattern: str, value: str) -> bool:
    found = shadow(pattern)
    return found is None or found.fullmatch(outlined(value)[2]) is not None


def test_the_shadow_of_each_rule_matches_the_outlines_of_its_examples() -> None:
    for pattern, value in some(EXAMPLES):
        assert is_shadowed(pattern, value), (pattern, value)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EXAMPLES), st.sampled_from(EXAMPLES), st.integers(0, 60), st.text("0123456789.a-( ", max_size=6))
def test_what_a_pattern_matches_its_shadow_matches(
    one: tuple[str, str], other: tuple[str, str], at: int, inserted: str
) -> None:
    value = one[1][:at] + inserted + one[1][at:]
    for pattern in (one[0], other[0]):
        matched = compiled(pattern).fullmatch(value) is not None
        assert is_shadowed(pattern, value) >= matched


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"T\d{2}[A-Z]?", "T58A"),
        (r"\d+\.\d+", "12.345"),
        (r"[\w.]{3,9}", "1.0.11.46"),
        (r"(?:\.\d{1,3}){2,4}x", ".1.22.333x"),
        (r"[1-9]0x", "90x"),
        (r"[^a]\d[^0-9]", "12b"),
        (r"(?>\d\d|a)\d", "123"),
        (r"(?!9)(?P<a>\d)|b", "8"),
        (r"1234", "1234"),
        (r"a1{3}b", "a111b"),
    ],
)
def test_numbers_are_one_character_of_an_outline(pattern: str, value: str) -> None:
    assert compiled(pattern).fullmatch(value)
    assert is_shadowed(pattern, value)


@pytest.mark.parametrize(("pattern", "value"), [(r"Yealink \S+", "Polycom 1"), (r"T\d", "X1"), (r"\d-x", "1-y")])
def test_a_shadow_does_not_match_other_text(pattern: str, value: str) -> None:
    assert not is_shadowed(pattern, value)


def test_a_value_is_matched_alike_however_often_its_outline_was_used() -> None:
    fingerprints = load()
    for entry in some(RULES[::5]):
        for example in entry.examples[:1]:
            value = str(example["value"]).strip()
            found = [best(fingerprints, entry.field, value) for _ in range(60)]
            assert found == [found[0]] * 60, value
