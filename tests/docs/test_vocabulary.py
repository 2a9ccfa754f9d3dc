"""docs/vocabulary.md contains the terms of tables, columns, headings, statuses, events, outcomes and field groups."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from scanner.core.fields import FIELDS, INVENTORY_COLUMNS
from scanner.core.model import COMPLIANCES, KINDS, STATUSES
from scanner.core.outcomes import Outcome
from scanner.discovery.registry import default_names
from scanner.inventory import Inventory, queries
from scanner.inventory.records import EventKind
from tests.docs import material
from tests.nonempty import some

PAGE = material.DOCS / "vocabulary.md"
SCANNER = material.ROOT / "scanner"

#: Words of headings and columns that are plain English and need no entry.
PLAIN = frozenset(
    re.findall(
        r"\w+",
        """
        all and at before current date days files finished from here id imported key log name new note now of
        old over overview query read row scanned set settings since spelled spelling sql started the time title until
        versions what where
        """,
    )
)


def terms() -> set[str]:
    """Every term of the page: the first column of its tables, split at commas, without backquotes."""
    found: set[str] = set()
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith(("| ---", "| term ")):
            found |= {term.strip(" `") for term in line.split(" | ")[0].removeprefix("| ").split(",")}
    return found


def stem(word: str) -> str:
    """A word without the ending of a plural."""
    return re.sub(r"(?<=\w{2})(?<!s)s$", "", re.sub(r"(?:ies|y)$", "i", re.sub(r"(?<=ss|ch)es$", "", word)))


def words(text: str) -> list[str]:
    """The words of a heading, a column or a term, in lower case."""
    return re.findall(r"[a-z]+", html.unescape(re.sub(r"\{[{%].*?[%}]\}|<[^>]*>", " ", text)).lower())


TERMS = terms()
KNOWN = {stem(word) for term in TERMS for word in words(term)} | {stem(word) for word in PLAIN}


@pytest.mark.parametrize(
    "closed_set",
    [
        STATUSES,
        COMPLIANCES,
        KINDS,
        get_args(EventKind),
        tuple(map(str, Outcome)),
        (*default_names(), "switches"),
        INVENTORY_COLUMNS,
        tuple(dict.fromkeys(name.partition(".")[0] for name in FIELDS)),
    ],
    ids=["statuses", "compliances", "kinds", "events", "outcomes", "discoveries", "inventory", "field groups"],
)
def test_every_word_of_a_closed_set_is_a_term(closed_set: tuple[str, ...]) -> None:
    assert [word for word in closed_set if word not in TERMS] == []


def test_every_table_and_view_is_a_term_and_every_column_consists_of_terms(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "x.sqlite", create=True) as inventory:
        tables = [name for name, _ in queries.statements(inventory) if not name.startswith("_")]
        assert [name for name in tables if name not in TERMS] == []
        for table in tables:
            columns = [row[1] for row in inventory.connection.execute(f"PRAGMA table_info([{table}])")]
            assert {f"{table}.{column}": unknown for column in columns if (unknown := strange(column))} == {}


def strange(text: str) -> list[str]:
    """The words of a text that are neither in the vocabulary nor plain."""
    return [word for word in words(text) if stem(word) not in KNOWN]


#: Ends of the names of constants that contain columns, headings or labels.
LABELS = ("_COLUMNS", "HEADINGS", "_LABELS")


def headings() -> Iterator[tuple[str, str]]:
    """(place, text) of every heading, column and label of web pages, HTML reports, tables and Markdown."""
    for path in sorted(SCANNER.rglob("*.html")):
        place = str(path.relative_to(SCANNER))
        text = path.read_text(encoding="utf-8")
        yield from ((place, found[2]) for found in re.finditer(r"<(h[1-4]|th|dt|caption)\b.*?>(.*?)</\1>", text, re.S))
    for path in sorted(path for room in ("app", "cli", "reports", "web") for path in SCANNER.glob(f"{room}/**/*.py")):
        place = str(path.relative_to(SCANNER))
        if path.parent.name == "netbox":  # its columns are NetBox's
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                names = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(name, ast.Name) and name.id.endswith(LABELS) for name in names):
                    yield from ((place, text) for text in _texts(node.value))
            if isinstance(node, ast.Call) and _called(node.func) in {
                "write_table",
                "write_markdown",
                "add_column",
                "Section",
            }:
                for argument in node.args:
                    yield from ((place, text) for text in _texts(argument))


def _texts(node: ast.AST) -> Iterator[str]:
    return (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_heading_and_column_label_consists_of_terms_and_plain_words() -> None:
    found = set(headings())
    assert len(found) > 150
    assert sorted(f"{place}: {text.strip()!r}: {unknown}" for place, text in found if (unknown := strange(text))) == []


def test_every_plain_word_is_in_use() -> None:
    """The list cannot grow beyond what headings and columns contain."""
    defined = {stem(word) for term in TERMS for word in words(term)}
    assert [word for word in PLAIN if stem(word) in defined] == []


def test_terms_are_defined_once_in_a_section() -> None:
    for section in some(PAGE.read_text(encoding="utf-8").split("\n## ")[1:]):
        first = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| ")]
        assert len(first) == len(set(first)), section.partition("\n")[0]
