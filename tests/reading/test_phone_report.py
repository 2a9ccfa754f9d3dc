"""The "IP Phone Inventory Report" of Skype for Business, as the server and spreadsheets write it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

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


def test_the_phone_is_in_the_inventory_with_model_and_firmware(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(REPORT)
    ((row),) = inventoried(path, tmp_path)
    assert (row["kind"], row["manufacturer"], row["model"]) == ("phone", "Polycom", "CX600")
    assert row["firmware"] == "4.0.7577.4444"
