"""Commands on machines with little memory, few descriptors or threads, and signals while something blocks them."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.app import file_reading
from scanner.cli.shared.plugin_command import PluginCommand
from scanner.reading import Item
from scanner.testing import Farm, SimulatedPhone, catalogue
from scanner.testing.ports import unprivileged
from tests.loopback import own

pytestmark = [
    pytest.mark.network,
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("prlimit"), reason="needs prlimit of util-linux"),
]

#: Seconds after which a command counts as one that does not end.
LONGEST = 60
NUMBER = 30
SETTINGS = "[network]\nports.snmp = [1161]\nports.http = [8080]\nports.sip = [5060]\n"
LIMITS = ["--nofile=8:8", "--nofile=20:20", "--nofile=40:40", "--as=100000000", "--as=200000000"]


@pytest.fixture(scope="module")
def phones() -> Iterator[list[SimulatedPhone]]:
    chosen = unprivileged(catalogue("127.0.0.0/8"))[:NUMBER]
    placed = [dataclasses.replace(phone, ip=own(f"127.64.40.{n}")) for n, phone in enumerate(chosen, 1)]
    with Farm(placed):
        yield placed


def targets() -> str:
    return own(f"127.64.40.1-{NUMBER}")


@contextmanager
def started(folder: Path, *words: str, limit: str = "--core=0") -> Iterator[subprocess.Popen[str]]:
    (folder / "phonescan.toml").write_text(SETTINGS)
    process = subprocess.Popen(
        ["prlimit", limit, sys.executable, "-m", "scanner", *words],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()


def run(folder: Path, *words: str, limit: str = "--core=0") -> tuple[int, str, str]:
    with started(folder, *words, limit=limit) as process:
        out, err = process.communicate(timeout=LONGEST)
    return process.returncode, out, err


def observed(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "x.sqlite")) as database:
        return {row[0] for row in database.execute("SELECT DISTINCT ip FROM inventory")}


@pytest.fixture(scope="module")
def whole(phones: list[SimulatedPhone], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inventory of a scan without limits."""
    folder = tmp_path_factory.mktemp("whole")
    assert run(folder, "scan", targets(), "--pace", "fast", "--db", "x.sqlite")[0] == 0
    return folder


@pytest.mark.parametrize("limit", LIMITS)
def test_a_scan_with_few_resources_covers_every_host_or_says_in_a_sentence_why_not(
    limit: str, whole: Path, tmp_path: Path
) -> None:
    status, _, err = run(tmp_path, "scan", targets(), "--pace", "fast", "--db", "x.sqlite", limit=limit)
    assert status in (0, 3, 4)
    assert "Traceback" not in err
    assert "fault in phonescan" not in err
    if status == 0:
        assert observed(tmp_path) == observed(whole)
    elif status == 4:
        assert len(err.splitlines()) <= 2


COMMANDS = [
    ("report", "--db", "x.sqlite"),
    ("export", "csv", "--db", "x.sqlite"),
    ("check", "--db", "x.sqlite"),
    ("read", "phonescan.toml", "--db", "y.sqlite"),
    ("listen", "--seconds", "1", "--db", "y.sqlite"),
]


@pytest.mark.parametrize("limit", ["--nofile=8:8", "--as=100000000"])
@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
def test_a_command_with_few_resources_ends_without_a_traceback(words: tuple[str, ...], limit: str, whole: Path) -> None:
    status, _, err = run(whole, *words, limit=limit)
    assert 0 <= status <= 4
    assert "Traceback" not in err
    assert "fault in phonescan" not in err


def test_a_demo_without_descriptors_for_its_devices_ends_with_one_sentence(tmp_path: Path) -> None:
    status, _, err = run(tmp_path, "demo", "--db", "d.sqlite", limit="--nofile=24:24")
    assert (status, len(err.splitlines())) == (4, 1)
    assert "too many open files" in err


def test_serve_refuses_to_start_where_its_pages_would_fail(whole: Path) -> None:
    status, _, err = run(whole, "serve", "--port", "0", "--db", "x.sqlite", limit="--nofile=12:12")
    assert (status, len(err.splitlines())) == (4, 1)
    assert "too many open files" in err


SHORT = """
from scanner.cli import group, main
def fail(*_):
    raise {error}
group.phonescan.main = fail
main.main(["report"])
"""
SHORTAGES = [
    ("MemoryError", "memory is short"),
    ("OSError(24, 'Too many open files')", "too many open files"),
    ("SystemError('error return without exception set')", "memory is short"),
]


@pytest.mark.parametrize(("error", "sentence"), SHORTAGES)
def test_a_shortage_while_an_error_is_reported_is_one_sentence(error: str, sentence: str) -> None:
    done = subprocess.run([sys.executable, "-c", SHORT.format(error=error)], capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (4, 1)
    assert sentence in done.stderr


def test_a_shortage_is_an_unknown_state_and_not_a_fault() -> None:
    def fail() -> None:
        raise MemoryError

    done = CliRunner().invoke(PluginCommand("check", callback=fail))
    assert (done.exit_code, done.output[:25]) == (3, "UNKNOWN: memory is short:")


def test_a_reader_without_memory_is_no_fault_of_the_file() -> None:
    def items() -> Iterator[Item]:
        raise MemoryError
        yield

    problems: list[tuple[str, bool]] = []
    assert not list(file_reading._observations(items(), lambda text, wanted: problems.append((text, wanted))))
    assert [(text[:46], wanted) for text, wanted in problems] == [
        ("the rest of the file is not read: memory is sh", True)
    ]


#: A command, and a worker process whose engine has ended.
STACKS = {
    "a command": "from scanner.cli.main import main\nmain(['completion', 'bash'])",
    "a worker": (
        "import os, socket\nfrom scanner.engine.workers.child import serve\nos._exit = sys.exit\n"
        "ours, theirs = socket.socketpair()\ntheirs.close()\nserve(ours.detach())"
    ),
}


@pytest.mark.parametrize("program", STACKS.values(), ids=STACKS)
def test_threads_have_small_stacks(program: str) -> None:
    at_end = "atexit.register(lambda: print(threading.stack_size(), file=sys.stderr))"
    code = f"import atexit, sys, threading\n{at_end}\n{program}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONGEST)
    assert done.stderr == "524288\n"


BLOCKED = """
import ctypes, sys, threading
from scanner.cli.shared import signals
mutex, lock = (ctypes.c_char * 64)(), threading.Lock()
ways = {
    "a call of the C library": lambda: [ctypes.CDLL(None).pthread_mutex_lock(mutex) for _ in "ab"],
    "a lock": lambda: [lock.acquire() for _ in "ab"],
    "work without end": lambda: any(None for _ in iter(int, 1)),
}
if sys.argv[2] == "2":  # the time after the first signal does not end it
    signals.PATIENCE = 1e6
with signals.stopping("the work"):
    print("ready", flush=True)
    ways[sys.argv[1]]()
"""
WAYS = ["a call of the C library", "a lock", "work without end"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("number", "times"), [(signal.SIGTERM, 1), (signal.SIGINT, 2)])
def test_a_signal_ends_a_command_that_something_blocks(way: str, times: int, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BLOCKED, way, str(times)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.1)
        _, err = process.communicate(timeout=LONGEST)
    if times == 1:
        assert process.returncode == 3
        assert "what was stored is kept" in err
    else:
        assert process.returncode in (-signal.SIGINT, 3)  # KeyboardInterrupt, where the main thread can run


WAITS = """
import ctypes
import sys
from scanner.cli import group, main
from scanner.cli.shared import signals
mutex = (ctypes.c_char * 64)()
if sys.argv[1] == "2":
    signals.PATIENCE = 1e6
def wait(*_):
    print("ready", flush=True)
    for _ in "ab":
        ctypes.CDLL(None).pthread_mutex_lock(mutex)
group.phonescan.main = wait
main.main(["report"])
"""


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_ends_any_command_that_something_blocks(times: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, str(times)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            for _ in range(times):
                process.send_signal(signal.SIGINT)
                time.sleep(0.1)
            _, err = process.communicate(timeout=LONGEST)
        finally:
            process.kill()
    assert (process.returncode, err) == (3, "phonescan: interrupted\n")


SET_NAME = """
from scanner.cli.group import exit_status_of
class Field:
    def __set_name__(self, *_):
        raise KeyboardInterrupt
def run():
    class Record:
        field = Field()
raise SystemExit(exit_status_of(run))
"""


def test_an_interrupt_within_an_import_is_no_fault() -> None:
    done = subprocess.run([sys.executable, "-c", SET_NAME], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (3, "phonescan: interrupted\n")


def test_a_scan_that_waits_for_a_lock_ends_by_a_signal_and_can_be_resumed(
    phones: list[SimulatedPhone], tmp_path: Path
) -> None:
    words = ("scan", own("127.64.40.0-127.64.40.255"), "--rate", "300", "--db", "x.sqlite")
    with started(tmp_path, *words, "--progress", "json") as process:
        assert process.stderr is not None
        while '"found":0' in (line := process.stderr.readline()):
            assert line
        with closing(sqlite3.connect(tmp_path / "x.sqlite", timeout=LONGEST)) as database:
            database.execute("BEGIN IMMEDIATE")
            process.send_signal(signal.SIGTERM)
            process.wait(LONGEST)
    assert process.returncode in (3, 4)
    status, _, err = run(tmp_path, "scan", "--resume", "--db", "x.sqlite", "--rate", "20000")
    assert (status, "Traceback" in err) == (0, False)
    assert len(observed(tmp_path)) >= NUMBER // 2
