"""The shipped catalogs, errors in catalog files, age, and the differences of editions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanner.compliance import catalog
from scanner.compliance.pages import read_page
from scanner.core.errors import DataError
from scanner.core.model import Catalog, CatalogEntry

FOLDER = Path(__file__).resolve().parents[2] / "fingerprints" / "catalogs"
PAGES = Path(__file__).parent / "pages"
SHIPPED = {c.name: c for c in catalog.from_folder(FOLDER)}


def facts(of: Catalog) -> set[tuple[str, str, str | None]]:
    return {(entry.manufacturer, entry.model, entry.firmware) for entry in of.entries}


def test_the_three_catalogs_ship_with_source_date_and_the_day_they_were_checked() -> None:
    assert list(SHIPPED) == ["skype-for-business", "lync", "teams"]
    for shipped in SHIPPED.values():
        assert shipped.source.startswith("MicrosoftDocs/OfficeDocs-SkypeForBusiness ")
        assert catalog.day(shipped.date)
        assert shipped.note.startswith("Checked against its source on 20")
        assert all(entry.spelled and entry.source_line for entry in shipped.entries)


@pytest.mark.parametrize(
    ("name", "page"),
    [("skype-for-business", "sfb-certified.md"), ("lync", "lync.md"), ("teams", "teams-2024.md")],
)
def test_a_shipped_catalog_equals_its_page(name: str, page: str) -> None:
    read, _ = read_page((PAGES / page).read_text(encoding="utf-8"), name=name, source=page)
    assert facts(read) == facts(SHIPPED[name])


@pytest.mark.adds_to("test_a_shipped_catalog_equals_its_page")
def test_the_shipped_catalogs_equal_the_published_pages(shared: Path) -> None:
    for name, page in (
        ("skype-for-business", "certified-skype-for-business-ip-phones.md"),
        ("lync", "lync-qualified.csv"),
        ("teams", "teams-certified-phones.csv"),
    ):
        text = (shared / "catalogs" / page).read_text(encoding="utf-8")
        read, problems = read_page(text, name=name, source=page)
        assert problems == ()
        assert facts(read) == facts(SHIPPED[name])
        assert catalog.diff(SHIPPED[name], read) == ()


def test_28_rows_of_the_primary_catalog_are_30_models() -> None:
    entries = SHIPPED["skype-for-business"].entries
    assert len({entry.source_line for entry in entries}) == 28
    assert len(entries) == 30
    assert sum(entry.attributes.get("upgradeable_to") == "Teams" for entry in entries) == 5
    assert {entry.spelled for entry in entries if entry.model in ("VVX 300", "VVX 310")} == {
        "Polycom |VVX 300/310 Business Media Phone|5.9.0.9373"
    }


def test_every_teams_row_has_the_end_of_its_certification() -> None:
    assert all(catalog.day(e.attributes["certification_ends"]) for e in SHIPPED["teams"].entries)


GOOD = """name = "test"
title = "Test"
source = "example"
date = 2020-01-02
checked = 2020-01-03

[[entry]]
manufacturer = "Yealink"
model = "T58A"
firmware = "58.15.0.20"
"""


def test_a_catalog_file_is_read() -> None:
    read = catalog.from_toml(GOOD, where="test.toml")
    assert (read.name, read.date, read.entries[0].match) == ("test", "2020-01-02", "exact")


@pytest.mark.parametrize(
    ("wrong", "right", "line"),
    [
        ('firmware = "58.15.0.20"', "firmware = 58", "line 10"),
        ('model = "T58A"\n', "", "line 7"),
        ('model = "T58A"', 'model = "T58A"\nmodle = "T56A"', "line 10"),
        ('model = "T58A"', 'model = "T58A"\nmatch = "about"', "line 10"),
        ('model = "T58A"', 'model = "T58A"\nline = "five"', "line 10"),
        ('model = "T58A"', 'model = "T58A"\nattributes = { a = 1 }', "line 10"),
        ('name = "test"', 'name = "Test Catalog"', "name"),
        ("date = 2020-01-02", 'date = "soon"', "date"),
        ('title = "Test"\n', "", "title"),
        ("[[entry]]", "[[entries]]", "entries"),
        ('name = "test"', "name = test", "line 1"),
        (GOOD[GOOD.index("[[entry]]") :], "", "entry"),
    ],
)
def test_the_error_for_a_file_that_is_not_a_catalog_has_file_and_line(wrong: str, right: str, line: str) -> None:
    assert wrong in GOOD
    with pytest.raises(DataError, match=line) as error:
        catalog.from_toml(GOOD.replace(wrong, right), where="test.toml")
    assert "test.toml" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_without_catalogs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no catalog"):
        catalog.from_folder(tmp_path)


def made(*rows: tuple[str, str, str], **more: str) -> Catalog:
    entries = tuple(CatalogEntry(manufacturer=a, model=b, firmware=c, attributes=more) for a, b, c in rows)
    return Catalog(name="test", title="Test", source="example", date="2020-01-02", entries=entries)


@pytest.mark.parametrize(
    ("written", "today", "age"),
    [
        ("2020-01-02", date(2020, 1, 12), 10),
        ("2020-01-02", date(2019, 1, 1), 0),
        ("2013-10", date(2013, 10, 31), 30),
        ("", date(2020, 1, 1), None),
        ("soon", date(2020, 1, 1), None),
    ],
)
def test_age_is_counted_in_days(written: str, today: date, age: int | None) -> None:
    dated = Catalog(name="test", title="", source="", date=written, entries=())
    assert catalog.age_days(dated, today) == age
    for limit in (1, 10, 29, 30, 3000):
        assert catalog.is_old(dated, limit, today) == (age is not None and age > limit)


def test_a_difference_lists_added_removed_and_changed_models() -> None:
    old = made(("Yealink", "T58A", "58.15.0.20"), ("Polycom", "CCX 400", "6.2"), ("Snom", "D765", "9.0"))
    new = made(("Yealink", "T58A", "58.15.0.36"), ("Poly", "CCX400", "6.2"), ("Yealink", "MP56", "122.9.0.1"))
    assert [str(change) for change in catalog.diff(old, new)] == [
        "changed  Yealink T58A: 58.15.0.20 -> 58.15.0.36",
        "added    Yealink MP56: 122.9.0.1",
        "removed  Snom D765: 9.0",
    ]


def test_the_differences_of_published_editions_are_listed() -> None:
    old, _ = read_page((PAGES / "sfb-2019.md").read_text(encoding="utf-8"), name="x", source="x")
    changes = catalog.diff(old, SHIPPED["skype-for-business"])
    by_kind = {kind: [c.model for c in changes if c.kind == kind] for kind in ("added", "removed", "version")}
    assert by_kind["version"] == ["405HD"]
    assert by_kind["added"] == ["Trio C60", "CCX 400", "CCX 600", "CCX 500", "MP56", "MP54", "MP58"]
    assert {"CP960", "Trio 8800", "Trio 8500", "450HD", "VVX 250", "T46S", "T41P"} <= set(by_kind["removed"])


def test_a_changed_end_of_certification_is_a_change() -> None:
    old = made(("Poly", "CCX 400", "9.0"), certification_ends="2026-10-04")
    new = made(("Poly", "CCX 400", "9.0"), certification_ends="2027-08-15")
    assert [(c.kind, c.attribute, c.old, c.new) for c in catalog.diff(old, new)] == [
        ("attribute", "certification_ends", ("2026-10-04",), ("2027-08-15",))
    ]


def test_a_catalog_does_not_differ_from_itself() -> None:
    assert all(catalog.diff(shipped, shipped) == () for shipped in SHIPPED.values())


def test_an_imported_catalog_replaces_the_shipped_one_of_its_name() -> None:
    imported = Catalog(name="lync", title="", source="mine", date="", entries=())
    assert [c.source == "mine" for c in catalog.in_force(SHIPPED.values(), [imported])] == [False, True, False]
