"""Hostile values of devices, switches and sites: text on pages, in files and in metrics."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.core.text import spreadsheet_cell
from scanner.inventory import Inventory, queries
from scanner.web.csv_cells import CsvRewriter
from scanner.web.script import SCRIPT
from tests.nonempty import some

pytestmark = pytest.mark.slow

UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Outline(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action")}


def pages(stocked: Path) -> list[str]:
    with Inventory.open(stocked, readonly=True) as inventory:
        devices = [row["id"] for row in queries.device_rows(inventory) if row["status"] == "unidentified"]
    return [
        "/",
        "/devices?size=500",
        "/devices?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/devices?switch=%3Cscript%3E&sort=switch",
        "/devices?site=%22onmouseover%3Dalert(1)",
        "/firmware",
        "/firmware?model=%3Cb%3E",
        "/changes?scan=3",
        "/changes?event=%3Cb%3E",
        "/scans",
        "/scans/2",
        "/scans/3",
        "/?site=%3Cimg%20src=x%3E",
        *(f"/devices/{number}" for number in devices),
    ]


def test_no_value_of_a_device_becomes_markup_on_our_pages(site: Any, stocked: Path) -> None:
    for path in some(pages(stocked)):
        answer = site.get(path)
        assert answer.status_code == 200, path
        outline = Outline()
        outline.feed(answer.text.replace(f"<script>{SCRIPT}</script>", "", 1))
        assert not outline.tags & {"script", "img", "iframe", "object", "b>", "style", "base"}, path
        assert not [name for name in outline.attributes if name.startswith("on") or name == "style"], path
        assert not [link for link in outline.links if not link.startswith(("/", "data:,", "#"))], path
        assert not UNSAFE.search(answer.text.replace("\n", "").replace("\r", "")), path


def test_hostile_values_are_shown_as_text(site: Any, stocked: Path) -> None:
    text = "".join(site.get(path).text for path in pages(stocked))
    assert "&lt;script&gt;document.title=&#39;owned&#39;&lt;/script&gt;" in text
    assert "\\x1b[31mred\\x07" in text
    assert "a\\u202egnp.exe" in text
    assert "{{ 7*7 }}" in text


@pytest.mark.parametrize("table", ["devices", "observations", "inventory", "assessments", "events", "scans"])
def test_datasettes_pages_show_hostile_values_as_text(site: Any, table: str) -> None:
    answer = site.get(f"/data/{table}?_size=1000")
    outline = Outline()
    outline.feed(answer.text)
    assert not outline.tags & {"img", "iframe", "object", "base"}
    assert not [name for name in outline.attributes if name.startswith("on")]
    assert not [link for link in outline.links if "evil.example" in link and "://evil" in link]
    shown_cells = re.sub(r"<style>.*?</style>", "", answer.text, flags=re.S)
    assert not re.search("[\x1b\x07\u202e]", shown_cells)


@pytest.mark.parametrize(
    "path",
    [
        "/devices.csv",
        "/firmware.csv",
        "/data/devices.csv?_stream=on&_dl=1",
        "/data/observations.csv?_stream=on",
        "/data/inventory.csv",
        "/data/noncompliant.csv?_stream=on&_dl=1",
        "/data/observations.csv?_labels=on&_dl=1",
        "/data/devices.csv?_header=off&_dl=1",
        "/data.csv?sql=select+value,+field+from+observations",
        "/data.csv?sql=select+hostname,+switch+from+devices&_stream=on",
    ],
)
def test_no_cell_of_a_csv_file_is_a_formula(make_site: Callable[..., Any], path: str) -> None:
    answer = make_site(sql=True).get(path)
    assert answer.status_code == 200
    records = list(csv.reader(io.StringIO(answer.text)))
    assert len({len(record) for record in records}) == 1
    for record in records:
        for cell in record:
            if not re.fullmatch(r"-?\d+(\.\d+)?", cell):
                assert not cell.lstrip().startswith(FORMULA), cell
            assert not UNSAFE.search(cell), cell


def test_metrics_keep_their_lines_for_every_name_of_a_site(site: Any) -> None:
    for line in some(site.get("/metrics").text.splitlines()):
        assert re.fullmatch(r'# (HELP|TYPE) .+|[a-z_]+\{([a-z_]+="([^"\\]|\\.)*",?)*\} -?\d+(\.\d+)?', line), line


cells = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@example([["", "\n"]], [4])
@given(
    st.lists(st.lists(cells, min_size=2, max_size=4), max_size=8), st.lists(st.integers(1, 40), min_size=1, max_size=30)
)
def test_a_csv_stream_does_not_depend_on_its_chunks(table: list[list[str]], cuts: list[int]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    data = out.getvalue().encode()
    rewriter, given_back, at = CsvRewriter(), b"", 0
    for cut in cuts:
        given_back += rewriter.feed(data[at : at + cut])
        at += cut
    given_back += rewriter.feed(data[at:], last=True)
    back = list(csv.reader(io.StringIO(given_back.decode(), newline="")))
    number = re.compile(r"-?[0-9]+(\.[0-9]*)?|-?[0-9]*\.")
    assert len(back) == len(table)
    for record, original in zip(back, table, strict=True):
        for cell, value in zip(record, original, strict=True):
            assert cell in (spreadsheet_cell(value), value if number.fullmatch(value) else spreadsheet_cell(value))


def test_a_csv_stream_is_not_buffered_to_the_end() -> None:
    rewriter = CsvRewriter()
    assert rewriter.feed(b'a,"b\r\nc"\r\nd,e\r\nf,"') == b"a,b\\x0d\\x0ac\r\nd,e\r\n"
    assert rewriter.feed(b'=1"\r\n') == b"f,'=1\r\n"
    assert rewriter.feed(b"", last=True) == b""
