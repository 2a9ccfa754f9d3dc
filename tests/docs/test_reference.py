"""Every command, option, setting, field, status, event, outcome and name of the library is in the reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from scanner import __all__ as library
from scanner.cli import reference
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


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


def test_every_command_with_every_option_is_documented(pages: dict[str, str]) -> None:
    text = pages["commands.md"]
    seen = set()
    for words, command, context in reference.commands():
        seen.add(words.split()[0])
        section = text.partition(f"\n## phonescan {words}\n")[2].partition("\n## ")[0]
        assert section, words
        for parameter in command.get_params(context):
            names = [name for name in parameter.opts if name.startswith("-")]
            if names and not getattr(parameter, "hidden", False):
                assert any(name in section for name in names), f"phonescan {words}: {names}"
                assert getattr(parameter, "help", None) or getattr(parameter, "type", None), f"{words} {names}"
    assert seen == set(present())


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"phonescan {words} {parameter.opts[0]}"
        for words, command, _ in reference.commands()
        for parameter in command.params
        if parameter.param_type_name == "option"
        and not getattr(parameter, "help", None)
        and parameter.name not in ("format", "form", "folder")  # their choices, or the line above, say it
    ]
    assert silent == []


def test_every_command_of_the_overview_is_in_the_readme_or_a_page() -> None:
    told = "\n".join(page.read_text(encoding="utf-8") for page in material.pages())
    for name in present():
        if name == "completion":  # its own help says all of it
            continue
        assert f"phonescan {name}" in told, f"no page tells of `phonescan {name}`"
    assert set(present()) <= set(COMMANDS)


def test_every_setting_is_documented_with_its_default(pages: dict[str, str]) -> None:
    told = {(section, key) for section, key, _ in MEANING}
    for section, key, _ in reference.settings_keys():
        assert (section, key) in told, f"[{section}] {key} has no meaning in settings.records.MEANING"
    for section, key, meaning in MEANING:
        head = re.search(rf"^## \[+{re.escape(section)}\]+$(.*?)(?=^## |\Z)", pages["settings.md"], re.M | re.S)
        assert head is not None, section
        assert f"| `{key}` | {meaning.replace('|', chr(92) + '|')} |" in head[1]


def test_every_documented_setting_is_taken(tmp_path: Path) -> None:
    known = {(section, key) for section, key, _ in reference.settings_keys()}
    invented = [(s, k) for s, k, _ in MEANING if s not in ("policy", "policy.CATALOG") and (s, k) not in known]
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
def test_every_name_is_documented(pages: dict[str, str], page: str, names: list[str]) -> None:
    assert [name for name in names if f"`{name}`" not in pages[page]] == []


def test_statuses_and_events_are_those_of_the_code() -> None:
    assert tuple(reference.STATUSES) == STATUSES
    assert set(reference.STATUSES) == set(DEFAULTS)
    assert set(reference.EVENTS) == set(get_args(EventKind))
    assert set(reference.outcomes()) == {str(outcome) for outcome in Outcome}
    assert all(reference.outcomes().values())


def test_every_table_and_view_is_documented(pages: dict[str, str]) -> None:
    for name in ("scans", "devices", "observations", "assessments", "events", "catalogs", "catalog_entries"):
        assert f"\n## {name}\n\n```sql\nCREATE TABLE" in pages["tables.md"]
    for name in ("inventory", "noncompliant"):
        assert f"\n## {name}\n\n```sql\nCREATE VIEW" in pages["tables.md"]


def test_every_public_name_is_documented(pages: dict[str, str]) -> None:
    for name in library:
        if not name.startswith("__"):
            assert f"\n## scanner.{name}\n" in pages["library.md"]
    for name in testing:
        assert f"\n## scanner.testing.{name}\n" in pages["testing.md"]


def test_the_reference_is_the_same_each_time_and_names_no_place_of_this_machine() -> None:
    first, second = reference.pages(), reference.pages()
    assert first == second
    for name, text in first.items():
        assert str(material.ROOT) not in text, name
        assert not re.search(r" at 0x[0-9a-f]+", text), name


def test_writing_takes_away_pages_that_are_made_no_more(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("old")
    reference.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(reference.pages())
