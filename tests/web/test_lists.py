"""Lists of any length: pages with links, changes of a period, filters with several values, and what sorts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from scanner.core.model import Observation
from scanner.inventory import Inventory, queries
from scanner.web.list_query import PARAMETERS, SORTABLE, pager, parse
from tests.web.conftest import knowledge, phone
from tests.web.large import CHANGES, DEVICES, MISSED


def links(text: str, rel: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(f'<a rel="{rel}" href="([^"]+)"', text)]


def rows(text: str, table: str) -> list[str]:
    """The first cells of a table's rows, by the label of its region."""
    body = text.split(f'aria-label="{table}"', 1)[1].split("</table>", 1)[0].split("<tbody>", 1)[1]
    return [re.sub("<[^>]+>", "", row.split("</t", 1)[0]).strip() for row in body.split("<tr>")[1:]]


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [
        (1, 1, "1"),
        (1, 3, "1 2 3"),
        (1, 9, "1 2 … 9"),
        (3, 9, "1 2 3 4 … 9"),
        (4, 9, "1 2 3 4 5 … 9"),
        (5, 9, "1 … 4 5 6 … 9"),
        (6, 9, "1 … 5 6 7 8 9"),
        (9, 9, "1 … 8 9"),
    ],
)
def test_a_pager_links_to_the_neighbours_and_both_ends(page: int, pages: int, shown: str) -> None:
    made = pager(page, pages, lambda number: f"?page={number}")
    assert " ".join("…" if entry is None else str(entry[0]) for entry in made.numbers) == shown
    assert all(entry[1] == f"?page={entry[0]}" for entry in made.numbers if entry)
    assert made.previous == (f"?page={page - 1}" if page > 1 else None)
    assert made.next == (f"?page={page + 1}" if page < pages else None)


def test_every_address_that_a_scan_missed_is_on_one_of_its_pages_in_order(
    make_site: Callable[..., Any], large: Path
) -> None:
    site = make_site(large)
    with Inventory.open(large, readonly=True) as inventory:
        whole = [row["ip"] for row in queries.missed_page(inventory, 5, limit=MISSED + 1)]
        events = sum(1 for _ in queries.events(inventory, scan=5))
    for number in (1, 2, 25, 49, 50):
        text = site.get(f"/scans/5?changes=3&missed={number}").text
        assert rows(text, "table of what was not covered") == whole[100 * (number - 1) : 100 * number]
        following = [f"/scans/5?changes=3&missed={number + 1}#missed"] if number < 50 else []
        assert [link for link in links(text, "next") if link.endswith("#missed")] == following
    assert whole == sorted(whole, key=lambda ip: tuple(map(int, ip.split("."))))
    assert (len(set(whole)), events) == (MISSED, CHANGES)
    first = site.get("/scans/5").text
    assert "1 to 100 of 5,000: 5,000 skipped (sip)" in first
    assert "1 to 100 of 2,500 changes" in first
    assert len(rows(first, "table of changes")) == 100


def test_lists_of_10_000_devices_have_pages(make_site: Callable[..., Any], large: Path) -> None:
    site = make_site(large)
    text = site.get("/devices?size=500&sort=mac&page=20").text
    assert "<b>10,000</b> devices, 9,501 to 10,000 shown" in text
    assert links(text, "prev") == ["/devices?sort=mac&size=500&page=19"]
    assert not links(text, "next")
    assert f"<b>{DEVICES:,}</b>devices" in site.get("/").text
    assert site.get("/devices?page=9999").text.count("<tr>") == 51


CHANGED: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    ("since=2026-11-02", lambda row: row["time"] >= "2026-11-02"),
    ("since=2026-11-02&until=2026-11-02", lambda row: row["time"][:10] == "2026-11-02"),
    ("until=2026-11-02", lambda row: row["time"] < "2026-11-03"),
    ("after=3", lambda row: row["scan"] > 3),
    ("after=1&through=3", lambda row: row["scan"] in (2, 3)),
    ("scan=3", lambda row: row["scan"] == 3),
    ("", lambda row: row["scan"] == 4),
    ("event=moved", lambda row: row["scan"] == 4 and row["event"] == "moved"),
    ("since=2026-11-01&event=moved&event=appeared", lambda row: row["event"] in ("moved", "appeared")),
    ("since=2026-11-01&site=hq&site=x", lambda row: row["site"] == "hq"),
    ("since=2026-11-01&site=%3Cb%3Ebranch%3C/b%3E", lambda row: row["site"] == "<b>branch</b>"),
    ("since=2027-01-01", lambda row: False),
    ("since=0001-01-01&until=9999-12-31", lambda row: True),
    ("since=nonsense&until=2026-13-40&after=x&event=%3Cb%3E", lambda row: row["scan"] == 4),
)


@pytest.mark.parametrize(("query", "expected"), CHANGED, ids=[case[0] for case in CHANGED])
def test_changes_are_those_of_the_period_and_the_scans(
    site: Any, stocked: Path, query: str, expected: Callable[[dict[str, Any]], bool]
) -> None:
    with Inventory.open(stocked, readonly=True) as inventory:
        wanted = [row for row in queries.events(inventory) if expected(row)]
    text = site.get(f"/changes?{query}").text
    count = len(wanted)
    assert f"<b>{count}</b> {'change' if count == 1 else 'changes'}" in text
    assert len(rows(text, "table of changes")) == min(count, 100) if wanted else "<p>No changes.</p>" in text


def test_the_csv_of_changes_has_the_changes_of_the_page(site: Any) -> None:
    for query in (
        "since=2026-11-02&until=2026-11-02",
        "after=1&through=4&event=moved&event=firmware-changed",
        "scan=4",
    ):
        text = site.get(f"/changes?{query}").text
        link = html.unescape(next(iter(re.findall('href="([^"]+)">Changes as CSV', text))))
        count = int(next(iter(re.findall(r"<b>(\d+)</b> changes", text))))
        assert len(site.get(link).text.splitlines()) == count + 1, query
    assert "Changes of all sites as CSV" in site.get("/changes?scan=4&site=hq").text


def test_presets_lead_to_the_changes_since_a_day(site: Any) -> None:
    text = site.get("/changes").text
    for label in ("Today", "7 days", "30 days", "A year"):
        assert re.search(rf'href="/changes\?since=\d{{4}}-\d\d-\d\d">{label}<', text), label
    assert '<input id="since" name="since" type="date" value="">' in text
    assert 'value="2026-11-02"' in site.get("/changes?since=2026-11-02").text
    assert "scan 4" in text


@pytest.mark.parametrize("page", ["/devices", "/firmware"])
def test_a_filter_offers_its_values_as_checkboxes_and_keeps_what_is_chosen(site: Any, page: str) -> None:
    text = site.get(page + "?model=T58A&model=X6U&model=Unknown+one&site=hq").text
    offered = re.findall(r'<input type="checkbox" name="(\w+)" value="([^"]*)"( checked)?>', text)
    assert {value for name, value, chosen in offered if name == "model" and chosen} == {"T58A", "X6U", "Unknown one"}
    assert {value for name, value, chosen in offered if name == "model" and not chosen} >= {"VVX 411", "T56A"}
    assert {value: bool(chosen) for name, value, chosen in offered if name == "site"} == {
        "hq": True,
        "&lt;b&gt;branch&lt;/b&gt;": False,
    }
    assert "T58A and 2 more" in text


@pytest.mark.parametrize("column", SORTABLE)
def test_one_heading_has_the_arrow_of_the_order_and_sorts_the_other_way(site: Any, column: str) -> None:
    for order, arrow, opposite in (("", "ascending", "&order=down"), ("&order=down", "descending", "")):
        text = site.get(f"/devices?sort={column}{order}").text
        headings = re.findall(r"<th scope=\"col\"[^>]*>.*?</th>", text)
        sorted_now = [heading for heading in headings if "aria-sort" in heading]
        shown = [heading for heading in headings if f"sort={column}" in heading]
        assert sorted_now == shown, column
        assert [f'aria-sort="{arrow}"' in heading for heading in sorted_now] == [True] * len(shown)
        assert all(f'sort={column}{opposite}"' in html.unescape(heading) for heading in shown)
        assert f'<option value="{column}" selected>' in text


def test_every_heading_with_an_arrow_sorts_by_what_its_column_shows_first(site: Any) -> None:
    headings = re.findall(r'<th scope="col"[^>]*><a href="/devices\?sort=(\w+)', site.get("/devices").text)
    assert len(headings) == 9
    for at, column in enumerate(headings):
        text = site.get(f"/devices?sort={column}&size=500&site=hq&q=10.1.0.").text
        body = text.split('<table class="list cards devices">')[1].split("<tbody>")[1].split("</tbody>")[0]
        cells = [re.split(r"</t[hd]>", row)[at] for row in body.split("<tr>")[1:]]
        shown = [re.sub("<[^>]+>", "", cell.split("<small")[0]).lstrip().casefold() for cell in cells]
        known = [value for value in shown if value not in ("–", "not known")]
        key = (lambda ip: tuple(map(int, ip.split(".")))) if column == "ip" else (lambda value: html.unescape(value))
        assert known == sorted(known, key=key), column
        assert shown[: len(known)] == known, column


def test_tables_that_do_not_sort_have_no_arrows(site: Any) -> None:
    for page in ("/scans", "/scans/4", "/changes", "/firmware", "/catalogs"):
        text = site.get(page).text
        assert "aria-sort" not in text
        assert not re.search("[▲▼↕]</span></a></th>", text), page


def test_an_order_without_a_column_is_no_order() -> None:
    assert not parse(parse_qs("order=down")).descending
    assert parse(parse_qs("sort=ip&order=down")).descending


def test_a_list_of_one_site_is_sorted_by_address(site: Any) -> None:
    text = site.get("/devices?site=hq").text
    assert re.findall('aria-sort="(\\w+)"><a href="([^"]+)"', text) == [
        ("ascending", "/devices?site=hq&amp;sort=ip&amp;order=down")
    ]
    assert "aria-sort" not in site.get("/devices").text


def test_times_are_utc_with_their_exact_value(site: Any) -> None:
    text = site.get("/scans/4").text
    assert '<time datetime="2026-11-03T02:00:00Z">2026-11-03 02:00 UTC</time>' in text
    assert '<span id="zone">Times are UTC.</span>' in text


@pytest.mark.parametrize("page", ["devices", "devices.csv", "firmware", "switches", "changes", "switches/ports"])
def test_an_address_with_too_many_parameters_is_refused(site: Any, page: str) -> None:
    response = site.get(f"/{page}?" + "model=x&" * (PARAMETERS + 1))
    assert response.status_code == 400
    assert "choose fewer values" in response.text


def test_a_filter_keeps_hundreds_of_values(site: Any) -> None:
    every = site.get("/devices.csv?model=T58A").text
    assert (
        site.get("/devices.csv?" + "&".join([*(f"model=m{number}" for number in range(500)), "model=T58A"])).text
        == every
    )
    assert every.count("\n") > 1


def test_a_value_as_long_as_a_stored_one_is_a_filter(make_site: Callable[..., Any], tmp_path: Path) -> None:
    name = "sw-" + "x" * 252  # the longest name in LLDP
    path = tmp_path / "long.sqlite"
    with Inventory.open(path, create=True) as inventory:
        scan = inventory.begin_scan(
            kind="scan", targets=("10.1.0.0/24",), discoveries=("sip",), now="2026-11-01T02:00:00Z"
        )
        rows = phone(1, "Yealink SIP-T58A 58.15.0.20", switch=name)
        inventory.record(scan, [Observation(**{"time": "2026-11-01T02:00:00Z", **row}) for row in rows])
        inventory.finish_scan(scan, outcome="done", knowledge=knowledge(), now="2026-11-01T02:00:00Z")
    site = make_site(path)
    (link,) = {html.unescape(each) for each in re.findall(r'href="(/switches/ports[^"]+)"', site.get("/switches").text)}
    assert site.get(link).status_code == 200
    assert "1 device" in re.sub("<[^>]+>", "", site.get(f"/devices?switch={name}").text)


def test_a_page_beyond_the_last_one_is_the_last_one(site: Any) -> None:
    last = site.get("/firmware").text
    beyond = site.get("/firmware?page=999").text
    assert beyond.count('class="model"') == last.count('class="model"') > 0
