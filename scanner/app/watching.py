"""The use case of `phonescan watch`: files that appear in a folder are read once, then moved, or marked as read.

The files of one look are one scan of kind `read`. A file is moved when the scan has ended: what ends before that reads
it again, which changes nothing, since what it contains has the time of the file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote

from scanner.app import file_reading
from scanner.app.folder_looks import FileGoneError, FolderLooks, opened
from scanner.app.notes import closing, finished
from scanner.core import saving
from scanner.core.errors import InventoryError, PhonescanError
from scanner.core.text import amount, bounded

if TYPE_CHECKING:
    from scanner.app.session import Session
    from scanner.inventory import Inventory, ScanOutcome, Summary

#: What is done with a file: it is moved into a folder beside it, or stays and is marked in the inventory.
Done = Literal["move", "mark"]
#: The folders for files that were read and that could not be read.
READ, FAILED = "read", "failed"
#: Most files of one scan.
FILES = 100
#: Problems of a file that are named; longest reason.
PROBLEMS, REASON = 20, 2_000


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder, and how its files are read."""

    folder: Path
    done: Done = "move"
    format: str | None = None
    site: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    keep_all: bool = False


@dataclass(slots=True)
class FileResult:
    """What a file gave: observations and problems; `error` is why it is among those that failed."""

    path: Path
    observations: int = 0
    missing: int = 0
    problems: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def line(self) -> str:
        """What it gave, in words; a reason that was reported as a problem is not repeated."""
        if self.error:
            return f"{self.path.name}: failed" + ("" if self.error in self.problems else f": {self.error}")
        return f"{self.path.name}: {amount(self.observations, 'observation')}" + (
            f", {self.missing:,} not read" if self.missing else ""
        )

    @property
    def note(self) -> str:
        """What the notes of the scan state about it, with the reason why it failed; empty where nothing is missing."""
        if self.error:
            return _named(self.path.name, self.error)
        return self.line if self.missing else ""


class FolderWatch:
    """One watched folder; `look` reads what has become complete. `report` gets the lines."""

    def __init__(self, session: Session, watched: Watched, report: Callable[[str], None]) -> None:
        self.session, self.watched, self.report = session, watched, report
        self.looks = FolderLooks(watched.folder)
        self.missed = 0
        self.mark = f"watch {watched.folder.absolute()}"
        check(watched.folder, watched.done)
        self.format = file_reading.format_given(watched.format, watched.columns)
        if watched.done == "mark" and session.db.exists():
            with session.inventory(readonly=True) as inventory:
                self.looks.done = _marks(inventory.mark(self.mark))

    def look(self, stopped: Callable[[], bool] = lambda: False) -> Summary | None:
        """Read the files that are complete; the summary of their scan, None where there are none."""
        with self.looks.alone() if self.watched.done == "move" else nullcontext(True) as alone:
            ready = self.looks.complete(time.monotonic())[:FILES]
            return self._record(ready, stopped) if ready and alone else None

    def _record(self, ready: list[Path], stopped: Callable[[], bool]) -> Summary:
        """Read files as one scan, then move or mark them; its summary."""
        results: list[FileResult] = []
        with self.session.inventory(create=True) as inventory:
            knowledge = self.session.knowledge(inventory, keep_all=self.watched.keep_all)
            scan = inventory.begin_scan(
                kind="read",
                targets=[bounded(str(path)) for path in ready],
                discoveries=(),
                site=self.watched.site,
                now=self.session.now(),
            )
            with closing(inventory, scan, knowledge, self.session.now):
                outcome = self._read_all(inventory, scan, ready, results, stopped)
            notes = [bounded(one.note, 500) for one in results if one.note]
            if notes and outcome == "done":
                outcome = "partial"
            summary = finished(
                inventory, scan, outcome=outcome, notes=notes, knowledge=knowledge, now=self.session.now(),
                outages=False,
            )  # fmt: skip
            for result in results:
                self._close(result)
            if self.watched.done == "mark":
                inventory.set_mark(self.mark, _marked(self.looks.done), self.session.now())
        self.missed += len(notes) + (outcome == "interrupted")
        return summary

    def _read_all(
        self,
        inventory: Inventory,
        scan: int,
        paths: list[Path],
        results: list[FileResult],
        stopped: Callable[[], bool],
    ) -> ScanOutcome:
        """Read files one by one; how that ended."""
        try:
            for path in paths:
                results.append(self._read(inventory, scan, path, stopped))
                if stopped():
                    return "interrupted"
        except KeyboardInterrupt:
            return "interrupted"
        return "done"

    def _read(self, inventory: Inventory, scan: int, path: Path, stopped: Callable[[], bool]) -> FileResult:
        result = FileResult(path)

        def problem(text: str, wanted: bool) -> None:
            result.missing += wanted
            if len(result.problems) < PROBLEMS:
                result.problems.append(bounded(text, REASON))
                self.report(_named(path.name, text))

        def progress(count: int) -> None:
            if stopped():
                raise KeyboardInterrupt

        try:
            with opened(path) as stream:
                if self.watched.columns:
                    file_reading.check_columns(stream, path.name, self.watched.columns)
                result.observations = file_reading.record(
                    inventory,
                    scan,
                    stream,
                    path.name,
                    now=self.session.now(),
                    format=self.format,
                    columns=self.watched.columns,
                    fingerprints=self.session.fingerprints(),
                    problem=problem,
                    progress=progress,
                    note=lambda sentence: self.report(f"{path.name}: {sentence}"),
                )
        except FileGoneError:  # nothing of it is missing: another program took it
            return result
        except InventoryError:
            raise
        except PhonescanError as error:
            result.error = str(error)
        if result.missing and not result.observations and not result.error:
            result.error = result.problems[0]
        return result

    def _close(self, result: FileResult) -> None:
        """Move or mark a file, and report what it gave; one that has changed meanwhile is read again."""
        path = result.path
        try:
            if not self.looks.finish(path):
                self.report(f"{path.name}: it has changed while it was read, and is read again")
                return
        except FileGoneError as gone:
            self.report(str(gone))
            return
        self.report(result.line)
        if self.watched.done == "mark":
            return
        try:
            moved = saving.move(path, self.watched.folder / (FAILED if result.error else READ))
            if result.error:
                saving.write(moved.with_name(f"{moved.name}.reason"), f"{result.error}\n".encode())
        except PhonescanError as error:
            self.missed += 1
            self.report(str(error))


def check(folder: Path, done: Done) -> None:
    """Raise PhonescanError where a folder cannot be watched."""
    try:
        is_folder = folder.is_dir()
    except OSError:  # a name that is too long
        is_folder = False
    if not is_folder:
        raise PhonescanError(f"{folder} cannot be watched: it is not a folder; create it first")
    if done == "move" and not os.access(folder, os.W_OK | os.X_OK):
        raise PhonescanError(
            f"{folder} cannot be written; let this user write there, or leave the files with --done mark"
        )


def _named(name: str, sentence: str) -> str:
    """A sentence about a file, with its name once."""
    return sentence if sentence.startswith(f"{name} ") else f"{name}: {sentence}"


def _marked(done: Mapping[str, str]) -> str:
    """The files that are marked as read, a line each."""
    return "\n".join(f"{quote(name, errors='surrogateescape')} {state}" for name, state in sorted(done.items()))


def _marks(text: str | None) -> dict[str, str]:
    """The files that are marked as read, name → state."""
    lines = (line.partition(" ") for line in (text or "").splitlines())
    return {unquote(name, errors="surrogateescape"): state for name, _, state in lines}
