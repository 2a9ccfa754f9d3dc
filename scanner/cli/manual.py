"""The man page, made from the commands themselves: `python -m scanner.cli.manual docs/phonescan.1`.

roff as in man(7). A test holds the page in `docs/` against what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from scanner.cli.group import phonescan
from scanner.version import __version__

EXITS = (
    ("0", "done"),
    ("1", "done, and --fail-on found what it names, or diff a difference"),
    ("2", "wrong usage or settings"),
    ("3", "done in part; what was missed is said"),
    ("4", "could not run: no such file, database locked or damaged, no permission"),
)
VARIABLES = (
    ("PHONESCAN_DB", "the inventory, where --db does not name it"),
    ("PHONESCAN_CONFIG", "the settings, where --config does not name them"),
    ("PHONESCAN_DEBUG", "with 1, an unexpected error shows its traceback"),
    ("NO_COLOR", "set to anything, no colour is used"),
    ("COLUMNS", "the width of tables"),
)
FILES = (
    ("phonescan.toml", "the settings"),
    ("phonescan.sqlite", "the inventory, an SQLite database"),
)


def page() -> str:
    """The whole man page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH PHONESCAN 1 "" "phonescan {__version__}" "User Commands"'
    yield ".SH NAME"
    yield r"phonescan \- know every IP phone on a network, and whether its firmware is the one that was certified"
    yield ".SH SYNOPSIS"
    yield r"\fBphonescan\fR \fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]"
    yield ".SH DESCRIPTION"
    yield _text(phonescan.help or "")
    yield ".SH COMMANDS"
    with click.Context(phonescan, info_name="phonescan") as top:
        for name in phonescan.list_commands(top):
            if command := phonescan.get_command(top, name):
                yield from _command(command, top, name)
    yield ".SH EXIT STATUS"
    yield from _pairs(EXITS)
    yield ".SH ENVIRONMENT"
    yield from _pairs(VARIABLES)
    yield ".SH FILES"
    yield from _pairs(FILES)


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent) as context:
        usage = " ".join(command.collect_usage_pieces(context))
        yield f".SS {_text(context.command_path)} {_text(usage)}"
        for paragraph in (command.help or "").split("\n\n"):
            if "\b" in paragraph:
                yield ".nf"
                yield from (_text(line) for line in paragraph.replace("\b", "").strip("\n").splitlines())
                yield ".fi"
            else:
                yield _text(" ".join(paragraph.split()))
            yield ".PP"
        for parameter in command.get_params(context):
            record = parameter.get_help_record(context)
            if record and record[1] and "--help" not in parameter.opts:
                yield ".TP"
                yield rf"\fB{_text(record[0])}\fR"
                yield _text(" ".join(record[1].split()))
        for line in _examples(command):
            yield ".PP"
            yield ".EX"
            yield _text(line)
            yield ".EE"
        if isinstance(command, click.Group):
            for each in command.list_commands(context):
                if sub := command.get_command(context, each):
                    yield from _command(sub, context, each)


def _examples(command: click.Command) -> list[str]:
    return [line.strip() for line in (command.epilog or "").splitlines() if line.startswith("  ")]


def _pairs(pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, text in pairs:
        yield ".TP"
        yield rf"\fB{_text(name)}\fR"
        yield _text(text)


def _text(text: str) -> str:
    """Text that roff shows as it is: backslashes and hyphens escaped, no line that begins as a request."""
    escaped = (
        text.replace("\\", r"\e").replace("-", r"\-").replace("’", r"\(cq").replace("→", r"\(->").replace("…", "...")
    )
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
