"""The man page, from the commands: `python -m tools.docs.man docs/phonescan.1`.

roff as in man(7). click-man writes a page for each command and leaves out commands that are loaded by name, examples,
exit statuses and environment; this is one page with all of them. A test compares docs/phonescan.1 with it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from scanner.version import __version__
from tools.docs.commands import ROOT, examples, walk
from tools.docs.meanings import ENVIRONMENT, EXITS

_ROFF = {"\\": r"\e", "-": r"\-", "’": r"\(cq", "→": r"\(->", "…": "..."}
_FILES = {"phonescan.toml": "the settings", "phonescan.sqlite": "the inventory, an SQLite database"}


def page() -> str:
    """The whole man page."""
    lines = [
        f'.TH PHONESCAN 1 "" "phonescan {__version__}" "User Commands"',
        ".SH NAME",
        f"phonescan \\- {_text(ROOT.command.get_short_help_str(200))}",
        ".SH SYNOPSIS",
        r"\fBphonescan\fR \fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]",
        ".SH COMMANDS",
    ]
    for context in walk():
        lines += _command(context.command, context)
    for title, pairs in (("EXIT STATUS", EXITS), ("ENVIRONMENT", ENVIRONMENT), ("FILES", _FILES)):
        lines += [f".SH {title}", *_definitions((str(name), text.replace("`", "")) for name, text in pairs.items())]
    return "\n".join(lines) + "\n"


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS {_text(context.command_path)} {_text(usage)}"
    for paragraph in (command.help or "").split("\n\n"):
        if "\b" in paragraph:  # click's mark for text that is not to be wrapped
            yield from (".nf", *map(_text, paragraph.replace("\b", "").strip("\n").splitlines()), ".fi")
        else:
            yield _text(" ".join(paragraph.split()))
        yield ".PP"
    records = (parameter.get_help_record(context) for parameter in command.params)
    yield from _definitions(record for record in records if record and record[1])
    for line in examples(command):
        yield from (".PP", ".EX", _text(line), ".EE")


def _definitions(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        yield from (".TP", rf"\fB{_text(name)}\fR", _text(" ".join(text.split())))


def _text(text: str) -> str:
    """Text that roff prints as it is: special characters escaped, no line that starts as a request."""
    escaped = re.sub(r"[\\’→…-]", lambda found: _ROFF[found[0]], text)
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
