"""The output of a monitoring plugin: its first line, performance data, and names from the network in it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.app.alert_range import Levels, parse
from scanner.app.plugin_output import (
    CRITICAL,
    MOST_BYTES,
    OK,
    UNKNOWN,
    WARNING,
    PerformanceValue,
    PluginFinding,
    worst,
    written,
)

METRIC = PerformanceValue("percent", 12.5, "%", Levels(parse("1"), parse("@20:30")), 0, 100)


@pytest.mark.parametrize(("one", "other"), list(product((OK, WARNING, CRITICAL, UNKNOWN), repeat=2)))
def test_the_state_is_the_most_urgent_one(one: int, other: int) -> None:
    order = (CRITICAL, WARNING, UNKNOWN, OK)
    assert worst([PluginFinding(one, "a"), PluginFinding(other, "b")]) == next(
        state for state in order if state in (one, other)
    )


def test_the_first_line_begins_with_the_state_and_its_reason() -> None:
    found = [
        PluginFinding(OK, "fine"),
        PluginFinding(WARNING, "late"),
        PluginFinding(CRITICAL, "outage"),
        PluginFinding(UNKNOWN, "no date"),
    ]
    text = written(found, [METRIC], ["a line", "another"])
    assert text.splitlines() == [
        "CRITICAL: outage (critical), late (warning), no date (unknown), fine | 'percent'=12.50%;1;@20:30;0;100",
        "a line",
        "another",
    ]
    assert written([PluginFinding(UNKNOWN, "no device")]) == "UNKNOWN: no device"


def test_many_findings_are_counted() -> None:
    first = written([PluginFinding(WARNING, f"scan {number}") for number in range(9)], [METRIC]).partition(" | ")[0]
    assert first == f"WARNING: {', '.join(f'scan {n} (warning)' for n in range(4))}, 5 more with -v"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b=1;2", "a\\x7cb=1;2"),
        ("a\nOK: b", "a\\x0aOK: b"),
        ("\x1b[31mred\r", "\\x1b[31mred\\x0d"),
        ("<script>x</script>", "\\x3cscript>x\\x3c/script>"),
        ("1<=x<=2", "1<=x<=2"),
        ("\u202egnp", "\\u202egnp"),
    ],
)
def test_a_name_from_the_network_is_escaped(text: str, shown: str) -> None:
    assert written([PluginFinding(OK, text)], [METRIC], [text]).splitlines() == [f"OK: {shown} | {METRIC}", shown]


@given(st.lists(st.text(max_size=400), max_size=40), st.lists(st.text(max_size=400), max_size=200))
def test_the_output_is_bounded_and_no_text_ends_a_line_or_begins_performance_data(
    names: list[str], lines: list[str]
) -> None:
    text = written([PluginFinding(WARNING, "first"), *(PluginFinding(OK, name) for name in names)], [METRIC], lines)
    kept = text.split("\n")
    assert text.count("|") == 1
    assert kept[0].endswith(f" | {METRIC}")
    assert len(kept) <= 1 + len(lines)
    assert len(text.encode("utf-8", "replace")) <= MOST_BYTES
