"""Whole numbers and regular expressions in texts of others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from scanner.core.numbers import ARC, whole
from scanner.core.patterns import checked_pattern
from scanner.firmware.grammar import grammar
from scanner.identity.mistakes import pattern_mistake

SCANNER = Path(__file__).resolve().parents[2] / "scanner"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("007", 7), ("0" * 5_000 + "7", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("9" * 5_000, None),
        ("", None), ("²", None), ("٣", None), ("-1", None), ("+1", None), (" 1", None), ("1_0", None), ("1.0", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_digits_of_ascii_within_a_range(text: str, number: int | None) -> None:
    assert whole(text) == number


def test_a_number_has_the_range_of_its_type() -> None:
    assert whole(str(ARC), ARC) == ARC
    assert whole(str(ARC + 1), ARC) is None


def test_no_text_is_a_number_by_isdigit_alone() -> None:
    """`int` does not take all that `str.isdigit` is true of; `whole` replaces both in one expression."""
    found = []
    checked = {"cli/shared/output.py", "settings/check.py", "core/numbers.py", "web/list_query.py", "wire/sip.py"}
    checked |= {
        "testing/switches.py",
        "reading/pathmac.py",
        "web/pages/changes.py",
        "web/pages/edit.py",
        "firmware/grammar.py",
    }  # of ASCII, or of isdecimal
    for path in SCANNER.rglob("*.py"):
        name = path.relative_to(SCANNER).as_posix()
        for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(statement, (ast.Return, ast.Assign, ast.If, ast.Expr, ast.For)):
                continue
            text = ast.unparse(statement.test if isinstance(statement, ast.If) else statement)
            if (
                re.search(r"\bint\(", text)
                and re.search(r"\.is(digit|decimal|numeric)\(", text)
                and name not in checked
            ):
                found.append((name, statement.lineno))
    assert found == []


PATTERNS = (
    "a{99999999999}", "a{4294967295}", "a{1,99999999999}", "a{" + "9" * 5_000 + "}", "(" * 5_000 + ")" * 5_000,
    "(?:" * 200 + "a" + ")" * 200, "x" * 100_000, "(", "[z-a]", "(?P<a>a)(?P<a>b)", "a" + "{2}" * 3_000, "(?<=a*)b",
    "\\" , "(?i", "*", "(?P<>a)", "(?P=x)", "\\9" * 300,
)  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
def test_a_pattern_beyond_the_engine_is_a_mistake_in_one_sentence(pattern: str) -> None:
    with pytest.raises(re.error):
        checked_pattern(pattern)
    assert "cannot be compiled" in (pattern_mistake(pattern) or "")
    with pytest.raises(ValueError, match="cannot be read"):
        grammar("x", pattern, ("a",))
    with pytest.raises(ValueError, match="cannot be read"):
        grammar("x", "(?P<a>a)", ("a",), models=pattern)


def test_patterns_within_the_bounds_are_compiled() -> None:
    for pattern in ("a{10}", "a{2,}", "(?:[0-9]{1,4}\\.){3}", "(" * 20 + ")" * 20):
        assert checked_pattern(pattern).pattern == pattern
