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
from scanner.app.folder_looks import FileGoneError, FolderLooks
from scanner.app.session import Session
from scanner.core import saving
from scanner.core.errors import InventoryError, PhonescanError, SettingsError
from scanner.inventory import Inventory
from scanner.schedule.folders import WatchedFolders
from scanner.settings import Settings, parse
from tests import programs
from tests.cli.conftest import Run

TABLE = "MAC,Model,Firmware\n64:16:7f:12:34:{:02x},VVX 411,5.9.0.9373\n"
_CLOCK = 1_763_632_800


#: Looks whether a file is written, and does not give up the lease before a program has opened the file.
LOOKING = """
import fcntl, sys, time
from pathlib import Path
from scanner.app import folder_looks
call = fcntl.fcntl
def slowly(handle, command, argument):
    if (command, argument) == (fcntl.F_SETLEASE, fcntl.F_UNLCK):
        print("leased", flush=True)
        while call(handle, fcntl.F_GETLEASE) == fcntl.F_RDLCK:
            time.sleep(0.01)
    return call(handle, command, argument)
fcntl.fcntl = slowly
print(folder_looks._is_written(Path(sys.argv[1])) in (True, False), flush=True)
"""


#: A watch that is killed when the first observations of a file are stored.
KILLED = """
import os, signal, sys, time
from pathlib import Path
from scanner.app import file_reading, folder_looks, watching
from tests.cli.test_watch import Watch
folder_looks.SETTLED = 0.05
file_reading.BATCH = 10
record = file_reading.record
def killed(*words, **more):
    return record(*words, **{**more, "progress": lambda count: os.kill(os.getpid(), signal.SIGKILL)})
watching.file_reading.record = killed
Watch(Path(sys.argv[1]), Path(sys.argv[2])).look()
"""
#: An ordinary user watches a folder with a file of root, which is then made readable.
AS_NOBODY = """
import os, sys
from pathlib import Path
from scanner.app import folder_looks, watching
from tests.cli.test_watch import Watch
folder_looks.SETTLED = 0.05
folder = Path(sys.argv[1])
watch = Watch(folder, Path(sys.argv[2]), "mark")
opened = watching.opened
def as_nobody(path):
    os.seteuid(65534)
    try:
        return opened(path)
    finally:
        os.seteuid(0)
watching.opened = as_nobody
for mode in (0o600, 0o644):
    (folder / "a.csv").chmod(mode)
    outcome = watch.look().outcome
    print(*watch.lines, outcome, sep="\\n", flush=True)
    watch.lines.clear()
"""


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
    lines = [line for line in done.err.splitlines() if "x.txt" in line]
    assert lines == ["x.txt is of an unknown format; if it is one that is read, name it with --as", "x.txt: failed"]
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


class Watch:
    """A watch of a folder, look by look, and what it reports."""

    def __init__(self, folder: Path, db: Path, done: watching.Done = "move") -> None:
        settings = Settings(db.with_suffix(".toml"), parse(""))
        self.session = Session(settings, db, lambda: datetime.now(UTC))
        self.lines: list[str] = []
        self.watch = watching.FolderWatch(self.session, watching.Watched(folder, done), self._report)

    def _report(self, line: str) -> None:
        if ": columns: " not in line:
            self.lines.append(line)

    def look(self, stopped: Any = lambda: False) -> Any:
        """Look until files are complete or none is left."""
        for _ in range(100):
            summary = self.watch.look(stopped)
            if summary is not None or not self.watch.looks.waiting():
                return summary
            time.sleep(0.02)
        return None


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("before", "read"), [(0, []), (1, ["a.csv"]), (2, ["a.csv"])])
def test_a_file_that_was_interrupted_stays_and_is_read_again(
    folder: Path, here: Path, before: int, read: list[str]
) -> None:
    watch = Watch(folder, here / "a.sqlite")
    put(folder, "a.csv")
    put(folder, "b.csv", number=2)
    looks = iter([False] * before + [True] * 9)  # each is asked for in mid-file and behind it
    assert watch.look(lambda: next(looks)).outcome == "interrupted"
    assert names(folder / "read") == read
    assert names(folder) == ["a.csv", "b.csv"]
    assert watch.look().outcome == "done"
    assert names(folder / "read") == ["a.csv", "b.csv"]


def test_no_file_is_moved_before_its_observations_are_committed(
    folder: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, path = Watch(folder, here / "a.sqlite"), put(folder, "a.csv")
    seen: list[tuple[bool, int]] = []
    finished = watching.finished

    def full(inventory: Any, *words: Any, **more: Any) -> Any:
        seen.append((path.exists(), len(seen)))
        if len(seen) == 1:
            raise InventoryError("the disk is full")
        return finished(inventory, *words, **more)

    monkeypatch.setattr(watching, "finished", full)
    with pytest.raises(InventoryError):
        watch.look()
    assert path.exists()
    assert watch.look().outcome == "done"
    assert seen == [(True, 0), (True, 1)]
    assert names(folder) == ["a.csv"]
    assert not path.exists()


def test_a_watch_that_was_killed_in_mid_read_is_repeated(folder: Path, here: Path) -> None:
    put(folder, "a.csv", TABLE.format(1) + "".join(TABLE.format(n).partition("\n")[2] for n in range(2, 200)))
    words = [sys.executable, "-c", KILLED, str(folder), str(here / "a.sqlite")]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    assert [path.name for path in folder.iterdir()] == ["a.csv"]
    watch = Watch(folder, here / "a.sqlite")
    assert watch.look().devices == 199
    assert names(folder / "read") == ["a.csv"]


def test_two_watches_of_one_folder_read_each_file_once(folder: Path, here: Path) -> None:
    one, other = Watch(folder, here / "a.sqlite"), Watch(folder, here / "b.sqlite")
    put(folder, "a.csv")
    with one.watch.looks.alone() as alone:
        assert alone
        assert other.look() is None
        assert names(folder) == ["a.csv"]
        assert other.watch.looks.waiting() == ["a.csv"]
    assert other.look().outcome == "done"
    assert one.look() is None
    assert names(folder / "read") == ["a.csv"]
    assert other.lines == ["a.csv: 2 observations"]


def test_a_file_that_is_deleted_in_between_is_no_failure(
    folder: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(folder, here / "a.sqlite")
    read = watching.opened

    def taken(path: Path) -> Any:
        if path.name == "a.csv":
            path.unlink()
            return read(path)
        stream = read(path)
        path.unlink()
        return stream

    monkeypatch.setattr(watching, "opened", taken)
    put(folder, "a.csv")
    put(folder, "b.csv", number=2)
    summary = watch.look()
    assert (summary.outcome, summary.devices, watch.watch.missed) == ("done", 1, 0)
    assert watch.lines == [f"{name}.csv: it was moved or deleted while it was read" for name in "ab"]
    assert names(folder) == []


def test_no_more_files_are_one_scan_than_the_bound(folder: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "FILES", 2)
    watch = Watch(folder, here / "a.sqlite")
    for number in range(3):
        put(folder, f"{number}.csv", number=number)
    assert (watch.look().scan, watch.look().scan, watch.look()) == (1, 2, None)
    assert names(folder / "read") == ["0.csv", "1.csv", "2.csv"]


@pytest.mark.root
def test_a_file_that_this_user_may_not_read_is_named_and_read_when_it_may(folder: Path, here: Path) -> None:
    here.chmod(0o711)
    folder.chmod(0o711)
    put(folder, "a.csv")
    words = [sys.executable, "-c", AS_NOBODY, folder.name, "a.sqlite"]  # those above are closed to others
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=here)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "a.csv: failed: a.csv cannot be read: Permission denied",
        "partial",
        "a.csv: 2 observations",
        "done",
    ]


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
    for name in ("a", "b"):
        with pytest.raises(PhonescanError, match=f"{name} cannot be read"):
            folder_looks.opened(tmp_path / name)
    with pytest.raises(FileGoneError, match="c: it was moved or deleted"):
        folder_looks.opened(tmp_path / "c")


def test_a_program_that_opens_a_file_while_it_is_looked_at_ends_nothing(tmp_path: Path) -> None:
    """The kernel signals the break of a lease, by default with SIGIO, which ends a process."""
    path = tmp_path / "a.csv"
    path.write_text("a")
    words = [sys.executable, "-c", LOOKING, str(path)]
    with programs.running(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as looking:
        programs.line_with(looking.stdout, "leased")
        path.open("a").close()  # waits until the lease is given up
        programs.line_with(looking.stdout, "True")
        assert looking.wait(10) == 0


def test_a_file_whose_mode_or_time_of_writing_was_set_has_changed(tmp_path: Path) -> None:
    looks, path = FolderLooks(tmp_path), put(tmp_path, "a.csv")
    looks.complete(0.0)
    assert looks.complete(2.0) == [path]
    assert looks.finish(path)
    assert looks.complete(9.0) == []
    path.chmod(0o600)
    looks.complete(10.0)
    assert looks.complete(12.0) == [path], "one that could not be read may be readable now"
    assert looks.finish(path)
    put(tmp_path, "a.csv", TABLE.format(2))  # the same size and time of writing
    looks.complete(20.0)
    assert looks.complete(22.0) == [path]


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
