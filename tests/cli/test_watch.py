"""`watch`: files that appear in a folder are read once, when they are complete, and then moved or marked."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.app import folder_looks, watching
from scanner.app.folder_looks import FolderLooks
from scanner.app.session import Session
from scanner.core import saving
from scanner.core.errors import PhonescanError, SettingsError
from scanner.inventory import Inventory
from scanner.schedule.folders import WatchedFolders
from scanner.settings import Settings, parse
from tests import programs
from tests.cli.conftest import Run

TABLE = "MAC,Model,Firmware\n64:16:7f:12:34:{:02x},VVX 411,5.9.0.9373\n"
_CLOCK = 1_763_632_800


@pytest.fixture
def folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder whose files are complete after a moment."""
    monkeypatch.setattr(folder_looks, "SETTLED", 0.05)
    monkeypatch.setattr(folder_looks, "EMPTY", 0.1)
    (here / "in").mkdir()
    return here / "in"


def put(folder: Path, name: str, text: str | None = None, number: int = 1) -> Path:
    path = folder / name
    path.write_text(TABLE.format(number) if text is None else text)
    os.utime(path, (_CLOCK, _CLOCK))
    return path


def once(run: Run, folder: Path, *more: str) -> Any:
    return run("watch", folder, "--once", *more)


def rows(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run("report", "inventory", "--format", "json").json()
    return found


def test_a_file_is_read_and_moved_with_what_it_gave(run: Run, folder: Path) -> None:
    put(folder, "a.csv")
    put(folder, "b.csv", number=2)
    done = once(run, folder)
    assert done.status == 0
    assert "a.csv: 2 observations" in done.err
    assert "b.csv: 2 observations" in done.err
    assert sorted(path.name for path in (folder / "read").iterdir()) == ["a.csv", "b.csv"]
    assert [path for path in folder.iterdir() if path.is_file()] == []
    assert len(rows(run)) == 2
    assert {row["last_seen"] for row in rows(run)} == {"2025-11-20T10:00:00Z"}, "moving changes no time"


def test_what_cannot_be_read_is_moved_with_its_reason(run: Run, folder: Path) -> None:
    put(folder, "x.txt", "something else\n")
    put(folder, "a.csv")
    done = once(run, folder)
    assert done.status == 3
    assert "x.txt: failed: x.txt is of an unknown format" in done.err
    assert "unknown format" in (folder / "failed/x.txt.reason").read_text()
    assert (folder / "failed/x.txt").is_file()
    assert [one["outcome"] for one in run("scans", "--format", "json").json()] == ["partial"]
    assert (folder / "read/a.csv").is_file()
    assert len(rows(run)) == 1


def test_a_file_that_is_read_in_part_is_read(run: Run, folder: Path) -> None:
    put(folder, "a.csv", TABLE.format(1) + ",VVX 411,5.9\n")
    done = once(run, folder)
    assert done.status == 3
    assert "a.csv: 2 observations, 1 not read" in done.err
    assert (folder / "read/a.csv").is_file()


def test_a_name_that_is_taken_gets_a_number(run: Run, folder: Path) -> None:
    for number in (1, 2, 3):
        put(folder, "a.csv", number=number)
        assert once(run, folder).status == 0
    assert sorted(path.name for path in (folder / "read").iterdir()) == ["a-1.csv", "a-2.csv", "a.csv"]
    assert (folder / "read/a-2.csv").read_text() == TABLE.format(3)


def test_the_same_file_again_adds_nothing(run: Run, folder: Path) -> None:
    put(folder, "a.csv")
    once(run, folder)
    before = rows(run)
    shutil.copy2(folder / "read/a.csv", folder / "a.csv")
    once(run, folder)
    assert [{**row, "last_scan": 0} for row in rows(run)] == [{**row, "last_scan": 0} for row in before]


def test_marked_files_stay_and_are_read_again_when_they_change(run: Run, folder: Path) -> None:
    path = put(folder, "a file\n.csv")
    assert "2 observations" in once(run, folder, "--done", "mark").err
    assert once(run, folder, "--done", "mark").err == ""
    assert list(folder.iterdir()) == [path]
    path.write_text(TABLE.format(1) + TABLE.format(2).partition("\n")[2])
    assert "4 observations" in once(run, folder, "--done", "mark").err
    assert len(rows(run)) == 2


def test_parts_links_and_folders_are_not_read(run: Run, folder: Path, here: Path) -> None:
    put(here, "outside.csv")
    (folder / "link.csv").symlink_to(here / "outside.csv")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe.csv")
    for name in (".a.csv", "a.csv.part", "a.csv.TMP", "a.csv~", "a.filepart", "a.crdownload"):
        put(folder, name)
    assert once(run, folder).status == 0
    assert not Path("phonescan.sqlite").exists()
    (folder / "a.csv.part").rename(folder / "a.csv")
    assert "a.csv: 2 observations" in once(run, folder).err


def test_map_and_site_hold_for_every_file(run: Run, folder: Path) -> None:
    put(folder, "a.csv", "Device,Kit\n64167f123456,VVX 411\n")
    put(folder, "b.csv", "Other,Kit\n64167f123457,VVX 411\n")
    (folder / "c.csv.gz").write_bytes(gzip.compress(b"Device,Kit\n64167f123458,VVX 411\n"))
    done = once(run, folder, "--map", "Device=mac", "--map", "Kit=model", "--site", "hq")
    assert done.status == 3
    assert "b.csv has no column 'Device'" in (folder / "failed/b.csv.reason").read_text()
    assert {(row["mac"], row["site"], row["model"]) for row in rows(run)} == {
        ("64:16:7f:12:34:56", "hq", "VVX 411"),
        ("64:16:7f:12:34:58", "hq", "VVX 411"),
    }


def test_a_folder_that_is_not_there_is_an_error(run: Run, folder: Path) -> None:
    done = once(run, folder / "x")
    assert done.status == 4
    assert "cannot be watched: it is not a folder" in done.err
    assert once(run, folder, "--as", "x").status == 2
    assert once(run, folder, "--as", "pcap", "--map", "Device=mac").status == 2


def test_a_folder_that_cannot_be_written_is_an_error_only_where_files_are_moved(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder)
    done = once(run, folder)
    assert (done.status, "leave the files with --done mark" in done.err) == (4, True)
    assert once(run, folder, "--done", "mark").status == 0


# -- which files are complete ----------------------------------------------------------------------------------------


def test_a_file_is_complete_when_it_has_not_changed_for_a_while(tmp_path: Path) -> None:
    looks, path = FolderLooks(tmp_path), tmp_path / "a.csv"
    path.write_text("a")
    assert looks.complete(0.0) == []
    path.write_text("ab")
    assert looks.complete(3.0) == []
    assert looks.complete(4.9) == []
    assert looks.complete(5.0) == [path]
    assert looks.finish(path)
    assert looks.complete(99.0) == []


def test_an_empty_file_is_awaited_longer(tmp_path: Path) -> None:
    looks, path = FolderLooks(tmp_path), tmp_path / "a.csv"
    path.touch()
    assert looks.complete(0.0) == looks.complete(29.0) == []
    assert looks.complete(30.0) == [path]


def test_a_file_that_a_program_has_open_for_writing_is_not_complete(tmp_path: Path) -> None:
    looks, path = FolderLooks(tmp_path), tmp_path / "a.csv"
    with path.open("w") as stream:
        stream.write("a")
        stream.flush()
        looks.complete(0.0)
        assert looks.complete(9.0) == []
        with path.open("rb"):
            assert looks.complete(10.0) == []
    with path.open("rb"):
        assert looks.complete(11.0) == [path], "readers do not count"


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    looks, path = FolderLooks(tmp_path), tmp_path / "a.csv"
    path.write_text("a")
    looks.complete(0.0)
    assert looks.complete(2.0) == [path]
    path.write_text("ab")
    assert not looks.finish(path)
    looks.complete(3.0)
    assert looks.complete(5.0) == [path]


def test_what_took_the_place_of_a_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "b")
    for name in ("a", "b", "c"):
        with pytest.raises(PhonescanError, match=f"{name} cannot be read"):
            folder_looks.opened(tmp_path / name)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.sampled_from(["1 2 3", "0 0 0"]), max_size=3))
def test_marks_are_what_was_marked(done: dict[str, str]) -> None:
    assert watching._marks(watching._marked(done)) == done


def test_moving_replaces_no_file(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    for name in ("a", "b"):
        (tmp_path / "x.csv").write_text(name)
        saving.move(tmp_path / "x.csv", tmp_path / "into")
    assert {path.name: path.read_text() for path in (tmp_path / "into").iterdir()} == {"x.csv": "a", "x-1.csv": "b"}


def test_moving_works_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*words: object, **more: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    for name in ("x.csv", "x-1.csv"):
        (tmp_path / "x.csv").write_text(name)
        assert saving.move(tmp_path / "x.csv", tmp_path / "into") == tmp_path / "into" / name


# -- signals and schedules -------------------------------------------------------------------------------------------


def test_sigterm_ends_it_with_what_was_read_kept(folder: Path, here: Path) -> None:
    put(folder, "a.csv")
    words = ["watch", str(folder), "--every", "0.1", "--db", str(here / "a.sqlite")]
    with programs.running([sys.executable, "-m", "scanner", *words], stderr=subprocess.PIPE) as watch:
        programs.line_with(watch.stderr, "a.csv: 2 observations")
        programs.line_with(watch.stderr, "scan 1:")
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(10) == 0
    with Inventory.open(here / "a.sqlite", readonly=True) as inventory:
        assert inventory.connection.execute("SELECT outcome FROM scans").fetchall() == [("done",)]


def test_the_folders_of_the_settings_are_read_by_a_thread(folder: Path, here: Path) -> None:
    put(folder, "a.csv")
    sections = parse("[[watch]]\nfolder = 'in'\nsite = 'hq'\nevery = 0.1\n")
    session = Session(Settings(here / "phonescan.toml", sections), here / "a.sqlite", lambda: datetime.now(UTC))
    folders = WatchedFolders(session)
    folders.start()
    try:
        end = time.monotonic() + 30
        while not (folder / "read/a.csv").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        folders.stop()
    with Inventory.open(here / "a.sqlite", readonly=True) as inventory:
        assert [row[0] for row in inventory.connection.execute("SELECT site FROM devices")] == ["hq"]


@pytest.mark.parametrize("key", ["format = 'x'", "map = 'x'", "map = 'list'\nformat = 'pcap'"])
def test_a_wrong_format_or_map_of_a_section_is_an_error_of_the_settings(key: str, here: Path) -> None:
    sections = parse(f"[[map]]\nname = 'list'\ncolumns = {{ Device = 'mac' }}\n[[watch]]\nfolder = 'in'\n{key}\n")
    session = Session(Settings(here / "phonescan.toml", sections), here / "a.sqlite", lambda: datetime.now(UTC))
    with pytest.raises(SettingsError, match=r"\[\[watch\]\] 'in': "):
        WatchedFolders(session)
