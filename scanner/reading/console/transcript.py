"""A file of consoles → sections: which lines are the output of which table, of which switch.

Hosts and commands are taken from prompts, headings of tools and configurations (`prompts`); what is commented out, as
RANCID and Oxidized do with the output of commands, is read as if it were not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from scanner.reading.console import prompts, terminal
from scanner.reading.console.switch import Switch, named_by_file
from scanner.reading.console.tables import ConsoleSection, ConsoleTable, Signatures
from scanner.reading.items import Context, Item, Problem

#: Most lines that are kept as those that begin nothing.
PLAIN = 4_096


def _is_no_row(text: str) -> None:
    """What a table without a form of rows matches."""


class Transcript:
    """The sections of a file, in its order. A section is read before the next one is requested."""

    def __init__(self, stream: BinaryIO, context: Context) -> None:
        self._lines = terminal.lines(stream)
        self._signatures = Signatures()
        self._command = ""
        self._next: tuple[ConsoleTable, tuple[int, str]] | None = None
        self._ended: list[Switch] = []
        self._own_prompt: re.Pattern[str] | None = None
        self._plain: set[str] = set()  # lines that begin nothing: most lines of a file occur many times
        self._awaited: ConsoleTable | None = None
        self._context = context
        self.switch = Switch(named_by_file(context.name))
        self.problems: list[Problem] = []

    def sections(self) -> Iterator[tuple[ConsoleTable, ConsoleSection]]:
        """Each section with its table."""
        while True:
            if self._next is None:
                for _ in self._read(None):
                    pass
            if self._next is None:
                return
            table, first = self._next
            self._next = None
            lines = chain((first,), self._read(table))
            yield table, ConsoleSection(self.switch, self._command, lines)
            for _ in lines:
                pass

    def ended(self) -> Iterator[Item]:
        """What the switches show that have ended: to be called between sections."""
        ended, self._ended = self._ended, []
        for switch in ended:
            yield from switch.end(self._context)

    def end(self) -> Iterator[Item]:
        """The same at the end of the file."""
        self._ended.append(self.switch)
        yield from self.ended()

    def _read(self, table: ConsoleTable | None) -> Iterator[tuple[int, str]]:
        """The lines up to the end of a table's section; without a table, those of none up to the next table.

        They end with `_next` set where another table begins, and without it at a prompt, a heading or the end.
        """
        of_line, plain = self._signatures.of_line, self._plain
        is_row = table.rows.match if table is not None and table.rows is not None else _is_no_row
        for number, text in self._lines:
            if is_row(text or ""):
                yield number, text or ""
                continue
            if text in plain and (table is not None or self._awaited is None):
                yield number, text
                continue
            if text is None:
                self.problems.append(Problem(number, f"a line of more than {terminal.LINE:,} octets is not read"))
                continue
            if text.startswith(terminal.COMMENTED):
                text = terminal.uncommented(text)
            if (found := of_line(text)) is not None:
                if found is not table:
                    self._next = found, (number, text)
                    return
            elif self._is_event(text):
                if table is not None:
                    return
                continue
            elif table is None and self._awaited is not None and text:
                self._next, self._awaited = (self._awaited, (number, text)), None
                return
            if found is None and len(plain) < PLAIN and not text.startswith(terminal.COMMENTED):
                plain.add(text)
            yield number, text

    def _is_event(self, text: str) -> bool:
        """Whether a line is a prompt or heading; then its host and command are those of what follows."""
        if self._own_prompt is not None and self.switch.name in text and (own := self._own_prompt.fullmatch(text)):
            self._begin(self.switch.name, own[1].strip())
        elif found := prompts.prompt(text):
            self._begin(*found)
        elif host := prompts.heading(text):
            self._begin(host, "")
        else:
            return False
        return True

    def _begin(self, host: str, command: str) -> None:
        """What follows is of this host and command; so is what precedes the first host of a file."""
        if self._own_prompt is None:
            self.switch.name = host
        elif host != self.switch.name:
            self._ended.append(self.switch)
            self.switch = Switch(host)
        self._own_prompt = prompts.of_host(host)
        self._plain.clear()
        self._command = command
        self._awaited = self._signatures.of_command(command) if command else None
