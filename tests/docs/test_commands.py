"""Every command in the docs runs, in order, page by page; one that uses the network is only parsed or planned."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from scanner.cli.group import phonescan
from scanner.cli.names import COMMANDS
from tests.docs import material
from tests.nonempty import some
from tools.docs.commands import examples, walk

#: Exit statuses other than 0 that are expected with the sample data.
MAY_FIND = {"assess": {2}, "diff": {1}, "check": {1, 2}}
#: Tools whose commands are shown and not run: they change a machine, or reach others.
SHOWN_ONLY = re.compile(
    r"apt(-get)?|curl|docker|fuser|id|ip|journalctl|ln|make|man|nginx|nmap|ping|pip|python3?|set|setcap|snmp\w+|sysctl|"
    r"systemctl|systemd-\w+|tcpdump|lldp\w+|install|chmod|chown|mkdir|user(add|mod)|openssl|eval|soffice"
)
_OURS = re.compile(r"(?:^|[|;&(]\s*|\s)phonescan(?=\s|$)")


def words_of(command: str) -> list[str]:
    """The words after `phonescan` of a plain command: no redirection, no pipe behind it."""
    rest = command.partition("phonescan")[2].partition(")")[0]
    lexer = shlex.shlex(rest, posix=True, punctuation_chars="|<>;&")
    lexer.whitespace_split = True
    words = []
    for word in lexer:
        if set(word) <= set("|<>;&"):
            break
        words.append(word)
    return words


def touches_the_network(words: list[str]) -> bool:
    """Whether a command sends or listens when it runs."""
    match words:
        case ["scan", *rest]:
            return "--dry-run" not in rest
        case ["listen" | "switches" | "serve", *_] | ["demo", "farm", *_]:
            return True
        case ["schedule", "run" | "notify", *_]:
            return True
        case ["schedule", "systemd", *_]:  # a unit has no access to the folder of this test; tests/schedule runs them
            return True
        case ["export", "netbox", *rest]:
            return "--url" in rest
    return False


def parse(words: list[str]) -> None:
    """Parse as the command line does, and run nothing. Raises click's errors."""
    if words == ["--version"]:
        return
    command: click.Command = phonescan
    context = phonescan.make_context("phonescan", list(words))
    while isinstance(command, click.Group):
        left = [*context._protected_args, *context.args]
        if not left:
            return
        name, found, rest = command.resolve_command(context, left)
        assert found is not None, name
        context = found.make_context(name, rest, parent=context)
        command = found


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of files with an inventory of two scans; tests copy it."""
    world = tmp_path_factory.mktemp("docs") / "world"
    material.build_world(world)
    # the docs' third and fourth scan differ, as do the first and second
    for number, firmware in enumerate(("5.7.0.11768", "5.8.0.12848"), 1):
        name = world / "seen.jsonl"
        name.write_bytes(material.observations(firmware, f"2026-11-2{number}T02:00:00Z"))
        run(world, "phonescan read seen.jsonl")
    (world / "var/lib/phonescan/phonescan.sqlite").write_bytes((world / "phonescan.sqlite").read_bytes())
    return world


@pytest.fixture
def world(prepared: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of that folder."""
    place = tmp_path / "world"
    shutil.copytree(prepared, place)
    for settings in [*place.glob("*.toml"), *(place / "etc/phonescan").glob("*.toml")]:
        settings.write_text(settings.read_text().replace(str(prepared), str(place)))
    return place


def run(world: Path, command: str, accepted: frozenset[int] = frozenset({0})) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=world,
        env=material.environment(world),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in accepted, f"$ {command}\nexit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "a fault in phonescan itself" not in done.stderr, f"$ {command}\n{done.stderr}"
    return done


def tried(world: Path, command: str) -> None:
    """Run one command of the docs, as far as it can be run here."""
    command = material.here(command.removeprefix("sudo "), world)
    first = command.split()[0].rpartition("/")[2]
    calls = [words_of(command[match.start() :]) for match in _OURS.finditer(command)]
    if SHOWN_ONLY.fullmatch(first):
        calls = [words for words in calls if words and words[0] in COMMANDS]
    for words in calls:
        parse(words)
    if SHOWN_ONLY.fullmatch(first):
        return
    if not calls:
        assert first == "sqlite3", f"$ {command}: add {first} to SHOWN_ONLY, or run it"
        if shutil.which("sqlite3"):
            run(world, command)
        return
    if any(touches_the_network(words) for words in calls):
        (words,) = calls
        if words[0] == "scan" and not any(word.startswith("--resume") for word in words):
            run(world, f"phonescan {shlex.join([*words, '--dry-run'])}")
        return
    fails = any("--fail-on" in words for words in calls)
    more = MAY_FIND.get(calls[0][0] if calls[0] else "", set()) | ({1} if fails else set())
    run(world, command, frozenset({0, *more}))


def pages_with_commands() -> list[Path]:
    return [page for page in material.pages() if material.commands(page)]


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("page", pages_with_commands(), ids=lambda page: str(page.relative_to(material.ROOT)))
def test_every_command_of_a_page_runs(page: Path, world: Path) -> None:
    for command in material.commands(page):
        tried(world, command)


def test_every_example_in_a_help_text_can_be_parsed() -> None:
    for context in walk():
        lines = [line for line in examples(context.command) if "phonescan " in line]
        assert lines, f"`{context.command_path} --help` has no example"
        for line in lines:
            for match in _OURS.finditer(line):
                parse(words_of(line[match.start() :]))


def test_an_unknown_command_or_option_is_an_error() -> None:
    with pytest.raises(click.UsageError):
        parse(["report", "noncompliant", "--fromat", "csv"])
    with pytest.raises(click.UsageError):
        parse(["schedule", "rnu"])
    assert touches_the_network(words_of("sudo phonescan scan 10.1.2.0/24 > x"))
    assert not touches_the_network(words_of("phonescan export csv | head"))


def test_every_command_of_a_page_is_in_a_console_block() -> None:
    """A `phonescan …` line in a shell block without a `$` would escape these tests."""
    shell = [block.name for block in material.blocks("sh", "bash", "shell") if "phonescan" in block.text]
    assert shell == [], "write it as console with $"
    command = re.compile(r"^phonescan (?!\S+:)\w+", re.M)
    plain = [block.name for block in some(material.blocks("text", "")) if command.search(block.text)]
    assert plain == [], "write it as console with $"
