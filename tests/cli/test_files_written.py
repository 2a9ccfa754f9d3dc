"""Every command that writes a file, by its options: mode, links, and the old file when writing fails."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from scanner.cli.group import phonescan
from tests.cli.conftest import CERTIFIED, OUTDATED, lines
from tests.loopback import own

#: Command, option and the words of a call that writes one file; the file is the last word.
WRITES: dict[tuple[str, str], list[str]] = {
    ("report", "-o"): ["report", "inventory", "--format", "html", "-o"],
    ("export", "-o"): ["export", "xlsx", "-o"],
    ("explain", "-o"): ["explain", "198.18.0.5", "-o"],
    ("history", "-o"): ["history", "198.18.0.5", "-o"],
    ("scans", "-o"): ["scans", "-o"],
    ("assess", "-o"): ["assess", "-o"],
    ("diff", "-o"): ["diff", "1", "2", "-o"],
    ("catalog diff", "-o"): ["catalog", "diff", "lync", "teams", "-o"],
    ("catalog list", "-o"): ["catalog", "list", "-o"],
    ("catalog show", "-o"): ["catalog", "show", "lync", "-o"],
    ("fingerprints list", "-o"): ["fingerprints", "list", "-o"],
    ("fingerprints score", "-o"): ["fingerprints", "score", "corpus.jsonl", "-o"],
    ("fingerprints show", "-o"): ["fingerprints", "show", "polycom", "-o"],
    ("fingerprints suggest", "-o"): ["fingerprints", "suggest", "g64c5f2c0", "-o"],
    ("fingerprints unknown", "-o"): ["fingerprints", "unknown", "-o"],
    ("doctor", "--bundle"): ["doctor", "--bundle"],
    ("demo farm", "--truth"): [],  # runs until it is stopped: below
    ("schedule systemd", "-o"): [],  # writes a folder: below
}


def options(command: click.Command, name: str = "") -> Iterator[tuple[str, str]]:
    """The options of a command and its subcommands that name a file to be written."""
    for one in command.params:
        if isinstance(one, click.Option) and {"--output", "--truth", "--bundle"} & set(one.opts):
            yield name.strip(), one.opts[0]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from options(found, f"{name} {inner}")


def test_the_table_names_every_option_that_writes() -> None:
    assert set(options(phonescan)) == set(WRITES)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def words(run: Any, feed: Any, here: Path) -> dict[tuple[str, str], list[str]]:
    """The calls of the table, on an inventory that has what they name."""
    unread = {"ip": "198.18.0.7", "field": "sip.user-agent", "value": "Zorgo Phone ZX-9 1.2.3"}
    feed(OUTDATED, unread)
    feed(CERTIFIED)
    record = '{"fields": {"sip.user-agent": "x"}, "expect": {"kind": "phone"}, "source": "a test"}'
    (here / "corpus.jsonl").write_text(record + "\n", encoding="utf-8")
    return {key: value for key, value in WRITES.items() if value}


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_every_command_writes_for_the_owner_and_the_group_and_keeps_a_mode(
    run: Any, words: Any, here: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        for number, call in enumerate(words.values()):
            path = here / f"out{number}"
            ended = run(*call, path)
            assert ended.status in (0, 1, 3), (call, ended.err)
            assert mode(path) == 0o640 & ~umask, call
            if "suggest" in call:  # a draft never replaces a file
                continue
            path.write_bytes(b"old")
            path.chmod(0o604)
            assert run(*call, path).status in (0, 1, 3)
            assert (mode(path), path.read_bytes() != b"old") == (0o604, True), call
    finally:
        os.umask(before)
    assert [name for name in os.listdir(here) if name.endswith(".part")] == []


def test_the_name_of_a_file_is_one_line_of_a_message_whatever_it_contains(run: Any, words: Any, here: Path) -> None:
    for number, call in enumerate(words.values()):
        for path in (here / f"{number}\nphonescan: x\x1b[31m", here / "no\nphonescan: x\x1b[31m" / "out"):
            lines_of = run(*call, path).err.splitlines()
            assert "phonescan: x" not in [line[:12] for line in lines_of], (call, lines_of)
            assert not any("\x1b" in line for line in lines_of), (call, lines_of)


@pytest.mark.root
def test_no_command_follows_a_link_of_another_user(run: Any, words: Any, here: Path) -> None:
    (here / "victim").write_bytes(b"kept")
    for number, call in enumerate(words.values()):
        path = here / f"link{number}"
        path.symlink_to("victim")
        os.lchown(path, 4242, 4242)
        ended = run(*call, path)
        sentence = "exists: a draft" if "suggest" in call else "leads through a link of another user"
        assert (ended.status in (2, 4), sentence in ended.err) == (True, True), (call, ended)
        assert (here / "victim").read_bytes() == b"kept"


def test_no_command_loses_the_old_file_on_a_full_disk_or_in_a_folder_that_is_none(
    run: Any, words: Any, here: Path
) -> None:
    (here / "file").write_bytes(b"old")
    for call in words.values():
        if "suggest" not in call:
            full = run(*call, "/dev/full")
            assert (full.status, full.err.count("\n")) == (4, 1), (call, full)
            assert "No space left on device" in full.err
        for target in (here / "file" / "out", here / "nowhere" / "out"):
            if "suggest" in call and target.parent.name == "nowhere":
                continue  # it creates the folder
            ended = run(*call, target)
            assert (ended.status, "cannot be" in ended.err, "Traceback" in ended.err) == (4, True, False), (call, ended)
    assert (here / "file").read_bytes() == b"old"


def test_units_and_their_folder_have_their_modes(run: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.schedule.unit_files.unit_files", lambda *_: ({"a.service": "x", "a.timer": "y"}, []))
    before = os.umask(0)
    try:
        ended = run("schedule", "systemd", "-o", here / "units")
    finally:
        os.umask(before)
    assert ended.status == 0, ended.err
    assert mode(here / "units") == 0o750
    assert {mode(path) for path in (here / "units").iterdir()} == {0o644}


@pytest.mark.network
def test_the_truth_of_a_farm_has_its_mode(here: Path) -> None:
    command = [sys.executable, "-m", "scanner", "demo", "farm", own("127.29.9.0/24"), "--truth", here / "truth.csv"]
    with subprocess.Popen(command, umask=0, stderr=subprocess.DEVNULL) as process:
        for _ in range(400):
            if (here / "truth.csv").exists():
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert mode(here / "truth.csv") == 0o640


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_inventory_and_its_journals_and_folder_have_their_modes(here: Path, umask: int) -> None:
    (here / "rows.jsonl").write_text(lines([OUTDATED]), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from scanner.inventory import Inventory\n"
        "inventory = Inventory.open(Path(sys.argv[1]), create=True)\n"
        "inventory.begin_scan(kind='read', targets=(), discoveries=(), now='2026-11-01T02:00:00Z')\n"
        "import os; os._exit(0)"
    )
    path = here / "new" / "phones.sqlite"
    subprocess.run([sys.executable, "-c", code, path], umask=umask, check=True)
    assert mode(path.parent) == 0o750 & ~umask
    assert {one.name for one in path.parent.iterdir()} == {path.name + end for end in ("", "-wal", "-shm")}
    assert {mode(one) for one in path.parent.iterdir()} == {0o640 & ~umask}


def test_an_inventory_keeps_its_mode(run: Any, feed: Any, here: Path) -> None:
    feed(OUTDATED).chmod(0o600)
    feed(CERTIFIED)
    assert mode(here / "phonescan.sqlite") == 0o600


@pytest.mark.root
@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_an_inventory_is_not_written_through_a_planted_link(run: Any, here: Path, end: str) -> None:
    (here / "victim").write_bytes(b"")
    (here / f"phonescan.sqlite{end}").symlink_to("victim")
    os.lchown(here / f"phonescan.sqlite{end}", 4242, 4242)
    (here / "rows.jsonl").write_text(lines([OUTDATED]), encoding="utf-8")
    ended = run("read", "rows.jsonl")
    assert (ended.status, "link" in ended.err, ended.err.count("\n")) == (4, True, 1)
    assert (here / "victim").read_bytes() == b""
