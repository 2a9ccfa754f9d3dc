"""Reports that cannot be written, to a full or read-only disk: the run goes on, and the next writes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.app.reporting import TITLES
from scanner.reports import FORMATS
from scanner.schedule.job import run_entry
from tests.schedule.test_runs import DUE, OLD, SETTINGS, clocked, entry_of, no_network, receiver

__all__ = ["no_network"]
ROOT = Path(__file__).resolve().parents[2]


def report(form: str, path: str, kind: str = "inventory") -> str:
    return f'\n[[scan.reports]]\nkind = "{kind}"\nformat = "{form}"\npath = "{path}"\n'


@pytest.mark.network
def test_a_full_disk_is_one_sentence_for_each_report_of_any_kind_and_format(
    tmp_path: Path, no_network: list[str]
) -> None:
    no_network += [OLD] * 50
    full = [(kind, form) for kind in TITLES for form in FORMATS if (kind, form) != ("changes", "jsonl")]
    reports = "".join(report(form, "/dev/full", kind) for kind, form in full) + report("csv", "out/last.csv")
    with receiver() as (url, taken, _):
        session = clocked(tmp_path, f'{SETTINGS}notify = "{url}"\n{reports}')
        done = run_entry(session, entry_of(session), DUE, pause=lambda _: None)
    sentence = "/dev/full cannot be written (No space left on device); free some space there, or choose another file"
    shown = {failure.partition(": ")[0]: failure.partition(": ")[2] for failure in done.failures}
    with_rows = {f"the report {kind} as {form}" for kind, form in full if kind in ("inventory", "noncompliant")}
    assert with_rows <= set(shown)
    assert set(shown.values()) == {sentence}
    assert done.outcome == "done"
    assert "198.18.0.50" in (tmp_path / "out/last.csv").read_text(encoding="utf-8")
    (message,) = taken
    assert sentence in message["message"]


#: Runs three nights in a mount namespace of its own; the folder of the report is bad in the second.
NIGHTS = """
import json, subprocess, sys
from datetime import timedelta
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from scanner.core.model import Observation
from scanner.core.text import moment
from scanner.schedule import job
from tests.schedule.test_runs import DUE, clocked, entry_of
folder, bad = Path(sys.argv[2]), sys.argv[3]
session = clocked(folder, (folder / "settings").read_text())

def scan(session, entry, inventory, stopped):
    now = session.now()
    number = inventory.begin_scan(kind="scan", targets=("t",), discoveries=("sip",), site="hq", now=now)
    inventory.record(number, [Observation(ip=f"198.18.0.{n}", mac=f"64:16:7f:00:00:{n:02x}", field="sip.user-agent",
        value=f"PolycomVVX-VVX_411-UA/5.{night}.0.9373", source="sip t", site="hq") for n in range(1, 250)])
    return inventory.finish_scan(number, outcome="done", knowledge=session.knowledge(inventory), now=now)

job._scan = scan
results = []
for night in range(3):
    subprocess.run(["sh", "-ec", bad if night == 1 else sys.argv[4]], cwd=folder, check=True)
    session.hands[0] = moment("2026-11-23T01:00:10Z") + timedelta(days=night)
    done = job.run_entry(session, entry_of(session), DUE + timedelta(days=night), pause=lambda _: None)
    left = [path.name for path in (folder / "disk").rglob("*") if path.is_file()]
    results.append([done.outcome, done.failures, left, (folder / "other.csv").read_text().count("5." + str(night))])
print(json.dumps(results))
"""
MOUNT = "mkdir -p disk; mountpoint -q disk || mount -t tmpfs -o size=4k,nr_inodes=9 none disk;"
GOOD = f"{MOUNT} mount -o remount,rw,size=9m disk; rm -f disk/fill; mkdir -p disk/in"


@pytest.mark.root
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("cat /dev/zero > disk/fill || :", "No space left on device"),
        ("rm -r disk/in; mount -o remount,ro disk", "Read-only file system"),
        ("rm -r disk/in; touch disk/in", "disk/in is not a folder"),
    ],
)
def test_the_other_reports_are_written_and_the_next_run_writes_this_one(tmp_path: Path, bad: str, reason: str) -> None:
    text = SETTINGS + report("html", "disk/in/big.html") + report("csv", "other.csv")
    (tmp_path / "settings").write_text(text)
    script = tmp_path / "nights.py"
    script.write_text(NIGHTS)
    good = f"[ ! -f disk/in ] || rm disk/in; {GOOD}"
    command = ["unshare", "--mount", sys.executable, str(script), str(ROOT), str(tmp_path), bad, good]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    nights: list[list[Any]] = json.loads(done.stdout)
    assert [outcome for outcome, *_ in nights] == ["done"] * 3
    assert [len(failures) for _, failures, *_ in nights] == [0, 1, 0]
    assert reason in nights[1][1][0]
    assert all(rows == 249 for *_, rows in nights), "the other report is of each night"
    assert nights[2][2] == ["big.html"]
    assert not [name for *_, left, _ in nights for name in left if name.endswith(".part")], (
        "nothing is left on a full disk"
    )


FULL = """
mkdir disk; mount -t tmpfs -o size=3m none disk
run() { "$1" -m scanner schedule run --once nightly --config disk/phonescan.toml; echo "status $?"; }
cp phonescan.toml disk; run "$1"; cat /dev/zero > disk/fill 2> /dev/null
run "$1" 2>&1; rm disk/fill; run "$1" 2>&1
"""


@pytest.mark.root
def test_a_full_disk_under_the_inventory_is_one_sentence_and_a_later_run_works(tmp_path: Path) -> None:
    (tmp_path / "phonescan.toml").write_text(SETTINGS + 'discover = ["sip"]\npace = "fast"\n')
    command = ["unshare", "--mount", "sh", "-c", FULL, "sh", sys.executable]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment)
    lines = [line for line in done.stdout.splitlines() if line]
    sentence = "the disk under disk/phones.sqlite is full; free some space and repeat, what was recorded is kept"
    assert lines[:3] == ["status 0", f"phonescan: {sentence}", "status 4"], done.stderr
    assert "has run already" in lines[3]
    assert lines[4] == "status 0"
