"""docs/explanation/evidence.md contains the table of authority that the program executes."""

from __future__ import annotations

from scanner.identity.authority import TABLE
from tests.docs import material
from tools.docs import authority


def test_the_table_of_the_page_is_that_of_the_program() -> None:
    page = (material.DOCS / "explanation" / "evidence.md").read_text(encoding="utf-8")
    assert page == authority.updated(page), "run: python -m tools.docs.authority docs/explanation/evidence.md"
    assert page.count("\n| ") == len(TABLE) + 2
