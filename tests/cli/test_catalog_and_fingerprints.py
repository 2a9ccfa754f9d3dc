"""`phonescan catalog` and `phonescan fingerprints`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.app.catalogs import name_of
from scanner.inventory import Inventory

PAGE = """\
---
title: "Certified Skype for Business phones"
ms.date: 11/01/2026
---
# Phones

| Manufacturer | Model | Version |
|---|---|---|
| Yealink | T58A | 58.15.0.99 |
| Yealink | T56A | 58.15.0.99 |
| Yealink | T55 |
"""

HOUSE = """\
manufacturer = "House"
kind = "phone"
[[rule]]
field = "sip.user-agent"
pattern = 'House (?P<model>\\w+)'
gives = { kind = "phone" }
examples = [ { value = "House A1", model = "MODEL" } ]
"""


def test_the_shipped_catalogs_are_listed_with_age_and_role(run: Any) -> None:
    rows = {row["name"]: row for row in run("catalog", "list", "--format", "json").json()}
    assert rows["skype-for-business"]["role"] == "primary"
    assert rows["lync"]["role"] == "fallback"
    assert rows["teams"]["role"] == ""
    assert all(row["from"] == "shipped" and row["age_days"] > 0 and row["source"] for row in rows.values())


def test_the_rows_of_a_catalog_are_shown(run: Any) -> None:
    rows = run("catalog", "show", "skype-for-business", "--format", "json").json()
    assert {"manufacturer": "Yealink", "model": "T58A", "firmware": "58.15.0.20"}.items() <= next(
        row for row in rows if row["model"] == "T58A"
    ).items()
    assert len(rows) >= 30


def test_a_page_is_imported_and_an_unreadable_row_is_reported(run: Any, here: Path) -> None:
    (here / "page.md").write_text(PAGE, encoding="utf-8")
    ended = run("catalog", "import", "page.md")
    assert ended.status == 3
    assert "line 11" in ended.err
    listed = {row["name"]: row for row in run("catalog", "list", "--format", "json").json()}
    assert (listed["skype-for-business"]["from"], listed["skype-for-business"]["date"]) == ("imported", "2026-11-01")
    assert run("catalog", "import", "page.md").err.count("is unchanged") == 1
    assert len(run("catalog", "show", "skype-for-business", "--format", "json").json()) == 2


def test_an_imported_catalog_assesses_the_devices_again(run: Any, feed: Any, here: Path) -> None:
    feed({"ip": "198.18.0.6", "field": "sip.user-agent", "value": "Yealink SIP-T58A 58.15.0.20"})
    (here / "page.md").write_text(PAGE, encoding="utf-8")
    ended = run("catalog", "import", "page.md")
    assert "1 status-changed" in ended.err
    assert [row["status"] for row in run("report", "inventory", "--format", "json").json()] == ["outdated"]


def test_an_import_after_one_that_was_killed_assesses_the_devices(
    run: Any, feed: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed({"ip": "198.18.0.6", "field": "sip.user-agent", "value": "Yealink SIP-T58A 58.15.0.20"})
    (here / "page.md").write_text(PAGE, encoding="utf-8")
    with monkeypatch.context() as patch:

        def killed(*_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(Inventory, "finish_scan", killed)
        run("catalog", "import", "page.md")
    again = run("catalog", "import", "page.md")
    assert "is unchanged" in again.err
    assert "1 status-changed" in again.err
    assert [row["status"] for row in run("report", "inventory", "--format", "json").json()] == ["outdated"]


def test_a_dry_run_stores_nothing(run: Any, here: Path) -> None:
    (here / "page.md").write_text(PAGE, encoding="utf-8")
    assert run("catalog", "import", "page.md", "--dry-run").status == 3
    assert not (here / "phonescan.sqlite").exists()


def test_what_a_newer_page_changed_is_shown(run: Any, here: Path) -> None:
    (here / "page.md").write_text(PAGE.replace("| Yealink | T55 |\n", ""), encoding="utf-8")
    changes = run("catalog", "diff", "skype-for-business", "page.md", "--format", "json").json()
    assert {"change": "version", "model": "T58A", "old": ["58.15.0.20"], "new": ["58.15.0.99"]}.items() <= next(
        row for row in changes if row["model"] == "T58A"
    ).items()
    assert sum(row["change"] == "removed" for row in changes) > 20
    assert run("catalog", "import", "page.md").status == 0
    assert run("catalog", "diff", "skype-for-business", "--format", "json").json() == changes


def test_the_rows_of_the_published_page_are_the_shipped_catalog(run: Any) -> None:
    page = Path(__file__).parents[1] / "compliance" / "pages" / "sfb-certified.md"
    assert run("catalog", "import", page).status == 0
    assert run("catalog", "diff", "skype-for-business", page, "--format", "json").json() == []


@pytest.mark.adds_to("test_the_rows_of_the_published_page_are_the_shipped_catalog")
def test_the_published_page_equals_the_shipped_catalog(run: Any, shared: Path) -> None:
    page = shared / "catalogs" / "certified-skype-for-business-ip-phones.md"
    assert run("catalog", "import", page).status == 0
    assert run("catalog", "diff", "skype-for-business", page, "--format", "json").json() == []


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["import", "nowhere.md"], 4, "nowhere.md cannot be read"),
        (["import", "empty.md"], 2, "no table"),
        (["import", "page.md", "--name", "No Name"], 2, "is not a valid name of a catalog"),
        (["import", "page.md", "--date", "soon"], 2, "is not a date"),
        (["show", "no-such"], 2, "choose from skype-for-business, lync, teams"),
        (["diff", "lync"], 4, "there is no inventory"),
    ],
)
def test_wrong_usage_is_one_sentence(run: Any, here: Path, words: list[str], status: int, says: str) -> None:
    (here / "page.md").write_text(PAGE, encoding="utf-8")
    (here / "empty.md").write_text("nothing here\n", encoding="utf-8")
    ended = run("catalog", *words)
    assert ended.status == status
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("page", "text", "name"),
    [
        ("x.md", 'title: "Phones qualified for Lync"', "lync"),
        ("x.md", "# Certified Skype for Business phones", "skype-for-business"),
        ("x.md", 'title: "Teams phones"', "teams"),
        ("skype.csv", "a,b,c", "skype-for-business"),
        ("Our House List.csv", "a,b,c", "our-house-list"),
        ("---.csv", "", "imported"),
    ],
)
def test_the_name_of_a_catalog_is_by_title_or_file(page: str, text: str, name: str) -> None:
    assert name_of(page, text) == name


def test_a_page_in_another_encoding_is_read(run: Any, here: Path) -> None:
    for name, raw in (("a.md", PAGE.encode("utf-16")), ("b.md", PAGE.replace("phones", "phön\xa0es").encode("cp1252"))):
        (here / name).write_bytes(raw)
        assert run("catalog", "import", name, "--name", name[0], "--db", "x.sqlite").status == 3


def test_manufacturers_are_listed_and_shown_with_their_rules(run: Any) -> None:
    listed = {row["file"]: row for row in run("fingerprints", "list", "--format", "json").json()}
    assert listed["yealink"]["rules"] > 5
    shown = run("fingerprints", "show", "Yealink")
    assert "T58A" in shown.out
    rules = run("fingerprints", "show", "yealink", "--format", "json").json()
    one = rules[0]["rule"]
    assert one in shown.out
    assert run("fingerprints", "show", one, "--format", "json").json() == [rules[0]]
    assert rules[0]["example"]


def test_an_unknown_name_is_wrong_usage(run: Any) -> None:
    ended = run("fingerprints", "show", "nobody at all")
    assert ended.status == 2
    assert "fingerprints list" in ended.err


def test_the_shipped_fingerprints_contain_no_mistakes(run: Any) -> None:
    ended = run("fingerprints", "check")
    assert (ended.status, ended.out) == (0, "")


def test_a_rule_whose_example_fails_is_named(run: Any, here: Path) -> None:
    (here / "own").mkdir()
    (here / "own" / "house.toml").write_text(HOUSE.replace("MODEL", "B2"), encoding="utf-8")
    ended = run("fingerprints", "check", "own")
    assert ended.status == 2
    assert "house.toml, line 7: house/sip.user-agent/1: model is 'A1', not 'B2'" in ended.out
    assert "mistakes in the fingerprints: 1;" in ended.err
    assert run("fingerprints", "check", "nowhere").status == 2


def test_the_folders_of_the_settings_add_fingerprints(run: Any, here: Path) -> None:
    (here / "own").mkdir()
    (here / "own" / "house.toml").write_text(HOUSE.replace("MODEL", "A1"), encoding="utf-8")
    (here / "phonescan.toml").write_text("[fingerprints]\nfolders = ['own']\n", encoding="utf-8")
    assert run("identify", "sip.user-agent=House A1").json()["model"] == "A1"


RECOG = Path(__file__).parents[1] / "identity" / "recog"


def test_the_folders_of_the_settings_are_relative_to_the_settings_file(run: Any, here: Path) -> None:
    folder = here / "etc"
    (folder / "own").mkdir(parents=True)
    (folder / "own" / "house.toml").write_text(HOUSE.replace("MODEL", "A1"), encoding="utf-8")
    shutil.copytree(RECOG, folder / "recog" / "xml")
    settings = folder / "phonescan.toml"
    settings.write_text("[fingerprints]\nfolders = ['own']\nrecog = 'recog'\n", encoding="utf-8")
    for words in (("identify",), ("read", "records.jsonl", "--keep-all", "--format", "jsonl")):
        (here / "records.jsonl").write_text(
            '{"ip": "198.18.0.1", "field": "sip.user-agent", "value": "House A1"}\n'
            '{"ip": "198.18.0.2", "field": "dhcp.vendor-class", "value": "Frobnix Printer LX9 v1.2.3"}\n'
        )
        facts = ("sip.user-agent=House A1",) if words == ("identify",) else ()
        ended = run(*words, *facts, "--config", str(settings))
        assert "A1" in ended.out
        # once a process
        assert ("recog are not used: of a pattern that may take long" in ended.err) == (words == ("identify",))
    assert {row["model"] for row in map(json.loads, ended.out.splitlines())} == {"A1", "LaserNix LX9"}


def test_recog_identifies_what_no_rule_names_and_its_evidence_is_explained(run: Any, here: Path) -> None:
    fact = "dhcp.vendor-class=Frobnix Printer LX9 v1.2.3"
    found = run("identify", "--recog", str(RECOG), fact).json()
    assert (found["kind"], found["manufacturer"], found["model"], found["status"]) == (
        "other", "Frobnix", "LaserNix LX9", "not-a-phone",
    )  # fmt: skip
    assert [one["rule"] for one in found["evidence"]] == ["recog/dhcp_vendor_class/4"]
    assert run("identify", fact).json()["manufacturer"] is None


def test_a_mistake_in_recog_ends_a_command_with_its_line(run: Any, here: Path) -> None:
    (here / "html_title.xml").write_text(
        '<fingerprints matches="html_title">\n<fingerprint patern="x"/></fingerprints>'
    )
    ended = run("identify", "--recog", ".", "http.title=x")
    assert ended.status in (2, 4)
    assert "html_title.xml, line 2: the attribute 'patern' of <fingerprint> is unknown: write pattern" in ended.err
    assert run("identify", "--recog", "nowhere", "http.title=x").err.count("\n") == 1
