"""A possessive repetition of a group repeats an atomic group, in every pattern of the program and of the vendor files.

Python before 3.11.5 does not go back to the end of the last complete repetition where another one has matched in part:
of `:01:02:zz`, `(?::[0-9]{2})*+` matches `:01:02:`. `(?>:[0-9]{2})*+` matches `:01:02` in every release (CPython
issue 106052).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nonempty import some

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "scanner").rglob("*.py")) + sorted((ROOT / "fingerprints").rglob("*.toml"))
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]", re.DOTALL)
_POSSESSIVE = re.compile(r"(?:[*+?]|\{\d*,?\d*\})\+")


def texts(path: Path) -> Iterator[str]:
    """The strings of a module, with `x` for what an f-string inserts; a vendor file as one text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        yield from re.findall(r"'([^'\n]*)'", text)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def repeated_groups(pattern: str) -> Iterator[str]:
    """The groups that a pattern repeats possessively."""
    opened: list[int] = []
    for piece in _PIECE.finditer(pattern):
        if piece[0] == "(":
            opened.append(piece.start())
        elif piece[0] == ")" and opened:
            group = pattern[opened.pop() : piece.end()]
            if _POSSESSIVE.match(pattern, piece.end()) and group != "()":
                yield group


def test_a_group_that_is_repeated_possessively_is_atomic() -> None:
    found = [(path.name, group) for path in SOURCES for text in texts(path) for group in repeated_groups(text)]
    assert [one for one in some(found) if not one[1].startswith("(?>")] == []


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        (r"(?::[0-9]{2})++x", ["(?::[0-9]{2})"]),
        (r"a(?>b\)|[)(])*+", [r"(?>b\)|[)(])"]),
        (r"((?:a|b){2,3}+)", ["(?:a|b)"]),
        (r"(a)+b++[()]*+", []),
    ],
)
def test_the_groups_of_a_pattern_are_found(pattern: str, groups: list[str]) -> None:
    assert list(repeated_groups(pattern)) == groups
