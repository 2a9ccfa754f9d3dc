"""Real processes whose terminal is closed, or which SIGTERM or SIGHUP ends: each stores what it has."""

from __future__ import annotations

import errno
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.cli.shared import progress
from scanner.cli.shared.messages import print_message, write_diagnostic
from tests.cli.conftest import OUTDATED
from tests.loopback import own

pytestmark = [pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
START = ["-m", "scanner"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
#: Seconds after which a command counts as one that does not end.
LONGEST = 60
UNUSED = own("127.71.9.1-250")
#: Observations in a file that is read for some seconds.
ROWS = 200_000
#: Commands, and what each shows on its terminal when it has begun.
WORK = {
    "a scan with a bar": (["scan", UNUSED, "--rate", "20"], b"UDP probes"),
    "a scan with JSON": (["scan", UNUSED, "--rate", "20", "--progress", "json"], b'"found":1'),
    "walks": (["switches", UNUSED], b"no-answer"),
    "reading": (["read", "rows.jsonl"], b"observations"),
}


def outcome(folder: Path) -> str:
    """The outcome of the last scan, as the next command lists it."""
    done = subprocess.run(
        [sys.executable, *START, "scans", "--db", "x.sqlite", "--format", "json"],
        cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return str(json.loads(done.stdout)[0]["outcome"])


@pytest.mark.parametrize("work", WORK)
def test_a_closed_terminal_ends_a_command_in_part(work: str, tmp_path: Path) -> None:
    words, begun = WORK[work]
    (tmp_path / "rows.jsonl").write_text((json.dumps(OUTDATED) + "\n") * ROWS)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, [sys.executable, *START, *words, "--db", "x.sqlite"], ENVIRONMENT)
    try:
        shown = b""
        while begun not in shown:
            assert select.select([terminal], [], [], LONGEST)[0], shown
            shown += os.read(terminal, 65_536)
    finally:
        os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 3
    assert outcome(tmp_path) == "interrupted"


WAITS = """
import signal, sys, time
from scanner.cli import group, main
from scanner.core import saving
from pathlib import Path
def wait(*_):
    with saving.replacing(Path("report.csv")) as stream:
        stream.write(b"half")
        print("ready", flush=True)
        time.sleep(60)
group.phonescan.main = lambda words: sys.exit(group.exit_status_of(wait))
main.main(["report"])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_any_command_and_leaves_nothing_half_written(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=LONGEST)
    assert (process.returncode, err, list(tmp_path.iterdir())) == (3, b"phonescan: interrupted\n", [])


IGNORED = """
import os, signal
from scanner.cli.shared.signals import interruptible, stopping
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with interruptible(), stopping("the work") as stop:
    os.kill(os.getpid(), signal.SIGHUP)
    print(stop.is_set())
    os.kill(os.getpid(), signal.SIGTERM)
    print(stop.is_set())
"""


def test_a_hangup_stays_ignored_under_nohup() -> None:
    done = subprocess.run([sys.executable, "-c", IGNORED], env=ENVIRONMENT, capture_output=True, text=True)
    assert done.stdout == "False\nTrue\n"


class Closed(io.StringIO):
    """A terminal that was closed."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")

    def flush(self) -> None:
        raise OSError(errno.EIO, "Input/output error")


def test_what_a_closed_terminal_does_not_take_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before the signal about it is received."""
    monkeypatch.setattr(sys, "stderr", Closed())
    monkeypatch.setenv("TERM", "xterm")
    done = 0.0
    with progress.bar("reading") as advance:
        assert advance is not progress._hidden
        for done in (1.0, 2.0):
            advance(done, 2.0, "rows")
            print_message("a message above the bar")
    write_diagnostic("of no bar")
    assert done == 2.0
