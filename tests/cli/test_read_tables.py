"""`read --map`, `[[map]]` and `--at`: what a column is, and when what a file contains was observed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

TABLE = "Device;Kit;Load\n64-16-7F-00-00-08;VVX 411;5.8.0.12848\n"
MAP = ["--map", "Device=mac", "--map", "Kit=model", "--map", "Load=firmware"]


@pytest.fixture
def table(here: Path) -> Path:
    path = here / "phones.csv"
    path.write_text(TABLE)
    return path


def rows(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run("report", "inventory", "--format", "json").json()
    return found


def test_map_names_the_columns_of_a_list(table: Path, run: Run) -> None:
    done = run("read", *MAP, "phones.csv")
    assert done.status == 0
    assert "phones.csv: columns: 'Device' as mac, 'Kit' as model, 'Load' as firmware" in done.err
    ((row),) = rows(run)
    assert (row["mac"], row["model"], row["firmware"]) == ("64:16:7f:00:00:08", "VVX 411", "5.8.0.12848")


def test_columns_are_stated_once_for_files_that_have_the_same(table: Path, run: Run, here: Path) -> None:
    (here / "again.csv").write_text(TABLE)
    (here / "other.csv").write_text("MAC,Model\n64-16-7F-00-00-09,VVX 411\n")
    done = run("read", "other.csv", "other.csv", "other.csv")
    assert [line for line in done.err.splitlines() if "columns:" in line] == [
        "phonescan: other.csv: columns: 'MAC' as mac, 'Model' as model"
    ]
    done = run("read", *MAP, "phones.csv", "again.csv")
    assert done.err.count("columns:") == 1
    assert "again.csv: 2 observations" in done.err


def test_columns_of_json_are_those_with_values_alone(run: Run, here: Path) -> None:
    (here / "x.json").write_text(
        '{"data": {"list": [{"mac": "64167f000009", "model": "VVX 411", "room": "7", "tags": ["a"], "at": {"id": 3}}]}}'
    )
    done = run("read", "x.json")
    assert "x.json: columns: 'mac' as mac, 'model' as model; not read: room, tags, id" in done.err.splitlines()[0]


def test_scans_name_the_first_files_and_how_many_more(table: Path, run: Run) -> None:
    assert run("read", *MAP, *["phones.csv"] * 12).status == 0
    (scan,) = run("scans", "--format", "json").json()
    assert scan["targets"] == ["phones.csv"] * 12
    assert ", ".join(["phones.csv"] * 10 + ["2 more"]) in run("scans", "--format", "md").out


def test_without_map_the_format_is_unknown(table: Path, run: Run) -> None:
    done = run("read", "phones.csv")
    assert done.status == 2
    assert "unknown format" in done.err


def test_a_saved_map_has_a_name(table: Path, run: Run) -> None:
    Path("phonescan.toml").write_text(
        '[[map]]\nname = "list"\ncolumns = { "device" = "mac", "Kit" = "model", "Load" = "firmware" }\n'
    )
    assert run("read", "--map", "list", "phones.csv").status == 0
    assert len(rows(run)) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--map", "MAC address=mac"], "phones.csv has no column 'MAC address', which --map names"),
        (["--map", "Device=mca"], "did you mean 'mac'?"),
        (["--map", "list"], "neither COLUMN=FIELD nor the name of a [[map]]; the settings have no [[map]]"),
        ([*MAP, "--as", "pcap"], "a map is for tables, CSV or JSON, and the format is 'pcap'"),
        (["--at", "yesterday"], "--at 'yesterday' is not a time"),
        (["--at", "2199-01-01"], "is in the future"),
    ],
)  # fmt: skip
def test_a_wrong_map_or_time_is_refused_before_anything_is_read(
    table: Path, words: list[str], sentence: str, run: Run
) -> None:
    done = run("read", *words, "phones.csv")
    assert done.status == 2
    assert sentence in done.err
    assert not Path("phonescan.sqlite").exists()


def test_a_wrong_part_of_a_saved_map_is_named(table: Path, run: Run) -> None:
    Path("phonescan.toml").write_text('[[map]]\nname = "list"\ncolumns = { Device = "mca" }\n')
    done = run("read", "--map", "list", "phones.csv")
    assert done.status == 2
    assert "[[map]] 'list': 'mca' is neither" in done.err


def test_a_file_was_observed_when_it_was_written(table: Path, run: Run) -> None:
    os.utime(table, (1_763_632_800, 1_763_632_800))
    assert run("read", *MAP, "phones.csv").status == 0
    assert {(row["first_seen"], row["last_seen"]) for row in rows(run)} == {("2025-11-20T10:00:00Z",) * 2}


def test_at_states_when_a_file_was_observed(table: Path, run: Run) -> None:
    assert run("read", *MAP, "--at", "2025-10-20T10:00Z", "phones.csv").status == 0
    assert {row["last_seen"] for row in rows(run)} == {"2025-10-20T10:00:00Z"}


def test_at_holds_for_standard_input(table: Path, run: Run) -> None:
    assert run("read", *MAP, "--at", "2025-10-20T10:00Z", "-", input=TABLE).status == 0
    assert {row["last_seen"] for row in rows(run)} == {"2025-10-20T10:00:00Z"}


def test_at_changes_no_time_of_the_content(table: Path, run: Run) -> None:
    line = '{"ip": "10.1.2.3", "field": "sip.user-agent", "value": "Yealink SIP-T58A 58.15.0.20", "time": "%s"}'
    Path("a.jsonl").write_text(line % "2026-01-02T03:04:05Z")
    assert run("read", "--at", "2025-10-20T10:00Z", "a.jsonl").status == 0
    assert {row["last_seen"] for row in rows(run)} == {"2026-01-02T03:04:05Z"}
