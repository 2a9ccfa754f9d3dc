"""README.md contains the score of the corpora as `make score` prints it."""

from __future__ import annotations

from tests.docs import material
from tools.docs import score


def test_the_figures_of_the_readme_are_those_of_the_command() -> None:
    page = (material.ROOT / "README.md").read_text(encoding="utf-8")
    assert "\n$ make score\n" in page
    assert page == score.updated(page), "run: python -m tools.docs.score README.md"
