"""The pages and downloads: they contain what the inventory and the filters select."""

from __future__ import annotations

import csv
import errno
import html
import io
import json
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.core.model import Observation
from scanner.inventory import Inventory, queries
from scanner.web.list_query import parse
from scanner.web.metadata import TABLES
from scanner.web.script import SCRIPT
from tests.web.conftest import knowledge

Row = dict[str, Any]
PAGES = (
    "/",
    "/?site=hq",
    "/devices",
    "/devices?status=outdated&site=hq&sort=firmware&order=down&size=100",
    "/devices?q=nobody",
    "/devices/1",
    "/firmware",
    "/firmware?manufacturer=Yealink",
    "/switches",
    "/switches?site=hq",
    "/switches/ports?switch=sw-1&site=hq&port=Gi1/0/6",
    "/switches/unknown",
    "/changes",
    "/changes?scan=1",
    "/scans",
    "/scans/1",
    "/scans/4",
    "/catalogs",
    "/catalogs/skype-for-business",
    "/catalogs/lync",
    "/catalogs/teams",
)


def rows_of(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_complete_html(site: Any, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 200, answer.text[-500:]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.rstrip().endswith("</html>")
    assert re.findall("<script.*?</script>", answer.text, re.S) == [f"<script>{SCRIPT}</script>"]
    assert " style=" not in answer.text
    assert re.search(r"\son\w+=", re.sub(r"(&\w+;|&#\d+;)[^<>]*", "", answer.text)) is None
    assert answer.text.count("<h1>") == 1
    assert '<main id="main"' in answer.text
    assert 'href="#main"' in answer.text


@pytest.mark.slow
def test_no_link_of_any_page_is_broken(site: Any) -> None:
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 110:
            continue
        seen.add(path)
        answer = site.get(path)
        assert answer.status_code == 200, path
        if not answer.headers["content-type"].startswith("text/html") or path.startswith("/data"):
            continue
        for link in re.findall(r'href="([^"#]+)"', answer.text):
            link = link.replace("&amp;", "&").replace("&#39;", "'")
            assert link.startswith(("/", "data:,")), link
            # one of each kind: which sort, page and name does not matter here
            kind = re.sub(r"=[^&]*", "", re.sub(r"\d+", "0", link))
            if link.startswith("/") and kind not in {re.sub(r"=[^&]*", "", re.sub(r"\d+", "0", s)) for s in seen}:
                waiting.append(link)
    assert len(seen) > 40


def test_the_overview_counts_what_the_inventory_counts(site: Any, stocked: Path) -> None:
    text = site.get("/").text
    with Inventory.open(stocked, readonly=True) as inventory:
        for row in queries.totals(inventory, "compliance"):
            assert f"<b>{row['devices']}</b>" in text
        assert f"<b>{queries.number(inventory)}</b>devices" in text
    assert text.count("<svg") > 15
    assert "Compliance over time" in text
    assert "polygon" in text


def test_the_overview_names_old_catalogs_that_decide(site: Any) -> None:
    notice = site.get("/").text.partition("Catalogs that decide are old")[2].partition("</ul>")[0]
    assert re.findall('href="/catalogs/([^"]+)"', notice) == ["skype-for-business", "lync"]


def test_the_overview_of_one_site_counts_that_site(site: Any) -> None:
    assert "<b>8</b>devices" in site.get("/", params={"site": "<b>branch</b>"}).text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "outdated"}, lambda row: row["status"] == "outdated"),
        (
            {"site": "hq", "manufacturer": "yealink"},
            lambda row: row["site"] == "hq" and row["manufacturer"] == "Yealink",
        ),
        ({"model": ["T58A", "X6U"]}, lambda row: row["model"] in ("T58A", "X6U")),
        ({"switch": "sw-3"}, lambda row: row["switch"] == "sw-3"),
        ({"switch": "<script>document.title='owned'</script>"}, lambda row: "<script>" in row["switch"]),
        ({"q": "desk-1"}, lambda row: "desk-1" in row["hostname"]),
        ({"q": "6416.7f01.0005"}, lambda row: row["mac"] == "64:16:7f:01:00:05"),
        (
            {"compliance": "review", "q": "10.1.0.1"},
            lambda row: row["compliance"] == "review" and "10.1.0.1" in row["ip"],
        ),
        ({}, lambda row: True),
    ],
)
def test_pages_and_downloads_contain_the_same_devices(
    site: Any, stocked: Path, query: Row, expected: Callable[[Row], bool]
) -> None:
    with Inventory.open(stocked, readonly=True) as inventory:
        whole = [{k: "" if v is None else v for k, v in row.items()} for row in queries.inventory_rows(inventory)]
    wanted_addresses = {row["ip"] for row in whole if expected(row)}
    assert wanted_addresses
    listed = rows_of(site.get("/devices.csv", params=query).text)
    assert {row["ip"] for row in listed} == wanted_addresses
    assert {row["ip"] for row in site.get("/devices.json", params=query).json()} == wanted_addresses
    page = site.get("/devices", params={**query, "size": "500"}).text
    assert f"<b>{len(wanted_addresses)}</b> device" in page
    assert set(re.findall(r'devices/\d+"><span class="whole">([^<]+)</span></a>', page)) == wanted_addresses


def test_noncompliant_devices_are_downloaded_with_the_reason(site: Any, stocked: Path) -> None:
    with Inventory.open(stocked, readonly=True) as inventory:
        whole = [row["ip"] for row in queries.noncompliant_rows(inventory)]
    listed = rows_of(site.get("/noncompliant.csv").text)
    assert [row["ip"] for row in listed] == whole
    assert list(listed[0]) == [*INVENTORY_COLUMNS, "reason"]
    assert len(site.get("/noncompliant.json", params={"site": "hq"}).json()) < len(whole)


@pytest.mark.parametrize("query", [{}, {"site": "hq", "manufacturer": "yealink"}, {"q": "desk-1"}, {"q": "nobody"}])
def test_a_workbook_contains_the_devices_of_the_filters_as_texts(site: Any, query: Row) -> None:
    response = site.get("/devices.xlsx", params=query)
    assert response.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response.headers["content-disposition"] == 'attachment; filename="phonescan-devices.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.iter_rows(min_row=2))
    address = [cell.value for cell in sheet[1]].index("IP")
    addresses = [row[address].value for row in rows if any(cell.value for cell in row)]
    assert addresses == [row["ip"] for row in site.get("/devices.json", params=query).json()]
    assert not [cell.value for row in rows for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize("kind", ["devices", "noncompliant", "conflicts", "firmware"])
def test_a_report_is_downloaded_as_one_file_that_loads_nothing(site: Any, kind: str) -> None:
    response = site.get(f"/{kind}.html")
    assert response.headers["content-disposition"] == f'attachment; filename="phonescan-{kind}.html"'
    assert response.text.rstrip().endswith("</html>")
    assert "<script" not in response.text
    assert re.findall(r'(?:src|href)="(?!#|data:)', response.text) == []
    assert site.get(f"/{kind}.xlsx").content.startswith(b"PK")


def test_a_report_for_people_has_the_totals_of_its_filters(site: Any) -> None:
    text = site.get("/noncompliant.html", params={"site": "<b>branch</b>"}).text
    assert "site &lt;b&gt;branch&lt;/b&gt;" in text
    assert "<b>8</b>devices" in text
    book = openpyxl.load_workbook(io.BytesIO(site.get("/noncompliant.xlsx").content))
    assert "Summary" in book.sheetnames


def test_a_full_disk_under_a_download_is_one_sentence(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("scanner.app.reporting.render", full)
    response = site.get("/devices.xlsx")
    assert response.status_code == 507
    assert "(No space left on device); free some space there" in response.text


def test_a_disk_without_room_for_a_temporary_folder_is_one_sentence(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As tempfile finds it at the first large download, when it looks for a folder to which it can write."""

    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile.gettempdir", none)
    monkeypatch.setattr("scanner.web.reader.HELD", 1000)
    response = site.get("/devices.csv")
    assert response.status_code == 507
    assert "(No usable temporary directory found); free some space there" in response.text


def test_a_search_has_no_wildcards(site: Any) -> None:
    for text in ("%", "_", "*"):
        assert "No device matches" in site.get("/devices", params={"q": "desk" + text}).text


def test_the_pages_of_lists_link_to_each_format(site: Any) -> None:
    for page in ("devices", "firmware"):
        found = re.findall(rf'href="/{page}\.(\w+)\?site=hq"', site.get(f"/{page}?site=hq").text)
        assert found == ["csv", "json", "xlsx", "html"], page


def test_a_download_contains_all_pages_and_the_header_of_the_contract(site: Any, stocked: Path) -> None:
    assert "Page 1 of 2" in site.get("/devices").text
    answer = site.get("/devices.csv")
    assert answer.text.splitlines()[0] == ",".join(INVENTORY_COLUMNS)
    assert answer.headers["content-disposition"] == 'attachment; filename="phonescan-devices.csv"'
    with Inventory.open(stocked, readonly=True) as inventory:
        assert len(rows_of(answer.text)) == queries.number(inventory)


def test_pages_of_a_list_contain_every_device_once(site: Any, stocked: Path) -> None:
    found: list[str] = []
    for page in (1, 2):
        found += re.findall(r'devices/(\d+)">', site.get(f"/devices?sort=model&order=down&page={page}").text)
    with Inventory.open(stocked, readonly=True) as inventory:
        assert len(found) == len(set(found)) == queries.number(inventory)


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "page=x",
        "size=7",
        "sort=nothing",
        "sort=d.id;drop",
        "order=up",
        "status=nonsense",
        "site=%00",
        "q=%ff%fe",
        "site=" + "x" * 5000,
        "&".join(["site=a"] * 100),
        "q=" + "%27" * 50,
    ],
)
def test_invalid_parameters_of_a_query_are_ignored(site: Any, query: str) -> None:
    assert site.get("/devices?" + query).status_code == 200
    assert site.get("/firmware?" + query).status_code == 200
    assert site.get("/scans?" + query).status_code == 200
    assert site.get("/changes?" + query).status_code in (200, 404)


def test_an_encoded_query_is_parsed_to_the_same_query() -> None:
    asked = {
        "site": ["a&b", "c"],
        "status": ["outdated"],
        "q": ["x y"],
        "sort": ["ip"],
        "order": ["down"],
        "page": ["3"],
    }
    from urllib.parse import parse_qs

    first = parse(asked)
    assert parse(parse_qs(first.encoded())) == first
    assert parse(parse_qs(first.without("site", "c"))).values("site") == ("a&b",)
    assert parse(parse_qs(first.filters_only())).page == 1


def number_of(stocked: Path, **where: str) -> int:
    with Inventory.open(stocked, readonly=True) as inventory:
        ((name, value),) = where.items()
        return next(int(row["id"]) for row in queries.device_rows(inventory) if row[name] == value)


def test_the_page_of_a_device_shows_evidence_and_switch_port(site: Any, stocked: Path) -> None:
    text = site.get(f"/devices/{number_of(stocked, ip='10.1.0.5')}").text
    for part in (
        "T56A",
        "58.80.0.25",
        "sip.user-agent",
        "Yealink SIP-T56A 58.80.0.25",
        "sip 10.1.0.5:5060",
        "sw-0",
        "Gi1/0/5",
        "switch.port",
        "other-line",
        "skype-for-business",
        "first-seen",
        "desk-5",
        "rule ",
    ):
        assert part in text, part


def test_the_events_of_a_device_include_new_firmware_and_port(site: Any, stocked: Path) -> None:
    text = site.get(f"/devices/{number_of(stocked, ip='10.1.0.4')}").text
    assert "firmware-changed" in text
    assert "sw-9" in text


def test_the_firmware_page_marks_the_certified_version_and_lists_it_without_devices(site: Any) -> None:
    text = site.get("/firmware").text
    assert "58.15.0.20" in text
    assert text.count("★") > 3
    assert "no device runs it" in text
    listed = rows_of(site.get("/firmware.csv?manufacturer=Yealink").text)
    assert {row["manufacturer"] for row in listed} == {"Yealink"}
    assert any(row["behind"] for row in rows_of(site.get("/firmware.csv").text))


def test_the_page_of_a_scan_shows_changes_and_missed_addresses(site: Any) -> None:
    assert "10.1.0.0/24" in site.get("/scans").text
    text = site.get("/scans/4").text
    for part in ("10.1.0.203", "the port is closed", "one switch did not answer", "sip, arp"):
        assert part in text


@pytest.mark.parametrize(
    "path", ["/devices/999999", "/scans/999", "/catalogs/none", "/changes?scan=77", "/devices/x", "/nope", "/data/nope"]
)
def test_an_unknown_path_is_404_with_a_page(site: Any, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert "<h1>Page not found</h1>" in answer.text


def test_catalog_rows_link_to_the_devices_of_their_model(site: Any) -> None:
    text = site.get("/catalogs/skype-for-business").text
    assert "/devices?manufacturer=Yealink&amp;model=T58A" in text


@pytest.mark.parametrize(
    "table",
    [
        "inventory",
        "noncompliant",
        "devices",
        "observations",
        "assessments",
        "events",
        "scans",
        "catalogs",
        "catalog_entries",
        "missed",
    ],
)
@pytest.mark.slow
def test_every_table_is_csv_and_json_through_datasette(site: Any, stocked: Path, table: str) -> None:
    with Inventory.open(stocked, readonly=True) as inventory:
        count = inventory.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    assert len(rows_of(site.get(f"/data/{table}.csv?_stream=on&_dl=1").text)) == count
    answer = site.get(f"/data/{table}.json?_shape=array&_size=max").json()
    assert len(answer) == min(count, 1000)
    assert site.get(f"/data/{table}").status_code == 200


def test_the_list_of_tables_contains_the_described_ones(site: Any) -> None:
    listed = re.findall(r'data-as="Table"><a href="/data/(\w+)">', site.get("/data").text)
    assert sorted(listed) == sorted(TABLES)
    assert set(listed) < set(
        re.findall(r'data-as="Table"><a href="/data/(\w+)">', site.get("/data?_show_hidden=1").text)
    )


def test_metrics_are_prometheus_text(site: Any) -> None:
    answer = site.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert re.search(
        r'phonescan_compliance_devices\{inventory="[0-9a-f]{8}",site="hq",compliance="noncompliant"\}', answer.text
    )
    assert "phonescan_catalog_date_timestamp_seconds" in answer.text


def test_the_time_of_the_metrics_is_that_of_the_response(site: Any) -> None:
    first = site.get("/metrics").text
    object.__setattr__(site.config.session, "clock", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    second = site.get("/metrics").text
    exported = [float(text.splitlines()[-1].split()[-1]) for text in (first, second)]
    assert exported[0] < exported[1] == datetime(2030, 1, 1, tzinfo=UTC).timestamp()


def test_an_empty_inventory_has_pages_as_well(make_site: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    Inventory.open(path, create=True).close()
    site = make_site(path)
    for page in (
        "/",
        "/devices",
        "/firmware",
        "/switches",
        "/switches/unknown",
        "/changes",
        "/scans",
        "/catalogs",
        "/metrics",
        "/data",
        "/data/inventory",
    ):
        assert site.get(page).status_code == 200, page
    assert "No scan has ended yet" in site.get("/").text


def test_an_inventory_that_is_deleted_is_one_sentence(
    make_site: Callable[..., Any], tmp_path: Path, restock: Any
) -> None:
    path = tmp_path / "gone.sqlite"
    restock(path)
    site = make_site(path)
    assert site.get("/").status_code == 200
    path.unlink()
    answer = site.get("/devices")
    assert answer.status_code == 503
    assert "there is no inventory at" in answer.text


def test_an_inventory_that_is_replaced_or_deleted_is_that_of_every_page(
    make_site: Callable[..., Any], tmp_path: Path, stocked: Path
) -> None:
    """Also of the connections that Datasette keeps, under a name that a URI has to quote."""
    path = tmp_path / "in use #1?.sqlite"
    shutil.copy(stocked, path)
    site = make_site(path, sql=True)
    pages = ("data.json?sql=select+id+from+devices&_shape=array", "data/devices.json?_shape=array&_size=max")
    kept = site.get("").text  # and its result is
    before = [len(site.get(page).json()) for page in pages]
    assert before == [83, 83]
    shutil.copy(stocked, tmp_path / "restored.sqlite")
    with closing(sqlite3.connect(tmp_path / "restored.sqlite")) as database, database:
        database.execute("DELETE FROM devices WHERE id > 10")
        database.execute("CREATE TABLE added AS SELECT 1 AS number")
    os.replace(tmp_path / "restored.sqlite", path)
    assert [len(site.get(page).json()) for page in pages] == [10, 10]
    assert site.get("").text != kept
    assert site.get("data/added.json?_shape=array").json()[0]["number"] == 1
    assert 'href="/data/added"' in site.get("data").text
    path.unlink()
    assert [site.get(page).status_code for page in (*pages, "data", "data/added", "devices", "")] == [503] * 6


def test_pages_are_served_while_a_scan_writes(make_site: Callable[..., Any], tmp_path: Path, restock: Any) -> None:
    path = tmp_path / "busy.sqlite"
    restock(path)
    site = make_site(path)
    stop, wrote = threading.Event(), []

    def write() -> None:
        with Inventory.open(path) as inventory:
            scan = inventory.begin_scan(
                kind="scan", targets=("10.3.0.0/16",), discoveries=("sip",), now="2026-11-20T02:00:00Z"
            )
            number = 0
            while not stop.is_set() and number < 200_000:
                batch = [
                    Observation(
                        time="2026-11-20T02:00:00Z",
                        ip=f"10.3.{n // 250 % 250}.{n % 250 + 1}",
                        field="sip.user-agent",
                        value=f"Yealink SIP-T58A 58.15.0.{n % 90}",
                        source="sip",
                    )
                    for n in range(number, number + 50)
                ]
                inventory.record(scan, batch)
                number += 50
                wrote.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not wrote:
            pass
        before = len(wrote)
        for path_ in (
            "/",
            "/devices",
            "/devices.csv",
            "/devices/1",
            "/firmware",
            "/scans",
            "/scans/5",
            "/data/arrivals",
            "/metrics",
        ) * 2:
            assert site.get(path_).status_code == 200, path_
    finally:
        stop.set()
        writer.join(60)
    assert len(wrote) > before
    assert ">running<" in site.get("/scans/5").text


def test_a_page_shows_changes_since_the_last_request(
    make_site: Callable[..., Any], tmp_path: Path, restock: Any
) -> None:
    path = tmp_path / "grows.sqlite"
    Inventory.open(path, create=True).close()
    site = make_site(path)
    assert "<b>0</b> devices" in site.get("/devices").text
    restock(path)
    site.config.reader.clear()
    assert "<b>0</b> devices" not in site.get("/devices").text


def test_json_of_the_inventory_is_json_with_nulls(site: Any) -> None:
    rows = json.loads(site.get("/devices.json").text)
    assert list(rows[0]) == list(INVENTORY_COLUMNS)
    assert any(row["switch"] is None for row in rows)


@pytest.fixture
def contested(make_site: Callable[..., Any], tmp_path: Path) -> Any:
    """The pages of two certified phones; LLDP reports an older firmware for the first."""
    path = tmp_path / "contested.sqlite"
    time, banner = "2026-11-10T02:00:00Z", "PolycomVVX-VVX_411-UA/5.9.0.9373"
    rows = [
        {"ip": f"10.3.0.{n}", "mac": f"64:16:7f:03:00:{n:02x}", "field": "sip.user-agent", "value": banner}
        for n in (1, 2)
    ]
    rows.append({"mac": rows[0]["mac"], "field": "lldp-med.software-revision", "value": "5.8.3.3066"})
    with Inventory.open(path, create=True) as inventory:
        scan = inventory.begin_scan(kind="read", targets=(), discoveries=(), site="hq", now=time)
        inventory.record(scan, [Observation(time=time, site="hq", **row) for row in rows])
        inventory.finish_scan(scan, outcome="done", knowledge=knowledge(), now=time)
    return make_site(path)


def test_a_verdict_in_conflict_is_marked_in_words_and_counted_as_compliant_nowhere(contested: Any) -> None:
    badge = '<span class="conflict">in conflict</span>'
    assert contested.get("/devices").text.count(badge) == 1
    assert contested.get("/devices?conflict=1").text.count("10.3.0.1") == 1
    assert "10.3.0.2" not in contested.get("/devices?conflict=1").text
    page = contested.get("/devices/1").text
    assert badge in page
    assert "What would change it" in page
    assert badge not in contested.get("/devices/2").text.partition('id="catalogs"')[0]
    overview = contested.get("/").text
    assert "50 %" in overview
    assert "2 certified: 1 compliant, 1 to review" in overview


def test_the_conflicts_are_downloaded_as_the_report_has_them(contested: Any) -> None:
    (row,) = rows_of(contested.get("/conflicts.csv").text)
    assert (row["ip"], row["part"], row["verdict"]) == ("10.3.0.1", "firmware", "in conflict")
    assert json.loads(contested.get("/conflicts.json?site=nowhere").text) == []


@pytest.mark.parametrize("cut", [False, True], ids=["a proxy passes the path on", "a proxy cuts the path"])
def test_tables_are_counted_by_a_column_sorted_and_filtered_below_a_path(
    make_site: Callable[..., Any], stocked: Path, cut: bool
) -> None:
    site = make_site(base="/phonescan/")

    def get(link: str) -> Any:
        assert link.startswith("/phonescan/"), link
        response = site.get(link.removeprefix("/phonescan") if cut else link)
        return get(response.headers["location"]) if response.is_redirect else response

    def follow(text: str, pattern: str) -> str:
        return str(get(html.unescape(next(iter(re.findall(f'href="([^"]+)">{pattern}', text))))).text)

    counted = follow(get("/phonescan/data/devices/?_size=5&site=hq").text, "model</a> <a")
    with Inventory.open(stocked, readonly=True) as inventory:
        devices = sum(1 for row in queries.device_rows(inventory) if (row["model"], row["site"]) == ("T58A", "hq"))
    assert f">T58A</a> {devices}</li>" in counted
    chosen = follow(counted, "T58A")
    assert f"<b>{devices}</b> rows" in chosen
    assert len(rows_of(follow(chosen, "All as CSV"))) == devices
    assert follow(chosen, "Next").count("<tr>") == 6
    assert 'aria-sort="ascending">' in follow(chosen, "firmware<span")
    assert (
        f"<b>{devices}</b> rows"
        in get("/phonescan/data/devices?site=hq&_filter_column=model&_filter_op=exact&_filter_value=T58A").text
    )
    for page in ("data", "data/devices?_facet=model", "data/devices/1", "data/inventory?_size=5"):
        text = get(f"/phonescan/{page}").text
        assert 'href="/phonescan/data" aria-current="page">Tables</a>' in text
        links = re.findall('(?:href|action)="([^"]+)"', text)
        assert [link for link in links if not re.match("/phonescan/(?!phonescan)|#|data:", link)] == [], page
