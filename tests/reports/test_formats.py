"""Every format contains all rows in their order, and no name that a device sends is markup or code in any of them."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import sys
from html.parser import HTMLParser
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from openpyxl import load_workbook

from scanner.core.errors import UsageError
from scanner.reports import BINARY_FORMATS, FORMATS, plots, render, render_report, xlsx
from scanner.reports.ansible import write_ansible
from scanner.reports.data import Breakdown
from scanner.reports.firmware import behind, with_distance
from scanner.reports.names import slug
from tests.reports.sample import COLUMNS, HOSTILE, device, devices, report

UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
DEVICE_WORDS = (
    "hostname",
    "manufacturer",
    "model",
    "firmware",
    "serial",
    "switch",
    "switch_port",
    "reason",
    "site",
    "vlan",
)


def hostile_rows() -> list[dict[str, Any]]:
    """A device for each hostile text, which is the value of every field that a device or switch sends."""
    return [device(at, **dict.fromkeys(DEVICE_WORDS, text)) for at, text in enumerate(HOSTILE)]


def text(format: str, rows: list[dict[str, Any]], **options: Any) -> str:
    stream = io.StringIO(newline="")
    assert render(rows, COLUMNS, format, "Inventory", stream, **options) == len(rows)
    return stream.getvalue()


def report_text(format: str, **changed: Any) -> str:
    stream = io.StringIO(newline="")
    render_report(report(**changed), format, stream)
    return stream.getvalue()


def workbook(stream: io.BytesIO) -> Any:
    return load_workbook(io.BytesIO(stream.getvalue()))


class Page(HTMLParser):
    """Elements, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_csv_has_a_header_and_all_rows() -> None:
    rows = list(devices(30))
    back = list(csv.DictReader(io.StringIO(text("csv", rows), newline="")))
    assert list(back[0]) == list(COLUMNS)
    assert back == [{c: "" if row[c] is None else str(row[c]) for c in COLUMNS} for row in rows]
    assert text("csv", rows).count("\r\n") == 31
    assert text("csv", []) == ",".join(COLUMNS) + "\r\n"


def test_no_cell_of_a_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(text("csv", hostile_rows()), newline="")))
    assert len(rows) == len(HOSTILE) + 1
    for row in rows:
        assert not any(cell.lstrip()[:1] in tuple("=+-@\t\r\uff1d") for cell in row if cell)
        assert not any(UNSAFE.search(cell) for cell in row)


def test_json_keeps_every_value_and_escapes_what_a_terminal_interprets() -> None:
    rows = hostile_rows()
    for format, back in (
        ("json", json.loads(text("json", rows))),
        ("jsonl", list(map(json.loads, text("jsonl", rows).splitlines()))),
    ):
        assert back == rows
        assert not UNSAFE.search(text(format, rows))
    assert json.loads(text("json", [])) == []
    assert text("jsonl", []) == ""


@pytest.mark.parametrize("width", [40, 80, 120, 300])
def test_a_table_fits_the_terminal_and_escapes_control_characters(width: int) -> None:
    body = text("table", hostile_rows(), width=width)
    assert not UNSAFE.search(body)
    lines = body.split("\ncolumns omitted")[0].splitlines()
    assert max(map(len, lines)) <= width
    assert "\\x1b" in text("table", hostile_rows(), width=300)


def test_a_table_lists_the_columns_that_are_omitted() -> None:
    body = text("table", list(devices(3)), width=60)
    assert "198.18.0.1" in body
    assert "columns omitted to fit the width" in body
    assert "last_scan" in body.splitlines()[-2]
    assert max(map(len, body.splitlines())) <= 60


def test_a_long_table_is_streamed_within_the_width() -> None:
    rows = [device(at, hostname="ö\u4e2d" * at) for at in range(1500)]
    lines = text("table", rows, width=100).splitlines()
    assert len([line for line in lines if "198.18." in line]) == 1500
    assert all(len(line) <= 100 for line in lines)


def test_colour_is_written_only_when_requested() -> None:
    assert "\x1b[" not in text("table", list(devices(3)))
    assert "\x1b[" in text("table", list(devices(3)), colour=True)


def test_names_are_neither_markup_nor_links_in_markdown() -> None:
    body = text("md", hostile_rows())
    assert not UNSAFE.search(body)
    assert not re.search(r"https?://|www\.|<\w|(?<!\\)\[|(?<!\\)\*\*|@", body)
    rows = [line for line in body.splitlines() if line.startswith("|")]
    assert len(rows) == len(HOSTILE) + 2
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {len(COLUMNS) + 1}


@pytest.mark.parametrize("kind", ["list", "report"])
def test_a_page_contains_no_script_no_link_and_no_markup_of_a_device(kind: str) -> None:
    rows = hostile_rows()
    body = (
        text("html", rows)
        if kind == "list"
        else report_text("html", rows=rows, review=rows, changes=rows, unscanned=rows)
    )
    page = Page(body)
    assert not {"script", "img", "a", "iframe", "form", "object", "link"} & set(page.tags)
    assert not [a for a in page.attributes if a[1].startswith("on") or a[1] in ("style", "href", "src")]
    assert not UNSAFE.search(body)
    shown = "".join(page.texts)
    assert "<script>alert(1)</script>" in shown
    assert "{{ 7*7 }}" in shown
    assert "\\x1b[31mred" in shown


@pytest.mark.parametrize("format", ["list", "report"])
def test_a_pages_policy_allows_its_own_style_and_nothing_else(format: str) -> None:
    body = text("html", []) if format == "list" else report_text("html")
    policy = next(
        v or "" for tag, name, v in Page(body).attributes if tag == "meta" and name == "content" and "src" in (v or "")
    )
    style = re.search(r"<style>(.*)</style>", body, re.S)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert (
        policy == f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert "http" not in body.replace("http-equiv", "").replace("http,sip", "")


def test_the_report_contains_totals_plots_devices_changes_catalogs_and_unscanned_addresses() -> None:
    body = report_text("html", count=60)
    said = "".join(Page(body).texts)
    for words in ("60", "non-compliant", "By site", "By model", "By firmware", "By switch", "2026-06-01", "5.9.0.9373",
                  "2,722 days old", "firmware-changed", "no-answer", "since 2026-11-16", "teams"):  # fmt: skip
        assert words in said, words
    page = Page(body)
    assert page.tags.count("svg") >= 20
    labelled = [v for tag, name, v in page.attributes if tag == "svg" and name == "aria-label"]
    assert any("Devices by compliance from 2026-06-01" in (label or "") for label in labelled)
    assert sum("198.18." in words for words in page.texts) == 30 + 20 + 2 + 1


def test_the_source_of_the_reasons_is_on_a_page_once() -> None:
    assert report_text("html", count=60).count("@1ed35cec") == 1


def test_the_report_in_csv_and_json_has_the_noncompliant_alone() -> None:
    for format in ("csv", "json", "jsonl"):
        stream = io.StringIO(newline="")
        assert render_report(report(60), format, stream) == 30
        body = stream.getvalue()
        assert body.count("noncompliant") == 30
        assert "newer" not in body
        stream = io.StringIO(newline="")
        assert render_report(report(60), format, stream, include_review=True) == 30
        assert "newer" in stream.getvalue()


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_an_empty_report_is_written_in_every_format(format: str) -> None:
    stream: Any = io.BytesIO() if format in BINARY_FORMATS else io.StringIO(newline="")
    empty = report(
        rows=[],
        review=[],
        totals={},
        statuses=Breakdown("Status", ()),
        trend=[],
        groups=[],
        changes=[],
        catalogs=[],
        unscanned=[],
    )
    assert render_report(empty, format, stream) == 0
    assert bool(stream.getvalue()) is (format != "jsonl")


def test_a_large_report_folds_its_lists_and_contains_every_device() -> None:
    rows = [device(0, ip=f"198.18.{at // 250}.{at % 250}", site="hq" if at < 1200 else "oslo") for at in range(2500)]
    body = report_text("html", rows=rows, totals={"noncompliant": 2500})
    assert body.count("<details>") == 3 + 3
    assert body.count("198.18.") == 2500 + 2 + 1 + 20
    assert "oslo, devices 501 to 1,000" in body


@pytest.mark.parametrize(
    ("width", "shown", "left_out"),
    [
        (80, {"IP", "Model", "Firmware", "Certified", "Status"}, {"Reason", "Site"}),
        (120, {"IP", "MAC", "Model", "Firmware", "Certified", "Status"}, {"Reason"}),
        (200, {"IP", "Model", "Certified", "Status", "Reason"}, set()),
    ],
)
def test_a_terminal_shows_the_important_columns(width: int, shown: set[str], left_out: set[str]) -> None:
    stream = io.StringIO()
    rows = [device(at, model="SoundPoint IP 550", firmware="UCC450HD_3.2.0.1003.61") for at in range(12)]
    render(rows, COLUMNS, "table", "Devices", stream, width=width)
    heading = set(re.split(r"  +", stream.getvalue().splitlines()[1].strip()))
    assert shown <= heading
    assert not left_out & heading
    assert all(len(line) <= width for line in stream.getvalue().splitlines()[:-1])


def test_a_narrow_terminal_shows_the_old_and_the_new_value_of_a_change() -> None:
    row = device(0, time="2026-11-22T02:00:00Z", event="firmware-changed", part="firmware", old="5.8", new="5.9")
    stream = io.StringIO()
    render([row], ("time", "event", "part", "old", "new", *COLUMNS), "table", "Changes", stream, width=80)
    assert stream.getvalue().splitlines()[1].split()[:5] == ["Time", "Event", "Part", "Old", "New"]


def test_the_workbook_has_a_summary_and_a_sheet_for_each_site() -> None:
    stream = io.BytesIO()
    assert render_report(report(60), "xlsx", stream) == 30
    book = workbook(stream)
    assert book.sheetnames == ["Summary", "berlin", "hq", "oslo", "To review", "Changes", "Not scanned"]
    hq = book["hq"]
    assert [cell.value for cell in hq[1]][:5] == ["IP", "Manufacturer", "Model", "Firmware", "Certified"]
    assert [table.ref for table in hq.tables.values()] == ["A1:U11"]
    assert hq.freeze_panes == "B2"
    assert sum(book[site].max_row - 1 for site in ("berlin", "hq", "oslo")) == 30


def test_every_cell_of_a_workbook_is_a_text_a_number_or_a_time() -> None:
    stream = io.BytesIO()
    rows = hostile_rows()
    render(rows, COLUMNS, "xlsx", "[bad]:*?/\\ 'title' that is far too long for a sheet", stream)
    sheet = workbook(stream).worksheets[0]
    assert len(sheet.title) <= 31
    for line in sheet.iter_rows():
        for cell in line:
            assert cell.data_type in ("s", "n", "d")
            assert cell.hyperlink is None
    assert sheet.max_row == len(rows) + 1
    stream = io.BytesIO()
    render_report(report(rows=rows), "xlsx", stream)
    assert len({name.casefold() for name in workbook(stream).sheetnames}) == len(HOSTILE) + 4


@pytest.mark.parametrize(
    ("text", "in_xml"),
    [
        ("a & <b>", "a &amp; &lt;b&gt;"),
        ("_x0041_", "_x005F_x0041_"),
        ("_x41_", "_x41_"),
        ("  two  ", "  two  "),
        ("a\ufffeb\uffff", "a\ufffdb\ufffd"),
        ("x" * 40_000, "x" * 32_767),
    ],
)
def test_a_text_is_unchanged_in_a_workbook(text: str, in_xml: str) -> None:
    stream = io.BytesIO()
    render([{"model": text}, {"model": text}], ("model",), "xlsx", "Models", stream)
    with ZipFile(stream) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count(f'<is><t xml:space="preserve">{in_xml}</t></is>') == 2
    assert '<dimension ref="A1:A3"/>' in sheet


def test_a_workbook_colours_status_and_compliance_by_a_rule() -> None:
    stream = io.BytesIO()
    render(list(devices(4)), COLUMNS, "xlsx", "Inventory", stream)
    rules = workbook(stream).worksheets[0].conditional_formatting
    assert {str(rule.sqref) for rule in rules} == {"F2:F5", "N2:N5"}
    assert {r.formula[0] for rule in rules for r in rule.rules} == {
        '$N2="compliant"', '$N2="noncompliant"', '$N2="review"'
    }  # fmt: skip


def test_a_full_sheet_is_continued_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_ROWS", 11)
    stream = io.BytesIO()
    render(list(devices(25)), COLUMNS, "xlsx", "Inventory", stream)
    book = workbook(stream)
    assert book.sheetnames == ["Inventory", "Inventory (2)", "Inventory (3)"]
    assert [sheet.max_row for sheet in book.worksheets] == [11, 11, 6]


def test_sites_beyond_the_limit_share_one_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_SITES", 2)
    stream = io.BytesIO()
    render_report(report(rows=[device(at, site=f"site {at}") for at in range(5)]), "xlsx", stream)
    book = workbook(stream)
    assert book.sheetnames[1:4] == ["site 0", "site 1", "further sites"]
    assert book["further sites"].max_row == 4


def test_without_its_extra_xlsx_is_an_error_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(UsageError, match=r"pip install 'phonescan\[xlsx\]'"):
        render([], COLUMNS, "xlsx", "Inventory", io.BytesIO())


def test_the_error_for_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="table, csv"):
        render([], COLUMNS, "pdf", "Inventory", io.StringIO())
    with pytest.raises(UsageError, match="table, csv"):
        render_report(report(), "pdf", io.StringIO())


class _Loader(yaml.SafeLoader):
    """YAML with Ansible's tag."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def test_an_ansible_inventory_has_unique_hosts_slugged_groups_and_unsafe_texts() -> None:
    rows = [
        *hostile_rows(),
        *(device(at, hostname="phone", mac=None, ip=None) for at in range(3)),
        device(7, hostname=None),
    ]
    stream = io.StringIO()
    assert write_ansible(rows, stream) == len(rows)
    body = stream.getvalue()
    everything = yaml.load(body, _Loader)["all"]
    assert len(everything["hosts"]) == len(rows)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name) for name in everything["hosts"])
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in everything["children"])
    members = [name for group in everything["children"].values() for name in group["hosts"]]
    assert set(members) == set(everything["hosts"])
    assert {"phone", "phone-2", "phone-3", "phone-64167f000007"} <= set(everything["hosts"])
    assert not re.search(r"^      \w+: (?!!unsafe \")", body, re.M)
    assert any(host.get("phonescan_model") == "{{ 7*7 }}" for host in everything["hosts"].values())
    assert not UNSAFE.search(body)


def test_an_empty_ansible_inventory_is_valid() -> None:
    stream = io.StringIO()
    assert write_ansible([], stream) == 0
    assert yaml.load(stream.getvalue(), _Loader) == {"all": {"hosts": {}}}


@pytest.mark.parametrize(
    ("name", "want"),
    [("VVX 411", "vvx_411"), ("Zürich HQ!", "zurich_hq"), ("", "unknown"), ("中", "unknown"), ("--", "unknown")],
)
def test_slugs_consist_of_letters_digits_and_one_joint(name: str, want: str) -> None:
    assert slug(name) == want


@pytest.mark.parametrize(
    ("firmware", "certified", "said"),
    [
        ("5.8.3.3066", "5.9.0.9373", "minor release 8 of 9"),
        ("4.1.4.7430", "5.9.0.9373", "major release 4 of 5"),
        ("5.9.0.0100", "5.9.0.9373", "build 100 of 9373"),
        ("UC440HD_3.1.2.1", "UC440HD_3.1.3.144.18", "patch 2 of 3"),
        ("3.0.1.89", "3.0.1.89.1", "build missing"),
        ("", "5.9", ""),
    ],
)
def test_the_firmware_report_has_the_distance_to_the_certified_version(
    firmware: str, certified: str, said: str
) -> None:
    assert behind(firmware, certified) == said
    row = {"firmware": firmware, "certified_firmware": certified, "status": "outdated"}
    assert [r["behind"] for r in with_distance([row, row | {"status": "newer"}])] == [said, ""]


def test_the_firmware_report_names_sites_and_counts_the_rest() -> None:
    few, many = ({"where": json.dumps([f"site {at}" for at in range(count)])} for count in (2, 8))
    said = [row["where"] for row in with_distance([few, many, {}])]
    assert said == ["site 0, site 1", "site 0, site 1, site 2, site 3, site 4 and 3 more", ""]


def test_a_status_in_conflict_is_drawn_in_the_colour_of_its_compliance_and_marked_in_words() -> None:
    counts = [{"name": "certified", "compliant": 2, "noncompliant": 0, "review": 1, "none": 0}]
    drawn = plots.statuses(Breakdown.of("Status", counts))
    assert drawn is not None
    assert [(one.name, one.width) for one in drawn.bars[0].parts] == [("compliant", 666.7), ("review", 333.3)]
    assert drawn.bars[0].label == "3 certified: 2 compliant, 1 to review"
    row = {**device(0), "status": "certified", "compliance": "review", "reason": "In conflict: a claims b. Certified."}
    body = report_text("html", rows=[], review=[row])
    assert (
        body.count('<span class="status s-review">certified</span><br><span class="conflict">in conflict</span>') == 1
    )
    assert 'class="conflict"' not in report_text("html", rows=[], review=[{**row, "reason": "Certified."}])
