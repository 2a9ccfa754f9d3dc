"""The site builds without a warning, loads nothing from elsewhere, and contains no path of a machine."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.docs import material
from tests.nonempty import some

#: Paths of one machine, and hosts of package registries: neither may be in a page.
FORBIDDEN = re.compile(
    r"(?<![\w.])/(?:work|tmp|home|root|Users)/\w|pypi\.org|pythonhosted|registry\.npmjs|proxy\.golang"
)


class Loads(HTMLParser):
    """The addresses that a page loads without a click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        name = {"script": "src", "img": "src", "iframe": "src", "link": "href"}.get(tag)
        if name and values.get(name) and not (tag == "link" and values.get("rel") == "canonical"):
            self.found.append(str(values[name]))


@pytest.mark.slow
def test_the_site_builds_strictly_and_every_page_is_in_it(site: Path) -> None:
    for page in some(material.pages()):
        if page.parent != material.ROOT:
            assert (site / page.relative_to(material.DOCS).with_suffix(".html")).is_file(), page


@pytest.mark.slow
def test_a_page_loads_nothing_from_another_host(site: Path) -> None:
    for page in some(site.rglob("*.html")):
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert [load for load in loads.found if re.match(r"(?:\w+:)?//", load)] == [], page
    for style in some(site.rglob("*.css")):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", style.read_text(encoding="utf-8")), style


@pytest.mark.slow
def test_every_link_in_the_site_has_a_target(site: Path) -> None:
    wrong = []
    for page in site.rglob("*.html"):
        if page.name == "404.html":  # its links are made for the root of a host
            continue
        for target in re.findall(r'<a [^>]*?href="([^"]+)"', page.read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            if re.match(r"\w+:", path):
                continue
            there = (page.parent / path).resolve() if path else page
            reached = there.exists() and (
                not anchor or there.suffix != ".html" or f'id="{anchor}"' in there.read_text(encoding="utf-8")
            )
            if not reached:
                wrong.append(f"{page.name}: {target}")
    assert wrong == []


def test_no_page_contains_a_path_of_a_machine() -> None:
    files = [*material.pages(), *(material.DOCS / "deploy").iterdir(), material.ROOT / "mkdocs.yml"]
    found = [
        f"{path.relative_to(material.ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "fingerprints/README.md"])
def test_every_link_of_the_pages_outside_the_site_has_a_target(page: str) -> None:
    path = material.ROOT / page
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not re.match(r"\w+:", target) and not (path.parent / target).exists()] == []


def test_pages_begin_with_one_title() -> None:
    for page in some(material.pages()):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        assert text.startswith("# "), page
        assert len(re.findall(r"^# ", text, re.M)) == 1, page


def test_code_blocks_stand_at_the_margin() -> None:
    """Within a list they are not code blocks to the site's Markdown."""
    for page in some(material.pages()):
        assert not re.search(r"^ +```", page.read_text(encoding="utf-8"), re.M), page


def test_decisions_are_dated_and_listed() -> None:
    folder = material.DOCS / "decisions"
    index = (folder / "index.md").read_text(encoding="utf-8")
    for page in some(folder.glob("*.md")):
        if page.name != "index.md":
            lines = page.read_text(encoding="utf-8").splitlines()
            assert re.fullmatch(r"\d{4}-\d{2}-\d{2} · .+", lines[2]), page
            assert f"| {lines[2][:10]} | [" in index
            assert f"({page.name})" in index
            for part in ("**Decision.**", "**Why.**", "**Considered.**"):
                assert part in "\n".join(lines), page
