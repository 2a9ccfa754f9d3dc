"""The command group: names, help, exit statuses and start-up time."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from scanner.cli.group import exit_status_of, phonescan
from scanner.cli.names import COMMANDS, present
from scanner.core import errors as core_errors
from scanner.core.errors import PhonescanError, UsageError
from scanner.settings import secrets
from scanner.version import __version__
from tests.loopback import own
from tests.namespaces import wait_until
from tests.programs import running

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, check=True
    )
    return done.stdout


def all_commands() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []

    def walk(path: str, command: click.Command, parent: click.Context) -> None:
        found.append((path, command))
        if isinstance(command, click.Group):
            with click.Context(command, info_name=path, parent=parent) as context:
                for name in command.list_commands(context):
                    each = command.get_command(context, name)
                    assert each is not None
                    walk(f"{path} {name}", each, context)

    with click.Context(phonescan, info_name="phonescan") as top:
        for name in phonescan.list_commands(top):
            command = phonescan.get_command(top, name)
            assert command is not None
            walk(name, command, top)
    return found


def test_every_command_shows_an_example_in_its_help() -> None:
    for path, _ in all_commands():
        ended = CliRunner().invoke(phonescan, [*path.split(), "--help"])
        assert ended.exit_code == 0, path
        example = "eval" if path == "completion" else f"phonescan {path.split()[0]}"
        assert f"Example:\n    {example}" in ended.stdout, path


def test_every_command_that_needs_an_inventory_can_be_given_one() -> None:
    without = {"completion", "demo farm", "catalog", "fingerprints", "schedule"}
    for path, command in all_commands():
        names = {name for parameter in command.params for name in parameter.opts}
        assert ("--db" in names) is (path not in without), path
        assert ("--db" in names) == ("--config" in names), path


def test_no_option_takes_nan_or_an_infinite_number() -> None:
    numbers = [
        (name, option, option.type)
        for name, command in all_commands()
        for option in command.params
        if isinstance(option.type, click.types.FloatParamType)
    ]
    assert len(numbers) >= 3
    for _, option, kind in numbers:
        for text in ("nan", "inf", "-inf"):
            with pytest.raises(click.BadParameter):
                kind.convert(text, option, None)


def test_the_overview_lists_the_installed_commands(run: Any) -> None:
    ended = run("--help")
    assert ended.status == 0
    for name in present():
        assert f"\n  {name} " in ended.out


def test_version_is_printed_before_anything_is_imported() -> None:
    code = (
        "import sys\nfrom scanner.cli.main import main\nmain(['--version'])\n"
        "print(sorted({'click', 'msgspec', 'rich'} & set(sys.modules)))"
    )
    assert python(code).splitlines() == [f"phonescan {__version__}", "[]"]


def test_help_imports_no_command() -> None:
    code = (
        "import sys\nfrom scanner.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in sys.modules if m in ('msgspec', 'scanner.cli.commands.scan', 'scanner.settings', 'rich')])"
    )
    assert python(code).splitlines()[-1] == "[]"


def test_no_command_imports_heavy_packages_before_it_is_called() -> None:
    code = (
        "import sys, importlib\n"
        "for name in sys.argv[1:]: importlib.import_module(f'scanner.cli.{name}')\n"
        "heavy = 'scapy zeroconf pysnmp requests sqlite_utils rich jinja2'.split()\n"
        "print(sorted(set(sys.modules) & set(heavy)))"
    )
    modules = [COMMANDS[name][0] for name in present()]
    assert python(code, *modules).splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no-such-command"], "unknown command 'no-such-command'"),
        (["reprot"], "did you mean 'report'?"),
        (["report"], "missing argument"),
        (["report", "no-such-report"], "is not one of"),
        (["scans", "--limit", "none"], "invalid value for '--limit'"),
        (["identify", "--no-such-option"], "no such option"),
        (["catalog", "no-such-thing"], "no such command"),
    ],
)
def test_wrong_usage_is_one_line_and_exits_2(run: Any, words: list[str], says: str) -> None:
    ended = run(*words)
    assert ended.status == 2
    assert says.lower() in ended.err.lower()
    assert len(ended.err.splitlines()) == 1
    assert ended.out == ""


def _raise(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error

    return run


#: Every error of the tree in `core/errors.py`, the root included.
ERRORS = [
    error for error in vars(core_errors).values() if isinstance(error, type) and issubclass(error, PhonescanError)
]

#: Error → exit status, as drawn at the head of `core/errors.py`.
DRAWN = {
    name: 4 if status == "–" else int(status)
    for name, status in re.findall(r"^[│├└─ ]*(\w+Error) +(\d|–)  ", core_errors.__doc__ or "", re.MULTILINE)
}


def test_the_drawing_of_the_error_tree_has_every_error() -> None:
    assert {error.__name__: error.exit_status for error in ERRORS} == DRAWN


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_each_error_has_its_exit_status_and_one_sentence(
    error: type[PhonescanError], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status_of(_raise(error("x.toml, line 3: wrong"))) == DRAWN[error.__name__]
    out, err = capsys.readouterr()
    assert re.fullmatch(r"phonescan: x\.toml, line 3: wrong( at offset 0)?\n", err)
    assert out == ""


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (click.UsageError("no such option"), 2, "no such option"),
        (click.FileError("x.txt", "gone"), 4, "x.txt"),
        (KeyboardInterrupt(), 3, "interrupted"),
        (click.Abort(), 3, "interrupted"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/nowhere"), 4, "/nowhere: No such file"),
        (OSError(errno.ENOSPC, "No space left on device"), 4, "No space left on device"),
        (ZeroDivisionError("division by zero"), 4, "a fault in phonescan itself (ZeroDivisionError"),
    ],
)
def test_each_exception_has_its_exit_status_and_one_sentence(
    error: BaseException, status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status_of(_raise(error)) == status
    out, err = capsys.readouterr()
    assert says in err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    assert out == ""


def test_a_reader_that_closes_the_pipe_is_the_normal_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status_of(_raise(BrokenPipeError(errno.EPIPE, "Broken pipe"))) == 0
    assert capsys.readouterr().err == ""


def test_a_closed_pipe_leaves_no_traceback() -> None:
    code = "from scanner.cli.main import main\nmain(['fingerprints', 'show', 'cisco'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with running([sys.executable, "-c", code], env=environment, **pipes) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_the_null_device(closed: str, tmp_path: Path) -> None:
    for words, status in (
        ("catalog list -o rows.json", 0),
        ("catalog list", 0),
        ("nope", 2),
        ("explain x --db none", 4),
    ):
        command = f"exec {sys.executable} -c 'from scanner.cli.main import main; main()' {words} {closed}"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (done.returncode, "fault" in done.stderr, done.stdout if ">&-" in closed[:3] else "") == (
            status,
            False,
            "",
        )


def has_begun(db: Path) -> bool:
    """Whether an inventory has a scan: before it, fingerprints are read, which takes its time on a busy machine."""
    try:
        with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("SELECT count(*) FROM scans").fetchone()[0])
    except sqlite3.OperationalError:
        return False


@pytest.mark.network
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["listen", "lo", "--for", "120"], marks=pytest.mark.root),
        ["switches", own("127.64.9.0/28"), "--port", "16199", "--pace", "gentle"],
    ],
    ids=["listen", "switches"],
)
def test_a_signal_ends_a_long_command_in_part(words: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "scanner", *words, "--db", "x.sqlite"]
    with (
        ExitStack() as agents,
        running(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=tmp_path) as process,
    ):
        for last in range(1, 15):  # agents that do not respond, without an ICMP error
            agents.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(
                (own(f"127.64.9.{last}"), 16199)
            )
        wait_until("its work has begun", lambda: has_begun(tmp_path / "x.sqlite"))
        process.send_signal(signal.SIGTERM)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 3, told
    assert "; once more to stop at once" in told
    assert "0 devices out of 0 observations" in told


def test_debugging_keeps_the_traceback_of_an_unexpected_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHONESCAN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        exit_status_of(_raise(ZeroDivisionError()))


def test_a_message_contains_no_terminal_escape_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    secrets.hide("hunter2hunter2")
    exit_status_of(_raise(UsageError("bad \x1b[31m name \u202e with hunter2hunter2")))
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert "hunter2" not in err


def test_a_command_without_a_number_ends_with_0_and_a_status_is_passed_on() -> None:
    assert exit_status_of(lambda: None) == 0
    assert exit_status_of(lambda: 3) == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(run: Any, shell: str) -> None:
    ended = run("completion", shell)
    assert ended.status == 0
    assert "_PHONESCAN_COMPLETE" in ended.out


def test_the_shell_completes_the_names_of_commands() -> None:
    code = "from scanner.cli.main import main\nmain([])"
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "_PHONESCAN_COMPLETE": "bash_complete", "COMP_WORDS": "phonescan re",
        "COMP_CWORD": "1",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert {line.split(",")[1] for line in done.stdout.splitlines()} == {"read", "report"}
