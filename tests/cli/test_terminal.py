"""Every command with a table in tmux, at the widths of terminals: what its user sees."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner

from scanner.cli.group import phonescan
from scanner.cli.shared import summary
from scanner.core.text import shown
from scanner.inventory import Summary
from scanner.reports.folding import cells

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (40, 80, 120, 160)
pytestmark = [pytest.mark.slow, pytest.mark.daemon("tmux")]

REPORTS = ("noncompliant", "inventory", "changes", "firmware", "moved", "suspect", "conflicts", "unscanned")
COMMANDS: dict[str, list[str]] = {
    **{name: ["report", name] for name in REPORTS},
    "by switch": ["report", "inventory", "--by", "switch"],
    "history": ["history", "10.20.30.7"],
    "explain": ["explain", "10.20.30.5"],
    "scans": ["scans"],
    "diff": ["diff", "1", "2"],
    "catalog list": ["catalog", "list"],
    "catalog show": ["catalog", "show", "skype-for-business"],
    "catalog diff": ["catalog", "diff", "skype-for-business", "teams"],
    "fingerprints list": ["fingerprints", "list"],
    "fingerprints show": ["fingerprints", "show", "polycom/sip.user-agent/1"],
    "schedule list": ["schedule", "list", "--count", "3"],
    "doctor": ["doctor"],
    "dry run": ["scan", "10.0.0.0/24", "--dry-run"],
    "read": ["read", "third.jsonl", "--format", "table"],
    "unknown": ["history", "198.18.0.99"],
}
#: What does not end with 0: a difference, and a device that is not known.
STATUSES = {"diff": 1, "unknown": 2}
#: What contains texts without a place to break that are longer than a narrow line: paths, pages, patterns.
LONG_WORDS = {"explain", "doctor", "catalog show", "fingerprints show", "noncompliant"}
#: Texts that a phone sends; each is measured as it is shown.
TEXTS = (
    "VVX 411", "受付電話-東京本社三階", "e\u0301tage a\u0308", "ｆｕｌｌ　ｗｉｄｔｈ", "\x1b[31mred\x07",
    "a\u202egnp.exe", "한국어 전화", "สวัสดี", "zero\u200bwidth", "soft\xadhyphen", "中e\u0301文",
)  # fmt: skip


def observations(time: str, firmware: str, long_firmware: str, last: str) -> list[dict[str, str]]:
    """What five phones at three switches send, with names that are wide, combining or hostile."""

    def seen(ip: str, mac: str, field: str, value: str, source: str = "sip") -> dict[str, str]:
        named = {"ip": ip, "mac": mac, "field": field, "value": value, "time": time, "source": source}
        return {name: text for name, text in named.items() if text}

    new = [("10.20.30.77", "64:16:7f:00:00:77")] if time > "2026-11-05" else []
    first, second, third = "64:16:7f:00:00:05", "80:5e:c0:00:00:06", "00:15:65:00:00:08"
    return [
        seen("10.20.30.5", first, "sip.user-agent", f"PolycomVVX-VVX_411-UA/{firmware}"),
        seen("10.20.30.5", first, "lldp-med.model", "VVX 600", "lldp eth0"),
        seen("10.20.30.5", first, "switch.name", "access-1", "switches 10.0.0.1 lldp 1"),
        seen("10.20.30.5", first, "switch.port", "GigabitEthernet1/0/17", "switches 10.0.0.1 lldp 1"),
        seen("10.20.30.6", second, "sip.user-agent", "Yealink SIP-T58A 58.15.0.20"),
        seen("10.20.30.6", second, "lldp-med.software-revision", "58.80.0.25", "lldp eth0"),
        seen("10.20.30.7", "", "sip.user-agent", f"AUDC-IPPhone/{long_firmware} (440HD-Rev0; 00908F5F5C3E)"),
        seen("10.20.30.9", "", "sip.user-agent", "AUDC-IPPhone/C450HD_TEAMS_1.14.449 (C450HD-Rev0; 00908F5F5C3F)"),
        seen(last, third, "sip.user-agent", "Yealink SIP-T46S 66.86.0.15"),
        seen(last, third, "dhcp.hostname", TEXTS[1]),
        seen(last, third, "snmp.sysname", TEXTS[2]),
        seen("", "00:15:65:00:00:09", "lldp-med.model", "T46S", "lldp eth0"),
        *(seen(ip, mac, "sip.user-agent", "PolycomVVX-VVX_601-UA/5.9.0.9373") for ip, mac in new),
    ]  # fmt: skip


class Screens(NamedTuple):
    """What tmux shows of each command at a width, as lines; its own lines where it has wrapped one."""

    seen: dict[str, list[str]]
    joined: dict[str, list[str]]
    coloured: str
    cells: list[int]
    statuses: list[int]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a short name, an inventory of two scans, settings, and a file to read."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as name, pytest.MonkeyPatch.context() as patch:
        patch.chdir(name)
        for file, values in (
            ("first", ("2026-11-01T02:00:00Z", "5.8.3.3066", "UC440HD_3.1.2.89", "10.20.30.8")),
            ("second", ("2026-11-08T02:00:00Z", "5.9.0.9373", "UC440HD_3.1.3.144.18", "10.20.199.108")),
            ("third", ("2026-11-15T02:00:00Z", "5.9.0.9373", "UC440HD_3.1.3.144.18", "10.20.199.108")),
        ):
            lines = "".join(json.dumps(row) + "\n" for row in observations(*values))
            Path(f"{file}.jsonl").write_text(lines, encoding="utf-8")
        Path("phonescan.toml").write_text(
            '[[scan]]\nname = "nightly"\ntargets = ["10.20.30.0/24"]\ncron = "0 2 * * *"\n', encoding="utf-8"
        )
        for file in ("first", "second"):
            assert CliRunner().invoke(phonescan, ["read", f"{file}.jsonl"]).exit_code == 0
        yield Path(name)


@pytest.fixture(scope="module")
def screens(folder: Path) -> dict[int, Screens]:
    """The screens at each width; all widths are drawn at the same time."""
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "TMUX")}
    environment |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    (folder / "tmux.conf").write_text("set -g history-limit 9999\nset -g remain-on-exit on\n", encoding="utf-8")

    def tmux(*words: object) -> str:
        command = ["tmux", "-u", "-S", "socket", "-f", "tmux.conf", *map(str, words)]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    for width in WIDTHS:
        own = folder / str(width)
        own.mkdir()
        for file in ("phonescan.sqlite", "phonescan.toml", "third.jsonl"):
            (own / file).write_bytes((folder / file).read_bytes())
        work = {"texts": TEXTS if width > 40 else (), "commands": list(COMMANDS.values())}
        work["texts"] = [shown(text) for text in work["texts"]]
        (own / "work.json").write_text(json.dumps(work), encoding="utf-8")
        plain = ["env", "NO_COLOR=1"] if width == 160 else []
        run = [*plain, sys.executable, "-m", "tests.cli.in_terminal", "work.json"]
        tmux("new-session", "-d", "-s", f"w{width}", "-x", width, "-y", 50, "-c", own, *run)
    try:
        until = time.monotonic() + 120
        while "0" in tmux("list-panes", "-a", "-F", "#{pane_dead}").split() and time.monotonic() < until:
            time.sleep(0.1)
        return {width: _screens(tmux, width, folder / str(width)) for width in WIDTHS}
    finally:
        tmux("kill-server")


def _screens(tmux: Any, width: int, own: Path) -> Screens:
    def parts(*more: str) -> list[str]:
        text = tmux("capture-pane", "-p", *more, "-S", "-", "-t", f"w{width}")
        assert "Traceback" not in text
        return [part.strip("\n") for part in re.split(r"^=== \d+\s*$", text, flags=re.M)[1:-1]]

    seen, joined = parts(), parts("-J")
    assert len(seen) == len(COMMANDS)
    done = json.loads((own / "work.cells").read_text(encoding="utf-8"))
    return Screens(
        {name: text.splitlines() for name, text in zip(COMMANDS, seen, strict=True)},
        {name: text.splitlines() for name, text in zip(COMMANDS, joined, strict=True)},
        tmux("capture-pane", "-p", "-e", "-S", "-", "-t", f"w{width}"),
        done["cells"],
        done["statuses"],
    )


def data(folder: Path, *command: str) -> list[dict[str, Any]]:
    """The rows of a command as JSON, at the state that the screens show."""
    result = CliRunner().invoke(phonescan, [*command, "--format", "json", "--db", str(folder / "phonescan.sqlite")])
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


@pytest.mark.parametrize("width", WIDTHS)
def test_the_terminal_wraps_no_line(screens: dict[int, Screens], width: int) -> None:
    wrapped = {
        name: [line for line in screens[width].joined[name] if cells(line.rstrip()) > width]
        for name in COMMANDS
        if len(screens[width].seen[name]) != len(screens[width].joined[name])
    }
    assert {name: lines for name, lines in wrapped.items() if name not in LONG_WORDS} == {}
    wrapped.pop("fingerprints show", None)  # a pattern is one expression
    assert [line for lines in wrapped.values() for line in lines if " " in line.strip()] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_command_ends_as_without_a_terminal(screens: dict[int, Screens], width: int) -> None:
    assert screens[width].statuses == [STATUSES.get(name, 0) for name in COMMANDS]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("report", ["noncompliant", "inventory", "firmware", "history", "changes", "conflicts"])
def test_every_address_version_and_status_is_whole(
    screens: dict[int, Screens], folder: Path, width: int, report: str
) -> None:
    names = {"ip", "firmware", "certified_firmware", "status", "old", "new", "chosen", "other", "time"}
    names -= {"firmware", "certified_firmware", "status"} if report in ("changes", "conflicts") else set()
    rows = data(folder, *(("history", "10.20.30.7") if report == "history" else ("report", report)))
    words = {word for row in rows for name in names & set(row) if row[name] for word in row[name].split()}
    assert len(words) > 3
    assert words - {word for line in screens[width].seen[report] for word in line.split()} == set()


@pytest.mark.parametrize("width", [80, 120, 160])
def test_the_columns_that_matter_are_headings(screens: dict[int, Screens], width: int) -> None:
    wanted = {
        "noncompliant": "IP Model Firmware Certified Status",
        "inventory": "IP Model Firmware Certified Status",
        "firmware": "Model Firmware Certified Status Devices",
        "history": "Time Event Part Old New Note",
        "changes": "Time Event IP Model Part Old New",
        "moved": "Time Event IP Old New",
        "conflicts": "IP Model Part Chosen Other Claimant",
        "suspect": "Suspicion What IP Model",
        "scans": "Scan Kind Started Outcome Targets",
        "diff": "Change IP Model Part Old New",
        "catalog list": "Name Role Models Date days",
        "catalog show": "Manufacturer Model Firmware",
        "fingerprints list": "File Manufacturer Kind Models Rules",
        "by switch": "Switch port IP Model",
    }
    found = {name: _headings(screens[width].seen[name]) for name in wanted}
    assert {name: missing for name in wanted if (missing := set(wanted[name].split()) - found[name])} == {}


def _headings(lines: list[str]) -> set[str]:
    """The words above the first rule."""
    rule = next(at for at, line in enumerate(lines) if line.startswith("───"))
    return set(" ".join(lines[:rule]).replace(",", " ").split())


def test_the_mac_comes_before_the_site_and_a_site_that_all_have_is_named_once(screens: dict[int, Screens]) -> None:
    for width in (120, 160):
        lines = screens[width].seen["inventory"]
        assert "MAC" in lines[1].split()
        assert "Site" not in lines[1].split()
        assert "site (default in all rows)" in " ".join(lines)
    assert "MAC" in screens[160].seen["noncompliant"][4].split()


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_omitted_is_named_once(screens: dict[int, Screens], width: int) -> None:
    counts = {name: " ".join(lines).count("columns omitted") for name, lines in screens[width].seen.items()}
    assert max(counts.values()) == 1, counts


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_of_a_progress_bar_remains(screens: dict[int, Screens], width: int) -> None:
    lines = screens[width].seen["read"]
    assert lines[0] == "third.jsonl: 13 observations"
    assert [line for line in lines if "━" in line] == []


def test_colour_is_on_a_terminal_and_not_where_no_color_is_set(screens: dict[int, Screens]) -> None:
    assert "\x1b[31m" in screens[80].coloured
    assert "\x1b[" not in screens[160].coloured


def test_a_text_is_as_wide_as_the_terminal_shows_it(screens: dict[int, Screens]) -> None:
    assert dict(zip(TEXTS, screens[80].cells, strict=True)) == {text: cells(shown(text)) for text in TEXTS}


def test_the_counts_of_a_summary_have_the_colours_of_their_statuses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(summary, "has_colour", lambda stream: True)
    counts = {"certified": 2, "outdated": 11, "not-listed": 1}
    with click.Context(phonescan) as context:
        context.color = True
        summary.write_summary(Summary(3, "done", False, 0, 14, 0, counts))
    coloured = capsys.readouterr().err.splitlines()[0]
    assert (
        coloured
        == "scan 3: 14 devices: \x1b[32m2 certified\x1b[0m, \x1b[31m11 outdated\x1b[0m, \x1b[31m1 not-listed\x1b[0m"
    )
