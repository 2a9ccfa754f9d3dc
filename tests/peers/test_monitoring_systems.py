"""`phonescan check` as plugin of real programs: negate of the Monitoring Plugins, and Icinga."""

from __future__ import annotations

import grp
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scanner.inventory import Inventory
from scanner.testing import Farm, catalogue
from tests.loopback import own

PHONESCAN = (sys.executable, "-m", "scanner")
SUBNET = own("127.88.4.0/24")
#: Other words for each state, by which `negate` shows that it has read status and word.
OTHER = {"OK": "WARNING", "WARNING": "CRITICAL", "CRITICAL": "UNKNOWN", "UNKNOWN": "OK"}
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
ICINGA = """
include <itl>
const NodeName = "test"
object CheckerComponent "checker" {{}}
object Host "host" {{ check_command = "dummy", enable_active_checks = false }}
object CheckCommand "phonescan" {{ command = {command} }}
object Service "phones" {{
  host_name = "host", check_command = "phonescan", check_interval = 1s, retry_interval = 1s, max_check_attempts = 1
}}
object PerfdataWriter "writer" {{
  rotation_interval = 1s
  service_perfdata_path = "{folder}/service", service_temp_path = "{folder}/service-temporary"
  host_perfdata_path = "{folder}/host", host_temp_path = "{folder}/host-temporary"
  service_format_template = "STATE=$service.state$ OUTPUT=$service.output$ DATA=$service.perfdata$"
}}
"""


def call(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an inventory: a farm of phones was scanned, ended, and its subnet was scanned again."""
    folder = tmp_path_factory.mktemp("outage")
    scan = (*PHONESCAN, "scan", SUBNET, "--discover", "sip", "--format", "none")
    phones = [phone for phone in catalogue(SUBNET) if phone.surfaces.sip][:8]
    with Farm(phones):
        first = call(*scan, folder=folder)
    second = call(*scan, folder=folder)
    assert first.returncode == 0, first.stderr
    assert second.returncode == 3, second.stderr
    return folder


#: (options, state) over an inventory whose last scan observed none of its phones, and without one.
FOUND: tuple[tuple[tuple[str, ...], str], ...] = (
    (("--db", "phonescan.sqlite"), "CRITICAL"),
    (("--db", "well.sqlite", "-w", "100", "-c", "100"), "OK"),
    (("--db", "well.sqlite", "-w", "@0:100", "-c", "~:100"), "WARNING"),
    (("--db", "none.sqlite"), "UNKNOWN"),
    (("--nonsense",), "UNKNOWN"),
)


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.daemon("negate")
@pytest.mark.parametrize(("options", "state"), FOUND, ids=[" ".join(words) for words, _ in FOUND])
def test_negate_reads_each_state(outage: Path, options: tuple[str, ...], state: str) -> None:
    _well(outage)
    words = [f"--{one.lower()}={other}" for one, other in OTHER.items()]
    ended = call("negate", "--substitute", "--timeout=30", *words, *PHONESCAN, "check", *options, folder=outage)
    other = OTHER[state]
    assert (STATES[ended.returncode], ended.stdout.partition(":")[0], ended.stderr) == (other, other, "")


def _well(folder: Path) -> None:
    """The inventory as it was before the outage."""
    path = folder / "well.sqlite"
    if not path.exists():
        with Inventory.open(folder / "phonescan.sqlite") as inventory:
            inventory.connection.execute(f"VACUUM INTO '{path}'")
        with Inventory.open(path) as inventory:
            inventory.connection.execute("PRAGMA foreign_keys = ON")
            inventory.connection.execute("DELETE FROM scans WHERE id = 2")


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.daemon("icinga2")
def test_icinga_parses_each_value_of_the_performance_data(outage: Path) -> None:
    line = call(*PHONESCAN, "check", folder=outage).stdout.splitlines()[0]
    words = line.partition(" | ")[2].split(" ")
    parsed = "[" + ", ".join(f"parse_performance_data({json.dumps(word)})" for word in words) + "]"
    found: list[dict[str, Any]] = json.loads(call("icinga2", "console", "--eval", parsed, folder=outage).stdout)
    values = {one["label"]: (one["value"], one["unit"]) for one in found}
    assert values["observed"] == (0, "")
    assert values["expected"] == (8, "")
    assert values["percent"][1] == "percent"
    assert values["scan_age"][1] == values["catalog_age"][1] == "seconds"
    assert len(values) == len(words)


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.daemon("icinga2")
def test_icinga_runs_it_as_a_check(outage: Path) -> None:
    command = json.dumps([*PHONESCAN, "check", "--db", str(outage / "phonescan.sqlite"), "-v"])
    with icinga(outage, command) as folder:
        text = awaited(folder)
    assert text.startswith("STATE=CRITICAL OUTPUT=CRITICAL: ")
    assert f"scan of {SUBNET}: done, but 0 of about 8 devices responded (critical)" in text.splitlines()[0]
    first, *lines = text.partition(" DATA=")[0].splitlines()
    assert "|" not in first
    assert lines[0].startswith("[CRITICAL] ")
    assert text.partition(" DATA=")[2].startswith("noncompliant=")


@contextmanager
def icinga(folder: Path, command: str) -> Iterator[Path]:
    """Icinga with one check, and the folder to which it writes results."""
    own_folder = folder / "icinga"
    for name in ("run", "log", "cache", "data"):
        (own_folder / name).mkdir(parents=True)
    (own_folder / "icinga.conf").write_text(ICINGA.format(command=command, folder=own_folder), encoding="utf-8")
    user, members = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    folders = {"DataDir": "data", "CacheDir": "cache", "LogDir": "log", "InitRunDir": "run"}
    words = [f"-DRunAsUser={user}", f"-DRunAsGroup={members}", *(f"-D{k}={own_folder / v}" for k, v in folders.items())]
    process = subprocess.Popen(
        ["icinga2", "daemon", "-c", str(own_folder / "icinga.conf"), *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield own_folder
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its workers outlive a SIGTERM
        process.wait(10)


def awaited(folder: Path) -> str:
    """The first result that Icinga has written."""
    for _ in range(600):
        for path in folder.glob("service.*"):
            if text := path.read_text(encoding="utf-8"):
                return text
        time.sleep(0.05)
    raise AssertionError("Icinga has written no result in 30 seconds")
