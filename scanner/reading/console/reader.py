"""Reading a file of consoles: each section by its table, and what no table is of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from scanner.reading.console import prompts, terminal
from scanner.reading.console.tables import Signatures
from scanner.reading.console.transcript import Transcript
from scanner.reading.items import Context, Item, Problem

#: Commands whose output a file of consoles has: other programs have prompts that look alike.
_SHOWS = ("sh", "show", "display", "dis", "disp", "get", "do show", "run show")
#: The first lines of files of RANCID.
_RANCID = "!RANCID-CONTENT-TYPE:"


def looks_like(head: bytes) -> bool:
    """Whether a line is the beginning of a table that is read, or a prompt with a command that shows something."""
    signatures = Signatures()
    lines = head.decode("utf-8", "replace").splitlines()
    shown = [terminal.shown(line) if not line.isprintable() else line.rstrip() for line in lines]
    indent = terminal.indentation(text for text in shown[: terminal.FIRST] if text)
    for line in shown:
        text = terminal.unindented(line, indent)
        if len(text) > terminal.LINE:
            continue
        if text.startswith(_RANCID) or signatures.of_line(terminal.uncommented(text)):
            return True
        if (found := prompts.prompt(text)) and found.command.startswith(_SHOWS):
            return True
    return False


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every table, in the order of the file."""
    transcript, sections = Transcript(stream, context), 0
    for table, section in transcript.sections():
        yield from transcript.ended()
        sections += 1
        yield from table.read(section, context)
        yield from transcript.problems
        transcript.problems.clear()
    yield from transcript.end()
    yield from transcript.problems
    if not sections:
        yield Problem(0, "no table of neighbours, macs or devices is in the file")
