"""A table fits its width, breaks no version, address or word, and keeps the columns that matter, whatever its rows."""

from __future__ import annotations

import ctypes
import io
import locale
import random
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.app.reporting import CONFLICT_COLUMNS
from scanner.core.fields import INVENTORY_COLUMNS
from scanner.reports import importance
from scanner.reports.cells import safe
from scanner.reports.data import CHANGE_COLUMNS, UNSCANNED_COLUMNS, Section
from scanner.reports.folding import cells, fold, hanging, is_name, shorten
from scanner.reports.labels import heading
from scanner.reports.layout import GAP, arrange
from scanner.reports.table import SAMPLE, layout_of, write_table, write_tables

HISTORY = ("time", "scan", "event", "part", "old", "new", "note")
TABLES = ((*INVENTORY_COLUMNS, "reason"), CONFLICT_COLUMNS, CHANGE_COLUMNS, HISTORY, UNSCANNED_COLUMNS)

VERSIONS = (
    "5.9.0.9373",
    "2.4.8",
    "58.15.0.20",
    "UCC450HD_3.2.0.1003.61",
    "C450HD_TEAMS_1.14.449",
    "V3 R5.13.0",
    "7.6.2c",
)
MACS = ("64:16:7f:12:34:56", "80:5e:c0:00:00:06")
ADDRESSES = ("10.0.0.1", "198.18.200.200", "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa")
NAMES = (
    "VVX 411", "SoundPoint IP 550", "T58A", "reception-4.voice.example.com", "受付電話 東京本社", "e\u0301" * 9,
    "x" * 90, "\x1b[31mred\x07", "a\u202eb", "👩 phone ❤️", "", "a sentence with the version 5.9.0.9373 in it. " * 4,
)  # fmt: skip
VALUES: dict[str, tuple[Any, ...]] = {
    "ip": ADDRESSES, "mac": MACS, "time": ("2026-11-23T02:00:00Z",), "scan": (7, 12_345), "site": ("hq", "default"),
    "status": ("certified", "unknown-firmware", "other-line"),
    **dict.fromkeys(("firmware", "certified_firmware", "old", "new"), VERSIONS),
    **dict.fromkeys(("chosen", "other"), (*VERSIONS, *MACS)),
}  # fmt: skip
WHOLE = ("ip", "mac", "time", "status", "firmware", "certified_firmware", "old", "new", "chosen", "other")


def random_rows(columns: tuple[str, ...], seed: int) -> list[dict[str, Any]]:
    """Up to nine rows; each column has few values, or is empty in many rows."""
    source = random.Random(seed)
    pools = {name: source.choices((None, *VALUES.get(name, NAMES)), k=source.randint(1, 3)) for name in columns}
    return [{name: source.choice(pools[name]) for name in columns} for _ in range(source.randint(1, 9))]


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    columns = draw(st.sampled_from(TABLES))
    return columns, random_rows(columns, draw(st.integers(0, 1_000_000)))


def printed(rows: list[dict[str, Any]], columns: tuple[str, ...], width: int | None, **options: Any) -> list[str]:
    stream = io.StringIO()
    assert write_table(rows, columns, "", stream, width=width, **options) == len(rows)
    return stream.getvalue().splitlines()


def shown_columns(rows: list[dict[str, Any]], columns: tuple[str, ...], width: int) -> list[str]:
    return layout_of(rows, columns, width).columns


@given(tables(), st.integers(20, 240))
def test_no_line_is_wider_than_the_terminal_but_one_that_is_a_single_name(
    table: tuple[tuple[str, ...], list[dict[str, Any]]], width: int
) -> None:
    columns, rows = table
    wider = [line.strip() for line in printed(rows, columns, width) if cells(line) > width]
    assert [line for line in wider if not is_name(line) or cells(line) <= width] == []


@given(tables(), st.integers(20, 240))
def test_no_version_address_or_mac_is_broken_or_shortened(
    table: tuple[tuple[str, ...], list[dict[str, Any]]], width: int
) -> None:
    columns, rows = table
    whole = " ".join(printed(rows, columns, width))
    values = {row[name] for name in shown_columns(rows, columns, width) if name in WHOLE for row in rows} - {None}
    assert [value for value in values if not re.search(rf"(?:^|\s){re.escape(value)}(?:\s|$)", whole)] == []


@given(tables(), st.integers(20, 240))
def test_no_word_is_broken(table: tuple[tuple[str, ...], list[dict[str, Any]]], width: int) -> None:
    columns, rows = table
    out = set(" ".join(printed(rows, columns, width)).split())
    names = set(shown_columns(rows, columns, width)) - {"reason", "note"}
    words = {word for name in names for row in rows if row[name] is not None for word in safe(row[name]).split()}
    assert {word for word in words if cells(word) <= width} - out == set()


@given(tables(), st.integers(20, 240))
def test_the_columns_that_matter_are_shown_and_every_other_is_shown_or_named(
    table: tuple[tuple[str, ...], list[dict[str, Any]]], width: int
) -> None:
    columns, rows = table
    filled = {name for name in columns if any(row[name] not in (None, "") for row in rows)}
    seen = shown_columns(rows, columns, width)
    wanted = {name for group in importance.kept(columns) for name in group}
    assert wanted & filled <= set(seen)
    text = " ".join(printed(rows, columns, width))
    note = text.partition("columns omitted to fit the width: ")[2]
    assert text.count("columns omitted") == (1 if filled - set(seen) else 0)
    assert [name for name in filled - set(seen) if not re.search(rf"(?:^| ){name}(?:[,;]| \()", note)] == []


@given(tables(), st.integers(20, 240))
def test_a_column_is_left_out_only_where_it_does_not_fit_beside_more_important_ones(
    table: tuple[tuple[str, ...], list[dict[str, Any]]], width: int
) -> None:
    columns, rows = table
    texts = {name: ["" if row[name] is None else safe(row[name]) for row in rows] for name in columns}
    layout = arrange(columns, texts, width, frozenset())
    longest = {name: max(len(heading(name)), *map(cells, texts[name])) for name in columns}
    ranks = importance.ranked(columns)
    once = {"site"} if len(set(texts.get("site", ()))) == 1 else set()
    for_less = [
        name
        for name in set(layout.omitted) - once
        if sum(longest[each] + GAP for each in layout.columns if ranks.index(each) < ranks.index(name))
        <= width - longest[name]
    ]
    assert for_less == []


@given(tables())
def test_without_a_limit_of_the_width_every_row_is_one_line_with_all_columns(
    table: tuple[tuple[str, ...], list[dict[str, Any]]],
) -> None:
    columns, rows = table
    filled = [name for name in columns if any(row[name] not in (None, "") for row in rows)]
    lines = printed(rows, columns, None)
    assert len(lines) == (2 + len([row for row in rows if any(row[name] for name in filled)]) if filled else 1)
    assert all(heading(name) in lines[0] for name in filled)


@given(st.text(), st.integers(1, 40))
@example("e\u0301" * 20, 5)
@example("受付電話東京本社", 6)
def test_a_shortened_text_fits_and_begins_as_the_text(text: str, width: int) -> None:
    short = shorten(safe(text), width)
    assert cells(short) <= width
    assert short.removesuffix("…") == safe(text)[: len(short.removesuffix("…"))]
    assert short == safe(text) if cells(safe(text)) <= width else short.endswith("…")
    cut = safe(text)[len(short) - 1 :][:1]
    assert not (short != safe(text) and cut and cells(cut) == 0)


@given(st.lists(st.sampled_from((*VERSIONS, *NAMES)), max_size=9).map(" ".join), st.integers(1, 80))
def test_folding_keeps_all_words_in_their_order(text: str, width: int) -> None:
    lines = fold(text, width)
    assert " ".join(lines).split() == text.split()
    assert [line for line in lines if cells(line) > width and " " in line] == []
    assert [word for line in hanging(f"    {text}", max(20, width)) for word in line.split()] == text.split()


def test_a_character_is_as_wide_as_the_c_library_has_it() -> None:
    libc = ctypes.CDLL("libc.so.6")
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    try:
        different = [
            hex(code)
            for code in (*range(0x20, 0x7F), *range(0xA0, 0xD800), *range(0xE000, 0x30000))
            if unicodedata.category(chr(code)) not in ("Cn", "Co", "Zl", "Zp")
            and libc.wcwidth(code) >= 0
            and libc.wcwidth(code) != cells(chr(code))
        ]
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    # The tables of two editions of Unicode differ in a few dozen characters.
    assert len(different) < 60, different


def test_numbers_are_right_aligned_and_unknown_ones_are_blank() -> None:
    rows = [{"name": "a", "devices": 5}, {"name": "b", "devices": None}, {"name": "c", "devices": 12345}]
    assert printed(rows, ("name", "devices"), 40)[2:] == ["a           5", "b", "c       12345"]


def test_the_mac_is_in_the_place_of_an_unknown_address_where_it_has_no_column() -> None:
    device = {"model": "SoundPoint IP 550", "firmware": "UCC450HD_3.2.0.1003.61", "status": "unknown-firmware"}
    rows = [
        {**device, "ip": "198.18.0.1", "mac": "64:16:7f:12:34:56"},
        {**device, "ip": None, "mac": "80:5e:c0:00:00:06"},
    ]
    columns = ("ip", "mac", "model", "firmware", "certified_firmware", "status")
    lines = printed([{**row, "certified_firmware": "5.9.0.9373"} for row in rows], columns, 80)
    assert lines[0].startswith("IP, MAC")
    assert {"198.18.0.1", "80:5e:c0:00:00:06"} <= {line.split()[0] for line in lines}
    assert printed(rows, columns, 120)[0].split()[:2] == ["IP", "MAC"]


def test_tables_with_the_same_columns_have_one_layout_and_one_line_about_what_is_omitted() -> None:
    first = {"ip": "198.18.0.1", "model": "X4", "firmware": "2.4.8", "status": "newer", "hostname": "a" * 50}
    second = {**first, "ip": "198.18.200.200", "model": "SoundPoint IP 550"}
    columns = ("ip", "hostname", "model", "firmware", "certified_firmware", "status")
    stream = io.StringIO()
    tables = [Section("A", columns, [first]), Section("B", columns, iter([second]))]
    assert write_tables(tables, stream, width=80) == 2
    lines = stream.getvalue().splitlines()
    assert lines[1] == lines[6]
    assert [line for line in lines if "omitted" in line] == [
        "columns omitted to fit the width: hostname; --format csv has all"
    ]


def test_a_column_that_is_empty_in_the_sample_and_filled_later_is_named() -> None:
    rows = [{"ip": "198.18.0.1", "hostname": None} for _ in range(SAMPLE)] + [{"ip": "198.18.0.2", "hostname": "late"}]
    for width in (80, None):
        lines = printed(rows, ("ip", "hostname"), width)
        assert lines[-1].startswith("columns omitted to fit the width: hostname")
        assert len(lines) == SAMPLE + 4


@pytest.mark.parametrize("width", [20, 40])
def test_a_narrow_terminal_has_all_that_matters_of_a_device(width: int) -> None:
    row = {"ip": "127.20.0.108", "model": "C450HD", "firmware": "C450HD_TEAMS_1.14.449", "status": "other-line",
           "certified_firmware": "UCC450HD_3.2.0.1003.61", "site": "default"}  # fmt: skip
    text = "\n".join(printed([row], tuple(row), width))
    assert set(text.split()) >= {value for name, value in row.items() if name != "site"}
    assert "site (default in all rows)" in " ".join(text.split())
