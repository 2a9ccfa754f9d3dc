"""Turns of phrase that are not those of network engineering do not return to code, messages and documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import material

#: People where there are packets, and dialect where there is a term. Each was found in code or docs.
TURNS = re.compile(
    r"""
      \btold\b | \btells?\b | \bnobody\b | \bsomebody\b | \bhangs?\ on\b | \bheard\ of\b | \bspeaks?\ of\b
    | \bwho\ (?:answer|answers|answered|is\ there|are\ there|was|were|has|have|it|they)\b
    | (?<!there\ )\bis\ no\ [a-z]+ | (?<!there\ )\bare\ no\ [a-z]+
    | \bgoes\ on\ without\b | \bsettles?d?\b.{0,20}\bmatter\b | \bthose\ (?:who|that)\ are\b
    | \bthere\ (?:to\ be|is\ nothing)\ (?:asked|told)\b | \bon\ its\ own\b.{0,12}\bword\b | \bbelongs?\ to\ nobody\b
    | \bwith\ nothing\ left\b | \bwhere\ it\ hangs\b | \bsaid\ so\b | \bthe\ silent\b | \bwhoever\b | \bout\ of\ hand\b
    | \bto\ itself\ alone\b | \bgave\ 0\b | \bworks?\ in\ vain\b | \bcannot\ be\ meant\b | \bis\ meant\ from\b
    """,
    re.X | re.I,
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)

#: Tree → the largest accepted number of turns. The numbers only go down.
LIMITS = {
    "docs": 0,
    "README.md": 0,
    "CONTRIBUTING.md": 0,
    "CHANGELOG.md": 0,
    "fingerprints/README.md": 0,
    "tools": 0,
    "scanner/core": 0,
    "scanner/settings": 0,
    "tests/core": 0,
    "tests/settings": 0,
    "tests/docs": 0,
    "scanner": 900,
    "tests": 500,
}


def texts(tree: str) -> Iterator[tuple[Path, str]]:
    """Every text of a tree; of Markdown without code, which quotes messages and other programs."""
    root = material.ROOT / tree
    for path in [root] if root.is_file() else sorted(root.rglob("*")):
        if path.suffix in {".py", ".md", ".html"} and path != Path(__file__):
            text = path.read_text(encoding="utf-8")
            yield path, _CODE.sub("", text) if path.suffix == ".md" else text


@pytest.mark.parametrize(("tree", "limit"), LIMITS.items(), ids=LIMITS)
def test_turns_do_not_return(tree: str, limit: int) -> None:
    found = [
        f"{path.relative_to(material.ROOT)}: {turn[0]}"
        for path, text in texts(tree)
        for turn in TURNS.finditer(re.sub(r"\s+", " ", text))
    ]
    assert len(found) <= limit, "\n".join(found)
