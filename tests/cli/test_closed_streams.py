"""Real processes whose standard output or error is closed, full or a pipe without a reader, in the locale C."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.cli.shared.progress import bar
from tests.cli.conftest import OUTDATED, lines

ENDINGS = (
    "| head -c 1 > /dev/null",
    ">&-",
    "2>&-",
    ">&- 2>&-",
    "> /dev/full",
    "2> /dev/full",
    "> /dev/full 2>&1",
    "<&- >&- 2>&-",
)
COMMANDS = (
    "report inventory", "report inventory --format xlsx", "export observations", "explain 198.18.0.5",
    "scans --limit 0", "identify sip.user-agent=x",
    "check", "check --warning nan", "--help", "no-such-command", "read rows.jsonl",
)  # fmt: skip
#: A name, a path and a value in bytes that are not UTF-8.
UNDECODABLE = (
    "report inventory --site $'\\xff'",
    "scans --db $'\\xff.sqlite'",
    "read $'\\xff.jsonl'",
    "explain $'\\xff'",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rows.jsonl").write_text(lines([{**OUTDATED, "value": "PolycomVVX-VVX_411-UA/5.8.3.3066 \u4e2d"}]))
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff.jsonl")).write_text(lines([OUTDATED]))
    assert ended(tmp_path, "read rows.jsonl")[0] == 0
    return tmp_path


def ended(folder: Path, words: str) -> tuple[int, str]:
    """The exit status of a command line of a shell, and all that it wrote."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PS": sys.executable}
    environment.pop("PYTHONUNBUFFERED", None)  # a buffer that cannot be written is flushed again at the end
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$PS" -m scanner {words}'], cwd=folder, env=environment, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def is_orderly(status: int, text: str) -> bool:
    words = ("fault in phonescan", "Traceback", "Exception ignored", "[Errno")
    return status in range(5) and not any(one in text for one in words)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_stream_that_takes_nothing_is_no_fault(folder: Path, ending: str) -> None:
    at = ENDINGS.index(ending)
    for words in COMMANDS[at % 3 :: 3]:  # each ending with a third of the commands, each command with most endings
        status, text = ended(folder, f"{words} {ending}")
        assert is_orderly(status, text), (words, status, text)


def test_bytes_that_are_not_text_are_no_fault(folder: Path) -> None:
    for words in UNDECODABLE:
        status, text = ended(folder, words)
        assert is_orderly(status, text), (words, status, text)
    assert ended(folder, "read $'\\xff.jsonl'")[0] == 0
    assert ended(folder, "scans --db $'\\xff.sqlite'")[0] == 4


def test_variables_of_any_content_are_no_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("PHONESCAN_DB", "PHONESCAN_CONFIG", "COLUMNS", "_PHONESCAN_COMPLETE")
    for value in ("\udcff", "9" * 5000, "bash_complete"):
        for count in (1, 3, 4):
            with monkeypatch.context() as patch:
                for name in names[:count]:
                    patch.setenv(name, value)
                status, text = ended(folder, "scans --limit 2")
            assert is_orderly(status, text), (names[:count], value, status, text)


class ClosedTerminal(io.StringIO):
    """Standard error whose terminal is closed, before SIGHUP arrives."""

    refused = 0

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.refused += 1
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_bar_on_a_closed_terminal_does_not_end_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := ClosedTerminal())
    with bar("scanning") as advance:
        advance(1.0, 2.0, "UDP probes")
    assert terminal.refused
