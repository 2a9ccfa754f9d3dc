"""The table of OWASP ASVS, level 1: it is complete, each of its tests exists, and what only it states is so."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from scanner.web.script import SCRIPT
from tests.nonempty import some
from tests.web.test_access import OWN

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "asvs.md"
#: The requirements of level 1 of version 4.0.3, by section: how many there are, less those that are of other levels.
LEVEL_1: dict[str, tuple[int, ...]] = {
    "2.1": tuple(range(1, 13)), "2.2": (1, 2, 3), "2.3": (1,), "2.5": (1, 2, 3, 4, 5, 6), "2.7": (1, 2, 3, 4),
    "2.8": (1,), "3.1": (1,), "3.2": (1, 2, 3), "3.3": (1, 2), "3.4": (1, 2, 3, 4, 5), "3.7": (1,),
    "4.1": (1, 2, 3, 5), "4.2": (1, 2), "4.3": (1, 2),
    "5.1": (1, 2, 3, 4, 5), "5.2": tuple(range(1, 9)), "5.3": tuple(range(1, 11)), "5.5": (1, 2, 3, 4),
    "6.2": (1,), "7.1": (1, 2), "7.4": (1,), "8.2": (1, 2, 3), "8.3": (1, 2, 3, 4), "9.1": (1, 2, 3), "10.3": (1, 2, 3),
    "11.1": (1, 2, 3, 4, 5), "12.1": (1,), "12.3": (1, 2, 3, 4, 5), "12.4": (1, 2), "12.5": (1, 2), "12.6": (1,),
    "13.1": (1, 3), "13.2": (1, 2, 3), "13.3": (1,), "14.2": (1, 2, 3), "14.3": (2, 3),
    "14.4": tuple(range(1, 8)), "14.5": (1, 2, 3),
}  # fmt: skip
_NUMBER = re.compile(r"(\d+\.\d+)\.(\d+)(?: to \1\.(\d+))?")


def rows() -> list[list[str]]:
    """The rows of both tables, without their headings."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def numbers(text: str) -> set[str]:
    """The requirements that a cell names, ranges included."""
    found = set()
    for section, first, last in _NUMBER.findall(text):
        found |= {f"{section}.{number}" for number in range(int(first), int(last or first) + 1)}
    return found


def test_every_requirement_of_level_1_is_in_the_table() -> None:
    wanted = {f"{section}.{number}" for section, found in LEVEL_1.items() for number in found}
    assert set().union(*(numbers(row[0]) for row in rows())) == wanted


def test_every_test_of_the_table_exists() -> None:
    named = [row[2] for row in rows() if len(row) == 3]
    assert len(named) > 40
    for cell in named:
        for file, name in re.findall(r"`([\w/.]+)::(\w+)`", cell):
            path = ROOT / file if "/" in file else ROOT / "tests" / "web" / file
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, cell
        assert "::" in cell


def test_every_requirement_that_does_not_apply_has_a_reason() -> None:
    assert min(len(row[1]) for row in some([row for row in rows() if len(row) == 2])) > 8


def test_the_field_of_the_password_permits_paste_and_password_managers(closed: Any) -> None:
    page = closed.get("/login").text
    field = re.findall(r'<input id="password"[^>]*>', page)
    assert len(field) == 1
    assert 'type="password" autocomplete="current-password"' in field[0]
    assert "onpaste" not in page
    assert "maxlength" not in field[0]


def test_the_script_stores_nothing_in_the_browser() -> None:
    assert not re.search(r"localStorage|sessionStorage|indexedDB|cookie|caches|fetch|XMLHttpRequest|eval", SCRIPT)


@pytest.mark.slow
def test_every_text_states_its_charset_and_json_is_a_download(site: Any) -> None:
    paths = (
        *OWN,
        "/data",
        "/data/inventory",
        "/data/scans.json",
        "/data/scans.csv",
        "/nope",
        "/nope.json",
        "/data/x.csv",
    )
    for path in some(paths):
        headers = site.get(path).headers
        kind = headers["content-type"]
        if kind.startswith("application/json"):
            assert headers["content-disposition"].startswith("attachment; filename="), path
        elif not kind.startswith("application/"):
            assert kind.endswith("charset=utf-8"), (path, kind)
