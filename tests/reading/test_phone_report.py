"""The "IP Phone Inventory Report" of Skype for Business, as the server and spreadsheets write it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.api import read
from scanner.core.model import Observation
from scanner.reading import Problem, detect, phonereport
from tests.reading.inventories import NOW, inventoried

HEADER = "Manufacturer,Hardware version,MAC address,User URI,User agent,Last logon time,Last logoff time"
AGENT = "CPE/4.0.7577.4444 OCPhone/4.0.7577.4444 (Microsoft Lync Phone Edition)"
ROW = f'POLYCOM,CX600,64-16-7F-12-34-56,sip:ann@example.org,"{AGENT}",11/22/2026 3:04:05 PM,'
REPORT = f"IP Phone Inventory Report\n\nFrom,11/1/2026\n{HEADER}\n{ROW}\n"


@pytest.mark.parametrize(
    "octets",
    [
        REPORT.encode(),
        REPORT.encode("utf-8-sig"),
        f"\n{REPORT}".encode(),
        f"\n\n{REPORT}".encode(),
        REPORT.replace("CX600", "CX600\r").encode(),
        REPORT.encode("utf-16"),
        REPORT.replace("\n", "\r\n").encode(),
        REPORT.replace(f'"{AGENT}"', AGENT).replace(",", ";").encode(),
        REPORT.replace(f'"{AGENT}"', AGENT).replace(",", "\t").encode("utf-16"),
        REPORT.replace(HEADER, "Hersteller,Hardwareversion,MAC-Adresse,URI,Benutzer-Agent,Letzte Anmeldung,x").encode(),
        REPORT.replace(HEADER, "Fabricant,Version du matériel,Adresse MAC,URI,Agent utilisateur,a,b").encode(),
    ],
    ids=["UTF-8", "byte order mark", "a blank line", "two blank lines", "carriage return", "UTF-16", "Windows",
         "semicolons", "tabs", "German", "French"],
)  # fmt: skip
def test_every_spelling_of_the_report_yields_the_phone(octets: bytes) -> None:
    assert detect.detect(octets) is phonereport.FORMAT
    items = list(read(io.BytesIO(octets), now=NOW))
    assert {(i.mac, i.field, i.value) for i in items if isinstance(i, Observation)} == {
        ("64:16:7f:12:34:56", "lldp-med.manufacturer", "POLYCOM"),
        ("64:16:7f:12:34:56", "lldp-med.model", "CX600"),
        ("64:16:7f:12:34:56", "provisioning.user-agent", AGENT),
    }
    assert [i for i in items if isinstance(i, Problem)] == []


def test_the_time_of_an_observation_is_the_last_logon() -> None:
    times = {i.time for i in read(io.BytesIO(REPORT.encode()), now=NOW) if isinstance(i, Observation)}
    assert times == {"2026-11-22T15:04:05Z"}


def test_a_row_without_a_mac_is_reported_and_the_others_are_read() -> None:
    text = REPORT + ROW.replace("64-16-7F-12-34-56", "00-00-00-00-00-00") + "\n" + ROW.replace("-34-56", "-34-57")
    items = list(read(io.BytesIO(text.encode()), now=NOW))
    assert [(i.number, i.what) for i in items if isinstance(i, Problem)] == [
        (6, "a row without a mac that identifies one phone")
    ]
    assert {i.mac for i in items if isinstance(i, Observation)} == {"64:16:7f:12:34:56", "64:16:7f:12:34:57"}


OTHER = ROW.replace("-34-56", "-34-57")
LAST = ROW.replace("-34-56", "-34-58")


def macs_and_problems(text: str) -> tuple[set[str | None], list[tuple[int, str]]]:
    items = list(read(io.BytesIO(text.encode()), format="phone-report", now=NOW))
    problems = [(i.number, i.what) for i in items if isinstance(i, Problem)]
    return {i.mac for i in items if isinstance(i, Observation)}, problems


QUOTE = "a quotation mark without its end"
MORE = "more cells than columns: a delimiter within a cell"
FEWER = "fewer cells than columns: the row is truncated before or in its user agent"
DAMAGED = {
    "a quotation mark without its end": (ROW.replace("CX600,", '"CX600,'), QUOTE),
    "an agent without its end": (ROW.replace(')",', "),"), QUOTE),
    "a mark within a quoted cell": (ROW.replace("sip:ann", '"sip:"ann'), QUOTE),
    "a delimiter within a cell": (ROW.replace("sip:ann", "sip:ann,x"), MORE),
    "a line of 40 kB": (ROW.replace("CX600", "C" * 40_000), "longer than a row of the report"),
    "a row that is cut in its agent": (ROW[: ROW.index("OCPhone")].replace('"', ""), FEWER),
    "a row that is cut in its mac": (ROW[: ROW.index("-56,") - 1], "a row without a mac that identifies one phone"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_row_is_named_and_the_others_are_read(damage: str) -> None:
    row, reason = DAMAGED[damage]
    found, problems = macs_and_problems(f"{HEADER}\n{LAST}\n{row}\n{OTHER}\n")
    assert found >= {"64:16:7f:12:34:57", "64:16:7f:12:34:58"}
    assert problems == [(3, reason)]
    assert macs_and_problems(f"{HEADER}\n{LAST}\n{OTHER}\n{row}") == (found, [(4, reason)]), "at the end of the file"


ACCEPTED = {
    "CR in a cell": ROW.replace("sip:ann", "sip:a\rnn"),
    "NUL in a cell": ROW.replace("sip:ann", "sip:a\0nn"),
    "LF in a quoted cell": ROW.replace("sip:ann@example.org", '"sip:ann\n@example.org"'),
    "several LF in a quoted cell": ROW.replace("sip:ann@example.org", '"a\n,b\n\n,c"'),
    "a mark within a plain cell": ROW.replace("sip:ann", '5" sip:ann'),
    "doubled marks": ROW.replace("sip:ann@example.org", '"sip:""ann"""'),
    "blanks around quotes": ROW.replace(',"CPE', ', "CPE').replace(')",', ')" ,'),
    "trailing delimiters": ROW + ",,,",
    "no last cells": ROW.rpartition(",")[0].rpartition(",")[0] + ",",
}


@pytest.mark.parametrize("spelled", ACCEPTED)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_with_odd_characters_is_read(spelled: str, end: str) -> None:
    text = f"{HEADER}\n{ACCEPTED[spelled]}\n{OTHER}\n{LAST}\n".replace("\n", end)
    assert macs_and_problems(text) == ({"64:16:7f:12:34:56", "64:16:7f:12:34:57", "64:16:7f:12:34:58"}, [])
    values = {i.value for i in read(io.BytesIO(text.encode()), now=NOW) if isinstance(i, Observation)}
    assert values == {"POLYCOM", "CX600", AGENT}


@pytest.mark.parametrize(
    "text",
    [
        f"sep=;\n{HEADER};\n{ROW};\n{OTHER}\n".replace(",", ";"),
        f"{HEADER}\n{ROW}\n{HEADER}\n{OTHER}\n",
        f"{HEADER}\r{ROW}\r{OTHER}\r",
        f"{HEADER}\n{ROW}\r{OTHER}\n",
        f"#TYPE System.Data.DataRow\n{HEADER}\n{ROW}\n{OTHER}",
        f"{HEADER}|\n{ROW}\n{OTHER}\n".replace(",", "|"),
    ],
    ids=["sep=", "the header twice", "CR", "rows that end in CR", "PowerShell", "bars"],
)
def test_a_file_is_read_however_its_rows_are_written(text: str) -> None:
    assert macs_and_problems(text) == ({"64:16:7f:12:34:56", "64:16:7f:12:34:57"}, [])


@given(st.text(alphabet=st.sampled_from('",;\n\r\0 a'), max_size=40))
def test_any_cell_costs_no_later_row(cell: str) -> None:
    """For any text of delimiters, quotation marks and line ends in a row, the later rows are read."""
    found, _ = macs_and_problems(f"{HEADER}\n{ROW.replace('sip:ann@example.org', cell)}\n{OTHER}\n{LAST}\n")
    assert found >= {"64:16:7f:12:34:57", "64:16:7f:12:34:58"}


def test_the_phone_is_in_the_inventory_with_model_and_firmware(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(REPORT)
    ((row),) = inventoried(path, tmp_path)
    assert (row["kind"], row["manufacturer"], row["model"]) == ("phone", "Polycom", "CX600")
    assert row["firmware"] == "4.0.7577.4444"
