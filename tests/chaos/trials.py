"""Trials: an operation, a disturbance at a random moment, the commands that repair it, and what must hold then."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import commands, invariants
from tests.chaos.commands import Ended
from tests.chaos.operations import OLD, Operation, Result, Words, next_commands
from tests.chaos.setting import DB, Setting

#: Least seconds before a disturbance: the interpreter starts.
STARTED = 0.25
YEAR = 365.25 * 86_400.0


@dataclass
class Undisturbed:
    """An operation as it is without a disturbance: its result, its duration, and what holds of the setting itself."""

    operation: Operation
    seconds: float
    result: Result
    violations: frozenset[str]
    files: frozenset[str]
    size: int


@dataclass
class Trials:
    """Runs trials in folders of their own and collects what was lost. `lost` is what a disturbance left wrong."""

    setting: Setting
    folder: Path
    random: random.Random
    lost: list[str] = field(default_factory=list)
    number: int = 0

    def start(self, words: Words, folder: Path, **options: int) -> subprocess.Popen[bytes]:
        """Start a command where the phones are reachable."""
        return commands.start(words, folder, prefix=self.setting.prefix, **options)

    def run(self, words: Words, folder: Path, *, shift: float = 0.0, largest_file: int = 0) -> Ended:
        """Run a command to its end where the phones are reachable."""
        return commands.run(words, folder, shift=shift, largest_file=largest_file, prefix=self.setting.prefix)

    @contextmanager
    def trial(self, operation: Operation) -> Iterator[Path]:
        """A folder for one trial, removed afterwards."""
        self.number += 1
        folder = self.setting.copy(self.folder / f"trial{self.number}")
        operation.prepare(folder)
        yield folder
        shutil.rmtree(folder)

    def undisturbed(self, operation: Operation) -> Undisturbed:
        """Run an operation and its repair without a disturbance."""
        with self.trial(operation) as folder:
            started = time.monotonic()
            first = self.run(operation.words, folder)
            seconds = time.monotonic() - started
            runs = [first, *(self.run(words, folder) for words in operation.repair)]
            if faults := [fault for one in runs for fault in one.faults((0,))]:
                raise RuntimeError(f"{operation.name} fails without a disturbance: {faults}")
            return Undisturbed(
                operation,
                seconds,
                operation.result(folder),
                frozenset(invariants.violations(folder / DB)),
                frozenset(path.name for path in folder.iterdir()),
                max(path.stat().st_size for path in folder.glob(f"{DB}*")),
            )

    def check(self, base: Undisturbed, folder: Path, ended: Ended, what: str, patience: tuple[int, ...] = ()) -> bool:
        """Whether nothing is lost after a disturbed command and its repair; what is lost is added to `lost`.

        `patience` are signals by which the command may have ended.
        """
        operation = base.operation
        found = ended.faults((*commands.STATUSES, *(-number for number in patience)))
        found += invariants.damage(folder / DB)
        for name in operation.outputs:
            content = (folder / name).read_bytes() if (folder / name).exists() else b""
            if content != OLD and not _whole(name, content):
                found.append(f"{name} is cut: {len(content)} bytes")
        for words in next_commands(operation, folder):
            found += self.run(words, folder).faults((0,))
        found += set(invariants.violations(folder / DB)) - base.violations
        for name, expected in base.result.items():
            found += list(invariants.differences(operation.result(folder)[name], expected))[:3]
        found += [f"left over: {name}" for name in sorted({one.name for one in folder.iterdir()} - base.files)]
        self.lost += [f"{operation.name}, {what}: {one}" for one in found]
        return not found

    def kill(self, base: Undisturbed, number: int = signal.SIGKILL) -> bool:
        """End a command by a signal at a random moment of its run."""
        after = self.random.uniform(STARTED, max(STARTED, base.seconds))
        with self.trial(base.operation) as folder:
            process = self.start(base.operation.words, folder)
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, number)
            ended = commands.ended(process, base.operation.words, folder)
            if left := commands.left_over(process.pid):
                self.lost.append(f"{base.operation.name}, signal {number}: processes {left} are left over")
                return False
            return self.check(base, folder, ended, f"signal {number} after {after:.3f} s", (number,))

    def full_disk(self, base: Undisturbed) -> bool:
        """No file may become longer than a random size: SQLite's error is that of a quota or a full disk."""
        with self.trial(base.operation) as folder:
            now = max((path.stat().st_size for path in folder.glob(f"{DB}*")), default=0)
            largest = self.random.randint(4_096, max(now, base.size) * 2)
            ended = self.run(base.operation.words, folder, largest_file=largest)
            return self.check(base, folder, ended, f"files of at most {largest} bytes")

    def disturbed(self, base: Undisturbed, folder: Path, disturb: Callable[[], None]) -> tuple[Ended, float]:
        """A command that is disturbed at a random moment, if it has not ended before; and the seconds until then."""
        after = self.random.uniform(STARTED, max(STARTED, base.seconds))
        process = self.start(base.operation.words, folder)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            disturb()
        return commands.ended(process, base.operation.words, folder), after

    def no_response(self, base: Undisturbed, seconds: float) -> bool:
        """The phones do not respond for some seconds of a scan: at the latest the next scan finds all of them."""

        def stop() -> None:
            os.kill(self.setting.farm.pid, signal.SIGSTOP)
            time.sleep(seconds)
            os.kill(self.setting.farm.pid, signal.SIGCONT)

        with self.trial(base.operation) as folder:
            ended, after = self.disturbed(base, folder, stop)
            return self.check(base, folder, ended, f"no response for {seconds:.1f} s after {after:.3f} s")

    def link_down(self, base: Undisturbed, seconds: float) -> bool:
        """The link is down for some seconds of a scan: all phones are found, or the status is that of a part."""
        link = self.setting.link
        assert link is not None

        def down() -> None:
            link("down")
            time.sleep(seconds)
            link("up")

        with self.trial(base.operation) as folder:
            ended, after = self.disturbed(base, folder, down)
            what = f"the link down for {seconds:.1f} s after {after:.3f} s"
            found, expected = len(invariants.devices(folder / DB)), len(base.result["devices"])
            if ended.status == 0 and found != expected:
                self.lost.append(f"{what}: status 0 with {found} of {expected} devices")
                return False
            return self.check(base, folder, ended, what)

    def lock(self, base: Undisturbed, seconds: float) -> bool:
        """Another program holds the database locked for some seconds."""
        with self.trial(base.operation) as folder:

            def hold() -> None:
                with closing(sqlite3.connect(folder / DB, isolation_level=None, timeout=5)) as db:
                    db.execute("BEGIN IMMEDIATE")
                    time.sleep(seconds)
                    db.execute("ROLLBACK")

            ended, after = self.disturbed(base, folder, hold)
            return self.check(base, folder, ended, f"locked for {seconds} s after {after:.3f} s")

    def clock(self, base: Undisturbed) -> bool:
        """The clock jumps between two runs, by decades into the past or the future, and back."""
        shift = self.random.choice((-56, -20, -1, 1, 20, 73)) * YEAR
        with self.trial(base.operation) as folder:
            ended = self.run(base.operation.words, folder, shift=shift)
            if faults := self.run(base.operation.words, folder, shift=-shift / 2).faults():
                self.lost += faults
            return self.check(base, folder, ended, f"the clock {shift / YEAR:+.0f} years")

    def together(self, base: Undisturbed, readers: int) -> bool:
        """The operation and its first repair write at once, while readers run one command after the other."""
        with self.trial(base.operation) as folder:
            end, failures = threading.Event(), list[str]()

            def read(number: int) -> None:
                words = (*READERS[number % len(READERS)], "--db", str(folder / DB))
                own = self.folder / f"reader{number}"
                own.mkdir(exist_ok=True)
                while not end.is_set():
                    failures.extend(self.run(words, own).faults((0,)))

            threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
            for thread in threads:
                thread.start()
            second = self.setting.copy(self.folder / f"second{self.number}")
            words = (*base.operation.repair[0], "--db", str(folder / DB))
            process = self.start(words, second)
            ended = self.run(base.operation.words, folder)
            failures += [*ended.faults((0,)), *commands.ended(process, words, second).faults((0,))]
            end.set()
            for thread in threads:
                thread.join()
            self.lost += [f"together: {one}" for one in failures]
            return self.check(base, folder, ended, "together") and not failures


#: What the readers run.
READERS: tuple[tuple[str, ...], ...] = (
    ("report", "noncompliant", "--format", "json"),
    ("export", "csv"),
    ("scans",),
    ("report", "changes", "--format", "csv"),
)


def _whole(name: str, content: bytes) -> bool:
    """Whether an output is complete, by its last bytes."""
    match name.rpartition(".")[2]:
        case "html":
            return content.rstrip().endswith(b"</html>")
        case "xlsx":
            return content.startswith(b"PK") and b"PK\x05\x06" in content[-30:]
        case _:
            return content.endswith(b"}\n")


#: A disturbance: what it is called, and how one trial of it runs.
Disturbance = tuple[str, Callable[[], bool]]
