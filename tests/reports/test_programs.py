"""Reports as other programs see them: Chromium draws the page, LibreOffice reads the files back."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.core.text import shown
from scanner.reports import render, render_report
from tests.reports.sample import COLUMNS, HOSTILE, device, devices, report


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


def read_back(folder: Path, file: Path, *infilter: str) -> list[list[str]]:
    """The rows of a file as LibreOffice reads it, written by it as CSV with every cell as shown."""
    out = folder / "out"
    command = ["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless", "--norestore", *infilter]
    command += [
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
        "--outdir",
        str(out),
        str(file),
    ]
    subprocess.run(command, capture_output=True, timeout=180, check=True)
    with open(out / f"{file.stem}.csv", encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def fleet() -> list[dict[str, Any]]:
    hostile = [device(at, hostname=text, model=text) for at, text in enumerate(HOSTILE)]
    return [*devices(20), *hostile]


@pytest.mark.slow
@pytest.mark.daemon("soffice")
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_libreoffice_opens_the_inventory_and_evaluates_none_of_it(tmp_path: Path, format: str) -> None:
    rows = fleet()
    file = tmp_path / f"inventory.{format}"
    if format == "xlsx":
        with open(file, "wb") as binary:
            render(rows, COLUMNS, format, "Inventory", binary)
        back = read_back(tmp_path, file)
    else:
        with open(file, "w", encoding="utf-8", newline="") as stream:
            render(rows, COLUMNS, format, "Inventory", stream)
        back = read_back(tmp_path, file, "--infilter=CSV:44,34,76,1,,0,false,false")
    assert len(back) == len(rows) + 1
    wanted = [
        [shown(("" if row[c] is None else str(row[c])).encode("utf-8", "replace").decode()) for c in COLUMNS]
        for row in rows
    ]
    for have, want in zip(back[1:], wanted, strict=True):
        assert [cell.removeprefix("'") for cell in have] == [cell.removeprefix("'") for cell in want]
