"""Unit files: systemd accepts them, rates them as safe, and computes the due times of the settings.

`test_live_units.py` runs them.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from scanner import settings
from scanner.cli.shared import click_command
from scanner.core.errors import SettingsError
from scanner.core.text import utc
from scanner.schedule import program, sandbox, systemd, timetable, unit_files
from scanner.schedule.grants import Grants, granted
from scanner.schedule.timetable import ScheduledScan
from tests.nonempty import some

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path("/etc/phonescan.toml")
#: Exposure of a unit by `systemd-analyze security`, in tenths, at most; the capability, the address families and the
#: network that a scan needs are most of what is left.
EXPOSURE = 20


def entry(name: str, cron: str = "0 2 * * *", **more: Any) -> ScheduledScan:
    return timetable.entries([settings.records.ScanSection(name=name, cron=cron, targets=("127.0.0.1",), **more)])[0]


def grants(user: str | None = None) -> Grants:
    found = Grants(sandbox.UnitUser("phonescan") if user is None else sandbox.user(user))
    found.add("StateDirectory", "phonescan")
    found.add("LoadCredential", "phonescan.toml:/etc/phonescan.toml")
    found.add("BindReadOnlyPaths", "%d/phonescan.toml:/etc/phonescan.toml")
    found.add("ReadWritePaths", "-/srv/büro")
    return found


def files(folder: Path, *table: ScheduledScan, user: str | None = None) -> list[str]:
    for one in table:
        for name, text in systemd.units(one, grants(user), command=Path("/usr/bin/env"), config=CONFIG).items():
            (folder / name).write_text(text)
    return sorted(map(str, folder.iterdir()))


@pytest.mark.daemon("systemd-analyze")
def test_systemd_accepts_the_units_and_computes_the_same_times(tmp_path: Path) -> None:
    table = [
        entry("HQ nightly", "30 2 * * 0-4", timezone="Europe/Berlin"),
        entry("both days", "0 6 1 * 5"),
        entry("often", "*/15 * * * *"),
    ]
    paths = files(tmp_path, *table)
    verified = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "Persistent=true" in (tmp_path / "phonescan-hq-nightly.timer").read_text()
    start = datetime(2026, 11, 23, tzinfo=UTC)
    for one in table:
        ours = [utc(due) for due in islice(timetable.cron.due_after(one.rule, one.zone, start), 3)]
        theirs = sorted({t for line in systemd.calendars(one.rule, one.zone.key) for t in _elapses(line)})[:3]
        assert theirs == ours


def _elapses(calendar: str) -> list[str]:
    words = ["systemd-analyze", "calendar", "--base-time=2026-11-23 00:00:00 UTC", "--iterations=6", calendar]
    out = subprocess.run(words, capture_output=True, text=True, check=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"})
    stamps = re.findall(r"(?:Next elapse|Iter\. #\d+|\(in UTC\)): \w{3} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", out.stdout)
    return sorted({f"{day}T{time}Z" for day, time in stamps})


@pytest.mark.daemon("systemd-analyze")
@pytest.mark.parametrize("user", [None, "daemon"])
def test_systemd_rates_a_unit_as_safe(tmp_path: Path, user: str | None) -> None:
    (service,) = (path for path in files(tmp_path, entry("nightly"), user=user) if path.endswith(".service"))
    words = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", "--no-pager", service]
    rated = subprocess.run(words, capture_output=True, text=True, check=False)
    assert rated.returncode == 0, rated.stdout + rated.stderr
    words = ["systemd-analyze", "security", "--offline=yes", "--json=short", service]
    table = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    exposed = {row["name"] for row in some(table) if row["set"] is False and float(row["exposure"] or 0) >= 0.3}
    # what any scan needs
    assert exposed <= {"PrivateNetwork=", "IPAddressDeny=", "RestrictAddressFamilies=~AF_(INET|INET6)"}


@pytest.mark.parametrize("path", ["/opt/with blank/phonescan", "/opt/%h/phonescan", "/opt/$x/phonescan"])
def test_a_program_that_is_invalid_in_a_unit_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match="without blanks"):
        systemd.units(entry("nightly"), grants(), command=Path(path), config=CONFIG)


SETTINGS = """
[inventory]
db = "/tmp/phones.sqlite"

[[credentials]]
name = "campus"
community = "env:PHONESCAN_COMMUNITY"

[[scan]]
name = "nightly"
targets = ["127.0.0.1"]
cron = "0 2 * * *"
reports = [
  { kind = "inventory", format = "csv", path = "/home/x/y.csv" },
  { kind = "inventroy", format = "csv", path = "/home/x/z.csv" },
]
"""


def test_every_path_that_cannot_work_is_named_with_its_line_and_no_unit_is_written(tmp_path: Path) -> None:
    (tmp_path / "phonescan.toml").write_text(SETTINGS)
    words = [sys.executable, "-m", "scanner", "schedule", "systemd", "--config", str(tmp_path / "phonescan.toml")]
    words += ["-o", str(tmp_path / "units")]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 2
    assert "phonescan.toml, line 3: inventory.db: /tmp/phones.sqlite: the unit has no access to /tmp" in done.stderr
    assert "line 14: scan[0].reports[0].path: /home/x/y.csv: the unit has no access to /home" in done.stderr
    assert "line 15: scan[0].reports[1]: unknown report 'inventroy' as 'csv'" in done.stderr
    assert not (tmp_path / "units").exists()


def test_settings_without_an_inventory_use_the_folder_of_the_unit(tmp_path: Path) -> None:
    (tmp_path / "phonescan.toml").write_text(SETTINGS.replace('db = "/tmp/phones.sqlite"', ""))
    found = settings.load(tmp_path / "phonescan.toml")
    lines = granted(found, timetable.entries(found.sections.scan)[0], sandbox.UnitUser("phonescan")).lines
    assert lines["WorkingDirectory"] == ["/var/lib/phonescan"]
    assert lines["StateDirectory"] == ["phonescan"]


@pytest.fixture
def within_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of settings whose units have access to their folder and to a program."""
    monkeypatch.setattr(program, "path", lambda: Path("/usr/bin/env"))
    monkeypatch.setattr(program, "fault", lambda *_: "")
    monkeypatch.setattr(sandbox, "hidden", lambda path: "")
    return tmp_path / "phonescan.toml"


def test_a_variable_that_the_file_of_the_service_lacks_is_named_with_its_key(within_reach: Path) -> None:
    text = SETTINGS[: SETTINGS.index("reports")].replace("/tmp/phones.sqlite", "/var/lib/phonescan/phones.sqlite")
    within_reach.write_text(text.replace('"127.0.0.1"', '"netbox:site=hq"'))
    within_reach.with_suffix(".env").write_text("# PHONESCAN_COMMUNITY=\n export OTHER=1\n")
    _, notes = unit_files.unit_files(click_command.open_session(None, within_reach))
    assert [note.partition("=")[0] for note in notes[1:]] == [
        "credentials[0].community: write PHONESCAN_COMMUNITY", "netbox.token: write NETBOX_TOKEN",
    ]  # fmt: skip
    within_reach.with_suffix(".env").write_text("export PHONESCAN_COMMUNITY=a\nNETBOX_TOKEN='b'\n")
    _, notes = unit_files.unit_files(click_command.open_session(None, within_reach))
    assert notes == ["the inventory is /var/lib/phonescan/phones.sqlite"]


def test_two_scans_whose_units_would_have_one_name_are_refused(within_reach: Path) -> None:
    scans = [
        f'[[scan]]\nname = "{name}"\ntargets = ["127.0.0.1"]\ncron = "@daily"\n' for name in ("HQ night", "hq-night")
    ]
    within_reach.write_text("\n".join(scans))
    with pytest.raises(SettingsError, match=r"two scans have the unit phonescan-hq-night\.service"):
        unit_files.unit_files(click_command.open_session(None, within_reach))


@pytest.mark.parametrize("name", ["a\nExecStart=/bin/sh", "a\r\nUser=root", "a\\\nb", 'a"\nb', "x" * 300, "ü"])
def test_no_name_of_a_scan_adds_a_line_to_a_unit_or_is_too_long_for_a_file(name: str) -> None:
    plain = systemd.units(entry("plain"), grants(), command=Path("/usr/bin/env"), config=CONFIG)
    written = systemd.units(entry(name), grants(), command=Path("/usr/bin/env"), config=CONFIG)
    for before, (file, after) in some(list(zip(plain.values(), written.items(), strict=True))):
        assert len(file) < 256
        assert len(re.split("[\r\n]", after)) == len(before.split("\n"))


WATCHING = """
[inventory]
db = "/var/lib/phonescan/phones.sqlite"

[[credentials]]
name = "campus"
community = "file:community"

[[map]]
name = "list"
columns = { Device = "mac" }

[[watch]]
folder = "in"
site = 'a "quoted" site'
map = "list"
every = 60

[[watch]]
folder = "kept"
done = "mark"
format = "console"
"""


@pytest.fixture
def watching(within_reach: Path) -> Path:
    """Settings with two watched folders that exist."""
    within_reach.write_text(WATCHING)
    for name in ("in", "kept"):
        (within_reach.parent / name).mkdir()
    return within_reach


def written(config: Path) -> dict[str, str]:
    return unit_files.unit_files(click_command.open_session(None, config), pwd.getpwuid(os.getuid()).pw_name)[0]


@pytest.mark.daemon("systemd-analyze")
def test_a_watched_folder_has_a_service_without_capability_secret_and_network(watching: Path, tmp_path: Path) -> None:
    found = written(watching)
    assert len(found) == 2
    moved, marked = found.values()
    folder = watching.parent
    assert f'watch "{folder}/in" --done "move" --site "a \\"quoted\\" site" --map "list" --every 60' in moved
    assert f'watch "{folder}/kept" --done "mark" --as "console" --every 2 ' in marked
    assert f"ReadWritePaths=-{folder}/in\n" in moved
    assert f"ReadWritePaths=-{folder}/kept" not in marked
    for text in (moved, marked):
        assert "\nCapabilityBoundingSet=\n" in text
        assert "\nPrivateNetwork=yes\n" in text
        assert "community" not in text
        assert "CAP_NET_RAW" not in text
        assert "\nWantedBy=multi-user.target\n" in text
    (tmp_path / "units").mkdir()
    for name, text in found.items():
        path = tmp_path / "units" / name
        path.write_text(text)
        verified = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
        assert (verified.returncode, verified.stderr) == (0, "")
        words = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", "--no-pager", str(path)]
        rated = subprocess.run(words, capture_output=True, text=True, check=False)
        assert rated.returncode == 0, rated.stdout + rated.stderr


def test_the_command_of_a_watching_service_reads_the_folder(watching: Path) -> None:
    """What its ExecStart states, run as it is but for the user, and ended when it has read a file."""
    text = next(iter(written(watching).values()))
    line = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.partition("=")[2])[1:]
    (watching.parent / "in/a.csv").write_text("Device,Kit\n64:16:7f:12:34:56,x\n")
    command = [sys.executable, "-m", "scanner", *words, "--once", "--db", str(watching.parent / "x.sqlite")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert (watching.parent / "in/read/a.csv").is_file()


def test_watched_folders_whose_units_would_have_one_name_get_a_number(watching: Path) -> None:
    (watching.parent / "IN").mkdir()
    watching.write_text(WATCHING.replace('"kept"', '"IN"'))
    assert [name[-len("in-2.service") :] for name in written(watching)][1] == "in-2.service"


def test_a_watched_folder_that_a_service_cannot_reach_is_named_with_its_line(watching: Path) -> None:
    (watching.parent / "in").rmdir()
    with pytest.raises(SettingsError, match=r"line 14: watch\[0\]\.folder: .*/in is not a folder; create it first"):
        written(watching)
