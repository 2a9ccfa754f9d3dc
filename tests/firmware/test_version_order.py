"""Versions: a total order within a line and scope, none across, and None for text that matches no grammar."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scanner.firmware import Grammar, Version, compare, grammar, parse
from scanner.firmware.grammar import condition
from scanner.firmware.version import VERSION_LIMIT
from scanner.identity.grammars import compiled_grammar
from scanner.identity.load import load

FOUR = grammar(
    "four",
    r"(?P<platform>\d{1,6})\.(?P<branch>\d{1,6})\.(?P<minor>\d{1,6})\.(?P<build>\d{1,6})",
    ["minor", "build"],
    scope=["platform", "branch"],
    lines={"unknown": "platform == 58 and branch == 15", "teams": "branch == 15", "sip": "branch in 70..99"},
    notes={"unknown": "both editions"},
)
#: Every grammar of `fingerprints/vendors/` by its file and number.
GRAMMARS = {
    f"{origin.stem}/{number}": compiled_grammar(f"{origin.stem}/{number}", entry)
    for origin in load().origins
    for number, entry in enumerate(origin.file.firmware)
}
#: A quarter of the profile's examples for each of them.
each = settings(
    max_examples=settings.default.max_examples // 4,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@st.composite
def versions(draw: st.DrawFn, name: str, count: int) -> list[Version]:
    """Versions of one grammar and model: the first matches its pattern, the others differ in the numbers that order."""
    rules = GRAMMARS[name]
    model = draw(st.from_regex(rules.models, fullmatch=True)) if rules.models else None
    texts = [draw(st.from_regex(rules.pattern, fullmatch=True).filter(lambda text: len(text) <= VERSION_LIMIT))]
    found = rules.pattern.fullmatch(texts[0].strip())
    assume(found is not None)
    assert found is not None
    for _ in range(count - 1):
        text, change = found[0], draw(st.dictionaries(st.sampled_from(rules.order), st.integers(0, 99)))
        for group in sorted(change, key=found.start, reverse=True):
            if (found[group] or "").isdecimal():
                text = text[: found.start(group)] + str(change[group]) + text[found.end(group) :]
        texts.append(text if rules.pattern.fullmatch(text) else found[0])
    read = [parse([rules], model, text) for text in texts]
    assert None not in read, f"{texts} for {model}"
    return [version for version in read if version is not None]


def test_every_grammar_of_the_vendor_files_is_drawn() -> None:
    assert len(GRAMMARS) == sum(len(origin.file.firmware) for origin in load().origins) >= 69


@pytest.mark.parametrize("name", GRAMMARS)
@each
@given(data=st.data())
@pytest.mark.slow
def test_the_order_of_each_grammar_is_total_within_a_line_and_scope(name: str, data: st.DataObject) -> None:
    """Reflexive, antisymmetric and transitive; defined exactly for one scope and for lines that do not differ."""
    a, b, c = data.draw(versions(name, 3))
    assert [compare(one, one) for one in (a, b, c)] == [0, 0, 0]
    for one, other in ((a, b), (b, c), (a, c)):
        there, back = compare(one, other), compare(other, one)
        comparable = one.scope == other.scope and (one.line == other.line or None in (one.line, other.line))
        assert (there is not None) is (back is not None) is comparable
        if there is not None:
            assert back == -there
            assert (there == 0) == (one.order == other.order)
    if a.line == b.line == c.line and a.scope == b.scope == c.scope:
        ordered = sorted((a, b, c), key=lambda version: version.order)
        assert all(compare(one, other) in (-1, 0) for one, other in combinations(ordered, 2))


@given(st.text(max_size=200))
def test_any_text_is_a_version_or_none(text: str) -> None:
    for rules in GRAMMARS.values():
        version = parse([rules], None, text)
        if version is not None:
            assert version.text == text.strip()
            assert rules.pattern.fullmatch(version.text)


@pytest.mark.parametrize("maker", ["Yealink", "Polycom", "AudioCodes", "Crestron"])
def test_versions_of_the_certified_makers_are_read_whole(maker: str) -> None:
    model, text = {
        "Yealink": ("T58A", "58.15.0.20"), "Polycom": ("VVX 411", "5.9.0.9373"),
        "AudioCodes": ("440HD", "3.1.3.144.18"), "Crestron": ("UC-P110-S", "55.66.91.11"),
    }[maker]  # fmt: skip
    version = load().version(maker, model, f" {text} ")
    assert version is not None
    assert version.text == text


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
def test_versions_of_different_scopes_do_not_compare(other: str) -> None:
    a, b = parse([FOUR], None, "66.86.0.9"), parse([FOUR], None, other)
    assert a is not None
    assert b is not None
    assert compare(a, b) is None


def test_a_version_may_not_determine_its_line() -> None:
    version = parse([FOUR], None, "58.15.0.20")
    assert version is not None
    assert version.line is None
    assert version.note == "both editions"


def test_a_version_of_an_unknown_line_compares_with_every_line_of_its_scope() -> None:
    unknown = Version(None, ("g",), (3, 4), "3.4")
    sip = Version("sip", ("g",), (3, 2), "3.2")
    teams = Version("teams", ("g",), (3, 9), "3.9")
    assert compare(unknown, sip) == 1
    assert compare(sip, unknown) == -1
    assert compare(sip, teams) is None


@pytest.mark.parametrize("text", ["", " ", "58.15", "latest", "58.15.0.20.1", "58.15.0.x", "9" * 200, "58,15,0,20"])
def test_text_that_is_not_a_version_is_none(text: str) -> None:
    assert parse([FOUR], None, text) is None


def test_a_grammar_limited_to_models_does_not_read_those_of_others() -> None:
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
        ({"pattern": r"(?P<a>\d+)", "order": []}, "order is empty"),
        ({"pattern": r"(?P<a>\d+)", "order": ["a"], "lines": {"sip": "a ~ 3"}}, "is not one of"),
        ({"pattern": r"(?P<a>\d+)", "order": ["a"], "lines": {"sip": "c == 3"}}, "'c'"),
    ],
)
def test_an_invalid_grammar_is_refused_with_its_reason(words: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        grammar("g", **words)  # type: ignore[arg-type]
