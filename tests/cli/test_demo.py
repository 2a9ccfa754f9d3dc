"""`phonescan demo`: every status from simulated phones, without traces on the machine."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import own
from tests.programs import line_with, running

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.network
NET = own("127.0.7.0/24")


@pytest.mark.slow
def test_the_demo_shows_inventory_and_report_and_equals_the_truth(run: Any, here: Path) -> None:
    before = set(Path(tempfile.gettempdir()).glob("phonescan-demo-*"))
    ended = run("demo", "--db", "demo.sqlite")
    assert ended.status == 0, ended.err
    for part in ("Inventory", "Non-compliant", "outdated", "other-line"):
        assert part in ended.out
    rows = {row["ip"]: row for row in run("report", "inventory", "--db", "demo.sqlite", "--format", "json").json()}
    statuses = {row["status"] for row in rows.values()}
    assert statuses >= {
        "certified", "outdated", "newer", "other-line", "unknown-firmware", "not-listed", "unidentified", "compatible",
    }  # fmt: skip
    assert len({row["model"] for row in rows.values() if row["status"] == "certified"}) >= 30
    assert set(Path(tempfile.gettempdir()).glob("phonescan-demo-*")) == before


@pytest.mark.slow
def test_the_transcript_of_the_readme_is_what_the_demo_shows(run: Any, here: Path) -> None:
    wide = {"COLUMNS": "100"}
    net = run("demo", "--db", "demo.sqlite").err.split("respond on ")[1].split(".0/24")[0]
    report = run("report", "noncompliant", "--db", "demo.sqlite", env=wide).out
    told = report + run("explain", f"{net}.80", "--db", "demo.sqlite", env=wide).out
    transcript = (ROOT / "README.md").read_text(encoding="utf-8").split("```console\n")[1].split("```")[0]
    shown = [line for line in transcript.splitlines() if line and line != "…" and not line.startswith("$")]
    assert len(shown) > 12
    for line in shown:
        wanted = re.sub(r"127\.\d+\.0(?=\.\d)", net, line.removesuffix("…"))
        assert re.sub(r"device \d+", "device", wanted).rstrip() in re.sub(r"device \d+", "device", told)


def test_the_farm_alone_writes_its_truth_and_ends_on_sigterm(here: Path) -> None:
    code = "from scanner.cli.main import main\nmain()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = ["demo", "farm", NET, "--truth", "truth.csv"]
    with running([sys.executable, "-c", code, *words], stderr=subprocess.PIPE, env=environment, cwd=here) as process:
        line_with(process.stderr, f"devices respond on {NET}")
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=30)[1] == ""
        assert process.returncode == 0
    with (here / "truth.csv").open(newline="", encoding="utf-8") as stream:
        truth = list(csv.DictReader(stream))
    assert len(truth) > 80
    assert {row["status"] for row in truth} >= {"certified", "outdated"}


def test_a_farm_outside_loopback_is_refused(run: Any) -> None:
    ended = run("demo", "farm", "10.0.0.0/24")
    assert (ended.status, len(ended.err.splitlines())) == (2, 1)
    assert run("demo", "farm", NET, "--truth", "nowhere/t.csv").status == 4


@pytest.mark.slow
def test_a_demo_whose_devices_end_before_the_scan_is_partial(
    run: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scanner.cli.shared import scanning
    from scanner.testing.process import FarmProcess

    started: list[FarmProcess] = []
    start, scan = FarmProcess.start, scanning.scan

    def kept(farm: FarmProcess) -> None:
        start(farm)
        started.append(farm)

    def scanned(*words: Any, **options: Any) -> Any:
        os.kill(started[-1].pid, signal.SIGKILL)
        return scan(*words, **options)

    monkeypatch.setattr(FarmProcess, "start", kept)
    monkeypatch.setattr(scanning, "scan", scanned)
    ended = run("demo", "--db", "demo.sqlite")
    assert ended.status == 3, ended.err
    assert "the simulated devices ended before the scan did" in ended.err
