"""Threshold ranges: the table of the guidelines, and the parser of nagiosplugin beside ours."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from nagiosplugin import Range

from scanner.app.alert_range import AlertRange, Levels, parse
from scanner.core.errors import UsageError
from tests.nonempty import some

#: The examples of the Monitoring Plugins Development Guidelines, with values that alert and others.
EXAMPLES: tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...] = (
    ("10", (-1, 10.1, 11), (0, 5, 10)),
    ("10:", (-1, 0, 9.9), (10, 11, 1e9)),
    ("~:10", (10.1, 1e9), (-1e9, 0, 10)),
    ("10:20", (9.9, 20.1), (10, 15, 20)),
    ("@10:20", (10, 15, 20), (9.9, 20.1)),
    ("0", (-0.1, 0.1), (0,)),
    ("1.5", (1.6, -1), (0, 1.5)),
    (".5", (0.6,), (0.5,)),
    ("-5:5", (-6, 6), (-5, 0, 5)),
    (":10", (-1, 11), (0, 10)),
    ("@10", (0, 10), (-1, 11)),
    ("~:", (), (-1e9, 0, 1e9)),
    ("@~:", (-1e9, 0, 1e9), ()),
    ("1e3", (1001,), (0, 1000)),
)
WRONG = (
    "", "x", "@", ":", "~", "@~", "20:10", "10:20:30", "1:x", "x:1", "-5", "nan", "inf", "~:inf", "10:nan", "1e13",
    "1e999", "1_0", "１０", " 10",
    "10 ", "10%", "10,5", "0x10", "~10", "10:~", "@@10", "1.2.3", "--5:", "10|20", "10\n",
)  # fmt: skip
numbers = st.integers(-1000, 1000) | st.decimals(-1000, 1000, places=3)
specs = st.builds(
    "{}{}{}".format,
    st.sampled_from(("", "@")),
    st.sampled_from(("", "~:", ":")) | st.builds("{}:".format, numbers),
    numbers.map(str) | st.just(""),
)
ranges = specs.filter(lambda spec: _is_range(spec))


def _is_range(spec: str) -> bool:
    try:
        Range(spec)
    except ValueError:
        return False
    return spec.strip("@") not in ("", ":")  # which the reference reads as ranges, and the guidelines do not have


@pytest.mark.parametrize(("text", "alerts", "quiet"), EXAMPLES, ids=[one[0] for one in EXAMPLES])
def test_the_examples_of_the_guidelines(text: str, alerts: tuple[float, ...], quiet: tuple[float, ...]) -> None:
    found = parse(text)
    assert [value for value in (*alerts, *quiet) if found.alerts(value)] == list(alerts)
    assert parse(str(found)) == found


@pytest.mark.parametrize("text", WRONG)
def test_what_is_not_a_range_is_named_with_the_forms_of_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a range: (write 10, 10:, ~:10, 10:20 or @10:20|it begins at)"):
        parse(text)


@given(ranges, st.lists(numbers, min_size=1))
def test_ranges_alert_as_those_of_nagiosplugin(spec: str, values: list[float]) -> None:
    own, theirs = parse(spec), Range(spec)
    written = Range(str(own))
    for value in map(float, some(values)):
        assert own.alerts(value) is (value not in theirs) is (value not in written), (spec, value)


@given(specs.filter(lambda spec: not _is_range(spec)))
def test_what_nagiosplugin_refuses_is_refused(spec: str) -> None:
    with pytest.raises(UsageError):
        parse(spec)


@pytest.mark.parametrize(
    ("warning", "critical", "hidden"),
    [
        ("1", "10", False),
        ("10", "10", False),
        ("10", "5", True),
        ("10:", "5:", False),
        ("5:", "10:", True),
        ("10:20", "5:25", False),
        ("5:25", "10:20", True),
        ("10:20", "12:30", False),
        ("~:10", "5", True),
        ("5", "~:3", True),
        ("10", "5:", False),
        ("@10:20", "@12:15", False),
        ("@12:15", "@10:20", True),
        ("@10:20", "5", True),
        ("@10:20", "30", False),
        ("~:", "10", False),
        ("0:", "0", False),
        ("100", "0:", False),
    ],
)
def test_a_critical_range_that_leaves_no_warning(warning: str, critical: str, hidden: bool) -> None:
    assert Levels(parse(warning), parse(critical)).hidden is hidden


@given(ranges, ranges, st.integers(0, 1200))
def test_of_a_pair_that_is_refused_every_warning_is_critical(one: str, other: str, value: int) -> None:
    levels = Levels(parse(one), parse(other))
    event(f"hidden {levels.hidden}")
    assert not (levels.hidden and levels.warning.alerts(value) and not levels.critical.alerts(value))


def test_a_range_in_another_unit_keeps_its_form() -> None:
    assert [str(parse(text).times(3600)) for text in ("36", "1:", "~:2", "@1:1.5", "0.1", "1e9")] == [
        "129600", "3600:", "~:7200", "@3600:5400", "360", "3600000000000",
    ]  # fmt: skip
    assert str(AlertRange(float("-inf"), float("inf"), inside=True)) == "@~:"
