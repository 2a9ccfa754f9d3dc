"""Every command, option, setting, field, status, event, outcome and name of the library is in the reference."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import get_args

import pytest

from scanner import __all__ as library
from scanner.cli.names import COMMANDS, present
from scanner.compliance.policy import DEFAULTS
from scanner.core.fields import FIELDS, INVENTORY_COLUMNS
from scanner.core.model import STATUSES
from scanner.core.outcomes import Outcome
from scanner.inventory.records import EventKind
from scanner.settings import load
from scanner.settings.records import MEANING
from scanner.testing import __all__ as testing
from tests.docs import material
from tests.nonempty import some
from tools.docs import hooks
from tools.docs.commands import walk
from tools.docs.meanings import EVENTS, EXITS
from tools.docs.meanings import STATUSES as STATUS_MEANINGS

REFERENCE = material.DOCS / "reference"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The Markdown of each reference page, as MkDocs renders it."""
    return {page.name: hooks.on_page_markdown(page.read_text(encoding="utf-8")) for page in REFERENCE.glob("*.md")}


@pytest.mark.slow
def test_every_command_with_every_option_is_in_the_reference(site: Path) -> None:
    text = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    for context in walk():
        anchor = context.command_path.replace(" ", "-")
        _, found, section = text.partition(f' id="{anchor}"')
        assert found, context.command_path
        section = html.unescape(re.split(r"<h\d ", section)[0])
        assert "$ " in section, f"{context.command_path} has no example"
        for option in context.command.params:
            if option.param_type_name == "option" and not getattr(option, "hidden", False):
                assert option.opts[0] in section, f"{context.command_path} {option.opts[0]}"


def test_every_option_has_a_help_text() -> None:
    missing = [
        f"{context.command_path} {option.opts[0]}"
        for context in walk()
        for option in context.command.params
        if option.param_type_name == "option"
        and not getattr(option, "help", None)
        and option.name not in ("format", "form", "folder")  # their choices, or the line above, are enough
    ]
    assert missing == []


def test_every_command_is_used_in_the_readme_or_a_page() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in material.pages())
    for name in present():
        if name == "completion":  # its help text is complete
            continue
        assert f"phonescan {name}" in text, f"no page uses `phonescan {name}`"
    assert set(present()) <= set(COMMANDS)


def test_every_setting_is_in_the_reference_with_its_default(pages: dict[str, str]) -> None:
    documented = {(section, key) for section, key, _ in MEANING}
    for section, key, _ in hooks.settings_keys():
        assert (section, key) in documented, f"[{section}] {key} has no meaning in settings.records.MEANING"
    for section, key, meaning in MEANING:
        head = re.search(rf"^## \[+{re.escape(section)}\]+$(.*?)(?=^## |\Z)", pages["settings.md"], re.M | re.S)
        assert head is not None, section
        assert f"| `{key}` | {meaning.replace('|', chr(92) + '|')} |" in head[1]


def test_every_documented_setting_is_accepted(tmp_path: Path) -> None:
    known = {(section, key) for section, key, _ in hooks.settings_keys()}
    invented = [(s, k) for s, k, _ in MEANING if not s.startswith("policy") and (s, k) not in known]
    assert invented == []
    path = tmp_path / "phonescan.toml"
    for section, key in (("policy", "primary"), ("policy", "stale_after_days"), ("policy.house", "match")):
        value = {"primary": '"house"', "stale_after_days": "9", "match": '"minimum"'}[key]
        path.write_text(f"[{section}]\n{key} = {value}\n")
        load(path)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("fields.md", list(FIELDS)),
        ("statuses.md", [*STATUSES, *get_args(EventKind), *map(str, Outcome)]),
        ("tables.md", [*INVENTORY_COLUMNS]),
    ],
)
def test_every_name_is_in_the_reference(pages: dict[str, str], page: str, names: list[str]) -> None:
    assert [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", pages[page])] == []


def test_the_meanings_are_those_of_the_names_in_the_code() -> None:
    assert tuple(STATUS_MEANINGS) == STATUSES
    assert set(STATUS_MEANINGS) == set(DEFAULTS)
    assert set(EVENTS) == set(get_args(EventKind))
    assert set(hooks.outcome_meanings()) == {str(outcome) for outcome in Outcome}
    assert set(EXITS) == {0, 1, 2, 3, 4}


def test_every_table_and_view_is_in_the_reference(pages: dict[str, str]) -> None:
    for name in ("scans", "devices", "observations", "assessments", "events", "catalogs", "catalog_entries"):
        assert f"\n## {name}\n\n```sql\nCREATE TABLE" in pages["tables.md"]
    for name in ("inventory", "noncompliant"):
        assert f"\n## {name}\n\n```sql\nCREATE VIEW" in pages["tables.md"]


@pytest.mark.slow
def test_every_public_name_is_in_the_reference(site: Path) -> None:
    for page, module, names in (("library", "scanner", library), ("testing", r"scanner\.testing", testing)):
        text = (site / "reference" / f"{page}.html").read_text(encoding="utf-8")
        for name in some(name for name in names if not name.startswith("__")):
            assert re.search(rf' id="{module}\.{name}"', text), name


def test_every_generated_part_is_used_once(pages: dict[str, str]) -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md"))
    assert sorted(re.findall(r"^\{\{ (\w+) \}\}$", text, re.M)) == sorted(hooks.PARTS)
    assert "{{" not in "".join(pages.values())


def test_the_reference_is_deterministic_and_contains_no_path_of_this_machine(pages: dict[str, str]) -> None:
    again = {name: hooks.on_page_markdown((REFERENCE / name).read_text(encoding="utf-8")) for name in pages}
    assert pages == again
    for name, text in pages.items():
        assert str(material.ROOT) not in text, name
        assert not re.search(r" at 0x[0-9a-f]+", text), name
