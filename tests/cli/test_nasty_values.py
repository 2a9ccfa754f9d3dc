"""Every option and argument of every command, found by introspection, with values that end programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from scanner.cli.group import phonescan
from scanner.cli.shared.bounded_command import BoundedCommand
from scanner.core.errors import PhonescanError
from tests.cli.conftest import CERTIFIED, OUTDATED, lines
from tests.nasty import NUMBERS, SOME_NUMBERS, SOME_TEXTS, TEXTS

#: Arguments with which a command runs, by their names.
ARGUMENTS = {
    "targets": "127.0.0.1", "interface": "lo", "target": "127.0.0.1", "files": "rows.jsonl", "report": "inventory",
    "format": "csv", "device": "198.18.0.5", "scan_a": "1", "scan_b": "1", "old": "teams", "page": "page.md",
    "name": "nightly", "group": "g00000000", "shell": "bash", "facts": "sip.user-agent=x",
    "folder": ".",
}  # fmt: skip
#: Words that a command needs besides, or that keep it from sending.
BESIDES = {
    "scan": ["--dry-run"], "listen": ["--for", "1"], "schedule systemd": ["-o", "units"],
    "schedule notify": ["--test"], "export": ["--dry-run"], "watch": ["--once"],
}  # fmt: skip
#: Options of all commands: the whole table is tried with one command alone.
SHARED = ("db", "config", "recog", "path")
OF_ALL = "scans"
#: What would send, serve, listen or read for long; the values are converted and checked before.
ENDLESS = (
    "scanner.web.server.serve", "scanner.app.listen.listen", "scanner.app.switch_scan.scan",
    "scanner.app.watching.FolderWatch.look",
    "scanner.schedule.run.run_until_stopped", "scanner.testing.run_farm", "scanner.identity.check.check",
)  # fmt: skip


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    with click.Context(command) as context:
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from leaves(found, (*path, name))


COMMANDS = dict(leaves(phonescan))


@pytest.fixture
def inventory(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an inventory, settings, a page and a file of observations."""
    (here / "rows.jsonl").write_text(lines([OUTDATED, CERTIFIED]))
    (here / "phonescan.toml").write_text('[[scan]]\nname = "nightly"\ntargets = ["127.0.0.1"]\ncron = "0 2 * * *"\n')
    (here / "page.md").write_text("| Vendor | Model | Firmware |\n|---|---|---|\n| Yealink | T58A | 58.15.0.20 |\n")
    assert CliRunner().invoke(phonescan, ["read", "rows.jsonl"]).exit_code == 0

    def stopped(*_: object, **__: object) -> None:
        raise PhonescanError("stopped by the test")

    for name in ENDLESS:
        monkeypatch.setattr(name, stopped)
    return here


def tried(name: str) -> Iterator[list[str]]:
    """The words of each call of a command: one value of the table in the place of one option or argument."""
    command = COMMANDS[name]
    given = {param.name: ARGUMENTS[param.name or ""] for param in command.params if _given(name, param)}
    for param in command.params:
        for value in _values(name, param):
            if isinstance(param, click.Argument):
                words = {**given, param.name: value}
                yield [*name.split(), *BESIDES.get(name, []), "--", *words.values()]
            elif param.name == "resume":
                yield [*name.split(), f"--resume={value}"]
            else:
                option = [f"{param.opts[-1]}={value}"] if param.opts[-1].startswith("--") else [param.opts[-1], value]
                yield [*name.split(), *BESIDES.get(name, []), *option, *given.values()]


def _given(name: str, param: click.Parameter) -> bool:
    return isinstance(param, click.Argument) and (param.required or name in ("scan", "identify"))


def _values(name: str, param: click.Parameter) -> tuple[str, ...]:
    if getattr(param, "is_flag", False) or getattr(param, "count", False):
        return ()
    if isinstance(param.type, click.Choice) or (param.name in SHARED and name != OF_ALL):
        return SOME_TEXTS
    if isinstance(param.type, (click.types.IntParamType, click.types.FloatParamType)):
        return NUMBERS + SOME_TEXTS
    return TEXTS + SOME_NUMBERS


def survived(ended: Result) -> bool:
    """Whether a command ended as the contract says, with a sentence."""
    unexpected = ended.exception is not None and not isinstance(ended.exception, SystemExit)
    faulty = any(words in ended.output for words in ("fault in phonescan", "Traceback"))
    return ended.exit_code in range(5) and not unexpected and not faulty


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.usefixtures("inventory")
def test_a_command_survives_every_value_of_every_option_and_argument(name: str) -> None:
    calls = list(tried(name))
    assert calls
    runner = CliRunner()
    lost: list[Any] = []
    for words in calls:
        ended = runner.invoke(phonescan, words)
        if not survived(ended):
            lost.append(([word[:60] for word in words], ended.exit_code, ended.output[-300:]))
    assert not lost, f"{len(lost)} of {len(calls)}: {lost[:5]}"


def test_every_command_bounds_its_parameters() -> None:
    assert len(COMMANDS) > 20
    assert [name for name, command in COMMANDS.items() if not isinstance(command, BoundedCommand)] == []


def test_a_message_repeats_no_long_argument(inventory: Path) -> None:
    for words in (
        ["scans", "--limit", "9" * 100_000],
        ["scan", "x" * 100_000, "--dry-run"],
        ["identify", "y" * 100_000],
    ):
        ended = CliRunner().invoke(phonescan, words)
        assert ended.exit_code == 2
        assert len(ended.output) < 2_000, words[0]
