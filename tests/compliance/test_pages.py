"""Published pages of Microsoft are parsed into catalogs; a row that cannot be parsed is reported with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.compliance.pages import RowProblem, read_page
from scanner.core.errors import DataError
from scanner.core.model import Catalog

PAGES = Path(__file__).parent / "pages"


def page(name: str) -> tuple[Catalog, tuple[RowProblem, ...]]:
    return read_page((PAGES / name).read_text(encoding="utf-8"), name="test", source=name)


def table(*rows: str, header: str = "|Manufacturer | Model| Version|") -> str:
    return "\n".join(["# IP Phones", "", header, "|" + ":--- |" * header.strip("|").count("|") + ":--- |", *rows, ""])


def read(*rows: str, header: str = "|Manufacturer | Model| Version|") -> tuple[Catalog, tuple[RowProblem, ...]]:
    return read_page(table(*rows, header=header), name="test", source="page.md")


def versions(catalog: Catalog, model: str) -> list[str | None]:
    return [entry.firmware for entry in catalog.entries if entry.model == model]


@pytest.mark.adds_to("compliance/test_catalog.py::test_a_shipped_catalog_equals_its_page")
def test_all_28_rows_of_the_published_page_are_30_models(shared: Path) -> None:
    text = (shared / "catalogs/certified-skype-for-business-ip-phones.md").read_text(encoding="utf-8")
    catalog, problems = read_page(text, name="skype-for-business", source="page.md", date="2021-01-01")
    assert problems == ()
    assert len({entry.source_line for entry in catalog.entries}) == 28
    assert len({(entry.manufacturer, entry.model) for entry in catalog.entries}) == 30
    assert catalog.title == "Phones and Devices for Skype for Business"
    assert versions(catalog, "VVX 310") == versions(catalog, "VVX 311") == ["5.9.0.9373"]
    assert next(e for e in catalog.entries if e.model == "UC-P110-S").attributes == {"upgradeable_to": "Teams"}
    entry = catalog.entries[0]
    assert entry.spelled == "| AudioCodes |C450HD IP Phone|UCC450HD_3.2.0.1003.61|"
    assert text.splitlines()[entry.source_line - 1] == entry.spelled


def test_a_row_without_its_version_is_reported_with_its_line() -> None:
    check_a_row_without_its_version(PAGES / "sfb-certified.md")


@pytest.mark.adds_to("test_a_row_without_its_version_is_reported_with_its_line")
def test_a_published_row_without_its_version_is_reported_with_its_line(shared: Path) -> None:
    check_a_row_without_its_version(shared / "catalogs/certified-skype-for-business-ip-phones.md")


def check_a_row_without_its_version(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if "C450HD" in line)
    lines[at] = "| AudioCodes | C450HD IP Phone |"
    catalog, problems = read_page("\n".join(lines), name="x", source="page.md")
    assert [problem.line for problem in problems] == [at + 1]
    assert "no version" in problems[0].problem
    assert f"line {at + 1}" in str(problems[0])
    assert len(catalog.entries) == 29


def test_the_page_of_2019_has_two_tables_with_dates_and_removed_models() -> None:
    catalog, problems = page("sfb-2019.md")
    assert problems == ()
    assert len(catalog.entries) == 38
    assert versions(catalog, "Trio 8500") == ["5.5.2.11338"]
    assert versions(catalog, "T41P") == ["x.8.1.62"]
    trio = next(entry for entry in catalog.entries if entry.model == "Trio 8800")
    assert trio.attributes == {"qualified": "2018-10-09"}
    assert next(e for e in catalog.entries if e.model == "VVX 250").attributes["only"] == "on-prem"


def test_the_lync_page_has_three_version_columns_and_a_row_without_a_version() -> None:
    catalog, problems = page("lync.md")
    assert versions(catalog, "VVX 310") == ["5.3.0.12074", "5.4.0A", "4.1.4.7430"]
    assert versions(catalog, "SoundPoint IP 321") == ["4.1.0.84959", "4.1.0.84792"]
    assert versions(catalog, "4110") == ["4.0.7577.4444"]
    hp = next(entry for entry in catalog.entries if entry.model == "4110")
    assert hp.attributes["qualified_for"] == "Lync Server 2013, Lync Server 2010"
    assert [(problem.line, "not a version" in problem.problem) for problem in problems] == [(29, True)]


def test_the_old_lync_page_has_its_header_in_the_first_row() -> None:
    rows = (PAGES / "lync.md").read_text(encoding="utf-8").splitlines()
    header = "|".join(f"**{cell}**" if cell else "" for cell in rows[4].split("|"))
    old = "\n".join([*rows[:4], "||||||", rows[5], header, *rows[6:]])
    assert read_page(old, name="x", source="x")[0].entries[0].firmware == "UC420HD_2.0.1.44.9"


def test_tables_of_releases_are_skipped_and_accessories_are_reported() -> None:
    catalog, problems = page("teams-2024.md")
    assert (len(catalog.entries), catalog.date) == (20, "2024-09-26")
    assert "line 35" in catalog.note
    assert [problem.line for problem in problems] == [11, 21, 30, 31]
    assert all("accessory" in problem.problem for problem in problems)
    assert catalog.entries[0].attributes == {"certification_ends": "2027-08-15", "android": "12"}


def test_the_first_teams_page_has_series_and_modes() -> None:
    catalog, problems = page("teams-2019.md")
    assert problems == ()
    assert [entry.model for entry in catalog.entries][-2:] == ["T58", "T56"]


def test_a_list_as_csv_equals_the_page() -> None:
    """Quoted commas and a byte order mark, as spreadsheets write them."""
    entries = page("lync.md")[0].entries
    rows = [f'"{e.manufacturer}","{e.model}","{e.firmware}"' for e in entries]
    text = "\ufeff" + "\r\n".join(["Vendor,Model,Version", *rows]) + "\r\n"
    catalog, problems = read_page(text, name="x", source="list.csv")
    assert problems == ()
    assert [(e.manufacturer, e.model, e.firmware) for e in catalog.entries] == [
        (e.manufacturer, e.model, e.firmware) for e in entries
    ]


@pytest.mark.adds_to("test_a_list_as_csv_equals_the_page")
def test_the_lists_as_csv_equal_the_published_pages(shared: Path) -> None:
    for name, other in (("lync-qualified.csv", "lync.md"), ("teams-certified-phones.csv", "teams-2024.md")):
        catalog, problems = read_page((shared / "catalogs" / name).read_text(encoding="utf-8"), name="x", source=name)
        facts = [(entry.manufacturer, entry.model, entry.firmware) for entry in catalog.entries]
        assert facts == [(e.manufacturer, e.model, e.firmware) for e in page(other)[0].entries]
        assert problems == ()
        assert catalog.entries[0].source_line == 2


@pytest.mark.parametrize(
    "header",
    [
        "|Vendor | Product| Firmware|",
        "|Vendor | Phone model | Qualified version|",
        "|**Manufacturer** | **Device&nbsp;model** | **Certified firmware version**|",
        "| Brand | Device name | Software build |",
        "| Hersteller | Modell | Firmwareversion |",
        "| Fabricant | Modèle | Version du microprogramme |",
    ],
)
def test_renamed_columns_keep_their_roles(header: str) -> None:
    catalog, problems = read("| Yealink |T58A IP Phone| 58.15.0.20 |", header=header)
    assert [(e.manufacturer, e.model, e.firmware) for e in catalog.entries] == [("Yealink", "T58A", "58.15.0.20")]
    assert problems == ()


def test_columns_may_be_in_another_order_and_among_others() -> None:
    catalog, _ = read(
        "|5.9.0.9373|1/22/2019|VVX 400|see notes|Polycom|", header="|Version|Qualification Date|Model|Remarks|Vendor|"
    )
    entry = catalog.entries[0]
    assert (entry.manufacturer, entry.model, entry.firmware) == ("Polycom", "VVX 400", "5.9.0.9373")
    assert entry.attributes == {"qualified": "2019-01-22"}


def test_a_minimum_column_makes_minimum_entries() -> None:
    catalog, _ = read("|Polycom|VVX 400|5.9.0|", header="|Manufacturer|Model|Minimum firmware version|")
    assert catalog.entries[0].match == "minimum"


def test_a_header_without_a_delimiter_row_begins_a_table() -> None:
    text = "| Manufacturer | Model | Version |\n| Polycom | VVX 400 | 5.9.0.9373 |\n"
    assert read_page(text, name="x", source="x")[0].entries[0].model == "VVX 400"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("| AudioCodes | C450HD IP Phone |", "no version"),
        ("| AudioCodes |", "no model"),
        ("| | C450HD | 3.2.0 |", "no manufacturer"),
        ("| AudioCodes | C450HD | ask the vendor |", "not a version"),
        ("| AudioCodes | C450HD | Not tested |", "no version was tested"),
        ("| AudioCodes | C450HD | 3.2.0 | extra | more |", "5 cells in a table of 3"),
        ("| AudioCodes | IP Phone | 3.2.0 |", "not a model"),
        ("| C450HD IP Phone | UCC450HD_3.2.0.1003.61 |", "no version"),
        ("| Crestron | UC-P100-S | 55,66,91,11 |", "not a version"),
        ("| Yealink | T58A<br/>T55 | 58.15.0.20<br>55.9.0.9 |", "cannot be assigned to each other"),
    ],
)
def test_a_row_that_cannot_be_parsed_is_reported(row: str, why: str) -> None:
    catalog, problems = read("| Yealink | T58A | 58.15.0.20 |", row)
    assert len(catalog.entries) == 1
    assert [(problem.line, why in problem.problem) for problem in problems] == [(6, True)], problems


@pytest.mark.parametrize(
    "row",
    [
        "|Yealink||T58A|58.15.0.20|",
        "|Yealink|T58A||58.15.0.20||",
        "||Yealink|T58A|58.15.0.20|",
        "Yealink|T58A|58.15.0.20",
        "|Yealink|T58A|58.15.0.20",
    ],
)
def test_a_row_with_extra_or_missing_bars_is_parsed(row: str) -> None:
    catalog, problems = read(row)
    assert [(e.model, e.firmware) for e in catalog.entries] == [("T58A", "58.15.0.20")]
    assert problems == ()


def test_a_separator_pasted_into_a_cell_does_not_move_the_line_numbers() -> None:
    catalog, problems = read("|Yealink|T58A\u2028IP\x0b Phone|58.15.0.20|", "|Yealink|T55|ask|")
    assert [(e.model, e.source_line) for e in catalog.entries] == [("T58A", 5)]
    assert [problem.line for problem in problems] == [6]


def test_rows_of_empty_cells_are_skipped() -> None:
    catalog, problems = read("|Yealink|T58A|58.15.0.20|", "||||", "|||", "|   |  |  |")
    assert len(catalog.entries) == 1
    assert problems == ()


def test_a_maker_before_the_model_is_separated_from_it() -> None:
    catalog, problems = read(
        "|Audio Codes C448HD/C450HD|1.10.143|",
        "|Yealink MP54|122.15.0.27|",
        "|VVX 400|5.9.0|",
        header="|Device model|Firmware version|",
    )
    assert [(e.manufacturer, e.model) for e in catalog.entries] == [
        ("Audio Codes", "C448HD"), ("Audio Codes", "C450HD"), ("Yealink", "MP54"), ("VVX", "400"),
    ]  # fmt: skip
    assert problems == ()


def test_the_same_row_twice_is_one_entry() -> None:
    assert len(read("|Yealink|T58A|58.15.0.20|", "|Yealink|T58A|58.15.0.20|")[0].entries) == 1


def test_hostile_cells_are_text() -> None:
    catalog, problems = read(
        "|<script>alert(1)</script>Yealink|T58A|58.15.0.20|", "|Yea\x1b[31mlink|T\u202e58A|58.15.0.21|"
    )
    assert [e.manufacturer for e in catalog.entries] == ["alert(1)Yealink", "Yea[31mlink"]
    assert all("\x1b" not in e.spelled and "\u202e" not in e.spelled for e in catalog.entries)
    assert problems == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no table"),
        ("# IP Phones\n\nNothing here.\n", "no table"),
        ("|Product release|Release date|\n|--|--|\n|Update #3|July 2022|\n", "no table"),
        (table("|Yealink|T58A|ask|"), "line 5"),
        ("%PDF-1.7\n\x00\x01", "no table"),
    ],
)
def test_a_text_that_is_not_a_catalog_is_rejected_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as error:
        read_page(text, name="x", source="page.md")
    assert "page.md" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_table_with_versions_but_unknown_columns_is_reported() -> None:
    text = table("|Yealink|T58A|58.15.0.20|") + "\n|What|Which|\n|--|--|\n|T99|99.15.0.1|\n"
    _, problems = read_page(text, name="x", source="x")
    assert [problem.line for problem in problems] == [7]


CELL = st.sampled_from(
    ["", " ", "Yealink", "T58A", "58.15.0.20", "Not tested", "VVX 300/310", "x", "||", "`1.2.3 `", "July 2014"]
) | st.text(alphabet=st.characters(exclude_characters="\n\r|"), max_size=20)


@given(st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=8))
def test_every_row_that_is_not_empty_is_an_entry_or_a_problem(rows: list[list[str]]) -> None:
    text = table("|Yealink|T58A|58.15.0.99|", *("|" + "|".join(row) + "|" for row in rows))
    catalog, problems = read_page(text, name="x", source="x")
    known = {entry.source_line for entry in catalog.entries} | {problem.line for problem in problems}
    facts = {(e.manufacturer, e.model, e.firmware) for e in catalog.entries}
    assert len(facts) == len(catalog.entries)
    assert known <= set(range(1, len(rows) + 7))


@given(st.text(max_size=400))
def test_any_text_is_a_catalog_or_a_data_error(text: str) -> None:
    try:
        outcome = str(len(read_page(text, name="x", source="x")[0].entries))
    except DataError as error:
        outcome = str(error)
    assert outcome
    assert outcome != "0"
    assert "\n" not in outcome


def test_a_line_of_many_cells_or_blanks_costs_itself_and_not_the_square_of_its_length() -> None:
    good = "| Poly | VVX 411 | 5.9.0.9373 |"
    for bad in ("|" * 1_000_000, "|" * 500_000 + "a|" * 250_000, "|" + " " * 200_000 + "|" + " " * 200_000 + "x"):
        catalog, problems = read(good, bad, good.replace("411", "410"))
        assert [entry.model for entry in catalog.entries] == ["VVX 411", "VVX 410"]
        assert len(problems) <= 1
    with pytest.raises(DataError):
        read_page("|" * 1_000_000 + "\n" + " " * 200_000 + "|", name="test", source="page.md")


_PAGE = "|Manufacturer|Model|Firmware version|Date|\n|---|---|---|---|\n|Yealink|T58A|58.15.0.20|2020-01-01|\n"
_ROW = "|Yealink|T56A|58.15.0.20|2020-01-01|\n"


@pytest.mark.parametrize(
    ("rest", "line", "why"),
    [
        ("\n" + _ROW, 5, "outside of a table"),
        ("> a note | x\n" + _ROW, 5, "outside of a table"),
        ("T55A\n" + _ROW, 5, "outside of a table"),
        ("\n    " + _ROW, 5, "outside of a table"),
        ("\n```\n" + _PAGE, 8, "outside of a table"),  # a fence without its end
        ("\n<table><tr><td>Yealink</td><td>T56A</td><td>58.15.0.20</td></tr></table>\n", 5, "HTML is not read"),
        ("|Yealink|T56A|58.15.0", 4, "the page is cut here"),
        ("|Yealink|T56A|" + "<br>".join(f"58.15.0.{n}" for n in range(100)) + "|x|\n", 4, "more than 400 characters"),
        ("|Yealink|" + "/".join(f"T{n}A" for n in range(100, 999)) + "|58.15.0.20|x|\n", 4, "more than 400 characters"),
        ("|Yealink|T58A|58.15.0.20 or later|2020-01-01|\n", 4, "listed otherwise at line 3"),
        ("|Yealink|T58A|58.15.0.20|2022-01-01|\n", 4, "listed otherwise at line 3"),
    ],
)
def test_a_row_that_is_not_in_the_catalog_is_reported(rest: str, line: int, why: str) -> None:
    """What a reader of the page takes for a row is an entry or a problem."""
    catalog, problems = read_page(_PAGE + rest, name="x", source="x")
    assert [entry.model for entry in catalog.entries] == ["T58A"]
    assert [problem.line for problem in problems] == [line]
    assert why in problems[0].problem


def test_a_page_without_its_last_line_end_and_with_blanks_in_its_cells_is_whole() -> None:
    padded = "|Yealink|" + " " * 500 + "T56A|58.15.0.20" + " " * 500 + "|2020-01-01|"
    catalog, problems = read_page(_PAGE + padded, name="x", source="x")
    assert [entry.model for entry in catalog.entries] == ["T58A", "T56A"]
    assert not problems


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (_PAGE + "|\n" * 100_000, "more than 100,000 lines"),
        (_PAGE + ("|Y|T5|" + ",".join(f"1.{n}" for n in range(70)) + "|x|\n") * 1_500, "more than 100,000 models"),
    ],
)
def test_lines_and_entries_of_a_page_are_bounded(text: str, sentence: str) -> None:
    """Rows of two octets took 400 MB within the length of a page."""
    with pytest.raises(DataError, match=sentence):
        read_page(text, name="x", source="x")


@pytest.mark.parametrize(
    "row", ["Poly,VVX 500,5.9.1.3", "Poly;VVX 500;5.9.1.3", "Poly\tVVX 500\t5.9.1.3", '"Poly","VVX 500","5.9.1.3"']
)
@pytest.mark.parametrize("between", ["", "\n", "\nManufacturer,Model,Version\n"])
def test_rows_of_csv_behind_a_table_are_reported(row: str, between: str) -> None:
    text = table("| Yealink | T58A | 58.15.0.20 |") + between + row + "\n"
    catalog, problems = read_page(text, name="test", source="page.md")
    assert len(catalog.entries) == 1
    assert [problem.text for problem in problems] == [row.replace("\t", "\t")]


@pytest.mark.parametrize(
    "prose",
    [
        "Update to 5.9.1.3, or to a later version, before the phones are used.",
        "- 5.9.1.3, 5.9.1.4",
        "5.9.1.3; 5.9.1.4",
        "The versions that were certified before are 5.9.1.3, 5.9.1.4,",
    ],
)
def test_prose_with_versions_is_no_row(prose: str) -> None:
    _, problems = read_page(table("| Yealink | T58A | 58.15.0.20 |") + f"\n{prose}\n", name="test", source="page.md")
    assert problems == ()


@pytest.mark.parametrize("header", ["Model,Model 2", "Model 1,Model 2", "Model,Model", "Model,Other models"])
def test_further_columns_of_models_are_read(header: str) -> None:
    text = f"Vendor,{header},Firmware\nYealink,T58A,T58V,58.15.0.20\n"
    catalog, problems = read_page(text, name="test", source="page.csv")
    assert (problems, [entry.model for entry in catalog.entries]) == ((), ["T58A", "T58V"])


@pytest.mark.parametrize("header", ["Device name,Model", "Model,Device type", "Model,Product page"])
def test_a_column_about_the_model_is_no_further_model(header: str) -> None:
    text = f"Vendor,{header},Firmware\nYealink,T58A,T58V,58.15.0.20\n"
    catalog, _ = read_page(text, name="test", source="page.csv")
    assert [entry.model for entry in catalog.entries] == ["T58A"]


@pytest.mark.parametrize(
    "text",
    [
        "Vendor,Model,Firmware\nYealink,T58A,58.15.0.20\nYealink,T58V,58.15.",
        "|Vendor|Model|Firmware|\n|-|-|-|\n|Yealink|T58A|58.15.0.20|\n|Yealink|T58V|58.15",
    ],
)
def test_a_version_that_the_end_of_the_page_cuts_is_not_certified(text: str) -> None:
    catalog, (problem,) = read_page(text, name="test", source="page.md")
    assert [entry.model for entry in catalog.entries] == ["T58A"]
    assert problem.problem == "the page is cut here"
