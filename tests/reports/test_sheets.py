"""The cells of a workbook: times, numbers and texts by column, whatever the values; its table and printed columns."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies
from openpyxl import load_workbook

from scanner.app import reporting
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.inventory.queries.filters import DEVICE_COLUMNS
from scanner.reports import render
from scanner.reports.data import CHANGE_COLUMNS, UNSCANNED_COLUMNS
from scanner.reports.firmware import FIRMWARE_COLUMNS
from scanner.reports.sheet_columns import NUMBERS, TIMES, number, ordered, printed, serial_date, serial_time, width
from scanner.reports.sheet_rows import cut
from scanner.reports.xlsx import _Book
from tests.reports.sample import COLUMNS, HOSTILE, device, devices

#: The columns of each list that is written as a workbook.
LISTS = {
    "noncompliant": reporting.NONCOMPLIANT_COLUMNS, "inventory": INVENTORY_COLUMNS, "changes": CHANGE_COLUMNS,
    "events": reporting._EVENT_COLUMNS, "unscanned": reporting._UNSCANNED_COLUMNS, "not scanned": UNSCANNED_COLUMNS,
    "suspect": reporting._SUSPECT_COLUMNS, "conflicts": reporting.CONFLICT_COLUMNS, "firmware": FIRMWARE_COLUMNS,
    "devices": DEVICE_COLUMNS,
}  # fmt: skip


def sheet(rows: list[dict[str, Any]], columns: tuple[str, ...] = COLUMNS) -> Any:
    stream = io.BytesIO()
    render(rows, columns, "xlsx", "Inventory & <x>", stream)
    return load_workbook(io.BytesIO(stream.getvalue())).worksheets[0]


def cells(column: str, *values: Any) -> list[Any]:
    found = sheet([{column: value, "x": "x"} for value in values], (column, "x"))
    return [found.cell(row, 1 if ordered((column, "x"))[0] == column else 2) for row in range(2, len(values) + 2)]


@pytest.mark.parametrize("column", sorted(TIMES))
def test_a_time_is_a_date_of_the_spreadsheet_in_utc(column: str) -> None:
    first, second, early, text = cells(
        column, "2026-11-23T02:00:00Z", "2026-11-23T02:00:01+01:00", "1899-01-01T00:00:00Z", "soon"
    )
    assert first.is_date
    assert first.value == datetime(2026, 11, 23, 2)
    assert first.number_format == "yyyy-mm-dd hh:mm:ss"
    assert second.value == datetime(2026, 11, 23, 1, 0, 1)
    assert (early.value, text.value) == ("1899-01-01T00:00:00Z", "soon")
    assert str(sheet([], (column, "x"))["A1"].value).endswith(" (UTC)")


@pytest.mark.parametrize("column", sorted(NUMBERS))
def test_a_number_is_a_number_and_what_only_looks_like_one_is_a_text(column: str) -> None:
    values = [
        20,
        "20",
        "4094",
        0.87,
        True,
        "020",
        "voice",
        "=1+1",
        "1e3",
        "-",
        " 7",
        "²",
        "9" * 400,
        float("nan"),
        float("inf"),
    ]
    found = [cell.value for cell in cells(column, *values)]
    assert found == [20, 20, 4094, 0.87, 1, "020", "voice", "=1+1", "1e3", "-", " 7", "²", "9" * 400, "nan", "inf"]


@pytest.mark.parametrize("text", ["00412", "64167E12", "1/2", "5.9", "TRUE", "2026-11-23T02:00:00Z", *HOSTILE])
def test_a_text_is_a_text_that_stays_one_when_the_cell_is_edited(text: str) -> None:
    for column in ("serial", "firmware", "mac", "ip", "hostname", "reason", "old"):
        (cell,) = cells(column, text)
        assert cell.data_type == "s"
        assert cell.number_format == "@"


_ANY = strategies.one_of(
    strategies.text(), strategies.integers(), strategies.floats(), strategies.booleans(), strategies.none()
)


@settings(max_examples=40)
@given(strategies.lists(strategies.tuples(_ANY, _ANY, _ANY), min_size=1, max_size=40))
def test_any_values_make_a_workbook_that_can_be_read(rows: list[tuple[Any, Any, Any]]) -> None:
    columns = ("vlan", "last_seen", "model")
    found = sheet([dict(zip(columns, row, strict=True)) for row in rows], columns)
    assert {cell.data_type for line in found.iter_rows() for cell in line} <= {"s", "n", "d"}


def test_times_between_1900_and_9999_are_read_back_as_they_were() -> None:
    for text in ("1900-03-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-02-28T23:59:59Z", "9999-12-31T23:59:59Z"):
        assert cells("time", text)[0].value.replace(tzinfo=UTC, microsecond=0) == datetime.fromisoformat(text)
    assert serial_time("2026-11-23") is None
    assert serial_date("2026-11-23") == 46349
    assert serial_date("2026") is None


def test_a_table_has_the_range_of_its_rows_and_one_row_at_least() -> None:
    for count in (0, 1, 250):
        (table,) = sheet(list(devices(count))).tables.values()
        assert table.ref == table.autoFilter.ref == f"A1:U{max(count, 1) + 1}"


def test_the_columns_of_devices_are_in_the_order_of_their_importance_and_all_are_there() -> None:
    order = ordered(COLUMNS)
    assert sorted(order) == sorted(COLUMNS)
    assert order[:6] == ("ip", "manufacturer", "model", "firmware", "certified_firmware", "status")
    assert order[-1] == "reason"
    assert ordered(("switch", "switch_port", "vlan", *INVENTORY_COLUMNS[:3])) == (
        "switch", "switch_port", "vlan", *INVENTORY_COLUMNS[:3],
    )  # fmt: skip
    assert ordered(("time", "event", "old", "site", "ip")) == ("time", "event", "old", "site", "ip")


def test_a_page_has_as_many_of_the_first_columns_as_can_be_read_and_names_the_others() -> None:
    found = sheet([device(1, model="m" * 30, firmware="f" * 30, hostname="h" * 300)])
    assert found.page_setup.orientation == "landscape"
    assert (found.page_setup.paperSize, found.page_setup.fitToWidth, found.page_setup.fitToHeight) == (9, None, 0)
    assert found.sheet_properties.pageSetUpPr.fitToPage
    assert found.print_title_rows == "$1:$1"
    count = list("ABCDEFGHIJKLMNOPQRSTU").index(found.print_area.partition(":$")[2].partition("$")[0]) + 1
    assert 8 <= count <= 12
    left_out = [str(cell.value) for cell in found[1]][count:]
    assert found.oddFooter.left.text == f"Not printed: {', '.join(left_out)}"
    assert found.oddHeader.left.text == "Inventory && <x>: &A"
    assert found["A2"].alignment.wrap_text is None
    assert next(cell for cell in found[2] if str(cell.value).startswith("hhh")).alignment.wrap_text


def test_widths_follow_the_values_within_bounds() -> None:
    assert width("ip", 13) == 14
    assert width("vlan", 2) == 7
    assert width("hostname", 4000) == 41
    assert printed([41] * 30) == 5
    assert printed([5000]) == 1
    assert printed([]) == 1
    assert number("007") is None


@pytest.mark.parametrize("columns", LISTS.values(), ids=list(LISTS))
def test_every_report_is_a_table_with_different_headings(columns: tuple[str, ...]) -> None:
    rows = [dict.fromkeys(columns, "x"), dict.fromkeys(columns)]
    found = sheet(rows, columns)
    (table,) = found.tables.values()
    headings = [column.name for column in table.tableColumns]
    assert headings == [cell.value for cell in found[1]]
    assert len({heading.casefold() for heading in headings}) == len(columns)
    assert table.ref.endswith("3")


_SITES = strategies.text(strategies.sampled_from("aA' [:\\/*?]\U0001f600\u00df\u0130\ud800\x00é"), max_size=70)


@settings(max_examples=40, deadline=None)
@given(strategies.lists(_SITES, min_size=1, max_size=12, unique=True))
def test_sites_of_any_names_have_one_sheet_each_whose_name_excel_accepts(names: list[str]) -> None:
    stream = io.BytesIO()
    book = _Book(stream, "sites")
    for name in names:
        book.table(name, COLUMNS, [device(1, site=name)])
    book.write()
    found = load_workbook(io.BytesIO(stream.getvalue())).sheetnames
    assert len({name.casefold() for name in found}) == len(names)
    assert all(0 < len(name.encode("utf-16-le")) <= 62 and name.strip("'") == name for name in found)


def test_long_names_and_texts_are_cut_between_characters_by_the_units_that_excel_counts() -> None:
    assert cut("a" * 40, 31) == "a" * 31
    assert cut("\U0001f600" * 40, 31) == "\U0001f600" * 15
    assert cut("é" * 31, 31) == "é" * 31
    assert cells("model", "\U0001f600" * 20_000)[0].value == "\U0001f600" * 16_383
    assert sheet_name("a" * 30 + "'b") == "a" * 30


def sheet_name(site: str) -> str:
    return str(_Book(io.BytesIO(), "sites").sheet(site).get_name())
