"""Versions: a total order within a line and scope, none across, and None for what no grammar reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.firmware import Grammar, Version, compare, grammar, parse
from scanner.firmware.grammar import condition
from scanner.identity.load import load

FOUR = grammar(
    "four",
    r"(?P<platform>\d{1,6})\.(?P<branch>\d{1,6})\.(?P<minor>\d{1,6})\.(?P<build>\d{1,6})",
    ["minor", "build"],
    scope=["platform", "branch"],
    lines={"unknown": "platform == 58 and branch == 15", "teams": "branch == 15", "sip": "branch in 70..99"},
    notes={"unknown": "both editions"},
)
MAKERS = {
    "Yealink": ("T58A", st.tuples(*[st.integers(0, 400)] * 4)),
    "Polycom": ("VVX 411", st.tuples(*[st.integers(0, 99_999)] * 4).map(lambda t: (t[0] % 100, t[1] % 1000, *t[2:]))),
    "AudioCodes": ("440HD", st.tuples(*[st.integers(0, 99)] * 5)),
    "Crestron": ("UC-P110-S", st.tuples(*[st.integers(0, 99)] * 4)),
}


def version_of(maker: str, numbers: tuple[int, ...]) -> Version:
    version = load().version(maker, MAKERS[maker][0], ".".join(map(str, numbers)))
    assert version is not None
    return version


@st.composite
def versions(draw: st.DrawFn, count: int) -> list[Version]:
    maker = draw(st.sampled_from(sorted(MAKERS)))
    first = draw(MAKERS[maker][1])
    found = []
    for _ in range(count):
        numbers = draw(MAKERS[maker][1])
        keep = draw(st.integers(0, len(first)))
        found.append(version_of(maker, first[:keep] + numbers[keep:]))
    return found


@given(versions(2))
def test_the_order_is_antisymmetric_and_total_within_a_line_and_scope(pair: list[Version]) -> None:
    a, b = pair
    there, back = compare(a, b), compare(b, a)
    if a.scope == b.scope and a.line == b.line:
        assert there is not None
    assert (there is None) == (back is None)
    if there is not None:
        assert back == -there
        assert (there == 0) == (a.order == b.order)


@given(versions(3))
def test_the_order_is_transitive(three: list[Version]) -> None:
    a, b, c = three
    if compare(a, b) in (-1, 0) and compare(b, c) in (-1, 0) and compare(a, c) is not None:
        assert compare(a, c) in (-1, 0)


@given(versions(1))
def test_a_version_equals_itself(one: list[Version]) -> None:
    assert compare(one[0], one[0]) == 0


@given(st.text(max_size=200))
def test_any_text_is_a_version_or_none(text: str) -> None:
    fingerprints = load()
    for maker, (model, _) in MAKERS.items():
        version = fingerprints.version(maker, model, text)
        assert version is None or version.text == text.strip()


def test_numbers_compare_as_integers() -> None:
    a, b = parse([FOUR], None, "66.86.0.9"), parse([FOUR], None, "66.86.0.10")
    assert a is not None
    assert b is not None
    assert compare(a, b) == -1


def test_leading_zeros_make_no_difference() -> None:
    a, b = parse([FOUR], None, "066.86.0.0010"), parse([FOUR], None, "66.86.0.10")
    assert a is not None
    assert b is not None
    assert compare(a, b) == 0


@pytest.mark.parametrize("other", ["66.85.0.9", "58.86.0.9"])
def test_another_scope_does_not_compare(other: str) -> None:
    a, b = parse([FOUR], None, "66.86.0.9"), parse([FOUR], None, other)
    assert a is not None
    assert b is not None
    assert compare(a, b) is None


def test_a_line_may_say_that_the_number_cannot_tell() -> None:
    version = parse([FOUR], None, "58.15.0.20")
    assert version is not None
    assert version.line is None
    assert version.note == "both editions"


def test_a_version_of_an_untold_line_compares_by_number_within_its_scope() -> None:
    untold = Version(None, ("g",), (3, 4), "3.4")
    told = Version("sip", ("g",), (3, 2), "3.2")
    other = Version("teams", ("g",), (3, 9), "3.9")
    assert compare(untold, told) == 1
    assert compare(told, untold) == -1
    assert compare(told, other) is None


@pytest.mark.parametrize("text", ["", " ", "58.15", "latest", "58.15.0.20.1", "58.15.0.x", "9" * 200, "58,15,0,20"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert parse([FOUR], None, text) is None


def test_a_grammar_for_models_does_not_read_other_models() -> None:
    limited = grammar("limited", r"(?P<a>\d+)", ["a"], models=r"CX\d+")
    assert parse([limited], "CX600", "5") is not None
    assert parse([limited], "VVX 411", "5") is None
    assert parse([limited], None, "5") is None


def test_missing_parts_count_as_zero() -> None:
    short: Grammar = grammar("s", r"(?P<a>\d+)(?:\.(?P<b>\d+))?", ["a", "b"])
    a, b = parse([short], None, "3"), parse([short], None, "3.0")
    assert a is not None
    assert b is not None
    assert compare(a, b) == 0


@pytest.mark.parametrize(
    ("text", "groups", "holds"),
    [
        ("always", {}, True),
        ("a == 9", {"a": "09"}, True),
        ("a != 9", {"a": "9"}, False),
        ("a in 70..87", {"a": "87"}, True),
        ("a in 70..87", {"a": "88"}, False),
        ("a >= 3 and b < 2", {"a": "3", "b": "1"}, True),
        ("a == 1 or a == 2 and b == 3", {"a": "2", "b": "3"}, True),
        ("a == uc", {"a": "UC"}, True),
        ("a present", {"a": None}, False),
        ("a absent", {"a": None}, True),
    ],
)
def test_conditions_hold_or_do_not(text: str, groups: dict[str, str | None], holds: bool) -> None:
    assert condition(text, {"a", "b"})(groups) is holds


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"pattern": "(", "order": ["a"]}, "cannot be read"),
        ({"pattern": r"(?P<a>\d+)", "order": ["b"]}, "'b'"),
        ({"pattern": r"(?P<a>\d+)", "order": []}, "order names no group"),
        ({"pattern": r"(?P<a>\d+)", "order": ["a"], "lines": {"sip": "a ~ 3"}}, "is not one of"),
        ({"pattern": r"(?P<a>\d+)", "order": ["a"], "lines": {"sip": "c == 3"}}, "'c'"),
    ],
)
def test_a_grammar_that_makes_no_sense_says_why(words: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        grammar("g", **words)  # type: ignore[arg-type]
