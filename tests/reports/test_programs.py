"""Reports as other programs see them: Chromium draws the page, LibreOffice reads the files back."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from scanner.core.text import shown
from scanner.reports import render, render_report
from scanner.reports.sheet_columns import ordered, title
from tests.reports.sample import COLUMNS, HOSTILE, device, devices, report

DOCS = Path(__file__).resolve().parents[2] / "docs"


def chromium(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("chromium") or "chromium"
    command = [
        program,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={folder}/profile",
    ]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=True)


@pytest.mark.slow
@pytest.mark.daemon("chromium")
@pytest.mark.parametrize("size", ["1280,1600", "820,1200", "420,900"])
def test_chromium_draws_the_report_under_its_own_policy(tmp_path: Path, size: str) -> None:
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    rows = [device(at, hostname=text, model=text) for at, text in enumerate(HOSTILE)]
    with open(page, "w", encoding="utf-8", newline="") as stream:
        render_report(report(60, rows=rows), "html", stream)
    done = chromium(
        tmp_path, "--enable-logging=stderr", "--v=0", f"--window-size={size}", f"--screenshot={picture}", page.as_uri()
    )
    assert "Refused to" not in done.stderr
    assert "violates the following Content Security Policy" not in done.stderr
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert picture.stat().st_size > 20_000


@pytest.mark.slow
@pytest.mark.daemon("chromium")
def test_the_report_is_printed_to_pdf(tmp_path: Path) -> None:
    page, print_out = tmp_path / "report.html", tmp_path / "report.pdf"
    with open(page, "w", encoding="utf-8", newline="") as stream:
        render_report(report(60), "html", stream)
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={print_out}", page.as_uri())
    assert print_out.read_bytes()[:5] == b"%PDF-"


def office(folder: Path, *arguments: str) -> Path:
    """The folder with what LibreOffice wrote."""
    command = ["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless", "--norestore", *arguments]
    subprocess.run(
        [*command, "--outdir", str(folder / "out")], capture_output=True, timeout=180, check=True, cwd=folder
    )
    return folder / "out"


def read_back(folder: Path, file: Path, *infilter: str) -> list[list[str]]:
    """The rows of a file as LibreOffice reads it, written by it as CSV with every cell as shown."""
    out = office(
        folder, *infilter, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", str(file)
    )
    with open(out / f"{file.stem}.csv", encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def fleet() -> list[dict[str, Any]]:
    """Devices with hostile names, and with values that a spreadsheet takes for numbers or dates."""
    hostile = [device(at, hostname=text, model=text) for at, text in enumerate(HOSTILE)]
    misleading = [device(at, serial=text, firmware=text, switch_port=text) for at, text in enumerate(MISLEADING)]
    vlans = [device(at, vlan=text) for at, text in enumerate(("voice", "0020", "20", None, "1e3", "4094"))]
    return [*devices(20), *hostile, *misleading, *vlans]


#: Texts that a spreadsheet reads as another value where the type of the cell is not given.
MISLEADING = ("00412", "64167E12", "1/2", "5.9", "1-2-3", "12345678901234567890", "TRUE", "10:30", "2026-11-23", "1e5")


def as_text(row: dict[str, Any]) -> list[str]:
    """The values of a row as text, escaped."""
    return [shown(("" if row[c] is None else str(row[c])).encode("utf-8", "replace").decode()) for c in COLUMNS]


@pytest.mark.slow
@pytest.mark.daemon("soffice")
def test_libreoffice_opens_the_csv_as_the_page_describes_and_keeps_every_value(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "spreadsheets.md").read_text(encoding="utf-8")
    (option,) = re.findall(r'--infilter="(CSV:[^"]+)"', page)
    infilter = subprocess.run(["bash", "-c", f'echo "{option}"'], capture_output=True, text=True, check=True).stdout
    rows = fleet()
    with open(tmp_path / "inventory.csv", "w", encoding="utf-8", newline="") as stream:
        render(rows, COLUMNS, "csv", "Inventory", stream)
    back = read_back(tmp_path, tmp_path / "inventory.csv", f"--infilter={infilter.strip()}")
    assert back[0] == list(COLUMNS)
    for have, row in zip(back[1:], rows, strict=True):
        assert [cell.removeprefix("'") for cell in have] == [cell.removeprefix("'") for cell in as_text(row)]


_ODS = {
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}


def ods_rows(file: Path) -> list[list[tuple[str, str]]]:
    """The rows of the first sheet of an ODS file as types and values; empty cells are `("", "")`."""
    found = []
    with ZipFile(file) as parts:
        sheet = ElementTree.fromstring(parts.read("content.xml")).find(".//table:table", _ODS)
    assert sheet is not None
    name = {key: f"{{{url}}}" for key, url in _ODS.items()}
    for row in sheet.iter(f"{name['table']}table-row"):
        cells: list[tuple[str, str]] = []
        for cell in row.iter(f"{name['table']}table-cell"):
            kind = cell.get(f"{name['office']}value-type", "")
            value = cell.get(f"{name['office']}{'date-value' if kind == 'date' else 'value'}")
            text = "\n".join("".join(part.itertext()) for part in cell.findall("text:p", _ODS))
            assert not cell.get(f"{name['table']}formula")
            cells += [(kind, text if value is None else value)] * int(
                cell.get(f"{name['table']}number-columns-repeated", "1")
            )
        found.append(cells[: len(COLUMNS)])
    return [row for row in found if any(value for _, value in row)]


@pytest.mark.slow
@pytest.mark.daemon("soffice")
def test_a_workbook_keeps_values_and_types_on_a_round_trip_through_libreoffice(tmp_path: Path) -> None:
    rows = fleet()
    with open(tmp_path / "inventory.xlsx", "wb") as binary:
        render(rows, COLUMNS, "xlsx", "Inventory", binary)
    ods = office(tmp_path, "--convert-to", "ods", str(tmp_path / "inventory.xlsx")) / "inventory.ods"
    order = ordered(COLUMNS)
    heading, *back = ods_rows(ods)
    assert [value for _, value in heading] == [title(column) for column in order]
    for have, row in zip(back, rows, strict=True):
        values = dict(zip(COLUMNS, as_text(row), strict=True))
        for (kind, value), column in zip(have, order, strict=False):
            wanted = ("string" if values[column] else "", values[column])
            if column in ("first_seen", "last_seen"):
                wanted = ("date", values[column].removesuffix("Z"))
            elif column == "last_scan" or (column == "vlan" and values[column] in ("20", "4094")):
                wanted = ("float", values[column])
            assert (kind, value.replace("  ", " ")) == (wanted[0], wanted[1].replace("  ", " ")), column
    again = office(tmp_path, "--convert-to", "xlsx", str(ods)) / "inventory.xlsx"
    sheet = load_workbook(again).worksheets[0]
    serial, seen = order.index("serial"), order.index("last_seen")
    assert [line[serial].value for line in sheet.iter_rows(min_row=2)][39:49] == list(MISLEADING)
    assert {line[seen].value for line in sheet.iter_rows(min_row=2)} == {datetime(2026, 11, 23, 2)}


@pytest.mark.slow
@pytest.mark.daemon("soffice", "pdftotext")
def test_a_printed_workbook_is_readable_on_a4_and_letter(tmp_path: Path) -> None:
    """Text of seven points at least, no text cut, the headings on each page, and the columns that matter."""
    rows = [
        device(at, firmware="UCC450HD_3.2.0.1003.61", site="Frankfurt am Main", switch=f"sw-frankfurt-access-{at:03}",
               switch_port="GigabitEthernet1/0/24", hostname="x" * 100) for at in range(120)
    ]  # fmt: skip
    with open(tmp_path / "a4.xlsx", "wb") as binary:
        render_report(report(rows=rows), "xlsx", binary)
    with ZipFile(tmp_path / "a4.xlsx") as source, ZipFile(tmp_path / "letter.xlsx", "w") as target:
        for item in source.infolist():
            target.writestr(item, source.read(item).replace(b'paperSize="9"', b'paperSize="1"'))
    office(tmp_path, "--convert-to", "pdf", str(tmp_path / "a4.xlsx"), str(tmp_path / "letter.xlsx"))
    for name, size in (("a4", (842, 595)), ("letter", (792, 612))):
        command = ["pdftotext", "-bbox", str(tmp_path / "out" / f"{name}.pdf"), "-"]
        pages = ElementTree.fromstring(subprocess.run(command, capture_output=True, check=True).stdout).findall(
            ".//{*}page"
        )
        assert round(float(pages[1].get("width", ""))), round(float(pages[1].get("height", ""))) == size
        listed = [page for page in pages if any(word.text == "UCC450HD_3.2.0.1003.61" for word in page)]
        assert len(listed) >= 2
        for page in listed:
            words = list(page)
            texts = {word.text for word in words}
            assert {"IP", "Model", "Firmware", "Certified", "Status", "Site", "MAC", "Switch", "Not"} <= texts
            heights = [
                float(word.get("yMax", "")) - float(word.get("yMin", ""))
                for word in words
                if word.text in ("outdated", "Polycom")
            ]
            assert min(heights) >= 7, name
            assert max(float(word.get("xMax", "")) for word in words) <= size[0]
        printed = [word.text for page in listed for word in page]
        for at in range(120):
            assert f"198.18.0.{at + 1}" in printed
            assert f"sw-frankfurt-access-{at:03}" in printed
